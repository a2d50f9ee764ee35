//! Several steps side by side, each as soon as the steps it needs are done; and going on after opening with what was under
//! way. What a single run does is `run.rs`'s.

use super::context::lock;
use super::event::StepState;
use super::journal::Run;
use super::page::Standing;
use super::run::{Consent, Work};
use super::step::Place;
use super::{At, Deployment, Problem};
use std::collections::BTreeSet;
use std::time::Duration;

/// What to do with each step in turn, until it is done or has a problem.
#[derive(Clone, Default)]
pub struct Errand {
    pub work: Vec<Work>,
    /// Steps whose plans may destroy something.
    pub may_destroy: Vec<Place>,
    /// It only looks, and nobody is asked anything for it.
    pub unattended: bool,
}

impl Errand {
    pub fn of(work: &[Work]) -> Self {
        Errand { work: work.to_vec(), ..Errand::default() }
    }

    /// What the plan of a step destroys without leave. Empty where it may be applied.
    pub fn unasked<'a>(&self, place: &Place, standing: &'a Standing) -> &'a [String] {
        match &standing.plan {
            Some(plan) if !self.may_destroy.contains(place) => &plan.destroys,
            _ => &[],
        }
    }
}

impl Deployment {
    /// Does the errand on every step of `wanted`, each as soon as the steps it needs are done, independent ones side by side.
    /// `ended` hears of each step as it ends, in the order they end. Steps that wait for one that was not done are left out.
    pub async fn run_all(
        &self,
        wanted: &[Place],
        errand: &Errand,
        mut ended: impl FnMut(&Place, &Standing),
    ) -> Result<(), Problem> {
        let mut left: BTreeSet<Place> = wanted.iter().cloned().collect();
        let mut at_work = tokio::task::JoinSet::new();
        let mut here: BTreeSet<Place> = BTreeSet::new();
        // Once something went wrong with the engine itself nothing new begins, and what is at work is waited for.
        let mut wrong: Option<Problem> = None;
        loop {
            let standings = self.standings()?;
            let places = if wrong.is_none() { self.places()? } else { vec![] };
            for place in places {
                let waits = |need: &Place| here.contains(need) || left.contains(need) && *need != place;
                if !left.contains(&place)
                    || self.needs(&place)?.iter().any(waits)
                    || !self.unmet(&standings, &place)?.is_empty()
                {
                    continue;
                }
                left.remove(&place);
                here.insert(place.clone());
                let (deployment, errand) = (self.clone(), errand.clone());
                at_work.spawn(async move {
                    let standing = deployment.run_errand(&place, &errand).await;
                    (place, standing)
                });
            }
            let Some(joined) = at_work.join_next().await else { return wrong.map_or(Ok(()), Err) };
            match joined {
                Ok((place, Ok(standing))) => {
                    here.remove(&place);
                    ended(&place, &standing);
                }
                Ok((_, Err(problem))) => wrong = wrong.or(Some(problem)),
                Err(error) => {
                    let fix = "Run it again; if it stops again, report it.";
                    wrong = wrong.or(Some(Problem::new("A step stopped unexpectedly.", fix).because(&error)));
                }
            }
        }
    }

    pub(super) async fn run_errand(&self, place: &Place, errand: &Errand) -> Result<Standing, Problem> {
        let acts = self.at(place)?.about().acts;
        let applies = errand.work.contains(&Work::Apply);
        // What was begun and killed goes on first, where that is what is asked for again.
        if let Some(run) = self.earlier(place)? {
            match (run.work, applies) {
                (Work::Apply, true) => drop(self.run_as(place, Work::Apply, Consent::Earlier(run)).await?),
                _ if self.is_alive(&run) => self.stop_earlier(place, &run).await?,
                // What has ended is taken in by whoever is asked for that work again.
                _ => {}
            }
        }
        let mut standing = self.standing(place)?;
        let usual = || if errand.unattended { Consent::Unattended } else { Consent::Command };
        let mut consent = usual();
        for work in &errand.work {
            // A step that only works on this computer shows no plan.
            if *work == Work::Plan && applies && !acts {
                continue;
            }
            standing = self.run_as(place, *work, std::mem::replace(&mut consent, usual())).await?;
            let stopped = standing.state == StepState::Done || standing.problems.iter().any(Problem::is_error);
            if stopped || *work == Work::Plan && !errand.unasked(place, &standing).is_empty() {
                break;
            }
            if *work == Work::Plan {
                consent = Consent::Accepted;
            }
        }
        Ok(standing)
    }

