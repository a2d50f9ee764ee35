//! A dry look at what an identity may do, before the first write: IAM's own policy simulator.
//! It cannot see service control policies or boundaries of other accounts, so it finds what is missing, not that all is well.

use super::{Aws, AwsError, ask};
use crate::engine::{Cx, Problem};
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
}

/// The problem that this identity lacks rights of `wanted`; `None` where it has all, as far as can be told. Nothing is told
/// where the identity may not use the simulator, or is the account itself.
///
/// The simulator knows the policies, not the conditions a call is made under (its source, a code of a device). A refusal
/// that may come of a condition is only a warning, which is put on the page.
pub async fn missing(cx: &Cx, aws: &Aws, wanted: &[Right]) -> Result<Option<Problem>, AwsError> {
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
    if !unsure.is_empty() {
        let what = format!(
            "Hubwright cannot tell beforehand whether `{principal}` has {} of the rights this page needs: they depend on conditions.",
            unsure.len()
        );
        let fix = "Go on; where AWS refuses one of those listed below, ask an administrator of the account for it.";
        cx.warn(unsure.iter().fold(Problem::warning(what, fix), |problem, (right, conditions)| {
            problem.detail(format!(
                "{} on {} ({})",
                right.action,
                right.resource,
                conditions.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
            ))
        }));
    }
    Ok((!sure.is_empty()).then(|| {
        let what = format!("`{principal}` lacks {} of the rights this page needs.", sure.len());
        let fix =
            "Ask an administrator of the account for a policy that allows what is listed below, then press Check.";
        sure.iter().fold(Problem::new(what, fix), |problem, (right, _)| {
            problem.detail(format!("{} on {}", right.action, right.resource))
        })
    }))
}
