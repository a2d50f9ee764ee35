//! What a certificate says, in the field's words. Whether that is good is `judge`'s.

use super::Key;
use super::key::{self, KeyKind};
use super::names::{normal, text_of, written};
use super::resources::{self, Resources};
use super::signing::{Signature, signature_of};
use super::tlv::{OID, SEQUENCE};
use super::words::clean;
use super::{chrome, form};
use jiff::Timestamp;
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::{FromDer, GeneralName, ParsedExtension};
use x509_parser::public_key::PublicKey;

#[derive(Clone, Debug)]
pub struct Facts {
    pub der: Vec<u8>,
    /// Common names, else whole names, fit to be shown.
    pub subject: String,
    pub issuer: String,
    /// DNS names of the subject alternative name, in small letters, as they stand there: `shown_names` are for sentences.
    pub names: Vec<String>,
    /// Its other names, in words.
    pub other_names: Vec<String>,
    pub not_before: Timestamp,
    pub not_after: Timestamp,
    pub key: String,
    /// Bits of an RSA key.
    pub rsa_bits: Option<usize>,
    /// Whether browsers take such a key from a server.
    pub key_fits_servers: bool,
    pub is_ca: bool,
    pub has_basic_constraints: bool,
    pub path_length: Option<u32>,
    /// `None`: it does not limit what it is for.
    pub server_auth: Option<bool>,
    /// Whether the extended key usage names signing OCSP answers.
    pub ocsp_signing: bool,
    pub usage: Option<Usage>,
    pub version: u32,
    pub signature: Signature,
    /// Critical extensions that programs may not know, by object identifier.
    pub critical: Vec<String>,
    /// What RFC 5280 wants of it and OpenSSL asks for where it is strict, in words; empty where all is there.
    pub lacks: Vec<&'static str>,
    /// Its issuer is a root, as far as it says: it names that issuer's issuer.
    pub issuer_is_root: bool,
    pub subject_der: Vec<u8>,
    pub issuer_der: Vec<u8>,
    /// The same two names as they are compared.
    pub subject_normal: Vec<String>,
    pub issuer_normal: Vec<String>,
    /// The policies that it was issued under, by object identifier; empty where it names none.
    pub policies: Vec<String>,
    /// Which policies it says are the same: its issuer's, and its own.
    pub maps_policies: Vec<(String, String)>,
    /// How many certificates below it need no policies, may map them (RFC 5280, 4.2.1.11) or name any (4.2.1.14); `None`
    /// where it sets no such limit.
    pub requires_policy: Option<u32>,
    pub stops_mapping: Option<u32>,
    pub stops_any: Option<u32>,
    /// Its key is a point of a curve that is not written out plainly: compressed (SEC 1, 2.3.3) or hybrid (X9.62, 4.3.6).
    pub is_odd_point: bool,
    /// Bits of an RSA key's public exponent.
    pub exponent_bits: usize,
    /// What Chrome does not read in it, in words that follow “has”.
    pub of_chrome: Vec<String>,
    /// What Go refuses of it and others take, in words.
    pub of_go: Vec<&'static str>,
    /// The same of rustls.
    pub of_rustls: Vec<&'static str>,
    /// Parts that are not built as the standard says, in words.
    pub malformed: Vec<String>,
    /// It names two ways in which it was signed.
    pub signs_in_two_ways: bool,
    /// It says that it stands for another certificate (RFC 3820), and is not critical about it.
    pub is_proxy: bool,
    pub resources: Resources,
    /// It asks servers to prove that it was not revoked (RFC 7633).
    pub must_staple: bool,
    /// Whether Netscape's old type of certificate says that it is a server's; `None` where it says nothing.
    pub netscape_server: Option<bool>,
    /// Its own key's identifier, and that of its issuer's key.
    pub key_ids: (Option<Vec<u8>>, Option<Vec<u8>>),
    pub serial: Vec<u8>,
    /// Its issuer's serial number and the name of that one's issuer, where it tells its issuer by them.
    pub issuer_serial: Option<Vec<u8>>,
    pub issuers_issuer: Option<Vec<String>>,
    pub public: Vec<u8>,
}

/// What its key may do (RFC 5280, 4.2.1.3).
#[derive(Clone, Copy, Debug)]
pub struct Usage {
    pub digital_signature: bool,
    pub key_encipherment: bool,
    pub cert_sign: bool,
}

