//! What in a certificate is not built as the standard (RFC 5280) says, so that some client or all of them refuse to read it.
//! Most of it is read here all the same, to tell everything else that is wrong. What a certificate says is `facts`'.

use super::facts::bits;
use super::pkcs12::oid;
use super::tlv::{OCTETS, OID, Tlv};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::{GeneralSubtree, NameConstraints};
use x509_parser::prelude::{GeneralName, ParsedExtension};
use x509_parser::public_key::PublicKey;
use x509_parser::x509::X509Name;

/// The parts that are not as they have to be, in words; empty where all is well.
pub fn malformed(cert: &X509Certificate, der: &[u8]) -> Vec<String> {
    let mut wrong: Vec<String> = vec![];
    if !has_dates(der) {
        wrong.push("its dates".into());
    }
    let serial = cert.raw_serial();
    let is_padded =
        matches!(serial, [0, next, ..] if next & 0x80 == 0) || matches!(serial, [0xff, next, ..] if next & 0x80 != 0);
    if serial.is_empty() || is_padded {
        wrong.push("the serial number".into());
    }
    for (name, what) in [(cert.subject(), "the subject"), (cert.issuer(), "the issuer's name")] {
        if has_broken_text(name) {
            wrong.push(what.into());
        }
    }
    // A bit string in pieces (BER), which OpenSSL alone reads.
    let signed = || Tlv::read(der)?.0.child()?.signed_parts();
    if signed().is_some_and(|parts| parts.iter().any(|part| matches!(part.tag, 0xa1 | 0xa2))) {
        wrong.push("its unique identifiers".into());
    }
    // RSA keys say NULL here (RFC 3279, 2.3.1); BoringSSL and Go read no others.
    let key = &cert.public_key().algorithm;
    if oid(key.algorithm.as_bytes()) == "1.2.840.113549.1.1.1" && key.parameters.is_none() {
        wrong.push("the kind of its key".into());
    }
    if !is_key(cert) {
        wrong.push(KEY.into());
    }
    if identifiers(der).iter().any(|id| !is_identifier(id.bytes)) {
        wrong.push("an object identifier in it".into());
    }
    let mut seen = vec![];
    for extension in cert.extensions() {
        let id = oid(extension.oid.as_bytes());
        let is_known = KNOWN.iter().any(|(known, _)| *known == id);
        let shown = shown_extension(&id);
        if seen.contains(&id) {
            wrong.push(format!("{shown}, which is there twice"));
        } else if is_known && !is_well_formed(extension.parsed_extension(), extension.value) {
            wrong.push(shown);
        }
        seen.push(id);
    }
    wrong.dedup();
    wrong
}

/// What Go's library does not read and others do, in words.
pub fn of_go(cert: &X509Certificate, der: &[u8]) -> Vec<&'static str> {
    let mut found = vec![];
    if cert.raw_serial().first().is_some_and(|first| first & 0x80 != 0) {
        found.push("a negative serial number");
    }
    if let Ok(PublicKey::RSA(rsa)) = cert.public_key().parsed()
        && matches!(bits(rsa.exponent), 32..=33)
    {
        found.push("a key with an exponent of more than 31 bits");
    }
    if identifiers(der).iter().any(|id| !id.is_policy && has_large_number(id.bytes)) {
        found.push("an object identifier with a number of more than 31 bits");
    }
    // A list, bits, UniversalString, and digits (NumericString) that are none.
    let is_unread = |tag: u32, text: &[u8]| match tag {
        3 | 16 | 28 => true,
        18 => !text.iter().all(|byte| byte.is_ascii_digit() || *byte == b' '),
        _ => false,
    };
    let names = [cert.subject(), cert.issuer()].into_iter().flat_map(X509Name::iter_attributes);
    if names.into_iter().any(|part| is_unread(part.attr_value().tag().0, part.as_slice())) {
        found.push("a name in a kind of text (such as UniversalString or a bit string) that it does not know");
    }
    let names = cert.subject_alternative_name().ok().flatten();
    if names.is_some_and(|names| {
        names.value.general_names.iter().any(|name| matches!(name, GeneralName::URI(text) if !is_uri(text)))
    }) {
        found.push("a URI among its names that is none");
    }
    let is_read = |tree: &GeneralSubtree| {
        use GeneralName::{DNSName, IPAddress, RFC822Name, URI};
        matches!(tree.base, DNSName(_) | IPAddress(_) | RFC822Name(_) | URI(_))
    };
    if let Ok(Some(constraints)) = cert.name_constraints()
        && constraints.critical
        && ![&constraints.value.permitted_subtrees, &constraints.value.excluded_subtrees]
            .into_iter()
            .flatten()
            .flatten()
            .all(is_read)
    {
        found.push("name constraints of a kind that is rarely used");
    }
    found
}

