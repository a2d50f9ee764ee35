//! A private key, brought to one form: PKCS#8 DER, with the public key that belongs to it.

use super::fault::{Container, FileFault, PBES1};
use super::pkcs12::{self, Closed};
use super::text;
use super::tlv::{SEQUENCE, Tlv};
use crate::engine::Secret;
use aws_lc_rs::signature::{self, EcdsaKeyPair, KeyPair as _, RsaKeyPair};
use pkcs1::RsaPrivateKeyRef;
use pkcs8::PrivateKeyInfoRef;
use pkcs8::der::asn1::{AnyRef, ObjectIdentifier, OctetStringRef};
use pkcs8::der::{Decode, Encode, Tag, Tagged};
use pkcs8::spki::AlgorithmIdentifierRef;
use zeroize::Zeroizing;

/// A private key that can serve a web site.
pub struct Key {
    /// PKCS#8 DER.
    pub der: Secret,
    /// What a certificate's subjectPublicKey holds for this key.
    pub public: Vec<u8>,
    pub kind: KeyKind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// Bits of the modulus.
    Rsa(usize),
    Ec(&'static str),
}

impl std::fmt::Display for KeyKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            KeyKind::Rsa(bits) => write!(f, "RSA, {bits} bits"),
            KeyKind::Ec(curve) => write!(f, "EC, {curve}"),
        }
    }
}

const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const CURVES: &[(&str, &str)] =
    &[("1.2.840.10045.3.1.7", "P-256"), ("1.3.132.0.34", "P-384"), ("1.3.132.0.35", "P-521")];

/// Kinds of key that no browser takes from a server.
const ALGORITHMS: &[(&str, &str)] = &[
    ("1.3.101.112", "Ed25519, which no browser takes from a web server yet"),
    ("1.3.101.113", "Ed448, which no browser takes from a web server"),
    ("1.2.840.113549.1.1.10", "RSA for PSS signatures only, which browsers do not take"),
    ("1.2.840.10040.4.1", "DSA, which no browser takes any more"),
    ("1.3.101.110", "X25519, which agrees on keys and cannot sign"),
    ("1.3.101.111", "X448, which agrees on keys and cannot sign"),
    ("1.2.840.10046.2.1", "Diffie-Hellman, which agrees on keys and cannot sign"),
    ("1.2.840.113549.1.3.1", "Diffie-Hellman, which agrees on keys and cannot sign"),
    ("1.3.132.1.12", "ECDH, which agrees on keys and cannot sign"),
    ("1.2.643.7.1.1.1.1", "GOST, which no browser takes"),
    ("1.2.643.7.1.1.1.2", "GOST, which no browser takes"),
];

/// The name of a curve that no browser takes; its object identifier where it has none here.
pub fn curve(oid: &str) -> &str {
    const RARE: &[(&str, &str)] = &[
        ("1.2.840.10045.3.1.1", "P-192"),
        ("1.3.132.0.33", "P-224"),
        ("1.3.132.0.10", "secp256k1"),
        ("1.3.36.3.3.2.8.1.1.7", "brainpoolP256r1"),
        ("1.3.36.3.3.2.8.1.1.11", "brainpoolP384r1"),
        ("1.3.36.3.3.2.8.1.1.13", "brainpoolP512r1"),
        ("1.2.156.10197.1.301", "SM2"),
    ];
    RARE.iter().find(|(known, _)| *known == oid).map_or(oid, |(_, name)| *name)
}

impl Key {
    /// Reads PKCS#8 (also encrypted), PKCS#1 or SEC1. `None` where it is none of these.
    pub fn read(name: &str, der: &[u8], passphrase: Option<&Secret>) -> Result<Option<Key>, FileFault> {
        Self::read_within(name, der, passphrase, 2)
    }

