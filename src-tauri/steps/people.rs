//! The people whom a page names: IAM users by their names, as fields and in the account. They are asked once, on the first
//! page that needs them; the pages after it have the same ones unless somebody changes them there.

use super::deploy_roles::DeployRoles;
use super::deployment::Deployment;
use super::names;
use crate::engine::{Cx, Field, Problem, Problems, Step, StepId, Values, View};
use crate::tools::aws::{Arn, Aws, AwsError, ask};
use futures_util::future::try_join_all;

/// The page on which they are asked.
pub const ASKED_ON: StepId = DeployRoles::ID;

/// The field `users` of the page on which they are asked: by default whoever sets this up.
pub fn asked(cx: &Cx, label: &'static str) -> Field {
    field(label, whoever_sets_up(cx))
}

/// The field `users` of the pages after it.
pub fn as_asked(cx: &Cx, label: &'static str) -> Field {
    field(label, named_on::<DeployRoles>(cx))
        .known_from(format!("As on the page “{}”, unless you change it here", DeployRoles::SHORT))
}

fn field(label: &'static str, people: Vec<String>) -> Field {
    Field::people("users", label)
        .default(people)
        .rule("names of IAM users")
        .placeholder("user-name")
        .help("The names of their users in AWS. Press Enter or a comma after each.")
}

/// Whom the page of `S` names: there, or else on the page on which they are asked.
pub fn named_on<S: Step>(cx: &Cx) -> Vec<String> {
    let asked = [cx.answers::<S>(), cx.answers::<DeployRoles>()].map(|answers| tidy(answers.rows("users")));
    asked.into_iter().find(|named| !named.is_empty()).unwrap_or_else(|| whoever_sets_up(cx))
}

fn whoever_sets_up(cx: &Cx) -> Vec<String> {
    Some(cx.answer::<Deployment>("user")).filter(|user| !user.is_empty()).into_iter().collect()
}

/// Whom the account has, to pick from. Where they may not be listed, names are typed.
pub async fn show_users(cx: &Cx, aws: &Aws) {
    let asking = aws.iam.list_users().max_items(1000).send();
    let Ok(found) = ask("iam:ListUsers", asking).await else { return };
    let mut names: Vec<String> = found.users().iter().map(|user| user.user_name().to_owned()).collect();
    names.sort_by_key(|name| name.to_lowercase());
    cx.show(View::People { title: "Users of the account".into(), field: "users".into(), names });
}

fn tidy(names: &[String]) -> Vec<String> {
    let mut names: Vec<String> =
        names.iter().map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect();
    names.sort();
    names.dedup();
    names
}

/// IAM users by name: the names as entered, tidied.
pub fn users(values: &Values, field: &str) -> Result<Vec<String>, Problems> {
    let users = tidy(values.rows(field));
    if users.is_empty() {
        return Err(Problem::new("Nobody is named.", "Enter at least your own IAM user name.").on(field).into());
    }
    let wrong = users.iter().filter_map(|user| names::judge_user(user)).map(|problem| problem.on(field));
    Problems(wrong.collect()).or(|| users.clone())
}

/// The name of an IAM user, and its ARN as AWS gives it: a user may have a path, which its name does not tell. `None` where
/// there is no such user.
pub type User = (String, Option<Arn>);

pub async fn look_up(aws: &Aws, names: &[String]) -> Result<Vec<User>, AwsError> {
    try_join_all(names.iter().map(|name| async move { Ok((name.clone(), aws.user(name).await?)) })).await
}

/// The ARNs of those who are there.
pub fn arns(users: &[User]) -> Vec<String> {
    users.iter().filter_map(|(_, arn)| Some(arn.as_ref()?.to_string())).collect()
}

/// The problem that a named user is not in the account: AWS refuses a trust that names one (trap 15).
pub fn unknown(users: &[User]) -> Option<Problem> {
    let (user, _) = users.iter().find(|(_, arn)| arn.is_none())?;
    let what = format!("The account has no IAM user `{user}`.");
    Some(Problem::new(what, "Correct the name, or have the user made.").on("users"))
}
