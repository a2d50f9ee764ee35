//! What others chose (names in certificates, files, answers), made fit for a sentence: it may be long, or hold characters
//! that change how the rest of a message looks.

/// A name for a sentence: without control, invisible and direction characters, at most 80 characters long.
pub fn clean(text: &str) -> String {
    let shown: String = text.chars().map(|c| if is_unseen(c) { '\u{fffd}' } else { c }).collect();
    let shown = shown.trim().replace('`', "'");
    if shown.chars().count() <= MOST { shown } else { shown.chars().take(MOST - 1).chain(['…']).collect() }
}

/// The first five of a list, and how many more there are.
pub fn list(names: &[String]) -> String {
    first(names, 5)
}

/// The first `most` of a list, and how many more there are.
pub fn first(names: &[String], most: usize) -> String {
    let shown = names[..names.len().min(most)].join(", ");
    match names.len().saturating_sub(most) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// All of a list: `one`, `one and two`, `one, two and three`.
pub fn all<T: std::borrow::Borrow<str>>(names: &[T]) -> String {
    match names {
        [first @ .., last] if !first.is_empty() => format!("{} and {}", first.join(", "), last.borrow()),
        names => names.concat(),
    }
}

/// `1 day`, `2 days`, `2 policies`.
pub fn count(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {}", several(what)) }
}

/// `days`, `policies`.
fn several(what: &str) -> String {
    match what.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'o', 'u']) => format!("{stem}ies"),
        _ => format!("{what}s"),
    }
}

/// Control characters, and those of Unicode that have no width or turn the direction of a line (UAX #9).
pub fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

const MOST: usize = 80;
