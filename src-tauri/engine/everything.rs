//! Taking back everything that a deployment made, page after page, the last one first. What is there is asked of the world, not
//! of this computer. How a page takes its things back is the page's own business.

use super::context::lock;
use super::event::StepState;
use super::run::{Consent, Work};
use super::schedule::Errand;
use super::step::Place;
use super::{Deployment, Problem, Standing};
use serde::Serialize;
use std::collections::BTreeMap;
use tokio_util::sync::CancellationToken;

/// What becomes of a page when everything is removed.
pub enum Fate {
    /// It is removed. `known`: something of it is there, or may be; else it is looked for.
    Remove { known: bool },
    /// Nothing of it is there. Where nobody could look: the page by which that is known, since its things were inside of that
    /// page's things, or could not be made without them.
    Nothing(Option<&'static str>),
    /// It cannot be looked at; whatever it made is inside of what another page made, and goes with that.
    Inside { waits: String, outer: &'static str },
    /// It could not be looked at, and says why.
    Unseen(Box<Standing>),
    /// It could not be looked at, because it waits for these pages.
    Waits(String),
    /// It stays: this page needs it and was not removed.
    Rests(&'static str),
}

/// A deployment on its way out.
pub struct Removing<'a> {
    deployment: &'a Deployment,
    /// How each page stood that could be looked at.
    seen: BTreeMap<Place, Standing>,
    /// Its things were made from this computer.
    made_here: bool,
    /// Pages of which something remains, or may.
    remain: Vec<Place>,
}

impl Deployment {
    /// Looks at these pages by `errand`, in the order they need each other: also where nothing is known of them here.
    pub async fn removing(&self, places: &[Place], errand: Errand) -> Result<Removing<'_>, Problem> {
        let made_here = self.makes_things()?;
        let mut seen = BTreeMap::new();
        let looking = |place: &Place, step: &Standing| drop(seen.insert(place.clone(), step.clone()));
        self.run_all(places, &errand, looking).await?;
        Ok(Removing { deployment: self, seen, made_here, remain: vec![] })
    }

    /// Whether things of this deployment were made from this computer, besides what gives access to the account.
    fn makes_things(&self) -> Result<bool, Problem> {
        for place in self.places()? {
            let about = self.at(&place)?.about();
            if about.acts && !about.forgets && !self.journal().effects(&place)?.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

impl Removing<'_> {
    /// What becomes of a page, after those that come after it.
    pub fn fate(&self, place: &Place) -> Result<Fate, Problem> {
        let Removing { deployment, seen, made_here, .. } = self;
        for other in &self.remain {
            if deployment.needs(other)?.contains(place) {
                return Ok(Fate::Rests(deployment.at(other)?.about().title));
            }
        }
        let about = deployment.at(place)?.about();
        if let Some(outer) = self.went_with(place)? {
            return Ok(Fate::Nothing(Some(outer)));
        }
        let standing = deployment.standing(place)?;
        if deployment.may_be_removed(place, &standing)? {
            return Ok(Fate::Remove { known: true });
        }
        if !about.acts {
            return Ok(Fate::Nothing(None));
        }
        if let Some(seen) = seen.get(place) {
            let is_unseen = !seen.looked && matches!(seen.state, StepState::Look | StepState::Blocked);
            return Ok(if is_unseen { Fate::Unseen(Box::new(seen.clone())) } else { Fate::Nothing(None) });
        }
        let waits = deployment.view(place)?.waits_for.join("”, “");
        let Some(outer) = self.outer(place) else { return Ok(Fate::Waits(waits)) };
        let short = deployment.at(&outer)?.about().short;
        Ok(match about.inside_of {
            // What makes its things is gone or wants mending, and they may be there all the same: they are looked for
            // without it. Where that is gone, and this computer saw them go, or made other things of the deployment
            // and never these, it is known that they are not.
            None if seen.contains_key(&outer)
                && !(self.is_gone(&outer, true) && (*made_here || standing.looked && standing.there.is_empty())) =>
            {
                Fate::Remove { known: false }
            }
            _ if self.is_gone(&outer, *made_here) => Fate::Nothing(Some(short)),
            // Whether that one goes is said where it is removed.
            Some(outer) => Fate::Inside { waits, outer: deployment.step(outer)?.about().short },
            None => Fate::Waits(waits),
        })
    }

    /// Something of this page remains, or may, so that what it needs stays.
    pub fn remains(&mut self, place: &Place) {
        self.remain.push(place.clone());
    }

    /// The page that contained the things of this one, where nothing of that one is in the world any more.
    fn went_with(&self, place: &Place) -> Result<Option<&'static str>, Problem> {
        if self.seen.contains_key(place) { Ok(None) } else { self.deployment.went_with(&self.seen, place) }
    }

    /// What is wrong with the page that gives access to the world, where its look failed; and the pages behind it, itself
    /// included, which nobody can look at until that is mended. `gone`: keys of pages whose world is gone.
    fn shut(&self, gone: &[String]) -> Result<(Vec<Problem>, Vec<Place>), Problem> {
        for (place, step) in &self.seen {
            if has_failed(step) && self.deployment.at(place)?.about().forgets && !gone.contains(&place.key()) {
                let behind = [vec![place.clone()], self.deployment.dependants(place)?].concat();
                return Ok((reasons(step), behind));
            }
        }
        Ok((vec![], vec![]))
    }

    /// The page that makes what this one works with: a role, say, that it acts as.
    fn outer(&self, place: &Place) -> Option<Place> {
        let deployment = self.deployment;
        let acts = |place: &Place| deployment.at(place).is_ok_and(|step| step.about().acts);
        let makes = |place: &Place| acts(place) && deployment.needs(place).is_ok_and(|needs| needs.iter().any(acts));
        deployment.needs(place).ok()?.into_iter().rev().find(makes)
    }

    /// Whether nothing of a page is in the world. One that was not looked at counts as gone if the one it works with (`outer`)
    /// is gone. That holds only for a deployment whose things were made from this computer (`made_here`): of another one it
    /// is not known in which order they were removed.
    fn is_gone(&self, place: &Place, made_here: bool) -> bool {
        match self.seen.get(place) {
            Some(step) => step.is_nowhere(),
            None => made_here && self.outer(place).is_some_and(|outer| self.is_gone(&outer, true)),
        }
    }
}

/// The problem of looks that were stopped, where they were.
pub(super) fn go_on(looking: &CancellationToken) -> Result<(), Problem> {
    if looking.is_cancelled() { Err(Problem::cancelled()) } else { Ok(()) }
}

/// Whether a look at a page failed.
pub(super) fn has_failed(step: &Standing) -> bool {
    matches!(step.state, StepState::Look | StepState::Blocked) && step.problems.iter().any(Problem::is_error)
}

/// Why a page does not go on: never none.
fn reasons(step: &Standing) -> Vec<Problem> {
    let held = step.removal.iter().flat_map(|plan| &plan.stops);
    let mut all: Vec<Problem> = held.cloned().collect();
    if all.is_empty() {
        all.extend(step.problems.iter().filter(|problem| problem.is_error()).cloned());
    }
    if all.is_empty() {
        all.push(Problem::new(step.sentence.clone(), "Open the deployment, and look at this page."));
    }
    all
}

/// What would go if everything was removed now, and what would not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ts_rs::TS)]
pub struct Everything {
    /// The pages that something goes of, in the order in which it goes.
    pub pages: Vec<Going>,
    /// What must be mended before anything goes.
    pub stops: Vec<Problem>,
    /// What stays all the same, and why, in sentences.
    pub stays: Vec<String>,
    /// Every page was looked at, and nothing that Hubwright made remains.
    pub nothing: bool,
    /// What is to be typed before.
    pub name: String,
}

impl Everything {
    /// Adds what must be mended first. A fault that several pages meet is said once.
    fn stop(&mut self, problems: Vec<Problem>) {
        for problem in problems {
            if !self.stops.iter().any(|other| (&other.what, &other.fix) == (&problem.what, &problem.fix)) {
                self.stops.push(problem);
            }
        }
    }
}

/// What goes of one page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ts_rs::TS)]
pub struct Going {
    /// The key of the page's place.
    pub id: String,
    /// The name of the page, as the sidebar has it; with its environment where there are several.
    pub page: String,
    pub things: Vec<String>,
    /// What is lost for good with it, in sentences; empty where it can be made again.
    pub loses: String,
    /// The run that found it, by which it is confirmed.
    #[ts(type = "number")]
    pub run: i64,
}

/// What came of removing everything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ts_rs::TS)]
pub struct Removed {
    /// Why it stopped; empty where everything that was shown is gone. No page after that one was touched.
    pub stopped: Vec<Problem>,
    /// The pages whose things are gone, by the keys of their places, each with what it said.
    pub gone: Vec<(String, String)>,
    /// That everything is gone, with what the pages leave behind; empty where it stopped.
    pub said: String,
}

/// That `what` is removed, with what the pages said they leave behind.
pub fn gone_with(what: &str, said: impl IntoIterator<Item = String>) -> String {
    let left = said.into_iter().filter_map(|said| said.strip_prefix("Removed. ").map(str::to_owned));
    std::iter::once(format!("{what} is removed.")).chain(left).collect::<Vec<_>>().join(" ")
}

impl Deployment {
    /// Asks the world what there is of every page that makes something outside of this computer, and lists it.
    pub async fn everything(&self) -> Result<Everything, Problem> {
        let places = self.places()?;
        let several = self.environments()?.len() > 1;
        for place in &places {
            self.quieten(place).await?;
        }
        let gone = self.lost()?.map_or(vec![], |lost| lost.pages);
        let looking = self.looking();
        let mut removing = self.removing(&places, Errand { unattended: true, ..Errand::of(&[Work::Check]) }).await?;
        let mut all = Everything { name: self.own_name()?, ..Everything::default() };
        let (wrong, unreached) = removing.shut(&gone)?;
        all.stop(wrong);
        let acts = |place: &&Place| self.at(place).is_ok_and(|step| step.about().acts);
        let asked = places.iter().rev().filter(acts).filter(|place| !gone.contains(&place.key()));
        for place in asked.filter(|place| !unreached.contains(place)) {
            go_on(&looking)?;
            let about = self.at(place)?.about();
            let page = self.page_name(place.step, &place.environment, several)?;
            match removing.fate(place)? {
                Fate::Nothing(_) | Fate::Inside { .. } => {}
                Fate::Rests(title) => all.stays.push(format!("{page}: “{title}” needs it and stays.")),
                Fate::Waits(waits) => {
                    all.stays
                        .push(format!("{page}: what it made may be there. It waits for “{waits}”, so nobody looked."));
                    removing.remains(place);
                }
                Fate::Unseen(step) => {
                    all.stays.push(format!("{page}: what it made may be there. {}", step.sentence));
                    removing.remains(place);
                }
                Fate::Remove { .. } => {
                    let asked = self.run_as(place, Work::PlanRemoval, Consent::Whole).await?;
                    go_on(&looking)?;
                    match (asked.removal.clone(), asked.removal_run) {
                        (Some(plan), _) if !plan.stops.is_empty() => all.stop(plan.stops),
                        (Some(plan), Some(run)) if !plan.destroys.is_empty() => all.pages.push(Going {
                            id: place.key(),
                            page,
                            things: plan.destroys,
                            loses: about.loses.to_owned(),
                            run,
                        }),
                        (Some(plan), _) if plan.finds_nothing() => {}
                        (Some(plan), _) => {
                            all.stays.push(format!("{page}: {}", plan.summary));
                            removing.remains(place);
                        }
                        (None, _) => all.stop(reasons(&asked)),
                    }
                }
            }
        }
        all.nothing = all.pages.is_empty() && all.stops.is_empty() && removing.remain.is_empty();
        all.stays.extend(all.pages.iter().filter_map(|going| {
            let stays = self.place(&going.id).and_then(|place| Ok(self.at(&place)?.about().stays)).ok()?;
            (!stays.is_empty()).then(|| format!("{}: {stays}", going.page))
        }));
        all.stays.extend(self.done_by_hand()?);
        Ok(all)
    }

    /// Removes what `shown` lists, page after page, each by the run that found it, and stops at the first of which something
    /// stays. `typed` is the name that a person typed.
    pub async fn remove_everything(&self, shown: &[(String, i64)], typed: &str) -> Result<Removed, Problem> {
        let name = self.own_name()?;
        if typed.trim() != name {
            return Err(Problem::new(
                "Nothing was removed.",
                format!("Type the deployment's name, `{name}`, to remove it."),
            ));
        }
        let mut all = Removed::default();
        // A stop that was asked of something before is not one of this.
        self.look_around();
        let stop = self.looking();
        for (key, run) in shown {
            if stop.is_cancelled() {
                let fix = "Remove everything again to go on with the pages that are left.";
                all.stopped = vec![Problem::warning("It was stopped, as you asked.", fix)];
                return Ok(all);
            }
            let place = self.place(key)?;
            self.quieten(&place).await?;
            let (removed, is_gone) = self.remove_as(&place, Consent::Shown(*run)).await?;
            if !is_gone {
                all.stopped = reasons(&removed);
                return Ok(all);
            }
            all.gone.push((key.clone(), removed.sentence));
        }
        all.said = gone_with("Everything that was listed", all.gone.iter().map(|(_, said)| said.clone()));
        Ok(all)
    }

    /// Which page such a look is at, and how many there are: `Looking: 3 of 24, Secrets store`. Empty between two pages.
    pub fn looking_at(&self) -> Result<String, Problem> {
        let at_work: BTreeMap<Place, Work> = {
            let running = lock(&self.shared().running);
            running.iter().filter(|(_, run)| !run.work.acts()).map(|(place, run)| (place.clone(), run.work)).collect()
        };
        let mut places = self.places()?;
        let lists = at_work.values().any(|work| *work == Work::PlanRemoval);
        if lists {
            // As they are asked: the last first, and only those that make something.
            places.retain(|place| self.at(place).is_ok_and(|step| step.about().acts));
            places.reverse();
        }
        let Some(at) = places.iter().position(|place| at_work.contains_key(place)) else { return Ok(String::new()) };
        let page = self.page_name(places[at].step, &places[at].environment, self.environments()?.len() > 1)?;
        let doing = if lists { "Listing what would go" } else { "Looking" };
        Ok(format!("{doing}: {} of {}, {page}", at + 1, places.len()))
    }

    /// What a deployment is called, where nothing else is typed.
    pub(super) fn own_name(&self) -> Result<String, Problem> {
        let name = self.context()?.name;
        Ok(if name.is_empty() { self.shared().id.clone() } else { name })
    }
}

#[cfg(test)]
mod tests;
