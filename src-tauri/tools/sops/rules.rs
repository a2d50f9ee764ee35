//! `.sops.yaml`: which key and role sops encrypts new files with. sops honours a role only behind a plus sign in `kms`;
//! a `role:` line of its own is silently ignored (measured with 3.13.3; trap 24).

use super::recipient;
use super::yaml::{Node, Tree, What};

/// The file Hubwright writes. The role is the one that may encrypt: sops uses it to make new files.
pub fn text(key: &str, role: &str) -> String {
    format!(
        "# Written by Hubwright. sops encrypts new files in this repository with this key, acting as the role behind the plus sign.\ncreation_rules:\n    - path_regex: .*\n      kms: \"{key}+{role}\"\n"
    )
}

/// What is wrong with a file that is there, in one sentence; `None` where sops does with it what it does with ours.
pub fn judge(text: &str, key: &str, role: &str) -> Option<String> {
    let tree = match Tree::read(text) {
        Ok(tree) => tree,
        Err(error) => return Some(format!("it cannot be read: {error}")),
    };
    let rules = match tree.root.find("creation_rules").map(|node| &node.what) {
        Some(What::List(rules)) if !rules.is_empty() => rules,
        _ => return Some("it has no creation rules".into()),
    };
    let of = |rule: &Node, name: &str| rule.find(name).and_then(Node::text).unwrap_or_default().to_owned();
    let rule = &rules[0];
    let kms = of(rule, "kms");
    let wanted = format!("{key}+{role}");
    // A rule may name more than KMS keys (`age`, `pgp`, `key_groups` …) and which values stay in clear: none of that is ours.
    let more = |node: &Node, ours: &[&str]| {
        let pairs = node.map().unwrap_or_default();
        pairs.iter().find(|pair| !ours.contains(&pair.key.as_str())).map(|pair| recipient::clean(&pair.key))
    };
    let more = more(&tree.root, &["creation_rules"]).or_else(|| more(rule, &["path_regex", "kms"]));
    let all_files = ["", ".*"].contains(&of(rule, "path_regex").as_str());
    if kms == wanted && rules.len() == 1 && more.is_none() && all_files {
        return None;
    }
    Some(match () {
        _ if kms.is_empty() && !of(rule, "age").is_empty() => {
            "it encrypts with age only, which the hub's deploy cannot open".into()
        }
        _ if kms == wanted && rules.len() > 1 => format!("it has {} rules where one does", rules.len()),
        _ if kms == key && !of(rule, "role").is_empty() => {
            "its role stands on a line of its own, which sops ignores".into()
        }
        _ if kms == key => "it names no role, so whoever uses it needs rights on the key themselves".into(),
        _ if kms.is_empty() => "its first rule names no KMS key".into(),
        _ if kms == wanted && more.is_some() => {
            format!(
                "besides the key it says `{}`, so sops would do more than encrypt with it",
                more.unwrap_or_default()
            )
        }
        _ if kms == wanted => "its first rule is not for every file".into(),
        _ => "its first rule names another key or role".into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ours_is_right_and_every_other_kind_is_told_apart() {
        assert_eq!(judge(&text("K", "R"), "K", "R"), None);
        let rule = |rest: &str| format!("creation_rules:\n  - path_regex: .*\n{rest}");
        for (file, word) in [
            (rule("    kms: \"K\"\n    role: \"R\"\n"), "sops ignores"),
            (rule("    kms: K\n"), "names no role"),
            (rule("    age: age1x\n"), "age only"),
            (rule("    kms: other\n"), "another key"),
            (format!("{}  - path_regex: x\n    kms: K\n", rule("    kms: \"K+R\"\n")), "2 rules"),
            (rule("    kms: \"K+R\"\n    age: age1x\n"), "besides the key it says `age`"),
            (rule("    kms: \"K+R\"\n    unencrypted_regex: .*\n"), "says `unencrypted_regex`"),
            (format!("{}stores: {{}}\n", text("K", "R")), "says `stores`"),
            (text("K", "R").replace(".*", "x"), "not for every file"),
            ("creation_rules: []\n".into(), "no creation rules"),
            ("a: [".into(), "cannot be read"),
        ] {
            assert!(
                judge(&file, "K", "R").is_some_and(|why| why.contains(word)),
                "{file}: {:?}",
                judge(&file, "K", "R")
            );
        }
    }
}
