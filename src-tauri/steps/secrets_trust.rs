//! What of a secrets file can be trusted: who may open it, what differs from what Hubwright wrote last, and when its data
//! key must be a new one. It reads no value and writes nothing into the repository.

use super::hub_secrets::Unseen;
use super::secrets_store::{Output as Store, SecretsStore};
use crate::engine::view::{Mark, Row};
use crate::engine::{Cx, Problem, Step, View, files};
use crate::tools::aws::error::OrNone;
use crate::tools::aws::kms::{self, Condition, KmsError};
use crate::tools::aws::{Aws, ask};
use crate::tools::sops::frame::{Difference, Frame};
use crate::tools::sops::{Opened, Recipient, Sealed};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::path::PathBuf;

/// A file that Hubwright wrote, or was about to write when it was stopped. No secret is in it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Written {
    /// Hash of its text.
    text: String,
    /// Fingerprint of its data key.
    key: String,
    /// Fingerprint of who could act as a role that reads when it was written.
    readers: String,
    /// Recipients besides our own.
    others: Vec<String>,
    frame: Frame,
}

impl Written {
    pub fn of(text: &str, own: usize, key: String, readers: &str) -> Result<Written, Problem> {
        let file = Sealed::read(text)?;
        Ok(Written {
            text: hash(text),
            key,
            readers: readers.to_owned(),
            others: others(&file, own).iter().map(Recipient::to_string).collect(),
            frame: Frame::of(&file, own),
        })
    }
}

/// The files written last, oldest first: the one known to be in the repository, then those of which a run was stopped
/// before it knew. Written before the push, so that a file of ours is never met as somebody else's.
pub struct Records {
    path: PathBuf,
    all: Vec<Written>,
}

impl Records {
    pub fn read(cx: &Cx) -> Result<Records, Problem> {
        let path = cx.folder()?.join("written.json");
        // One that cannot be read says as little as none: the file is met as for the first time.
        let all = files::read_if_there(&path)?.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        Ok(Records { path, all })
    }

    /// Whether a text is one that Hubwright wrote.
    pub fn knows(&self, text: &str) -> bool {
        self.all.iter().any(|written| written.text == hash(text))
    }

    /// Before a push.
    pub fn attempt(&mut self, written: Written) -> Result<(), Problem> {
        self.all.push(written);
        let first = self.all.len().saturating_sub(MOST);
        self.all.drain(..first);
        self.keep()
    }

    /// The repository has this text: what was written before it counts no more, so that an old file is seen to be old.
    pub fn seen(&mut self, text: &str) -> Result<(), Problem> {
        let hash = hash(text);
        match self.all.iter().position(|written| written.text == hash) {
            None | Some(0) => Ok(()),
            Some(at) => {
                self.all.drain(..at);
                self.keep()
            }
        }
    }

    pub fn forget(&self) -> Result<(), Problem> {
        Ok(files::remove(&self.path)?)
    }

    fn keep(&self) -> Result<(), Problem> {
        Ok(files::write(&self.path, serde_json::to_string(&self.all).unwrap_or_default())?)
    }

    /// The one this file came from: itself, or the one it differs least from.
    fn base(&self, text: &str, frame: &Frame, role: &str) -> Option<&Written> {
        let same = self.all.iter().find(|written| written.text == hash(text));
        let least = || self.all.iter().rev().min_by_key(|written| frame.differences(Some(&written.frame), role).len());
        same.or_else(least)
    }
}

/// What a page must say of a file before anything is encrypted in it.
pub struct Trust {
    /// Which of the file's KMS entries is ours.
    pub own: usize,
    others: Vec<Recipient>,
    base: Option<Written>,
    /// The file's data key is the one Hubwright wrote last.
    same_key: bool,
    pub readers: String,
    pub differences: Vec<Difference>,
}

impl Trust {
    pub fn of(file: &Opened, own: usize, records: &Records, role: &str, readers: String) -> Trust {
        let sealed = file.sealed();
        let frame = Frame::of(sealed, own);
        let base = records.base(file.text(), &frame, role).cloned();
        let mut differences = match &base {
            Some(base) if base.text == hash(file.text()) => vec![],
            base => frame.differences(base.as_ref().map(|base| &base.frame), role),
        };
        let key = file.key_fingerprint();
        let same_key = base.as_ref().is_some_and(|base| base.key == key);
        if let Some(base) = base.as_ref().filter(|_| !same_key) {
            let short = |key: &str| key.chars().take(8).collect();
            let what = "the key that its values are encrypted with".to_owned();
            differences.push(Difference { what, before: short(&base.key), now: short(&key) });
        }
        Trust { own, others: others(sealed, own), base, same_key, readers, differences }
    }

    /// Recipients besides ours that the answer names.
    pub fn kept(&self, named: &[String]) -> Vec<&Recipient> {
        self.others.iter().filter(|other| named.contains(&other.to_string())).collect()
    }

    pub fn unnamed(&self, named: &[String]) -> Vec<String> {
        self.others.iter().map(Recipient::to_string).filter(|other| !named.contains(other)).collect()
    }