impl Facts {
    /// Reads DER. `None` where it is no certificate.
    pub fn of(der: &[u8]) -> Option<Facts> {
        let (_, cert) = X509Certificate::from_der(der).ok()?;
        let (mut names, mut other_names) = (vec![], vec![]);
        for name in cert.subject_alternative_name().ok().flatten().iter().flat_map(|san| &san.value.general_names) {
            match name {
                GeneralName::DNSName(name) => names.push(name.to_lowercase()),
                GeneralName::IPAddress(bytes) => other_names.push(format!("the address {}", written(bytes))),
                GeneralName::RFC822Name(name) => other_names.push(format!("the mail address {}", clean(name))),
                GeneralName::URI(name) => other_names.push(format!("the URI {}", clean(name))),
                _ => other_names.push("a name of another kind".into()),
            }
        }
        let extended = cert.extended_key_usage().ok().flatten();
        let usage = cert.key_usage().ok().flatten().map(|usage| Usage {
            digital_signature: usage.value.digital_signature(),
            key_encipherment: usage.value.key_encipherment() || usage.value.key_agreement(),
            cert_sign: usage.value.key_cert_sign(),
        });
        let (key, rsa_bits, key_fits_servers) = key_of(&cert);
        let basic = cert.extensions().iter().find_map(|extension| match extension.parsed_extension() {
            ParsedExtension::BasicConstraints(basic) => Some((basic.clone(), extension.critical)),
            _ => None,
        });
        let limits_path = basic.as_ref().is_some_and(|(basic, _)| basic.path_len_constraint.is_some());
        let is_ca = basic.as_ref().is_some_and(|(basic, _)| basic.ca);
        let named = |oid: &str| cert.extensions().iter().find(|extension| extension.oid.to_id_string() == oid);
        // Where they are there and cannot be read, the certificate may be an issuer's.
        let is_no_ca = !is_ca && (basic.is_some() || named(BASIC_CONSTRAINTS).is_none());
        let mut key_ids = (None, None);
        let mut issuer_is_root = false;
        let (mut issuer_serial, mut issuers_issuer) = (None, None);
        let (mut policies, mut maps_policies) = (vec![], vec![]);
        let (mut requires_policy, mut stops_mapping, mut stops_any) = (None, None, None);
        let mut netscape_server = None;
        for extension in cert.extensions() {
            match extension.parsed_extension() {
                ParsedExtension::SubjectKeyIdentifier(id) => key_ids.0 = Some(id.0.to_vec()),
                ParsedExtension::CertificatePolicies(all) => {
                    policies = all.iter().map(|policy| policy.policy_id.to_id_string()).collect();
                }
                ParsedExtension::PolicyMappings(all) => {
                    let text = |oid: &x509_parser::der_parser::oid::Oid| oid.to_id_string();
                    let pairs = all.mappings.iter();
                    maps_policies = pairs
                        .map(|pair| (text(&pair.issuer_domain_policy), text(&pair.subject_domain_policy)))
                        .collect();
                }
                ParsedExtension::InhibitAnyPolicy(any) => stops_any = Some(any.skip_certs),
                ParsedExtension::NSCertType(kind) => netscape_server = Some(kind.ssl_server()),
                ParsedExtension::PolicyConstraints(constraints) => {
                    requires_policy = constraints.require_explicit_policy;
                    stops_mapping = constraints.inhibit_policy_mapping;
                }
                ParsedExtension::AuthorityKeyIdentifier(id) => {
                    key_ids.1 = id.key_identifier.as_ref().map(|id| id.0.to_vec());
                    issuer_serial = id.authority_cert_serial.map(<[u8]>::to_vec);
                    let directory = id.authority_cert_issuer.iter().flatten().find_map(|name| match name {
                        GeneralName::DirectoryName(name) => Some(name),
                        _ => None,
                    });
                    issuers_issuer = directory.map(normal);
                    issuer_is_root = directory.is_some_and(|name| name.as_raw() == cert.issuer().as_raw());
                }
                _ => {}
            }
        }
        let known = |extension: &&x509_parser::extensions::X509Extension| {
            let digits = extension.oid.to_id_string();
            !extension.critical || HANDLED.contains(&digits.as_str())
        };
        let critical = cert.extensions().iter().filter(|extension| !known(extension));
        let is_self_issued = cert.subject().as_raw() == cert.issuer().as_raw();
        let lacks = [
            // Asked for of version 3 only, which has extensions.
            (cert.version().0 >= 2 && !is_self_issued && key_ids.1.is_none(), "no authority key identifier"),
            (is_ca && key_ids.0.is_none(), "no subject key identifier"),
            (is_ca && basic.is_some_and(|(_, critical)| !critical), "basic constraints that are not critical"),
            (cert.version().0 < 2 && is_self_issued, "a version before 3"),
            (!is_ca && limits_path, "a path length, which only issuers may have"),
            (is_ca && usage.is_none(), "no key usage"),
            (is_no_ca && usage.is_some_and(|usage| usage.cert_sign), "a key usage that only issuers may have"),
        ];
        Some(Facts {
            der: der.to_vec(),
            subject: name_of(cert.subject()),
            issuer: name_of(cert.issuer()),
            names,
            other_names,
            not_before: time(cert.validity().not_before),
            not_after: time(cert.validity().not_after),
            key,
            rsa_bits,
            key_fits_servers,
            is_ca,
            has_basic_constraints: cert.basic_constraints().ok().flatten().is_some(),
            path_length: cert.basic_constraints().ok().flatten().and_then(|basic| basic.value.path_len_constraint),
            server_auth: extended.as_ref().map(|usage| usage.value.server_auth),
            ocsp_signing: extended.is_some_and(|usage| usage.value.ocsp_signing),
            usage,
            version: cert.version().0 + 1,
            signature: signature_of(&cert),
            critical: critical.map(|extension| extension.oid.to_id_string()).collect(),
            lacks: lacks.into_iter().filter(|(lacks, _)| *lacks).map(|(_, what)| what).collect(),
            issuer_is_root,
            subject_der: cert.subject().as_raw().to_vec(),
            issuer_der: cert.issuer().as_raw().to_vec(),
            subject_normal: normal(cert.subject()),
            issuer_normal: normal(cert.issuer()),
            policies,
            maps_policies,
            requires_policy,
            stops_mapping,
            stops_any,
            is_odd_point: matches!(cert.public_key().parsed(), Ok(PublicKey::EC(_)))
                && matches!(*cert.public_key().subject_public_key.data, [2 | 3 | 6 | 7, ..]),
            exponent_bits: match cert.public_key().parsed() {
                Ok(PublicKey::RSA(rsa)) => bits(rsa.exponent),
                _ => 0,
            },
            of_chrome: chrome::unread(der),
            of_go: form::of_go(&cert, der),
            of_rustls: form::of_rustls(&cert),
            malformed: form::malformed(&cert, der),
            signs_in_two_ways: cert.signature != cert.signature_algorithm,
            is_proxy: named("1.3.6.1.5.5.7.1.14").is_some_and(|extension| !extension.critical),
            resources: resources::of(&cert),
            must_staple: named("1.3.6.1.5.5.7.1.24").is_some(),
            netscape_server,
            key_ids,
            serial: cert.raw_serial().to_vec(),
            issuer_serial,
            issuers_issuer,
            public: cert.public_key().subject_public_key.data.to_vec(),
        })
    }

