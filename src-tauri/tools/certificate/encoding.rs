//! Text of any encoding as Rust knows it: UTF-8, UTF-16, UTF-32, the encodings of mails, and the text of a web page.
//! What stands in the text is `text`'s to find.

use zeroize::Zeroizing;

/// A text, and the wide encoding that it was in.
pub fn to_text(bytes: &[u8]) -> (Zeroizing<String>, Option<Wide>) {
    let wide = Wide::of(bytes);
    let text = match wide {
        None => String::from_utf8_lossy(bytes).into_owned(),
        Some(Wide::Utf16 { is_big }) => {
            let order = if is_big { u16::from_be_bytes } else { u16::from_le_bytes };
            let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| order([pair[0], pair[1]])).collect();
            String::from_utf16_lossy(&units)
        }
        Some(Wide::Utf32 { is_big }) => {
            let order = if is_big { u32::from_be_bytes } else { u32::from_le_bytes };
            let units = bytes.chunks_exact(4).map(|four| order([four[0], four[1], four[2], four[3]]));
            units.map(|unit| char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
        }
    };
    (Zeroizing::new(text), wide)
}

/// An encoding of two or four bytes a letter, with or without a mark that says so.
#[derive(Clone, Copy)]
pub enum Wide {
    Utf16 { is_big: bool },
    Utf32 { is_big: bool },
}

impl Wide {
    /// Told by the mark, else by where zeros stand: most letters of these files are ASCII.
    fn of(bytes: &[u8]) -> Option<Wide> {
        let start = &bytes[..bytes.len().min(2048)];
        let zeros = |at: usize, step: usize| start.iter().skip(at).step_by(step).filter(|byte| **byte == 0).count();
        // More than two thirds of the bytes at this place of each letter.
        let mostly = |at: usize, step: usize| start.len() > 8 && zeros(at, step) > start.len() / step * 2 / 3;
        match bytes {
            [0xff, 0xfe, 0, 0, ..] => Some(Wide::Utf32 { is_big: false }),
            [0, 0, 0xfe, 0xff, ..] => Some(Wide::Utf32 { is_big: true }),
            [0xff, 0xfe, ..] => Some(Wide::Utf16 { is_big: false }),
            [0xfe, 0xff, ..] => Some(Wide::Utf16 { is_big: true }),
            _ if mostly(2, 4) && mostly(3, 4) && zeros(0, 4) == 0 => Some(Wide::Utf32 { is_big: false }),
            _ if mostly(0, 4) && mostly(1, 4) && zeros(3, 4) == 0 => Some(Wide::Utf32 { is_big: true }),
            _ if mostly(1, 2) && zeros(0, 2) == 0 => Some(Wide::Utf16 { is_big: false }),
            _ if mostly(0, 2) && zeros(1, 2) == 0 => Some(Wide::Utf16 { is_big: true }),
            _ => None,
        }
    }

    /// As the end of “`x` …”.
    pub fn repair(self) -> &'static str {
        match self {
            Wide::Utf16 { .. } => "is in UTF-16, as PowerShell writes; it was converted.",
            Wide::Utf32 { .. } => "is in UTF-32; it was converted.",
        }
    }
}

/// Dashes that a text program made longer become dashes again; escapes are read; the colours of a terminal and letters
/// without width go.
pub fn plain(text: &str) -> String {
    let is_unseen = |c: &char| matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}');
    let mut out = String::with_capacity(text.len());
    for c in unescaped(&without_colours(text)).chars().filter(|c| !is_unseen(c)) {
        match c {
            '\u{2010}'..='\u{2015}' | '\u{2212}' => out.push_str("--"),
            c => out.push(c),
        }
    }
    out
}

/// With the letters that JSON, programs and pages write as escapes: `\n`, `\u002B`, `\x2b`, `&#43;`. What is no escape stays.
fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['\\', '&']) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let (read, length) = escape(rest).or_else(|| entity(rest)).unwrap_or((rest.chars().next(), 1));
        out.extend(read);
        rest = &rest[length..];
    }
    out.push_str(rest);
    out
}

/// The letter that an escape of JSON or of a program stands for at the start of this text, and the escape's length. A
/// carriage return (`\r`) is none: the line end follows it.
fn escape(text: &str) -> Option<(Option<char>, usize)> {
    let hex = |digits: usize| {
        let number = u32::from_str_radix(text.get(2..2 + digits)?, 16).ok()?;
        Some((Some(char::from_u32(number)?), 2 + digits))
    };
    match text.as_bytes() {
        [b'\\', b'n', ..] => Some((Some('\n'), 2)),
        [b'\\', b'r', ..] => Some((None, 2)),
        [b'\\', b'u', ..] => hex(4),
        [b'\\', b'x', ..] => hex(2),
        _ => None,
    }
}

