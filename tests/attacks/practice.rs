//! The practice account, from another user of this computer, from a web page, and from whoever takes its port after its end.

use crate::{
    peers, refused,
    support::{self, Home, Kept, text, wait},
    vault::FileVault,
};
use hubwright::engine::run::Work;
use hubwright::engine::{Deployment, StepState};
use hubwright::tools::home::Home as Folder;
use hubwright::tools::{PracticeEndpoint, Tools};
use serde_json::Value as Json;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};

const SCRIPTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/attacks");

pub fn started() -> (Home, Json) {
    let home = Home::new();
    let practice = home.start_practice();
    (home, practice)
}

pub fn endpoint(practice: &Json) -> String {
    practice["endpoint"].as_str().unwrap().trim_start_matches("http://").to_owned()
}

/// Sends a request as it stands and returns what is answered; empty where the connection is closed.
pub fn send(address: &str, request: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    let _ = stream.write_all(request.as_bytes());
    let mut answer = vec![];
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

fn request(method: &str, path: &str, headers: &[&str], body: &str) -> String {
    let headers: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
    format!("{method} {path} HTTP/1.1\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())
}

/// A folder of the user's with a file in it, which no attack may touch.
fn victim(home: &Home) -> PathBuf {
    let folder = home.path().join("victim");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("thesis.txt"), "years of work").unwrap();
    folder
}

#[test]
fn no_folder_is_deleted_by_the_name_of_a_repository() {
    let (home, practice) = started();
    let victim = victim(&home);
    let address = endpoint(&practice);
    let body = |name: &str| serde_json::json!({ "repositoryName": name }).to_string();
    let names = [
        victim.display().to_string(),
        "../../victim".into(),
        "../../../victim".into(),
        "..".into(),
        ".".into(),
        String::new(),
        "a".repeat(101),
        "kept.git".into(),
    ];
    for name in &names {
        for action in ["DeleteRepository", "CreateRepository"] {
            let target = format!("X-Amz-Target: CodeCommit_20150413.{action}");
            let host = format!("Host: {address}");
            let auth = "Authorization: AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260101/us-east-1/codecommit/aws4_request, SignedHeaders=host, Signature=00";
            for headers in [vec![host.as_str(), &target], vec![host.as_str(), &target, auth]] {
                let answer = send(&address, &request("POST", "/", &headers, &body(name)));
                assert!(!answer.starts_with("HTTP/1.1 2"), "{action} {name}: {answer}");
            }
            assert!(victim.join("thesis.txt").exists(), "{action} {name} deleted a folder");
        }
    }
    // An administrator's own, signed calls.
    let said = home.boto3(&format!(
        "import botocore\nloose = botocore.config.Config(parameter_validation=False)\n\
         cc = boto3.client('codecommit', endpoint_url=E, region_name='us-east-1', aws_access_key_id=K, aws_secret_access_key=S, config=loose)\n\
         said = []\nfor name in {}:\n  for call in (cc.delete_repository, cc.create_repository):\n    try:\n      call(repositoryName=name)\n      said.append('done ' + name)\n    except Exception as error: said.append(str(error))\nprint(json.dumps(said))",
        serde_json::to_string(&names).unwrap()
    ));
    assert_eq!(said.as_array().unwrap().len(), 2 * names.len());
    for said in said.as_array().unwrap() {
        let said = said.as_str().unwrap();
        // moto has a rule of its own, with more words. This is the gateway's.
        assert!(said.contains("InvalidRepositoryName"), "{said}");
    }
    assert!(victim.join("thesis.txt").exists(), "no folder is deleted");
    // A name that fits, by somebody who may not: the repository's content stays.
    home.boto3("c('codecommit').create_repository(repositoryName='kept')");
    let all = home.path().join("practice-repositories");
    let own = all.read_dir().unwrap().next().unwrap().unwrap().path();
    std::fs::create_dir_all(own.join("kept")).unwrap();
    let key = home.boto3("iam.create_user(UserName='nobody')\nk = iam.create_access_key(UserName='nobody')['AccessKey']\nprint(json.dumps([k['AccessKeyId'], k['SecretAccessKey']]))");
    let delete = |id: &str, secret: &str| {
        home.boto3(&format!("cc = boto3.client('codecommit', endpoint_url=E, region_name='us-east-1', aws_access_key_id={id}, aws_secret_access_key={secret})\ntry:\n  cc.delete_repository(repositoryName='kept')\n  print('\"done\"')\nexcept Exception as error:\n  print(json.dumps(str(error)))"))
    };
    let said = delete(&key[0].to_string(), &key[1].to_string());
    assert!(said.as_str().unwrap().contains("AccessDenied"), "{said}");
    assert!(own.join("kept").exists(), "moto refused, so nothing is removed");
    assert_eq!(delete("K", "S"), "done", "who may delete it can");
    assert!(!own.join("kept").exists(), "and then it is gone");
}

#[test]
fn without_the_token_the_practice_accounts_own_pages_show_and_change_nothing() {
    let (home, practice) = started();
    let address = endpoint(&practice);
    let host = format!("Host: {address}");
    let fault = r#"{"kind": "reset", "times": 1000}"#;
    let as_long = format!("X-Hubwright-Token: {}", "5e".repeat(32));
    for token in [None, Some("X-Hubwright-Token: "), Some("X-Hubwright-Token: 00"), Some(as_long.as_str())] {
        for (method, path, body) in [
            ("GET", "/hubwright/users/starter", ""),
            ("PUT", "/hubwright/users/eve", ""),
            ("GET", "/hubwright/calls", ""),
            ("DELETE", "/hubwright/calls", ""),
            ("POST", "/hubwright/faults", fault),
            ("POST", "/hubwright/oauth/clients", "{}"),
            ("GET", "/hubwright/about", ""),
            ("GET", "/moto-api/data.json", ""),
            ("POST", "/moto-api/reset-auth", "9999"),
            ("POST", "/moto-api/reset", ""),
            ("POST", "/moto-api/recorder/start-recording", ""),
            ("GET", "//moto-api/data.json", ""),
            ("GET", "/%6doto-api/data.json", ""),
            ("GET", "/", ""),
            ("POST", "/", "Action=ListUsers&Version=2010-05-08"),
        ] {
            let headers: Vec<&str> = [Some(host.as_str()), token].into_iter().flatten().collect();
            let answer = send(&address, &request(method, path, &headers, body));
            assert!(answer.starts_with("HTTP/1.1 403"), "{method} {path} with {token:?}: {answer}");
            assert!(!answer.to_lowercase().contains("access-control"), "{answer}");
        }
    }
    // Moto's own judge of signatures, by a path that moto reads in another way than the gateway.
    let signed = "Authorization: AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/20260101/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=00";
    for path in ["/%68ubwright/git", "//hubwright/git", "/./hubwright/git"] {
        let answer = send(&address, &request("POST", path, &[&host, signed], "{}"));
        assert!(answer.starts_with("HTTP/1.1 403") && answer.ends_with("no such page"), "{path}: {answer}");
    }
    assert!(home.gateway("GET", "users/starter", "").contains("secret_access_key"), "with the token it answers");
    assert_eq!(home.gateway("GET", "users/eve", ""), "no such user", "nothing was made");
    home.boto3("print(json.dumps(len(iam.list_users()['Users'])))");
}

/// The port that moto listens on, which another user finds by trying them all.
pub fn motos_port(practice: &Json) -> u16 {
    let gateway = practice["pid"].as_u64().unwrap();
    let children = Command::new("pgrep").args(["-P", &gateway.to_string()]).output().unwrap().stdout;
    let children = String::from_utf8_lossy(&children).into_owned();
    let sockets: Vec<String> = children
        .split_whitespace()
        .flat_map(|pid| Path::new("/proc").join(pid).join("fd").read_dir().unwrap().flatten())
        .filter_map(|fd| std::fs::read_link(fd.path()).ok())
        .filter_map(|link| Some(link.to_str()?.strip_prefix("socket:[")?.trim_end_matches(']').to_owned()))
        .collect();
    let listening = std::fs::read_to_string("/proc/net/tcp").unwrap();
    let ports: Vec<u16> = listening
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>())
        .filter(|fields| {
            fields.get(3) == Some(&"0A") && fields.get(9).is_some_and(|inode| sockets.iter().any(|own| own == inode))
        })
        .filter_map(|fields| u16::from_str_radix(fields[1].split(':').nth(1)?, 16).ok())
        .collect();
    assert_eq!(ports.len(), 1, "moto has one port: {ports:?}");
    ports[0]
}

