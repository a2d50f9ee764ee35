//! One run of a step: from what a person asked for to how it ended. Whatever happens in between, the step is free afterwards
//! and the journal tells how the run began, on what it rested, and how it ended.
//! Long because a run is one thing from its leave to its end, whichever of the five works it does.

use super::context::{Running, lock};
use super::ending::Ended;
use super::event::{EventKind, StepState};
use super::journal::{End, Outcome, Run, Shown};
use super::page::Standing;
use super::step::{AnyStep, Place};
use super::{At, Cx, Deployment, Plan, Problem, Problems, Status, Values};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// What a run does with a step: what a person confirmed. One is never turned into another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
pub enum Work {
    Check,
    Plan,
    Apply,
    /// Finds what a removal would take, and changes nothing.
    PlanRemoval,
    Remove,
}

impl Work {
    /// As the journal keeps it.
    pub fn as_str(self) -> &'static str {
        match self {
            Work::Check => "check",
            Work::Plan => "plan",
            Work::Apply => "apply",
            Work::PlanRemoval => "plan_removal",
            Work::Remove => "remove",
        }
    }

    pub(super) fn of(word: &str) -> Option<Self> {
        let all = [Work::Check, Work::Plan, Work::Apply, Work::PlanRemoval, Work::Remove];
        all.into_iter().find(|work| work.as_str() == word)
    }

    /// Whether it is about taking back what was made, with the values it was made with.
    fn takes_back(self) -> bool {
        matches!(self, Work::PlanRemoval | Work::Remove)
    }

    /// Whether it only looks, and nothing need wait for its end.
    pub fn is_quiet(self) -> bool {
        matches!(self, Work::Check | Work::Plan)
    }

    /// Whether it changes the world.
    pub fn acts(self) -> bool {
        matches!(self, Work::Apply | Work::Remove)
    }
}

/// What stands behind a run.
pub(super) enum Consent {
    /// The command, whose own rules were kept by whoever gave it.
    Command,
    /// A plan that was accepted a moment ago.
    Accepted,
    /// The plan of this run, which a person saw some time ago.
    Shown(i64),
    /// A look for which nobody is asked anything, and which `stop_looking_around` ends.
    Unattended,
    /// The same, for a list of what every page would remove. Later pages are removed first, so what they hold is no obstacle.
    Whole,
    /// What was confirmed before Hubwright was stopped: this run goes on.
    Earlier(Run),
}

/// A run that began.
pub(super) struct Begun {
    step: Arc<dyn AnyStep>,
    pub(super) place: Place,
    pub(super) work: Work,
    pub(super) cx: Cx,
    /// What it was given at its beginning; edits meanwhile are for the next run.
    pub(super) values: Values,
    pub(super) fingerprint: String,
    /// How the step stood before.
    pub(super) was: Standing,
    /// The run of the plan that was confirmed.
    shown: Option<i64>,
    /// Later pages are removed first, so what they hold is no obstacle.
    whole: bool,
    pub(super) guard: Guard,
}

/// Frees the step when the run is over, however it ends; where that was not by its own end, says so.
pub(super) struct Guard {
    deployment: Deployment,
    place: Place,
    pub(super) run: i64,
    /// Of the run.
    fingerprint: String,
    ended: bool,
}

impl Deployment {
    /// Starts `work` on a step in the background. Refused where the step runs already.
    pub fn start(&self, at: impl At, work: Work) -> Result<(), Problem> {
        self.spawn(self.begin(at, work, Consent::Command)?);
        Ok(())
    }

    /// Starts applying what a person saw and confirmed: the plan that run `plan` made, and no other. Where it no longer fits,
    /// nothing is done and the page shows a new one. A step that only works on this computer has no plan.
    pub fn confirm(&self, at: impl At, plan: Option<i64>) -> Result<(), Problem> {
        let place = at.place(self)?;
        let consent = match self.at(&place)?.about().acts {
            true => Consent::Shown(plan.unwrap_or(0)),
            false => Consent::Command,
        };
        self.spawn(self.begin(&place, Work::Apply, consent)?);
        Ok(())
    }

    /// Starts removing what a person saw and confirmed: what run `shown` found, and nothing else. Where something else would
    /// go by now, nothing is done and the page shows that.
    pub fn confirm_removal(&self, at: impl At, shown: Option<i64>) -> Result<(), Problem> {
        self.spawn(self.begin(at, Work::Remove, Consent::Shown(shown.unwrap_or(0)))?);
        Ok(())
    }

