//! moto in a Python environment of its own, started with a few lines of ours that mend what the gateway cannot. It answers
//! nobody but the gateway: every request carries a token that only the two know.

#![allow(clippy::disallowed_methods, reason = "moto lives and dies with the gateway")]

use super::{Admin, stage};
use crate::engine::{Problem, files};
use crate::site::Site;
use crate::tools::aws::load_balancer;
use crate::tools::practice::new_token;
use crate::tools::programs;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::Mutex;
use zeroize::Zeroizing;

/// A running moto.
pub struct Moto {
    child: Mutex<Child>,
    /// Held open: moto ends when it closes, also where this process is killed. `wait` would close it.
    _stdin: Option<ChildStdin>,
    pub port: u16,
    /// What each request to moto must carry.
    pub token: Arc<Zeroizing<String>>,
    pub admin: Admin,
}

impl Moto {
    /// Starts moto on a free port, installing it first where it is missing. Ends with this process. `times`: `fast`, or
    /// `real` where things are to take as long as on AWS.
    pub async fn start(folder: &Path, times: &str) -> Result<Moto, Problem> {
        let python = environment(folder).await?;
        stage::tell(folder, stage::START);
        // A folder of its own until it has started: another version of this program may start beside it.
        let package = tempfile::Builder::new().prefix("server-").tempdir_in(folder).map_err(|error| {
            let fix =
                format!("Free some space at `{}`, or let your user write there; then try again.", folder.display());
            Problem::new("The files of the practice account cannot be written.", fix).because(&error)
        })?;
        for (name, text) in SERVER {
            files::write(&package.path().join(name), text)?;
        }
        let seed = serde_json::json!({
            "zones": Site::built_in().map(|site| site.zone).collect::<Vec<_>>(),
            "security_groups": Site::built_in().map(|site| site.ci_node.security_group).filter(|name| !name.is_empty()).collect::<Vec<_>>(),
            "images": Site::built_in().map(|site| site.ci_node.image).filter(|name| !name.is_empty()).collect::<Vec<_>>(),
            "region": REGION,
            "load_balancers": load_balancers(),
            "reader": serde_json::from_str::<serde_json::Value>(READER).unwrap_or_default(),
            "times": times,
        });
        let failed = |error: std::io::Error| {
            Problem::new(
                "The AWS look-alike cannot be started.",
                "Install Python 3 with its venv module, then try again.",
            )
            .because(&error)
        };
        let token = Arc::new(new_token()?);
        let mut child = Command::new(&python)
            .arg("-B")
            .arg(package.path().join("server.py"))
            .arg(seed.to_string())
            .env_clear()
            .envs(programs::inherited())
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(files::append(&folder.join("moto.log"))?)
            .kill_on_drop(true)
            .spawn()
            .map_err(failed)?;
        let mut stdin = child.stdin.take();
        if let Some(stdin) = &mut stdin {
            let line = Zeroizing::new(format!("{}\n", token.as_str()));
            stdin.write_all(line.as_bytes()).await.map_err(failed)?;
        }
        let mut line = String::new();
        if let Some(stdout) = child.stdout.take() {
            let mut stdout = BufReader::new(stdout);
            let _ = tokio::time::timeout(Duration::from_secs(180), stdout.read_line(&mut line)).await;
        }
        #[derive(serde::Deserialize)]
        struct Ready {
            port: u16,
            admin: Admin,
        }
        let ready: Ready = serde_json::from_str(&line).map_err(|error| {
            let fix = format!(
                "Read the end of `{}`; deleting the folder beside it installs moto anew.",
                folder.join("moto.log").display()
            );
            Problem::new("The AWS look-alike did not start.", fix).because(&error)
        })?;
        Ok(Moto { child: Mutex::new(child), _stdin: stdin, port: ready.port, token, admin: ready.admin })
    }

    /// Ends when moto does.
    pub async fn ended(&self) {
        let _ = self.child.lock().await.wait().await;
    }
}

