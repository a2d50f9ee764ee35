//! The sign-in client: its id and secret, and the address MAST sends people back to. The secret is asked once and used
//! in both places that need it. Guide: "Register client with MAST"; trap 29.

use super::account::{Account, Kind};
use super::deployment::Deployment;
use super::hub_values;
use super::requests::{Requests, is_asked};
use crate::engine::view::{Mark, Row, Text};
use crate::engine::{
    Cx, Field, Form, Leftovers, MadeUp, Plan, Problem, Problems, Secret, Status, Step, StepId, Values, View,
};
use crate::site::{SignIn, Site};
use crate::tools::{Tools, http};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

pub struct Input {
    client_id: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Output {
    pub client_id: String,
    pub callback: String,
    pub sign_in: SignIn,
}

pub struct Mast;

impl Step for Mast {
    const ID: StepId = "mast";
    const TITLE: &'static str = "Enter the MAST client";
    const SHORT: &'static str = "MAST client";
    const WHY: &'static str = "People sign in to the hub with their MAST account. The hub shows MAST this id and secret, and MAST sends people back to the address below.";
    const VERB: &'static str = "Use this client";
    const GUIDE: &'static str = "The guide needs the secret twice, once inside a web address and once as a field of its own, both typed into YAML by hand. Here it is entered once and written to both places, encoded as each needs it.";
    const ACTS: bool = false;
    const EACH: bool = true;
    const MAKES_UP: bool = true;
    const MINUTES: u32 = 3;
    type Input = Input;
    type Output = Output;

    fn needs(&self) -> &'static [StepId] {
        &[Deployment::ID]
    }

    // Whether it was asked for.
    fn follows(&self) -> &'static [StepId] {
        &[Requests::ID]
    }

    fn asked(&self, cx: &Cx, values: &Values) -> Option<bool> {
        let is_empty = values.text("client_id").trim().is_empty() && !values.has_secret("client_secret");
        is_empty.then(|| is_asked(cx, Self::ID))
    }

    fn form(&self, _: &Cx, _: &Values) -> Form {
        Form::of(vec![
            Field::text("client_id", "Client id")
                .rule("as MAST shows it after the registration")
                .placeholder("464f261c10bf04a8")
                .help("Not a secret: it is part of the sign-in address."),
            Field::secret("client_secret", "Client secret")
                .rule("as MAST showed it once")
                .help("It is kept in this computer's keychain, and later encrypted for the hub."),
        ])
    }

    fn parse(&self, _: &Cx, values: &Values) -> Result<Input, Problems> {
        let mut problems = Problems::default();
        let client_id = values.text("client_id").trim();
        if client_id.chars().any(|c| c.is_whitespace() || c.is_control() || !c.is_ascii() || "\"'<>&#%".contains(c)) {
            let fix = "Copy it again, without what stands around it.";
            problems.add(Problem::new("The client id has characters that no id has.", fix).on("client_id"));
        }
        if !values.has_secret("client_secret") {
            let fix = "Enter it once: it goes into this computer's keychain.";
            problems.add(Problem::new("The client secret is missing.", fix).on("client_secret"));
        }
        problems.or(|| Input { client_id: client_id.to_owned() })
    }

    fn preview(&self, cx: &Cx, _: &Values) -> Vec<View> {
        let Some(deployment) = cx.output::<Deployment>() else { return vec![] };
        let text = Text { body: callback(&deployment.names.host()), file: "callback.txt".into() };
        vec![View::Document { title: "Address to register as the callback".into(), text }]
    }

    fn made_up(&self, _: &Cx) -> Result<MadeUp, Problem> {
        let id = hub_values::new_token()?[..16].to_owned();
        let secret = Secret::from(hub_values::new_token()?.as_str().to_owned());
        Ok(MadeUp { values: vec![("client_id", id.into())], secrets: vec![("client_secret", secret)] })
    }

    async fn check(&self, cx: &Cx, input: &Input) -> Result<Status<Output>, Problem> {
        let deployment = cx.need::<Deployment>()?;
        if let Some(problem) = judge_secret(cx).await? {
            return Ok(Status::Blocked(vec![problem.on("client_secret")]));
        }
        let sign_in = Site::load(&deployment.site)?.sign_in.ok_or_else(|| {
            let fix = "Add a table `[sign_in]` to the profile; the built-in one is an example.";
            Problem::new("The site profile does not say where people sign in.", fix)
        })?;
        let callback = callback(&deployment.names.host());
        let practice = Kind::of(&cx.answers::<Account>()).is_practice();
        let begin = beginning(&input.client_id, &callback);
        let said = match (practice, cx.tools::<Tools>().practice()) {
            (true, Some(practice)) => judged(practice.ask("GET", &format!("oauth/authorize?{begin}")).await),
            (true, None) => Said::Nothing("the practice account does not run".into()),
            (false, _) => judged(http::send("GET", &format!("{}?{begin}", sign_in.authorize_url), &[]).await),
        };
        // The practice account stands in for the service: the real one is asked in a real account only.
        let who = if practice { "practice: " } else { "" };
        let (words, mark) = match &said {
            Said::Fine => ("knows the client and its callback", Mark::Good),
            Said::UnknownClient => ("does not know this client", Mark::Bad),
            Said::OtherCallback => ("knows the client, not this callback", Mark::Bad),
            Said::Nothing(_) => ("did not say", Mark::Plain),
        };
        let endpoints = [
            ("Sign-in", &sign_in.authorize_url, format!("{who}{words}"), mark),
            ("Token", &sign_in.token_url, String::new(), Mark::Plain),
            ("Who it is", &sign_in.userdata_url, String::new(), Mark::Plain),
        ];
        let rows = endpoints.map(|(what, url, said, mark)| Row::new([what, url.as_str(), &said], mark)).into();
        cx.show(View::table(&format!("{}'s addresses", sign_in.service), ["What", "Address", ""], rows));
        match said {
            Said::Fine => {}
            Said::UnknownClient => cx.warn(
                Problem::warning(format!("{} does not know this client yet.", sign_in.service), "Compare the id with the one you were given. Right after the registration this is expected: go on, and look again before people sign in.").on("client_id"),
            ),
            Said::OtherCallback => cx.warn(
                Problem::warning(format!("{} knows the client, but not the callback {callback}.", sign_in.service), "Have exactly the address below registered for it.").on("client_id"),
            ),
            Said::Nothing(why) => cx.warn(Problem::warning(format!("Whether {} knows the client could not be told: {why}.", sign_in.service), "Go on: whether people can sign in is seen once the hub runs.")),
        }
        cx.say("The client's id and secret are here.");
        Ok(Status::Done(Output { client_id: input.client_id.clone(), callback, sign_in }))
    }

    async fn plan(&self, _: &Cx, _: &Input) -> Result<Plan, Problem> {
        Ok(Plan {
            summary: "Nothing is changed anywhere: the id and secret are kept for the page “Hub secrets”.".into(),
            cost: "Nothing.".into(),
            undo: "Replace or forget the secret at any time.".into(),
            nothing_to_do: true,
            ..Plan::default()
        })
    }

    async fn apply(&self, cx: &Cx, input: &Input) -> Result<Output, Problem> {
        match self.check(cx, input).await? {
            Status::Done(output) => Ok(output),
            Status::Blocked(mut problems) if !problems.is_empty() => Err(problems.remove(0)),
            _ => Err(Problem::new("The client is not complete.", "Enter its id and secret.")),
        }
    }

    async fn remove(&self, _: &Cx, _: &Input) -> Result<Leftovers, Problem> {
        Ok(Leftovers::default())
    }
}

