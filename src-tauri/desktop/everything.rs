//! Removing everything that a deployment made, from the list of deployments: without opening it in the window.

use super::AppState;
use super::commands::carry;
use super::start::to_delete;
use crate::engine::{Event, Everything, Problem, Removed};
use tauri::State;
use tauri::ipc::Channel;

/// What would go if everything of it was removed now. Changes nothing.
#[tauri::command]
pub async fn everything(state: State<'_, AppState>, id: String) -> Result<Everything, Problem> {
    to_delete(&state, &id).await?.everything().await
}

/// Nobody waits any more for what there is of it: the look ends, and the deployment can be opened.
#[tauri::command]
pub async fn stop_looking(state: State<'_, AppState>, id: String) -> Result<(), Problem> {
    if let Some(deployment) = state.left.looked_at(&id) {
        deployment.stop_looking_around();
    }
    Ok(())
}

/// Which page a look at what there is of it is at, in words; empty where there is none.
#[tauri::command]
pub async fn looking_at(state: State<'_, AppState>, id: String) -> Result<String, Problem> {
    state.left.looked_at(&id).map_or(Ok(String::new()), |deployment| deployment.looking_at())
}

/// The removal of everything ends once the page that is at work is through.
#[tauri::command]
pub async fn stop_removing(state: State<'_, AppState>, id: String) -> Result<(), Problem> {
    if let Some(deployment) = state.left.back(&id) {
        deployment.stop_looking_around();
    }
    Ok(())
}

/// Removes what that list had, each page by the run that found it, and tells how it goes through `channel`. `name` was typed.
#[tauri::command]
pub async fn remove_everything(
    state: State<'_, AppState>,
    id: String,
    pages: Vec<(String, i64)>,
    name: String,
    channel: Channel<Vec<Event>>,
) -> Result<Removed, Problem> {
    let deployment = to_delete(&state, &id).await?;
    // Whoever opens it meanwhile gets the same one, and sees it at work.
    state.left.add(deployment.clone());
    let (_, events) = deployment.subscribe()?;
    let telling = tauri::async_runtime::spawn(carry(deployment.clone(), events, channel));
    let removed = deployment.remove_everything(&pages, &name).await;
    telling.abort();
    removed
}
