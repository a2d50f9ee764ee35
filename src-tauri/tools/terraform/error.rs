//! How a run of Terraform fails, told apart by what it printed.

use crate::tools::machine::MachineError;

/// A Terraform run that failed.
#[derive(Debug, thiserror::Error)]
pub enum TerraformError {
    #[error(transparent)]
    Machine(#[from] MachineError),
    #[error("another Terraform holds the lock on this module's state")]
    Locked(#[source] Said),
    #[error("the state is cut off or damaged")]
    Damaged(#[source] Said),
    #[error("the account changed since the plan was made")]
    Stale(#[source] Said),
    #[error("something of this name was made by somebody else meanwhile")]
    Exists(#[source] Said),
    #[error("the AWS provider is not one that the module's lock file names")]
    Provider {
        /// The CLI configuration that says where it came from; empty for Terraform's registry.
        config: String,
        #[source]
        said: Said,
    },
    #[error("`{0}` prepared the module without an error and left no `.terraform`")]
    NotPrepared(String),
    #[error("Terraform could not {doing}")]
    Failed {
        doing: &'static str,
        #[source]
        said: Said,
    },
    #[error("Terraform's answer cannot be read")]
    Answer(#[from] serde_json::Error),
    #[error("Terraform was stopped")]
    Stopped,
}

/// What Terraform said went wrong.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.join("\n"))]
pub struct Said(Vec<String>);

impl TerraformError {
    /// What went wrong, from the errors that Terraform printed. `config` is the CLI configuration that says where providers
    /// come from.
    pub(super) fn of(doing: &'static str, errors: Vec<String>, config: Option<&String>) -> Self {
        let said = Said(errors);
        // Wrapped lines are joined first: words that belong together stand on either side of a line's end.
        let all = said.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
        match () {
            _ if all.contains("could not be parsed as JSON") => TerraformError::Damaged(said),
            _ if all.contains("acquiring the state lock") => TerraformError::Locked(said),
            _ if all.contains("Saved plan is stale") => TerraformError::Stale(said),
            _ if EXISTS.iter().any(|code| all.contains(code)) => TerraformError::Exists(said),
            _ if all.contains("match any of the checksums") => {
                TerraformError::Provider { config: config.cloned().unwrap_or_default(), said }
            }
            _ => TerraformError::Failed { doing, said },
        }
    }
}

impl Said {
    /// The first error; empty where Terraform printed none.
    pub fn first(&self) -> &str {
        self.0.first().map_or("", String::as_str)
    }

    /// AWS's own sentence on what is there already, without its full stop; empty where there is none.
    pub fn exists(&self) -> &str {
        let text = self.0.iter().find(|text| EXISTS.iter().any(|code| text.contains(code))).map_or("", String::as_str);
        let after = EXISTS.iter().find_map(|code| text.split_once(code)).map_or("", |(_, after)| after);
        let sentence = after.trim_start_matches(|c: char| !c.is_alphabetic()).lines().next().unwrap_or_default();
        sentence.trim_end_matches('.')
    }
}

/// What AWS calls a name that is taken: IAM, KMS, CodeCommit.
const EXISTS: &[&str] = &["EntityAlreadyExists", "RepositoryNameExistsException", "AlreadyExistsException"];