    /// Does `work` on a step and waits for its end.
    pub async fn run(&self, at: impl At, work: Work) -> Result<Standing, Problem> {
        self.run_as(at, work, Consent::Command).await
    }

    /// Removes the things of a step and waits for the end. With it: whether nothing of the step is left.
    pub async fn remove(&self, at: impl At) -> Result<(Standing, bool), Problem> {
        self.remove_as(at, Consent::Command).await
    }

    pub(super) async fn remove_as(&self, at: impl At, consent: Consent) -> Result<(Standing, bool), Problem> {
        let place = at.place(self)?;
        let is_gone = self.finish(self.begin(&place, Work::Remove, consent)?).await?;
        Ok((self.standing(&place)?, is_gone))
    }

    pub(super) async fn run_as(&self, at: impl At, work: Work, consent: Consent) -> Result<Standing, Problem> {
        let place = at.place(self)?;
        self.finish(self.begin(&place, work, consent)?).await?;
        self.standing(&place)
    }

    /// Asks a running step to stop. It stops at the next safe place.
    pub fn cancel(&self, key: &str) {
        if let Some((_, run)) = lock(&self.shared().running).iter().find(|(place, _)| place.key() == key) {
            run.cancel.cancel();
        }
    }

    /// Asks all running steps to stop, of every environment.
    pub fn cancel_all(&self) {
        lock(&self.shared().running).values().for_each(|run| run.cancel.cancel());
    }

    /// Ends all looks that nobody waits beside, and lets none begin before `look_around`.
    pub fn stop_looking_around(&self) {
        lock(&self.shared().looking).cancel();
    }

    /// Tells a row of such looks when it is to end.
    pub(super) fn looking(&self) -> CancellationToken {
        lock(&self.shared().looking).clone()
    }

    /// Allows such looks again.
    pub fn look_around(&self) {
        let mut looking = lock(&self.shared().looking);
        if looking.is_cancelled() {
            *looking = CancellationToken::new();
        }
    }

    pub(super) fn spawn(&self, begun: Begun) {
        let deployment = self.clone();
        // What could not be written down was told with the run's end.
        tokio::spawn(async move { drop(deployment.finish(begun).await) });
    }

    pub(super) fn begin(&self, at: impl At, work: Work, consent: Consent) -> Result<Begun, Problem> {
        let place = at.place(self)?;
        let step = self.at(&place)?.clone();
        let about = step.about();
        let standings = self.standings()?;
        let unmet = self.unmet(&standings, &place)?;
        if !unmet.is_empty() && !work.takes_back() && !matches!(consent, Consent::Earlier(_)) {
            let first = unmet.join("”, “");
            return Err(Problem::new(format!("“{}” cannot start yet.", about.title), format!("Do “{first}” first.")));
        }
        let whole = matches!(consent, Consent::Whole);
        if work.takes_back() && !whole && !matches!(consent, Consent::Earlier(_)) {
            self.may_go(&standings, &place)?;
        }
        let was = self.standing_in(&standings, &place)?;
        let unattended = whole || matches!(consent, Consent::Unattended);
        let cancel = match unattended {
            true => lock(&self.shared().looking).child_token(),
            false => CancellationToken::new(),
        };
        {
            let mut running = lock(&self.shared().running);
            if running.contains_key(&place) {
                return Err(Problem::new(
                    format!("“{}” is already at work.", about.title),
                    "Wait for it to end, or stop it.",
                ));
            }
            let (cancel, began) = (cancel.clone(), super::journal::now());
            running.insert(place.clone(), Running { work, began, cancel, progress: String::new(), waiting: false });
        }
        // From here on the guard frees the step.
        let mut guard =
            Guard { deployment: self.clone(), place: place.clone(), run: 0, fingerprint: String::new(), ended: true };
        let (fingerprint, shown, confirmed) = match &consent {
            Consent::Command | Consent::Unattended | Consent::Whole => (was.given.fingerprint.clone(), None, false),
            Consent::Accepted => (was.given.fingerprint.clone(), None, true),
            Consent::Shown(plan) => (was.given.fingerprint.clone(), Some(*plan), true),
            Consent::Earlier(run) => (run.fingerprint.clone(), None, true),
        };
        guard.run = match consent {
            Consent::Earlier(run) => run.id,
            _ => self.journal().begin_run(&place, work, &fingerprint)?,
        };
        guard.fingerprint.clone_from(&fingerprint);
        guard.ended = false;
        let deployment = &self.shared().id;
        tracing::info!(run = guard.run, deployment, page = place.key(), work = work.as_str(), "run began");
        let cx = Cx::of_run(self.shared().clone(), place.clone(), cancel, guard.run, (confirmed, unattended));
        self.tell(std::slice::from_ref(&place))?;
        // What things were made with is what they are removed by, whatever was entered since.
        let made_with = match work.takes_back() {
            true => self.journal().output(&place)?.map(|left| left.used).filter(|used| !used.0.is_empty()),
            false => None,
        };
        let values = made_with.unwrap_or_else(|| was.given.values.clone());
        Ok(Begun { step, place, work, cx, values, fingerprint, was, shown, whole, guard })
    }