    /// `depth` is how many times it may be encrypted: each time may cost millions of rounds.
    fn read_within(
        name: &str,
        der: &[u8],
        passphrase: Option<&Secret>,
        depth: usize,
    ) -> Result<Option<Key>, FileFault> {
        if let Ok(info) = PrivateKeyInfoRef::try_from(der) {
            return Self::of(name, &info).map(Some);
        }
        if let Some(opened) = pkcs12::open_key(der, passphrase) {
            let opened = opened.map_err(|closed| match closed {
                Closed::Cipher(cipher) if cipher.starts_with("1.2.840.113549.1.5.") => {
                    FileFault::OldEncryption(name.to_owned(), PBES1.into())
                }
                closed => FileFault::of(name, closed, passphrase, Container::Key),
            })?;
            let damaged = || FileFault::Damaged(name.to_owned(), "ENCRYPTED PRIVATE KEY".into());
            let depth = depth.checked_sub(1).ok_or_else(damaged)?;
            // PKCS#8, or another form that somebody put in its place, such as PEM.
            let text = text::find(&opened);
            let within = text.blocks.first().and_then(|block| block.body.as_ref()).unwrap_or(&opened);
            return Self::read_within(name, within, passphrase, depth)?.ok_or_else(damaged).map(Some);
        }
        if RsaPrivateKeyRef::try_from(der).is_ok() {
            let null = AnyRef::NULL;
            return Self::wrap(name, RSA, Some(null), der).map(Some);
        }
        if let Ok(ec) = sec1::EcPrivateKey::from_der(der) {
            let Some(parameters) = ec.parameters else { return Err(FileFault::NoCurve(name.to_owned())) };
            let curve = parameters.named_curve().ok_or_else(|| FileFault::Curve(name.to_owned()))?;
            return Self::wrap(name, EC, Some(AnyRef::from(&curve)), der).map(Some);
        }
        // SEC1 with the curve's numbers in place of its name: version 1, the key, and `[0]` with a SEQUENCE.
        let parts = Tlv::only(der).and_then(|key| key.children()).unwrap_or_default();
        if let [version, _, parameters, ..] = parts.as_slice()
            && version.number() == Some(1)
            && parameters.tag == 0xa0
            && parameters.child().is_some_and(|curve| curve.tag == SEQUENCE)
        {
            return Err(FileFault::Curve(name.to_owned()));
        }
        Ok(None)
    }

    fn wrap(name: &str, oid: ObjectIdentifier, parameters: Option<AnyRef<'_>>, der: &[u8]) -> Result<Key, FileFault> {
        let damaged = || FileFault::Damaged(name.to_owned(), "PRIVATE KEY".into());
        let bytes = OctetStringRef::new(der).map_err(|_| damaged())?;
        Self::of(name, &PrivateKeyInfoRef::new(AlgorithmIdentifierRef { oid, parameters }, bytes))
    }

