//! What is wrong with one way from the hub's certificate to a root, in sentences that say who refuses it and what to
//! ask for. Long because each reason to refuse a certificate has a sentence and a way out of its own.

use super::judge::weak_rsa;
use super::verdict::{About, Findings};
use super::{form, links};
use crate::engine::files::amount;
use crate::tools::certificate::facts::{Facts, POLICIES, REVOCATION_LISTS};
use crate::tools::certificate::form::NAMES;
use crate::tools::certificate::names;
use crate::tools::certificate::paths::{Path, Pool, Signed, Top, is_readable, verify};
use crate::tools::certificate::words::{MANY_YEARS, left, list, moment};
use jiff::Timestamp;
use webpki::Error;

/// Everything that is wrong with it or worth knowing.
pub fn explain(pool: &Pool, path: &Path, host: &str, now: Timestamp) -> Findings {
    let mut found = Findings::default();
    let leaf = path.certs[0];
    let is_alone = path.certs.len() == 1 && matches!(path.top, Top::OwnRoot);
    host_and_use(leaf, host, is_alone, &mut found);
    let whole = path.whole();
    for (at, facts) in whole.iter().enumerate() {
        validity(at, facts, now, &mut found);
        form(at, facts, path, pool.trusts(path), &mut found);
        if at > 0 {
            links::issuer(at, facts, path, &mut found);
            if facts.must_staple && !leaf.must_staple {
                let what = format!(
                    "The issuer “{}” wants every certificate that it signs to ask servers for a proof that it was not revoked (OCSP must-staple). The hub's certificate does not ask for it, so Firefox refuses it.",
                    facts.subject
                );
                found.note(
                    what,
                    "Have one made by an issuer without that extension (`status_request`) where people use Firefox.",
                );
            }
        }
    }
    links::same_names(path, &mut found);
    links::same_keys(path, &mut found);
    links::policies(path, &mut found);
    links::resources(path, &mut found);
    for violation in names::violations(&whole) {
        let what = format!(
            "The issuer “{}” may sign {} (its name constraints), and the certificate names {}.",
            violation.issuer,
            violation.rule,
            list(&violation.names)
        );
        found.wrong(0, what, "Ask whoever signs certificates for one by an issuer that may sign this name.");
    }
    // A root of this computer's store that one verifier does not read is no fault of the files.
    let is_root_read = !pool.trusts(path) || whole.last().is_some_and(|root| is_readable(&root.der));
    let refused = verify(path, host, now).err().filter(|_| is_root_read);
    if found.errors() == 0
        && let Some(error) = refused
    {
        refusal(&error, path, is_alone, &mut found);
    }
    top(pool, path, is_alone, &mut found);
    lengths(pool.trusts(path), path, is_alone, &mut found);
    size(path, &mut found);
    found
}

