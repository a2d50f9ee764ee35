//! Finds PEM blocks and bare base64 in text of whatever kind: mails, web pages, files of PowerShell, with anything
//! around them. What the blocks hold is `mod`'s to say.

use super::encoding::{Wide, from_hex, from_html, from_quoted_printable, from_rtf, from_uuencoded, plain, to_text};
use super::fault;
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
    /// RFC 1421 headers say that the body is encrypted the old way, and by which cipher.
    pub cipher: Option<String>,
    /// Its END line is there.
    pub has_end: bool,
    /// `None` where it is no base64.
    pub body: Option<Zeroizing<Vec<u8>>>,
}

/// Reads a text of any encoding.
pub fn find(bytes: &[u8]) -> Found {
    let (mut text, wide) = to_text(bytes);
    let is_rtf = text.trim_start().starts_with("{\\rtf");
    if is_rtf {
        text = Zeroizing::new(from_rtf(&text));
    }
    let start = text.chars().take(4096).collect::<String>().to_lowercase();
    let is_web_page = ["<html", "<!doctype", "<body", "<head"].iter().any(|mark| start.contains(mark));
    let mut found = Found { is_web_page, ..Found::default() };
    let read = Zeroizing::new(plain(&text));
    let mut best = (blocks(&read), "");
    let mut readings = vec![];
    found.bare = bare(&read);
    found.bare.extend(from_hex(&read));
    found.bare.extend(from_uuencoded(&text));
    if read.contains("=3D") || read.contains("=\n") || read.contains("=\r") || read.contains("=20") {
        readings
            .push((from_quoted_printable(&text), "is in the encoding of a mail (quoted-printable); it was decoded."));
    }
    if read.contains("BEGIN%20") || read.contains("%0A") || read.contains("BEGIN+") {
        let decoded = percent_encoding::percent_decode_str(&text).decode_utf8_lossy().into_owned();
        readings.push((decoded, "is encoded as in a web address; it was decoded."));
    }
    // A page may have come in a mail.
    let texts = std::iter::once(text.as_str()).chain(readings.iter().map(|(decoded, _)| decoded.as_str()));
    let pages: Vec<String> = texts.filter(|text| text.contains('<') && text.contains('>')).map(from_html).collect();
    readings.extend(pages.into_iter().map(|page| (page, "is a web page around the certificate; its text was taken.")));
    let score = |blocks: &[Block]| {
        let good = blocks.iter().filter(|block| block.is_good()).count();
        (good, usize::MAX - blocks.len())
    };
    for (reading, repair) in readings {
        let reading = plain(&Zeroizing::new(reading));
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
    found.repairs.extend(wide.map(Wide::repair));
    found
        .repairs
        .extend(is_rtf.then_some("is a text with formatting (RTF) around the certificate; its text was taken."));
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

/// Where a block stands in a text.
struct Span {
    begin: Line,
    /// Where its body ends.
    to: usize,
    /// Where what follows it begins.
    after: usize,
    has_end: bool,
}

/// All blocks, without those lines of BEGIN and END that a sentence only mentions.
fn spans(text: &str) -> Vec<Span> {
    let mut all = vec![];
    let mut open: Option<Line> = None;
    for line in lines(text) {
        if let Some(begin) = open.take() {
            let (to, has_end) = (line.from.max(begin.to), !line.is_begin);
            let after = if has_end { line.to } else { to };
            all.push(Span { begin, to, after, has_end });
        }
        open = line.is_begin.then_some(line);
    }
    all.extend(open.map(|begin| Span { begin, to: text.len(), after: text.len(), has_end: false }));
    all.retain(|span| !is_mention(text.get(span.begin.to..span.to).unwrap_or_default(), span.has_end));
    all
}

fn blocks(text: &str) -> Vec<Block> {
    let block = |span: Span| {
        // As much of the line of END as a mark may be.
        let end: String = text.get(span.to..).into_iter().flat_map(|rest| rest.chars().take(8)).collect();
        let inside = text.get(span.begin.to..span.to).unwrap_or_default();
        let (cipher, body) = body(inside, if span.has_end { &end } else { "" });
        Block { tag: span.begin.tag, cipher, has_end: span.has_end, body }
    };
    spans(text).into_iter().map(block).collect()
}

/// Whether nothing of a certificate stands there: “copy all from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----”.
fn is_mention(body: &str, has_end: bool) -> bool {
    const LINE: usize = 32;
    const LEAST: usize = 12;
    const SENTENCE: usize = 200;
    let is_letter = |c: &char| c.is_ascii_alphanumeric();
    let has_line = |text: &str| text.split(|c: char| !is_letter(&c)).any(|run| run.len() >= LINE);
    let is_said = |line: &str| line.trim().contains(' ') || line.contains(['(', '…', '.']);
    let first = body.split(['\r', '\n']).next().unwrap_or_default();
    let letters = body.chars().filter(is_letter).take(SENTENCE).count();
    if letters == 0 {
        // “BEGIN … END” on one line; on two it is a block that somebody emptied.
        return !body.trim().is_empty() && first.len() == body.len();
    }
    // A sentence goes on behind it, whatever follows on other lines.
    if !has_end && is_said(first) && first.contains(|c| is_letter(&c)) && !has_line(first) {
        return true;
    }
    let is_prose =
        letters < LEAST || body.lines().any(is_said) && !body.contains("Proc-Type") && !body.contains("DEK-Info");
    !has_line(body) && is_prose && (!has_end || letters < SENTENCE)
}

/// What stands between BEGIN and END. `end` is what follows on the last line.
fn body(text: &str, end: &str) -> (Option<String>, Option<Zeroizing<Vec<u8>>>) {
    let mut cipher = None;
    let mut digits = Zeroizing::new(String::with_capacity(text.len()));
    for line in text.split(['\r', '\n']) {
        let line = unquoted(line);
        if line.contains(':') {
            if let Some(said) = line.strip_prefix("DEK-Info:") {
                // A line that was torn may go on with the key itself.
                let name = said.split(',').next().unwrap_or_default().trim();
                let is_name =
                    name.len() <= 20 && name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'-');
                cipher = Some(if is_name { name.to_owned() } else { String::new() });
            } else if line.starts_with("Proc-Type") {
                cipher.get_or_insert_default();
            }
        } else {
            digits.extend(line.chars().filter(|c| !is_filler(*c)));
        }
    }
    let is_whole = |bytes: &Zeroizing<Vec<u8>>| Tlv::read(bytes).is_some_and(|(tlv, _)| tlv.tag == SEQUENCE);
    let plain = decode(&digits);
    // Every mark may be a digit of base64 too, so it is one only where the body makes no sense with it.
    if cipher.is_some() || text.len() < 64 || plain.as_ref().is_some_and(is_whole) {
        return (cipher, plain);
    }
    let of_web = || Zeroizing::new(digits.replace('-', "+").replace('_', "/"));
    let readings: [&dyn Fn() -> Zeroizing<String>; 5] =
        [&|| without_mark(text, end), &|| new_of_diff(text), &|| last_words(text, end), &of_web, &|| {
            longest_runs(text, end)
        }];
    (cipher, readings.iter().filter_map(|reading| decode(&reading())).find(is_whole).or(plain))
}

/// Without what every line begins with: the mark of a diff, of a reply, of a list; the time in a log.
fn without_mark(text: &str, end: &str) -> Zeroizing<String> {
    // The first piece is the rest of the line of BEGIN, and the last one the beginning of that of END.
    let mut lines: Vec<&str> = text.split(['\r', '\n']).skip(1).collect();
    let last = lines.pop().unwrap_or_default();
    lines.retain(|line| !line.trim().is_empty());
    let whole_last = format!("{last}{end}");
    let same = |one: &str, other: &str| {
        one.char_indices()
            .zip(other.chars())
            .find(|((_, a), b)| a != b)
            .map_or(one.len().min(other.len()), |((at, _), _)| at)
    };
    let Some(first) = lines.first() else { return Zeroizing::default() };
    let mark = lines.iter().chain([&whole_last.as_str()]).map(|line| same(first, line)).min().unwrap_or(0);
    let rest = lines.iter().map(|line| line.get(mark..).unwrap_or_default());
    Zeroizing::new(rest.flat_map(|line| line.chars().filter(|c| !is_filler(*c))).collect())
}

/// Of a diff that replaces a body, the new one.
fn new_of_diff(text: &str) -> Zeroizing<String> {
    let new = text.split(['\r', '\n']).filter_map(|line| line.strip_prefix(['+', ' ']));
    Zeroizing::new(new.flat_map(|line| line.chars().filter(|c| !is_filler(*c))).collect())
}

/// The last word of every line: what stands before it is its number, or a time that differs from line to line.
fn last_words(text: &str, end: &str) -> Zeroizing<String> {
    // What stands before END on its line is none of it.
    let text = if end.is_empty() { text } else { text.rsplit_once(['\r', '\n']).map_or(text, |(lines, _)| lines) };
    let is_number = |line: &&str| !(line.trim().len() < 6 && line.trim().bytes().all(|byte| byte.is_ascii_digit()));
    let lines = text.split(['\r', '\n']).filter(is_number);
    let word =
        |line: &'_ str| line.trim().rsplit([' ', '\t', ':', '|', '>', ']', ')']).next().unwrap_or_default().to_owned();
    Zeroizing::new(lines.flat_map(|line| word(line).chars().filter(|c| !is_filler(*c)).collect::<Vec<_>>()).collect())
}

