//! Changes of a file: a few values under the same data key, or everything under a new one. Both read back what they wrote
//! and compare it before anybody may use it.

use super::value::{self, DataKey, Map, Value};
use super::yaml::{Node, Tree, What};
use super::{KmsKey, Opened, Opening, Sealed, SopsError, aad, hex_upper, list, seconds, write};
use jiff::Timestamp;
use sha2::{Digest, Sha512};
use std::ops::Range;

/// A path, and the value it gets; `None`: it is taken out.
pub type Change<'a> = (&'a [&'a str], Option<Value>);

impl Opened {
    /// The file with these values in place (`None`: taken out), under the same data key. What is not named keeps its
    /// bytes; where nothing differs the text comes back as it is. `role` is the entry (its place among the KMS keys)
    /// that gets a role, and that role.
    pub fn with(
        &self,
        changes: &[Change<'_>],
        role: Option<(usize, &str)>,
        now: Timestamp,
    ) -> Result<String, SopsError> {
        let mut wanted = self.values.clone();
        let mut text = self.sealed.tree.text.clone();
        let mut mac_changes = false;
        for (path, value) in changes {
            if self.values.get(path) == value.as_ref() {
                continue;
            }
            mac_changes = true;
            let tree = Tree::read(&text)?;
            let (range, new) = match value {
                Some(value) => {
                    wanted.set(path, value.clone());
                    self.placed(&tree, path, value)?
                }
                None => {
                    wanted.take(path);
                    taken_out(&tree, path)
                }
            };
            text.replace_range(range, &new);
        }
        if let Some((entry, role)) = role {
            text = with_role(&text, entry, role)?;
        }
        if !mac_changes {
            return Ok(text);
        }
        let before = Sealed::read(&text)?;
        let (_, mac) = before.values(&self.key, false)?;
        let at = |key: &str| before.tree.root.at(&["sops", key]).map(|node| node.at.clone());
        let (Some(mac_at), Some(time_at)) = (at("mac"), at("lastmodified")) else { return Err(SopsError::Mac) };
        let time = seconds(now);
        let mut edits = [(mac_at, self.key.seal(mac.as_bytes(), "str", &time)?), (time_at, format!("\"{time}\""))];
        edits.sort_by_key(|(range, _)| std::cmp::Reverse(range.start));
        for (range, new) in edits {
            text.replace_range(range, &new);
        }
        // The guard: what was written says exactly what was wanted, and no comment was lost.
        let again = Sealed::read(&text)?.open(DataKey::of(self.key.expose())?)?;
        let lost = self.sealed.tree.comments.len() > again.sealed.tree.comments.len()
            && changes.iter().all(|(_, value)| value.is_some());
        if again.values.leaves() != wanted.leaves() || lost {
            return Err(SopsError::Change(
                changes.iter().map(|(path, _)| path.join(".")).collect::<Vec<_>>().join(", "),
            ));
        }
        Ok(text)
    }

    /// The file with these values in place, everything sealed anew with `key`, which `entries` wrap. Layout, nulls and
    /// comments stay; the `sops` part is written as for a new file, so no other recipient, rule or setting is left in it.
    pub fn rekeyed(
        &self,
        changes: &[Change<'_>],
        entries: &[KmsKey],
        key: &DataKey,
        now: Timestamp,
    ) -> Result<String, SopsError> {
        let changed = self.with(changes, None, now)?;
        let from = Sealed::read(&changed)?.open(DataKey::of(self.key.expose())?)?;
        let tree = &from.sealed.tree;
        let mut resealing = Resealing { from: &from, key, hash: Sha512::new(), path: vec![], edits: vec![] };
        resealing.node(&tree.root)?;
        let mac = hex_upper(&std::mem::take(&mut resealing.hash).finalize());
        let mut edits = resealing.edits;
        let unfit = || SopsError::Change("sops".into());
        let part = tree.root.find("sops").ok_or_else(unfit)?;
        let at = line_start_of(tree, "sops").ok_or_else(unfit)?..end_of_value(tree, part);
        // What stands inside the `sops` part goes with it.
        let kept = || tree.comments.iter().filter(|comment| !at.contains(&comment.at.start));
        for comment in kept().filter(|comment| value::parts(&comment.text).is_some()) {
            let opened =
                comment.near.iter().find_map(|path| Some((path, from.key.open(&comment.text, &aad(path)).ok()?)));
            // One that does not open is nobody's word any more; sops keeps it as it stands, and so does this.
            if let Some((path, (plain, _))) = opened {
                edits.push((comment.at.clone(), format!("#{}", key.seal(&plain, "comment", &aad(path))?)));
            }
        }
        let time = seconds(now);
        edits.push((at.clone(), write::metadata(entries, &time, &key.seal(mac.as_bytes(), "str", &time)?)));
        edits.sort_by_key(|(range, _)| std::cmp::Reverse(range.start));
        let mut text = changed.clone();
        for (range, new) in edits {
            text.replace_range(range, &new);
        }
        // The guard: the new file says exactly what the old one said, and nothing of it opens with the old key.
        let again = Sealed::read(&text)?.open(DataKey::of(key.expose())?)?;
        let same = again.values.leaves() == from.values.leaves() && again.sealed.tree.comments.len() == kept().count();
        if !same || again.sealed.recipients.len() != entries.len() {
            return Err(unfit());
        }
        Ok(text)
    }

    /// Where the value goes, and its text.
    fn placed(&self, tree: &Tree, path: &[&str], value: &Value) -> Result<(Range<usize>, String), SopsError> {
        let owned: Vec<String> = path.iter().map(|key| (*key).to_owned()).collect();
        let change = || SopsError::Change(path.join("."));
        if let Some(node) = tree.root.at(path) {
            if !matches!(node.what, What::Scalar { .. }) || matches!(value, Value::Map(_) | Value::List(_)) {
                return Err(change());
            }
            let emitter = write::Emitter::new(&self.key);
            return Ok((node.at.clone(), emitter.leaf(value, &owned)?));
        }
        // The deepest mapping that is there, in block style, gets the rest at its end.
        let depth = (0..path.len()).rev().find(|n| tree.root.at(&path[..*n]).is_some()).unwrap_or(0);
        let parent = tree.root.at(&path[..depth]).ok_or_else(change)?;
        let last = parent.map().and_then(<[_]>::last).ok_or_else(change)?;
        let line_start = tree.text[..last.key_at.start].rfind('\n').map_or(0, |at| at + 1);
        let indent = last.key_at.start - line_start;
        if !tree.text[line_start..last.key_at.start].bytes().all(|b| b == b' ') {
            return Err(change());
        }
        // At the top the `sops` part stays last.
        let at = match depth {
            0 => line_start_of(tree, "sops").ok_or_else(change)?,
            _ => end_of_value(tree, &last.value),
        };
        let mut rest = Map::default();
        rest.set(&path[depth..], value.clone());
        let mut emitter = write::Emitter::new(&self.key);
        emitter.map(&rest, &owned[..depth], indent)?;
        let missing_break = at > 0 && !tree.text[..at].ends_with('\n');
        Ok((at..at, format!("{}{}", if missing_break { "\n" } else { "" }, emitter.text)))
    }
}

/// The line on which a top-level key stands, with the comments above it left where they are.
fn line_start_of(tree: &Tree, key: &str) -> Option<usize> {
    let pair = tree.root.map()?.iter().find(|pair| pair.key == key)?;
    Some(tree.text[..pair.key_at.start].rfind('\n').map_or(0, |at| at + 1))
}

/// After the line break that ends a value, inline comment included.
fn end_of_value(tree: &Tree, value: &Node) -> usize {
    let end = match &value.what {
        What::Map(pairs) if !pairs.is_empty() => return end_of_value(tree, &pairs[pairs.len() - 1].value),
        What::List(items) if !items.is_empty() => return end_of_value(tree, &items[items.len() - 1]),
        _ => value.at.end,
    };
    if tree.text[..end].ends_with('\n') {
        return end;
    }
    tree.text[end..].find('\n').map_or(tree.text.len(), |at| end + at + 1)
}

/// The lines of an entry, and of mappings that would be empty without it.
fn taken_out(tree: &Tree, path: &[&str]) -> (Range<usize>, String) {
    let mut depth = path.len();
    while depth > 1 && tree.root.at(&path[..depth - 1]).and_then(Node::map).is_some_and(|pairs| pairs.len() == 1) {
        depth -= 1;
    }
    let parent = tree.root.at(&path[..depth - 1]).and_then(Node::map).unwrap_or_default();
    let Some(pair) = parent.iter().find(|pair| pair.key == path[depth - 1]) else { return (0..0, String::new()) };
    let start = tree.text[..pair.key_at.start].rfind('\n').map_or(0, |at| at + 1);
    (start..end_of_value(tree, &pair.value), String::new())
}

/// Puts `role` into one KMS entry and touches no other. The role is not authenticated: this needs no key.
fn with_role(text: &str, entry: usize, role: &str) -> Result<String, SopsError> {
    let mut text = text.to_owned();
    let tree = Tree::read(&text)?;
    let entry = *list(tree.root.at(&["sops", "kms"])).get(entry).ok_or(SopsError::Plain)?;
    match entry.find("role") {
        Some(node) if node.text() == Some(role) => {}
        Some(node) => text.replace_range(node.at.clone(), &write::arn_text(role)),
        None => {
            let last = entry.map().and_then(<[_]>::last).ok_or(SopsError::Plain)?;
            let line = tree.text[..last.key_at.start].rfind('\n').map_or(0, |at| at + 1);
            let indent = " ".repeat(last.key_at.start - line);
            let at = end_of_value(&tree, &last.value);
            text.insert_str(at, &format!("{indent}role: {}\n", write::arn_text(role)));
        }
    }
    Ok(text)
}

/// Seals every value and comment of a file again, collecting what replaces which bytes.
struct Resealing<'a> {
    from: &'a Opened,
    key: &'a DataKey,
    hash: Sha512,
    path: Vec<String>,
    edits: Vec<(Range<usize>, String)>,
}

impl Resealing<'_> {
    fn node(&mut self, node: &Node) -> Result<(), SopsError> {
        match &node.what {
            What::Map(pairs) => {
                let top = self.path.is_empty();
                for pair in pairs.iter().filter(|pair| !top || pair.key != "sops") {
                    self.path.push(pair.key.clone());
                    self.node(&pair.value)?;
                    self.path.pop();
                }
                Ok(())
            }
            What::List(items) => items.iter().try_for_each(|item| self.node(item)),
            What::Scalar { text, plain } => self.leaf(node, text, *plain),
        }
    }

    fn leaf(&mut self, node: &Node, text: &str, plain: bool) -> Result<(), SopsError> {
        let aad = aad(&self.path);
        // A comment in a list is an item of its own, which no MAC counts.
        if value::parts(text).is_some_and(|(.., kind)| kind == "comment") {
            let (plain, _) = self.from.key.open(text, &aad)?;
            return self.put(node, self.key.seal(&plain, "comment", &aad)?);
        }
        // Read as the file's own rule says; its values were all checked when it was opened.
        let mut opening = Opening {
            file: &self.from.sealed,
            key: &self.from.key,
            hash: Sha512::new(),
            list_comments: false,
            path: self.path.clone(),
        };
        let value = opening.leaf(text, plain)?;
        if let Some((bytes, _)) = value.plaintext() {
            self.hash.update(bytes.as_slice());
        }
        let was = self.from.sealed.is_encrypted(&self.path);
        // Under the rule that is written, `_unencrypted` stays in clear; what was sealed is never put there.
        if self.path.iter().any(|key| key.ends_with("_unencrypted")) {
            return if was { Err(SopsError::Clear(self.path.join("."))) } else { Ok(()) };
        }
        if was && value::parts(text).is_none() {
            return Ok(());
        }
        let leaf = write::Emitter::new(self.key).leaf(&value, &self.path)?;
        self.put(node, leaf)
    }

    /// Quotes stay where there were some: in a list on one line a bare value would read as several.
    fn put(&mut self, node: &Node, text: String) -> Result<(), SopsError> {
        let quote = self.from.sealed.tree.text[node.at.clone()].chars().next().filter(|c| ['"', '\''].contains(c));
        let bare = text.trim_matches('"');
        self.edits.push((node.at.clone(), quote.map_or_else(|| text.clone(), |quote| format!("{quote}{bare}{quote}"))));
        Ok(())
    }
}
