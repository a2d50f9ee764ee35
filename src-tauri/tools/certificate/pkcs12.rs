//! Opens what a passphrase protects: PKCS#12 files (RFC 7292) and encrypted PKCS#8 keys, with the ciphers of today and
//! of twenty years ago. Read here and not by `p12-keystore`, which takes no BER, no more than a million rounds, and no
//! passphrase with characters beyond the basic plane. The ciphers and derivations are those of the RustCrypto crates.

use super::tlv::{INTEGER, OID, SEQUENCE, Tlv};
use super::wrapped::{ENVELOPED, SIGNED, pkcs7};
use crate::engine::Secret;
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockCipherDecrypt, BlockModeDecrypt, KeyInit, KeyIvInit};
use hmac::{Hmac, Mac};
use pkcs8::der::Decode;
use pkcs8::pkcs5::pbes2::{Kdf, Parameters};
use pkcs12::kdf::{Pkcs12KeyType, derive_key};
use std::cell::Cell;
use zeroize::Zeroizing;

/// What a PKCS#12 file holds, all DER: keys as PKCS#8.
#[derive(Default)]
pub struct Bags {
    pub keys: Vec<Zeroizing<Vec<u8>>>,
    pub certificates: Vec<Vec<u8>>,
    /// A part of it was encrypted.
    pub is_encrypted: bool,
    /// A part of it is encrypted for whoever has the key of some certificate.
    has_enveloped: bool,
}

/// Why it does not open.
#[derive(Debug, PartialEq, Eq, Clone)]
pub enum Closed {
    Damaged,
    Passphrase,
    /// No passphrase does: it is encrypted for whoever has the key of some certificate.
    ForSomebody,
    /// More rounds than anybody waits for.
    Rounds(u64),
    /// A cipher that is not known here, by its object identifier; or what else of the encryption is not, in words.
    Cipher(String),
}

/// More rounds than this take minutes.
pub const MOST_ROUNDS: u64 = 10_000_000;

/// All rounds of one file: a checksum, certificates and a key have their own each, and no program makes more parts.
const MOST_ROUNDS_OF_FILE: u64 = 3 * MOST_ROUNDS;

/// Cost times block size times parallelization of scrypt. Without the last it is its memory in units of 128 bytes, a GiB; with
/// it its work, about as long as `MOST_ROUNDS`.
const MOST_SCRYPT: u64 = 1 << 23;

/// Whether this is PFX: a SEQUENCE that begins with INTEGER 3 (RFC 7292, 4).
pub fn is_pkcs12(bytes: &[u8]) -> bool {
    let version = |pfx: Tlv| pfx.child().is_some_and(|version| version.tag == INTEGER && version.content == [3]);
    Tlv::only(bytes).is_some_and(|pfx| pfx.tag == SEQUENCE && version(pfx))
}

/// Opens a PKCS#12 file. Without a passphrase those of no and of an empty passphrase are opened.
pub fn open(bytes: &[u8], passphrase: Option<&Secret>) -> Result<Bags, Closed> {
    let pfx = Tlv::only(bytes).and_then(|pfx| pfx.children()).ok_or(Closed::Damaged)?;
    let (kind, content) = pfx.get(1).and_then(content_info).ok_or(Closed::Damaged)?;
    let safes = match kind {
        DATA => content.octets(),
        // A signature in place of the checksum.
        SIGNED => pkcs7(pfx[1].whole).map(|signed| signed.content),
        _ => return Err(Closed::Cipher(oid(kind))),
    };
    let safes = safes.ok_or(Closed::Damaged)?;
    let mut ways = Password::ways(passphrase);
    // The passphrase may be meant for another file, and this one have none.
    if passphrase.is_some_and(|secret| !secret.is_empty()) {
        ways.extend(Password::ways(None));
    }
    let mut refused = Closed::Passphrase;
    for password in &ways {
        let checked = pfx.get(2).map_or(Ok(()), |mac| check_mac(mac, &safes, password));
        match checked.and_then(|()| open_safes(&safes, password)) {
            Err(Closed::Passphrase) => {}
            Err(other) => refused = other,
            opened => return opened,
        }
    }
    // A passphrase that opens what the checksum does not fit is right, and the file was changed.
    let is_opened = |password: &Password| open_safes(&safes, password).is_ok_and(|bags| bags.is_encrypted);
    if refused == Closed::Passphrase && ways.first().is_some_and(is_opened) {
        return Err(Closed::Damaged);
    }
    Err(refused)
}

/// Whether this has the form of an EncryptedPrivateKeyInfo (RFC 5958, 3).
pub fn is_encrypted_key(bytes: &[u8]) -> bool {
    encrypted_key(bytes).is_some()
}

