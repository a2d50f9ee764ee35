//! Certificates and private keys, in every form that people hand them out: PEM with anything around it, DER, PKCS#12,
//! PKCS#7, encrypted PKCS#8. What a file is, is told by what is in it, never by its name.
//! Whether they are good together is `judge`'s; making a key and a request is `make`'s.

pub mod judge;
pub mod key;
pub mod make;

pub use key::Key;

use crate::engine::{Problem, Secret};
use cms::content_info::ContentInfo;
use cms::signed_data::SignedData;
use p12_keystore::Pkcs12Archive;
use pkcs8::der::{Decode, Encode};
use x509_parser::prelude::{FromDer, X509Certificate, X509CertificationRequest};
use x509_parser::x509::SubjectPublicKeyInfo;

/// What was found in a set of files.
#[derive(Default)]
pub struct Found {
    pub keys: Vec<Key>,
    /// DER, in the order met, without repetitions.
    pub certificates: Vec<Vec<u8>>,
    /// What was not as it should be and was understood all the same, in sentences.
    pub repairs: Vec<String>,
}

/// Why a file gives no certificate or key.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone)]
pub enum FileFault {
    #[error("`{0}` is empty")]
    Empty(String),
    #[error("`{0}` has {1} MB, far more than certificates have")]
    TooLarge(String, u64),
    #[error("`{0}` is a web page, not a certificate")]
    WebPage(String),
    #[error("`{0}` holds no certificate and no private key")]
    Nothing(String),
    #[error("`{0}` has a part `{1}` that is damaged")]
    Damaged(String, String),
    #[error("`{0}` is a certificate request, not a certificate")]
    Request(String),
    #[error("`{0}` is a public key, not a private one")]
    PublicKey(String),
    #[error("the private key in `{0}` is encrypted, and no passphrase was given")]
    NeedsPassphrase(String),
    #[error("the passphrase does not open `{0}`")]
    WrongPassphrase(String),
    #[error("the private key in `{0}` is encrypted in an old form ({1})")]
    OldEncryption(String, &'static str),
    #[error("the private key in `{0}` is of a kind that cannot be used here: {1}")]
    KeyKind(String, String),
}

/// Files over this size are not read: a chain has some kilobytes.
pub const MOST_BYTES: u64 = 1 << 20;

/// Reads all files together. What one file gives does not depend on the others; every fault is told.
pub fn read(files: &[(String, Vec<u8>)], passphrase: Option<&Secret>) -> (Found, Vec<FileFault>) {
    let mut found = Found::default();
    let mut faults = vec![];
    for (name, bytes) in files {
        if let Err(fault) = read_one(name, bytes, passphrase, &mut found) {
            faults.push(fault);
        }
    }
    (found, faults)
}

fn read_one(name: &str, bytes: &[u8], passphrase: Option<&Secret>, found: &mut Found) -> Result<(), FileFault> {
    let named = || name.to_owned();
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(FileFault::Empty(named()));
    }
    if bytes.len() as u64 > MOST_BYTES {
        return Err(FileFault::TooLarge(named(), bytes.len() as u64 >> 20));
    }
    let pems = find_pem(name, bytes)?;
    if pems.is_empty() {
        let start = String::from_utf8_lossy(&bytes[..bytes.len().min(512)]).to_lowercase();
        if start.contains("<html") || start.contains("<!doctype") {
            return Err(FileFault::WebPage(named()));
        }
        read_der(name, bytes, passphrase, found)?;
        let pem_name = [".pem", ".crt", ".cer", ".key"].iter().any(|end| name.to_lowercase().ends_with(end));
        if pem_name && !name.to_lowercase().ends_with(".cer") {
            found.repairs.push(format!("`{name}` is in binary form (DER), whatever its name says; it was converted."));
        }
        return Ok(());
    }
    if bytes.contains(&b'\r') {
        found.repairs.push(format!("`{name}` has line ends of Windows; they were converted."));
    }
    for block in pems {
        let der = block.contents();
        match block.tag() {
            "CERTIFICATE" | "X509 CERTIFICATE" | "TRUSTED CERTIFICATE" => match X509Certificate::from_der(der) {
                // What OpenSSL adds behind a trusted certificate is left out.
                Ok((rest, _)) => found.take_certificate(&der[..der.len() - rest.len()]),
                Err(_) => return Err(FileFault::Damaged(named(), block.tag().into())),
            },
            "PKCS7" | "CMS" => read_pkcs7(der, found).ok_or_else(|| FileFault::Damaged(named(), block.tag().into()))?,
            "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST" => return Err(FileFault::Request(named())),
            "PUBLIC KEY" | "RSA PUBLIC KEY" => return Err(FileFault::PublicKey(named())),
            "PRIVATE KEY" | "RSA PRIVATE KEY" | "EC PRIVATE KEY" | "ENCRYPTED PRIVATE KEY" => {
                if block.headers().get("Proc-Type").is_some_and(|kind| kind.contains("ENCRYPTED")) {
                    return Err(FileFault::OldEncryption(named(), "`Proc-Type: 4,ENCRYPTED`"));
                }
                let key = Key::read(name, der, passphrase)?;
                found.take_key(key.ok_or_else(|| FileFault::Damaged(named(), block.tag().into()))?);
            }
            // Parameters and the like say nothing of use here.
            _ => {}
        }
    }
    Ok(())
}