/// Whether Go's `net/url` reads it: it has a scheme, two digits behind every `%`, brackets that close and a port in digits.
fn is_uri(text: &str) -> bool {
    let (scheme, rest) = text.split_once(':').unwrap_or_default();
    let authority = rest.strip_prefix("//").and_then(|rest| rest.split(['/', '?', '#']).next()).unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    let port = match host.strip_prefix('[') {
        Some(address) => address.split_once(']').map(|(_, port)| port),
        None => Some(host.rfind(':').map_or("", |at| &host[at..])),
    };
    let is_port =
        |port: &str| port.is_empty() || port.strip_prefix(':').is_some_and(|n| n.bytes().all(|b| b.is_ascii_digit()));
    let is_escape = |after: &str| after.len() >= 2 && after.bytes().take(2).all(|byte| byte.is_ascii_hexdigit());
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
        && !text.contains(|c: char| c.is_ascii_control() || c == ' ')
        && text.split('%').skip(1).all(is_escape)
        && port.is_some_and(is_port)
}

/// What rustls does not read and others do, in words.
pub fn of_rustls(cert: &X509Certificate) -> Vec<&'static str> {
    let has_ids = cert.issuer_uid.is_some() || cert.subject_uid.is_some();
    has_ids.then_some("numbers of its subject or issuer beside their names (unique identifiers)").into_iter().collect()
}

/// How a key that is not written as the standard says is called.
pub const KEY: &str = "its public key";

/// Whether the public key is written as RFC 3279 wants it: numbers in their shortest form and not negative, a curve by its
/// name, a point that is as long as one on it.
fn is_key(cert: &X509Certificate) -> bool {
    let spki = cert.public_key();
    let bytes: &[u8] = &spki.subject_public_key.data;
    match oid(spki.algorithm.algorithm.as_bytes()).as_str() {
        "1.2.840.113549.1.1.1" => {
            let is_number = |number: &Tlv| match number.content {
                [] => false,
                [0, next, ..] => next & 0x80 != 0,
                [first, ..] => first & 0x80 == 0,
            };
            Tlv::only(bytes)
                .and_then(|key| key.children())
                .is_some_and(|parts| parts.len() == 2 && parts.iter().all(is_number))
        }
        "1.2.840.10045.2.1" => {
            let size = |curve: &str| match curve {
                "1.2.840.10045.3.1.7" => Some(32),
                "1.3.132.0.34" => Some(48),
                "1.3.132.0.35" => Some(66),
                _ => None,
            };
            let Some(curve) = &spki.algorithm.parameters else { return false };
            // A curve in numbers is a SEQUENCE, and told as that.
            match curve.tag().0 {
                6 => size(&oid(curve.data)).is_none_or(|size| match bytes.first() {
                    Some(2 | 3) => bytes.len() == 1 + size,
                    _ => bytes.len() == 1 + 2 * size,
                }),
                tag => tag == 16,
            }
        }
        _ => true,
    }
}

/// An object identifier as it is written, and whether it is of a policy: those may have large numbers for all clients of today.
struct Identifier<'a> {
    bytes: &'a [u8],
    is_policy: bool,
}

/// The object identifiers of a certificate that clients read: those of the extensions that they know too.
fn identifiers(der: &[u8]) -> Vec<Identifier<'_>> {
    let mut found = vec![];
    if let Some((whole, _)) = Tlv::read(der) {
        find_identifiers(&whole, false, &mut found);
    }
    found
}

