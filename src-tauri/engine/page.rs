//! How a step stands, and everything the window sees of it. It follows from the journal and from what is entered now, each
//! time it is asked: nothing here is written down.

use super::context::lock;
use super::event::{StepState, StepView};
use super::form::{Form, Value, Values};
use super::journal::{Outcome, Output, Run, Shown};
use super::run::Work;
use super::step::{AnyStep, Place};
use super::view::Stand;
use super::{At, Deployment, Plan, Problem, Severity, View, files};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// How a step stands.
#[derive(Clone, Debug)]
pub struct Standing {
    pub state: StepState,
    pub sentence: String,
    pub problems: Vec<Problem>,
    pub views: Vec<View>,
    /// What is shown was seen with what is entered now.
    pub(super) is_of_these: bool,
    /// The plan that holds for what is entered now.
    pub plan: Option<Plan>,
    /// The run that made it, by which it is confirmed.
    pub plan_run: Option<i64>,
    /// What a removal would take, as it was looked for last.
    pub removal: Option<Plan>,
    /// The run that looked, by which the removal is confirmed.
    pub removal_run: Option<i64>,
    /// What the step left when it was last done.
    pub output: Option<serde_json::Value>,
    /// Things of the step that its last check found in the world.
    pub there: Vec<String>,
    /// That check looked for them: where there are none, none is in the world.
    pub looked: bool,
    /// RFC 3339, UTC. `None` where the world was never looked at.
    pub checked_at: Option<String>,
    /// What was done still rests on what is entered now, whatever the last look at the world was hindered by.
    pub(super) holds: bool,
    pub(super) given: Given,
}

impl Standing {
    /// Whether nothing of the step is in the world, as far as the last look saw.
    pub(super) fn is_nowhere(&self) -> bool {
        self.looked && self.there.is_empty()
    }
}

pub type Standings = BTreeMap<Place, Standing>;

/// What a run of a step would be given now.
#[derive(Clone, Debug)]
pub(super) struct Given {
    pub form: Form,
    /// Answers, defaults where there is none, and for what is locked the values it was done with.
    pub values: Values,
    /// A hash of the values, of the state of the secrets, and, after a colon, of what the needed steps left.
    pub fingerprint: String,
}

impl Deployment {
    /// How every step stands now.
    pub fn standings(&self) -> Result<Standings, Problem> {
        let mut all = Standings::new();
        let gone = self.is_world_gone()?;
        for place in self.places()? {
            let standing = self.standing_among(&all, &place, gone)?;
            all.insert(place, standing);
        }
        self.without_what_is_gone(&mut all)?;
        Ok(all)
    }

    /// What was seen in a world that is gone is not shown any more.
    fn without_what_is_gone(&self, all: &mut Standings) -> Result<(), Problem> {
        let Some(lost) = self.lost()? else { return Ok(()) };
        for (_, standing) in all.iter_mut().filter(|(place, _)| lost.pages.contains(&place.key())) {
            // What a page says since then has its own problems.
            if standing.state == StepState::Look && standing.problems.is_empty() {
                "What this page made is gone. It is made again from your answers.".clone_into(&mut standing.sentence);
                standing.views.clear();
                standing.there.clear();
            }
        }
        Ok(())
    }

    /// How one step stands now.
    pub fn standing(&self, at: impl At) -> Result<Standing, Problem> {
        self.standing_in(&self.standings()?, &at.place(self)?)
    }

    /// How a step stands, by `standings` if it is among them. A place of an environment that is not listed any more is not.
    pub(super) fn standing_in(&self, standings: &Standings, place: &Place) -> Result<Standing, Problem> {
        match standings.get(place) {
            Some(standing) => Ok(standing.clone()),
            None => self.standing_among(standings, place, self.is_world_gone()?),
        }
    }

