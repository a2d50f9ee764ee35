//! Runs in the journal: how each began and ended, what the step left, and what its page showed.
//! How a step stands follows from these; that is `page`'s to say.

use super::logbook::{Line, add};
use super::{Journal, Result, failpoint, now};
use crate::engine::run::Work;
use crate::engine::step::Place;
use crate::engine::{Plan, Problem, Values, View};
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::{Deserialize, Serialize};

/// One run of a step: what a person asked for, on what it rested, and how it ended.
#[derive(Clone, Debug)]
pub struct Run {
    pub id: i64,
    pub work: Work,
    /// Of the values and outputs it began with; empty where an older Hubwright wrote the run.
    pub fingerprint: String,
    /// The job it followed last, by the tools' own id.
    pub job: Option<String>,
    /// `None` while it runs, or where Hubwright was killed before its end.
    pub outcome: Option<Outcome>,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Done,
    Todo,
    Blocked,
    /// Nothing of the step is in the world any more.
    Removed,
    /// A removal left something of ours.
    Remains,
    Failed,
    /// An apply or removal that was killed.
    Interrupted,
    /// A plan was made.
    Planned,
    /// The plan that was confirmed no longer fitted, so nothing was done.
    Refused,
    /// A removal that was not begun, since something holds what would go.
    Held,
    /// A check or plan that was killed or ended by problems of the form.
    Dropped,
}

/// What a step left when it was last seen to be done.
#[derive(Clone, Debug)]
pub struct Output {
    pub output: serde_json::Value,
    /// The values it was done with, defaults included. Empty where an older Hubwright wrote it.
    pub used: Values,
    /// Of the run that saw it done; empty where an older Hubwright wrote it.
    pub fingerprint: String,
}

/// What the page of a step shows of its last runs. Only a cache: where it cannot be read, the page is shown without.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Shown {
    /// Of the run that showed it.
    pub fingerprint: String,
    pub sentence: String,
    pub problems: Vec<Problem>,
    pub views: Vec<View>,
    pub plan: Option<ShownPlan>,
    /// Things of the step that its last check found in the world.
    pub there: Vec<String>,
    /// That check looked for them.
    pub looked: bool,
    /// RFC 3339, UTC.
    pub checked_at: String,
    /// What a removal would take, until anything else is done with the step.
    #[serde(default)]
    pub removal: Option<ShownPlan>,
}

/// A plan in words, with the run that made it and the fingerprint of what it rests on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ShownPlan {
    pub run: i64,
    pub fingerprint: String,
    pub plan: Plan,
}

/// The end of a run: everything that changes with it.
pub struct End {
    pub outcome: Outcome,
    /// What the step leaves, where it is done.
    pub output: Option<Output>,
    pub shown: Shown,
    /// Earlier runs of the step that were killed are dealt with too.
    pub settles: bool,
    /// The identity that acted; empty where none did.
    pub acting: String,
    /// Pages whose things went with those of this one.
    pub along: Vec<Along>,
}

/// A page whose things went with those that contained them.
pub struct Along {
    pub place: Place,
    pub shown: Shown,
}

impl Journal {
    /// Writes down that a run begins; the number is for `end_run`.
    pub fn begin_run(&self, place: &Place, work: Work, fingerprint: &str) -> Result<i64> {
        let id = self.with(|sql| {
            sql.execute(
                "INSERT INTO run (environment, step, work, fingerprint, began) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![place.environment, place.step, work.as_str(), fingerprint, now()],
            )?;
            Ok(sql.last_insert_rowid())
        })?;
        if work.acts() {
            failpoint();
        }
        Ok(id)
    }

    /// Writes down the job that a run follows, so that whoever opens the deployment next finds it.
    pub fn note_job(&self, run: i64, job: &str) -> Result<()> {
        self.with(|sql| Ok(sql.execute("UPDATE run SET job = ?2 WHERE id = ?1", params![run, job])?))?;
        Ok(())
    }

    /// Writes down how a run ended, with all that changes by it, in one transaction.
    pub fn end_run(&self, place: &Place, run: i64, end: &End) -> Result<()> {
        self.change(|change| {
            ended(change, place, run, end)?;
            for Along { place, shown } in &end.along {
                change.execute(
                    "INSERT INTO run (environment, step, work, fingerprint, began) VALUES (?1, ?2, ?3, ?4, ?5)",
                    params![place.environment, place.step, Work::Remove.as_str(), shown.fingerprint, now()],
                )?;
                let end = End {
                    outcome: Outcome::Removed,
                    output: None,
                    shown: shown.clone(),
                    settles: true,
                    acting: String::new(),
                    along: vec![],
                };
                ended(change, place, change.last_insert_rowid(), &end)?;
            }
            Ok(())
        })?;
        failpoint();
        Ok(())
    }

