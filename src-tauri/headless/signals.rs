//! What a signal does to a command at work.

use super::saying::say_error_line;
use crate::engine::{Deployment, Problem};
use tokio_util::sync::CancellationToken;

/// The first SIGINT or SIGTERM stops the steps at work, which pass it on to their jobs and wait for them to end well.
/// The second one ends this process at once; its jobs go on. What is begun before the steps is told by what this returns.
pub(super) fn heed_signals(deployment: &Deployment) -> Stopping {
    let stopping = Stopping(CancellationToken::new());
    let stopped = stopping.0.clone();
    let deployment = deployment.clone();
    tokio::spawn(async move {
        if signalled().await.is_err() {
            // A system that tells of no signals ends the process by itself.
            return;
        }
        stopped.cancel();
        say_error_line("Stopping: what is in hand is finished first. Once more stops at once.");
        let again = async {
            let _ = signalled().await;
            std::process::exit(STOPPED);
        };
        let stop = async {
            loop {
                // Steps that begin meanwhile are stopped too.
                deployment.cancel_all();
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            }
        };
        tokio::select! {
            () = again => {}
            () = stop => {}
        }
    });
    stopping
}

/// Whether a signal came.
pub(super) struct Stopping(CancellationToken);

impl Stopping {
    /// Lets go of `work` with the first signal.
    pub async fn unless<T>(&self, work: impl Future<Output = Result<T, Problem>>) -> Result<T, Problem> {
        tokio::select! {
            done = work => done,
            () = self.0.cancelled() => Err(Problem::cancelled()),
        }
    }
}

/// Ends with the next SIGINT or SIGTERM.
async fn signalled() -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        Ok(())
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}

/// The exit status of a process that was interrupted, as shells give it: 128 + SIGINT.
const STOPPED: i32 = 130;
