//! The commands of an open deployment: each a line or two over the engine.

use super::AppState;
use crate::engine::context::lock;
use crate::engine::event::ByHandView;
use crate::engine::logbook::Entry;
use crate::engine::look::Reason;
use crate::engine::run::Work;
use crate::engine::{Deployment, Event, EventKind, Problem, Secret, Snapshot, StepView, Value, View, files};
use crate::steps::afterwards;
use crate::steps::glossary::{GLOSSARY, Term};
use crate::steps::way::{self, Way};
use crate::{practice, wizard};
use serde::Serialize;
use std::time::Duration;
use tauri::ipc::{Channel, InvokeBody, Request, Response};
use tauri::{AppHandle, State};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

/// The whole as it is now; everything after it comes through `channel`.
#[tauri::command]
pub async fn subscribe(state: State<'_, AppState>, channel: Channel<Vec<Event>>) -> Result<Snapshot, Problem> {
    let deployment = state.deployment()?;
    let (snapshot, events) = deployment.subscribe()?;
    // From now on a person may enter something in it.
    lock(&state.begun).take_if(|begun| *begun == deployment.shared().id);
    let task = tauri::async_runtime::spawn(carry(deployment, events, channel));
    if let Some(old) = lock(&state.events).replace(task) {
        old.abort();
    }
    Ok(snapshot)
}

/// The person looks at this page now, so that the next window opens on it.
#[tauri::command]
pub async fn visit(state: State<'_, AppState>, step: String) -> Result<(), Problem> {
    let deployment = state.deployment()?;
    deployment.visit(&step)?;
    state.notice_what_is_gone(&deployment).await?;
    deployment.look(&step, Reason::Opened)
}

/// Does every page again whose things went with the practice account, which is started where it does not run.
#[tauri::command]
pub async fn rebuild(state: State<'_, AppState>) -> Result<(), Problem> {
    let deployment = state.deployment()?;
    if deployment.lost()?.is_some() {
        practice::ensure(&state.tools).await?;
    }
    deployment.rebuild()
}

/// Shows another environment: the pages that are once in each.
#[tauri::command]
pub async fn show_environment(state: State<'_, AppState>, environment: String) -> Result<(), Problem> {
    state.deployment()?.show(&environment)
}

/// Keeps an answer, whatever it is worth, and says what the page is with it: whoever pressed Enter while typing acts on that.
#[tauri::command]
pub async fn edit(state: State<'_, AppState>, step: String, field: String, value: Value) -> Result<StepView, Problem> {
    let deployment = state.deployment()?;
    deployment.enter(&step, &field, value).await?;
    deployment.look(&step, Reason::Answered)?;
    deployment.view(&step)
}

/// Takes a typed secret, the bytes of the request's body, into the keychain. An empty one forgets what is there.
/// The headers `step` and `field` say whose it is.
#[tauri::command]
pub async fn set_secret(state: State<'_, AppState>, request: Request<'_>) -> Result<(), Problem> {
    let of = |name| request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let InvokeBody::Raw(bytes) = request.body() else {
        return Err(Problem::new(
            "The secret did not arrive as bytes.",
            "Report this to the people who make Hubwright.",
        ));
    };
    let deployment = state.deployment()?;
    deployment.set_secret(&of("step"), &of("field"), Secret::new(bytes.clone())).await?;
    deployment.look(&of("step"), Reason::Answered)
}

/// Fills the page of a practice deployment with values that are made up.
#[tauri::command]
pub async fn use_made_up(state: State<'_, AppState>, step: String) -> Result<(), Problem> {
    let deployment = state.deployment()?;
    deployment.use_made_up(&step).await?;
    deployment.look(&step, Reason::Answered)
}

/// Runs a step. What is applied or removed is what the page shows, named by the run that found it, and nothing else.
#[tauri::command]
pub async fn run(state: State<'_, AppState>, step: String, work: Work, plan: Option<i64>) -> Result<(), Problem> {
    let deployment = state.deployment()?;
    deployment.quieten(&step).await?;
    match work {
        Work::Apply => deployment.confirm(&step, plan),
        Work::Remove => deployment.confirm_removal(&step, plan),
        work => deployment.start(&step, work),
    }
}

/// Keeps what a person says of something that is done by hand: that it is done, or not.
#[tauri::command]
pub async fn set_done_by_hand(state: State<'_, AppState>, id: String, done: bool) -> Result<ByHandView, Problem> {
    state.deployment()?.set_done_by_hand(&id, done)
}

#[tauri::command]
pub async fn cancel(state: State<'_, AppState>, step: String) -> Result<(), Problem> {
    state.deployment()?.cancel(&step);
    Ok(())
}

/// The step's log from `offset` on, at most 256 KiB, as bytes: pulled, so that a chatty job cannot flood the page.
#[tauri::command]
pub async fn read_log(state: State<'_, AppState>, step: String, offset: u64) -> Result<Response, Problem> {
    let deployment = state.deployment()?;
    let place = deployment.place(&step)?;
    Ok(Response::new(files::read_from(&deployment.shared().log_file(&place), offset, 256 * 1024)?))
}

/// Who did what, when, as whom, and what came of it: newest first, with what only looked where `looks` is set.
#[tauri::command]
pub async fn logbook(state: State<'_, AppState>, looks: bool) -> Result<Vec<Entry>, Problem> {
    state.deployment()?.logbook(looks)
}

/// What runs out, and what to keep, of the environment that is shown.
#[tauri::command]
pub async fn afterwards(state: State<'_, AppState>) -> Result<Vec<View>, Problem> {
    let cx = state.deployment()?.cx_of_shown()?;
    Ok(cx.cleaned(afterwards::views(&cx)))
}

