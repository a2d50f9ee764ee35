//! The first page: which deployments there are, beginning one, going on with one.

use super::Desk;
use crate::engine::context::lock;
use crate::engine::{Deployment, Place, Problem, Step, Value, files};
use crate::site::{BUILT_IN, Site};
use crate::steps::account::Account;
use crate::steps::deployment::{Deployment as Naming, count_environments};
use crate::tools::home::Home;
use crate::{practice, wizard};
use serde::Serialize;
use tauri::State;

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
}

#[derive(Serialize, ts_rs::TS)]
pub struct SiteChoice {
    pub id: String,
    pub name: String,
}

#[tauri::command]
pub async fn deployments(desk: State<'_, Desk>) -> Result<Start, Problem> {
    let home = &desk.tools.home;
    let chapters = wizard::chapters();
    let all = || chapters.iter().flat_map(|chapter| &chapter.steps);
    let by_hand: usize = chapters.iter().map(|chapter| chapter.by_hand.len()).sum();
    let each = all().filter(|step| step.about().each).count();
    let mut known = vec![];
    for id in home.deployments()? {
        // One that cannot be read is still listed: opening it says why.
        let journal = Deployment::journal_of(&home.deployment(&id), &id).ok();
        let answers = |step| journal.as_ref().and_then(|j| j.answers(&Place::shared(step)).ok()).unwrap_or_default();
        known.push(Known {
            name: answers(Naming::ID).text("name").to_owned(),
            environment: answers(Naming::ID).text("environment").to_owned(),
            practice: !matches!(answers(Account::ID).text("kind"), "keys" | "profile"),
            done: journal.as_ref().and_then(|j| j.count_done().ok()).unwrap_or(0),
            steps: by_hand + all().count() + each * (count_environments(&answers(Naming::ID)) - 1),
            id,
        });
    }
    let name = |id: &str| Site::load(id).map_or(id.to_owned(), |site| site.name);
    let sites = BUILT_IN.iter().map(|(id, _)| SiteChoice { id: (*id).into(), name: name(id) }).collect();
    let last = files::read_if_there(&home.path().join(LAST))?;
    let last = last.filter(|last| known.iter().any(|known| known.id == *last));
    Ok(Start { deployments: known, sites, last })
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
pub async fn open(desk: State<'_, Desk>, id: String) -> Result<(), Problem> {
    if !Home::is_id(&id) {
        return Err(Problem::new(format!("`{id}` is not a deployment."), "Choose one of the list."));
    }
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

fn open_quietly(desk: &Desk, id: &str) -> Result<Deployment, Problem> {
    let folder = desk.tools.home.deployment(id);
    Deployment::open(&folder, id, wizard::chapters(), desk.vault.clone(), desk.tools.clone())
}
