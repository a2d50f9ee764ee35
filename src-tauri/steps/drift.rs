//! How the account differs from what a module of the blueprint makes. What it makes is Terraform's to say, in a plan or a
//! state, and is written nowhere a second time; here it is remembered and compared with what is in the account.

use super::inventory::{Inventory, Resource};
use super::told::aws::named;
use super::told::{capital, plan};
use crate::engine::{Cx, Problem, View, files, words};
use crate::tools::aws::Arn;
use crate::tools::{policy, terraform, terraform_plan};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

/// One attribute that is not what the module makes it.
#[derive(Debug)]
pub struct Difference {
    /// What it is of: `Role roman-sit-terraform-architect`.
    pub of: String,
    /// As the AWS provider calls it.
    attribute: String,
    there: Json,
    wanted: Json,
}

/// The values of a module's resources by Terraform address.
pub type Resources = terraform::Values;

#[derive(Serialize, Deserialize)]
struct Remembered {
    /// Of the module and its variables.
    fingerprint: String,
    resources: Resources,
}

impl Difference {
    pub fn sentence(&self) -> String {
        let of = &self.of;
        match (self.attribute.as_str(), &self.there) {
            ("assume_role_policy", there) => {
                let (named, wanted) = (policy::principals(text(there)), policy::principals(text(&self.wanted)));
                let ours: BTreeSet<String> =
                    wanted.iter().filter_map(|arn| Some(arn.parse::<Arn>().ok()?.account)).collect();
                let told = |of: &[String], others: &[String]| {
                    let mut all: Vec<_> =
                        of.iter().filter(|arn| !others.contains(arn)).map(|arn| trusted(arn, &ours)).collect();
                    all.sort();
                    words::all(&all.into_iter().map(|(_, told)| told).collect::<Vec<_>>())
                };
                let (besides, missing) = (told(&named, &wanted), told(&wanted, &named));
                match (besides.is_empty(), missing.is_empty()) {
                    (false, true) => format!("{of} lets {besides} act as it too."),
                    (false, false) => format!("{of} lets {besides} act as it, and does not let {missing}."),
                    (true, false) => format!("{of} does not let {missing} act as it yet."),
                    (true, true) => format!("{of}: who may act as it, and when, was changed."),
                }
            }
            ("permissions_boundary", _) => {
                format!("{of}: the limit on its rights (permissions boundary) was changed or taken off.")
            }
            ("is_enabled", Json::Bool(false)) => format!("{of} is switched off."),
            ("enable_key_rotation", Json::Bool(false)) => format!("{of}: its yearly renewal is switched off."),
            ("tags_all", _) => format!("{of}: the labels (tags) that say whose it is are not all there."),
            ("target_key_id", _) => format!("{of}: it stands for another key."),
            (SOMETHING, _) => format!("{of} is not as this page makes it."),
            _ => format!("{of}: {} was changed.", self.aspect()),
        }
    }

    /// What of it differs, in words.
    fn aspect(&self) -> String {
        match self.attribute.as_str() {
            "assume_role_policy" => "who may act as it".into(),
            "policy" => "what it allows".into(),
            "permissions_boundary" => "the limit on its rights (permissions boundary)".into(),
            "tags_all" => "the labels (tags) that say whose it is".into(),
            "is_enabled" => "whether it can be used".into(),
            "enable_key_rotation" => "its yearly renewal".into(),
            "target_key_id" => "the key that it stands for".into(),
            SOMETHING => "all of it".into(),
            attribute => format!("its {}", attribute.replace('_', " ")),
        }
    }

    /// Before and after, side by side.
    pub fn view(&self) -> View {
        let lines = |value: &Json| -> Vec<String> {
            let document =
                value.as_str().and_then(|text| serde_json::from_str::<Json>(text).ok()).filter(Json::is_object);
            let text = document.as_ref().map_or_else(
                || value.as_str().map_or_else(|| value.to_string(), str::to_owned),
                |document| serde_json::to_string_pretty(document).unwrap_or_default(),
            );
            text.lines().map(str::to_owned).collect()
        };
        let title = format!("{}: {}, in the account and as this page makes it", self.of, self.aspect());
        View::Diff { title, before: lines(&self.there), after: lines(&self.wanted) }
    }
}

/// Whom a trust names, in words, after how far that reaches: everybody first. `ours` are the deployment's accounts; a user of
/// another one may have the same name as ours.
fn trusted(principal: &str, ours: &BTreeSet<String>) -> (u8, String) {
    let place = |account: &str| match ours.contains(account) {
        true => format!("account {account}"),
        false => format!("account {account} (not yours)"),
    };
    let is_account = |text: &str| text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    let everybody = |account: &str| {
        let told = format!("everybody in {} whose own policies allow it", place(account));
        (if ours.contains(account) { 4 } else { 1 }, told)
    };
    match principal.parse::<Arn>() {
        _ if principal == "*" => (0, "anybody at all".to_owned()),
        _ if is_account(principal) => everybody(principal),
        Ok(arn) if arn.is_root() => everybody(&arn.account),
        Ok(arn) if ours.contains(&arn.account) => (3, named(&arn)),
        Ok(arn) => (2, format!("{} of {}", named(&arn), place(&arn.account))),
        Err(_) => (2, principal.to_owned()),
    }
}

/// What differs between what was remembered and the account.
pub fn compare(wanted: &Resources, found: &Inventory) -> Vec<Difference> {
    let mut all = vec![];
    for one in &found.0 {
        let Some(wanted) = wanted.get(one.address) else { continue };
        for (attribute, there) in one.set_up.as_object().into_iter().flatten() {
            let Some(wanted) = wanted.get(attribute) else { continue };
            if !same(there, wanted) {
                all.push(Difference {
                    of: one.resource.text(),
                    attribute: attribute.clone(),
                    there: there.clone(),
                    wanted: wanted.clone(),
                });
            }
        }
    }
    all
}

