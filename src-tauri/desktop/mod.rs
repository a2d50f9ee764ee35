//! The window: the only folder that knows Tauri. About ten thin commands over the engine; no command returns a secret
//! and none decides anything.

mod commands;
mod everything;
mod kept;
mod launch;
mod left;
mod mail;
mod remembered;
mod start;

pub use commands::Drag;
pub use kept::Kept;
pub use start::{Known, Line, SiteChoice, Start};

use crate::engine::context::lock;
use crate::engine::{Deployment, Problem, Vault, trace};
use crate::tools::Tools;
use crate::tools::home::Home;
use crate::tools::keychain::Keychain;
use left::Left;
use remembered::{LEAST, Remembered};
use std::process::ExitCode;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex};
use tauri::{AppHandle, Manager, WebviewUrl, WebviewWindowBuilder};

/// What the window's commands work on.
pub struct AppState {
    tools: Arc<Tools>,
    vault: Arc<dyn Vault>,
    open: Mutex<Option<Deployment>>,
    /// Those that were open before and may still be at work.
    left: Left,
    /// The task that carries events to the window; replaced when the page loads anew.
    events: Mutex<Option<tauri::async_runtime::JoinHandle<()>>>,
    /// Where files dragged to the window are told.
    dragged: Mutex<Option<tauri::ipc::Channel<Drag>>>,
    /// How often the window was moved or its size changed.
    moved: AtomicU64,
    /// The open that a person waits for, or waited for last.
    opening: Mutex<start::Opening>,
    /// The deployment that was begun last, until the window shows it.
    begun: Mutex<Option<String>>,
}

/// Opens the window and stays until it is closed.
#[allow(clippy::disallowed_macros, reason = "generate_context! prints in debug builds")]
pub fn main() -> ExitCode {
    // Some graphics drivers show a blank window with the DMA-BUF renderer.
    #[cfg(target_os = "linux")]
    if std::env::var_os("WEBKIT_DISABLE_DMABUF_RENDERER").is_none() {
        // Sound: no other thread runs yet.
        unsafe { std::env::set_var("WEBKIT_DISABLE_DMABUF_RENDERER", "1") };
    }
    let state = match state() {
        Ok(state) => state,
        Err(problem) => return no_home(&problem),
    };
    let one_of_us = tauri_plugin_single_instance::init(|app, _, _| {
        if let Some(window) = app.get_webview_window("main") {
            let _ = window.unminimize();
            let _ = window.set_focus();
        }
    });
    let app = tauri::Builder::default()
        .plugin(one_of_us)
        .manage(state)
        .invoke_handler(tauri::generate_handler![
            start::deployments,
            start::begin,
            start::discard,
            start::archive,
            start::duplicate,
            start::remains,
            start::delete,
            everything::everything,
            everything::stop_looking,
            everything::looking_at,
            everything::stop_removing,
            everything::remove_everything,
            start::open,
            start::opening,
            start::cancel_open,
            start::close,
            commands::subscribe,
            commands::visit,
            commands::rebuild,
            commands::show_environment,
            commands::edit,
            commands::set_secret,
            commands::use_made_up,
            commands::set_done_by_hand,
            commands::run,
            commands::cancel,
            commands::read_log,
            commands::pick_file,
            commands::pick_files,
            commands::save_text,
            commands::listen_for_files,
            commands::logbook,
            commands::glossary,
            commands::afterwards,
            commands::way,
            kept::kept,
            kept::open_kept,
            mail::has_mail_program,
            mail::draft_mail,
            remembered::notifies,
            remembered::set_notifies,
        ])
        .on_window_event(|window, event| {
            let event = match event {
                tauri::WindowEvent::DragDrop(event) => event,
                tauri::WindowEvent::Resized(_) | tauri::WindowEvent::Moved(_) => return remembered::moved(window),
                _ => return,
            };
            let drag = match event {
                tauri::DragDropEvent::Enter { .. } => Drag::Over,
                tauri::DragDropEvent::Leave => Drag::Away,
                tauri::DragDropEvent::Drop { paths, .. } => {
                    Drag::Dropped { paths: paths.iter().map(|path| path.display().to_string()).collect() }
                }
                _ => return,
            };
            if let Some(channel) = &*lock(&window.state::<AppState>().dragged) {
                let _ = channel.send(drag);
            }
        })
        .setup(|app| {
            remind(app.handle().clone());
            Ok(window(app.handle())?)
        })
        .run(tauri::generate_context!());
    match app {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn state() -> Result<AppState, Problem> {
    let program = std::env::current_exe().map_err(|error| {
        Problem::new("Hubwright cannot find its own file.", "Start it by its full path.").because(&error)
    })?;
    let home = Home::find()?;
    trace::start(home.path());
    let vault = Arc::new(Keychain::start(&home)?);
    let tools = Arc::new(Tools::new(home, program));
    Ok(AppState {
        tools,
        vault,
        open: Mutex::default(),
        left: Left::default(),
        events: Mutex::default(),
        dragged: Mutex::default(),
        moved: AtomicU64::default(),
        opening: Mutex::default(),
        begun: Mutex::default(),
    })
}

fn window(app: &AppHandle) -> tauri::Result<()> {
    let kept = Remembered::read(&app.state::<AppState>().tools.home);
    let window = WebviewWindowBuilder::new(app, "main", WebviewUrl::App("index.html".into()))
        .title("Hubwright")
        .inner_size(kept.width, kept.height)
        .min_inner_size(LEAST.0, LEAST.1)
        // Which deployment it is stands in the list of windows too.
        .on_document_title_changed(|window, title| drop(window.set_title(&title)))
        .build()?;
    kept.place(&window)?;
    // Everything the page shows comes from here, so a web process that was killed loses nothing: the page loads anew.
    #[cfg(target_os = "linux")]
    window.with_webview(|webview| {
        use webkit2gtk::WebViewExt;
        webview.inner().connect_web_process_terminated(|view, _| view.reload());
    })?;
    #[cfg(not(target_os = "linux"))]
    drop(window);
    Ok(())
}

/// While a deployment is open: a notification of the desktop for what is due, each once a day.
fn remind(app: AppHandle) {
    tauri::async_runtime::spawn(async move {
        let mut told = std::collections::BTreeSet::new();
        loop {
            tokio::time::sleep(std::time::Duration::from_secs(20)).await;
            let open = lock(&app.state::<AppState>().open).clone();
            let Some(deployment) = open else { continue };
            let today = jiff::Zoned::now().date();
            for sentence in deployment.due().unwrap_or_default() {
                if told.insert((today, deployment.shared().id.clone(), sentence.clone())) {
                    let name = deployment.context().map_or(String::new(), |context| context.name);
                    notify(&name, &sentence).await;
                }
            }
        }
    });
}

/// A notification of the desktop. One without notifications still shows it on the page.
async fn notify(deployment: &str, sentence: &str) {
    let mut notification = notify_rust::Notification::new();
    notification.appname("Hubwright").summary(&format!("Hubwright: {deployment}")).body(sentence);
    let _ = tauri::async_runtime::spawn_blocking(move || notification.show().map(drop)).await;
}

/// There is no folder to keep anything in: said in a dialog, since there is no page yet.
fn no_home(problem: &Problem) -> ExitCode {
    let text = format!("{}\n\n{}", problem.what, problem.fix);
    rfd::MessageDialog::new().set_level(rfd::MessageLevel::Error).set_title("Hubwright").set_description(text).show();
    ExitCode::FAILURE
}
