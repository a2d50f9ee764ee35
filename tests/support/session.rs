//! A desktop session with a real keyring, and the search for secrets in everything a run leaves behind.
#![allow(
    dead_code,
    clippy::disallowed_methods,
    reason = "each test uses a part; tests start a keyring and look into files"
)]

use super::support::{self, Home};
use base64::Engine as _;
use std::collections::BTreeSet;
use std::io::BufRead;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};

/// A session with a keyring of its own, in which `script` runs.
pub fn session(home: &Home, keyring: &str, script: &str) -> Output {
    begin(home, keyring, script).stdin(Stdio::null()).output().unwrap()
}

/// A session with an unlocked keyring that stays until this is dropped, or this process ends.
pub struct Session {
    child: Child,
    bus: String,
}

impl Session {
    pub fn start(home: &Home) -> Session {
        let script = "echo \"$DBUS_SESSION_BUS_ADDRESS\"; exec cat";
        let mut child = begin(home, "unlocked", script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut bus = String::new();
        std::io::BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut bus).unwrap();
        Session { child, bus: bus.trim().to_owned() }
    }

    /// Runs a script in the session.
    pub fn run(&self, home: &Home, script: &str) -> Output {
        let mut command = Command::new("bash");
        command.args(["-c", script]).env("DBUS_SESSION_BUS_ADDRESS", &self.bus).stdin(Stdio::null());
        inside(&mut command, home).output().unwrap()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // Its end of input is the session's end.
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

fn begin(home: &Home, keyring: &str, script: &str) -> Command {
    let own = home.path().join("session");
    for folder in ["home", "run"] {
        std::fs::create_dir_all(own.join(folder)).unwrap();
    }
    let start = match keyring {
        "unlocked" => "printf 'pw\\n' | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1; sleep 0.3;",
        "locked" => "gnome-keyring-daemon --start --components=secrets >/dev/null 2>&1; sleep 0.3;",
        _ => "",
    };
    let config = own.join("bus.conf");
    // A bus that starts nothing by itself: where no keyring was started, there is none. It waits as long as a desktop's does
    // until somebody has said who they are; five seconds, which it waits by itself, are too few beside other tests.
    std::fs::write(&config, "<busconfig><type>session</type><listen>unix:tmpdir=/tmp</listen><auth>EXTERNAL</auth>\
        <limit name=\"auth_timeout\">240000</limit><policy context=\"default\"><allow send_destination=\"*\" eavesdrop=\"true\"/><allow eavesdrop=\"true\"/><allow own=\"*\"/></policy></busconfig>").unwrap();
    let mut command = Command::new("dbus-run-session");
    command.arg(format!("--config-file={}", config.display())).args(["--", "bash", "-c", &format!("{start} {script}")]);
    inside(&mut command, home);
    command
}

/// The environment of a user whose home is in `home`.
fn inside<'a>(command: &'a mut Command, home: &Home) -> &'a mut Command {
    let own = home.path().join("session");
    command
        .env("HOME", own.join("home"))
        .env("XDG_RUNTIME_DIR", own.join("run"))
        .env("XDG_DATA_HOME", own.join("home/data"))
        .env("HUBWRIGHT_HOME", home.path())
        .env("AWS_ENDPOINT_URL", home.practice()["endpoint"].as_str().unwrap())
        .env("HW", support::PROGRAM)
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
}

/// The forms a secret may take: raw, base64, hex, URL-encoded, JSON-escaped, UTF-16.
pub fn forms(secret: &str) -> Vec<Vec<u8>> {
    let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
    let url = percent_encoding::percent_encode(secret.as_bytes(), percent_encoding::NON_ALPHANUMERIC).to_string();
    let json = serde_json::to_string(secret).unwrap().trim_matches('"').to_owned();
    let mut all = vec![
        secret.to_owned(),
        base64::engine::general_purpose::STANDARD.encode(secret),
        hex.to_uppercase(),
        hex,
        url,
        json,
    ];
    all.dedup();
    let mut all: Vec<Vec<u8>> = all.into_iter().map(String::into_bytes).collect();
    all.push(secret.encode_utf16().flat_map(u16::to_le_bytes).collect());
    all
}

pub fn contains(place: &[u8], canary: &[u8]) -> bool {
    aho_corasick::AhoCorasick::new([canary]).unwrap().is_match(place)
}

/// Asserts that no file below `folder` holds the canary. The session's own keyring is where it belongs.
pub fn search(folder: &Path, canary: &[u8]) {
    for entry in folder.read_dir().unwrap().flatten() {
        let path = entry.path();
        if path.ends_with("keyrings")
            || path.is_symlink()
            || path.to_string_lossy().contains("/providers/")
            || path.ends_with("terraform-plugins")
        {
            continue;
        }
        if path.is_dir() {
            search(&path, canary);
        } else if let Ok(bytes) = std::fs::read(&path) {
            assert!(!contains(&bytes, canary), "the secret is in {}", path.display());
        }
    }
}

/// The command lines and environments of all processes that belong to this home, until told to stop.
pub fn watch(running: &AtomicBool, home: &Path) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    let home = home.display().to_string();
    while running.load(Ordering::SeqCst) {
        for entry in Path::new("/proc").read_dir().unwrap().flatten() {
            let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else { continue };
            for file in ["cmdline", "environ"] {
                let text = std::fs::read(format!("/proc/{pid}/{file}"))
                    .map(|bytes| String::from_utf8_lossy(&bytes).replace('\0', " "));
                // The test's own boto3 call is an administrator's, not Hubwright's.
                seen.extend(text.ok().filter(|text| text.contains(&home) && !text.contains("import boto3")));
            }
        }
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    seen
}
