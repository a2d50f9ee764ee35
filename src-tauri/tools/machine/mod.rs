//! Where jobs and files are: this computer today. A machine runs programs that outlive the window, keeps files that only
//! its user can read, and knows which programs it has. It is no shell: nothing on the way reads a command.
//! Another kind of machine, such as one reached over SSH, is another implementation of `Machine`: every method waits, and
//! every path is one of that machine.

pub mod job;
mod local;
pub mod process;

pub use job::{Chunk, JobId, Offsets, Signal, Spec, State};
pub use local::Local;

use crate::engine::Cx;
use crate::engine::files::FileError;
use crate::tools::Tools;
use crate::tools::programs::Found;
use futures_util::future::BoxFuture;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

pub trait Machine: Send + Sync {
    /// Starts a job in a folder of its own. When this returns, the job goes on also without this program.
    fn spawn<'a>(&'a self, spec: &'a Spec) -> BoxFuture<'a, Result<JobId, MachineError>>;
    /// The jobs that were not forgotten yet, in the order they were started: those of earlier windows too.
    fn jobs(&self) -> BoxFuture<'_, Result<Vec<(JobId, Spec)>, MachineError>>;
    /// The output from `read` on, in a bounded piece, and how the job stands.
    fn poll<'a>(&'a self, job: &'a JobId, read: Offsets) -> BoxFuture<'a, Result<Chunk, MachineError>>;
    /// Signals the program and what it started. False where it does not run yet: then it will not begin any more, unless
    /// it is just beginning; ask again.
    fn signal<'a>(&'a self, job: &'a JobId, signal: Signal) -> BoxFuture<'a, Result<bool, MachineError>>;
    /// Removes the job's folder with its output, which may hold what only the redacted log should.
    fn forget<'a>(&'a self, job: &'a JobId) -> BoxFuture<'a, Result<(), MachineError>>;

    /// A file's text; `None` where there is no such file.
    fn read<'a>(&'a self, path: &'a Path) -> BoxFuture<'a, Result<Option<String>, MachineError>>;
    /// Writes a file whole, readable by its user only: a crash leaves the old one or the new one.
    fn write<'a>(&'a self, path: &'a Path, bytes: &'a [u8]) -> BoxFuture<'a, Result<(), MachineError>>;
    fn rename<'a>(&'a self, from: &'a Path, to: &'a Path) -> BoxFuture<'a, Result<(), MachineError>>;
    /// Removes a file, or a folder with all in it; that it was not there is fine.
    fn remove<'a>(&'a self, path: &'a Path) -> BoxFuture<'a, Result<(), MachineError>>;
    /// The names in a folder, sorted; none where there is no folder.
    fn list<'a>(&'a self, folder: &'a Path) -> BoxFuture<'a, Result<Vec<String>, MachineError>>;
    /// Makes a folder and its parents, closed to other users.
    fn private_folder<'a>(&'a self, path: &'a Path) -> BoxFuture<'a, Result<(), MachineError>>;
    /// Bytes that can still be written where `path` is; `None` where the system does not say.
    fn free<'a>(&'a self, path: &'a Path) -> BoxFuture<'a, Option<u64>>;

    /// A program by its name, with the version that it says when it is run with `args`.
    fn program<'a>(&'a self, name: &'a str, args: &'a [&'a str]) -> BoxFuture<'a, Option<Found>>;
}

/// A machine that did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum MachineError {
    #[error(transparent)]
    File(#[from] FileError),
    #[error("the supervisor of `{program}` cannot be started")]
    Start {
        program: String,
        #[source]
        source: std::io::Error,
    },
    #[error("the lock `{}` cannot be tried", path.display())]
    Lock {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("`{program}` was stopped and nobody saw how it ended")]
    Lost { program: String },
    #[error("the disk that holds `{}` is full", path.display())]
    Full { path: PathBuf },
    #[error("a job's record cannot be read")]
    Record(#[from] serde_json::Error),
}

/// This computer, for the jobs of the step that is at work.
pub fn here(cx: &Cx) -> Result<Arc<dyn Machine>, FileError> {
    Ok(Arc::new(cx.tools::<Tools>().machine(cx.folder()?.join("jobs"))))
}

/// Interrupts a job and waits until it has ended.
pub async fn stop(machine: &dyn Machine, job: &JobId) -> Result<(), MachineError> {
    let (mut told, mut pause) = (false, SHORTEST);
    while machine.poll(job, Offsets::default()).await?.state == State::Running {
        told = told || machine.signal(job, Signal::Interrupt).await?;
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST);
    }
    Ok(())
}

/// Gives each whole line of a job's output to `line` until it ends, and returns its exit status.
/// With `stop`, or once the user stops the step, it is interrupted, so that the program can end well.
pub async fn follow(
    machine: &dyn Machine,
    cx: &Cx,
    (job, spec): (&JobId, &Spec),
    stop: bool,
    mut line: impl FnMut(&str),
) -> Result<i32, MachineError> {
    let mut read = Offsets::default();
    let mut halves = [Lines::default(), Lines::default()];
    let mut interrupted = false;
    let mut pause = SHORTEST;
    loop {
        let Chunk { out, err, state } = machine.poll(job, read).await?;
        (read.out, read.err) = (read.out + out.len() as u64, read.err + err.len() as u64);
        let (quiet, full) = (out.is_empty() && err.is_empty(), out.len().max(err.len()) as u64 == job::CHUNK);
        halves[0].take(out, &mut line);
        halves[1].take(err, &mut line);
        match state {
            State::Running => {}
            _ if !quiet => continue,
            State::Ended(code) => {
                halves.into_iter().for_each(|half| half.rest(&mut line));
                // What this job left open in its output is no part of what the next one says.
                cx.flush();
                tracing::info!(job = job.0, code, "job ended");
                return Ok(code);
            }
            State::Lost => {
                tracing::warn!(job = job.0, "job lost");
                return Err(MachineError::Lost { program: spec.program() });
            }
        }
        cx.settle_log();
        if !interrupted && (stop || cx.go_on().is_err()) {
            interrupted = machine.signal(job, Signal::Interrupt).await?;
        }
        pause = if quiet { (pause * 2).min(LONGEST) } else { SHORTEST };
        tokio::select! {
            () = tokio::time::sleep(pause), if !full => {}
            () = cx.cancelled(), if !full && cx.go_on().is_ok() => {}
            else => {}
        }
    }
}

/// The unread end of a growing text, line by line.
#[derive(Default)]
struct Lines(Vec<u8>);

impl Lines {
    fn take(&mut self, bytes: Vec<u8>, line: &mut impl FnMut(&str)) {
        self.0.extend(bytes);
        // Whole lines are taken in one go: a drain for each would move the rest each time.
        if let Some(end) = self.0.iter().rposition(|byte| *byte == b'\n') {
            let rest = self.0.split_off(end + 1);
            let whole = std::mem::replace(&mut self.0, rest);
            for text in whole[..end].split(|byte| *byte == b'\n') {
                line(String::from_utf8_lossy(text).trim_end_matches('\r'));
            }
        }
    }

    fn rest(self, line: &mut impl FnMut(&str)) {
        if !self.0.is_empty() {
            line(&String::from_utf8_lossy(&self.0));
        }
    }
}

/// How long a job that prints nothing is left alone between two looks: from the first to the second, doubling.
const SHORTEST: Duration = Duration::from_millis(4);
const LONGEST: Duration = Duration::from_millis(250);
