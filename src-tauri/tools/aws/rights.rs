//! A dry look at what an identity may do, before the first write: IAM's own policy simulator.
//! It cannot see service control policies or boundaries of other accounts, so it finds what is missing, not that all is well.

use super::{Aws, AwsError, Identity, ask};
use crate::engine::Problem;
use aws_sdk_iam::types::PolicyEvaluationDecisionType as Decision;
use futures_util::future::try_join_all;
use std::collections::BTreeMap;

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
}

/// The rights of `wanted` that `identity` lacks. `None` where the identity may not use the simulator, or is the account itself.
pub async fn missing(aws: &Aws, identity: &Identity, wanted: &[Right]) -> Result<Option<Vec<Right>>, AwsError> {
    let Some(principal) = principal(identity) else { return Ok(None) };
    let mut by_resource: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for right in wanted {
        by_resource.entry(&right.resource).or_default().push(right.action.clone());
    }
    let asked = by_resource.into_iter().map(|(resource, actions)| {
        let call = aws
            .iam
            .simulate_principal_policy()
            .policy_source_arn(&principal)
            .set_action_names(Some(actions))
            .resource_arns(resource);
        async move {
            let answer = ask("iam:SimulatePrincipalPolicy", call.send()).await?;
            let refused =
                answer.evaluation_results().iter().filter(|result| *result.eval_decision() != Decision::Allowed);
            Ok::<_, AwsError>(refused.map(|result| Right::new(result.eval_action_name(), resource)).collect::<Vec<_>>())
        }
    });
    match try_join_all(asked).await {
        Ok(all) => Ok(Some(all.concat())),
        Err(error) if error.is_denied() => Ok(None),
        Err(error) => Err(error),
    }
}

/// The problem that lists what is missing.
pub fn problem(identity: &Identity, missing: &[Right]) -> Problem {
    let what = format!("`{}` lacks {} of the rights this page needs.", identity.arn, missing.len());
    let mut problem = Problem::new(
        what,
        "Ask an administrator of the account for a policy that allows what is listed below, then press Check.",
    );
    for right in missing {
        problem = problem.detail(format!("{} on {}", right.action, right.resource));
    }
    problem
}

/// The ARN whose policies count: the role itself for an assumed role. `None` for the account's root, which may do all.
fn principal(identity: &Identity) -> Option<String> {
    if identity.arn.ends_with(":root") {
        return None;
    }
    match identity.arn.split_once(":assumed-role/") {
        Some((_, rest)) => {
            let role = rest.split('/').next()?;
            Some(format!("arn:aws:iam::{}:role/{role}", identity.account))
        }
        None => Some(identity.arn.clone()),
    }
}
