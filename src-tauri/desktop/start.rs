//! The first page: which deployments there are, beginning one, going on with one.
//! Long because what the card of a deployment says is decided in one place.

use super::AppState;
use crate::engine::context::{lock, step_folder};
use crate::engine::everything::gone_with;
use crate::engine::journal::{Journal, Outcome};
use crate::engine::view::Asked;
use crate::engine::{AnyStep, ByHand, Deployment, Place, Problem, Remains, Step, StepId, Value, files, next_by_hand};
use crate::site::{BUILT_IN, Site};
use crate::steps::account::{Account, Kind};
use crate::steps::certificate::Certificate;
use crate::steps::deployment::{
    Deployment as Naming, Output as Named, accepted_name, environment_keys, first_environment,
};
use crate::steps::requests::{self, Requests};
use crate::tools::home::Home;
use crate::{practice, wizard};
use serde::Serialize;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use tauri::{AppHandle, State};
use tokio_util::sync::CancellationToken;

/// What the first page shows.
#[derive(Serialize, ts_rs::TS)]
pub struct Start {
    pub deployments: Vec<Known>,
    pub sites: Vec<SiteChoice>,
    /// A whole profile, as an example for whoever writes one.
    pub example: &'static str,
    /// The deployment that was open when the last window ended.
    pub last: Option<String>,
}

/// A deployment that was begun.
#[derive(Serialize, ts_rs::TS)]
pub struct Known {
    pub id: String,
    /// Empty where it was not named yet.
    pub name: String,
    pub environment: String,
    pub practice: bool,
    pub done: usize,
    pub steps: usize,
    /// Every page of it was done when it was looked at last, and so is what is done by hand outside of practice.
    pub finished: bool,
    /// Everything that it made was removed, as far as is known here: nobody is invited to make it again.
    pub removed: bool,
    /// Its owner put it away.
    pub archived: bool,
    /// Who is waited for, and what is next.
    pub lines: Vec<Line>,
}

/// What stands on the card of a deployment.
#[derive(Serialize, ts_rs::TS)]
pub struct Line {
    pub state: Asked,
    pub text: String,
}

#[derive(Serialize, ts_rs::TS)]
pub struct SiteChoice {
    pub id: String,
    pub name: String,
}

#[tauri::command]
pub async fn deployments(state: State<'_, AppState>) -> Result<Start, Problem> {
    let home = &state.tools.home;
    let known: Vec<Known> = home.deployments()?.into_iter().map(|id| known(home, id)).collect();
    let name = |id: &str| Site::load(id).map_or(id.to_owned(), |site| site.name);
    let sites = BUILT_IN.iter().map(|(id, _)| SiteChoice { id: (*id).into(), name: name(id) }).collect();
    let last = files::read_if_there(&home.path().join(LAST))?;
    let last = last.filter(|last| known.iter().any(|known| known.id == *last));
    Ok(Start { deployments: known, sites, example: BUILT_IN[0].1, last })
}

