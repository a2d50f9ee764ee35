//! `hubwright check` and `apply`: the steps that were asked for, each as soon as it can run, one line for each as it ends.

use super::opening::open;
use super::saying::{is_silent, meanwhile, say, say_error_line, say_step, tell};
use super::signals::heed_signals;
use super::{Ask, End};
use crate::engine::event::EventKind;
use crate::engine::run::Work;
use crate::engine::schedule::Errand;
use crate::engine::{Deployment, Place, Problem, Standing, Step, StepState};
use crate::practice;
use crate::steps::account;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;

pub(super) async fn session(path: &Path, ask: Ask) -> Result<End, Problem> {
    let opened = match open(path, &ask).await? {
        Ok(opened) => opened,
        Err(problems) => return Ok(tell(&problems)),
    };
    let deployment = &opened.deployment;
    let stopping = heed_signals(deployment);
    let mut wanted = opened.wanted.clone();
    let mut problems = vec![];
    let mut not_asked = vec![];
    for place in wanted.clone() {
        let found: Vec<Problem> = deployment.problems(&place)?.into_iter().filter(Problem::is_error).collect();
        if found.is_empty() {
            continue;
        }
        // A step without a table, whose fields do not all follow from others, was not asked for.
        if opened.asked.contains(&place) {
            problems.extend(found.into_iter().map(|problem| (place.key(), problem)));
        } else {
            wanted.retain(|other| *other != place);
            not_asked.push(place);
        }
    }
    if !problems.is_empty() {
        return Ok(tell(&problems));
    }
    // Nor was a step asked for that needs one of those, unless it was done before.
    let standings = deployment.standings()?;
    let done = |place: &Place| standings.get(place).is_some_and(|step| step.state == StepState::Done);
    for place in wanted.clone() {
        let open = deployment.needs(&place)?.iter().any(|need| not_asked.contains(need) && !done(need));
        if open && !opened.asked.contains(&place) {
            wanted.retain(|other| *other != place);
            not_asked.push(place);
        }
    }
    let reaches = |place: &Place| {
        let needs = deployment.step(place.step).map_or(&[][..], |step| step.needs());
        place.step == account::Account::ID || needs.contains(&account::Account::ID)
    };
    if opened.practice && wanted.iter().any(reaches) {
        stopping.unless(meanwhile(PRACTICE, practice::ensure(&opened.tools))).await?;
    }
    let printing = print_events(deployment, ask.json)?;
    let mut errand = Errand::of(match (ask.apply, ask.plan) {
        (false, _) => &[Work::Check],
        (true, true) => &[Work::Check, Work::Plan],
        (true, false) => &[Work::Check, Work::Plan, Work::Apply],
    });
    for key in &ask.allow_destroy {
        errand.may_destroy.push(deployment.place(key)?);
    }
    let mut states: BTreeMap<Place, Standing> = BTreeMap::new();
    deployment
        .run_all(&wanted, &errand, |place, standing| {
            let standing = match errand.unasked(place, standing) {
                unasked if unasked.is_empty() || ask.plan || !ask.apply => standing.clone(),
                unasked => held_back(&place.key(), unasked, standing),
            };
            if !ask.json {
                say_step(&place.key(), &standing, ask.plan);
            }
            states.insert(place.clone(), standing);
        })
        .await?;
    if ask.json {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    printing.abort();
    let waiting: Vec<&Place> = wanted.iter().filter(|place| !states.contains_key(place)).collect();
    let standings = deployment.standings()?;
    let done = |place: &Place| standings.get(place).is_some_and(|step| step.state == StepState::Done);
    if !ask.json {
        for place in &waiting {
            // What it needs and is not done, or waits itself: then it may have been done by an earlier run.
            let open = deployment.needs(place)?.into_iter().filter(|need| waiting.contains(&need) || !done(need));
            let waits =
                open.map(|need| Ok(deployment.at(&need)?.about().title)).collect::<Result<Vec<_>, Problem>>()?;
            say(&format!("{}: todo — waits for “{}”", place.key(), waits.join("”, “")));
        }
        for place in &not_asked {
            let needs = deployment.needs(place)?;
            let open = needs.iter().find(|need| not_asked.contains(need) && !done(need)).unwrap_or(place);
            say(&format!("{}: todo — not asked for: the answers file has no table [{}]", place.key(), open.key()));
        }
    }
    let failed = |step: &Standing| step.state == StepState::Look && step.problems.iter().any(Problem::is_error);
    let of_answers = |step: &Standing| step.state == StepState::Todo && step.problems.iter().any(Problem::is_error);
    Ok(match () {
        _ if states.values().any(failed) => End::Failed,
        _ if states.values().any(of_answers) => End::Answers,
        _ if ask.plan && states.values().all(|step| step.state != StepState::Blocked) => End::Done,
        _ if waiting.is_empty() && states.values().all(|step| step.state == StepState::Done) => End::Done,
        _ => End::Blocked,
    })
}

/// Prints events while steps are at work: all of them as JSON, else what a person is asked to do, and after a silence what
/// each step is at.
pub(super) fn print_events(deployment: &Deployment, json: bool) -> Result<tokio::task::JoinHandle<()>, Problem> {
    let (_, mut events) = deployment.subscribe()?;
    Ok(tokio::spawn(async move {
        let mut at_work: BTreeMap<String, String> = BTreeMap::new();
        let mut seconds = tokio::time::interval(Duration::from_secs(1));
        loop {
            let event = tokio::select! {
                event = events.recv() => event,
                _ = seconds.tick() => {
                    if !json && is_silent() {
                        at_work.iter().for_each(|(step, text)| say_error_line(&format!("{step}: {text}")));
                    }
                    continue;
                }
            };
            let event = match event {
                Ok(event) => event,
                Err(RecvError::Lagged(_)) => continue,
                Err(RecvError::Closed) => return,
            };
            match event.kind {
                _ if json => say(&serde_json::to_string(&event).unwrap_or_default()),
                EventKind::Asked { text } => say_error_line(&format!("{}: waiting — {text}", event.step)),
                EventKind::Progress { text } => drop(at_work.insert(event.step, text)),
                EventKind::StepChanged { view }
                    if view.looking || matches!(view.state, StepState::Running | StepState::Waiting) =>
                {
                    at_work.entry(event.step).or_insert_with(|| format!("Working on “{}”", view.title));
                }
                EventKind::StepChanged { .. } => drop(at_work.remove(&event.step)),
                _ => {}
            }
        }
    }))
}

/// A step whose plan would destroy something that the command line did not give leave for.
fn held_back(id: &str, unasked: &[String], standing: &Standing) -> Standing {
    let what = format!("The plan destroys or makes anew: {}. Nothing was done.", unasked.join("; "));
    let fix = format!("Read it with `--plan`, then allow it with `--allow-destroy {id}`");
    let mut held = standing.clone();
    (held.state, held.sentence) = (StepState::Blocked, what.clone());
    held.problems.push(Problem::new(what, fix));
    held
}

/// What is waited for where the practice account is installed or started.
pub(super) const PRACTICE: &str = "Starting the practice account; the first time it is installed";
