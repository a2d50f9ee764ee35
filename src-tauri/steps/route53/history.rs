//! Whose a DNS record is, and what was there before Hubwright's: read from what the journal says of earlier changes.
//! It asks nobody and changes nothing.

use crate::engine::{Cx, Problem, files};
use crate::tools::aws::route53::Record;
use serde::{Deserialize, Serialize};

/// A change of the host's records, stored in the journal before it is made.
#[derive(Serialize, Deserialize)]
pub struct DnsChange {
    /// The record Hubwright makes; `None`: it takes its own away.
    pub made: Option<Record>,
    /// Records of somebody else that go with the change.
    pub replaced: Vec<Record>,
}

/// What Hubwright did to the host's records since the last complete removal.
#[derive(Default)]
pub struct History {
    /// Every record that Hubwright made or was about to make when it was stopped.
    ours: Vec<Record>,
    /// What it replaced, oldest first.
    replaced: Vec<Vec<Record>>,
}

impl History {
    /// From the journal, and from the file in which an earlier version of Hubwright kept what it replaced.
    pub fn read(cx: &Cx) -> Result<History, Problem> {
        let mut history = History::default();
        let kept = files::read_if_there(&cx.folder()?.join(KEPT_EARLIER))?;
        history.replaced.extend(kept.and_then(|text| serde_json::from_str(&text).ok()));
        for effect in cx.effects()? {
            let change = effect.data.and_then(|data| serde_json::from_value::<DnsChange>(data).ok());
            // Route 53 makes all of a change or nothing, and says so where it makes nothing.
            let refused = |result: &str| result == CHANGED || result.starts_with(UNFIT);
            if let Some(change) = change.filter(|_| !effect.result.as_deref().is_some_and(refused)) {
                history.add(change, effect.result.as_deref() == Some("ok"));
            }
        }
        Ok(history)
    }

    fn add(&mut self, change: DnsChange, ended_well: bool) {
        match change.made {
            Some(record) => {
                self.ours.push(record);
                if !change.replaced.is_empty() {
                    self.replaced.push(change.replaced);
                }
            }
            None if ended_well => *self = History::default(),
            None => {}
        }
    }

    /// Whether the record is Hubwright's: the one that is wanted now, or one it wrote down.
    pub fn is_ours(&self, record: &Record, wanted: &Record) -> bool {
        std::iter::once(wanted).chain(&self.ours).any(|ours| ours.answers_like(record))
    }

    /// What was there before Hubwright's first record; empty where nothing was.
    pub fn before(&self) -> &[Record] {
        self.replaced.first().map_or(&[], Vec::as_slice)
    }

    /// Somebody else's records that were replaced later, in place of one of Hubwright's.
    pub fn replaced_later(&self) -> impl Iterator<Item = &Record> {
        self.replaced.iter().skip(1).flatten()
    }

    /// After a removal: what is stored outside of the journal goes too.
    pub fn forget(cx: &Cx) -> Result<(), Problem> {
        Ok(files::remove(&cx.folder()?.join(KEPT_EARLIER))?)
    }
}

/// What is said, and stored as the result of the change, where Route 53 refuses it because the records are not as they were
/// read.
pub const CHANGED: &str = "Somebody changed this record in the meantime, so nothing was done.";
/// How it begins where it refuses it for another reason.
pub const UNFIT: &str = "Route 53 does not take the record: ";

const KEPT_EARLIER: &str = "before.json";

#[cfg(test)]
mod tests {
    use super::*;

    fn record(name: &str) -> Record {
        Record::alias("hub.example.org", "Z1", name)
    }

    fn made(name: &str, replaced: &[&str]) -> DnsChange {
        DnsChange { made: Some(record(name)), replaced: replaced.iter().map(|name| record(name)).collect() }
    }

    #[test]
    fn what_was_there_first_survives_any_number_of_replacements() {
        let mut history = History::default();
        history.add(made("a.", &["first."]), true);
        history.add(made("b.", &[]), true);
        history.add(made("c.", &["edited-by-hand."]), false);
        history.add(made("d.", &[]), true);
        assert_eq!(history.before(), [record("first.")]);
        assert_eq!(history.replaced_later().collect::<Vec<_>>(), [&record("edited-by-hand.")]);
        for ours in ["a.", "b.", "c.", "d.", "wanted."] {
            assert!(history.is_ours(&record(ours), &record("wanted.")), "{ours} was written down");
        }
        assert!(!history.is_ours(&record("first."), &record("wanted.")));
    }

    #[test]
    fn a_removal_that_did_not_end_forgets_nothing() {
        let mut history = History::default();
        history.add(made("a.", &["first."]), true);
        history.add(DnsChange { made: None, replaced: vec![] }, false);
        assert_eq!(history.before(), [record("first.")]);
        history.add(DnsChange { made: None, replaced: vec![] }, true);
        assert!(history.before().is_empty() && !history.is_ours(&record("a."), &record("wanted.")));
    }
}