/// The PEM blocks of a file, whatever stands around them: a mail's text, indentation, quoting marks of a reply.
fn find_pem(name: &str, bytes: &[u8]) -> Result<Vec<pem::Pem>, FileFault> {
    let text = String::from_utf8_lossy(bytes);
    let mut blocks = vec![];
    let mut block: Option<(String, String)> = None;
    for line in text.lines() {
        let line = line.trim().trim_start_matches(['>', ' ', '|', '\u{feff}']).trim();
        if let Some(tag) = line.strip_prefix("-----BEGIN ").and_then(|rest| rest.split("-----").next()) {
            block = Some((tag.to_owned(), format!("-----BEGIN {tag}-----\n")));
        } else if let Some((tag, body)) = &mut block {
            if line.starts_with("-----END") {
                let whole = format!("{body}-----END {tag}-----\n");
                blocks.push(pem::parse(whole).map_err(|_| FileFault::Damaged(name.to_owned(), tag.clone()))?);
                block = None;
            } else {
                body.push_str(line);
                body.push('\n');
            }
        }
    }
    match block {
        Some((tag, _)) => Err(FileFault::Damaged(name.to_owned(), tag)),
        None => Ok(blocks),
    }
}

/// One DER structure of whatever kind.
fn read_der(name: &str, der: &[u8], passphrase: Option<&Secret>, found: &mut Found) -> Result<(), FileFault> {
    let named = || name.to_owned();
    if let Ok(([], _)) = X509Certificate::from_der(der) {
        found.take_certificate(der);
        return Ok(());
    }
    if let Some(key) = Key::read(name, der, passphrase)? {
        found.take_key(key);
        return Ok(());
    }
    if pkcs12_version(der) {
        return read_pkcs12(name, der, passphrase, found);
    }
    if read_pkcs7(der, found).is_some() {
        return Ok(());
    }
    if X509CertificationRequest::from_der(der).is_ok() {
        return Err(FileFault::Request(named()));
    }
    if SubjectPublicKeyInfo::from_der(der).is_ok() {
        return Err(FileFault::PublicKey(named()));
    }
    Err(FileFault::Nothing(named()))
}

/// PFX is a SEQUENCE that begins with INTEGER 3 (RFC 7292).
fn pkcs12_version(der: &[u8]) -> bool {
    let header = match der {
        [0x30, length, ..] if *length < 0x80 => 2,
        [0x30, length, ..] => 2 + usize::from(length & 0x7f),
        _ => return false,
    };
    der.get(header..header + 3) == Some(&[2, 1, 3])
}

