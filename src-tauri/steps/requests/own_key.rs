//! The key that is made here, as far as asking for its certificate goes: its request is to be sent, and comes back signed.

use super::SENT;
use crate::engine::{Cx, Values};
use crate::steps::certificate::{Certificate, Output as Taken, answers, mark, request_in};
use crate::tools::certificate::make;
use std::path::Path;

/// The key that is made here, as far as the request for its certificate goes.
pub struct OwnKey {
    pub is_wanted: bool,
    /// The request that is to be sent.
    pub request: Option<make::Request>,
    /// The certificate that was taken in belongs to it.
    has_come: bool,
}

impl OwnKey {
    /// By the answers of the certificate's page, its folder, and what was taken in.
    pub fn new(values: &Values, folder: &Path, taken: Option<&Taken>) -> Self {
        let is_wanted = Certificate::makes_key(values);
        let request = if is_wanted { request_in(folder) } else { None };
        let has_come = request.as_ref().zip(taken).is_some_and(|(request, taken)| answers(taken, request));
        OwnKey { is_wanted, request, has_come }
    }

    pub fn of(cx: &Cx) -> Self {
        let taken = cx.output::<Certificate>();
        Self::new(&cx.answers::<Certificate>(), &cx.folder_of::<Certificate>(), taken.as_ref())
    }

    /// Whether a certificate that was taken in is what is waited for.
    pub fn is_answered(&self) -> bool {
        self.has_come || !self.is_wanted
    }

    /// Whether there is a request to send.
    pub fn can_be_sent(&self) -> bool {
        self.request.is_some()
    }

    /// Whether the text that was sent had its request; `None` where no key is made here. A day that no button entered is believed.
    pub fn is_sent(&self, values: &Values) -> Option<bool> {
        let is_this = |mark: &str| !values.0.contains_key(SENT) || values.text(SENT) == mark;
        self.is_wanted.then(|| self.request.as_ref().is_some_and(|request| is_this(&mark(request))))
    }
}
