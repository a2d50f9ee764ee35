//! Git, and repositories.

use crate::engine::{Problem, files};
use crate::tools::git::GitError;
use crate::tools::git_credential::NoRepository;

impl From<GitError> for Problem {
    fn from(error: GitError) -> Self {
        let (what, fix) = match &error {
            GitError::File(error) => return error.into(),
            GitError::Stopped => return Problem::cancelled(),
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
            GitError::Failed { doing, .. } => {
                let fix = match error.is_of_no_repository() {
                    true => "Make the repository again: it is not there.",
                    false => "Read the details, mend what they name, then run this page again.",
                };
                (format!("Git could not {doing}."), fix.to_owned())
            }
        };
        Problem::new(what, fix).because(&error)
    }
}

impl From<NoRepository> for Problem {
    fn from(_: NoRepository) -> Self {
        Problem::new(
            "git did not say which repository it needs a password for.",
            "Set `credential.UseHttpPath` to true for this repository.",
        )
    }
}

const TAKE_OUT: &str = "Take it out of the repository and its history, then run this page again.";
