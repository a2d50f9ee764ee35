//! Puts people into the group that may set up the deployment. Guide: "add your user to it", and its note that AWS
//! allows ten groups a user; trap 14.

use super::account::Account;
use super::deploy_roles::DeployRoles;
use super::deployment::Deployment;
use super::people;
use super::told::aws::lacking;
use crate::engine::view::{Mark, Row};
use crate::engine::{Call, Cx, Form, Leftovers, Plan, Problem, Problems, Status, Step, StepId, Values, View, words};
use crate::tools::aws::error::OrNone;
use crate::tools::aws::rights::{self, Right};
use crate::tools::aws::{Aws, AwsError, ask};
use futures_util::future::{join, try_join_all};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

pub struct Input {
    users: Vec<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Output {
    pub group: String,
    pub users: Vec<String>,
}

pub struct Architects;

impl Step for Architects {
    const ID: StepId = "architects";
    const TITLE: &'static str = "Join the architects group";
    const SHORT: &'static str = "Architects group";
    const WHY: &'static str = "Only members of this group may act as the role that makes everything else. Add yourself, and any colleague who may take over from you.";
    const VERB: &'static str = "Add to the group";
    const GUIDE: &'static str = "The guide mentions that AWS allows ten groups a user, and leaves the counting to you. The whole deployment adds two, so Hubwright counts first and stops at nine, before anything is changed.";
    const INSIDE_OF: Option<StepId> = Some(DeployRoles::ID);
    type Input = Input;
    type Output = Output;

    fn needs(&self) -> &'static [StepId] {
        &[Deployment::ID, Account::ID, DeployRoles::ID]
    }

    fn follows(&self) -> &'static [StepId] {
        &[people::ASKED_ON]
    }

    fn form(&self, cx: &Cx, _: &Values) -> Form {
        Form::of(vec![people::as_asked(cx, "People")])
    }

    fn parse(&self, _: &Cx, values: &Values) -> Result<Input, Problems> {
        Ok(Input { users: people::users(values, "users")? })
    }

    async fn check(&self, cx: &Cx, input: &Input) -> Result<Status<Output>, Problem> {
        let group = cx.need::<DeployRoles>()?.group;
        let (aws, account) = super::deploy_account(cx).await?;
        let (people, ()) = join(people(&aws, &input.users), people::show_users(cx, &aws)).await;
        let people = people?;
        let rows = people.iter().map(|(user, groups)| {
            let Some(groups) = groups else { return Row::new([user, "no such user", ""], Mark::Bad) };
            let inside = groups.contains(&group);
            let said = if inside { "member" } else { "not yet a member" };
            Row::new(
                [user, said, &format!("{} of 10 groups", groups.len())],
                if inside { Mark::Good } else { Mark::Plain },
            )
        });
        let members = people.iter().filter(|(_, groups)| groups.as_ref().is_some_and(|groups| groups.contains(&group)));
        cx.there(members.map(|(user, _)| format!("{user} in {group}")));
        cx.show(View::table("Members", ["Person", group.as_str(), "Groups"], rows.collect()));
        let problems: Vec<Problem> =
            people.iter().filter_map(|(user, groups)| judge(user, groups.as_deref(), &group)).collect();
        if !problems.is_empty() {
            return Ok(Status::Blocked(problems));
        }
        let outside = outside(&people, &group);
        if outside.is_empty() {
            cx.say(format!("{} in {group}.", if input.users.len() == 1 { "The user is" } else { "All are" }));
            return Ok(Status::Done(Output { group, users: input.users.clone() }));
        }
        let mut wanted =
            vec![Right::new("iam:AddUserToGroup", account.identity.arn.iam(format!("group/{group}")).to_string())];
        let users = people::arns(&people::look_up(&aws, &input.users).await?);
        wanted.extend(
            users.iter().flat_map(|user| {
                ["iam:GetUser", "iam:ListGroupsForUser"].map(|action| Right::new(action, user.as_str()))
            }),
        );
        if let Some(problem) = lacking(cx, rights::lacking(&aws, &wanted).await?) {
            return Ok(Status::Blocked(vec![problem]));
        }
        let are = if outside.len() == 1 { "is" } else { "are" };
        cx.say(format!("{} {are} not in the group yet.", words::all(&outside)));
        Ok(Status::Todo)
    }

    async fn plan(&self, cx: &Cx, input: &Input) -> Result<Plan, Problem> {
        let group = cx.need::<DeployRoles>()?.group;
        let (aws, account) = super::deploy_account(cx).await?;
        let outside = outside(&people(&aws, &input.users).await?, &group);
        Ok(Plan {
            summary: match outside.as_slice() {
                [] => "Everybody is a member already; nothing changes.".into(),
                [one] => format!("{one} joins {group}."),
                some => format!("{} join {group}.", words::all(some)),
            },
            identity: account.identity.arn.to_string(),
            calls: outside
                .iter()
                .map(|user| Call::new("iam:AddUserToGroup", user.as_str(), format!("joins {group}")))
                .collect(),
            commands: outside
                .iter()
                .map(|user| format!("aws iam add-user-to-group --group-name {group} --user-name {user}"))
                .collect(),
            cost: "Nothing: IAM is free.".into(),
            undo: "Remove on this page takes these people out of the group again.".into(),
            nothing_to_do: outside.is_empty(),
            ..Plan::default()
        })
    }

    async fn apply(&self, cx: &Cx, input: &Input) -> Result<Output, Problem> {
        let group = cx.need::<DeployRoles>()?.group;
        let (aws, _) = super::deploy_account(cx).await?;
        let people = people(&aws, &input.users).await?;
        if let Some(problem) = people.iter().find_map(|(user, groups)| judge(user, groups.as_deref(), &group)) {
            return Err(problem);
        }
        for user in outside(&people, &group) {
            cx.progress(format!("Adding {user} to {group}"));
            let call = aws.iam.add_user_to_group().group_name(&group).user_name(&user).send();
            cx.effect(&format!("add {user} to the group {group}"), ask("iam:AddUserToGroup", call)).await?;
        }
        Ok(Output { group, users: input.users.clone() })
    }

    async fn remove(&self, cx: &Cx, input: &Input) -> Result<Leftovers, Problem> {
        let group = cx.need::<DeployRoles>()?.group;
        let (aws, _) = super::deploy_account(cx).await?;
        // Who joined by this page leaves by it, whoever the answers name today.
        let joined = cx.output::<Self>().map_or(vec![], |output| output.users);
        let leaving: BTreeSet<&String> = input.users.iter().chain(&joined).collect();
        for user in leaving {
            let call = aws.iam.remove_user_from_group().group_name(&group).user_name(user).send();
            let removing = async { ask("iam:RemoveUserFromGroup", call).await.or_none("NoSuchEntity") };
            cx.effect(&format!("take {user} out of the group {group}"), removing).await?;
        }
        Ok(Leftovers::default())
    }
}

