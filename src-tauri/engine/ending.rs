//! How a run ended, as the journal and the step's page keep it. It decides nothing about the world; that was asked before.

use super::context::lock;
use super::event::StepState;
use super::journal::{self, Along, End, Outcome, Output, Run, Shown, ShownPlan};
use super::run::{Begun, Work};
use super::step::Place;
use super::{Deployment, Leftovers, Plan, Problem, Problems, Status, View};
use serde_json::Value as Json;

/// What came of a run.
pub(super) enum Ended {
    Checked(Status<Json>),
    Planned(Plan),
    /// Not begun: the plan that was confirmed no longer fits, and this one takes its place.
    Refused(Plan),
    /// What a removal would take.
    RemovalPlanned(Plan),
    /// Nothing was removed: this would go, which is not what was confirmed.
    RemovalRefused(Plan),
    /// Nothing was removed: what holds it is in the plan's `stops`.
    Held(Plan),
    Removed(Leftovers),
    Failed(Problems),
}

impl Deployment {
    /// Writes how the run ended. Returns whether it went well.
    pub(super) fn keep(&self, begun: &Begun, ended: Ended) -> Result<bool, Problem> {
        let Begun { cx, place, work, was, .. } = begun;
        let before = self.journal().shown(place)?;
        let said = std::mem::take(&mut *cx.said());
        let mut shown = Shown {
            fingerprint: begun.fingerprint.clone(),
            sentence: said.sentence,
            problems: said.warnings,
            views: said.views,
            plan: before.plan.clone(),
            there: said.there,
            looked: said.looked,
            checked_at: journal::now(),
            removal: None,
        };
        let held = |plan: Plan| Some(ShownPlan { run: begun.guard.run, fingerprint: begun.fingerprint.clone(), plan });
        let first = |problems: &[Problem]| problems.first().map_or_else(String::new, |problem| problem.what.clone());
        let (mut output, mut settles, mut ok) = (None, false, true);
        let outcome = match ended {
            Ended::Checked(Status::Done(left)) => {
                settles = true;
                output =
                    Some(Output { output: left, used: begun.values.clone(), fingerprint: begun.fingerprint.clone() });
                shown.plan = shown.plan.filter(|_| *work == Work::Check && was.state != StepState::Done);
                or(&mut shown.sentence, "Done.");
                Outcome::Done
            }
            Ended::Checked(Status::Todo) => {
                settles = true;
                if was.state == StepState::Done {
                    shown.plan = None;
                }
                or(&mut shown.sentence, "Not done yet.");
                Outcome::Todo
            }
            Ended::Checked(Status::Blocked(problems)) => {
                ok = false;
                shown.sentence = first(&problems);
                shown.problems.extend(problems);
                Outcome::Blocked
            }
            Ended::Planned(plan) => {
                shown.sentence = plan.summary.clone();
                // Whom there is to pick from was told by the check before it.
                shown.views.extend(before.views.iter().filter(|view| matches!(view, View::People { .. })).cloned());
                shown.plan = held(plan);
                (shown.there, shown.looked) = (before.there, before.looked);
                // What can be planned is not blocked any more.
                if was.state == StepState::Blocked { Outcome::Todo } else { Outcome::Planned }
            }
            Ended::Refused(plan) => {
                ok = false;
                shown.plan = held(plan);
                (shown.there, shown.looked) = (before.there, before.looked);
                let problem = Problem::new(
                    "The plan changed after it was shown, so nothing was done.",
                    "Read the new plan, then press the button again.",
                );
                shown.sentence = problem.what.clone();
                shown.problems.push(problem);
                Outcome::Refused
            }
            Ended::RemovalPlanned(plan) => {
                // The page stays as it was, and the question is put on it.
                shown = Shown { removal: held(plan), ..before };
                shown.problems.retain(|problem| problem.what != GOES_ELSE);
                Outcome::Planned
            }
            Ended::RemovalRefused(plan) => {
                ok = false;
                let fingerprint = begun.fingerprint.clone();
                // What was said of other answers goes with them.
                let problems = if before.fingerprint == fingerprint { before.problems.clone() } else { vec![] };
                shown = Shown { removal: held(plan), fingerprint, problems, ..before };
                let fix = "Read the new list, then press Remove again.";
                shown.problems.retain(|problem| problem.what != GOES_ELSE);
                shown.problems.push(Problem::new(GOES_ELSE, fix));
                Outcome::Refused
            }
            Ended::Held(plan) => {
                ok = false;
                // Nothing was touched, so the page stays as it was. What holds it is said in the list.
                shown = Shown { removal: held(plan), ..before };
                shown.problems.retain(|problem| problem.what != GOES_ELSE);
                Outcome::Held
            }
            Ended::Removed(residue) if shown.there.is_empty() => {
                settles = true;
                (shown.plan, shown.views) = (None, vec![]);
                shown.sentence = std::iter::once("Removed.".to_owned()).chain(residue.0).collect::<Vec<_>>().join(" ");
                Outcome::Removed
            }
            Ended::Removed(residue) => {
                ok = false;
                settles = true;
                shown.plan = None;
                let problem = Problem::new(
                    format!("Not everything was removed. Still there: {}.", shown.there.join("; ")),
                    "Read why it is still there, then press Remove again. Ask other people to remove what they made or changed.",
                );
                shown.sentence = std::iter::once(problem.what.clone()).chain(residue.0).collect::<Vec<_>>().join(" ");
                shown.problems.push(problem);
                Outcome::Remains
            }
            // Who stops a look, or answers meanwhile, finds the page as it was.
            Ended::Failed(_) if !work.acts() && cx.go_on().is_err() => {
                ok = false;
                shown = Shown { removal: before.removal.filter(|_| work.is_quiet()), ..before };
                Outcome::Dropped
            }
            // It did what was asked, which leaves the page as before anything was entered.
            Ended::Failed(problems) if work.acts() && !problems.0.iter().any(Problem::is_error) => {
                ok = false;
                shown.sentence = problems.0.first().map_or_else(String::new, |problem| problem.fix.clone());
                Outcome::Todo
            }
            Ended::Failed(problems) => {
                ok = false;
                // Problems of the form say nothing about the world, so what was known of it stays.
                let of_form = problems.0.iter().all(|problem| problem.field.is_some())
                    && *work == Work::Check
                    && was.state == StepState::Todo;
                shown.sentence = first(&problems.0);
                shown.problems.extend(problems.0);
                if !shown.looked {
                    shown.there = before.there;
                }
                if of_form { Outcome::Dropped } else { Outcome::Failed }
            }
        };
        shown.problems = cx.cleaned(shown.problems);
        shown.plan = cx.cleaned(shown.plan);
        shown.removal = cx.cleaned(shown.removal);
        shown.sentence = cx.redact(&shown.sentence);
        let acting = self.acting(begun);
        tracing::info!(run = begun.guard.run, ?outcome, "run ended");
        for problem in &shown.problems {
            tracing::warn!(run = begun.guard.run, what = problem.what, detail = problem.detail.join(": "), "said");
        }
        // A check beside a killed run whose job lives leaves that one to be taken up.
        let settles = settles && (work.acts() || !self.lives(place, begun.guard.run)?);
        let along = if outcome == Outcome::Removed { self.went_along(place)? } else { vec![] };
        self.journal().end_run(place, begun.guard.run, &End { outcome, output, shown, settles, acting, along })?;
        if outcome == Outcome::Done {
            self.is_built(place)?;
        }
        Ok(ok)
    }

