//! Jobs: subprocesses that outlive the window. A supervisor in a session of its own runs the program with its output
//! in files and writes how it ended by rename, so a job survives a crash of the window and is taken up again by
//! process id, start time and boot. A child whose output were our pipe would die with us.

#![allow(clippy::disallowed_methods, reason = "this is the module that starts jobs")]

use crate::engine::files::{self, FileError};
use crate::engine::{Cx, Problem};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::TryLockError;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, SystemTime};

/// What a job runs. `env` is the child's whole environment: nothing is inherited.
/// Jobs with the same file in `turn` run one after the other, also those of different windows.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Spec {
    pub argv: Vec<String>,
    pub cwd: PathBuf,
    pub env: BTreeMap<String, String>,
    #[serde(default)]
    pub turn: Option<PathBuf>,
}

/// A job that did not end as it should.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    #[error(transparent)]
    File(#[from] FileError),
    #[error("the supervisor of `{program}` cannot be started")]
    Start {
        program: String,
        #[source]
        source: std::io::Error,
    },
    #[error("`{program}` was stopped and nobody saw how it ended")]
    Lost { program: String },
    #[error("the job's record cannot be read")]
    Record(#[from] serde_json::Error),
}

/// Where a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Running,
    /// The exit status; 128 + the signal where one ended it.
    Ended(i32),
    /// Its process is gone and nobody wrote down how it ended: a power cut, or a kill of both processes.
    Lost,
}

/// A job by its folder.
pub struct Job {
    folder: PathBuf,
    spec: Spec,
}

/// A process that cannot be confused with a later one of the same number.
#[derive(Serialize, Deserialize, PartialEq)]
struct Process {
    pid: i32,
    /// Clock ticks after boot, from `/proc/PID/stat`.
    started: u64,
    boot: String,
}

