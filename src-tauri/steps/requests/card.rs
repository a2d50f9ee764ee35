//! The card of a request: where it stands, and its buttons, each with the answers that it enters.

use super::days::{Asked, entered, nudge, state, today, words};
use super::own_key::OwnKey;
use super::{ASKED_CERTIFICATE, Parts, REQUESTS, Request, SENT, is_here, letters};
use crate::engine::view::{Act, Asked as State, Card};
use crate::engine::words::clean;
use crate::engine::{Cx, Step, Value, Values};
use crate::steps::certificate::{Certificate, mark};
use crate::steps::deployment::Output as Deployed;
use jiff::civil::Date;

/// The card of a request.
pub fn card(cx: &Cx, request: &Request, asked: &Asked, values: &Values, deployment: &Deployed, key: &OwnKey) -> Card {
    let state = state(request, asked, is_here(cx, request, values, key));
    let Parts { asked: on, expected, reminded, here } = request.fields;
    let own = key.request.as_ref().filter(|_| request.page == Some(Certificate::ID) && key.can_be_sent());
    let letter = letters::letter(request.letter, deployment, own.map(|own| own.pem.as_str()));
    let day = asked.on.map(|on| (today() - on).get_days().max(0));
    let again = nudge(request, asked);
    let whole = format!("To: {}\nSubject: {}\n\n{}", letter.to, letter.subject, letter.body);
    let act = |label: &str, copy: &str, answers: Vec<(&str, Value)>| Act {
        label: label.into(),
        copy: copy.into(),
        answers: answers.into_iter().map(|(field, value)| (field.to_owned(), value)).collect(),
        page: None,
    };
    let not_sent = act("Mark as not sent", "", vec![(on, "".into()), (expected, "".into()), (reminded, "".into())]);
    let arrived = match request.page {
        Some(page) => Act { page: Some(cx.page(page)), ..act("It arrived…", "", vec![]) },
        None => act("It arrived", "", vec![(here, true.into())]),
    };
    let copy = act("Copy the text", &whole, vec![]);
    let mut beside = None;
    let (word, act, more) = match state {
        State::Unasked => {
            // What was expected and said before was of another text.
            let sent_today = || vec![(on, today().to_string().into()), (expected, "".into()), (reminded, "".into())];
            let sent = act("Copy and mark as sent", &whole, sent_today());
            let without = act("Mark as sent", "", sent_today());
            ("Not asked yet".to_owned(), Some(sent), vec![copy, without, arrived])
        }
        State::Due => {
            let reminder = format!(
                "To: {}\nSubject: Reminder: {}\n\nIs there any news of this?\n\n{}",
                letter.to, letter.subject, letter.body
            );
            let reminder = act("Copy the reminder", &reminder, vec![(reminded, today().to_string().into())]);
            beside = Some(arrived);
            ("Ask again".to_owned(), Some(reminder), vec![copy, not_sent])
        }
        State::Waiting => {
            let word = day.map_or("Waiting".to_owned(), |day| format!("Waiting, day {}", day + 1));
            (word, Some(arrived), vec![copy, not_sent])
        }
        State::Arrived => {
            let back = request.page.is_none().then(|| act("It is not here yet", "", vec![(here, false.into())]));
            ("Arrived".to_owned(), None, back.into_iter().collect())
        }
    };
    let said = asked.reminded.map_or(String::new(), |day| format!("Reminded {}. ", words(day)));
    let again_in = again.zip(asked.on).map(|(again, on)| (again - on).get_days().max(1));
    Card {
        title: request.title.into(),
        from: letter.to.clone(),
        state,
        word,
        // There are no days before anything was asked. One that is cleared to be typed anew stays where it is.
        fields: match [on, expected].iter().any(|field| values.0.contains_key(*field)) {
            true => vec![("Asked".into(), on.into()), ("Expected".into(), expected.into())],
            false => vec![],
        },
        again: match (state, again) {
            (State::Due, Some(day)) => format!("{said}Ask again since {}.", words(day)),
            (State::Waiting, Some(day)) => format!("{said}Ask again on {}.", words(day)),
            (State::Unasked, _)
                if [on, expected].map(|field| values.text(field).trim().is_empty()) == [true, false] =>
            {
                "The expected day counts once the other one says when you asked.".into()
            }
            _ => String::new(),
        },
        days: day.zip(again_in).filter(|_| matches!(state, State::Due | State::Waiting)),
        holds: request.holds.into(),
        covers: [on, expected, reminded].map(str::to_owned).into(),
        letter,
        act,
        beside,
        more,
    }
}

/// The card of the certificate, by who makes its key: where that is done here, the key comes first, and its request is sent.
pub fn with_own_key(cx: &Cx, mut card: Card, key: &OwnKey, values: &Values) -> Card {
    card.covers.push(SENT.into());
    let page = Some(cx.page(Certificate::ID));
    // It opens with the key made here, whatever is chosen there now.
    let answers = vec![(Certificate::WAY.to_owned(), Certificate::MAKE.into())];
    let lead =
        |label: &str| Act { label: label.into(), copy: String::new(), answers: answers.clone(), page: page.clone() };
    let mark = key.request.as_ref().map(mark).unwrap_or_default();
    for act in card.act.iter_mut().chain(&mut card.more) {
        // Whatever enters or takes back the day says which request it was sent with.
        if let Some(day) = act.answers.iter().find(|(field, _)| field == ASKED_CERTIFICATE).map(|(_, day)| day.clone())
        {
            let is_sent = matches!(&day, Value::Text(day) if !day.is_empty());
            act.answers.push((SENT.into(), if is_sent { mark.clone() } else { String::new() }.into()));
        }
    }
    let earlier = earlier(values).filter(|_| card.state == State::Unasked && key.is_wanted);
    if let Some(day) = earlier {
        // Its days are not those of the request that is still to be sent.
        card.fields.clear();
        card.again.clear();
        card.holds.push_str(&format!(" An earlier text was sent on {}; it did not have this request.", words(day)));
    }
    match (card.state, key.is_wanted, &key.request) {
        (State::Unasked, true, Some(request)) if !key.can_be_sent() => {
            card.word = "The request is for another host".into();
            card.holds.push_str(&format!(
                " The request that was written is for {}, and no certificate of that is of use here.",
                clean(&request.host)
            ));
            card.act = Some(lead("Write the request anew"));
            card.more.retain(|act| act.page.is_some());
        }
        (State::Unasked, true, None) => {
            card.word = "The key comes first".into();
            card.act = Some(lead("Make the key first"));
            card.more.retain(|act| act.page.is_some());
        }
        (State::Unasked, true, Some(_)) => card.word = "The request is not sent yet".into(),
        (State::Unasked, false, _) => {
            card.holds.push_str(" A key made here never leaves this computer, and IT only signs a request for it. The text below lets IT make the key too.");
            let label = if key.is_made { "Use the key made here" } else { "Make the key here first" };
            if let Some(mut letter) = card.act.replace(lead(label)) {
                letter.label = "Copy without a request, and mark as sent".into();
                card.more.insert(0, letter);
            }
        }
        _ => {}
    }
    card
}

/// The day on which a text was sent, where that stands and nothing is wrong with its days: what is wrong stays in sight.
fn earlier(values: &Values) -> Option<Date> {
    let request = REQUESTS.iter().find(|request| request.fields.asked == ASKED_CERTIFICATE)?;
    let days = entered(request, values);
    let [_, expected, reminded] = request.fields.dates().map(|field| values.text(field).trim().is_empty());
    let is_right = expected == days.expected.is_none() && reminded == days.reminded.is_none();
    days.on.filter(|_| is_right)
}
