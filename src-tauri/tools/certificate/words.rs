//! File names made fit for a shell; what makes others' texts fit for a sentence is the engine's.

use crate::engine::words::is_unseen;
pub use crate::engine::words::{clean, count, list};

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
