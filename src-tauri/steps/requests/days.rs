//! The days of a request: when it was asked, when it is expected, when one asks again, and how it stands by them.

use super::{NUDGE, Request};
use crate::engine::Values;
use crate::engine::view::Asked as State;
use jiff::ToSpan;
use jiff::civil::Date;

/// A request's dates; `None` where none was entered, or none that can be.
pub struct Asked {
    /// Something stands in the place of the day on which it was asked, right or wrong.
    pub is_asked: bool,
    pub on: Option<Date>,
    pub expected: Option<Date>,
    /// When it was asked again last.
    pub reminded: Option<Date>,
    /// Days after which one asks again where nothing is expected, if not the request's own.
    pub nudge: Option<i32>,
}

/// The dates as far as they can be: a mistyped one takes nothing else off the page.
pub fn entered(request: &Request, values: &Values) -> Asked {
    let text = |field: &str| values.text(field).trim();
    let day = |field: &str| text(field).parse::<Date>().ok().filter(is_of_these_years);
    let on = day(request.fields.asked).filter(|on| *on <= tomorrow());
    let is_later = |day: &Date| on.is_none_or(|on| *day >= on);
    Asked {
        is_asked: !text(request.fields.asked).is_empty(),
        on,
        expected: day(request.fields.expected).filter(is_later),
        // What was asked again before was another text.
        reminded: day(request.fields.reminded).filter(is_later).filter(|day| *day <= tomorrow()),
        nudge: days(values),
    }
}

pub fn days(values: &Values) -> Option<i32> {
    values.text(NUDGE).trim().parse().ok().filter(|days| (1..=365).contains(days))
}

/// The day one asks again: a day after it was expected, else so many days after it was asked, or asked again.
pub fn nudge(request: &Request, asked: &Asked) -> Option<Date> {
    let days = asked.nudge.unwrap_or(request.nudge).days();
    let day = match (asked.expected, asked.reminded, asked.on) {
        // Whoever was reminded on that day or later named no other one.
        (Some(expected), reminded, _) if reminded.is_none_or(|reminded| reminded < expected) => {
            expected.checked_add(1.day())
        }
        (_, Some(reminded), _) => reminded.checked_add(days),
        (_, None, Some(on)) => on.checked_add(days),
        _ => return None,
    };
    day.ok()
}

pub fn today() -> Date {
    jiff::Zoned::now().date()
}

/// Tomorrow it is already where somebody else may be.
pub fn tomorrow() -> Date {
    today().saturating_add(1.day())
}

pub fn is_of_these_years(day: &Date) -> bool {
    (2000..2100).contains(&day.year())
}

pub fn state(request: &Request, asked: &Asked, is_here: bool) -> State {
    match (is_here, asked.is_asked) {
        (true, _) => State::Arrived,
        (false, false) => State::Unasked,
        (false, true) if nudge(request, asked).is_some_and(|day| day <= today()) => State::Due,
        (false, true) => State::Waiting,
    }
}

/// `14 Nov`, and with the year where it is 11 months away or more.
pub fn words(day: Date) -> String {
    let far = (day - today()).get_days().abs() > 334;
    day.strftime(if far { "%-d %b %Y" } else { "%-d %b" }).to_string()
}

/// `14 Nov 2026`
pub fn in_full(day: Date) -> String {
    day.strftime("%-d %b %Y").to_string()
}

