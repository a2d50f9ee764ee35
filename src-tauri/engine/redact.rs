//! Takes known secrets out of a stream of bytes before it is stored or shown, in every form they are likely to take.
//! It keeps no secret: of each form only its length and a keyed hash. It does not guess: what it was not told of, apart
//! from what cannot be seen (`visible`), passes through.
//! The time is linear in the stream, whatever the secrets are: each byte is hashed once, and any stretch of the stream is
//! compared with a form by one subtraction (Rabin and Karp's search, over the prime 2^61 - 1).

mod forms;
#[cfg(test)]
mod tests;

use super::Secret;
use super::visible::Filter;
use std::collections::{BTreeSet, HashMap, VecDeque};
use std::hash::{BuildHasher, Hasher, RandomState};
use zeroize::{Zeroize, Zeroizing};

/// What stands in place of a secret.
pub const HIDDEN: &[u8] = b"[hidden]";

/// Secrets under this many bytes are ignored: they would hide ordinary words. Also how far a position must be read to tell
/// whether a secret can begin there.
const HEAD: usize = 6;

/// The secrets of one deployment in all their forms, hashed.
pub struct Redactor {
    key: u64,
    /// Forms by the hash of their first bytes.
    forms: HashMap<u64, Vec<Form>>,
    /// One bit for each value of the lower bits of those hashes: most positions are settled by it.
    heads: Box<[u64; 1024]>,
    head_power: u64,
    known: BTreeSet<u64>,
}

/// A form of a secret.
#[derive(PartialEq)]
struct Form {
    length: usize,
    hash: u64,
    /// The key to the power of the length.
    power: u64,
}

impl Default for Redactor {
    fn default() -> Self {
        // The standard library's hash maps are keyed with random numbers of the system; so is this.
        let random = || RandomState::new().build_hasher().finish();
        let key = (random() ^ random().rotate_left(32)) % (PRIME - 1_000) + 500;
        Redactor {
            key,
            forms: HashMap::new(),
            heads: Box::new([0; 1024]),
            head_power: power(key, HEAD),
            known: BTreeSet::new(),
        }
    }
}

impl Redactor {
    /// From now on `secret` is taken out, in every form of `forms`; also where line breaks, escape sequences or characters
    /// without width stand inside. A page may use it without the white space around it, so that is taken out too.
    pub fn add(&mut self, secret: &Secret) {
        let raw = secret.expose();
        self.add_one(raw);
        self.add_one(raw.trim_ascii());
    }

    fn add_one(&mut self, raw: &[u8]) {
        if raw.len() < HEAD || !self.known.insert(self.hash(raw)) {
            return;
        }
        for form in forms::all(raw) {
            let form = normal(&form);
            if form.len() < HEAD {
                continue;
            }
            let head = self.hash(&form[..HEAD]);
            let form = Form { length: form.len(), hash: self.hash(&form), power: power(self.key, form.len()) };
            self.heads[head as usize >> 6 & 1023] |= 1 << (head & 63);
            let same = self.forms.entry(head).or_default();
            if !same.contains(&form) {
                same.push(form);
                // The longest first: it is the one that is taken out.
                same.sort_by_key(|form| std::cmp::Reverse(form.length));
            }
        }
    }

    /// Whether a known secret is in these bytes, in any form.
    pub fn finds(&self, bytes: &[u8]) -> bool {
        let mut stream = Stream::default();
        stream.take(self, bytes);
        stream.filter_rest(self);
        stream.decide(self, true, &mut vec![]) > 0
    }

    /// Redacts a text that is whole.
    pub fn text(&self, text: &str) -> String {
        let mut stream = Stream::default();
        let mut bytes = stream.push(self, text.as_bytes());
        bytes.extend(stream.finish(self));
        String::from_utf8_lossy(&bytes).into_owned()
    }

    fn hash(&self, bytes: &[u8]) -> u64 {
        bytes.iter().fold(0, |sum, byte| step(sum, self.key, *byte))
    }

    /// The forms that may begin with these first bytes.
    fn beginning(&self, head: u64) -> &[Form] {
        if self.heads[head as usize >> 6 & 1023] & 1 << (head & 63) == 0 {
            return &[];
        }
        self.forms.get(&head).map_or(&[], Vec::as_slice)
    }
}

/// A stream being redacted: what may be the beginning of a secret is held back until more has come.
#[derive(Default)]
pub struct Stream {
    filter: Filter,
    /// Text that is not settled yet, without its line breaks and the spaces that begin lines.
    held: Vec<u8>,
    /// `sums[n]` is the hash of everything before `held[n]`, from the stream's beginning.
    sums: VecDeque<u64>,
    /// What was left out of `held`, with the number of held bytes before it.
    breaks: VecDeque<(usize, u8)>,
    /// How many bytes at the beginning of `held` are settled already.
    settled: usize,
    in_indent: bool,
}

impl Stream {
    /// Takes the next bytes and returns those that are safe to show.
    pub fn push(&mut self, redactor: &Redactor, bytes: &[u8]) -> Vec<u8> {
        let mut shown = Vec::with_capacity(bytes.len());
        self.take(redactor, bytes);
        self.decide(redactor, false, &mut shown);
        shown
    }

