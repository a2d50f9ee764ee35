//! The practice account: an AWS look-alike on this computer (moto, with IAM enforced) behind a gateway of ours.
//! It survives the window, is found again, and forgets everything when it stops. It is never reached from steps.

#![allow(clippy::disallowed_methods, reason = "the practice account is started by itself, in a session of its own")]

mod call;
mod entrance;
pub mod fault;
pub mod gateway;
mod git;
pub mod moto;
pub mod names;
mod pages;
mod running;
pub mod stage;

use crate::engine::{Problem, files};
use crate::tools::home::Home;
use crate::tools::practice::{named, new_token};
use crate::tools::{PracticeEndpoint, Tools, programs};
use serde::{Deserialize, Serialize};
use std::process::Stdio;
use std::time::{Duration, Instant};

type Answer = hyper::Response<http_body_util::Full<hyper::body::Bytes>>;

/// A short answer.
fn plain(status: hyper::StatusCode, text: &str) -> Answer {
    let mut answer = Answer::new(text.to_owned().into());
    *answer.status_mut() = status;
    answer
}

/// What `hubwright practice` prints, on one line.
#[derive(Clone, Serialize, Deserialize)]
pub struct Practice {
    pub endpoint: String,
    pub region: String,
    pub account: String,
    pub admin: Admin,
}

/// The administrator of the practice account. Opens nothing real.
#[derive(Clone, Serialize, Deserialize)]
pub struct Admin {
    pub access_key_id: String,
    pub secret_access_key: String,
}

/// Makes sure a practice account runs and tells `tools` where: the one `AWS_ENDPOINT_URL` names on this computer, else
/// the one that runs already, else a new one that outlives this program.
pub async fn ensure(tools: &Tools) -> Result<PracticeEndpoint, Problem> {
    let found = match named() {
        Some(endpoint) => at(&tools.home, &endpoint).await.ok_or_else(|| {
            let what = format!(
                "AWS_ENDPOINT_URL names {endpoint}, and nothing there proves to be a practice account of yours."
            );
            Problem::new(what, "Start one there with `hubwright practice --port N`, or unset AWS_ENDPOINT_URL.")
        })?,
        None => match running::find(&tools.home).await {
            Some(found) => found,
            None => start(tools).await?,
        },
    };
    tools.set_practice(Some(found.clone()));
    Ok(found)
}

/// The practice account this home knows of, where it still runs. Starts nothing.
pub async fn known(home: &Home) -> Option<PracticeEndpoint> {
    match named() {
        Some(endpoint) => at(home, &endpoint).await,
        None => running::find(home).await,
    }
}

/// The practice account that `AWS_ENDPOINT_URL` names: this home's, or another one of this user.
async fn at(home: &Home, endpoint: &str) -> Option<PracticeEndpoint> {
    let token = running::token_of(home, endpoint)?;
    PracticeEndpoint::find(endpoint, &token, true).await
}

/// Starts `hubwright practice` in a session of its own and waits until it answers; who waits no longer stops it.
async fn start(tools: &Tools) -> Result<PracticeEndpoint, Problem> {
    let home = &tools.home;
    files::private_folder(&home.path().join("practice"))?;
    let log = home.path().join("practice").join("practice.log");
    files::remove(&log)?;
    stage::end(&home.path().join("practice"));
    let cannot = |error: std::io::Error| {
        Problem::new("The practice account cannot be started.", "Install Hubwright anew.").because(&error)
    };
    let child = tokio::process::Command::new(&tools.program)
        .args(["practice", "--json"])
        .env_clear()
        .envs(programs::inherited())
        .envs(["HUBWRIGHT_PYTHON", TIMES].iter().filter_map(|name| Some((name, std::env::var_os(name)?))))
        .env("HUBWRIGHT_HOME", home.path())
        .env("HUBWRIGHT_DETACH", "1")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(files::append(&log)?)
        .spawn()
        .map_err(cannot)?;
    let mut starting = Starting(Some(child));
    let ended = match answered(&mut starting, LONGEST, || running::find(home)).await.map_err(cannot)? {
        Waited::Answers(found) => return Ok(found),
        Waited::Ended => true,
        Waited::TooLong => false,
    };
    let said = files::read_text(&log).unwrap_or_default();
    let last = said.lines().next_back().unwrap_or_default().to_owned();
    Err(match last.split_once(" — ") {
        Some((what, fix)) if ended => Problem::new(what, fix),
        _ if ended => {
            Problem::new("The practice account did not start.", "Read the details, mend what they name, and try again.")
        }
        _ => Problem::new(
            "The practice account did not answer within an hour, so its start was stopped.",
            format!("Try again; if that does not help, read `{}`", log.display()),
        ),
    }
    .detail(said))
}

/// How the wait for a practice account ended.
#[derive(Debug, PartialEq)]
enum Waited<T> {
    Answers(T),
    /// The process that was to be it ended.
    Ended,
    TooLong,
}

