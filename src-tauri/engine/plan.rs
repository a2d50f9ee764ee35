//! What apply would do, before it does it. A plan is read by people; what is applied is decided by the step.

use super::{Problem, View};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ts_rs::TS)]
pub struct Plan {
    /// One sentence: what will be different afterwards.
    pub summary: String,
    /// Who does it: the ARN of the identity used.
    pub identity: String,
    /// The API calls that change something, in order.
    pub calls: Vec<Call>,
    /// The commands a person would type for the same.
    pub commands: Vec<String>,
    /// What there is now and would be gone afterwards, or made anew: each by kind and name. Empty where nothing is lost.
    pub destroys: Vec<String>,
    /// Differences, policies and figures.
    pub views: Vec<View>,
    /// What it costs, in words.
    pub cost: String,
    /// How to take it back.
    pub undo: String,
    /// True where nothing would change.
    pub nothing_to_do: bool,
    /// What must be mended before any of it is done, all at once.
    #[serde(default)]
    pub stops: Vec<Problem>,
}

/// One call that changes something.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ts_rs::TS)]
pub struct Call {
    /// As AWS writes it: `iam:AddUserToGroup`.
    pub action: String,
    /// What it is done to: an ARN or a name.
    pub resource: String,
    pub why: String,
}

impl Plan {
    /// What a removal takes.
    pub fn of_removal(things: Vec<String>) -> Self {
        let summary = match things.len() {
            0 => "Nothing of this page is there any more.".to_owned(),
            1 => "This goes, and nothing else:".to_owned(),
            n => format!("These {n} go, and nothing else:"),
        };
        Plan { nothing_to_do: things.is_empty(), summary, destroys: things, ..Plan::default() }
    }

    /// Whether it is of a removal for which nothing is there any more.
    pub fn finds_nothing(&self) -> bool {
        self.stops.is_empty() && *self == Plan::of_removal(vec![])
    }

    /// Of a removal that is not begun, for these problems.
    pub fn stopped(stops: Vec<Problem>) -> Self {
        let summary = "This cannot be removed yet, and nothing was touched.".into();
        Plan { nothing_to_do: true, summary, stops, ..Plan::default() }
    }
}

impl Call {
    pub fn new(action: &str, resource: impl Into<String>, why: impl Into<String>) -> Self {
        Call { action: action.into(), resource: resource.into(), why: why.into() }
    }
}