    fn of(name: &str, info: &PrivateKeyInfoRef<'_>) -> Result<Key, FileFault> {
        let damaged = || FileFault::Damaged(name.to_owned(), "PRIVATE KEY".into());
        let unsound = || FileFault::Unsound(name.to_owned());
        let inner = info.private_key.as_bytes();
        // Without what version 2 brings besides (RFC 5958): OpenSSL 3.0 reads version 1 only.
        let mut algorithm = info.algorithm;
        if algorithm.oid == RSA {
            // NULL, which some leave out and servers want (RFC 3279, 2.3.1).
            algorithm.parameters = Some(AnyRef::NULL);
        }
        let bare = PrivateKeyInfoRef::new(algorithm, info.private_key);
        let whole = Zeroizing::new(bare.to_der().map_err(|_| damaged())?);
        let (public, kind) = if info.algorithm.oid == RSA {
            let rsa = RsaPrivateKeyRef::try_from(inner).map_err(|_| damaged())?;
            if rsa.version() == pkcs1::Version::Multi {
                let kind = "RSA with more than two primes, which not every server reads";
                return Err(FileFault::KeyKind(name.to_owned(), kind.into()));
            }
            let modulus = rsa.modulus.as_bytes();
            let bits = modulus.len() * 8 - modulus.first().map_or(0, |byte| byte.leading_zeros() as usize);
            // The library that looks whether all parts belong together reads keys of these sizes only.
            let is_usual = (2048..=8192).contains(&bits) && rsa.public_exponent.as_bytes().len() <= 4;
            if is_usual && RsaKeyPair::from_pkcs8(&whole).is_err() {
                return Err(unsound());
            }
            (rsa.public_key().to_der().map_err(|_| damaged())?, KeyKind::Rsa(bits))
        } else if info.algorithm.oid == EC {
            // A curve in numbers is a SEQUENCE.
            if info.algorithm.parameters.is_some_and(|curve| Tagged::tag(&curve) == Tag::Sequence) {
                return Err(FileFault::Curve(name.to_owned()));
            }
            let oid = info.algorithm.parameters_oid().map_err(|_| damaged())?.to_string();
            let curve = CURVES.iter().find(|(known, _)| *known == oid).map(|(_, curve)| *curve);
            let other = || FileFault::KeyKind(name.to_owned(), format!("an EC key on the curve {}", self::curve(&oid)));
            let curve = curve.ok_or_else(other)?;
            let algorithm = match curve {
                "P-256" => &signature::ECDSA_P256_SHA256_ASN1_SIGNING,
                "P-384" => &signature::ECDSA_P384_SHA384_ASN1_SIGNING,
                _ => &signature::ECDSA_P521_SHA512_ASN1_SIGNING,
            };
            let pair =
                EcdsaKeyPair::from_private_key_der(algorithm, &whole).map_err(|_| match without_public(info) {
                    // It is the public half that does not fit.
                    Some(half) if EcdsaKeyPair::from_private_key_der(algorithm, &half).is_ok() => unsound(),
                    _ => damaged(),
                })?;
            (pair.public_key().as_ref().to_vec(), KeyKind::Ec(curve))
        } else {
            let oid = info.algorithm.oid.to_string();
            let known = ALGORITHMS.iter().find(|(known, _)| *known == oid);
            let kind = known.map_or_else(|| format!("algorithm {oid}"), |(_, kind)| (*kind).to_owned());
            return Err(FileFault::KeyKind(name.to_owned(), kind));
        };
        match &info.public_key {
            Some(other) if other.as_bytes() != Some(public.as_slice()) => Err(unsound()),
            _ => Ok(Key { der: Secret::new(whole.to_vec()), public, kind }),
        }
    }

    /// The lines of its PEM that say something of the private half. Those of the public half stand in every request and
    /// certificate too.
    pub fn private_lines(&self) -> Vec<Secret> {
        // A line has 64 letters, which are 48 bytes.
        let pem = self.to_pem();
        let lines = pem.lines().filter(|line| !line.starts_with("-----"));
        let is_public = |part: &[u8]| self.public.windows(part.len()).any(|window| window == part);
        let private =
            lines.zip(self.der.expose().chunks(48)).filter(|(line, part)| line.len() > 20 && !is_public(part));
        private.map(|(line, _)| Secret::from(line.to_owned())).collect()
    }

    /// PEM, with the header that says what is in it: PKCS#8 for every kind.
    pub fn to_pem(&self) -> Zeroizing<String> {
        let config = pem::EncodeConfig::new().set_line_ending(pem::LineEnding::LF);
        Zeroizing::new(pem::encode_config(&pem::Pem::new("PRIVATE KEY", self.der.expose().to_vec()), config))
    }
}

/// An EC key without its public half. `None` where there is none in it.
fn without_public(info: &PrivateKeyInfoRef<'_>) -> Option<Zeroizing<Vec<u8>>> {
    let mut ec = sec1::EcPrivateKey::from_der(info.private_key.as_bytes()).ok()?;
    ec.public_key.take()?;
    let inner = Zeroizing::new(ec.to_der().ok()?);
    let half = PrivateKeyInfoRef::new(info.algorithm, OctetStringRef::new(&inner).ok()?);
    half.to_der().ok().map(Zeroizing::new)
}
