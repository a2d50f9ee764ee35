//! File names made fit for a shell, and times for a sentence; what makes others' texts fit for one is the engine's.

use crate::engine::words::is_unseen;
pub use crate::engine::words::{clean, count, list};
use jiff::Timestamp;

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

/// How long a certificate holds yet: days, hours where it is under two days, minutes where under two hours. What is further
/// away than ten years is not counted: its end is shown as a date.
pub fn left(until: Timestamp, now: Timestamp) -> String {
    let seconds = usize::try_from(until.as_second() - now.as_second()).unwrap_or(0);
    match seconds {
        0..60 => "less than a minute".to_owned(),
        60..7_200 => count(seconds / 60, "minute"),
        7_200..172_800 => count(seconds / 3600, "hour"),
        172_800..=TEN_YEARS => count(seconds / 86_400, "day"),
        _ => MANY_YEARS.to_owned(),
    }
}

/// A moment in the past or to come: its date, and its time where it is within two days.
pub fn moment(time: Timestamp, now: Timestamp) -> String {
    match (time.as_second() - now.as_second()).abs() < 172_800 {
        true => time.to_zoned(jiff::tz::TimeZone::UTC).strftime("%-d %b %Y, %H:%M UTC").to_string(),
        false => date(time),
    }
}

/// A date as the page shows it: 14 Nov 2027.
pub fn date(time: Timestamp) -> String {
    // The calendar ends before the last day of 9999, which certificates without an end name (RFC 5280, 4.1.2.5).
    if time == Timestamp::MAX {
        return "31 Dec 9999 (no end)".to_owned();
    }
    time.to_zoned(jiff::tz::TimeZone::UTC).strftime("%-d %b %Y").to_string()
}

/// In seconds.
const TEN_YEARS: usize = 3_652 * 86_400;
/// What is said of a longer time.
pub const MANY_YEARS: &str = "more than ten years";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_is_said_in_days_and_not_counted_beyond_ten_years() {
        let now: Timestamp = "2026-11-28T00:00:00Z".parse().unwrap();
        let left = |until: &str| left(until.parse().unwrap(), now);
        assert_eq!(left("2026-11-28T01:30:00Z"), "90 minutes");
        assert_eq!(left("2027-11-28T00:00:00Z"), "365 days");
        assert_eq!(left("2036-11-27T00:00:00Z"), "3652 days");
        assert_eq!(left("2036-11-29T00:00:00Z"), "more than ten years");
        assert_eq!(super::left(Timestamp::MAX, now), "more than ten years");
    }
}
