//! What was judged of a key and certificates, and how it is told and drawn.

use crate::engine::view::{Link, Mark};
use crate::engine::{Problem, View};
use crate::tools::certificate::facts::Facts;
use crate::tools::certificate::key::KeyKind;
use crate::tools::certificate::words::{date, left, list};
use crate::tools::certificate::{FileFault, to_pem};
use jiff::Timestamp;

/// The judgement: the chain as it is to be served, what was repaired, and what is wrong.
pub struct Verdict {
    /// The hub's certificate first, then each one's issuer.
    pub chain: Vec<Facts>,
    pub repairs: Vec<String>,
    pub faults: Vec<Fault>,
    /// Whether this computer knows the root of the chain.
    pub is_trusted: bool,
    /// Whether the chain goes up to its root, or to where only that is missing.
    pub is_whole: bool,
    /// What is wrong with each of the chain, in a few words.
    pub wrong: Vec<Option<String>>,
    /// The issuer of its last one, where it should be there and is not.
    pub gap: Option<String>,
}

/// Something that is wrong, or worth knowing, and what it is about.
pub struct Fault {
    pub about: About,
    pub problem: Problem,
}

/// What a fault is about, as far as anything else that is said depends on it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// There is no private key for the hub's certificate.
    NoKey,
    /// There is no certificate of the hub.
    NoCertificate,
    /// An issuer's certificate is missing.
    NoIssuer,
    /// The private key, which is there.
    Key,
    /// The key that the hub's certificate is on.
    CertificateKey,
    /// The hub's certificate ends soon.
    Expiry,
    Rest,
}

impl Fault {
    pub fn of(about: About, problem: Problem) -> Self {
        Fault { about, problem: problem.on("files") }
    }

    pub fn is_error(&self) -> bool {
        self.problem.is_error()
    }

    /// Whether more files could mend it by being there.
    fn is_lack(&self) -> bool {
        matches!(self.about, About::NoKey | About::NoCertificate | About::NoIssuer)
    }
}

/// What is wrong with one way up.
#[derive(Default)]
pub struct Findings {
    pub faults: Vec<Fault>,
    /// Places in the path, and what is wrong there in a few words.
    pub bad: Vec<(usize, String)>,
    /// The issuer that is missing.
    pub gap: Option<String>,
}

impl Findings {
    pub fn wrong(&mut self, at: usize, what: String, fix: impl Into<String>) {
        self.wrong_about(About::Rest, at, what, fix);
    }

    pub fn wrong_about(&mut self, about: About, at: usize, what: String, fix: impl Into<String>) {
        self.bad.push((at, in_short(&what)));
        self.faults.push(Fault::of(about, Problem::new(what, fix)));
    }

    /// The certificate of this issuer is missing.
    pub fn missing(&mut self, issuer: &str, what: String, fix: impl Into<String>) {
        self.gap = Some(issuer.to_owned());
        self.faults.push(Fault::of(About::NoIssuer, Problem::new(what, fix)));
    }

    pub fn note(&mut self, what: String, fix: impl Into<String>) {
        self.note_about(About::Rest, what, fix);
    }

    pub fn note_about(&mut self, about: About, what: String, fix: impl Into<String>) {
        self.faults.push(Fault::of(about, Problem::warning(what, fix)));
    }

    pub fn errors(&self) -> usize {
        self.faults.iter().filter(|fault| fault.is_error()).count()
    }
}

impl Verdict {
    /// Where there is no way up to judge.
    pub fn without_chain(repairs: Vec<String>, faults: Vec<Fault>) -> Self {
        Verdict { chain: vec![], repairs, faults, is_trusted: false, is_whole: false, wrong: vec![], gap: None }
    }

    pub fn is_good(&self) -> bool {
        self.faults.iter().all(|fault| !fault.is_error())
    }

    /// All that is wrong or worth knowing of what could be read.
    pub fn problems(&self) -> impl Iterator<Item = &Problem> {
        self.faults.iter().map(|fault| &fault.problem)
    }

    /// What is wrong, whatever may stand in files that could not be read: the private key, an issuer.
    pub fn surely_wrong(&self) -> impl Iterator<Item = &Problem> {
        self.faults.iter().filter(|fault| fault.is_error() && !fault.is_lack()).map(|fault| &fault.problem)
    }

    /// Everything that is wrong, the files first; with no readable file, what is missing follows from that. Of what stands
    /// beside a file `is_taken` knows, as in `FileFault::problem`.
    pub fn told(&self, faults: Vec<FileFault>, is_taken: impl Fn(&str) -> bool) -> Vec<Problem> {
        let any_fault = !faults.is_empty();
        let told = |fault: FileFault| {
            let needless = match () {
                () if !self.is_good() => None,
                () if fault.is_of_key() => Some("Nothing to do: another key fits the certificate."),
                // The chain has a place for it only where its top is not here.
                () if fault.is_of_certificate() && !self.is_whole => None,
                () => Some("Nothing to do: the other files are all that is needed."),
            };
            let problem = super::problem(fault, &is_taken);
            match needless {
                Some(fix) => Problem::warning(format!("{} It was left out.", problem.what), fix).on("files"),
                None => problem,
            }
        };
        let mut problems: Vec<Problem> = faults.into_iter().map(told).collect();
        let follows = |fault: &Fault| any_fault && matches!(fault.about, About::NoKey | About::NoCertificate);
        problems.extend(self.faults.iter().filter(|fault| !follows(fault)).map(|fault| fault.problem.clone()));
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
            let of_key = |fault: &&Fault| fault.is_error() && matches!(fault.about, About::NoKey | About::Key);
            let (name, lines) = (kind.to_string(), vec![place.to_owned()]);
            links.push(match self.faults.iter().find(of_key) {
                Some(fault) => Link::bad("Private key", name, in_short(&fault.problem.what), lines),
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
                format!("{} left", left(facts.not_after, now))
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
