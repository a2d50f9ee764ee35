//! Several steps side by side, each as soon as the steps it needs are done; and going on after opening with what was under
//! way. What a single run does is `run.rs`'s.

use super::event::StepState;
use super::journal::Run;
use super::page::Standing;
use super::run::{Consent, Work};
use super::step::Place;
use super::{Deployment, Problem, StepId};
use std::collections::BTreeSet;

/// What to do with each step in turn, until it is done or has a problem.
#[derive(Clone, Default)]
pub struct Errand {
    pub work: Vec<Work>,
    /// Steps whose plans may destroy something.
    pub may_destroy: Vec<StepId>,
}

impl Errand {
    pub fn of(work: &[Work]) -> Self {
        Errand { work: work.to_vec(), may_destroy: vec![] }
    }

    /// What the plan of a step destroys without leave. Empty where it may be applied.
    pub fn unasked<'a>(&self, id: &str, standing: &'a Standing) -> &'a [String] {
        match &standing.plan {
            Some(plan) if !self.may_destroy.contains(&id) => &plan.destroys,
            _ => &[],
        }
    }
}

impl Deployment {
    /// Does the errand on every step of `wanted`, each as soon as the steps it needs are done, independent ones side by side.
    /// `ended` hears of each step as it ends, in the order they end. Steps that wait for one that was not done are left out.
    pub async fn run_all(
        &self,
        wanted: &[StepId],
        errand: &Errand,
        mut ended: impl FnMut(StepId, &Standing),
    ) -> Result<(), Problem> {
        let mut left: BTreeSet<StepId> = wanted.iter().copied().collect();
        let mut at_work = tokio::task::JoinSet::new();
        let mut here: BTreeSet<StepId> = BTreeSet::new();
        // Once something went wrong with the engine itself nothing new begins, and what is at work is waited for.
        let mut wrong: Option<Problem> = None;
        loop {
            let standings = self.standings()?;
            for step in self.steps().filter(|_| wrong.is_none()) {
                let id = step.about().id;
                let waits = step.needs().iter().any(|need| here.contains(need) || (left.contains(need) && *need != id));
                if !left.contains(id) || waits || !self.unmet(&standings, step.as_ref()).is_empty() {
                    continue;
                }
                left.remove(id);
                here.insert(id);
                let (deployment, errand) = (self.clone(), errand.clone());
                at_work.spawn(async move { (id, deployment.run_errand(id, &errand).await) });
            }
            let Some(joined) = at_work.join_next().await else { return wrong.map_or(Ok(()), Err) };
            match joined {
                Ok((id, Ok(standing))) => {
                    here.remove(id);
                    ended(id, &standing);
                }
                Ok((_, Err(problem))) => wrong = wrong.or(Some(problem)),
                Err(error) => {
                    let fix = "Run it again; if it stops again, report it.";
                    wrong = wrong.or(Some(Problem::new("A step stopped unexpectedly.", fix).because(&error)));
                }
            }
        }
    }

    async fn run_errand(&self, id: StepId, errand: &Errand) -> Result<Standing, Problem> {
        let acts = self.step(id)?.about().acts;
        let applies = errand.work.contains(&Work::Apply);
        // What was begun and killed goes on first, where that is what is asked for again.
        if let Some(run) = self.earlier(id)? {
            match (run.work, applies) {
                (Work::Apply, true) => drop(self.run_as(id, Work::Apply, Consent::Earlier(run)).await?),
                _ => self.stop_earlier(id, &run).await?,
            }
        }
        let mut standing = self.standing(id)?;
        let mut consent = Consent::Command;
        for work in &errand.work {
            // A step that only works on this computer shows no plan.
            if *work == Work::Plan && applies && !acts {
                continue;
            }
            standing = self.run_as(id, *work, std::mem::replace(&mut consent, Consent::Command)).await?;
            let stopped = standing.state == StepState::Done || standing.problems.iter().any(Problem::is_error);
            if stopped || *work == Work::Plan && !errand.unasked(id, &standing).is_empty() {
                break;
            }
            if *work == Work::Plan {
                consent = Consent::Accepted;
            }
        }
        Ok(standing)
    }

    /// The run of a step that was killed and whose job lives.
    fn earlier(&self, id: StepId) -> Result<Option<Run>, Problem> {
        let runs = self.journal().open_runs(&Place::shared(id))?;
        Ok(runs.into_iter().rev().find(|run| self.is_alive(run)))
    }

    /// Stops the job of a run that was killed, and waits for its end. The run itself says nothing about the world.
    pub async fn stop_earlier_runs(&self, id: StepId) -> Result<(), Problem> {
        match self.earlier(id)? {
            Some(run) => self.stop_earlier(id, &run).await,
            None => Ok(()),
        }
    }

    async fn stop_earlier(&self, id: StepId, run: &Run) -> Result<(), Problem> {
        if let Some(job) = &run.job {
            self.shared().tools.stop(job).await?;
        }
        Ok(self.journal().interrupt_run(&Place::shared(id), run, cut(run.work))?)
    }

    /// After opening: goes on with exactly the work that was confirmed and whose job lives; what else was cut off is said, and
    /// looked at again, and so is what was done. A page where that is not possible does not keep the others from it.
    pub fn resume(&self) -> Result<(), Problem> {
        for step in self.steps() {
            let id = step.about().id;
            let place = Place::shared(id);
            let mut look = matches!(self.standing(id)?.state, StepState::Done);
            look |= !self.journal().unfinished(&place)?.is_empty();
            let mut runs = self.journal().open_runs(&place)?;
            let goes_on = runs.iter().rposition(|run| run.work.acts() && self.is_alive(run));
            let goes_on = goes_on.map(|at| runs.remove(at));
            for run in &runs {
                self.journal().interrupt_run(&place, run, cut(run.work))?;
                look |= run.work.acts();
            }
            if !runs.is_empty() {
                self.tell(&[place])?;
            }
            let jobs = runs.into_iter().filter(|run| self.is_alive(run)).filter_map(|run| run.job).collect();
            match goes_on {
                Some(run) => self.spawn(self.begin(id, run.work, Consent::Earlier(run))?),
                None => self.stop_then_check(id, jobs, look),
            }
        }
        Ok(())
    }

    fn stop_then_check(&self, id: StepId, jobs: Vec<String>, look: bool) {
        let deployment = self.clone();
        tokio::spawn(async move {
            for job in jobs {
                // One that cannot be stopped is told by whoever meets it next.
                let _ = deployment.shared().tools.stop(&job).await;
            }
            if look {
                // One that waits for another page says so itself when it is run.
                let _ = deployment.start(id, Work::Check);
            }
        });
    }
}

fn cut(work: Work) -> &'static str {
    match work {
        Work::Check => "Hubwright was stopped while it looked at this. Press Check.",
        Work::Plan => "Hubwright was stopped while it made the plan. Nothing was done; make the plan again.",
        Work::Apply => "Hubwright was stopped while it worked on this.",
        Work::Remove => "Hubwright was stopped while it removed this. What is still there shows when it is looked at.",
    }
}
