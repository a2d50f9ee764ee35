//! Why there is nothing to compare the hub's secrets with: it could not be looked at, or what is there is of no use before
//! somebody changes it. The words are the tools' errors' (`told`); here it is sorted which is which.

use crate::engine::files::FileError;
use crate::engine::{Problem, Status};
use crate::tools::aws::session::SessionError;
use crate::tools::git::GitError;
use crate::tools::sops::SopsError;

pub enum Unseen {
    /// It could not be looked at: a network, a server, a program or the keychain failed. Another try may end well with nothing
    /// changed, and nothing is known of how it stands.
    Failed(Problem),
    /// It was looked at. Every try ends the same before somebody changes an answer, this computer, the repository or the account.
    Blocked(Problem),
}

impl Unseen {
    /// What a check says of it.
    pub fn checked<O>(self) -> Result<Status<O>, Problem> {
        match self {
            Unseen::Failed(problem) => Err(problem),
            Unseen::Blocked(problem) => Ok(Status::Blocked(vec![problem])),
        }
    }
}

/// For a plan or an apply, which either of them stops.
impl From<Unseen> for Problem {
    fn from(unseen: Unseen) -> Problem {
        match unseen {
            Unseen::Failed(problem) | Unseen::Blocked(problem) => problem,
        }
    }
}

impl From<Problem> for Unseen {
    fn from(problem: Problem) -> Unseen {
        Unseen::Failed(problem)
    }
}

impl From<FileError> for Unseen {
    fn from(error: FileError) -> Unseen {
        Unseen::Failed(error.into())
    }
}

impl From<GitError> for Unseen {
    fn from(error: GitError) -> Unseen {
        match error.stays() {
            true => Unseen::Blocked(error.into()),
            false => Unseen::Failed(error.into()),
        }
    }
}

/// A role that was waited for and still lets nobody in: an earlier page made it so, or somebody else did since.
impl From<SessionError> for Unseen {
    fn from(error: SessionError) -> Unseen {
        match error {
            SessionError::NotYet { .. } => Unseen::Blocked(error.into()),
            _ => Unseen::Failed(error.into()),
        }
    }
}

impl From<SopsError> for Unseen {
    fn from(error: SopsError) -> Unseen {
        match error {
            SopsError::Random => Unseen::Failed(error.into()),
            _ => Unseen::Blocked(error.into()),
        }
    }
}
