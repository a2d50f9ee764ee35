//! Why a file gives no certificate or key, and what to do about it.

use super::pkcs12::Closed;
use super::words::clean;
use crate::engine::Secret;

/// Why a file gives no certificate or key. The first field is always the file's name.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone)]
pub enum FileFault {
    #[error("`{name}` is empty", name = clean(.0))]
    Empty(String),
    #[error("`{name}` has {1} MB, far more than certificates have", name = clean(.0))]
    TooLarge(String, u64),
    #[error("`{name}` is a web page, not a certificate", name = clean(.0))]
    WebPage(String),
    #[error("in `{name}` is no certificate and no private key that could be read", name = clean(.0))]
    Nothing(String),
    #[error("`{name}` has a part `{1}` that is damaged", name = clean(.0))]
    Damaged(String, String),
    #[error("`{name}` has a certificate that is not built as the standard (RFC 5280) says{1}, so no client reads it", name = clean(.0))]
    Form(String, &'static str),
    #[error("`{name}` is cut off: its end is missing", name = clean(.0))]
    Cut(String),
    #[error("the private key in `{name}` writes its curve out in numbers, which web servers do not read", name = clean(.0))]
    Curve(String),
    #[error("the private key in `{name}` does not say on which curve it is, so servers cannot use it", name = clean(.0))]
    NoCurve(String),
    #[error("the parts of the private key in `{name}` do not belong together, and some servers refuse such a key", name = clean(.0))]
    Unsound(String),
    #[error("`{name}` is a revocation list, not a certificate", name = clean(.0))]
    Revocations(String),
    #[error("`{name}` is a certificate request, not a certificate", name = clean(.0))]
    Request(String),
    #[error("`{name}` is a public key, not a private one", name = clean(.0))]
    PublicKey(String),
    #[error("a part of `{name}` is encrypted, and no passphrase was given", name = clean(.0))]
    PartNeedsPassphrase(String),
    #[error("the passphrase does not open a part of `{name}`", name = clean(.0))]
    PartWrongPassphrase(String, Container),
    #[error("`{name}` is encrypted, and no passphrase was given", name = clean(.0))]
    NeedsPassphrase(String),
    #[error("the passphrase does not open `{name}`", name = clean(.0))]
    WrongPassphrase(String, Container),
    #[error("the passphrase opens another file and not `{name}`: they have one each", name = clean(.0))]
    OtherPassphrase(String, Container),
    #[error("`{name}` is encrypted for whoever has the key of some certificate, not with a passphrase", name = clean(.0))]
    ForSomebody(String),
    #[error("the private key in `{name}` is encrypted in an old form ({1})", name = clean(.0))]
    OldEncryption(String, String),
    #[error("`{name}` is encrypted in a way that is not known here ({1})", name = clean(.0))]
    Cipher(String, String, Container),
    #[error("`{name}` protects its passphrase with {1} rounds, which would take minutes to hours", name = clean(.0))]
    Rounds(String, u64, Container),
    #[error("the private key in `{name}` is of a kind that cannot be used here: {1}", name = clean(.0))]
    KeyKind(String, String),
    #[error("the private key in `{name}` is in OpenSSH's form, which web servers do not read", name = clean(.0))]
    OpenSsh(String),
    #[error("the private key in `{name}` is in the form of PuTTY or of ssh.com, which web servers do not read", name = clean(.0))]
    Putty(String),
    #[error("the private key in `{name}` is in a form of Microsoft's ({1}), which web servers do not read", name = clean(.0))]
    Microsoft(String, &'static str),
    #[error("`{name}` is a keystore of Java (JKS)", name = clean(.0))]
    Jks(String),
    #[error("`{name}` is an archive ({1}), not a certificate", name = clean(.0))]
    Archive(String, &'static str),
    #[error("`{name}` is {1}, not a certificate", name = clean(.0))]
    Document(String, &'static str),
    /// Not the file itself is that, but something in it, such as what is attached to a mail.
    #[error("`{name}` holds {1}, not a certificate", name = clean(.0))]
    Within(String, String),
}

/// What holds what is encrypted, since the commands to open it differ.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
pub enum Container {
    Key,
    Pkcs12,
}

impl FileFault {
    /// Whether it only has to be opened.
    pub fn needs_passphrase(&self) -> bool {
        matches!(self, FileFault::NeedsPassphrase(_) | FileFault::PartNeedsPassphrase(_))
    }

    /// The same of one part of a file that has others, such as a mail.
    pub fn of_a_part(self) -> Self {
        match self {
            FileFault::NeedsPassphrase(name) => FileFault::PartNeedsPassphrase(name),
            FileFault::WrongPassphrase(name, container) => FileFault::PartWrongPassphrase(name, container),
            other => other,
        }
    }

    /// The same of what stands in the file, which no command for the file itself would open.
    pub fn within(self) -> Self {
        let (name, what) = match self {
            FileFault::Archive(name, kind) => (name, format!("an archive ({kind})")),
            FileFault::Document(name, kind) => (name, kind.to_owned()),
            FileFault::Jks(name) => (name, "a keystore of Java (JKS)".to_owned()),
            FileFault::Microsoft(name, form) => (name, format!("a private key in a form of Microsoft's ({form})")),
            FileFault::Putty(name) => (name, "a private key in the form of PuTTY".to_owned()),
            other => return other,
        };
        FileFault::Within(name, what)
    }

    /// Whether this is of a private key that cannot be used, which matters only where no other fits.
    pub fn is_of_key(&self) -> bool {
        use FileFault::{
            Curve, ForSomebody, KeyKind, Microsoft, NeedsPassphrase, NoCurve, OldEncryption, OpenSsh, OtherPassphrase,
            PartNeedsPassphrase, PartWrongPassphrase, PublicKey, Putty, Unsound, WrongPassphrase,
        };
        matches!(self, FileFault::Damaged(_, part) if part.contains("PRIVATE KEY"))
            || matches!(
                self,
                Curve(..)
                    | ForSomebody(..)
                    | KeyKind(..)
                    | Microsoft(..)
                    | NeedsPassphrase(..)
                    | PartNeedsPassphrase(..)
                    | PartWrongPassphrase(..)
                    | NoCurve(..)
                    | OldEncryption(..)
                    | OpenSsh(..)
                    | OtherPassphrase(..)
                    | PublicKey(..)
                    | Putty(..)
                    | Unsound(..)
                    | WrongPassphrase(..)
            )
    }

    /// Whether a certificate that cannot be read stands in the file itself: an issuer of the chain, for all one knows.
    pub fn is_of_certificate(&self) -> bool {
        matches!(self, FileFault::Damaged(..) | FileFault::Form(..) | FileFault::Cut(..)) && !self.is_of_key()
    }

    /// The file, as it was called when it was read.
    pub fn name(&self) -> &str {
        use FileFault::*;
        let (Empty(name)
        | TooLarge(name, _)
        | WebPage(name)
        | Nothing(name)
        | Damaged(name, _)
        | Form(name, _)
        | Cut(name)
        | Curve(name)
        | NoCurve(name)
        | Unsound(name)
        | Revocations(name)
        | Request(name)
        | PublicKey(name)
        | NeedsPassphrase(name)
        | PartNeedsPassphrase(name)
        | PartWrongPassphrase(name, _)
        | WrongPassphrase(name, _)
        | OtherPassphrase(name, _)
        | ForSomebody(name)
        | OldEncryption(name, _)
        | Cipher(name, ..)
        | Rounds(name, ..)
        | KeyKind(name, _)
        | OpenSsh(name)
        | Putty(name)
        | Jks(name)
        | Microsoft(name, _)
        | Archive(name, _)
        | Document(name, _)
        | Within(name, _)) = self;
        name
    }

    pub fn damaged_certificate(name: String) -> FileFault {
        FileFault::Damaged(name, "CERTIFICATE".into())
    }

    /// Why something encrypted did not open.
    pub fn of(name: &str, closed: Closed, passphrase: Option<&Secret>, container: Container) -> FileFault {
        let name = name.to_owned();
        let part = if container == Container::Key { "ENCRYPTED PRIVATE KEY" } else { PKCS12 };
        match closed {
            Closed::Damaged => FileFault::Damaged(name, part.into()),
            Closed::ForSomebody => FileFault::ForSomebody(name),
            Closed::Passphrase if passphrase.is_none_or(Secret::is_empty) => FileFault::NeedsPassphrase(name),
            Closed::Passphrase => FileFault::WrongPassphrase(name, container),
            Closed::Rounds(rounds) => FileFault::Rounds(name, rounds, container),
            Closed::Cipher(cipher) => FileFault::Cipher(name, cipher, container),
        }
    }
}

/// Files of other programs, told by their first bytes.
pub fn foreign(name: &str, bytes: &[u8]) -> Option<FileFault> {
    let archive = |kind| Some(FileFault::Archive(name.to_owned(), kind));
    let document = |kind| Some(FileFault::Document(name.to_owned(), kind));
    // Texts may have a mark of UTF-8 and blanks before them.
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    let begins = |starts: &[&str]| starts.iter().any(|start| text.starts_with(start.as_bytes()));
    match bytes {
        [b'P', b'K', 3, 4, ..] if has(bytes, b"word/document.xml") => document(OFFICE),
        [b'P', b'K', 3, 4, ..] => archive("ZIP"),
        [b'7', b'z', 0xbc, 0xaf, ..] => archive("7-Zip"),
        [b'R', b'a', b'r', b'!', ..] => archive("RAR"),
        [0x1f, 0x8b, ..] => archive("gzip"),
        [b'B', b'Z', b'h', b'1'..=b'9', ..] => archive("bzip2"),
        [0xfd, b'7', b'z', b'X', b'Z', ..] => archive("xz"),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => archive("Zstandard"),
        [b'M', b'S', b'C', b'F', ..] => archive("CAB"),
        [0xfe, 0xed, 0xfe, 0xed, ..] | [0xce, 0xce, 0xce, 0xce, ..] => Some(FileFault::Jks(name.to_owned())),
        // PVKFILEHDR, PRIVATEKEYBLOB of CryptoAPI, and a serialized store of it.
        [0x1e, 0xf1, 0xb5, 0xb0, ..] => Some(FileFault::Microsoft(name.to_owned(), "PVK")),
        [7, 2, 0, 0, ..] => Some(FileFault::Microsoft(name.to_owned(), "MSBLOB")),
        [0, 0, 0, 0, b'C', b'E', b'R', b'T', ..] => document(SST),
        [0xd0, 0xcf, 0x11, 0xe0, ..] => document(OFFICE),
        [0x78, 0x9f, 0x3e, 0x22, ..] => document(TNEF),
        [b'k', b'y', b'c', b'h', ..] => document("a keychain of macOS"),
        [0x4c, 0, 0, 0, 1, 0x14, 2, 0, ..] => document(SHORTCUT),
        _ if bytes.starts_with(b"SQLite format 3\0") => document("a database, as Firefox keeps certificates in"),
        _ if bytes.starts_with(b"\0GITCRYPT\0") => document("a file encrypted with git-crypt"),
        _ if begins(&["version https://git-lfs"]) => document(SHORTCUT),
        _ if begins(&["Salted__", "U2FsdGVkX1"]) => document("a file encrypted with `openssl enc`"),
        _ if begins(&["$ANSIBLE_VAULT;"]) => document("a file encrypted with Ansible Vault"),
        _ if has(bytes, b"ENC[AES256_GCM,") => document("a file encrypted with sops"),
        _ if has(bytes, b"<RSAKeyValue>") => document("a key in XML (.NET)"),
        _ if begins(&["%PDF"]) => document("a PDF document"),
        _ if bytes.starts_with(b"\x89PNG") || bytes.starts_with(&[0xff, 0xd8, 0xff]) || begins(&["GIF8"]) => {
            document("a picture")
        }
        _ if begins(&["{\\rtf"]) && !has(bytes, b"BEGIN ") => document("a text with formatting (RTF)"),
        _ if begins(&["PuTTY-User-Key-File"]) => Some(FileFault::Putty(name.to_owned())),
        _ if begins(&["ssh-", "ecdsa-sha2-", "sk-ssh-"]) => Some(FileFault::PublicKey(name.to_owned())),
        _ if begins(&["AGE-SECRET-KEY-", "# created: "]) => document("a key of age"),
        _ if begins(&["age-encryption.org/"]) => document(AGE_FILE),
        _ if begins(&["{", "["]) && has(bytes, b"\"kty\"") && !has(bytes, b"\"x5c\"") => {
            document("a key in JSON (JWK)")
        }
        _ if bytes.get(257..262) == Some(b"ustar") => archive("tar"),
        _ => None,
    }
}

/// Whether this is a file of another program that certificates and keys are kept in; a picture or a letter is not.
pub fn may_hold(bytes: &[u8]) -> bool {
    use FileFault::{Archive, Document, Jks, Microsoft, Putty};
    match foreign("", bytes) {
        Some(Document(_, kind)) => [SST, TNEF].contains(&kind),
        found => matches!(found, Some(Archive(..) | Jks(_) | Microsoft(..) | Putty(_))),
    }
}

fn has(bytes: &[u8], word: &[u8]) -> bool {
    bytes.windows(word.len()).take(100_000).any(|window| window == word)
}

/// What is encrypted for somebody, who can open it.
pub const PGP_MAIL: &str = "a message encrypted with PGP";
pub const SST: &str = "a store of certificates of Windows (SST)";
pub const SHORTCUT: &str = "no file itself, but stands for one that is elsewhere";
pub const OFFICE: &str = "a document or mail of Microsoft Office";
pub const TNEF: &str = "the attachments of a mail in Outlook's own form (TNEF)";
pub const AGE_FILE: &str = "a file encrypted with age";

/// What damaged PKCS#12 files are called in messages.
pub const PKCS12: &str = "PKCS#12";

/// How messages name the form in which OpenSSL 0.9 encrypted keys (RFC 1421); the cipher follows where it is known.
pub const PROC_TYPE: &str = "`Proc-Type: 4,ENCRYPTED`";

/// The name of PKCS#5's first ciphers in messages (1.2.840.113549.1.5.1 to 11), which OpenSSL 0.9 used.
pub const PBES1: &str = "a cipher of PKCS#5, version 1";
