//! Whether a key and certificates can serve a host: which certificate is the hub's, in which order the others follow,
//! and everything that is wrong with them, all at once. It reads no files.

use super::key::KeyKind;
use super::{Found, Key, to_pem};
use crate::engine::view::{Link, Mark};
use crate::engine::{Problem, View};
use jiff::Timestamp;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls_native_certs::load_native_certs;
use std::sync::OnceLock;
use webpki::{EndEntityCert, KeyUsage, anchor_from_trusted_cert};
use x509_parser::prelude::{FromDer, GeneralName, ParsedExtension, X509Certificate};
use x509_parser::public_key::PublicKey;

/// What a certificate says, in words.
#[derive(Clone, Debug)]
pub struct Facts {
    pub der: Vec<u8>,
    pub subject: String,
    pub issuer: String,
    pub names: Vec<String>,
    pub not_before: Timestamp,
    pub not_after: Timestamp,
    pub key: String,
    /// Bits of an RSA key.
    pub rsa_bits: Option<usize>,
    pub is_ca: bool,
    /// `None`: it does not limit what it is for.
    pub server_auth: Option<bool>,
    public: Vec<u8>,
}

/// The judgement: the chain as it is to be served, what was repaired, and what is wrong.
pub struct Verdict {
    /// The hub's certificate first, then each one's issuer.
    pub chain: Vec<Facts>,
    pub repairs: Vec<String>,
    pub problems: Vec<Problem>,
}

impl Facts {
    /// Reads DER. `None` where it is no certificate.
    pub fn of(der: &[u8]) -> Option<Facts> {
        let (_, cert) = X509Certificate::from_der(der).ok()?;
        let time = |time: x509_parser::time::ASN1Time| Timestamp::from_second(time.timestamp()).ok();
        let names = cert.subject_alternative_name().ok().flatten().map_or(vec![], |san| {
            let dns = |name: &GeneralName| match name {
                GeneralName::DNSName(name) => Some(name.to_lowercase()),
                _ => None,
            };
            san.value.general_names.iter().filter_map(dns).collect()
        });
        let server_auth =
            cert.extended_key_usage().ok().flatten().map(|usage| usage.value.server_auth || usage.value.any);
        let (key, rsa_bits) = match cert.public_key().parsed() {
            Ok(PublicKey::RSA(rsa)) => (KeyKind::Rsa(rsa.key_size()).to_string(), Some(rsa.key_size())),
            Ok(PublicKey::EC(point)) => (format!("EC, {} bits", point.key_size()), None),
            _ => ("of another kind".to_owned(), None),
        };
        let is_ca = cert.extensions().iter().any(
            |extension| matches!(extension.parsed_extension(), ParsedExtension::BasicConstraints(basic) if basic.ca),
        );
        Some(Facts {
            der: der.to_vec(),
            subject: name_of(cert.subject()),
            issuer: name_of(cert.issuer()),
            names,
            not_before: time(cert.validity().not_before)?,
            not_after: time(cert.validity().not_after)?,
            key,
            rsa_bits,
            is_ca,
            server_auth,
            public: cert.public_key().subject_public_key.data.to_vec(),
        })
    }

    /// Whether a name of this certificate covers the host; a wildcard stands for one label (RFC 6125, 6.4.3).
    pub fn covers(&self, host: &str) -> bool {
        self.names.iter().any(|name| match name.strip_prefix("*.") {
            Some(rest) => host.split_once('.').is_some_and(|(label, parent)| !label.is_empty() && parent == rest),
            None => name == host,
        })
    }

    /// Whether this certificate is on that key.
    pub fn has_key(&self, key: &Key) -> bool {
        self.public == key.public
    }

    fn is_self_signed(&self) -> bool {
        signed_by(self, self)
    }
}

