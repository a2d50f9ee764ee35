//! Files of variables, and what is left to fill in where files were made from others.

use crate::engine::Problem;
use crate::tools::placeholder::LeftOver;
use crate::tools::tfvars::TfvarsError;

impl From<TfvarsError> for Problem {
    fn from(error: TfvarsError) -> Self {
        Problem::new(
            "The Terraform variable file cannot be read.",
            "Undo the last edit made to it by hand, or delete it: Hubwright writes it anew.",
        )
        .because(&error)
    }
}

/// What `placeholder::lint` found in `file`, at a line, for this deployment and its account.
pub(crate) fn left_over(file: &str, (line, left): &(usize, LeftOver), deployment: &str, account: &str) -> Problem {
    let (what, fix) = match left {
        LeftOver::Placeholder(word) => {
            (format!("`{word}` was not filled in."), "Put the value in its place.".to_owned())
        }
        LeftOver::Account(other) => {
            (format!("the account {other} is not this deployment's."), format!("Write {account} in its place."))
        }
        LeftOver::Deployment(other) => (
            format!("`{other}` is another deployment's name; the file may be a copy."),
            format!("Write `{deployment}` in its place."),
        ),
    };
    Problem::new(format!("`{file}`, line {line}: {what}"), fix)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tools::tfvars;

    #[test]
    fn a_file_that_is_not_hcl_is_refused_with_a_fix() {
        let problem = Problem::from(tfvars::set("region = = 3", &[]).unwrap_err());
        assert!(!problem.detail.is_empty());
    }

    #[test]
    fn what_is_left_to_fill_in_is_told_with_its_file_and_line() {
        let problem = left_over("hub.yaml", &(3, LeftOver::Placeholder("[REDACTED]".into())), "roman-sit", "");
        assert_eq!(problem.what, "`hub.yaml`, line 3: `[REDACTED]` was not filled in.");
    }
}
