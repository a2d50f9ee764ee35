//! One call of git within limits: what it may write and hold in memory, what it may tell, and how long it may take. It does
//! not know what git is asked.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Output, Stdio};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};

/// How a call ended.
pub enum Ended {
    Told(Output),
    /// It took too long.
    Late,
    /// It told more than `MOST_TOLD`.
    Long,
    /// `stop` came first.
    Stopped,
}

/// The program under the limits. They are soft ones, which the credential helper, a child of git's, takes off again
/// (`credentials`). Where a system does not know one of them (memory on macOS), git runs without it.
pub fn limited(program: &Path, args: &[&OsStr]) -> Command {
    if cfg!(not(unix)) {
        let mut command = Command::new(program);
        command.args(args);
        return command;
    }
    let (blocks, kilobytes) = (MOST_WRITTEN / 512, MOST_MEMORY / 1024);
    let script = format!("ulimit -S -f {blocks} 2>/dev/null; ulimit -S -v {kilobytes} 2>/dev/null; exec \"$0\" \"$@\"");
    let mut command = Command::new("/bin/sh");
    command.arg("-c").arg(script).arg(program).args(args);
    command
}

/// Runs it with `input` on its standard input, until `stop` ends. Where it does not end well, or this is dropped, the programs that
/// it started end too.
pub async fn run(
    mut command: Command,
    input: Option<&[u8]>,
    patience: Duration,
    stop: impl Future<Output = ()>,
) -> std::io::Result<Ended> {
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command.stdin(if input.is_some() { Stdio::piped() } else { Stdio::null() });
    #[cfg(unix)]
    command.process_group(0);
    let mut group = Group::of(command.spawn()?);
    let child = &mut group.0;
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let late = tokio::time::sleep(patience);
    tokio::pin!(stop, late);
    let feed = async {
        if let Some((mut stdin, input)) = stdin.zip(input) {
            // git may end without having read all; what it prints says why.
            let _ = stdin.write_all(input).await;
        }
        Ok(())
    };
    let told = async { tokio::try_join!(feed, whole(stdout), beginning(stderr)) };
    tokio::pin!(told);
    let told = tokio::select! {
        biased;
        () = &mut stop => {
            // git takes its lock files away when it is asked to end. It is not waited for, only what it prints: so its group has
            // its number still, by which what goes on is killed.
            group.ask_to_end();
            let _ = tokio::time::timeout(GRACE, told).await;
            return Ok(Ended::Stopped);
        }
        () = &mut late => return Ok(Ended::Late),
        told = &mut told => told,
    };
    let ((), stdout, stderr) = match told {
        Ok(told) => told,
        Err(Stop::Long) => return Ok(Ended::Long),
        Err(Stop::Io(error)) => return Err(error),
    };
    tokio::select! {
        biased;
        status = group.0.wait() => Ok(Ended::Told(Output { status: status?, stdout, stderr })),
        () = stop => Ok(Ended::Stopped),
        () = late => Ok(Ended::Late),
    }
}

enum Stop {
    Long,
    Io(std::io::Error),
}

/// All that comes, or that it is too much.
async fn whole(from: Option<impl AsyncRead + Unpin>) -> Result<Vec<u8>, Stop> {
    let mut bytes = vec![];
    let Some(from) = from else { return Ok(bytes) };
    from.take(MOST_TOLD + 1).read_to_end(&mut bytes).await.map_err(Stop::Io)?;
    if bytes.len() as u64 > MOST_TOLD { Err(Stop::Long) } else { Ok(bytes) }
}

/// What comes first; the rest is read and dropped, so that nobody waits for a reader.
async fn beginning(from: Option<impl AsyncRead + Unpin>) -> Result<Vec<u8>, Stop> {
    let (mut bytes, mut piece) = (vec![], [0; 8192]);
    let Some(mut from) = from else { return Ok(bytes) };
    loop {
        match from.read(&mut piece).await.map_err(Stop::Io)? {
            0 => return Ok(bytes),
            size if bytes.len() < MOST_SAID => bytes.extend_from_slice(&piece[..size]),
            _ => {}
        }
    }
}

/// A child with all that it started: git lets other programs fetch and unpack, which would go on without it.
struct Group(Child);

