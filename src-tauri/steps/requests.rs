//! The waiting room: what other people have to do, each with the ready text to send, when it was asked, and what waits
//! for it. It sends nothing itself. Guide: "Actions to take before deployment"; trap 3.

mod card;
mod days;
mod letters;
mod own_key;

pub use own_key::OwnKey;

use super::certificate::Certificate;
use super::deployment::Deployment;
use super::mast::Mast;
use crate::engine::view::{Asked as State, Card};
use crate::engine::words::clean;
use crate::engine::{Cx, Field, Form, Leftovers, Plan, Problem, Problems, Status, Step, StepId, Values, View};
use card::{card, with_own_key};
use days::{Asked, days, entered, state, today};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

pub struct Input;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Output {
    /// How many are asked for and not here.
    pub open: usize,
}

pub struct Requests;

/// One thing to ask of others.
struct Request {
    /// Of its fields: `certificate_asked`, `certificate_expected`, `certificate_here`.
    fields: [&'static str; 3],
    /// Of the same; the last is empty where another page knows.
    labels: [&'static str; 3],
    title: &'static str,
    /// What waits for it, in a sentence.
    holds: &'static str,
    /// Days after which one asks again.
    nudge: i32,
    /// The page that takes it in; where there is none, the last of the fields says that it is here.
    page: Option<StepId>,
    /// It is asked with the first environment, for all of them.
    once: bool,
    letter: &'static letters::Text,
}

/// The field of the day on which the certificate was asked for.
const ASKED_CERTIFICATE: &str = "certificate_asked";
/// Of the field that keeps which request for a certificate was sent: its mark, which the window enters. Empty where the text
/// had none in it.
pub const SENT: &str = "certificate_sent";
/// Of the field that takes the place of every request's own `nudge`.
const NUDGE: &str = "ask_again_days";

const REQUESTS: &[Request] = &[
    Request {
        fields: [ASKED_CERTIFICATE, "certificate_expected", "certificate_here"],
        labels: ["Certificate asked on", "Certificate expected on", ""],
        title: "Certificate",
        holds: "Hub secrets wait for it.",
        nudge: 7,
        page: Some(Certificate::ID),
        once: false,
        letter: &letters::CERTIFICATE,
    },
    Request {
        fields: ["requirements_asked", "requirements_expected", "requirements_here"],
        labels: ["Requirements asked on", "Requirements expected on", "The requirements are here"],
        title: "Requirements from the scientists",
        holds: "The hub's image waits for it.",
        nudge: 14,
        page: None,
        once: true,
        letter: &letters::REQUIREMENTS,
    },
    Request {
        fields: ["mast_asked", "mast_expected", "mast_here"],
        labels: ["MAST registration asked on", "MAST registration expected on", ""],
        title: "MAST client",
        holds: "Hub secrets wait for it.",
        nudge: 7,
        page: Some(Mast::ID),
        once: false,
        letter: &letters::MAST,
    },
    Request {
        fields: ["tester_asked", "tester_expected", "tester_here"],
        labels: ["MAST test asked on", "MAST test expected on", "The MAST test is done"],
        title: "Test of the sign-in",
        holds: "The proof that people can log in waits for it.",
        nudge: 7,
        page: None,
        once: false,
        letter: &letters::TEST,
    },
];

impl Step for Requests {
    const ID: StepId = "requests";
    const TITLE: &'static str = "Ask other people";
    const SHORT: &'static str = "Requests";
    const WHY: &'static str = "Some things take others days or weeks, so ask first. Each text is ready to send; Hubwright counts the days and says when to ask again.";
    const VERB: &'static str = "Keep these dates";
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
        let (mut fields, mut switches) = (vec![], vec![]);
        for request in requests(cx) {
            let [asked, expected, here] = request.fields;
            let [asked_label, expected_label, here_label] = request.labels;
            let date = |name, label, example: &str| {
                // An example of a day would look like one that was entered.
                let field = Field::text(name, label).optional().rule(format!("a date, such as {example}"));
                field.placeholder("YYYY-MM-DD")
            };
            fields.push(date(asked, asked_label, "2026-11-23"));
            fields.push(date(expected, expected_label, "2026-12-07"));
            // What a page of its own takes in is known to be here without a switch.
            if !here_label.is_empty() {
                switches.push(Field::switch(here, here_label).rule("`true` or `false`"));
            }
        }
        fields.extend(switches);
        fields.push(
            Field::text(SENT, "Request that was sent with it").optional().rule("entered by the window; leave it out"),
        );
        fields.push(
            Field::text(NUDGE, "Ask again after so many days")
                .number()
                .optional()
                .rule("a number from 1 to 365")
                .help("How long to wait before asking again, if nobody named a day. Empty: 7 days, and 14 for the requirements."),
        );
        Form::of(fields)
    }

    fn parse(&self, cx: &Cx, values: &Values) -> Result<Input, Problems> {
        let mut problems = Problems::default();
        let mut day = |field: &str| match values.text(field).trim() {
            "" => None,
            text => problems.take(
                field,
                match text.parse::<Date>() {
                    Ok(day) if (2000..2100).contains(&day.year()) => Ok(day),
                    Ok(_) => Err(format!("`{}` is no day of these years.", clean(text))),
                    Err(_) => Err(format!("`{}` is not a date.", clean(text))),
                }
                .map_err(|what| Problem::new(what, "Write year, month and day, as in 2026-11-23")),
            ),
        };
        let nudge = days(values);
        let asked: Vec<Asked> = requests(cx)
            .map(|request| Asked { on: day(request.fields[0]), expected: day(request.fields[1]), nudge })
            .collect();
        if nudge.is_none() && !values.text(NUDGE).trim().is_empty() {
            let what = format!("`{}` is no number of days.", clean(values.text(NUDGE)));
            problems.add(Problem::new(what, "Enter a number from 1 to 365, or leave it empty.").on(NUDGE));
        }
        // Tomorrow it is already where somebody else may be.
        let tomorrow = today().saturating_add(jiff::Span::new().days(1));
        for (request, asked) in requests(cx).zip(&asked) {
            if let Some(on) = asked.on.filter(|on| *on > tomorrow) {
                let what = format!("{on} is still to come.");
                let fix = "Enter the day on which you asked, or leave it empty until you have.";
                problems.add(Problem::new(what, fix).on(request.fields[0]));
            }
            if let (Some(on), Some(expected)) = (asked.on, asked.expected)
                && expected < on
            {
                problems.add(
                    Problem::new("It is expected before it was asked for.", "Correct one of the two dates.")
                        .on(request.fields[1]),
                );
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
                if request.page == Some(Certificate::ID) { with_own_key(cx, card, &key) } else { card }
            })
            .collect();
        // What wants somebody comes first; a sort keeps the order of those that stand alike.
        cards.sort_by_key(|card| card.state);
        vec![View::Board { title: "What to ask, and where it stands".into(), cards }]
    }

    fn due(&self, cx: &Cx, values: &Values) -> Vec<String> {
        let key = OwnKey::of(cx);
        let late = requests(cx)
            .zip(dates(cx, values, &key))
            .filter(|(request, asked)| state(request, asked, is_here(cx, request, values, &key)) == State::Due);
        late.map(|(request, _)| format!("Ask again: {}.", request.title)).collect()
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
            None => values.on(request.fields[2]),
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
    match request.fields[2] {
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
            Asked { on: None, expected: None, ..asked }
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
    let day = values.text(ASKED_CERTIFICATE).trim().to_owned();
    let is_sent = !day.is_empty() && key.is_sent(&values) == Some(true);
    (day, is_sent)
}
