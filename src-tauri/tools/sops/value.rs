//! Values of a sops file, and how each is sealed: AES-256-GCM with a 32-byte nonce and the path as authenticated data.

use super::SopsError;
use aes_gcm::aead::consts::{U12, U32};
use aes_gcm::aead::{Aead, KeyInit, Nonce, Payload};
use aes_gcm::aes::Aes256;
use aes_gcm::{AeadCore, AesGcm};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// A value with sops's types. Text is cleared when dropped.
#[derive(Clone, PartialEq)]
pub enum Value {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(Zeroizing<String>),
    /// RFC 3339.
    Time(String),
    Bytes(Zeroizing<Vec<u8>>),
    List(Vec<Value>),
    Map(Map),
}

/// Keys with their values, in order.
#[derive(Clone, Default, PartialEq)]
pub struct Map(pub Vec<Entry>);

#[derive(Clone, PartialEq)]
pub struct Entry {
    /// Lines above the key, each without its `#`.
    pub comments: Vec<String>,
    pub key: String,
    pub value: Value,
}

impl Value {
    pub fn text(text: impl Into<String>) -> Value {
        Value::Text(Zeroizing::new(text.into()))
    }

    /// The bytes that are sealed and hashed, with sops's word for the type. `None`: nothing is sealed, nothing hashed.
    pub(super) fn plaintext(&self) -> Option<(Zeroizing<Vec<u8>>, &'static str)> {
        let (text, kind) = match self {
            Value::Null | Value::List(_) | Value::Map(_) => return None,
            Value::Bool(true) => ("True".to_owned(), "bool"),
            Value::Bool(false) => ("False".to_owned(), "bool"),
            Value::Int(number) => (number.to_string(), "int"),
            Value::Float(number) => (float(*number), "float"),
            Value::Time(time) => (time.clone(), "time"),
            Value::Text(text) => return Some((Zeroizing::new(text.as_bytes().to_vec()), "str")),
            Value::Bytes(bytes) => return Some((bytes.clone(), "bytes")),
        };
        Some((Zeroizing::new(text.into_bytes()), kind))
    }

    fn of(bytes: Zeroizing<Vec<u8>>, kind: &str) -> Option<Value> {
        if kind == "bytes" {
            return Some(Value::Bytes(bytes));
        }
        let text = std::str::from_utf8(&bytes).ok()?;
        Some(match kind {
            "str" => Value::text(text),
            "int" => Value::Int(text.parse().ok()?),
            "float" => Value::Float(match text {
                "+Inf" => f64::INFINITY,
                "-Inf" => f64::NEG_INFINITY,
                text => text.parse().ok()?,
            }),
            "bool" => Value::Bool(match text {
                "True" | "true" => true,
                "False" | "false" => false,
                _ => return None,
            }),
            "time" => Value::Time(text.to_owned()),
            _ => return None,
        })
    }

    /// The text of a text value.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }
}

impl Map {
    pub fn get(&self, path: &[&str]) -> Option<&Value> {
        let (first, rest) = path.split_first()?;
        let value = &self.0.iter().find(|entry| entry.key == *first)?.value;
        match (rest.is_empty(), value) {
            (true, value) => Some(value),
            (false, Value::Map(map)) => map.get(rest),
            _ => None,
        }
    }

    /// Sets the value at a path, making the mappings on the way.
    pub fn set(&mut self, path: &[&str], value: Value) {
        let Some((first, rest)) = path.split_first() else { return };
        let at = self.0.iter().position(|entry| entry.key == *first).unwrap_or_else(|| {
            self.0.push(Entry { comments: vec![], key: (*first).to_owned(), value: Value::Null });
            self.0.len() - 1
        });
        let slot = &mut self.0[at].value;
        if rest.is_empty() {
            *slot = value;
            return;
        }
        if !matches!(slot, Value::Map(_)) {
            *slot = Value::Map(Map::default());
        }
        if let Value::Map(map) = slot {
            map.set(rest, value);
        }
    }

    /// Takes the value at a path out, and mappings that are empty then.
    pub fn take(&mut self, path: &[&str]) {
        let Some((first, rest)) = path.split_first() else { return };
        let Some(at) = self.0.iter().position(|entry| entry.key == *first) else { return };
        let gone = match &mut self.0[at].value {
            _ if rest.is_empty() => true,
            Value::Map(map) => {
                map.take(rest);
                map.0.is_empty()
            }
            _ => false,
        };
        if gone {
            self.0.remove(at);
        }
    }

    /// Every leaf with its path; list items share their list's path.
    pub fn leaves(&self) -> Vec<(Vec<String>, &Value)> {
        fn walk<'a>(value: &'a Value, path: &mut Vec<String>, all: &mut Vec<(Vec<String>, &'a Value)>) {
            match value {
                Value::Map(map) => {
                    for entry in &map.0 {
                        path.push(entry.key.clone());
                        walk(&entry.value, path, all);
                        path.pop();
                    }
                }
                Value::List(items) => items.iter().for_each(|item| walk(item, path, all)),
                leaf => all.push((path.clone(), leaf)),
            }
        }
        let mut all = vec![];
        for entry in &self.0 {
            walk(&entry.value, &mut vec![entry.key.clone()], &mut all);
        }
        all
    }
}

