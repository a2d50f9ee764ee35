//! Files encrypted as sops encrypts them, written and read in memory, without sops and without plaintext on disk.
//! A change touches the bytes of the changed values, `mac` and `lastmodified`, and nothing else.
//! Getting the data key from KMS is `super::aws::kms`'s; the format is of sops 3.13 (`docs/sops-file.md`).

mod edit;
pub mod frame;
pub mod plain;
pub mod real;
mod recipient;
pub mod rules;
mod value;
mod write;
pub mod yaml;

pub use edit::Change;
pub use recipient::Recipient;
pub use value::{DataKey, Entry, Map, Value};
pub use write::write;

use jiff::Timestamp;
use plain::{Plain, resolve};
use sha2::{Digest, Sha512};
use std::collections::BTreeMap;
use subtle::ConstantTimeEq;
use yaml::{Node, Tree, What};
use zeroize::Zeroizing;

/// Why a file cannot be read, trusted or changed.
#[derive(Debug, thiserror::Error)]
pub enum SopsError {
    #[error("line {0} is not as sops writes it: {1}")]
    Yaml(usize, String),
    #[error("the file has {0} bytes, far more than a file of secrets has")]
    TooLarge(usize),
    #[error("the file is not encrypted: it has no `sops` part")]
    Plain,
    #[error("the `sops` part of the file is not as sops writes it: {0}")]
    Metadata(String),
    #[error("the file is encrypted for {0} and for no key of AWS KMS")]
    OtherKeys(String),
    #[error("the file needs several groups of keys (`key_groups`), which Hubwright does not open: {0}")]
    Groups(String),
    #[error("the value `{0}` was changed after it was encrypted, or moved from another place")]
    Value(String),
    #[error("the value `{0}` stands in clear where it should be encrypted")]
    Clear(String),
    #[error("values were added, removed, reordered or changed after the file was encrypted")]
    Mac,
    #[error("the data key has {0} bytes instead of 32")]
    KeyLength(usize),
    #[error("this computer gives no random numbers")]
    Random,
    #[error("`{0}` cannot be put into the file without changing something else in it")]
    Change(String),
}

/// A KMS key that the file's data key is wrapped with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KmsKey {
    pub arn: String,
    /// The role that KMS is asked as. Not authenticated by the file.
    pub role: Option<String>,
    pub context: BTreeMap<String, String>,
    /// RFC 3339.
    pub created_at: String,
    /// The wrapped data key, base64.
    pub enc: String,
}

/// A file as it stands on disk: nothing is known of its values yet.
pub struct Sealed {
    tree: Tree,
    /// The entries for KMS keys, in the file's order.
    pub keys: Vec<KmsKey>,
    /// Everybody the file names as able to unwrap its data key, `keys` among them and first.
    pub recipients: Vec<Recipient>,
    last_modified: Timestamp,
    mac: String,
    mac_only_encrypted: bool,
    /// `None`: every leaf is encrypted.
    suffix: Suffix,
}

/// Which leaves are encrypted.
enum Suffix {
    Unencrypted(String),
    Encrypted(String),
}

/// A file whose every value was decrypted and whose MAC holds.
pub struct Opened {
    sealed: Sealed,
    key: DataKey,
    pub values: Map,
}

