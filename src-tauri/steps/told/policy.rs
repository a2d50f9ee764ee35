//! IAM policy documents in plain words.

use super::aws::named_text;
use super::capital;
use crate::engine::{View, words};
use crate::tools::aws::Arn;
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
        Json::Null => "whoever has this policy".to_owned(),
        Json::Object(kinds) => {
            words::all(&kinds.values().flat_map(texts).map(|arn| principal(&arn)).collect::<Vec<_>>())
        }
        one => words::all(&texts(one).iter().map(|arn| principal(arn)).collect::<Vec<_>>()),
    };
    let actions = match (texts(&statement["Action"]), texts(&statement["NotAction"])) {
        (actions, _) if !actions.is_empty() => in_words(&actions),
        (_, except) => format!("do everything, except {}", in_words(&except)),
    };
    let actions = if may == "may" { actions } else { actions.replace("do everything", "do anything") };
    let things: Vec<String> = texts(&statement["Resource"]).iter().map(|arn| thing(arn)).collect();
    let except: Vec<String> = texts(&statement["NotResource"]).iter().map(|arn| thing(arn)).collect();
    let done = match things.as_slice() {
        [] if !except.is_empty() => format!("{actions}, on everything except {}", words::list(&except)),
        [] => actions,
        [all] if all == "*" => format!("{actions}, on everything in the account"),
        some if actions == ACT_AS_IT => format!("act as {}", words::list(some)),
        some => format!("{actions}, on {}", words::list(some)),
    };
    let conditions = conditions(&statement["Condition"]);
    let only = match (conditions.is_empty(), may) {
        (true, _) => String::new(),
        (_, "may") => format!(", only where {}", words::all(&conditions)),
        _ => format!(", where {}", words::all(&conditions)),
    };
    format!("{} {may} {done}{only}.", capital(&who))
}

fn principal(arn: &str) -> String {
    match (arn, arn.strip_suffix(":root")) {
        ("*", _) => "anybody at all".to_owned(),
        (_, Some(account)) => format!(
            "any user or role of account {} whose own policies allow it",
            account.rsplit(':').next().unwrap_or(account)
        ),
        _ => named_text(arn),
    }
}

/// What an ARN, or a pattern of ARNs, is of: `role a-name`, `any volume`. The document has it whole.
fn thing(arn: &str) -> String {
    let Ok(Arn { service, resource, .. }) = arn.parse::<Arn>() else { return arn.to_owned() };
    match (service.as_str(), resource.split_once(['/', ':'])) {
        ("codecommit", None) => format!("git repository {resource}"),
        (service, None) => format!("{resource} of {}", named(service)),
        (service, Some((kind, _))) if kind.contains('*') => format!("any of the {}", named(service)),
        ("kms", Some(("key", "*"))) => "any encryption key".to_owned(),
        ("kms", Some(("key", id))) => format!("encryption key {id}"),
        ("kms", Some(("alias", name))) => format!("name of a key {name}"),
        (_, Some((kind, "*"))) => format!("any {}", kind.replace('-', " ")),
        (_, Some((kind, name))) => format!("{} {name}", kind.replace('-', " ")),
    }
}

/// Every condition of a statement, in words: `the tag deployment that it has is a-name`.
fn conditions(condition: &Json) -> Vec<String> {
    let mut all = vec![];
    for (operator, keys) in condition.as_object().into_iter().flatten() {
        let (some, operator) = match operator.split_once(':') {
            Some(("ForAnyValue", operator)) => ("one of ", operator),
            Some((_, operator)) => ("each of ", operator),
            None => ("", operator.as_str()),
        };
        let (plain, if_there) = match operator.strip_suffix("IfExists") {
            Some(plain) => (plain, ", if there is one"),
            None => (operator, ""),
        };
        for (key, values) in keys.as_object().into_iter().flatten() {
            let what = condition_key(key);
            let values: Vec<String> = several(values)
                .iter()
                .map(|value| {
                    value.as_str().map_or_else(|| value.to_string(), |text| thing(text.trim_start_matches("alias/")))
                })
                .collect();
            let one = if values.len() > 1 { "one of " } else { "" };
            let none = if values.len() > 1 { "none of" } else { "not" };
            let values = words::list(&values);
            all.push(match plain {
                "Null" => format!("{what} is {}", if values == "true" { "not there" } else { "there" }),
                "StringEquals" | "StringLike" | "ArnEquals" | "ArnLike" | "Bool" => {
                    format!("{some}{what} is {one}{values}{if_there}")
                }
                "StringNotEquals" | "StringNotLike" | "ArnNotEquals" | "ArnNotLike" => {
                    format!("{some}{what} is {none} {values}{if_there}")
                }
                _ => format!("{key} ({operator}) is {one}{values}"),
            });
        }
    }
    all
}

/// What a condition asks about.
fn condition_key(key: &str) -> String {
    match key.split_once('/') {
        Some(("aws:RequestTag", tag)) => return format!("the tag {tag} that it gets"),
        Some(("aws:ResourceTag", tag)) => return format!("the tag {tag} that it has"),
        Some(("aws:PrincipalTag", tag)) => return format!("the tag {tag} of whoever asks"),
        _ => {}
    }
    match key {
        "aws:TagKeys" => "the tags that it gets",
        "ec2:CreateAction" => "the call that makes it",
        "iam:PassedToService" => "the service that gets the role",
        "iam:PermissionsBoundary" => "the limit on its rights (permissions boundary)",
        "iam:PolicyARN" => "the policy that it gets",
        "kms:ResourceAliases" => "the names of the key",
        other => other,
    }
    .to_owned()
}

