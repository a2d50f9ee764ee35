//! Deleting a deployment from this computer: what it would leave in the world is told first; then its entries of the keychain
//! and its folder go, and nothing else. It removes nothing from the world: that is each page's removal.

use super::context::lock;
use super::everything::{go_on, has_failed};
use super::files::FileError;
use super::run::{Consent, Work};
use super::step::Place;
use super::{Deployment, Problem, Secret, Value, Vault, files};
use futures_util::future::BoxFuture;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What a deployment that is deleted now leaves behind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ts_rs::TS)]
pub struct Remains {
    /// Things of it that are in the world, by the page that made them.
    pub there: Vec<Remaining>,
    /// Pages that made something and could not be looked at, each with the reason: what they made may be there.
    pub unknown: Vec<String>,
    /// How many entries of the keychain go with it.
    pub secrets: usize,
    /// What is lost with it, in sentences that say whether it is anywhere else.
    pub loses: Vec<String>,
    /// What Hubwright cannot remove, since a person made it, in a sentence; empty where nothing was.
    pub by_hand: String,
    /// What is to be typed where something remains.
    pub name: String,
}

/// What one page made and is in the world; never none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ts_rs::TS)]
pub struct Remaining {
    /// The name of the page, as the sidebar has it; with its environment where there are several.
    pub page: String,
    pub things: Vec<String>,
}

impl Deployment {
    /// Asks the world what is there of each page that made something.
    pub async fn remains(&self) -> Result<Remains, Problem> {
        let mut remains = Remains { secrets: entries(self)?.len(), name: self.own_name()?, ..Remains::default() };
        remains.by_hand = self.done_by_hand()?.unwrap_or_default();
        let gone = self.lost()?.map_or(vec![], |lost| lost.pages);
        let several = self.environments()?.len() > 1;
        let mut seen = BTreeMap::new();
        // Pages behind one that gives access to the world and could not be looked at.
        let mut unreached: (&str, Vec<Place>) = ("", vec![]);
        let looking = self.looking();
        for place in self.places()? {
            let loses = self.at(&place)?.loses_here(&self.cx(&place), &self.journal().answers(&place)?);
            remains.loses.extend(loses);
            if !self.has_made(&place)? || gone.contains(&place.key()) {
                continue;
            }
            let about = self.at(&place)?.about();
            let page = self.page_name(place.step, &place.environment, several)?;
            self.quieten(&place).await?;
            go_on(&looking)?;
            let looked = self.run_as(&place, Work::Check, Consent::Unattended).await;
            if let Ok(now) = &looked {
                if about.forgets && has_failed(now) {
                    unreached = (about.short, self.dependants(&place)?);
                }
                seen.insert(place.clone(), now.clone());
            }
            let last = self.standing(&place)?;
            let things = match looked {
                Ok(now) if now.looked => now.there,
                Ok(now) if now.problems.is_empty() && last.there.is_empty() => vec![],
                Ok(now) => {
                    remains.unknown.push(format!("{page}: {}", now.sentence));
                    vec![]
                }
                // It waits for a page that is not done. What it made may have gone with what contained it, or was removed.
                Err(_) if self.went_with(&seen, &place)?.is_some() => vec![],
                Err(_) if !self.may_be_removed(&place, &last)? => vec![],
                // What was there when it was looked at last is there, for all one knows.
                Err(_) if !last.there.is_empty() => last.there,
                Err(_) if unreached.1.contains(&place) => {
                    let shut = unreached.0;
                    remains.unknown.push(format!("{page}: nobody could look, because of the page “{shut}”."));
                    vec![]
                }
                Err(_) => match self.looked_for(&place).await? {
                    Ok(things) => things,
                    Err(why) => {
                        remains.unknown.push(format!("{page}: {why}"));
                        vec![]
                    }
                },
            };
            if !things.is_empty() {
                remains.there.push(Remaining { page, things });
            }
        }
        Ok(remains)
    }

    /// What is found of a page that waits for another one, as its removal looks for it; or why that cannot tell.
    async fn looked_for(&self, place: &Place) -> Result<Result<Vec<String>, String>, Problem> {
        let asked = self.run_as(place, Work::PlanRemoval, Consent::Whole).await?;
        Ok(match asked.removal {
            Some(plan) if plan.finds_nothing() || !plan.destroys.is_empty() => Ok(plan.destroys),
            Some(plan) => Err(plan.summary),
            None => Err(asked.sentence),
        })
    }

