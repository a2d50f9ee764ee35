//! What is asked of others: the list, and the fields that each has.

use super::letters;
use crate::engine::{Step, StepId};
use crate::steps::certificate::Certificate;
use crate::steps::mast::Mast;

/// One thing to ask of others.
pub struct Request {
    /// Of its fields: `certificate_asked` and so on.
    pub fields: Parts,
    /// Of the same; the last is empty where another page knows.
    pub labels: Parts,
    pub title: &'static str,
    /// What waits for it, in a sentence.
    pub holds: &'static str,
    /// Days after which one asks again.
    pub nudge: i32,
    /// The page that takes it in; where there is none, the last of the fields says that it is here.
    pub page: Option<StepId>,
    /// It is asked with the first environment, for all of them.
    pub once: bool,
    pub letter: &'static letters::Text,
}

/// One text for each field of a request.
pub struct Parts {
    pub asked: &'static str,
    pub expected: &'static str,
    pub reminded: &'static str,
    pub here: &'static str,
}

/// The field of the day on which the certificate was asked for.
pub const ASKED_CERTIFICATE: &str = "certificate_asked";
/// Of the field that keeps which request for a certificate was sent: its mark, which the window enters. Empty where the text
/// had none in it.
pub const SENT: &str = "certificate_sent";
/// Of the field that takes the place of every request's own `nudge`.
pub const NUDGE: &str = "ask_again_days";

pub const REQUESTS: &[Request] = &[
    Request {
        fields: Parts {
            asked: ASKED_CERTIFICATE,
            expected: "certificate_expected",
            reminded: "certificate_reminded",
            here: "certificate_here",
        },
        labels: Parts {
            asked: "Certificate asked on",
            expected: "Certificate expected on",
            reminded: "Certificate reminded on",
            here: "",
        },
        title: "Certificate",
        holds: "Hub secrets wait for it.",
        nudge: 7,
        page: Some(Certificate::ID),
        once: false,
        letter: &letters::CERTIFICATE,
    },
    Request {
        fields: Parts {
            asked: "requirements_asked",
            expected: "requirements_expected",
            reminded: "requirements_reminded",
            here: "requirements_here",
        },
        labels: Parts {
            asked: "Requirements asked on",
            expected: "Requirements expected on",
            reminded: "Requirements reminded on",
            here: "The requirements are here",
        },
        title: "Requirements from the scientists",
        holds: "The hub's image waits for it.",
        nudge: 14,
        page: None,
        once: true,
        letter: &letters::REQUIREMENTS,
    },
    Request {
        fields: Parts { asked: "mast_asked", expected: "mast_expected", reminded: "mast_reminded", here: "mast_here" },
        labels: Parts {
            asked: "MAST registration asked on",
            expected: "MAST registration expected on",
            reminded: "MAST registration reminded on",
            here: "",
        },
        title: "MAST client",
        holds: "Hub secrets wait for it.",
        nudge: 7,
        page: Some(Mast::ID),
        once: false,
        letter: &letters::MAST,
    },
    Request {
        fields: Parts {
            asked: "tester_asked",
            expected: "tester_expected",
            reminded: "tester_reminded",
            here: "tester_here",
        },
        labels: Parts {
            asked: "MAST test asked on",
            expected: "MAST test expected on",
            reminded: "MAST test reminded on",
            here: "The MAST test is done",
        },
        title: "Test of the sign-in",
        holds: "The proof that people can log in waits for it.",
        nudge: 7,
        page: None,
        once: false,
        letter: &letters::TEST,
    },
];

impl Parts {
    pub fn dates(&self) -> [&'static str; 3] {
        [self.asked, self.expected, self.reminded]
    }

    pub fn all(&self) -> [&'static str; 4] {
        [self.asked, self.expected, self.reminded, self.here]
    }
}
