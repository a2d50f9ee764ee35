//! A step: one page and the one thing it brings about. `AnyStep` is the object-safe form of `Step`, so that different steps fit
//! one list; a blanket implementation covers every `Step`.
//! Long because what a step may say stands here twice, with its types and without.

use super::view::Mark;
use super::{Cx, Form, Plan, Problem, Problems, Secret, Value, Values};
use futures_util::future::BoxFuture;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value as Json;
use std::future::Future;

/// Names a step in the journal and the answers file; never changes and is never shown.
pub type StepId = &'static str;

/// A step in an environment: what everything kept of a step is kept under. The first environment, and steps that all
/// environments share, have an empty one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    pub environment: String,
    pub step: StepId,
}

impl Place {
    pub fn shared(step: StepId) -> Self {
        Place { environment: String::new(), step }
    }

    /// The step as `environment` sees it: its own one of a step that is once per environment, else the one that all share.
    pub fn seen_from(environment: &str, step: &About) -> Self {
        Place { environment: if step.each { environment.to_owned() } else { String::new() }, step: step.id }
    }

    /// As a table of the answers file is called: `dns`, and `prod.dns` in another environment than the first.
    pub fn key(&self) -> String {
        match self.environment.as_str() {
            "" => self.step.to_owned(),
            environment => format!("{environment}.{}", self.step),
        }
    }
}

/// What the world says about a step.
#[derive(Debug)]
pub enum Status<O> {
    /// It can be applied.
    Todo,
    Done(O),
    /// Something outside this page must change first.
    Blocked(Vec<Problem>),
}

/// What is worth knowing after a removal, in sentences: what is not ours to remove, and what goes by itself later.
#[derive(Debug, Default)]
pub struct Leftovers(pub Vec<String>);

/// Something that keeps things of a page from being removed.
#[derive(Clone, Debug)]
pub struct Held {
    /// The page whose removal lets go of them; `None` where Hubwright has no such page.
    pub by: Option<StepId>,
    /// What it is, and what to do first.
    pub problem: Problem,
}

