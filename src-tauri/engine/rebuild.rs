//! A world that forgets, such as the practice account, may be gone with everything that was made in it. Here it is told, and
//! every page that was done is done again from its answers. A lasting world is never rebuilt.

use super::event::{EventKind, Lost, StepState};
use super::journal::Outcome;
use super::run::Work;
use super::schedule::Errand;
use super::step::Place;
use super::{Deployment, Problem, Value};
use std::sync::atomic::Ordering;

impl Deployment {
    /// What is gone, and the pages that make it again. `None` where everything is in the world it was made in.
    pub fn lost(&self) -> Result<Option<Lost>, Problem> {
        let Some((place, what, gone)) = self.forgetful()? else { return Ok(None) };
        let mut pages = self.kept_list()?;
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
            self.shared().tell(&place, EventKind::ContextChanged { context: self.context()? });
        }
        Ok(())
    }

    /// Whether the world that forgets is gone. Always false where all that was made is in worlds that last.
    pub(super) fn is_world_gone(&self) -> Result<bool, Problem> {
        Ok(self.forgetful()?.is_some_and(|(.., gone)| gone))
    }

    /// The step whose world forgets, what to say where it has, and whether it has.
    fn forgetful(&self) -> Result<Option<(Place, &'static str, bool)>, Problem> {
        for step in self.steps().filter(|step| step.about().forgets) {
            let place = Place::shared(step.about().id);
            let Some(left) = self.journal().output(&place)? else { continue };
            let values = self.journal().answers(&place)?;
            let gone = match step.has_forgotten(&self.cx(&place), &values, left.output) {
                None => continue,
                Some(true) => true,
                // It is the same world, and it does not show what it showed for the same answers: it was emptied.
                Some(false) => self
                    .journal()
                    .verdict(&place)?
                    .is_some_and(|run| run.outcome == Some(Outcome::Todo) && run.fingerprint == left.fingerprint),
            };
            return Ok(Some((place, step.about().forgot, gone)));
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