impl Sealed {
    /// Reads a file without its key.
    pub fn read(text: &str) -> Result<Sealed, SopsError> {
        let tree = Tree::read(text)?;
        let meta = tree.root.find("sops").ok_or(SopsError::Plain)?;
        let text_of = |node: &Node, key: &str| node.find(key).and_then(Node::text).map(str::to_owned);
        let must = |node: &Node, key: &str| {
            text_of(node, key)
                .filter(|text| !text.is_empty())
                .ok_or_else(|| SopsError::Metadata(format!("`{key}` is missing")))
        };
        if meta.map().is_none() {
            return Err(SopsError::Metadata("it is not a mapping".into()));
        }
        let recipients = recipient::all(meta);
        let named = || recipients.iter().map(Recipient::to_string).collect::<Vec<_>>().join(", ");
        if meta.find("key_groups").is_some() || meta.find("shamir_threshold").is_some() {
            return Err(SopsError::Groups(named()));
        }
        let mut keys = vec![];
        for key in list(meta.find("kms")) {
            let context = key.find("context").and_then(Node::map).unwrap_or_default();
            keys.push(KmsKey {
                arn: must(key, "arn")?,
                role: text_of(key, "role").filter(|role| !role.is_empty()),
                context: context
                    .iter()
                    .filter_map(|pair| Some((pair.key.clone(), pair.value.text()?.to_owned())))
                    .collect(),
                created_at: must(key, "created_at")?,
                enc: must(key, "enc")?,
            });
        }
        if keys.is_empty() {
            return Err(match recipients.is_empty() {
                true => SopsError::Metadata("it names no key".into()),
                false => SopsError::OtherKeys(named()),
            });
        }
        must(meta, "version")?;
        // sops refuses an unquoted date here; so does this, or a file we accept would not open there.
        if let Some(What::Scalar { text, plain: true }) = meta.find("lastmodified").map(|node| &node.what)
            && resolve(text, true) != Plain::Text
        {
            return Err(SopsError::Metadata("`lastmodified` stands without quotes".into()));
        }
        let last_modified = must(meta, "lastmodified")?
            .parse()
            .map_err(|_| SopsError::Metadata("`lastmodified` is not a time".into()))?;
        let suffix = match (text_of(meta, "unencrypted_suffix"), text_of(meta, "encrypted_suffix")) {
            (_, Some(suffix)) if !suffix.is_empty() => Suffix::Encrypted(suffix),
            (Some(suffix), _) if !suffix.is_empty() => Suffix::Unencrypted(suffix),
            _ => Suffix::Unencrypted("_unencrypted".into()),
        };
        for rule in ["unencrypted_regex", "encrypted_regex", "unencrypted_comment_regex", "encrypted_comment_regex"] {
            if text_of(meta, rule).is_some_and(|rule| !rule.is_empty()) {
                return Err(SopsError::Metadata(format!("it picks values by `{rule}`, which Hubwright does not read")));
            }
        }
        let mac_only_encrypted = text_of(meta, "mac_only_encrypted").is_some_and(|text| text == "true");
        Ok(Sealed { keys, recipients, last_modified, mac: must(meta, "mac")?, mac_only_encrypted, suffix, tree })
    }

    /// Decrypts every value and compares the MAC in constant time. There is no way to the values around that.
    pub fn open(self, key: DataKey) -> Result<Opened, SopsError> {
        // sops 3.13.2 put comments that stand in lists into the MAC; releases before and after it do not (getsops/sops#2245).
        let (values, mac) = self.values(&key, false)?;
        let Ok(Value::Text(claimed)) = key.value(&self.mac, &self.mac_path()) else { return Err(SopsError::Mac) };
        if !bool::from(claimed.as_bytes().ct_eq(mac.as_bytes())) {
            let (_, with_comments) = self.values(&key, true)?;
            if !bool::from(claimed.as_bytes().ct_eq(with_comments.as_bytes())) {
                return Err(SopsError::Mac);
            }
        }
        Ok(Opened { sealed: self, key, values })
    }

    fn mac_path(&self) -> String {
        seconds(self.last_modified)
    }

    /// The values, and the MAC over them in document order.
    fn values(&self, key: &DataKey, list_comments: bool) -> Result<(Map, Zeroizing<String>), SopsError> {
        let mut hash = Sha512::new();
        if self.mac_only_encrypted {
            hash.update(MAC_ONLY_ENCRYPTED);
        }
        let mut opening = Opening { file: self, key, hash, list_comments, path: vec![] };
        let pairs: Vec<_> = self.tree.root.map().unwrap_or_default().iter().filter(|pair| pair.key != "sops").collect();
        let mut values = Map::default();
        for pair in pairs {
            opening.path.push(pair.key.clone());
            let value = opening.value(&pair.value)?;
            opening.path.pop();
            values.0.push(Entry { comments: vec![], key: pair.key.clone(), value });
        }
        let mac = hex_upper(&opening.hash.finalize());
        Ok((values, mac))
    }

    fn is_encrypted(&self, path: &[String]) -> bool {
        match &self.suffix {
            Suffix::Unencrypted(suffix) => !path.iter().any(|key| key.ends_with(suffix)),
            Suffix::Encrypted(suffix) => path.iter().any(|key| key.ends_with(suffix)),
        }
    }

    /// The file's own rule, where it would leave the value at `path` in clear: sops follows it at the next edit.
    pub fn rule_against(&self, path: &[String]) -> Option<String> {
        (!self.is_encrypted(path)).then(|| match &self.suffix {
            Suffix::Unencrypted(suffix) => format!("unencrypted_suffix: {}", recipient::clean(suffix)),
            Suffix::Encrypted(suffix) => format!("encrypted_suffix: {}", recipient::clean(suffix)),
        })
    }
}

