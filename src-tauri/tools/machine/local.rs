//! This computer as a machine.

#![allow(clippy::disallowed_methods, reason = "this is the module that starts supervisors")]

use super::job::{ALIVE, CHILD, CHUNK, ERR, EXIT, LOST, OUT, SPEC, STOP, SUPERVISOR};
use super::process::{self, Process};
use super::{Chunk, JobId, Machine, MachineError, Offsets, Signal, Spec, State};
use crate::engine::files;
use crate::tools::programs::{self, Found};
use futures_util::future::BoxFuture;
use std::fs::TryLockError;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

/// This computer, with the jobs whose folders are in `jobs`.
#[derive(Clone, Debug)]
pub struct Local {
    /// Hubwright itself, which supervises.
    program: PathBuf,
    jobs: PathBuf,
}

impl Local {
    /// `jobs` is made with the first job.
    pub fn new(program: PathBuf, jobs: PathBuf) -> Self {
        Local { program, jobs }
    }

    async fn start(&self, spec: &Spec) -> Result<JobId, MachineError> {
        files::private_folder(&self.jobs)?;
        let prefix = format!("{}-{}-", jiff::Timestamp::now().as_millisecond(), spec.purpose);
        let folder = files::new_folder(&self.jobs, &prefix)?;
        files::write(&folder.join(SPEC), serde_json::to_vec(spec)?)?;
        let failed = |source| MachineError::Start { program: spec.program(), source };
        let mut supervisor = tokio::process::Command::new(&self.program)
            .arg("supervise")
            .arg(&folder)
            .env_clear()
            .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
            .current_dir(&spec.cwd)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(failed)?;
        // From here on the job counts as running, however long the supervisor takes to start.
        let mut pause = Duration::from_millis(2);
        while !files::exists(&folder.join(SUPERVISOR)) {
            if supervisor.try_wait().map_err(failed)?.is_some() && !files::exists(&folder.join(SUPERVISOR)) {
                files::remove_folder(&folder)?;
                return Err(failed(std::io::ErrorKind::UnexpectedEof.into()));
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(Duration::from_millis(50));
        }
        tracing::info!(job = %folder.display(), program = spec.program(), "job started");
        Ok(JobId(folder.display().to_string()))
    }

    /// A job's id is its folder.
    fn folder(&self, job: &JobId) -> PathBuf {
        PathBuf::from(&job.0)
    }

    fn spec(&self, job: &JobId) -> Option<Spec> {
        serde_json::from_slice(&files::read(&self.folder(job).join(SPEC)).ok()?).ok()
    }

    /// What a job was for, where it ended by itself and nobody took that in yet.
    pub fn ended_by_itself(&self, job: &JobId) -> Option<String> {
        let spec = self.spec(job)?;
        matches!(self.state(job), Ok(State::Ended(_))).then_some(spec.purpose)
    }

    pub fn state(&self, job: &JobId) -> Result<State, MachineError> {
        let folder = self.folder(job);
        if let Some(state) = ended(&folder)? {
            return Ok(state);
        }
        let alive = files::append(&folder.join(ALIVE))?;
        match alive.try_lock() {
            Err(TryLockError::WouldBlock) => return Ok(State::Running),
            Err(TryLockError::Error(source)) => return Err(MachineError::Lock { path: folder.join(ALIVE), source }),
            Ok(()) => {}
        }
        // It may have ended between the two looks.
        if let Some(state) = ended(&folder)? {
            return Ok(state);
        }
        // Its supervisor was killed; the program may go on without it.
        let supervisor = read_process(&folder.join(SUPERVISOR));
        let cwd = self.spec(job).map(|spec| spec.cwd).unwrap_or_default();
        let left = supervisor.map_or(vec![], |supervisor| process::left_by(supervisor.pid, &cwd));
        let goes_on = match read_process(&folder.join(CHILD)) {
            Some(child) => child.is_alive(),
            // Killed before it wrote down which process the program is: then all that it left is the program.
            None => !left.is_empty(),
        };
        if goes_on {
            return Ok(State::Running);
        }
        // What the program had started is of no use without it, and must not change the world beside the next run.
        process::end(&left);
        files::write(&folder.join(EXIT), LOST)?;
        Ok(State::Lost)
    }

    fn tell(&self, job: &JobId, signal: Signal) -> Result<bool, MachineError> {
        let folder = self.folder(job);
        let Some(child) = read_process(&folder.join(CHILD)).filter(Process::is_alive) else {
            files::write(&folder.join(STOP), "")?;
            return Ok(false);
        };
        #[cfg(unix)]
        {
            use rustix::process::{Pid, Signal as System, kill_process_group};
            let number = match signal {
                Signal::Interrupt => System::INT,
                Signal::Kill => System::KILL,
            };
            Ok(Pid::from_raw(child.pid as i32).is_some_and(|pid| kill_process_group(pid, number).is_ok()))
        }
        // There is no interrupt for a process without a window; it is let go on to its end.
        #[cfg(not(unix))]
        {
            if signal == Signal::Kill {
                process::end(&[child.pid]);
            }
            Ok(true)
        }
    }
}

impl Machine for Local {
    fn spawn<'a>(&'a self, spec: &'a Spec) -> BoxFuture<'a, Result<JobId, MachineError>> {
        Box::pin(self.start(spec))
    }

