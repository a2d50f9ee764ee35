//! What the backend says while it works: one ordered stream, a snapshot first, then everything after it.
//! Log text is not in it; the window pulls that as bytes by offset.

use super::{Form, Plan, Problem, Values, View};
use serde::{Deserialize, Serialize};

/// One thing that happened, numbered without gaps within one opened deployment.
#[derive(Clone, Debug, PartialEq, Serialize, ts_rs::TS)]
pub struct Event {
    #[ts(type = "number")]
    pub seq: u64,
    pub step: String,
    #[serde(flatten)]
    pub kind: EventKind,
}

#[derive(Clone, Debug, PartialEq, Serialize, ts_rs::TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum EventKind {
    /// The step's whole page is new.
    StepChanged {
        view: Box<StepView>,
    },
    /// What the running step does now, starting with an -ing form.
    Progress {
        text: String,
    },
    /// What the running step shows has changed.
    Shown {
        views: Vec<View>,
    },
    /// The step's log has grown to this many bytes.
    Line {
        #[ts(type = "number")]
        size: u64,
    },
    /// The step waits for a person, outside this window.
    Asked {
        text: String,
    },
    Answered,
    /// A check, plan, apply or removal came to its end.
    Ended {
        ok: bool,
    },
    /// Where one is, and as whom, has changed.
    ContextChanged {
        context: Context,
    },
}

/// Where one is, as whom, and what is real: always in sight. Each step fills in what it knows; empty is unknown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ts_rs::TS)]
pub struct Context {
    pub name: String,
    /// The environment that is shown.
    pub environment: String,
    /// All of them, the first one first; empty where the deployment was not named yet.
    pub environments: Vec<String>,
    pub region: String,
    /// Twelve digits.
    pub account: String,
    /// Who acts: first who sets the deployment up, then the others in use.
    pub identities: Vec<Acting>,
    /// True: nothing real is touched. `None` until it was chosen.
    pub practice: Option<bool>,
    /// The world in which things were made is gone, and they with it.
    pub lost: Option<Lost>,
    /// What is done by hand next, by its id.
    pub by_hand: Option<&'static str>,
}

/// What was made is gone with the world it was in, which never lasts; it can be made again from the answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ts_rs::TS)]
pub struct Lost {
    /// In a sentence.
    pub what: String,
    /// The pages that make it again, by their keys, in order.
    pub pages: Vec<String>,
    /// They are at it.
    pub at_work: bool,
}

/// An identity in use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ts_rs::TS)]
pub struct Acting {
    /// Its ARN.
    pub identity: String,
    /// How it is had, in words: `profile \`name\``.
    pub how: String,
    /// When its session ends, RFC 3339; `None` where it does not.
    pub until: Option<String>,
}

impl Context {
    /// This, with what `other` knows in place of what is unknown here.
    pub fn or(self, other: Context) -> Context {
        let pick = |a: String, b: String| if a.is_empty() { b } else { a };
        Context {
            name: pick(self.name, other.name),
            environment: pick(self.environment, other.environment),
            environments: self.environments,
            region: pick(self.region, other.region),
            account: pick(self.account, other.account),
            identities: [self.identities, other.identities].concat(),
            practice: self.practice.or(other.practice),
            lost: self.lost,
            by_hand: self.by_hand,
        }
    }
}

/// The state of a step, as the sidebar shows it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "lowercase")]
pub enum StepState {
    /// A step it needs is not done.
    #[default]
    Todo,
    Ready,
    Running,
    /// Waiting for you.
    Waiting,
    Done,
    Blocked,
    /// Something changed since it was done, or it failed: it needs a look.
    Look,
}