/// The hub's certificate: its names, and what it is for.
fn host_and_use(leaf: &Facts, host: &str, is_alone: bool, found: &mut Findings) {
    let is_read = !leaf.names.is_empty() || !leaf.malformed.iter().any(|part| part.starts_with(NAMES));
    if !leaf.covers(host) && is_read {
        let listed = if !leaf.names.is_empty() {
            list(&leaf.shown_names())
        } else if leaf.other_names.is_empty() {
            "no web address".to_owned()
        } else {
            list(&leaf.other_names)
        };
        let why = if leaf.names.contains(&format!("{host}.")) {
            " A name that ends with a dot is one that clients do not take.".to_owned()
        } else if leaf.shown_names().iter().any(|name| name == host) {
            " A blank stands beside that name.".to_owned()
        } else if leaf.names.is_empty() && leaf.subject.eq_ignore_ascii_case(host) {
            format!(" Only its common name is {host}, which browsers do not read.")
        } else if leaf.names.iter().any(|name| name.contains('*')) {
            " A `*` stands for the first part of a name, as far as the first dot, and two or more parts have to follow it.".to_owned()
        } else {
            String::new()
        };
        let what = format!("The certificate is for {listed}, not for {host}.{why}");
        found.wrong(0, what, format!("Have one made whose subject alternative name is `{host}`"));
    }
    if leaf.names.iter().any(|name| is_registry(name)) {
        let what = "The certificate is for every name under an ending that many institutions share, such as `*.ac.uk`: Chrome and others refuse that.";
        found.note(what.into(), format!("Have one made for `{host}` itself."));
    }
    if leaf.server_auth == Some(false) {
        let what = "The certificate is not for web servers (its extended key usage leaves out server authentication).";
        found.wrong(0, what.into(), "Have one made for a web server.");
    }
    if leaf.server_auth.is_none() && !is_alone {
        let what = "The certificate does not say that it is for web servers (it has no extended key usage): Apple's devices refuse it.";
        found.note(what.into(), "Have one made for a web server where people use Macs, iPhones or iPads.");
    }
    if leaf.netscape_server == Some(false) {
        let what = "The certificate is not for web servers (Netscape's certificate type leaves them out); OpenSSL refuses it, and with it curl, Python and git.";
        found.wrong(0, what.into(), "Have one made for a web server, without that extension (`nsCertType`).");
    }
    if leaf.must_staple {
        let what = "The certificate asks servers to prove that it was not revoked (OCSP must-staple): Firefox refuses it from those that do not, as hubs do not.";
        found.note(what.into(), "Have one made without it (`status_request`) where people use Firefox.");
    }
    if leaf.ocsp_signing {
        let what = "The certificate is for signing OCSP answers too (its extended key usage): Firefox refuses it for a web server.";
        found.note(what.into(), "Have one made for a web server alone where people use Firefox.");
    }
    if leaf.is_ca && !is_alone {
        let what = "The hub's certificate is one of an issuer (basic constraints CA:TRUE); Firefox and others refuse it for a web server.";
        found.wrong(0, what.into(), "Have one made for a web server, with CA:FALSE.");
    }
    if let Some(usage) = leaf.usage
        && !usage.digital_signature
    {
        let why = if usage.key_encipherment { "Chrome and Firefox refuse it" } else { "clients refuse it" };
        let what =
            format!("The key usage of the hub's certificate leaves out digital signatures: {why} for a web server.");
        found.wrong(0, what, "Have one made whose key usage has `digitalSignature`");
    }
    if !leaf.key_fits_servers {
        let (who, ask) = match leaf.key.as_str() {
            "EC, P-521" => ("Chrome, Edge and Safari do", "a key on P-256 or P-384, or an RSA key"),
            _ => ("no browser does", "an RSA key of 2048 bits, or an EC key on P-256"),
        };
        let who = if who.starts_with("no") { "no browser takes it".to_owned() } else { format!("{who} not take it") };
        let what = format!("The key of the hub's certificate is {}: {who} from a web server.", leaf.key);
        found.wrong_about(About::CertificateKey, 0, what, format!("Have a certificate made on {ask}."));
    }
}

/// Whether a name is a `*` right below where a country's names are given out. Not the whole list (publicsuffix.org), which
/// changes every week.
fn is_registry(name: &str) -> bool {
    const KINDS: &[&str] = &["ac", "co", "com", "edu", "gob", "gov", "net", "or", "org", "sch"];
    let labels: Vec<&str> = name.split('.').collect();
    matches!(labels.as_slice(), ["*", kind, country] if country.len() == 2 && KINDS.contains(kind))
}

/// From when and until when it holds.
fn validity(at: usize, facts: &Facts, now: Timestamp, found: &mut Findings) {
    let whose = format!("The certificate of {}", facts.subject);
    let renew = match at {
        0 => "Ask for a new one.",
        _ => "Ask whoever signed yours for the one that took its place.",
    };
    if facts.not_before > facts.not_after {
        found.wrong(at, format!("{whose} ends before it begins."), renew);
    } else if now > facts.not_after {
        found.wrong(at, format!("{whose} expired on {}.", moment(facts.not_after, now)), renew);
    } else if now < facts.not_before {
        let fix = "Wait until then, or have one made that is valid now; also check this computer's clock.";
        found.wrong(at, format!("{whose} is not valid before {}.", moment(facts.not_before, now)), fix);
    } else if facts.not_after.as_second() - now.as_second() < 30 * 86_400 {
        let what = format!("{whose} expires in {}, on {}.", left(facts.not_after, now), moment(facts.not_after, now));
        match at {
            0 => found.note_about(About::Expiry, what, "Ask for the next one now: it can take weeks."),
            _ => found.note(what, "Ask whoever signed yours which one will take its place."),
        }
    }
}

