//! What a Terraform plan changes, read from `terraform show -json`. Making and applying plans is `terraform`'s.

use super::terraform::text_of;
use crate::engine::view::Stand;
use serde_json::Value as Json;

/// A resource that a plan changes or takes over.
#[derive(Clone, Debug)]
pub struct Planned {
    /// As Terraform writes it: `aws_iam_role.this`.
    pub address: String,
    /// Terraform's type: `aws_iam_role`.
    pub kind: String,
    /// What it is called afterwards, or now where it goes; its address where it has no name.
    pub name: String,
    /// What it is called now.
    pub before: String,
    pub stand: Stand,
    /// Of what connects two things now, the names of both.
    pub link: Option<Link>,
    /// The documents that it gets: what it allows, and who may act as it. JSON.
    pub policy: Option<String>,
    pub trust: Option<String>,
}

/// A policy that a role or a group has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The name of the role or the group.
    pub holder: String,
    pub policy: String,
}

/// What the plan changes, in its own order. What stays as it is is left out.
pub fn planned(json: &Json) -> Vec<Planned> {
    json["resource_changes"].as_array().into_iter().flatten().filter_map(one).collect()
}

fn one(change: &Json) -> Option<Planned> {
    let actions = change["change"]["actions"].as_array().into_iter().flatten();
    let actions: Vec<&str> = actions.filter_map(Json::as_str).collect();
    let stand = match actions.as_slice() {
        ["create"] => Stand::Make,
        ["update"] => Stand::Change,
        ["delete"] => Stand::Remove,
        [_, _] => Stand::Anew,
        _ if !change["change"]["importing"].is_null() => Stand::Take,
        _ => return None,
    };
    let address = text_of(&change["address"]);
    let named = |side: &Json| {
        // A key has no name; its description says more than its id.
        let keys = ["name", "repository_name", "description", "id", "group"];
        keys.iter().find_map(|key| side[*key].as_str()).unwrap_or(address).to_owned()
    };
    let (before, after) = (&change["change"]["before"], &change["change"]["after"]);
    let link = is_link(address).then(|| link(before)).flatten();
    // What is taken over stays as it is.
    let document = |key: &str| after[key].as_str().filter(|_| stand != Stand::Take).map(str::to_owned);
    Some(Planned {
        address: address.to_owned(),
        kind: text_of(&change["type"]).to_owned(),
        name: named(if after.is_null() { before } else { after }),
        before: named(before),
        stand,
        link,
        policy: document("policy"),
        trust: document("assume_role_policy"),
    })
}

fn link(before: &Json) -> Option<Link> {
    let holder = before["role"].as_str().or_else(|| before["group"].as_str())?;
    let policy = before["policy_arn"].as_str()?.rsplit('/').next()?;
    Some(Link { holder: holder.to_owned(), policy: policy.to_owned() })
}

/// Whether what has this kind, or this address, connects two other things and is none by itself.
pub fn is_link(address: &str) -> bool {
    address.split('.').next().is_some_and(|kind| kind.ends_with("_attachment"))
}