    /// Ends a run that was killed, without a word about the world; the page says `sentence`.
    pub fn interrupt_run(&self, place: &Place, run: &Run, sentence: &str) -> Result<()> {
        let outcome = match run.work {
            Work::Apply | Work::Remove => Outcome::Interrupted,
            Work::Check | Work::Plan | Work::PlanRemoval => Outcome::Dropped,
        };
        let mut shown = self.shown(place)?;
        shown.sentence = sentence.to_owned();
        shown.problems.clear();
        shown.fingerprint.clone_from(&run.fingerprint);
        let shown = serde_json::to_string(&shown)?;
        self.change(|change| {
            change.execute(
                "UPDATE run SET ended = ?2, outcome = ?3 WHERE id = ?1",
                params![run.id, now(), outcome.as_str()],
            )?;
            change.execute(
                "INSERT OR REPLACE INTO page (environment, step, shown) VALUES (?1, ?2, ?3)",
                params![place.environment, place.step, shown],
            )?;
            let (kind, outcome) = (run.work.as_str().to_owned(), outcome.as_str().to_owned());
            add(change, place, &Line { kind, outcome, text: sentence.to_owned(), ..Line::default() })
        })
    }

    /// Runs of a step that never ended, oldest first: the present one, and those that were killed.
    pub fn open_runs(&self, place: &Place) -> Result<Vec<Run>> {
        self.with(|sql| {
            let mut rows = sql.prepare_cached(&format!(
                "SELECT {COLUMNS} FROM run WHERE environment = ?1 AND step = ?2 AND ended IS NULL ORDER BY id"
            ))?;
            let all = rows.query_map(params![place.environment, place.step], run_of)?;
            Ok(all.collect::<std::result::Result<_, _>>()?)
        })
    }

    /// The newest run that says something about the world. `None` where the step was never looked at.
    pub fn verdict(&self, place: &Place) -> Result<Option<Run>> {
        self.with(|sql| {
            let newest = format!(
                "SELECT {COLUMNS} FROM run WHERE environment = ?1 AND step = ?2 AND outcome IN ({VERDICTS}) ORDER BY id DESC LIMIT 1"
            );
            let mut rows = sql.prepare_cached(&newest)?;
            Ok(rows.query_row(params![place.environment, place.step], run_of).optional()?)
        })
    }

    /// The median time, in seconds, of the last five runs of this work that ended well; of work that changes the world, of those
    /// that did: one that found all there already tells nothing. `None` if there was none.
    pub fn usual_seconds(&self, place: &Place, work: Work) -> Result<Option<f64>> {
        self.with(|sql| {
            let took =
                "SELECT (julianday(ended) - julianday(began)) * 86400 FROM run WHERE environment = ?1 AND step = ?2
                        AND work = ?3 AND outcome IN ('done', 'planned') AND ended IS NOT NULL
                        AND (work <> 'apply' OR EXISTS (SELECT 1 FROM effect WHERE effect.run = run.id)) ORDER BY id DESC LIMIT 5";
            let mut rows = sql.prepare_cached(took)?;
            let took = rows.query_map(params![place.environment, place.step, work.as_str()], |row| row.get::<_, f64>(0))?;
            let mut took = took.collect::<std::result::Result<Vec<_>, _>>()?;
            took.sort_by(f64::total_cmp);
            Ok(took.get(took.len() / 2).map(|seconds| (seconds * 10.0).round() / 10.0))
        })
    }

    /// Gives what an older Hubwright wrote of a step the fingerprint of what is entered now.
    pub fn adopt_fingerprint(&self, place: &Place, fingerprint: &str) -> Result<()> {
        self.change(|change| {
            for table in ["run", "output"] {
                change.execute(
                    &format!(
                        "UPDATE {table} SET fingerprint = ?3 WHERE environment = ?1 AND step = ?2 AND fingerprint = ''"
                    ),
                    params![place.environment, place.step, fingerprint],
                )?;
            }
            Ok(())
        })
    }

    /// What the step left when it was last done. `None` where it was not, or was removed.
    pub fn output(&self, place: &Place) -> Result<Option<Output>> {
        let found: Option<(String, String, String)> = self.with(|sql| {
            let mut rows = sql
                .prepare_cached("SELECT output, used, fingerprint FROM output WHERE environment = ?1 AND step = ?2")?;
            let place = params![place.environment, place.step];
            Ok(rows.query_row(place, |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).optional()?)
        })?;
        let read = |(output, used, fingerprint): (String, String, String)| {
            Ok(Output { output: serde_json::from_str(&output)?, used: serde_json::from_str(&used)?, fingerprint })
        };
        found.map(read).transpose()
    }

