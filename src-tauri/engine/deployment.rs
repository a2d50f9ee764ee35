//! One opened deployment: its steps, a snapshot of them for the window, and the events of everything after it.
//! What a step does is the step's business; which steps there are is `wizard.rs`'s; runs are in `run.rs`.

use super::context::{Jobs, Shared, lock};
use super::environment::At;
use super::event::{ByHandView, ChapterView, Context, Event, EventKind, Snapshot, StepState};
use super::files;
use super::journal::{BY_HAND, Journal, JournalError};
use super::page::Standings;
use super::step::{AnyStep, Place, StepId};
use super::words::clean;
use super::{Cx, Problem, Vault};
use std::path::Path;
use std::sync::{Arc, Weak};
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

/// Steps shown under one heading, in order.
pub struct Chapter {
    pub title: &'static str,
    pub steps: Vec<Arc<dyn AnyStep>>,
    /// What belongs to the chapter and has no page yet.
    pub by_hand: Vec<ByHand>,
}

/// Something a person does without Hubwright for now.
#[derive(Clone, Debug, PartialEq)]
pub struct ByHand {
    /// What the journal keeps it by.
    pub id: &'static str,
    pub title: &'static str,
    pub sentence: &'static str,
    /// How, in the Markdown of `prose`, with `{deployment}` and the like where a name of this deployment belongs.
    pub how: &'static str,
    /// How many minutes it takes a person, about.
    pub minutes: u32,
    /// It is done once in each environment.
    pub each: bool,
    /// The step that has no sense before it.
    pub before: Option<StepId>,
}

/// What is done by hand next: the first, in order, that is not done. Nothing of it is in a practice account.
pub fn next_by_hand<'a>(
    all: impl IntoIterator<Item = &'a ByHand>,
    is_practice: bool,
    is_done: impl Fn(&ByHand) -> Result<bool, Problem>,
) -> Result<Option<&'a ByHand>, Problem> {
    for hand in all.into_iter().filter(|_| !is_practice) {
        if !is_done(hand)? {
            return Ok(Some(hand));
        }
    }
    Ok(None)
}

/// One hub being set up, open. Cheap to clone.
#[derive(Clone)]
pub struct Deployment(Arc<Inner>);

struct Inner {
    shared: Arc<Shared>,
    chapters: Vec<Chapter>,
    /// Held while open: a second Hubwright on the same deployment is refused. Released by the system on any death.
    _hold: std::fs::File,
}

/// A deployment that its window left. It lives as long as a step of it is at work, and holds its lock until then.
pub struct WeakDeployment(Weak<Inner>);

impl WeakDeployment {
    /// The deployment, where it still lives.
    pub fn back(&self) -> Option<Deployment> {
        self.0.upgrade().map(Deployment)
    }
}

impl Deployment {
    /// Lets go of it; what is at work goes on.
    pub fn leave(self) -> WeakDeployment {
        WeakDeployment(Arc::downgrade(&self.0))
    }

    /// Opens the deployment in `folder` (made where it is missing). Fails where another Hubwright has it open.
    pub fn open(
        folder: &Path,
        id: &str,
        chapters: Vec<Chapter>,
        vault: Arc<dyn Vault>,
        tools: Arc<dyn Jobs>,
    ) -> Result<Self, Problem> {
        let hold = hold(folder, id)?;
        let mut shared = Shared::new(id, folder.to_owned(), Journal::open(folder)?, vault, tools);
        shared.steps = chapters.iter().flat_map(|chapter| &chapter.steps).map(|step| step.about()).collect();
        let deployment = Deployment(Arc::new(Inner { shared: Arc::new(shared), chapters, _hold: hold }));
        deployment.adopt_older_runs()?;
        Ok(deployment)
    }

    /// The journal of a deployment in `folder`, for reading. One of an older version is brought up to date first, unless
    /// another Hubwright has it open.
    pub fn journal_of(folder: &Path, id: &str) -> Result<Journal, Problem> {
        match Journal::peek(folder) {
            Err(JournalError::Older { .. }) => {
                let _hold = hold(folder, id)?;
                Ok(Journal::open(folder)?)
            }
            journal => Ok(journal?),
        }
    }

