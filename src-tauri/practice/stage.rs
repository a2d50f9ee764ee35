//! What the start of a practice account is at: told in a file by the process that starts it, for whoever waits for it. It is
//! only ever shown; nothing is decided by it.

use crate::engine::files;
use crate::tools::home::Home;
use crate::tools::machine::process::Process;
use serde::{Deserialize, Serialize};
use std::path::Path;

#[derive(Serialize, Deserialize)]
struct Told {
    /// Who starts it: what a process said that was killed is not so any more.
    by: Process,
    sentence: String,
}

/// Says what is done now, in a sentence. `folder` is the practice account's.
pub(super) fn tell(folder: &Path, sentence: &str) {
    write(folder, &Told { by: Process::own(), sentence: sentence.to_owned() });
}

fn write(folder: &Path, told: &Told) {
    let _ = files::write(&folder.join(STAGE), serde_json::to_vec(told).unwrap_or_default());
}

/// It answers, or its start has ended otherwise.
pub(super) fn end(folder: &Path) {
    let _ = files::remove(&folder.join(STAGE));
}

/// What is done now; `None` where nothing starts.
pub fn told(home: &Home) -> Option<String> {
    let text = files::read_if_there(&home.path().join("practice").join(STAGE)).ok()??;
    let told: Told = serde_json::from_str(&text).ok()?;
    told.by.is_alive().then_some(told.sentence)
}

pub(super) const ENVIRONMENT: &str = "Making a place for the practice account on this computer. This is done once.";
pub(super) const INSTALL: &str = "Downloading and installing the AWS look-alike. This is done once, and takes one to five minutes, longer on a busy computer or a slow network.";
pub(super) const START: &str = "Starting the AWS look-alike.";
const STAGE: &str = "starting";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_start_is_at_is_told_until_it_ends() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::at(folder.path().join("home")).unwrap();
        let practice = home.path().join("practice");
        files::private_folder(&practice).unwrap();
        assert_eq!(told(&home), None);
        tell(&practice, INSTALL);
        assert_eq!(told(&home).as_deref(), Some(INSTALL));
        tell(&practice, START);
        assert_eq!(told(&home).as_deref(), Some(START));
        let own = Process::own();
        let killed = Process { started: own.started - 100, ..own };
        write(&practice, &Told { by: killed, sentence: START.into() });
        assert_eq!(told(&home), None, "whoever said it was killed");
        tell(&practice, START);
        end(&practice);
        assert_eq!(told(&home), None);
    }
}