/// The longest stretch of base64 on every line: around it stand marks of a table, a program's strings or a listing.
fn longest_runs(text: &str, end: &str) -> Zeroizing<String> {
    let text = if end.is_empty() { text } else { text.rsplit_once(['\r', '\n']).map_or(text, |(lines, _)| lines) };
    let is_digit = |c: char| c.is_ascii_alphanumeric() || c == '+' || c == '/';
    // Of two as long the first: what ends a line follows it.
    let longest = |line: &'_ str| {
        let runs = line.split(|c| !is_digit(c)).filter(|run| run.chars().any(|c| c.is_ascii_alphanumeric()));
        runs.fold(String::new(), |best, run| if run.len() > best.len() { run.to_owned() } else { best })
    };
    // The first piece is the rest of the line of BEGIN.
    Zeroizing::new(text.split(['\r', '\n']).skip(1).map(longest).collect())
}

/// A line without the marks of a reply or a list.
fn unquoted(line: &str) -> &str {
    let is_mark = |c: char| matches!(c, '>' | '|' | '*' | '#') || c.is_whitespace() || is_filler(c);
    line.trim_start_matches(is_mark).trim_end_matches(|c: char| c.is_whitespace() || is_filler(c))
}

/// What may stand in a body and means nothing: spaces of any width, marks around strings and at the ends of lines.
fn is_filler(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(
            c,
            '"' | '\'' | ',' | ';' | '\\' | '$' | '¶' | '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}'
        )
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
    for span in spans(text) {
        outside.push_str(text.get(at..span.begin.from).unwrap_or_default());
        outside.push('\n');
        at = span.after;
    }
    outside.push_str(text.get(at..).unwrap_or_default());
    let mut found = vec![];
    let mut run: Vec<&str> = vec![];
    // How many digits the structure that began has yet to come; another one may follow without a line between.
    let mut to_come: Option<usize> = None;
    // Each string of a list (JSON, YAML, CSV) is a line of its own.
    for line in outside.split(['\r', '\n', '"', ',']).chain([" "]) {
        let line = unquoted(line);
        let is_digits =
            |text: &str| text.trim_end_matches('=').chars().all(|c| c.is_ascii_alphanumeric() || c == '+' || c == '/');
        let is_base64 = !line.is_empty() && is_digits(line);
        // A value of YAML, as in a secret of Kubernetes, or of LDIF, which goes on in the lines below.
        let is_value = |value: &str| (value.len() >= 64 || value.starts_with("MI")) && is_digits(value);
        if let Some((_, value)) = line.rsplit_once(": ").filter(|(_, value)| is_value(value)) {
            found.extend(decode_run(&run));
            run.clear();
            to_come = digits_of(value).map(|digits| digits.saturating_sub(value.trim_end_matches('=').len()));
            if to_come.is_some_and(|digits| digits > 0) {
                run.push(value);
                continue;
            }
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
        // Base64 of base64: of a structure, or of a text that begins with dashes.
        let is_twice = text.starts_with("MII") || text.starts_with("LS0tLS1");
        let is_mail = text.contains("Content-Transfer-Encoding:") || text.contains("MIME-Version:");
        (text.contains("BEGIN ") || is_twice || is_mail || fault::may_hold(&bytes)).then_some(bytes)
    })
}
