//! Finds PEM blocks and bare base64 in text of whatever kind: mails, web pages, files of PowerShell, with anything
//! around them. What the blocks hold is `mod`'s to say.

use super::tlv::{SEQUENCE, Tlv};
use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use zeroize::Zeroizing;

/// A text's contents.
#[derive(Default)]
pub struct Found {
    pub blocks: Vec<Block>,
    /// Base64 outside blocks, decoded: DER, an attachment, a text with blocks in it.
    pub bare: Vec<Zeroizing<Vec<u8>>>,
    /// What was not as it should be and was understood all the same, as ends of “`x` …”.
    pub repairs: Vec<&'static str>,
    pub is_web_page: bool,
}

pub struct Block {
    pub tag: String,
    /// RFC 1421 headers, which say that the body is encrypted the old way.
    pub has_headers: bool,
    /// Its END line is there.
    pub has_end: bool,
    /// `None` where it is no base64.
    pub body: Option<Zeroizing<Vec<u8>>>,
}

/// Reads a text of any encoding.
pub fn find(bytes: &[u8]) -> Found {
    let (text, is_wide) = to_text(bytes);
    let start = text.chars().take(4096).collect::<String>().to_lowercase();
    let is_web_page = ["<html", "<!doctype", "<body", "<head"].iter().any(|mark| start.contains(mark));
    let mut found = Found { is_web_page, ..Found::default() };
    let plain = Zeroizing::new(plain(&text));
    let mut best = (blocks(&plain), "");
    let mut readings = vec![];
    found.bare = bare(&plain);
    if plain.contains("=3D") || plain.contains("=\n") || plain.contains("=\r") || plain.contains("=20") {
        readings
            .push((from_quoted_printable(&text), "is in the encoding of a mail (quoted-printable); it was decoded."));
    }
    if plain.contains("BEGIN%20") || plain.contains("%0A") || plain.contains("BEGIN+") {
        let decoded = percent_encoding::percent_decode_str(&text).decode_utf8_lossy().into_owned();
        readings.push((decoded, "is encoded as in a web address; it was decoded."));
    }
    if plain.contains('<') && plain.contains('>') {
        readings.push((from_html(&text), "is a web page around the certificate; its text was taken."));
    }
    let score = |blocks: &[Block]| {
        let good = blocks.iter().filter(|block| block.is_good()).count();
        (good, usize::MAX - blocks.len())
    };
    for (reading, repair) in readings {
        let reading = self::plain(&Zeroizing::new(reading));
        if found.bare.is_empty() {
            found.bare = bare(&reading);
        }
        let blocks = blocks(&reading);
        if score(&blocks) > score(&best.0) {
            best = (blocks, repair);
        }
    }
    found.blocks = best.0;
    found.repairs.extend(Some(best.1).filter(|repair| !repair.is_empty()));
    if is_wide {
        found.repairs.push("is in UTF-16, as PowerShell writes; it was converted.");
    }
    if !found.blocks.is_empty() && text.contains('\r') {
        found.repairs.push("has line ends of Windows; they were converted.");
    }
    found
}

impl Block {
    fn is_good(&self) -> bool {
        self.body.as_ref().is_some_and(|body| Tlv::read(body).is_some_and(|(tlv, _)| tlv.tag == SEQUENCE))
    }
}

/// UTF-8, or UTF-16 with or without a mark that says so. Whether it was UTF-16.
fn to_text(bytes: &[u8]) -> (Zeroizing<String>, bool) {
    let start = &bytes[..bytes.len().min(2048)];
    let zeros = |parity: usize| start.iter().skip(parity).step_by(2).filter(|byte| **byte == 0).count();
    let wide = |order: fn([u8; 2]) -> u16, bytes: &[u8]| {
        let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| order([pair[0], pair[1]])).collect();
        (Zeroizing::new(String::from_utf16_lossy(&units)), true)
    };
    let mostly = start.len() / 3;
    match bytes {
        [0xff, 0xfe, rest @ ..] => wide(u16::from_le_bytes, rest),
        [0xfe, 0xff, rest @ ..] => wide(u16::from_be_bytes, rest),
        _ if start.len() > 8 && zeros(1) > mostly && zeros(0) == 0 => wide(u16::from_le_bytes, bytes),
        _ if start.len() > 8 && zeros(0) > mostly && zeros(1) == 0 => wide(u16::from_be_bytes, bytes),
        _ => (Zeroizing::new(String::from_utf8_lossy(bytes).into_owned()), false),
    }
}

/// Dashes that a text program made longer become dashes again; `\n` of a JSON string becomes a line end.
fn plain(text: &str) -> String {
    let is_dash = |c: char| matches!(c, '\u{2010}'..='\u{2015}' | '\u{2212}');
    text.replace(is_dash, "--").replace("\\r", "").replace("\\n", "\n").replace("\\u003d", "=")
}

