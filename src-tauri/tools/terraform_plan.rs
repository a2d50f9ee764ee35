//! A Terraform plan in words: one sentence, each thing that changes, and every policy document readable.
//! It reads `terraform show -json`; making and applying plans is `terraform`'s.

use super::policy;
use super::terraform::{PLAN, VARS, text_of};
use crate::engine::view::{Resource, ResourceGroup, Stand};
use crate::engine::{Plan, View, words};
use serde_json::Value as Json;
use std::path::Path;

/// The plan in words: one sentence, each thing that changes by its address, and every policy document readable.
pub fn explain(json: &Json, folder: &Path) -> Plan {
    let mut resources = vec![];
    let mut kinds = vec![];
    let mut policies = vec![];
    let mut plan = Plan::default();
    for change in json["resource_changes"].as_array().into_iter().flatten() {
        let actions: Vec<&str> =
            change["change"]["actions"].as_array().into_iter().flatten().filter_map(Json::as_str).collect();
        let after = &change["change"]["after"];
        let (kind, address) = (text_of(&change["type"]), text_of(&change["address"]));
        let named = |side: &Json| {
            let name =
                ["name", "repository_name", "id", "group", "description"].iter().find_map(|key| side[*key].as_str());
            name.unwrap_or(address).to_owned()
        };
        let name = &named(after);
        let taken_over = !change["change"]["importing"].is_null();
        let stand = match actions.as_slice() {
            ["create"] => Stand::Make,
            ["update"] => Stand::Change,
            ["delete"] => Stand::Remove,
            [_, _] => Stand::Anew,
            _ if taken_over => Stand::Take,
            _ => continue,
        };
        if matches!(stand, Stand::Remove | Stand::Anew) {
            // What goes is known by the name it has now.
            plan.destroys.push(format!("{} {}", in_words(kind), named(&change["change"]["before"])));
        }
        let (id, title) = (address.to_owned(), in_words(kind));
        let (usual, slow) = pace(kind);
        let (sentence, slow) = (String::new(), slow.to_owned());
        resources.push(Resource { id, title, name: name.clone(), sentence, stand, usual, slow });
        kinds.push((stand, kind.to_owned()));
        for key in ["policy", "assume_role_policy"] {
            if let Some(document) = after[key].as_str().filter(|_| stand != Stand::Take) {
                let title =
                    if key == "policy" { format!("What {name} allows") } else { format!("Who may act as {name}") };
                policies.push(policy::view(&title, document));
            }
        }
    }
    plan.nothing_to_do = resources.is_empty();
    plan.summary = summary(&kinds);
    if !resources.is_empty() {
        let (title, sentence) = (String::new(), String::new());
        plan.views.push(View::Resources {
            title: RESOURCES.into(),
            groups: vec![ResourceGroup { title, sentence, resources }],
        });
    }
    plan.views.extend(policies);
    plan.commands = vec![
        format!("cd {}", folder.display()),
        "terraform init".into(),
        format!("terraform plan -out={PLAN} -var-file={VARS}"),
        format!("terraform apply {PLAN}"),
    ];
    plan
}

/// What happens, in a sentence or two: `Makes 1 group, 1 role and 3 policies, and connects them.`
fn summary(kinds: &[(Stand, String)]) -> String {
    let of = |wanted: Stand| {
        let mut counts: Vec<(String, usize)> = vec![];
        for (_, kind) in kinds.iter().filter(|(stand, kind)| *stand == wanted && !is_link(kind)) {
            let kind = in_words(kind);
            match counts.iter_mut().find(|(known, _)| *known == kind) {
                Some((_, count)) => *count += 1,
                None => counts.push((kind, 1)),
            }
        }
        counts.iter().map(|(kind, number)| words::count(*number, kind)).collect::<Vec<_>>()
    };
    let links = |wanted: Stand| kinds.iter().filter(|(stand, kind)| *stand == wanted && is_link(kind)).count();
    let mut said = vec![];
    for (stand, verb) in [
        (Stand::Take, "Takes over"),
        (Stand::Make, "Makes"),
        (Stand::Change, "Changes"),
        (Stand::Anew, "Makes anew"),
        (Stand::Remove, "Removes"),
    ] {
        let (resources, links) = (of(stand), links(stand));
        match (resources.is_empty(), links) {
            (true, 0) => {}
            (true, links) if stand == Stand::Make => {
                said.push(format!("Gives {} to whom it is for.", words::count(links, "policy")))
            }
            (true, links) => said.push(format!("{verb} {}.", words::count(links, "connection"))),
            (false, 0) => said.push(format!("{verb} {}.", words::all(&resources))),
            (false, _) if stand == Stand::Make => {
                said.push(format!("{verb} {}, and connects them.", words::all(&resources)))
            }
            (false, _) => said.push(format!("{verb} {}, and how they are connected.", words::all(&resources))),
        }
    }
    match said.as_slice() {
        [] => "Everything is there already; nothing changes.".into(),
        said => said.join(" "),
    }
}

/// Whether what has this kind, or this address, connects two other things and is none by itself.
pub fn is_link(address: &str) -> bool {
    address.split('.').next().is_some_and(|kind| kind.ends_with("_attachment"))
}

/// How many seconds AWS usually takes to make one of this kind, and why where that is long. Of real accounts, as the
/// provider's own waiting times have it; the practice account is quicker.
pub fn pace(kind: &str) -> (u32, &'static str) {
    match kind {
        "aws_kms_key" => (12, "AWS tells all of its servers of a new key before it may be used."),
        "aws_iam_role" => (2, ""),
        _ => (1, ""),
    }
}

/// The title of the view of what a plan makes.
pub const RESOURCES: &str = "What this page makes";

fn in_words(kind: &str) -> String {
    match kind {
        "aws_iam_role" => "role".into(),
        "aws_iam_policy" => "policy".into(),
        "aws_iam_group" => "group".into(),
        "aws_codecommit_repository" => "git repository".into(),
        "aws_kms_key" => "encryption key".into(),
        "aws_kms_alias" => "name for the key".into(),
        "aws_iam_role_policy_attachment" => "policy on a role".into(),
        "aws_iam_group_policy_attachment" => "policy on a group".into(),
        other => other.trim_start_matches("aws_").replace('_', " "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_is_one_sentence_with_every_kind_counted_once() {
        let kinds =
            |all: &[(Stand, &str)]| all.iter().map(|(stand, kind)| (*stand, (*kind).to_owned())).collect::<Vec<_>>();
        let made = kinds(&[
            (Stand::Make, "aws_iam_group"),
            (Stand::Make, "aws_iam_role"),
            (Stand::Make, "aws_iam_policy"),
            (Stand::Make, "aws_iam_policy"),
            (Stand::Make, "aws_iam_role_policy_attachment"),
        ]);
        assert_eq!(summary(&made), "Makes 1 group, 1 role and 2 policies, and connects them.");
        assert_eq!(summary(&made[..1]), "Makes 1 group.");
        assert_eq!(summary(&made[4..]), "Gives 1 policy to whom it is for.");
        let mixed = kinds(&[
            (Stand::Anew, "aws_kms_key"),
            (Stand::Change, "aws_codecommit_repository"),
            (Stand::Change, "aws_codecommit_repository"),
        ]);
        assert_eq!(summary(&mixed), "Changes 2 git repositories. Makes anew 1 encryption key.");
        assert_eq!(summary(&[]), "Everything is there already; nothing changes.");
    }
}
