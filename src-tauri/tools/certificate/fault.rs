//! Why a file gives no certificate or key, and what to do about it.

use super::pkcs12::Closed;
use super::words::{clean, shell};
use crate::engine::{Problem, Secret};

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
    #[error("the parts of the private key in `{name}` do not belong together, so servers cannot use it", name = clean(.0))]
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
    PartWrongPassphrase(String),
    #[error("`{name}` is encrypted, and no passphrase was given", name = clean(.0))]
    NeedsPassphrase(String),
    #[error("the passphrase does not open `{name}`", name = clean(.0))]
    WrongPassphrase(String),
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
    #[error("the private key in `{name}` is in PuTTY's form, which web servers do not read", name = clean(.0))]
    Putty(String),
    #[error("the private key in `{name}` is in a form of Microsoft's ({1}), which web servers do not read", name = clean(.0))]
    Microsoft(String, &'static str),
    #[error("`{name}` is a keystore of Java (JKS)", name = clean(.0))]
    Jks(String),
    #[error("`{name}` is an archive ({1}), not a certificate", name = clean(.0))]
    Archive(String, &'static str),
    #[error("`{name}` is {1}, not a certificate", name = clean(.0))]
    Document(String, &'static str),
}

/// What holds what is encrypted, since the commands to open it differ.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
pub enum Container {
    Key,
    Pkcs12,
}

impl FileFault {
    /// The same of one part of a file that has others, such as a mail.
    pub(super) fn of_a_part(self) -> Self {
        match self {
            FileFault::NeedsPassphrase(name) => FileFault::PartNeedsPassphrase(name),
            FileFault::WrongPassphrase(name) => FileFault::PartWrongPassphrase(name),
            other => other,
        }
    }

    /// Whether this is of a private key that cannot be used, which matters only where no other fits.
    pub fn is_of_key(&self) -> bool {
        use FileFault::{
            Curve, KeyKind, Microsoft, NeedsPassphrase, NoCurve, OldEncryption, OpenSsh, PartNeedsPassphrase,
            PartWrongPassphrase, PublicKey, Putty, Unsound, WrongPassphrase,
        };
        matches!(self, FileFault::Damaged(_, part) if part.contains("PRIVATE KEY"))
            || matches!(
                self,
                Curve(..)
                    | KeyKind(..)
                    | Microsoft(..)
                    | NeedsPassphrase(..)
                    | PartNeedsPassphrase(..)
                    | PartWrongPassphrase(..)
                    | NoCurve(..)
                    | OldEncryption(..)
                    | OpenSsh(..)
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
        | PartWrongPassphrase(name)
        | WrongPassphrase(name)
        | OldEncryption(name, _)
        | Cipher(name, ..)
        | Rounds(name, ..)
        | KeyKind(name, _)
        | OpenSsh(name)
        | Putty(name)
        | Jks(name)
        | Microsoft(name, _)
        | Archive(name, _)
        | Document(name, _)) = self;
        name
    }

    pub(super) fn damaged_certificate(name: String) -> FileFault {
        FileFault::Damaged(name, "CERTIFICATE".into())
    }

    /// Why something encrypted did not open.
    pub(super) fn of(name: &str, closed: Closed, passphrase: Option<&Secret>, container: Container) -> FileFault {
        let name = name.to_owned();
        let part = if container == Container::Key { "ENCRYPTED PRIVATE KEY" } else { PKCS12 };
        match closed {
            Closed::Damaged => FileFault::Damaged(name, part.into()),
            Closed::Passphrase if passphrase.is_none_or(Secret::is_empty) => FileFault::NeedsPassphrase(name),
            Closed::Passphrase => FileFault::WrongPassphrase(name),
            Closed::Rounds(rounds) => FileFault::Rounds(name, rounds, container),
            Closed::Cipher(cipher) => FileFault::Cipher(name, cipher, container),
        }
    }
}

/// Files of other programs, told by their first bytes.
pub(super) fn foreign(name: &str, bytes: &[u8]) -> Option<FileFault> {
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

fn has(bytes: &[u8], word: &[u8]) -> bool {
    bytes.windows(word.len()).take(100_000).any(|window| window == word)
}

impl From<FileFault> for Problem {
    fn from(fault: FileFault) -> Self {
        fault.problem(|_| false)
    }
}

impl FileFault {
    /// As a page tells it. `is_taken` says whether a file of that name stands beside this one: no command writes over it.
    pub fn problem(self, is_taken: impl Fn(&str) -> bool) -> Problem {
        let fault = self;
        let convert = |name: &str, out: &str, command: &str| convert(name, &free(name, out, &is_taken), command);
        let fix = match &fault {
            FileFault::Empty(_) => "Save the attachment again, or ask for it again.".to_owned(),
            FileFault::TooLarge(..) => "Choose the certificate file itself: it has a few kilobytes.".into(),
            FileFault::WebPage(_) => {
                "Download the file itself: what was saved is the page that shows it, or a sign-in page.".into()
            }
            FileFault::Nothing(_) => "Choose the files you got back: `.pem`, `.crt`, `.key`, `.p7b` or `.pfx`. What another program keeps in a form of its own, export there as one of these.".into(),
            FileFault::Damaged(_, part) if part == PKCS12 => {
                "Save the attachment again, whole, or ask for it again.".into()
            }
            FileFault::Damaged(..) => {
                "Save the attachment again, whole, from the first `-----BEGIN` to the last `-----END`".into()
            }
            FileFault::Form(_, part) if !part.is_empty() => "Ask whoever signed it to make it anew.".into(),
            FileFault::Form(..) => {
                "Save the attachment again, whole; where that changes nothing, ask whoever signed it to make it anew."
                    .into()
            }
            FileFault::Cut(_) => "Save the attachment again, whole, or ask for it again.".into(),
            FileFault::Curve(name) => convert(name, "new.key", "openssl ec -param_enc named_curve -in IN -out OUT"),
            FileFault::Request(_) => {
                "Send the request to whoever signs certificates, and choose what comes back.".into()
            }
            FileFault::Unsound(_) | FileFault::NoCurve(_) => {
                "Choose the key as it was made, from another copy; where there is none, have a certificate made on a new key."
                    .into()
            }
            FileFault::Revocations(_) => "Choose the hub's own certificate, and those of its issuers.".into(),
            FileFault::PublicKey(_) => {
                "Choose the private key that belongs to it; its first line says `PRIVATE KEY`".into()
            }
            FileFault::NeedsPassphrase(_) | FileFault::PartNeedsPassphrase(_) => {
                "Enter the passphrase you got with it; or leave the file out where another one has the key.".into()
            }
            FileFault::WrongPassphrase(_) | FileFault::PartWrongPassphrase(_) => "Enter the passphrase again; it may come in a message of its own.".into(),
            FileFault::Cipher(name, kind, Container::Pkcs12) if is_legacy(kind) => {
                let how = convert(name, "hub.pem", "openssl pkcs12 -legacy -in IN -out OUT");
                how.replace(", and choose", " (without `-legacy` before OpenSSL 3), and choose")
            }
            FileFault::Cipher(name, _, Container::Pkcs12) => convert(name, "hub.pem", "openssl pkcs12 -in IN -out OUT"),
            FileFault::OldEncryption(name, kind) | FileFault::Cipher(name, kind, _) if is_legacy(kind) => {
                let command = "openssl pkcs8 -topk8 -provider legacy -provider default -in IN -out OUT";
                let how = convert(name, "new.key", command);
                how.replace(", and choose", " (without the two providers before OpenSSL 3), and choose")
            }
            FileFault::OldEncryption(name, _) | FileFault::Cipher(name, ..) => {
                convert(name, "new.key", "openssl pkcs8 -topk8 -in IN -out OUT")
            }
            FileFault::Rounds(name, _, Container::Pkcs12) => format!(
                "Ask for it with fewer rounds. Or: {}",
                convert(name, "hub.pem", "openssl pkcs12 -in IN -out OUT")
            ),
            FileFault::Rounds(name, ..) => {
                convert(name, "new.key", "openssl pkcs8 -topk8 -iter 100000 -in IN -out OUT")
            }
            FileFault::KeyKind(..) => "Use an RSA key of 2048 bits or more, or an EC key on P-256 or P-384.".into(),
            FileFault::OpenSsh(name) => {
                let how = convert(name, "hub.key", "cp -- IN OUT && chmod 600 OUT && ssh-keygen -p -m PKCS8 -f OUT");
                how.replace("Convert it once", "Convert a copy of it")
            }
            FileFault::Microsoft(name, form) => {
                convert(name, "hub.key", &format!("openssl rsa -inform {form} -in IN -out OUT"))
            }
            FileFault::Putty(name) => convert(name, "hub.key", "puttygen IN -O private-openssh -o OUT"),
            FileFault::Jks(name) => {
                let command = "keytool -importkeystore -srckeystore IN -destkeystore OUT -deststoretype PKCS12";
                convert(name, "hub.p12", command)
            }
            FileFault::Archive(..) => "Unpack it, and choose the files that are in it.".into(),
            FileFault::Document(_, "an encrypted mail") => {
                "Open it in your mail program, and save what is attached to it.".into()
            }
            FileFault::Document(_, PGP_MAIL) => {
                "Open it in your mail program or with `gpg --decrypt`, and save what is in it.".into()
            }
            FileFault::Document(_, SST) => {
                "Open it on a computer with Windows, and export what is in it as `.p7b`: choose that.".into()
            }
            FileFault::Document(_, OFFICE) => {
                "Open it in Outlook or Word, and save what is in it or attached to it as a file of its own.".into()
            }
            FileFault::Document(_, TNEF) => {
                "Open the mail in Outlook, and save what is attached to it; or unpack this file with `tnef`".into()
            }
            FileFault::Document(_, SHORTCUT) => "Choose the file that it stands for.".into(),
            FileFault::Document(_, kind) if kind.contains("database") || kind.contains("keychain") => {
                "Open it in the program it belongs to, and export certificate and key from there as `.p12`: choose that.".into()
            }
            FileFault::Document(_, AGE_FILE) => "Open it with `age --decrypt`, and choose what is in it.".into(),
            FileFault::Document(_, kind) if kind.starts_with("a file encrypted") => {
                "Open it with that program, and choose what is in it.".into()
            }
            FileFault::Document(_, kind) if ["age", "PGP", "JWK", ".NET"].iter().any(|other| kind.contains(other)) => {
                "Choose the private key in the form of web servers: its first line says `PRIVATE KEY`".into()
            }
            FileFault::Document(..) => "Ask for the certificate as a file: `.pem`, `.crt`, `.p7b` or `.pfx`".into(),
        };
        let field = match fault {
            FileFault::NeedsPassphrase(_)
            | FileFault::WrongPassphrase(_)
            | FileFault::PartNeedsPassphrase(_)
            | FileFault::PartWrongPassphrase(_) => "passphrase",
            _ => "files",
        };
        let what = fault.to_string();
        let capital = what.chars().next().map_or(String::new(), |c| c.to_uppercase().to_string());
        Problem::new(format!("{capital}{}.", &what[capital.len()..]), fix).on(field)
    }
}

/// How to convert a file, whose name stands for `IN` in the command, to one called `out`.
fn convert(name: &str, out: &str, command: &str) -> String {
    let command = command.replace("OUT", out).replace("IN", &shell(name));
    format!("Convert it once, in a terminal: `{command}`, and choose {out}.")
}

/// A name like `out` that is not the file's own and that no other file has.
fn free(name: &str, out: &str, is_taken: impl Fn(&str) -> bool) -> String {
    let numbered = (2..).map(|number| format!("converted-{number}-{out}"));
    let mut names = [out.to_owned(), format!("converted-{out}")].into_iter().chain(numbered);
    names.find(|free| !free.eq_ignore_ascii_case(name) && !is_taken(free)).unwrap_or_default()
}

/// Whether OpenSSL 3 opens this only with its provider of old ciphers: PBES1 with DES or RC2; RC2, RC4, DES, SEED,
/// Blowfish, CAST5, IDEA.
fn is_legacy(cipher: &str) -> bool {
    const OLD: &[&str] = &[
        "1.2.840.113549.3.2",
        "1.2.840.113549.3.4",
        "1.3.14.3.2.7",
        "1.2.840.113549.1.12.1.1",
        "1.2.840.113549.1.12.1.2",
        "1.2.410.200004.1.4",
        "1.3.6.1.4.1.3029.1.2",
        "1.2.840.113533.7.66.10",
        "1.3.6.1.4.1.188.7.1.1.2",
    ];
    OLD.contains(&cipher) || cipher == PBES1 || cipher.starts_with("1.2.840.113549.1.5.")
}

/// What is encrypted for somebody, who can open it.
pub(super) const PGP_MAIL: &str = "a message encrypted with PGP";
const SST: &str = "a store of certificates of Windows (SST)";
const SHORTCUT: &str = "no file itself, but stands for one that is elsewhere";
const OFFICE: &str = "a document or mail of Microsoft Office";
const TNEF: &str = "the attachments of a mail in Outlook's own form (TNEF)";
pub(super) const AGE_FILE: &str = "a file encrypted with age";

/// What damaged PKCS#12 files are called in messages.
pub(super) const PKCS12: &str = "PKCS#12";

/// The name of PKCS#5's first ciphers in messages (1.2.840.113549.1.5.1 to 11), which OpenSSL 0.9 used.
pub(super) const PBES1: &str = "a cipher of PKCS#5, version 1";