fn read_pkcs12(name: &str, der: &[u8], passphrase: Option<&Secret>, found: &mut Found) -> Result<(), FileFault> {
    let text = passphrase.and_then(Secret::expose_text);
    let archive = Pkcs12Archive::from_pkcs12(der, text.as_ref().map_or("", |text| text.as_str()));
    let archive = archive.map_err(|error| match (&error, passphrase) {
        (p12_keystore::error::Error::DerError(_), None) | (p12_keystore::error::Error::MacError(_), None) => {
            FileFault::NeedsPassphrase(name.to_owned())
        }
        (p12_keystore::error::Error::InvalidVersion, _) => FileFault::Damaged(name.to_owned(), "PKCS#12".into()),
        _ => FileFault::WrongPassphrase(name.to_owned()),
    })?;
    for bag in archive.keys {
        let key = Key::read(name, bag.key.as_der(), None)?;
        found.take_key(key.ok_or_else(|| FileFault::Damaged(name.to_owned(), "PKCS#12".into()))?);
    }
    archive.certs.iter().for_each(|bag| found.take_certificate(bag.cert.as_der()));
    Ok(())
}

fn read_pkcs7(der: &[u8], found: &mut Found) -> Option<()> {
    let content = ContentInfo::from_der(der).ok()?;
    let signed: SignedData = content.content.decode_as().ok()?;
    for choice in signed.certificates?.0.iter() {
        if let cms::cert::CertificateChoices::Certificate(certificate) = choice {
            found.take_certificate(&certificate.to_der().ok()?);
        }
    }
    Some(())
}

impl Found {
    fn take_certificate(&mut self, der: &[u8]) {
        if !self.certificates.iter().any(|known| known == der) {
            self.certificates.push(der.to_vec());
        }
    }

    /// The same key twice (in a bundle and in a file of its own) is one key.
    fn take_key(&mut self, key: Key) {
        if !self.keys.iter().any(|known| known.public == key.public) {
            self.keys.push(key);
        }
    }
}

/// Certificates as PEM, in this order.
pub fn to_pem(chain: &[Vec<u8>]) -> String {
    let config = pem::EncodeConfig::new().set_line_ending(pem::LineEnding::LF);
    chain.iter().map(|der| pem::encode_config(&pem::Pem::new("CERTIFICATE", der.clone()), config)).collect()
}

impl From<FileFault> for Problem {
    fn from(fault: FileFault) -> Self {
        let fix = match &fault {
            FileFault::Empty(_) => "Save the attachment again, or ask for it again.".to_owned(),
            FileFault::TooLarge(..) => "Choose the certificate file itself: it has a few kilobytes.".into(),
            FileFault::WebPage(_) => {
                "Download the file itself: what was saved is the page that shows it, or a sign-in page.".into()
            }
            FileFault::Nothing(_) => "Choose the files you got back: `.pem`, `.crt`, `.key`, `.p7b` or `.pfx`".into(),
            FileFault::Damaged(..) => {
                "Save the attachment again, whole, from the first `-----BEGIN` to the last `-----END`".into()
            }
            FileFault::Request(_) => {
                "Send the request to whoever signs certificates, and choose what comes back.".into()
            }
            FileFault::PublicKey(_) => {
                "Choose the private key that belongs to it; its first line says `PRIVATE KEY`".into()
            }
            FileFault::NeedsPassphrase(_) => "Enter the passphrase you got with it.".into(),
            FileFault::WrongPassphrase(_) => "Enter the passphrase again; it may come in a message of its own.".into(),
            FileFault::OldEncryption(name, _) => {
                format!(
                    "Convert it once, in a terminal: `openssl pkcs8 -topk8 -in {name} -out new.key`, and choose new.key."
                )
            }
            FileFault::KeyKind(..) => "Use an RSA key of 2048 bits or more, or an EC key on P-256 or P-384.".into(),
        };
        let field = match fault {
            FileFault::NeedsPassphrase(_) | FileFault::WrongPassphrase(_) => "passphrase",
            _ => "files",
        };
        let what = fault.to_string();
        let capital = what.chars().next().map_or(String::new(), |c| c.to_uppercase().to_string());
        Problem::new(format!("{capital}{}.", &what[capital.len()..]), fix).on(field)
    }
}
