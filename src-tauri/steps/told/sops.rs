//! The encrypted file of secrets.

use crate::engine::Problem;
use crate::tools::sops::SopsError;
use crate::tools::sops::real::NotOpened;

impl From<SopsError> for Problem {
    fn from(error: SopsError) -> Self {
        let why = match &error {
            SopsError::Yaml(line, why) => format!("line {line} is not as sops writes it: {why}"),
            SopsError::TooLarge(size) => format!("the file has {size} bytes, far more than a file of secrets has"),
            SopsError::Plain => "the file is not encrypted: it has no `sops` part".into(),
            SopsError::Metadata(why) => format!("the `sops` part of the file is not as sops writes it: {why}"),
            SopsError::OtherKeys(kinds) => format!("the file is encrypted for {kinds} and for no key of AWS KMS"),
            SopsError::Groups(why) => {
                format!(
                    "the file can be opened with several keys together only (`key_groups`), which Hubwright cannot do: {why}"
                )
            }
            SopsError::Value(path) => {
                format!("the value `{path}` was changed after it was encrypted, or moved from another place")
            }
            SopsError::Clear(path) => format!("the value `{path}` stands in clear where it should be encrypted"),
            SopsError::Mac => "values were added, removed, moved or changed after it was encrypted".into(),
            SopsError::KeyLength(length) => format!("its file key has {length} bytes instead of 32"),
            SopsError::Random => "this computer gives no random numbers".into(),
            SopsError::Change(path) => {
                format!("`{path}` cannot be put into the file without changing something else in it")
            }
        };
        let fix = match &error {
            SopsError::Yaml(..) | SopsError::Metadata(_) | SopsError::TooLarge(_) => {
                "Take the last good version of the file from its repository (`git log`), or remove the file there to have a new one written."
            }
            SopsError::Plain | SopsError::Clear(_) => {
                "Treat what stands there as known to others: replace those secrets, then remove the file from the repository and its history."
            }
            SopsError::OtherKeys(_) | SopsError::Groups(_) => {
                "Ask its owner to add the deployment's KMS key (`sops updatekeys`), or remove the file to have a new one written."
            }
            SopsError::Value(_) | SopsError::Mac => {
                "Do not use it. Take the last good version from its repository (`git log`), and ask who changed it."
            }
            SopsError::KeyLength(_) => "Check that the file was encrypted with this deployment's KMS key.",
            SopsError::Random => "Restart this computer; if it stays so, do not make keys on it.",
            SopsError::Change(_) => {
                "Edit the file with sops so that each name stands on a line of its own, then run this page again."
            }
        };
        Problem::new(format!("The encrypted file cannot be used: {why}."), fix).because(&error)
    }
}

/// Why the real sops does not open a file, as the note beside that.
pub(crate) fn not_opened(error: NotOpened) -> String {
    match error {
        NotOpened::NotRun(error) => error.to_string(),
        NotOpened::Slow => "it did not end within a minute".into(),
        NotOpened::Refused(said) => said,
        NotOpened::NotJson => "what it printed cannot be read".into(),
        NotOpened::Different => "it read other values".into(),
    }
}
