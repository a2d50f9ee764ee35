//! A Terraform plan in words: one sentence, each thing that changes, and every policy document readable.
//! It is read by `tools::terraform_plan`.

use super::{capital, policy};
use crate::engine::view::{Resource, ResourceGroup, Stand};
use crate::engine::{Plan, View, words};
use crate::tools::terraform::{PLAN, VARS};
use crate::tools::terraform_plan::{Link, Planned, is_link};
use std::path::Path;

/// What a plan of the module in `folder` changes, in words: one sentence, each thing by its address, and every policy
/// document readable.
pub(crate) fn explain(planned: &[Planned], folder: &Path) -> Plan {
    let mut plan = Plan { nothing_to_do: planned.is_empty(), summary: summary(planned), ..Plan::default() };
    let (mut resources, mut policies) = (vec![], vec![]);
    for change in planned {
        let Planned { address, kind, name, stand, link, policy, trust, .. } = change;
        if matches!(stand, Stand::Remove | Stand::Anew) {
            plan.destroys.push(going(change));
        }
        let (usual, slow) = pace(kind);
        // What connects two things has no name of its own; its id is made of theirs.
        let (title, name) = match link {
            Some(_) => (capital(&going(change)), String::new()),
            None => (capital(&in_words(kind)), words::clean(name)),
        };
        resources.push(Resource {
            id: address.clone(),
            title,
            name: name.clone(),
            sentence: String::new(),
            stand: *stand,
            usual,
            slow: slow.to_owned(),
        });
        policies.extend(policy.iter().map(|document| policy::view(&format!("What {name} allows"), document)));
        policies.extend(trust.iter().map(|document| policy::view(&format!("Who may act as {name}"), document)));
    }
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

/// What goes, by the name that it has now.
pub(crate) fn going(change: &Planned) -> String {
    let Planned { kind, before, link, .. } = change;
    match (link, kind.as_str()) {
        (Some(Link { holder, policy }), "aws_iam_group_policy_attachment") => connection("group", holder, policy),
        (Some(Link { holder, policy }), _) => connection("role", holder, policy),
        // Others may have written it.
        (None, "aws_kms_key") => format!("{} “{}”", in_words(kind), words::clean(before)),
        (None, "aws_kms_alias") => format!("{} {}", in_words(kind), before.trim_start_matches("alias/")),
        (None, _) => format!("{} {before}", in_words(kind)),
    }
}

/// What connects a role or a group with a policy.
pub(crate) fn connection(of: &str, holder: &str, policy: &str) -> String {
    format!("connection of the {of} {holder} with its policy {policy}")
}

/// What happens, in a sentence or two: `Makes 1 group, 1 role and 3 policies, and connects them.`
fn summary(planned: &[Planned]) -> String {
    let of = |wanted: Stand| {
        let mut counts: Vec<(String, usize)> = vec![];
        for one in planned.iter().filter(|one| one.stand == wanted && !is_link(&one.kind)) {
            let kind = in_words(&one.kind);
            match counts.iter_mut().find(|(known, _)| *known == kind) {
                Some((_, count)) => *count += 1,
                None => counts.push((kind, 1)),
            }
        }
        counts.iter().map(|(kind, number)| words::count(*number, kind)).collect::<Vec<_>>()
    };
    let links = |wanted: Stand| planned.iter().filter(|one| one.stand == wanted && is_link(&one.kind)).count();
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
                said.push(format!("Gives {} to those it is for.", words::count(links, "policy")))
            }
            (true, links) => said.push(format!("{verb} {}.", words::count(links, "connection"))),
            (false, 0) => said.push(format!("{verb} {}.", words::all(&resources))),
            (false, _) if stand == Stand::Make => {
                said.push(format!("{verb} {}, and connects them.", words::all(&resources)))
            }
            (false, links) => {
                let all = [resources, vec![words::count(links, "connection")]].concat();
                said.push(format!("{verb} {}.", words::all(&all)))
            }
        }
    }
    match said.as_slice() {
        [] => "Everything is there already; nothing changes.".into(),
        said => said.join(" "),
    }
}

/// How many seconds AWS usually takes to make one of this kind, and why where that is long. Of real accounts, as the
/// provider's own waiting times have it; the practice account is quicker.
pub(crate) fn pace(kind: &str) -> (u32, &'static str) {
    match kind {
        "aws_kms_key" => (12, "AWS tells all of its servers of a new key before it may be used."),
        "aws_iam_role" => (2, ""),
        _ => (1, ""),
    }
}

/// The title of the view of what a plan makes.
pub(crate) const RESOURCES: &str = "What this page makes";

