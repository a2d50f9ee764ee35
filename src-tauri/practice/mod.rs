//! The practice account: an AWS look-alike on this computer (moto, with IAM enforced) behind a gateway of ours.
//! It survives the window, is found again, and forgets everything when it stops. It is never reached from steps.

#![allow(clippy::disallowed_methods, reason = "the practice account is started by itself, in a session of its own")]

pub mod fault;
pub mod gateway;
mod git;
pub mod moto;
pub mod names;

use crate::engine::{Problem, files};
use crate::tools::home::Home;
use crate::tools::job::start_time;
use crate::tools::{PracticeDoor, Tools, http};
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

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

/// A running practice account, as written for those who come later.
#[derive(Serialize, Deserialize)]
struct Running {
    pid: u32,
    started: u64,
    #[serde(flatten)]
    practice: Practice,
}

/// What the gateway says of itself at `/hubwright/about`.
#[derive(Serialize, Deserialize)]
pub struct About {
    pub name_server: SocketAddr,
    pub account: String,
}

/// Makes sure a practice account runs and tells `tools` where: the one `AWS_ENDPOINT_URL` names on this computer, else
/// the one that runs already, else a new one that outlives this program.
pub async fn ensure(tools: &Tools) -> Result<PracticeDoor, Problem> {
    let door = match named() {
        Some(endpoint) => at(&endpoint).await.ok_or_else(|| {
            let what = format!("AWS_ENDPOINT_URL names {endpoint}, and no practice account answers there.");
            Problem::new(what, "Start one there with `hubwright practice --port N`, or unset AWS_ENDPOINT_URL.")
        })?,
        None => match find(&tools.home).await {
            Some(door) => door,
            None => start(tools).await?,
        },
    };
    tools.set_practice(Some(door.clone()));
    Ok(door)
}

/// The practice account this home knows of, where it still runs. Starts nothing.
pub async fn known(home: &Home) -> Option<PracticeDoor> {
    match named() {
        Some(endpoint) => at(&endpoint).await,
        None => find(home).await,
    }
}

/// `AWS_ENDPOINT_URL`, where it names this computer.
fn named() -> Option<String> {
    let endpoint = std::env::var("AWS_ENDPOINT_URL").ok()?;
    let host = endpoint.parse::<hyper::Uri>().ok()?.host()?.trim_matches(['[', ']']).to_owned();
    let here = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    here.then(|| endpoint.trim_end_matches('/').to_owned())
}

/// The practice account that `AWS_ENDPOINT_URL` names.
async fn at(endpoint: &str) -> Option<PracticeDoor> {
    Some(PracticeDoor { named: true, ..knock(endpoint).await? })
}

async fn knock(endpoint: &str) -> Option<PracticeDoor> {
    let answer = http::send("GET", &format!("{endpoint}/hubwright/about")).await.ok()?;
    let about: About = serde_json::from_slice(&answer.body).ok().filter(|_| answer.status == 200)?;
    Some(PracticeDoor { endpoint: endpoint.to_owned(), name_server: about.name_server, named: false })
}

async fn find(home: &Home) -> Option<PracticeDoor> {
    let running: Running = serde_json::from_str(&files::read_if_there(&home.path().join(RUNNING)).ok()??).ok()?;
    // The number may be another process's by now; its start time tells.
    let alive = start_time(running.pid as i32).is_none_or(|started| started == running.started);
    if !alive { None } else { knock(&running.practice.endpoint).await }
}

/// Starts `hubwright practice` in a session of its own and waits until it answers.
async fn start(tools: &Tools) -> Result<PracticeDoor, Problem> {
    let home = &tools.home;
    files::private_folder(&home.path().join("practice"))?;
    let log = home.path().join("practice").join("practice.log");
    files::remove(&log)?;
    let cannot = |error: std::io::Error| {
        Problem::new("The practice account cannot be started.", "Install Hubwright anew.").because(&error)
    };
    let mut child = tokio::process::Command::new(&tools.program)
        .args(["practice", "--json"])
        .env("HUBWRIGHT_HOME", home.path())
        .env("HUBWRIGHT_DETACH", "1")
        .env_remove("HUBWRIGHT_FAILPOINT")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(files::append(&log)?)
        .spawn()
        .map_err(cannot)?;
    // The first start installs moto, which can take minutes on a slow network.
    for _ in 0..3000 {
        if let Some(door) = find(home).await {
            return Ok(door);
        }
        if child.try_wait().map_err(cannot)?.is_some() {
            let said = files::read_text(&log).unwrap_or_default();
            let mut lines = said.lines().rev();
            let last = lines.next().unwrap_or_default().to_owned();
            return Err(match last.split_once(" — ") {
                Some((what, fix)) => Problem::new(what, fix),
                None => Problem::new(
                    "The practice account did not start.",
                    "Read the details, mend what they name, and try again.",
                ),
            }
            .detail(said));
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Err(Problem::new(
        "The practice account did not answer within five minutes.",
        format!("Look at `{}`", log.display()),
    ))
}

/// `hubwright practice`: starts moto and the gateway, calls `ready` once they answer, and stays until stopped.
pub async fn serve(home: &Home, port: u16, ready: impl FnOnce(&Practice)) -> Result<(), Problem> {
    #[cfg(unix)]
    if std::env::var_os("HUBWRIGHT_DETACH").is_some() {
        let _ = rustix::process::setsid();
    }
    let folder = home.path().join("practice");
    files::private_folder(&folder)?;
    let moto = moto::Moto::start(&folder).await?;
    let gateway = gateway::Gateway::bind(&moto, port).await?;
    let practice = gateway.practice();
    let pid = std::process::id();
    let running = Running { pid, started: start_time(pid as i32).unwrap_or(0), practice: practice.clone() };
    let path = home.path().join(RUNNING);
    files::write(&path, serde_json::to_vec(&running).unwrap_or_default())?;
    ready(&practice);
    tokio::select! {
        () = gateway.serve() => {}
        () = moto.ended() => {}
        () = told_to_stop() => {}
    }
    forget(&path, pid)
}

fn forget(path: &Path, pid: u32) -> Result<(), Problem> {
    let own = files::read_if_there(path)?
        .and_then(|text| serde_json::from_str::<Running>(&text).ok())
        .is_some_and(|running| running.pid == pid);
    if own { Ok(files::remove(path)?) } else { Ok(()) }
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

const RUNNING: &str = "practice.json";
