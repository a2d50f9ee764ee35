//! The vectors of upstream and of the format's description, and what a change may and may not touch.

use super::*;
use serde_json::Value as Json;

const V0: &str =
    "ENC[AES256_GCM,data:oYyi,iv:MyIDYbT718JRr11QtBkcj3Dwm4k1aCGZBVeZf0EyV8o=,tag:t5z2Z023Up0kxwCgw1gNxg==,type:str]";

fn key() -> DataKey {
    DataKey::of(&(0..32).collect::<Vec<u8>>()).unwrap()
}

fn kms(role: Option<&str>) -> KmsKey {
    KmsKey {
        arn: "arn:aws:kms:us-east-1:123456789012:key/k".into(),
        role: role.map(str::to_owned),
        created_at: "2026-11-22T08:06:39Z".into(),
        enc: "AAAA".into(),
        ..KmsKey::default()
    }
}

fn sample() -> Map {
    let mut map = Map::default();
    let text = Value::text;
    map.set(&["jupyterhub", "proxy", "secretToken"], text("0123abcd"));
    map.set(&["jupyterhub", "proxy", "https", "manual", "key"], text("-----BEGIN X-----\nline\n-----END X-----\n"));
    map.set(&["jupyterhub", "auth", "client_secret"], text("a b\"c'#:%\né🚀"));
    map.set(&["jupyterhub", "auth", "count"], Value::Int(-42));
    map.set(&["jupyterhub", "auth", "ratio"], Value::Float(1e21));
    map.set(&["jupyterhub", "auth", "yes"], Value::Bool(true));
    map.set(&["jupyterhub", "auth", "none"], Value::Null);
    map.set(&["jupyterhub", "auth", "empty"], text(""));
    map.set(&["jupyterhub", "auth", "when"], Value::Time("2020-01-02T00:00:00Z".into()));
    let mut inner = Map::default();
    inner.set(&["n"], Value::Int(1));
    inner.set(&["m"], Value::List(vec![text("a"), Value::Int(2)]));
    map.set(
        &["jupyterhub", "auth", "admins"],
        Value::List(vec![text("alice"), Value::Map(inner), Value::List(vec![])]),
    );
    map.0[0].comments = vec![" about the hub".into()];
    map
}

fn now() -> Timestamp {
    "2026-11-22T08:06:39Z".parse().unwrap()
}

#[test]
fn the_upstream_vector_opens() {
    let key = DataKey::of(&[b'f'; 32]).unwrap();
    assert!(key.value(V0, "bar:").unwrap() == Value::text("foo"));
    assert!(key.value(V0, "baz:").is_err(), "at another path it does not");
}

#[test]
fn a_file_of_ours_reads_back_with_its_comments() {
    let text = write(&sample(), &[kms(Some("arn:aws:iam::1:role/r"))], &key(), now()).unwrap();
    assert!(!text.contains("alice") && !text.contains("about the hub"), "nothing stands in clear");
    let opened = Sealed::read(&text).unwrap().open(key()).unwrap();
    assert!(opened.values.leaves() == sample().leaves());
    assert_eq!(opened.comments(), [" about the hub"]);
    assert_eq!(opened.keys()[0].role.as_deref(), Some("arn:aws:iam::1:role/r"));
    assert_eq!(opened.with(&[], Some("arn:aws:iam::1:role/r"), now()).unwrap(), text, "unchanged is byte for byte");
}

#[test]
fn a_change_touches_its_own_line_the_mac_and_the_time() {
    let text = write(&sample(), &[kms(None)], &key(), now()).unwrap();
    let opened = Sealed::read(&text).unwrap().open(key()).unwrap();
    let later: Timestamp = "2026-12-01T00:00:00Z".parse().unwrap();
    let path: &[&str] = &["jupyterhub", "auth", "client_secret"];
    let changed = opened
        .with(
            &[
                (path, Some(Value::text("new"))),
                (&["jupyterhub", "proxy", "secretToken"], Some(Value::text("0123abcd"))),
            ],
            None,
            later,
        )
        .unwrap();
    let differ: Vec<(&str, &str)> = text.lines().zip(changed.lines()).filter(|(a, b)| a != b).collect();
    assert_eq!(differ.len(), 3, "the value, mac and lastmodified: {differ:?}");
    let again = Sealed::read(&changed).unwrap().open(key()).unwrap();
    assert_eq!(again.values.get(path).unwrap().as_text(), Some("new"));

    let more = again
        .with(
            &[
                (&["jupyterhub", "hub", "extraEnv", "A"], Some(Value::text("b"))),
                (&["other", "x"], Some(Value::Int(1))),
            ],
            Some("arn:r"),
            later,
        )
        .unwrap();
    let opened = Sealed::read(&more).unwrap().open(key()).unwrap();
    assert_eq!(opened.values.get(&["jupyterhub", "hub", "extraEnv", "A"]).unwrap().as_text(), Some("b"));
    assert_eq!(opened.keys()[0].role.as_deref(), Some("arn:r"));
    let less =
        opened.with(&[(&["jupyterhub", "hub", "extraEnv", "A"], None), (&["other", "x"], None)], None, later).unwrap();
    assert!(!less.contains("extraEnv") && !less.contains("other") && less.contains("admins"));
    assert_eq!(less.lines().count(), changed.lines().count() + 1, "only the role's line is left over");
}