    /// Why the file must be encrypted anew although no value changes, in the words that follow “because”.
    pub fn new_key_because(&self, named: &[String]) -> Vec<&'static str> {
        let mut why = vec![];
        if !self.unnamed(named).is_empty() {
            why.push("somebody is taken out who could open the file");
        }
        if let Some(base) = &self.base {
            let kept = self.kept(named);
            let gone = base.others.iter().any(|other| !kept.iter().any(|kept| kept.to_string() == *other));
            let came = kept.iter().any(|kept| !base.others.contains(&kept.to_string()));
            // Only KMS wraps a new key from here; somebody who came by another way keeps the one that is there.
            if gone || (came && kept.iter().all(|kept| kept.kind == "kms")) {
                why.push("others than before may open the file");
            }
            if base.readers != self.readers {
                why.push("others than before may act as the roles that read it");
            }
        }
        why
    }

    /// Nothing is encrypted under a data key that somebody else chose or kept.
    pub fn is_foreign_key(&self) -> bool {
        !self.same_key
    }

    /// What a person enters to say that they know these differences, and no others.
    pub fn code(&self) -> String {
        let all: Vec<String> =
            self.differences.iter().map(|one| format!("{}\0{}\0{}", one.what, one.before, one.now)).collect();
        hash(&all.join("\n"))[..16].to_owned()
    }

    pub fn views(&self, file: &str, named: &[String], sealed: &Sealed, own_arn: &str) -> Vec<View> {
        let mut views = vec![recipients_view(file, sealed, Some(self.own), named, own_arn)];
        if !self.differences.is_empty() {
            let line = |what: &str, value: &str| format!("{what}: {}", if value.is_empty() { "—" } else { value });
            views.push(View::Diff {
                title: format!("What is not as Hubwright wrote it in {file}"),
                before: self.differences.iter().map(|one| line(&one.what, &one.before)).collect(),
                after: self.differences.iter().map(|one| line(&one.what, &one.now)).collect(),
            });
        }
        views
    }

    /// What a person must answer before anything is encrypted, each on its field.
    pub fn problems(&self, file: &str, named: &[String], remove_others: bool, known: &str, who: &str) -> Vec<Problem> {
        let mut problems = vec![];
        let unnamed = self.unnamed(named);
        if !unnamed.is_empty() && !remove_others {
            let what = format!("{file} can be opened by others too: {} ({who}).", unnamed.join("; "));
            let fix = "Turn on “Take everybody else out”, which makes a new file key and encrypts every value again. To keep somebody, copy the line as it stands here into “Others who may open the file”.";
            problems.push(Problem::new(what, fix).on("recipients"));
        }
        if !self.differences.is_empty() && known != self.code() {
            let first: Vec<&str> = self.differences.iter().take(4).map(|one| one.what.as_str()).collect();
            let more = self.differences.len().saturating_sub(first.len());
            let more = if more == 0 { String::new() } else { format!(" and {more} more") };
            let what = match &self.base {
                Some(_) => {
                    format!(
                        "{file} was changed in places that its checksum does not protect ({who}): {}{more}.",
                        first.join(", ")
                    )
                }
                None => format!(
                    "Hubwright did not write {file} ({who}), and it has what Hubwright does not write: {}{more}.",
                    first.join(", ")
                ),
            };
            let fix = "Look at the differences and ask who made them. If they are right, enter this under “Differences you know”: ";
            problems.push(Problem::new(what, format!("{fix}{}", self.code())).on("known_differences"));
        }
        problems
    }
}

/// Who may open the file, as the file says; `own` is our entry's place among the KMS keys.
pub fn recipients_view(file: &str, sealed: &Sealed, own: Option<usize>, named: &[String], own_arn: &str) -> View {
    let mut rows = vec![];
    for (at, recipient) in sealed.recipients.iter().enumerate() {
        let (word, mark) = match () {
            _ if own == Some(at) => ("this deployment's key", Mark::Good),
            _ if recipient.kind == "kms" && sealed.keys.get(at).is_some_and(|key| key.arn == own_arn) => {
                ("a second entry of this deployment's key, which Hubwright did not write", Mark::Bad)
            }
            _ if named.contains(&recipient.to_string()) => ("kept, as you answered", Mark::Plain),
            _ => ("not Hubwright's", Mark::Bad),
        };
        rows.push(Row { cells: vec![recipient.to_string(), word.into()], mark });
    }
    View::table(&format!("Who may open {file}"), ["Key that opens it", ""], rows)
}