/// The day that a person means by `6 Dec`, `Dec 6, 2026` or `6.12.2026`: without a year the nearest one, which is not after
/// `latest`. With strokes it is a month first to some and a day first to others, so it is none.
pub fn meant(text: &str, today: Date, latest: Date) -> Option<Date> {
    if let Ok(day) = text.trim().parse() {
        return Some(day);
    }
    let parts: Vec<&str> =
        text.split(|c: char| c.is_whitespace() || ".,".contains(c)).filter(|part| !part.is_empty()).collect();
    let number = |text: &str| text.parse::<i16>().ok();
    let month = |text: &str| {
        let text = text.to_lowercase();
        let at = MONTHS.iter().position(|month| text.len() >= 3 && month.starts_with(&text))?;
        i16::try_from(at + 1).ok()
    };
    let (day, month, year) = match *parts.as_slice() {
        [day, name] if month(name).is_some() => (number(day)?, month(name)?, None),
        [name, day] => (number(day)?, month(name)?, None),
        [day, name, year] if month(name).is_some() => (number(day)?, month(name)?, Some(number(year)?)),
        [name, day, year] if month(name).is_some() => (number(day)?, month(name)?, Some(number(year)?)),
        [day, month, year] if text.contains('.') => (number(day)?, number(month)?, Some(number(year)?)),
        _ => return None,
    };
    let years = match year {
        Some(year) => year..=year,
        None => today.year() - 1..=today.year() + 1,
    };
    let in_year = |year| Date::new(year, month.try_into().ok()?, day.try_into().ok()?).ok();
    let possible = years.filter_map(in_year).filter(is_of_these_years).filter(|day| year.is_some() || *day <= latest);
    possible.min_by_key(|day| (*day - today).get_days().abs())
}

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::steps::requests::REQUESTS;

    const NONE: Asked = Asked { is_asked: false, on: None, expected: None, reminded: None, nudge: None };

    fn day(text: &str) -> Option<Date> {
        text.parse().ok()
    }

    #[test]
    fn one_asks_again_after_what_was_expected_else_after_a_while() {
        let asked = |on, expected| Asked { on: day(on), expected: day(expected), ..NONE };
        assert_eq!(nudge(&REQUESTS[0], &asked("2026-11-01", "")), day("2026-11-08"));
        assert_eq!(nudge(&REQUESTS[0], &asked("2026-11-01", "2026-11-20")), day("2026-11-21"));
        assert_eq!(nudge(&REQUESTS[0], &asked("", "")), None);
        let sooner = Asked { nudge: Some(3), ..asked("2026-11-01", "") };
        assert_eq!(nudge(&REQUESTS[0], &sooner), day("2026-11-04"));
    }

    #[test]
    fn who_was_reminded_is_reminded_again_after_a_while_unless_a_later_day_was_named() {
        let asked = |expected, reminded| {
            let asked = Asked { on: day("2026-11-01"), expected: day(expected), reminded: day(reminded), ..NONE };
            nudge(&REQUESTS[0], &asked)
        };
        assert_eq!(asked("", "2026-11-10"), day("2026-11-17"));
        assert_eq!(asked("2026-11-05", "2026-11-10"), day("2026-11-17"), "that day has passed");
        assert_eq!(asked("2026-11-12", "2026-11-10"), day("2026-11-13"), "it was named since");
    }

    #[test]
    fn a_request_stands_by_its_dates_and_what_wants_somebody_comes_first() {
        let asked = |on: Date| Asked { is_asked: true, on: Some(on), ..NONE };
        let ago = |days: i32| today().saturating_sub(days.days());
        let request = &REQUESTS[0];
        assert_eq!(state(request, &NONE, false), State::Unasked);
        assert_eq!(state(request, &asked(ago(6)), false), State::Waiting);
        assert_eq!(state(request, &asked(ago(7)), false), State::Due);
        assert_eq!(state(request, &asked(ago(7)), true), State::Arrived);
        assert!(State::Due < State::Waiting && State::Waiting < State::Unasked && State::Unasked < State::Arrived);
    }

    #[test]
    fn a_day_that_cannot_be_is_no_day_and_takes_back_nothing() {
        let request = &REQUESTS[0];
        let stands = |asked: &str, expected: &str| {
            let mut values = Values::default();
            values.set(request.fields.asked, asked);
            values.set(request.fields.expected, expected);
            let asked = entered(request, &values);
            (asked.on, asked.expected, state(request, &asked, false))
        };
        for wrong in ["yesterday", "2026-13-01", "2099-01-01", "1447-01-02"] {
            assert_eq!(stands(wrong, ""), (None, None, State::Waiting), "{wrong}");
        }
        assert_eq!(stands("2020-01-05", "2019-01-01").1, None, "it is expected before it was asked for");
        assert_eq!(stands("", "2020-01-05").2, State::Unasked);
    }

    #[test]
    fn a_day_is_read_as_people_write_it() {
        let today = day("2026-11-29").unwrap();
        let read = |text: &str| meant(text, today, day("2027-12-31").unwrap());
        for text in
            ["2026-12-06", "6 Dec", "6. December", "Dec 6", "6.12.2026", "06.12.2026", "6 dec 2026", "December 6, 2026"]
        {
            assert_eq!(read(text), day("2026-12-06"), "{text}");
        }
        assert_eq!(read("5 Jan"), day("2027-01-05"), "the nearest one");
        assert_eq!(meant("5 Jan", today, today), day("2026-01-05"), "it was before");
        for text in ["", "6/12/2026", "6.12", "6 De", "31 Feb", "tomorrow", "6 Dec 2", "32.1.2026"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
