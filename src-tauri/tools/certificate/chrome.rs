//! What Chrome does not read in a certificate, and others may: the rules of its parser (BoringSSL's `pki/`), which Edge,
//! Opera and Android share. They are stricter than those of OpenSSL, and partly than RFC 5280.
//! What is damaged for every client is `form`'s; here each part is told by itself.

use super::form::shown_extension;
use super::pkcs12::oid;
use super::tlv::{INTEGER, OID, SEQUENCE, Tlv};
use super::words::{clean, list};

/// The parts that it does not read, in words that follow “has”; empty where it reads all.
pub fn unread(der: &[u8]) -> Vec<String> {
    parts(der).unwrap_or_default()
}

/// `None` where the certificate has no such parts, which others tell.
fn parts(der: &[u8]) -> Option<Vec<String>> {
    let signed = Tlv::read(der)?.0.child()?.signed_parts()?;
    let (issuer, subject) = (signed.get(2)?, signed.get(4)?);
    let mut found = vec![];
    for (name, whose) in [(subject, "its own name"), (issuer, "its issuer's name")] {
        found.extend(name_faults(name, whose).unwrap_or_default());
    }
    let Some(all) = signed.iter().find(|part| part.tag == 0xa3) else { return Some(found) };
    let all = all.child()?.children()?;
    if all.is_empty() {
        found.push("an empty list of extensions".into());
    }
    for extension in &all {
        found.extend(extension_faults(&extension.children()?, subject.content.is_empty()).unwrap_or_default());
    }
    Some(found)
}

fn name_faults(name: &Tlv, whose: &str) -> Option<Vec<String>> {
    let mut found = vec![];
    for part in name.children()? {
        let values = part.children()?;
        if values.is_empty() {
            found.push(format!("a part in {whose} that is empty"));
        }
        for value in values {
            let value = *value.children()?.get(1)?;
            found.extend(text_fault(&value).map(|fault| format!("{fault} in {whose}")));
        }
    }
    found.dedup();
    Some(found)
}

/// What is wrong with a text of a name, for its kind of text.
fn text_fault(text: &Tlv) -> Option<String> {
    let (kind, is_letter): (&str, fn(char) -> bool) = match text.tag {
        // `*` is none by the standard (X.680, 41.4), and taken.
        19 => ("PrintableString", |c| c.is_ascii_alphanumeric() || " '()*+,-./:=?".contains(c)),
        22 => ("IA5String", |c| c.is_ascii()),
        28 if text.content.chunks_exact(4).any(|four| char::from_u32(word(four)).is_none()) => {
            return Some("letters that are none (UniversalString)".into());
        }
        30 if text.content.chunks_exact(2).any(|two| char::from_u32(word(two)).is_none()) => {
            return Some("letters that are none (BMPString)".into());
        }
        _ => return None,
    };
    let mut others: Vec<char> = String::from_utf8_lossy(text.content).chars().filter(|c| !is_letter(*c)).collect();
    others.dedup();
    let shown: Vec<String> = others.iter().map(|c| format!("`{}`", clean(&c.to_string()))).collect();
    (!shown.is_empty()).then(|| format!("letters that its kind of text ({kind}) does not have, {},", list(&shown)))
}

fn word(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |word, byte| word << 8 | u32::from(*byte))
}

/// `None` where it is not even built as an extension, which others tell.
fn extension_faults(parts: &[Tlv], has_no_subject: bool) -> Option<Vec<String>> {
    const BOOLEAN: u8 = 1;
    let (kind, value) = (oid(parts.first()?.content), parts.last()?);
    let shown = shown_extension(&kind);
    let mut found = vec![];
    let critical = parts.iter().find(|part| part.tag == BOOLEAN).map(|part| part.content);
    match critical {
        None | Some([0xff]) => {}
        // What is so by default is not written (X.690, 11.5).
        Some([0]) => found.push(format!("{shown} with `critical: FALSE` written out")),
        Some(_) => found.push(format!("{shown} marked as critical by a value that is neither true nor false")),
    }
    let inside = Tlv::read(value.content)?.0;
    let each = || inside.children();
    let mut add = |is_wrong: bool, what: &str| found.extend(is_wrong.then(|| what.to_owned()));
    let is_flag = |flag: &Tlv| matches!(flag.content, [0 | 0xff]);
    match kind.as_str() {
        "2.5.29.17" => {
            add(
                has_no_subject && critical != Some(&[0xff]),
                "no subject, and a subject alternative name that is not critical",
            );
        }
        "2.5.29.19" => {
            let parts = each()?;
            let is_odd = parts.iter().any(|part| part.tag == BOOLEAN && !is_flag(part));
            add(is_odd, "basic constraints whose CA is neither true nor false");
            let is_long = parts.iter().any(|part| part.tag == INTEGER && !is_small(part));
            add(is_long, "a path length that is no number from 0 to 255");
        }
        "2.5.29.32" => {
            let policies = each()?;
            add(policies.is_empty(), "certificate policies that name none");
            let are_odd = !policies.iter().all(has_readable_qualifiers);
            add(are_odd, "a certificate policy with qualifiers that are empty or of no known kind");
        }
        "2.5.29.33" => add(each()?.is_empty(), "policy mappings that name none"),
        "2.5.29.35" => {
            let has = |tag| Some(each()?.iter().any(|part| part.tag == tag));
            let what = "an authority key identifier that names only one of the issuer's issuer and serial number";
            add(has(0xa1)? != has(0x82)?, what);
        }
        "2.5.29.36" => {
            let limits = each()?;
            add(limits.is_empty(), "policy constraints that limit nothing");
            add(!limits.iter().all(is_small), "policy constraints with a number that is not from 0 to 255");
        }
        "2.5.29.54" => add(!is_small(&inside), "a rule on any policy whose number is not from 0 to 255"),
        "1.3.6.1.5.5.7.1.1" => {
            let places = each()?;
            add(places.is_empty(), "an access to the issuer (authority information access) that names nothing");
            let is_address = |place: &Tlv| {
                place.children().is_some_and(|parts| match parts.as_slice() {
                    [kind, address] => kind.tag == OID && (address.tag != 0x86 || address.content.is_ascii()),
                    _ => false,
                })
            };
            let what = "an access to the issuer (authority information access) whose address is none or not ASCII";
            add(!places.iter().all(is_address), what);
        }
        _ => {}
    }
    Some(found)
}

/// A number of one byte, in its shortest form.
fn is_small(number: &Tlv) -> bool {
    matches!(number.content, [0..0x80] | [0, 0x80..=0xff])
}

/// Qualifiers are there or not written (RFC 5280, 4.2.1.4); those of `any` are of the two known kinds.
fn has_readable_qualifiers(policy: &Tlv) -> bool {
    const ANY: &str = "2.5.29.32.0";
    const KNOWN: &[&str] = &["1.3.6.1.5.5.7.2.1", "1.3.6.1.5.5.7.2.2"];
    let Some(parts) = policy.children() else { return false };
    let [name, qualifiers] = parts.as_slice() else { return parts.len() == 1 };
    let is_any = oid(name.content) == ANY;
    let is_read = |qualifier: &Tlv| {
        qualifier.children().is_some_and(|parts| {
            matches!(parts.as_slice(), [kind, _] if kind.tag == OID && (!is_any || KNOWN.contains(&oid(kind.content).as_str())))
        })
    };
    qualifiers.tag == SEQUENCE && qualifiers.children().is_some_and(|all| !all.is_empty() && all.iter().all(is_read))
}
