//! What a person has to know of a deployment once its pages are done: what runs out and when, what to keep, and where that is.
//! It is read from what the pages left; the world is not asked, and nothing here is a secret.

use super::account::{Account, Output as Known};
use super::certificate::{Certificate, Output as Taken};
use super::deployment::Deployment;
use super::hub_secrets::HubSecrets;
use super::mast::Mast;
use super::route53::Dns;
use super::secrets_store::SecretsStore;
use crate::engine::view::{Dated, Paper};
use crate::engine::{Cx, Step, View};
use crate::tools::Tools;
use crate::tools::aws::Access;
use crate::tools::certificate::words::{date, moment};
use jiff::{Timestamp, ToSpan};

/// What the ending shows, for the environment that `cx` is of.
pub fn views(cx: &Cx) -> Vec<View> {
    let now = Timestamp::now();
    let certificate = cx.output::<Certificate>().and_then(|taken| certificate(&taken, now));
    let dates = certificate.into_iter().chain(cx.output::<Account>().map(|known| sign_in(cx, &known, now)));
    vec![
        View::Papers { title: "Keep this".into(), papers: papers(cx) },
        View::Dates { title: "What runs out, and when".into(), dates: dates.collect() },
    ]
}

/// The certificate, with the day from which one asks for the next.
fn certificate(taken: &Taken, now: Timestamp) -> Option<Dated> {
    let end: Timestamp = taken.not_after.parse().ok()?;
    let ask = end.checked_sub((24 * ASK_BEFORE).hours()).ok()?;
    let (due, sentence) = match (end <= now, ask <= now) {
        (true, _) => (true, "Browsers refuse it. Ask for a new one now.".to_owned()),
        (_, true) => (true, "Ask for a new one now.".to_owned()),
        _ => (false, format!("Ask for a new one from {} on.", date(ask))),
    };
    Some(Dated { title: format!("Certificate of {}", taken.host), when: date(end), sentence, due })
}

/// How long one is signed in, or what takes its place.
fn sign_in(cx: &Cx, known: &Known, now: Timestamp) -> Dated {
    let own = known.identity.arn.to_string();
    let acting = cx.tools::<Tools>().in_use.of(cx.deployment()).into_iter().find(|acting| acting.arn == own);
    let until = acting.and_then(|acting| acting.until?.parse::<Timestamp>().ok());
    let (title, when, sentence) = match (&known.access, until) {
        (Access::Practice { .. }, _) => (
            "Practice account".to_owned(),
            "when it stops".to_owned(),
            "It forgets everything then. “Build it up again” makes it from your answers.".to_owned(),
        ),
        (_, Some(until)) => (
            "Your sign-in to AWS".to_owned(),
            moment(until, now),
            "Hubwright asks you to sign in again when it needs to.".to_owned(),
        ),
        (Access::Keys { access_key_id, .. }, None) => (
            format!("Access key {access_key_id}"),
            "does not run out".to_owned(),
            format!("Make a new one from time to time, on the page “{}”.", Account::SHORT),
        ),
        (Access::Profile { name, .. }, None) => (
            format!("Profile {name}"),
            "not known".to_owned(),
            "Hubwright asks you to sign in again when it needs to.".to_owned(),
        ),
    };
    Dated { title, when, sentence, due: until.is_some_and(|until| until <= now) }
}

fn papers(cx: &Cx) -> Vec<Paper> {
    let mut papers = vec![];
    let mut paper = |title: &str, place: String, sentence: String| {
        papers.push(Paper { title: title.to_owned(), place, sentence });
    };
    let (address, written) = (cx.output::<Dns>(), cx.output::<HubSecrets>());
    if let Some(deployment) = cx.output::<Deployment>() {
        let leads =
            address.map_or("Nothing leads there yet.".to_owned(), |left| format!("It leads to {}.", left.target));
        let sentence =
            format!("{leads} The hub is installed by hand for now, so whether it answers there is not looked at.");
        paper("Address of the hub", format!("https://{}", deployment.names.host()), sentence);
    }
    if let Some(store) = cx.output::<SecretsStore>() {
        let sentence = "The hub's secrets, encrypted with the key below.";
        paper("Secrets repository", store.clone_url, sentence.into());
        let sentence =
            "By this name it is found in AWS (KMS). Once it is deleted, nobody can read the secrets any more.";
        paper("Encryption key", format!("alias/{}", store.repository), sentence.into());
    }
    if let Some(taken) = cx.output::<Certificate>() {
        let more = if written.is_some() { ", and encrypted in the secrets repository" } else { "" };
        let sentence = format!("It belongs to the certificate of {}. Never send it to anybody.", taken.host);
        paper("Private key of the certificate", format!("This computer's keychain{more}"), sentence);
    }
    if let Some(client) = cx.output::<Mast>() {
        let sentence = "The client's id. Its secret is in this computer's keychain.";
        paper("Sign-in client", client.client_id, sentence.into());
    }
    let sentence = "Your answers, the logbook, and what each page remembers of what it made. Keep a copy of it.";
    paper("Folder of this deployment", cx.shared().folder.display().to_string(), sentence.into());
    papers
}

/// How many days before its end one asks for a new certificate.
const ASK_BEFORE: i64 = 31;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_says_when_it_ends_and_from_when_on_to_ask_for_the_next() {
        let taken = Taken {
            host: "hub.example.org".into(),
            issuer: String::new(),
            not_after: "2027-11-14T12:00:00Z".into(),
            key_kind: String::new(),
            chain: String::new(),
            taken: None,
            pasted: None,
        };
        let at = |now: &str| certificate(&taken, now.parse().unwrap()).unwrap();
        let early = at("2026-11-28T00:00:00Z");
        assert_eq!(early.when, "14 Nov 2027");
        assert_eq!((early.due, early.sentence.as_str()), (false, "Ask for a new one from 14 Oct 2027 on."));
        let late = at("2027-10-20T00:00:00Z");
        assert_eq!((late.due, late.sentence.as_str()), (true, "Ask for a new one now."));
        assert!(at("2027-11-15T00:00:00Z").sentence.starts_with("Browsers refuse it."));
    }
}
