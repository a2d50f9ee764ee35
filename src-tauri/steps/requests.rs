//! The waiting room: what other people have to do, each with the ready text to send, when it was asked, and what waits
//! for it. It sends nothing itself. Guide: "Actions to take before deployment"; trap 3.
//! Long because the texts that are sent stand in it.

use super::certificate::{Certificate, Output as Taken, answers, to_send};
use super::deployment::{Deployment, Output as Deployed};
use super::mast::Mast;
use crate::engine::view::{Act, Asked as State, Card, Letter};
use crate::engine::words::clean;
use crate::engine::{Cx, Field, Form, Leftovers, Plan, Problem, Problems, Status, Step, StepId, Value, Values, View};
use crate::site::Site;
use jiff::ToSpan;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::path::Path;

pub struct Input;

/// A request's dates; `None` where it was not entered.
struct Asked {
    on: Option<Date>,
    expected: Option<Date>,
    /// Days after which one asks again where nothing is expected, if not the request's own.
    nudge: Option<i32>,
}

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
    file: &'static str,
    text: &'static str,
}

/// The text about the certificate where its request goes with it.
const WITH_REQUEST: &str = "To: {certificate_contact}\nSubject: TLS certificate for {host}\n\nPlease issue a TLS certificate for a web server at\n\n    {host}\n\nby the request below. Its private key stays with us.\nPlease send the certificate together with the intermediate certificates of its issuer.\nIt is for the JupyterHub deployment “{deployment}” ({environment}).\n";

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
        file: "certificate-request.txt",
        text: "To: {certificate_contact}\nSubject: TLS certificate for {host}\n\nPlease issue a TLS certificate for a web server at\n\n    {host}\n\nas common name and as subject alternative name. RSA with 2048 bits or more, or EC P-256.\nPlease send the certificate together with the intermediate certificates of its issuer; if you make the private key too, send it encrypted and the passphrase separately.\nIt is for the JupyterHub deployment “{deployment}” ({environment}).\n",
    },
    Request {
        fields: ["requirements_asked", "requirements_expected", "requirements_here"],
        labels: ["Requirements asked on", "Requirements expected on", "The requirements are here"],
        title: "Requirements from the scientists",
        holds: "The hub's image waits for it.",
        nudge: 14,
        page: None,
        once: true,
        file: "requirements-request.txt",
        text: "To: {requirements_contact}\nSubject: What should be on the hub {deployment}?\n\nWe are setting up a JupyterHub at https://{host}. Please tell us\n\n- Python packages, with versions where they matter\n- other programs and data files\n- notebooks and where they come from\n- how much memory and disk one person needs, and how many people will use it at once\n\nThe more of it we know before the image is built, the fewer times it is built.\n",
    },
    Request {
        fields: ["mast_asked", "mast_expected", "mast_here"],
        labels: ["MAST registration asked on", "MAST registration expected on", ""],
        title: "MAST client",
        holds: "Hub secrets wait for it.",
        nudge: 7,
        page: Some(Mast::ID),
        once: false,
        file: "mast-registration.txt",
        text: "To: {mast_contact}\nSubject: Register an OAuth client for {host}\n\nPlease register a new OAuth client (the instructions: {register_url}).\n\n    name      {deployment}\n    callback  https://{host}/hub/oauth_callback\n    scopes    {scopes}\n\nThe pull request adds this client to the production service. We need the client id and the client secret back; please send the secret separately.\n",
    },
    Request {
        fields: ["tester_asked", "tester_expected", "tester_here"],
        labels: ["MAST test asked on", "MAST test expected on", "The MAST test is done"],
        title: "Test of the sign-in",
        holds: "The proof that people can log in waits for it.",
        nudge: 7,
        page: None,
        once: false,
        file: "mast-test.txt",
        text: "To: {mast_contact}\nSubject: Test of the sign-in at https://{host}\n\nThe client of the hub “{deployment}” is in the pull request we sent. Could somebody of your team test the pull request, and update the production service when it is good?\nThe callback is https://{host}/hub/oauth_callback. We will tell you the day the hub is up.\n",
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

/// The day on which the certificate was asked for as it was entered, and whether the text that was sent had the request of the
/// key that is made here. For the page of the certificate.
pub fn sent(cx: &Cx, key: &OwnKey) -> (String, bool) {
    let values = cx.answers::<Requests>();
    let day = values.text(ASKED_CERTIFICATE).trim().to_owned();
    let is_sent = !day.is_empty() && key.is_sent(&values) == Some(true);
    (day, is_sent)
}

/// The key that is made here, as far as the request for its certificate goes.
pub struct OwnKey {
    is_wanted: bool,
    /// The request's text, and its mark.
    request: Option<(String, String)>,
    /// The certificate that was taken in belongs to it.
    has_come: bool,
}

impl OwnKey {
    /// By the answers of the certificate's page, its folder, and what was taken in.
    pub fn new(values: &Values, folder: &Path, taken: Option<&Taken>) -> Self {
        let is_wanted = Certificate::makes_key(values);
        let has_come = is_wanted && taken.is_some_and(|taken| answers(taken, folder));
        OwnKey { is_wanted, request: if is_wanted { to_send(folder) } else { None }, has_come }
    }

    pub fn of(cx: &Cx) -> Self {
        let taken = cx.output::<Certificate>();
        Self::new(&cx.answers::<Certificate>(), &cx.folder_of::<Certificate>(), taken.as_ref())
    }

    /// Whether a certificate that was taken in is what is waited for.
    pub fn is_answered(&self) -> bool {
        self.has_come || !self.is_wanted
    }

    /// Whether the text that was sent had its request; `None` where no key is made here. A day that no button entered is believed.
    fn is_sent(&self, values: &Values) -> Option<bool> {
        let is_this = |mark: &str| !values.0.contains_key(SENT) || values.text(SENT) == mark;
        self.is_wanted.then(|| self.request.as_ref().is_some_and(|(_, mark)| is_this(mark)))
    }
}

/// The card of the certificate, by who makes its key: where that is done here, the key comes first, and its request is sent.
fn with_own_key(cx: &Cx, mut card: Card, key: &OwnKey) -> Card {
    card.covers.push(SENT.into());
    let page = Some(cx.page(Certificate::ID));
    let lead = |label: &str| Act { label: label.into(), copy: String::new(), answers: vec![], page: page.clone() };
    let mark = key.request.as_ref().map_or("", |(_, mark)| mark);
    for act in card.act.iter_mut().chain(&mut card.more) {
        // Whatever enters or takes back the day says which request it was sent with.
        if let Some(day) = act.answers.iter().find(|(field, _)| field == ASKED_CERTIFICATE).map(|(_, day)| day.clone())
        {
            let is_sent = matches!(&day, Value::Text(day) if !day.is_empty());
            act.answers.push((SENT.into(), if is_sent { mark } else { "" }.into()));
        }
    }
    match (card.state, key.is_wanted, &key.request) {
        (State::Unasked, true, None) => {
            card.word = "The key comes first".into();
            card.act = Some(lead("Make the key first"));
            card.more.retain(|act| act.page.is_some());
        }
        (State::Unasked, true, Some(_)) => card.word = "The request is not sent yet".into(),
        (State::Unasked, false, _) => {
            card.holds.push_str(
                " This text lets IT make the key too. Safer is to make it here first, and send a request for it.",
            );
            card.more.insert(0, lead("Make the key here first…"));
        }
        _ => {}
    }
    card
}

/// The dates as far as they are dates: a mistyped one takes nothing else off the page.
fn entered(request: &Request, values: &Values) -> Asked {
    let day = |field: &str| values.text(field).trim().parse::<Date>().ok();
    Asked { on: day(request.fields[0]), expected: day(request.fields[1]), nudge: days(values) }
}

fn days(values: &Values) -> Option<i32> {
    values.text(NUDGE).trim().parse().ok().filter(|days| (1..=365).contains(days))
}

/// The day one asks again: a day after it was expected, else so many days after it was asked.
fn nudge(request: &Request, asked: &Asked) -> Option<Date> {
    let day = match (asked.expected, asked.on) {
        (Some(expected), _) => expected.checked_add(1.day()),
        (None, Some(on)) => on.checked_add(asked.nudge.unwrap_or(request.nudge).days()),
        _ => return None,
    };
    day.ok()
}

fn today() -> Date {
    jiff::Zoned::now().date()
}

fn state(request: &Request, asked: &Asked, is_here: bool) -> State {
    match (is_here, asked.on) {
        (true, _) => State::Arrived,
        (false, None) => State::Unasked,
        (false, Some(_)) if nudge(request, asked).is_some_and(|day| day <= today()) => State::Due,
        (false, Some(_)) => State::Waiting,
    }
}

fn card(cx: &Cx, request: &Request, asked: &Asked, values: &Values, deployment: &Deployed, key: &OwnKey) -> Card {
    let state = state(request, asked, is_here(cx, request, values, key));
    let [on, expected, here] = request.fields;
    let letter = letter(request, deployment, key);
    let day = asked.on.map_or(0, |on| (today() - on).get_days());
    let again = nudge(request, asked);
    let whole = format!("To: {}\nSubject: {}\n\n{}", letter.to, letter.subject, letter.body);
    let act = |label: &str, copy: &str, answers: Vec<(&str, Value)>| Act {
        label: label.into(),
        copy: copy.into(),
        answers: answers.into_iter().map(|(field, value)| (field.to_owned(), value)).collect(),
        page: None,
    };
    let not_sent = act("Mark as not sent", "", vec![(on, "".into()), (expected, "".into())]);
    let arrived = match request.page {
        Some(page) => Act { page: Some(cx.page(page)), ..act("It arrived…", "", vec![]) },
        None => act("It arrived", "", vec![(here, true.into())]),
    };
    let copy = act("Copy the text", &whole, vec![]);
    let (word, act, more) = match state {
        State::Unasked => {
            // What was expected before was expected of another text.
            let sent_today = || vec![(on, today().to_string().into()), (expected, "".into())];
            let sent = act("Copy and mark as sent", &whole, sent_today());
            let without = act("Mark as sent", "", sent_today());
            ("Not asked yet".to_owned(), Some(sent), vec![copy, without, arrived])
        }
        State::Due => {
            // One more round of the usual days: the day before the next reminder is when it is expected.
            let days = asked.nudge.unwrap_or(request.nudge);
            let next = today().saturating_add((days - 1).days()).to_string();
            let reminder = format!(
                "To: {}\nSubject: Reminder: {}\n\nIs there any news of this?\n\n{}",
                letter.to, letter.subject, letter.body
            );
            let reminder = act("Copy the reminder", &reminder, vec![(expected, next.into())]);
            ("Ask again".to_owned(), Some(reminder), vec![arrived, copy, not_sent])
        }
        State::Waiting => (format!("Waiting, day {}", day + 1), Some(arrived), vec![copy, not_sent]),
        State::Arrived => {
            let back = request.page.is_none().then(|| act("It is not here yet", "", vec![(here, false.into())]));
            ("Arrived".to_owned(), None, back.into_iter().collect())
        }
    };
    let again_in = again.zip(asked.on).map(|(again, on)| (again - on).get_days().max(1));
    Card {
        title: request.title.into(),
        from: letter.to.clone(),
        state,
        word,
        // There are no days before anything was asked. One that is cleared to be typed anew stays where it is.
        fields: match [on, expected].iter().any(|field| values.0.contains_key(*field)) {
            true => vec![("Asked".into(), on.into()), ("Expected".into(), expected.into())],
            false => vec![],
        },
        again: match (state, again) {
            (State::Due, Some(day)) => format!("Ask again since {}.", words(day)),
            (State::Waiting, Some(day)) => format!("Ask again on {}.", words(day)),
            _ => String::new(),
        },
        days: again_in.filter(|_| matches!(state, State::Due | State::Waiting)).map(|days| (day, days)),
        holds: request.holds.into(),
        covers: vec![on.into(), expected.into()],
        letter,
        act,
        more,
    }
}

/// `14 Nov`, and with the year where it is 11 months away or more.
fn words(day: Date) -> String {
    let far = (day - today()).get_days().abs() > 334;
    day.strftime(if far { "%-d %b %Y" } else { "%-d %b" }).to_string()
}

/// The request's text, filled in and taken apart.
fn letter(request: &Request, deployment: &Deployed, key: &OwnKey) -> Letter {
    let own = key.request.as_ref().filter(|_| request.page == Some(Certificate::ID));
    let text = if own.is_some() { WITH_REQUEST } else { request.text };
    // Taken apart before it is filled in: no value makes a line of its own.
    let (head, body) = text.split_once("\n\n").unwrap_or(("", text));
    let line = |name: &str| head.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().trim();
    let mut body = fill(body, deployment);
    if let Some((request, _)) = own {
        body = format!("{body}\n{}\n", request.trim_end());
    }
    let [to, subject] = [line("To:"), line("Subject:")].map(|line| fill(line, deployment));
    Letter { to, subject, body, file: request.file.into() }
}

/// The text with this deployment's values.
fn fill(text: &str, deployment: &Deployed) -> String {
    let site = Site::load(&deployment.site).ok();
    let contact = |key: &str, otherwise: &str| {
        site.as_ref().and_then(|site| site.contacts.get(key)).map_or(otherwise.to_owned(), Clone::clone)
    };
    let sign_in = site.as_ref().and_then(|site| site.sign_in.clone());
    let names = &deployment.names;
    let values = [
        ("host", names.host()),
        ("deployment", names.deployment.clone()),
        ("environment", names.environment.clone()),
        ("certificate_contact", contact("certificate", "your IT desk")),
        ("requirements_contact", contact("requirements", "the scientists")),
        ("mast_contact", contact("mast", "the sign-in service")),
        ("register_url", sign_in.as_ref().map_or(String::new(), |sign_in| sign_in.register_url.clone())),
        ("scopes", sign_in.map_or(String::new(), |sign_in| sign_in.scopes.join(" "))),
    ];
    // In one go: what is filled in is not filled in itself.
    text.split('{').enumerate().fold(String::new(), |all, (at, part)| {
        let value = |name: &str| values.iter().find(|(key, _)| *key == name).map(|(_, value)| value);
        match part.split_once('}').map(|(name, rest)| (value(name), rest)) {
            Some((Some(value), rest)) => format!("{all}{value}{rest}"),
            _ if at == 0 => part.to_owned(),
            _ => format!("{all}{{{part}"),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::steps::names::Names;

    #[test]
    fn every_text_is_filled_in() {
        let names = Names {
            deployment: "roman-sit".into(),
            environment: "staging".into(),
            zone: "example.org".into(),
            own_host: None,
        };
        let deployment = Deployed {
            names,
            user: "u".into(),
            region: "us-east-1".into(),
            site: crate::site::BUILT_IN[0].0.into(),
            hosts: Default::default(),
        };
        for text in REQUESTS.iter().map(|request| request.text).chain([WITH_REQUEST]) {
            let text = fill(text, &deployment);
            assert!(!text.contains('{') && text.contains("roman-sit"), "{text}");
            assert!(crate::tools::placeholder::lint(&text, "roman-sit", "").is_empty(), "{text}");
        }
        let names = Names { environment: "{host}".into(), ..deployment.names.clone() };
        let told = fill("a {environment} b {unknown} c", &Deployed { names, ..deployment });
        assert_eq!(told, "a {host} b {unknown} c", "what is filled in is not filled in itself");
    }

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