/// What holds for every certificate of a way: its version, key, signature and extensions.
fn form(at: usize, facts: &Facts, path: &Path, is_trusted: bool, found: &mut Findings) {
    let whose = if at == 0 {
        "hub's certificate".to_owned()
    } else {
        format!("certificate of the issuer “{}”", facts.subject)
    };
    let is_root = path.is_root(at);
    // A root that clients have themselves is not read from what the server sends.
    if !(is_root && is_trusted) {
        form::told(at, &whose, facts, is_root, found);
    }
    if facts.version > 3 || facts.version < 3 && !is_root {
        let what = format!("The {whose} is of version {}; clients take version 3 only.", facts.version);
        found.wrong(at, what, "Have one made of version 3, with extensions.");
    }
    if let Some(why) = facts.rsa_bits.and_then(weak_rsa) {
        let bits = facts.rsa_bits.unwrap_or(0);
        let what = format!("The key of the {whose} has {bits} bits; {why}.");
        found.wrong(at, what, "Have a certificate made with keys of 2048 bits or more.");
    }
    if facts.has_nameless_issuer() && !is_root {
        let what =
            format!("The {whose} names no issuer (the name is empty): Firefox and Python 3.13 and later refuse it.");
        found.wrong(at, what, "Have one made by an issuer that has a name.");
    }
    if facts.is_odd_point {
        let what = format!(
            "The key of the {whose} is written in a form (compressed or hybrid) that browsers and Go do not read."
        );
        found.wrong(at, what, "Have one made with the key written out (uncompressed).");
    }
    // BoringSSL's limit, and with it that of Chrome, Edge and Android.
    if facts.exponent_bits > 33 {
        let what = format!(
            "The key of the {whose} has a public exponent of {} bits; Chrome and Edge take at most 33.",
            facts.exponent_bits
        );
        found.wrong(at, what, "Have one made on a new key, with the usual exponent 65537.");
    }
    for (odd, who) in [(&facts.of_go, "written in Go"), (&facts.of_rustls, "built with rustls")] {
        if !odd.is_empty() {
            let what = format!(
                "The {whose} has {}: programs {who} refuse that, browsers and OpenSSL do not.",
                odd.join(" and ")
            );
            found.note(what, "Nothing to do where people use browsers.");
        }
    }
    if is_large(facts) {
        let size = amount(facts.der.len() as u64);
        let what = format!("The {whose} has {size}; Firefox and programs built with rustls take at most 64.");
        found.note(what, "Have one made with fewer names where people use Firefox.");
    }
    let is_told = facts.key == "EC, P-521" || facts.key.starts_with("Ed");
    if at > 0 && !facts.key_fits_servers && !is_told {
        let what = format!("The key of the {whose} is {}: browsers do not take what it signs.", facts.key);
        found.wrong(at, what, "Have one made by an issuer with an RSA or EC (P-256, P-384) key.");
    }
    // Nobody looks at the signature of a root on itself: it is trusted or it is not.
    if let (Some(why), false) = (facts.signature.refused, is_root) {
        let what = format!("The {whose} is signed with {} by “{}”: {why}.", facts.signature.name, facts.issuer);
        found.wrong(at, what, "Have one made that is signed with SHA-256 by an RSA or EC (P-256, P-384) key.");
    } else if facts.signature.name == "RSA-PSS" && !is_root {
        let what = format!("The {whose} is signed with RSA-PSS, which some older clients do not take.");
        found.note(what, "Nothing to do where all clients are of today.");
    }
    let (policies, unknown): (Vec<&String>, Vec<&String>) =
        facts.critical.iter().partition(|oid| POLICIES.contains(&oid.as_str()));
    if unknown.iter().any(|oid| *oid == PRECERTIFICATE) {
        let what = format!(
            "The {whose} is a precertificate, made for public logs before the certificate itself: every client refuses it."
        );
        found.wrong(at, what, "Ask for the certificate itself: whoever signed this one has it.");
    } else if unknown.iter().all(|oid| *oid == REVOCATION_LISTS) && !unknown.is_empty() {
        // Nobody reads the extensions of a root.
        if !is_root {
            let what = format!(
                "The {whose} says where revocation lists are and marks that as critical: Chrome and Firefox refuse it, OpenSSL and Go do not."
            );
            found.wrong(at, what, "Have one made with it (CRL distribution points) not critical.");
        }
    } else if !unknown.is_empty() {
        let all: Vec<String> = unknown.into_iter().cloned().collect();
        let who = if is_root { "OpenSSL refuses it, and with it curl, Python and git" } else { "they refuse it" };
        let what = format!("The {whose} has critical extensions that clients do not know ({}), so {who}.", list(&all));
        found.wrong(at, what, "Have one made without them, or with them not critical.");
    } else if policies.iter().any(|oid| *oid == POLICY_MAPPINGS) && !is_root {
        let what = format!(
            "The {whose} has policy mappings that are critical: Firefox and programs built with rustls refuse that, Chrome and OpenSSL do not."
        );
        found.note(what, "Have one made with them not critical where people use Firefox.");
    } else if !policies.is_empty() && !is_root && facts.of_chrome.is_empty() {
        let what = format!(
            "The {whose} has critical policies; programs built with rustls refuse that, browsers and OpenSSL do not."
        );
        found.note(what, "Nothing to do where people use browsers.");
    }
}

