//! The hub's values under both charts: the current one's own schema, and the guide's own example.
#![allow(clippy::disallowed_methods, reason = "tests start a validator and read the shared folder")]

#[path = "support/peers.rs"]
mod peers;
mod support;

use hubwright::site::Site;
use hubwright::steps::hub_values::{Layout, Sources, new_token};
use hubwright::tools::sops::{Map, Value};
use serde_json::{Value as Json, json};
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

fn sources() -> Sources {
    Sources {
        token: new_token().unwrap(),
        key: "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n".to_owned().into(),
        chain: "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".into(),
        client_id: "464f261c10bf04a8".into(),
        client_secret: "a secret".to_owned().into(),
        sign_in: Site::built_in().next().unwrap().sign_in.unwrap(),
        more: vec![(["jupyterhub", "hub", "extraEnv", "TOKEN"].map(str::to_owned).into(), "more".to_owned().into())],
    }
}

fn tree(map: &Map) -> Json {
    let mut all = json!({});
    for (path, value) in map.leaves() {
        let Value::Text(text) = value else { panic!("every value is text") };
        let mut at = &mut all;
        for key in &path {
            at = at.as_object_mut().unwrap().entry(key.clone()).or_insert(json!({}));
        }
        *at = Json::from(text.as_str());
    }
    all
}

/// A file of the shared folder; `None`, said by name, where there is none.
fn shared(test: &str, file: &str) -> Option<String> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared").join(file);
    let text = std::fs::read_to_string(path).ok();
    if text.is_none() {
        peers::say(&format!("skipped: {test} (no shared folder)\n"));
    }
    text
}

#[test]
fn the_current_layout_passes_the_charts_schema_and_the_guides_does_not() {
    let test = "the_current_layout_passes_the_charts_schema";
    let Some(schema) = shared(test, "upstream/z2jh-4.3.2/values.schema.json") else { return };
    let Some(defaults) = shared(test, "upstream/z2jh-4.3.2/values.yaml") else { return };
    let Some(python) = peers::python("jsonschema-yaml", &["jsonschema==4.23.0", "pyyaml"]) else {
        return peers::skip(test, "the Python package index cannot be reached");
    };
    let valid = |values: &Json| {
        // As helm does it: the chart's defaults, with our values over them.
        let script = "import json, sys, jsonschema, yaml\n\
            def over(a, b): return {**a, **{k: over(a[k], v) if isinstance(v, dict) and isinstance(a.get(k), dict) else v for k, v in b.items()}}\n\
            s, v, d = json.load(sys.stdin)\n\
            e = list(jsonschema.Draft7Validator(s).iter_errors(over(yaml.safe_load(d), v)))\n\
            print('\\n'.join(x.message for x in e)); sys.exit(bool(e))";
        let mut child =
            Command::new(&python).args(["-c", script]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let input = format!("[{schema}, {values}, {}]", Json::from(defaults.as_str()));
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        (output.status.success(), String::from_utf8(output.stdout).unwrap())
    };
    let current = tree(&sources().values(Layout::Current))["jupyterhub"].clone();
    let (good, said) = valid(&current);
    assert!(good, "{said}");
    let (good, said) = valid(&tree(&sources().values(Layout::Guide))["jupyterhub"]);
    assert!(!good && said.contains("'auth'"), "the guide's keys are refused, as the chart does: {said}");
}

#[test]
fn the_guides_layout_has_exactly_the_keys_of_its_example() {
    let test = "the_guides_layout_has_exactly_the_keys_of_its_example";
    let Some(example) = shared(test, "upstream/jupyterhub-deploy-4b57684/doc/example-staging.yaml") else { return };
    // The example's placeholders are no YAML values: `[REDACTED]` reads as a list.
    let example = hubwright::tools::sops::yaml::Tree::read(&example.replace("[REDACTED]", "x")).unwrap();
    let mut theirs = vec![];
    fn walk(node: &hubwright::tools::sops::yaml::Node, path: &str, all: &mut Vec<String>) {
        match node.map() {
            Some(pairs) => pairs.iter().for_each(|pair| walk(&pair.value, &format!("{path}/{}", pair.key), all)),
            None => all.push(path.to_owned()),
        }
    }
    walk(&example.root, "", &mut theirs);
    let mut sources = sources();
    sources.more.clear();
    let mut ours: Vec<String> =
        sources.values(Layout::Guide).leaves().iter().map(|(path, _)| format!("/{}", path.join("/"))).collect();
    theirs.sort();
    ours.sort();
    assert_eq!(ours, theirs);
}

#[test]
fn the_guide_that_is_kept_is_the_one_that_is_handed_out() {
    let Some(handed_out) = shared("the_guide_that_is_kept_is_the_one_that_is_handed_out", "deployment-guide.md") else {
        return;
    };
    let (word, _) = hubwright::site::BUILT_IN[0];
    let guide = Site::load(word).unwrap().guide.unwrap();
    for (id, passage) in &guide.passages {
        assert!(passage.of(&handed_out).is_some(), "{id}: {} begin with other words now", passage.place());
    }
    assert_eq!(guide.text(word).unwrap(), handed_out, "copy it anew, and look at each passage");
}
