//! Our sops files and the real sops 3.13.3, in both directions over random trees; every one-byte change refused; the
//! Python sops as a second reader; KMS and STS of the practice account.
#![allow(clippy::disallowed_methods, reason = "tests start programs and write files")]

#[path = "support/peers.rs"]
mod peers;
#[path = "support/random.rs"]
mod random;
mod support;

use hubwright::tools::aws::{Aws, access::Provider, kms};
use hubwright::tools::sops::plain::{Plain, resolve};
use hubwright::tools::sops::yaml::{Node, Tree, What};
use hubwright::tools::sops::{DataKey, Entry, KmsKey, Map, Sealed, Value, write};
use jiff::Timestamp;
use random::Random;
use serde_json::Value as Json;
use std::path::Path;
use std::process::{Command, Output};
use support::{Home, text};

/// A practice account with a key of KMS, and its administrator.
struct World {
    home: Home,
    practice: Json,
    key: String,
    aws: Aws,
}

impl World {
    fn new() -> World {
        let home = Home::new();
        home.start_practice();
        let practice = home.practice();
        let key = home.boto3("print(json.dumps(c('kms').create_key(Description='test')['KeyMetadata']['Arn']))");
        let admin = |name: &str| practice["admin"][name].as_str().unwrap().to_owned();
        let credentials = aws_credential_types::Credentials::new(
            admin("access_key_id"),
            admin("secret_access_key"),
            None,
            None,
            "test",
        );
        let endpoint = practice["endpoint"].as_str().unwrap().to_owned();
        let aws = Aws::with(Provider::new(credentials), "us-east-1", Some(endpoint));
        World { home, practice, key: key.as_str().unwrap().to_owned(), aws }
    }

    fn run(&self, program: &Path, args: &[&str]) -> Output {
        Command::new(program)
            .args(args)
            .env("AWS_ENDPOINT_URL", self.practice["endpoint"].as_str().unwrap())
            .env("AWS_ACCESS_KEY_ID", self.practice["admin"]["access_key_id"].as_str().unwrap())
            .env("AWS_SECRET_ACCESS_KEY", self.practice["admin"]["secret_access_key"].as_str().unwrap())
            .env("AWS_DEFAULT_REGION", "us-east-1")
            .env("AWS_REGION", "us-east-1")
            .env("HOME", self.home.path())
            .output()
            .unwrap()
    }

    async fn entry(&self, key: &DataKey) -> KmsKey {
        kms::wrap(&self.aws, &self.key, None, key, Timestamp::now()).await.unwrap()
    }

