//! Name constraints (RFC 5280, 4.2.1.10): which names an issuer may sign. `webpki` judges them too; here it is said
//! which name and which issuer, and names of people and places (directory names), which `webpki` always refuses, are
//! compared.

use super::facts::Facts;
use super::words::{clean, list};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralSubtree;
use x509_parser::prelude::{FromDer, GeneralName};
use x509_parser::x509::X509Name;

/// Names that an issuer may not sign, for one reason.
pub struct Violation {
    pub issuer: String,
    pub names: Vec<String>,
    /// What it may sign, or may not.
    pub rule: String,
}

/// Each issuer of a path (the hub's certificate first) against all that it stands above.
pub fn violations(path: &[&Facts]) -> Vec<Violation> {
    let parsed: Vec<X509Certificate> =
        path.iter().filter_map(|facts| Some(X509Certificate::from_der(&facts.der).ok()?.1)).collect();
    let mut found: Vec<Violation> = vec![];
    for (at, issuer) in parsed.iter().enumerate().skip(1) {
        let Ok(Some(constraints)) = issuer.name_constraints() else { continue };
        let permitted = constraints.value.permitted_subtrees.as_deref().unwrap_or_default();
        let excluded = constraints.value.excluded_subtrees.as_deref().unwrap_or_default();
        // By the kind of name: what may be signed is said once, however many names there are.
        let only: Vec<String> = (0..=OTHER)
            .map(|of| permitted.iter().map(|tree| &tree.base).filter(|base| kind(base) == of).map(shown).collect())
            .map(|all: Vec<String>| format!("only {}", list(&all)))
            .collect();
        for (below, cert) in parsed[..at].iter().enumerate() {
            // Of an issuer that only renewed its key, the names are its own.
            if below > 0 && cert.subject().as_raw() == cert.issuer().as_raw() {
                continue;
            }
            for name in names(cert) {
                let same_kind = |subtree: &&GeneralSubtree| kind(&subtree.base) == kind(&name);
                let mut allowed = permitted.iter().filter(same_kind).peekable();
                let is_outside = allowed.peek().is_some() && !allowed.any(|subtree| within(&name, &subtree.base));
                let forbidden =
                    excluded.iter().find(|subtree| within(&name, &subtree.base) || covers(&name, &subtree.base));
                let rule = match forbidden {
                    Some(GeneralSubtree { base: GeneralName::DNSName("") }) => "no web address".into(),
                    Some(subtree) => format!("nothing under {}", shown(&subtree.base)),
                    None if is_outside => only[usize::from(kind(&name))].clone(),
                    None => continue,
                };
                let issuer = &path[at].subject;
                match found.iter_mut().find(|known| known.issuer == *issuer && known.rule == rule) {
                    Some(known) => known.names.push(shown(&name)),
                    None => found.push(Violation { issuer: issuer.clone(), names: vec![shown(&name)], rule }),
                }
            }
        }
    }
    found
}

/// The most pairs of a name and a constraint that a client has to compare for one issuer and one certificate.
pub fn comparisons(path: &[&Facts]) -> usize {
    let parsed = || path.iter().filter_map(|facts| Some(X509Certificate::from_der(&facts.der).ok()?.1));
    let constraints = |cert: X509Certificate| {
        let constraints = cert.name_constraints().ok().flatten()?.value;
        Some(
            [&constraints.permitted_subtrees, &constraints.excluded_subtrees].into_iter().flatten().map(Vec::len).sum(),
        )
    };
    let most_names = parsed().map(|cert| names(&cert).len()).max().unwrap_or(0);
    most_names * parsed().filter_map(constraints).max().unwrap_or(0_usize)
}

/// Whether an issuer of the path has constraints of kinds that `webpki` refuses unread.
pub fn has_unread_constraints(path: &[&Facts]) -> bool {
    path.iter().any(|facts| {
        let Ok((_, cert)) = X509Certificate::from_der(&facts.der) else { return false };
        let Ok(Some(constraints)) = cert.name_constraints() else { return false };
        let trees = [&constraints.value.permitted_subtrees, &constraints.value.excluded_subtrees];
        let unread = |tree: &GeneralSubtree| !matches!(tree.base, GeneralName::DNSName(_) | GeneralName::IPAddress(_));
        trees.into_iter().flatten().flatten().any(unread)
    })
}

fn names<'a>(cert: &'a X509Certificate<'a>) -> Vec<GeneralName<'a>> {
    let alternative = cert.subject_alternative_name().ok().flatten();
    let mut names = alternative.map_or(vec![], |names| names.value.general_names.clone());
    // A mail address may stand in the subject too, and is held against the same constraints (RFC 5280, 4.2.1.10).
    let mails = cert.subject().iter_email().filter_map(|mail| std::str::from_utf8(mail.as_slice()).ok());
    names.extend(mails.map(GeneralName::RFC822Name));
    if cert.subject().iter_rdn().next().is_some() {
        names.push(GeneralName::DirectoryName(cert.subject().clone()));
    }
    names
}

fn kind(name: &GeneralName) -> u8 {
    match name {
        GeneralName::DNSName(_) => 0,
        GeneralName::IPAddress(_) => 1,
        GeneralName::RFC822Name(_) => 2,
        GeneralName::URI(_) => 3,
        GeneralName::DirectoryName(_) => 4,
        _ => OTHER,
    }
}

