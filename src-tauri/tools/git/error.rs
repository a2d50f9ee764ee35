//! What git could not do, and what a person can do about it.

use crate::engine::Problem;
use crate::engine::files::FileError;

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
    #[error(transparent)]
    File(#[from] FileError),
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