/// Waits for what `find` finds, as long as the process that starts it lives, and `longest` at most. One that answers goes on
/// by itself.
async fn answered<T, F: Future<Output = Option<T>>>(
    starting: &mut Starting,
    longest: Duration,
    find: impl Fn() -> F,
) -> std::io::Result<Waited<T>> {
    let began = Instant::now();
    loop {
        if let Some(found) = find().await {
            starting.0 = None;
            return Ok(Waited::Answers(found));
        }
        if let Some(child) = &mut starting.0
            && child.try_wait()?.is_some()
        {
            return Ok(Waited::Ended);
        }
        if began.elapsed() >= longest {
            return Ok(Waited::TooLong);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// The first start installs moto, which a slow network or a busy computer makes long. Only one that hangs takes this long.
const LONGEST: Duration = Duration::from_secs(3600);

/// A practice account that does not answer yet. It is told to stop where nobody waits for it any more.
struct Starting(Option<tokio::process::Child>);

impl Drop for Starting {
    fn drop(&mut self) {
        #[cfg(unix)]
        if let Some(pid) = self.0.as_ref().and_then(|child| rustix::process::Pid::from_raw(child.id()? as i32)) {
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        }
    }
}

/// `hubwright practice`: starts moto and the gateway, calls `ready` once they answer, and stays until stopped.
pub async fn serve(home: &Home, port: u16, ready: impl FnOnce(&Practice)) -> Result<(), Problem> {
    #[cfg(unix)]
    if std::env::var_os("HUBWRIGHT_DETACH").is_some() {
        let _ = rustix::process::setsid();
    }
    let folder = home.path().join("practice");
    files::private_folder(&folder)?;
    let times = times()?;
    // Heard from here on: no signal falls between two waits.
    let stop = told_to_stop();
    tokio::pin!(stop);
    let moto = tokio::select! {
        moto = moto::Moto::start(&folder, &times) => Some(moto),
        () = &mut stop => None,
    };
    stage::end(&folder);
    let Some(moto) = moto.transpose()? else { return Ok(()) };
    let token = new_token()?;
    let repositories = running::Repositories::make(home)?;
    let gateway = gateway::Gateway::bind(&moto, port, token.clone(), repositories.path().to_owned()).await?;
    let practice = gateway.practice();
    let _written = running::Written::write(home, &practice, &token)?;
    ready(&practice);
    tokio::select! {
        () = gateway.serve() => {}
        () = moto.ended() => {}
        () = stop => {}
    }
    Ok(())
}

/// Whether things take as long as on AWS or happen at once, as the environment says: `real` or `fast`.
fn times() -> Result<String, Problem> {
    match std::env::var(TIMES) {
        Err(_) => Ok("fast".into()),
        Ok(times) if times == "fast" || times == "real" => Ok(times),
        Ok(other) => {
            let what = format!("{TIMES} is `{other}`, which the practice account does not know.");
            Err(Problem::new(what, format!("Set {TIMES} to `fast` or `real`, or unset it.")))
        }
    }
}

async fn told_to_stop() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let (Ok(mut term), Ok(mut int), Ok(mut hangup)) =
            (signal(SignalKind::terminate()), signal(SignalKind::interrupt()), signal(SignalKind::hangup()))
        {
            tokio::select! { _ = term.recv() => {}, _ = int.recv() => {}, _ = hangup.recv() => {} }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}

const TIMES: &str = "HUBWRIGHT_PRACTICE_TIMES";

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    fn sleeping(seconds: &str) -> Starting {
        Starting(Some(tokio::process::Command::new("sleep").arg(seconds).spawn().unwrap()))
    }

    #[tokio::test]
    #[cfg(unix)]
    async fn a_start_is_waited_for_as_long_as_it_lives_and_one_that_hangs_is_stopped() {
        let asked = AtomicUsize::new(0);
        let third = || async { (asked.fetch_add(1, Ordering::Relaxed) >= 2).then_some("it") };
        let mut starting = sleeping("2");
        assert_eq!(answered(&mut starting, LONGEST, third).await.unwrap(), Waited::Answers("it"));
        assert!(starting.0.is_none(), "what answers is not told to stop");

        let nothing = || async { None::<()> };
        assert_eq!(answered(&mut sleeping("0"), LONGEST, nothing).await.unwrap(), Waited::Ended);

        let mut hangs = sleeping("30");
        let pid = hangs.0.as_ref().and_then(|child| child.id()).unwrap();
        assert_eq!(answered(&mut hangs, Duration::from_millis(250), nothing).await.unwrap(), Waited::TooLong);
        drop(hangs);
        let is_there = || crate::tools::machine::process::Process::of(pid).is_some();
        for _ in 0..50 {
            if is_there() {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
        assert!(!is_there(), "it was stopped");
        assert!(LONGEST > Duration::from_secs(1800), "a slow network needs more than the few minutes that are usual");
    }
}
