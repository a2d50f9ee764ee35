//! An empty Tauri window, the least a program of this kind can be: what `./dev bench` measures Hubwright against.

use tauri::{WebviewUrl, WebviewWindowBuilder};

#[allow(clippy::disallowed_macros, reason = "generate_context! prints in debug builds")]
fn main() {
    let app = tauri::Builder::default().setup(|app| {
        let blank = "about:blank".parse()?;
        WebviewWindowBuilder::new(app, "main", WebviewUrl::External(blank)).inner_size(1280.0, 800.0).build()?;
        Ok(())
    });
    if app.run(tauri::generate_context!()).is_err() {
        std::process::exit(1);
    }
}
