//! All the ways from a certificate up to a root, and what a real verifier says of one. Which is the best is `judge`'s.

use super::facts::Facts;
use super::tlv::{SEQUENCE, Tlv};
use aws_lc_rs::signature::{
    RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY, RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY,
    RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY, RsaParameters, UnparsedPublicKey,
};
use jiff::Timestamp;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls_native_certs::load_native_certs;
use std::cell::RefCell;
use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::OnceLock;
use webpki::{ALL_VERIFICATION_ALGS, EndEntityCert, KeyUsage, anchor_from_trusted_cert};

/// A way up: the hub's certificate first.
#[derive(Clone)]
pub struct Path<'a> {
    pub certs: Vec<&'a Facts>,
    pub top: Top<'a>,
}

impl<'a> Path<'a> {
    /// All certificates of the way, the root too where only this computer has it.
    pub fn whole(&self) -> Vec<&'a Facts> {
        let mut whole = self.certs.clone();
        if let Top::Known(root) = self.top {
            whole.push(root);
        }
        whole
    }

    /// Whether the certificate at this place of the whole way is its root.
    pub fn is_root(&self, at: usize) -> bool {
        match self.top {
            Top::OwnRoot => at + 1 == self.certs.len(),
            Top::Known(_) => at == self.certs.len(),
            Top::Missing => false,
        }
    }
}

/// Where a way ends.
#[derive(Clone, Copy)]
pub enum Top<'a> {
    /// At a root that is in the files.
    OwnRoot,
    /// The last was issued by a root that this computer trusts.
    Known(&'a Facts),
    /// The last one's issuer is not there.
    Missing,
}

/// The certificates there are, and the roots that are trusted.
pub struct Pool<'a> {
    pub all: &'a [Facts],
    pub roots: &'a [Facts],
    now: Timestamp,
    /// The same certificates, those first that a good way goes through.
    in_order: Vec<&'a Facts>,
    links: RefCell<HashMap<(*const Facts, *const Facts), Signed>>,
}

/// Whether one certificate's key signed another.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Signed {
    Yes,
    /// It names it as its issuer, and nobody verifies such signatures any more.
    Unread,
    No,
}

impl<'a> Pool<'a> {
    pub fn new(all: &'a [Facts], roots: &'a [Facts], now: Timestamp) -> Self {
        let mut in_order: Vec<&Facts> = all.iter().collect();
        in_order.sort_by_key(|facts| {
            let is_wrong = !facts.is_ca || facts.server_auth == Some(false) || !facts.malformed.is_empty();
            let is_refused = is_wrong || !facts.of_chrome.is_empty() || facts.signature.refused.is_some();
            (
                !facts.is_valid(now),
                !facts.is_self_issued() && is_refused,
                !facts.is_self_issued(),
                Reverse(facts.not_after),
            )
        });
        Pool { all, roots, now, in_order, links: RefCell::default() }
    }

