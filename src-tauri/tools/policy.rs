//! IAM policy documents in plain words, and the things in them that deserve a second look.
//! It does not evaluate policies; AWS does (`aws::rights`).

use crate::engine::View;
use serde_json::Value as Json;

/// The document as a view: one sentence a statement, and the document, indented, to unfold.
/// A text that is not JSON is shown as it is.
pub fn view(title: &str, document: &str) -> View {
    let parsed: Json = serde_json::from_str(document).unwrap_or(Json::Null);
    let document =
        serde_json::to_string_pretty(&parsed).ok().filter(|_| !parsed.is_null()).unwrap_or(document.to_owned());
    View::Policy { title: title.into(), sentences: sentences(&parsed), document }
}

fn sentences(policy: &Json) -> Vec<String> {
    let statements = match &policy["Statement"] {
        Json::Array(all) => all.clone(),
        Json::Null => vec![],
        one => vec![one.clone()],
    };
    statements.iter().map(sentence).collect()
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

/// Actions by service: `iam (12 actions)`, or by name where there are few.
fn in_words(actions: &[String]) -> String {
    if actions.len() <= 3 {
        return actions.join(", ");
    }
    let mut services: Vec<(&str, usize)> = vec![];
    for action in actions {
        let service = action.split(':').next().unwrap_or(action);
        match services.iter_mut().find(|(name, _)| *name == service) {
            Some((_, count)) => *count += 1,
            None => services.push((service, 1)),
        }
    }
    let listed: Vec<_> = services.iter().map(|(service, n)| format!("{n} actions of {service}")).collect();
    format!("use {}", listed.join(", "))
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
        assert_eq!(
            sentences,
            ["Any user or role of account 123456789012 whose own policies allow it may sts:AssumeRole."]
        );
    }

    #[test]
    fn many_actions_are_counted_by_service() {
        let policy = r#"{"Statement":[{"Effect":"Allow","Action":["iam:A","iam:B","eks:C","eks:D"],"Resource":"*"}]}"#;
        let View::Policy { sentences, .. } = view("t", policy) else { panic!("a policy is shown as a policy") };
        assert_eq!(
            sentences,
            ["Whoever has this policy may use 2 actions of iam, 2 actions of eks, on everything in the account."]
        );
    }
}