/// The letter that an entity of a page stands for at the start of this text, and the entity's length.
fn entity(text: &str) -> Option<(Option<char>, usize)> {
    const NAMED: &[(&str, char)] = &[
        ("nbsp", ' '),
        ("amp", '&'),
        ("lt", '<'),
        ("gt", '>'),
        ("plus", '+'),
        ("equals", '='),
        ("sol", '/'),
        ("NewLine", '\n'),
    ];
    let end = text.bytes().take(10).position(|byte| byte == b';')?;
    let name = text.get(1..end).filter(|_| text.starts_with('&'))?;
    let read = match name.strip_prefix('#') {
        Some(number) => char::from_u32(match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => number.parse().ok()?,
        })?,
        None => NAMED.iter().find(|(named, _)| *named == name)?.1,
    };
    Some((Some(read), end + 1))
}

/// Without the control sequences of terminals (ECMA-48, 5.4): ESC, `[`, parameters, and a letter that ends them.
fn without_colours(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out.push_str(part.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';').get(1..).unwrap_or_default());
    }
    out
}

/// RFC 2045, 6.7.
pub fn from_quoted_printable(text: &str) -> String {
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

/// The text of RTF: control words (`\par`, `\fs24 `) go, and those that end a line end it.
pub fn from_rtf(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut parts = text.split('\\');
    out.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let word = part.len() - part.trim_start_matches(|c: char| c.is_ascii_alphabetic()).len();
        let rest = match word {
            0 => &part[0..],
            // A number belongs to the word.
            _ => part[word..].trim_start_matches(|c: char| c.is_ascii_digit()),
        };
        if matches!(&part[..word], "par" | "line" | "sect" | "page") {
            out.push('\n');
        }
        out.push_str(rest.strip_prefix(' ').unwrap_or(rest));
    }
    out.replace(['{', '}'], "")
}

/// A file in hexadecimal digits, with or without spaces, colons and `0x`; `None` where the text is something else.
pub fn from_hex(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let text = text.trim();
    let digits: Zeroizing<String> = Zeroizing::new(
        text.strip_prefix("0x").unwrap_or(text).chars().filter(|c| !c.is_whitespace() && *c != ':').collect(),
    );
    // A SEQUENCE with a length of one to three bytes.
    let is_der = ["3081", "3082", "3083"].iter().any(|start| digits.starts_with(start));
    is_der.then(|| hex::decode(digits.as_bytes()).ok().map(Zeroizing::new)).flatten()
}

/// The text of a page: tags become line ends, but for those that stand within a line. Its entities are read by `plain`.
pub fn from_html(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let Some(end) = rest.find('>') else { break };
        let tag = rest[1..end].trim_start_matches('/').split([' ', '\n', '\t', '/']).next().unwrap_or_default();
        out.push_str(if WITHIN.contains(&tag.to_ascii_lowercase().as_str()) { "" } else { "\n" });
        rest = &rest[end + 1..];
    }
    out.push_str(rest);
    out
}

/// Tags that stand within a line.
const WITHIN: &[&str] = &[
    "a", "abbr", "b", "big", "del", "em", "font", "i", "ins", "kbd", "mark", "s", "small", "span", "strong", "tt", "u",
    "wbr",
];

/// What stands in a mail of Unix (`begin 644 NAME`, then lines that say their length; POSIX, uuencode).
pub fn from_uuencoded(text: &str) -> Vec<Zeroizing<Vec<u8>>> {
    let mut all = vec![];
    let mut open: Option<Zeroizing<Vec<u8>>> = None;
    for line in text.lines() {
        let mut words = line.split(' ');
        let is_mode = |mode: &str| matches!(mode.len(), 3 | 4) && mode.bytes().all(|byte| byte.is_ascii_digit());
        if words.next() == Some("begin") && words.next().is_some_and(is_mode) && words.next().is_some() {
            open = Some(Zeroizing::default());
        } else if line == "end" {
            all.extend(open.take());
        } else if let (Some(bytes), [length, digits @ ..]) = (&mut open, line.as_bytes()) {
            let six = |byte: &u8| u32::from(byte.wrapping_sub(b' ') & 0x3f);
            let whole = digits.chunks_exact(4).flat_map(|four| {
                four.iter().fold(0, |bits, byte| bits << 6 | six(byte)).to_be_bytes().into_iter().skip(1)
            });
            bytes.extend(whole.take(six(length) as usize));
        }
    }
    all
}