impl Job {
    /// Starts a job in `folder`, which it empties first. `program` is Hubwright itself, the supervisor.
    pub fn start(program: &Path, folder: &Path, spec: Spec) -> Result<Job, JobError> {
        files::remove_folder(folder)?;
        files::private_folder(folder)?;
        files::write(&folder.join(SPEC), serde_json::to_vec(&spec)?)?;
        tokio::process::Command::new(program)
            .arg("supervise")
            .arg(folder)
            .env_clear()
            .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
            .current_dir(&spec.cwd)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|source| JobError::Start { program: spec.name(), source })?;
        Ok(Job { folder: folder.to_owned(), spec })
    }

    /// The job of an earlier run in `folder`, where there is one.
    pub fn find(folder: &Path) -> Option<Job> {
        let spec = serde_json::from_str(&files::read_if_there(&folder.join(SPEC)).ok()??).ok()?;
        Some(Job { folder: folder.to_owned(), spec })
    }

    pub fn spec(&self) -> &Spec {
        &self.spec
    }

    pub fn state(&self) -> State {
        let ended =
            || files::read_if_there(&self.folder.join(EXIT)).ok().flatten().and_then(|code| code.trim().parse().ok());
        if let Some(code) = ended() {
            return State::Ended(code);
        }
        let alive = match self.process(CHILD).or_else(|| self.process(SUPERVISOR)) {
            Some(process) => process.is_alive(),
            // The supervisor has not come so far yet, or never will.
            None => age(&self.folder.join(SPEC)) < Duration::from_secs(10),
        };
        match alive || self.process(SUPERVISOR).is_some_and(|supervisor| supervisor.is_alive()) {
            true => State::Running,
            false => ended().map_or(State::Lost, State::Ended),
        }
    }

    /// Gives each whole line of the job's output to `line` until it ends, and returns its exit status.
    /// A user's stop is passed on once, as an interrupt, so that the program can end well.
    pub async fn follow(&self, cx: &Cx, mut line: impl FnMut(&str)) -> Result<i32, JobError> {
        let mut tails = [Tail::of(self.folder.join(OUT)), Tail::of(self.folder.join(ERR))];
        let mut interrupted = false;
        loop {
            let state = self.state();
            for tail in &mut tails {
                tail.read(&mut line)?;
            }
            cx.settle_log();
            match state {
                State::Ended(code) => {
                    tails.iter_mut().for_each(|tail| tail.rest(&mut line));
                    // What this job left open in its output is no part of what the next one says.
                    cx.flush();
                    return Ok(code);
                }
                State::Lost => return Err(JobError::Lost { program: self.spec.name() }),
                State::Running if !interrupted && cx.go_on().is_err() => {
                    interrupted = self.interrupt();
                }
                State::Running => {}
            }
            tokio::time::sleep(Duration::from_millis(15)).await;
        }
    }

    /// Interrupts the job, once, and waits until it has ended.
    pub async fn stop(&self) {
        let mut interrupted = false;
        while self.state() == State::Running {
            interrupted = interrupted || self.interrupt();
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Removes the job's folder: its output may hold what only the redacted log should.
    pub fn clear(self) -> Result<(), JobError> {
        Ok(files::remove_folder(&self.folder)?)
    }

    fn process(&self, file: &str) -> Option<Process> {
        serde_json::from_str(&files::read_if_there(&self.folder.join(file)).ok()??).ok()
    }

    /// Returns whether there was a child to tell. One that still waits for its turn does not start any more.
    fn interrupt(&self) -> bool {
        #[cfg(unix)]
        if let Some(child) = self.process(CHILD).filter(Process::is_alive)
            && let Some(pid) = rustix::process::Pid::from_raw(child.pid)
        {
            return rustix::process::kill_process(pid, rustix::process::Signal::INT).is_ok();
        }
        if self.spec.turn.is_some() {
            let _ = files::write(&self.folder.join(STOP), "");
        }
        false
    }
}

impl Spec {
    fn name(&self) -> String {
        let file = Path::new(self.argv.first().map_or("", String::as_str)).file_name().unwrap_or_default();
        file.to_string_lossy().into_owned()
    }
}

/// `hubwright supervise JOBDIR`: runs the job and writes down how it ended. Returns the supervisor's own exit status.
pub async fn supervise(folder: &Path) -> Result<(), JobError> {
    #[cfg(unix)]
    {
        let _ = rustix::process::setsid();
    }
    let spec: Spec = serde_json::from_slice(&files::read(&folder.join(SPEC))?)?;
    files::write(&folder.join(SUPERVISOR), serde_json::to_vec(&Process::of(std::process::id() as i32))?)?;
    let start = |source| JobError::Start { program: spec.name(), source };
    let (program, args) = spec.argv.split_first().ok_or_else(|| start(std::io::ErrorKind::InvalidInput.into()))?;
    let turn = spec.turn.as_deref().map(files::append).transpose()?;
    while turn.as_ref().is_some_and(|turn| matches!(turn.try_lock(), Err(TryLockError::WouldBlock))) {
        if files::exists(&folder.join(STOP)) {
            return Ok(files::write(&folder.join(EXIT), "130")?);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let child = tokio::process::Command::new(program)
        .args(args)
        .current_dir(&spec.cwd)
        .env_clear()
        .envs(&spec.env)
        .stdin(Stdio::null())
        .stdout(files::append(&folder.join(OUT))?)
        .stderr(files::append(&folder.join(ERR))?)
        .spawn();
    let mut child = match child {
        Ok(child) => child,
        Err(error) => {
            files::write(&folder.join(ERR), format!("{error}\n"))?;
            files::write(&folder.join(EXIT), "127")?;
            return Err(start(error));
        }
    };
    files::write(&folder.join(CHILD), serde_json::to_vec(&Process::of(child.id().unwrap_or(0) as i32))?)?;
    let status = child.wait().await.map_err(start)?;
    #[cfg(unix)]
    let signal = std::os::unix::process::ExitStatusExt::signal(&status);
    #[cfg(not(unix))]
    let signal: Option<i32> = None;
    let code = status.code().unwrap_or_else(|| 128 + signal.unwrap_or(0));
    files::write(&folder.join(EXIT), code.to_string())?;
    Ok(())
}

impl Process {
    fn of(pid: i32) -> Self {
        let boot = files::read_text(Path::new("/proc/sys/kernel/random/boot_id")).unwrap_or_default();
        Process { pid, started: start_time(pid).unwrap_or(0), boot: boot.trim().to_owned() }
    }

    fn is_alive(&self) -> bool {
        #[cfg(unix)]
        let there =
            rustix::process::Pid::from_raw(self.pid).is_some_and(|pid| rustix::process::test_kill_process(pid).is_ok());
        #[cfg(not(unix))]
        let there = true;
        there && Process::of(self.pid) == *self
    }
}

/// When a process started, in clock ticks after boot (field 22 of `/proc/PID/stat`, proc(5)). `None` for one that has ended.
pub fn start_time(pid: i32) -> Option<u64> {
    let stat = files::read_text(Path::new(&format!("/proc/{pid}/stat"))).ok()?;
    // The name in parentheses may hold spaces; the fields are counted after it.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    (fields.next()? != "Z").then(|| fields.nth(18))?.and_then(|ticks| ticks.parse().ok())
}

/// The unread end of a growing file, line by line.
struct Tail {
    path: PathBuf,
    offset: u64,
    half: Vec<u8>,
}

impl Tail {
    fn of(path: PathBuf) -> Self {
        Tail { path, offset: 0, half: vec![] }
    }

    fn read(&mut self, line: &mut impl FnMut(&str)) -> Result<(), FileError> {
        loop {
            let bytes = files::read_from(&self.path, self.offset, CHUNK)?;
            self.offset += bytes.len() as u64;
            let full = bytes.len() as u64 == CHUNK;
            self.half.extend(bytes);
            // Whole lines are taken in one go: a drain for each would move the rest each time.
            if let Some(end) = self.half.iter().rposition(|byte| *byte == b'\n') {
                let rest = self.half.split_off(end + 1);
                let whole = std::mem::replace(&mut self.half, rest);
                for text in whole[..end].split(|byte| *byte == b'\n') {
                    line(String::from_utf8_lossy(text).trim_end_matches('\r'));
                }
            }
            if !full {
                return Ok(());
            }
        }
    }

    fn rest(&mut self, line: &mut impl FnMut(&str)) {
        if !self.half.is_empty() {
            line(&String::from_utf8_lossy(&std::mem::take(&mut self.half)));
        }
    }
}

fn age(path: &Path) -> Duration {
    let made = path.metadata().and_then(|about| about.modified());
    made.ok().and_then(|at| SystemTime::now().duration_since(at).ok()).unwrap_or(Duration::MAX)
}

impl From<JobError> for Problem {
    fn from(error: JobError) -> Self {
        match error {
            JobError::File(error) => error.into(),
            JobError::Lost { ref program } => Problem::new(
                format!("`{program}` was stopped from outside, and nobody saw how it ended."),
                "Press Check to see what was made, then run the page again: it goes on from there.",
            )
            .because(&error),
            _ => Problem::new(format!("{error}."), "Run the page again; if it fails again, install Hubwright anew.")
                .because(&error),
        }
    }
}

const SPEC: &str = "spec.json";
const SUPERVISOR: &str = "supervisor.json";
const CHILD: &str = "child.json";
const OUT: &str = "out";
const ERR: &str = "err";
const EXIT: &str = "exit";
const STOP: &str = "stop";
const CHUNK: u64 = 256 * 1024;