#[test]
fn motos_own_port_answers_the_gateway_only() {
    let (home, practice) = started();
    let address = format!("127.0.0.1:{}", motos_port(&practice));
    let host = format!("Host: {address}");
    let as_long = format!("X-Hubwright-Token: {}", "5e".repeat(32));
    for path in ["/moto-api/data.json", "/moto-api/", "/hubwright/git", "/"] {
        for headers in [vec![host.as_str()], vec![host.as_str(), &as_long]] {
            let answer = send(&address, &request("GET", path, &headers, ""));
            assert!(answer.starts_with("HTTP/1.1 403"), "{path} with {headers:?}: {answer}");
        }
    }
    drop(home);
}

#[test]
fn a_page_of_another_site_is_not_answered() {
    let (home, practice) = started();
    let address = endpoint(&practice);
    let token = format!("X-Hubwright-Token: {}", practice["token"].as_str().unwrap());
    let host = format!("Host: {address}");
    for odd in ["Origin: https://evil.example", "Origin: null", "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: no-cors"]
    {
        // Even with the token: a page that learned it is still a page.
        let answer = send(&address, &request("GET", "/hubwright/users/starter", &[&host, &token, odd], ""));
        assert!(answer.starts_with("HTTP/1.1 403"), "{odd}: {answer}");
        let answer = send(&address, &request("GET", "/hubwright/proof?1", &[&host, odd], ""));
        assert!(answer.starts_with("HTTP/1.1 403"), "{odd}: {answer}");
    }
    for wrong in
        ["Host: evil.example", "Host: 127.0.0.1:1", "Host: 127.0.0.1.evil.example", "Host: localhost", "X-No: host"]
    {
        let answer = send(&address, &request("GET", "/hubwright/users/starter", &[wrong, &token], ""));
        assert!(!answer.starts_with("HTTP/1.1 2"), "{wrong}: {answer}");
    }
    let preflight = send(&address, &request("OPTIONS", "/", &[&host, "Access-Control-Request-Method: PUT"], ""));
    assert!(
        preflight.starts_with("HTTP/1.1 403") && !preflight.to_lowercase().contains("access-control"),
        "{preflight}"
    );
    let answer = send(&address, &request("GET", "/hubwright/users/starter", &[&host, &token], ""));
    assert!(answer.contains("secret_access_key"), "the same without what a page adds: {answer}");
    drop(home);
}