fn find_identifiers<'a>(tlv: &Tlv<'a>, is_policy: bool, found: &mut Vec<Identifier<'a>>) {
    const CONSTRUCTED: u8 = 0x20;
    const REGISTERED_ID: u8 = 0x88;
    if matches!(tlv.tag, OID | REGISTERED_ID) {
        return found.push(Identifier { bytes: tlv.content, is_policy });
    }
    let children = if tlv.tag & CONSTRUCTED == 0 { None } else { tlv.children() };
    let children = children.unwrap_or_default();
    let [kind, .., value] = children.as_slice() else {
        return children.iter().for_each(|child| find_identifiers(child, is_policy, found));
    };
    if (kind.tag, value.tag) != (OID, OCTETS) {
        return children.iter().for_each(|child| find_identifiers(child, is_policy, found));
    }
    found.push(Identifier { bytes: kind.content, is_policy: false });
    let id = oid(kind.content);
    if KNOWN.iter().any(|(known, _)| *known == id)
        && let Some((inside, _)) = Tlv::read(value.content)
    {
        find_identifiers(&inside, id == "2.5.29.32", found);
    }
}

/// Whether it ends where a number of it does, and none begins with an empty digit (X.690, 8.19.2).
fn is_identifier(id: &[u8]) -> bool {
    let begins = |at: usize| at == 0 || id[at - 1] & 0x80 == 0;
    id.last().is_some_and(|last| last & 0x80 == 0) && (0..id.len()).all(|at| !(begins(at) && id[at] == 0x80))
}

/// Whether a number of it needs more than 31 bits.
fn has_large_number(id: &[u8]) -> bool {
    id.split_inclusive(|byte| byte & 0x80 == 0)
        .any(|number| number.iter().fold(0u128, |all, digit| all << 7 | u128::from(digit & 0x7f)) > i32::MAX as u128)
}

pub const NAMES: &str = "the subject alternative name";
pub const BASIC: &str = "the basic constraints";

fn is_well_formed(extension: &ParsedExtension, value: &[u8]) -> bool {
    // One element, and nothing behind it.
    if !Tlv::read(value).is_some_and(|(_, rest)| rest.is_empty()) {
        return false;
    }
    match extension {
        ParsedExtension::ParseError { .. } => false,
        ParsedExtension::SubjectAlternativeName(all) => {
            !all.general_names.is_empty() && all.general_names.iter().all(is_name)
        }
        ParsedExtension::NameConstraints(constraints) => are_constraints(constraints) && has_no_bounds(value),
        ParsedExtension::CertificatePolicies(all) => {
            let mut policies: Vec<&[u8]> = all.iter().map(|policy| policy.policy_id.as_bytes()).collect();
            policies.sort_unstable();
            policies.windows(2).all(|pair| pair[0] != pair[1])
        }
        ParsedExtension::PolicyMappings(all) => all.mappings.iter().all(|mapping| {
            [&mapping.issuer_domain_policy, &mapping.subject_domain_policy]
                .iter()
                .all(|policy| policy.as_bytes() != ANY)
        }),
        _ => true,
    }
}

fn is_name(name: &GeneralName) -> bool {
    match name {
        GeneralName::DNSName(text) | GeneralName::RFC822Name(text) | GeneralName::URI(text) => text.is_ascii(),
        GeneralName::IPAddress(bytes) => matches!(bytes.len(), 4 | 16),
        GeneralName::DirectoryName(name) => !has_broken_text(name),
        GeneralName::Invalid(..) => false,
        _ => true,
    }
}

/// Whether the dates are written as RFC 5280 wants them (4.1.2.5): to the second, in universal time.
pub fn has_dates(der: &[u8]) -> bool {
    let dates = || {
        let signed = Tlv::read(der)?.0.child()?.signed_parts()?;
        signed.get(3)?.children()
    };
    let is_date = |date: &Tlv| {
        let digits = match date.tag {
            0x17 => 12,
            0x18 => 14,
            _ => return false,
        };
        let Some((time, end)) = date.content.split_at_checked(digits) else { return false };
        if end != b"Z" || !time.iter().all(u8::is_ascii_digit) {
            return false;
        }
        let number =
            |range: std::ops::Range<usize>| time[range].iter().fold(0, |n, digit| n * 10 + i16::from(digit - b'0'));
        let at = digits - 10;
        let [month, day, hour, minute, second] = [0, 2, 4, 6, 8].map(|place| number(at + place..at + place + 2) as i8);
        let year = if digits == 14 { number(0..4) } else { 1950 + (number(0..2) + 50) % 100 };
        jiff::civil::DateTime::new(year, month, day, hour, minute, second, 0).is_ok()
    };
    dates().is_some_and(|dates| dates.len() == 2 && dates.iter().all(is_date))
}

