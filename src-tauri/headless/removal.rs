//! `hubwright remove`: takes back what the steps made, last first, and says what is left and why. What there is, is asked of
//! the world, not of this computer.

use super::opening::open;
use super::saying::{say, say_problems, say_step, tell};
use super::signals::heed_signals;
use super::{Ask, End};
use crate::engine::run::Work;
use crate::engine::schedule::Errand;
use crate::engine::{AnyStep, Deployment, Problem, Standing, Step, StepId, StepState};
use crate::practice;
use crate::steps::account::Account;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// Ends as done only where the world shows nothing of the deployment any more.
pub(super) async fn remove(path: &Path) -> Result<End, Problem> {
    let opened = match open(path, &Ask { remove: true, ..Ask::default() }).await? {
        Ok(opened) => opened,
        Err(problems) => return Ok(tell(&problems)),
    };
    heed_signals(&opened.deployment);
    if opened.practice {
        practice::ensure(&opened.tools).await?;
    }
    let deployment = &opened.deployment;
    let all: Vec<StepId> = deployment.steps().map(|step| step.about().id).collect();
    for id in &all {
        deployment.stop_earlier_runs(id).await?;
    }
    // What is there is asked of the world, in the order the steps need each other: also where nothing is known of it here.
    let mut seen: BTreeMap<StepId, Standing> = BTreeMap::new();
    if opened.practice {
        // The practice account may have been started a moment ago, and know nobody.
        let first: Vec<StepId> = [deployment.step(Account::ID)?.needs(), &[Account::ID]].concat();
        deployment.run_all(&first, &Errand::of(&[Work::Check, Work::Apply]), |_, _| {}).await?;
    }
    let looking = |id: StepId, step: &Standing| drop(seen.insert(id, step.clone()));
    deployment.run_all(&all, &Errand::of(&[Work::Check]), looking).await?;
    let mut ends = vec![];
    // Steps of which something remains, or may.
    let mut remain: Vec<StepId> = vec![];
    for id in all.iter().rev().copied() {
        let step = deployment.step(id)?;
        let resting =
            deployment.steps().find(|other| other.needs().contains(&id) && remain.contains(&other.about().id));
        if let Some(resting) = resting {
            say(&format!("{id}: blocked — “{}” rests on it and was not removed", resting.about().title));
            remain.push(id);
            ends.push(End::Blocked);
            continue;
        }
        let standing = deployment.standing(id)?;
        let effects = deployment.shared().journal.steps_with_effects()?;
        let made = standing.output.is_some()
            || !standing.there.is_empty()
            || effects.iter().any(|(_, step)| step.as_str() == id);
        if made {
            let removed = deployment.run(id, Work::Remove).await?;
            let is_gone = removed.state == StepState::Todo;
            say_removed(id, &removed);
            if !is_gone {
                remain.push(id);
                ends.push(if removed.there.is_empty() { End::Failed } else { End::Blocked });
            }
            continue;
        }
        match seen.get(id) {
            // One that could not be looked at says why.
            Some(seen)
                if step.about().acts && !seen.looked && matches!(seen.state, StepState::Look | StepState::Blocked) =>
            {
                say_step(id, seen, false);
                remain.push(id);
                ends.push(if seen.state == StepState::Look { End::Failed } else { End::Blocked });
            }
            None if step.about().acts => {
                let waits = deployment.view(step.as_ref())?.waits_for.join("”, “");
                match (outer(deployment, step.needs()).map(|outer| outer.about()), step.about().inside_of) {
                    (Some(outer), _) if is_gone(deployment, outer.id, &seen) => {
                        say(&format!("{id}: todo — nothing to remove: “{}” is not in the account", outer.short));
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
                        remain.push(id);
                        ends.push(End::Blocked);
                    }
                }
            }
            _ => say(&format!("{id}: todo — nothing to remove")),
        }
    }
    let rank = |end: &End| [End::Done, End::Blocked, End::Failed].iter().position(|one| one == end);
    Ok(ends.into_iter().max_by_key(rank).unwrap_or(End::Done))
}

/// The step among `needs` that itself makes things with the account's access: what rests on it is made by means of those.
fn outer<'a>(deployment: &'a Deployment, needs: &[StepId]) -> Option<&'a Arc<dyn AnyStep>> {
    let acts = |id: &str| deployment.step(id).is_ok_and(|step| step.about().acts);
    let makes = |step: &&Arc<dyn AnyStep>| step.about().acts && step.needs().iter().any(|need| acts(need));
    needs.iter().rev().filter_map(|id| deployment.step(id).ok()).find(makes)
}

/// Whether the world shows nothing of a step, nor could hold anything of it.
fn is_gone(deployment: &Deployment, id: StepId, seen: &BTreeMap<StepId, Standing>) -> bool {
    match (seen.get(id), deployment.step(id)) {
        (Some(step), _) => step.looked && step.there.is_empty(),
        (None, Ok(step)) => {
            outer(deployment, step.needs()).is_some_and(|outer| is_gone(deployment, outer.about().id, seen))
        }
        (None, Err(_)) => false,
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