/// A `BEGIN` or `END` line, wherever in a line it stands.
struct Line {
    is_begin: bool,
    tag: String,
    from: usize,
    to: usize,
}

fn lines(text: &str) -> Vec<Line> {
    let mut all = vec![];
    for (word, is_begin) in [("BEGIN ", true), ("END ", false)] {
        for (at, _) in text.match_indices(word) {
            let before = text[..at].trim_end_matches([' ', '\t']);
            let from = before.trim_end_matches('-').len();
            let after = &text[at + word.len()..];
            // A label is short: looking further for each of a million words would take for ever.
            let Some(length) = after.bytes().take(64).position(|byte| byte == b'-') else { continue };
            let tag = after[..length].trim();
            let is_tag = |c: char| c.is_ascii_alphanumeric() || " #._".contains(c);
            let rest = after[length..].trim_start_matches('-');
            let dashes = after.len() - length - rest.len();
            if before.len() - from >= 2 && dashes >= 2 && !tag.is_empty() && tag.len() <= 40 && tag.chars().all(is_tag)
            {
                let tag = tag.split_whitespace().collect::<Vec<_>>().join(" ").to_ascii_uppercase();
                all.push(Line { is_begin, tag, from, to: text.len() - rest.len() });
            }
        }
    }
    all.sort_by_key(|line| line.to);
    all
}

fn blocks(text: &str) -> Vec<Block> {
    let mut all = vec![];
    let mut open: Option<Line> = None;
    let block = |begin: &Line, to: usize, has_end: bool| {
        let (has_headers, body) = body(text.get(begin.to..to).unwrap_or_default());
        Block { tag: begin.tag.clone(), has_headers, has_end, body }
    };
    for line in lines(text) {
        if let Some(begin) = open.take() {
            all.push(block(&begin, line.from.max(begin.to), !line.is_begin));
        }
        open = line.is_begin.then_some(line);
    }
    all.extend(open.map(|begin| block(&begin, text.len(), false)));
    all
}

fn body(text: &str) -> (bool, Option<Zeroizing<Vec<u8>>>) {
    let mut has_headers = false;
    let mut digits = Zeroizing::new(String::with_capacity(text.len()));
    for line in text.split(['\r', '\n']) {
        let line = unquoted(line);
        if line.contains(':') {
            has_headers |= line.starts_with("Proc-Type") || line.starts_with("DEK-Info");
        } else {
            digits.extend(line.chars().filter(|c| !is_filler(*c)));
        }
    }
    (has_headers, decode(&digits))
}

/// A line without the marks of a reply or a list.
fn unquoted(line: &str) -> &str {
    let is_mark = |c: char| matches!(c, '>' | '|' | '*' | '#') || c.is_whitespace() || is_filler(c);
    line.trim_start_matches(is_mark).trim_end_matches(|c: char| c.is_whitespace() || is_filler(c))
}

