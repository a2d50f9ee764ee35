//! What the page asks, and what its button says to that.

use super::Certificate;
use super::kept::{FORGET, FORGET_IT, MAKE_ANOTHER, answers, has_request, may_forget, request_in};
use crate::engine::{Cx, Field, Form, Problem, Step, Values};
use crate::steps::requests::OwnKey;
use crate::tools::certificate::make;

pub fn form(cx: &Cx, values: &Values) -> Form {
    let ways = [
        ("files", "IT sent me files", "A key and certificates, in any form and order."),
        (
            Certificate::MAKE,
            "Make the key here, safer",
            "The key never leaves this computer; IT only signs a request for it.",
        ),
    ];
    let mut fields = vec![
        Field::cards(Certificate::WAY, "Where the key comes from", &ways).default("files").rule("`files` or `make`"),
    ];
    if Certificate::makes_key(values) {
        fields.push(
            Field::choice("key_kind", "Kind of key", make::KINDS.iter().copied())
                .default(make::KINDS[0].0)
                .rule("`rsa-2048`, `rsa-3072`, `rsa-4096` or `ec-p256`")
                .help("Whoever signs may ask for one; else leave it."),
        );
    }
    if has_request(cx) || values.on(FORGET) {
        let (button, act) = match (Certificate::makes_key(values), has_chosen(values)) {
            (true, _) => (MAKE_ANOTHER, ANOTHER),
            (false, true) => (FORGET_IT, USE_AND_FORGET),
            (false, false) => (FORGET_IT, "Forget the key"),
        };
        let button = if has_request(cx) { button } else { "" };
        let loses = loses(is_in_use(cx), is_new(cx, values), Certificate::makes_key(values));
        fields.push(
            Field::confirmed(FORGET, "Forget the key that was made here", button, loses, act)
                .given(may_forget(cx, values))
                .rule("whether the key of the request that went out may go; it counts once, and again after `false`"),
        );
    }
    let chosen = [
        Field::files("files", "Files", &["pem", "crt", "cer", "key", "der", "p7b", "p7c", "pfx", "p12", "eml", "txt"])
            .optional()
            .rule("paths of the files with the certificates, and the key where it was not made here")
            .help("One file or several, in any form (PEM, DER, PKCS#7, PKCS#12) and order; or paste below."),
        Field::secret_lines("pasted", "Or paste them")
            .optional()
            .rule("a reference to a text with `-----BEGIN …-----` blocks")
            .help("Certificates and key as text. Goes into this computer's keychain and is not shown again."),
        Field::secret("passphrase", "Passphrase")
            .optional()
            .rule("where the key or the PKCS#12 file is encrypted")
            .help("Only if the key file is encrypted."),
    ];
    // Nothing comes back for a key that is not made yet.
    let is_early = Certificate::makes_key(values) && !has_request(cx);
    fields.extend(chosen.map(|field| if is_early { field.on_demand() } else { field }));
    Form::of(fields)
}

/// What the dialog says is lost. `is_in_use`: the certificate that was taken in is on the key of the request; `is_new`: what is
/// chosen is not what was taken in.
fn loses(is_in_use: bool, is_new: bool, makes_key: bool) -> &'static str {
    match (is_in_use, is_new, makes_key) {
        (true, true, true) => {
            "The certificate in use is on today's key, and stays in use. What you chose is not in use yet, and can no longer be used: for another key, another certificate has to be asked for."
        }
        (false, true, true) => {
            "What you chose is not in use yet, and is put aside: a certificate on today's key can no longer be used, neither this one nor one that still comes back for its request."
        }
        (true, false, true) => {
            "The certificate in use is on today's key, and stays in use until another one comes. For another key, another certificate has to be asked for."
        }
        (true, _, false) => {
            "The certificate that is here is on that key, and keeps it for as long as it is in use. The request for it goes."
        }
        (false, _, _) => "A certificate that comes back for the request of today's key can no longer be used.",
    }
}

/// Whether the certificate that was taken in is on the key of the request.
fn is_in_use(cx: &Cx) -> bool {
    let request = request_in(&cx.folder_path());
    cx.output::<Certificate>().zip(request).is_some_and(|(taken, request)| answers(&taken, &request))
}

/// Whether something is chosen that was not taken in.
pub fn is_new(cx: &Cx, values: &Values) -> bool {
    let output = cx.output::<Certificate>();
    let pasted = output.as_ref().and_then(|output| output.pasted);
    let taken = output.and_then(|output| output.taken).unwrap_or_default();
    let mut files = values.rows("files").iter().map(|path| path.trim()).filter(|path| !path.is_empty());
    let is_other = pasted.is_none_or(|times| times != cx.times_answered("pasted"));
    values.has_secret("pasted") && is_other || files.any(|path| !taken.iter().any(|known| known == path))
}

/// What the page's button says.
pub fn verb(cx: &Cx, values: &Values) -> &'static str {
    match (Certificate::makes_key(values), has_request(cx), may_forget(cx, values)) {
        (true, false, _) => "Make the key and the request",
        (true, true, true) => ANOTHER,
        (false, true, true) if has_chosen(values) => USE_AND_FORGET,
        (false, true, true) => "Forget the key",
        (true, true, false) if !has_chosen(values) && OwnKey::of(cx).must_be_written() => "Write the request",
        _ => Certificate::VERB,
    }
}

/// Whether there is anything to take in.
pub fn has_chosen(values: &Values) -> bool {
    values.rows("files").iter().any(|path| !path.trim().is_empty()) || values.has_secret("pasted")
}

pub fn none_chosen() -> Problem {
    let fix = "Choose the files you got back, drop them on this page, or paste their text.";
    Problem::new("No certificate was chosen yet.", fix).on("files")
}

const ANOTHER: &str = "Make another key and request";
const USE_AND_FORGET: &str = "Use this certificate, forget the key of the request";