    /// `world_gone`: the world that things were made in has forgotten them (`Step::has_forgotten`).
    fn standing_among(&self, all: &Standings, place: &Place, world_gone: bool) -> Result<Standing, Problem> {
        let step = self.at(place)?.as_ref();
        let output = self.journal().output(place)?;
        let given = self.given(step, place, output.as_ref())?;
        let verdict = self.journal().verdict(place)?;
        let mut shown = self.journal().shown(place)?;
        let lost = self.needs(place)?.into_iter().find(|need| !all.get(need).is_some_and(|need| need.holds));
        let removed = lost.as_ref().map(|need| self.was_removed(need)).transpose()?.unwrap_or(false);
        let lost = lost.map(|need| self.at(&need)).transpose()?.map(|other| other.about());
        let unseen = |outcome| matches!(outcome, Outcome::Done | Outcome::Failed | Outcome::Blocked);
        let fits = output.as_ref().is_some_and(|left| left.fingerprint == given.fingerprint);
        let gone = world_gone && step.about().forgets;
        // What rests on a world that is gone was seen there; what rests on a page that was removed is still to be told.
        let of_gone = gone || lost.is_some() && world_gone;
        let holds = fits && !gone && lost.is_none() && verdict.as_ref().and_then(|run| run.outcome).is_some_and(unseen);
        let (state, mut changed) = match verdict.as_ref().and_then(|run| Some((run, run.outcome?))) {
            None => (StepState::Todo, None),
            Some(_) if gone => (StepState::Look, None),
            Some((_, Outcome::Done)) if holds => (StepState::Done, None),
            Some((_, Outcome::Done)) => {
                (StepState::Look, Some(why(&given, output.as_ref(), lost.map(|need| (need.short, removed)))))
            }
            Some((run, Outcome::Blocked)) if run.fingerprint == given.fingerprint && !of_gone => {
                (StepState::Blocked, None)
            }
            Some((_, Outcome::Blocked)) if output.is_none() => (StepState::Todo, Some(String::new())),
            Some((_, Outcome::Todo)) if output.is_none() => (StepState::Todo, None),
            Some((_, Outcome::Removed)) => (StepState::Todo, None),
            _ => (StepState::Look, None),
        };
        // What contained its things is not there any more, so neither are they, whatever was seen of them last.
        let is_loose = state == StepState::Look && lost.is_some();
        if let Some(outer) = self.went_with(all, place)?.filter(|_| is_loose) {
            changed = Some(format!("What this page made went with “{outer}”, which is not there any more."));
            shown = Shown { looked: true, checked_at: shown.checked_at, ..Shown::default() };
        }
        // What was said of other answers, or of what an earlier page left then, is not said of these.
        let is_of_these = shown.fingerprint == given.fingerprint && !of_gone;
        let sentence = changed.unwrap_or_else(|| match shown.sentence.is_empty() || !is_of_these {
            true => plain(state, verdict.as_ref()).to_owned(),
            false => shown.sentence.clone(),
        });
        let plan = shown.plan.filter(|plan| plan.fingerprint == given.fingerprint);
        Ok(Standing {
            state,
            sentence,
            problems: if is_of_these { shown.problems } else { vec![] },
            views: shown.views,
            is_of_these,
            plan_run: plan.as_ref().map(|plan| plan.run),
            plan: plan.map(|plan| plan.plan),
            removal_run: shown.removal.as_ref().map(|plan| plan.run),
            removal: shown.removal.map(|plan| plan.plan),
            output: output.map(|left| left.output),
            there: shown.there,
            looked: shown.looked,
            checked_at: Some(shown.checked_at).filter(|at| !at.is_empty()),
            holds,
            given,
        })
    }

