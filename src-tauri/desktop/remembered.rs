//! What the window keeps of itself: its size and place, and whether the desktop is told when long work ends. What a page
//! looks like (colours, size of the text) is kept by the web view.

use super::AppState;
use crate::engine::context::lock;
use crate::engine::event::{Event, EventKind, StepState};
use crate::engine::{Deployment, Problem, files};
use crate::tools::home::Home;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use tauri::{AppHandle, Manager, PhysicalPosition, State, WebviewWindow, Window};
use tokio::sync::broadcast::error::RecvError;

/// Kept as `window.json`. What is missing or cannot be read is as in a new home.
#[derive(Clone, Serialize, Deserialize)]
#[serde(default)]
pub struct Remembered {
    /// Inside of its frame, in points.
    pub width: f64,
    pub height: f64,
    /// Of the frame on the screens together, in their dots.
    place: Option<(i32, i32)>,
    maximized: bool,
    /// The desktop is told when long work ends or somebody is needed, while another window is in front.
    notify: bool,
}

impl Default for Remembered {
    fn default() -> Self {
        Remembered { width: 1280.0, height: 800.0, place: None, maximized: false, notify: true }
    }
}

impl Remembered {
    pub fn read(home: &Home) -> Self {
        let text = files::read_if_there(&home.path().join(FILE)).ok().flatten();
        let kept: Remembered = text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        // A window of no size, or of one that no screen has, could not be used.
        let is_sound = (LEAST.0..=16_000.0).contains(&kept.width) && (LEAST.1..=16_000.0).contains(&kept.height);
        let usual = Remembered::default();
        let (width, height) = if is_sound { (kept.width, kept.height) } else { (usual.width, usual.height) };
        Remembered { width, height, ..kept }
    }

    fn keep(&self, home: &Home) -> Result<(), Problem> {
        Ok(files::write(&home.path().join(FILE), serde_json::to_string(self).unwrap_or_default())?)
    }

    /// Puts the window where it was, unless that screen is not there any more.
    pub fn place(&self, window: &WebviewWindow) -> tauri::Result<()> {
        if let Some((x, y)) = self.place {
            let is_on = |screen: &tauri::Monitor| {
                let (at, size) = (screen.position(), screen.size());
                let within = |from: i32, length: u32, point: i32| (from..from + length as i32).contains(&point);
                within(at.x, size.width, x + 60) && within(at.y, size.height, y + 20)
            };
            if window.available_monitors()?.iter().any(is_on) {
                window.set_position(PhysicalPosition::new(x, y))?;
            }
        }
        if self.maximized { window.maximize() } else { Ok(()) }
    }
}

/// Least width and height of the window, in points.
pub const LEAST: (f64, f64) = (640.0, 480.0);
const FILE: &str = "window.json";

/// The window was moved or its size changed: kept once it rests, so that a crash loses nothing either.
pub fn moved(window: &Window) {
    let window = window.clone();
    let turn = window.state::<AppState>().moved.fetch_add(1, Ordering::Relaxed) + 1;
    tauri::async_runtime::spawn(async move {
        tokio::time::sleep(Duration::from_millis(400)).await;
        let state = window.state::<AppState>();
        if state.moved.load(Ordering::Relaxed) == turn {
            // Where it cannot be kept, the next window has the usual size.
            let _ = look(&window).map(|now| now.keep(&state.tools.home));
        }
    });
}

/// How the window is now. One that fills the screen, or is folded away, keeps the size and place it goes back to.
fn look(window: &Window) -> tauri::Result<Remembered> {
    let kept = Remembered::read(&window.state::<AppState>().tools.home);
    let maximized = window.is_maximized()?;
    if maximized || window.is_minimized()? {
        return Ok(Remembered { maximized, ..kept });
    }
    let size = window.inner_size()?.to_logical::<f64>(window.scale_factor()?);
    let place = window.outer_position().ok().map(|at| (at.x, at.y));
    Ok(Remembered { width: size.width, height: size.height, place, maximized, ..kept })
}

/// Whether the desktop is told of the end of long work.
#[tauri::command]
pub async fn notifies(state: State<'_, AppState>) -> Result<bool, Problem> {
    Ok(Remembered::read(&state.tools.home).notify)
}

#[tauri::command]
pub async fn set_notifies(state: State<'_, AppState>, on: bool) -> Result<(), Problem> {
    Remembered { notify: on, ..Remembered::read(&state.tools.home) }.keep(&state.tools.home)
}

