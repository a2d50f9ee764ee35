//! `hubwright remove`: takes back what the steps made, last first, and says what is left and why. What there is, is asked of
//! the world, not of this computer.

use super::opening::open;
use super::saying::{meanwhile, say, say_problems, say_step, tell};
use super::session::{PRACTICE, print_events};
use super::signals::heed_signals;
use super::{Ask, End};
use crate::engine::run::Work;
use crate::engine::schedule::Errand;
use crate::engine::{Deployment, Place, Problem, Standing, Step, StepState};
use crate::practice;
use crate::steps::account::Account;
use std::collections::BTreeMap;
use std::path::Path;

/// Ends as done only where the world shows nothing of the deployment any more.
pub(super) async fn remove(path: &Path, environment: Option<String>) -> Result<End, Problem> {
    let only_own = environment.is_some();
    let opened = match open(path, &Ask { remove: true, environment, ..Ask::default() }).await? {
        Ok(opened) => opened,
        Err(problems) => return Ok(tell(&problems)),
    };
    let stopping = heed_signals(&opened.deployment);
    if opened.practice {
        stopping.unless(meanwhile(PRACTICE, practice::ensure(&opened.tools))).await?;
    }
    let deployment = &opened.deployment;
    let printing = print_events(deployment, false)?;
    let all = opened.wanted.clone();
    let made_here = has_made(deployment)?;
    for place in &all {
        deployment.stop_earlier_runs(place).await?;
    }
    // What is there is asked of the world, in the order the steps need each other: also where nothing is known of it here.
    let mut seen: BTreeMap<Place, Standing> = BTreeMap::new();
    if opened.practice {
        // The practice account may have been started a moment ago, and know nobody.
        let account = deployment.place(Account::ID)?;
        let first = [deployment.needs(&account)?, vec![account]].concat();
        deployment.run_all(&first, &Errand::of(&[Work::Check, Work::Apply]), |_, _| {}).await?;
    }
    let looking = |place: &Place, step: &Standing| drop(seen.insert(place.clone(), step.clone()));
    deployment.run_all(&all, &Errand::of(&[Work::Check]), looking).await?;
    let mut ends = vec![];
    // Steps of which something remains, or may.
    let mut remain: Vec<Place> = vec![];
    for place in all.iter().rev() {
        let (id, step) = (place.key(), deployment.at(place)?);
        if only_own && !step.about().each {
            if step.about().acts && deployment.standing(place)?.output.is_some() {
                say(&format!("{id}: stays — all environments share it"));
            }
            continue;
        }
        let mut resting = None;
        for other in &remain {
            if resting.is_none() && deployment.needs(other)?.contains(place) {
                resting = Some(deployment.at(other)?.about().title);
            }
        }
        if let Some(resting) = resting {
            say(&format!("{id}: blocked — “{resting}” needs it and was not removed"));
            remain.push(place.clone());
            ends.push(End::Blocked);
            continue;
        }
        let standing = deployment.standing(place)?;
        if deployment.may_be_removed(place, &standing)? {
            let removed = deployment.run(place, Work::Remove).await?;
            let is_gone = removed.state == StepState::Todo;
            say_removed(&id, &removed);
            if !is_gone {
                remain.push(place.clone());
                ends.push(if removed.there.is_empty() { End::Failed } else { End::Blocked });
            }
            continue;
        }
        match seen.get(place) {
            // One that could not be looked at says why.
            Some(seen)
                if step.about().acts && !seen.looked && matches!(seen.state, StepState::Look | StepState::Blocked) =>
            {
                say_step(&id, seen, false);
                remain.push(place.clone());
                ends.push(if seen.state == StepState::Look { End::Failed } else { End::Blocked });
            }
            None if step.about().acts => {
                let waits = deployment.view(place)?.waits_for.join("”, “");
                match (outer(deployment, place), step.about().inside_of) {
                    // What makes its things is gone or wants mending, and they may be there all the same: they are looked for
                    // without it. Where that is gone, and this computer saw them go, or made other things of the deployment
                    // and never these, it is known that they are not.
                    (Some(outer), None)
                        if seen.contains_key(&outer)
                            && !(is_gone(deployment, &outer, &seen, true)
                                && (made_here || standing.looked && standing.there.is_empty())) =>
                    {
                        let removed = deployment.run(place, Work::Remove).await?;
                        if removed.state == StepState::Todo {
                            say(&format!("{id}: todo — nothing to remove"));
                        } else {
                            say_removed(&id, &removed);
                            remain.push(place.clone());
                            ends.push(if removed.there.is_empty() { End::Failed } else { End::Blocked });
                        }
                    }
                    (Some(outer), _) if is_gone(deployment, &outer, &seen, made_here) => {
                        let outer = deployment.at(&outer)?.about().short;
                        say(&format!("{id}: todo — nothing to remove: “{outer}” is not in the account"));
                    }
                    // Whether that one goes is said where it is removed.
                    (_, Some(outer)) => {
                        let outer = deployment.step(outer)?.about().short;
                        say(&format!(
                            "{id}: todo — waits for “{waits}”; whatever it made is inside of “{outer}” and goes with it"
                        ));
                    }
                    _ => {
                        say(&format!("{id}: blocked — not looked at, because it waits for “{waits}”"));
                        remain.push(place.clone());
                        ends.push(End::Blocked);
                    }
                }
            }
            _ => say(&format!("{id}: todo — nothing to remove")),
        }
    }
    printing.abort();
    let rank = |end: &End| [End::Done, End::Blocked, End::Failed].iter().position(|one| one == end);
    Ok(ends.into_iter().max_by_key(rank).unwrap_or(End::Done))
}

/// Whether things of this deployment were made from this computer, besides what gives access to the account.
fn has_made(deployment: &Deployment) -> Result<bool, Problem> {
    for place in deployment.places()? {
        let about = deployment.at(&place)?.about();
        let makes = about.acts && about.id != Account::ID;
        if makes && !deployment.shared().journal.effects(&place)?.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The step that makes what this one works with: a role, say, that this step acts as.
fn outer(deployment: &Deployment, place: &Place) -> Option<Place> {
    let acts = |place: &Place| deployment.at(place).is_ok_and(|step| step.about().acts);
    let makes = |place: &Place| acts(place) && deployment.needs(place).is_ok_and(|needs| needs.iter().any(acts));
    deployment.needs(place).ok()?.into_iter().rev().find(makes)
}

/// Whether nothing of a step is in the account. A step that was not looked at counts as gone if the step it works with
/// (`outer`) is gone. That holds only for a deployment whose things were made from this computer (`made_here`): of another one it
/// is not known in which order they were removed.
fn is_gone(deployment: &Deployment, place: &Place, seen: &BTreeMap<Place, Standing>, made_here: bool) -> bool {
    match seen.get(place) {
        Some(step) => step.looked && step.there.is_empty(),
        None => made_here && outer(deployment, place).is_some_and(|outer| is_gone(deployment, &outer, seen, true)),
    }
}

fn say_removed(id: &str, step: &Standing) {
    let state = match step.state {
        StepState::Todo => "removed",
        _ if step.there.is_empty() => "failed",
        _ => "blocked",
    };
    say(&format!("{id}: {state} — {}", step.sentence));
    say_problems(id, &step.problems);
}