/// Each user with its groups; `None` where there is no such user.
async fn people(aws: &Aws, users: &[String]) -> Result<Vec<(String, Option<Vec<String>>)>, AwsError> {
    try_join_all(users.iter().map(|user| async move {
        let call = aws.iam.list_groups_for_user().user_name(user).send();
        let found = ask("iam:ListGroupsForUser", call).await.or_none("NoSuchEntity")?;
        Ok((
            user.clone(),
            found.map(|found| found.groups().iter().map(|group| group.group_name().to_owned()).collect()),
        ))
    }))
    .await
}

/// Why this user cannot join; `None` where nothing is in the way. Two groups are added over the whole deployment,
/// so a user of nine groups who is not in yet would be stuck at the second.
fn judge(user: &str, groups: Option<&[String]>, group: &str) -> Option<Problem> {
    let Some(groups) = groups else {
        return Some(
            Problem::new(format!("The account has no IAM user `{user}`."), "Correct the name, or have the user made.")
                .on("users"),
        );
    };
    if groups.iter().any(|member| member == group) || groups.len() <= MOST - ADDED {
        return None;
    }
    let what = format!("`{user}` is in {} groups; AWS allows {MOST}, and this deployment adds {ADDED}.", groups.len());
    let fix = format!("Take `{user}` out of {} of: {}.", groups.len() + ADDED - MOST, groups.join(", "));
    Some(Problem::new(what, fix).on("users"))
}

fn outside(people: &[(String, Option<Vec<String>>)], group: &str) -> Vec<String> {
    people
        .iter()
        .filter(|(_, groups)| !groups.iter().flatten().any(|member| member == group))
        .map(|(user, _)| user.clone())
        .collect()
}

/// Groups a user can be in (IAM and STS quotas).
const MOST: usize = 10;
/// Groups the whole deployment adds a user to: architects and deployers.
const ADDED: usize = 2;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_with_nine_groups_is_stopped_and_one_with_eight_is_not() {
        let groups = |n: usize| (0..n).map(|n| format!("g{n}")).collect::<Vec<_>>();
        assert!(judge("u", Some(&groups(8)), "architects").is_none());
        for n in [9, 10] {
            let problem = judge("u", Some(&groups(n)), "architects").expect("two groups would not fit");
            assert!(problem.fix.contains(&format!("out of {} of", n - 8)), "{problem:?}");
        }
        let mut member = groups(9);
        member.push("architects".into());
        assert!(judge("u", Some(&member), "architects").is_none(), "who is in already needs no more room here");
    }
}