const OTHER: u8 = 5;

/// Whether a wildcard may stand for this very name, which browsers take as naming it.
fn covers(name: &GeneralName, base: &GeneralName) -> bool {
    let (GeneralName::DNSName(name), GeneralName::DNSName(base)) = (name, base) else { return false };
    let parent = name.strip_prefix("*.");
    parent.is_some_and(|parent| base.split_once('.').is_some_and(|(_, rest)| rest.eq_ignore_ascii_case(parent)))
}

fn within(name: &GeneralName, base: &GeneralName) -> bool {
    let under = |name: &str, base: &str| {
        let parent = base.trim_start_matches('.');
        let at = name.len().checked_sub(parent.len());
        let parts = at.and_then(|at| name.split_at_checked(at)).filter(|(_, end)| end.eq_ignore_ascii_case(parent));
        let rest = parts.map(|(rest, _)| rest);
        base.is_empty() || rest.is_some_and(|rest| rest.ends_with('.') || rest.is_empty() && !base.starts_with('.'))
    };
    match (name, base) {
        (GeneralName::DNSName(name), GeneralName::DNSName(base)) => under(name.trim_start_matches("*."), base),
        (GeneralName::IPAddress(name), GeneralName::IPAddress(base)) => {
            let (network, mask) = base.split_at(base.len() / 2);
            name.len() == network.len() && name.iter().zip(network).zip(mask).all(|((n, b), m)| n & m == b & m)
        }
        (GeneralName::RFC822Name(name), GeneralName::RFC822Name(base)) => match name.rsplit_once('@') {
            _ if base.contains('@') => name.eq_ignore_ascii_case(base),
            Some((_, host)) if base.starts_with('.') => under(host, base),
            Some((_, host)) => host.eq_ignore_ascii_case(base),
            None => false,
        },
        (GeneralName::URI(name), GeneralName::URI(base)) => {
            let authority =
                name.split("://").nth(1).map_or("", |rest| rest.split(['/', '?', '#']).next().unwrap_or(""));
            let host = authority.rsplit('@').next().unwrap_or("").split(':').next().unwrap_or("");
            if base.starts_with('.') { under(host, base) } else { host.eq_ignore_ascii_case(base) }
        }
        (GeneralName::DirectoryName(name), GeneralName::DirectoryName(base)) => normal(name).starts_with(&normal(base)),
        _ => false,
    }
}

/// A name of a person or place as names are compared (RFC 5280, 7.1): whatever the kind of text, the case and the spaces.
pub fn normal(name: &X509Name) -> Vec<String> {
    let part = |rdn: &x509_parser::x509::RelativeDistinguishedName| {
        let value = |value: &x509_parser::x509::AttributeTypeAndValue| {
            let text = match value.attr_value().tag().0 {
                20 | 28 | 30 => text_of(value).to_lowercase(),
                _ => value.as_str().map_or_else(|_| format!("{:02x?}", value.as_slice()), str::to_lowercase),
            };
            format!("{}={}", value.attr_type(), text.split_whitespace().collect::<Vec<_>>().join(" "))
        };
        let mut values: Vec<String> = rdn.iter().map(value).collect();
        values.sort();
        values.join("+")
    };
    name.iter_rdn().map(part).collect()
}

fn shown(name: &GeneralName) -> String {
    match name {
        GeneralName::DNSName("") => "every web address".into(),
        GeneralName::DNSName(name) | GeneralName::RFC822Name(name) | GeneralName::URI(name) => clean(name),
        GeneralName::DirectoryName(name) => format!("“{}”", clean(&name.to_string())),
        GeneralName::IPAddress(bytes) => {
            let (address, mask) =
                bytes.split_at(if matches!(bytes.len(), 8 | 32) { bytes.len() / 2 } else { bytes.len() });
            let bits: u32 = mask.iter().map(|byte| byte.count_ones()).sum();
            match mask {
                [] => format!("the address {}", written(address)),
                _ => format!("the addresses {}/{bits}", written(address)),
            }
        }
        _ => "a name of another kind".into(),
    }
}

/// An address as people write it; in digits where it is of no known length.
pub fn written(address: &[u8]) -> String {
    if let Ok(four) = <[u8; 4]>::try_from(address) {
        return std::net::Ipv4Addr::from(four).to_string();
    }
    if let Ok(sixteen) = <[u8; 16]>::try_from(address) {
        return std::net::Ipv6Addr::from(sixteen).to_string();
    }
    address.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A part of a name: UTF-16, UTF-32 and Latin-1 were common once (BMPString, UniversalString, TeletexString).
pub fn text_of(part: &x509_parser::x509::AttributeTypeAndValue) -> String {
    let bytes = part.as_slice();
    match part.attr_value().tag().0 {
        30 => char::decode_utf16(bytes.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])))
            .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect(),
        28 => bytes
            .chunks_exact(4)
            .map(|four| char::from_u32(u32::from_be_bytes([four[0], four[1], four[2], four[3]])))
            .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect(),
        20 => bytes.iter().map(|byte| char::from(*byte)).collect(),
        _ => String::from_utf8_lossy(bytes).into_owned(),
    }
}
