//! `hubwright remove`: takes back what the steps made, last first, and says what is left and why. What there is, is asked of
//! the world, not of this computer.

use super::opening::open;
use super::saying::{meanwhile, say, say_problems, say_step, tell};
use super::session::{PRACTICE, print_events};
use super::signals::heed_signals;
use super::{Ask, End};
use crate::engine::everything::Fate;
use crate::engine::run::Work;
use crate::engine::schedule::Errand;
use crate::engine::{Problem, Standing, Step, StepState};
use crate::practice;
use crate::steps::account::Account;
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
    for place in &all {
        deployment.stop_earlier_runs(place).await?;
    }
    if opened.practice {
        // The practice account may have been started a moment ago, and know nobody.
        let account = deployment.place(Account::ID)?;
        let first = [deployment.needs(&account)?, vec![account]].concat();
        deployment.run_all(&first, &Errand::of(&[Work::Check, Work::Apply]), |_, _| {}).await?;
    }
    let mut removing = deployment.removing(&all, Errand::of(&[Work::Check])).await?;
    let mut ends = vec![];
    for place in all.iter().rev() {
        let (id, step) = (place.key(), deployment.at(place)?);
        if only_own && !step.about().each {
            if step.about().acts && deployment.standing(place)?.output.is_some() {
                say(&format!("{id}: stays — all environments share it"));
            }
            continue;
        }
        let end = match removing.fate(place)? {
            Fate::Rests(title) => {
                say(&format!("{id}: blocked — “{title}” needs it and was not removed"));
                Some(End::Blocked)
            }
            Fate::Remove { known } => {
                let (removed, is_gone) = deployment.remove(place).await?;
                let is_held = removed.removal.as_ref().is_some_and(|plan| !plan.stops.is_empty());
                if is_gone && !known {
                    say(&format!("{id}: todo — nothing to remove"));
                } else {
                    say_removed(&id, &removed, is_gone);
                }
                let is_blocked = is_held || !removed.there.is_empty();
                (!is_gone).then_some(if is_blocked { End::Blocked } else { End::Failed })
            }
            // One that could not be looked at says why.
            Fate::Unseen(seen) => {
                say_step(&id, &seen, false);
                Some(if seen.state == StepState::Look { End::Failed } else { End::Blocked })
            }
            Fate::Waits(waits) => {
                say(&format!("{id}: blocked — not looked at, because it waits for “{waits}”"));
                Some(End::Blocked)
            }
            Fate::Inside { waits, outer } => {
                say(&format!(
                    "{id}: todo — waits for “{waits}”; whatever it made is inside of “{outer}” and goes with it"
                ));
                None
            }
            Fate::Nothing(Some(outer)) => {
                say(&format!("{id}: todo — nothing to remove: “{outer}” is not in the account"));
                None
            }
            Fate::Nothing(None) => {
                say(&format!("{id}: todo — nothing to remove"));
                None
            }
        };
        if let Some(end) = end {
            removing.remains(place);
            ends.push(end);
        }
    }
    printing.abort();
    let rank = |end: &End| [End::Done, End::Blocked, End::Failed].iter().position(|one| one == end);
    Ok(ends.into_iter().max_by_key(rank).unwrap_or(End::Done))
}

fn say_removed(id: &str, step: &Standing, is_gone: bool) {
    if let Some(held) = step.removal.as_ref().filter(|plan| !is_gone && !plan.stops.is_empty()) {
        say(&format!("{id}: blocked — {}", held.summary));
        return say_problems(id, &held.stops);
    }
    let state = match is_gone {
        true => "removed",
        _ if step.there.is_empty() => "failed",
        _ => "blocked",
    };
    say(&format!("{id}: {state} — {}", step.sentence));
    say_problems(id, &step.problems);
}
