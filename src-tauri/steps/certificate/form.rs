//! What of the form of a certificate clients refuse, in sentences.

use super::verdict::Findings;
use crate::tools::certificate::facts::Facts;
use crate::tools::certificate::words::list;

/// Tells what of the form of one certificate clients refuse; `whose` is how it is called.
pub fn told(at: usize, whose: &str, facts: &Facts, is_root: bool, found: &mut Findings) {
    let mut malformed = facts.malformed.clone();
    // Nobody looks at how a root was signed, but for two libraries that do not read it then.
    if facts.signs_in_two_ways && is_root {
        let what = format!(
            "The {whose} names two ways in which it was signed: programs written in Go or built with rustls refuse that, browsers and OpenSSL do not."
        );
        found.note(what, "Nothing to do where people use browsers.");
    } else if facts.signs_in_two_ways {
        malformed.push("the way it was signed, of which it names two".into());
    }
    if !malformed.is_empty() {
        let what = format!(
            "The {whose} is not built as the standard (RFC 5280) says, so clients refuse it: {}.",
            list(&malformed)
        );
        found.wrong(at, what, "Ask whoever signed it to make it anew.");
    }
    if !facts.of_chrome.is_empty() {
        let what =
            format!("The {whose} has {}: Chrome, Edge and other strict clients refuse it.", list(&facts.of_chrome));
        found.wrong(at, what, "Ask whoever signed it to make it anew, without that.");
    }
    if facts.is_proxy {
        let what = format!(
            "The {whose} says that it stands for another one (proxy certificate, RFC 3820): OpenSSL refuses it, and with it curl, Python and git."
        );
        found.wrong(at, what, "Have one made without that extension (`proxyCertInfo`).");
    }
}
