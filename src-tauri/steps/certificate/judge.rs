//! Whether a key and certificates can serve a host: which certificate is the hub's, by which way clients get from it to
//! a root, and everything that is wrong, all at once. `webpki` has the last word on a way; what stands here says why
//! it refuses, and what other clients (browsers, OpenSSL, Python) refuse besides. It reads no files.

use super::explain::{explain, left_out};
use super::verdict::{About, Fault, Findings, Verdict};
use crate::engine::Problem;
pub use crate::tools::certificate::facts::Facts;
use crate::tools::certificate::key::KeyKind;
use crate::tools::certificate::paths::{Path, Pool, Top, known_roots};
use crate::tools::certificate::words::{clean, count, date, list};
use crate::tools::certificate::{Found, Key};
use jiff::Timestamp;
use std::collections::HashMap;

/// Judges what was found for `host` at `now`. `own` are keys made or kept here.
pub fn judge<'k>(found: &'k Found, own: impl IntoIterator<Item = &'k Key>, host: &str, now: Timestamp) -> Verdict {
    judge_with(found, own, host, now, known_roots())
}

/// As `judge`, with these roots as the trusted ones.
pub fn judge_with<'k>(
    found: &'k Found,
    own: impl IntoIterator<Item = &'k Key>,
    host: &str,
    now: Timestamp,
    roots: &[Facts],
) -> Verdict {
    let all: Vec<Facts> = found.certificates.iter().filter_map(|der| Facts::of(der)).collect();
    let mut repairs = found.repairs.clone();
    let mut faults = vec![];
    let own: Vec<&Key> = own.into_iter().collect();
    let mut keys: Vec<&Key> = vec![];
    for key in own.iter().copied().chain(&found.keys) {
        if !keys.iter().any(|known| known.public == key.public) {
            keys.push(key);
        }
    }
    if let Some(problem) = too_many_of_one_name(&all) {
        return Verdict::without_chain(repairs, vec![Fault::of(About::Rest, problem)]);
    }
    let pool = Pool::new(&all, roots, now);
    // The hub's own; where all are issuers' there is none, and what would be said of those helps nobody.
    let is_hubs = |facts: &&Facts| {
        let is_trial = || facts.subject.eq_ignore_ascii_case(host) || keys.iter().any(|key| facts.has_key(key));
        !facts.is_ca || !facts.names.is_empty() || (all.len() == 1 && is_trial())
    };
    let hubs: Vec<&Facts> = all.iter().filter(is_hubs).collect();
    if hubs.is_empty() && !all.is_empty() {
        let issuers: Vec<String> = all.iter().map(|facts| format!("“{}”", facts.subject)).collect();
        let what =
            format!("There is no certificate of the hub in what you chose, only of issuers: {}.", list(&issuers));
        let fix = match found.requests.as_slice() {
            [] => "Add the hub's own certificate.".to_owned(),
            requests => {
                let names: Vec<String> = requests.iter().map(|name| format!("`{}`", clean(name))).collect();
                format!("Add the hub's own certificate; in {} is the request that it was asked with.", list(&names))
            }
        };
        faults.push(Fault::of(About::NoCertificate, Problem::new(what, fix)));
        return Verdict::without_chain(repairs, faults);
    }
    let fits = |key: &Key| hubs.iter().any(|facts| facts.has_key(key));
    let fitting: Vec<&Key> = keys.iter().copied().filter(|key| fits(key)).collect();
    let mut key = None;
    let mut best: Option<Way> = None;
    match fitting.as_slice() {
        [] => {
            // A key kept here is beside the point where the files bring their own.
            let brought: Vec<&Key> = found.keys.iter().collect();
            let keys = if brought.is_empty() { &own } else { &brought };
            // What is wrong with the certificate's own key is told with it.
            let is_odd = likeliest(&all, host).is_some_and(Facts::has_odd_key) && !keys.is_empty();
            let lack = no_key(keys, brought.is_empty(), &all).filter(|_| !is_odd);
            faults.extend(lack.map(|problem| Fault::of(About::NoKey, problem)));
            best = likeliest(&all, host).and_then(|leaf| best_way(&pool, &[leaf], host, now));
        }
        fitting => {
            let mut ways: Vec<(&Key, Way)> = vec![];
            for key in fitting {
                let leaves: Vec<&Facts> = hubs.iter().copied().filter(|facts| facts.has_key(key)).collect();
                ways.extend(best_way(&pool, &leaves, host, now).map(|way| (*key, way)));
            }
            let good = ways.iter().filter(|(_, way)| way.findings.errors() == 0).count();
            ways.sort_by_key(|(_, way)| way.rank);
            let what = format!("What you chose holds {} private keys with a certificate each", ways.len());
            if good == 0 && ways.len() > 1 {
                let fix = "Choose the files of one key and its certificate only.";
                faults.push(Fault::of(About::Key, Problem::new(format!("{what}."), fix)));
            } else if good > 1 {
                let what = format!("{what}; {} is the one in use.", ways[0].1.path.certs[0].described());
                let fix = "Nothing to do where that is the right one; else choose the files of the other only.";
                faults.push(Fault::of(About::Rest, Problem::warning(what, fix)));
            }
            if let Some((chosen, way)) = ways.into_iter().next() {
                (key, best) = (Some(chosen), Some(way));
            }
            for unused in found.keys.iter().filter(|one| key.is_none_or(|key| key.public != one.public)) {
                let is_used = all.iter().any(|facts| facts.has_key(unused));
                let why =
                    if is_used { "it belongs to another certificate" } else { "it fits none of the certificates" };
                repairs.push(format!("A private key ({}) was left out: {why}.", unused.kind));
            }
        }
    }
    faults.extend(key.and_then(weak_key).map(|problem| Fault::of(About::Key, problem)));
    let Some(mut best) = best else {
        if all.is_empty() {
            let fix = "Add the certificate files you got back: the hub's own, and those of its issuers.";
            let problem = Problem::new("There is no certificate in what you chose.", fix);
            faults.push(Fault::of(About::NoCertificate, problem));
        }
        return Verdict::without_chain(repairs, faults);
    };
    let chain: Vec<Facts> = best.path.certs.iter().map(|facts| (*facts).clone()).collect();
    let left: Vec<&Facts> = all.iter().filter(|facts| !chain.iter().any(|one| one.der == facts.der)).collect();
    repairs.extend(left.iter().take(6).map(|facts| left_out(&pool, facts, &best.path, host, now)));
    if left.len() > 6 {
        repairs.push(format!("{} more were left out too.", count(left.len() - 6, "certificate")));
    }
    let in_order: Vec<&Vec<u8>> = chain.iter().map(|facts| &facts.der).collect();
    let as_found: Vec<&Vec<u8>> = found.certificates.iter().filter(|der| in_order.contains(der)).collect();
    if as_found != in_order {
        repairs.push("The certificates were put in order: the hub's own first, then each one's issuer.".into());
    }
    let leaf = &chain[0];
    let has_key = |facts: &Facts| keys.iter().any(|key| facts.has_key(key));
    let ends_soon = best.findings.faults.iter().any(|fault| fault.about == About::Expiry);
    let better = match best.findings.errors() {
        // What ends soon is told with the next one, below.
        0 if ends_soon => None,
        0 => next_one(leaf, &hubs, host, now).filter(|next| !has_key(next)),
        _ => hubs.iter().copied().find(|facts| facts.covers(host) && facts.is_valid(now) && !has_key(facts)),
    };
    if let Some(better) = better.filter(|_| has_key(leaf)) {
        let what = format!(
            "Another certificate of {host}, good until {}, is there too; it belongs to another key, which is not in what you chose.",
            date(better.not_after)
        );
        let fix = "Where that is the new one, add the private key that it was asked with.";
        faults.push(Fault::of(About::Rest, Problem::warning(what, fix)));
    }
    let is_trial = chain.len() == 1 && matches!(best.path.top, Top::OwnRoot) && !pool.trusts(&best.path);
    if (best.findings.errors() > 0 || is_trial) && has_key(leaf) {
        faults.extend(others_of_key(&pool, leaf, &hubs, host, now));
    }
    if let Some(soon) = best.findings.faults.iter_mut().find(|fault| fault.about == About::Expiry)
        && let Some(next) = next_one(leaf, &hubs, host, now)
    {
        soon.problem.fix = if !has_key(next) {
            format!(
                "Add the private key of the next one, which is in the files too and good until {}.",
                date(next.not_after)
            )
        } else if now < next.not_before {
            format!("Wait: the next one is in the files too, and valid from {} on.", date(next.not_before))
        } else {
            let why = best_way(&pool, &[next], host, now)
                .and_then(|way| way.findings.faults.into_iter().find(Fault::is_error))
                .map_or(String::new(), |fault| format!(" {}", fault.problem.what));
            format!("Mend the next one, which is in the files too and good until {}.{why}", date(next.not_after))
        };
    }
    // A weak key is told of once, of the key itself.
    let told = key.is_some_and(|key| leaf.has_key(key) && weak_key(key).is_some());
    faults.extend(best.findings.faults.into_iter().filter(|fault| !(told && fault.about == About::CertificateKey)));
    let wrong = (0..chain.len())
        .map(|at| best.findings.bad.iter().find(|(place, _)| *place == at).map(|(_, what)| what.clone()))
        .collect();
    let is_trusted = pool.trusts(&best.path);
    let is_whole = !matches!(best.path.top, Top::Missing) || chain.last().is_some_and(Facts::is_issued_by_root);
    Verdict { chain, repairs, faults, is_trusted, is_whole, wrong, gap: best.findings.gap }
}