/// Values made up for a practice deployment: fields with what to enter, and secrets for the keychain.
#[derive(Debug, Default)]
pub struct MadeUp {
    pub values: Vec<(&'static str, Value)>,
    pub secrets: Vec<(&'static str, Secret)>,
}

pub trait Step: Send + Sync + 'static {
    const ID: StepId;
    /// The page's title: what the page is for.
    const TITLE: &'static str;
    /// The title in the sidebar, one or two words.
    const SHORT: &'static str;
    /// One sentence on why.
    const WHY: &'static str;
    /// What the primary button says: its effect.
    const VERB: &'static str;
    /// Why this differs from the guide, in plain sentences.
    const GUIDE: &'static str;
    /// What the logbook says once it was done, and whether that is good.
    const DONE: (&'static str, Mark) = ("Done", Mark::Good);
    /// Whether applying changes anything outside Hubwright, so that a plan is shown first.
    const ACTS: bool = true;
    /// What a removal destroys that nobody can bring back, in sentences; the window asks for the deployment's name before.
    /// Empty where what is removed can be made again.
    const LOSES: &'static str = "";

    /// What stays behind for a while after a removal, in a sentence; empty where nothing does.
    const STAYS: &'static str = "";

    /// Whether what `plan` made is itself what `apply` runs (Terraform's plan file is), and refuses to run where the world changed
    /// since. Otherwise the plan is made again before it is applied, and compared with the one that was shown.
    const KEEPS_PLAN: bool = false;

    /// The step whose things contain the things of this one: removing that one removes these too.
    const INSIDE_OF: Option<StepId> = None;

    /// Whether the page is looked at again after each answer and whenever it is opened: a look is quick, and asks nobody outside
    /// this computer.
    const AT_ONCE: bool = false;
    /// Whether the page is looked at by itself, as pages that act are (`look.rs`), though applying changes nothing outside Hubwright.
    const LOOKS: bool = false;
    /// How long an apply usually takes, in seconds, where it was never done here.
    const SECONDS: u32 = 3;
    /// How many minutes of a person's time the page takes.
    const MINUTES: u32 = 1;

    /// Whether the step is there once in each environment; else all of them share it. A shared step needs shared ones only.
    const EACH: bool = false;

    /// Whether the world in which the step is done may be one that forgets, and what to say where it has.
    const FORGETS: bool = false;
    const FORGOT: &'static str = "";

    /// Whether the page can make up values, which a practice deployment offers instead of real secrets.
    const MAKES_UP: bool = false;

    /// The parsed form.
    type Input: Send + Sync;
    /// What other steps may read; never a secret.
    type Output: Serialize + DeserializeOwned + Send;

    /// The steps that must be done first.
    fn needs(&self) -> &'static [StepId];
    /// Steps besides those from whose answers the defaults of this one follow.
    fn follows(&self) -> &'static [StepId] {
        &[]
    }
    /// What the page asks, given what was entered so far. Pure.
    fn form(&self, cx: &Cx, values: &Values) -> Form;
    /// The input, or all problems at once, each on its field. Pure.
    fn parse(&self, cx: &Cx, values: &Values) -> Result<Self::Input, Problems>;
    /// Looks at the world; changes nothing.
    fn check(&self, cx: &Cx, input: &Self::Input)
    -> impl Future<Output = Result<Status<Self::Output>, Problem>> + Send;
    /// What apply would do; changes nothing outside the step's own folder.
    fn plan(&self, cx: &Cx, input: &Self::Input) -> impl Future<Output = Result<Plan, Problem>> + Send;
    /// Does it. Applying twice is applying once; afterwards `check` says Done.
    fn apply(&self, cx: &Cx, input: &Self::Input) -> impl Future<Output = Result<Self::Output, Problem>> + Send;
    /// Takes back what apply made, and nothing else. Afterwards `check` is asked what is left, and names it by `cx.there`; what
    /// stays for a reason is named here by the same, with the reason.
    fn remove(&self, cx: &Cx, input: &Self::Input) -> impl Future<Output = Result<Leftovers, Problem>> + Send;
    /// Everything that would make AWS refuse the removal, each with what to do first. Asked before `removal` and before `remove`,
    /// so that a removal does not stop half-way because of it. Only reads.
    fn held(&self, _cx: &Cx, _input: &Self::Input) -> impl Future<Output = Result<Vec<Held>, Problem>> + Send {
        async { Ok(vec![]) }
    }
    /// Its things went with those that contained them (`INSIDE_OF`): removes what it keeps of them on this computer, and says
    /// what stays there. It asks nobody outside this computer.
    fn went(&self, _cx: &Cx) -> Result<Leftovers, Problem> {
        Ok(Leftovers::default())
    }
    /// What a removal would take, named by `destroys`; changes nothing outside the step's own folder. A person confirms it, and
    /// it is looked for once more before `remove` is called, so what `remove` takes is what is named here. Without an own
    /// answer: what `check` finds.
    fn removal(&self, cx: &Cx, input: &Self::Input) -> impl Future<Output = Result<Plan, Problem>> + Send {
        async move {
            let status = self.check(cx, input).await?;
            let (looked, there) = {
                let said = cx.said();
                (said.looked, said.there.clone())
            };
            match status {
                Status::Blocked(problems) if !looked => {
                    Err(problems.into_iter().next().unwrap_or_else(Problem::cancelled))
                }
                _ => Ok(Plan::of_removal(there)),
            }
        }
    }
    /// What the primary button says now, where that is not always the same. Pure.
    fn verb(&self, _cx: &Cx, _values: &Values) -> &'static str {
        Self::VERB
    }
    /// What a person does next on another page, where this one can only wait until that is done. Pure.
    fn lead(&self, _cx: &Cx, _values: &Values) -> Option<super::event::Lead> {
        None
    }
    /// Where what the page needs comes from other people and nothing of it is here: whether they were asked. Pure.
    fn asked(&self, _cx: &Cx, _values: &Values) -> Option<bool> {
        None
    }
    /// The environments of the deployment, the first one first. Only the page on which they are named knows them. Pure.
    fn environments(&self, _cx: &Cx) -> Vec<String> {
        vec![]
    }
    /// What the step left, as another environment's steps see it; `None` where it is the same for all. Empty is the first one.
    fn left_for(_environment: &str, _output: &Self::Output) -> Option<Self::Output> {
        None
    }
    /// Fields that a person's answer empties besides, since what stands in them is of no use with it. Pure.
    fn puts_aside(&self, _cx: &Cx, _values: &Values, _field: &str, _value: &Value) -> &'static [&'static str] {
        &[]
    }
    /// The answer that a person means by what they typed, such as a day without its year. An answers file says it in full. Pure.
    fn meant(&self, _field: &str, value: Value) -> Value {
        value
    }
    /// What the logbook says of an answer; `None` where it is no news of what people did. Pure.
    fn remark(&self, _field: &str, _value: &Value) -> Option<String> {
        None
    }
    /// What the page shows before anything was checked, given what was entered: derived names, say. Pure.
    fn preview(&self, _cx: &Cx, _values: &Values) -> Vec<super::View> {
        vec![]
    }
    /// What a person should be reminded of today, in sentences. Pure but for the date.
    fn due(&self, _cx: &Cx, _values: &Values) -> Vec<String> {
        vec![]
    }
    /// What is lost with the deployment when it is deleted from this computer, in sentences that say whether it is anywhere
    /// else. Pure.
    fn loses_here(&self, _cx: &Cx, _values: &Values) -> Vec<String> {
        vec![]
    }
    /// What this step knows of where one is and as whom. Pure.
    fn context(&self, _cx: &Cx, _values: &Values) -> super::event::Context {
        super::event::Context::default()
    }
    /// Whether the world in which the step was done is gone; `None` where that world lasts. Only asked where `FORGETS` says so. Pure.
    fn has_forgotten(&self, _cx: &Cx, _values: &Values, _output: &Self::Output) -> Option<bool> {
        None
    }
    /// What the button says that makes them up; `None` where there is nothing to make up now. Pure.
    fn made_up_verb(&self, _cx: &Cx, _values: &Values) -> Option<&'static str> {
        Some("Use made-up values")
    }
    /// Values that open nothing and serve no one, right in form. Only asked for where `MAKES_UP` says so.
    fn made_up(&self, _cx: &Cx) -> Result<MadeUp, Problem> {
        Ok(MadeUp::default())
    }
}

