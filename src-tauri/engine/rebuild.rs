//! A world that forgets, such as the practice account, may be gone with everything that was made in it. Here it is told, and
//! every page that was done is done again from its answers. A lasting world is never rebuilt.

use super::event::{Happening, Lost, StepState};
use super::journal::Outcome;
use super::run::Work;
use super::schedule::Errand;
use super::step::Place;
use super::{Deployment, Problem, Value};
use std::sync::atomic::Ordering;

impl Deployment {
    /// What is gone, and the pages that make it again. `None` where everything is in the world it was made in.
    pub fn lost(&self) -> Result<Option<Lost>, Problem> {
        let Some((place, what)) = self.forgetful()? else { return Ok(None) };
        let mut pages = self.kept_list()?;
        let gone = self.has_forgotten(&place)?;
        if gone {
            pages.clear();
            for place in std::iter::once(place.clone()).chain(self.dependants(&place)?) {
                if self.journal().output(&place)?.is_some() {
                    pages.push(place.key());
                }
            }
        }
        let at_work = self.shared().rebuilding.load(Ordering::SeqCst);
        Ok((!pages.is_empty()).then(|| Lost { what: if gone { what.into() } else { PARTLY.into() }, pages, at_work }))
    }

    /// Whether the world in which this step was done is gone. Always false for one that lasts.
    pub(super) fn has_forgotten(&self, place: &Place) -> Result<bool, Problem> {
        let step = self.at(place)?;
        if !step.about().forgets {
            return Ok(false);
        }
        let Some(left) = self.journal().output(place)? else { return Ok(false) };
        let values = self.journal().answers(place)?;
        Ok(match step.has_forgotten(&self.cx(place), &values, left.output) {
            None => false,
            Some(true) => true,
            // It is the same world, and it does not show what it showed for the same answers: it was emptied.
            Some(false) => self
                .journal()
                .verdict(place)?
                .is_some_and(|run| run.outcome == Some(Outcome::Todo) && run.fingerprint == left.fingerprint),
        })
    }

    /// Does every page again that is gone, one after the other in their order, from its answers. Stops at the first that is not
    /// done afterwards; what is left is offered again. Only ever by a person's press.
    pub fn rebuild(&self) -> Result<(), Problem> {
        let Some(lost) = self.lost()? else {
            return Err(Problem::new("Nothing of this deployment is gone.", "Go on with the page that is open."));
        };
        if self.shared().rebuilding.swap(true, Ordering::SeqCst) {
            return Ok(());
        }
        let deployment = self.clone();
        tokio::spawn(async move {
            // What went wrong on a page is said there, and what could not be written down is told with its run. A page that
            // panics ends the task within only.
            let within = deployment.clone();
            let _ = tokio::spawn(async move { within.rebuild_all(lost.pages).await }).await;
            deployment.shared().rebuilding.store(false, Ordering::SeqCst);
            let _ = deployment.tell_all();
        });
        Ok(())
    }

    async fn rebuild_all(&self, mut left: Vec<String>) -> Result<(), Problem> {
        self.keep_list(&left)?;
        let errand = Errand::of(&[Work::Check, Work::Plan, Work::Apply]);
        while let Some(key) = left.first() {
            let place = self.place(key)?;
            self.quieten(&place).await?;
            self.tell(&self.all_from(&place)?)?;
            if self.run_errand(&place, &errand).await?.state != StepState::Done {
                return Ok(());
            }
            left.remove(0);
            self.keep_list(&left)?;
            self.shared().tell(&place, Happening::ContextChanged { context: self.context()? });
        }
        Ok(())
    }

    /// Whether the world of any step is gone.
    pub(super) fn is_world_gone(&self) -> Result<bool, Problem> {
        for step in self.steps().filter(|step| step.about().forgets) {
            if self.has_forgotten(&Place::shared(step.about().id))? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The step whose world forgets, with what to say where it has.
    fn forgetful(&self) -> Result<Option<(Place, &'static str)>, Problem> {
        for step in self.steps().filter(|step| step.about().forgets) {
            let place = Place::shared(step.about().id);
            let Some(left) = self.journal().output(&place)? else { continue };
            let values = self.journal().answers(&place)?;
            if step.has_forgotten(&self.cx(&place), &values, left.output).is_some() {
                return Ok(Some((place, step.about().forgot)));
            }
        }
        Ok(None)
    }

    /// The pages that are still to be done again, where that was begun.
    fn kept_list(&self) -> Result<Vec<String>, Problem> {
        let kept = self.journal().to_rebuild()?;
        Ok(kept.into_iter().filter(|key| self.place(key).is_ok()).collect())
    }

    fn keep_list(&self, left: &[String]) -> Result<(), Problem> {
        Ok(self.journal().put_to_rebuild(Value::Rows(left.to_vec()))?)
    }

    /// A page was done, by whatever way: it is not to be built up again.
    pub(super) fn is_built(&self, place: &Place) -> Result<(), Problem> {
        let mut left = self.kept_list()?;
        let before = left.len();
        left.retain(|key| *key != place.key());
        if left.len() == before { Ok(()) } else { self.keep_list(&left) }
    }
}

const PARTLY: &str = "Not everything that was gone is there again yet.";
