//! The days of a request: when it was asked, when it is expected, when one asks again, and how it stands by them.

use super::{NUDGE, Request};
use crate::engine::Values;
use crate::engine::view::Asked as State;
use jiff::ToSpan;
use jiff::civil::Date;

/// A request's dates; `None` where it was not entered.
pub struct Asked {
    pub on: Option<Date>,
    pub expected: Option<Date>,
    /// Days after which one asks again where nothing is expected, if not the request's own.
    pub nudge: Option<i32>,
}

/// The dates as far as they are dates: a mistyped one takes nothing else off the page.
pub fn entered(request: &Request, values: &Values) -> Asked {
    let day = |field: &str| values.text(field).trim().parse::<Date>().ok();
    Asked { on: day(request.fields[0]), expected: day(request.fields[1]), nudge: days(values) }
}

pub fn days(values: &Values) -> Option<i32> {
    values.text(NUDGE).trim().parse().ok().filter(|days| (1..=365).contains(days))
}

/// The day one asks again: a day after it was expected, else so many days after it was asked.
pub fn nudge(request: &Request, asked: &Asked) -> Option<Date> {
    let day = match (asked.expected, asked.on) {
        (Some(expected), _) => expected.checked_add(1.day()),
        (None, Some(on)) => on.checked_add(asked.nudge.unwrap_or(request.nudge).days()),
        _ => return None,
    };
    day.ok()
}

pub fn today() -> Date {
    jiff::Zoned::now().date()
}

pub fn state(request: &Request, asked: &Asked, is_here: bool) -> State {
    match (is_here, asked.on) {
        (true, _) => State::Arrived,
        (false, None) => State::Unasked,
        (false, Some(_)) if nudge(request, asked).is_some_and(|day| day <= today()) => State::Due,
        (false, Some(_)) => State::Waiting,
    }
}

/// `14 Nov`, and with the year where it is 11 months away or more.
pub fn words(day: Date) -> String {
    let far = (day - today()).get_days().abs() > 334;
    day.strftime(if far { "%-d %b %Y" } else { "%-d %b" }).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::steps::requests::REQUESTS;

    #[test]
    fn one_asks_again_after_what_was_expected_else_after_a_while() {
        let day = |text: &str| text.parse::<Date>().ok();
        let asked = |on, expected| Asked { on: day(on), expected: day(expected), nudge: None };
        assert_eq!(nudge(&REQUESTS[0], &asked("2026-11-01", "")), day("2026-11-08"));
        assert_eq!(nudge(&REQUESTS[0], &asked("2026-11-01", "2026-11-20")), day("2026-11-21"));
        assert_eq!(nudge(&REQUESTS[0], &asked("", "")), None);
        let sooner = Asked { nudge: Some(3), ..asked("2026-11-01", "") };
        assert_eq!(nudge(&REQUESTS[0], &sooner), day("2026-11-04"));
    }

    #[test]
    fn a_request_stands_by_its_dates_and_what_wants_somebody_comes_first() {
        let asked = |on: Date| Asked { on: Some(on), expected: None, nudge: None };
        let ago = |days: i32| today().saturating_sub(days.days());
        let request = &REQUESTS[0];
        let unasked = Asked { on: None, expected: None, nudge: None };
        assert_eq!(state(request, &unasked, false), State::Unasked);
        assert_eq!(state(request, &asked(ago(6)), false), State::Waiting);
        assert_eq!(state(request, &asked(ago(7)), false), State::Due);
        assert_eq!(state(request, &asked(ago(7)), true), State::Arrived);
        assert!(State::Due < State::Waiting && State::Waiting < State::Unasked && State::Unasked < State::Arrived);
    }
}