    /// Whether it has begun and not ended.
    pub fn is_valid(&self, now: Timestamp) -> bool {
        (self.not_before..=self.not_after).contains(&now)
    }

    /// Whether a name of this certificate covers the host; a wildcard is the whole first label, stands for one, and
    /// has at least two behind it (RFC 6125, 6.4.3, as browsers hold it).
    pub fn covers(&self, host: &str) -> bool {
        let host = host.to_lowercase();
        self.names.iter().any(|name| match name.strip_prefix("*.") {
            Some(rest) => {
                rest.contains('.')
                    && host.split_once('.').is_some_and(|(label, parent)| !label.is_empty() && parent == rest)
            }
            None => *name == host,
        })
    }

    /// Its names, fit to be shown.
    pub fn shown_names(&self) -> Vec<String> {
        self.names.iter().map(|name| clean(name)).collect()
    }

    /// Whether its authority key identifier fits another certificate than this one of its issuer.
    pub fn names_another(&self, issuer: &Facts) -> bool {
        let differ = |asked: &Option<Vec<u8>>, has: &[u8]| asked.as_ref().is_some_and(|asked| asked != has);
        issuer.key_ids.0.as_ref().is_some_and(|has| differ(&self.key_ids.1, has))
            || differ(&self.issuer_serial, &issuer.serial)
            || self.issuers_issuer.as_ref().is_some_and(|name| *name != issuer.issuer_normal)
    }

    /// Whether this certificate is on that key.
    pub fn has_key(&self, key: &Key) -> bool {
        // Compressed it is its first half, and whether the other is odd; hybrid it has both, and says that too.
        let is_same = |odd: &[u8]| match (odd, key.public.as_slice()) {
            ([sign @ (2 | 3), half @ ..], [4, whole @ .., last]) => {
                whole.len() + 1 == 2 * half.len() && whole.starts_with(half) && sign & 1 == last & 1
            }
            ([6 | 7, hybrid @ ..], [4, whole @ ..]) => hybrid == whole,
            _ => false,
        };
        self.public == key.public || self.is_odd_point && is_same(&self.public)
    }

