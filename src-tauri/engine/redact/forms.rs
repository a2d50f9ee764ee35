//! The forms in which a secret is searched for: those that the programs a deployment runs, and the pages and files they
//! write, are likely to give it. Others are not known: base32, a text behind marks at the beginning of each line, a form
//! of a form.

use super::HEAD;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC};
use zeroize::Zeroizing;

/// Every form of a secret, in buffers that are wiped and never grow: a buffer that grew leaves a copy behind.
pub(super) fn all(raw: &[u8]) -> Vec<Zeroizing<Vec<u8>>> {
    let mut all = vec![Zeroizing::new(raw.to_vec())];
    for (digits, between) in [
        (LOWER, ""),
        (UPPER, ""),
        (LOWER, ":"),
        (UPPER, ":"),
        (LOWER, " "),
        (UPPER, " "),
        (LOWER, "\\x"),
        (UPPER, "\\x"),
    ] {
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
            // As PowerShell takes and shows it.
            all.push(encoded(&wide, &STANDARD));
            all.push(wide);
        }
    }
    all.extend(ESCAPES.iter().map(|escapes| escaped(raw, escapes)));
    for between in [", ", ",", " "] {
        all.push(listed(raw, between));
    }
    all
}

/// How programs write what has a meaning to whoever reads them: the byte, and what stands for it.
type Escapes = &'static [(u8, &'static str)];

/// JSON of Go (Terraform, Kubernetes), HTML and XML of Python, Go and others, quotes of a shell in both ways, of Python and YAML.
const ESCAPES: [Escapes; 9] = [
    &[(b'"', "\\\""), (b'\\', "\\\\"), (b'<', "\\u003c"), (b'>', "\\u003e"), (b'&', "\\u0026")],
    &[(b'&', "&amp;"), (b'<', "&lt;"), (b'>', "&gt;"), (b'"', "&quot;"), (b'\'', "&#x27;")],
    &[(b'&', "&amp;"), (b'<', "&lt;"), (b'>', "&gt;"), (b'"', "&quot;"), (b'\'', "&apos;")],
    &[(b'&', "&amp;"), (b'<', "&lt;"), (b'>', "&gt;"), (b'"', "&#34;"), (b'\'', "&#39;")],
    &[(b'&', "&amp;"), (b'<', "&lt;"), (b'>', "&gt;")],
    &[(b'\'', "'\\''")],
    &[(b'\'', "'\"'\"'")],
    &[(b'\'', "\\'"), (b'\\', "\\\\")],
    &[(b'\'', "''")],
];

fn escaped(raw: &[u8], escapes: Escapes) -> Zeroizing<Vec<u8>> {
    let mut text = Zeroizing::new(Vec::with_capacity(raw.len() * 6));
    for byte in raw {
        match escapes.iter().find(|(escaped, _)| escaped == byte) {
            Some((_, instead)) => text.extend_from_slice(instead.as_bytes()),
            None => text.push(*byte),
        }
    }
    text
}

/// The bytes as decimal numbers, as a program shows a list of them.
fn listed(raw: &[u8], between: &str) -> Zeroizing<Vec<u8>> {
    let mut text = Zeroizing::new(Vec::with_capacity(raw.len() * 5));
    for (n, byte) in raw.iter().enumerate() {
        if n > 0 {
            text.extend_from_slice(between.as_bytes());
        }
        let digits = [byte / 100, byte / 10 % 10, byte % 10];
        let leading = digits.iter().take(2).take_while(|digit| **digit == 0).count();
        text.extend(digits[leading..].iter().map(|digit| b'0' + digit));
    }
    text
}

fn hex(raw: &[u8], digits: &[u8; 16], between: &str) -> Zeroizing<Vec<u8>> {
    let mut text = Zeroizing::new(Vec::with_capacity(raw.len() * (2 + between.len())));
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
pub(super) mod tests {
    pub(in super::super) const SECRET: &str = "wJalr/K7>>>???-日\"\\ (fi)!*'~";

    /// Written by Python (`base64`, `bytes.hex`, `urllib.parse.quote`, `json.dumps`, `str.encode`), not by this program: a
    /// form that it forgets is missed here. No two are the same.
    pub(in super::super) const FORMS: &[(&str, &[u8])] = &[
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
        ("JSON of Go", b"wJalr/K7\\u003e\\u003e\\u003e???-\xe6\x97\xa5\\\"\\\\ (fi)!*'~"),
        ("HTML", b"wJalr/K7&gt;&gt;&gt;???-\xe6\x97\xa5&quot;\\ (fi)!*&#x27;~"),
        ("XML", b"wJalr/K7&gt;&gt;&gt;???-\xe6\x97\xa5&quot;\\ (fi)!*&apos;~"),
        ("HTML of Go", b"wJalr/K7&gt;&gt;&gt;???-\xe6\x97\xa5&#34;\\ (fi)!*&#39;~"),
        ("HTML, a text", b"wJalr/K7&gt;&gt;&gt;???-\xe6\x97\xa5\"\\ (fi)!*'~"),
        ("in quotes of a shell", b"wJalr/K7>>>???-\xe6\x97\xa5\"\\ (fi)!*'\\''~"),
        ("in quotes of a shell, of Python", b"wJalr/K7>>>???-\xe6\x97\xa5\"\\ (fi)!*'\"'\"'~"),
        ("Python's repr", b"wJalr/K7>>>???-\xe6\x97\xa5\"\\\\ (fi)!*\\'~"),
        ("YAML in single quotes", b"wJalr/K7>>>???-\xe6\x97\xa5\"\\ (fi)!*''~"),
        ("numbers of Rust", b"119, 74, 97, 108, 114, 47, 75, 55, 62, 62, 62, 63, 63, 63, 45, 230, 151, 165, 34, 92, 32, 40, 102, 105, 41, 33, 42, 39, 126"),
        ("numbers without spaces", b"119,74,97,108,114,47,75,55,62,62,62,63,63,63,45,230,151,165,34,92,32,40,102,105,41,33,42,39,126"),
        ("numbers of Go", b"119 74 97 108 114 47 75 55 62 62 62 63 63 63 45 230 151 165 34 92 32 40 102 105 41 33 42 39 126"),
        ("bytes with \\x", b"77\\x4a\\x61\\x6c\\x72\\x2f\\x4b\\x37\\x3e\\x3e\\x3e\\x3f\\x3f\\x3f\\x2d\\xe6\\x97\\xa5\\x22\\x5c\\x20\\x28\\x66\\x69\\x29\\x21\\x2a\\x27\\x7e"),
        ("bytes with \\x, upper case", b"77\\x4A\\x61\\x6C\\x72\\x2F\\x4B\\x37\\x3E\\x3E\\x3E\\x3F\\x3F\\x3F\\x2D\\xE6\\x97\\xA5\\x22\\x5C\\x20\\x28\\x66\\x69\\x29\\x21\\x2A\\x27\\x7E"),
        ("base64 of UTF-16", b"dwBKAGEAbAByAC8ASwA3AD4APgA+AD8APwA/AC0A5WUiAFwAIAAoAGYAaQApACEAKgAnAH4A"),
        ("base64 of UTF-16, big end first", b"AHcASgBhAGwAcgAvAEsANwA+AD4APgA/AD8APwAtZeUAIgBcACAAKABmAGkAKQAhACoAJwB+"),
    ];
}
