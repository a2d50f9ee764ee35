//! What a job is: a program run in a folder of its own by a supervisor (`hubwright supervise JOBDIR`) in a session of its
//! own, its output in files and its exit status written by rename. So a job survives a crash of the window. A child whose
//! output were our pipe would die with us. Starting and reading jobs is `Machine`'s.

#![allow(clippy::disallowed_methods, reason = "this is the module that runs the program of a job")]

use super::MachineError;
use super::process::Process;
use crate::engine::files;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::TryLockError;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

/// What a job runs. `env` is the child's whole environment: nothing is inherited.
/// Jobs with the same file in `turn` run one after the other, also those of different windows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spec {
    /// What it is for, in one word; begins the names of such jobs.
    pub purpose: String,
    pub argv: Vec<String>,
    pub cwd: PathBuf,
    pub env: BTreeMap<String, String>,
    #[serde(default)]
    pub turn: Option<PathBuf>,
}

/// A job's name on its machine; never used twice. Names sort by when the jobs were started.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct JobId(pub String);

/// Where a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Running,
    /// The exit status; 128 + the signal where one ended it.
    Ended(i32),
    /// Its processes are gone and nobody wrote down how it ended: a power cut, or a kill of program and supervisor.
    Lost,
}

/// How much of a job's output was read, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Offsets {
    pub out: u64,
    pub err: u64,
}

/// The next piece of a job's output, at most `CHUNK` bytes of each stream, and where the job stood before it was read:
/// after an empty chunk of a job that does not run there is nothing more to come.
#[derive(Debug)]
pub struct Chunk {
    pub out: Vec<u8>,
    pub err: Vec<u8>,
    pub state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// End well: Terraform finishes what it has in hand and writes its state.
    Interrupt,
    Kill,
}

impl Spec {
    /// The program's name, for sentences.
    pub fn program(&self) -> String {
        let file = Path::new(self.argv.first().map_or("", String::as_str)).file_name().unwrap_or_default();
        file.to_string_lossy().into_owned()
    }
}

/// `hubwright supervise JOBDIR`: runs the job and writes down how it ended.
pub async fn supervise(folder: &Path) -> Result<(), MachineError> {
    #[cfg(unix)]
    {
        let _ = rustix::process::setsid();
    }
    let spec: Spec = serde_json::from_slice(&files::read(&folder.join(SPEC))?)?;
    // Held as long as this process lives: whoever can take it knows that nobody watches over the job.
    let alive = files::append(&folder.join(ALIVE))?;
    let start = |source| MachineError::Start { program: spec.program(), source };
    alive.lock().map_err(start)?;
    if files::exists(&folder.join(EXIT)) {
        // Whoever started it was killed meanwhile, and the job was given up before it began.
        return Ok(());
    }
    files::write(&folder.join(SUPERVISOR), serde_json::to_vec(&Process::own())?)?;
    let (program, args) = spec.argv.split_first().ok_or_else(|| start(std::io::ErrorKind::InvalidInput.into()))?;
    let turn = spec.turn.as_deref().map(files::append).transpose()?;
    let stopped = || files::exists(&folder.join(STOP));
    while turn.as_ref().is_some_and(|turn| matches!(turn.try_lock(), Err(TryLockError::WouldBlock))) && !stopped() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    if stopped() {
        return Ok(files::write(&folder.join(EXIT), "130")?);
    }
    let mut command = tokio::process::Command::new(program);
    command.args(args).current_dir(&spec.cwd).env_clear().envs(&spec.env).stdin(Stdio::null());
    command.stdout(files::append(&folder.join(OUT))?).stderr(files::append(&folder.join(ERR))?);
    // A group of its own, so that a signal reaches the program and what it started, and nobody else.
    #[cfg(unix)]
    command.process_group(0);
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) => {
            files::write(&folder.join(ERR), format!("{error}\n"))?;
            files::write(&folder.join(EXIT), "127")?;
            return Err(start(error));
        }
    };
    if let Some(process) = child.id().and_then(Process::of) {
        files::write(&folder.join(CHILD), serde_json::to_vec(&process)?)?;
    }
    let status = child.wait().await.map_err(start)?;
    #[cfg(unix)]
    let signal = std::os::unix::process::ExitStatusExt::signal(&status);
    #[cfg(not(unix))]
    let signal: Option<i32> = None;
    let code = status.code().unwrap_or_else(|| 128 + signal.unwrap_or(0));
    Ok(files::write(&folder.join(EXIT), code.to_string())?)
}

pub(super) const SPEC: &str = "spec.json";
pub(super) const ALIVE: &str = "alive";
pub(super) const SUPERVISOR: &str = "supervisor.json";
pub(super) const CHILD: &str = "child.json";
pub(super) const OUT: &str = "out";
pub(super) const ERR: &str = "err";
pub(super) const EXIT: &str = "exit";
/// Written to a job that has not begun: it then never does.
pub(super) const STOP: &str = "stop";
/// In the place of an exit status: the job was given up.
pub(super) const LOST: &str = "lost";
pub(super) const CHUNK: u64 = 256 * 1024;
