//! Effects in the journal: a row before something is changed outside Hubwright, and its result after.

use super::logbook::{Line, add};
use super::{Journal, Result, failpoint, now};
use crate::engine::step::Place;
use rusqlite::params;

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
    /// Writes down that `what` is about to happen in a run, with what the step wants to find again later; the number is for
    /// `ended`.
    pub fn intend(&self, place: &Place, run: i64, what: &str, data: Option<&serde_json::Value>) -> Result<i64> {
        let data = data.map(serde_json::Value::to_string);
        let id = self.with(|sql| {
            sql.execute(
                "INSERT INTO effect (environment, step, run, what, at, data) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                params![place.environment, place.step, run, what, now(), data],
            )?;
            Ok(sql.last_insert_rowid())
        })?;
        failpoint();
        Ok(id)
    }

    /// All effects of a step, oldest first.
    pub fn effects(&self, place: &Place) -> Result<Vec<Effect>> {
        let rows: Vec<(String, Option<String>, Option<String>)> = self.with(|sql| {
            let mut rows = sql.prepare_cached(
                "SELECT what, result, data FROM effect WHERE environment = ?1 AND step = ?2 ORDER BY id",
            )?;
            let all = rows
                .query_map(params![place.environment, place.step], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
            Ok(all.collect::<std::result::Result<_, _>>()?)
        })?;
        let effect = |(what, result, data): (String, Option<String>, Option<String>)| {
            Ok(Effect { what, result, data: data.map(|data| serde_json::from_str(&data)).transpose()? })
        };
        rows.into_iter().map(effect).collect()
    }

    /// Writes down how an intended effect ended (`ok`, or the problem's first sentence), also in the logbook.
    pub fn ended(&self, place: &Place, effect: i64, what: &str, result: &str) -> Result<()> {
        failpoint();
        self.change(|change| {
            change
                .execute("UPDATE effect SET result = ?2, done_at = ?3 WHERE id = ?1", params![effect, result, now()])?;
            let (text, outcome) = (what.to_owned(), result.to_owned());
            add(change, place, &Line { kind: "effect".into(), outcome, text, ..Line::default() })
        })?;
        failpoint();
        Ok(())
    }

    /// Effects of a step that were begun and never ended, oldest first.
    pub fn unfinished(&self, place: &Place) -> Result<Vec<Unfinished>> {
        self.with(|sql| {
            let mut rows = sql.prepare_cached(
                "SELECT what, at FROM effect WHERE environment = ?1 AND step = ?2 AND result IS NULL ORDER BY id",
            )?;
            let all = rows.query_map(params![place.environment, place.step], |row| {
                Ok(Unfinished { what: row.get(0)?, at: row.get(1)? })
            })?;
            Ok(all.collect::<std::result::Result<_, _>>()?)
        })
    }

    /// When the step's last effect ended. `None` where it had none.
    pub fn last_effect(&self, place: &Place) -> Result<Option<jiff::Timestamp>> {
        let at: Option<String> = self.with(|sql| {
            let newest = "SELECT max(done_at) FROM effect WHERE environment = ?1 AND step = ?2";
            Ok(sql.query_row(newest, params![place.environment, place.step], |row| row.get(0))?)
        })?;
        Ok(at.and_then(|at| at.parse().ok()))
    }

    /// Environment and id of the steps that changed something outside Hubwright, or began to and were cut, and were not removed
    /// since.
    pub fn steps_with_effects(&self) -> Result<Vec<(String, String)>> {
        self.steps_where("result IS NULL OR result IN ('ok', 'interrupted')")
    }

    /// Environment and id of the steps of which an effect failed, and that were not removed since. It may have done a part by
    /// then: Terraform makes five things and is refused the sixth.
    pub fn steps_with_failures(&self) -> Result<Vec<(String, String)>> {
        self.steps_where("result NOT IN ('ok', 'interrupted')")
    }

    fn steps_where(&self, result: &str) -> Result<Vec<(String, String)>> {
        self.with(|sql| {
            let mut rows = sql.prepare_cached(&format!(
                "SELECT DISTINCT environment, step FROM effect e WHERE ({result}) AND NOT EXISTS (
                   SELECT 1 FROM run r WHERE r.environment = e.environment AND r.step = e.step AND r.outcome = 'removed' AND r.id >= e.run)",
            ))?;
            let all = rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(all.collect::<std::result::Result<_, _>>()?)
        })
    }

    /// Whether this run did anything outside Hubwright.
    pub fn has_effects_in(&self, run: i64) -> Result<bool> {
        self.with(|sql| {
            Ok(sql.query_row("SELECT EXISTS (SELECT 1 FROM effect WHERE run = ?1)", [run], |row| row.get(0))?)
        })
    }

    /// Whether anything was ever begun outside Hubwright for this deployment, however it ended.
    pub fn has_begun(&self) -> Result<bool> {
        self.with(|sql| Ok(sql.query_row("SELECT EXISTS (SELECT 1 FROM effect)", [], |row| row.get(0))?))
    }
}