/// Judges what was found for `host` at `now`. `own` is a key made here, where there is one.
pub fn judge(found: &Found, own: Option<&Key>, host: &str, now: Timestamp) -> Verdict {
    let all: Vec<Facts> = found.certificates.iter().filter_map(|der| Facts::of(der)).collect();
    let mut problems = vec![];
    let mut repairs = found.repairs.clone();
    let keys: Vec<&Key> = own.into_iter().chain(&found.keys).collect();
    let on_files = |what: String, fix: &str| Problem::new(what, fix).on("files");
    let key = match keys.as_slice() {
        [] => {
            problems.push(on_files(
                "There is no private key in what you chose.".into(),
                "Add the file with the private key, or choose “Make the key here” and ask for a certificate on it.",
            ));
            None
        }
        [key] => Some(*key),
        several => {
            let fitting: Vec<&&Key> =
                several.iter().filter(|key| all.iter().any(|facts| facts.public == key.public)).collect();
            if fitting.len() > 1 {
                let what = format!("What you chose holds {} private keys with a certificate each.", fitting.len());
                problems.push(on_files(what, "Choose the files of one key and its certificate only."));
            } else if let Some(key) = fitting.first() {
                repairs.push("A private key that belongs to none of the certificates was left out.".into());
                return judge(
                    &Found { keys: vec![], certificates: found.certificates.clone(), repairs },
                    Some(key),
                    host,
                    now,
                );
            } else {
                let what =
                    format!("What you chose holds {} private keys, and none belongs to a certificate.", several.len());
                problems.push(on_files(what, "Choose the private key that the certificate was asked with."));
            }
            None
        }
    };
    if let Some(Key { kind: KeyKind::Rsa(bits), .. }) = key
        && *bits < 2048
    {
        let what = format!("The private key has {bits} bits; browsers refuse RSA keys under 2048.");
        problems.push(on_files(what, "Have a new certificate made on a key of 2048 bits or more."));
    }
    if all.is_empty() {
        problems.push(on_files(
            "There is no certificate in what you chose.".into(),
            "Add the certificate files you got back: the hub's own, and those of its issuers.",
        ));
        return Verdict { chain: vec![], repairs, problems };
    }
    // The hub's own: on our key, else for our host, else whatever is not an issuer of another.
    let issues = |facts: &Facts| all.iter().any(|other| other.der != facts.der && signed_by(other, facts));
    let own_cert = all
        .iter()
        .find(|facts| key.is_some_and(|key| key.public == facts.public))
        .or_else(|| all.iter().find(|facts| facts.covers(host) && !facts.is_ca))
        .or_else(|| all.iter().find(|facts| !issues(facts)))
        .unwrap_or(&all[0]);
    if let Some(key) = key
        && key.public != own_cert.public
    {
        let what =
            format!("The private key ({}) does not belong to the certificate of {}.", key.kind, own_cert.subject);
        problems.push(on_files(
            what,
            "Choose the key that the certificate was asked with, or have the certificate made anew on this key.",
        ));
    }
    if !own_cert.covers(host) {
        let listed = if own_cert.names.is_empty() { "no web address".to_owned() } else { own_cert.names.join(", ") };
        let what = format!("The certificate is for {listed}, not for {host}.");
        problems.push(on_files(what, &format!("Have one made whose subject alternative name is `{host}`")));
    }
    if own_cert.server_auth == Some(false) {
        problems.push(on_files(
            "The certificate is not for web servers (its extended key usage leaves out server authentication).".into(),
            "Have one made for a web server.",
        ));
    }
    let chain = ordered(own_cert, &all);
    if all.len() > chain.len() {
        repairs.push(format!(
            "{} that do not belong to the hub's certificate were left out.",
            count(all.len() - chain.len(), "certificate")
        ));
    }
    let in_order: Vec<&Vec<u8>> = chain.iter().map(|facts| &facts.der).collect();
    let as_found: Vec<&Vec<u8>> = found.certificates.iter().filter(|der| in_order.contains(der)).collect();
    if as_found != in_order {
        repairs.push("The certificates were put in order: the hub's own first, then each one's issuer.".into());
    }
    for facts in &chain {
        validity(facts, now, &mut problems);
        if facts.rsa_bits.is_some_and(|bits| bits < 2048) && key.is_none_or(|key| key.public != facts.public) {
            let what = format!("The key of {} has under 2048 bits; browsers refuse it.", facts.subject);
            problems.push(on_files(what, "Have a certificate made on a key of 2048 bits or more."));
        }
    }
    let last = &chain[chain.len() - 1];
    let trusted = is_trusted(&chain, now);
    if !last.is_self_signed() && !trusted && !known_root(&last.issuer) {
        let what = format!(
            "The chain ends at “{}”: the certificate of its issuer, “{}”, is missing.",
            last.subject, last.issuer
        );
        problems.push(on_files(what, "Add the intermediate certificate; whoever sent the certificate has it, often as a “bundle” or “chain” file."));
    } else if chain.len() == 1 && last.is_self_signed() {
        problems.push(
            Problem::warning(
                "The certificate is signed by itself: every browser will warn your users.",
                "Fine for a trial. Have a real one made before people use the hub.",
            )
            .on("files"),
        );
    } else if !trusted && problems.iter().all(|problem| !problem.is_error()) {
        let what = format!("This computer does not know the issuer “{}”.", last.issuer);
        problems.push(
            Problem::warning(what, "Fine where your institution has an issuer of its own and its computers know it.")
                .on("files"),
        );
    }
    Verdict { chain, repairs, problems }
}

impl Verdict {
    pub fn is_good(&self) -> bool {
        self.problems.iter().all(|problem| !problem.is_error())
    }

    pub fn pem(&self) -> String {
        to_pem(&self.chain.iter().map(|facts| facts.der.clone()).collect::<Vec<_>>())
    }

