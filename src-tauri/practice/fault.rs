//! Faults that the practice account can be told to make, for tests and for practising what to do about them.

use super::call::Call;
use serde::{Deserialize, Serialize};

/// A fault on some calls: which, after how many, how often, and what happens to them.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// The service as it signs: `iam`, `sts`, `route53`. Any where left out.
    #[serde(default)]
    pub service: Option<String>,
    /// The action: `GetRole`. Any where left out.
    #[serde(default)]
    pub action: Option<String>,
    /// How many matching calls pass first.
    #[serde(default)]
    pub skip: u32,
    /// How many matching calls are met.
    #[serde(default = "one")]
    pub times: u32,
    pub kind: Kind,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Answered with this HTTP status and AWS error code.
    Status { status: u16, code: String, message: String },
    /// Answered rightly, after so many milliseconds.
    Delay { ms: u64 },
    /// Too many calls at once, in the words of the service that is called.
    Throttle,
    /// The connection is closed without an answer.
    Reset,
    /// A new thing is not there yet (`NoSuchEntity`), as after a write IAM has not spread.
    Hide,
    /// The credentials have expired.
    Expire,
    /// From this call on the practice account's clock is off by this, so that signatures look old or new.
    Skew { seconds: i64 },
}

/// The faults that are set, in the order they were.
#[derive(Default)]
pub struct Faults(Vec<Fault>);

impl Faults {
    pub fn set(&mut self, fault: Fault) {
        self.0.push(fault);
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Those that have not met all the calls they are for: what a test set and nothing ran into proves nothing.
    pub fn unspent(&self) -> Vec<&Fault> {
        self.0.iter().filter(|fault| fault.times > 0).collect()
    }

    /// The fault that meets this call, counted off.
    pub fn meet(&mut self, call: &Call) -> Option<Kind> {
        let matches = |wanted: &Option<String>, is: &str| wanted.as_deref().is_none_or(|wanted| wanted == is);
        for fault in &mut self.0 {
            if fault.times == 0 || !matches(&fault.service, &call.service) || !matches(&fault.action, &call.action) {
                continue;
            }
            if fault.skip > 0 {
                fault.skip -= 1;
                continue;
            }
            fault.times -= 1;
            return Some(fault.kind.clone());
        }
        None
    }
}

fn one() -> u32 {
    1
}
