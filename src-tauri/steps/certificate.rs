//! The hub's certificate: a key made here and a request for it, or the files that came back, judged and put in order.
//! The key goes into the keychain and nowhere else. Guide: "SSL certificates"; trap 29.

mod asks;
mod chosen;
mod explain;
mod form;
pub mod judge;
mod kept;
mod links;
mod stages;
pub mod verdict;

pub use super::told::certificate::problem;
pub(super) use asks::has_chosen;
pub(super) use kept::{answers, hide, key_of, mark, request_in};

use super::deployment::Deployment;
use super::requests::{OwnKey, Requests, is_asked};
use crate::engine::event::Lead;
use crate::engine::view::{Item, Mark, Text};
use crate::engine::{
    Cx, Form, Leftovers, MadeUp, Plan, Problem, Problems, Severity, Status, Step, StepId, Value, Values, View, files,
};
use crate::tools::certificate::words::date;
use crate::tools::certificate::{Found, Key, make};
use asks::none_chosen;
use chosen::{gather, look_at, name_of, of_the_others, spare, told, waits, without};
use jiff::Timestamp;
use judge::judge;
use kept::{
    FORGET, FORGOTTEN, GOES, KEY, Kept, MADE, REQUEST, SPARED, forget_request, goes, has_request, is_written, keep,
    kept_for_request, may_forget, of_another_kind, output, request_file, spared, write_request,
};
use serde::{Deserialize, Serialize};
use stages::{FOR_NOW, is_lost, lost, stages, waiting};

#[derive(Clone)]
pub struct Input {
    /// The kind of key to make here; `None` where the key comes with the files.
    make: Option<String>,
    files: Vec<String>,
    pasted: bool,
    passphrase: bool,
    /// The key of an earlier request may go.
    forget_request: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Output {
    pub host: String,
    pub issuer: String,
    /// Until when all of the chain holds, RFC 3339.
    pub not_after: String,
    pub key_kind: String,
    /// PEM: the hub's certificate first, then each one's issuer. Public.
    pub chain: String,
    /// The files it was taken from, which may be deleted then; `None` where an earlier Hubwright did not keep that.
    #[serde(default)]
    pub taken: Option<Vec<String>>,
    /// How often something had been pasted by then, where it was taken from what was pasted too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pasted: Option<i64>,
}

pub struct Certificate;

impl Certificate {
    /// Whether the key is made here, by the answers of the page.
    pub fn makes_key(values: &Values) -> bool {
        values.text(Self::WAY) == Self::MAKE
    }

    /// The field that says where the key comes from, and what it says where it is made here.
    pub const WAY: &'static str = "way";
    pub const MAKE: &'static str = "make";
}

impl Step for Certificate {
    const ID: StepId = "certificate";
    const TITLE: &'static str = "Bring the hub's certificate";
    const SHORT: &'static str = "Certificate";
    const WHY: &'static str = "A certificate tells browsers that they talk to your hub and to nobody else. Choose the files you got back; Hubwright puts them in order.";
    const VERB: &'static str = "Use this certificate";
    const GUIDE: &'static str = "The guide has you paste key and certificate into a YAML file by hand, under a header that fits RSA keys only, and nothing looks at them before users do. Here the files are judged together, put in order, and the key stays in this computer's keychain.";
    const ACTS: bool = false;
    const LOOKS: bool = true;
    const LOSES: &'static str =
        "The private key. If it was made here, the only other copy is the encrypted one that “Hub secrets” writes.";
    const EACH: bool = true;
    const MAKES_UP: bool = true;
    const MINUTES: u32 = 5;
    type Input = Input;
    type Output = Output;

    fn needs(&self) -> &'static [StepId] {
        &[Deployment::ID]
    }