/// What Terraform calls by this type.
pub(crate) fn in_words(kind: &str) -> String {
    match kind {
        "aws_iam_role" => "role".into(),
        "aws_iam_policy" => "policy".into(),
        "aws_iam_group" => "group".into(),
        "aws_codecommit_repository" => "git repository".into(),
        "aws_kms_key" => "encryption key".into(),
        "aws_kms_alias" => "name for the key".into(),
        "aws_iam_role_policy_attachment" => "connection of a role with a policy".into(),
        "aws_iam_group_policy_attachment" => "connection of a group with a policy".into(),
        other => other.trim_start_matches("aws_").replace('_', " "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tools::terraform_plan::planned;
    use serde_json::{Value as Json, json};

    #[test]
    fn a_plan_is_one_sentence_with_every_kind_counted_once() {
        let kinds = |all: &[(Stand, &str)]| -> Vec<Planned> {
            let (name, before) = (String::new(), String::new());
            let of = |(stand, kind): &(Stand, &str)| Planned {
                address: format!("{kind}.this"),
                kind: (*kind).into(),
                name: name.clone(),
                before: before.clone(),
                stand: *stand,
                link: None,
                policy: None,
                trust: None,
            };
            all.iter().map(of).collect()
        };
        let made = kinds(&[
            (Stand::Make, "aws_iam_group"),
            (Stand::Make, "aws_iam_role"),
            (Stand::Make, "aws_iam_policy"),
            (Stand::Make, "aws_iam_policy"),
            (Stand::Make, "aws_iam_role_policy_attachment"),
        ]);
        assert_eq!(summary(&made), "Makes 1 group, 1 role and 2 policies, and connects them.");
        assert_eq!(summary(&made[..1]), "Makes 1 group.");
        assert_eq!(summary(&made[4..]), "Gives 1 policy to those it is for.");
        let mixed = kinds(&[
            (Stand::Anew, "aws_kms_key"),
            (Stand::Change, "aws_codecommit_repository"),
            (Stand::Change, "aws_codecommit_repository"),
        ]);
        assert_eq!(summary(&mixed), "Changes 2 git repositories. Makes anew 1 encryption key.");
        assert_eq!(summary(&[]), "Everything is there already; nothing changes.");
        let changed = kinds(&[(Stand::Change, "aws_iam_role"), (Stand::Change, "aws_iam_role_policy_attachment")]);
        assert_eq!(summary(&changed), "Changes 1 role and 1 connection.");
    }

    #[test]
    fn what_goes_is_told_by_names_and_never_by_an_id() {
        let gone = |kind: &str, before: Json| {
            let change = json!({ "actions": ["delete"], "before": before, "after": null });
            json!({ "address": format!("{kind}.this"), "type": kind, "change": change })
        };
        let attached = "arn:aws:iam::123456789012:policy/a-name-read";
        let plan = json!({ "resource_changes": [
            gone("aws_iam_role_policy_attachment", json!({ "id": format!("a-name-role/{attached}"), "role": "a-name-role", "policy_arn": attached })),
            gone("aws_iam_group_policy_attachment", json!({ "id": "a-name-people-2026", "group": "a-name-people", "policy_arn": attached })),
            gone("aws_kms_key", json!({ "id": "1a2b3c4d", "description": "Secrets of a-name-secrets" })),
            gone("aws_kms_key", json!({ "id": "2b", "description": "mine\n\u{202e}`x`" })),
            gone("aws_kms_alias", json!({ "id": "alias/a-name-secrets", "name": "alias/a-name-secrets" })),
            gone("aws_iam_role", json!({ "id": "a-name-role", "name": "a-name-role", "description": "Reads" })),
        ] });
        let told = explain(&planned(&plan), Path::new("/tmp"));
        let View::Resources { groups, .. } = &told.views[0] else { panic!("things are shown as things") };
        let rows: Vec<_> = groups[0].resources.iter().map(|row| (row.title.as_str(), row.name.as_str())).collect();
        assert_eq!(rows[0], ("Connection of the role a-name-role with its policy a-name-read", ""));
        assert_eq!(rows[5], ("Role", "a-name-role"), "and not the address in Terraform");
        assert_eq!(
            told.destroys,
            [
                "connection of the role a-name-role with its policy a-name-read",
                "connection of the group a-name-people with its policy a-name-read",
                "encryption key “Secrets of a-name-secrets”",
                "encryption key “mine\u{fffd}\u{fffd}'x'”",
                "name for the key a-name-secrets",
                "role a-name-role",
            ]
        );
    }
}