/// Its algorithm, and what is encrypted.
fn encrypted_key(bytes: &[u8]) -> Option<(Tlv<'_>, Vec<u8>)> {
    let parts = Tlv::only(bytes).filter(|outer| outer.tag == SEQUENCE)?.children()?;
    let [algorithm, data] = parts.as_slice() else { return None };
    let is_cipher = algorithm.tag == SEQUENCE && algorithm.child().is_some_and(|oid| oid.tag == OID);
    Some((*algorithm, data.octets()?)).filter(|_| is_cipher && data.is_octets())
}

/// Opens an EncryptedPrivateKeyInfo (RFC 5958, 3): PKCS#8 DER, or what somebody put in its place. `None` where it is none.
pub fn open_key(bytes: &[u8], passphrase: Option<&Secret>) -> Option<Result<Zeroizing<Vec<u8>>, Closed>> {
    let (algorithm, data) = encrypted_key(bytes)?;
    let mut refused = Closed::Passphrase;
    for password in &Password::ways(passphrase) {
        match decrypt(&algorithm, &data, password) {
            // A wrong passphrase gives no structure, and no text.
            Ok(key) if Tlv::only(&key).is_some_and(|key| key.tag == SEQUENCE) => return Some(Ok(key)),
            Ok(key) if key.starts_with(b"-----BEGIN ") => return Some(Ok(key)),
            Ok(_) | Err(Closed::Passphrase) => {}
            Err(other) => refused = other,
        }
    }
    Some(Err(refused))
}

/// A passphrase in the two forms that it is used in.
struct Password {
    text: Zeroizing<Vec<u8>>,
    /// UTF-16, big end first, with a zero behind it (RFC 7292, B.1).
    wide: Zeroizing<Vec<u8>>,
    /// The rounds that trying it has taken so far.
    spent: Cell<u64>,
}

impl Password {
    fn new(text: &[u8], wide: Zeroizing<Vec<u8>>) -> Password {
        Password { text: text.to_vec().into(), wide, spent: Cell::new(0) }
    }

    /// The number of rounds, where they are few enough in themselves and with those before.
    fn rounds(&self, number: Option<u64>) -> Result<i32, Closed> {
        let number = number.filter(|number| *number > 0).ok_or(Closed::Damaged)?;
        self.spent.set(self.spent.get().saturating_add(number));
        if number > MOST_ROUNDS || self.spent.get() > MOST_ROUNDS_OF_FILE {
            return Err(Closed::Rounds(number));
        }
        i32::try_from(number).map_err(|_| Closed::Rounds(number))
    }

    /// The ways in which programs turn a passphrase into bytes, the likeliest first.
    fn ways(passphrase: Option<&Secret>) -> Vec<Password> {
        let bytes = passphrase.map_or(&[][..], Secret::expose);
        let wide = |units: &mut dyn Iterator<Item = u16>| -> Zeroizing<Vec<u8>> {
            Zeroizing::new(units.chain([0]).flat_map(u16::to_be_bytes).collect())
        };
        let text = String::from_utf8_lossy(bytes);
        let mut ways = vec![Password::new(bytes, wide(&mut text.encode_utf16()))];
        if bytes.is_empty() {
            // No passphrase is not the empty one: nothing stands there, not even the zero.
            ways.push(Password::new(&[], vec![].into()));
        }
        if !bytes.is_ascii() {
            // OpenSSL before 1.1 took every byte of UTF-8 as a letter.
            ways.push(Password::new(bytes, wide(&mut bytes.iter().map(|byte| u16::from(*byte)))));
            // OpenSSL of today, told such a passphrase as text.
            let twice: Zeroizing<String> = Zeroizing::new(bytes.iter().copied().map(char::from).collect());
            ways.push(Password::new(twice.as_bytes(), wide(&mut twice.encode_utf16())));
        }
        ways
    }
}

/// ContentInfo: its type, and what is in its `[0]`.
fn content_info<'a>(info: &Tlv<'a>) -> Option<(&'a [u8], Tlv<'a>)> {
    let parts = info.children()?;
    Some((parts.first()?.content, parts.get(1)?.child()?))
}