    /// What the page showed; nothing where it cannot be read.
    pub fn shown(&self, place: &Place) -> Result<Shown> {
        self.shown_of(&place.environment, place.step)
    }

    /// As `shown`, of a step that this version may not know.
    pub fn shown_of(&self, environment: &str, step: &str) -> Result<Shown> {
        let json: Option<String> = self.with(|sql| {
            let mut rows = sql.prepare_cached("SELECT shown FROM page WHERE environment = ?1 AND step = ?2")?;
            Ok(rows.query_row(params![environment, step], |row| row.get(0)).optional()?)
        })?;
        Ok(json.and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_default())
    }
}

impl Outcome {
    pub fn as_str(self) -> &'static str {
        match self {
            Outcome::Done => "done",
            Outcome::Todo => "todo",
            Outcome::Blocked => "blocked",
            Outcome::Removed => "removed",
            Outcome::Remains => "remains",
            Outcome::Failed => "failed",
            Outcome::Interrupted => "interrupted",
            Outcome::Planned => "planned",
            Outcome::Refused => "refused",
            Outcome::Held => "held",
            Outcome::Dropped => "dropped",
        }
    }

    fn of(word: &str) -> Option<Self> {
        use Outcome::*;
        let all = [Done, Todo, Blocked, Removed, Remains, Failed, Interrupted, Planned, Refused, Held, Dropped];
        all.into_iter().find(|outcome| outcome.as_str() == word)
    }
}

/// One run's part of `end_run`.
fn ended(change: &Connection, place: &Place, run: i64, end: &End) -> Result<()> {
    let (environment, step) = (&place.environment, place.step);
    change
        .execute("UPDATE run SET ended = ?2, outcome = ?3 WHERE id = ?1", params![run, now(), end.outcome.as_str()])?;
    if matches!(end.outcome, Outcome::Done | Outcome::Removed) {
        // What was begun in this run before Hubwright was stopped, and is there: its end was not seen, so no entry was made.
        let mut unseen = change.prepare("SELECT what, at FROM effect WHERE run = ?1 AND result IS NULL ORDER BY id")?;
        let unseen = unseen.query_map([run], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?;
        for (what, at) in unseen.collect::<std::result::Result<Vec<_>, _>>()? {
            let text = format!("{what}: begun at this time, and gone on with while Hubwright was closed");
            let (kind, outcome) = ("effect".to_owned(), "ok".to_owned());
            add(change, place, &Line { at, kind, outcome, text, acting: end.acting.clone(), ..Line::default() })?;
        }
    }
    if end.settles {
        change.execute(
            "UPDATE run SET ended = ?3, outcome = CASE WHEN work IN ('apply', 'remove') THEN 'interrupted' ELSE 'dropped' END
             WHERE environment = ?1 AND step = ?2 AND ended IS NULL",
            params![environment, step, now()],
        )?;
        change.execute(
            "UPDATE effect SET result = 'interrupted', done_at = ?3 WHERE environment = ?1 AND step = ?2 AND result IS NULL",
            params![environment, step, now()],
        )?;
    }
    if let Some(left) = &end.output {
        change.execute(
            "INSERT OR REPLACE INTO output (environment, step, output, used, fingerprint) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![environment, step, left.output.to_string(), serde_json::to_string(&left.used)?, left.fingerprint],
        )?;
    }
    if end.outcome == Outcome::Removed {
        change.execute("DELETE FROM output WHERE environment = ?1 AND step = ?2", params![environment, step])?;
    }
    change.execute(
        "INSERT OR REPLACE INTO page (environment, step, shown) VALUES (?1, ?2, ?3)",
        params![environment, step, serde_json::to_string(&end.shown)?],
    )?;
    let kind = change.query_row("SELECT work FROM run WHERE id = ?1", [run], |row| row.get(0))?;
    let (outcome, text) = (end.outcome.as_str().to_owned(), end.shown.sentence.clone());
    add(change, place, &Line { kind, outcome, text, acting: end.acting.clone(), ..Line::default() })
}

const COLUMNS: &str = "id, work, fingerprint, job, outcome";

/// Those that say something about the world.
const VERDICTS: &str = "'done', 'todo', 'blocked', 'removed', 'remains', 'failed', 'interrupted'";

fn run_of(row: &Row) -> rusqlite::Result<Run> {
    let word = |column: usize, word: &str| {
        rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, format!("`{word}`").into())
    };
    let work: String = row.get(1)?;
    let outcome: Option<String> = row.get(4)?;
    Ok(Run {
        id: row.get(0)?,
        work: Work::of(&work).ok_or_else(|| word(1, &work))?,
        fingerprint: row.get(2)?,
        job: row.get(3)?,
        outcome: outcome.map(|text| Outcome::of(&text).ok_or_else(|| word(4, &text))).transpose()?,
    })
}