/// Whether it is larger than mozilla::pkix and rustls read: what they read has a length of two bytes.
fn is_large(facts: &Facts) -> bool {
    facts.der.len() > 0xffff
}

/// RFC 5280, 4.2.1.5. Of the extensions on policies the one that mozilla::pkix does not know.
const POLICY_MAPPINGS: &str = "2.5.29.33";

/// The mark of a precertificate (RFC 6962, 3.1).
const PRECERTIFICATE: &str = "1.3.6.1.4.1.11129.2.4.3";

/// What the verifier found and nothing above says.
fn refusal(error: &Error, path: &Path, is_alone: bool, found: &mut Findings) {
    let policies_only =
        path.certs.iter().all(|facts| facts.critical.iter().all(|oid| POLICIES.contains(&oid.as_str())));
    let beyond = |facts: &&Facts| {
        (is_large(facts) || facts.signs_in_two_ways || !facts.of_rustls.is_empty()) && !is_readable(&facts.der)
    };
    match error {
        // Told above as notes: what it does not read or handle, and others do.
        _ if path.whole().iter().any(beyond) => return,
        Error::UnsupportedCriticalExtension if policies_only => return,
        // It counts issuers that only renewed their key, which the standard does not (RFC 5280, 4.2.1.9).
        _ if links::counts_renewed(path) => {
            let what = "An issuer of the chain only renewed its key; programs built with rustls count it as one more (path length) and refuse the chain, OpenSSL does not.";
            return found.note(what.into(), "Nothing to do where people use browsers.");
        }
        Error::NameConstraintViolation if names::has_unread_constraints(&path.certs) => return,
        Error::MaximumNameConstraintComparisonsExceeded => return comparisons(path, found),
        // Limits of this verifier that browsers and OpenSSL do not have.
        Error::MaximumPathDepthExceeded => {
            let what = format!(
                "The chain has {} issuers; Firefox and programs built with rustls take six, Chrome and OpenSSL more.",
                path.certs.len() - 1
            );
            return found.note(what, "Ask whoever signs certificates for a shorter chain where people use Firefox.");
        }
        Error::BadDerTime if path.certs.iter().any(|facts| facts.not_before < Timestamp::UNIX_EPOCH) => {
            let at = path.certs.iter().position(|facts| facts.not_before < Timestamp::UNIX_EPOCH).unwrap_or(0);
            let what = format!(
                "The certificate of {} is valid from before 1970 on: Firefox and programs built with rustls refuse that, Chrome and OpenSSL do not.",
                path.certs[at].subject
            );
            return found.wrong(at, what, "Have one made that begins later.");
        }
        // A certificate signed by itself has no issuer; it is told below.
        Error::CaUsedAsEndEntity | Error::UnsupportedCertVersion if is_alone => return,
        _ => {}
    }
    #[allow(deprecated, reason = "the verifier may still return these")]
    let (what, fix) = match error {
        Error::UnsupportedSignatureAlgorithm
        | Error::UnsupportedSignatureAlgorithmContext(_)
        | Error::UnsupportedSignatureAlgorithmForPublicKey
        | Error::UnsupportedSignatureAlgorithmForPublicKeyContext(_) => {
            let rsa_pss = path.certs.iter().find(|facts| facts.signature.name == "RSA-PSS");
            match rsa_pss {
                Some(facts) => (
                    format!("“{}” is signed with RSA-PSS in a form (hash or length of the salt) that browsers do not take.", facts.subject),
                    "Have one made with a salt as long as the hash, or signed with RSA and SHA-256.",
                ),
                None => (
                    "A certificate is signed in a way that browsers do not take: the kind of key and the hash do not go together, or are named in another way than the standard's.".into(),
                    "Ask whoever signed it to make it anew: signed with SHA-256, and named as the standard (RFC 5758) says, without anything behind the name.",
                ),
            }
        }
        Error::CertNotValidForName(_) => (
            "The certificate's names are not as clients want them, so they refuse it for this host.".into(),
            "Have one made with this host as its subject alternative name.",
        ),
        Error::PathLenConstraintViolated => (
            "There are more issuers in the chain than one of them allows (its path length).".into(),
            "Ask whoever signed the certificate for the right chain.",
        ),
        Error::EmptyEkuExtension => (
            "A certificate has an extended key usage that names nothing, so it is good for nothing.".into(),
            "Have it made anew for a web server.",
        ),
        Error::NameConstraintViolation => (
            "A name of the certificate is outside of what its issuers may sign (name constraints).".into(),
            "Ask for a certificate by an issuer that may sign this name.",
        ),
        _ => {
            let is_unread = |facts: &&&Facts| !is_readable(&facts.der);
            let what = match path.certs.iter().find(is_unread) {
                Some(facts) => format!(
                    "The certificate of {} is not built as the standard (RFC 5280) says, and strict clients refuse it.",
                    facts.subject
                ),
                None => format!("Programs built with rustls refuse the certificates of the chain together ({error})."),
            };
            (what, "Ask whoever signed it to make it anew.")
        }
    };
    found.wrong(0, what, fix);
}

