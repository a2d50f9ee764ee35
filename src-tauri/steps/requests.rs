//! The waiting room: what other people have to do, each with the ready text to send, when it was asked, and what waits
//! for it. It sends nothing itself. Guide: "Actions to take before deployment"; trap 3.

mod card;
mod days;
mod letters;
mod list;
mod own_key;

pub use own_key::OwnKey;

use super::account::{Account, Kind};
use super::certificate::Certificate;
use super::deployment::Deployment;
use super::mast::Mast;
use crate::engine::view::{Asked as State, Card, Mark};
use crate::engine::words::clean;
use crate::engine::{Cx, Field, Form, Leftovers, Plan, Problem, Problems, Status, Step, StepId, Value, Values, View};
use card::{card, with_own_key};
use days::{Asked, days, entered, in_full, is_of_these_years, meant, state, today, tomorrow, words};
use jiff::civil::Date;
use list::{ASKED_CERTIFICATE, NUDGE, Parts, REQUESTS, Request, SENT};
use serde::{Deserialize, Serialize};

pub struct Input;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Output {
    /// How many are asked for and not here.
    pub open: usize,
}

pub struct Requests;

impl Step for Requests {
    const ID: StepId = "requests";
    const TITLE: &'static str = "Ask other people";
    const SHORT: &'static str = "Requests";
    const WHY: &'static str = "Some things take others days or weeks, so ask first. Each text is ready to send; Hubwright counts the days and says when to ask again.";
    const VERB: &'static str = "Keep these dates";
    // Others may still have their part.
    const DONE: (&'static str, Mark) = ("Dates kept", Mark::Plain);
    const GUIDE: &'static str = "The guide says to ask early and leaves the rest to you. Here each request comes with its text, filled in for this deployment, says what waits for it, and reminds you.";
    const ACTS: bool = false;
    const EACH: bool = true;
    const AT_ONCE: bool = true;
    const MINUTES: u32 = 5;
    type Input = Input;
    type Output = Output;

    fn needs(&self) -> &'static [StepId] {
        &[Deployment::ID]
    }

