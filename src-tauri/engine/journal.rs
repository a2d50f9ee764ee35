//! The journal of one deployment: answers, runs, what they left, effects, and the logbook, in SQLite (WAL, FULL).
//! It is not the truth about the world (`check` is); it tells what was begun, so that a killed run can be taken up again.
//! Long because answers, records, runs and effects share one file, its versions and its damage.

mod effects;
mod error;
mod logbook;
mod runs;
mod schema;
#[cfg(test)]
mod tests;

pub use effects::{Effect, Unfinished};
pub use error::JournalError;
pub use logbook::Line;
pub use runs::{Along, End, Outcome, Output, Run, Shown, ShownPlan};

use super::files;
use super::step::Place;
use super::{Problem, Value, Values};
use rusqlite::{Connection, OpenFlags, Transaction, params};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

type Result<T> = std::result::Result<T, JournalError>;

/// The journal's file, open.
pub struct Journal {
    sql: Mutex<Connection>,
    /// Said to the user once: a damaged journal was set aside.
    pub notice: Option<Problem>,
}

impl Journal {
    /// Opens `folder/journal.sqlite`, making it where it is missing and bringing an older one up to date. A damaged file is
    /// set aside under another name and a new one begun; `notice` says so.
    pub fn open(folder: &Path) -> Result<Self> {
        files::private_folder(folder)?;
        let path = folder.join(FILE);
        match Self::connect(&path) {
            Ok(sql) => Ok(Journal { sql: Mutex::new(sql), notice: None }),
            Err(JournalError::Sql(error)) if error::is_damage(&error) => {
                let aside = format!("{FILE}.damaged-{}", now().replace(':', ""));
                for end in ["", "-wal", "-shm"] {
                    let part = folder.join(format!("{FILE}{end}"));
                    if files::exists(&part) {
                        files::rename(&part, &folder.join(format!("{aside}{end}")))?;
                    }
                }
                let notice = Problem::warning(
                    "Hubwright's record of this deployment was damaged, so a new one was begun.",
                    format!("Enter the answers again and press “Check again” on each page: what was made is found in the account. The old record is kept as `{aside}`"),
                )
                .because(&error);
                Ok(Journal { sql: Mutex::new(Self::connect(&path)?), notice: Some(notice) })
            }
            Err(error) => Err(error),
        }
    }

    /// Opens an existing journal for reading only: for children that need an answer while a window has it open.
    /// One of an older version is not changed, so it cannot be read.
    pub fn peek(folder: &Path) -> Result<Self> {
        let path = folder.join(FILE);
        let sql = Connection::open_with_flags(&path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        sql.busy_timeout(std::time::Duration::from_secs(5))?;
        let found = version(&sql)?;
        if found < schema::NEWEST {
            return Err(JournalError::Older { path, found });
        }
        Ok(Journal { sql: Mutex::new(sql), notice: None })
    }

    fn connect(path: &Path) -> Result<Connection> {
        let mut sql = Connection::open(path)?;
        sql.busy_timeout(std::time::Duration::from_secs(5))?;
        sql.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
        sql.execute_batch("PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;")?;
        let found = version(&sql)?;
        if found > schema::NEWEST {
            return Err(JournalError::Newer { path: path.to_owned(), found });
        }
        let sound: String = sql.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
        if sound != "ok" {
            return Err(JournalError::Sql(rusqlite::Error::SqliteFailure(
                rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT),
                Some(sound),
            )));
        }
        schema::MIGRATIONS.to_latest(&mut sql).map_err(|error| match error {
            rusqlite_migration::Error::RusqliteError { err, .. } => JournalError::Sql(err),
            other => JournalError::Migration(other),
        })?;
        Ok(sql)
    }

    fn sql(&self) -> MutexGuard<'_, Connection> {
        self.sql.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with<T>(&self, read: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        read(&self.sql())
    }

    /// Makes a change whole or not at all: one transaction.
    fn change<T>(&self, change: impl FnOnce(&Transaction) -> Result<T>) -> Result<T> {
        let mut sql = self.sql();
        let transaction = sql.transaction()?;
        let value = change(&transaction)?;
        transaction.commit()?;
        Ok(value)
    }

    #[cfg(test)]
    pub(super) fn break_for_a_test(&self, sql: &str) {
        self.sql().execute_batch(sql).unwrap();
    }

    // --- answers ---

    pub fn answers(&self, place: &Place) -> Result<Values> {
        Ok(self.answers_with_changes(place)?.0)
    }