/// Where MAST sends people back to.
fn callback(host: &str) -> String {
    format!("https://{host}/hub/oauth_callback")
}

/// The client secret without the spaces and line breaks that copying brings along.
pub(super) async fn secret(cx: &Cx) -> Result<Option<Zeroizing<String>>, Problem> {
    let secret = cx.secret_of::<Mast>("client_secret").await?;
    Ok(secret.and_then(|secret| secret.expose_text()).map(|text| Zeroizing::new(text.trim().to_owned())))
}

/// What cannot be right in a secret. Quotes, `#`, `:` and `%` can: they are written so that every reader sees them.
async fn judge_secret(cx: &Cx) -> Result<Option<Problem>, Problem> {
    let wrong = |what: &str, fix: &str| Ok(Some(Problem::new(what, fix)));
    let again = "Copy it again from where MAST shows it.";
    let Some(secret) = cx.secret_of::<Mast>("client_secret").await? else {
        return wrong("The client secret is missing.", "Enter it again: it is no longer in the keychain.");
    };
    let Some(whole) = secret.expose_text() else { return wrong("The client secret is not text.", again) };
    let text = whole.trim();
    if text.is_empty() {
        return wrong("The client secret is empty.", again);
    }
    if text.contains(['\n', '\r']) {
        let fix = "Copy it again, as one line: two things may have been copied at once.";
        return wrong("The client secret has a line break inside.", fix);
    }
    if text.contains(char::is_control) {
        return wrong("The client secret has a character that cannot be seen.", again);
    }
    let compare = "Compare it with what MAST shows; it is written as it is.";
    for (odd, what, fix) in [
        (
            text != whole.as_str(),
            "The client secret had a space or line break around it, which was left out.",
            "Nothing to do, unless it really belongs to it.",
        ),
        (text.contains(char::is_whitespace), "The client secret has a space inside.", compare),
        (!whole.is_ascii(), "The client secret has letters or signs that English keyboards do not have.", compare),
    ] {
        if odd {
            cx.warn(Problem::warning(what, fix).on("client_secret"));
        }
    }
    Ok(None)
}

/// What the sign-in service said to a request nobody is behind.
enum Said {
    Fine,
    UnknownClient,
    OtherCallback,
    Nothing(String),
}

/// The question that begins a sign-in, with which nobody goes on.
fn beginning(client_id: &str, callback: &str) -> String {
    let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    format!("response_type=code&client_id={}&redirect_uri={}&state=hubwright", encode(client_id), encode(callback))
}

/// What the answer to it says: OAuth servers refuse a wrong client or callback at once (RFC 6749, 4.1.2.1).
fn judged(answer: Result<http::Answer, http::HttpError>) -> Said {
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => return Said::Nothing(format!("it cannot be reached ({error})")),
    };
    let text = format!("{} {}", answer.header("location"), String::from_utf8_lossy(&answer.body)).to_lowercase();
    let error = text.contains("error");
    match answer.status {
        _ if error && text.contains("redirect_uri") && answer.status >= 400 => Said::OtherCallback,
        _ if error
            && ["invalid_client", "unauthorized_client", "unknown client"].iter().any(|word| text.contains(word)) =>
        {
            Said::UnknownClient
        }
        200 | 301 | 302 | 303 | 307 | 308 if !error => Said::Fine,
        status => Said::Nothing(format!("it answered {status}")),
    }
}