    // Its request goes with the text.
    fn follows(&self) -> &'static [StepId] {
        &[Certificate::ID]
    }

    fn form(&self, cx: &Cx, _: &Values) -> Form {
        let (mut dates, mut switches) = (vec![], vec![]);
        for request in requests(cx) {
            let (fields, labels) = (&request.fields, &request.labels);
            let date = |name, label, example: &str| {
                // An example of a day would look like one that was entered.
                let field = Field::text(name, label).optional().rule(format!("a date, such as {example}"));
                // "1 Feb" is a day too, before the year is typed, and what is entered stands in the logbook.
                field.placeholder("YYYY-MM-DD").whole()
            };
            dates.push(date(fields.asked, labels.asked, "2026-11-23"));
            dates.push(date(fields.expected, labels.expected, "2026-12-07"));
            dates.push(date(fields.reminded, labels.reminded, "2026-12-08"));
            // What a page of its own takes in is known to be here without a switch.
            if !labels.here.is_empty() {
                switches.push(Field::switch(fields.here, labels.here).rule("`true` or `false`"));
            }
        }
        dates.extend(switches);
        dates.push(
            Field::text(SENT, "Request that was sent with it").optional().rule("entered by the window; leave it out"),
        );
        dates.push(
            Field::text(NUDGE, "Ask again after so many days")
                .number()
                .optional()
                .rule("a number from 1 to 365")
                .help("How long to wait before asking again, if nobody named a day. Empty: 7 days, and 14 for the requirements."),
        );
        Form::of(dates)
    }

    fn parse(&self, cx: &Cx, values: &Values) -> Result<Input, Problems> {
        let mut problems = Problems::default();
        let mut day = |field: &str| match values.text(field).trim() {
            "" => None,
            text => problems.take(
                field,
                match text.parse::<Date>() {
                    Ok(day) if is_of_these_years(&day) => Ok(day),
                    Ok(_) => Err(format!("`{}` is no day of these years.", clean(text))),
                    Err(_) => Err(format!("`{}` is not a date.", clean(text))),
                }
                .map_err(|what| Problem::new(what, "Write year, month and day, as in 2026-11-23")),
            ),
        };
        let read: Vec<_> = requests(cx)
            .map(|request| &request.fields)
            .map(|fields| (fields, day(fields.asked), day(fields.expected), day(fields.reminded)))
            .collect();
        if days(values).is_none() && !values.text(NUDGE).trim().is_empty() {
            let what = format!("`{}` is no number of days.", clean(values.text(NUDGE)));
            problems.add(Problem::new(what, "Enter a number from 1 to 365, or leave it empty.").on(NUDGE));
        }
        for (fields, asked, expected, reminded) in read {
            for (field, done) in [(fields.asked, asked), (fields.reminded, reminded)] {
                if let Some(on) = done.filter(|on| *on > tomorrow()) {
                    let what = format!("{on} is still to come.");
                    let fix = "Enter the day on which you asked, or leave it empty until you have.";
                    problems.add(Problem::new(what, fix).on(field));
                }
            }
            if let (Some(on), Some(expected)) = (asked, expected)
                && expected < on
            {
                let what = "It is expected before it was asked for.";
                problems.add(Problem::new(what, "Correct one of the two dates.").on(fields.expected));
            }
        }
        problems.or(|| Input)
    }

    fn preview(&self, cx: &Cx, values: &Values) -> Vec<View> {
        let Some(deployment) = cx.output::<Deployment>() else { return vec![] };
        let key = OwnKey::of(cx);
        let cards = requests(cx).zip(dates(cx, values, &key));
        let mut cards: Vec<Card> = cards
            .map(|(request, asked)| {
                let card = card(cx, request, &asked, values, &deployment, &key);
                if request.page == Some(Certificate::ID) { with_own_key(cx, card, &key, values) } else { card }
            })
            .collect();
        // What wants somebody comes first; a sort keeps the order of those that stand alike.
        cards.sort_by_key(|card| card.state);
        let is_practice = Kind::of(&cx.answers::<Account>()).is_practice();
        let note = if is_practice {
            "This is practice: nothing here need really be sent. Press the buttons all the same."
        } else {
            ""
        };
        vec![View::Board { title: "What to ask, and where it stands".into(), note: note.into(), cards }]
    }

    fn due(&self, cx: &Cx, values: &Values) -> Vec<String> {
        let key = OwnKey::of(cx);
        let late = requests(cx)
            .zip(dates(cx, values, &key))
            .filter(|(request, asked)| state(request, asked, is_here(cx, request, values, &key)) == State::Due);
        late.map(|(request, _)| format!("Ask again: {}.", request.title)).collect()
    }

    fn meant(&self, field: &str, value: Value) -> Value {
        let Some(request) = REQUESTS.iter().find(|request| request.fields.dates().contains(&field)) else {
            return value;
        };
        let latest = if field == request.fields.expected { Date::MAX } else { tomorrow() };
        match &value {
            Value::Text(text) => meant(text, today(), latest).map_or(value, |day| day.to_string().into()),
            _ => value,
        }
    }

    fn remark(&self, field: &str, value: &Value) -> Option<String> {
        let request = REQUESTS.iter().find(|request| request.fields.all().contains(&field))?;
        let Request { title, fields, .. } = request;
        let day = || match value {
            Value::Text(text) => Some(in_full(text.trim().parse().ok().filter(is_of_these_years)?)),
            _ => None,
        };
        match value {
            Value::Switch(true) => Some(format!("{title}: arrived.")),
            Value::Switch(false) => Some(format!("{title}: not here yet.")),
            Value::Text(text) if field == fields.asked && text.trim().is_empty() => {
                Some(format!("{title}: marked as not asked for."))
            }
            _ if field == fields.asked => Some(format!("{title}: asked for on {}.", day()?)),
            _ if field == fields.reminded => Some(format!("{title}: asked for again on {}.", day()?)),
            _ => None,
        }
    }

    async fn check(&self, cx: &Cx, _: &Input) -> Result<Status<Output>, Problem> {
        let values = cx.answers::<Requests>();
        let key = OwnKey::of(cx);
        let states: Vec<(State, &str)> = requests(cx)
            .zip(dates(cx, &values, &key))
            .map(|(request, asked)| (state(request, &asked, is_here(cx, request, &values, &key)), request.title))
            .collect();
        let of = |wanted: State| -> Vec<&str> {
            states.iter().filter(|(state, _)| *state == wanted).map(|(_, title)| *title).collect()
        };
        let said =
            [("Ask again", of(State::Due)), ("Waiting for", of(State::Waiting)), ("Not asked yet", of(State::Unasked))];
        let said: Vec<String> = said
            .iter()
            .filter(|(_, titles)| !titles.is_empty())
            .map(|(what, titles)| format!("{what}: {}.", titles.join(", ")))
            .collect();
        cx.say(match said.as_slice() {
            [] => "Everything you asked others for is here.".to_owned(),
            said => said.join(" "),
        });
        let open = states.iter().filter(|(state, _)| matches!(state, State::Due | State::Waiting)).count();
        Ok(Status::Done(Output { open }))
    }

    async fn plan(&self, _: &Cx, _: &Input) -> Result<Plan, Problem> {
        Ok(Plan {
            summary: "Nothing is sent: you copy the texts and send them yourself. The dates are kept.".into(),
            cost: "Nothing.".into(),
            undo: "Change the dates at any time.".into(),
            nothing_to_do: true,
            ..Plan::default()
        })
    }

    async fn apply(&self, cx: &Cx, input: &Input) -> Result<Output, Problem> {
        match self.check(cx, input).await? {
            Status::Done(output) => Ok(output),
            _ => Err(Problem::new("The dates could not be kept.", "Correct them, then try again.")),
        }
    }

    async fn remove(&self, _: &Cx, _: &Input) -> Result<Leftovers, Problem> {
        Ok(Leftovers::default())
    }
}

