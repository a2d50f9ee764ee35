//! This computer: Hubwright's own folder, the keychain, jobs and what they need.

use crate::engine::Problem;
use crate::engine::words::clean;
use crate::tools::child::{self, ChildError};
use crate::tools::home::HomeError;
use crate::tools::keychain::KeychainError;
use crate::tools::machine::MachineError;
use crate::tools::practice::NoRandomNumbers;

impl From<HomeError> for Problem {
    fn from(error: HomeError) -> Self {
        let what = match error {
            HomeError::File(error) => return error.into(),
            HomeError::NoFolder => {
                return Problem::new(
                    "This computer names no folder for program data.",
                    "Set HUBWRIGHT_HOME to a folder that is yours.",
                );
            }
            HomeError::NoDeployment(id) => {
                return Problem::new(format!("`{}` is not a deployment.", clean(&id)), "Choose one of the list.");
            }
            HomeError::Open(home) => {
                let home = home.display().to_string();
                return Problem::new(
                    format!("Other users may write to Hubwright's folder {home}."),
                    format!("Look at what is in it, then close it: chmod 700 {}", child::quoted(&home)),
                );
            }
            HomeError::OfAnother(home) => format!("Hubwright's folder {} belongs to another user.", home.display()),
            HomeError::Renamed { who, folder } => {
                format!("{who} may rename what is in {}, Hubwright's folder too.", folder.display())
            }
            HomeError::Link { home, link } if link == home => {
                format!("Hubwright's folder {} is a link that another user made.", home.display())
            }
            HomeError::Link { home, link } => {
                format!(
                    "Hubwright's folder {} is reached by {}, a link that another user made.",
                    home.display(),
                    link.display()
                )
            }
        };
        Problem::new(what, "Set HUBWRIGHT_HOME to a folder of your own.")
    }
}

impl From<KeychainError> for Problem {
    fn from(error: KeychainError) -> Self {
        let (what, fix) = match error {
            KeychainError::File(error) => return error.into(),
            KeychainError::NoThread(error) => {
                return Problem::new("This computer gives no threads.", "Close some programs, then try again.")
                    .because(&error);
            }
            KeychainError::Absent(_) => (
                "There is no keychain on this computer, and Hubwright keeps secrets nowhere else.",
                "Start one (on Linux: install gnome-keyring or KWallet and sign in to the desktop again), then press “Check again”.",
            ),
            KeychainError::Locked(_) => (
                "The keychain is locked.",
                "Unlock it with your password (on Linux: open “Passwords and Keys”), then press “Check again”.",
            ),
            KeychainError::NoAnswer => (
                "The keychain did not answer.",
                "Look for its password dialog behind other windows, answer it, then press “Check again”.",
            ),
            KeychainError::Refused(_) => (
                "The keychain refused the request.",
                "Open your system's keychain program, see whether it works, then press “Check again”.",
            ),
        };
        Problem::new(what, fix).because(&error)
    }
}

impl From<MachineError> for Problem {
    fn from(error: MachineError) -> Self {
        Problem::from(&error)
    }
}

impl From<&MachineError> for Problem {
    fn from(error: &MachineError) -> Self {
        let what = match error {
            MachineError::Full { path } => {
                return Problem::new(
                    format!("The disk is full: nothing more can be written to `{}`.", path.display()),
                    format!(
                        "Free some space on the disk that holds `{}`, then run the page again: it goes on from there.",
                        path.display()
                    ),
                );
            }
            MachineError::Lost { program } => {
                return Problem::new(
                    format!("`{program}` was stopped from outside, and nobody saw how it ended."),
                    "Press “Check again” to see what was made, then run the page again: it goes on from there.",
                )
                .because(error);
            }
            MachineError::File(error) => return error.into(),
            MachineError::Start { program, .. } => format!("Hubwright cannot start `{program}`."),
            MachineError::Lock { path, .. } => {
                format!(
                    "Hubwright cannot tell whether this page is at work already: `{}` cannot be locked.",
                    path.display()
                )
            }
            MachineError::Record(_) => "What an earlier run of this page left cannot be read.".into(),
        };
        Problem::new(what, "Run the page again; if it fails again, install Hubwright again.").because(error)
    }
}

impl From<ChildError> for Problem {
    fn from(error: ChildError) -> Self {
        match error {
            ChildError::File(error) => error.into(),
            ChildError::Practice(error) => error.into(),
            ChildError::NoSockets { folder, source } => Problem::new(
                format!(
                    "There is no folder for the sockets of programs: {} belongs to somebody else.",
                    folder.display()
                ),
                "Set TMPDIR to a folder of your own with a short path, then run this page again.",
            )
            .detail(Problem::from(source).what),
        }
    }
}

impl From<NoRandomNumbers> for Problem {
    fn from(_: NoRandomNumbers) -> Self {
        Problem::new("This computer gives no random numbers.", "Restart it, then try again.")
    }
}
