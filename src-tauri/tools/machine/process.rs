//! Which process is which: a number alone may belong to another process by now.
//! It starts nothing and signals nothing but what it was given.

use serde::{Deserialize, Serialize};
use std::path::Path;
use sysinfo::{Pid, ProcessRefreshKind, ProcessStatus, ProcessesToUpdate, System, UpdateKind};

/// A process that cannot be confused with a later one of the same number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Process {
    pub pid: u32,
    /// When it started, in seconds since 1970 by the clock of that moment.
    pub started: u64,
    /// When the computer started, in seconds since 1970 by the same clock.
    pub boot: u64,
}

impl Process {
    /// The running process of this number. `None` where there is none, or only one that has ended and is not yet cleared away.
    pub fn of(pid: u32) -> Option<Process> {
        let system = look(ProcessesToUpdate::Some(&[Pid::from_u32(pid)]), ProcessRefreshKind::nothing());
        let found = system.process(Pid::from_u32(pid)).filter(|found| runs(found))?;
        Some(Process { pid, started: found.start_time(), boot: System::boot_time() })
    }

    /// This process.
    pub fn own() -> Process {
        let pid = std::process::id();
        Self::of(pid).unwrap_or(Process { pid, started: 0, boot: System::boot_time() })
    }

    /// Whether it still runs. A clock that was set meanwhile moves the time of the start on some systems, and that of the
    /// boot with it, so the two may also agree by their distance.
    pub fn is_alive(&self) -> bool {
        let near = |a: u64, b: u64| a.abs_diff(b) <= 1;
        Self::of(self.pid).is_some_and(|now| {
            let since_boot = |one: &Process| one.started.saturating_sub(one.boot);
            near(now.started, self.started) || near(since_boot(&now), since_boot(self))
        })
    }
}

/// The processes in the session that process `leader` began, which work in `folder`: what a leader that ended left behind.
/// None where the leader's number belongs to a process again. Systems without sessions have none.
pub fn left_by(leader: u32, folder: &Path) -> Vec<u32> {
    let system = look(ProcessesToUpdate::All, ProcessRefreshKind::nothing().with_cwd(UpdateKind::Always));
    if system.process(Pid::from_u32(leader)).is_some_and(runs) {
        return vec![];
    }
    let folder = folder.canonicalize().unwrap_or(folder.to_owned());
    let members = system.processes().values().filter(|one| {
        one.session_id() == Some(Pid::from_u32(leader)) && one.cwd() == Some(folder.as_path()) && runs(one)
    });
    members.map(|one| one.pid().as_u32()).collect()
}

/// Ends processes at once.
pub fn end(pids: &[u32]) {
    let pids: Vec<Pid> = pids.iter().map(|pid| Pid::from_u32(*pid)).collect();
    let system = look(ProcessesToUpdate::Some(&pids), ProcessRefreshKind::nothing());
    for process in pids.iter().filter_map(|pid| system.process(*pid)) {
        process.kill();
    }
}

fn look(which: ProcessesToUpdate, what: ProcessRefreshKind) -> System {
    let mut system = System::new();
    system.refresh_processes_specifics(which, true, what.without_tasks());
    system
}

fn runs(process: &sysinfo::Process) -> bool {
    !matches!(process.status(), ProcessStatus::Zombie | ProcessStatus::Dead)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_told_from_a_later_one_of_its_number_also_after_the_clock_was_set() {
        let own = Process::own();
        assert!(own.is_alive() && own.started > 0 && own.boot > 0, "{own:?}");
        let set = Process { started: own.started + 1200, boot: own.boot + 1200, ..own };
        assert!(set.is_alive(), "the clock was twenty minutes ahead when it started");
        let other = Process { started: own.started - 100, ..own };
        assert!(!other.is_alive(), "one that started earlier had the number before");
    }
}
