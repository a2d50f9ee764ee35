//! What the account says of whoever acts, of its regions and of its users, in the words of the account page. Nothing is changed
//! here.

use super::super::deployment::Output as Deployed;
use super::super::told::aws::named;
use super::exchange::ENTERED;
use crate::engine::view::{Mark, Row};
use crate::engine::{Cx, Problem, Status, View};
use crate::tools::aws::error::OrNone;
use crate::tools::aws::regions::Region;
use crate::tools::aws::{Access, Arn, Aws, AwsError, Caller, ask, regions};

/// STS refused: says whether it is the key, or a region the account has not switched on. An error where it was not reached.
pub async fn refused<T>(error: AwsError, aws: &Aws, access: &Access) -> Result<Status<T>, Problem> {
    if error.is_unanswered() {
        return Err(error.into());
    }
    if error.is_bad_key() && aws.in_region("us-east-1").caller().await.is_ok() {
        return Ok(Status::Blocked(vec![not_enabled(&aws.region)]));
    }
    let field = match access {
        Access::Profile { .. } => "profile",
        _ if error.is("SignatureDoesNotMatch") => ENTERED,
        _ => "access_key_id",
    };
    let (bad, problem) = (error.is_bad_key(), Problem::from(error));
    Ok(Status::Blocked(vec![if bad && problem.field.is_none() { problem.on(field) } else { problem }]))
}

/// The problem that the account has not the region; a warning where the account could not be asked and the table does not
/// know it either.
pub fn region(cx: &Cx, code: &str, of_account: Option<&[Region]>) -> Option<Problem> {
    let found = of_account.map(|all| all.iter().find(|region| region.code == code));
    match found {
        Some(Some(region)) if region.enabled => None,
        Some(Some(_)) => Some(not_enabled(code)),
        Some(None) => {
            let all: Vec<_> = of_account.into_iter().flatten().filter(|region| region.enabled).collect();
            let all: Vec<_> = all.iter().map(|region| format!("`{}`", region.code)).collect();
            let what = format!("The account has no region `{code}`.");
            Some(Problem::new(what, format!("Choose one of {}.", all.join(", "))).on("region"))
        }
        None if regions::REGIONS.iter().any(|(known, ..)| *known == code) => None,
        None => {
            let what = format!(
                "Hubwright does not know the region `{code}`, and you may not ask AWS which regions the account has."
            );
            let fix = "Look whether the AWS console has it, and go on if it does.";
            cx.warn(Problem::warning(what, fix).on("region"));
            None
        }
    }
}

fn not_enabled(code: &str) -> Problem {
    let what = format!("The region `{code}` is not enabled in this account.");
    let fix = "Choose another region on the page “Name the deployment”, or have it enabled (AWS console → Account → AWS Regions).";
    Problem::new(what, fix).on("region")
}

/// Says where whoever acts is not the user that the roles of the later pages will trust: those pages act as the roles.
pub fn compare(cx: &Cx, acting: &Arn, user: &Arn) {
    if acting == user || acting.is_root() {
        return;
    }
    let what = format!(
        "You act as {}, but the roles that are made later let only {} act as them.",
        named(acting),
        named(user)
    );
    let fix = "Sign in as that user, or name the one you act as under “Your IAM user” on the page “Name the deployment”: else later pages cannot act as those roles.";
    cx.warn(Problem::warning(what, fix).on("user"));
}

/// The groups of a user. None where there is no such user.
pub async fn groups_of(aws: &Aws, user: &str) -> Result<Vec<String>, AwsError> {
    let found = ask("iam:ListGroupsForUser", aws.iam.list_groups_for_user().user_name(user).send())
        .await
        .or_none("NoSuchEntity")?;
    Ok(found.map_or(vec![], |found| found.groups().iter().map(|group| group.group_name().to_owned()).collect()))
}

pub fn what_is_known(identity: &Caller, deployment: &Deployed, groups: &[String]) -> View {
    let account = identity.account.as_bytes().chunks(4).map(String::from_utf8_lossy).collect::<Vec<_>>().join("-");
    let room = if groups.len() <= 8 { Mark::Good } else { Mark::Bad };
    View::Table {
        title: "What AWS says".into(),
        heads: vec![],
        rows: vec![
            Row::new(["Account", &account, ""], Mark::Plain),
            Row::new(["You act as", &named(&identity.arn), ""], Mark::Plain),
            Row::new(["Full name (ARN)", &identity.arn.to_string(), ""], Mark::Plain),
            Row::new(["Region", &deployment.region, "enabled"], Mark::Good),
            Row::new(["Groups of your user", &groups.join(", "), &format!("{} of 10", groups.len())], room),
            Row::new(
                ["Names of this deployment", &format!("{} names", deployment.names.all().len() + 1), "yours to use"],
                Mark::Good,
            ),
        ],
    }
}
