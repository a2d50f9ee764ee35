//! The logbook in the journal: who did what, when, as whom, and what came of it. Entries are added, and never changed; only a
//! remark on an answer that is cleared at once goes.
//! How an entry reads is `engine::logbook`'s to say.

use super::{Journal, Result, now};
use crate::engine::step::Place;
use rusqlite::{Connection, OptionalExtension, params};

/// An entry, as it is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// RFC 3339, UTC.
    pub at: String,
    pub environment: String,
    pub step: String,
    /// The work of a run, `effect` for a change that was made in one, or empty for a remark.
    pub kind: String,
    /// How a run ended; of an effect `ok` or why it failed.
    pub outcome: String,
    pub text: String,
    /// Who sat at the computer, by their name there.
    pub person: String,
    /// The identity that acted; empty where none was needed or it is not known.
    pub acting: String,
}

impl Journal {
    /// Adds a remark.
    pub fn log(&self, place: &Place, text: &str) -> Result<()> {
        self.with(|sql| add(sql, place, &Line { text: text.to_owned(), ..Line::default() }))
    }

    /// Takes out the last remark of these words, where it was made since then.
    pub fn take_back(&self, place: &Place, text: &str, since: &str) -> Result<()> {
        self.with(|sql| {
            sql.execute(
                "DELETE FROM logbook WHERE id = (SELECT max(id) FROM logbook
                 WHERE environment = ?1 AND step = ?2 AND kind = '' AND text = ?3 AND at >= ?4)",
                params![place.environment, place.step, text, since],
            )?;
            Ok(())
        })
    }

    /// The last remark of a page that begins with these words.
    pub fn last_remark(&self, place: &Place, begins: &str) -> Result<Option<String>> {
        self.with(|sql| {
            let mut rows = sql.prepare_cached(
                "SELECT text FROM logbook WHERE environment = ?1 AND step = ?2 AND kind = ''
                 AND substr(text, 1, length(?3)) = ?3 ORDER BY id DESC LIMIT 1",
            )?;
            Ok(rows.query_row(params![place.environment, place.step, begins], |row| row.get(0)).optional()?)
        })
    }

    /// The last `most` entries, newest first; those of runs that only looked are among them where `looks` is set.
    pub fn logbook(&self, most: u32, looks: bool) -> Result<Vec<Line>> {
        self.with(|sql| {
            let mut rows = sql.prepare_cached(
                "SELECT at, environment, step, kind, outcome, text, person, acting FROM logbook
                 WHERE ?2 OR kind NOT IN ('check', 'plan', 'plan_removal') ORDER BY id DESC LIMIT ?1",
            )?;
            let all = rows.query_map(params![most, looks], |row| {
                Ok(Line {
                    at: row.get(0)?,
                    environment: row.get(1)?,
                    step: row.get(2)?,
                    kind: row.get(3)?,
                    outcome: row.get(4)?,
                    text: row.get(5)?,
                    person: row.get(6)?,
                    acting: row.get(7)?,
                })
            })?;
            Ok(all.collect::<std::result::Result<_, _>>()?)
        })
    }
}

/// Adds an entry of its time, or where it has none of this moment, by whoever is signed in to this computer.
pub(super) fn add(sql: &Connection, place: &Place, line: &Line) -> Result<()> {
    let person = ["USER", "LOGNAME", "USERNAME"].iter().find_map(|name| std::env::var(name).ok()).unwrap_or_default();
    let at = if line.at.is_empty() { now() } else { line.at.clone() };
    sql.execute(
        "INSERT INTO logbook (at, environment, step, kind, outcome, text, person, acting) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![at, place.environment, place.step, line.kind, line.outcome, line.text, person, line.acting],
    )?;
    Ok(())
}