/// Each of so many could have signed each other, which nobody's issuers have; to try them all would take minutes.
fn too_many_of_one_name(all: &[Facts]) -> Option<Problem> {
    const MOST: usize = 64;
    let mut of_name: HashMap<&[String], usize> = HashMap::new();
    all.iter().for_each(|facts| *of_name.entry(&facts.subject_normal).or_default() += 1);
    let (_, most) = of_name.into_iter().max_by_key(|(_, number)| *number)?;
    (most > MOST).then(|| {
        let what = format!("What you chose holds {most} certificates of one name; at most {MOST} are compared.");
        Problem::new(what, "Choose only the hub's own certificate and those of its issuers.")
    })
}

/// A way up, judged.
struct Way<'a> {
    path: Path<'a>,
    findings: Findings,
    /// Smaller is better.
    rank: Rank,
}

/// Errors; whether it is signed by itself and no more than that; whether this computer does not know the root; whether the
/// top is missing; notes; then, where all that is equal, the way that holds longest, of those the shortest, and of those the
/// one that brings its root.
type Rank = (usize, bool, bool, bool, usize, std::cmp::Reverse<Timestamp>, usize, bool);

fn best_way<'a>(pool: &Pool<'a>, leaves: &[&'a Facts], host: &str, now: Timestamp) -> Option<Way<'a>> {
    let ways = leaves.iter().flat_map(|leaf| pool.paths(leaf)).map(|path| {
        let findings = explain(pool, &path, host, now);
        let until = path.certs.iter().map(|facts| facts.not_after).min().unwrap_or(Timestamp::MIN);
        let notes = findings.faults.len() - findings.errors();
        let rank = (
            findings.errors(),
            !pool.trusts(&path) && path.certs.len() == 1 && matches!(path.top, Top::OwnRoot),
            !pool.trusts(&path),
            matches!(path.top, Top::Missing),
            notes,
            std::cmp::Reverse(until),
            path.whole().len(),
            !matches!(path.top, Top::OwnRoot),
        );
        Way { path, findings, rank }
    });
    ways.min_by_key(|way| way.rank)
}

/// The certificate of the host that holds longest, where it holds longer than this one.
fn next_one<'a>(leaf: &Facts, hubs: &[&'a Facts], host: &str, now: Timestamp) -> Option<&'a Facts> {
    let later = hubs.iter().copied().filter(|other| other.covers(host) && other.not_after > leaf.not_after.max(now));
    later.max_by_key(|other| other.not_after)
}