/// Everything the window knows of a step.
#[derive(Clone, Debug, PartialEq, Serialize, ts_rs::TS)]
pub struct StepView {
    /// The key of its place.
    pub id: String,
    /// The environment it is of; `None` where all share it.
    pub environment: Option<String>,
    pub title: &'static str,
    /// The title in the sidebar.
    pub short: &'static str,
    pub why: &'static str,
    /// What the primary button says.
    pub verb: &'static str,
    /// Why this differs from the guide.
    pub guide: &'static str,
    /// Whether applying changes anything outside Hubwright.
    pub acts: bool,
    /// There is something of it to take back, or may be.
    pub removable: bool,
    /// What a removal destroys that nobody can bring back; empty where it can be made again.
    pub loses: &'static str,
    pub state: StepState,
    /// The state in one sentence.
    pub sentence: String,
    /// Titles of the steps that must be done first.
    pub waits_for: Vec<&'static str>,
    /// What its button leads to now: nothing can be done here before that.
    pub lead: Option<Lead>,
    /// What it needs comes from other people, and nothing of it is here: whether they were asked. `None` where it does not.
    pub asked: Option<bool>,
    pub form: Form,
    /// It is looked at again after each answer, in an instant: nothing on it need wait for that.
    pub at_once: bool,
    /// The button that makes values up: it is a practice deployment, and the page can make some up now.
    pub makes_up: Option<&'static str>,
    pub values: Values,
    pub problems: Vec<Problem>,
    pub views: Vec<View>,
    /// What a removal would take, once that was asked.
    pub removal: Option<Plan>,
    /// The run that found it: a removal is confirmed by it.
    #[ts(type = "number | null")]
    pub removal_run: Option<i64>,
    /// The plan that holds for what is entered now.
    pub plan: Option<Plan>,
    /// Names that plan when it is confirmed.
    #[ts(type = "number | null")]
    pub plan_run: Option<i64>,
    pub progress: String,
    /// It is at work, but only looks: its answers can be changed meanwhile.
    pub looking: bool,
    /// When the run under way began, RFC 3339.
    pub began: Option<String>,
    /// How many seconds an apply takes, from earlier ones, else as the step says.
    pub expected: f64,
    /// How many seconds it takes until it is read and planned, likewise.
    pub reads: f64,
    /// How many minutes the page takes of a person.
    pub minutes: u32,
    /// The titles of what is done by hand before it and is not done yet.
    pub by_hand: Vec<&'static str>,
    #[ts(type = "number")]
    pub log_size: u64,
    /// When the world was last looked at, RFC 3339.
    pub checked_at: Option<String>,
}

/// What is done on another page before this one goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ts_rs::TS)]
pub struct Lead {
    /// What the button says.
    pub label: String,
    /// The page it leads to.
    pub page: String,
    /// How this page stands until then.
    #[serde(skip)]
    pub sentence: String,
}

/// The whole of an opened deployment at one moment.
#[derive(Clone, Debug, PartialEq, Serialize, ts_rs::TS)]
pub struct Snapshot {
    #[ts(type = "number")]
    pub seq: u64,
    pub deployment: String,
    /// The page to open on: the one that was looked at last, or, where that is done, the next one. `None` where nothing is next.
    pub page: Option<String>,
    pub context: Context,
    pub chapters: Vec<ChapterView>,
    /// Said once at the top: a damaged journal was set aside, say.
    pub notices: Vec<Problem>,
}

#[derive(Clone, Debug, PartialEq, Serialize, ts_rs::TS)]
pub struct ChapterView {
    pub title: &'static str,
    pub steps: Vec<StepView>,
    /// What has no page yet.
    pub by_hand: Vec<ByHandView>,
}

/// Something a person does without Hubwright for now, and whether they said that it is done.
#[derive(Clone, Debug, PartialEq, Serialize, ts_rs::TS)]
pub struct ByHandView {
    pub id: &'static str,
    pub title: &'static str,
    pub sentence: &'static str,
    /// How many minutes it takes a person, about.
    pub minutes: u32,
    /// The names of the environments that it is done in.
    pub done: Vec<String>,
}
