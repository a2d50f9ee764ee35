//! A new private key, and the request for a certificate on it. The key leaves this module as a secret only.

use super::{FileFault, Key};
use crate::engine::Secret;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose, PublicKeyData, RsaKeySize, SignatureAlgorithm,
};
use x509_parser::prelude::{FromDer, GeneralName, ParsedExtension, X509CertificationRequest};
use zeroize::Zeroizing;

/// Why a key or a request could not be made.
#[derive(Debug, thiserror::Error)]
pub enum MakeError {
    #[error("the library for certificates failed")]
    Library(#[from] rcgen::Error),
    #[error("the new key cannot be read")]
    Unread(#[from] FileFault),
}

/// The kinds of key that can be made: the word for the answers file, and its name.
pub const KINDS: &[(&str, &str)] = &[
    ("rsa-2048", "RSA, 2048 bits"),
    ("rsa-3072", "RSA, 3072 bits"),
    ("rsa-4096", "RSA, 4096 bits"),
    ("ec-p256", "EC, P-256"),
];

/// Makes a key of a kind of `KINDS`.
pub fn key(kind: &str) -> Result<Key, MakeError> {
    let rsa = |size| KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, size);
    let pair = match kind {
        "rsa-2048" => rsa(RsaKeySize::_2048),
        "rsa-3072" => rsa(RsaKeySize::_3072),
        "rsa-4096" => rsa(RsaKeySize::_4096),
        _ => KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256),
    };
    let pair = pair?;
    Key::read("the new key", &pair.serialize_der(), None)?
        .ok_or_else(|| FileFault::Damaged("the new key".into(), "PRIVATE KEY".into()).into())
}

/// The request (PEM) for a certificate of `host` on this key: CN and SAN are the host.
pub fn request(key: &Secret, host: &str) -> Result<String, MakeError> {
    let pair = KeyPair::try_from(key.expose())?;
    let mut params = CertificateParams::new(vec![host.to_owned()])?;
    params.distinguished_name = DistinguishedName::new();
    // A CN has at most 64 characters (RFC 5280, ub-common-name); where the host is longer the SAN alone says it.
    if host.len() <= 64 {
        params.distinguished_name.push(DnType::CommonName, host);
    }
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params
        .serialize_request(&pair)
        .and_then(|request| request.pem())
        .map_err(MakeError::from)
        .map(|pem| pem.replace("\r\n", "\n"))
}

/// Whether this text is a request (PEM), and nothing else.
pub fn is_request(text: &str) -> bool {
    let (first, last) = ("-----BEGIN CERTIFICATE REQUEST-----", "-----END CERTIFICATE REQUEST-----");
    let bare = text.trim().starts_with(first) && text.trim().ends_with(last);
    bare && pem::parse_many(text).is_ok_and(|all| all.len() == 1)
}

/// A request for a certificate, as it was read.
pub struct Request {
    /// It alone, whatever else is written in its PEM block.
    pub pem: String,
    /// The public key, as `Key::public`.
    pub public: Vec<u8>,
    /// The one host that it is for.
    pub host: String,
}

impl Request {
    /// Reads a text that is a request (PEM) for one host, and nothing else.
    pub fn read(text: &str) -> Option<Self> {
        let pem = pem::parse(text).ok().filter(|_| is_request(text))?;
        let Ok(([], request)) = X509CertificationRequest::from_der(pem.contents()) else { return None };
        let names = request.requested_extensions().into_iter().flatten().find_map(|extension| match extension {
            ParsedExtension::SubjectAlternativeName(names) => Some(&names.general_names),
            _ => None,
        });
        let [GeneralName::DNSName(host)] = names?.as_slice() else { return None };
        let key = &request.certification_request_info.subject_pki.subject_public_key.data;
        let (public, host) = (key.to_vec(), (*host).to_owned());
        let alone = pem::encode_config(&pem, pem::EncodeConfig::new().set_line_ending(pem::LineEnding::LF));
        Some(Request { pem: alone, public, host })
    }

    /// Whether it asks for a certificate of `host` on this key.
    pub fn asks_for(&self, key: &Key, host: &str) -> bool {
        self.public == key.public && self.host == host
    }
}

/// A key, a certificate of `host` on it and the authorities that signed it (PEM), all made up: right in form, and trusted
/// by no browser. For practice.
pub fn made_up(host: &str) -> Result<Secret, MakeError> {
    let key = pair()?;
    let chain = signed(host, &key)?;
    let key = Zeroizing::new(key.serialize_pem());
    Ok(Secret::from(format!("{}{chain}", key.as_str())))
}

/// The certificate (PEM) for a request and the authorities that signed it, made up likewise.
pub fn made_up_for(request: &Request) -> Result<String, MakeError> {
    signed(&request.host, request)
}

impl PublicKeyData for Request {
    fn der_bytes(&self) -> &[u8] {
        &self.public
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        // A point of a curve begins with how it is written (SEC 1, 2.3.3), an RSA key with a SEQUENCE.
        if self.public.first() == Some(&4) { &rcgen::PKCS_ECDSA_P256_SHA256 } else { &rcgen::PKCS_RSA_SHA256 }
    }
}

/// A certificate of `host` on a key, then the authority that signed it and its root (PEM).
fn signed(host: &str, key: &impl PublicKeyData) -> Result<String, MakeError> {
    let authority = |name: &str| {
        let mut authority = CertificateParams::default();
        authority.distinguished_name = named(name);
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        authority
    };
    let root = CertifiedIssuer::self_signed(authority("Made-up authority for practice"), pair()?)?;
    let mut between = authority("Made-up intermediate authority for practice");
    between.use_authority_key_identifier_extension = true;
    let between = CertifiedIssuer::signed_by(between, pair()?, &root)?;
    let mut leaf = CertificateParams::new(vec![host.to_owned()])?;
    leaf.distinguished_name = named("Made-up certificate for practice");
    leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    leaf.use_authority_key_identifier_extension = true;
    let now = std::time::SystemTime::now();
    let day = std::time::Duration::from_secs(86_400);
    (leaf.not_before, leaf.not_after) = ((now - day).into(), (now + 90 * day).into());
    let leaf = leaf.signed_by(key, &between)?;
    Ok(format!("{}{}{}", leaf.pem(), between.as_ref().pem(), root.as_ref().pem()))
}

fn named(name: &str) -> DistinguishedName {
    let mut names = DistinguishedName::new();
    names.push(DnType::CommonName, name);
    names
}

fn pair() -> Result<KeyPair, MakeError> {
    Ok(KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)?)
}
