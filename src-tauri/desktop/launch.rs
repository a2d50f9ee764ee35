//! Has the desktop open an address in the program it has for that.

use crate::engine::Problem;
use tauri::AppHandle;

/// `failed` is what to say where no program opened it.
pub async fn launch(app: &AppHandle, address: String, failed: impl Fn() -> Problem) -> Result<(), Problem> {
    let (sender, opened) = tokio::sync::oneshot::channel();
    let open = move || {
        let _ = sender.send(open(&address));
    };
    app.run_on_main_thread(open).map_err(|error| failed().because(&error))?;
    match opened.await {
        Ok(true) => Ok(()),
        _ => Err(failed()),
    }
}

#[cfg(target_os = "linux")]
fn open(address: &str) -> bool {
    use webkit2gtk::gio;
    gio::AppInfo::launch_default_for_uri(address, gio::AppLaunchContext::NONE).is_ok()
}

// Not tried there yet: what would be opened can be copied.
#[cfg(not(target_os = "linux"))]
fn open(_: &str) -> bool {
    false
}
