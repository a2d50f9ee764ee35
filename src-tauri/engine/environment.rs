//! The environments of a deployment and the places of its steps in them: a step that all share has one place, another one in
//! each environment. Which environments there are is said by the step on whose page they are named.

use super::event::EventKind;
use super::page::Standings;
use super::step::{AnyStep, Place, StepId};
use super::words::{self, clean};
use super::{Deployment, Problem, Trial};
use std::sync::Arc;

/// What names a place: the place itself, or its key.
pub trait At {
    fn place(self, deployment: &Deployment) -> Result<Place, Problem>;
}

impl At for &Place {
    fn place(self, _: &Deployment) -> Result<Place, Problem> {
        Ok(self.clone())
    }
}

impl At for &str {
    fn place(self, deployment: &Deployment) -> Result<Place, Problem> {
        deployment.place(self)
    }
}

impl At for &String {
    fn place(self, deployment: &Deployment) -> Result<Place, Problem> {
        deployment.place(self)
    }
}

impl Deployment {
    /// The names of all environments, the first one first; empty where nothing was named yet. One that was taken off the list
    /// stays as long as something of it is there.
    pub fn environments(&self) -> Result<Vec<String>, Problem> {
        let named = self.steps().map(|step| step.environments(&self.cx(&Place::shared(step.about().id))));
        self.with_those_in_use(named.flatten().collect())
    }

    /// The same, if these answers were entered.
    pub fn environments_of(&self, trial: &Trial) -> Result<Vec<String>, Problem> {
        let named = self.steps().map(|step| step.environments(&self.trying(&Place::shared(step.about().id), trial)));
        self.with_those_in_use(named.flatten().collect())
    }

    fn with_those_in_use(&self, mut all: Vec<String>) -> Result<Vec<String>, Problem> {
        for used in self.shared().environments_in_use()? {
            if all.is_empty() {
                all.push(String::new());
            }
            if !all.contains(&used) {
                all.push(used);
            }
        }
        Ok(all)
    }

    /// All places, each after those it needs: the steps in order with those of the first environment, then the other
    /// environments' own ones.
    pub fn places(&self) -> Result<Vec<Place>, Problem> {
        Ok(self.places_in(&self.environments()?))
    }

    /// The places of these environments, of which the first comes first.
    pub fn places_in(&self, environments: &[String]) -> Vec<Place> {
        let mut all: Vec<Place> = self.steps().map(|step| Place::shared(step.about().id)).collect();
        for environment in environments.iter().skip(1) {
            let each = self.steps().map(|step| step.about()).filter(|about| about.each);
            all.extend(each.map(|about| Place::seen_from(environment, &about)));
        }
        all
    }

    /// The place of this key, or the problem that says why there is none.
    pub fn place(&self, key: &str) -> Result<Place, Problem> {
        match key.contains('.') {
            false => Ok(Place::shared(self.step(key)?.about().id)),
            true => self.place_in(&self.environments()?, key),
        }
    }

    /// The same among these environments.
    pub fn place_in(&self, environments: &[String], key: &str) -> Result<Place, Problem> {
        let Some((environment, id)) = key.split_once('.') else { return self.place(key) };
        let shown = clean(environment);
        let others = environments.get(1..).unwrap_or_default();
        if !others.iter().any(|other| other == environment) {
            if environments.first().is_some_and(|first| first == environment) {
                let what = format!("`{shown}` is the first environment, whose steps go by their own names.");
                return Err(Problem::new(what, format!("Write `{}`", clean(id))));
            }
            let like = others.iter().find(|other| is_like(other, environment));
            let fix = match (like, others) {
                (Some(other), _) => format!("Write `{other}.{}`", clean(id)),
                (None, []) => format!("Name `{shown}` as an environment of the deployment first."),
                (None, others) => {
                    let known: Vec<_> = others.iter().map(|other| format!("`{other}`")).collect();
                    format!("Use {}, or name `{shown}` as an environment of the deployment first.", known.join(" or "))
                }
            };
            return Err(Problem::new(format!("There is no environment `{shown}`."), fix));
        }
        let about = self.step(id)?.about();
        if !about.each {
            let what = format!("`{}` is shared by all environments.", about.id);
            return Err(Problem::new(what, format!("Write `{}`, without an environment.", about.id)));
        }
        Ok(Place::seen_from(environment, &about))
    }