/// A deployment as its journal has it, without opening it. One that cannot be read is still listed: opening it says why.
fn known(home: &Home, id: String) -> Known {
    let chapters = wizard::chapters();
    let journal = Deployment::journal_of(&home.deployment(&id), &id).ok();
    let answers = |place: &Place| journal.as_ref().and_then(|j| j.answers(place).ok()).unwrap_or_default();
    let naming = answers(&Place::shared(Naming::ID));
    let environments = environment_keys(&naming);
    let is_done = |place: &Place| {
        let verdict = journal.as_ref().and_then(|journal| journal.verdict(place).ok().flatten());
        verdict.is_some_and(|run| run.outcome == Some(Outcome::Done))
    };
    let mut places = vec![];
    for step in chapters.iter().flat_map(|chapter| &chapter.steps) {
        let of = if step.about().each { &environments[..] } else { &environments[..1] };
        places.extend(
            of.iter().map(|environment| (Place { environment: environment.clone(), step: step.about().id }, step)),
        );
    }
    let mut lines = vec![];
    // Nothing waits for Requests, and the window does not tick it before everything is here.
    let mut unsettled = vec![];
    for environment in &environments {
        let at = |step| Place { environment: environment.clone(), step };
        let certificate = at(Certificate::ID);
        let folder = step_folder(&home.deployment(&id), &certificate);
        let taken = journal.as_ref().and_then(|journal| journal.output(&certificate).ok().flatten());
        let taken = taken.and_then(|left| serde_json::from_value(left.output).ok());
        let named = journal.as_ref().and_then(|journal| journal.output(&Place::shared(Naming::ID)).ok().flatten());
        let named: Option<Named> = named.and_then(|left| serde_json::from_value(left.output).ok());
        let host = named.map(|left| <Naming as Step>::left_for(environment, &left).unwrap_or(left).names.host());
        let key = requests::OwnKey::new(&answers(&certificate), &folder, taken.as_ref(), host.as_deref());
        let asked = answers(&at(Requests::ID));
        let open = requests::open(&asked, &key, environment.is_empty(), |step| is_done(&at(step)));
        if !open.is_empty() {
            unsettled.push(at(Requests::ID));
        }
        for (title, state) in open.into_iter().filter(|(_, state)| *state != Asked::Unasked) {
            let what = if state == Asked::Due { "Ask again" } else { "Waiting for" };
            let of = if environment.is_empty() { String::new() } else { format!(" ({environment})") };
            lines.push(Line { state, text: format!("{what}: {title}{of}") });
        }
    }
    // What is done by hand cannot be tried in practice.
    let practice = Kind::of(&answers(&Place::shared(Account::ID))).is_practice();
    let mut by_hand = vec![];
    for hand in chapters.iter().flat_map(|chapter| &chapter.by_hand) {
        for environment in if hand.each { &environments[..] } else { &environments[..1] } {
            let done = journal.as_ref().is_some_and(|it| it.is_done_by_hand(hand.id, environment).unwrap_or(false));
            by_hand.push((hand, environment, done));
        }
    }
    let comes_later = |place: &Place| {
        let is_before = |hand: &ByHand, environment: &str| {
            hand.before == Some(place.step) && (!hand.each || environment == place.environment)
        };
        !practice && by_hand.iter().any(|(hand, environment, done)| !done && is_before(hand, environment))
    };
    let is_open = |(place, step): &&(Place, &Arc<dyn AnyStep>)| {
        let met = |need: &StepId| {
            places.iter().filter(|(other, _)| other.step == *need).any(|(other, _)| {
                is_done(other) && [place.environment.as_str(), ""].contains(&other.environment.as_str())
            })
        };
        !is_done(place) && step.needs().iter().all(met)
    };
    // A page that comes after something done by hand is not the next thing.
    let next = places.iter().filter(is_open).find(|(place, _)| !comes_later(place));
    let is_done_by_hand = |hand: &ByHand| Ok(by_hand.iter().all(|(other, _, done)| *done || other.id != hand.id));
    let hands = chapters.iter().flat_map(|chapter| &chapter.by_hand);
    let by_hand_next = next_by_hand(hands, practice, is_done_by_hand).ok().flatten();
    let removed = journal.as_ref().and_then(|journal| all_removed(journal, &places));
    let (state, text) = match (removed.clone(), next, by_hand_next) {
        (Some(said), ..) => (Asked::Arrived, Some(gone_with("Everything it made", said))),
        (None, Some((_, step)), _) => (Asked::Unasked, Some(format!("Next: {}", step.about().short))),
        (None, None, Some(hand)) => (Asked::Unasked, Some(format!("Next, by hand: {}", hand.title))),
        (None, None, None) => (Asked::Unasked, None),
    };
    lines.extend(text.map(|text| Line { state, text }));
    let done_by_hand = by_hand.iter().filter(|(.., done)| *done).count();
    let is_ticked = |place: &Place| is_done(place) && !unsettled.contains(place);
    Known {
        name: journal.as_ref().and_then(accepted_name).unwrap_or_default(),
        environment: first_environment(&naming),
        practice,
        done: places.iter().filter(|(place, _)| is_ticked(place)).count() + done_by_hand,
        steps: places.len() + by_hand.len(),
        finished: places.iter().all(|(place, _)| is_ticked(place)) && (practice || done_by_hand == by_hand.len()),
        removed: removed.is_some(),
        archived: files::exists(&home.deployment(&id).join(ARCHIVED)),
        lines,
        id,
    }
}

/// What the pages said that were removed, where nothing that any page made is in the account any more, as far as is known here.
fn all_removed(journal: &Journal, places: &[(Place, &Arc<dyn AnyStep>)]) -> Option<Vec<String>> {
    let mut said = vec![];
    for (place, _) in places.iter().filter(|(_, step)| step.about().acts && !step.about().forgets) {
        let shown = journal.shown(place).ok()?;
        let is_there = journal.output(place).ok()?.is_some() || !shown.there.is_empty();
        match journal.verdict(place).ok()?.and_then(|run| run.outcome) {
            _ if is_there => return None,
            Some(Outcome::Removed) => said.push(shown.sentence),
            Some(Outcome::Failed | Outcome::Interrupted | Outcome::Remains) => return None,
            _ => {}
        }
    }
    Some(said).filter(|said| !said.is_empty())
}

/// Puts a deployment away, or takes it back. Nothing of it changes.
#[tauri::command]
pub async fn archive(state: State<'_, AppState>, id: String, archived: bool) -> Result<(), Problem> {
    let file = folder_of(&state, &id)?.join(ARCHIVED);
    Ok(if archived { files::write(&file, "") } else { files::remove(&file) }?)
}

