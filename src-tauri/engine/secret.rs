//! Values that must not be seen: held in memory that clears itself, without Serialize, Clone or Display.
//! Where they are kept is the keychain's business (`tools::keychain`), not this file's.

use secrecy::{ExposeSecret, SecretBox};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// A secret value, as bytes. It has no `Display`, `Clone` or `Serialize` on purpose.
pub struct Secret(SecretBox<[u8]>);

impl Secret {
    /// Takes the bytes over; the caller keeps no copy.
    pub fn new(bytes: Vec<u8>) -> Self {
        Secret(SecretBox::new(bytes.into_boxed_slice()))
    }

    /// The value itself. Every use is a place to look at in a review.
    pub fn expose(&self) -> &[u8] {
        self.0.expose_secret()
    }

    /// The value as text, cleared when dropped. `None` where it is not UTF-8.
    pub fn expose_text(&self) -> Option<Zeroizing<String>> {
        std::str::from_utf8(self.expose()).ok().map(|text| Zeroizing::new(text.to_owned()))
    }

    /// Whether both hold the same value; takes the same time wherever they differ.
    pub fn is(&self, other: &Secret) -> bool {
        subtle::ConstantTimeEq::ct_eq(self.expose(), other.expose()).into()
    }

    pub fn is_empty(&self) -> bool {
        self.expose().is_empty()
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Secret::new(text.into_bytes())
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(not shown)")
    }
}

/// What a form knows of a secret: whether there is one, and since when. Never the value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
pub struct Slot {
    pub is_set: bool,
    /// A word to recognise it by that gives nothing away, such as `set on 3 Nov 2026`.
    pub hint: Option<String>,
}