/// At least one subtree, and addresses with a mask that is one stretch of bits (RFC 5280, 4.2.1.10).
fn are_constraints(constraints: &NameConstraints) -> bool {
    let all: Vec<&GeneralSubtree> =
        [&constraints.permitted_subtrees, &constraints.excluded_subtrees].into_iter().flatten().flatten().collect();
    let is_mask = |mask: &[u8]| {
        let ones = mask.iter().map(|byte| byte.leading_ones()).take_while(|ones| *ones > 0).sum::<u32>();
        mask.iter().map(|byte| byte.count_ones()).sum::<u32>() == ones
    };
    let is_tree = |tree: &&GeneralSubtree| match &tree.base {
        GeneralName::IPAddress(bytes) => matches!(bytes.len(), 8 | 32) && is_mask(&bytes[bytes.len() / 2..]),
        GeneralName::DNSName(text) | GeneralName::RFC822Name(text) | GeneralName::URI(text) => text.is_ascii(),
        GeneralName::Invalid(..) => false,
        _ => true,
    };
    !all.is_empty() && all.iter().all(is_tree)
}

/// Each subtree is a name alone: RFC 5280 allows no other bounds than those that are not written.
fn has_no_bounds(value: &[u8]) -> bool {
    let lists = || Tlv::read(value)?.0.children();
    let is_bare = |tree: &Tlv| tree.children().is_some_and(|parts| parts.len() == 1);
    lists().is_some_and(|lists| lists.iter().all(|list| list.children().is_some_and(|trees| trees.iter().all(is_bare))))
}

/// Text that is not of the kind that it says, or of a kind that names are not written in (X.520): OpenSSL does not even load
/// such a certificate.
fn has_broken_text(name: &X509Name) -> bool {
    // UTF8String, BMPString and UniversalString.
    name.iter_attributes().any(|attribute| match (attribute.attr_value().tag().0, attribute.as_slice()) {
        (12, bytes) => std::str::from_utf8(bytes).is_err(),
        (30, bytes) => bytes.len() % 2 != 0,
        (28, bytes) => bytes.len() % 4 != 0,
        // Numbers, octets, times, VisibleString and GeneralString, among others.
        (3 | 16 | 18..=20 | 22, _) => false,
        _ => true,
    })
}

/// anyPolicy, which nothing may be mapped to (RFC 5280, 4.2.1.5).
const ANY: &[u8] = &[0x55, 0x1d, 0x20, 0];

/// An extension as it is called in sentences.
pub fn shown_extension(id: &str) -> String {
    let name = KNOWN.iter().find(|(known, _)| *known == id).map(|(_, name)| *name);
    name.map_or_else(|| format!("the extension {id}"), |name| format!("the {name}"))
}

/// Extensions that clients read, by object identifier.
const KNOWN: &[(&str, &str)] = &[
    ("2.5.29.14", "subject key identifier"),
    ("2.5.29.15", "key usage"),
    ("2.5.29.17", "subject alternative name"),
    ("2.5.29.19", "basic constraints"),
    ("2.5.29.30", "name constraints"),
    ("2.5.29.31", "places of revocation lists"),
    ("2.5.29.32", "certificate policies"),
    ("2.5.29.33", "policy mappings"),
    ("2.5.29.35", "authority key identifier"),
    ("2.5.29.36", "policy constraints"),
    ("2.5.29.37", "extended key usage"),
    ("2.5.29.54", "rule on any policy"),
    ("1.3.6.1.5.5.7.1.1", "access to the issuer (authority information access)"),
];
