//! What a plan does and what a state holds, read without the provider. `terraform show -json` starts it for the schemas of
//! all its kinds, which takes longer than the plan itself; the values are the same ones. What is not plain here is left to
//! `show`.

use super::output::text_of;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

/// The values of what Terraform made or took over, by address, as `show -json` has them.
pub type Values = BTreeMap<String, Json>;

/// The form of state that is read here: Terraform's since 0.12 and OpenTofu's.
const VERSION: u64 = 4;

/// The same of what `show -json` says there is, or of a plan, what there will be (`values`, `planned_values`).
pub fn managed(values: &Json) -> Values {
    let all = values["root_module"]["resources"].as_array().into_iter().flatten();
    all.filter(|one| one["mode"] == "managed")
        .map(|one| (text_of(&one["address"]).to_owned(), one["values"].clone()))
        .collect()
}

/// What a state holds, as `state pull` prints it; `None` where it is of a form that is not known here.
pub fn values(state: &str) -> Result<Option<Values>, serde_json::Error> {
    // `state pull` prints nothing where there is no state.
    if state.trim().is_empty() {
        return Ok(Some(Values::new()));
    }
    let state: Json = serde_json::from_str(state)?;
    if state["version"].as_u64() != Some(VERSION) {
        return Ok(None);
    }
    let mut all = Values::new();
    for one in state["resources"].as_array().into_iter().flatten().filter(|one| one["mode"] == "managed") {
        let address = format!("{}.{}", text_of(&one["type"]), text_of(&one["name"]));
        for instance in one["instances"].as_array().into_iter().flatten() {
            // One of several, of a module inside, or one that was replaced and is still to go.
            if ["index_key", "deposed"].iter().any(|key| instance.get(key).is_some()) || one.get("module").is_some() {
                return Ok(None);
            }
            all.insert(address.clone(), instance["attributes"].clone());
        }
    }
    Ok(Some(all))
}

/// What a plan said of itself while it was made, as `terraform plan -json` prints it a line at a time.
#[derive(Default)]
pub struct Told {
    removes: Vec<Json>,
    /// It does more than to remove, or the account moved since the state was written.
    is_more: bool,
    is_whole: bool,
}

impl Told {
    pub fn take(&mut self, line: &str) {
        let Ok(json) = serde_json::from_str::<Json>(line) else { return };
        match text_of(&json["type"]) {
            "planned_change" if json["change"]["action"] == "delete" => {
                self.removes.push(json["change"]["resource"].clone());
            }
            "planned_change" | "resource_drift" => self.is_more = true,
            "change_summary" => self.is_whole = true,
            _ => {}
        }
    }

    /// Whether the plan is known whole from its lines and the values of the state.
    pub fn is_plain(&self) -> bool {
        self.is_whole && !self.is_more
    }

    /// The plan in the form of `show -json`. `None` where the state does not hold what it removes.
    pub fn plan(&self, state: &Values) -> Option<Json> {
        let mut changes = vec![];
        let mut left = state.clone();
        // Terraform prints them as they come, another time in another order; `show` has them by address.
        let mut removes: Vec<&Json> = self.removes.iter().collect();
        removes.sort_by_key(|one| text_of(&one["addr"]));
        for one in removes {
            let address = text_of(&one["addr"]);
            let before = left.remove(address)?;
            changes.push(json!({
                "address": address,
                "mode": "managed",
                "type": one["resource_type"],
                "change": {"actions": ["delete"], "before": before, "after": null},
            }));
        }
        let stay =
            left.iter().map(|(address, values)| json!({"address": address, "mode": "managed", "values": values}));
        let stay: Vec<Json> = stay.collect();
        Some(json!({"resource_changes": changes, "planned_values": {"root_module": {"resources": stay}}}))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATE: &str = r#"{"version": 4, "serial": 3, "outputs": {}, "resources": [
        {"mode": "data", "type": "aws_region", "name": "this", "instances": [{"attributes": {"id": "x"}}]},
        {"mode": "managed", "type": "aws_iam_role", "name": "this", "instances": [{"schema_version": 0, "attributes": {"name": "hub"}}]},
        {"mode": "managed", "type": "aws_iam_group", "name": "all", "instances": [{"attributes": {"name": "people"}}]}]}"#;

    #[test]
    fn a_state_is_read_by_its_addresses_and_one_of_another_form_is_not_guessed() {
        let held = values(STATE).unwrap().unwrap();
        assert_eq!(held.keys().collect::<Vec<_>>(), ["aws_iam_group.all", "aws_iam_role.this"]);
        assert_eq!(held["aws_iam_role.this"]["name"], "hub");
        assert_eq!(values("").unwrap(), Some(Values::new()));
        assert!(values(&STATE[..60]).is_err(), "a state that was cut");
        for (from, to) in [
            (r#""version": 4"#, r#""version": 5"#),
            (r#""schema_version": 0"#, r#""index_key": "a""#),
            (r#""schema_version": 0"#, r#""deposed": "00ff""#),
            (
                r#""mode": "managed", "type": "aws_iam_role""#,
                r#""mode": "managed", "module": "module.a", "type": "aws_iam_role""#,
            ),
        ] {
            assert_eq!(values(&STATE.replace(from, to)).unwrap(), None, "{to}");
        }
    }

    #[test]
    fn a_plan_that_only_removes_or_does_nothing_is_known_by_its_lines_and_any_other_is_not() {
        let held = values(STATE).unwrap().unwrap();
        let told = |lines: &[&str]| {
            let mut told = Told::default();
            lines.iter().for_each(|line| told.take(line));
            told
        };
        let end = r#"{"type":"change_summary","changes":{"add":0,"change":0,"import":0,"remove":1}}"#;
        let change = |action: &str| {
            format!(
                r#"{{"type":"planned_change","change":{{"resource":{{"addr":"aws_iam_role.this","resource_type":"aws_iam_role"}},"action":"{action}"}}}}"#
            )
        };
        let plan = told(&[&change("delete"), end]).plan(&held).unwrap();
        assert_eq!(plan["resource_changes"][0]["change"]["before"]["name"], "hub");
        assert_eq!(plan["planned_values"]["root_module"]["resources"][0]["address"], "aws_iam_group.all");
        let other = change("delete").replace("aws_iam_role", "aws_iam_group").replace("this", "all");
        let both = told(&[&change("delete"), &other, end]).plan(&held);
        assert!(both.is_some());
        assert_eq!(both, told(&[&other, &change("delete"), end]).plan(&held), "in one order always");
        let nothing = told(&["Warning: some text", end]);
        assert!(nothing.is_plain());
        let nothing = nothing.plan(&held).unwrap();
        assert_eq!(nothing["resource_changes"].as_array().map(Vec::len), Some(0));
        assert_eq!(nothing["planned_values"]["root_module"]["resources"].as_array().map(Vec::len), Some(2));
        for action in ["create", "update", "replace", "import", "read", "move"] {
            assert!(!told(&[&change(action), end]).is_plain(), "{action}");
        }
        assert!(!told(&[&change("delete").replace("planned_change", "resource_drift"), end]).is_plain());
        assert!(!told(&[&change("delete")]).is_plain(), "it was cut");
        assert_eq!(told(&[&change("delete"), end]).plan(&Values::new()), None);
    }
}
