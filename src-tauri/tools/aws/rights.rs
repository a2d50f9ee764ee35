//! A dry look at what an identity may do, before the first write: IAM's own policy simulator.
//! It cannot see service control policies or boundaries of other accounts, so it finds what is missing, not that all is well.

use super::{Arn, Aws, AwsError, ask};
use aws_sdk_iam::types::PolicyEvaluationDecisionType as Decision;
use futures_util::future::try_join_all;
use std::collections::{BTreeMap, BTreeSet};

/// An action on a resource that a step is going to need.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Right {
    pub action: String,
    /// An ARN, or `*`.
    pub resource: String,
}

impl Right {
    pub fn new(action: &str, resource: impl Into<String>) -> Self {
        Right { action: action.into(), resource: resource.into() }
    }

    /// To do all of this of IAM with one thing.
    pub fn of_iam(on: &Arn, actions: &[&str]) -> Vec<Self> {
        actions.iter().map(|action| Right::new(&format!("iam:{action}"), on.to_string())).collect()
    }

    /// To make a role with policies, and to look at it afterwards.
    pub fn to_make_role(role: &Arn) -> Vec<Self> {
        let makes = ["CreateRole", "TagRole", "AttachRolePolicy"];
        let looks = ["GetRole", "ListRolePolicies", "ListAttachedRolePolicies", "ListInstanceProfilesForRole"];
        Right::of_iam(role, &[&makes[..], &looks].concat())
    }

    /// To make a policy, and to look at it afterwards.
    pub fn to_make_policy(policy: &Arn) -> Vec<Self> {
        Right::of_iam(policy, &["CreatePolicy", "TagPolicy", "GetPolicy", "GetPolicyVersion", "ListPolicyVersions"])
    }
}

/// What an identity may not do, as far as can be told.
#[derive(Clone, Debug)]
pub struct Lacking {
    pub principal: Arn,
    pub sure: Vec<Right>,
    /// What may be refused for these conditions only. The simulator knows the policies, not the conditions that a call is
    /// made under (its source, a code of a device).
    pub unsure: Vec<(Right, BTreeSet<String>)>,
}

/// The rights of `wanted` that this identity lacks. `None` where that cannot be told: the identity may not use the
/// simulator, or is the account itself.
pub async fn lacking(aws: &Aws, wanted: &[Right]) -> Result<Option<Lacking>, AwsError> {
    let Some(principal) = aws.principal().await? else { return Ok(None) };
    let mut by_resource: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for right in wanted {
        by_resource.entry(&right.resource).or_default().push(right.action.clone());
    }
    let asked = by_resource.into_iter().map(|(resource, actions)| {
        let call = aws
            .iam
            .simulate_principal_policy()
            .policy_source_arn(principal.to_string())
            .set_action_names(Some(actions))
            .resource_arns(resource);
        async move {
            let answer = ask("iam:SimulatePrincipalPolicy", call.send()).await?;
            let refused =
                answer.evaluation_results().iter().filter(|result| *result.eval_decision() != Decision::Allowed);
            let refused = refused.map(|result| {
                // Where resources are named, IAM tells the conditions with each of them.
                let named = result.resource_specific_results().iter().flat_map(|one| one.missing_context_values());
                let conditions: BTreeSet<String> =
                    result.missing_context_values().iter().chain(named).cloned().collect();
                (Right::new(result.eval_action_name(), resource), conditions)
            });
            Ok::<_, AwsError>(refused.collect::<Vec<_>>())
        }
    });
    let refused = match try_join_all(asked).await {
        Ok(all) => all.concat(),
        Err(error) if error.is_denied() => return Ok(None),
        Err(error) => return Err(error),
    };
    let (unsure, sure): (Vec<_>, Vec<_>) = refused.into_iter().partition(|(_, conditions)| !conditions.is_empty());
    Ok(Some(Lacking { principal, sure: sure.into_iter().map(|(right, _)| right).collect(), unsure }))
}
