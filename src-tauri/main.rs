//! The command line: the window by default, or one of the commands. What they do is decided in `headless` and `desktop`.

use clap::Parser;
use hubwright::headless::{self, Line};
use std::process::ExitCode;

fn main() -> ExitCode {
    hubwright::engine::secret::close_process();
    hubwright::engine::memory::explain_panics();
    match Line::parse().command {
        Some(command) => headless::main(command),
        #[cfg(feature = "desktop")]
        None => hubwright::desktop::main(),
        #[cfg(not(feature = "desktop"))]
        None => headless::no_window(),
    }
}
