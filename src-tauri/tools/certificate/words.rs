//! What certificates and file names say, made fit for a sentence or a shell. Others chose these texts: they may be
//! long, or hold characters that change how the rest of a message looks.

/// A name for a sentence: without control, invisible and direction characters, at most 80 characters long.
pub fn clean(text: &str) -> String {
    let shown: String = text.chars().map(|c| if is_unseen(c) { '\u{fffd}' } else { c }).collect();
    let shown = shown.trim().replace('`', "'");
    if shown.chars().count() <= MOST { shown } else { shown.chars().take(MOST - 1).chain(['…']).collect() }
}

/// The first five of a list, and how many more there are.
pub fn list(names: &[String]) -> String {
    let shown: Vec<&str> = names.iter().take(5).map(String::as_str).collect();
    match names.len().saturating_sub(5) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// `1 day`, `2 days`.
pub fn count(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

/// A file name as a POSIX shell takes it. Bash's `$'…'` where a character could not be seen or would end the
/// backticks that stand around commands in messages.
pub fn shell(name: &str) -> String {
    let name = if name.starts_with('-') { format!("./{name}") } else { name.to_owned() };
    let plain = |c: char| c.is_ascii_alphanumeric() || "._/-+,@%".contains(c);
    if !name.is_empty() && name.chars().all(plain) {
        name
    } else if name.chars().any(|c| is_unseen(c) || c == '`') {
        let escaped = |c: char| match c {
            '\'' | '\\' => format!("\\{c}"),
            c if (c.is_ascii() && is_unseen(c)) || c == '`' => format!("\\x{:02x}", c as u32),
            c if is_unseen(c) => format!("\\U{:08x}", c as u32),
            c => c.to_string(),
        };
        format!("$'{}'", name.chars().map(escaped).collect::<String>())
    } else {
        format!("'{}'", name.replace('\'', "'\\''"))
    }
}

/// Control characters, and those of Unicode that have no width or turn the direction of a line (UAX #9).
fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

const MOST: usize = 80;