/// Of other certificates on the key of one that clients refuse, why they are refused as well.
fn others_of_key<'a>(pool: &Pool<'a>, leaf: &Facts, hubs: &[&'a Facts], host: &str, now: Timestamp) -> Vec<Fault> {
    const MOST: usize = 3;
    let others = hubs.iter().filter(|other| other.public == leaf.public && other.der != leaf.der).take(MOST);
    let told = |other: &&'a Facts| {
        let way = best_way(pool, &[*other], host, now)?;
        let why = way.findings.faults.into_iter().find(Fault::is_error)?.problem;
        let what = format!("The other certificate on this key, {}, is no better: {}", other.described(), why.what);
        Some(Fault::of(About::Rest, Problem::warning(what, why.fix)))
    };
    others.filter_map(told).collect()
}

/// Where no key says which is the hub's: for our host, else whatever is not an issuer of another.
fn likeliest<'a>(all: &'a [Facts], host: &str) -> Option<&'a Facts> {
    let issues =
        |facts: &Facts| all.iter().any(|other| other.der != facts.der && other.issuer_der == facts.subject_der);
    let for_host = all.iter().find(|facts| facts.covers(host) && !facts.is_ca);
    for_host.or_else(|| all.iter().find(|facts| !issues(facts))).or_else(|| all.first())
}