/// How things are done by hand, and what the whole hub costs, as the environment that is shown sees it.
#[tauri::command]
pub async fn way(state: State<'_, AppState>) -> Result<Way, Problem> {
    let by_hand: Vec<_> = wizard::chapters().into_iter().flat_map(|chapter| chapter.by_hand).collect();
    Ok(way::way(&state.deployment()?.cx_of_shown()?, &by_hand))
}

/// The words that are explained, by the alphabet.
#[tauri::command]
pub async fn glossary() -> &'static [Term] {
    GLOSSARY
}

/// Asks for a file in the system's own dialog. `None` where it was closed.
#[tauri::command]
pub async fn pick_file(app: AppHandle, title: String, extensions: Vec<String>) -> Result<Option<String>, Problem> {
    let dialog = rfd::AsyncFileDialog::new().set_title(title).add_filter("Files", &extensions);
    let picked = shown(&app, move || dialog.pick_file()).await?;
    Ok(picked.map(|file| file.path().display().to_string()))
}

/// As `pick_file`, for several. Empty where the dialog was closed.
#[tauri::command]
pub async fn pick_files(app: AppHandle, title: String, extensions: Vec<String>) -> Result<Vec<String>, Problem> {
    let dialog =
        rfd::AsyncFileDialog::new().set_title(title).add_filter("Files", &extensions).add_filter("All files", &["*"]);
    let picked = shown(&app, move || dialog.pick_files()).await?;
    Ok(picked.unwrap_or_default().iter().map(|file| file.path().display().to_string()).collect())
}

/// Asks where to save a text the page shows, and writes it. `false` where the dialog was closed.
#[tauri::command]
pub async fn save_text(app: AppHandle, name: String, text: String) -> Result<bool, Problem> {
    let dialog = rfd::AsyncFileDialog::new().set_title("Save").set_file_name(name);
    match shown(&app, move || dialog.save_file()).await? {
        Some(file) => files::write(file.path(), text).map(|()| true).map_err(Problem::from),
        None => Ok(false),
    }
}

/// What happens to files that are dragged with the mouse.
#[derive(Clone, Serialize, ts_rs::TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Drag {
    Over,
    Away,
    Dropped { paths: Vec<String> },
}

/// From now on, files dragged over the window and dropped on it are told through `channel`.
#[tauri::command]
pub async fn listen_for_files(state: State<'_, AppState>, channel: Channel<Drag>) -> Result<(), Problem> {
    *lock(&state.dragged) = Some(channel);
    Ok(())
}

/// Shows a dialog, which only the main thread may do on some systems.
async fn shown<T, F>(app: &AppHandle, dialog: impl FnOnce() -> F + Send + 'static) -> Result<Option<T>, Problem>
where
    T: Send + 'static,
    F: Future<Output = Option<T>> + Send + 'static,
{
    let (sender, answer) = tokio::sync::oneshot::channel();
    let show = move || {
        let answer = dialog();
        tauri::async_runtime::spawn(async move { sender.send(answer.await) });
    };
    app.run_on_main_thread(show).map_err(|error| {
        Problem::new("The file dialog cannot be shown.", "Type the file's path into the field instead.").because(&error)
    })?;
    Ok(answer.await.ok().flatten())
}

impl AppState {
    fn deployment(&self) -> Result<Deployment, Problem> {
        lock(&self.open).clone().ok_or_else(|| Problem::new("No deployment is open.", "Choose one on the first page."))
    }

    /// The practice account may have ended since, or be another one by now.
    async fn notice_what_is_gone(&self, deployment: &Deployment) -> Result<(), Problem> {
        let Some(known) = self.tools.practice() else { return Ok(()) };
        // One that is slow to answer has not ended.
        let proof = tokio::time::timeout(Duration::from_secs(2), known.prove()).await;
        if deployment.context()?.practice == Some(true) && proof.is_ok_and(|proof| proof.is_err()) {
            self.tools.set_practice(practice::known(&self.tools.home).await);
            deployment.tell_all()?;
        }
        Ok(())
    }
}

/// Carries events to the page in bundles, at most thirty a second; of a growing log only its newest size.
pub(super) async fn carry(deployment: Deployment, mut events: Receiver<Event>, channel: Channel<Vec<Event>>) {
    loop {
        let mut bundle = vec![];
        match events.recv().await {
            Ok(event) => bundle.push(event),
            Err(RecvError::Closed) => return,
            Err(RecvError::Lagged(_)) => bundle = resync(&deployment),
        }
        while let Ok(event) = events.try_recv() {
            push(&mut bundle, event);
        }
        if channel.send(bundle).is_err() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(33)).await;
    }
}

fn push(bundle: &mut Vec<Event>, event: Event) {
    let same = |old: &Event| {
        old.step == event.step && matches!((&old.kind, &event.kind), (EventKind::Line { .. }, EventKind::Line { .. }))
    };
    bundle.retain(|old| !same(old));
    bundle.push(event);
}

/// A page so slow that it missed events gets every step anew instead.
fn resync(deployment: &Deployment) -> Vec<Event> {
    let seq = lock(&deployment.shared().events).seq;
    let places = deployment.places().unwrap_or_default();
    let views = places.iter().filter_map(|place| deployment.view(place).ok());
    views
        .map(|view| Event { seq, step: view.id.clone(), kind: EventKind::StepChanged { view: Box::new(view) } })
        .collect()
}
