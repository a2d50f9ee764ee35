//! Walks ASN.1 as it comes in PKCS#7 and PKCS#12 files. Keychain Access, NSS and Windows write BER there (lengths that
//! are not given, octet strings in pieces), which the crates for these formats refuse as not DER.
//! It knows no format; that is `pkcs12`'s and `mod`'s.

/// One element. `whole` is it with its header.
#[derive(Clone, Copy)]
pub struct Tlv<'a> {
    pub tag: u8,
    pub content: &'a [u8],
    pub whole: &'a [u8],
    indefinite: bool,
}

pub const SEQUENCE: u8 = 0x30;
pub const INTEGER: u8 = 2;
pub const OID: u8 = 6;
pub const OCTETS: u8 = 4;
const CONSTRUCTED: u8 = 0x20;
/// How deep elements may stand in one another. Real files need five; each level costs stack.
const DEPTH: usize = 32;

impl<'a> Tlv<'a> {
    /// The first element of `bytes`, and what follows it. `None` where it is damaged.
    pub fn read(bytes: &'a [u8]) -> Option<(Tlv<'a>, &'a [u8])> {
        Self::read_within(bytes, DEPTH)
    }

    /// The only element of `bytes`; zeros and line ends may follow it.
    pub fn only(bytes: &'a [u8]) -> Option<Tlv<'a>> {
        let (tlv, rest) = Self::read(bytes)?;
        rest.iter().all(|byte| matches!(byte, 0 | b'\r' | b'\n' | 0x1a)).then_some(tlv)
    }

    fn read_within(bytes: &'a [u8], depth: usize) -> Option<(Tlv<'a>, &'a [u8])> {
        let (&tag, rest) = bytes.split_first()?;
        // Tags above 30 do not occur in these formats.
        if tag & 0x1f == 0x1f || depth == 0 {
            return None;
        }
        let (&first, rest) = rest.split_first()?;
        if first == 0x80 && tag & CONSTRUCTED != 0 {
            let mut inner = rest;
            while !inner.starts_with(&[0, 0]) {
                inner = Self::read_within(inner, depth - 1)?.1;
            }
            let content = &rest[..rest.len() - inner.len()];
            let after = &inner[2..];
            let whole = &bytes[..bytes.len() - after.len()];
            return Some((Tlv { tag, content, whole, indefinite: true }, after));
        }
        let (length, rest) = match first {
            length if length < 0x80 => (usize::from(length), rest),
            0x81..=0x84 => {
                let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
                (digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit)), rest)
            }
            _ => return None,
        };
        let (content, after) = rest.split_at_checked(length)?;
        Some((Tlv { tag, content, whole: &bytes[..bytes.len() - after.len()], indefinite: false }, after))
    }

    /// The elements inside. `None` where one is damaged.
    pub fn children(&self) -> Option<Vec<Tlv<'a>>> {
        let mut all = vec![];
        let mut rest = self.content;
        while !rest.is_empty() {
            let (tlv, after) = Self::read(rest)?;
            all.push(tlv);
            rest = after;
        }
        Some(all)
    }

    /// Of what is signed of a certificate: serial number, algorithm, issuer, validity, subject, key, and what follows. The
    /// version, which certificates of version 1 do not name, is left out.
    pub fn signed_parts(&self) -> Option<Vec<Tlv<'a>>> {
        let mut parts = self.children()?;
        if parts.first()?.tag == 0xa0 {
            parts.remove(0);
        }
        Some(parts)
    }

    /// The first element inside.
    pub fn child(&self) -> Option<Tlv<'a>> {
        Some(Self::read(self.content)?.0)
    }

    /// The bytes of an octet string, whatever its tag says, put together where it comes in pieces.
    pub fn octets(&self) -> Option<Vec<u8>> {
        self.octets_within(DEPTH)
    }

    fn octets_within(&self, depth: usize) -> Option<Vec<u8>> {
        if self.tag & CONSTRUCTED == 0 {
            return Some(self.content.to_vec());
        }
        let depth = depth.checked_sub(1)?;
        let pieces: Option<Vec<Vec<u8>>> = self.children()?.iter().map(|piece| piece.octets_within(depth)).collect();
        Some(pieces?.concat())
    }

    pub fn is_octets(&self) -> bool {
        self.tag & !CONSTRUCTED == OCTETS
    }

    /// A whole number that is not negative and fits.
    pub fn number(&self) -> Option<u64> {
        let fits = self.tag == INTEGER && self.content.len() <= 8 && self.content.first()? & 0x80 == 0;
        fits.then(|| self.content.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    /// DER: as it stands where every length is given, which holds for all that matters here (certificates, parameters).
    pub fn der(&self) -> Option<&'a [u8]> {
        (!self.indefinite).then_some(self.whole)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_in_pieces_without_end_are_damaged_and_cost_no_stack() {
        let nested = |levels: usize| {
            let mut whole = vec![OCTETS, 2, 7, 8];
            for _ in 0..levels {
                let length = (whole.len() as u32).to_be_bytes();
                whole = [&[OCTETS | CONSTRUCTED, 0x84][..], &length, &whole].concat();
            }
            whole
        };
        assert_eq!(Tlv::only(&nested(5)).unwrap().octets(), Some(vec![7, 8]));
        assert_eq!(Tlv::only(&nested(20_000)).unwrap().octets(), None);
        let without_lengths = [&[OCTETS | CONSTRUCTED, 0x80].repeat(20_000)[..], &[0; 40_000]].concat();
        assert!(Tlv::read(&without_lengths).is_none());
    }
}
