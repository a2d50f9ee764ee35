//! The engine: steps, their forms, plans and problems, one run per step, and the journal that survives a crash.
//! It knows no step, no window and no AWS.

#[cfg(unix)]
pub mod access;
mod answer;
pub mod context;
mod delete;
mod deployment;
mod ending;
mod environment;
pub mod event;
pub mod everything;
pub mod files;
pub mod form;
pub mod journal;
mod locked;
mod log;
pub mod logbook;
pub mod look;
pub mod memory;
pub mod page;
pub mod plan;
pub mod problem;
pub mod prose;
mod rebuild;
pub mod redact;
pub mod run;
pub mod schedule;
pub mod secret;
mod shared;
pub mod step;
#[cfg(test)]
mod tests;
pub mod toml_lines;
pub mod trace;
mod trial;
pub mod view;
pub mod visible;
pub mod words;

pub use context::{Cx, Jobs, Vault};
pub use delete::{Remaining, Remains};
pub use deployment::{ByHand, Chapter, Deployment, WeakDeployment, next_by_hand};
pub use environment::At;
pub use event::{Event, EventKind, Snapshot, StepState, StepView};
pub use everything::{Everything, Going, Removed};
pub use form::{Choice, Field, Form, Kind, Value, Values};
pub use page::Standing;
pub use plan::{Call, Plan};
pub use problem::{Leads, Offer, Problem, Problems, Severity};
pub use secret::{Secret, Slot};
pub use step::{AnyStep, Held, Leftovers, MadeUp, Place, Status, Step, StepId};
pub use trial::Trial;
pub use view::View;
