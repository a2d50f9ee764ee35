//! What stands around certificates: PKCS#7, and sequences of Java and Netscape; and the outer form of one.

use super::form;
use super::tlv::{SEQUENCE, Tlv};
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::{FromDer, GeneralName};

/// What a PKCS#7 file holds: SignedData (RFC 5652, 5.1), with or without a signature.
pub struct Signed<'a> {
    pub certificates: Vec<&'a [u8]>,
    /// What was signed, where it is inside.
    pub content: Vec<u8>,
}

/// `None` where it is no SignedData.
pub fn pkcs7(bytes: &[u8]) -> Option<Signed<'_>> {
    let info = Tlv::read(bytes)?.0.children()?;
    let signed = match info.as_slice() {
        [kind, content] if kind.content == SIGNED => content.child()?.children()?,
        _ => return None,
    };
    let certificates = signed.iter().find(|part| part.tag == 0xa0).map_or(Some(vec![]), Tlv::children)?;
    let content = signed.get(2).and_then(|info| info.children()?.get(1)?.child()?.octets()).unwrap_or_default();
    let signers: Vec<Tlv> = signed.last().filter(|last| last.tag == SET).and_then(Tlv::children).unwrap_or_default();
    // An answer that is encrypted for somebody (RFC 8894) holds the certificate inside.
    let is_letter = is_enveloped(&content);
    let is_sender =
        |one: &Tlv| signers.iter().any(|signer| is_of(signer, one)) && (is_letter || !names_host(one.whole));
    let is_certificate = |one: &&Tlv| one.tag == SEQUENCE && !is_sender(one);
    let certificates = certificates.iter().filter(is_certificate).filter_map(Tlv::der).collect();
    Some(Signed { certificates, content })
}

/// Whether a signature (RFC 5652, 5.3) names this certificate as that of who made it: the sender of a mail, and no hub.
fn is_of(signer: &Tlv, certificate: &Tlv) -> bool {
    let names = || {
        let parts = certificate.child()?.signed_parts()?;
        let [issuer, serial]: [Tlv; 2] = signer.children()?.get(1)?.children()?.try_into().ok()?;
        Some(issuer.whole == parts.get(2)?.whole && serial.content == parts.first()?.content)
    };
    names().unwrap_or(false)
}

fn names_host(certificate: &[u8]) -> bool {
    let names = |certificate: &X509Certificate| {
        let names = certificate.subject_alternative_name().ok().flatten();
        names.is_some_and(|names| names.value.general_names.iter().any(|name| matches!(name, GeneralName::DNSName(_))))
    };
    X509Certificate::from_der(certificate).is_ok_and(|(_, certificate)| names(&certificate))
}

const SET: u8 = 0x31;

/// Kinds of CMS (RFC 5652, 5.1 and 6.1), as the bytes of their object identifiers.
pub const SIGNED: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2];
pub const ENVELOPED: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 3];

/// Certificates in a sequence: a PkiPath of Java (X.509, 7.6), or what Netscape's own form wraps.
pub fn sequence(bytes: &[u8]) -> Option<Vec<&[u8]>> {
    const NETSCAPE: &[u8] = &[0x60, 0x86, 0x48, 1, 0x86, 0xf8, 0x42, 2, 5];
    let parts = Tlv::read(bytes)?.0.children()?;
    let parts = match parts.as_slice() {
        [kind, content] if kind.content == NETSCAPE => content.child()?.children()?,
        _ => parts,
    };
    let are_certificates = !parts.is_empty() && parts.iter().all(is_certificate_shape);
    are_certificates.then(|| parts.iter().filter_map(Tlv::der).collect())
}

/// Whether this is CMS that is encrypted for somebody (RFC 5652, 6.1).
pub fn is_enveloped(bytes: &[u8]) -> bool {
    Tlv::read(bytes).and_then(|(info, _)| info.child()).is_some_and(|kind| kind.content == ENVELOPED)
}

/// Of a certificate that is whole and says what no certificate may say, the part that is wrong where that is known.
pub fn unread_certificate(der: &[u8]) -> Option<&'static str> {
    let (outer, _) = Tlv::read(der).filter(|(tlv, rest)| rest.is_empty() && is_certificate_shape(tlv))?;
    let signed = outer.child()?.children()?;
    // A list of what was revoked has no key in it, and a request no validity.
    let parts: Vec<u8> = signed.iter().map(|part| part.tag).filter(|tag| *tag != 0xa0).collect();
    let is_whole =
        parts.starts_with(&[2, SEQUENCE, SEQUENCE, SEQUENCE, SEQUENCE, SEQUENCE]) && signed.iter().all(is_sound);
    is_whole.then(|| if form::has_dates(der) { "" } else { ": its dates are none" })
}

/// Whether all elements inside of this end where it does.
pub fn is_sound(tlv: &Tlv) -> bool {
    tlv.tag & 0x20 == 0 || tlv.children().is_some_and(|parts| parts.iter().all(is_sound))
}

/// Whether this has the outer form of a certificate (RFC 5280, 4.1): what was to be signed, how, and the signature.
pub fn is_certificate_shape(tlv: &Tlv) -> bool {
    tlv.children().is_some_and(|parts| parts.iter().map(|part| part.tag).eq([SEQUENCE, SEQUENCE, 3]))
}

/// What says nothing of use here.
pub fn is_beside(tag: &str) -> bool {
    tag.ends_with("PARAMETERS") || tag == "ATTRIBUTE CERTIFICATE"
}

/// What certificates are called besides `CERTIFICATE`.
pub const CERTIFICATES: &[&str] = &["X509 CERTIFICATE", "TRUSTED CERTIFICATE", "X.509 CERTIFICATE"];

/// What private keys are called that a file can hold as a whole.
pub const KEYS: &[&str] = &[
    "PRIVATE KEY",
    "ENCRYPTED PRIVATE KEY",
    "RSA PRIVATE KEY",
    "EC PRIVATE KEY",
    "DSA PRIVATE KEY",
    "ANY PRIVATE KEY",
];