    /// Does the work, stores how the run ended in the journal, and emits the events. Fails if that cannot be stored: then nobody
    /// knows how the step stands. Returns whether it went well.
    pub(super) async fn finish(&self, mut begun: Begun) -> Result<bool, Problem> {
        let ended = begun.do_it().await;
        begun.cx.flush();
        let kept = self.keep(&begun, ended);
        let place = begun.place.clone();
        let (was, acted) = (begun.was.state, begun.work.acts());
        begun.guard.ended = true;
        drop(begun);
        let ok = kept.as_ref().is_ok_and(|ok| *ok);
        let told = kept.and_then(|_| {
            let now = self.standing(&place)?.state;
            // What others show may follow from it, also where they do not wait for it.
            let one = vec![place.clone()];
            self.tell(&if now == was && !acted { one } else { self.all_from(&place)? })
        });
        if let Err(problem) = &told {
            self.tell_trouble(&place, problem.clone());
        }
        self.shared().tell(&place, EventKind::Ended { ok });
        told.map(|()| ok)
    }

    /// The journal cannot be written or read: said where it can still be heard.
    fn tell_trouble(&self, place: &Place, problem: Problem) {
        if let Ok(mut view) = self.view(place) {
            view.state = StepState::Look;
            view.problems.push(problem);
            self.shared().tell(place, EventKind::StepChanged { view: Box::new(view) });
        }
    }
}

impl Begun {
    /// Whether the step changes something outside this computer.
    pub(super) fn changes_the_world(&self) -> bool {
        self.step.about().acts
    }

    async fn do_it(&self) -> Ended {
        let Begun { step, cx, values, .. } = self;
        // A look that was stopped before it began asks nobody.
        if let (false, Err(stopped)) = (self.work.acts(), cx.go_on()) {
            return Ended::Failed(stopped.into());
        }
        let ended = match self.work {
            Work::Check => step.check(cx, values).await.map(Ended::Checked),
            Work::Plan => step.plan(cx, values).await.map(Ended::Planned),
            Work::PlanRemoval => self.removal().await.map(Ended::RemovalPlanned),
            Work::Remove => self.remove().await,
            Work::Apply => self.apply().await,
        };
        ended.unwrap_or_else(Ended::Failed)
    }

    async fn apply(&self) -> Result<Ended, Problems> {
        let Begun { step, cx, values, .. } = self;
        if let Some(shown) = self.shown {
            let held = self.was.plan.as_ref().filter(|_| self.was.plan_run == Some(shown));
            let fits = match held {
                None => false,
                Some(_) if step.about().keeps_plan => true,
                Some(held) => cx.cleaned(step.plan(cx, values).await?) == *held,
            };
            if !fits {
                return Ok(Ended::Refused(step.plan(cx, values).await?));
            }
        }
        match step.apply(cx, values).await {
            // Done is what the world says, so it is asked.
            Ok(_) => self.seen().await,
            Err(_) if std::mem::take(&mut cx.said().plan_is_stale) => Ok(Ended::Refused(step.plan(cx, values).await?)),
            // What stopped it may be something outside this page: then the step is blocked, not failed.
            Err(problems) => match step.check(cx, values).await {
                Ok(Status::Blocked(found)) if found.iter().any(|f| problems.0.iter().any(|p| p.what == f.what)) => {
                    Ok(Ended::Checked(Status::Blocked(found)))
                }
                _ => Err(problems),
            },
        }
    }

    /// What check says after an apply, waiting up to a minute for a world that shows things late (IAM does).
    async fn seen(&self) -> Result<Ended, Problems> {
        for _ in 0..LOOKS {
            match self.step.check(&self.cx, &self.values).await? {
                Status::Todo => self.wait("Waiting until the account shows it").await?,
                status => return Ok(Ended::Checked(status)),
            }
        }
        let fix = "Press “Check again” in a minute.";
        Err(Problem::new("Everything was done, but the account does not show it yet.", fix).into())
    }

