//! IAM policy documents: whom they name, and whether two mean the same.
//! It does not evaluate policies; AWS does (`aws::rights`).

use serde_json::Value as Json;

/// Everybody whom the statements of a trust policy allow something. Empty where the text is no policy.
pub fn principals(document: &str) -> Vec<String> {
    let policy: Json = serde_json::from_str(document).unwrap_or_default();
    let allowed = several(&policy["Statement"]).into_iter().filter(|statement| statement["Effect"] == "Allow");
    let named = allowed.flat_map(|statement| match &statement["Principal"] {
        Json::Object(kinds) => kinds.values().flat_map(several).collect(),
        other => several(other),
    });
    named.filter_map(|arn| arn.as_str().map(str::to_owned)).collect()
}

/// Whether two policy documents mean the same: the order of what is listed does not count, and one value may stand for a
/// list of one (IAM's grammar of policies). Texts that are no documents never do.
pub fn same(a: &str, b: &str) -> bool {
    let plain = |text: &str| serde_json::from_str::<Json>(text).ok().filter(Json::is_object).map(|json| plain(&json));
    plain(a).is_some_and(|a| Some(a) == plain(b))
}

/// A document in the one of its forms that is compared: every list sorted, every single value as a list.
fn plain(json: &Json) -> Json {
    match json {
        Json::Object(fields) => fields
            .iter()
            .map(|(name, value)| {
                let value = match value {
                    // `"Principal": "*"` and conditions are objects or texts, never lists of them.
                    Json::Object(_) if name != "Statement" => plain(value),
                    one => plain(&Json::Array(several(one))),
                };
                (name.clone(), value)
            })
            .collect::<serde_json::Map<_, _>>()
            .into(),
        Json::Array(all) => {
            let mut all: Vec<Json> = all.iter().map(plain).collect();
            all.sort_by_key(Json::to_string);
            all.dedup();
            all.into()
        }
        one => one.clone(),
    }
}

/// What may be one or a list, as a list.
pub fn several(value: &Json) -> Vec<Json> {
    match value {
        Json::Array(all) => all.clone(),
        Json::Null => vec![],
        one => vec![one.clone()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_that_mean_the_same_are_the_same_and_others_are_not() {
        let one = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["a:B","a:C"],"Resource":"*","Condition":{"StringEquals":{"k":"v"}}}]}"#;
        let other = r#"{"Statement":{"Resource":["*"],"Action":["a:C","a:B"],"Condition":{"StringEquals":{"k":["v"]}},"Effect":"Allow"},"Version":"2012-10-17"}"#;
        assert!(same(one, other) && same(other, one));
        for changed in [
            one.replace("Allow", "Deny"),
            one.replace("\"a:C\"", "\"a:*\""),
            one.replace("\"v\"", "\"w\""),
            one.replace("StringEquals", "StringLike"),
            one.replace("Action", "NotAction"),
            "{}".into(),
            String::new(),
        ] {
            assert!(!same(one, &changed), "{changed}");
        }
        assert!(!same("", "") && !same("\"a\"", "\"a\""), "what is no document is compared as the text it is");
    }
}
