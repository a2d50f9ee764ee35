//! What holds the things of a module, so that AWS would not let them go, or Terraform would take along what others made:
//! members of a group, policies that others put on, machines' profiles, and whoever else uses a policy. It reads only; what
//! may not be looked at is left for AWS to refuse.

use super::holders::entities;
use super::inventory::{Found, Inventory, Owner, Resource};
use crate::engine::words::{all, list};
use crate::engine::{Held, Problem, StepId};
use crate::tools::aws::{Aws, AwsError, ask};
use aws_sdk_iam::types::PolicyUsageType as Usage;
use futures_util::future::try_join_all;
use std::time::Duration;

/// The page whose things hang on those of a module: what it made goes first.
pub struct Later {
    pub page: StepId,
    pub short: &'static str,
    /// Users whom it puts into the module's group.
    pub users: Vec<String>,
    /// Roles that it makes.
    pub roles: Vec<String>,
    /// How long the account may still show what it removed.
    pub settling: Duration,
}

impl Later {
    /// What this page made holds something. A button of this label leads to the question whether that is to be removed.
    fn holds(&self, problem: Problem, label: String) -> Held {
        Held { by: Some(self.page), problem: problem.leading_to_removal(label, self.page) }
    }
}

/// Something holds it that no page of Hubwright's made.
fn other(problem: Problem) -> Held {
    Held { by: None, problem }
}

/// Everything that holds what is there and ours, each with what to do first.
pub async fn look(aws: &Aws, found: &Inventory, later: Option<&Later>) -> Result<Vec<Held>, AwsError> {
    let ours = found.0.iter().filter(|found| found.owner == Owner::Ours);
    let look = Look { aws, found, later };
    Ok(try_join_all(ours.map(|one| look.at(one))).await?.concat())
}

struct Look<'a> {
    aws: &'a Aws,
    found: &'a Inventory,
    later: Option<&'a Later>,
}

