//! What a file's MAC does not cover, as data that can be kept and compared: settings, our own entry, comments, nulls and
//! empty things, the place and the type word of each sealed value. It holds hashes of what is sealed, never a value.
//! Whoever can write the file can change all of this without its key (`docs/sops-file.md`).

use super::plain::{Plain, resolve};
use super::recipient::clean;
use super::yaml::{Comment, Node, What};
use super::{Sealed, list, seconds, value};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Frame {
    /// RFC 3339. Authenticated together with the MAC, so it tells an old file from a new one.
    pub last_modified: String,
    /// Settings of the `sops` part by name, and those of our own entry as `kms.NAME`.
    pub settings: BTreeMap<String, String>,
    /// Hashes of comments as they stand, by where: the keys above and before.
    pub comments: BTreeMap<String, String>,
    /// Nulls, empty texts, mappings and lists, and clear values, by path.
    pub bare: BTreeMap<String, String>,
    /// Where each sealed value stands, list positions included, and its type word; by the hash of its sealed bytes.
    pub sealed: BTreeMap<String, (String, String)>,
}

/// One thing that is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    pub what: String,
    /// Empty where it was not there.
    pub before: String,
    /// Empty where it is gone.
    pub now: String,
}

impl Frame {
    /// The frame of a file of which KMS entry number `own` is ours.
    pub fn of(file: &Sealed, own: usize) -> Frame {
        let mut frame = Frame { last_modified: seconds(file.last_modified), ..Frame::default() };
        let meta = file.tree.root.find("sops").and_then(Node::map).unwrap_or_default();
        // Lists of the `sops` part are recipients, which have a comparison of their own.
        for pair in meta.iter().filter(|pair| !["mac", "lastmodified"].contains(&pair.key.as_str())) {
            match &pair.value.what {
                What::Scalar { text, .. } => drop(frame.settings.insert(clean(&pair.key), clean(text))),
                What::Map(_) => drop(frame.settings.insert(clean(&pair.key), "a mapping".into())),
                What::List(_) => {}
            }
        }
        if let Some(entry) = list(file.tree.root.at(&["sops", "kms"])).get(own) {
            own_entry(entry, "kms", &mut frame.settings);
        }
        let mut counted: BTreeMap<String, usize> = BTreeMap::new();
        for comment in &file.tree.comments {
            let place = place(comment);
            let nth = counted.entry(place.clone()).and_modify(|n| *n += 1).or_insert(1);
            frame.comments.insert(format!("{place}, number {nth}"), hash(&comment.text));
        }
        for pair in file.tree.root.map().unwrap_or_default().iter().filter(|pair| pair.key != "sops") {
            frame.walk(&pair.value, name(&pair.key), file.mac_only_encrypted);
        }
        frame
    }

    /// As if Hubwright had written the file: what a first meeting with a file is compared with.
    fn expected(&self, role: &str) -> Frame {
        let copied = |name: &str| Some((name.to_owned(), self.settings.get(name)?.clone()));
        let mut settings: BTreeMap<String, String> =
            ["kms.arn", "kms.created_at", "kms.enc", "version"].into_iter().filter_map(copied).collect();
        settings.insert("unencrypted_suffix".into(), "_unencrypted".into());
        settings.insert("kms.aws_profile".into(), String::new());
        settings.insert("kms.role".into(), role.to_owned());
        let plain = |(place, _): &(String, String)| (unlisted(place), "str".to_owned());
        let sealed = self.sealed.iter().map(|(hash, at)| (hash.clone(), plain(at))).collect();
        Frame { last_modified: self.last_modified.clone(), settings, sealed, ..Frame::default() }
    }

    /// What differs from `before`, or, where nothing is known of the file, from what Hubwright writes for `role`.
    pub fn differences(&self, before: Option<&Frame>, role: &str) -> Vec<Difference> {
        let expected = self.expected(role);
        let before = before.unwrap_or(&expected);
        let mut all = vec![];
        let mut add = |what: String, before: &str, now: &str| {
            all.push(Difference { what, before: before.to_owned(), now: now.to_owned() });
        };
        if self.last_modified < before.last_modified {
            add("an older file than the one written last".into(), &before.last_modified, &self.last_modified);
        }
        for (name, was, now) in both(&before.settings, &self.settings) {
            // Every sops writes its own version; only one before 3.3.0 reads the file in another way.
            let current = |text: &str| numbers(text) >= vec![3, 3, 0];
            if name == "version" && current(was) && current(now) {
                continue;
            }
            add(format!("setting `{name}`"), was, now);
        }
        for (place, was, now) in both(&before.comments, &self.comments) {
            let word = |hash: &str| if hash.is_empty() { String::new() } else { format!("comment {}", &hash[..8]) };
            add(format!("comment {place}"), &word(was), &word(now));
        }
        for (place, was, now) in both(&before.bare, &self.bare) {
            add(format!("`{place}`"), was, now);
        }
        for (hash, (place, kind)) in &self.sealed {
            if let Some((was_place, was_kind)) = before.sealed.get(hash)
                && (was_place, was_kind) != (place, kind)
            {
                add(format!("`{place}`"), &format!("{was_kind} at {was_place}"), &format!("{kind} at {place}"));
            }
        }
        all
    }

