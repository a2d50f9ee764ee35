//! The one error type above `tools/`: what is wrong, and what to do about it.
//! It is not for bugs; those panic in tests and are logged by the runtime.

use super::Value;
use super::visible::visible;
use serde::{Deserialize, Serialize};

/// How much a problem weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Nothing can go on before it is mended.
    Error,
    /// Worth knowing; work can go on.
    Warning,
    /// Nothing is wrong, and nothing can go on before somebody else has done their part.
    Waiting,
}

/// Anything a user can be told is wrong. `fix` is never empty and starts with a verb.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
pub struct Problem {
    pub severity: Severity,
    /// The form field it belongs to, by name.
    pub field: Option<String>,
    pub what: String,
    pub fix: String,
    /// The chain of causes, outermost first, already redacted.
    pub detail: Vec<String>,
    /// A page that says more.
    pub link: Option<String>,
    /// What mends it, as a button.
    #[serde(default)]
    pub offer: Option<Offer>,
    /// The page of this deployment where it is mended, as a button.
    #[serde(default)]
    pub leads: Option<Leads>,
}

/// What to enter into the field of a problem instead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
pub struct Offer {
    /// What the button says.
    pub label: String,
    pub value: Value,
}

/// A page that a problem leads to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
pub struct Leads {
    /// What the button says.
    pub label: String,
    /// The page, as `StepView` names it.
    pub page: String,
    /// There, it is asked at once whether what that page made is to be removed.
    #[serde(default)]
    pub removes: bool,
}

impl Problem {
    /// A problem that stops the work. Panics in debug builds where `fix` is empty: a problem without a way out is a bug.
    pub fn new(what: impl Into<String>, fix: impl Into<String>) -> Self {
        // Both may quote what a file or a stranger says, which may hold characters that deceive.
        let (what, fix) = (visible(&what.into()), visible(&fix.into()));
        debug_assert!(!fix.is_empty(), "every problem says what to do");
        Problem {
            severity: Severity::Error,
            field: None,
            what,
            fix,
            detail: vec![],
            link: None,
            offer: None,
            leads: None,
        }
    }

    pub fn warning(what: impl Into<String>, fix: impl Into<String>) -> Self {
        Problem { severity: Severity::Warning, ..Problem::new(what, fix) }
    }

    /// Somebody else's part is not done yet.
    pub fn waiting(what: impl Into<String>, fix: impl Into<String>) -> Self {
        Problem { severity: Severity::Waiting, ..Problem::new(what, fix) }
    }

    /// Puts the problem beside the form field of this name.
    pub fn on(mut self, field: &str) -> Self {
        self.field = Some(field.to_owned());
        self
    }

    /// Offers what to enter in its field instead, with a button of this label.
    pub fn offering(mut self, label: impl Into<String>, value: impl Into<Value>) -> Self {
        self.offer = Some(Offer { label: visible(&label.into()), value: value.into() });
        self
    }

    /// Leads to another page of the deployment, with a button of this label.
    pub fn leading(mut self, label: impl Into<String>, page: impl Into<String>) -> Self {
        self.leads = Some(Leads { label: visible(&label.into()), page: page.into(), removes: false });
        self
    }

    /// As `leading`, to the question whether what that page made is to be removed.
    pub fn leading_to_removal(self, label: impl Into<String>, page: impl Into<String>) -> Self {
        let mut problem = self.leading(label, page);
        problem.leads = problem.leads.map(|leads| Leads { removes: true, ..leads });
        problem
    }

    /// Keeps the causes of `error` as detail. The chain is walked here and nowhere else.
    pub fn because(mut self, error: &(dyn std::error::Error + 'static)) -> Self {
        let mut cause = Some(error);
        while let Some(error) = cause {
            let text = visible(&error.to_string());
            if self.detail.last() != Some(&text) {
                self.detail.push(text);
            }
            // Where the computer has no more to give, that is what must change, whatever was being done.
            if let Some(fix) = error.downcast_ref::<std::io::Error>().and_then(limit) {
                self.fix = fix.to_owned();
            }
            cause = error.source();
        }
        self
    }

    pub fn detail(mut self, line: impl Into<String>) -> Self {
        self.detail.push(visible(&line.into()));
        self
    }

    pub fn link(mut self, link: impl Into<String>) -> Self {
        self.link = Some(link.into());
        self
    }

    /// Whether it stops the work.
    pub fn is_error(&self) -> bool {
        self.severity != Severity::Warning
    }

    /// The problem of a run that the user stopped.
    pub fn cancelled() -> Self {
        Problem::new("You stopped this step.", "Run it again when you are ready: it goes on where it stopped.")
    }
}

/// What to do where a limit of the computer was met (errno(3)); `None` for any other error.
fn limit(error: &std::io::Error) -> Option<&'static str> {
    const ENOMEM: i32 = 12;
    const ENFILE: i32 = 23;
    const EMFILE: i32 = 24;
    let code = error.raw_os_error()?;
    match (error.kind(), code) {
        (_, EMFILE | ENFILE) if cfg!(unix) => Some(
            "Close programs that hold many files, or allow more open files (`ulimit -n 4096` in the shell that starts Hubwright), then try again.",
        ),
        (_, ENOMEM) if cfg!(unix) => {
            Some("Close other programs: this computer has no free memory left. Then try again.")
        }
        (std::io::ErrorKind::WouldBlock, _) => Some(
            "Close other programs, or allow more processes (`ulimit -u` in the shell that starts Hubwright), then try again.",
        ),
        _ => None,
    }
}

/// All problems of a form or a check at once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problems(pub Vec<Problem>);

impl Problems {
    pub fn add(&mut self, problem: Problem) {
        self.0.push(problem);
    }

    /// Keeps the value of `result`, or its problem on `field`, so that parsing goes on to find the rest.
    pub fn take<T, E: Into<Problem>>(&mut self, field: &str, result: Result<T, E>) -> Option<T> {
        result.map_err(|error| self.add(error.into().on(field))).ok()
    }

    /// `Ok` where nothing was found.
    pub fn or<T>(self, value: impl FnOnce() -> T) -> Result<T, Problems> {
        if self.0.iter().any(Problem::is_error) { Err(self) } else { Ok(value()) }
    }
}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Problems(vec![problem])
    }
}