/// What is known of a step without running it.
#[derive(Clone, Copy)]
pub struct About {
    pub id: StepId,
    pub title: &'static str,
    pub short: &'static str,
    pub why: &'static str,
    pub verb: &'static str,
    pub done: (&'static str, Mark),
    pub guide: &'static str,
    pub acts: bool,
    pub loses: &'static str,
    pub stays: &'static str,
    pub keeps_plan: bool,
    pub at_once: bool,
    pub looks: bool,
    pub seconds: u32,
    pub minutes: u32,
    pub makes_up: bool,
    pub each: bool,
    pub inside_of: Option<StepId>,
    pub forgets: bool,
    pub forgot: &'static str,
}

/// A `Step` with its types erased. Problems of the form come back as `Err(problems)`, all of them.
pub trait AnyStep: Send + Sync {
    fn about(&self) -> About;
    fn needs(&self) -> &'static [StepId];
    fn follows(&self) -> &'static [StepId];
    fn environments(&self, cx: &Cx) -> Vec<String>;
    fn left_for(&self, environment: &str, output: Json) -> Json;
    fn form(&self, cx: &Cx, values: &Values) -> Form;
    fn problems(&self, cx: &Cx, values: &Values) -> Problems;
    fn preview(&self, cx: &Cx, values: &Values) -> Vec<super::View>;
    fn context(&self, cx: &Cx, values: &Values) -> super::event::Context;
    fn due(&self, cx: &Cx, values: &Values) -> Vec<String>;
    fn loses_here(&self, cx: &Cx, values: &Values) -> Vec<String>;
    fn puts_aside(&self, cx: &Cx, values: &Values, field: &str, value: &Value) -> &'static [&'static str];
    fn meant(&self, field: &str, value: Value) -> Value;
    fn remark(&self, field: &str, value: &Value) -> Option<String>;
    fn verb(&self, cx: &Cx, values: &Values) -> &'static str;
    fn lead(&self, cx: &Cx, values: &Values) -> Option<super::event::Lead>;
    fn asked(&self, cx: &Cx, values: &Values) -> Option<bool>;
    fn has_forgotten(&self, cx: &Cx, values: &Values, output: Json) -> Option<bool>;
    fn made_up_verb(&self, cx: &Cx, values: &Values) -> Option<&'static str>;
    fn made_up(&self, cx: &Cx) -> Result<MadeUp, Problem>;
    fn check<'a>(&'a self, cx: &'a Cx, values: &'a Values) -> BoxFuture<'a, Result<Status<Json>, Problems>>;
    fn plan<'a>(&'a self, cx: &'a Cx, values: &'a Values) -> BoxFuture<'a, Result<Plan, Problems>>;
    fn apply<'a>(&'a self, cx: &'a Cx, values: &'a Values) -> BoxFuture<'a, Result<Json, Problems>>;
    fn held<'a>(&'a self, cx: &'a Cx, values: &'a Values) -> BoxFuture<'a, Result<Vec<Held>, Problems>>;
    fn went(&self, cx: &Cx) -> Result<Leftovers, Problem>;
    fn removal<'a>(&'a self, cx: &'a Cx, values: &'a Values) -> BoxFuture<'a, Result<Plan, Problems>>;
    fn remove<'a>(&'a self, cx: &'a Cx, values: &'a Values) -> BoxFuture<'a, Result<Leftovers, Problems>>;
}