    /// The page whose things contained those of this one, where by `standings` nothing of that one is in the world any more.
    pub(super) fn went_with(&self, standings: &Standings, place: &Place) -> Result<Option<&'static str>, Problem> {
        let Some(outer) = self.at(place)?.about().inside_of.map(Place::shared) else { return Ok(None) };
        let is_gone = standings.get(&outer).is_some_and(Standing::is_nowhere);
        Ok(if is_gone { Some(self.at(&outer)?.about().short) } else { None })
    }

    /// Whether the last thing that was seen of a page is that it was removed.
    fn was_removed(&self, place: &Place) -> Result<bool, Problem> {
        Ok(self.journal().verdict(place)?.is_some_and(|run| run.outcome == Some(Outcome::Removed)))
    }

    /// What a run of the step would be given now.
    fn given(&self, step: &dyn AnyStep, place: &Place, output: Option<&Output>) -> Result<Given, Problem> {
        self.given_without(step, place, output, None)
    }

    /// The same, as if the page `gone` had been removed.
    pub(super) fn given_without(
        &self,
        step: &dyn AnyStep,
        place: &Place,
        output: Option<&Output>,
        gone: Option<&Place>,
    ) -> Result<Given, Problem> {
        let (answers, secrets) = self.journal().answers_with_changes(place)?;
        let form = step.form(&self.cx(place), &answers);
        let mut values = answers.with_defaults(&form);
        // A default may change with an earlier page; what things were made with may not change under them.
        for field in form.fields.iter().filter(|field| field.locked.is_some() && !answers.0.contains_key(field.name)) {
            if let Some(used) = output.and_then(|left| left.used.0.get(field.name)) {
                values.0.insert(field.name.to_owned(), used.clone());
            }
        }
        // A switch that is off says the same as one that is not there (yet).
        let is_told = |value: &Value| !matches!(value, Value::Secret(_) | Value::Switch(false));
        let open: BTreeMap<_, _> = values.0.iter().filter(|(_, value)| is_told(value)).collect();
        let mut needs = vec![];
        for need in self.needs(place)? {
            let left = self.journal().output(&need)?.filter(|_| gone != Some(&need)).map(|left| left.output);
            let other = self.at(&need)?;
            let left = left.map(|left| other.left_for(&place.environment, left));
            needs.push((need.key(), left, self.journal().answers_with_changes(&need)?.1));
        }
        let fingerprint = format!("{}:{}", hash(&(open, secrets)), hash(&needs));
        Ok(Given { form, values, fingerprint })
    }

    /// Steps that an older Hubwright saw done rest on what is entered now: it wrote down where they did not.
    pub(super) fn adopt_older_runs(&self) -> Result<(), Problem> {
        for place in self.places()? {
            let output = self.journal().output(&place)?;
            if output.as_ref().is_some_and(|left| left.fingerprint.is_empty()) {
                let given = self.given(self.at(&place)?.as_ref(), &place, output.as_ref())?;
                self.journal().adopt_fingerprint(&place, &given.fingerprint)?;
            }
        }
        Ok(())
    }

    /// Whether the step made something outside Hubwright that is still there, or may be.
    pub(super) fn made(&self, place: &Place) -> Result<bool, Problem> {
        Ok(self.shared().steps_that_made()?.iter().any(|(of, step)| *of == place.environment && step == place.step))
    }

    /// Whether there is something of the step to take back, as far as is known.
    pub fn may_be_removed(&self, place: &Place, standing: &Standing) -> Result<bool, Problem> {
        Ok(standing.output.is_some() || !standing.there.is_empty() || self.made(place)?)
    }

    /// Everything the window knows of one step.
    pub fn view(&self, at: impl At) -> Result<StepView, Problem> {
        self.view_at(&self.standings()?, &at.place(self)?)
    }

    pub(super) fn view_at(&self, standings: &Standings, place: &Place) -> Result<StepView, Problem> {
        let step = self.at(place)?;
        let about = step.about();
        let cx = self.cx(place);
        let standing = self.standing_in(standings, place)?;
        let is_known = matches!(standing.state, StepState::Done | StepState::Look);
        let removable = about.acts && (is_known || self.may_be_removed(place, &standing)?);
        let given = standing.given;
        let mut problems = step.problems(&cx, &given.values).0;
        // Nothing will be looked at with these answers, so what was seen with others would stay beside what is wrong with these.
        let is_stale = !about.acts && !standing.is_of_these && !problems.is_empty();
        for problem in standing.problems {
            if !problems.iter().any(|other| other.what == problem.what) {
                problems.push(problem);
            }
        }
        let mut views = step.preview(&cx, &given.values);
        views.extend(standing.views.into_iter().filter(|_| !is_stale));
        let waits_for = self.unmet(standings, place)?;
        let (mut state, mut progress, mut looking, mut began) = (standing.state, String::new(), false, None);
        if state == StepState::Todo && waits_for.is_empty() {
            state = StepState::Ready;
        }
        // Before others were asked, nobody is waited for: the page leads to where they are asked. So does one that is done and is
        // about to be replaced.
        let can_lead = matches!(state, StepState::Ready | StepState::Blocked | StepState::Done) && waits_for.is_empty();
        let is_wrong = || problems.iter().any(|problem| problem.severity == Severity::Error);
        let lead = step.lead(&cx, &given.values).filter(|_| can_lead && !is_wrong());
        let mut sentence = standing.sentence;
        if let Some(lead) = &lead {
            state = StepState::Ready;
            sentence.clone_from(&lead.sentence);
            problems.retain(|problem| problem.severity != Severity::Waiting);
        }
        let asked = step.asked(&cx, &given.values).filter(|_| state == StepState::Ready);
        if let Some(run) = lock(&self.shared().running).get(place) {
            // A page that is only looked at stands as it did.
            state = match (run.waiting, run.work.is_quiet()) {
                (true, _) => StepState::Waiting,
                (false, true) => state,
                (false, false) => StepState::Running,
            };
            progress = run.progress.clone();
            looking = run.work.is_quiet();
            began = Some(run.began.clone());
        }
        let made = standing.plan.iter().flat_map(|plan| &plan.views).flat_map(View::resources);
        // What a page makes is made side by side: the slowest decides.
        let longest =
            made.filter(|resource| resource.stand != Stand::There).map(|resource| resource.usual).max().unwrap_or(0);
        let usual = |work| self.journal().usual_seconds(place, work);
        Ok(StepView {
            id: place.key(),
            environment: about.each.then(|| self.environment_name(&place.environment)).transpose()?,
            title: about.title,
            short: about.short,
            why: about.why,
            verb: step.verb(&cx, &given.values),
            guide: about.guide,
            acts: about.acts,
            removable,
            loses: about.loses,
            at_once: about.at_once,
            makes_up: self.makes_up(step.as_ref(), &cx, &given.values)?,
            state,
            sentence,
            waits_for,
            lead,
            asked,
            values: given.values,
            form: given.form,
            problems,
            views,
            plan: standing.plan,
            plan_run: standing.plan_run,
            removal: standing.removal,
            removal_run: standing.removal_run,
            progress,
            looking,
            began,
            expected: usual(Work::Apply)?.unwrap_or(f64::from(about.seconds + longest)),
            reads: usual(Work::Plan)?.unwrap_or(f64::from(about.seconds)),
            minutes: about.minutes,
            by_hand: self.by_hand_before(place)?,
            log_size: files::size(&self.shared().log_file(place)),
            checked_at: standing.checked_at,
        })
    }

    /// The values of a step with the form's defaults.
    pub fn values(&self, at: impl At) -> Result<(Form, Values), Problem> {
        let place = at.place(self)?;
        let given = self.given(self.at(&place)?.as_ref(), &place, self.journal().output(&place)?.as_ref())?;
        Ok((given.form, given.values))
    }

    /// What is wrong with the answers of a step.
    pub fn problems(&self, at: impl At) -> Result<Vec<Problem>, Problem> {
        let place = at.place(self)?;
        let (_, values) = self.values(&place)?;
        Ok(self.at(&place)?.problems(&self.cx(&place), &values).0)
    }

    /// Titles of the steps this one needs that are not done.
    pub(super) fn unmet(&self, standings: &Standings, place: &Place) -> Result<Vec<&'static str>, Problem> {
        let done = |need: &Place| standings.get(need).is_some_and(|need| need.state == StepState::Done);
        let open = self.needs(place)?.into_iter().filter(|need| !done(need));
        open.map(|need| Ok(self.at(&need)?.about().title)).collect()
    }
}