    pub fn shared(&self) -> &Arc<Shared> {
        &self.0.shared
    }

    pub(super) fn journal(&self) -> &Journal {
        &self.0.shared.journal
    }

    pub fn steps(&self) -> impl Iterator<Item = &Arc<dyn AnyStep>> {
        self.0.chapters.iter().flat_map(|chapter| &chapter.steps)
    }

    /// The step of this id, or the problem that lists those there are.
    pub fn step(&self, id: &str) -> Result<&Arc<dyn AnyStep>, Problem> {
        self.steps().find(|step| step.about().id == id).ok_or_else(|| {
            let known: Vec<_> = self.steps().map(|step| format!("`{}`", step.about().id)).collect();
            Problem::new(format!("There is no step `{}`.", clean(id)), format!("Use one of {}.", known.join(", ")))
        })
    }

    /// Steps that rest on this one, near and far, in order.
    pub fn dependants(&self, place: &Place) -> Result<Vec<Place>, Problem> {
        self.reached_from(place, |other| self.needs(other))
    }

    /// The same with those whose defaults follow from its answers.
    pub(super) fn changed_by_answers_of(&self, place: &Place) -> Result<Vec<Place>, Problem> {
        self.reached_from(place, |other| Ok([self.needs(other)?, self.follows(other)?].concat()))
    }

    fn reached_from(
        &self,
        place: &Place,
        rests_on: impl Fn(&Place) -> Result<Vec<Place>, Problem>,
    ) -> Result<Vec<Place>, Problem> {
        let mut reached = vec![place.clone()];
        for other in self.places()? {
            if other != *place && rests_on(&other)?.iter().any(|one| reached.contains(one)) {
                reached.push(other);
            }
        }
        Ok(reached.split_off(1))
    }

    // --- looking ---

    /// The whole as it is now, and everything that happens after it, without a gap.
    pub fn subscribe(&self) -> Result<(Snapshot, broadcast::Receiver<Event>), Problem> {
        // The listener is there before the snapshot is taken: what falls between is told twice, never lost,
        // and the window drops what is not newer than its snapshot.
        let (seq, receiver) = {
            let events = lock(&self.0.shared.events);
            (events.seq, events.listeners.subscribe())
        };
        let (standings, places) = (self.standings()?, self.places()?);
        let mut chapters = vec![];
        for chapter in &self.0.chapters {
            let ids: Vec<_> = chapter.steps.iter().map(|step| step.about().id).collect();
            let steps = places.iter().filter(|place| ids.contains(&place.step));
            let steps = steps.map(|place| self.view_at(&standings, place)).collect::<Result<_, _>>()?;
            let by_hand = chapter.by_hand.iter().map(|hand| self.by_hand(hand)).collect::<Result<_, _>>()?;
            chapters.push(ChapterView { title: chapter.title, steps, by_hand });
        }
        let page = self.page_to_open(&standings, &places)?;
        let snapshot = Snapshot {
            seq,
            page,
            deployment: self.0.shared.id.clone(),
            context: self.context()?,
            chapters,
            notices: self.journal().notice.iter().cloned().collect(),
        };
        Ok((snapshot, receiver))
    }

    /// The page that was looked at last while it is not done; else the first that can go on. `None` where none can.
    fn page_to_open(&self, standings: &Standings, places: &[Place]) -> Result<Option<String>, Problem> {
        let is_done = |place: &Place| standings.get(place).is_some_and(|standing| standing.state == StepState::Done);
        let is_open = |key: &String| self.place(key).is_ok_and(|place| !is_done(&place));
        if let Some(kept) = self.journal().page()?.filter(is_open) {
            return Ok(Some(kept));
        }
        for place in places.iter().filter(|place| !is_done(place)) {
            if self.unmet(standings, place)?.is_empty() && self.by_hand_before(place)?.is_empty() {
                return Ok(Some(place.key()));
            }
        }
        Ok(None)
    }

