//! The key that is made here, as far as asking for its certificate goes: its request is to be sent, and comes back signed.

use super::SENT;
use crate::engine::{Cx, Values};
use crate::steps::certificate::{Certificate, Output as Taken, answers, has_chosen, mark, request_in};
use crate::steps::deployment::Deployment;
use crate::tools::certificate::make;
use std::path::Path;

/// The key that is made here, as far as the request for its certificate goes.
pub struct OwnKey {
    pub is_wanted: bool,
    /// A key was made here, whether or not it is wanted now.
    pub is_made: bool,
    /// The request that was written for it.
    pub request: Option<make::Request>,
    /// It is for another host than the deployment's.
    is_for_other: bool,
    /// The certificate that was taken in belongs to it.
    has_come: bool,
    /// Something is chosen to be taken in, or was.
    has_chosen: bool,
}

impl OwnKey {
    /// By the answers of the certificate's page, its folder, what was taken in, and the deployment's host as far as it is known.
    pub fn new(values: &Values, folder: &Path, taken: Option<&Taken>, host: Option<&str>) -> Self {
        let is_wanted = Certificate::makes_key(values);
        let request = request_in(folder);
        let is_made = request.is_some();
        let request = request.filter(|_| is_wanted);
        let is_for_other = request.as_ref().zip(host).is_some_and(|(request, host)| request.host != host);
        let has_come = request.as_ref().zip(taken).is_some_and(|(request, taken)| answers(taken, request));
        OwnKey { is_wanted, is_made, request, is_for_other, has_come, has_chosen: has_chosen(values) }
    }

    pub fn of(cx: &Cx) -> Self {
        let taken = cx.output::<Certificate>();
        let host = cx.output::<Deployment>().map(|deployment| deployment.names.host());
        Self::new(&cx.answers::<Certificate>(), &cx.folder_of::<Certificate>(), taken.as_ref(), host.as_deref())
    }

    /// Whether a certificate that was taken in is what is waited for. One whose files were left out since is not.
    pub fn is_answered(&self) -> bool {
        self.has_come || !self.is_wanted && self.has_chosen
    }

    /// Whether there is a request to send.
    pub fn can_be_sent(&self) -> bool {
        self.request.is_some() && !self.is_for_other
    }

    /// Whether the key is made here, and its request is not there or of no use.
    pub fn must_be_written(&self) -> bool {
        self.is_wanted && !self.can_be_sent()
    }

    /// Whether the text that was sent had its request; `None` where no key is made here. A day that no button entered is believed.
    pub fn is_sent(&self, values: &Values) -> Option<bool> {
        let is_this = |mark: &str| !values.0.contains_key(SENT) || values.text(SENT) == mark;
        self.is_wanted
            .then(|| self.can_be_sent() && self.request.as_ref().is_some_and(|request| is_this(&mark(request))))
    }
}