    /// Deletes it from this computer. `typed` is the name that a person typed: without it nothing goes while something remains.
    pub async fn delete(self, typed: &str, retire: impl FnOnce() -> Result<(), FileError>) -> Result<(), Problem> {
        if lock(&self.shared().running).values().any(|run| !run.work.is_quiet()) {
            return Err(Problem::new("The deployment is at work.", "Wait for it to end, or stop it, then delete it."));
        }
        let remains = self.remains().await?;
        if !(remains.there.is_empty() && remains.unknown.is_empty()) && typed.trim() != remains.name {
            let what = format!("Things of {} would remain: {}.", remains.name, remains.all().join("; "));
            return Err(Problem::new(
                what,
                "Remove them on their pages first, or type the deployment's name to leave them.",
            ));
        }
        // From here on no other deployment can have its id, whatever of it stays after a crash.
        retire()?;
        let shared = self.shared().clone();
        for key in entries(&self)? {
            shared.vault.forget(&key).await?;
        }
        let folder = shared.folder.clone();
        // A link is not followed: what it leads to is not of this deployment.
        if std::fs::symlink_metadata(&folder).is_ok_and(|about| about.is_dir()) {
            drop((self, shared));
            files::remove_folder(&folder)?;
        }
        Ok(())
    }

    /// Whether a page made something in the world, as far as is known on this computer.
    fn has_made(&self, place: &Place) -> Result<bool, Problem> {
        let about = self.at(place)?.about();
        let effects = !self.journal().effects(place)?.is_empty();
        Ok(about.acts
            && (effects || self.journal().output(place)?.is_some() || !self.journal().shown(place)?.there.is_empty()))
    }
}

impl Remains {
    pub fn all(&self) -> Vec<String> {
        self.there.iter().flat_map(|remaining| &remaining.things).chain(&self.unknown).cloned().collect()
    }
}

/// A deployment's keychain. It writes down the names of its entries, since a keychain cannot be listed.
pub(super) struct Noted {
    pub vault: Arc<dyn Vault>,
    /// The deployment's folder.
    pub folder: PathBuf,
}

impl Noted {
    fn note(&self, key: &str) -> Result<(), Problem> {
        if !noted(&self.folder)?.contains(key) {
            let path = self.folder.join(ENTRIES);
            let mut list = files::append(&path)?;
            let written = writeln!(list, "{key}").and_then(|()| list.sync_data());
            written.map_err(|source| files::FileError { doing: "write", path, source })?;
        }
        Ok(())
    }
}

impl Vault for Noted {
    fn put<'a>(&'a self, key: &'a str, secret: Secret) -> BoxFuture<'a, Result<(), Problem>> {
        Box::pin(async move {
            // Before the entry is there, so that no crash leaves one that is not known.
            self.note(key)?;
            self.vault.put(key, secret).await
        })
    }
    fn read<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Secret>, Problem>> {
        self.vault.read(key)
    }
    fn forget<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<(), Problem>> {
        self.vault.forget(key)
    }
}

/// The entries of the keychain that a deployment has, or had: those written down, and those that its answers tell of, which an
/// older Hubwright did not write down.
fn entries(deployment: &Deployment) -> Result<BTreeSet<String>, Problem> {
    let shared = deployment.shared();
    let mut all = noted(&shared.folder)?;
    for place in deployment.places()? {
        for (field, value) in shared.journal.answers(&place)?.0 {
            if matches!(value, Value::Secret(slot) if slot.is_set) {
                all.insert(shared.secret_key(&place, &field));
            }
        }
    }
    // Entries of another deployment are never this one's to forget, whoever wrote the list.
    all.retain(|key| key.strip_prefix(&shared.id).is_some_and(|rest| rest.starts_with('/')));
    Ok(all)
}

fn noted(folder: &Path) -> Result<BTreeSet<String>, Problem> {
    let text = files::read_if_there(&folder.join(ENTRIES))?.unwrap_or_default();
    Ok(text.lines().map(str::to_owned).collect())
}

/// Lists the names of a deployment's entries in the keychain, one a line.
const ENTRIES: &str = "keychain-entries";
