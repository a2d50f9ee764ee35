//! Whether a key and certificates can serve a host: which certificate is the hub's, by which way clients get from it to
//! a root, and everything that is wrong, all at once. `webpki` has the last word on a way; what stands here says why
//! it refuses, and what other clients (browsers, OpenSSL, Python) refuse besides. It reads no files.

use super::explain::{explain, left_out};
pub use super::facts::Facts;
use super::key::KeyKind;
use super::paths::{Path, Pool, Top, known_roots};
use super::words::{count, list};
use super::{FileFault, Found, Key, to_pem};
use crate::engine::view::{Link, Mark};
use crate::engine::{Problem, View};
use jiff::Timestamp;

/// The judgement: the chain as it is to be served, what was repaired, and what is wrong.
pub struct Verdict {
    /// The hub's certificate first, then each one's issuer.
    pub chain: Vec<Facts>,
    pub repairs: Vec<String>,
    pub problems: Vec<Problem>,
    /// Whether this computer knows the root of the chain.
    pub is_trusted: bool,
    /// What is wrong with each of the chain, in a few words.
    wrong: Vec<Option<String>>,
    /// The issuer of its last one, where it should be there and is not.
    gap: Option<String>,
}

/// What is wrong with one way up.
#[derive(Default)]
pub(super) struct Findings {
    pub problems: Vec<Problem>,
    /// Places in the path, and what is wrong there in a few words.
    pub bad: Vec<(usize, String)>,
    /// The issuer that is missing.
    pub gap: Option<String>,
}

impl Findings {
    pub fn wrong(&mut self, at: usize, what: String, fix: impl Into<String>) {
        self.bad.push((at, in_short(&what)));
        self.problems.push(Problem::new(what, fix).on("files"));
    }

    /// The certificate of this issuer is missing.
    pub fn missing(&mut self, issuer: &str, what: String, fix: impl Into<String>) {
        self.gap = Some(issuer.to_owned());
        self.problems.push(Problem::new(what, fix).on("files"));
    }

    pub fn note(&mut self, what: String, fix: impl Into<String>) {
        self.problems.push(Problem::warning(what, fix).on("files"));
    }

    fn errors(&self) -> usize {
        self.problems.iter().filter(|problem| problem.is_error()).count()
    }
}

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
    let mut problems = vec![];
    let own: Vec<&Key> = own.into_iter().collect();
    let mut keys: Vec<&Key> = vec![];
    for key in own.iter().copied().chain(&found.keys) {
        if !keys.iter().any(|known| known.public == key.public) {
            keys.push(key);
        }
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
        problems.push(Problem::new(what, "Add the hub's own certificate.").on("files"));
        return Verdict { chain: vec![], repairs, problems, is_trusted: false, wrong: vec![], gap: None };
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
            problems.extend(no_key(keys, brought.is_empty(), &all));
            best = likeliest(&all, host).and_then(|leaf| best_way(&pool, &[leaf], host, now));
        }
        fitting => {
            let mut ways: Vec<(&Key, Way)> = vec![];
            for key in fitting {
                let leaves: Vec<&Facts> = hubs.iter().copied().filter(|facts| facts.has_key(key)).collect();
                ways.extend(best_way(&pool, &leaves, host, now).map(|way| (*key, way)));
            }
            let good = ways.iter().filter(|(_, way)| way.findings.errors() == 0).count();
            if good > 1 || (good == 0 && ways.len() > 1) {
                let what = format!("What you chose holds {} private keys with a certificate each.", ways.len());
                problems.push(Problem::new(what, "Choose the files of one key and its certificate only.").on("files"));
            }
            ways.sort_by_key(|(_, way)| way.rank);
            if let Some((chosen, way)) = ways.into_iter().next() {
                (key, best) = (Some(chosen), Some(way));
            }
            for unused in found.keys.iter().filter(|one| key.is_none_or(|key| key.public != one.public)) {
                let is_used = all.iter().any(|facts| facts.has_key(unused));
                let why = if is_used { "another certificate is on it" } else { "it fits none of the certificates" };
                repairs.push(format!("A private key ({}) was left out: {why}.", unused.kind));
            }
        }
    }
    problems.extend(key.and_then(weak_key));
    let Some(best) = best else {
        if all.is_empty() {
            let fix = "Add the certificate files you got back: the hub's own, and those of its issuers.";
            problems.push(Problem::new("There is no certificate in what you chose.", fix).on("files"));
        }
        return Verdict { chain: vec![], repairs, problems, is_trusted: false, wrong: vec![], gap: None };
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
    let is_better = |facts: &&&Facts| facts.covers(host) && facts.is_valid(now) && !has_key(facts);
    if let (true, true, Some(better)) = (best.findings.errors() > 0, has_key(leaf), hubs.iter().find(is_better)) {
        let what = format!(
            "Another certificate of {host}, good until {}, is there too; it is on another key, which is not in what you chose.",
            date(better.not_after)
        );
        problems.push(
            Problem::warning(what, "Where that is the new one, add the private key that it was asked with.")
                .on("files"),
        );
    }
    if best.findings.errors() > 0 && has_key(leaf) {
        problems.extend(others_of_key(&pool, leaf, &hubs, host, now));
    }
    // A weak key is told of once, of the key itself.
    let told = key.is_some_and(|key| leaf.has_key(key) && weak_key(key).is_some());
    let of_leaf_key = |problem: &Problem| problem.what.starts_with("The key of the hub's certificate");
    problems.extend(best.findings.problems.into_iter().filter(|problem| !(told && of_leaf_key(problem))));
    let wrong = (0..chain.len())
        .map(|at| best.findings.bad.iter().find(|(place, _)| *place == at).map(|(_, what)| what.clone()))
        .collect();
    Verdict { chain, repairs, problems, is_trusted: pool.trusts(&best.path), wrong, gap: best.findings.gap }
}