/// What a deployment would leave in the account if it was deleted now.
#[tauri::command]
pub async fn remains(state: State<'_, AppState>, id: String) -> Result<Remains, Problem> {
    to_delete(&state, &id).await?.remains().await
}

/// Deletes a deployment from this computer, and nothing in the account: `name` was typed where something remains there.
#[tauri::command]
pub async fn delete(state: State<'_, AppState>, id: String, name: String) -> Result<(), Problem> {
    let id = state.tools.home.known_id(&id)?;
    to_delete(&state, &id).await?.delete(&name, || state.tools.home.retire(&id)).await
}

/// The deployment of this id, opened for a look at what there is of it, unless it is at work.
pub(super) async fn to_delete(state: &AppState, id: &str) -> Result<Deployment, Problem> {
    let id = state.tools.home.known_id(id)?;
    let deployment = match (state.left.back(&id), state.left.looked_at(&id)) {
        (None, _) => open_quietly(state, &id)?,
        // A look that nobody waits for any more ends first.
        (_, Some(looked_at)) => {
            looked_at.stop_looking_around();
            looked_at.wait_for_all().await;
            looked_at.look_around();
            looked_at
        }
        (Some(_), None) => {
            let fix = "Open it, and wait until its work has ended, or stop that.";
            return Err(Problem::new("Hubwright is still at work on this deployment.", fix));
        }
    };
    // It holds its lock until the look has ended: whoever opens it meanwhile gets the same one.
    state.left.look_at(deployment.clone());
    // One in the practice account is asked there, where it runs; where it does not, nothing of it remains.
    state.tools.set_practice(practice::known(&state.tools.home).await);
    Ok(deployment)
}

/// Begins a deployment with what another one was told of its institution and account. Names, secrets, files and what a person
/// allowed are its own.
#[tauri::command]
pub async fn duplicate(state: State<'_, AppState>, id: String) -> Result<String, Problem> {
    let journal = Deployment::journal_of(&folder_of(&state, &id)?, &id)?;
    let new = state.tools.home.new_id("hub")?;
    take_over(&journal, &open_quietly(&state, &new)?)?;
    *lock(&state.begun) = Some(new.clone());
    Ok(new)
}

/// Those answers of another deployment whose fields say that they are copied.
fn take_over(journal: &Journal, deployment: &Deployment) -> Result<(), Problem> {
    let steps: Vec<StepId> = deployment.steps().map(|step| step.about().id).collect();
    for step in steps {
        let mut left: Vec<(String, Value)> = journal.answers(&Place::shared(step))?.0.into_iter().collect();
        // Which fields there are follows from other answers: those that are asked go first.
        loop {
            let (form, _) = deployment.values(step)?;
            let is_copied = |field: &str| form.field(field).is_some_and(|field| field.copied);
            let (asked, later): (Vec<_>, _) = left.into_iter().partition(|(field, _)| is_copied(field));
            if asked.is_empty() {
                break;
            }
            for (field, value) in asked {
                deployment.edit(step, &field, value)?;
            }
            left = later;
        }
    }
    Ok(())
}

/// Begins a deployment, in the practice account or a real one, with a built-in site profile or the file of another.
#[tauri::command]
pub async fn begin(state: State<'_, AppState>, practice: bool, site: String) -> Result<String, Problem> {
    Site::load(&site)?;
    let id = state.tools.home.new_id("hub")?;
    let deployment = open_quietly(&state, &id)?;
    let kind = if practice { Kind::Practice } else { Kind::Keys };
    deployment.edit(Account::ID, Kind::FIELD, Value::from(kind.word()))?;
    let field = if BUILT_IN.iter().any(|(built_in, _)| *built_in == site) { "site" } else { "site_file" };
    deployment.edit(Naming::ID, field, Value::from(site))?;
    *lock(&state.begun) = Some(id.clone());
    Ok(id)
}

/// Leaves nothing of a deployment that was begun just now and whose first open was stopped: nobody has seen it, so nothing was
/// entered in it. Of any other one, nothing is touched.
#[tauri::command]
pub async fn discard(state: State<'_, AppState>, id: String) -> Result<(), Problem> {
    let open = || state.left.back(&id).map_or_else(|| open_quietly(&state, &id), Ok);
    leave_nothing(&state.begun, &id, open).await
}

/// Deletes the deployment `id` if it is the one that was `begun` and not shown yet.
async fn leave_nothing(
    begun: &Mutex<Option<String>>,
    id: &str,
    open: impl FnOnce() -> Result<Deployment, Problem>,
) -> Result<(), Problem> {
    if lock(begun).take_if(|begun| *begun == id).is_none() {
        return Ok(());
    }
    // Nobody has seen its id, so that another one may have it.
    open()?.delete("", || Ok(())).await
}