    /// The ways up from `leaf`, the likeliest first. Bounded: a file may hold a hundred certificates that signed each other.
    pub fn paths(&self, leaf: &'a Facts) -> Vec<Path<'a>> {
        let (mut paths, mut circles) = (vec![], vec![]);
        // The short ones by themselves: in a web of issuers the others alone would be more than are looked at.
        for (most_long, most_paths) in [(SHORT, MOST_PATHS / 2), (MOST_LONG, MOST_PATHS)] {
            let (paths, circles) = (&mut paths, &mut circles);
            Climb { pool: self, paths, circles, budget: 1000, most_long, most_paths }.climb(&mut vec![leaf]);
        }
        paths.extend(circles);
        paths
    }

    /// Whether `issuer` signed `facts`.
    pub fn signed(&self, facts: &Facts, issuer: &Facts) -> Signed {
        if facts.issuer_normal != issuer.subject_normal {
            return Signed::No;
        }
        let key = (std::ptr::from_ref(facts), std::ptr::from_ref(issuer));
        *self.links.borrow_mut().entry(key).or_insert_with(|| signed(facts, issuer))
    }

    /// Whether this computer trusts a root of this one's name that has another key.
    pub fn knows_namesake(&self, root: &Facts) -> bool {
        let is_namesake = |known: &Facts| known.subject_normal == root.subject_normal && known.public != root.public;
        self.roots.iter().any(is_namesake)
    }

    /// Whether this computer trusts the way up. `None` where its top is not known.
    pub fn trusts(&self, path: &Path) -> bool {
        match path.top {
            Top::Known(_) => true,
            Top::OwnRoot => {
                let root = path.certs[path.certs.len() - 1];
                self.roots.iter().any(|known| known.public == root.public && known.subject_der == root.subject_der)
            }
            Top::Missing => false,
        }
    }
}

/// A search for ways up, with its limits.
struct Climb<'p, 'a> {
    pool: &'p Pool<'a>,
    paths: &'p mut Vec<Path<'a>>,
    /// Ways whose last issuer is in them already. They come to nothing where there is another; of issuers that signed each
    /// other there would be no room beside them for those that lead to a root.
    circles: &'p mut Vec<Path<'a>>,
    budget: usize,
    most_long: usize,
    most_paths: usize,
}

impl<'a> Climb<'_, 'a> {
    fn climb(&mut self, certs: &mut Vec<&'a Facts>) {
        self.budget = self.budget.saturating_sub(1);
        if self.paths.len() >= self.most_paths || self.budget == 0 {
            return;
        }
        let pool = self.pool;
        let last = certs[certs.len() - 1];
        if pool.signed(last, last) != Signed::No {
            return self.paths.push(Path { certs: certs.clone(), top: Top::OwnRoot });
        }
        let (mut goes_on, mut is_circle) = (false, false);
        // Of one root in several years' forms the one that holds longest.
        let known = pool.roots.iter().filter(|root| pool.signed(last, root) == Signed::Yes);
        if let Some(root) = known.max_by_key(|root| root.not_after) {
            self.paths.push(Path { certs: certs.clone(), top: Top::Known(root) });
            goes_on = true;
        }
        for issuer in pool.in_order.iter().copied() {
            // The same issuer twice is a circle, whatever else differs.
            let is_new =
                !certs.iter().any(|known| known.public == issuer.public && known.subject_der == issuer.subject_der);
            if pool.signed(last, issuer) == Signed::No {
                continue;
            }
            if !is_new {
                is_circle = true;
                continue;
            }
            // Clients have the root itself, whatever became of the copy of it that another issuer signed.
            let is_old_copy = !issuer.is_self_issued() && !issuer.is_valid(pool.now) && last.is_issued_by_root();
            goes_on |= !is_old_copy;
            if certs.len() < self.most_long {
                certs.push(issuer);
                self.climb(certs);
                certs.pop();
            }
        }
        if !goes_on || certs.len() >= MOST_LONG {
            let ends = if is_circle { &mut *self.circles } else { &mut *self.paths };
            if !is_circle || ends.len() < MOST_CIRCLES {
                ends.push(Path { certs: certs.clone(), top: Top::Missing });
            }
        }
    }
}

/// Parts of a certificate as they stand in it: what was signed, the signature's algorithm, the signature, and the
/// algorithm and bits of the public key.
struct Parts<'a> {
    signed: &'a [u8],
    algorithm: &'a [u8],
    signature: &'a [u8],
    key_algorithm: &'a [u8],
    key: &'a [u8],
}