#[test]
fn moved_swapped_and_renamed_values_are_refused() {
    let text = write(&sample(), &[kms(None)], &key(), now()).unwrap();
    let refused = |text: String| Sealed::read(&text).and_then(|file| file.open(key())).is_err();
    assert!(refused(text.replace("secretToken", "secretTokem")), "a renamed key");
    let lines: Vec<&str> = text.lines().collect();
    let at = |word: &str| lines.iter().position(|line| line.contains(word)).unwrap();
    let mut swapped = lines.clone();
    swapped.swap(at("count:"), at("ratio:"));
    assert!(refused(swapped.join("\n")), "another order");
    let mut less = lines.clone();
    less.remove(at("ratio:"));
    assert!(refused(less.join("\n")), "a value taken out");
    assert!(refused(text.replace("08:06:39Z\"\n    mac", "08:06:40Z\"\n    mac")), "another time");
    let mut null = lines.clone();
    null.remove(at("none:"));
    assert!(!refused(null.join("\n")), "a null is not authenticated; docs/sops-file.md says so");
}

#[test]
fn metadata_that_sops_refuses_is_refused() {
    let text = write(&sample(), &[kms(None)], &key(), now()).unwrap();
    let reads = |text: String| Sealed::read(&text).map(|_| ());
    assert!(reads(text.clone()).is_ok());
    for (from, to) in [
        ("    version: 3.9.4\n", ""),
        ("    lastmodified: \"2026-11-22T08:06:39Z\"", "    lastmodified: 2026-11-22T08:06:39Z"),
        ("          created_at: \"2026-11-22T08:06:39Z\"\n", ""),
        ("    mac: ", "    cam: "),
        ("    kms:\n", "    smk:\n"),
        ("    unencrypted_suffix: _unencrypted", "    encrypted_regex: a"),
    ] {
        assert!(reads(text.replace(from, to)).is_err(), "{from:?} becomes {to:?}");
    }
    assert!(matches!(reads("a: 1\n".into()), Err(SopsError::Plain)));
    let age = "a: 1\nsops:\n    age:\n        - recipient: r\n          enc: e\n    version: 3.9.4\n";
    assert!(matches!(reads(age.into()), Err(SopsError::OtherKeys(kind)) if kind == "age"));
}

/// The vector with fixed nonces that sops's own core accepts: same tokens, same MAC.
#[test]
fn the_shared_vectors_hold() {
    let shared = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/sops-vectors");
    let read = |name: &str| crate::engine::files::read_text(&shared.join(name)).ok();
    let Some(vector) = read("vector1.json") else {
        // Said by name: the shared folder is not part of the project.
        std::io::Write::write_all(&mut std::io::stderr(), b"skipped: the_shared_vectors_hold (no shared folder)\n")
            .unwrap();
        return;
    };
    // JSON is YAML: the vector's own encrypted file is read as it stands.
    let json: Json = serde_json::from_str(&vector).unwrap();
    let whole = Tree::read(&vector).unwrap();
    let encrypted = &vector[whole.root.find("encrypted").unwrap().at.clone()];
    let opened = Sealed::read(encrypted).unwrap().open(key()).unwrap();
    let auth = |name: &str| opened.values.get(&["jupyterhub", "auth", name]).cloned();
    assert!(auth("count") == Some(Value::Int(42)) && auth("ratio") == Some(Value::Float(1234.56789)));
    assert!(
        auth("uni") == Some(Value::text("é🚀"))
            && auth("nothing") == Some(Value::Null)
            && auth("t") == Some(Value::Bool(true))
    );
    let count = &json["encrypted"]["jupyterhub"]["auth"]["count"];
    let iv: [u8; 32] = base64::Engine::decode(
        &base64::engine::general_purpose::STANDARD,
        value::parts(count.as_str().unwrap()).unwrap().1,
    )
    .unwrap()
    .try_into()
    .unwrap();
    assert_eq!(key().seal_with(&iv, b"42", "int", "jupyterhub:auth:count:").unwrap(), count.as_str().unwrap());
    let golden = read("enc-full.yaml").unwrap();
    let sealed = Sealed::read(&golden).unwrap();
    assert_eq!(sealed.keys[0].role.as_deref(), Some("arn:aws:iam::123456789012:role/dep-secrets-decrypt"));
    let python = read("py-enc.yaml").unwrap();
    assert!(Sealed::read(&python).unwrap().open(key()).is_ok(), "a file of the Python sops");
}