    /// The step at a place.
    pub fn at(&self, place: &Place) -> Result<&Arc<dyn AnyStep>, Problem> {
        self.step(place.step)
    }

    /// The places that this one needs: of a step once per environment the one of its own, else the one that all share.
    pub fn needs(&self, place: &Place) -> Result<Vec<Place>, Problem> {
        self.seen_from(place, self.at(place)?.needs())
    }

    /// The places from whose answers its defaults follow.
    pub(super) fn follows(&self, place: &Place) -> Result<Vec<Place>, Problem> {
        self.seen_from(place, self.at(place)?.follows())
    }

    fn seen_from(&self, place: &Place, steps: &[StepId]) -> Result<Vec<Place>, Problem> {
        steps.iter().map(|step| Ok(Place::seen_from(&place.environment, &self.step(step)?.about()))).collect()
    }

    /// The name of the environment that a place is of. A place of the first environment has an empty one.
    pub(super) fn environment_name(&self, environment: &str) -> Result<String, Problem> {
        match environment {
            "" => Ok(self.environments()?.into_iter().next().unwrap_or_default()),
            environment => Ok(environment.to_owned()),
        }
    }

    // --- which one is shown ---

    /// The environment that is shown, as places name it.
    pub(super) fn shown(&self) -> Result<String, Problem> {
        let shown = self.journal().shown_environment()?;
        let known = !shown.is_empty() && self.environments()?.iter().skip(1).any(|other| *other == shown);
        Ok(if known { shown } else { String::new() })
    }

    /// Shows another environment, by its name.
    pub fn show(&self, name: &str) -> Result<(), Problem> {
        let all = self.environments()?;
        let at = all.iter().position(|other| other == name);
        let at = at.ok_or_else(|| {
            Problem::new(format!("There is no environment `{}`.", clean(name)), "Choose one of the list.")
        })?;
        let Some(about) = self.steps().map(|step| step.about()).next() else { return Ok(()) };
        self.show_at(if at == 0 { "" } else { name }, &Place::shared(about.id))
    }

    pub(super) fn show_at(&self, environment: &str, place: &Place) -> Result<(), Problem> {
        if self.shown()? != environment {
            self.journal().put_shown_environment(environment)?;
            self.shared().tell(place, EventKind::ContextChanged { context: self.context()? });
        }
        Ok(())
    }

    // --- removing ---

    /// A page that environments share stays as long as one of them has something that rests on it. Where there is but one
    /// environment, its order is the person's.
    pub(super) fn may_go(&self, standings: &Standings, place: &Place) -> Result<(), Problem> {
        let about = self.at(place)?.about();
        if about.each || !about.acts || self.environments()?.len() < 2 {
            return Ok(());
        }
        let mut rest = vec![];
        for other in self.dependants(place)? {
            let other_about = self.at(&other)?.about();
            let there = standings.get(&other).is_some_and(|standing| !standing.there.is_empty());
            if other_about.each && other_about.acts && (there || self.made(&other)?) {
                rest.push(format!("“{}” of {}", other_about.short, self.environment_name(&other.environment)?));
            }
        }
        if rest.is_empty() {
            return Ok(());
        }
        let need = if rest.len() == 1 { "needs" } else { "need" };
        let what =
            format!("All environments share what “{}” made, and {} still {need} it.", about.title, words::all(&rest));
        Err(Problem::new(what, "Remove that first."))
    }
}

/// Whether somebody who wrote `other` may have meant `name`: the same but for case, or for one letter more, less or different.
fn is_like(name: &str, other: &str) -> bool {
    let (one, two) = (name.to_lowercase(), other.to_lowercase());
    let begin = one.chars().zip(two.chars()).take_while(|(a, b)| a == b).count();
    let end = one.chars().rev().zip(two.chars().rev()).take_while(|(a, b)| a == b).count();
    let (short, long) = (one.chars().count().min(two.chars().count()), one.chars().count().max(two.chars().count()));
    long - short <= 1 && begin + end + 1 >= long
}

#[cfg(test)]
mod tests;
