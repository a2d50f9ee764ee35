//! What several tests need: a home of their own, the program, a practice account, and a look at it with boto3.
#![allow(dead_code, clippy::disallowed_methods, reason = "each test uses a part; tests may start programs")]

use serde_json::{Value as Json, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};
use tempfile::TempDir;

pub const PROGRAM: &str = env!("CARGO_BIN_EXE_hubwright");

/// Whether what takes too long for every day is tried too: `./dev sweep`.
pub fn sweeps() -> bool {
    std::env::var_os("HUBWRIGHT_SWEEP").is_some()
}

/// A HUBWRIGHT_HOME of its own. A practice account started in it is stopped with it.
pub struct Home {
    pub folder: TempDir,
    env: Vec<(String, String)>,
}

impl Home {
    pub fn new() -> Self {
        Self::at(&std::env::temp_dir(), "hubwright-test-")
    }

    /// One in this folder, with a name that begins so.
    pub fn at(parent: &Path, prefix: &str) -> Self {
        let folder = tempfile::Builder::new().prefix(prefix).tempdir_in(parent).unwrap();
        // moto is installed once for all tests, as for a user with several deployments.
        let shared = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("practice");
        std::fs::create_dir_all(&shared).unwrap();
        std::os::unix::fs::symlink(&shared, folder.path().join("practice")).unwrap();
        let home = Home { folder, env: vec![] };
        static INSTALLED: std::sync::Once = std::sync::Once::new();
        INSTALLED.call_once(|| {
            // One test program installs it where several run side by side.
            let file = std::fs::File::create(shared.join("installing")).unwrap();
            file.lock().unwrap();
            home.start_practice();
        });
        home
    }

    pub fn with(mut self, key: &str, value: &str) -> Self {
        self.env.push((key.into(), value.into()));
        self
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        command.args(args).env("HUBWRIGHT_HOME", self.path()).env_remove("AWS_ENDPOINT_URL").stdin(Stdio::null());
        command.envs(self.env.iter().cloned());
        command
    }

    pub fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    pub fn write(&self, name: &str, text: &str) -> String {
        let path = self.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    }

    /// The practice account that runs in this home.
    pub fn practice(&self) -> Json {
        serde_json::from_str(&std::fs::read_to_string(self.path().join("practice.json")).unwrap()).unwrap()
    }

    /// One without anything in it, not even moto.
    pub fn bare() -> Self {
        let folder = tempfile::Builder::new().prefix("hubwright-test-").tempdir().unwrap();
        Home { folder, env: vec![] }
    }

    /// Starts a practice account, as a user's first apply would; does nothing where one runs.
    pub fn start_practice(&self) -> Json {
        let answers = self.write("start.toml", "version = 1\n[deployment]\nname = \"starter\"\nuser = \"starter\"\n");
        let output = self.run(&["apply", &answers, "--until", "account"]);
        assert!(output.status.success(), "{}", text(&output));
        self.practice()
    }

    /// Runs Python with boto3 as the practice account's administrator; what it prints is JSON.
    pub fn boto3(&self, script: &str) -> Json {
        let practice = self.practice();
        let admin = &practice["admin"];
        let asked = json!([practice["endpoint"], admin["access_key_id"], admin["secret_access_key"], script]);
        let [failed, printed] = python(&asked);
        assert!(failed.is_empty(), "{failed}");
        serde_json::from_str(&printed).unwrap_or(Json::Null)
    }