    /// The chain as a picture: the private key, the hub's certificate, each issuer.
    pub fn view(&self, key: Option<&KeyKind>, host: &str, now: Timestamp) -> View {
        let mut links = vec![];
        let wrong = |word: &str| self.problems.iter().any(|problem| problem.is_error() && problem.what.contains(word));
        if let Some(kind) = key {
            let mark = if wrong("private key") { Mark::Bad } else { Mark::Good };
            links.push(Link::new(
                "Private key",
                kind.to_string(),
                mark,
                vec!["in this computer's keychain only".to_owned()],
            ));
        }
        for (at, facts) in self.chain.iter().enumerate() {
            let title = if at == 0 {
                "Hub's certificate"
            } else if facts.subject == facts.issuer {
                "Root"
            } else {
                "Intermediate"
            };
            let days = (facts.not_after.as_second() - now.as_second()) / 86_400;
            let mut lines = vec![format!("{} to {}", date(facts.not_before), date(facts.not_after))];
            lines.push(if days >= 0 { format!("{} left", count(days as usize, "day")) } else { "expired".to_owned() });
            lines.push(facts.key.clone());
            if at == 0 {
                lines.push(facts.names.join(", "));
            }
            let bad = now < facts.not_before
                || now > facts.not_after
                || (at == 0 && (!facts.covers(host) || facts.server_auth == Some(false)));
            links.push(Link::new(title, facts.subject.clone(), if bad { Mark::Bad } else { Mark::Good }, lines));
        }
        View::Chain { title: "The chain".into(), links }
    }
}

fn validity(facts: &Facts, now: Timestamp, problems: &mut Vec<Problem>) {
    let whose = format!("The certificate of {}", facts.subject);
    if now > facts.not_after {
        problems.push(
            Problem::new(format!("{whose} expired on {}.", date(facts.not_after)), "Ask for a new one.").on("files"),
        );
    } else if now < facts.not_before {
        let fix = "Wait until then, or have one made that is valid now; also check this computer's clock.";
        problems
            .push(Problem::new(format!("{whose} is not valid before {}.", date(facts.not_before)), fix).on("files"));
    } else {
        let days = (facts.not_after.as_second() - now.as_second()) / 86_400;
        if days < 30 {
            let what = format!("{whose} expires in {}, on {}.", count(days as usize, "day"), date(facts.not_after));
            problems.push(Problem::warning(what, "Ask for the next one now: it can take weeks.").on("files"));
        }
    }
}

/// The certificate, then each one's issuer as far as it is there.
fn ordered(first: &Facts, all: &[Facts]) -> Vec<Facts> {
    let mut chain = vec![first.clone()];
    while let Some(next) = all.iter().find(|facts| {
        let last = &chain[chain.len() - 1];
        !chain.iter().any(|known| known.der == facts.der) && signed_by(last, facts)
    }) {
        chain.push(next.clone());
    }
    chain
}

/// Whether `issuer` signed `facts`: names and signature.
fn signed_by(facts: &Facts, issuer: &Facts) -> bool {
    facts.issuer == issuer.subject
        && match (X509Certificate::from_der(&facts.der), X509Certificate::from_der(&issuer.der)) {
            (Ok((_, cert)), Ok((_, issuer))) => {
                cert.issuer().as_raw() == issuer.subject().as_raw()
                    && cert.verify_signature(Some(issuer.public_key())).is_ok()
            }
            _ => false,
        }
}

/// The roots this computer trusts, read once.
fn roots() -> &'static [CertificateDer<'static>] {
    static ROOTS: OnceLock<Vec<CertificateDer<'static>>> = OnceLock::new();
    ROOTS.get_or_init(|| load_native_certs().certs)
}

fn known_root(name: &str) -> bool {
    static NAMES: OnceLock<Vec<String>> = OnceLock::new();
    let of = |der: &CertificateDer| X509Certificate::from_der(der).ok().map(|(_, cert)| name_of(cert.subject()));
    NAMES.get_or_init(|| roots().iter().filter_map(of).collect()).iter().any(|known| known == name)
}

fn is_trusted(chain: &[Facts], now: Timestamp) -> bool {
    let ders: Vec<CertificateDer> = chain.iter().map(|facts| CertificateDer::from(facts.der.as_slice())).collect();
    let anchors: Vec<_> = roots().iter().filter_map(|root| anchor_from_trusted_cert(root).ok()).collect();
    let time = UnixTime::since_unix_epoch(std::time::Duration::from_secs(now.as_second().max(0) as u64));
    EndEntityCert::try_from(&ders[0]).is_ok_and(|leaf| {
        leaf.verify_for_usage(
            webpki::ALL_VERIFICATION_ALGS,
            &anchors,
            &ders[1..],
            time,
            KeyUsage::server_auth(),
            None,
            None,
        )
        .is_ok()
    })
}

/// A name as people say it: the common name, else the whole.
fn name_of(name: &x509_parser::x509::X509Name) -> String {
    let common = name.iter_common_name().next().and_then(|part| part.as_str().ok());
    common.map_or_else(|| name.to_string(), str::to_owned)
}

/// A date as the page shows it: 14 Nov 2027.
pub fn date(time: Timestamp) -> String {
    time.to_zoned(jiff::tz::TimeZone::UTC).strftime("%-d %b %Y").to_string()
}

fn count(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}