    /// What a removal would take; where something holds it, that in its place.
    async fn removal(&self) -> Result<Plan, Problems> {
        let Begun { step, cx, values, .. } = self;
        match self.held().await? {
            Some(held) => Ok(held),
            None => step.removal(cx, values).await,
        }
    }

    /// What holds its things, as a plan that is stopped; `None` where nothing does.
    async fn held(&self) -> Result<Option<Plan>, Problems> {
        let mut held = self.step.held(&self.cx, &self.values).await?;
        held.retain(|held| !(self.whole && held.by.is_some()));
        let problems: Vec<Problem> = held.into_iter().map(|held| held.problem).collect();
        Ok((!problems.is_empty()).then(|| Plan::stopped(problems)))
    }

    /// Removes, and asks the world what is left: where it shows something still, for up to a minute.
    async fn remove(&self) -> Result<Ended, Problems> {
        let Begun { step, cx, values, .. } = self;
        if let Some(shown) = self.shown {
            // Looked for again: what is removed is what was shown, or nothing.
            let goes = cx.cleaned(self.removal().await?);
            if !goes.stops.is_empty() {
                return Ok(Ended::Held(goes));
            }
            if self.was.removal_run != Some(shown) || self.was.removal.as_ref() != Some(&goes) {
                return Ok(Ended::RemovalRefused(goes));
            }
            let mut said = cx.said();
            said.forget_things();
            said.views.clear();
        } else if !cx.is_confirmed() {
            // What goes on after a crash was asked about before it began.
            if let Some(held) = self.held().await? {
                return Ok(Ended::Held(held));
            }
        }
        let residue = match step.remove(cx, values).await {
            Err(_) if std::mem::take(&mut cx.said().plan_is_stale) => {
                return Ok(Ended::RemovalRefused(step.removal(cx, values).await?));
            }
            removed => removed?,
        };
        if !step.about().acts {
            return Ok(Ended::Removed(residue));
        }
        // What the removal itself named stays on purpose, with its reason; waiting changes nothing.
        let (kept, knows) = {
            let mut said = cx.said();
            (std::mem::take(&mut said.there), said.looked)
        };
        for look in 0..LOOKS {
            cx.said().forget_things();
            let status = step.check(cx, values).await;
            let (none, looked) = {
                let said = cx.said();
                (said.there.is_empty(), said.looked)
            };
            if none || !kept.is_empty() || look + 1 == LOOKS {
                // Who could not look does not know that nothing is left, unless the removal itself looked.
                let unknown = !knows && !looked && self.made_something()?;
                match status {
                    Err(problems) if unknown => return Err(problems),
                    Ok(Status::Blocked(problems)) if unknown => return Err(Problems(problems)),
                    _ => break,
                }
            }
            self.wait("Waiting until the account shows that it is gone").await?;
        }
        let mut said = cx.said();
        said.warnings.clear();
        if !kept.is_empty() {
            said.there = kept;
        }
        Ok(Ended::Removed(residue))
    }

    /// Whether the step made something in the world, as far as is known here.
    fn made_something(&self) -> Result<bool, Problem> {
        let journal = self.guard.deployment.journal();
        Ok(!self.was.there.is_empty() || journal.has_effects_in(self.guard.run)?)
    }

    async fn wait(&self, text: &str) -> Result<(), Problem> {
        self.cx.go_on()?;
        self.cx.progress(text);
        tokio::time::sleep(Duration::from_secs(2)).await;
        Ok(())
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        lock(&self.deployment.shared().running).remove(&self.place);
        if self.ended {
            return;
        }
        // The run panicked, or could not be told of at its beginning.
        let problem = Problem::new(
            "This step stopped unexpectedly.",
            "Press “Check again” to see how it stands; if it stops again, report it to the people who make Hubwright.",
        );
        let shown = Shown {
            fingerprint: self.fingerprint.clone(),
            problems: vec![problem.clone()],
            ..Shown::sentence(&problem.what)
        };
        let end =
            End { outcome: Outcome::Failed, output: None, shown, settles: false, acting: String::new(), along: vec![] };
        let deployment = &self.deployment;
        let kept = deployment.journal().end_run(&self.place, self.run, &end);
        if kept.map_err(Problem::from).and_then(|()| deployment.tell(std::slice::from_ref(&self.place))).is_err() {
            deployment.tell_trouble(&self.place, problem);
        }
        deployment.shared().tell(&self.place, EventKind::Ended { ok: false });
    }
}

/// How often the world is asked, two seconds apart, until it shows a change.
const LOOKS: usize = 30;