    /// A request to the gateway's own pages.
    pub fn gateway(&self, method: &str, path: &str, body: &str) -> String {
        let endpoint = self.practice()["endpoint"].as_str().unwrap().trim_start_matches("http://").to_owned();
        let mut stream = std::net::TcpStream::connect(&endpoint).unwrap();
        let length = body.len();
        let token = self.practice()["token"].as_str().unwrap().to_owned();
        write!(stream, "{method} /hubwright/{path} HTTP/1.1\r\nHost: {endpoint}\r\nX-Hubwright-Token: {token}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer.split_once("\r\n\r\n").map_or(String::new(), |(_, body)| body.to_owned())
    }

    pub fn fault(&self, fault: &Json) {
        assert_eq!(self.gateway("POST", "faults", &fault.to_string()), "", "the fault is understood");
    }

    pub fn no_faults(&self) {
        self.gateway("DELETE", "faults", "");
    }

    /// Asserts that every fault that was set was met, and clears them: one that nothing ran into proves nothing.
    pub fn faults_met(&self, what: &str) {
        assert_eq!(self.gateway("GET", "faults", ""), "[]", "{what}: a fault was not met");
        self.no_faults();
    }
}

/// Has the one Python of this test program run a script: boto3 takes a second to load. Returns what failed, and what was printed.
fn python(asked: &Json) -> [String; 2] {
    const STAYS: &str = "
import boto3, contextlib, io, json, sys, traceback
for line in sys.stdin:
    E, K, S, script = json.loads(line)
    c = lambda s: boto3.client(s, endpoint_url=E, region_name='us-east-1', aws_access_key_id=K, aws_secret_access_key=S)
    names = {'boto3': boto3, 'json': json, 'sys': sys, 'E': E, 'K': K, 'S': S, 'c': c, 'iam': c('iam'), 'r53': c('route53')}
    printed, failed = io.StringIO(), ''
    try:
        with contextlib.redirect_stdout(printed):
            exec(script, names)
    except BaseException:
        failed = traceback.format_exc()
    print(json.dumps([failed, printed.getvalue()]), flush=True)
";
    static PYTHON: Mutex<Option<Child>> = Mutex::new(None);
    let mut stays = PYTHON.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let stays = stays.get_or_insert_with(|| {
        let python = Path::new(env!("CARGO_TARGET_TMPDIR")).join("practice/moto-5.2.5/bin/python");
        Command::new(python).args(["-c", STAYS]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap()
    });
    writeln!(stays.stdin.as_mut().unwrap(), "{asked}").unwrap();
    let mut line = String::new();
    // Nothing is sent before it is asked, so nothing is lost in the buffer.
    BufReader::new(stays.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    serde_json::from_str(&line).unwrap()
}

impl Drop for Home {
    fn drop(&mut self) {
        if let Ok(text) = std::fs::read_to_string(self.path().join("practice.json"))
            && let Ok(practice) = serde_json::from_str::<Json>(&text)
        {
            let _ = Command::new("kill").arg(practice["pid"].to_string()).status();
        }
    }
}

/// The answers of the issue's own example.
pub fn answers(name: &str) -> String {
    format!(
        "version = 1\n[deployment]\nname = \"{name}\"\nenvironment = \"staging\"\nuser = \"an-iam-user\"\nregion = \"us-east-1\"\n\
         zone = \"science.stsci.edu\"\nsite = \"stsci\"\n[account]\nkind = \"practice\"\n[architects]\nusers = [\"an-iam-user\"]\n\
         [dns]\ntarget = \"abc-123.us-east-1.elb.amazonaws.com\"\n"
    )
}

pub fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Waits until `ready` gives something; fails after `seconds` with `what`.
pub fn wait<T>(what: &str, seconds: u64, mut ready: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + Duration::from_secs(seconds);
    loop {
        if let Some(found) = ready() {
            return found;
        }
        assert!(Instant::now() < end, "waited {seconds} s for {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// A child that is killed when the test ends.
pub struct Kept(pub Child);

impl Drop for Kept {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Makes what an institution hands out for `host`, with openssl: `hub.key`, `hub.crt`, and `chain.pem` with the
/// intermediate and the root, in `folder`.
pub fn certificates(folder: &Path, host: &str) {
    let script = format!(
        "set -e\n\
        openssl req -x509 -newkey rsa:2048 -nodes -keyout root.key -out root.crt -days 3650 -subj '/CN=Test Root' -addext basicConstraints=critical,CA:TRUE\n\
        openssl req -newkey rsa:2048 -nodes -keyout inter.key -out inter.csr -subj '/CN=Test Intermediate'\n\
        openssl x509 -req -in inter.csr -CA root.crt -CAkey root.key -set_serial 2 -days 3000 -out inter.crt -extfile <(echo basicConstraints=critical,CA:TRUE)\n\
        openssl req -newkey rsa:2048 -nodes -keyout hub.key -out hub.csr -subj '/CN={host}'\n\
        openssl x509 -req -in hub.csr -CA inter.crt -CAkey inter.key -set_serial 3 -days 365 -out hub.crt -extfile <(echo subjectAltName=DNS:{host}; echo extendedKeyUsage=serverAuth)\n\
        cat inter.crt root.crt > chain.pem\n"
    );
    let output = Command::new("bash").args(["-c", &script]).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{}", text(&output));
}

/// What an account holds that a deployment may have made, as boto3 reads it: documents, trusts, what is attached to what, keys,
/// repositories, records. Random ids are replaced by words; keys that are pending deletion are left out.
pub const WORLD: &str = include_str!("world.py");

/// Asserts that the account holds exactly what the guide's chapters make for `roman-sit`, and nothing else. `world.json` was
/// recorded once and compared with the guide's table; whoever changes what is made on purpose changes it by hand.
pub fn assert_world(home: &Home) {
    let wanted: Json = serde_json::from_str(include_str!("world.json")).unwrap();
    let mut wrong = vec![];
    differences("", &wanted, &home.boto3(WORLD), &mut wrong);
    assert!(wrong.is_empty(), "the account is not as it should be:\n{}", wrong.join("\n"));
}

/// Where two values differ, by path.
fn differences(at: &str, wanted: &Json, found: &Json, wrong: &mut Vec<String>) {
    match (wanted, found) {
        (Json::Object(wanted), Json::Object(found)) => {
            let names: std::collections::BTreeSet<&String> = wanted.keys().chain(found.keys()).collect();
            for name in names {
                let of = |all: &serde_json::Map<String, Json>| all.get(name).cloned().unwrap_or(Json::Null);
                differences(&format!("{at}/{name}"), &of(wanted), &of(found), wrong);
            }
        }
        _ if wanted == found => {}
        _ => wrong.push(format!("{at}: wanted {wanted}, found {found}")),
    }
}