/// Actions as what they are for: `see and make roles, policies and groups (IAM)`, one part a service.
pub(super) fn in_words(actions: &[String]) -> String {
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
            ("sts", [ACT]) => ACT_AS_IT.to_owned(),
            ("sts", [EVERYTHING, ..]) => format!("{ACT_AS_OTHERS}, and see who one is"),
            ("sts", [ACT, ..]) => format!("{ACT_AS_IT}, and see who one is"),
            ("sts", _) => "see who one is".to_owned(),
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
        _ if call.starts_with("Assume") => ACT,
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
const ACT_AS_IT: &str = "act as it";
const ACT_AS_OTHERS: &str = "act as roles";
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
        // Whoever may use all of STS may be others, which is more than to see who one is.
        assert!(said(r#""sts:*""#).contains("may act as roles, and see who one is"), "{}", said(r#""sts:*""#));
        assert!(said(r#""sts:Assume*""#).contains("may act as it"), "{}", said(r#""sts:Assume*""#));
        assert!(said(r#""sts:GetCallerIdentity""#).contains("may see who one is"));
    }

    /// A statement's sentence.
    fn told(statement: &str) -> String {
        let View::Policy { sentences, .. } = view("t", &format!(r#"{{"Statement":[{{{statement}}}]}}"#)) else {
            panic!("a policy is shown as a policy")
        };
        sentences.concat()
    }

    #[test]
    fn what_is_excepted_is_said() {
        let except = r#""Effect":"Allow","Action":"codecommit:GitPull","NotResource":"arn:aws:codecommit:us-east-1:123456789012:a-repository""#;
        assert!(
            told(except).contains(", on everything except ") && told(except).contains("a-repository"),
            "{}",
            told(except)
        );
    }

    #[test]
    fn people_and_things_are_told_by_what_they_are_and_their_names() {
        assert_eq!(
            told(
                r#""Effect":"Allow","Principal":{"AWS":["arn:aws:iam::123456789012:user/people/ann","arn:aws:iam::123456789012:role/admins"]},"Action":"sts:AssumeRole""#
            ),
            "The user ann and the role admins may act as it."
        );
        assert_eq!(
            told(r#""Effect":"Allow","Principal":"*","Action":"sts:AssumeRole""#),
            "Anybody at all may act as it."
        );
        let on = |resources: &str| told(&format!(r#""Effect":"Allow","Action":"iam:GetRole","Resource":{resources}"#));
        assert_eq!(
            on(
                r#"["arn:aws:iam::123456789012:role/a-name","arn:aws:codecommit:us-east-1:123456789012:a-name-secrets","arn:aws:kms:us-east-1:123456789012:key/*","arn:aws:kms:us-east-1:123456789012:alias/a-name","arn:aws:ec2:*:123456789012:*/*-*"]"#
            ),
            "Whoever has this policy may see roles, policies and groups (IAM), on role a-name, git repository a-name-secrets, any encryption key, name of a key a-name, any of the machines, networks and disks (EC2)."
        );
        assert_eq!(
            told(r#""Effect":"Allow","Action":"sts:AssumeRole","Resource":"arn:aws:iam::123456789012:role/a-name""#),
            "Whoever has this policy may act as role a-name."
        );
    }

    #[test]
    fn of_a_long_list_it_is_said_how_many_more_there_are() {
        let roles: Vec<String> = (0..8).map(|n| format!("arn:aws:iam::123456789012:role/r{n}")).collect();
        let roles = serde_json::to_string(&roles).unwrap();
        let told = told(&format!(r#""Effect":"Allow","Action":"iam:GetRole","Resource":{roles}"#));
        assert!(told.ends_with("role r4 and 3 more."), "{told}");
    }

    #[test]
    fn conditions_are_told_in_words() {
        let only = |condition: &str| {
            let statement =
                format!(r#""Effect":"Allow","Action":"iam:CreateRole","Resource":"*","Condition":{condition}"#);
            told(&statement).split_once(", only where ").unwrap().1.to_owned()
        };
        assert_eq!(
            only(r#"{"StringEquals":{"iam:PermissionsBoundary":"arn:aws:iam::123456789012:policy/a-name-boundary"}}"#),
            "the limit on its rights (permissions boundary) is policy a-name-boundary."
        );
        assert_eq!(
            only(r#"{"StringNotEquals":{"aws:ResourceTag/deployment":"a-name"},"Null":{"ec2:CreateAction":"true"}}"#),
            "the call that makes it is not there and the tag deployment that it has is not a-name."
        );
        assert_eq!(
            only(r#"{"ForAllValues:StringEquals":{"aws:TagKeys":["created-by","deployment"]}}"#),
            "each of the tags that it gets is one of created-by, deployment."
        );
        assert_eq!(
            only(r#"{"ForAnyValue:StringEquals":{"kms:ResourceAliases":"alias/a-name-secrets"}}"#),
            "one of the names of the key is a-name-secrets."
        );
        assert_eq!(
            only(r#"{"StringEqualsIfExists":{"aws:RequestTag/deployment":"a-name"}}"#),
            "the tag deployment that it gets is a-name, if there is one."
        );
        assert_eq!(only(r#"{"NumericLessThan":{"x:y":7}}"#), "x:y (NumericLessThan) is 7.");
        let deny = told(
            r#""Effect":"Deny","Action":"ec2:*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}"#,
        );
        assert!(deny.ends_with("must not do anything with machines, networks and disks (EC2), on everything in the account, where aws:SecureTransport is false."), "{deny}");
    }
}