/// What may stand in a body and means nothing: spaces of any width, marks around strings.
fn is_filler(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(c, '"' | '\'' | ',' | ';' | '\\' | '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
}

fn decode(digits: &str) -> Option<Zeroizing<Vec<u8>>> {
    let config = GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let digits = digits.trim_end_matches('=');
    let bytes = GeneralPurpose::new(&STANDARD, config).decode(digits).ok()?;
    (!bytes.is_empty()).then(|| Zeroizing::new(bytes))
}

/// Base64 that stands in lines of its own outside blocks, where it holds something of ours.
fn bare(text: &str) -> Vec<Zeroizing<Vec<u8>>> {
    let mut outside = Zeroizing::new(String::with_capacity(text.len()));
    let mut at = 0;
    let mut begin: Option<usize> = None;
    for line in lines(text) {
        if begin.is_none() {
            outside.push_str(text.get(at..line.from).unwrap_or_default());
        }
        outside.push('\n');
        begin = line.is_begin.then_some(line.to);
        at = line.to;
    }
    if begin.is_none() {
        outside.push_str(text.get(at..).unwrap_or_default());
    }
    let mut found = vec![];
    let mut run: Vec<&str> = vec![];
    // How many digits the structure that began has yet to come; another one may follow without a line between.
    let mut to_come: Option<usize> = None;
    for line in outside.split(['\r', '\n']).chain([" "]) {
        let line = unquoted(line);
        let is_digits =
            |text: &str| text.trim_end_matches('=').chars().all(|c| c.is_ascii_alphanumeric() || c == '+' || c == '/');
        let is_base64 = !line.is_empty() && is_digits(line);
        // A value of YAML, as in a secret of Kubernetes.
        if let Some((_, value)) = line.rsplit_once(": ").filter(|(_, value)| value.len() >= 64 && is_digits(value)) {
            found.extend(decode_run(&run));
            run.clear();
            to_come = None;
            found.extend(decode_run(&[value]));
        }
        if is_base64 {
            if to_come == Some(0) {
                found.extend(decode_run(&run));
                run.clear();
                to_come = None;
            }
            run.push(line);
            to_come = to_come
                .or_else(|| digits_of(line))
                .map(|digits| digits.saturating_sub(line.trim_end_matches('=').len()));
        }
        // Padding ends one text, and so does a line that is none of it. CRLF makes empty lines between all others.
        if line.ends_with('=') || (!is_base64 && !line.is_empty()) || line.is_empty() && ends_run(&run) {
            found.extend(decode_run(&run));
            run.clear();
            to_come = None;
        }
    }
    found.extend(decode_run(&run));
    found
}

/// Whether what was gathered is a whole structure already, so that an empty line is its end.
fn ends_run(run: &[&str]) -> bool {
    run.last().is_some_and(|line| line.len() < 40) || run.len() == 1 && run[0].len() > 400
}

/// How many base64 digits the structure has that begins on this line; `MI` is a SEQUENCE with a long length.
fn digits_of(line: &str) -> Option<usize> {
    let head = decode(line.get(..8).filter(|head| head.starts_with("MI"))?)?;
    let count = usize::from(*head.get(1)?).checked_sub(0x80).filter(|count| (1..=4).contains(count))?;
    let length = head.get(2..2 + count)?.iter().fold(0, |length, digit| length << 8 | usize::from(*digit));
    Some(((2 + count + length) * 8).div_ceil(6))
}

fn decode_run(run: &[&str]) -> Option<Zeroizing<Vec<u8>>> {
    let starts = [Some(0), run.iter().position(|line| line.starts_with("MI"))];
    starts.into_iter().flatten().find_map(|start| {
        let digits = Zeroizing::new(run[start..].concat());
        if digits.len() < 64 {
            return None;
        }
        let digits = digits.trim_end_matches('=');
        let whole = &digits[..digits.len() - usize::from(digits.len() % 4 == 1)];
        let bytes = decode(whole)?;
        if let Some((tlv, _)) = Tlv::read(&bytes).filter(|(tlv, _)| tlv.tag == SEQUENCE && tlv.content.len() > 40) {
            return Some(Zeroizing::new(tlv.whole.to_vec()));
        }
        let text = to_text(&bytes).0;
        (text.contains("BEGIN ") || bytes.starts_with(b"PK\x03\x04")).then_some(bytes)
    })
}

/// RFC 2045, 6.7.
fn from_quoted_printable(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let hex = |at: usize| after.get(at).and_then(|digit| char::from(*digit).to_digit(16));
        rest = after;
        if byte != b'=' {
            bytes.push(byte);
            continue;
        }
        let blanks = after.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        rest = match (&after[blanks..], hex(0), hex(1)) {
            ([b'\r', b'\n', next @ ..], ..) | ([b'\n' | b'\r', next @ ..], ..) => next,
            (_, Some(high), Some(low)) => {
                bytes.push((high * 16 + low) as u8);
                &after[2..]
            }
            _ => {
                bytes.push(byte);
                after
            }
        };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The text of a page: tags go, those that end a line become one, and the entities that base64 needs are read.
fn from_html(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['<', '&']) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        if rest.starts_with('<') {
            let Some(end) = rest.find('>') else { break };
            let tag = rest[1..end].trim_start_matches('/').to_ascii_lowercase();
            let breaks = ["br", "p", "div", "pre", "tr", "td", "li", "code", "textarea"];
            out.push_str(if breaks.iter().any(|word| tag.starts_with(word)) { "\n" } else { "" });
            rest = &rest[end + 1..];
        } else {
            let end = rest.bytes().take(10).position(|byte| byte == b';');
            let entity = end.map_or("", |end| &rest[1..end]);
            let number = entity.strip_prefix('#').and_then(|number| match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok(),
                None => number.parse().ok(),
            });
            let named = [
                ("nbsp", ' '),
                ("amp", '&'),
                ("lt", '<'),
                ("gt", '>'),
                ("plus", '+'),
                ("equals", '='),
                ("sol", '/'),
                ("NewLine", '\n'),
            ];
            let read =
                number.and_then(char::from_u32).or(named.iter().find(|(name, _)| *name == entity).map(|(_, c)| *c));
            out.push(read.unwrap_or('&'));
            rest = &rest[if read.is_some() { end.unwrap_or(0) + 1 } else { 1 }..];
        }
    }
    out.push_str(rest);
    out
}