    fn by_hand(&self, hand: &ByHand) -> Result<ByHandView, Problem> {
        let mut done = vec![];
        for (at, name) in self.environments()?.into_iter().enumerate() {
            if self.is_done_by_hand(hand, if at == 0 { "" } else { &name })? {
                done.push(name);
            }
        }
        let ByHand { id, title, sentence, minutes, .. } = *hand;
        Ok(ByHandView { id, title, sentence, minutes, done })
    }

    fn all_by_hand(&self) -> impl Iterator<Item = &ByHand> {
        self.0.chapters.iter().flat_map(|chapter| &chapter.by_hand)
    }

    /// Whether a person said that this is done, as seen from an environment.
    fn is_done_by_hand(&self, hand: &ByHand, environment: &str) -> Result<bool, Problem> {
        Ok(self.journal().is_done_by_hand(hand.id, if hand.each { environment } else { "" })?)
    }

    /// Keeps what a person says of it: that it is done, or not; of one that is done once in each, in the environment shown.
    pub fn set_done_by_hand(&self, id: &str, done: bool) -> Result<ByHandView, Problem> {
        let hand = self.all_by_hand().find(|hand| hand.id == id).ok_or_else(|| {
            Problem::new(format!("There is nothing `{}` that is done by hand.", clean(id)), "Open the window again.")
        })?;
        if self.context()?.practice == Some(true) {
            let what = "What is done by hand is not part of practice.";
            return Err(Problem::new(what, "Go on with the next page."));
        }
        let environment = if hand.each { self.shown()? } else { String::new() };
        if self.is_done_by_hand(hand, &environment)? != done {
            let of = match hand.each && self.environments()?.len() > 1 {
                true => format!(" in {}", self.environment_name(&environment)?),
                false => String::new(),
            };
            let said = if done { "was marked as done by hand" } else { "was marked as not done" };
            self.journal().put_done_by_hand(hand.id, &environment, done)?;
            self.journal().log(&Place { environment, step: BY_HAND }, &format!("“{}” {said}{of}.", hand.title))?;
        }
        // The pages after it, and, with any page, what is next by hand.
        let places = self.places()?;
        let after: Vec<_> = places.iter().filter(|place| hand.before == Some(place.step)).cloned().collect();
        self.tell(if after.is_empty() { &places[..places.len().min(1)] } else { &after })?;
        self.by_hand(hand)
    }

    /// What a person said is done by hand, in a sentence for who removes all the rest.
    pub(super) fn done_by_hand(&self) -> Result<Option<String>, Problem> {
        let all: Vec<ByHandView> = self.all_by_hand().map(|hand| self.by_hand(hand)).collect::<Result<_, _>>()?;
        let done: Vec<&str> = all.iter().filter(|hand| !hand.done.is_empty()).map(|hand| hand.title).collect();
        Ok((!done.is_empty()).then(|| format!("Done by hand, so Hubwright cannot remove it: {}.", done.join(", "))))
    }