fn check_mac(mac: &Tlv, data: &[u8], password: &Password) -> Result<(), Closed> {
    let parts = mac.children().ok_or(Closed::Damaged)?;
    let digest = parts.first().and_then(Tlv::children).ok_or(Closed::Damaged)?;
    let algorithm = digest.first().and_then(Tlv::child).ok_or(Closed::Damaged)?.content;
    let expected = digest.get(1).and_then(Tlv::octets).ok_or(Closed::Damaged)?;
    let salt = parts.get(1).and_then(Tlv::octets).ok_or(Closed::Damaged)?;
    let rounds = password.rounds(parts.get(2).map_or(Some(1), Tlv::number))?;
    macro_rules! check {
        ($digest:ty, $length:literal) => {{
            let key = Zeroizing::new(derive_key::<$digest>(&password.wide, &salt, Pkcs12KeyType::Mac, rounds, $length));
            let mut mac = <Hmac<$digest> as hmac::KeyInit>::new_from_slice(&key).map_err(|_| Closed::Damaged)?;
            mac.update(data);
            mac.verify_slice(&expected).map_err(|_| Closed::Passphrase)
        }};
    }
    match algorithm {
        SHA1 => check!(sha1::Sha1, 20),
        [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1] => check!(sha2::Sha256, 32),
        [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 2] => check!(sha2::Sha384, 48),
        [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 3] => check!(sha2::Sha512, 64),
        [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 4] => check!(sha2::Sha224, 28),
        // PBMAC1 (RFC 9579) and rare digests: what they protect is told right from wrong by its own encryption.
        _ => Ok(()),
    }
}

fn open_safes(safes: &[u8], password: &Password) -> Result<Bags, Closed> {
    let mut bags = Bags::default();
    for info in Tlv::only(safes).and_then(|safes| safes.children()).ok_or(Closed::Damaged)? {
        let (kind, content) = content_info(&info).ok_or(Closed::Damaged)?;
        let data = match kind {
            DATA => Zeroizing::new(content.octets().ok_or(Closed::Damaged)?),
            ENCRYPTED => {
                let parts = content.children().and_then(|parts| parts.get(1)?.children()).ok_or(Closed::Damaged)?;
                let [_, algorithm, data] = parts.as_slice() else { return Err(Closed::Damaged) };
                bags.is_encrypted = true;
                decrypt(algorithm, &data.octets().ok_or(Closed::Damaged)?, password)?
            }
            ENVELOPED => {
                bags.has_enveloped = true;
                continue;
            }
            other => return Err(Closed::Cipher(oid(other))),
        };
        // Wrong padding is noticed 255 times of 256; the last time what comes out is no list of bags.
        let contents = Tlv::only(&data).ok_or(if kind == DATA { Closed::Damaged } else { Closed::Passphrase })?;
        open_bags(&contents, password, &mut bags, 4)?;
    }
    if bags.has_enveloped && bags.keys.is_empty() && bags.certificates.is_empty() {
        return Err(Closed::ForSomebody);
    }
    Ok(bags)
}

fn open_bags(contents: &Tlv, password: &Password, bags: &mut Bags, depth: usize) -> Result<(), Closed> {
    for bag in contents.children().ok_or(Closed::Damaged)? {
        let (kind, value) = content_info(&bag).ok_or(Closed::Damaged)?;
        match kind {
            [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 12, 10, 1, 1] => {
                bags.keys.push(Zeroizing::new(value.der().ok_or(Closed::Damaged)?.to_vec()))
            }
            [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 12, 10, 1, 2] => {
                let parts = value.children().ok_or(Closed::Damaged)?;
                let [algorithm, data] = parts.as_slice() else { return Err(Closed::Damaged) };
                bags.is_encrypted = true;
                bags.keys.push(decrypt(algorithm, &data.octets().ok_or(Closed::Damaged)?, password)?);
            }
            [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 12, 10, 1, 3] => {
                let (_, certificate) = content_info(&value).ok_or(Closed::Damaged)?;
                bags.certificates.push(certificate.octets().ok_or(Closed::Damaged)?);
            }
            [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 12, 10, 1, 6] if depth > 0 => {
                open_bags(&value, password, bags, depth - 1)?
            }
            _ => {}
        }
    }
    Ok(())
}