    fn walk(&mut self, node: &Node, place: String, mac_only_encrypted: bool) {
        let bare = match &node.what {
            What::Map(pairs) if pairs.is_empty() => "an empty mapping".into(),
            What::List(items) if items.is_empty() => "an empty list".into(),
            What::Map(pairs) => {
                let inner = |key: &str| format!("{place}.{}", name(key));
                return pairs.iter().for_each(|pair| self.walk(&pair.value, inner(&pair.key), mac_only_encrypted));
            }
            What::List(items) => {
                let inner = |n: usize| format!("{place}[{n}]");
                return items.iter().enumerate().for_each(|(n, item)| self.walk(item, inner(n), mac_only_encrypted));
            }
            What::Scalar { text, plain } => match value::parts(text) {
                Some((data, iv, tag, kind)) => {
                    self.sealed.insert(hash(&format!("{data},{iv},{tag}")), (place, clean(kind)));
                    return;
                }
                None if resolve(text, *plain) == Plain::Null => "nothing".into(),
                None if text.is_empty() => "an empty text".into(),
                // The MAC covers what it says, if not that it may stand in clear.
                None if !mac_only_encrypted => "in clear".into(),
                None => format!("in clear, {}", &hash(text)[..8]),
            },
        };
        self.bare.insert(place, bare);
    }
}

/// The settings of our entry. What is wrapped is told by its hash: it is long.
fn own_entry(node: &Node, above: &str, settings: &mut BTreeMap<String, String>) {
    for pair in node.map().unwrap_or_default() {
        let name = format!("{above}.{}", clean(&pair.key));
        match pair.value.text() {
            Some(text) if pair.key == "enc" => drop(settings.insert(name, format!("wrapped key {}", &hash(text)[..8]))),
            Some(text) => drop(settings.insert(name, clean(text))),
            None => own_entry(&pair.value, &name, settings),
        }
    }
}

/// Every name of either, with both values, where they differ.
fn both<'a>(
    before: &'a BTreeMap<String, String>,
    now: &'a BTreeMap<String, String>,
) -> Vec<(&'a str, &'a str, &'a str)> {
    let mut names: Vec<&String> = before.keys().chain(now.keys()).collect();
    names.sort();
    names.dedup();
    let of = |map: &'a BTreeMap<String, String>, name: &str| map.get(name).map_or("", String::as_str);
    let pairs = names.into_iter().map(|name| (name.as_str(), of(before, name), of(now, name)));
    // Something that appears empty is no less a difference than something that appears with a value.
    pairs.filter(|(name, was, is)| was != is || before.contains_key(*name) != now.contains_key(*name)).collect()
}

/// Where a comment stands: the mapping it is in and the value before it.
fn place(comment: &Comment) -> String {
    let path = |keys: &[String]| keys.iter().map(|key| name(key)).collect::<Vec<_>>().join(".");
    // `near` is the path the reader is at, then what is above it, then the path of the value before, in the same way.
    let above = comment.near.first().map_or(&[][..], Vec::as_slice);
    let before = comment.near.get(above.len() + 1).map_or(&[][..], Vec::as_slice);
    match (above.is_empty(), before.is_empty()) {
        (true, true) => "at the top".into(),
        (_, true) => format!("in `{}`", path(above)),
        _ => format!("after `{}`", path(before)),
    }
}

/// A key in a path; in quotes where a letter of it could be taken for the path's own.
fn name(key: &str) -> String {
    let plain = key.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-/".contains(&b)) && !key.is_empty();
    if plain { key.to_owned() } else { format!("\"{}\"", clean(key)) }
}

/// A place without its list positions.
fn unlisted(place: &str) -> String {
    let mut shown = String::new();
    let mut quoted = false;
    let mut listed = false;
    for c in place.chars() {
        quoted ^= c == '"';
        listed = (listed || c == '[') && !quoted;
        if !listed {
            shown.push(c);
        } else if c == ']' {
            listed = false;
        }
    }
    shown
}

fn numbers(version: &str) -> Vec<u64> {
    version.split('.').map(|part| part.parse().unwrap_or_default()).collect()
}

fn hash(text: &str) -> String {
    hex::encode(&Sha256::digest(text.as_bytes())[..16])
}
