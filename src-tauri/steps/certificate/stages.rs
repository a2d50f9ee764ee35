//! The way of a key that is made here: made, sent, come back.

use super::asks::{has_chosen, is_new};
use super::kept::{FORGET, Kept, MAKE_ANOTHER, has_request, may_forget, request_file};
use super::{Certificate, Input};
use crate::engine::event::Lead;
use crate::engine::view::{Reached, Stage};
use crate::engine::{Cx, Problem, Step, Values, View};
use crate::steps::requests::{OwnKey, Requests, sent};

/// A key made here: made, sent, come back. When it was sent is kept with the other requests.
pub fn stages(cx: &Cx) -> View {
    let made = has_request(cx);
    let key = OwnKey::of(cx);
    let (day, sent) = sent(cx, &key);
    let page = Requests::SHORT;
    // Not one on another key that was taken in before.
    let here = cx.output::<Certificate>().is_some() && key.is_answered();
    let stage = |title: &str, line: &str, reached| Stage { title: title.into(), lines: vec![line.into()], reached };
    let stages = vec![
        match made {
            true => stage("Made", "The key is in this computer's keychain.", Reached::Done),
            false => stage("Made", "The key, and the request that IT signs.", Reached::Next),
        },
        match (made, sent) {
            (true, _) if here && !sent => stage("Sent", "It was sent, since it came back.", Reached::Done),
            (true, true) => stage("Sent", &format!("On {day}, as the page “{page}” says."), Reached::Done),
            (true, false) if key.must_be_written() => {
                stage("Sent", "The request is written anew first, for this hub's host.", Reached::Later)
            }
            (true, false) if day.is_empty() => {
                stage("Sent", &format!("Send the text on “{page}” to IT: it has the request in it."), Reached::Next)
            }
            (true, false) => {
                let line = format!(
                    "What was sent on {day} did not have this request. Send the text on “{page}” again: it has the request in it now."
                );
                stage("Sent", &line, Reached::Next)
            }
            (false, _) => stage("Sent", "You send the request to IT.", Reached::Later),
        },
        match (here, made && sent) {
            (true, _) => stage("Came back", "The certificate is here.", Reached::Done),
            (false, true) => stage("Came back", "IT signs it. Drop what comes back on this page.", Reached::Waiting),
            (false, false) => stage("Came back", "IT signs it, and sends files back.", Reached::Later),
        },
    ];
    View::Stages { title: "From the key to its certificate".into(), stages }
}

/// The request is to be sent before anything can come back.
pub fn lead(cx: &Cx, values: &Values) -> Option<Lead> {
    if !Certificate::makes_key(values) || is_new(cx, values) || !has_request(cx) || may_forget(cx, values) {
        return None;
    }
    let key = OwnKey::of(cx);
    let has_other = cx.output::<Certificate>().is_some();
    if has_other && key.is_answered() || !key.can_be_sent() || sent(cx, &key).1 {
        return None;
    }
    let next = "The key and its request are made. Next, the request goes to whoever signs certificates.";
    Some(Lead {
        label: "Send the request".into(),
        page: cx.page(Requests::ID),
        sentence: if has_other && has_chosen(values) { format!("{next} {FOR_NOW}") } else { next.into() },
    })
}

/// Which certificate the hub has while the one for the key made here is still to come.
pub const FOR_NOW: &str = "Until the new certificate comes, the hub uses the one of your files.";

pub fn waiting(cx: &Cx) -> Problem {
    let path = request_file(cx);
    let file = path.display();
    let fix = match sent(cx, &OwnKey::of(cx)) {
        (day, true) => {
            format!(
                "The request was sent on {day}; wait for the answer, then choose its files. The request is in `{file}`"
            )
        }
        _ => format!(
            "Send the request to whoever signs certificates; when the answer comes, choose its files. The request is in `{file}`"
        ),
    };
    Problem::waiting("The certificate has not come back yet.", fix).on("files")
}

/// Whether a key was made here that is nowhere any more, and nobody said yet that it may be forgotten.
pub fn is_lost(cx: &Cx, input: &Input, kept: &Kept) -> bool {
    input.make.is_some() && kept.request.is_none() && has_request(cx) && !input.forget_request
}

pub fn lost() -> Problem {
    let what = "The key that was made here is not in this computer's keychain any more: a certificate that comes back for its request cannot be used.";
    let fix = format!(
        "Open the keychain that it was kept in. Where that is gone, press “{MAKE_ANOTHER}” (`forget_request`), and send the new request."
    );
    Problem::new(what, fix).on(FORGET).offering(MAKE_ANOTHER, true)
}