impl<'a> Parts<'a> {
    fn of(der: &'a [u8]) -> Option<Parts<'a>> {
        let outer = Tlv::only(der)?.children()?;
        let [signed, algorithm, signature] = outer.as_slice() else { return None };
        let inner = signed.signed_parts()?;
        let key = inner.get(5).filter(|key| key.tag == SEQUENCE)?.children()?;
        Some(Parts {
            signed: signed.whole,
            algorithm: algorithm.content,
            signature: signature.content.strip_prefix(&[0])?,
            key_algorithm: key.first()?.content,
            key: key.get(1)?.content.strip_prefix(&[0])?,
        })
    }
}

fn signed(facts: &Facts, issuer: &Facts) -> Signed {
    let (Some(cert), Some(by)) = (Parts::of(&facts.der), Parts::of(&issuer.der)) else { return Signed::No };
    let fitting = ALL_VERIFICATION_ALGS.iter().filter(|algorithm| {
        algorithm.signature_alg_id().as_ref() == cert.algorithm
            && algorithm.public_key_alg_id().as_ref() == by.key_algorithm
    });
    // Keys that the library here does not read, and others do.
    let is_usual = issuer.exponent_bits <= 33 && !issuer.is_odd_point;
    let mut is_read = is_usual && issuer.rsa_bits.is_none_or(|bits| (2048..=8192).contains(&bits));
    let mut fits = false;
    for algorithm in fitting {
        fits = true;
        if algorithm.verify_signature(by.key, cert.signed, cert.signature).is_ok() {
            return Signed::Yes;
        }
    }
    let old: Option<&'static RsaParameters> = match facts.signature.name.as_str() {
        "SHA-1" => Some(&RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY),
        "RSA and SHA-256" if !is_read => Some(&RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY),
        "RSA and SHA-512" if !is_read => Some(&RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY),
        _ => None,
    };
    if let Some(old) = old.filter(|_| is_usual && issuer.rsa_bits.is_some_and(|bits| (1024..=8192).contains(&bits))) {
        let verified = UnparsedPublicKey::new(old, by.key).verify(cert.signed, cert.signature);
        return if verified.is_ok() { Signed::Yes } else { Signed::No };
    }
    if !fits && is_of_another_kind(facts, issuer) {
        return Signed::No;
    }
    is_read &= fits;
    // Nobody here reads this signature: what the certificates say of their keys decides.
    match (is_read, &facts.key_ids.1, &issuer.key_ids.0) {
        (true, ..) => Signed::No,
        (false, Some(asked), Some(has)) if asked != has => Signed::No,
        _ => Signed::Unread,
    }
}

/// Whether this signature is of another kind than the key: an RSA key makes no ECDSA signature, nor the other way round, so
/// whoever signed it, it was not this one.
pub fn is_of_another_kind(facts: &Facts, issuer: &Facts) -> bool {
    let kinds = [("RSA", "RSA"), ("EC,", "ECDSA")];
    let is_of = |text: &str, kind: &str| text.starts_with(kind) && (kind != "RSA" || !text.starts_with("RSA-PSS"));
    let other = |(key, sign): &(&str, &str)| issuer.key.starts_with(key) && !is_of(&facts.signature.name, sign);
    kinds.iter().any(other) && kinds.iter().any(|(_, sign)| is_of(&facts.signature.name, sign))
}

/// What `webpki` says of the way up, for a server of this name, at this time. A way of one certificate has nothing to
/// be verified against; only its own form and name are looked at.
pub fn verify(path: &Path, host: &str, now: Timestamp) -> Result<(), webpki::Error> {
    let ders: Vec<CertificateDer> = path.certs.iter().map(|facts| CertificateDer::from(facts.der.as_slice())).collect();
    let leaf = EndEntityCert::try_from(&ders[0])?;
    let own = ders.len() - 1;
    let top = match path.top {
        Top::Known(root) => Some((CertificateDer::from(root.der.as_slice()), &ders[1..])),
        _ if own > 0 => Some((ders[own].clone(), &ders[1..own])),
        _ => None,
    };
    if let Some((top, intermediates)) = &top {
        let anchors = [anchor_from_trusted_cert(top)?];
        let time = UnixTime::since_unix_epoch(std::time::Duration::from_secs(now.as_second().max(0) as u64));
        let usage = KeyUsage::server_auth();
        leaf.verify_for_usage(ALL_VERIFICATION_ALGS, &anchors, intermediates, time, usage, None, None)?;
    }
    let name = ServerName::try_from(host).map_err(|_| webpki::Error::MalformedDnsIdentifier)?;
    leaf.verify_is_valid_for_subject_name(&name)
}

/// Whether the verifier can read a certificate at all.
pub fn is_readable(der: &[u8]) -> bool {
    EndEntityCert::try_from(&CertificateDer::from(der)).is_ok()
}

/// The roots this computer trusts, read once.
pub fn known_roots() -> &'static [Facts] {
    static ROOTS: OnceLock<Vec<Facts>> = OnceLock::new();
    ROOTS.get_or_init(|| load_native_certs().certs.iter().filter_map(|root| Facts::of(root)).collect())
}

const MOST_PATHS: usize = 64;
const MOST_CIRCLES: usize = 8;
/// How many certificates a way has.
const SHORT: usize = 4;
const MOST_LONG: usize = 64;
