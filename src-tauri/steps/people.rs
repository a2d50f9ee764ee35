//! The people whom a page names: IAM users by their names, as fields and in the account. Shared by the steps that let
//! somebody act as a role or join a group.

use super::deployment::Deployment;
use super::names;
use crate::engine::{Cx, Field, Problem, Problems, Values};
use crate::tools::aws::{Aws, AwsError};
use futures_util::future::try_join_all;

/// The field `users`: who may do what `label` says, by default whoever sets this up.
pub fn users_field(cx: &Cx, label: &'static str) -> Field {
    let own = cx.answer::<Deployment>("user");
    Field::rows("users", label)
        .default(Some(own).filter(|user| !user.is_empty()).into_iter().collect::<Vec<String>>())
        .rule("names of IAM users")
        .placeholder("user-name")
        .help("One IAM user name a line.")
}

/// IAM users by name: the names as entered, tidied.
pub fn users(values: &Values, field: &str) -> Result<Vec<String>, Problems> {
    let mut users: Vec<String> =
        values.rows(field).iter().map(|user| user.trim().to_owned()).filter(|user| !user.is_empty()).collect();
    users.sort();
    users.dedup();
    if users.is_empty() {
        return Err(Problem::new("Nobody is named.", "Enter at least your own IAM user name.").on(field).into());
    }
    let wrong = users.iter().filter_map(|user| names::judge_user(user)).map(|problem| problem.on(field));
    Problems(wrong.collect()).or(|| users.clone())
}

/// The ARNs of IAM users, as AWS gives them: a user may have a path, which its name does not tell.
pub async fn user_arns(aws: &Aws, users: &[String]) -> Result<Vec<String>, AwsError> {
    let found = try_join_all(users.iter().map(|user| aws.user(user))).await?;
    Ok(found.into_iter().flatten().map(|arn| arn.to_string()).collect())
}

/// The problem that a named user is not in the account: AWS refuses a trust that names one (trap 15).
pub async fn unknown_user(aws: &Aws, users: &[String]) -> Result<Option<Problem>, AwsError> {
    let found = try_join_all(users.iter().map(|user| aws.user(user))).await?;
    let missing = users.iter().zip(found).find(|(_, arn)| arn.is_none());
    Ok(missing.map(|(user, _)| {
        Problem::new(format!("The account has no IAM user `{user}`."), "Correct the name, or have the user made.")
            .on("users")
    }))
}
