//! The command line: the window by default, or one of the commands. What they do is decided in `headless` and `desktop`.

use clap::Parser;
use hubwright::headless::{self, Line};
use std::process::ExitCode;

fn main() -> ExitCode {
    // A crash must leave no memory image with secrets in it.
    #[cfg(unix)]
    let _ = rustix::process::setrlimit(
        rustix::process::Resource::Core,
        rustix::process::Rlimit { current: Some(0), maximum: Some(0) },
    );
    match Line::parse().command {
        Some(command) => headless::main(command),
        #[cfg(feature = "desktop")]
        None => hubwright::desktop::main(),
        #[cfg(not(feature = "desktop"))]
        None => headless::no_window(),
    }
}
