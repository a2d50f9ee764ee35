//! What IAM cannot hold back from a role that sets things up, looked for in the account: roles of the names it may write that
//! lack the boundary, which it could pass to a machine of its own, and policies of those names that somebody gave to more
//! than such roles, who then may do whatever it writes there. It reads only.

use super::inventory::policy_arn;
use crate::engine::words::list;
use crate::engine::{Cx, Problem};
use crate::tools::aws::error::OrNone;
use crate::tools::aws::{Aws, AwsError, ask};
use aws_sdk_iam::types::PolicyUsageType;
use futures_util::future::{join, try_join_all};

/// The names that a role may write.
pub struct Writable {
    /// That role.
    pub by: String,
    /// The policy that bounds what it makes.
    pub boundary: String,
    pub roles: Vec<String>,
    pub policies: Vec<String>,
    /// A page gives the boundary back to roles of its own, so those stop nothing.
    pub mended: bool,
}

/// A role, as far as it matters here.
struct Role {
    bounded: bool,
    ours: bool,
}

impl Writable {
    /// The problem that stops everything, where there is one; what is only worth knowing is told as warnings.
    pub async fn look(&self, cx: &Cx, aws: &Aws, account: &str) -> Result<Option<Problem>, AwsError> {
        let roles = try_join_all(self.roles.iter().map(|name| self.role(aws, account, name)));
        let holders = try_join_all(self.policies.iter().map(|name| self.holders(aws, account, name)));
        let (roles, holders) = join(roles, holders).await;
        let holders = match holders {
            // Advice, for which nobody is asked for more rights than the page needs.
            Err(error) if error.is_denied() => {
                let what = format!("You may not see who has the policies that the role `{}` may rewrite.", self.by);
                let fix = "Ask an administrator of the account to allow you `iam:ListEntitiesForPolicy` on them, or to look in your place.";
                cx.warn(Problem::warning(what, fix).because(&error));
                vec![]
            }
            holders => holders?,
        };
        for (policy, holders) in self.policies.iter().zip(holders).filter(|(_, holders)| !holders.is_empty()) {
            cx.warn(Problem::warning(
                format!("The policy `{policy}`, which `{}` may rewrite, is attached to {}.", self.by, list(&holders)),
                format!("Detach `{policy}` there in the IAM console, and attach a policy of another name instead: whoever rewrites a policy decides for all who have it."),
            ));
        }
        let roles = roles?;
        let names =
            self.roles.iter().zip(&roles).filter(|(_, role)| role.as_ref().is_some_and(|role| self.is_loose(role)));
        let names: Vec<String> = names.map(|(name, _)| format!("`{name}`")).collect();
        Ok((!names.is_empty()).then(|| {
            let (s, is, its, it) = if names.len() == 1 { ("", "is", "its", "it") } else { ("s", "are", "their", "them") };
            let what = format!(
                "The role{s} {} {is} in the account without a limit on {its} rights (permissions boundary `{}`). Through {it}, whoever acts as `{}` could do more than a role of this deployment may.",
                list(&names),
                self.boundary,
                self.by,
            );
            Problem::new(what, format!("Delete {it}, or set `{}` as the permissions boundary in the IAM console; then press “Check again”.", self.boundary))
        }))
    }

    /// Whether a role has no boundary, and nothing that gives it one.
    fn is_loose(&self, role: &Role) -> bool {
        !(role.bounded || self.mended && role.ours)
    }

    /// `None` where it is not there.
    async fn role(&self, aws: &Aws, account: &str, name: &str) -> Result<Option<Role>, AwsError> {
        let found = ask("iam:GetRole", aws.iam.get_role().role_name(name).send()).await.or_none("NoSuchEntity")?;
        Ok(found.and_then(|found| found.role).map(|role| {
            let boundary = role.permissions_boundary().and_then(|boundary| boundary.permissions_boundary_arn());
            Role {
                bounded: boundary == Some(&policy_arn(account, &self.boundary)),
                ours: role.tags().iter().any(|tag| tag.key() == "created-by" && tag.value() == "hubwright"),
            }
        }))
    }

    /// Who has a policy and is no role with the boundary, in words.
    async fn holders(&self, aws: &Aws, account: &str, policy: &str) -> Result<Vec<String>, AwsError> {
        let all = entities(aws, &policy_arn(account, policy), PolicyUsageType::PermissionsPolicy).await;
        let mut found = vec![];
        for (kind, name) in all.or_none("NoSuchEntity")?.unwrap_or_default() {
            if kind != "role" || self.role(aws, account, &name).await?.is_some_and(|role| self.is_loose(&role)) {
                found.push(format!("the {kind} `{name}`"));
            }
        }
        Ok(found)
    }
}

/// Who has a policy, as what they may (`PermissionsPolicy`) or as the limit on it (`PermissionsBoundary`): users, groups and
/// roles, each with that word before its name.
pub async fn entities(
    aws: &Aws,
    policy: &str,
    usage: PolicyUsageType,
) -> Result<Vec<(&'static str, String)>, AwsError> {
    let call = aws.iam.list_entities_for_policy().policy_arn(policy).policy_usage_filter(usage);
    let pages = ask("iam:ListEntitiesForPolicy", call.into_paginator().send().collect::<Result<Vec<_>, _>>()).await?;
    let mut all = vec![];
    for page in pages {
        all.extend(page.policy_users.unwrap_or_default().into_iter().map(|one| ("user", one.user_name)));
        all.extend(page.policy_groups.unwrap_or_default().into_iter().map(|one| ("group", one.group_name)));
        all.extend(page.policy_roles.unwrap_or_default().into_iter().map(|one| ("role", one.role_name)));
    }
    Ok(all.into_iter().filter_map(|(kind, name)| Some((kind, name?))).collect())
}