#[test]
fn a_page_in_a_real_browser_gets_nothing() {
    let (home, practice) = started();
    let calls = home.gateway("GET", "calls", "");
    let page = |address: &str| {
        let mut page = Command::new("xvfb-run");
        page.args(["-a", "/usr/bin/python3", &format!("{SCRIPTS}/page.py"), address]).env("HOME", home.path());
        page
    };
    let output = refused(&mut page(&endpoint(&practice)));
    assert!(text(&output).contains("tried 7"), "every way was tried to its end: {}", text(&output));
    assert_eq!(home.gateway("GET", "calls", ""), calls, "no call came through");
    assert_eq!(home.boto3("iam.list_users()\nprint(1)"), 1, "and no fault was set");
    // A server that lets every page in: there the same page gets everything, so that it can tell.
    let open = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = open.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        while let Ok((mut stream, _)) = open.accept() {
            let _ = stream.read(&mut [0; 4096]);
            let _ = write!(
                stream,
                "HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\nAccess-Control-Allow-Headers: *\r\nContent-Length: 4\r\nConnection: close\r\n\r\nopen"
            );
        }
    });
    let output = page(&address).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert!(text(&output).contains("got 4"), "all that a page may read it reads: {}", text(&output));
}

/// A shell script run as another user of this computer, who cannot even read the folder it lies in. `None`: here nobody
/// can be anybody else, which is said.
fn as_another_user(test: &str, script: &str) -> Option<Command> {
    let mut command = Command::new(if rustix::process::getuid().is_root() { "setpriv" } else { "unshare" });
    if !rustix::process::getuid().is_root() {
        // A namespace with the ids that /etc/subuid lends to this user.
        let namespace = ["--user", "--map-root-user", "--map-auto"];
        if !Command::new("unshare").args(namespace).arg("true").status().is_ok_and(|status| status.success()) {
            peers::skip(test, "neither root nor a user of /etc/subuid");
            return None;
        }
        command.args(namespace).arg("setpriv");
    }
    command.args(["--reuid=65534", "--regid=65534", "--clear-groups", "bash", "-c", script, "other_user"]);
    command.current_dir("/");
    Some(command)
}

