//! `hubwright remove`: takes back what the steps made, last first, and says what is left and why. What there is, is asked of
//! the world, not of this computer.

use super::{End, open, practice, say, say_problems, say_step, tell};
use crate::engine::run::Work;
use crate::engine::schedule::Errand;
use crate::engine::{Deployment, Problem, Standing, StepId, StepState};
use std::collections::BTreeMap;
use std::path::Path;

/// Ends as done only where the world shows nothing of the deployment any more.
pub(super) async fn remove(path: &Path) -> Result<End, Problem> {
    let opened = match open(path).await? {
        Ok(opened) => opened,
        Err(problems) => return Ok(tell(&problems)),
    };
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
            say(&format!("{id}: blocked — “{}” rests on it and is still there", resting.about().title));
            (remain.push(id), ends.push(End::Blocked));
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
            Some(looked) if step.about().acts && matches!(looked.state, StepState::Look | StepState::Blocked) => {
                say_step(id, looked, false);
                remain.push(id);
                ends.push(if looked.state == StepState::Look { End::Failed } else { End::Blocked });
            }
            None if step.about().acts => {
                let waits = deployment.view(step.as_ref())?.waits_for.join("”, “");
                match inside(deployment, step.needs()) {
                    // Whether that one goes is said where it is removed.
                    Some(outer) => {
                        say(&format!(
                            "{id}: todo — waits for “{waits}”; whatever it made is inside of “{outer}” and goes with it"
                        ));
                    }
                    None => {
                        say(&format!("{id}: blocked — not looked at, because it waits for “{waits}”"));
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

/// The step among `needs` that itself makes things with the account's access: what rests on it is made inside of those.
fn inside(deployment: &Deployment, needs: &[StepId]) -> Option<&'static str> {
    let acts = |id: &str| deployment.step(id).is_ok_and(|step| step.about().acts);
    let makes =
        |id: &&StepId| acts(id) && deployment.step(id).is_ok_and(|step| step.needs().iter().any(|need| acts(need)));
    needs.iter().rev().find(makes).and_then(|id| Some(deployment.step(id).ok()?.about().short))
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
