//! Git, and repositories.

use crate::engine::{Problem, files, words};
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
                    format!("This computer's clock is {} {way}, so the repository refuses its password.", words::count(minutes.unsigned_abs() as usize, "minute")),
                    "Set the clock (best by the network), then run this page again.".into(),
                )
            }
            GitError::Password { .. } => (
                "The repository refused the password made for it.".into(),
                "Check that the role shown on this page may use the repository; a new role takes up to a minute.".into(),
            ),
            GitError::Behind => (
                "Others changed the repository each time Hubwright was about to.".into(),
                "Run this page again: it starts from what is there now.".into(),
            ),
            GitError::Refused { .. } => (
                "The repository refuses the change, although nobody else changed it.".into(),
                "Read in the details what the server says (a rule of the repository, say), change that, then run this page again.".into(),
            ),
            GitError::Slow => (
                "The repository did not answer within two minutes.".into(),
                "Check the network connection, then run this page again.".into(),
            ),
            GitError::Large { what, most } => {
                let most = files::amount(*most);
                (
                    format!("{what} has more than {most}, far more than secrets need, so it is not read."),
                    format!("Find out who pushed it (`git log --stat`). {TAKE_OUT}"),
                )
            }
            GitError::Many { most } => (
                format!("The repository has more than {most} files, far more than secrets need, so it is not read."),
                format!("Find out who pushed them (`git log --stat`). {TAKE_OUT}"),
            ),
            GitError::NoFile { path, kind } => (
                format!("`{path}` is {kind} in the repository, where a file is expected."),
                format!(
                    "Find out who made it that (`git log -- {path}`), and remove it there; then run this page again."
                ),
            ),
            GitError::Unsound { .. } => (
                "Something in the repository is damaged, or made to attack those who read it.".into(),
                format!("Read in the details what it is, and find out who pushed it. {TAKE_OUT}"),
            ),
            GitError::Asides { count, folder } => (
                format!("{count} old working copies were kept already, and Hubwright keeps no more."),
                format!("Take what you need from them, then delete those with `aside` in their name, in {}", folder.display()),
            ),
            GitError::Failed { doing, .. } => {
                let fix = match error.is_of_no_repository() {
                    true => "Make the repository again: it is not there.",
                    false => "Read the details, put right what they name, then run this page again.",
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