    fn jobs(&self) -> BoxFuture<'_, Result<Vec<(JobId, Spec)>, MachineError>> {
        let found = files::names(&self.jobs).map_err(MachineError::from);
        let jobs = |names: Vec<String>| {
            let jobs = names.into_iter().map(|name| JobId(self.jobs.join(name).display().to_string()));
            jobs.filter_map(|job| self.spec(&job).map(|spec| (job, spec))).collect()
        };
        Box::pin(async move { found.map(jobs) })
    }

    fn poll<'a>(&'a self, job: &'a JobId, read: Offsets) -> BoxFuture<'a, Result<Chunk, MachineError>> {
        Box::pin(async move {
            let state = self.state(job)?;
            let folder = self.folder(job);
            Ok(Chunk {
                out: files::read_from(&folder.join(OUT), read.out, CHUNK)?,
                err: files::read_from(&folder.join(ERR), read.err, CHUNK)?,
                state,
            })
        })
    }

    fn signal<'a>(&'a self, job: &'a JobId, signal: Signal) -> BoxFuture<'a, Result<bool, MachineError>> {
        Box::pin(async move { self.tell(job, signal) })
    }

    fn forget<'a>(&'a self, job: &'a JobId) -> BoxFuture<'a, Result<(), MachineError>> {
        Box::pin(async move { Ok(files::remove_folder(&self.folder(job))?) })
    }

    fn read<'a>(&'a self, path: &'a Path) -> BoxFuture<'a, Result<Option<String>, MachineError>> {
        Box::pin(async move { Ok(files::read_if_there(path)?) })
    }

    fn write<'a>(&'a self, path: &'a Path, bytes: &'a [u8]) -> BoxFuture<'a, Result<(), MachineError>> {
        Box::pin(async move { Ok(files::write(path, bytes)?) })
    }

    fn rename<'a>(&'a self, from: &'a Path, to: &'a Path) -> BoxFuture<'a, Result<(), MachineError>> {
        Box::pin(async move { Ok(files::rename(from, to)?) })
    }

    fn remove<'a>(&'a self, path: &'a Path) -> BoxFuture<'a, Result<(), MachineError>> {
        Box::pin(async move { Ok(if path.is_dir() { files::remove_folder(path) } else { files::remove(path) }?) })
    }

    fn list<'a>(&'a self, folder: &'a Path) -> BoxFuture<'a, Result<Vec<String>, MachineError>> {
        Box::pin(async move { Ok(files::names(folder)?) })
    }

    fn private_folder<'a>(&'a self, path: &'a Path) -> BoxFuture<'a, Result<(), MachineError>> {
        Box::pin(async move { Ok(files::private_folder(path)?) })
    }

    fn free<'a>(&'a self, path: &'a Path) -> BoxFuture<'a, Option<u64>> {
        Box::pin(async move { files::free(path) })
    }

    fn program<'a>(&'a self, name: &'a str, args: &'a [&'a str]) -> BoxFuture<'a, Option<Found>> {
        Box::pin(programs::find(name, args))
    }
}

/// How a job ended, where that was written down.
fn ended(folder: &Path) -> Result<Option<State>, MachineError> {
    Ok(files::read_if_there(&folder.join(EXIT))?.and_then(|text| match text.trim() {
        LOST => Some(State::Lost),
        code => code.parse().ok().map(State::Ended),
    }))
}

fn read_process(path: &Path) -> Option<Process> {
    serde_json::from_str(&files::read_if_there(path).ok()??).ok()
}