impl Group {
    fn of(child: Child) -> Self {
        Group(child)
    }
}

#[cfg(unix)]
impl Group {
    fn ask_to_end(&self) {
        self.signal(rustix::process::Signal::TERM);
    }

    fn signal(&self, signal: rustix::process::Signal) {
        // `None` where the child ended and was waited for: then its number may be somebody else's.
        let pid = self.0.id().and_then(|id| rustix::process::Pid::from_raw(id.cast_signed()));
        if let Some(pid) = pid {
            let _ = rustix::process::kill_process_group(pid, signal);
        }
    }
}

#[cfg(not(unix))]
impl Group {
    /// There is no way to ask: it is killed.
    fn ask_to_end(&self) {}
}

#[cfg(unix)]
impl Drop for Group {
    fn drop(&mut self) {
        self.signal(rustix::process::Signal::KILL);
    }
}

/// The most bytes of a file that git writes, a pack among them. A repository of secrets has a hundredth of it.
pub const MOST_WRITTEN: u64 = 64 << 20;
/// What git may take of memory: a few kilobytes can unpack to any size.
const MOST_MEMORY: u64 = 2 << 30;
/// The most bytes that are read of what git prints: of a file it shows, or of a list.
pub const MOST_TOLD: u64 = 16 << 20;
/// And of its errors.
const MOST_SAID: usize = 64 << 10;
/// How long git may take to end when it is asked to.
const GRACE: Duration = Duration::from_secs(2);

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    async fn shell(script: &str, seconds: u64) -> Ended {
        let args = ["-c", script].map(OsStr::new);
        run(limited(Path::new("/bin/sh"), &args), None, Duration::from_secs(seconds), std::future::pending())
            .await
            .unwrap()
    }

    #[tokio::test]
    async fn a_call_is_under_its_limits_and_can_take_them_off_for_a_helper() {
        let Ended::Told(output) = shell("ulimit -f; ulimit -H -f", 60).await else { panic!("no answer") };
        let said = String::from_utf8(output.stdout).unwrap();
        assert_eq!(said.lines().next(), Some((MOST_WRITTEN / 512).to_string().as_str()));
        assert_ne!(said.lines().nth(1), said.lines().next(), "the hard limit stays");
        if cfg!(target_os = "linux") {
            let Ended::Told(output) = shell("ulimit -v", 60).await else { panic!("no answer") };
            assert_eq!(String::from_utf8(output.stdout).unwrap().trim(), (MOST_MEMORY / 1024).to_string());
        }
        let large = tempfile::tempdir().unwrap();
        let script = format!("cd '{}' && head -c {} /dev/zero > large", large.path().display(), MOST_WRITTEN + 1);
        let Ended::Told(output) = shell(&script, 60).await else { panic!("no answer") };
        assert!(!output.status.success(), "it was written");
    }

    #[tokio::test]
    async fn what_tells_without_end_or_never_ends_is_stopped_with_all_it_started() {
        assert!(matches!(shell("yes", 60).await, Ended::Long));
        let Ended::Told(output) = shell("yes | head -c 1000000 >&2; echo done", 60).await else { panic!("no answer") };
        assert_eq!((output.stdout.as_slice(), output.stderr.len() >= MOST_SAID), (&b"done\n"[..], true));
        let folder = tempfile::tempdir().unwrap();
        let pid = folder.path().join("pid");
        let script = format!("sleep 600 & echo $! > '{}'; wait", pid.display());
        assert!(matches!(shell(&script, 2).await, Ended::Late));
        let pid = crate::engine::files::read_text(&pid).unwrap();
        let pid = rustix::process::Pid::from_raw(pid.trim().parse().unwrap()).unwrap();
        // Its death is the system's to bring about: it is waited for.
        for _ in 0..3000 {
            if rustix::process::test_kill_process(pid).is_err() || is_dead(pid) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("what git started goes on without it");
    }

    /// A dead program that nobody waited for yet.
    fn is_dead(pid: rustix::process::Pid) -> bool {
        let stat = crate::engine::files::read_text(Path::new(&format!("/proc/{}/stat", pid.as_raw_nonzero())));
        stat.is_ok_and(|stat| stat.contains(") Z "))
    }
}
