//! What the start of a practice account is at: told in a file by the process that starts it, for whoever waits for it. It is
//! only ever shown; nothing is decided by it.

use crate::engine::files;
use crate::tools::home::Home;
use std::path::Path;

/// Says what is done now, in a sentence. `folder` is the practice account's.
pub(super) fn tell(folder: &Path, sentence: &str) {
    let _ = files::write(&folder.join(STAGE), sentence);
}

/// It answers, or its start has ended otherwise.
pub(super) fn end(folder: &Path) {
    let _ = files::remove(&folder.join(STAGE));
}

/// What is done now; `None` where nothing starts.
pub fn told(home: &Home) -> Option<String> {
    files::read_if_there(&home.path().join("practice").join(STAGE)).ok().flatten()
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
        end(&practice);
        assert_eq!(told(&home), None);
    }
}