struct Opening<'a> {
    file: &'a Sealed,
    key: &'a DataKey,
    hash: Sha512,
    list_comments: bool,
    path: Vec<String>,
}

impl Opening<'_> {
    fn value(&mut self, node: &Node) -> Result<Value, SopsError> {
        match &node.what {
            What::Map(pairs) => {
                let mut map = Map::default();
                for pair in pairs {
                    self.path.push(pair.key.clone());
                    let value = self.value(&pair.value)?;
                    self.path.pop();
                    map.0.push(Entry { comments: vec![], key: pair.key.clone(), value });
                }
                Ok(Value::Map(map))
            }
            What::List(items) => {
                let mut all = vec![];
                for item in items {
                    let comment = item.text().and_then(value::parts).is_some_and(|(_, _, _, kind)| kind == "comment");
                    if !comment {
                        all.push(self.value(item)?);
                    } else if self.list_comments {
                        let (plain, _) = self.key.open(item.text().unwrap_or_default(), &aad(&self.path))?;
                        self.hash.update(plain.as_slice());
                    }
                }
                Ok(Value::List(all))
            }
            What::Scalar { text, plain } => self.leaf(text, *plain),
        }
    }

    fn leaf(&mut self, text: &str, plain: bool) -> Result<Value, SopsError> {
        let encrypted = self.file.is_encrypted(&self.path);
        let value = match resolve(text, plain) {
            Plain::Null => Value::Null,
            Plain::Text if encrypted && text.is_empty() => Value::text(""),
            Plain::Text if encrypted => {
                if value::parts(text).is_none() {
                    return Err(SopsError::Clear(self.path.join(".")));
                }
                self.key.value(text, &aad(&self.path))?
            }
            _ if encrypted => return Err(SopsError::Clear(self.path.join("."))),
            Plain::Text => Value::text(text),
            Plain::Bool(on) => Value::Bool(on),
            Plain::Int(number) => Value::Int(number),
            Plain::Float(number) => Value::Float(number),
            Plain::Time(time) => Value::Time(time),
        };
        if (encrypted || !self.file.mac_only_encrypted)
            && let Some((bytes, _)) = value.plaintext()
        {
            self.hash.update(bytes.as_slice());
        }
        Ok(value)
    }
}

impl Opened {
    /// The comments that can be read, decrypted where they are encrypted. They are not authenticated.
    pub fn comments(&self) -> Vec<String> {
        let read = |comment: &yaml::Comment| {
            if value::parts(&comment.text).is_none() {
                return Some(comment.text.clone());
            }
            let opened = comment.near.iter().find_map(|path| self.key.open(&comment.text, &aad(path)).ok());
            opened.map(|(plain, _)| String::from_utf8_lossy(&plain).into_owned())
        };
        self.sealed.tree.comments.iter().filter_map(read).collect()
    }

    /// The file as it stands, with what its MAC does not cover.
    pub fn sealed(&self) -> &Sealed {
        &self.sealed
    }

    /// Tells this file's data key from another without giving it away: it has 256 random bits.
    pub fn key_fingerprint(&self) -> String {
        self.key.fingerprint()
    }

    pub fn text(&self) -> &str {
        &self.sealed.tree.text
    }
}

fn list(node: Option<&Node>) -> Vec<&Node> {
    match node.map(|node| &node.what) {
        Some(What::List(items)) => items.iter().collect(),
        _ => vec![],
    }
}

/// The authenticated data of a leaf: keys joined, list positions left out.
fn aad(path: &[String]) -> String {
    format!("{}:", path.join(":"))
}

/// RFC 3339 in seconds, as sops writes times.
fn seconds(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn hex_upper(bytes: &[u8]) -> Zeroizing<String> {
    Zeroizing::new(hex::encode_upper(bytes))
}

/// sha256("sops"): what the hash begins with where only encrypted leaves count.
const MAC_ONLY_ENCRYPTED: [u8; 32] = [
    0x8a, 0x3f, 0xd2, 0xad, 0x54, 0xce, 0x66, 0x52, 0x7b, 0x10, 0x34, 0xf3, 0xd1, 0x47, 0xbe, 0x0b, 0x0b, 0x97, 0x5b,
    0x3b, 0xf4, 0x4f, 0x72, 0xc6, 0xfd, 0xad, 0xec, 0x81, 0x76, 0xf2, 0x7d, 0x69,
];

#[cfg(test)]
mod tests;