    // When its request was sent.
    fn follows(&self) -> &'static [StepId] {
        &[Requests::ID]
    }

    fn form(&self, cx: &Cx, values: &Values) -> Form {
        asks::form(cx, values)
    }

    fn parse(&self, cx: &Cx, values: &Values) -> Result<Input, Problems> {
        let make = Self::makes_key(values).then(|| values.text("key_kind").to_owned());
        let files: Vec<String> =
            values.rows("files").iter().map(|path| path.trim().to_owned()).filter(|path| !path.is_empty()).collect();
        let pasted = values.has_secret("pasted");
        let forget_request = may_forget(cx, values);
        if make.is_none() && files.is_empty() && !pasted && !(forget_request && has_request(cx)) {
            return Err(none_chosen().into());
        }
        let unread = files.iter().filter_map(|path| look_at(cx, path).err());
        let mut problems = Problems(unread.map(|problem| problem.on("files")).collect());
        if !problems.0.is_empty() {
            // Nothing else will be read until these are there; what can be told of the others is told now.
            problems.0.extend(of_the_others(cx, &files, pasted || values.has_secret("passphrase")));
        }
        problems.or(|| Input { make, files, pasted, passphrase: values.has_secret("passphrase"), forget_request })
    }

    fn made_up(&self, cx: &Cx) -> Result<MadeUp, Problem> {
        let answers = cx.answers::<Self>();
        let pasted = match (Self::makes_key(&answers), request_in(&cx.folder_path())) {
            (false, _) => make::made_up(&cx.need::<Deployment>()?.names.host())?,
            (true, Some(request)) => make::made_up_for(&request)?.into(),
            (true, None) => {
                let fix = "Make the key and the request first.";
                return Err(Problem::new("There is no request that could be signed.", fix));
            }
        };
        // What was chosen, pasted or entered before goes: it would not belong to these.
        let mut secrets = vec![("pasted", pasted)];
        if answers.has_secret("passphrase") {
            secrets.push(("passphrase", String::new().into()));
        }
        Ok(MadeUp { values: vec![("files", Vec::<String>::new().into())], secrets })
    }

    fn made_up_verb(&self, cx: &Cx, values: &Values) -> Option<&'static str> {
        match Self::makes_key(values) {
            true => OwnKey::of(cx).can_be_sent().then_some("Have a practice authority sign it"),
            false => Some("Use made-up values"),
        }
    }

    fn loses_here(&self, cx: &Cx, _: &Values) -> Vec<String> {
        kept::loses(cx)
    }

    fn verb(&self, cx: &Cx, values: &Values) -> &'static str {
        asks::verb(cx, values)
    }

    fn lead(&self, cx: &Cx, values: &Values) -> Option<Lead> {
        stages::lead(cx, values)
    }

    fn puts_aside(&self, _: &Cx, values: &Values, field: &str, value: &Value) -> &'static [&'static str] {
        // What was chosen for the key that goes fits none that is made next.
        let is_another = Self::makes_key(values) && field == FORGET && *value == Value::Switch(true);
        if is_another { &["files", "pasted", "passphrase"] } else { &[] }
    }

    fn asked(&self, cx: &Cx, values: &Values) -> Option<bool> {
        // The key can be made at once; what is to be done after it is said by `lead`.
        let needs_others = !Self::makes_key(values) && !has_chosen(values);
        needs_others.then(|| is_asked(cx, Self::ID))
    }

    fn preview(&self, cx: &Cx, values: &Values) -> Vec<View> {
        match Self::makes_key(values) {
            true => vec![stages(cx)],
            false => vec![],
        }
    }

    async fn check(&self, cx: &Cx, input: &Input) -> Result<Status<Output>, Problem> {
        let host = cx.need::<Deployment>()?.names.host();
        let now = Timestamp::now();
        let (found, faults, chips) = gather(cx, input).await?;
        let kept = Kept::read(cx, input, &found).await?;
        let verdict = judge(&found, kept.own(input), &host, now);
        if !chips.is_empty() {
            let chips = chips.into_iter().map(|chosen| chosen.chip(&verdict)).collect();
            cx.show(View::Files { title: "What was chosen".into(), field: "files".into(), chips });
        }
        if let (Some(_), Some(key)) = (&input.make, &kept.request) {
            let text = Text { body: make::request(&key.der, &host)?, file: format!("{host}.csr") };
            cx.show(View::Document { title: "Certificate request to hand out".into(), text });
        }
        if is_lost(cx, input, &kept) {
            return Ok(Status::Blocked(vec![lost()]));
        }
        if input.make.is_some() && kept.request.is_none() {
            if has_request(cx) {
                cx.warn(goes());
            }
            cx.say(format!("A key for {host} is made next; it stays on this computer."));
            return Ok(Status::Todo);
        }
        if input.only_forgets() {
            cx.warn(goes());
            cx.say("The key that was made here is forgotten next.");
            return Ok(Status::Todo);
        }
        if let Some(problem) = kept.request.as_ref().and_then(|key| of_another_kind(input, key)) {
            cx.warn(problem);
        }
        if let (true, Some(key)) = (waits(input, &found, &faults, &verdict), &kept.request) {
            if !is_written(cx, key, &host) {
                cx.say(format!("The request for {host} is written next, for the key that was made here."));
                return Ok(Status::Todo);
            }
            return Ok(Status::Blocked(vec![waiting(cx)]));
        }
        let mut problems = told(faults, &verdict, input);
        let key = kept.key_for(input, &found, &verdict);
        if !verdict.chain.is_empty() {
            // One that fits nothing is shown too, marked as wrong.
            let shown = key.or(found.keys.first()).or(kept.own(input).first().copied());
            cx.show(verdict.view(shown.map(|key| (&key.kind, kept.place(cx, key))), now));
        }
        if !verdict.repairs.is_empty() {
            let items = verdict.repairs.iter().map(|repair| Item::new(repair.as_str(), Mark::Good, "")).collect();
            cx.show(View::Checklist { title: "Put right by Hubwright".into(), items });
        }
        if kept.is_spared {
            cx.warn(spared());
        }
        if problems.iter().any(Problem::is_error) {
            if let Some(path) = spare(cx, input, &kept, &host).await? {
                let label = format!("Leave {} out", name_of(&path));
                problems[0] = problems[0].clone().offering(label, without(input, &path));
            }
            return Ok(Status::Blocked(problems));
        }
        problems.into_iter().for_each(|problem| cx.warn(problem));
        if kept.is_spared {
            cx.say("The files are good. Next, the certificate is taken in, and its key is kept.");
            return Ok(Status::Todo);
        }
        let is_same = |one: &Option<Key>| one.as_ref().zip(key).is_some_and(|(one, key)| one.public == key.public);
        let has_other_request = kept.request.is_some() && key.is_some() && !is_same(&kept.request);
        if has_other_request && input.forget_request {
            cx.say("The files are good. Next, the key of the request is forgotten.");
            return Ok(Status::Todo);
        }
        if has_other_request && input.make.is_none() {
            cx.warn(kept_for_request());
        }
        let Some(key) = key.filter(|_| is_same(&kept.in_use)) else {
            cx.say(match is_same(&kept.request) {
                true => "The files are good. Next, the certificate is taken in.",
                false => "The files are good. Next, the key goes into the keychain.",
            });
            return Ok(Status::Todo);
        };
        let until = verdict.until().unwrap_or(now);
        let for_now = if has_other_request && input.make.is_some() { format!(" {FOR_NOW}") } else { String::new() };
        cx.say(format!("The certificate of {host} is good until {}.{for_now}", date(until)));
        Ok(Status::Done(output(cx, host, &verdict, key, input)))
    }

    async fn plan(&self, cx: &Cx, input: &Input) -> Result<Plan, Problem> {
        let host = cx.need::<Deployment>()?.names.host();
        let goes = input.make.is_some() && has_request(cx) && {
            let (found, ..) = gather(cx, input).await?;
            Kept::read(cx, input, &found).await?.request.is_none()
        };
        Ok(Plan {
            summary: match input.make {
                Some(_) => format!(
                    "A private key for {host} is made and kept in this computer's keychain; the request that IT signs is shown.{}",
                    if goes { format!(" {GOES}") } else { String::new() }
                ),
                None if input.only_forgets() => GOES.into(),
                None => {
                    "The private key goes into this computer's keychain; the certificates are kept in order.".into()
                }
            },
            commands: vec![format!(
                "openssl req -new -newkey rsa:2048 -nodes -keyout hub.key -out hub.csr -subj /CN={host}"
            )],
            cost: "Nothing here; a certificate may cost something where it is signed.".into(),
            undo: "You can choose other files at any time. A key made here is kept until you say that it may go, or press Remove.".into(),
            ..Plan::default()
        })
    }

    async fn apply(&self, cx: &Cx, input: &Input) -> Result<Output, Problem> {
        let host = cx.need::<Deployment>()?.names.host();
        let (found, faults, _) = gather(cx, input).await?;
        if input.only_forgets() {
            forget_request(cx).await?;
            // What was asked for is done.
            return Err(Problem { severity: Severity::Warning, ..none_chosen() });
        }
        let mut kept = Kept::read(cx, input, &found).await?;
        if is_lost(cx, input, &kept) {
            return Err(lost());
        }
        if let (Some(kind), None) = (&input.make, &kept.request) {
            if has_request(cx) {
                forget_request(cx).await?;
            }
            cx.progress("Making the private key");
            let key = make::key(kind)?;
            // What was said before it was made is not said of it.
            cx.effect_with(MADE, &cx.times_answered(FORGET), keep(cx, REQUEST, &key)).await?;
            kept.request = Some(key);
        }
        if let (Some(_), Some(key)) = (&input.make, &kept.request)
            && !is_written(cx, key, &host)
        {
            write_request(cx, key, &host)?;
        }
        let verdict = judge(&found, kept.own(input), &host, Timestamp::now());
        if waits(input, &found, &faults, &verdict) {
            return Err(waiting(cx));
        }
        if let Some(problem) = told(faults, &verdict, input).into_iter().find(Problem::is_error) {
            return Err(problem);
        }
        let key = kept.key_for(input, &found, &verdict).ok_or_else(|| {
            Problem::new("There is no private key.", "Add the file with the private key.").on("files")
        })?;
        let is_other = kept.request.as_ref().filter(|request| request.public != key.public);
        let may_go = input.forget_request && !kept.is_spared;
        if let Some(request) = is_other.filter(|_| !may_go) {
            if kept.is_request_in_use {
                cx.effect("keep the key of the request", keep(cx, REQUEST, request)).await?;
                write_request(cx, request, &host)?;
            }
            if input.make.is_none() {
                cx.warn(kept_for_request());
            }
        }
        if kept.in_use.as_ref().is_none_or(|kept| kept.public != key.public) {
            cx.effect("keep the private key in the keychain", keep(cx, KEY, key)).await?;
        }
        if is_other.is_some() && may_go {
            forget_request(cx).await?;
        }
        if kept.is_spared {
            // What was said before it came is not said of it any more.
            cx.effect_with(SPARED, &cx.times_answered(FORGET), async { Ok::<_, Problem>(()) }).await?;
            cx.warn(spared());
        }
        Ok(output(cx, host, &verdict, key, input))
    }

    async fn remove(&self, cx: &Cx, input: &Input) -> Result<Leftovers, Problem> {
        // All of them are named, also one that may go anyhow.
        let kept = Kept::read(cx, &Input { forget_request: false, ..input.clone() }, &Found::default()).await?;
        let mut left = vec![];
        if let Some(key) = kept.in_use.filter(|_| !kept.is_request_in_use) {
            left.push(format!("The private key ({}) was taken out of the keychain.", key.kind));
        }
        if let Some(key) = kept.request {
            left.push(format!(
                "The key that was made here ({}) is gone: a certificate that comes back for its request can no longer be used.",
                key.kind
            ));
        }
        cx.effect("forget the private key", cx.forget_secret(KEY)).await?;
        cx.effect(FORGOTTEN, cx.forget_secret(REQUEST)).await?;
        files::remove(&request_file(cx))?;
        if !input.files.is_empty() {
            left.push("The files you chose stay where they are; delete those that hold the key.".into());
        }
        if input.pasted {
            left.push("What you pasted stays in the keychain until you replace it on this page.".into());
        }
        Ok(Leftovers(left))
    }
}

impl Input {
    /// Nothing was chosen to be taken in: only the key of the request goes.
    fn only_forgets(&self) -> bool {
        self.make.is_none() && self.files.is_empty() && !self.pasted && self.forget_request
    }
}