/// Why what was done needs a look.
fn why(given: &Given, output: Option<&Output>, lost: Option<(&str, bool)>) -> String {
    let here = output.is_some_and(|left| own(&left.fingerprint) != own(&given.fingerprint));
    match lost {
        _ if here => "An answer on this page changed after it was done.".into(),
        Some((need, true)) => {
            format!("This rests on “{need}”, which was removed. What is shown here is from before that.")
        }
        Some((need, false)) => format!("This rests on “{need}”, which changed after it was done."),
        None => "An answer on an earlier page changed after this was done.".into(),
    }
}

/// How it stands, where nothing is kept of what the page showed.
fn plain(state: StepState, verdict: Option<&Run>) -> &'static str {
    match (state, verdict.and_then(|run| run.outcome)) {
        (StepState::Done, _) => "Done.",
        (_, Some(Outcome::Removed)) => "Removed.",
        (StepState::Look, _) => "Something changed since this page was looked at.",
        _ => "",
    }
}

/// The part of a fingerprint that is of the step's own values.
fn own(fingerprint: &str) -> &str {
    fingerprint.split(':').next().unwrap_or_default()
}

/// The first half of a SHA-256, in hex.
fn hash(value: &impl serde::Serialize) -> String {
    let json = serde_json::to_vec(value).unwrap_or_default();
    Sha256::digest(json)[..16].iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Shown {
    /// A page that says this and nothing else.
    pub(super) fn sentence(sentence: &str) -> Self {
        Shown { sentence: sentence.to_owned(), ..Shown::default() }
    }
}
