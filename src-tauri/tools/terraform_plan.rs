//! A Terraform plan in words: counts, each change, and every policy document readable.
//! It reads `terraform show -json`; making and applying plans is `terraform`'s.

use super::policy;
use super::terraform::{PLAN, VARS, text_of};
use crate::engine::view::{Figure, Mark, Row, Tone};
use crate::engine::{Plan, View};
use serde_json::Value as Json;
use std::path::Path;

/// The plan in words: counts, each change, and every policy document readable.
pub fn explain(json: &Json, folder: &Path) -> Plan {
    let mut count = [0usize; 3];
    let mut rows = vec![];
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
        let (word, slot) = match actions.as_slice() {
            ["create"] => ("make", Some(0)),
            ["update"] => ("change", Some(1)),
            ["delete"] => ("remove", Some(2)),
            [_, _] => ("make anew", Some(2)),
            _ if taken_over => ("take over", None),
            _ => continue,
        };
        if let Some(slot) = slot {
            count[slot] += 1;
        }
        if slot == Some(2) {
            // What goes is known by the name it has now.
            plan.destroys.push(format!("{} {}", in_words(kind), named(&change["change"]["before"])));
        }
        rows.push(Row::new([&in_words(kind), name, word], if slot == Some(2) { Mark::Bad } else { Mark::Plain }));
        for key in ["policy", "assume_role_policy"] {
            if let Some(document) = after[key].as_str().filter(|_| slot.is_some()) {
                let title =
                    if key == "policy" { format!("What {name} allows") } else { format!("Who may act as {name}") };
                policies.push(policy::view(&title, document));
            }
        }
    }
    plan.nothing_to_do = rows.is_empty();
    let figure = |value: usize, label: &str, tone| Figure { value: value.to_string(), label: label.into(), tone };
    plan.views.push(View::Figures {
        title: String::new(),
        figures: vec![
            figure(count[0], "to add", Tone::Add),
            figure(count[1], "to change", Tone::Change),
            figure(count[2], "to destroy", Tone::Remove),
        ],
    });
    if !rows.is_empty() {
        plan.views.push(View::table("What will be made", ["Kind", "Name", "What"], rows));
    }
    plan.views.extend(policies);
    plan.summary = match count {
        [0, 0, 0] => "Everything is there already; nothing changes.".into(),
        [add, 0, 0] => format!("{add} things will be made; nothing is changed or destroyed."),
        [add, change, destroy] => format!("{add} to add, {change} to change, {destroy} to destroy."),
    };
    plan.commands = vec![
        format!("cd {}", folder.display()),
        "terraform init".into(),
        format!("terraform plan -out={PLAN} -var-file={VARS}"),
        format!("terraform apply {PLAN}"),
    ];
    plan
}

fn in_words(kind: &str) -> String {
    match kind {
        "aws_iam_role" => "role".into(),
        "aws_iam_policy" => "policy".into(),
        "aws_iam_group" => "group".into(),
        "aws_codecommit_repository" => "git repository".into(),
        "aws_kms_key" => "encryption key".into(),
        "aws_iam_role_policy_attachment" => "policy on a role".into(),
        "aws_iam_group_policy_attachment" => "policy on a group".into(),
        other => other.trim_start_matches("aws_").replace('_', " "),
    }
}
