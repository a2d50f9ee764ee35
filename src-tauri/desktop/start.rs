//! The first page: which deployments there are, beginning one, going on with one.

use super::Desk;
use crate::engine::context::lock;
use crate::engine::journal::Outcome;
use crate::engine::view::Asked;
use crate::engine::{AnyStep, Deployment, Place, Problem, Step, StepId, Value, files};
use crate::site::{BUILT_IN, Site};
use crate::steps::account::Account;
use crate::steps::deployment::{Deployment as Naming, environment_keys, first_environment};
use crate::steps::requests::{self, Requests};
use crate::tools::home::Home;
use crate::{practice, wizard};
use serde::Serialize;
use std::path::PathBuf;
use std::sync::Arc;
use tauri::{AppHandle, State};

/// What the first page shows.
#[derive(Serialize, ts_rs::TS)]
pub struct Start {
    pub deployments: Vec<Known>,
    pub sites: Vec<SiteChoice>,
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
    /// Every page of it was done when it was looked at last.
    pub finished: bool,
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
pub async fn deployments(desk: State<'_, Desk>) -> Result<Start, Problem> {
    let home = &desk.tools.home;
    let known: Vec<Known> = home.deployments()?.into_iter().map(|id| known(home, id)).collect();
    let name = |id: &str| Site::load(id).map_or(id.to_owned(), |site| site.name);
    let sites = BUILT_IN.iter().map(|(id, _)| SiteChoice { id: (*id).into(), name: name(id) }).collect();
    let last = files::read_if_there(&home.path().join(LAST))?;
    let last = last.filter(|last| known.iter().any(|known| known.id == *last));
    Ok(Start { deployments: known, sites, last })
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
    for environment in &environments {
        let at = |step| Place { environment: environment.clone(), step };
        for (title, state) in
            requests::open(&answers(&at(Requests::ID)), environment.is_empty(), |step| is_done(&at(step)))
        {
            let what = if state == Asked::Due { "Ask again" } else { "Waiting for" };
            let of = if environment.is_empty() { String::new() } else { format!(" ({environment})") };
            lines.push(Line { state, text: format!("{what}: {title}{of}") });
        }
    }
    let is_open = |(place, step): &&(Place, &Arc<dyn AnyStep>)| {
        let met = |need: &StepId| {
            places.iter().filter(|(other, _)| other.step == *need).any(|(other, _)| {
                is_done(other) && [place.environment.as_str(), ""].contains(&other.environment.as_str())
            })
        };
        !is_done(place) && step.needs().iter().all(met)
    };
    if let Some((_, step)) = places.iter().find(is_open) {
        lines.push(Line { state: Asked::Unasked, text: format!("Next: {}", step.about().short) });
    }
    Known {
        name: naming.text("name").to_owned(),
        environment: first_environment(&naming),
        practice: !matches!(answers(&Place::shared(Account::ID)).text("kind"), "keys" | "profile"),
        done: journal.as_ref().and_then(|journal| journal.count_done().ok()).unwrap_or(0),
        steps: places.len() + chapters.iter().map(|chapter| chapter.by_hand.len()).sum::<usize>(),
        finished: places.iter().all(|(place, _)| is_done(place)),
        archived: files::exists(&home.deployment(&id).join(ARCHIVED)),
        lines,
        id,
    }
}

/// Puts a deployment away, or takes it back. Nothing of it changes.
#[tauri::command]
pub async fn archive(desk: State<'_, Desk>, id: String, archived: bool) -> Result<(), Problem> {
    let file = folder_of(&desk, &id)?.join(ARCHIVED);
    Ok(if archived { files::write(&file, "") } else { files::remove(&file) }?)
}

/// Begins a deployment with what another one was told of its institution and account. Names, secrets and files are its own.
#[tauri::command]
pub async fn duplicate(desk: State<'_, Desk>, id: String) -> Result<String, Problem> {
    let journal = Deployment::journal_of(&folder_of(&desk, &id)?, &id)?;
    let new = desk.tools.home.new_id("hub")?;
    let deployment = open_quietly(&desk, &new)?;
    for (step, left_out) in [(Naming::ID, &["name"][..]), (Account::ID, &[])] {
        for (field, value) in journal.answers(&Place::shared(step))?.0 {
            if !left_out.contains(&field.as_str()) && !matches!(value, Value::Secret(_)) {
                deployment.edit(step, &field, value)?;
            }
        }
    }
    Ok(new)
}

/// Begins a deployment, in the practice account or a real one, with a built-in site profile or the file of another.
#[tauri::command]
pub async fn begin(desk: State<'_, Desk>, practice: bool, site: String) -> Result<String, Problem> {
    Site::load(&site)?;
    let id = desk.tools.home.new_id("hub")?;
    let deployment = open_quietly(&desk, &id)?;
    let kind = if practice { "practice" } else { "keys" };
    deployment.edit(Account::ID, "kind", Value::from(kind))?;
    let field = if BUILT_IN.iter().any(|(built_in, _)| *built_in == site) { "site" } else { "site_file" };
    deployment.edit(Naming::ID, field, Value::from(site))?;
    Ok(id)
}

/// Opens a deployment: takes up jobs that outlived the last window and looks again at what was done.
#[tauri::command]
pub async fn open(app: AppHandle, desk: State<'_, Desk>, id: String) -> Result<(), Problem> {
    folder_of(&desk, &id)?;
    if lock(&desk.open).as_ref().is_some_and(|open| open.shared().id == id) {
        return Ok(());
    }
    leave(&desk);
    // One that is still at work holds its lock: it is handed out again instead of opened anew.
    let back = lock(&desk.left).as_ref().filter(|(left, _)| *left == id).and_then(|(_, left)| left.back());
    let resumes = back.is_none();
    let deployment = match back {
        Some(deployment) => deployment,
        None => open_quietly(&desk, &id)?,
    };
    if resumes {
        super::remembered::tell_of(app, deployment.clone());
    }
    match deployment.context()?.practice {
        Some(false) => desk.tools.set_practice(practice::known(&desk.tools.home).await),
        _ => drop(practice::ensure(&desk.tools).await?),
    }
    // The page first, then a look at what was done: both at once would make the page wait for the look.
    let opened = deployment.clone();
    tauri::async_runtime::spawn(async move {
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        // Where the journal cannot be written, the first thing done on any page says so.
        if resumes {
            let _ = opened.resume();
        }
    });
    files::write(&desk.tools.home.path().join(LAST), &id)?;
    *lock(&desk.open) = Some(deployment);
    Ok(())
}

/// Goes back to the first page. Jobs go on.
#[tauri::command]
pub async fn close(desk: State<'_, Desk>) -> Result<(), Problem> {
    if let Some(events) = lock(&desk.events).take() {
        events.abort();
    }
    leave(&desk);
    Ok(files::remove(&desk.tools.home.path().join(LAST))?)
}

/// Lets go of the open deployment, and remembers it while it is at work.
fn leave(desk: &Desk) {
    if let Some(deployment) = lock(&desk.open).take() {
        let id = deployment.shared().id.clone();
        *lock(&desk.left) = Some((id, deployment.leave()));
    }
}

/// Names the deployment to open again, also after a crash; gone once its owner went back to the first page.
const LAST: &str = "last-open";

/// Is in the folder of a deployment that was put away.
const ARCHIVED: &str = "archived";

fn folder_of(desk: &Desk, id: &str) -> Result<PathBuf, Problem> {
    match Home::is_id(id) {
        true => Ok(desk.tools.home.deployment(id)),
        false => Err(Problem::new(format!("`{id}` is not a deployment."), "Choose one of the list.")),
    }
}

fn open_quietly(desk: &Desk, id: &str) -> Result<Deployment, Problem> {
    let folder = desk.tools.home.deployment(id);
    Deployment::open(&folder, id, wizard::chapters(), desk.vault.clone(), desk.tools.clone())
}
