//! What git could not do.

use super::run::MOST_WRITTEN;
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
    #[error("the run was stopped")]
    Stopped,
    #[error(transparent)]
    File(#[from] FileError),
}

impl GitError {
    /// Whether another try ends the same until somebody changes something in the repository or on this computer.
    pub fn stays(&self) -> bool {
        match self {
            GitError::Missing
            | GitError::Large { .. }
            | GitError::Many { .. }
            | GitError::NoFile { .. }
            | GitError::Unsound { .. }
            | GitError::Asides { .. } => true,
            GitError::Password { clock_off, .. } => clock_off.is_some(),
            GitError::Failed { .. } => self.is_of_no_repository(),
            GitError::Behind | GitError::Refused { .. } | GitError::Slow | GitError::Stopped | GitError::File(_) => {
                false
            }
        }
    }

    /// Whether the server says that there is no such repository.
    pub fn is_of_no_repository(&self) -> bool {
        let GitError::Failed { said, .. } = self else { return false };
        said.contains("not found") || said.contains("error: 404")
    }

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

/// The program that unpacks was killed and said nothing itself.
const KILLED: &str = "fatal: fetch-pack: invalid index-pack output";
const LIMITS: [&str; 4] = ["died of signal 25", "File too large", "ut of memory", "mmap failed"];
