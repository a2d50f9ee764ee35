//! Certificates and private keys, in every form that people hand them out: PEM with anything around it, DER, PKCS#12,
//! PKCS#7, encrypted PKCS#8. What a file is, is told by what is in it, never by its name.
//! Whether they are good together is `judge`'s; making a key and a request is `make`'s.

mod chrome;
mod encoding;
pub mod facts;
pub mod fault;
pub mod form;
mod found;
pub mod key;
pub mod make;
pub mod names;
pub mod paths;
pub mod pkcs12;
pub mod resources;
pub mod signing;
mod text;
pub mod tlv;
pub mod words;
mod wrapped;

pub use fault::FileFault;
pub use found::{Found, to_pem};
pub use key::Key;

use crate::engine::Secret;
use fault::{Container, PROC_TYPE};
use tlv::{SEQUENCE, Tlv};
use words::clean;
use wrapped::{
    CERTIFICATES, KEYS, Signed, is_beside, is_certificate_shape, is_enveloped, pkcs7, sequence, unread_certificate,
};
use x509_parser::prelude::{FromDer, X509Certificate, X509CertificationRequest};
use x509_parser::revocation_list::CertificateRevocationList;
use x509_parser::x509::SubjectPublicKeyInfo;

/// Files over this size are not read: a chain has some kilobytes.
pub const MOST_BYTES: u64 = 10 << 20;

/// Reads all files together. What one file gives does not depend on the others, except that a request or a public key
/// beside a certificate or a private key is nothing to worry about. Every fault is told.
pub fn read(files: &[(String, Vec<u8>)], passphrase: Option<&Secret>) -> (Found, Vec<FileFault>) {
    let mut found = Found::default();
    let (mut faults, mut within) = (vec![], vec![]);
    let mut has_opened = false;
    for (name, bytes) in files {
        let mut file = File {
            name,
            passphrase,
            found: &mut found,
            faults: vec![],
            within: vec![],
            met: 0,
            depth: DEEPEST,
            has_opened: false,
        };
        file.read(bytes);
        has_opened |= file.has_opened;
        let (file_faults, met) = (file.faults, file.met);
        // A mail brings more than what matters here.
        within.extend(file.within.into_iter().filter(|_| met > 0));
        // One fault of a kind is enough for a file.
        for fault in file_faults {
            let fault = if met > 0 { fault.of_a_part() } else { fault };
            if !(faults.contains(&fault) || met > 0 && matches!(fault, FileFault::Nothing(_))) {
                faults.push(fault);
            }
        }
    }
    // It is right then, and another file has another one.
    for fault in faults.iter_mut().filter(|_| has_opened) {
        if let FileFault::WrongPassphrase(name, container) | FileFault::PartWrongPassphrase(name, container) = fault {
            *fault = FileFault::OtherPassphrase(name.clone(), *container);
        }
    }
    let (certificates, keys) = (!found.certificates.is_empty(), !found.keys.is_empty());
    faults.retain(|fault| {
        let unneeded = match fault {
            FileFault::Request(name) if certificates => Some((name, "a certificate request")),
            FileFault::Revocations(name) if certificates => Some((name, "a revocation list")),
            FileFault::Document(name, kind) if within.contains(fault) => Some((name, *kind)),
            FileFault::Within(name, kind) => Some((name, kind.as_str())).filter(|_| within.contains(fault)),
            FileFault::PublicKey(name) if certificates && keys => Some((name, "a public key")),
            _ => None,
        };
        if let (FileFault::Request(name), true) = (fault, unneeded.is_some()) {
            found.requests.push(name.clone());
        }
        let left_out = |(name, what): (&String, &str)| format!("`{}` has {what}, which was left out.", clean(name));
        found.repairs.extend(unneeded.map(left_out));
        unneeded.is_none()
    });
    (found, faults)
}

/// One file being read.
struct File<'a> {
    name: &'a str,
    passphrase: Option<&'a Secret>,
    found: &'a mut Found,
    faults: Vec<FileFault>,
    /// Those of what stands in it, such as an attachment.
    within: Vec<FileFault>,
    /// How many certificates and keys it gave.
    met: usize,
    /// Bounds texts within texts, such as an attachment.
    depth: usize,
    /// The passphrase opened something of it.
    has_opened: bool,
}

const DEEPEST: usize = 3;

