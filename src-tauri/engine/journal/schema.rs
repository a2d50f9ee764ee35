//! The tables of the journal, one migration a version. Those that were released never change.
//! The record of a deployment: `answer`, `output`, `run`, `effect`, `logbook`. A cache that any version may drop: `page`.
//!
//! `environment` is empty for steps that all environments share and for the first environment.

use rusqlite_migration::{M, Migrations};

pub const MIGRATIONS: Migrations = Migrations::from_slice(VERSIONS);

/// SQLite's `user_version` of a journal that is up to date.
pub const NEWEST: i64 = VERSIONS.len() as i64;

const VERSIONS: &[M] = &[M::up(ONE), M::up(TWO), M::up(THREE), M::up(FOUR), M::up(FIVE)];

/// What each migration does, in order.
#[cfg(test)]
pub const TEXTS: &[&str] = &[ONE, TWO, THREE, FOUR, FIVE];

const ONE: &str = "
CREATE TABLE answer (step TEXT, field TEXT, value TEXT NOT NULL, PRIMARY KEY (step, field)) WITHOUT ROWID;
CREATE TABLE step (id TEXT PRIMARY KEY, record TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE effect (id INTEGER PRIMARY KEY, step TEXT NOT NULL, what TEXT NOT NULL, at TEXT NOT NULL, result TEXT, done_at TEXT);
CREATE TABLE logbook (id INTEGER PRIMARY KEY, at TEXT NOT NULL, step TEXT NOT NULL, text TEXT NOT NULL);";

/// A run notes the job it follows.
const TWO: &str = "
CREATE TABLE run (id INTEGER PRIMARY KEY, environment TEXT NOT NULL, step TEXT NOT NULL, work TEXT NOT NULL, fingerprint TEXT NOT NULL, job TEXT, began TEXT NOT NULL, ended TEXT, outcome TEXT);";

/// A step stores what it wants to find again with what it begins.
const THREE: &str = "ALTER TABLE effect ADD COLUMN data TEXT;";

/// How a step stands follows from its runs, outputs leave the step's record, and everything is of an environment. What a page
/// showed is dropped. A step that was done keeps no fingerprint: what it rested on is taken as unchanged when the deployment is
/// opened. Runs that ended told nothing that is not in the logbook and the record; one that was killed is kept with its job.
const FOUR: &str = "
DELETE FROM run WHERE ended IS NOT NULL;
CREATE INDEX run_of_step ON run (environment, step, id);
CREATE TABLE output (environment TEXT NOT NULL, step TEXT NOT NULL, output TEXT NOT NULL, used TEXT NOT NULL, fingerprint TEXT NOT NULL, PRIMARY KEY (environment, step)) WITHOUT ROWID;
CREATE TABLE page (environment TEXT NOT NULL, step TEXT NOT NULL, shown TEXT NOT NULL, PRIMARY KEY (environment, step)) WITHOUT ROWID;

ALTER TABLE answer RENAME TO answer_of_one;
CREATE TABLE answer (environment TEXT NOT NULL, step TEXT NOT NULL, field TEXT NOT NULL, value TEXT NOT NULL, changes INTEGER NOT NULL, PRIMARY KEY (environment, step, field)) WITHOUT ROWID;
INSERT INTO answer SELECT '', step, field, value, 1 FROM answer_of_one;
DROP TABLE answer_of_one;

ALTER TABLE effect ADD COLUMN environment TEXT NOT NULL DEFAULT '';
ALTER TABLE effect ADD COLUMN run INTEGER NOT NULL DEFAULT 0;
ALTER TABLE logbook ADD COLUMN environment TEXT NOT NULL DEFAULT '';

DELETE FROM step WHERE NOT json_valid(record);
INSERT INTO output SELECT '', id, json_extract(record, '$.output'), '{}', '' FROM step WHERE json_type(record, '$.output') = 'object';
INSERT INTO run (environment, step, work, fingerprint, began, ended, outcome)
  SELECT '', id, 'check', '', coalesce(json_extract(record, '$.checked_at'), ''), coalesce(json_extract(record, '$.checked_at'), ''),
    CASE json_extract(record, '$.state') WHEN 'done' THEN 'done' WHEN 'blocked' THEN 'blocked' ELSE 'failed' END
  FROM step WHERE json_extract(record, '$.state') IN ('done', 'blocked', 'look');
INSERT INTO run (environment, step, work, fingerprint, began, ended, outcome)
  SELECT '', id, 'remove', '', coalesce(json_extract(record, '$.checked_at'), ''), coalesce(json_extract(record, '$.checked_at'), ''), 'removed'
  FROM step WHERE json_extract(record, '$.state') = 'todo' AND json_extract(record, '$.sentence') LIKE 'Removed.%';
INSERT INTO run (environment, step, work, fingerprint, began, ended, outcome)
  SELECT '', step, 'apply', '', min(at), min(at), 'interrupted' FROM effect WHERE result IS NULL GROUP BY step;
DROP TABLE step;";

/// An entry of the logbook says in columns what stood in its text: what was done (`effect`, or the run's work) and how it ended.
/// It also says who did it, and as whom; that is not known of older ones.
const FIVE: &str = "
ALTER TABLE logbook ADD COLUMN kind TEXT NOT NULL DEFAULT '';
ALTER TABLE logbook ADD COLUMN outcome TEXT NOT NULL DEFAULT '';
ALTER TABLE logbook ADD COLUMN person TEXT NOT NULL DEFAULT '';
ALTER TABLE logbook ADD COLUMN acting TEXT NOT NULL DEFAULT '';
UPDATE logbook SET kind = 'effect', outcome = 'ok', text = substr(text, 1, length(text) - 4) WHERE text LIKE '%: ok';
UPDATE logbook SET kind = 'check', text = substr(text, 8) WHERE text LIKE 'Check: %';
UPDATE logbook SET kind = 'plan', text = substr(text, 7) WHERE text LIKE 'Plan: %';
UPDATE logbook SET kind = 'plan_removal', text = substr(text, 14) WHERE text LIKE 'PlanRemoval: %';
UPDATE logbook SET kind = 'apply', text = substr(text, 8) WHERE text LIKE 'Apply: %';
UPDATE logbook SET kind = 'remove', text = substr(text, 9) WHERE text LIKE 'Remove: %';
CREATE INDEX logbook_of_kind ON logbook (kind, id);";