    /// The pages whose things were inside of what this page made and went with it: each is as after its own removal.
    fn went_along(&self, outer: &Place) -> Result<Vec<Along>, Problem> {
        let mut after = self.standings()?;
        if let Some(outer) = after.get_mut(outer) {
            (outer.looked, outer.there) = (true, vec![]);
        }
        let mut along = vec![];
        for place in self.places()? {
            let step = self.at(&place)?;
            let Some(short) = self.went_with(&after, &place)?.filter(|_| step.about().inside_of == Some(outer.step))
            else {
                continue;
            };
            let standing = self.standing_in(&after, &place)?;
            if lock(&self.shared().running).contains_key(&place) || !self.may_be_removed(&place, &standing)? {
                continue;
            }
            let left = match step.went(&self.cx(&place)) {
                Ok(left) => left.0,
                Err(problem) => vec![problem.what, problem.fix],
            };
            let said = std::iter::once(format!("What this page made went with “{short}”.")).chain(left);
            let fingerprint = self.given_without(step.as_ref(), &place, None, Some(outer))?.fingerprint;
            let sentence = said.collect::<Vec<_>>().join(" ");
            let shown = Shown { fingerprint, looked: true, checked_at: journal::now(), ..Shown::sentence(&sentence) };
            along.push(Along { place, shown });
        }
        Ok(along)
    }

    /// As whom a run acted: as the plan said that was shown, else as the deployment does.
    fn acting(&self, begun: &Begun) -> String {
        let shown = match begun.work {
            Work::Apply => &begun.was.plan,
            Work::Remove => &begun.was.removal,
            Work::Check | Work::Plan | Work::PlanRemoval => return String::new(),
        };
        let planned = shown.as_ref().map(|plan| plan.identity.clone()).filter(|identity| !identity.is_empty());
        let usual = || self.context().ok()?.identities.into_iter().next().map(|first| first.identity);
        planned.or_else(|| usual().filter(|_| begun.changes_the_world())).unwrap_or_default()
    }

    /// Whether a run of this step, other than `but`, was killed and its job lives, or ended since.
    fn lives(&self, place: &Place, but: i64) -> Result<bool, Problem> {
        let runs = self.journal().open_runs(place)?;
        Ok(runs.into_iter().filter(|run| run.id != but).any(|run| self.can_go_on(&run)))
    }

    pub(super) fn is_alive(&self, run: &Run) -> bool {
        run.job.as_ref().is_some_and(|job| self.shared().tools.is_running(job))
    }

    /// Whether a run that was killed can be taken up as what it was: its job lives, or changed something and ended since.
    pub(super) fn can_go_on(&self, run: &Run) -> bool {
        let has_ended = |job: &String| run.work.acts() && self.shared().tools.ended_unseen(job);
        self.is_alive(run) || run.job.as_ref().is_some_and(has_ended)
    }
}

pub(super) const GOES_ELSE: &str = "The list changed after it was shown, so nothing was removed.";

fn or(text: &mut String, otherwise: &str) {
    if text.is_empty() {
        otherwise.clone_into(text);
    }
}
