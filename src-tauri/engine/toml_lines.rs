//! TOML as people write it: every line that cannot be read is told, and the rest is read all the same.
//! Which keys there may be is the reader's to say; it opens no file.

use serde::de::DeserializeOwned;

/// What is wrong with one line.
pub struct Fault {
    /// From 1 on.
    pub line: usize,
    /// What stands before its `=`, or the whole of a line without one.
    pub key: String,
    /// The parser's words.
    pub message: String,
}

/// The text without the lines that cannot be read, and what is wrong with each of those; no more of them than anybody reads
/// at once. `None` where no rest can be read.
pub fn read<T: DeserializeOwned>(text: &str) -> (Option<T>, Vec<Fault>) {
    let mut rest = text.to_owned();
    let mut faults: Vec<Fault> = vec![];
    loop {
        let error = match toml::from_str(&rest) {
            Ok(value) => {
                faults.sort_by_key(|fault| fault.line);
                return (Some(value), faults);
            }
            Err(error) => error,
        };
        let span = error.span().unwrap_or_default();
        let lines = lines_of(&rest, span.start, span.end);
        let line = rest[lines.start..].lines().next().unwrap_or_default();
        faults.push(Fault {
            line: rest[..lines.start].matches('\n').count() + 1,
            key: line.split('=').next().unwrap_or_default().trim().to_owned(),
            message: error.message().lines().next().unwrap_or_default().to_owned(),
        });
        let is_last = rest[lines.clone()].trim().is_empty() || faults.len() == MOST;
        if is_last {
            return (None, faults);
        }
        let blank: String = rest[lines.clone()].chars().map(|c| if c == '\n' { '\n' } else { ' ' }).collect();
        rest.replace_range(lines, &blank);
    }
}

/// Whole lines from `start` to `end`; of a table's name all that belongs to the table, which would be another one's without it.
fn lines_of(text: &str, start: usize, end: usize) -> std::ops::Range<usize> {
    let bytes = text.as_bytes();
    let from = bytes[..start].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let after = |at: usize| bytes.iter().skip(at).position(|byte| *byte == b'\n').map_or(bytes.len(), |next| at + next);
    let mut to = after(end.max(from));
    if text[from..].trim_start_matches([' ', '\t']).starts_with('[') {
        let is_table = |line: &str| line.trim_start_matches([' ', '\t']).starts_with('[');
        while to < text.len() && !is_table(&text[to + 1..]) {
            to = after(to + 1);
        }
    }
    from..to
}

const MOST: usize = 20;

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> (Option<toml::Table>, Vec<usize>) {
        let (table, faults) = read(text);
        (table, faults.iter().map(|fault| fault.line).collect())
    }

    #[test]
    fn what_stands_between_torn_lines_is_read() {
        let (table, torn) =
            lines("a = 1\nb = ü\nc = “x”\r\nd = 99999999999999999999\na = 2\n[t]\ne = 5\n[t]\nf = 6\n[u]\ng = 7");
        assert_eq!(torn, [2, 3, 4, 5, 8], "in the order of the lines");
        let table = table.unwrap();
        assert_eq!(table.keys().collect::<Vec<_>>(), ["a", "t", "u"]);
        assert_eq!((table["a"].as_integer(), table["t"]["e"].as_integer()), (Some(1), Some(5)));
        assert!(table["t"].get("f").is_none(), "what belongs to a table's name goes with it");
    }

    #[test]
    fn a_text_without_end_is_told_once_and_ends() {
        for text in ["a = \"\"\"x\ny = 1\n", "a = [1,\nb = 2\n", "[", "a = '''", "= = =", "\"", "\u{feff}[ü\n"] {
            let (_, torn) = lines(text);
            assert!(!torn.is_empty() && torn.len() < 4, "{text:?}: {torn:?}");
        }
        assert_eq!(lines(&"x y\n".repeat(50)).1.len(), MOST);
    }
}