    /// The run of a step that was killed and whose job lives, or ended since.
    fn earlier(&self, place: &Place) -> Result<Option<Run>, Problem> {
        let runs = self.journal().open_runs(place)?;
        Ok(runs.into_iter().rev().find(|run| self.can_go_on(run)))
    }

    /// Stops the job of a run that was killed, and waits for its end. The run itself says nothing about the world.
    pub async fn stop_earlier_runs(&self, at: impl At) -> Result<(), Problem> {
        let place = at.place(self)?;
        match self.earlier(&place)? {
            Some(run) => self.stop_earlier(&place, &run).await,
            None => Ok(()),
        }
    }

    async fn stop_earlier(&self, place: &Place, run: &Run) -> Result<(), Problem> {
        if let Some(job) = &run.job {
            self.shared().tools.stop(job).await?;
        }
        Ok(self.journal().interrupt_run(place, run, cut(run.work))?)
    }

    /// After opening: goes on with exactly the work that was confirmed and whose job lives, or ended meanwhile. What else was cut
    /// off is said, and looked at again after `pause`, and so is what was done. A page where that is not possible does not keep
    /// the others from it.
    pub fn resume(&self, pause: Duration) {
        for place in self.places().unwrap_or_default() {
            // Where the journal cannot be read or written, the first thing done on the page says so.
            let _ = self.resume_one(&place, pause);
        }
    }

    fn resume_one(&self, place: &Place, pause: Duration) -> Result<(), Problem> {
        // Looked at before the window opened it, and still at that.
        if lock(&self.shared().running).contains_key(place) {
            return Ok(());
        }
        let mut look = matches!(self.standing(place)?.state, StepState::Done);
        look |= !self.journal().unfinished(place)?.is_empty();
        let mut runs = self.journal().open_runs(place)?;
        let goes_on = runs.iter().rposition(|run| run.work.acts() && self.can_go_on(run));
        let goes_on = goes_on.map(|at| runs.remove(at));
        for run in &runs {
            self.journal().interrupt_run(place, run, cut(run.work))?;
            look |= run.work.acts();
        }
        if !runs.is_empty() {
            self.tell(std::slice::from_ref(place))?;
        }
        let jobs = runs.into_iter().filter(|run| self.is_alive(run)).filter_map(|run| run.job).collect();
        match goes_on {
            Some(run) => self.spawn(self.begin(place, run.work, Consent::Earlier(run))?),
            None => self.stop_then_check(place.clone(), jobs, look.then_some(pause)),
        }
        Ok(())
    }

    fn stop_then_check(&self, place: Place, jobs: Vec<String>, look: Option<Duration>) {
        let deployment = self.clone();
        tokio::spawn(async move {
            for job in jobs {
                // One that cannot be stopped is told by whoever meets it next.
                let _ = deployment.shared().tools.stop(&job).await;
            }
            if let Some(pause) = look {
                tokio::time::sleep(pause).await;
                // One that waits for another page says so itself when it is run.
                let _ = deployment.start(&place, Work::Check);
            }
        });
    }
}

fn cut(work: Work) -> &'static str {
    match work {
        Work::Check => "Hubwright was stopped while it looked at this. Press “Check again”.",
        Work::Plan => "Hubwright was stopped while it made the plan. Nothing was done; make the plan again.",
        Work::Apply => "Hubwright was stopped while it worked on this.",
        Work::PlanRemoval => "Hubwright was stopped while it looked for what a removal takes. Nothing was removed.",
        Work::Remove => "Hubwright was stopped while it removed this. Look again to see what is still there.",
    }
}
