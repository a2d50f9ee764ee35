//! Runs of Terraform.

use super::plan::in_words;
use crate::engine::Problem;
use crate::tools::terraform::{Doing, TerraformError};

impl From<TerraformError> for Problem {
    fn from(error: TerraformError) -> Self {
        let (what, fix) = match &error {
            TerraformError::Machine(error) => return error.into(),
            TerraformError::Stopped => return Problem::cancelled(),
            TerraformError::Locked(_) => (
                "Another Terraform is at work on what this page makes.".to_owned(),
                "Wait until it has ended, or end it where you started it; then run this page again.".to_owned(),
            ),
            TerraformError::Damaged(_) => (
                "Terraform's record of what this page made cannot be read.".into(),
                "Run this page again: it finds what is in the account.".into(),
            ),
            TerraformError::Exists(said) => (
                format!(
                    "Somebody else made something of this deployment's names while this ran. AWS says: {}.",
                    said.exists()
                ),
                "Press “Check again”: it shows what is in the account now and whose it is. Then run this page again.".into(),
            ),
            TerraformError::Stale(_) => (
                "The account changed since the plan was shown, so the plan was not applied.".into(),
                "Show the plan again, read it, and apply that one.".into(),
            ),
            TerraformError::Provider { config, .. } => (
                "The part of Terraform that talks to AWS (its AWS provider) is not the one that HashiCorp published, so it is not used."
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
                let first = said.first();
                let expired = first.contains("ExpiredToken");
                let denied = first.contains("AccessDenied");
                if first.contains("DeleteConflict") {
                    return Problem::new(
                        "AWS did not let everything go: somebody uses a part of it, or put something on it.",
                        "Read in the details which part that is, and take off in the IAM console what others put there; then remove this page again.",
                    )
                    .because(&error);
                }
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

/// The progress of a page whose module is at work.
pub(crate) fn doing(doing: Doing) -> String {
    match doing {
        Doing::TakingUp => "Going on with the run that was under way".into(),
        Doing::Stopping { program, purpose } => {
            format!("Waiting for `{program} {purpose}` of an earlier window to stop")
        }
        Doing::Importing { address } => {
            let kind = address.split('.').next().unwrap_or_default();
            format!("Telling Terraform of something that is there, so that it can remove it: {}", in_words(kind))
        }
        Doing::Comparing => "Comparing the account with what this page makes".into(),
        Doing::GettingProvider => "Downloading the part of Terraform that talks to AWS (its AWS provider)".into(),
    }
}
