//! What can be wrong with a journal, and what a person is told about it.

use crate::engine::Problem;
use crate::engine::files::FileError;
use std::path::PathBuf;

/// A journal that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    #[error("the journal `{}` was written by a newer Hubwright (version {found})", path.display())]
    Newer { path: PathBuf, found: i64 },
    #[error("the journal `{}` was written by an older Hubwright (version {found})", path.display())]
    Older { path: PathBuf, found: i64 },
    #[error("the journal cannot be written")]
    Sql(#[from] rusqlite::Error),
    #[error("the journal cannot be brought to this version of Hubwright")]
    Migration(#[source] rusqlite_migration::Error),
    #[error("a record in the journal cannot be read")]
    Json(#[from] serde_json::Error),
    #[error(transparent)]
    File(#[from] FileError),
}

impl From<JournalError> for Problem {
    fn from(error: JournalError) -> Self {
        match error {
            JournalError::File(error) => error.into(),
            JournalError::Newer { .. } => Problem::new(
                format!("{}.", capital(&error.to_string())),
                "Install the newest Hubwright, then open the deployment again.",
            ),
            JournalError::Older { .. } => Problem::new(
                format!("{}.", capital(&error.to_string())),
                "Open the deployment with this Hubwright first.",
            ),
            JournalError::Sql(ref cause) if cause.sqlite_error_code() == Some(rusqlite::ErrorCode::OutOfMemory) => {
                crate::engine::memory::no_memory().because(&error)
            }
            JournalError::Sql(ref cause) => {
                // SQLite calls a full disk an I/O error where it cannot grow its shared memory.
                use rusqlite::ErrorCode::{DiskFull, SystemIoFailure};
                let full = matches!(cause.sqlite_error_code(), Some(DiskFull | SystemIoFailure));
                let fix = match full {
                    true => {
                        "Free some space on the disk that holds Hubwright's folder, and see that the disk works; then run the page again. What was entered before is kept."
                    }
                    false => {
                        "Check that Hubwright's folder can be written to and that enough open files are allowed (`ulimit -n`, at least 256), then run the page again."
                    }
                };
                Problem::new("Hubwright's record of this deployment cannot be written.", fix).because(&error)
            }
            JournalError::Migration(_) => Problem::new(
                "Hubwright's record of this deployment is of an older Hubwright, and this one cannot bring it up to date.",
                "Report this to the people who make Hubwright, with the details below; the file was not changed.",
            )
            .because(&error),
            JournalError::Json(_) => Problem::new(
                "A part of Hubwright's record of this deployment cannot be read.",
                "Press “Check again” on the page: what is missing is read from the account.",
            )
            .because(&error),
        }
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().collect::<String>() + letters.as_str())
}

/// Whether the file itself is broken.
pub(super) fn is_damage(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(rusqlite::ErrorCode::DatabaseCorrupt | rusqlite::ErrorCode::NotADatabase))
}