/// More names, and rules on names, than some take the time to compare: rustls 250,000 pairs, OpenSSL (`NAME_CHECK_MAX`) and
/// Chrome 1,048,576.
fn comparisons(path: &Path, found: &mut Findings) {
    if names::comparisons(&path.whole()) > 1 << 20 {
        let what = "The certificate has too many names for its issuers' name constraints: OpenSSL and Chrome compare a million pairs at most, and refuse it.";
        return found.wrong(0, what.into(), "Have one made with fewer names.");
    }
    let what = "The certificate has many names, and its issuers many name constraints: programs built with rustls refuse to compare so many, browsers and OpenSSL do not.";
    found.note(what.into(), "Nothing to do where people use browsers.");
}

const REFUSED: &str = "Computers that know the same one refuse the certificate.";
const NAMESAKE: &str = "Ask whoever signed it which of the two roots is in use, and for a certificate by that one; fine where people's computers know the other.";

/// Where the way ends.
fn top(pool: &Pool, path: &Path, is_alone: bool, found: &mut Findings) {
    let last = path.certs[path.certs.len() - 1];
    let clean = found.errors() == 0;
    match path.top {
        Top::OwnRoot if is_alone => found.note(
            "The certificate is signed by itself: every browser will warn your users.".into(),
            "Fine for a trial. Have a real one made before people use the hub.",
        ),
        Top::OwnRoot if !pool.trusts(path) && clean && pool.knows_namesake(last) => {
            let what = format!(
                "This computer knows a root of the name “{}”, and it has another key than this one.",
                last.subject
            );
            found.note(format!("{what} {REFUSED}"), NAMESAKE);
        }
        Top::OwnRoot if !pool.trusts(path) && clean => found.note(
            format!("This computer does not know the issuer “{}”.", last.subject),
            "Fine where your institution has an issuer of its own and its computers know it.",
        ),
        Top::Missing => missing(pool, path, found),
        _ => {}
    }
}