/// The open of a deployment, while a person waits for it.
#[derive(Clone, Default)]
pub struct Opening {
    /// A person waits no longer.
    stop: CancellationToken,
    /// It waits for the practice account.
    is_practice: Arc<AtomicBool>,
}

impl Opening {
    /// What `work` came to; `None` where a person stopped it, also where that was before it began or just when it ended.
    async fn unless_stopped<T>(&self, work: impl Future<Output = Result<T, Problem>>) -> Result<Option<T>, Problem> {
        tokio::select! {
            biased;
            () = self.stop.cancelled() => Ok(None),
            done = work => done.map(|done| (!self.stop.is_cancelled()).then_some(done)),
        }
    }
}

/// What the open of a deployment waits for, in a sentence; empty where that is nothing to speak of.
#[tauri::command]
pub async fn opening(state: State<'_, AppState>) -> Result<String, Problem> {
    let is_practice = lock(&state.opening).is_practice.load(Ordering::Relaxed);
    Ok(if is_practice { practice::stage::told(&state.tools.home).unwrap_or_default() } else { String::new() })
}

/// Stops the open of a deployment, wherever it is. Nothing of the deployment changes.
#[tauri::command]
pub async fn cancel_open(state: State<'_, AppState>) -> Result<(), Problem> {
    lock(&state.opening).stop.cancel();
    Ok(())
}

/// Opens a deployment: takes up jobs that outlived the last window and looks again at what was done. `false` where a person
/// stopped it.
#[tauri::command]
pub async fn open(app: AppHandle, state: State<'_, AppState>, id: String) -> Result<bool, Problem> {
    let opening = Opening::default();
    *lock(&state.opening) = opening.clone();
    folder_of(&state, &id)?;
    if lock(&state.open).as_ref().is_some_and(|open| open.shared().id == id) {
        return Ok(true);
    }
    leave(&state);
    // One that is still at work holds its lock: it is handed out again instead of opened anew.
    let back = state.left.back(&id);
    let looked_at = state.left.looked_at(&id);
    // A look at what there is of it opened it, and nobody waits for that any more.
    if let Some(deployment) = &looked_at {
        deployment.stop_looking_around();
    }
    let resumes = back.is_none() || looked_at.is_some();
    let deployment = match back {
        Some(deployment) => deployment,
        None => open_quietly(&state, &id)?,
    };
    if resumes {
        super::remembered::tell_of(app, deployment.clone());
    }
    let is_real = deployment.context()?.practice == Some(false);
    opening.is_practice.store(!is_real, Ordering::Relaxed);
    let found = opening.unless_stopped(async {
        match is_real {
            true => Ok(practice::known(&state.tools.home).await),
            // Dropped, it tells what it started to stop.
            false => practice::ensure(&state.tools).await.map(Some),
        }
    });
    let found = found.await;
    opening.is_practice.store(false, Ordering::Relaxed);
    let Some(found) = found? else { return Ok(false) };
    state.tools.set_practice(found);
    if resumes {
        // What was confirmed goes on before the window looks at anything. The page comes first, then a look at what was
        // done: both at once would make the page wait for the look.
        deployment.resume(std::time::Duration::from_millis(300));
    }
    files::write(&state.tools.home.path().join(LAST), &id)?;
    *lock(&state.open) = Some(deployment);
    Ok(true)
}

/// Goes back to the first page. Jobs go on.
#[tauri::command]
pub async fn close(state: State<'_, AppState>) -> Result<(), Problem> {
    if let Some(events) = lock(&state.events).take() {
        events.abort();
    }
    leave(&state);
    Ok(files::remove(&state.tools.home.path().join(LAST))?)
}

/// Lets go of the open deployment, and remembers it while it is at work.
fn leave(state: &AppState) {
    if let Some(deployment) = lock(&state.open).take() {
        state.left.add(deployment);
    }
}

/// Names the deployment to open again, also after a crash; gone once its owner went back to the first page.
const LAST: &str = "last-open";

/// Is in the folder of a deployment that was put away.
const ARCHIVED: &str = "archived";

fn folder_of(state: &AppState, id: &str) -> Result<PathBuf, Problem> {
    match Home::is_id(id) {
        true => Ok(state.tools.home.deployment(id)),
        false => Err(Problem::new(format!("`{id}` is not a deployment."), "Choose one of the list.")),
    }
}

fn open_quietly(state: &AppState, id: &str) -> Result<Deployment, Problem> {
    let folder = state.tools.home.deployment(id);
    Deployment::open(&folder, id, wizard::chapters(), state.vault.clone(), state.tools.clone())
}

#[cfg(test)]
mod tests;