/// What a plan would change.
pub fn in_plan(plan: &Json, found: &Inventory) -> Vec<Difference> {
    let told = terraform_plan::planned(plan);
    let mut all = vec![];
    for one in plan["resource_changes"].as_array().into_iter().flatten() {
        let change = &one["change"];
        let actions = change["actions"].as_array().cloned().unwrap_or_default();
        if one["mode"] != "managed" || actions.iter().all(|action| action == "no-op" || action == "read") {
            continue;
        }
        let address = one["address"].as_str().unwrap_or_default();
        // What the module does not make any more is known to the plan only.
        let other = || told.iter().find(|one| one.address == address).map(|one| capital(&plan::going(one)));
        let of = found.get(address).map(|found| found.resource.text()).or_else(other).unwrap_or_default();
        let (before, after) = (object(&change["before"]), object(&change["after"]));
        let before_len = all.len();
        for (attribute, wanted) in &after {
            let there = before.get(attribute).cloned().unwrap_or_default();
            // The same tags stand under two names; those that every resource of a module has, under the other one only.
            if attribute != "tags" && !same(&there, wanted) {
                all.push(Difference { of: of.clone(), attribute: attribute.clone(), there, wanted: wanted.clone() });
            }
        }
        if all.len() == before_len {
            let wanted = Json::from(actions);
            all.push(Difference { of, attribute: SOMETHING.into(), there: Json::Null, wanted });
        }
    }
    all
}

/// The values that a plan leads to.
pub fn planned(plan: &Json) -> Resources {
    terraform::managed(&plan["planned_values"])
}

/// Policies on the module's roles that the module did not put there. They are shown and left: somebody wanted them.
pub fn warn_of_others(cx: &Cx, found: &Inventory) {
    for role in &found.0 {
        let Resource::Role(name) = &role.resource else { continue };
        for policy in found.others_on(name, &role.policies) {
            cx.warn(Problem::warning(
                format!("The role `{name}` has the policy `{policy}` too, which this page did not give it."),
                format!("Take `{policy}` off the role in the IAM console if nobody needs it there."),
            ));
        }
    }
}

/// A hash of these texts.
pub fn fingerprint(texts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for text in texts {
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text.as_bytes());
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Keeps what the module of this fingerprint makes.
pub fn remember(fingerprint: &str, resources: &Resources, cx: &Cx) -> Result<(), Problem> {
    let remembered = Remembered { fingerprint: fingerprint.to_owned(), resources: resources.clone() };
    let json = serde_json::to_vec(&remembered).unwrap_or_default();
    Ok(files::write(&cx.folder()?.join(REMEMBERED), json)?)
}

/// What was kept, where it is of this fingerprint.
pub fn remembered(fingerprint: &str, cx: &Cx) -> Result<Option<Resources>, Problem> {
    let text = files::read_if_there(&cx.folder()?.join(REMEMBERED))?;
    let kept: Option<Remembered> = text.and_then(|text| serde_json::from_str(&text).ok());
    Ok(kept.filter(|kept| kept.fingerprint == fingerprint).map(|kept| kept.resources))
}

pub fn forget(cx: &Cx) -> Result<(), Problem> {
    Ok(files::remove(&cx.folder()?.join(REMEMBERED))?)
}

/// Whether two values of an attribute mean the same. Policy documents can be written in many ways.
fn same(a: &Json, b: &Json) -> bool {
    let empty = |value: &Json| value.is_null() || value == "" || value.as_object().is_some_and(Map::is_empty);
    a == b || empty(a) && empty(b) || matches!((a, b), (Json::String(a), Json::String(b)) if policy::same(a, b))
}

fn text(value: &Json) -> &str {
    value.as_str().unwrap_or_default()
}

fn object(value: &Json) -> Map<String, Json> {
    value.as_object().cloned().unwrap_or_default()
}

const REMEMBERED: &str = "made.json";
/// The attribute of a change that names none.
const SOMETHING: &str = "something";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stranger_in_a_trust_is_told_as_one_and_the_widest_comes_first() {
        const OURS: &str = "arn:aws:iam::123456789012:user/ann";
        let trust = |who: &[&str]| {
            let statement =
                serde_json::json!({ "Effect": "Allow", "Principal": { "AWS": who }, "Action": "sts:AssumeRole" });
            Json::String(serde_json::json!({ "Statement": [statement] }).to_string())
        };
        let said = |there: &[&str]| {
            let (attribute, there, wanted) = ("assume_role_policy".to_owned(), trust(there), trust(&[OURS]));
            Difference { of: "Role x".into(), attribute, there, wanted }.sentence()
        };
        for (there, told) in [
            (
                &["arn:aws:iam::999999999999:user/ann"][..],
                "lets the user ann of account 999999999999 (not yours) act as it, and does not let the user ann.",
            ),
            (
                &[OURS, "arn:aws:iam::999999999999:role/ann"],
                "lets the role ann of account 999999999999 (not yours) act as it too.",
            ),
            (&[OURS, "arn:aws:iam::123456789012:role/other"], "lets the role other act as it too."),
            (
                &[OURS, "999999999999"],
                "lets everybody in account 999999999999 (not yours) whose own policies allow it act as it too.",
            ),
            (
                &[OURS, "arn:aws:iam::123456789012:root", "arn:aws:iam::999999999999:user/mallory", "*"],
                "lets anybody at all, the user mallory of account 999999999999 (not yours) and everybody in account 123456789012 whose own policies allow it act as it too.",
            ),
            (&[], "does not let the user ann act as it yet."),
        ] {
            assert_eq!(said(there), format!("Role x {told}"));
        }
    }
}