    /// It names its issuer by no word at all.
    pub fn has_nameless_issuer(&self) -> bool {
        self.issuer_normal.is_empty()
    }

    /// Its issuer is its subject.
    pub fn is_self_issued(&self) -> bool {
        self.issuer_der == self.subject_der
    }

    /// Whether its issuer is a root, which clients have and servers need not send, as far as its name and this one tell.
    pub fn is_issued_by_root(&self) -> bool {
        let mut words = self.issuer.split(|c: char| !c.is_alphanumeric());
        self.issuer_is_root || words.any(|word| word.eq_ignore_ascii_case("root"))
    }

    /// Whether its public key is not written as the standard says, so that nothing can be compared with it.
    pub fn has_odd_key(&self) -> bool {
        self.malformed.iter().any(|part| part == super::form::KEY)
    }

    /// A name to tell it from others of the same name by.
    pub fn described(&self) -> String {
        format!("“{}” (valid until {})", self.subject, super::words::date(self.not_after))
    }
}

/// Extensions that every verifier handles, whose critical mark therefore says nothing: key usage, subject alternative
/// name, basic constraints, name constraints, extended key usage.
const HANDLED: &[&str] = &["2.5.29.15", "2.5.29.17", "2.5.29.19", "2.5.29.30", "2.5.29.37"];

const BASIC_CONSTRAINTS: &str = "2.5.29.19";

/// Where revocation lists are (RFC 5280, 4.2.1.13): OpenSSL and Go know it, browsers do not.
pub const REVOCATION_LISTS: &str = "2.5.29.31";

/// Extensions of policies, which OpenSSL and browsers handle and rustls refuses where they are critical.
pub const POLICIES: &[&str] = &["2.5.29.32", "2.5.29.33", "2.5.29.36", "2.5.29.54"];

/// Far times end where this program's calendar does, at the end of 9999.
fn time(time: x509_parser::time::ASN1Time) -> Timestamp {
    let end = if time.timestamp() > 0 { Timestamp::MAX } else { Timestamp::MIN };
    Timestamp::from_second(time.timestamp()).unwrap_or(end)
}

fn key_of(cert: &X509Certificate) -> (String, Option<usize>, bool) {
    let digits = cert.public_key().algorithm.algorithm.to_id_string();
    match (digits.as_str(), cert.public_key().parsed()) {
        ("1.2.840.113549.1.1.10", _) => ("RSA for PSS signatures only".into(), None, false),
        (_, Ok(PublicKey::RSA(rsa))) => {
            let bits = bits(rsa.modulus);
            (KeyKind::Rsa(bits).to_string(), Some(bits), true)
        }
        (_, Ok(PublicKey::EC(_))) => {
            let parameters = cert.public_key().algorithm.parameters.as_ref();
            let curve = parameters
                .filter(|curve| curve.tag().0 == u32::from(OID))
                .and_then(|curve| curve.as_oid().ok())
                .map(|curve| curve.to_id_string());
            match curve.as_deref() {
                Some("1.2.840.10045.3.1.7") => ("EC, P-256".into(), None, true),
                Some("1.3.132.0.34") => ("EC, P-384".into(), None, true),
                Some("1.3.132.0.35") => ("EC, P-521".into(), None, false),
                Some(other) => (format!("EC, on the curve {}", key::curve(other)), None, false),
                None if parameters.is_some_and(|curve| curve.tag().0 == u32::from(SEQUENCE)) => {
                    ("EC, on a curve that is written out in numbers".into(), None, false)
                }
                None => ("EC, on no curve that is named".into(), None, false),
            }
        }
        ("1.3.101.112", _) => ("Ed25519".into(), None, false),
        ("1.3.101.113", _) => ("Ed448".into(), None, false),
        (_, Ok(PublicKey::DSA(_))) => ("DSA".into(), None, false),
        (other, _) => (format!("of the kind {other}"), None, false),
    }
}

/// Bits of a whole number.
pub fn bits(number: &[u8]) -> usize {
    let digits: Vec<u8> = number.iter().copied().skip_while(|byte| *byte == 0).collect();
    digits.len() * 8 - digits.first().map_or(0, |byte| byte.leading_zeros() as usize)
}

/// A name as people say it: the common name, else the whole.
fn name_of(name: &x509_parser::x509::X509Name) -> String {
    let common = name.iter_common_name().next().map(text_of);
    let shown = clean(&common.unwrap_or_else(|| {
        let parts = name.iter_attributes().map(text_of).filter(|text| !text.is_empty());
        parts.collect::<Vec<_>>().join(", ")
    }));
    if shown.is_empty() { "a certificate without a name".to_owned() } else { shown }
}