    async fn open(&self, text: &str) -> Map {
        let sealed = Sealed::read(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        let (_, key) = kms::unwrap(&self.aws, &self.key, &sealed.keys).await.unwrap();
        sealed.open(key).unwrap_or_else(|error| panic!("{error}\n{text}")).values
    }
}

/// A tree of every kind of value, with comments.
fn tree(random: &mut Random, depth: usize) -> Map {
    let mut map = Map::default();
    for n in 0..1 + random.below(5) {
        let key = match random.below(6) {
            0 => format!(
                "{}{n}",
                random.pick(&["yes", "null", "1.5", "a b", "é", "key:with", "-x", "#h", "\"q", "0x1f"])
            ),
            _ => format!("key{n}"),
        };
        let comments = if random.below(6) == 0 { vec![format!(" about {n} {}", random.word())] } else { vec![] };
        map.0.push(Entry { comments, key, value: value(random, depth) });
    }
    map
}

fn value(random: &mut Random, depth: usize) -> Value {
    match random.below(if depth == 0 { 9 } else { 13 }) {
        0 => Value::Null,
        1 => Value::Bool(random.below(2) == 0),
        2 => Value::Int(match random.below(4) {
            0 => i64::MAX,
            1 => i64::MIN,
            _ => random.next() as i64 % 100_000,
        }),
        3 => Value::Float(match random.below(5) {
            0 => 1e21,
            1 => 1.5e-7,
            2 => -0.5,
            3 => f64::MAX,
            _ => (random.next() % 1_000_000) as f64 / 64.0,
        }),
        4 => Value::Time(
            random.pick(&["2020-01-02T00:00:00Z", "2021-12-31T23:59:59.5Z", "2020-01-02T03:04:05+02:00"]).to_owned(),
        ),
        5 => Value::text(""),
        6 => Value::text(random.pick(&[
            "yes",
            "~",
            "null",
            "0123",
            "1e3",
            "2020-01-02",
            "- a",
            "a: b",
            "# no comment",
            "it's",
            "\"q\"",
            "back\\slash",
            "%",
            "ENC[AES256_GCM]",
            "=",
            "*a",
            "&a",
            "!t",
        ])),
        7 => Value::text(random.pick(&[
            "line\nline\n",
            "\n",
            "  leading",
            "trailing \n\n",
            "tab\there",
            "é🚀 中文",
            "\u{2028}",
            "-----BEGIN X-----\nAAA\n-----END X-----\n",
        ])),
        8 => Value::text(random.word()),
        9 => Value::List((0..random.below(4)).map(|_| value(random, depth - 1)).collect()),
        10 => Value::Map(Map::default()),
        _ => Value::Map(tree(random, depth - 1)),
    }
}

/// What a plain YAML text says, by our own reader with Go's rules.
fn plain(text: &str) -> Map {
    fn of(node: &Node) -> Value {
        match &node.what {
            What::Map(pairs) => Value::Map(Map(pairs
                .iter()
                .map(|pair| Entry { comments: vec![], key: pair.key.clone(), value: of(&pair.value) })
                .collect())),
            What::List(items) => Value::List(items.iter().map(of).collect()),
            What::Scalar { text, plain } => match resolve(text, *plain) {
                Plain::Null => Value::Null,
                Plain::Bool(on) => Value::Bool(on),
                Plain::Int(number) => Value::Int(number),
                Plain::Float(number) => Value::Float(number),
                Plain::Time(time) => Value::Time(time),
                Plain::Text => Value::text(text.as_str()),
            },
        }
    }
    match of(&Tree::read(text).unwrap_or_else(|error| panic!("{error}\n{text}")).root) {
        Value::Map(map) => map,
        _ => unreachable!("the top is a mapping"),
    }
}

/// The tree as plain YAML that any reader takes, for sops to encrypt.
fn emit(map: &Map, indent: usize, out: &mut String) {
    for entry in &map.0 {
        for comment in &entry.comments {
            *out += &format!("{}#{comment}\n", " ".repeat(indent));
        }
        *out += &format!("{}{}: ", " ".repeat(indent), Json::from(entry.key.as_str()));
        match &entry.value {
            Value::Map(map) if !map.0.is_empty() => {
                *out += "\n";
                emit(map, indent + 2, out);
            }
            value => *out += &format!("{}\n", flow(value)),
        }
    }
}

fn flow(value: &Value) -> String {
    match value {
        Value::Null => "null".into(),
        Value::Bool(on) => on.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Float(number) => {
            let text = format!("{number:e}");
            if text.contains('.') { text } else { text.replace('e', ".0e") }
        }
        Value::Time(time) => time.clone(),
        Value::Text(text) => Json::from(text.as_str()).to_string().replace('\u{2028}', "\\u2028"),
        Value::List(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Value::Map(map) => {
            let pairs: Vec<_> = map
                .0
                .iter()
                .map(|entry| format!("{}: {}", Json::from(entry.key.as_str()), flow(&entry.value)))
                .collect();
            format!("{{{}}}", pairs.join(", "))
        }
        Value::Bytes(_) => unreachable!("sops reads bytes, nobody writes them"),
    }
}

/// As `leaves`, with a float that is a whole number as the integer that sops prints for it (Go's yaml writes `6405`).
fn as_printed(map: &Map) -> Vec<String> {
    let mut all = leaves(map);
    for ((path, value), shown) in map.leaves().iter().zip(&mut all) {
        if let Value::Float(number) = value
            && number.fract() == 0.0
            && number.abs() < 1e15
        {
            *shown = format!("{path:?} {}", *number as i64);
        }
    }
    all
}

/// Leaves in order; times at the same instant and floats of the same bits count as the same.
fn leaves(map: &Map) -> Vec<String> {
    let show = |value: &Value| match value {
        Value::Time(time) => format!("time {}", time.parse::<Timestamp>().unwrap()),
        Value::Float(number) => format!("float {number:e}"),
        other => flow(other),
    };
    map.leaves().iter().map(|(path, value)| format!("{path:?} {}", show(value))).collect()
}

/// Those of the map and of the maps in it.
fn comments_in(map: &Map) -> Vec<&String> {
    fn below(entry: &Entry) -> Vec<&String> {
        match &entry.value {
            Value::Map(map) => comments_in(map),
            _ => vec![],
        }
    }
    map.0.iter().flat_map(|entry| entry.comments.iter().chain(below(entry))).collect()
}

const FILES: u64 = 100;
/// A start of sops costs more than a tree.
const TREES_A_FILE: u64 = 10;

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_random_trees_go_both_ways_through_the_real_sops() {
    let Some(sops) = peers::sops() else {
        return peers::skip("a_thousand_random_trees_go_both_ways_through_the_real_sops", "no Go to build sops with");
    };
    let world = World::new();
    let folder = tempfile::tempdir().unwrap();
    let (mut comments, mut kinds) = (0, std::collections::BTreeSet::new());
    for seed in 0..FILES {
        let mut trees = (0..TREES_A_FILE).map(|n| tree(&mut Random::new(seed * TREES_A_FILE + n), 3));
        let mut map = trees.next().unwrap();
        let beside = trees.enumerate().map(|(n, tree)| Entry {
            comments: vec![],
            key: format!("tree {n}"),
            value: Value::Map(tree),
        });
        map.0.extend(beside);
        // Ours, read by sops.
        let key = DataKey::random().unwrap();
        let ours = write(&map, &[world.entry(&key).await], &key, Timestamp::now()).unwrap();
        let path = folder.path().join("ours.yaml");
        std::fs::write(&path, &ours).unwrap();
        let output = world.run(&sops, &["--decrypt", path.to_str().unwrap()]);
        assert!(output.status.success(), "seed {seed}: {}\n{ours}", text(&output));
        let theirs = String::from_utf8(output.stdout).unwrap();
        assert_eq!(leaves(&plain(&theirs)), as_printed(&map), "seed {seed}: what sops reads in ours\n{theirs}");
        for comment in comments_in(&map) {
            assert!(theirs.contains(&format!("#{comment}")), "seed {seed}: the comment{comment} is in\n{theirs}");
            comments += 1;
        }
        // Theirs, read by us.
        let mut clear = String::new();
        emit(&map, 0, &mut clear);
        let path = folder.path().join("theirs.yaml");
        std::fs::write(&path, &clear).unwrap();
        let output = world.run(&sops, &["--encrypt", "--kms", &world.key, path.to_str().unwrap()]);
        assert!(output.status.success(), "seed {seed}: {}\n{clear}", text(&output));
        let sealed = String::from_utf8(output.stdout).unwrap();
        assert_eq!(
            leaves(&world.open(&sealed).await),
            leaves(&map),
            "seed {seed}: what we read in theirs\n{clear}\n{sealed}"
        );
        kinds.extend(
            map.leaves().iter().map(|(_, value)| std::mem::discriminant(*value)).map(|kind| format!("{kind:?}")),
        );
    }
    assert!(
        kinds.len() == 6 && comments > 500,
        "every kind of leaf and comments were among them: {} {comments}",
        kinds.len()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_ours_in_a_file_of_sops_opens_there_and_keeps_every_other_byte() {
    let Some(sops) = peers::sops() else {
        return peers::skip("a_change_of_ours_in_a_file_of_sops", "no Go to build sops with");
    };
    let world = World::new();
    let path = world.home.path().join("theirs.yaml");
    let clear = "# top\na:\n  b: one # inline\n  # head\n  c: [1, two]\n  n: null\nd: 2020-01-02\n";
    std::fs::write(&path, clear).unwrap();
    let output = world.run(&sops, &["--encrypt", "--kms", &world.key, path.to_str().unwrap()]);
    let sealed = String::from_utf8(output.stdout).unwrap();
    std::fs::write(&path, &sealed).unwrap();
    let before = String::from_utf8(world.run(&sops, &["--decrypt", path.to_str().unwrap()]).stdout).unwrap();
    let file = Sealed::read(&sealed).unwrap();
    let (_, key) = kms::unwrap(&world.aws, &world.key, &file.keys).await.unwrap();
    let opened = file.open(key).unwrap();
    assert_eq!(opened.comments(), [" top", " inline", " head"]);
    let changed = opened.with(&[(&["a", "b"], Some(Value::text("new")))], None, Timestamp::now()).unwrap();
    let differ = sealed.lines().zip(changed.lines()).filter(|(a, b)| a != b).count();
    assert!(differ <= 3 && sealed.lines().count() == changed.lines().count(), "value, mac and time only: {differ}");
    std::fs::write(&path, &changed).unwrap();
    let output = world.run(&sops, &["--decrypt", path.to_str().unwrap()]);
    assert!(output.status.success(), "{}", text(&output));
    let theirs = String::from_utf8(output.stdout).unwrap();
    assert!(before.contains("b: one") && before.contains("# inline") && before.contains("# head"), "{before}");
    assert_eq!(theirs, before.replace("b: one", "b: new"), "nothing else differs");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_one_byte_change_of_what_is_authenticated_is_refused() {
    let world = World::new();
    let key = DataKey::random().unwrap();
    let mut map = Map::default();
    map.set(&["a", "text"], Value::text("secret"));
    map.set(&["a", "number"], Value::Int(42));
    map.set(&["a", "list"], Value::List(vec![Value::text("x"), Value::Bool(true)]));
    map.set(&["b"], Value::Float(1.5));
    map.set(&["c", "when"], Value::Time("2020-01-02T00:00:00Z".into()));
    let text = write(&map, &[world.entry(&key).await], &key, Timestamp::now()).unwrap();
    let opens = |bytes: &[u8]| {
        let Ok(text) = std::str::from_utf8(bytes) else { return false };
        Sealed::read(text).and_then(|file| file.open(DataKey::of(key.expose()).unwrap())).is_ok()
    };
    assert!(opens(text.as_bytes()));
    let at = |word: &str| text.find(word).unwrap();
    let line_end = |from: usize| from + text[from..].find('\n').unwrap();
    let values = 0..at("sops:\n");
    let mac = at("    mac: ") + 9..line_end(at("    mac: "));
    let time = at("    lastmodified: ") + 19..line_end(at("    lastmodified: ")) - 1;
    let mut refused = 0;
    for at in values.chain(mac).chain(time) {
        let byte = text.as_bytes()[at];
        // Spaces, line ends and the dash of a list are structure, which no MAC covers; what they do to values is.
        if byte.is_ascii_whitespace() {
            continue;
        }
        for other in [byte ^ 1, byte ^ 2, byte.wrapping_add(7), b'A', b'/'] {
            if other == byte {
                continue;
            }
            let mut changed = text.clone().into_bytes();
            changed[at] = other;
            assert!(
                !opens(&changed),
                "byte {at} of {:?} became {:?}",
                &text[at.saturating_sub(20)..(at + 20).min(text.len())],
                other as char
            );
            refused += 1;
        }
    }
    assert!(refused > 3000, "{refused} changes were tried");
    // The wrapped data key: KMS itself refuses it.
    let sealed = Sealed::read(&text).unwrap();
    let enc = sealed.keys[0].enc.clone();
    for at in 0..enc.trim_end_matches('=').len() {
        let mut bytes = enc.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        let wrong = KmsKey { enc: String::from_utf8(bytes).unwrap(), ..sealed.keys[0].clone() };
        let unwrapped = kms::unwrap(&world.aws, &world.key, &[wrong]).await;
        let opened = unwrapped.is_ok_and(|(_, key)| Sealed::read(&text).unwrap().open(key).is_ok());
        assert!(!opened, "byte {at} of the wrapped key");
    }
    // What the format does not authenticate, as docs/sops-file.md lists it: accepted, here as in sops.
    for (from, to) in [("version: 3.9.4", "version: 3.9.5"), ("aws_profile: \"\"", "aws_profile: \"x\"")] {
        assert!(opens(text.replace(from, to).as_bytes()), "{to}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_python_sops_reads_ours() {
    let Some(python) = peers::python("sops-1.18", &["sops==1.18", "ruamel.yaml<0.17", "setuptools<80"]) else {
        return peers::skip("the_python_sops_reads_ours", "the Python package index cannot be reached");
    };
    let world = World::new();
    for seed in 0..10 {
        let mut random = Random::new(seed);
        let mut map = Map::default();
        // The kinds it knows: it has no times and reads no nulls.
        for n in 0..6 {
            let value = match random.below(4) {
                0 => Value::Int(random.next() as i64 % 1000),
                1 => Value::Bool(random.below(2) == 0),
                2 => Value::Float(random.below(1000) as f64 / 8.0 + 0.125),
                _ => Value::text(format!("é {}\nline", random.word())),
            };
            map.set(&["top", &format!("key{n}")], value);
        }
        let key = DataKey::random().unwrap();
        let ours = write(&map, &[world.entry(&key).await], &key, Timestamp::now()).unwrap();
        let path = world.home.path().join("ours.yaml");
        std::fs::write(&path, &ours).unwrap();
        let output = world
            .run(&python, &["-c", "import sops; sops.main()", "-d", path.to_str().unwrap(), "--output-type", "json"]);
        assert!(output.status.success(), "seed {seed}: {}", text(&output));
        let read: Json =
            serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", text(&output)));
        for (path, value) in map.leaves() {
            let theirs = &read[&path[0]][&path[1]];
            let same = match value {
                Value::Int(number) => theirs.as_i64() == Some(*number),
                Value::Bool(on) => theirs.as_bool() == Some(*on),
                Value::Float(number) => theirs.as_f64() == Some(*number),
                Value::Text(text) => theirs.as_str() == Some(text.as_str()),
                _ => false,
            };
            assert!(same, "seed {seed}: {path:?} is {theirs}");
        }
    }
}

/// The reader on what nobody wrote: no panic, no hang, whatever bytes come.
#[test]
fn the_reader_survives_any_mutation() {
    let key = DataKey::of(&[7; 32]).unwrap();
    let entry = KmsKey {
        arn: "arn:aws:kms:us-east-1:1:key/k".into(),
        created_at: "x".into(),
        enc: "AAAA".into(),
        ..KmsKey::default()
    };
    let mut random = Random::new(1);
    for seed in 0..40 {
        let mut text = write(&tree(&mut Random::new(seed), 3), std::slice::from_ref(&entry), &key, Timestamp::now())
            .unwrap()
            .into_bytes();
        for _ in 0..150 {
            let mut mutated = text.clone();
            for _ in 0..1 + random.below(6) {
                random::mutate(&mut random, &mut mutated);
            }
            if let Ok(text) = std::str::from_utf8(&mutated)
                && let Ok(file) = Sealed::read(text)
            {
                let _ = file.open(DataKey::of(&[7; 32]).unwrap());
            }
        }
        text.truncate(random.below(text.len()));
        if let Ok(text) = std::str::from_utf8(&text) {
            let _ = Sealed::read(text);
        }
    }
}