#[test]
fn another_user_of_this_computer_gets_in_nowhere() {
    let (home, practice) = started();
    home.boto3("c('codecommit').create_repository(repositoryName='kept')");
    // With the token even, which the file keeps from them.
    let (address, token) = (endpoint(&practice), practice["token"].as_str().unwrap());
    let (pid, path) = (practice["pid"].to_string(), home.path().display().to_string());
    let script = include_str!("other_user.sh");
    let args = [&address, token, &path, &pid];
    let mut own = Command::new("bash");
    let own = own.args(["-c", script, "other_user"]).args(args).output().unwrap();
    assert_eq!(own.status.code(), Some(0), "{}", text(&own));
    assert!(!text(&own).contains("refused"), "the same script gets everything as oneself: {}", text(&own));
    let Some(mut other) = as_another_user("another_user_of_this_computer_gets_in_nowhere", script) else { return };
    let output = refused(other.args(args));
    assert_eq!(text(&output).matches("refused").count(), 6, "every way was tried: {}", text(&output));
}

#[test]
fn programs_of_our_own_come_in_also_by_a_socket_of_ipv6_and_many_at_a_time() {
    let (home, practice) = started();
    let port = practice["endpoint"].as_str().unwrap().rsplit(':').next().unwrap();
    // As Java's SDK does it, and with so many connections coming and going that the kernel's list changes while it is read.
    let said = home.boto3(&format!(
        "import socket, urllib.request\nfrom concurrent.futures import ThreadPoolExecutor\n\
         s = socket.socket(socket.AF_INET6); s.connect(('::ffff:127.0.0.1', {port}))\n\
         s.sendall(b'GET /hubwright/proof?1 HTTP/1.1\\r\\nHost: 127.0.0.1:{port}\\r\\nConnection: close\\r\\n\\r\\n')\n\
         first = s.recv(12).decode()\n\
         def one(_): return urllib.request.urlopen('http://127.0.0.1:{port}/hubwright/proof?1', timeout=20).status\n\
         with ThreadPoolExecutor(16) as pool: all = list(pool.map(one, range(800)))\n\
         print(json.dumps([first, all.count(200)]))"
    ));
    assert_eq!(said, serde_json::json!(["HTTP/1.1 200", 800]));
}

