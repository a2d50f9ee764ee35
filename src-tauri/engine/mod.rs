//! The engine: steps, their forms, plans and problems, one run per step, and the journal that survives a crash.
//! It knows no step, no window and no AWS.

pub mod context;
pub mod event;
pub mod files;
pub mod form;
pub mod journal;
mod locked;
pub mod memory;
pub mod plan;
pub mod problem;
pub mod redact;
pub mod run;
pub mod secret;
pub mod step;
pub mod view;
pub mod visible;
pub mod words;

pub use context::{Cx, Jobs, Trial, Vault};
pub use event::{Event, Happening, Snapshot, StepState, StepView};
pub use form::{Choice, Field, Form, Kind, Value, Values};
pub use plan::{Call, Plan};
pub use problem::{Problem, Problems, Severity};
pub use run::{Chapter, Deployment};
pub use secret::{Secret, Slot};
pub use step::{AnyStep, MadeUp, Residue, Status, Step, StepId};
pub use view::View;