/// Why our own key does not give the file's data key, told apart by what KMS says of the key itself.
pub async fn unopened(aws: &Aws, store: &Store, file: &str, who: &str, sealed: &Sealed, error: KmsError) -> Unseen {
    let id = store.key_arn.rsplit('/').next().unwrap_or(&store.key_arn);
    let all: Vec<String> = sealed.recipients.iter().map(Recipient::to_string).collect();
    // Whoever may not ask for the key's condition is told what the refusal itself says.
    let condition = match &error {
        KmsError::NoEntry(_) | KmsError::Sops(_) => None,
        _ => kms::condition(aws, &store.key_arn).await.ok(),
    };
    let code = match &error {
        KmsError::Aws(error) => error.code.as_deref().unwrap_or_default(),
        _ => "",
    };
    let store_page = <SecretsStore as Step>::TITLE;
    let (what, fix) = match (&condition, code) {
        (Some(Condition::Gone), _) | (None, "NotFoundException") => (
            format!("The key {id} of this deployment's secrets is deleted, so nobody can open {file} any more."),
            format!("Apply “{store_page}” again for a new key, then remove {file} from the repository to have a new one written."),
        ),
        (Some(Condition::PendingDeletion(date)), _) => (
            format!(
                "The key {id} of this deployment's secrets is going to be deleted{}.",
                date.map_or(String::new(), |date| format!(" on {}", date.strftime("%-d %b %Y")))
            ),
            "Have an administrator cancel the deletion in the KMS console and enable the key: once it is deleted, nobody can open the file.".into(),
        ),
        (Some(Condition::Disabled), _) | (None, "DisabledException") => (
            format!("The key {id} of this deployment's secrets is disabled."),
            "Have an administrator enable it in the KMS console, then run this page again.".into(),
        ),
        (Some(Condition::Other(state)), _) => (
            format!("The key {id} of this deployment's secrets cannot be used: KMS calls it {state}."),
            "Look at the key in the KMS console; once it is enabled, run this page again.".into(),
        ),
        (None, "KMSInvalidStateException") => (
            format!("The key {id} of this deployment's secrets opens nothing at the moment."),
            "Look at the key in the KMS console (its deletion may be scheduled); once it is enabled, run this page again.".into(),
        ),
        _ if matches!(error, KmsError::NoEntry(_)) => (
            format!("{file} ({who}) is not encrypted for this deployment's key, but for: {}.", all.join("; ")),
            format!("Take the last good version from its repository (`git log`), have its owner add {} (`sops updatekeys`), or remove the file from the repository to have a new one written.", store.key_arn),
        ),
        _ if matches!(error, KmsError::Foreign) || code == "AccessDeniedException" => (
            format!("The entry of this deployment's key in {file} was damaged or replaced ({who}): the key {id} did not make it{}. The file names: {}.", if code.is_empty() { "" } else { ", or the reading role may not use that key" }, all.join("; ")),
            format!("Take the last good version from its repository (`git log`) and ask who changed it. If the entry is as it was, apply “{store_page}” again: it gives the role its right back."),
        ),
        _ => {
            return match error {
                KmsError::Aws(error) => Unseen::Failed(error.into()),
                KmsError::Sops(error) => error.into(),
                other => Unseen::Failed(
                    Problem::new(format!("{file} cannot be opened."), "Run this page again.").because(&other),
                ),
            };
        }
    };
    Unseen::Blocked(Problem::new(what, fix).because(&error))
}

/// A fingerprint of those who may act as a role that reads: from the roles' trusts, or, where they may not be read, from
/// the page that makes the roles.
pub async fn readers(cx: &Cx, aws: &Aws, store: &Store) -> Result<String, Problem> {
    let mut all = vec![];
    for role in [&store.encrypt_role, &store.decrypt_role] {
        let name = role.rsplit('/').next().unwrap_or(role);
        let found = ask("iam:GetRole", aws.iam.get_role().role_name(name).send()).await.or_none("NoSuchEntity");
        let document = match found {
            Ok(found) => found.and_then(|found| found.role).and_then(|role| role.assume_role_policy_document),
            Err(error) if error.is_denied() => {
                let users = cx.answers::<SecretsStore>().rows("users").to_vec();
                return Ok(hash(&users.join("\n")));
            }
            Err(error) => return Err(error.into()),
        };
        let text = document.unwrap_or_default();
        let text = percent_encoding::percent_decode_str(&text).decode_utf8_lossy().into_owned();
        let document: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
        principals(&document["Statement"], false, &mut all);
    }
    all.sort();
    all.dedup();
    Ok(hash(&all.join("\n")))
}

/// Every text below a `Principal`.
fn principals(json: &serde_json::Value, inside: bool, all: &mut Vec<String>) {
    match json {
        serde_json::Value::String(text) if inside => all.push(text.clone()),
        serde_json::Value::Array(items) => items.iter().for_each(|item| principals(item, inside, all)),
        serde_json::Value::Object(fields) => {
            fields.iter().for_each(|(name, value)| principals(value, inside || name == "Principal", all));
        }
        _ => {}
    }
}

fn others(file: &Sealed, own: usize) -> Vec<Recipient> {
    // KMS entries come first, in the file's order, so our place among them is our place here.
    file.recipients.iter().enumerate().filter(|(at, _)| *at != own).map(|(_, other)| other.clone()).collect()
}

fn hash(text: &str) -> String {
    hex::encode(Sha256::digest(text.as_bytes()))
}

/// Attempts that are remembered; one a push that was stopped.
const MOST: usize = 8;