impl<S: Step> AnyStep for S {
    fn about(&self) -> About {
        About {
            id: S::ID,
            title: S::TITLE,
            short: S::SHORT,
            why: S::WHY,
            verb: S::VERB,
            done: S::DONE,
            guide: S::GUIDE,
            acts: S::ACTS,
            loses: S::LOSES,
            stays: S::STAYS,
            keeps_plan: S::KEEPS_PLAN,
            at_once: S::AT_ONCE,
            looks: S::LOOKS,
            seconds: S::SECONDS,
            minutes: S::MINUTES,
            makes_up: S::MAKES_UP,
            each: S::EACH,
            inside_of: S::INSIDE_OF,
            forgets: S::FORGETS,
            forgot: S::FORGOT,
        }
    }
    fn needs(&self) -> &'static [StepId] {
        Step::needs(self)
    }
    fn follows(&self) -> &'static [StepId] {
        Step::follows(self)
    }
    fn environments(&self, cx: &Cx) -> Vec<String> {
        Step::environments(self, cx)
    }
    fn left_for(&self, environment: &str, output: Json) -> Json {
        let seen = serde_json::from_value(output.clone()).ok().and_then(|left| S::left_for(environment, &left));
        seen.and_then(|seen| serde_json::to_value(seen).ok()).unwrap_or(output)
    }
    fn form(&self, cx: &Cx, values: &Values) -> Form {
        Step::form(self, cx, values)
    }
    fn problems(&self, cx: &Cx, values: &Values) -> Problems {
        match parsed(self, cx, values) {
            Ok(_) => Problems::default(),
            Err(problems) => problems,
        }
    }
    fn preview(&self, cx: &Cx, values: &Values) -> Vec<super::View> {
        Step::preview(self, cx, &values.with_defaults(&Step::form(self, cx, values)))
    }
    fn puts_aside(&self, cx: &Cx, values: &Values, field: &str, value: &Value) -> &'static [&'static str] {
        Step::puts_aside(self, cx, values, field, value)
    }
    fn meant(&self, field: &str, value: Value) -> Value {
        Step::meant(self, field, value)
    }
    fn remark(&self, field: &str, value: &Value) -> Option<String> {
        Step::remark(self, field, value)
    }
    fn due(&self, cx: &Cx, values: &Values) -> Vec<String> {
        Step::due(self, cx, &values.with_defaults(&Step::form(self, cx, values)))
    }
    fn loses_here(&self, cx: &Cx, values: &Values) -> Vec<String> {
        Step::loses_here(self, cx, &values.with_defaults(&Step::form(self, cx, values)))
    }
    fn verb(&self, cx: &Cx, values: &Values) -> &'static str {
        Step::verb(self, cx, values)
    }
    fn lead(&self, cx: &Cx, values: &Values) -> Option<super::event::Lead> {
        Step::lead(self, cx, values)
    }
    fn asked(&self, cx: &Cx, values: &Values) -> Option<bool> {
        Step::asked(self, cx, values)
    }
    fn context(&self, cx: &Cx, values: &Values) -> super::event::Context {
        Step::context(self, cx, &values.with_defaults(&Step::form(self, cx, values)))
    }
    fn has_forgotten(&self, cx: &Cx, values: &Values, output: Json) -> Option<bool> {
        let values = values.with_defaults(&Step::form(self, cx, values));
        Step::has_forgotten(self, cx, &values, &serde_json::from_value(output).ok()?)
    }
    fn made_up_verb(&self, cx: &Cx, values: &Values) -> Option<&'static str> {
        Step::made_up_verb(self, cx, values)
    }
    fn made_up(&self, cx: &Cx) -> Result<MadeUp, Problem> {
        Step::made_up(self, cx)
    }
    fn check<'a>(&'a self, cx: &'a Cx, values: &'a Values) -> BoxFuture<'a, Result<Status<Json>, Problems>> {
        Box::pin(async move {
            let input = parsed(self, cx, values)?;
            Ok(match Step::check(self, cx, &input).await? {
                Status::Todo => Status::Todo,
                Status::Blocked(problems) => Status::Blocked(problems),
                Status::Done(output) => Status::Done(json(&output)?),
            })
        })
    }
    fn plan<'a>(&'a self, cx: &'a Cx, values: &'a Values) -> BoxFuture<'a, Result<Plan, Problems>> {
        Box::pin(async move { Ok(Step::plan(self, cx, &parsed(self, cx, values)?).await?) })
    }
    fn apply<'a>(&'a self, cx: &'a Cx, values: &'a Values) -> BoxFuture<'a, Result<Json, Problems>> {
        Box::pin(async move { Ok(json(&Step::apply(self, cx, &parsed(self, cx, values)?).await?)?) })
    }
    fn went(&self, cx: &Cx) -> Result<Leftovers, Problem> {
        Step::went(self, cx)
    }
    fn held<'a>(&'a self, cx: &'a Cx, values: &'a Values) -> BoxFuture<'a, Result<Vec<Held>, Problems>> {
        Box::pin(async move { Ok(Step::held(self, cx, &parsed(self, cx, values)?).await?) })
    }
    fn removal<'a>(&'a self, cx: &'a Cx, values: &'a Values) -> BoxFuture<'a, Result<Plan, Problems>> {
        Box::pin(async move { Ok(Step::removal(self, cx, &parsed(self, cx, values)?).await?) })
    }
    fn remove<'a>(&'a self, cx: &'a Cx, values: &'a Values) -> BoxFuture<'a, Result<Leftovers, Problems>> {
        Box::pin(async move { Ok(Step::remove(self, cx, &parsed(self, cx, values)?).await?) })
    }
}

