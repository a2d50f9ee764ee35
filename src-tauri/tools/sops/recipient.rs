//! Who may unwrap a file's data key, as the file itself says. Nothing of it is authenticated: whoever can write the file
//! can name anybody, so it is for people to read and to compare, never a reason to trust a key.

use super::list;
use super::yaml::{Node, What};
use std::fmt;

/// One entry of the file's `sops` part that holds a wrapped data key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Recipient {
    /// sops's name for the kind: `kms`, `age`, `pgp`, `gcp_kms`, `azure_kv`, `hc_vault`, or what a later sops adds.
    pub kind: String,
    /// The key as its kind names it: an ARN with the role, an age recipient, a fingerprint, an address.
    pub who: String,
}

impl fmt::Display for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.who)
    }
}

/// All recipients, those for KMS keys first, each kind in the file's order; groups of keys are looked into.
pub(super) fn all(meta: &Node) -> Vec<Recipient> {
    let mut found = vec![];
    for pair in meta.map().unwrap_or_default() {
        for item in list(Some(&pair.value)) {
            match pair.key.as_str() {
                "key_groups" => found.extend(all(item)),
                kind => found.push(Recipient { kind: clean(kind), who: who(kind, item) }),
            }
        }
    }
    found.sort_by_key(|recipient| recipient.kind != "kms");
    found
}

fn who(kind: &str, item: &Node) -> String {
    let text = |key: &str| item.find(key).and_then(Node::text).unwrap_or_default();
    if kind == "kms" {
        let role = text("role");
        return clean(&if role.is_empty() { text("arn").to_owned() } else { format!("{} as {role}", text("arn")) });
    }
    let parts: Vec<&str> = match &item.what {
        What::Map(pairs) => pairs
            .iter()
            .filter(|pair| !["enc", "created_at"].contains(&pair.key.as_str()))
            .filter_map(|pair| pair.value.text())
            .collect(),
        What::Scalar { text, .. } => vec![text],
        What::List(_) => vec![],
    };
    clean(&parts.join(" "))
}

/// A text of the file as it may be shown: it was written by anybody, so nothing in it moves a cursor or hides a letter.
pub(super) fn clean(text: &str) -> String {
    let mut shown = String::new();
    for c in text.chars().take(300) {
        match c {
            ' '..='~' => shown.push(c),
            c => shown.extend(c.escape_unicode()),
        }
    }
    shown.trim().to_owned()
}