/// The issuer of the last one is not there, or did not sign it.
fn missing(pool: &Pool, path: &Path, found: &mut Findings) {
    let last = path.certs[path.certs.len() - 1];
    let ends = format!("The chain ends at “{}”", last.subject);
    let circle = path.certs[..path.certs.len() - 1].iter().find(|facts| pool.signed(last, facts) != Signed::No);
    if let Some(first) = circle {
        let what = format!("“{}” and “{}” signed each other, which leads to no root.", first.subject, last.subject);
        let fix = "Add the certificate of one of the two that a root signed.";
        return found.wrong(path.certs.len() - 1, what, fix);
    }
    // One that signed it is there where it expired.
    let is_namesake = |facts: &&Facts| {
        facts.subject_normal == last.issuer_normal && facts.der != last.der && pool.signed(last, facts) == Signed::No
    };
    let namesakes: Vec<&Facts> = pool.all.iter().chain(pool.roots).filter(is_namesake).collect();
    // With another key it is another issuer of that name. Else this certificate or that one is not what it was.
    let changed = namesakes.iter().find(|facts| !last.names_another(facts));
    if let Some(issuer) = changed.filter(|issuer| issuer.has_odd_key()) {
        let what = format!(
            "{ends}: its issuer, “{}”, is there, but the public key in it is not written as the standard (RFC 3279) says, so clients cannot tell whether it signed this one.",
            issuer.subject
        );
        let fix = "Ask whoever runs that issuer for a certificate of it that was made anew.";
        return found.wrong(path.certs.len() - 1, what, fix);
    }
    if let Some(issuer) = changed.filter(|_| !last.is_self_issued()) {
        let what = format!(
            "{ends}: its issuer, “{}”, is there, but its key did not sign this one. One of the two was changed since, or is another one of that name.",
            issuer.subject
        );
        let fix =
            "Save both files again, whole; or ask whoever signed the certificate for the chain that belongs to it.";
        return found.wrong(path.certs.len() - 1, what, fix);
    }
    if last.is_self_issued() && path.certs.len() == 1 && namesakes.is_empty() {
        let what =
            "The certificate says that it signed itself, and its signature does not fit: its file was changed since.";
        return found.wrong(0, what.into(), "Save it again, whole; where that changes nothing, have it made anew.");
    }
    if last.is_self_issued() && path.certs.len() > 1 && namesakes.is_empty() {
        let what = format!("{ends}, which says that it signed itself and did not: its file was changed since.");
        return found.note(what, "Save it again, whole. Clients have a copy of their own where they know this root.");
    }
    if path.certs.len() > 1 || last.is_issued_by_root() {
        let is_there = pool.all.iter().any(|facts| facts.der != last.der && pool.signed(last, facts) != Signed::No);
        let where_not = if is_there {
            "is in the files only as a copy that expired, and not"
        } else {
            "is neither in the files nor"
        };
        let is_namesake =
            |root: &&Facts| root.subject_normal == last.issuer_normal && pool.signed(last, root) == Signed::No;
        if pool.roots.iter().any(|root| is_namesake(&root)) {
            let what = format!(
                "{ends}; this computer knows a root of the name of its issuer, “{}”, but with another key, which did not sign it.",
                last.issuer
            );
            return found.note(format!("{what} {REFUSED}"), NAMESAKE);
        }
        let what = format!("{ends}; its issuer, “{}”, {where_not} known to this computer.", last.issuer);
        let fix = "Fine where that is your institution's own root and its computers know it; if it is one more intermediate, add its certificate.";
        return found.note(what, fix);
    }
    let seen = if namesakes.is_empty() {
        ""
    } else {
        " One of that name is there, but with another key, which did not sign this one."
    };
    let what = format!("{ends}: the certificate of its issuer, “{}”, is missing.{seen}", last.issuer);
    let fix =
        "Add the intermediate certificate; whoever sent the certificate has it, often as a “bundle” or “chain” file.";
    found.missing(&last.issuer, what, fix);
}

