//! Takes known secrets out of a stream of bytes before it is stored or shown, in every form they are likely to take.
//! It keeps no secret: of each form only its length and a keyed hash. It does not guess: what it was not told of, apart
//! from what cannot be seen (`visible`), passes through.
//! The time is linear in the stream, whatever the secrets are: each byte is hashed once, and any stretch of the stream is
//! compared with a form by one subtraction (Rabin and Karp's search, over the prime 2^61 - 1).
//! Long because the search and the forms it searches for are proved by one set of tests.

use super::Secret;
use super::visible::Filter;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC};
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
    /// From now on `secret` is taken out: raw, base64 at each alignment, hex, URL-encoded, JSON-escaped, UTF-16; also where
    /// line breaks, escape sequences or characters without width stand inside.
    pub fn add(&mut self, secret: &Secret) {
        let raw = secret.expose();
        if raw.len() < HEAD || !self.known.insert(self.hash(raw)) {
            return;
        }
        for form in forms(raw) {
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

/// Every form of a secret, in buffers that are wiped and never grow: a buffer that grew leaves a copy behind.
fn forms(raw: &[u8]) -> Vec<Zeroizing<Vec<u8>>> {
    let mut all = vec![Zeroizing::new(raw.to_vec())];
    for (digits, between) in [(LOWER, ""), (UPPER, ""), (LOWER, ":"), (UPPER, ":"), (LOWER, " "), (UPPER, " ")] {
        all.push(hex(raw, digits, between));
    }
    let encoded = |bytes: &[u8], engine: &base64::engine::GeneralPurpose| {
        let mut text = Zeroizing::new(vec![0; bytes.len() / 3 * 4 + 4]);
        let length = engine.encode_slice(bytes, &mut text).unwrap_or(0);
        text.truncate(length);
        text
    };
    for engine in [&STANDARD, &STANDARD_NO_PAD, &URL_SAFE, &URL_SAFE_NO_PAD] {
        all.push(encoded(raw, engine));
    }
    // Inside a longer text the secret's base64 depends on where it starts: the whole 6-bit groups of each alignment.
    for lead in 0..3usize {
        let mut shifted = Zeroizing::new(Vec::with_capacity(lead + raw.len()));
        shifted.resize(lead, 0);
        shifted.extend_from_slice(raw);
        let from = (lead * 8).div_ceil(6);
        let to = shifted.len() * 8 / 6;
        for engine in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
            if to > from + HEAD {
                all.push(Zeroizing::new(encoded(&shifted, engine)[from..to].to_vec()));
            }
        }
    }
    for set in [NON_ALPHANUMERIC, UNRESERVED, COMPONENT] {
        for digits in [LOWER, UPPER] {
            all.push(percent(raw, set, digits, false));
            all.push(percent(raw, set, digits, true));
        }
    }
    if let Ok(text) = std::str::from_utf8(raw) {
        let mut json = Zeroizing::new(Vec::with_capacity(raw.len() * 6 + 2));
        let _ = serde_json::to_writer(&mut *json, text);
        all.push(Zeroizing::new(json[1..json.len().saturating_sub(1).max(1)].to_vec()));
        for order in [u16::to_le_bytes, u16::to_be_bytes] {
            let mut wide = Zeroizing::new(Vec::with_capacity(raw.len() * 2));
            wide.extend(text.encode_utf16().flat_map(order));
            all.push(wide);
        }
    }
    all
}

fn hex(raw: &[u8], digits: &[u8; 16], between: &str) -> Zeroizing<Vec<u8>> {
    let mut text = Zeroizing::new(Vec::with_capacity(raw.len() * 3));
    for (n, byte) in raw.iter().enumerate() {
        if n > 0 {
            text.extend_from_slice(between.as_bytes());
        }
        text.extend([digits[usize::from(byte >> 4)], digits[usize::from(byte & 15)]]);
    }
    text
}

fn percent(raw: &[u8], set: &'static AsciiSet, digits: &[u8; 16], plus: bool) -> Zeroizing<Vec<u8>> {
    let mut text = Zeroizing::new(Vec::with_capacity(raw.len() * 3));
    for byte in raw {
        match byte {
            b' ' if plus => text.push(b'+'),
            // The set has no way to ask it about one byte; its iterator gives the byte or three.
            _ if percent_encoding::percent_encode(&[*byte], set).next().is_some_and(|part| part.len() == 1) => {
                text.push(*byte);
            }
            _ => text.extend([b'%', digits[usize::from(byte >> 4)], digits[usize::from(byte & 15)]]),
        }
    }
    text
}

const LOWER: &[u8; 16] = b"0123456789abcdef";
const UPPER: &[u8; 16] = b"0123456789ABCDEF";
/// What stays as it is in any part of a URL (RFC 3986).
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// What `encodeURIComponent` of a page leaves as it is.
const COMPONENT: &AsciiSet = &UNRESERVED.remove(b'!').remove(b'*').remove(b'\'').remove(b'(').remove(b')');

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "wJalr/K7>>>???-日\"\\ (fi)!*'~";

    fn redactor() -> Redactor {
        let mut redactor = Redactor::default();
        redactor.add(&Secret::from(SECRET.to_owned()));
        redactor
    }

    /// Written by Python (`base64`, `bytes.hex`, `urllib.parse.quote`, `json.dumps`, `str.encode`), not by this program: a
    /// form that it forgets is missed here. No two are the same.
    const FORMS: &[(&str, &[u8])] = &[
        ("as it is", b"wJalr/K7>>>???-\xe6\x97\xa5\"\\ (fi)!*'~"),
        ("hex", b"774a616c722f4b373e3e3e3f3f3f2de697a5225c2028666929212a277e"),
        ("hex, upper case", b"774A616C722F4B373E3E3E3F3F3F2DE697A5225C2028666929212A277E"),
        ("hex with colons", b"77:4a:61:6c:72:2f:4b:37:3e:3e:3e:3f:3f:3f:2d:e6:97:a5:22:5c:20:28:66:69:29:21:2a:27:7e"),
        ("hex with colons, upper case", b"77:4A:61:6C:72:2F:4B:37:3E:3E:3E:3F:3F:3F:2D:E6:97:A5:22:5C:20:28:66:69:29:21:2A:27:7E"),
        ("hex with spaces", b"77 4a 61 6c 72 2f 4b 37 3e 3e 3e 3f 3f 3f 2d e6 97 a5 22 5c 20 28 66 69 29 21 2a 27 7e"),
        ("hex with spaces, upper case", b"77 4A 61 6C 72 2F 4B 37 3E 3E 3E 3F 3F 3F 2D E6 97 A5 22 5C 20 28 66 69 29 21 2A 27 7E"),
        ("base64", b"d0phbHIvSzc+Pj4/Pz8t5pelIlwgKGZpKSEqJ34="),
        ("base64url", b"d0phbHIvSzc-Pj4_Pz8t5pelIlwgKGZpKSEqJ34="),
        ("base64 without its end", b"d0phbHIvSzc+Pj4/Pz8t5pelIlwgKGZpKSEqJ34"),
        ("base64url without its end", b"d0phbHIvSzc-Pj4_Pz8t5pelIlwgKGZpKSEqJ34"),
        ("URL, every special character", b"wJalr%2FK7%3E%3E%3E%3F%3F%3F%2D%E6%97%A5%22%5C%20%28fi%29%21%2A%27%7E"),
        ("URL, every special character, + for a space", b"wJalr%2FK7%3E%3E%3E%3F%3F%3F%2D%E6%97%A5%22%5C+%28fi%29%21%2A%27%7E"),
        ("URL, every special character, lower case", b"wJalr%2fK7%3e%3e%3e%3f%3f%3f%2d%e6%97%a5%22%5c%20%28fi%29%21%2a%27%7e"),
        ("URL, every special character, lower case, + for a space", b"wJalr%2fK7%3e%3e%3e%3f%3f%3f%2d%e6%97%a5%22%5c+%28fi%29%21%2a%27%7e"),
        ("URL, RFC 3986", b"wJalr%2FK7%3E%3E%3E%3F%3F%3F-%E6%97%A5%22%5C%20%28fi%29%21%2A%27~"),
        ("URL, RFC 3986, + for a space", b"wJalr%2FK7%3E%3E%3E%3F%3F%3F-%E6%97%A5%22%5C+%28fi%29%21%2A%27~"),
        ("URL, RFC 3986, lower case", b"wJalr%2fK7%3e%3e%3e%3f%3f%3f-%e6%97%a5%22%5c%20%28fi%29%21%2a%27~"),
        ("URL, RFC 3986, lower case, + for a space", b"wJalr%2fK7%3e%3e%3e%3f%3f%3f-%e6%97%a5%22%5c+%28fi%29%21%2a%27~"),
        ("URL, encodeURIComponent", b"wJalr%2FK7%3E%3E%3E%3F%3F%3F-%E6%97%A5%22%5C%20(fi)!*'~"),
        ("URL, encodeURIComponent, + for a space", b"wJalr%2FK7%3E%3E%3E%3F%3F%3F-%E6%97%A5%22%5C+(fi)!*'~"),
        ("URL, encodeURIComponent, lower case", b"wJalr%2fK7%3e%3e%3e%3f%3f%3f-%e6%97%a5%22%5c%20(fi)!*'~"),
        ("URL, encodeURIComponent, lower case, + for a space", b"wJalr%2fK7%3e%3e%3e%3f%3f%3f-%e6%97%a5%22%5c+(fi)!*'~"),
        ("JSON", b"wJalr/K7>>>???-\xe6\x97\xa5\\\"\\\\ (fi)!*'~"),
        ("UTF-16, little end first", b"w\x00J\x00a\x00l\x00r\x00/\x00K\x007\x00>\x00>\x00>\x00?\x00?\x00?\x00-\x00\xe5e\"\x00\\\x00 \x00(\x00f\x00i\x00)\x00!\x00*\x00'\x00~\x00"),
        ("UTF-16, big end first", b"\x00w\x00J\x00a\x00l\x00r\x00/\x00K\x007\x00>\x00>\x00>\x00?\x00?\x00?\x00-e\xe5\x00\"\x00\\\x00 \x00(\x00f\x00i\x00)\x00!\x00*\x00'\x00~"),
    ];

    #[test]
    fn a_secret_split_at_any_byte_is_hidden_in_every_form() {
        let redactor = redactor();
        for (name, form) in FORMS {
            let text: Vec<u8> = [b"before ".as_slice(), form, b" after\n"].concat();
            for cut in 0..=text.len() {
                let mut stream = Stream::default();
                let mut shown = stream.push(&redactor, &text[..cut]);
                shown.extend(stream.push(&redactor, &text[cut..]));
                shown.extend(stream.finish(&redactor));
                assert_eq!(String::from_utf8_lossy(&shown), "before [hidden] after\n", "{name}, cut at {cut}");
            }
            assert!(redactor.finds(&text), "{name}");
        }
    }

    #[test]
    fn what_one_job_left_open_hides_and_shows_nothing_of_the_next() {
        let redactor = redactor();
        let (half, rest) = SECRET.split_at(10);
        for left in [b"\x1b]0;never ended".as_slice(), b"\x1b[1;", b"\n   ", half.as_bytes(), b"\xe6"] {
            let mut stream = Stream::default();
            stream.push(&redactor, left);
            stream.finish(&redactor);
            let mut shown = stream.push(&redactor, format!("  next {rest} {SECRET} job").as_bytes());
            shown.extend(stream.finish(&redactor));
            assert_eq!(String::from_utf8_lossy(&shown), format!("  next {rest} [hidden] job"), "after {left:?}");
        }
    }

    #[test]
    fn a_secret_with_what_cannot_be_seen_inside_is_hidden() {
        for odd in
            ["\x1b[31m", "\x1b]0;title\x07", "\x1b(B", "\x7f", "\u{200b}", "\u{ad}", "\u{202e}", "\x1bP\x1b\\", "\r"]
        {
            let text: String = SECRET.chars().map(|c| format!("{c}{odd}")).collect();
            assert_eq!(redactor().text(&text), "[hidden]", "{odd:?}");
        }
    }

    #[test]
    fn a_secret_that_is_wrapped_at_any_width_is_hidden() {
        // Wrapped at a space of its own it is not: that space cannot be told from an indent.
        let secret = "wJalr/K7MDENG+bPx\"R-fi".to_owned();
        let mut redactor = Redactor::default();
        redactor.add(&Secret::from(secret.clone()));
        for width in 1..secret.len() {
            for indent in ["\n", "\r\n", "\n    ", "\n\t"] {
                let pieces: Vec<String> =
                    secret.as_bytes().chunks(width).map(|piece| String::from_utf8_lossy(piece).into_owned()).collect();
                let shown = redactor.text(&format!("a {} b", pieces.join(indent)));
                assert!(shown.starts_with("a [hidden]") && shown.ends_with(" b"), "{width} {indent:?}: {shown:?}");
                assert_eq!(shown.matches('\n').count(), pieces.len() - 1, "no line is lost: {shown:?}");
            }
        }
        let mime = STANDARD.encode(format!("user:{secret}{secret}{secret}{secret}"));
        let wrapped: Vec<_> = mime.as_bytes().chunks(76).map(String::from_utf8_lossy).collect();
        assert!(redactor.text(&wrapped.join("\r\n")).contains("[hidden]"));
    }

    #[test]
    fn a_secret_in_the_middle_of_a_base64_text_is_hidden_and_its_neighbours_are_not() {
        // What Python's `b64encode` and `urlsafe_b64encode` make of nothing, `a` and `ab` before the secret, and `and more` after.
        for (text, shown) in [
            ("d0phbHIvSzc+Pj4/Pz8t5pelIlwgKGZpKSEqJ35hbmQgbW9yZQ==", "[hidden]5hbmQgbW9yZQ=="),
            ("YXdKYWxyL0s3Pj4+Pz8/LeaXpSJcIChmaSkhKid+YW5kIG1vcmU=", "YX[hidden]YW5kIG1vcmU="),
            ("YWJ3SmFsci9LNz4+Pj8/Py3ml6UiXCAoZmkpISonfmFuZCBtb3Jl", "YWJ[hidden]mFuZCBtb3Jl"),
            ("d0phbHIvSzc-Pj4_Pz8t5pelIlwgKGZpKSEqJ35hbmQgbW9yZQ==", "[hidden]5hbmQgbW9yZQ=="),
            ("YXdKYWxyL0s3Pj4-Pz8_LeaXpSJcIChmaSkhKid-YW5kIG1vcmU=", "YX[hidden]YW5kIG1vcmU="),
            ("YWJ3SmFsci9LNz4-Pj8_Py3ml6UiXCAoZmkpISonfmFuZCBtb3Jl", "YWJ[hidden]mFuZCBtb3Jl"),
        ] {
            assert_eq!(redactor().text(text), shown);
        }
        // Python's `encodebytes`, with the line ends of MIME: once over the end of a line, once at the end of the text.
        let mime = concat!(
            "QXV0aG9yaXphdGlvbiBvZiB0aGUgdXNlciB3aG8gY29tZXMgdG9kYXk6IHdKYWxyL0s3Pj4+Pz8/\r\n",
            "LeaXpSJcIChmaSkhKid+IGFuZCB0aGVuIHNvIG11Y2ggbW9yZSB0aGF0IGl0IHRha2VzIHRocmVl\r\n",
            "IGxpbmVzIG9mIHRoZW0sIHRoZSB3aG9sZSBtZXNzYWdlIGluIE1JTUUsIHdoaWNoIGlzIHdyYXBw\r\n",
            "ZWR3SmFsci9LNz4+Pj8/Py3ml6UiXCAoZmkpISonfg==\r\n",
        );
        let shown = redactor().text(mime);
        assert_eq!(shown.matches("[hidden]").count(), 2, "{shown:?}");
    }

    #[test]
    fn a_secret_of_several_lines_is_hidden_whole() {
        let mut redactor = Redactor::default();
        redactor.add(&Secret::from("-----BEGIN X-----\nabcdefgh\n  ijkl\n-----END X-----\n".to_owned()));
        let shown = redactor.text("a\n-----BEGIN X-----\nabcdefgh\n  ijkl\n-----END X-----\nb");
        assert!(shown.starts_with("a\n[hidden]") && shown.ends_with('b') && !shown.contains("abcdefgh"), "{shown:?}");
    }

    #[test]
    fn what_is_not_a_secret_passes_unchanged_and_at_once() {
        assert_eq!(redactor().text("aws_iam_role.x: Creating…\n\tok"), "aws_iam_role.x: Creating…\n\tok");
        let mut stream = Stream::default();
        let shown = stream.push(&redactor(), b"Creating the role now\n");
        assert!(shown.len() + HEAD >= 21, "only a few bytes are held back: {}", String::from_utf8_lossy(&shown));
    }

    #[test]
    fn no_secret_and_no_text_makes_it_slow() {
        // Equal letters are the worst case for a search that goes back: each position looks like a beginning.
        let mut redactor = Redactor::default();
        redactor.add(&Secret::from("a".repeat(10_000)));
        redactor.add(&Secret::from("ab".repeat(5_000)));
        let text = format!("{}b{}", "a".repeat(9_999), "a".repeat(2_000_000));
        let mut stream = Stream::default();
        let mut shown = vec![];
        for piece in text.as_bytes().chunks(80) {
            shown.extend(stream.push(&redactor, piece));
        }
        shown.extend(stream.finish(&redactor));
        let shown = String::from_utf8(shown).unwrap();
        assert_eq!(shown.matches("[hidden]").count(), 200, "each whole secret once");
        assert_eq!(shown.replace("[hidden]", "").len(), 10_000);
    }
}