/// Parses with the defaults filled in. A required field that is empty and a value of the wrong kind are found here,
/// for every step, so that `parse` only judges what is there.
fn parsed<S: Step>(step: &S, cx: &Cx, values: &Values) -> Result<S::Input, Problems> {
    let form = Step::form(step, cx, values);
    let values = values.with_defaults(&form);
    let mut problems = Problems::default();
    for field in &form.fields {
        match values.0.get(field.name) {
            Some(value) => problems.0.extend(field.accepts(value).err()),
            None if field.required => problems.add(missing(field)),
            None => {}
        }
        if let Some(Value::Text(text)) = values.0.get(field.name)
            && field.required
            && text.trim().is_empty()
        {
            problems.add(missing(field));
        }
    }
    match Step::parse(step, cx, &values) {
        Ok(input) if problems.0.is_empty() => Ok(input),
        Ok(_) => Err(problems),
        Err(found) => {
            // What is missing or of the wrong kind was said above; a second sentence on the same field helps nobody.
            let said: Vec<_> = problems.0.iter().filter_map(|problem| problem.field.clone()).collect();
            let more =
                found.0.into_iter().filter(|problem| !problem.field.as_ref().is_some_and(|field| said.contains(field)));
            problems.0.extend(more);
            Err(problems)
        }
    }
}

fn missing(field: &super::Field) -> Problem {
    let fix = match &field.rule {
        rule if rule.is_empty() => "Enter it.".to_owned(),
        rule => format!("Enter it: {rule}."),
    };
    Problem::new(format!("“{}” is missing.", field.label), fix).on(field.name)
}

fn json(output: &impl Serialize) -> Result<Json, Problem> {
    serde_json::to_value(output).map_err(|error| {
        Problem::new("What this page found cannot be kept.", "Report this to the people who make Hubwright.")
            .because(&error)
    })
}