/// What others have to do in an environment and is not here: who is late first. For the list of deployments, which opens none.
pub fn open(
    values: &Values,
    key: &OwnKey,
    is_first: bool,
    is_done: impl Fn(StepId) -> bool,
) -> Vec<(&'static str, State)> {
    let all = REQUESTS.iter().filter(|request| is_first || !request.once);
    let of = |request: &Request| {
        let is_here = match request.page {
            Some(page) => is_done(page) && (page != Certificate::ID || key.is_answered()),
            None => values.on(request.fields.here),
        };
        (request.title, state(request, &asked(request, values, key), is_here))
    };
    let mut open: Vec<_> = all.map(of).filter(|(_, state)| *state != State::Arrived).collect();
    open.sort_by_key(|(_, state)| *state);
    open
}

/// What is asked for the environment.
fn requests(cx: &Cx) -> impl Iterator<Item = &'static Request> {
    let is_first = cx.environment().is_empty();
    REQUESTS.iter().filter(move |request| is_first || !request.once)
}

fn is_here(cx: &Cx, request: &Request, values: &Values, key: &OwnKey) -> bool {
    match request.fields.here {
        "certificate_here" => cx.output::<Certificate>().is_some() && key.is_answered(),
        "mast_here" => cx.output::<Mast>().is_some(),
        switch => values.on(switch),
    }
}

/// What was asked when. Where the key is made here, a text without its request did not ask for its certificate.
fn dates(cx: &Cx, values: &Values, key: &OwnKey) -> Vec<Asked> {
    requests(cx).map(|request| asked(request, values, key)).collect()
}

fn asked(request: &Request, values: &Values, key: &OwnKey) -> Asked {
    match entered(request, values) {
        asked if request.page == Some(Certificate::ID) && key.is_sent(values) == Some(false) => {
            Asked { is_asked: false, on: None, expected: None, reminded: None, ..asked }
        }
        asked => asked,
    }
}

/// Whether what a page takes in was asked for, and is not here.
pub fn is_asked(cx: &Cx, page: StepId) -> bool {
    let (values, key) = (cx.answers::<Requests>(), OwnKey::of(cx));
    requests(cx).filter(|request| request.page == Some(page)).any(|request| {
        let state = state(request, &asked(request, &values, &key), is_here(cx, request, &values, &key));
        matches!(state, State::Due | State::Waiting)
    })
}

/// The day on which the certificate was asked for as it was entered, and whether the text that was sent had the request of the
/// key that is made here. For the page of the certificate.
pub fn sent(cx: &Cx, key: &OwnKey) -> (String, bool) {
    let values = cx.answers::<Requests>();
    let day = values.text(ASKED_CERTIFICATE).trim();
    let day = day.parse().map_or(day.to_owned(), words);
    let is_sent = !day.is_empty() && key.is_sent(&values) == Some(true);
    (day, is_sent)
}