/// Tells the desktop when long work of this deployment ends, or waits for somebody, while another window is in front.
pub fn tell_of(app: AppHandle, deployment: Deployment) {
    let mut events = lock(&deployment.shared().events).listeners.subscribe();
    // What listens keeps nothing open.
    drop(deployment);
    tauri::async_runtime::spawn(async move {
        let mut began = BTreeMap::new();
        loop {
            let event = match events.recv().await {
                Ok(event) => event,
                Err(RecvError::Lagged(_)) => continue,
                Err(RecvError::Closed) => return,
            };
            if let Some((short, sentence)) = ended(&mut began, &event) {
                let state = app.state::<AppState>();
                let in_front = app.get_webview_window("main").is_some_and(|main| main.is_focused().unwrap_or(false));
                let name = lock(&state.open).as_ref().and_then(|open| open.context().ok()).map(|context| context.name);
                if !in_front && Remembered::read(&state.tools.home).notify {
                    super::notify(&name.unwrap_or_default(), &format!("{short}: {sentence}")).await;
                }
            }
        }
    });
}

/// The page and what to say of it, where long work of it ended or waits for somebody.
fn ended(began: &mut BTreeMap<String, (Instant, &str)>, event: &Event) -> Option<(String, String)> {
    let view = match &event.kind {
        EventKind::Asked { text } => return Some((began.get(&event.step)?.1.into(), text.clone())),
        EventKind::StepChanged { view } => view,
        _ => return None,
    };
    match view.state {
        StepState::Running | StepState::Waiting => {
            began.entry(event.step.clone()).or_insert((Instant::now(), view.short));
            None
        }
        _ => {
            let took = began.remove(&event.step)?.0.elapsed();
            (took >= LONG).then(|| (view.short.into(), view.sentence.clone()))
        }
    }
}

/// Nobody needs to be told of what ends before they turned away.
const LONG: Duration = Duration::from_secs(15);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::context::MemoryVault;
    use crate::tools::Tools;
    use crate::wizard;
    use std::sync::Arc;

    #[test]
    fn what_was_kept_of_the_window_comes_back_and_a_size_that_no_screen_has_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::at(folder.path().join("home")).unwrap();
        let usual = Remembered::default();
        assert_eq!(Remembered::read(&home).width, usual.width, "a new home has the usual window");
        let kept = Remembered { width: 1100.0, height: 760.0, place: Some((-20, 35)), maximized: true, notify: false };
        kept.keep(&home).unwrap();
        let read = Remembered::read(&home);
        assert_eq!((read.width, read.height, read.place), (1100.0, 760.0, Some((-20, 35))));
        assert!(read.maximized && !read.notify);
        for (width, height) in [(0.0, 760.0), (1100.0, 1e9), (f64::NAN, 760.0)] {
            Remembered { width, height, ..kept.clone() }.keep(&home).unwrap();
            let read = Remembered::read(&home);
            let own = (read.width, read.height);
            assert_eq!(own, (usual.width, usual.height), "{width} × {height} cannot be used");
        }
        files::write(&home.path().join(FILE), "{ cut").unwrap();
        assert!(Remembered::read(&home).notify, "what cannot be read is as in a new home");
    }

    #[tokio::test]
    async fn the_end_of_long_work_is_told_and_that_of_short_work_and_of_a_look_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::at(folder.path().join("home")).unwrap();
        let tools = Arc::new(Tools::new(home.clone(), "hubwright".into()));
        let vault = Arc::new(MemoryVault::default());
        let deployment = Deployment::open(&home.deployment("hub"), "hub", wizard::chapters(), vault, tools).unwrap();
        let view = deployment.view("deploy_roles").unwrap();
        let event = |kind| Event { seq: 1, step: "deploy_roles".into(), kind };
        let changed = |state, sentence: &str| {
            let view = crate::engine::StepView { state, sentence: sentence.into(), ..view.clone() };
            event(EventKind::StepChanged { view: Box::new(view) })
        };
        let mut began = BTreeMap::new();
        let asked = event(EventKind::Asked { text: "Unlock the keychain.".into() });
        assert_eq!(ended(&mut began, &asked), None, "nothing of it runs");
        assert_eq!(ended(&mut began, &changed(StepState::Running, "")), None);
        assert_eq!(ended(&mut began, &asked), Some((view.short.into(), "Unlock the keychain.".into())), "at once");
        assert_eq!(ended(&mut began, &changed(StepState::Done, "All there.")), None, "it was short");
        assert_eq!(ended(&mut began, &changed(StepState::Running, "")), None);
        began.get_mut("deploy_roles").unwrap().0 -= LONG;
        assert_eq!(ended(&mut began, &changed(StepState::Waiting, "")), None, "it has not ended");
        let told = ended(&mut began, &changed(StepState::Look, "It failed."));
        assert_eq!(told, Some((view.short.into(), "It failed.".into())), "also where it ended badly");
        assert_eq!(ended(&mut began, &changed(StepState::Done, "All there.")), None, "once");
    }
}
