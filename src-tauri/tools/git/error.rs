//! What git could not do, and what a person can do about it.

use super::run::MOST_WRITTEN;
use crate::engine::Problem;
use crate::engine::files::{self, FileError};
use std::path::PathBuf;

/// What git could not do.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    #[error("git was not found on this computer")]
    Missing,
    #[error("git could not {doing}: {said}")]
    Failed { doing: String, said: String },
    #[error("the repository refused the password")]
    Password { clock_off: Option<i64>, said: String },
    #[error("somebody pushed to the repository meanwhile")]
    Behind,
    #[error("the repository refused what was pushed: {said}")]
    Refused { said: String },
    #[error("git did not end within two minutes")]
    Slow,
    #[error("{what} has more than {}", files::amount(*most))]
    Large { what: String, most: u64 },
    #[error("the repository has more than {most} files")]
    Many { most: usize },
    #[error("`{path}` is {kind} in the repository")]
    NoFile { path: String, kind: &'static str },
    #[error("git does not take what is in the repository: {said}")]
    Unsound { said: String },
    #[error("there are {count} old working copies in {}", folder.display())]
    Asides { count: usize, folder: PathBuf },
    #[error(transparent)]
    File(#[from] FileError),
}

impl GitError {
    /// What a fetch that failed ran into: git says in its own words where a limit stopped it, or one of the programs that
    /// it starts (`run`; signal 25 is SIGXFSZ), and what it does not let in.
    pub(super) fn of_fetch(self) -> GitError {
        match self {
            GitError::Failed { said, .. } if said.contains("fsck error") => GitError::Unsound { said },
            GitError::Failed { said, .. } if said == KILLED || LIMITS.iter().any(|word| said.contains(word)) => {
                GitError::Large { what: "What is to be fetched".into(), most: MOST_WRITTEN }
            }
            other => other,
        }
    }
}

impl From<GitError> for Problem {
    fn from(error: GitError) -> Self {
        let (what, fix) = match &error {
            GitError::File(_) => {
                let GitError::File(file) = error else { unreachable!("matched above") };
                return file.into();
            }
            GitError::Missing => (
                "Git was not found on this computer.".to_owned(),
                "Install it (on Debian and Ubuntu: `sudo apt install git`), then run this page again.".to_owned(),
            ),
            GitError::Password { clock_off: Some(minutes), .. } => {
                let way = if *minutes > 0 { "ahead" } else { "behind" };
                (
                    format!("This computer's clock is {} minutes {way}, so the repository refuses its password.", minutes.abs()),
                    "Set the clock (best by the network), then run this page again.".into(),
                )
            }
            GitError::Password { .. } => (
                "The repository refused the password made for it.".into(),
                "Check that the role shown on this page may use the repository; a new role takes up to a minute.".into(),
            ),
            GitError::Behind => (
                "Somebody pushes to the repository again and again at the same moment.".into(),
                "Run this page again: it starts from what is there now.".into(),
            ),
            GitError::Refused { .. } => (
                "The repository does not take the push, although nobody else changed it.".into(),
                "Read in the details what the server says (a rule of the repository, say), change that, then run this page again.".into(),
            ),
            GitError::Slow => (
                "The repository did not answer within two minutes.".into(),
                "Check the network connection, then run this page again.".into(),
            ),
            GitError::Large { what, most } => {
                let most = files::amount(*most);
                (
                    format!("{what} is more than is taken from a secrets repository: more than {most}."),
                    format!("Find out who pushed it (`git log --stat`). {TAKE_OUT}"),
                )
            }
            GitError::Many { most } => (
                format!("The repository has more than the {most} files that are taken from one."),
                format!("Find out who pushed them (`git log --stat`). {TAKE_OUT}"),
            ),
            GitError::NoFile { path, kind } => (
                format!("`{path}` is {kind} in the repository, where a file is expected."),
                format!(
                    "Find out who made it that (`git log -- {path}`), and remove it there; then run this page again."
                ),
            ),
            GitError::Unsound { .. } => (
                "The repository holds something that git takes for an attack or for damage.".into(),
                format!("Read in the details what it is, and find out who pushed it. {TAKE_OUT}"),
            ),
            GitError::Asides { count, folder } => (
                format!("There are {count} old working copies already, so no further one is set aside."),
                format!("Take what you need from them, then delete those whose name holds `aside`, in {}", folder.display()),
            ),
            GitError::Failed { doing, said } => {
                let gone = said.contains("not found") || said.contains("error: 404");
                let fix = match gone {
                    true => "Make the repository again: it is not there.",
                    false => "Read the details, mend what they name, then run this page again.",
                };
                (format!("Git could not {doing}."), fix.to_owned())
            }
        };
        Problem::new(what, fix).because(&error)
    }
}

const TAKE_OUT: &str = "Take it out of the repository and its history, then run this page again.";
/// The program that unpacks was killed and said nothing itself.
const KILLED: &str = "fatal: fetch-pack: invalid index-pack output";
const LIMITS: [&str; 4] = ["died of signal 25", "File too large", "ut of memory", "mmap failed"];
