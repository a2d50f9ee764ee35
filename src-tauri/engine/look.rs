//! Looking at a page by itself: what a person who opens it, or answers on it, wants to know without a press. It reads the world
//! and makes the plan; what changes the world waits for a person.

use super::context::lock;
use super::event::StepState;
use super::run::Work;
use super::step::Place;
use super::{At, Deployment, Problem, Standing};
use std::sync::atomic::Ordering;
use std::time::Duration;

/// Why a page is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// A person came to it. What was seen a moment ago is not looked at again.
    Opened,
    /// An answer on it changed: what is looked at with the old ones stops.
    Answered,
}

impl Deployment {
    /// Looks at a page in the background where its answers are whole and nothing changes the world for it just now. What is
    /// not done gets a plan. Of several answers in a row, only the last one is looked at.
    pub fn look(&self, at: impl At, reason: Reason) -> Result<(), Problem> {
        let place = at.place(self)?;
        let about = self.at(&place)?.about();
        let rebuilding = self.shared().rebuilding.load(Ordering::SeqCst);
        if !(about.acts || about.looks || about.at_once) || rebuilding {
            return Ok(());
        }
        let turn = self.shared().next_look(&place);
        let deployment = self.clone();
        tokio::spawn(async move {
            if reason == Reason::Answered && !about.at_once {
                tokio::time::sleep(PAUSE).await;
            }
            if deployment.shared().is_newest_look(&place, turn) {
                // What went wrong in a run is on its page.
                let _ = deployment.look_now(&place, reason, turn).await;
            }
        });
        Ok(())
    }

    async fn look_now(&self, place: &Place, reason: Reason, turn: u64) -> Result<(), Problem> {
        match reason {
            Reason::Answered => self.stop_looking(place).await,
            Reason::Opened => self.wait_for_quiet(place).await,
        }
        let is_ours = || self.shared().is_newest_look(place, turn) && !lock(&self.shared().running).contains_key(place);
        if !is_ours() || !self.problems(place)?.is_empty() || !self.unmet(&self.standings()?, place)?.is_empty() {
            return Ok(());
        }
        let about = self.at(place)?.about();
        let before = self.standing(place)?;
        let settled = before.state == StepState::Done || before.plan.is_some();
        if settled && is_recent(&before) && !about.at_once {
            return Ok(());
        }
        let now = self.run(place, Work::Check).await?;
        let stopped =
            matches!(now.state, StepState::Done | StepState::Blocked) || now.problems.iter().any(Problem::is_error);
        if about.acts && !stopped && now.plan.is_none() && is_ours() {
            self.run(place, Work::Plan).await?;
        }
        Ok(())
    }

    /// Ends what only looks at a page, so that something else can be done there at once.
    pub async fn quieten(&self, at: impl At) -> Result<(), Problem> {
        let place = at.place(self)?;
        // What was to be looked at in a moment is left alone too.
        self.shared().next_look(&place);
        self.stop_looking(&place).await;
        Ok(())
    }

    async fn stop_looking(&self, place: &Place) {
        if let Some(run) = lock(&self.shared().running).get(place).filter(|run| run.work.is_quiet()) {
            run.cancel.cancel();
        }
        self.wait_for_quiet(place).await;
    }

    /// Waits until no page is at work.
    pub async fn wait_for_all(&self) {
        while !lock(&self.shared().running).is_empty() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn wait_for_quiet(&self, place: &Place) {
        while lock(&self.shared().running).get(place).is_some_and(|run| run.work.is_quiet()) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

fn is_recent(standing: &Standing) -> bool {
    let looked = standing.checked_at.as_ref().and_then(|at| at.parse::<jiff::Timestamp>().ok());
    looked.is_some_and(|at| jiff::Timestamp::now().duration_since(at) < jiff::SignedDuration::from_secs(RECENT))
}

/// After the last key, before the page is looked at.
const PAUSE: Duration = Duration::from_millis(400);
/// How long what was seen needs no second look when a person comes back to a page, in seconds.
const RECENT: i64 = 60;