/// PBES2 (RFC 8018) and the ciphers of PKCS#12 (RFC 7292, C).
fn decrypt(algorithm: &Tlv, data: &[u8], password: &Password) -> Result<Zeroizing<Vec<u8>>, Closed> {
    let parts = algorithm.children().ok_or(Closed::Damaged)?;
    let kind = parts.first().ok_or(Closed::Damaged)?.content;
    let parameters = parts.get(1).ok_or(Closed::Damaged)?;
    if kind == PBES2 {
        // The second number of PBKDF2 are its rounds, that of scrypt its cost: both bounded before anything is computed.
        let asked = parameters.child().and_then(|kdf| kdf.children()?.get(1)?.children()?.get(1)?.number());
        asked.map_or(Ok(0), |asked| password.rounds(Some(asked)))?;
        let scheme = Parameters::from_der(parameters.der().ok_or(Closed::Damaged)?)
            .map_err(|_| Closed::Cipher(unknown_of(parameters)))?;
        if let Kdf::Scrypt(kdf) = &scheme.kdf {
            let factors = [u64::from(kdf.block_size), kdf.parallelization.into()];
            let work = factors.into_iter().fold(kdf.cost_parameter, u64::saturating_mul);
            if work > MOST_SCRYPT {
                return Err(Closed::Rounds(work));
            }
        }
        return scheme.decrypt(&*password.text, data).map(Zeroizing::new).map_err(|_| Closed::Passphrase);
    }
    let values = parameters.children().ok_or(Closed::Damaged)?;
    let (Some(salt), Some(count)) = (values.first(), values.get(1)) else { return Err(Closed::Damaged) };
    let old = Old { salt: salt.content, rounds: password.rounds(count.number())?, password, data };
    match kind {
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 12, 1, 3] => old.decrypt::<des::TdesEde3>(24),
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 12, 1, 4] => old.decrypt::<des::TdesEde2>(16),
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 12, 1, 5] => old.decrypt::<rc2::Rc2>(16),
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 12, 1, 6] => old.decrypt::<rc2::Rc2>(5),
        other => Err(Closed::Cipher(oid(other))),
    }
}

struct Old<'a> {
    salt: &'a [u8],
    rounds: i32,
    password: &'a Password,
    data: &'a [u8],
}

impl Old<'_> {
    fn decrypt<C: KeyInit + BlockCipherDecrypt>(&self, length: usize) -> Result<Zeroizing<Vec<u8>>, Closed> {
        let derive = |what, length| {
            Zeroizing::new(derive_key::<sha1::Sha1>(&self.password.wide, self.salt, what, self.rounds, length))
        };
        let (key, iv) = (derive(Pkcs12KeyType::EncryptionKey, length), derive(Pkcs12KeyType::Iv, 8));
        let cipher = cbc::Decryptor::<C>::new_from_slices(&key, &iv).map_err(|_| Closed::Damaged)?;
        cipher.decrypt_padded_vec::<Pkcs7>(self.data).map(Zeroizing::new).map_err(|_| Closed::Passphrase)
    }
}

/// What of PBES2's parameters is not known here (RFC 8018, A.4): the derivation of the key, its pseudo-random function,
/// or the cipher.
fn unknown_of(parameters: &Tlv) -> String {
    let parts = parameters.children().unwrap_or_default();
    let [derivation, cipher, ..] = parts.as_slice() else { return "PBES2".into() };
    let kind = derivation.child().map_or(&[][..], |kind| kind.content);
    if kind != PBKDF2 && kind != SCRYPT {
        return format!("the key derivation {}", oid(kind));
    }
    // Salt and rounds come first, and maybe the key's length; where no function is named it is that of SHA-1.
    let function = (kind == PBKDF2).then(|| derivation.children()?.get(1)?.children()?.last()?.child()).flatten();
    match function.filter(|function| function.tag == OID && !FUNCTIONS.contains(&function.content)) {
        Some(function) => format!("the pseudo-random function {}", oid(function.content)),
        None => cipher.child().map_or_else(|| "PBES2".into(), |cipher| oid(cipher.content)),
    }
}

/// An object identifier in digits.
pub fn oid(content: &[u8]) -> String {
    let known = pkcs8::ObjectIdentifier::from_bytes(content);
    known.map_or_else(|_| "of an unknown kind".into(), |oid| oid.to_string())
}

// Object identifiers, as the bytes of their content.
const PBES2: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5, 13];
const PBKDF2: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5, 12];
const SCRYPT: &[u8] = &[0x2b, 6, 1, 4, 1, 0xda, 0x47, 4, 11];
/// HMAC with SHA-1, SHA-224, SHA-256, SHA-384, SHA-512 (RFC 8018, B.1.2).
const FUNCTIONS: &[&[u8]] = &[
    &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 2, 7],
    &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 2, 8],
    &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 2, 9],
    &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 2, 10],
    &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 2, 11],
];
const DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1];
const ENCRYPTED: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 6];
const SHA1: &[u8] = &[0x2b, 0x0e, 3, 2, 26];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_parts_of_a_file_together_take_no_more_rounds_than_its_checksum_certificates_and_key_may() {
        let password = &Password::ways(None)[0];
        for _ in 0..3 {
            assert_eq!(password.rounds(Some(MOST_ROUNDS)), Ok(MOST_ROUNDS as i32));
        }
        assert_eq!(password.rounds(Some(1)), Err(Closed::Rounds(1)));
        let other = &Password::ways(None)[0];
        assert_eq!(other.rounds(Some(MOST_ROUNDS + 1)), Err(Closed::Rounds(MOST_ROUNDS + 1)));
        assert_eq!(other.rounds(Some(0)), Err(Closed::Damaged));
    }
}