/// Why there is no key for the certificates.
fn no_key(keys: &[&Key], are_own: bool, all: &[Facts]) -> Option<Problem> {
    let problem = match keys {
        [] => Problem::new(
            "There is no private key in what you chose.",
            "Add the file with the private key, or choose “Make the key here, safer” and ask for a certificate for that key.",
        ),
        _ if all.is_empty() => return None,
        [key] => {
            let whose = if are_own { "The private key kept here" } else { "The private key" };
            if let Some(issuer) = all.iter().find(|facts| facts.has_key(key)) {
                let what = format!(
                    "{whose} ({}) is that of the issuer “{}”, not of the hub's certificate.",
                    key.kind, issuer.subject
                );
                return Some(Problem::new(what, "Choose the key that the hub's certificate was asked with."));
            }
            let what = format!("{whose} ({}) fits none of these certificates", key.kind);
            let leaf = all.iter().find(|facts| !facts.is_ca).unwrap_or(&all[0]);
            let asked = "Choose the key that the certificate was asked with";
            let fix = match refused_kind(&key.kind) {
                None => format!("{asked}, or have the certificate made anew on this key."),
                Some(why) => format!("{asked}; none can be made on this one: {why}."),
            };
            Problem::new(format!("{what}: it does not belong to the certificate of {}.", leaf.subject), fix)
        }
        several => {
            let kinds: Vec<String> = several.iter().map(|key| key.kind.to_string()).collect();
            let what = format!(
                "None of the {} private keys ({}) fits any of these certificates",
                kinds.len(),
                kinds.join("; ")
            );
            Problem::new(format!("{what}."), "Choose the private key that the certificate was asked with.")
        }
    };
    Some(problem)
}

fn weak_key(key: &Key) -> Option<Problem> {
    let KeyKind::Rsa(bits) = key.kind else { return None };
    let what = format!("The private key has {bits} bits; {}.", weak_rsa(bits)?);
    Some(Problem::new(what, "Have a new certificate made for a key of 2048 bits or more; 4096 at most."))
}

/// Why no certificate of a hub can be on such a key; `None` where one can.
fn refused_kind(kind: &KeyKind) -> Option<&'static str> {
    match kind {
        KeyKind::Rsa(bits) => weak_rsa(*bits),
        KeyKind::Ec("P-521") => Some("Chrome, Edge and Safari do not take P-521 from a web server"),
        KeyKind::Ec(_) => None,
    }
}

/// Why clients refuse an RSA key of that size.
pub fn weak_rsa(bits: usize) -> Option<&'static str> {
    match bits {
        0..2048 => Some("browsers refuse RSA keys under 2048"),
        2048..=8192 => None,
        _ => Some("Chrome and others refuse RSA keys over 8192"),
    }
}