/// As Go's `strconv.FormatFloat(x, 'f', -1, 64)`: shortest decimal, never an exponent.
fn float(number: f64) -> String {
    match number {
        n if n.is_nan() => "NaN".into(),
        f64::INFINITY => "+Inf".into(),
        f64::NEG_INFINITY => "-Inf".into(),
        n => format!("{n}"),
    }
}

/// The 32 bytes that seal a file's values. Only KMS keeps them, wrapped.
pub struct DataKey(Zeroizing<[u8; 32]>);

impl DataKey {
    pub fn random() -> Result<DataKey, SopsError> {
        let mut key = Zeroizing::new([0; 32]);
        aws_lc_rs::rand::fill(key.as_mut()).map_err(|_| SopsError::Random)?;
        Ok(DataKey(key))
    }

    /// The key that KMS unwrapped.
    pub fn of(bytes: &[u8]) -> Result<DataKey, SopsError> {
        let key: [u8; 32] = bytes.try_into().map_err(|_| SopsError::KeyLength(bytes.len()))?;
        Ok(DataKey(Zeroizing::new(key)))
    }

    pub fn expose(&self) -> &[u8] {
        self.0.as_ref()
    }

    /// Tells one key from another without giving it away.
    pub fn fingerprint(&self) -> String {
        let mut hash = Sha256::new();
        hash.update(b"file key");
        hash.update(self.expose());
        hex::encode(&hash.finalize()[..16])
    }

    /// `ENC[…]` for a plaintext of a kind at a path (`a:b:`).
    pub fn seal(&self, plain: &[u8], kind: &str, aad: &str) -> Result<String, SopsError> {
        let mut iv = [0; 32];
        aws_lc_rs::rand::fill(&mut iv).map_err(|_| SopsError::Random)?;
        self.seal_with(&iv, plain, kind, aad)
    }

    pub(super) fn seal_with(&self, iv: &[u8; 32], plain: &[u8], kind: &str, aad: &str) -> Result<String, SopsError> {
        let payload = Payload { msg: plain, aad: aad.as_bytes() };
        let sealed = self.cipher::<U32>().encrypt(&Nonce::<AesGcm<Aes256, U32>>::from(*iv), payload);
        let sealed = sealed.map_err(|_| SopsError::Random)?;
        let (data, tag) = sealed.split_at(sealed.len() - 16);
        let [data, iv, tag] = [data, iv.as_slice(), tag].map(|bytes| STANDARD.encode(bytes));
        Ok(format!("ENC[AES256_GCM,data:{data},iv:{iv},tag:{tag},type:{kind}]"))
    }

    /// The plaintext and its kind. Fails where the token, the path or the key is not the one it was sealed with.
    pub fn open<'a>(&self, token: &'a str, aad: &str) -> Result<(Zeroizing<Vec<u8>>, &'a str), SopsError> {
        let broken = || SopsError::Value(aad.trim_end_matches(':').replace(':', "."));
        let (data, iv, tag, kind) = parts(token).ok_or_else(broken)?;
        let [mut data, iv, tag] = [data, iv, tag].map(|text| STANDARD.decode(text).unwrap_or_default());
        if tag.len() != 16 {
            return Err(broken());
        }
        data.extend(tag);
        let payload = Payload { msg: &data, aad: aad.as_bytes() };
        // sops writes nonces of 32 bytes; 12 is what other writers of the format use.
        let plain = match <[u8; 32]>::try_from(iv.as_slice()) {
            Ok(iv) => self.cipher::<U32>().decrypt(&Nonce::<AesGcm<Aes256, U32>>::from(iv), payload),
            Err(_) => {
                let iv = <[u8; 12]>::try_from(iv.as_slice()).map_err(|_| broken())?;
                self.cipher::<U12>().decrypt(&Nonce::<AesGcm<Aes256, U12>>::from(iv), payload)
            }
        };
        Ok((Zeroizing::new(plain.map_err(|_| broken())?), kind))
    }

    /// As `open`, as a value of its type.
    pub fn value(&self, token: &str, aad: &str) -> Result<Value, SopsError> {
        let (bytes, kind) = self.open(token, aad)?;
        Value::of(bytes, kind).ok_or_else(|| SopsError::Value(aad.trim_end_matches(':').replace(':', ".")))
    }

    fn cipher<N: aes_gcm::aead::array::ArraySize>(&self) -> AesGcm<Aes256, N>
    where
        AesGcm<Aes256, N>: KeyInit + AeadCore<NonceSize = N>,
    {
        AesGcm::<Aes256, N>::new_from_slice(self.0.as_ref()).expect("the key has 32 bytes")
    }
}

/// `data`, `iv`, `tag` and `type` of a token; sops reads it greedily, from the right.
pub(super) fn parts(token: &str) -> Option<(&str, &str, &str, &str)> {
    let rest = token.strip_prefix("ENC[AES256_GCM,data:")?.strip_suffix(']')?;
    let (rest, kind) = rest.rsplit_once(",type:")?;
    let (rest, tag) = rest.rsplit_once(",tag:")?;
    let (data, iv) = rest.rsplit_once(",iv:")?;
    (!data.is_empty()).then_some((data, iv, tag, kind))
}
