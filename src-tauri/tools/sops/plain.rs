//! Scalars without quotes, judged as Go's yaml v3 judges them: what sops hashed is what it read so.

/// What a scalar without quotes is to Go's yaml v3 (resolve.go, 3.0.1).
#[derive(Debug, PartialEq)]
pub enum Plain {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    /// RFC 3339, as sops hashes and stores it.
    Time(String),
    Text,
}

pub fn resolve(text: &str, plain: bool) -> Plain {
    if !plain {
        return Plain::Text;
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Plain::Null,
        "true" | "True" | "TRUE" => return Plain::Bool(true),
        "false" | "False" | "FALSE" => return Plain::Bool(false),
        ".nan" | ".NaN" | ".NAN" => return Plain::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => return Plain::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => return Plain::Float(f64::NEG_INFINITY),
        _ => {}
    }
    let first = text.as_bytes()[0];
    if !(first.is_ascii_digit() || b"+-.".contains(&first)) {
        return Plain::Text;
    }
    if let Some(time) = time(text) {
        return Plain::Time(time);
    }
    let digits = text.replace('_', "");
    if let Some(number) = integer(&digits) {
        return Plain::Int(number);
    }
    // As yaml's float rule: digits, an optional fraction and exponent, nothing else that Rust would accept.
    let body = digits.trim_start_matches(['+', '-']);
    let floats = digits.len() - body.len() <= 1
        && body.bytes().any(|b| b.is_ascii_digit())
        && body.bytes().all(|b| b.is_ascii_digit() || b".eE+-".contains(&b))
        && !body.starts_with(['e', 'E', '+', '-']);
    match digits.parse::<f64>() {
        Ok(number) if floats => Plain::Float(number),
        _ => Plain::Text,
    }
}

fn integer(digits: &str) -> Option<i64> {
    let (negative, body) = match digits.as_bytes().first()? {
        b'-' => (true, &digits[1..]),
        b'+' => (false, &digits[1..]),
        _ => (false, digits),
    };
    let (base, body) = match body.get(..2) {
        Some("0x" | "0X") => (16, &body[2..]),
        Some("0o" | "0O") => (8, &body[2..]),
        Some("0b" | "0B") => (2, &body[2..]),
        _ if body.len() > 1 && body.starts_with('0') => (8, &body[1..]),
        _ => (10, body),
    };
    if body.is_empty() || !body.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return None;
    }
    i64::from_str_radix(&format!("{}{body}", if negative { "-" } else { "" }), base).ok()
}

/// A date or time of yaml's kinds, as RFC 3339 with the fraction's zeros dropped (Go's RFC3339Nano).
fn time(text: &str) -> Option<String> {
    let date =
        text.get(..10).filter(|date| date.bytes().filter(|b| *b == b'-').count() == 2 && !date.starts_with('-'))?;
    date.parse::<jiff::civil::Date>().ok()?;
    if text.len() == 10 {
        return Some(format!("{date}T00:00:00Z"));
    }
    let rest = text[10..].trim_start_matches(['T', 't']).trim_start();
    let zone_at = rest.find(['Z', '+', '-']).unwrap_or(rest.len());
    let (clock, zone) = (rest[..zone_at].trim_end(), &rest[zone_at..]);
    clock.parse::<jiff::civil::Time>().ok()?;
    let clock = if clock.contains('.') { clock.trim_end_matches('0').trim_end_matches('.') } else { clock };
    let zone = if zone.is_empty() { "Z" } else { zone };
    (zone == "Z" || zone.len() == 6).then(|| format!("{date}T{clock}{zone}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_scalars_are_what_go_makes_of_them() {
        let cases = [
            ("~", Plain::Null),
            ("True", Plain::Bool(true)),
            ("yes", Plain::Text),
            ("014", Plain::Int(12)),
            ("0o14", Plain::Int(12)),
            ("0x1F", Plain::Int(31)),
            ("1_000", Plain::Int(1000)),
            ("-7", Plain::Int(-7)),
            ("1e21", Plain::Float(1e21)),
            ("1.5e-7", Plain::Float(1.5e-7)),
            (".5", Plain::Float(0.5)),
            ("3.13.2", Plain::Text),
            ("1-2", Plain::Text),
            ("infinity", Plain::Text),
            ("2020-01-02", Plain::Time("2020-01-02T00:00:00Z".into())),
            ("2020-01-02T03:04:05Z", Plain::Time("2020-01-02T03:04:05Z".into())),
        ];
        for (text, wanted) in cases {
            assert_eq!(resolve(text, true), wanted, "{text}");
        }
        assert_eq!(resolve("42", false), Plain::Text);
    }
}
