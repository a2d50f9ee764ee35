//! How a run of Terraform fails, told apart by what it printed, and what a person can do about it.

use crate::engine::Problem;
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
    /// AWS's own sentence on what is there already; empty where there is none.
    fn exists(&self) -> String {
        let text = self.0.iter().find(|text| EXISTS.iter().any(|code| text.contains(code))).map_or("", String::as_str);
        let after = EXISTS.iter().find_map(|code| text.split_once(code)).map_or("", |(_, after)| after);
        let sentence = after.trim_start_matches(|c: char| !c.is_alphabetic()).lines().next().unwrap_or_default();
        format!("AWS says: {}.", sentence.trim_end_matches('.'))
    }
}

impl From<TerraformError> for Problem {
    fn from(error: TerraformError) -> Self {
        let (what, fix) = match &error {
            TerraformError::Machine(_) => {
                let TerraformError::Machine(machine) = error else { unreachable!("matched above") };
                return machine.into();
            }
            TerraformError::Stopped => return Problem::cancelled(),
            TerraformError::Locked(_) => (
                "Another Terraform is at work on this module.".to_owned(),
                "Wait until it ends (look for a terraform process of yours), then run this page again.".to_owned(),
            ),
            TerraformError::Damaged(_) => (
                "The state of this module cannot be read.".into(),
                "Run this page again: it takes over what is in the account.".into(),
            ),
            TerraformError::Exists(said) => (
                format!("Somebody else made something of this deployment's names while this ran. {}", said.exists()),
                "Press Check: it shows what is in the account now and whose it is. Then run this page again.".into(),
            ),
            TerraformError::Stale(_) => (
                "The account changed since the plan was shown, so the plan was not applied.".into(),
                "Show the plan again, read it, and apply that one.".into(),
            ),
            TerraformError::Provider { config, .. } => (
                "The AWS provider that Terraform was given is not the one that HashiCorp published: its checksum is not in the module's lock file."
                    .into(),
                match config.as_str() {
                    "" => "Check that nothing on the way, such as a proxy, changes what comes from `registry.terraform.io`, then run this page again.".into(),
                    config => format!("Put HashiCorp's own release of it into the mirror that `{config}` names, then run this page again."),
                },
            ),
            TerraformError::NotPrepared(program) => (
                format!("`{program} init` ended without an error and prepared nothing."),
                format!("Put Terraform or OpenTofu in the place of `{program}`: this program does not work as they do."),
            ),
            TerraformError::Failed { doing, said } => {
                let first = said.0.first().map_or("", String::as_str);
                let expired = first.contains("ExpiredToken");
                let denied = first.contains("AccessDenied");
                let fix = match (expired, denied) {
                    (true, _) => {
                        "Sign in again on the page “AWS account”, then run this page again: it goes on where it stopped."
                    }
                    (_, true) => {
                        "Ask an administrator of the account to allow the action named in the details, then run this page again."
                    }
                    _ => "Read the details; the log has the rest. Running the page again goes on from what was made.",
                };
                (format!("Terraform could not {doing}: {}", first.split(". ").next().unwrap_or(first)), fix.into())
            }
            TerraformError::Answer(_) => (
                "Terraform's answer cannot be read.".into(),
                "Check on the page “Tools” that this version of Terraform is supported.".into(),
            ),
        };
        Problem::new(what, fix).because(&error)
    }
}

/// What AWS calls a name that is taken: IAM, KMS, CodeCommit.
const EXISTS: &[&str] = &["EntityAlreadyExists", "RepositoryNameExistsException", "AlreadyExistsException"];
