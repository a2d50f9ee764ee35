//! Takes known secrets out of a stream of bytes before it is stored or shown, in every form they are likely to take.
//! It does not guess: what it was not told of, apart from private key blocks, passes through.

use super::Secret;
use aho_corasick::{AhoCorasick, MatchKind};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use zeroize::Zeroizing;

/// What stands in place of a secret.
pub const HIDDEN: &[u8] = b"[hidden]";

/// The secrets of one deployment in all their forms.
#[derive(Default)]
pub struct Redactor {
    forms: Vec<Zeroizing<Vec<u8>>>,
    finder: Option<AhoCorasick>,
    longest: usize,
}

impl Redactor {
    /// From now on `secret` is taken out: raw, base64 at each alignment, hex, URL-encoded, JSON-escaped, UTF-16.
    /// Secrets under 6 bytes are ignored: they would hide ordinary words.
    pub fn add(&mut self, secret: &Secret) {
        let raw = secret.expose();
        if raw.len() < 6 || self.forms.iter().any(|form| form.as_slice() == raw) {
            return;
        }
        self.forms.extend(forms(raw).into_iter().map(Zeroizing::new));
        self.longest = self.forms.iter().map(|form| form.len()).max().unwrap_or(0);
        self.finder = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(&self.forms).ok();
    }

    /// Whether a known secret is in these bytes, in any form.
    pub fn finds(&self, bytes: &[u8]) -> bool {
        self.finder.as_ref().is_some_and(|finder| finder.is_match(bytes))
    }

    /// Redacts a text that is whole.
    pub fn text(&self, text: &str) -> String {
        let mut stream = Stream::default();
        let mut bytes = stream.push(self, text.as_bytes());
        bytes.extend(stream.finish(self));
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

/// A stream being redacted: what may be the beginning of a secret is held back until more has come.
#[derive(Default)]
pub struct Stream {
    held: Vec<u8>,
    escape: Escape,
}

impl Stream {
    /// Takes the next bytes and returns those that are safe to show. Terminal escapes are dropped:
    /// one inside a secret would hide it from the search, and a log has no use for them.
    pub fn push(&mut self, redactor: &Redactor, bytes: &[u8]) -> Vec<u8> {
        self.held.extend(bytes.iter().filter(|byte| self.escape.shows(**byte)));
        let safe = (self.held.len() + 1).saturating_sub(redactor.longest.max(1));
        self.release(redactor, safe)
    }

    /// The rest, at the end of the stream.
    pub fn finish(&mut self, redactor: &Redactor) -> Vec<u8> {
        self.release(redactor, self.held.len())
    }

    fn release(&mut self, redactor: &Redactor, safe: usize) -> Vec<u8> {
        let mut shown = Vec::with_capacity(safe);
        let mut done = 0;
        if let Some(finder) = &redactor.finder {
            for found in finder.find_iter(&self.held) {
                if found.start() >= safe {
                    break;
                }
                shown.extend_from_slice(&self.held[done..found.start()]);
                shown.extend_from_slice(HIDDEN);
                done = found.end();
            }
        }
        if done < safe {
            shown.extend_from_slice(&self.held[done..safe]);
            done = safe;
        }
        self.held.drain(..done);
        shown
    }
}

/// Where in a terminal escape sequence the stream is (ECMA-48 CSI and OSC).
#[derive(Default)]
enum Escape {
    #[default]
    None,
    Started,
    Csi,
    Osc,
    OscEnding,
}

impl Escape {
    fn shows(&mut self, byte: u8) -> bool {
        let (next, shown) = match (&self, byte) {
            (Escape::None, 0x1b) => (Escape::Started, false),
            (Escape::None, _) => (Escape::None, byte >= 0x20 || matches!(byte, b'\n' | b'\t')),
            (Escape::Started, b'[') => (Escape::Csi, false),
            (Escape::Started, b']') => (Escape::Osc, false),
            (Escape::Started, _) => (Escape::None, false),
            (Escape::Csi, 0x40..=0x7e) => (Escape::None, false),
            (Escape::Csi, _) => (Escape::Csi, false),
            (Escape::Osc, 0x07) => (Escape::None, false),
            (Escape::Osc, 0x1b) => (Escape::OscEnding, false),
            (Escape::Osc, _) => (Escape::Osc, false),
            (Escape::OscEnding, _) => (Escape::None, false),
        };
        *self = next;
        shown
    }
}

fn forms(raw: &[u8]) -> Vec<Vec<u8>> {
    let mut all = vec![raw.to_vec()];
    let hex: String = raw.iter().map(|byte| format!("{byte:02x}")).collect();
    all.push(hex.to_uppercase().into_bytes());
    all.push(hex.into_bytes());
    all.push(STANDARD.encode(raw).into_bytes());
    // Inside a longer text the secret's base64 depends on where it starts: the whole 6-bit groups of each alignment.
    for lead in 0..3usize {
        let shifted: Vec<u8> = std::iter::repeat_n(0, lead).chain(raw.iter().copied()).collect();
        let from = (lead * 8).div_ceil(6);
        let to = shifted.len() * 8 / 6;
        for text in [STANDARD_NO_PAD.encode(&shifted), URL_SAFE_NO_PAD.encode(&shifted)] {
            if to > from + 8 {
                all.push(text.as_bytes()[from..to].to_vec());
            }
        }
    }
    all.push(percent_encoding::percent_encode(raw, percent_encoding::NON_ALPHANUMERIC).to_string().into_bytes());
    if let Ok(text) = std::str::from_utf8(raw) {
        let json = serde_json::to_string(text).unwrap_or_default();
        all.push(json.trim_matches('"').as_bytes().to_vec());
        all.push(text.encode_utf16().flat_map(u16::to_le_bytes).collect());
    }
    all.sort();
    all.dedup();
    all.retain(|form| !form.is_empty());
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "wJalr/K7MDENG+bPx\"Rfi";

    fn redactor() -> Redactor {
        let mut redactor = Redactor::default();
        redactor.add(&Secret::from(SECRET.to_owned()));
        redactor
    }

    #[test]
    fn a_secret_split_at_any_byte_is_hidden_in_every_form() {
        let redactor = redactor();
        for form in forms(SECRET.as_bytes()).into_iter().filter(|form| !form.contains(&0)) {
            let text: Vec<u8> = [b"before ".as_slice(), &form, b" after\n"].concat();
            for cut in 0..=text.len() {
                let mut stream = Stream::default();
                let mut shown = stream.push(&redactor, &text[..cut]);
                shown.extend(stream.push(&redactor, &text[cut..]));
                shown.extend(stream.finish(&redactor));
                assert_eq!(String::from_utf8_lossy(&shown), "before [hidden] after\n", "cut at {cut}");
            }
        }
    }

    #[test]
    fn a_secret_with_terminal_escapes_inside_is_hidden() {
        let coloured: String = SECRET.chars().map(|c| format!("\x1b[31m{c}\x1b]0;title\x07")).collect();
        assert_eq!(redactor().text(&coloured), "[hidden]");
    }

    #[test]
    fn a_secret_in_the_middle_of_a_base64_text_is_hidden() {
        for lead in ["", "a", "ab", "abc"] {
            let shown = redactor().text(&STANDARD.encode(format!("{lead}{SECRET}and more")));
            assert!(shown.contains("[hidden]"), "base64 after {lead:?} shows {shown}");
        }
    }

    #[test]
    fn what_is_not_a_secret_passes_unchanged() {
        assert_eq!(redactor().text("aws_iam_role.x: Creating…\n\tok"), "aws_iam_role.x: Creating…\n\tok");
    }
}