    /// The answers, and how often each secret among them was replaced.
    pub fn answers_with_changes(&self, place: &Place) -> Result<(Values, Vec<(String, i64)>)> {
        self.with(|sql| {
            let mut rows = sql.prepare_cached(
                "SELECT field, value, changes FROM answer WHERE environment = ?1 AND step = ?2 ORDER BY field",
            )?;
            let all = rows.query_map(params![place.environment, place.step], |row| {
                Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, i64>(2)?))
            })?;
            let (mut values, mut secrets) = (Values::default(), vec![]);
            for row in all {
                let (field, json, changes) = row?;
                let value = serde_json::from_str(&json)?;
                if matches!(value, Value::Secret(_)) {
                    secrets.push((field.clone(), changes));
                }
                values.0.insert(field, value);
            }
            Ok((values, secrets))
        })
    }

    pub fn put_answer(&self, place: &Place, field: &str, value: &Value) -> Result<()> {
        let json = serde_json::to_string(value)?;
        self.with(|sql| {
            sql.execute(
                "INSERT INTO answer (environment, step, field, value, changes) VALUES (?1, ?2, ?3, ?4, 1)
                 ON CONFLICT DO UPDATE SET value = ?4, changes = changes + 1",
                params![place.environment, place.step, field, json],
            )?;
            Ok(())
        })
    }

    /// How often an answer was given, each time another than before; 0 where it never was.
    pub fn times_answered(&self, place: &Place, field: &str) -> Result<i64> {
        self.with(|sql| {
            let times =
                "SELECT coalesce(max(changes), 0) FROM answer WHERE environment = ?1 AND step = ?2 AND field = ?3";
            Ok(sql.query_row(times, params![place.environment, place.step, field], |row| row.get(0))?)
        })
    }

    /// Forgets these answers of a step, all in one change.
    pub fn drop_answers(&self, place: &Place, fields: &[String]) -> Result<()> {
        self.change(|change| {
            for field in fields {
                change.execute(
                    "DELETE FROM answer WHERE environment = ?1 AND step = ?2 AND field = ?3",
                    params![place.environment, place.step, field],
                )?;
            }
            Ok(())
        })
    }

    /// The page looked at last, by its key. Kept beside the answers, under a step id that no step can have.
    pub fn page(&self) -> Result<Option<String>> {
        Ok(Some(self.answers(&Place::shared(PAGE))?.text(PAGE).to_owned()).filter(|page| !page.is_empty()))
    }

    pub fn put_page(&self, key: &str) -> Result<()> {
        self.put_answer(&Place::shared(PAGE), PAGE, &key.into())
    }

    /// The environment looked at last; empty is the first one.
    pub fn shown_environment(&self) -> Result<String> {
        Ok(self.answers(&Place::shared(PAGE))?.text(ENVIRONMENT).to_owned())
    }

    pub fn put_shown_environment(&self, environment: &str) -> Result<()> {
        self.put_answer(&Place::shared(PAGE), ENVIRONMENT, &environment.into())
    }

    /// Whether a person said of something done by hand that it is done in an environment; the first one's name is empty.
    pub fn is_done_by_hand(&self, id: &str, environment: &str) -> Result<bool> {
        Ok(self.answers(&by_hand(environment))?.on(id))
    }

    pub fn put_done_by_hand(&self, id: &str, environment: &str, done: bool) -> Result<()> {
        self.put_answer(&by_hand(environment), id, &Value::Switch(done))
    }

    /// The keys of pages that are to be done again, since what they made is gone.
    pub fn to_rebuild(&self) -> Result<Vec<String>> {
        Ok(self.answers(&Place::shared(PAGE))?.rows(REBUILD).to_vec())
    }

    pub fn put_to_rebuild(&self, keys: Value) -> Result<()> {
        self.put_answer(&Place::shared(PAGE), REBUILD, &keys)
    }
}

fn version(sql: &Connection) -> Result<i64> {
    Ok(sql.query_row("PRAGMA user_version", [], |row| row.get(0))?)
}

/// The time now, RFC 3339 in UTC to the second.
pub fn now() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
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

fn by_hand(environment: &str) -> Place {
    Place { environment: environment.to_owned(), step: BY_HAND }
}

/// Stands for a step where what is done by hand is kept and written down.
pub const BY_HAND: &str = "(by hand)";

const PAGE: &str = "(page)";
const ENVIRONMENT: &str = "(environment)";
const REBUILD: &str = "(rebuild)";
const FILE: &str = "journal.sqlite";