impl File<'_> {
    fn fault(&mut self, fault: impl FnOnce(String) -> FileFault) {
        self.faults.push(fault(self.name.to_owned()));
    }

    fn repaired(&mut self, what: &str) {
        let repair = format!("`{}` {what}", clean(self.name));
        if !self.found.repairs.contains(&repair) {
            self.found.repairs.push(repair);
        }
    }

    /// Reads what stands in a text or a message of this file. That it is something else is nobody's fault.
    fn read_within(&mut self, bytes: &[u8]) {
        if self.depth > 0 && !bytes.is_empty() {
            self.depth -= 1;
            let told = self.faults.len();
            self.read(bytes);
            let told = self.faults.split_off(told);
            let counts = |fault: &FileFault| !matches!(fault, FileFault::Nothing(_) | FileFault::Empty(_));
            let told: Vec<FileFault> = told.into_iter().filter(counts).collect();
            self.within.extend(told.iter().cloned());
            self.faults.extend(told);
            self.depth += 1;
        }
    }

    fn read(&mut self, bytes: &[u8]) {
        if bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).iter().all(u8::is_ascii_whitespace) {
            return self.fault(FileFault::Empty);
        }
        if bytes.len() as u64 > MOST_BYTES {
            return self.fault(|name| FileFault::TooLarge(name, bytes.len() as u64 >> 20));
        }
        if let Some(fault) = fault::foreign(self.name, bytes) {
            return self.faults.push(if self.depth < DEEPEST { fault.within() } else { fault });
        }
        // Binary: one structure, or several behind each other.
        if let Some((first, rest)) = Tlv::read(bytes).filter(|(first, _)| first.tag == SEQUENCE) {
            if self.depth == DEEPEST {
                let name = self.name.to_lowercase();
                if [".pem", ".crt", ".key"].iter().any(|end| name.ends_with(end)) {
                    self.repaired("is in binary form (DER), whatever its name says; it was converted.");
                }
            }
            if !self.read_der(first.whole) {
                self.fault(if is_certificate_shape(&first) {
                    FileFault::damaged_certificate
                } else {
                    FileFault::Nothing
                });
            }
            let mut rest = rest;
            while let Some((next, after)) = Tlv::read(rest).filter(|(next, _)| next.tag == SEQUENCE) {
                self.read_der(next.whole);
                rest = after;
            }
            // Certificates as text behind it.
            return self.read_within(rest.trim_ascii());
        }
        // A SEQUENCE whose end is not there.
        if let [0x30, 0x81..=0x84, ..] = bytes {
            return self.fault(FileFault::Cut);
        }
        let text = text::find(bytes);
        let (blocks, bare) = (text.blocks, text.bare);
        for inner in &bare {
            let met = self.met;
            // A logo or a signature in base64, for one.
            self.read_within(inner);
            if self.met > met && blocks.is_empty() {
                self.repaired("is base64 without BEGIN and END lines; it was decoded.");
            }
        }
        // Parts of a mail that are not encoded.
        let empty_line = |at: &usize| bytes[..*at].ends_with(b"\n\n") || bytes[..*at].ends_with(b"\n\r\n");
        let starts = bytes.windows(2).enumerate().filter(|(_, two)| *two == [SEQUENCE, 0x82]).map(|(at, _)| at);
        for at in starts.filter(empty_line).take(20).collect::<Vec<_>>() {
            if let Some((whole, _)) = Tlv::read(&bytes[at..]) {
                self.read_within(whole.whole);
            }
        }
        if blocks.is_empty() && self.met == 0 && self.faults.is_empty() {
            return self.fault(if text.is_web_page { FileFault::WebPage } else { FileFault::Nothing });
        }
        text.repairs.iter().for_each(|repair| self.repaired(repair));
        for block in &blocks {
            self.read_block(block);
        }
        // Behind the last line of END, one in binary.
        if let Some(last) = bytes.windows(5).rposition(|five| five == b"-----") {
            let rest = bytes[last + 5..].trim_ascii_start();
            if Tlv::read(rest).is_some_and(|(first, _)| first.tag == SEQUENCE) {
                self.read_within(rest);
            }
        }
        // Nothing is passed over in silence.
        if self.met == 0 && self.faults.is_empty() {
            match blocks.iter().all(|block| is_beside(&block.tag)) {
                true => self.repaired("has nothing of use here; it was left out."),
                false => self.fault(FileFault::Nothing),
            }
        }
    }

    fn read_block(&mut self, block: &text::Block) {
        let tag = block.tag.as_str();
        match tag {
            "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST" => return self.fault(FileFault::Request),
            "PUBLIC KEY" | "RSA PUBLIC KEY" | "EC PUBLIC KEY" | "SSH2 PUBLIC KEY" => {
                return self.fault(FileFault::PublicKey);
            }
            _ if tag.contains("CRL") => return self.fault(FileFault::Revocations),
            "OPENSSH PRIVATE KEY" => return self.fault(FileFault::OpenSsh),
            "SSH2 ENCRYPTED PRIVATE KEY" => return self.fault(FileFault::Putty),
            // A message that is signed stands there in clear.
            "PGP SIGNED MESSAGE" | "PGP SIGNATURE" => return,
            "PGP MESSAGE" => return self.fault(|name| FileFault::Document(name, fault::PGP_MAIL)),
            _ if is_beside(tag) => return,
            _ if tag.starts_with("PGP") => {
                return self.fault(|name| FileFault::Document(name, "a key of PGP"));
            }
            _ if tag.starts_with("AGE") => {
                return self.fault(|name| FileFault::Document(name, fault::AGE_FILE));
            }
            _ if block.cipher.is_some() => {
                let cipher = block.cipher.as_deref().map(clean).filter(|cipher| !cipher.is_empty());
                let form = cipher.map_or(PROC_TYPE.into(), |cipher| format!("{PROC_TYPE}, {cipher}"));
                return self.fault(|name| FileFault::OldEncryption(name, form));
            }
            _ => {}
        }
        let known = ["CERTIFICATE", "PRIVATE KEY", "PKCS", "CMS"].iter().any(|word| tag.contains(word));
        let damaged = |name| FileFault::Damaged(name, clean(tag));
        // A kind of another program, which is whole for all one knows.
        let is_other = block.body.is_some()
            && (tag.ends_with("PRIVATE KEY") && !KEYS.contains(&tag)
                || tag.ends_with(" CERTIFICATE") && !CERTIFICATES.contains(&tag));
        let Some((tlv, rest)) = block.body.as_ref().and_then(|body| Tlv::read(body)) else {
            if is_other {
                self.other_kind(tag);
            } else if known {
                self.fault(damaged);
            }
            return;
        };
        // Behind the certificate OpenSSL says what it is trusted for; that is left out. Nothing else may follow.
        let is_whole = rest.iter().all(|byte| *byte == 0) || tag == "TRUSTED CERTIFICATE" || !block.has_end;
        let told = self.faults.len();
        let understood = is_whole && self.read_der(tlv.whole);
        // A key is called as the file calls it.
        for fault in self.faults[told..].iter_mut().filter(|_| tag.contains("PRIVATE KEY")) {
            if let FileFault::Damaged(_, part) = fault {
                *part = clean(tag);
            }
        }
        if !understood && is_other {
            return self.other_kind(tag);
        }
        if !understood && known {
            return self.fault(damaged);
        }
        if understood && !block.has_end {
            self.repaired("ends without its `-----END` line; what it holds is whole.");
        }
    }

    /// A part that another program understands. A certificate of such is no concern of ours.
    fn other_kind(&mut self, tag: &str) {
        let kind = match tag {
            "TSS2 PRIVATE KEY" => "one that a security chip (TPM) keeps, which works in that computer only".to_owned(),
            _ => format!("`{}`", clean(tag)),
        };
        if tag.ends_with("KEY") {
            self.fault(|name| FileFault::KeyKind(name, kind));
        }
    }

    /// One structure of whatever kind. `false` where it is none of ours; a fault was told otherwise.
    fn read_der(&mut self, der: &[u8]) -> bool {
        if let Ok(([], _)) = X509Certificate::from_der(der) {
            self.met += 1;
            self.found.take_certificate(der);
            return true;
        }
        if let Some(part) = unread_certificate(der) {
            self.fault(|name| FileFault::Form(name, part));
            return true;
        }
        if pkcs12::is_pkcs12(der) {
            self.read_pkcs12(der);
            return true;
        }
        match Key::read(self.name, der, self.passphrase) {
            Ok(Some(key)) => {
                self.met += 1;
                self.has_opened |= pkcs12::is_encrypted_key(der);
                self.found.take_key(key);
                return true;
            }
            Ok(None) => {}
            Err(fault) => {
                self.faults.push(fault);
                return true;
            }
        }
        if is_enveloped(der) {
            self.fault(|name| FileFault::Document(name, "an encrypted mail"));
            return true;
        }
        if let Some(certificates) = sequence(der) {
            self.met += certificates.len();
            certificates.into_iter().for_each(|certificate| self.found.take_certificate(certificate));
            return true;
        }
        if let Some(Signed { certificates, content }) = pkcs7(der) {
            self.met += certificates.len();
            certificates.into_iter().for_each(|certificate| self.found.take_certificate(certificate));
            // The certificates of a signed mail are its sender's; those that were sent stand in its text.
            self.read_within(&content);
            if self.met == 0 && self.faults.is_empty() {
                self.fault(FileFault::Nothing);
            }
            return true;
        }
        if CertificateRevocationList::from_der(der).is_ok() {
            self.fault(FileFault::Revocations);
            return true;
        }
        let other = if X509CertificationRequest::from_der(der).is_ok() {
            FileFault::Request
        } else if SubjectPublicKeyInfo::from_der(der).is_ok() {
            FileFault::PublicKey
        } else {
            return false;
        };
        self.fault(other);
        true
    }

    fn read_pkcs12(&mut self, der: &[u8]) {
        let bags = match pkcs12::open(der, self.passphrase) {
            Ok(bags) => bags,
            Err(closed) => {
                return self.faults.push(FileFault::of(self.name, closed, self.passphrase, Container::Pkcs12));
            }
        };
        self.has_opened |= bags.is_encrypted && self.passphrase.is_some();
        for key in &bags.keys {
            match Key::read(self.name, key, None) {
                Ok(Some(key)) => {
                    self.met += 1;
                    self.found.take_key(key);
                }
                Ok(None) => self.fault(|name| FileFault::Damaged(name, fault::PKCS12.into())),
                Err(fault) => self.faults.push(fault),
            }
        }
        for certificate in &bags.certificates {
            self.met += 1;
            self.found.take_certificate(certificate);
        }
        if self.met == 0 && self.faults.is_empty() {
            self.fault(FileFault::Nothing);
        }
    }
}