#[test]
fn whoever_takes_the_port_of_an_ended_practice_account_is_told_nothing() {
    let (home, practice) = started();
    let answers = home.write("a.toml", "version = 1\n[deployment]\nname = \"starter\"\nuser = \"starter\"\n");
    let pid = practice["pid"].to_string();
    let record = std::fs::read(home.path().join("practice.json")).unwrap();
    assert!(Command::new("kill").args(["-9", &pid]).status().unwrap().success());
    let address = endpoint(&practice);
    let listener = wait("the port to be free", 20, || TcpListener::bind(&address).ok());
    // The record is written again as one of a process that lives, as a number used a second time would make it. Not this
    // test's own: whoever cleans up after it ends that process.
    let living = Kept(Command::new("sleep").arg("600").spawn().unwrap());
    let mut stale: Json = serde_json::from_slice(&record).unwrap();
    stale["pid"] = living.0.id().into();
    stale["started"] = hubwright::tools::machine::process::Process::of(living.0.id()).unwrap().started.into();
    std::fs::write(home.path().join("practice.json"), stale.to_string()).unwrap();
    let heard = std::sync::Arc::new(std::sync::Mutex::new(String::new()));
    let kept = heard.clone();
    std::thread::spawn(move || {
        while let Ok((mut stream, _)) = listener.accept() {
            let _ = stream.set_read_timeout(Some(std::time::Duration::from_millis(500)));
            let mut asked = [0; 4096];
            let length = stream.read(&mut asked).unwrap_or(0);
            kept.lock().unwrap().push_str(&String::from_utf8_lossy(&asked[..length]));
            let body = r#"{"name_server":"127.0.0.1:53","account":"123456789012","access_key_id":"A","secret_access_key":"B"}"#;
            let _ =
                write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len());
        }
    });
    // Children first: they must not hand out anything either. Then a whole run, by the record and by the variable.
    let vended = home.run(&["credentials", "--deployment", "starter-staging"]);
    assert!(!vended.status.success(), "{}", text(&vended));
    let named =
        home.command(&["check", &answers]).env("AWS_ENDPOINT_URL", format!("http://{address}")).output().unwrap();
    assert_ne!(named.status.code(), Some(0), "{}", text(&named));
    assert!(text(&named).contains("nothing there proves to be a practice account"), "{}", text(&named));
    let again = home.run(&["apply", &answers, "--until", "account"]);
    assert!(again.status.success(), "a new practice account is started elsewhere: {}", text(&again));
    let heard = heard.lock().unwrap().clone();
    assert!(heard.contains("/hubwright/proof?"), "it was asked for a proof: {heard}");
    for secret in ["token", "secret_access_key"] {
        let value = practice[secret].as_str().or(practice["admin"][secret].as_str()).unwrap();
        assert!(!heard.contains(value), "the {secret} was told: {heard}");
    }
    assert!(!heard.contains("Authorization") && !heard.contains("x-hubwright-token"), "{heard}");
    assert_ne!(home.practice()["endpoint"], practice["endpoint"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_ended_in_the_middle_of_a_deployment_must_prove_itself_to_the_next_page() {
    let (home, practice) = started();
    let folder = Folder::at(home.path().to_owned()).unwrap();
    let tools = Arc::new(Tools::new(folder.clone(), PathBuf::from(support::PROGRAM)));
    tools.set_practice(hubwright::practice::known(&folder).await);
    let vault = Arc::new(FileVault::at(home.path().join("vault")));
    let path = folder.deployment("later");
    let deployment = Deployment::open(&path, "later", hubwright::wizard::chapters(), vault, tools).unwrap();
    deployment.edit("deployment", "name", "roman-sit".into()).unwrap();
    deployment.edit("deployment", "user", "an-iam-user".into()).unwrap();
    for id in ["deployment", "account", "tools"] {
        let record = deployment.run(id, Work::Apply).await.unwrap();
        assert_eq!(record.state, StepState::Done, "{id}: {} {:?}", record.sentence, record.problems);
    }
    assert!(Command::new("kill").args(["-9", &practice["pid"].to_string()]).status().unwrap().success());
    let address = endpoint(&practice);
    let listener = wait("the port to be free", 20, || TcpListener::bind(&address).ok());
    let heard = hear(listener, "200 OK");
    for (id, work) in [("deploy_roles", Work::Check), ("deploy_roles", Work::Apply), ("account", Work::Check)] {
        let record = deployment.run(id, work).await.unwrap();
        assert_ne!(record.state, StepState::Done, "{id}: {}", record.sentence);
    }
    let heard = heard.lock().unwrap().clone();
    let asked: Vec<&str> = heard.lines().filter(|line| line.contains("HTTP/1.1")).collect();
    assert!(asked.len() >= 3, "each page asked for the proof: {heard}");
    assert!(asked.iter().all(|line| line.starts_with("GET /hubwright/proof?")), "and for nothing else: {heard}");
    let said = heard.to_lowercase();
    assert!(!said.contains("authorization") && !said.contains("x-hubwright-token"), "{heard}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proof_that_another_port_passes_on_is_none() {
    let (home, practice) = started();
    let (real, token) = (endpoint(&practice), practice["token"].as_str().unwrap());
    let relay = TcpListener::bind("127.0.0.1:0").unwrap();
    let other = relay.local_addr().unwrap().to_string();
    let (from, to) = (other.clone(), real.clone());
    std::thread::spawn(move || {
        while let Ok((mut stream, _)) = relay.accept() {
            let mut asked = [0; 4096];
            let length = stream.read(&mut asked).unwrap_or(0);
            // As the other one wants it, and so that it ends after one answer.
            let asked = String::from_utf8_lossy(&asked[..length]).replace(&from, &to);
            let asked = asked.replacen("\r\n", "\r\nConnection: close\r\n", 1);
            let _ = stream.write_all(send(&to, &asked).as_bytes());
        }
    });
    let passed_on = send(&other, &request("GET", "/hubwright/proof?1", &[&format!("Host: {other}")], ""));
    assert!(passed_on.starts_with("HTTP/1.1 200"), "the other port passes answers on: {passed_on}");
    assert!(PracticeEndpoint::find(&format!("http://{real}"), token, false).await.is_some(), "the account itself");
    assert!(PracticeEndpoint::find(&format!("http://{other}"), token, false).await.is_none(), "its proof by another");
    drop(home);
}

/// Listens, answers everybody with a refusal, and keeps what was said.
fn listening() -> (String, Arc<Mutex<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    (listener.local_addr().unwrap().to_string(), hear(listener, "403 Forbidden"))
}

/// Answers everybody with this status and keeps what was said.
fn hear(listener: TcpListener, status: &'static str) -> Arc<Mutex<String>> {
    let heard = Arc::new(Mutex::new(String::new()));
    let kept = heard.clone();
    std::thread::spawn(move || {
        while let Ok((mut stream, _)) = listener.accept() {
            let _ = stream.set_read_timeout(Some(std::time::Duration::from_millis(500)));
            let mut asked = [0; 8192];
            let length = stream.read(&mut asked).unwrap_or(0);
            kept.lock().unwrap().push_str(&format!("{}\n", String::from_utf8_lossy(&asked[..length])));
            let _ = write!(stream, "HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        }
    });
    heard
}

#[test]
fn an_unknown_program_behind_the_variable_gets_nothing_unless_a_person_says_so() {
    let (address, heard) = listening();
    let unknown = format!("http://{address}");
    let home = Home::bare();
    let keys = home.write("keys", "[p]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = canary\n");
    let home = home.with("AWS_SHARED_CREDENTIALS_FILE", &keys).with("AWS_ENDPOINT_URL", &unknown);
    let base = "version = 1\n[deployment]\nname = \"starter\"\nuser = \"starter\"\n[account]\nkind = \"profile\"\nprofile = \"p\"\n";
    let check = |more: &str| {
        let answers = home.write("a.toml", &format!("{base}{more}"));
        // `Home` takes the variable away, unlike a shell.
        home.command(&["check", &answers]).env("AWS_ENDPOINT_URL", &unknown).output().unwrap()
    };
    let output = check("");
    let said = text(&output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("account.endpoint:") && said.contains("aws"), "it is asked: {said}");
    assert_eq!(*heard.lock().unwrap(), "", "nothing was sent before the answer");
    let output = check(&format!("endpoint = \"{unknown}\"\n"));
    assert_ne!(output.status.code(), Some(2), "{}", text(&output));
    let heard = heard.lock().unwrap().clone();
    assert!(heard.contains("Credential=AKIAIOSFODNN7EXAMPLE"), "as chosen, calls go there: {heard}\n{}", text(&output));
    assert!(!heard.contains("canary"), "signed, without the secret");
}

#[test]
fn pip_asks_no_index_and_runs_no_code_that_its_surroundings_name() {
    let (address, heard) = listening();
    let home = Home::bare();
    let evil = format!("http://{address}/simple/");
    let folder = home.path().join("cwd");
    std::fs::create_dir_all(home.path().join(".config/pip")).unwrap();
    std::fs::create_dir_all(&folder).unwrap();
    home.write(".config/pip/pip.conf", &format!("[global]\nindex-url = {evil}\n"));
    // Whoever filled the folder that Hubwright was started in, or the folder the variable names, would be run by Python.
    let ran = home.path().join("ran");
    for module in ["venv", "pip", "ensurepip", "sitecustomize"] {
        let code = format!("open({:?}, 'a').write({module:?})\nraise SystemExit(1)\n", ran.display().to_string());
        std::fs::write(folder.join(format!("{module}.py")), code).unwrap();
    }
    let answers = home.write("a.toml", "version = 1\n[deployment]\nname = \"starter\"\nuser = \"starter\"\n");
    let output = home
        .command(&["apply", &answers, "--until", "account"])
        .current_dir(&folder)
        .envs([("PIP_INDEX_URL", &evil), ("PIP_EXTRA_INDEX_URL", &evil), ("PIP_FIND_LINKS", &evil)])
        .env("PIP_NO_CACHE_DIR", "1")
        .env("PYTHONPATH", &folder)
        .env("HOME", home.path())
        // The true index cannot be reached, so that nothing is installed here; what answers is not behind the proxy.
        .env("HTTPS_PROXY", "http://127.0.0.1:9")
        .env("NO_PROXY", "127.0.0.1")
        .output()
        .unwrap();
    let said = text(&output);
    assert!(!ran.exists(), "{} ran", std::fs::read_to_string(&ran).unwrap());
    assert!(said.contains("The AWS look-alike (moto) could not be installed."), "pip was run: {said}");
    assert_eq!(*heard.lock().unwrap(), "", "the other index was not asked");
}

#[test]
fn what_a_killed_practice_account_left_is_removed_by_the_next() {
    let (home, practice) = started();
    home.boto3("c('codecommit').create_repository(repositoryName='kept')");
    let all = home.path().join("practice-repositories");
    let folders = |at: &Path| -> Vec<PathBuf> { at.read_dir().unwrap().flatten().map(|entry| entry.path()).collect() };
    let old = folders(&all);
    assert_eq!(old.len(), 1);
    use std::os::unix::fs::PermissionsExt;
    for folder in [&all, &old[0]] {
        assert_eq!(folder.metadata().unwrap().permissions().mode() & 0o777, 0o700, "{}", folder.display());
    }
    assert_eq!(home.path().join("practice.json").metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert!(Command::new("kill").args(["-9", &practice["pid"].to_string()]).status().unwrap().success());
    home.start_practice();
    let new = folders(&all);
    assert!(new.len() == 1 && new != old, "{new:?}");
    assert!(Command::new("kill").arg(home.practice()["pid"].to_string()).status().unwrap().success());
    wait("the folder to go", 10, || folders(&all).is_empty().then_some(()));
    wait("the record to go", 10, || (!home.path().join("practice.json").exists()).then_some(()));
}

/// The folder that lists a user's practice accounts may lie where others can put a link.
#[test]
fn no_file_goes_that_is_no_record_of_a_practice_account() {
    let home = Home::new();
    let (data, precious) = (home.path().join("data"), home.path().join("precious"));
    for folder in [&data, &precious] {
        std::fs::create_dir(folder).unwrap();
    }
    let start = || {
        let answers = home.write("a.toml", "version = 1\n[deployment]\nname = \"starter\"\nuser = \"starter\"\n");
        let output =
            home.command(&["apply", &answers, "--until", "account"]).env("XDG_DATA_HOME", &data).output().unwrap();
        assert!(output.status.success(), "{}", text(&output));
        assert!(Command::new("kill").arg(home.practice()["pid"].to_string()).status().unwrap().success());
        wait("the record to go", 10, || (!home.path().join("practice.json").exists()).then_some(()));
    };
    let names = |folder: &Path| {
        let mut all: Vec<_> =
            folder.read_dir().unwrap().flatten().map(|entry| entry.file_name().into_string().unwrap()).collect();
        all.sort();
        all
    };
    std::fs::write(precious.join("thesis.tex"), "mine").unwrap();
    std::fs::write(precious.join("1.json"), "{}").unwrap();
    std::os::unix::fs::symlink(&precious, data.join("hubwright-practice")).unwrap();
    start();
    assert_eq!(names(&precious), ["1.json", "thesis.tex"], "nothing goes and nothing comes where a link leads");
    std::fs::remove_file(data.join("hubwright-practice")).unwrap();
    std::fs::rename(&precious, data.join("hubwright-practice")).unwrap();
    start();
    // Its own record goes last of all.
    let only_thesis = || (names(&data.join("hubwright-practice")) == ["thesis.tex"]).then_some(());
    wait("only the records of accounts that ended to go", 10, only_thesis);
}

#[test]
fn a_secret_handed_over_in_a_variable_is_passed_on_to_no_program_that_stays() {
    let canary = "c4nary-in-a-variable";
    let home = Home::new().with("MAST_SECRET", canary);
    // The practice account, moto and `terraform version` are started by this run, which has the secret in its environment.
    home.start_practice();
    let output = home.run(&["apply", &home.path().join("start.toml").display().to_string(), "--until", "tools"]);
    assert!(text(&output).contains("tools: done"), "{}", text(&output));
    // As the system names it, also where a link leads to it.
    let mine = Path::new(support::PROGRAM).canonicalize().unwrap();
    let mut seen = 0;
    for entry in Path::new("/proc").read_dir().unwrap().flatten() {
        let Ok(environ) = std::fs::read(entry.path().join("environ")) else { continue };
        let about = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
        let environ = String::from_utf8_lossy(&environ);
        let ours = environ.contains(&home.path().display().to_string());
        seen += usize::from(ours && entry.path().join("exe").read_link().is_ok_and(|program| program == mine));
        assert!(!environ.contains(canary), "{} has it", String::from_utf8_lossy(&about));
    }
    assert!(seen >= 1, "the practice account still runs, so there was something to look into");
}
