//! IAM policy documents in plain words.

use crate::engine::{View, words};
use crate::tools::policy::several;
use serde_json::Value as Json;

/// The document as a view: one sentence a statement, and the document, indented, to unfold.
/// A text that is not JSON is shown as it is.
pub(crate) fn view(title: &str, document: &str) -> View {
    let parsed: Json = serde_json::from_str(document).unwrap_or(Json::Null);
    let document =
        serde_json::to_string_pretty(&parsed).ok().filter(|_| !parsed.is_null()).unwrap_or(document.to_owned());
    View::Policy { title: title.into(), sentences: sentences(&parsed), document }
}

fn sentences(policy: &Json) -> Vec<String> {
    several(&policy["Statement"]).iter().map(sentence).collect()
}

fn sentence(statement: &Json) -> String {
    let may = if statement["Effect"] == "Deny" { "must not" } else { "may" };
    let who = match &statement["Principal"] {
        Json::Null => "Whoever has this policy".to_owned(),
        Json::String(all) if all == "*" => "Anybody at all".to_owned(),
        Json::Object(kinds) => kinds.values().flat_map(texts).map(|arn| principal(&arn)).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    };
    let actions = match (texts(&statement["Action"]), texts(&statement["NotAction"])) {
        (actions, _) if !actions.is_empty() => in_words(&actions),
        (_, except) => format!("everything except {}", in_words(&except)),
    };
    let on = match texts(&statement["Resource"]) {
        all if all.is_empty() => String::new(),
        all if all == ["*"] => ", on everything in the account".to_owned(),
        some => format!(", on {}", some.join(", ")),
    };
    let only = match &statement["Condition"] {
        Json::Null => String::new(),
        condition => format!(", only where {condition}"),
    };
    format!("{who} {may} {actions}{on}{only}.")
}

fn principal(arn: &str) -> String {
    match arn.strip_suffix(":root") {
        Some(account) => format!(
            "Any user or role of account {} whose own policies allow it",
            account.rsplit(':').next().unwrap_or(account)
        ),
        None => arn.to_owned(),
    }
}

/// Actions as what they are for: `see and make roles, policies and groups (IAM)`, one part a service.
fn in_words(actions: &[String]) -> String {
    let mut services: Vec<(&str, Vec<&'static str>)> = vec![];
    for action in actions {
        let (service, call) = action.split_once(':').unwrap_or((action, "*"));
        let at = services.iter().position(|(known, _)| *known == service).unwrap_or_else(|| {
            services.push((service, vec![]));
            services.len() - 1
        });
        let purpose = purpose(call);
        if !services[at].1.contains(&purpose) {
            services[at].1.push(purpose);
        }
    }
    let parts = services.iter_mut().map(|(service, purposes)| {
        purposes.sort_by_key(|purpose| PURPOSES.iter().position(|known| known == purpose));
        match (*service, purposes.as_slice()) {
            ("*", _) => "do everything".to_owned(),
            ("sts", [ACT]) => "act as it".to_owned(),
            ("sts", _) => "see who it is".to_owned(),
            (service, [EVERYTHING, ..]) => format!("do everything with {}", named(service)),
            (service, purposes) => format!("{} {}", words::all(purposes), named(service)),
        }
    });
    parts.collect::<Vec<_>>().join("; ")
}

/// What a call is for, by how its name begins.
fn purpose(call: &str) -> &'static str {
    let begins = |words: &[&str]| words.iter().any(|word| call.starts_with(word));
    match call {
        "*" => EVERYTHING,
        "AssumeRole" => ACT,
        "GitPull" => "read",
        "GitPush" => "write",
        _ if begins(&["Get", "List", "Describe", "BatchGet", "BatchCheck"]) => "see",
        _ if begins(&["Create", "Run", "Register"]) => "make",
        _ if begins(&["Delete", "Remove", "Terminate", "Deregister"]) => "remove",
        _ if begins(&["Encrypt", "ReEncrypt", "GenerateDataKey"]) => "encrypt with",
        _ if begins(&["Decrypt"]) => "decrypt with",
        _ => "change",
    }
}

const EVERYTHING: &str = "everything";
const ACT: &str = "act";
/// In the order they are said.
const PURPOSES: &[&str] =
    &[EVERYTHING, ACT, "see", "read", "write", "make", "change", "remove", "encrypt with", "decrypt with"];

/// What a service keeps, and what people of the trade call it.
fn named(service: &str) -> &str {
    match service {
        "autoscaling" => "groups of machines (Auto Scaling)",
        "codecommit" => "git repositories (CodeCommit)",
        "ec2" => "machines, networks and disks (EC2)",
        "ecr" => "images (ECR)",
        "eks" => "clusters (EKS)",
        "elasticfilesystem" => "shared disks (EFS)",
        "elasticloadbalancing" => "load balancers (ELB)",
        "iam" => "roles, policies and groups (IAM)",
        "kms" => "encryption keys (KMS)",
        "logs" => "logs (CloudWatch)",
        "route53" => "DNS records (Route 53)",
        other => other,
    }
}

fn texts(value: &Json) -> Vec<String> {
    match value {
        Json::String(text) => vec![text.clone()],
        Json::Array(all) => all.iter().filter_map(|text| text.as_str().map(str::to_owned)).collect(),
        _ => vec![],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trust_of_the_account_says_that_it_trusts_everybody_there() {
        let trust = r#"{"Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:root"},"Action":"sts:AssumeRole"}}"#;
        let View::Policy { sentences, .. } = view("t", trust) else { panic!("a policy is shown as a policy") };
        assert_eq!(sentences, ["Any user or role of account 123456789012 whose own policies allow it may act as it."]);
    }

    #[test]
    fn actions_are_said_as_what_they_are_for() {
        let said = |actions: &str| {
            let policy = format!(r#"{{"Statement":[{{"Effect":"Allow","Action":{actions},"Resource":"*"}}]}}"#);
            let View::Policy { sentences, .. } = view("t", &policy) else { panic!("a policy is shown as a policy") };
            sentences.concat()
        };
        assert_eq!(
            said(r#"["iam:PassRole","iam:ListRoles","iam:CreateRole","iam:DeleteRole","eks:Describe*"]"#),
            "Whoever has this policy may see, make, change and remove roles, policies and groups (IAM); see clusters (EKS), on everything in the account."
        );
        assert!(said(r#""ec2:*""#).contains("may do everything with machines, networks and disks (EC2)"));
        assert!(said(r#"["kms:Encrypt","kms:Decrypt"]"#).contains("may encrypt with and decrypt with encryption keys"));
        assert!(said(r#"["codecommit:GitPull"]"#).contains("may read git repositories"));
        assert!(said(r#""*""#).contains("may do everything, on everything"));
    }
}