/// For how many days a public issuer may make a certificate that begins then (CA/Browser Forum, ballots SC-22 and SC-081v3).
fn most_days(begins: Timestamp) -> i64 {
    match begins.to_zoned(jiff::tz::TimeZone::UTC).date() {
        day if day >= jiff::civil::date(2029, 3, 15) => 47,
        day if day >= jiff::civil::date(2027, 3, 15) => 100,
        day if day >= jiff::civil::date(2026, 3, 15) => 200,
        _ => 398,
    }
}

/// Rules of some clients on how long a certificate may hold, and what strict ones ask of issuers.
fn lengths(is_trusted: bool, path: &Path, is_alone: bool, found: &mut Findings) {
    let leaf = path.certs[0];
    // What is more than a number of days is one more (CA/Browser Forum, 6.3.2).
    let days = (leaf.not_after.as_second() - leaf.not_before.as_second() + 86_399) / 86_400;
    let most = most_days(leaf.not_before);
    let how_long = if days > 3_652 { MANY_YEARS.to_owned() } else { format!("{days} days") };
    if is_trusted && days > most && !matches!(path.top, Top::Missing) {
        let what = format!(
            "The certificate holds for {how_long}; browsers want at most {most} days from public issuers for one made then."
        );
        found.note(what, match days {
            ..=825 => "Have one made for less, unless its root is your institution's own.",
            _ => "Have one made for less. Where its root is your institution's own, up to 825 days will do, also for Apple's devices.",
        });
    } else if days > 825 {
        let what = format!("The certificate holds for {how_long}; Apple's devices take at most 825 days.");
        found.note(what, "Have one made for a year where people use Macs, iPhones or iPads.");
    }
    let strict = |facts: &&&Facts| !facts.lacks.is_empty();
    let whole = path.whole();
    if let (false, Some(facts)) = (is_alone, whole.iter().find(strict)) {
        let what =
            format!("Python 3.13 and later refuse this chain: “{}” has {}.", facts.subject, facts.lacks.join(" and "));
        found.note(what, "Nothing to do where people use browsers; tell whoever signs certificates otherwise.");
    }
}

/// OpenSSL and BoringSSL, and with it Chrome, stop reading a server's certificates after 100 kB (`SSL_MAX_CERT_LIST_DEFAULT`).
fn size(path: &Path, found: &mut Findings) {
    // Each comes with the bytes of its length and of its extensions (RFC 8446, 4.4.2).
    let sent: usize = 4 + path.certs.iter().map(|facts| facts.der.len() + 5).sum::<usize>();
    if sent > 100 << 10 {
        let what = format!(
            "The certificates of the chain have {} together; Chrome and OpenSSL take at most 100 from a server.",
            amount(sent as u64)
        );
        found.wrong(0, what, "Have one made with fewer names.");
    }
}

/// Why a certificate that is there is not in the chain.
pub fn left_out(pool: &Pool, facts: &Facts, path: &Path, host: &str, now: Timestamp) -> String {
    let leaf = path.certs[0];
    let same_issuer = path.certs.iter().find(|one| one.subject_der == facts.subject_der && one.public == facts.public);
    let why = if facts.public == leaf.public && !facts.covers(host) && leaf.covers(host) {
        format!("it belongs to the same key, but is for {}", list(&facts.shown_names()))
    } else if now > facts.not_after {
        "it expired".to_owned()
    } else if now < facts.not_before {
        "it is not valid yet".to_owned()
    } else if let Some(one) = same_issuer {
        format!("{} does the same and is the better one", one.described())
    } else if facts.is_self_issued() && pool.signed(facts, facts) != Signed::No && facts.is_ca {
        "clients do not need this root here".to_owned()
    } else if path.certs.iter().any(|one| pool.signed(one, facts) != Signed::No) {
        "another way to a root is better".to_owned()
    } else {
        "it does not belong to the hub's certificate".to_owned()
    };
    format!("The certificate {} was left out: {why}.", facts.described())
}
