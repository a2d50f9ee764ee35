//! The journal of one deployment: answers, outputs, what was under way, and the logbook, in SQLite (WAL, FULL).
//! It is not the truth about the world (`check` is); it tells what was begun, so that a killed run can be taken up again.
//! Long because answers, records, runs and effects share one file, its versions and its damage.

use super::files::{self, FileError};
use super::run::Work;
use super::{Plan, Problem, StepState, Value, Values, View};
use rusqlite::{Connection, OpenFlags, OptionalExtension, params};
use rusqlite_migration::{M, Migrations};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// A journal that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    #[error("the journal `{}` was written by a newer Hubwright (version {found})", path.display())]
    Newer { path: PathBuf, found: i64 },
    #[error("the journal cannot be written")]
    Sql(#[from] rusqlite::Error),
    #[error("the journal cannot be brought to this version of Hubwright")]
    Migration(#[source] rusqlite_migration::Error),
    #[error("a record in the journal cannot be read")]
    Json(#[from] serde_json::Error),
    #[error(transparent)]
    File(#[from] FileError),
}

/// The journal's file, open.
pub struct Journal {
    sql: Mutex<Connection>,
    /// Said to the user once: a damaged journal was set aside.
    pub notice: Option<Problem>,
}

/// What the journal keeps of one step.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Record {
    pub state: StepState,
    pub sentence: String,
    pub output: Option<serde_json::Value>,
    pub problems: Vec<Problem>,
    pub views: Vec<View>,
    pub plan: Option<Plan>,
    pub checked_at: Option<String>,
}

/// An effect as it was written down.
#[derive(Clone, Debug)]
pub struct Effect {
    pub what: String,
    /// `ok`, the first sentence of the problem, or `interrupted`; `None` where it was never written down.
    pub result: Option<String>,
    /// What the step stored with it.
    pub data: Option<serde_json::Value>,
}

/// An effect whose result was never written down: Hubwright was stopped while it happened.
#[derive(Clone, Debug)]
pub struct Unfinished {
    pub what: String,
    /// RFC 3339, UTC.
    pub at: String,
}

impl Journal {
    /// Opens `folder/journal.sqlite`, making it where it is missing. A damaged file is set aside under another name
    /// and a new one begun; `notice` says so.
    pub fn open(folder: &Path) -> Result<Self, JournalError> {
        files::private_folder(folder)?;
        let path = folder.join(FILE);
        match Self::connect(&path) {
            Ok(sql) => Ok(Journal { sql: Mutex::new(sql), notice: None }),
            Err(JournalError::Sql(error)) if is_damage(&error) => {
                let aside = format!("{FILE}.damaged-{}", now().replace(':', ""));
                for end in ["", "-wal", "-shm"] {
                    let part = folder.join(format!("{FILE}{end}"));
                    if files::exists(&part) {
                        files::rename(&part, &folder.join(format!("{aside}{end}")))?;
                    }
                }
                let notice = Problem::warning(
                    "The journal of this deployment was damaged and has been set aside.",
                    format!("Enter the answers again and press Check on each page: what was made is found in the account. The old file is kept as `{aside}`"),
                )
                .because(&error);
                Ok(Journal { sql: Mutex::new(Self::connect(&path)?), notice: Some(notice) })
            }
            Err(error) => Err(error),
        }
    }

    /// Opens an existing journal for reading only: for children that need an answer while a window has it open.
    pub fn peek(folder: &Path) -> Result<Self, JournalError> {
        let sql = Connection::open_with_flags(folder.join(FILE), OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        sql.busy_timeout(std::time::Duration::from_secs(5))?;
        Ok(Journal { sql: Mutex::new(sql), notice: None })
    }

    fn connect(path: &Path) -> Result<Connection, JournalError> {
        let mut sql = Connection::open(path)?;
        sql.busy_timeout(std::time::Duration::from_secs(5))?;
        sql.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
        sql.execute_batch("PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;")?;
        let found: i64 = sql.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        if found > MIGRATIONS.len() as i64 {
            return Err(JournalError::Newer { path: path.to_owned(), found });
        }
        let sound: String = sql.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
        if sound != "ok" {
            return Err(JournalError::Sql(rusqlite::Error::SqliteFailure(
                rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT),
                Some(sound),
            )));
        }
        Migrations::from_slice(MIGRATIONS).to_latest(&mut sql).map_err(|error| match error {
            rusqlite_migration::Error::RusqliteError { err, .. } => JournalError::Sql(err),
            other => JournalError::Migration(other),
        })?;
        Ok(sql)
    }

    fn with<T>(&self, work: impl FnOnce(&Connection) -> Result<T, JournalError>) -> Result<T, JournalError> {
        work(&self.sql.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }

    /// When the step's last effect ended. `None` where it had none.
    pub fn last_effect(&self, step: &str) -> Result<Option<jiff::Timestamp>, JournalError> {
        let at: Option<String> = self.with(|sql| {
            Ok(sql.query_row("SELECT max(done_at) FROM effect WHERE step = ?1", [step], |row| row.get(0))?)
        })?;
        Ok(at.and_then(|at| at.parse().ok()))
    }

    // --- answers ---

    pub fn answers(&self, step: &str) -> Result<Values, JournalError> {
        self.with(|sql| {
            let mut rows = sql.prepare_cached("SELECT field, value FROM answer WHERE step = ?1")?;
            let pairs = rows.query_map([step], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?;
            let mut values = Values::default();
            for pair in pairs {
                let (field, json) = pair?;
                values.0.insert(field, serde_json::from_str(&json)?);
            }
            Ok(values)
        })
    }

    pub fn put_answer(&self, step: &str, field: &str, value: &Value) -> Result<(), JournalError> {
        let json = serde_json::to_string(value)?;
        self.with(|sql| {
            sql.execute(
                "INSERT OR REPLACE INTO answer (step, field, value) VALUES (?1, ?2, ?3)",
                params![step, field, json],
            )?;
            Ok(())
        })
    }

    /// The page looked at last. Kept beside the answers, under a step id that no step can have.
    pub fn page(&self) -> Result<Option<String>, JournalError> {
        Ok(Some(self.answers(PAGE)?.text(PAGE).to_owned()).filter(|page| !page.is_empty()))
    }

    pub fn put_page(&self, step: &str) -> Result<(), JournalError> {
        self.put_answer(PAGE, PAGE, &step.into())
    }

    pub fn drop_answer(&self, step: &str, field: &str) -> Result<(), JournalError> {
        self.with(|sql| {
            sql.execute("DELETE FROM answer WHERE step = ?1 AND field = ?2", params![step, field])?;
            Ok(())
        })
    }

    // --- step records ---

    pub fn record(&self, step: &str) -> Result<Record, JournalError> {
        self.with(|sql| {
            let json: Option<String> =
                sql.query_row("SELECT record FROM step WHERE id = ?1", [step], |row| row.get(0)).optional()?;
            Ok(json.map(|json| serde_json::from_str(&json)).transpose()?.unwrap_or_default())
        })
    }

    pub fn put_record(&self, step: &str, record: &Record) -> Result<(), JournalError> {
        let json = serde_json::to_string(record)?;
        self.with(|sql| {
            sql.execute("INSERT OR REPLACE INTO step (id, record) VALUES (?1, ?2)", params![step, json])?;
            Ok(())
        })?;
        failpoint();
        Ok(())
    }

    // --- runs ---

    /// Writes down that a run of `step` begins; the number is for `end_run`. `fingerprint` is of what it was given.
    pub fn begin_run(&self, environment: &str, step: &str, work: Work, fingerprint: &str) -> Result<i64, JournalError> {
        let id = self.with(|sql| {
            sql.execute(
                "INSERT INTO run (environment, step, work, fingerprint, began) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![environment, step, work.as_str(), fingerprint, now()],
            )?;
            Ok(sql.last_insert_rowid())
        })?;
        failpoint();
        Ok(id)
    }

    /// Writes down the job that a run follows: one transaction, so that whoever opens the deployment next finds it.
    pub fn note_job(&self, run: i64, job: &str) -> Result<(), JournalError> {
        self.with(|sql| {
            sql.execute("UPDATE run SET job = ?2 WHERE id = ?1", params![run, job])?;
            Ok(())
        })?;
        failpoint();
        Ok(())
    }

    /// The job of the newest run of this step that has not ended: the present one, or one that was killed.
    pub fn earlier_job(&self, environment: &str, step: &str) -> Result<Option<String>, JournalError> {
        self.with(|sql| {
            let newest = "SELECT job FROM run WHERE environment = ?1 AND step = ?2 AND ended IS NULL AND job IS NOT NULL ORDER BY id DESC LIMIT 1";
            Ok(sql.query_row(newest, [environment, step], |row| row.get(0)).optional()?)
        })
    }

    /// Writes down how a run ended, and with it those of the step that were killed before.
    pub fn end_run(&self, environment: &str, step: &str, run: i64, outcome: &str) -> Result<(), JournalError> {
        self.with(|sql| {
            let change = sql.unchecked_transaction()?;
            change.execute("UPDATE run SET ended = ?2, outcome = ?3 WHERE id = ?1", params![run, now(), outcome])?;
            change.execute(
                "UPDATE run SET ended = ?3, outcome = 'interrupted' WHERE environment = ?1 AND step = ?2 AND ended IS NULL",
                params![environment, step, now()],
            )?;
            Ok(change.commit()?)
        })
    }

    // --- effects ---

    /// Writes down that `what` is about to happen, with what the step wants to find again later; the number is for `ended`.
    pub fn intend(&self, step: &str, what: &str, data: Option<&serde_json::Value>) -> Result<i64, JournalError> {
        let data = data.map(serde_json::Value::to_string);
        let id = self.with(|sql| {
            sql.execute(
                "INSERT INTO effect (step, what, at, data) VALUES (?1, ?2, ?3, ?4)",
                params![step, what, now(), data],
            )?;
            Ok(sql.last_insert_rowid())
        })?;
        failpoint();
        Ok(id)
    }

    /// All effects of a step, oldest first.
    pub fn effects(&self, step: &str) -> Result<Vec<Effect>, JournalError> {
        let rows: Vec<(String, Option<String>, Option<String>)> = self.with(|sql| {
            let mut rows = sql.prepare_cached("SELECT what, result, data FROM effect WHERE step = ?1 ORDER BY id")?;
            let all = rows.query_map([step], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
            Ok(all.collect::<Result<_, _>>()?)
        })?;
        let effect = |(what, result, data): (String, Option<String>, Option<String>)| {
            Ok(Effect { what, result, data: data.map(|data| serde_json::from_str(&data)).transpose()? })
        };
        rows.into_iter().map(effect).collect()
    }

    /// Writes down how an intended effect ended: `ok`, or the problem's first sentence.
    pub fn ended(&self, effect: i64, result: &str) -> Result<(), JournalError> {
        failpoint();
        self.with(|sql| {
            sql.execute("UPDATE effect SET result = ?2, done_at = ?3 WHERE id = ?1", params![effect, result, now()])?;
            Ok(())
        })?;
        failpoint();
        Ok(())
    }

    /// Effects of a step that were begun and never ended, oldest first.
    pub fn unfinished(&self, step: &str) -> Result<Vec<Unfinished>, JournalError> {
        self.with(|sql| {
            let mut rows =
                sql.prepare_cached("SELECT what, at FROM effect WHERE step = ?1 AND result IS NULL ORDER BY id")?;
            let all = rows.query_map([step], |row| Ok(Unfinished { what: row.get(0)?, at: row.get(1)? }))?;
            Ok(all.collect::<Result<_, _>>()?)
        })
    }

    /// Closes what was left open by a killed run, once the world has been looked at.
    pub fn settle(&self, step: &str) -> Result<(), JournalError> {
        self.with(|sql| {
            sql.execute(
                "UPDATE effect SET result = 'interrupted', done_at = ?2 WHERE step = ?1 AND result IS NULL",
                params![step, now()],
            )?;
            Ok(())
        })
    }

    /// Whether anything was ever changed outside Hubwright for this deployment.
    pub fn has_effects(&self) -> Result<bool, JournalError> {
        self.with(|sql| {
            Ok(sql.query_row("SELECT EXISTS (SELECT 1 FROM effect WHERE result = 'ok')", [], |row| row.get(0))?)
        })
    }

    /// Whether anything was ever begun outside Hubwright for this deployment, however it ended.
    pub fn has_begun(&self) -> Result<bool, JournalError> {
        self.with(|sql| Ok(sql.query_row("SELECT EXISTS (SELECT 1 FROM effect)", [], |row| row.get(0))?))
    }

    // --- the logbook ---

    pub fn log(&self, step: &str, text: &str) -> Result<(), JournalError> {
        self.with(|sql| {
            sql.execute("INSERT INTO logbook (at, step, text) VALUES (?1, ?2, ?3)", params![now(), step, text])?;
            Ok(())
        })
    }

    /// The last `most` entries of the logbook, oldest first: time, step, text.
    pub fn logbook(&self, most: u32) -> Result<Vec<(String, String, String)>, JournalError> {
        self.with(|sql| {
            let mut rows = sql.prepare_cached(
                "SELECT at, step, text FROM (SELECT * FROM logbook ORDER BY id DESC LIMIT ?1) ORDER BY id",
            )?;
            let all = rows.query_map([most], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
            Ok(all.collect::<Result<_, _>>()?)
        })
    }
}

impl From<JournalError> for Problem {
    fn from(error: JournalError) -> Self {
        match error {
            JournalError::File(error) => error.into(),
            JournalError::Newer { .. } => Problem::new(
                format!("{}.", capital(&error.to_string())),
                "Install the newest Hubwright, then open the deployment again.",
            ),
            JournalError::Sql(ref cause) => {
                // SQLite calls a full disk an I/O error where it cannot grow its shared memory.
                use rusqlite::ErrorCode::{DiskFull, SystemIoFailure};
                let full = matches!(cause.sqlite_error_code(), Some(DiskFull | SystemIoFailure));
                let fix = match full {
                    true => {
                        "Free some space on the disk that holds Hubwright's folder, and see that the disk works; then run the step again. What was entered before is kept."
                    }
                    false => {
                        "Check that Hubwright's folder can be written to and that enough open files are allowed (`ulimit -n`, at least 256), then run the step again."
                    }
                };
                Problem::new("The journal of this deployment cannot be written.", fix).because(&error)
            }
            JournalError::Migration(_) => Problem::new(
                "The journal of this deployment was written by an older Hubwright and cannot be brought up to date.",
                "Report this to the people who make Hubwright, with the details below; the file was not changed.",
            )
            .because(&error),
            JournalError::Json(_) => Problem::new(
                "A record in the journal of this deployment cannot be read.",
                "Press Check on the page: the record is made anew from the account.",
            )
            .because(&error),
        }
    }
}

/// The time now, RFC 3339 in UTC to the second.
pub fn now() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().collect::<String>() + letters.as_str())
}

fn is_damage(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(rusqlite::ErrorCode::DatabaseCorrupt | rusqlite::ErrorCode::NotADatabase))
}

/// For tests of resuming: `HUBWRIGHT_FAILPOINT=N` kills this process with SIGKILL at its N-th journal point,
/// just as a power cut would. Points stand before and after each record that resuming relies on.
fn failpoint() {
    static COUNT: AtomicU64 = AtomicU64::new(1);
    static AT: std::sync::OnceLock<Option<u64>> = std::sync::OnceLock::new();
    let at = AT.get_or_init(|| std::env::var("HUBWRIGHT_FAILPOINT").ok()?.parse().ok());
    if at.is_some() && *at == Some(COUNT.fetch_add(1, Ordering::SeqCst)) {
        #[cfg(unix)]
        let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
        std::process::abort();
    }
}

const PAGE: &str = "(page)";
const FILE: &str = "journal.sqlite";
/// One for each version of the journal, in order; its number is SQLite's `user_version`. Those that were released never change.
const MIGRATIONS: &[M] = &[
    M::up(
        "CREATE TABLE answer (step TEXT, field TEXT, value TEXT NOT NULL, PRIMARY KEY (step, field)) WITHOUT ROWID;
        CREATE TABLE step (id TEXT PRIMARY KEY, record TEXT NOT NULL) WITHOUT ROWID;
        CREATE TABLE effect (id INTEGER PRIMARY KEY, step TEXT NOT NULL, what TEXT NOT NULL, at TEXT NOT NULL, result TEXT, done_at TEXT);
        CREATE TABLE logbook (id INTEGER PRIMARY KEY, at TEXT NOT NULL, step TEXT NOT NULL, text TEXT NOT NULL);",
    ),
    M::up(
        "CREATE TABLE run (id INTEGER PRIMARY KEY, environment TEXT NOT NULL, step TEXT NOT NULL, work TEXT NOT NULL, fingerprint TEXT NOT NULL, job TEXT, began TEXT NOT NULL, ended TEXT, outcome TEXT);",
    ),
    M::up("ALTER TABLE effect ADD COLUMN data TEXT;"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_damaged_journal_is_set_aside_and_said() {
        let folder = tempfile::tempdir().unwrap();
        Journal::open(folder.path()).unwrap().put_answer("deployment", "name", &"roman-sit".into()).unwrap();
        let path = folder.path().join(FILE);
        let mut bytes = files::read(&path).unwrap();
        bytes[..100].fill(b'x');
        files::write(&path, bytes).unwrap();
        let journal = Journal::open(folder.path()).unwrap();
        assert!(journal.notice.is_some(), "the user must be told that the journal was damaged");
        assert!(journal.answers("deployment").unwrap().0.is_empty());
        assert!(
            files::names(folder.path()).unwrap().iter().any(|name| name.contains("damaged")),
            "the old file is kept"
        );
    }

    #[test]
    fn a_journal_cut_at_any_length_opens_or_is_set_aside() {
        let source = tempfile::tempdir().unwrap();
        let journal = Journal::open(source.path()).unwrap();
        for n in 0..20 {
            journal.log("deployment", &format!("entry {n}")).unwrap();
        }
        drop(journal);
        let whole = files::read(&source.path().join(FILE)).unwrap();
        for length in (0..whole.len()).step_by(997) {
            let folder = tempfile::tempdir().unwrap();
            files::write(&folder.path().join(FILE), &whole[..length]).unwrap();
            let journal = Journal::open(folder.path()).unwrap_or_else(|error| panic!("cut at {length}: {error}"));
            journal.log("deployment", "goes on").unwrap();
        }
    }

    #[test]
    fn a_newer_journal_is_refused_with_a_fix() {
        let folder = tempfile::tempdir().unwrap();
        Journal::open(folder.path()).unwrap().with(|sql| Ok(sql.execute_batch("PRAGMA user_version = 99")?)).unwrap();
        let problem = Problem::from(Journal::open(folder.path()).err().unwrap());
        assert!(problem.fix.contains("newest Hubwright"), "{problem:?}");
    }

    #[test]
    fn the_job_of_a_killed_run_is_found_and_forgotten_once_the_step_has_run_again() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::open(folder.path()).unwrap();
        let killed = journal.begin_run("", "cluster", Work::Apply, "").unwrap();
        journal.note_job(killed, "a job").unwrap();
        drop(journal);
        let journal = Journal::open(folder.path()).unwrap();
        let next = journal.begin_run("", "cluster", Work::Apply, "").unwrap();
        assert_eq!(journal.earlier_job("", "cluster").unwrap().as_deref(), Some("a job"));
        assert_eq!(journal.earlier_job("", "dns").unwrap(), None, "it is the job of one step");
        journal.end_run("", "cluster", next, "ok").unwrap();
        assert_eq!(journal.earlier_job("", "cluster").unwrap(), None);
    }
}
