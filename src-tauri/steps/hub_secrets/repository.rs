//! The secrets repository: what of it belongs to the hub's secrets, and a push that lets no secret in clear through.
//! What the files say is not its business.

use crate::engine::words::clean;
use crate::engine::{Cx, Problem, files};
use crate::tools::git::{Change, Commit, Credentials, GitError, Renewed, Repository, WorkingCopy};
use crate::tools::sops::Sealed;
use std::path::PathBuf;

/// sops's rules, beside the file of secrets.
pub const RULES: &str = ".sops.yaml";

/// The repository as it was fetched.
pub struct SecretsRepository<'a> {
    cx: &'a Cx,
    remote: Repository<'a>,
    /// The folder of the working copy.
    pub copy: PathBuf,
    /// The path of the file of secrets.
    pub file: String,
    /// Its text; `None` where there is none yet.
    pub text: Option<String>,
    /// The text of `.sops.yaml`.
    pub rules: Option<String>,
}

/// How the working copy stands, which is where programs read the file.
#[derive(Debug, PartialEq)]
pub enum Copy {
    Current,
    /// Something is to be brought there, or it is to be made anew.
    Old,
    /// It holds a person's edits: changed files, and `commits`.
    Edited(Vec<String>),
}

impl<'a> SecretsRepository<'a> {
    /// Fetches the repository at `url` into the step's own folder; `author` signs its commits, and `copy` is where its
    /// working copy is, which is not touched.
    pub async fn fetch(
        cx: &'a Cx,
        url: &str,
        credentials: &Credentials,
        author: &str,
        copy: PathBuf,
        file: String,
    ) -> Result<Self, GitError> {
        let remote = Repository::at(cx, cx.folder()?.join(FETCHED), url.to_owned(), credentials, author)?;
        remote.fetch().await?;
        let (text, rules) = (remote.text(&file).await?, remote.text(RULES).await?);
        Ok(SecretsRepository { cx, remote, copy, file, text, rules })
    }

    /// Encrypted files of other environments.
    pub async fn other_files(&self) -> Result<Vec<String>, Problem> {
        let Some(tip) = self.remote.tip().await? else { return Ok(vec![]) };
        let mut found = vec![];
        for (path, object) in self.remote.files(&tip).await? {
            if path.ends_with(".yaml") && path != self.file && path != RULES {
                let bytes = self.remote.read(&object).await?;
                if Sealed::read(&String::from_utf8_lossy(&bytes)).is_ok() {
                    found.push(clean(&path));
                }
            }
        }
        Ok(found)
    }

    /// Who changed the file last, and when, in words.
    pub async fn last_change(&self) -> Result<String, GitError> {
        self.remote.last_change(&self.file).await
    }

    /// How the working copy stands. `known` knows the texts that Hubwright wrote.
    pub async fn look_at_copy(&self, known: impl Fn(&str) -> bool) -> Result<Copy, GitError> {
        let copy = self.working_copy();
        let edits = copy.edits(known).await?;
        if !edits.is_empty() {
            return Ok(Copy::Edited(edits));
        }
        let here = |path: &str| files::read_if_there(&copy.folder.join(path)).ok().flatten();
        let same = here(&self.file) == self.text && here(RULES) == self.rules;
        Ok(if same && copy.fault().await?.is_none() { Copy::Current } else { Copy::Old })
    }

    /// Brings the working copy up to date. Where it holds a person's edits it is moved aside, and the page says so.
    pub async fn bring_copy(&self, known: impl Fn(&str) -> bool) -> Result<(), Problem> {
        let copy = self.working_copy();
        let edits = copy.edits(known).await?;
        if let Some(renewed) = copy.bring(&edits).await? {
            self.cx.warn(made_anew(&renewed));
        }
        Ok(())
    }

    /// Removes the working copy. Where it holds what the repository does not have it is moved aside, and where to is returned.
    pub async fn remove_copy(&self, known: impl Fn(&str) -> bool) -> Result<Option<PathBuf>, Problem> {
        let copy = self.working_copy();
        let edits = copy.edits(known).await?;
        Ok(copy.remove(&edits).await?)
    }

    /// Commits these changes and pushes them. What somebody else pushes at the same moment is kept: the commit is made
    /// again on top of it, where neither of our files changed there.
    pub async fn publish(&self, changes: &[Change<'_>], subject: &str) -> Result<(), Problem> {
        for (path, text) in changes {
            self.trip(path, text.unwrap_or_default().as_bytes())?;
        }
        for _ in 0..TRIES {
            let commit = self.remote.commit(changes, subject).await?;
            self.tripwire(&commit).await?;
            match self.remote.push(&commit).await {
                Err(GitError::Behind) => {}
                other => return Ok(other?),
            }
            self.cx.progress("Somebody pushed at the same moment: looking at what changed");
            for (path, before) in [(self.file.as_str(), &self.text), (RULES, &self.rules)] {
                if self.remote.text(path).await? != *before {
                    let who = self.remote.last_change(path).await?;
                    let what = format!("{path} was changed in the repository meanwhile, by {who}.");
                    let fix = "Show the plan again: it starts from what is there now, and says what differs.";
                    return Err(Problem::new(what, fix));
                }
            }
        }
        Err(GitError::Behind.into())
    }

    /// Every file of the commit, also those that were in the repository before.
    async fn tripwire(&self, commit: &Commit) -> Result<(), Problem> {
        for (path, object) in self.remote.files(&commit.id).await? {
            self.trip(&path, &self.remote.read(&object).await?)?;
        }
        Ok(())
    }

    /// Refuses PEM blocks, known secrets, and what a person left to fill in.
    fn trip(&self, path: &str, bytes: &[u8]) -> Result<(), Problem> {
        let has = |word: &[u8]| bytes.windows(word.len()).any(|window| window == word);
        if !has(b"-----BEGIN ") && !has(b"[REDACTED]") && !self.cx.holds_secret(bytes) {
            return Ok(());
        }
        let path = clean(path);
        let what = format!("`{path}` holds a secret in clear, so nothing was pushed.");
        let fix = format!(
            "Treat that secret as known to others and replace it; then take `{path}` out of the repository and its history."
        );
        Err(Problem::new(what, fix))
    }

    fn working_copy(&self) -> WorkingCopy<'a, '_> {
        WorkingCopy::of(&self.remote, self.copy.clone())
    }
}

/// Removes what was fetched.
pub fn forget(cx: &Cx) -> Result<(), Problem> {
    Ok(files::remove_folder(&cx.folder()?.join(FETCHED))?)
}

/// That the working copy was made anew, and where the old one is.
fn made_anew(renewed: &Renewed) -> Problem {
    let why = renewed.why.lines().next().unwrap_or_default();
    let what = format!("The working copy was made anew, because {why}.");
    match &renewed.aside {
        Some(aside) => {
            Problem::warning(what, format!("Take what you need from the old one, then delete it: {}", aside.display()))
        }
        None => Problem::warning(what, "Nothing to do: it held nothing that the repository does not have."),
    }
}

/// The folder in the step's own that holds what was fetched.
const FETCHED: &str = "repository";
/// How often a push that lost is tried again.
const TRIES: usize = 5;