/// A way up, judged.
struct Way<'a> {
    path: Path<'a>,
    findings: Findings,
    /// Smaller is better.
    rank: Rank,
}

/// Errors; whether this computer does not know the root; whether the top is missing; notes; then, where all that is
/// equal, the way that holds longest, and of those the one that brings its root.
type Rank = (usize, bool, bool, usize, std::cmp::Reverse<Timestamp>, std::cmp::Reverse<usize>);

fn best_way<'a>(pool: &Pool<'a>, leaves: &[&'a Facts], host: &str, now: Timestamp) -> Option<Way<'a>> {
    let ways = leaves.iter().flat_map(|leaf| pool.paths(leaf)).map(|path| {
        let findings = explain(pool, &path, host, now);
        let until = path.certs.iter().map(|facts| facts.not_after).min().unwrap_or(Timestamp::MIN);
        let notes = findings.problems.len() - findings.errors();
        let rank = (
            findings.errors(),
            !pool.trusts(&path),
            matches!(path.top, Top::Missing),
            notes,
            std::cmp::Reverse(until),
            std::cmp::Reverse(path.certs.len()),
        );
        Way { path, findings, rank }
    });
    ways.min_by_key(|way| way.rank)
}

/// Of other certificates on the key of one that clients refuse, why they are refused as well.
fn others_of_key<'a>(pool: &Pool<'a>, leaf: &Facts, hubs: &[&'a Facts], host: &str, now: Timestamp) -> Vec<Problem> {
    const MOST: usize = 3;
    let others = hubs.iter().filter(|other| other.public == leaf.public && other.der != leaf.der).take(MOST);
    let told = |other: &&'a Facts| {
        let way = best_way(pool, &[*other], host, now)?;
        let why = way.findings.problems.into_iter().find(Problem::is_error)?;
        let what = format!("The other certificate on this key, {}, is no better: {}", other.described(), why.what);
        Some(Problem::warning(what, why.fix).on("files"))
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
            "Add the file with the private key, or choose “Make the key here” and ask for a certificate on it.",
        ),
        _ if all.is_empty() => return None,
        [key] => {
            let whose = if are_own { "The private key kept here" } else { "The private key" };
            if let Some(issuer) = all.iter().find(|facts| facts.has_key(key)) {
                let what = format!(
                    "{whose} ({}) is that of the issuer “{}”, not of the hub's certificate.",
                    key.kind, issuer.subject
                );
                return Some(
                    Problem::new(what, "Choose the key that the hub's certificate was asked with.").on("files"),
                );
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
    Some(problem.on("files"))
}

fn weak_key(key: &Key) -> Option<Problem> {
    let KeyKind::Rsa(bits) = key.kind else { return None };
    let what = format!("The private key has {bits} bits; {}.", weak_rsa(bits)?);
    Some(Problem::new(what, "Have a new certificate made on a key of 2048 bits or more; 4096 at most.").on("files"))
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
pub(super) fn weak_rsa(bits: usize) -> Option<&'static str> {
    match bits {
        0..2048 => Some("browsers refuse RSA keys under 2048"),
        2048..=8192 => None,
        _ => Some("Chrome and others refuse RSA keys over 8192"),
    }
}

impl Verdict {
    pub fn is_good(&self) -> bool {
        self.problems.iter().all(|problem| !problem.is_error())
    }

    /// Everything that is wrong, the files first; with no readable file, what is missing follows from that. Of what stands
    /// beside a file `is_taken` knows, as in `FileFault::problem`.
    pub fn told(&self, faults: Vec<FileFault>, is_taken: impl Fn(&str) -> bool) -> Vec<Problem> {
        let any_fault = !faults.is_empty();
        let told = |fault: FileFault| {
            let is_spare = self.is_good() && fault.is_of_key();
            let problem = fault.problem(&is_taken);
            match is_spare {
                true => {
                    let fix = "Nothing to do: another key fits the certificate.";
                    Problem::warning(format!("{} It was left out.", problem.what), fix).on("files")
                }
                false => problem,
            }
        };
        let mut problems: Vec<Problem> = faults.into_iter().map(told).collect();
        let missing = |problem: &&Problem| any_fault && problem.what.starts_with("There is no");
        problems.extend(self.problems.iter().filter(|problem| !missing(problem)).cloned());
        // The page's sentence is the first one: what blocks, not what is only good to know.
        problems.sort_by_key(|problem| !problem.is_error());
        problems
    }

    /// Until when all of the chain holds. `None` where there is no chain.
    pub fn until(&self) -> Option<Timestamp> {
        self.chain.iter().map(|facts| facts.not_after).min()
    }

    pub fn pem(&self) -> String {
        to_pem(&self.chain.iter().map(|facts| facts.der.clone()).collect::<Vec<_>>())
    }

    /// The chain as a picture: the private key and where it is, the hub's certificate, each issuer.
    pub fn view(&self, key: Option<(&KeyKind, &str)>, now: Timestamp) -> View {
        let mut links = vec![];
        if let Some((kind, place)) = key {
            let wrong = self.problems.iter().find(|problem| problem.is_error() && problem.what.contains("private key"));
            let (name, lines) = (kind.to_string(), vec![place.to_owned()]);
            links.push(match wrong {
                Some(problem) => Link::bad("Private key", name, in_short(&problem.what), lines),
                None => Link::new("Private key", name, Mark::Good, lines),
            });
        }
        for (at, facts) in self.chain.iter().enumerate() {
            let is_root = at > 0 && facts.is_self_issued();
            let title = match at {
                0 => "Hub's certificate",
                _ if is_root => "Root",
                _ => "Intermediate",
            };
            let mut lines = vec![format!("{} to {}", date(facts.not_before), date(facts.not_after))];
            lines.push(if now <= facts.not_after {
                format!("{} left", left(facts, now))
            } else {
                "expired".to_owned()
            });
            lines.push(facts.key.clone());
            if at == 0 && facts.shown_names() != [facts.subject.as_str()] {
                lines.push(list(&facts.shown_names()));
            }
            if is_root {
                let known = if self.is_trusted { "known to this computer" } else { "not known to this computer" };
                lines.push(known.to_owned());
            }
            let mark = if is_root && !self.is_trusted { Mark::Plain } else { Mark::Good };
            links.push(match &self.wrong[at] {
                Some(reason) => Link::bad(title, facts.subject.clone(), reason, lines),
                None => Link::new(title, facts.subject.clone(), mark, lines),
            });
        }
        if let Some(issuer) = &self.gap {
            links.push(Link::bad("Intermediate", issuer, "Missing from the files", vec![]));
        }
        View::Chain { title: "The chain".into(), links }
    }
}

/// What is wrong up to its reason: the whole sentence stands below the chain.
fn in_short(what: &str) -> String {
    what.split([':', ';']).next().unwrap_or(what).trim_end_matches('.').to_owned()
}

/// How long a certificate holds yet: days, hours where it is under two days, minutes where under two hours.
pub(super) fn left(facts: &Facts, now: Timestamp) -> String {
    let seconds = usize::try_from(facts.not_after.as_second() - now.as_second()).unwrap_or(0);
    match seconds {
        0..60 => "less than a minute".to_owned(),
        60..7_200 => count(seconds / 60, "minute"),
        7_200..172_800 => count(seconds / 3600, "hour"),
        _ => count(seconds / 86_400, "day"),
    }
}

/// A moment in the past or to come: its date, and its time where it is within two days.
pub(super) fn moment(time: Timestamp, now: Timestamp) -> String {
    match (time.as_second() - now.as_second()).abs() < 172_800 {
        true => time.to_zoned(jiff::tz::TimeZone::UTC).strftime("%-d %b %Y, %H:%M UTC").to_string(),
        false => date(time),
    }
}

/// A date as the page shows it: 14 Nov 2027.
pub fn date(time: Timestamp) -> String {
    // The calendar ends before the last day of 9999, which certificates without an end name (RFC 5280, 4.1.2.5).
    if time == Timestamp::MAX {
        return "31 Dec 9999 (no end)".to_owned();
    }
    time.to_zoned(jiff::tz::TimeZone::UTC).strftime("%-d %b %Y").to_string()
}
