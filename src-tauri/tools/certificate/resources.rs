//! Internet addresses and AS numbers that certificates of networks name (RFC 3779). A hub needs none; where one names them,
//! OpenSSL wants them to be among those of each issuer above it, and no other client looks.

use super::pkcs12::oid;
use super::tlv::{SEQUENCE, Tlv};
use x509_parser::certificate::X509Certificate;

/// By kind (such as IPv4) the ranges, first and last; `None` where they are those of its issuer.
pub type Resources = Vec<(Vec<u8>, Option<Vec<Range>>)>;
pub type Range = (Vec<u8>, Vec<u8>);

/// What a certificate names; empty where it names none, or in no form that is known.
pub fn of(cert: &X509Certificate) -> Resources {
    let named = |extension: &x509_parser::extensions::X509Extension| {
        let blocks = || Tlv::read(extension.value)?.0.children();
        match oid(extension.oid.as_bytes()).as_str() {
            ADDRESSES => blocks()?.iter().map(family).collect(),
            NUMBERS => blocks()?.iter().map(|kind| Some((vec![kind.tag], numbers(&kind.child()?)?))).collect(),
            _ => None::<Resources>,
        }
    };
    cert.extensions().iter().filter_map(named).flatten().collect()
}

const ADDRESSES: &str = "1.3.6.1.5.5.7.1.7";
const NUMBERS: &str = "1.3.6.1.5.5.7.1.8";

/// Whether one range is within another.
pub fn holds((first, last): &Range, inner: &Range) -> bool {
    first <= &inner.0 && &inner.1 <= last
}

/// IPAddressFamily (RFC 3779, 2.2.3.2).
fn family(family: &Tlv) -> Option<(Vec<u8>, Option<Vec<Range>>)> {
    let [kind, choice] = family.children()?.try_into().ok()?;
    // A prefix is a bit string: the bits that are not there are all zeros in its first address, all ones in its last.
    let end = |bits: &Tlv, fill: u8| {
        let (unused, bytes) = bits.content.split_first()?;
        let mut address = bytes.to_vec();
        if let Some(last) = address.last_mut() {
            let free = 0xff_u8.checked_shr(8_u32.checked_sub(u32::from(*unused))?).unwrap_or(0);
            *last = *last & !free | fill & free;
        }
        address.resize(LONGEST, fill);
        Some(address)
    };
    let range = |one: &Tlv| {
        let ends = if one.tag == SEQUENCE { one.children()? } else { vec![*one, *one] };
        Some((end(ends.first()?, 0)?, end(ends.get(1)?, 0xff)?))
    };
    Some((kind.content.to_vec(), choices(&choice, range)?))
}

/// ASIdentifierChoice (RFC 3779, 3.2.3).
fn numbers(choice: &Tlv) -> Option<Option<Vec<Range>>> {
    let number = |number: &Tlv| Some(number.number()?.to_be_bytes().to_vec());
    choices(choice, |one| {
        let ends = if one.tag == SEQUENCE { one.children()? } else { vec![*one, *one] };
        Some((number(ends.first()?)?, number(ends.get(1)?)?))
    })
}

/// NULL says that they are the issuer's.
fn choices(choice: &Tlv, range: impl Fn(&Tlv) -> Option<Range>) -> Option<Option<Vec<Range>>> {
    match choice.tag {
        SEQUENCE => Some(Some(choice.children()?.iter().map(range).collect::<Option<_>>()?)),
        _ => Some(None),
    }
}

/// Bytes of an IPv6 address.
const LONGEST: usize = 16;