impl Look<'_> {
    async fn at(&self, one: &Found) -> Result<Vec<Held>, AwsError> {
        match &one.resource {
            Resource::Group(name) => self.group(name).await,
            Resource::Role(name) => self.role(name, &one.policies).await,
            Resource::Policy(name) => self.policy(name, &one.id).await,
            _ => Ok(vec![]),
        }
    }

    async fn group(&self, group: &str) -> Result<Vec<Held>, AwsError> {
        let members = self.aws.iam.get_group().group_name(group).into_paginator().items().send();
        let members = known(ask("iam:GetGroup", members.collect::<Result<Vec<_>, _>>()).await)?;
        let members: Vec<String> = members.iter().map(|user| user.user_name().to_owned()).collect();
        let is_of_later = |user: &String| self.later.is_some_and(|later| later.users.contains(user));
        let (joined, others): (Vec<_>, Vec<_>) = members.into_iter().partition(is_of_later);
        let mut held = vec![];
        if let (Some(later), false) = (self.later, joined.is_empty()) {
            let short = later.short;
            let (are, them) = if joined.len() == 1 { ("is", "this user") } else { ("are", "them") };
            let what = format!(
                "{} {are} in the group `{group}`, and AWS removes a group only once it is empty.",
                named(&joined)
            );
            held.push(later.holds(
                Problem::new(what, format!("Use Remove on the page “{short}” first: it takes {them} out.")),
                format!("Take {} out on {short} first", list(&joined)),
            ));
        }
        if !others.is_empty() {
            let (are, them) = if others.len() == 1 { ("is", "this user") } else { ("are", "them") };
            held.push(other(Problem::new(
                format!(
                    "{} {are} in the group `{group}` and Hubwright did not put {them} there. AWS removes a group only once it is empty.",
                    named(&others)
                ),
                format!("Take {them} out in the IAM console, under User groups, `{group}`; then remove this page again."),
            )));
        }
        let own = self.aws.iam.list_group_policies().group_name(group).into_paginator().items().send();
        let mut policies = known(ask("iam:ListGroupPolicies", own.collect::<Result<Vec<_>, _>>()).await)?;
        let attached = self.aws.iam.list_attached_group_policies().group_name(group).into_paginator().items().send();
        let attached = known(ask("iam:ListAttachedGroupPolicies", attached.collect::<Result<Vec<_>, _>>()).await)?;
        policies.extend(attached.into_iter().filter_map(|policy| policy.policy_arn));
        held.extend(self.others_on("group", group, &policies));
        Ok(held)
    }

    async fn role(&self, role: &str, policies: &[String]) -> Result<Vec<Held>, AwsError> {
        let mut held = self.others_on("role", role, policies);
        let profiles = self.aws.iam.list_instance_profiles_for_role().role_name(role).into_paginator().items().send();
        let profiles = known(ask("iam:ListInstanceProfilesForRole", profiles.collect::<Result<Vec<_>, _>>()).await)?;
        held.extend(profiles.iter().map(|profile| {
            let profile = profile.instance_profile_name();
            other(Problem::new(
                format!("The role `{role}` is in the instance profile `{profile}`, so a machine may be working as it."),
                format!("Take the role out first: `aws iam remove-role-from-instance-profile --instance-profile-name {profile} --role-name {role}`"),
            ))
        }));
        Ok(held)
    }

    /// What others put on a role or group of ours. Terraform would take it off unasked, or AWS refuse.
    fn others_on(&self, kind: &str, name: &str, policies: &[String]) -> Vec<Held> {
        let others = self.found.others_on(name, policies).into_iter();
        let problem = |policy: &str| {
            other(Problem::new(
                format!("The {kind} `{name}` has the policy `{policy}` too, which this page did not give it."),
                format!("Take `{policy}` off the {kind} in the IAM console, then remove this page again."),
            ))
        };
        others.map(problem).collect()
    }

    async fn policy(&self, policy: &str, arn: &str) -> Result<Vec<Held>, AwsError> {
        let mut held = vec![];
        let attached = known(entities(self.aws, arn, Usage::PermissionsPolicy).await)?;
        // What it is attached to goes with it, and is asked about itself.
        let is_ours = |name: &str| self.found.has_own(name);
        let others: Vec<String> = attached.into_iter().filter(|(_, name)| !is_ours(name)).map(told).collect();
        if !others.is_empty() {
            held.push(other(Problem::new(
                format!("The policy `{policy}` is attached to {} too, which this page did not do.", all(&others)),
                format!("Detach `{policy}` there in the IAM console, then remove this page again."),
            )));
        }
        let bounded = known(entities(self.aws, arn, Usage::PermissionsBoundary).await)?;
        let of_later =
            |kind: &str, name: &String| kind == "role" && self.later.is_some_and(|later| later.roles.contains(name));
        let (made, others): (Vec<_>, Vec<_>) = bounded.into_iter().partition(|(kind, name)| of_later(kind, name));
        for (whom, page) in [(made, self.later), (others, None)] {
            if whom.is_empty() {
                continue;
            }
            let whom: Vec<String> = whom.into_iter().map(told).collect();
            let what =
                format!("The policy `{policy}` is the limit on the rights (permissions boundary) of {}.", all(&whom));
            held.push(match page {
                Some(later) => later.holds(
                    Problem::new(what, format!("Use Remove on the page “{}” first: it made that.", later.short)),
                    format!("Remove “{}” first", later.short),
                ),
                None => other(Problem::new(
                    what,
                    "Remove what has this limit first, or set another limit there in the IAM console; then remove this page again.",
                )),
            });
        }
        Ok(held)
    }
}

/// What was found. Who may not look finds nothing: AWS refuses then, and is told in words.
fn known<T: Default>(found: Result<T, AwsError>) -> Result<T, AwsError> {
    match found {
        Err(error) if error.is_denied() || error.is("NoSuchEntity") => Ok(T::default()),
        found => found,
    }
}

fn told((kind, name): (&'static str, String)) -> String {
    format!("the {kind} `{name}`")
}

fn named(users: &[String]) -> String {
    all(&users.iter().map(|user| format!("`{user}`")).collect::<Vec<_>>())
}
