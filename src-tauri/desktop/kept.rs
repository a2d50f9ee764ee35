//! Where Hubwright keeps things on this computer, for whoever wants to look at them, copy them or make a backup. The page
//! names a folder of this list by its number, so it can have no other one opened.

use super::AppState;
use super::launch::launch;
use crate::engine::Problem;
use crate::engine::context::lock;
use serde::Serialize;
use std::path::{Path, PathBuf};
use tauri::{AppHandle, State};

/// A folder of Hubwright's.
#[derive(Clone, Debug, PartialEq, Serialize, ts_rs::TS)]
pub struct Kept {
    pub title: &'static str,
    pub sentence: &'static str,
    pub path: String,
    /// The desktop has a program that shows it.
    pub opens: bool,
}

/// The folders, those of the open deployment too.
#[tauri::command]
pub async fn kept(state: State<'_, AppState>) -> Result<Vec<Kept>, Problem> {
    let opens = shows_folders();
    let shown = |(title, sentence, path): (_, _, PathBuf)| Kept {
        title,
        sentence,
        opens: opens && path.is_dir(),
        path: path.display().to_string(),
    };
    Ok(folders(&state).into_iter().map(shown).collect())
}

/// Shows one of the folders in the desktop's own program for files.
#[tauri::command]
pub async fn open_kept(app: AppHandle, state: State<'_, AppState>, number: usize) -> Result<(), Problem> {
    let failed = || Problem::new("The folder did not open.", "Copy its path, and open it in your program for files.");
    let (_, _, path) = folders(&state).into_iter().nth(number).ok_or_else(failed)?;
    launch(&app, address_of(&path), failed).await
}

fn folders(state: &AppState) -> Vec<(&'static str, &'static str, PathBuf)> {
    let home = state.tools.home.path();
    let mut all = vec![
        (
            "Everything",
            "All deployments, and what the window remembers. Passwords and keys are not here: the system's keychain has them.",
            home.to_owned(),
        ),
        (
            "Log for developers",
            "One file a day, seven are kept. Add it when you report a fault; no secret is in it.",
            home.join("log"),
        ),
    ];
    if let Some(open) = &*lock(&state.open) {
        let folder = &open.shared().folder;
        all.extend([
            (
                "This deployment",
                "Your answers, the logbook, and what each page needs to find again what it made. Keep a copy of it.",
                folder.clone(),
            ),
            ("Logs of its pages", "What the programs printed that the pages ran, without secrets.", folder.join("log")),
        ]);
    }
    all
}

#[cfg(target_os = "linux")]
fn shows_folders() -> bool {
    webkit2gtk::gio::AppInfo::default_for_type("inode/directory", true).is_some()
}

#[cfg(target_os = "linux")]
fn address_of(path: &Path) -> String {
    use webkit2gtk::gio::{self, prelude::FileExt};
    gio::File::for_path(path).uri().into()
}

// Not tried there yet: the path can be copied.
#[cfg(not(target_os = "linux"))]
fn shows_folders() -> bool {
    false
}

#[cfg(not(target_os = "linux"))]
fn address_of(path: &Path) -> String {
    path.display().to_string()
}