    /// The rest, at the end of the stream. The next bytes begin a new one.
    pub fn finish(&mut self, redactor: &Redactor) -> Vec<u8> {
        let mut shown = vec![];
        self.filter_rest(redactor);
        self.decide(redactor, true, &mut shown);
        self.held.zeroize();
        *self = Stream::default();
        shown
    }

    fn take(&mut self, redactor: &Redactor, bytes: &[u8]) {
        let mut filter = std::mem::take(&mut self.filter);
        filter.push(bytes, |byte| self.keep(redactor, byte));
        self.filter = filter;
    }

    fn filter_rest(&mut self, redactor: &Redactor) {
        let mut filter = std::mem::take(&mut self.filter);
        filter.finish(|byte| self.keep(redactor, byte));
    }

    fn keep(&mut self, redactor: &Redactor, byte: u8) {
        if leaves_out(&mut self.in_indent, byte) {
            return self.breaks.push_back((self.held.len(), byte));
        }
        if self.sums.is_empty() {
            self.sums.push_back(0);
        }
        let sum = step(self.sums.back().copied().unwrap_or(0), redactor.key, byte);
        self.sums.push_back(sum);
        self.held.push(byte);
    }

    /// Settles what can be settled and gives it to `shown`; everything, where this is the `end`. Returns how many secrets
    /// were found.
    fn decide(&mut self, redactor: &Redactor, end: bool, shown: &mut Vec<u8>) -> usize {
        let mut found = 0;
        while self.settled + HEAD <= self.held.len() {
            let left = self.held.len() - self.settled;
            let forms = redactor.beginning(self.window(self.settled, HEAD, redactor.head_power));
            let complete =
                |form: &&Form| form.length <= left && self.window(self.settled, form.length, form.power) == form.hash;
            // A longer form that may still come decides, so it is waited for.
            if !end && forms.first().is_some_and(|form| form.length > left) {
                break;
            }
            match forms.iter().find(complete).map(|form| form.length) {
                Some(length) => {
                    found += 1;
                    self.show_breaks(self.settled, shown);
                    shown.extend_from_slice(HIDDEN);
                    self.settled += length;
                }
                None => self.show_one(shown),
            }
        }
        while end && self.settled < self.held.len() {
            self.show_one(shown);
        }
        if self.settled == self.held.len() {
            self.show_breaks(self.settled, shown);
        }
        // The settled bytes go now and then, not at each call: moving the rest costs as much as the rest is long.
        if self.settled > 4096 && self.settled * 2 > self.held.len() {
            let settled = std::mem::take(&mut self.settled);
            self.held.copy_within(settled.., 0);
            let rest = self.held.len() - settled;
            self.held[rest..].zeroize();
            self.held.truncate(rest);
            self.sums.drain(..settled);
            self.breaks.iter_mut().for_each(|(at, _)| *at -= settled);
        }
        found
    }

    /// The hash of `length` held bytes from `at` on.
    fn window(&self, at: usize, length: usize, power: u64) -> u64 {
        let before = multiply(self.sums[at], power);
        (self.sums[at + length] + PRIME - before) % PRIME
    }

    fn show_one(&mut self, shown: &mut Vec<u8>) {
        self.show_breaks(self.settled, shown);
        shown.push(self.held[self.settled]);
        self.settled += 1;
    }

    /// The line breaks before `held[until]`; those inside a secret come after its place.
    fn show_breaks(&mut self, until: usize, shown: &mut Vec<u8>) {
        while self.breaks.front().is_some_and(|(at, _)| *at <= until) {
            shown.extend(self.breaks.pop_front().map(|(_, byte)| byte));
        }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.held.zeroize();
    }
}

/// Whether a byte is left out of the comparison: a line break, or a space that begins a line. A secret that was wrapped to
/// fit a width is found all the same.
fn leaves_out(in_indent: &mut bool, byte: u8) -> bool {
    *in_indent = byte == b'\n' || *in_indent && matches!(byte, b' ' | b'\t');
    *in_indent
}

/// A form as it is compared: what cannot be seen and line breaks left out.
fn normal(form: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut kept = Zeroizing::new(Vec::with_capacity(form.len()));
    let (mut filter, mut in_indent) = (Filter::default(), false);
    let mut keep = |byte| {
        if !leaves_out(&mut in_indent, byte) {
            kept.push(byte);
        }
    };
    filter.push(form, &mut keep);
    filter.finish(&mut keep);
    kept
}

/// 2^61 - 1.
const PRIME: u64 = (1 << 61) - 1;

fn multiply(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    let folded = (product as u64 & PRIME) + (product >> 61) as u64;
    if folded >= PRIME { folded - PRIME } else { folded }
}

/// The hash with one more byte. Zero bytes count too.
fn step(sum: u64, key: u64, byte: u8) -> u64 {
    (multiply(sum, key) + u64::from(byte) + 1) % PRIME
}

fn power(key: u64, length: usize) -> u64 {
    (0..length).fold(1, |power, _| multiply(power, key))
}
