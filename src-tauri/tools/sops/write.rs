//! Writes a new encrypted file in sops's own layout: four spaces, every leaf encrypted, `sops` last.

use super::value::{DataKey, Map, Value};
use super::{KmsKey, SopsError, aad, hex_upper, seconds};
use jiff::Timestamp;
use sha2::{Digest, Sha512};

/// The whole text of a new file. `keys` carry the wrapped data key already.
/// The unencrypted suffix is none of the keys': a key that ends in `_unencrypted` would stand in clear, so it is refused.
pub fn write(values: &Map, keys: &[KmsKey], key: &DataKey, now: Timestamp) -> Result<String, SopsError> {
    let mut hash = Sha512::new();
    for (path, leaf) in values.leaves() {
        if path.iter().any(|key| key.ends_with("_unencrypted")) {
            return Err(SopsError::Clear(path.join(".")));
        }
        if let Some((bytes, _)) = leaf.plaintext() {
            hash.update(bytes.as_slice());
        }
    }
    let time = seconds(now);
    let mut emitter = Emitter::new(key);
    emitter.map(values, &[], 0)?;
    let mac = key.seal(hex_upper(&hash.finalize()).as_bytes(), "str", &time)?;
    Ok(emitter.text + &metadata(keys, &time, &mac))
}

/// The `sops` part as Hubwright writes it, the only one under which it encrypts all values anew.
pub(super) fn metadata(keys: &[KmsKey], time: &str, mac: &str) -> String {
    let mut text = "sops:\n    kms:\n".to_owned();
    for kms in keys {
        text += &format!("        - arn: {}\n          aws_profile: \"\"\n", arn_text(&kms.arn));
        if !kms.context.is_empty() {
            text += "          context:\n";
            for (name, value) in &kms.context {
                text += &format!("            {}: {}\n", name_text(name), quoted(value));
            }
        }
        text += &format!("          created_at: \"{}\"\n          enc: {}\n", kms.created_at, kms.enc);
        if let Some(role) = &kms.role {
            text += &format!("          role: {}\n", arn_text(role));
        }
    }
    // The oldest line of releases this file is for; sops only uses it to work around a bug before 3.3.0.
    text += &format!(
        "    lastmodified: \"{time}\"\n    mac: {mac}\n    unencrypted_suffix: _unencrypted\n    version: 3.9.4\n"
    );
    text
}

/// Text being written, with the key its leaves are sealed with.
pub(super) struct Emitter<'a> {
    key: &'a DataKey,
    pub text: String,
}

impl<'a> Emitter<'a> {
    pub fn new(key: &'a DataKey) -> Self {
        Emitter { key, text: String::new() }
    }

    /// The entries of a mapping, each on lines of its own.
    pub fn map(&mut self, map: &Map, path: &[String], indent: usize) -> Result<(), SopsError> {
        let margin = " ".repeat(indent);
        for entry in &map.0 {
            for comment in &entry.comments {
                let sealed = match comment.is_empty() {
                    true => String::new(),
                    false => self.key.seal(comment.as_bytes(), "comment", &aad(path))?,
                };
                self.text += &format!("{margin}#{sealed}\n");
            }
            self.text += &format!("{margin}{}:", name_text(&entry.key));
            let path = [path, std::slice::from_ref(&entry.key)].concat();
            self.value(&entry.value, &path, indent)?;
        }
        Ok(())
    }

    fn value(&mut self, value: &Value, path: &[String], indent: usize) -> Result<(), SopsError> {
        match value {
            Value::Map(map) if map.0.is_empty() => self.text += " {}\n",
            Value::Map(map) => {
                self.text += "\n";
                self.map(map, path, indent + 4)?;
            }
            Value::List(items) if items.is_empty() => self.text += " []\n",
            Value::List(items) => {
                self.text += "\n";
                self.list(items, path, indent + 4)?;
            }
            leaf => {
                let leaf = self.leaf(leaf, path)?;
                self.text += &format!(" {leaf}\n");
            }
        }
        Ok(())
    }

    /// List items share their list's path. A mapping or list in a list starts on the line after the dash.
    fn list(&mut self, items: &[Value], path: &[String], indent: usize) -> Result<(), SopsError> {
        for item in items {
            self.text += &format!("{}-", " ".repeat(indent));
            self.value(item, path, indent)?;
        }
        Ok(())
    }

    /// A leaf as it stands in the file. Nulls and empty texts cannot be encrypted (sops writes them so too).
    pub fn leaf(&self, value: &Value, path: &[String]) -> Result<String, SopsError> {
        match value {
            Value::Text(text) if text.is_empty() => Ok("\"\"".into()),
            leaf => match leaf.plaintext() {
                Some((bytes, _)) if bytes.is_empty() => Ok("\"\"".into()),
                Some((bytes, kind)) => self.key.seal(&bytes, kind, &aad(path)),
                None => Ok("null".into()),
            },
        }
    }
}

/// An ARN, quoted where it holds more than ARNs do.
pub(super) fn arn_text(arn: &str) -> String {
    let plain = arn.starts_with("arn:") && arn.bytes().all(|b| b.is_ascii_alphanumeric() || b":/_+=,.@-".contains(&b));
    if plain && !arn.ends_with(':') { arn.to_owned() } else { quoted(arn) }
}

/// A key, quoted where any YAML reader could take it for something else.
fn name_text(name: &str) -> String {
    let plain = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-./".contains(&b))
        && !["y", "n", "yes", "no", "on", "off", "true", "false", "null"].contains(&name.to_lowercase().as_str());
    if plain { name.to_owned() } else { quoted(name) }
}

/// A text in double quotes, everything that is not plain ASCII or a letter escaped.
fn quoted(text: &str) -> String {
    let mut all = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => all += "\\\"",
            '\\' => all += "\\\\",
            ' '..='~' => all.push(c),
            c if c.is_alphabetic() && (c as u32) < 0x1_0000 => all.push(c),
            c => all += &format!("\\U{:08X}", c as u32),
        }
    }
    all.push('"');
    all
}