    /// The titles of what is done by hand before this place, and is not done. Nothing of it is in a practice account.
    pub(super) fn by_hand_before(&self, place: &Place) -> Result<Vec<&'static str>, Problem> {
        let mut open = vec![];
        for hand in self.all_by_hand() {
            if hand.before == Some(place.step) && !self.is_done_by_hand(hand, &place.environment)? {
                open.push(hand.title);
            }
        }
        let is_practice = !open.is_empty() && self.context()?.practice == Some(true);
        Ok(if is_practice { vec![] } else { open })
    }

    /// Where one is, as whom, and what is real, as far as the steps know, in the environment that is shown.
    pub fn context(&self) -> Result<Context, Problem> {
        let shown = self.shown()?;
        let context = self.steps().try_fold(Context::default(), |context, step| {
            let place = Place::seen_from(&shown, &step.about());
            Ok::<_, Problem>(context.or(step.context(&self.cx(&place), &self.journal().answers(&place)?)))
        })?;
        let environments = self.environments()?;
        let environment = self.environment_name(&shown)?;
        let is_practice = context.practice == Some(true);
        let next = next_by_hand(self.all_by_hand(), is_practice, |hand| self.is_done_by_hand(hand, &shown))?;
        let by_hand = next.map(|hand| hand.id);
        Ok(Context { environment, environments, lost: self.lost()?, by_hand, ..context })
    }

    /// What a person should be reminded of today; with the environment's name where it is of another than the first.
    pub fn due(&self) -> Result<Vec<String>, Problem> {
        let mut all = vec![];
        for place in self.places()? {
            let due = self.at(&place)?.due(&self.cx(&place), &self.journal().answers(&place)?);
            all.extend(due.into_iter().map(|due| match place.environment.as_str() {
                "" => due,
                environment => format!("{environment}: {due}"),
            }));
        }
        Ok(all)
    }

    /// Keeps which page is looked at. A page of another environment shows that one.
    pub fn visit(&self, page: impl At) -> Result<(), Problem> {
        let place = page.place(self)?;
        self.journal().put_page(&place.key())?;
        match self.at(&place)?.about().each {
            true => self.show_at(&place.environment, &place),
            false => Ok(()),
        }
    }

    pub(super) fn cx(&self, place: &Place) -> Cx {
        Cx::new(self.0.shared.clone(), place.clone(), CancellationToken::new())
    }

    /// For looking at what the steps left, as the environment that is shown sees it.
    pub fn cx_of_shown(&self) -> Result<Cx, Problem> {
        let about = self.steps().map(|step| step.about()).next();
        Ok(self.cx(&Place { environment: self.shown()?, step: about.map_or("", |about| about.id) }))
    }

    /// The name of a page, as the sidebar has it; with its environment where there are `several`.
    pub(super) fn page_name(&self, step: &str, environment: &str, several: bool) -> Result<String, Problem> {
        let about = self.steps().map(|step| step.about()).find(|about| about.id == step);
        Ok(match about {
            Some(about) if about.each && several => {
                format!("{} ({})", about.short, self.environment_name(environment)?)
            }
            Some(about) => about.short.to_owned(),
            None if step == BY_HAND => "By hand".to_owned(),
            None => String::new(),
        })
    }

    // --- telling ---

    /// Tells the pages of these steps anew, and where one is.
    pub(super) fn tell(&self, places: &[Place]) -> Result<(), Problem> {
        let standings = self.standings()?;
        for place in places {
            self.tell_one(&standings, place)?;
        }
        if let Some(first) = places.first() {
            self.0.shared.tell(first, EventKind::ContextChanged { context: self.context()? });
        }
        Ok(())
    }

    fn tell_one(&self, standings: &Standings, place: &Place) -> Result<(), Problem> {
        let view = Box::new(self.view_at(standings, place)?);
        self.0.shared.tell(place, EventKind::StepChanged { view });
        Ok(())
    }

    /// Tells every page anew: something outside of the deployment changed.
    pub fn tell_all(&self) -> Result<(), Problem> {
        self.tell(&self.places()?)
    }

    /// This step and all others, it first.
    pub(super) fn all_from(&self, place: &Place) -> Result<Vec<Place>, Problem> {
        let others = self.places()?.into_iter().filter(|other| other != place);
        Ok(std::iter::once(place.clone()).chain(others).collect())
    }
}

/// Takes the deployment's lock, as long as the file is held.
fn hold(folder: &Path, id: &str) -> Result<std::fs::File, Problem> {
    files::private_folder(folder)?;
    let hold = files::append(&folder.join("open.lock"))?;
    #[cfg(unix)]
    if rustix::fs::flock(&hold, rustix::fs::FlockOperation::NonBlockingLockExclusive).is_err() {
        let what = format!("The deployment `{id}` is open in another Hubwright.");
        return Err(Problem::new(what, "Go on there, or close it first."));
    }
    Ok(hold)
}