/// The Python of the environment that has moto, made at the first start.
async fn environment(folder: &Path) -> Result<PathBuf, Problem> {
    let venv = folder.join(format!("moto-{VERSION}"));
    let python = venv.join("bin").join("python");
    let ready = venv.join("ready");
    // What is installed is what this program asks for: an older program may have left another set.
    if files::read_if_there(&ready)?.as_deref() == Some(REQUIREMENTS) {
        return Ok(python);
    }
    let base = std::env::var_os("HUBWRIGHT_PYTHON")
        .map(PathBuf::from)
        .or_else(|| programs::path_of("python3"))
        .ok_or_else(|| {
            Problem::new(
                "Python 3 was not found, which the practice account runs on.",
                "Install it (on Debian and Ubuntu: `sudo apt install python3-venv`), or use a real account.",
            )
        })?;
    if let Some(old) = programs::version_of(&base, &["--version"]).await.filter(|version| *version < OLDEST) {
        let what = format!("Python {old} is too old for the practice account.");
        return Err(Problem::new(
            what,
            format!("Install Python {OLDEST} or newer as `python3`, or use a real account."),
        ));
    }
    stage::tell(folder, stage::ENVIRONMENT);
    files::remove_folder(&venv)?;
    let venv_text = venv.display().to_string();
    run(
        &base,
        &["-I", "-m", "venv", &venv_text],
        "Python could not make an environment for the practice account.",
        "Install its venv module (on Debian and Ubuntu: `sudo apt install python3-venv`), then try again.",
    )
    .await?;
    // Exactly these files and no others, whatever the index offers or the user's own settings of pip say.
    let wanted = venv.join("requirements.txt");
    files::write(&wanted, REQUIREMENTS)?;
    let wanted = wanted.display().to_string();
    let args = [
        "-I",
        "-m",
        "pip",
        "--isolated",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--require-hashes",
        "--no-deps",
        "--only-binary",
        ":all:",
        "--requirement",
        &wanted,
    ];
    stage::tell(folder, stage::INSTALL);
    run(&python, &args, "The AWS look-alike (moto) could not be installed.", "Check the connection to the Python package index (a proxy, say), then try again; a real account needs none of this.").await?;
    files::write(&ready, REQUIREMENTS)?;
    Ok(python)
}

/// The hosted zones of load balancers by id, with the ending of the names in each.
fn load_balancers() -> BTreeMap<&'static str, String> {
    let zones = load_balancer::ZONES.iter().flat_map(|(region, classic, network)| {
        [(*classic, format!("{region}.elb.amazonaws.com.")), (*network, format!("elb.{region}.amazonaws.com."))]
    });
    zones.collect()
}

async fn run(program: &Path, args: &[&str], what: &str, fix: &str) -> Result<(), Problem> {
    let mut command = Command::new(program);
    command.args(args).env_clear().envs(programs::inherited());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    #[cfg(unix)]
    command.process_group(0);
    let installing = async {
        let child = command.spawn()?;
        let group = Group(child.id());
        let output = child.wait_with_output().await;
        std::mem::forget(group);
        output
    };
    match installing.await {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stderr);
            Err(Problem::new(what, fix).detail(
                said.lines().rev().take(8).collect::<Vec<_>>().into_iter().rev().collect::<Vec<_>>().join("\n"),
            ))
        }
        Err(error) => Err(Problem::new(what, fix).because(&error)),
    }
}

/// A program that installs, and what it started: they end where nobody waits for them any more.
struct Group(Option<u32>);

impl Drop for Group {
    fn drop(&mut self) {
        #[cfg(unix)]
        if let Some(pid) = self.0.and_then(|pid| rustix::process::Pid::from_raw(pid as i32)) {
            let _ = rustix::process::kill_process_group(pid, rustix::process::Signal::TERM);
        }
    }
}

const REQUIREMENTS: &str = include_str!("moto/requirements.txt");
/// What is started, and beside it what is mended in moto, one file a service, and what judges calls.
const SERVER: [(&str, &str); 13] = [
    ("server.py", include_str!("moto/server.py")),
    ("access.py", include_str!("moto/access.py")),
    ("asked.py", include_str!("moto/asked.py")),
    ("codecommit.py", include_str!("moto/codecommit.py")),
    ("errors.py", include_str!("moto/errors.py")),
    ("evaluate.py", include_str!("moto/evaluate.py")),
    ("iam.py", include_str!("moto/iam.py")),
    ("kms.py", include_str!("moto/kms.py")),
    ("paging.py", include_str!("moto/paging.py")),
    ("past.py", include_str!("moto/past.py")),
    ("route53.py", include_str!("moto/route53.py")),
    ("settings.py", include_str!("moto/settings.py")),
    ("sts.py", include_str!("moto/sts.py")),
];
/// What the guide assumes of its reader: may set up the groups, roles and policies of the guide's names, its own keys, and
/// addresses, and look at the rest. Secrets and the cluster are reached only through the roles the deployment makes.
const READER: &str = include_str!("reader.json");
pub const REGION: &str = "us-east-1";
const VERSION: &str = "5.2.5";
/// What moto runs on, and what `requirements.txt` has files for.
const OLDEST: semver::Version = semver::Version::new(3, 10, 0);
