//! A computer that gives little: few files, few programs. And what is named to Hubwright without being the user's own.

use crate::support::{self, Home, Kept, answers, text, wait};
use serde_json::Value as Json;
use std::io::Read;
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

#[test]
fn too_few_files_are_told_in_a_sentence() {
    let home = Home::new();
    home.start_practice();
    let file = home.write("answers.toml", &answers("roman-sit"));
    let limited = |limit: &str| {
        let script = format!("ulimit {limit}; exec \"$0\" check \"$1\"");
        let output = home
            .command(&[])
            .get_envs()
            .fold(Command::new("bash"), |mut command, (key, value)| {
                match value {
                    Some(value) => command.env(key, value),
                    None => command.env_remove(key),
                };
                command
            })
            .args(["-c", &script, support::PROGRAM, &file])
            .output()
            .unwrap();
        (output.status, text(&output))
    };
    let mut told = 0;
    for files in [8, 10, 12, 14, 16] {
        let (status, said) = limited(&format!("-n {files}"));
        assert!(!said.contains("panicked"), "{files} files: {status} {said}");
        // Enough of them, or the sentence. A panic ends with 101, a crash with no status at all.
        match status.code() {
            Some(0 | 3) => {}
            Some(1 | 2) => {
                assert!(
                    said.contains(" — ") && said.contains("open files") && said.contains("`ulimit -n"),
                    "{files} files: {said}"
                );
                told += 1;
            }
            _ => panic!("{files} files: {status} {said}"),
        }
    }
    assert!(told > 0, "the fewest are too few");
}

#[test]
fn a_file_that_another_user_owns_or_may_write_to_is_not_taken_as_answers_profile_or_secret() {
    let home = Home::bare();
    let mast = "[mast]\nclient_id = \"464f261c10bf04a8\"\nclient_secret = { file = \"secret.txt\" }\n";
    let profile = include_str!("../../src-tauri/site/stsci.toml");
    let of_file = answers("roman-sit").replace("site = \"stsci\"", "site = \"site.toml\"");
    let file = home.write("answers.toml", &format!("{of_file}{mast}"));
    let (secret, site) = (home.write("secret.txt", "a-client-secret"), home.write("site.toml", profile));
    let check = || text(&home.run(&["check", &file]));
    let theirs = |path: &str, owner: u32| std::os::unix::fs::chown(path, Some(owner), None).unwrap();
    for path in [&secret, &site, &file] {
        assert!(!check().contains("belongs to another user"), "{}", check());
        theirs(path, 65534);
        let said = check();
        let name = Path::new(path).file_name().unwrap().to_string_lossy();
        let line = said.lines().find(|line| line.contains("belongs to another user of this computer"));
        let line = line.unwrap_or_else(|| panic!("{name} is taken: {said}"));
        assert!(line.contains(&*name) && line.contains(" — "), "{line}");
        theirs(path, 0);
        // 65534 is the group of users that are in no other.
        for (mode, group, who) in [(0o666, 0, "Every user"), (0o664, 65534, "A group of users")] {
            std::os::unix::fs::chown(path, None, Some(group)).unwrap();
            std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
            let said = check();
            let line = said.lines().find(|line| line.contains("may change") && line.contains(&*name));
            let line = line.unwrap_or_else(|| panic!("{name} with {mode:o} is taken: {said}"));
            assert!(line.contains(who) && line.contains("`chmod go-w`"), "{line}");
        }
        // A group with nobody else in it is no other user.
        std::os::unix::fs::chown(path, None, Some(0)).unwrap();
        assert!(!check().contains("may change"), "{}", check());
    }
}

#[test]
fn an_answers_file_takes_no_secret_from_elsewhere_unless_the_command_line_says_so() {
    let home = Home::bare();
    let elsewhere = tempfile::tempdir().unwrap();
    let key = elsewhere.path().join("id_ed25519");
    std::fs::write(&key, "a-key-of-the-user").unwrap();
    let link = home.path().join("linked.txt");
    std::os::unix::fs::symlink(&key, &link).unwrap();
    let mast = |secret: &str| {
        let mast = format!("[mast]\nclient_id = \"464f261c10bf04a8\"\nclient_secret = {secret}\n");
        home.write("answers.toml", &format!("{}{mast}", answers("roman-sit")))
    };
    let up = format!("{{ file = \"../../../../../../../..{}\" }}", key.display());
    for secret in [format!("{{ file = \"{}\" }}", key.display()), up, "{ file = \"linked.txt\" }".to_owned()] {
        let output = home.run(&["check", &mast(&secret)]);
        let said = text(&output);
        assert_eq!(output.status.code(), Some(2), "{said}");
        let line = said.lines().find(|line| line.starts_with("mast.client_secret: This secret would come from"));
        let line = line.unwrap_or_else(|| panic!("{secret}: {said}"));
        assert!(line.contains("id_ed25519") && line.contains("--allow-file"), "{line}");
        let allowed = text(&home.run(&["check", &mast(&secret), "--allow-file", &key.display().to_string()]));
        assert!(!allowed.contains("would come from"), "{allowed}");
    }
    // A variable is not refused: it is named.
    let said = text(&home.run(&["check", &mast("{ env = \"HOME\" }")]));
    assert!(said.lines().any(|line| line == "note: mast.client_secret is taken from the variable HOME"), "{said}");
}

/// Limits of processes do not hold root, and count all programs of a user: this is a user whom no other test is.
const ALONE: &str = "64987";

#[test]
fn too_few_threads_are_told_in_a_sentence_and_end_the_program() {
    let folder = tempfile::Builder::new().prefix("hubwright-alone-").tempdir().unwrap();
    std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o711)).unwrap();
    let program = folder.path().join("hubwright");
    std::fs::copy(support::PROGRAM, &program).unwrap();
    std::fs::set_permissions(&program, PermissionsExt::from_mode(0o755)).unwrap();
    let home = folder.path().join("home");
    std::fs::create_dir(&home).unwrap();
    std::os::unix::fs::chown(&home, Some(64987), Some(64987)).unwrap();
    let file = folder.path().join("answers.toml");
    std::fs::write(&file, answers("roman-sit").replace("kind = \"practice\"", "kind = \"real\"")).unwrap();
    std::fs::set_permissions(&file, PermissionsExt::from_mode(0o644)).unwrap();
    std::os::unix::fs::chown(&file, Some(64987), None).unwrap();
    let mut told = 0;
    // With one, the window's libraries end the program before it begins.
    for processes in 2..7 {
        for workers in ["2", "16"] {
            let script = format!(
                "ulimit -u {processes}; export HUBWRIGHT_HOME='{}' TOKIO_WORKER_THREADS={workers} NO_PROXY='*' https_proxy=http://127.0.0.1:1; exec '{}' check '{}'",
                home.display(),
                program.display(),
                file.display()
            );
            let mut command = Command::new("timeout");
            command.args([
                "120",
                "setpriv",
                "--reuid",
                ALONE,
                "--regid",
                ALONE,
                "--clear-groups",
                "bash",
                "-c",
                &script,
            ]);
            let output = command.env("AWS_EC2_METADATA_DISABLED", "true").stdin(Stdio::null()).output().unwrap();
            let said = text(&output);
            let at = format!("{processes} processes, {workers} threads: {} {said}", output.status);
            assert!(!said.contains("panicked"), "{at}");
            // 124 is what `timeout` says of a program that hangs, 101 a panic, and a crash has no status or one above 128.
            assert!(matches!(output.status.code(), Some(0..=3)), "{at}");
            if said.contains("`ulimit -u`") || said.contains("(`ulimit -u") || said.contains("threads") {
                assert_eq!(output.status.code(), Some(1), "{at}");
                assert!(said.contains(" — "), "{at}");
                told += 1;
            }
        }
    }
    assert!(told >= 2, "the fewest are too few");
}

#[test]
fn the_practice_account_outlives_a_time_without_files() {
    let home = Home::new();
    let script = "ulimit -n 48; exec \"$0\" practice";
    let mut command = Command::new("bash");
    command.args(["-c", script, support::PROGRAM]).env("HUBWRIGHT_HOME", home.path()).env_remove("AWS_ENDPOINT_URL");
    let mut child = Kept(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    let address = wait("the practice account", 300, || {
        let text = std::fs::read_to_string(home.path().join("practice.json")).ok()?;
        let known: Json = serde_json::from_str(&text).ok()?;
        // Not the one that installed moto for all tests, which may have been in this home too.
        (known["pid"] == child.0.id()).then_some(())?;
        Some(known["endpoint"].as_str()?.trim_start_matches("http://").to_owned())
    });
    let connections: Vec<TcpStream> = (0..100).filter_map(|_| TcpStream::connect(&address).ok()).collect();
    assert!(connections.len() > 48, "only {} connections came about", connections.len());
    let files = Path::new("/proc").join(child.0.id().to_string()).join("fd");
    wait("all files to be in use", 60, || (files.read_dir().ok()?.count() >= 47).then_some(()));
    // One that waits in the queue meanwhile gets its turn afterwards: taking it fails now.
    let mut waiting = TcpStream::connect(&address).unwrap();
    std::io::Write::write_all(
        &mut waiting,
        format!("GET /hubwright/proof?x HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").as_bytes(),
    )
    .unwrap();
    drop(connections);
    let mut answer = String::new();
    waiting.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(child.0.try_wait().unwrap().is_none(), "it ended");
}

/// Every local user can reach moto's port: whoever holds connections open there takes no more threads than there are places.
#[test]
fn connections_that_say_nothing_do_not_pile_up_in_moto() {
    let home = Home::new();
    home.start_practice();
    let moto = moto_of(&home);
    let threads = || {
        let status = std::fs::read_to_string(format!("/proc/{}/status", moto.0)).unwrap();
        status.lines().find_map(|line| line.strip_prefix("Threads:")?.trim().parse::<usize>().ok()).unwrap()
    };
    let silent: Vec<TcpStream> = (0..200).filter_map(|_| TcpStream::connect(("127.0.0.1", moto.1)).ok()).collect();
    assert!(silent.len() > 100, "only {} connections came about", silent.len());
    let most = wait("the places to be taken", 60, || Some(threads()).filter(|count| *count >= 60));
    assert!(most <= 70, "{most} threads");
    assert_ne!(
        home.boto3("print(json.dumps(iam.list_users()['Users'][0]['UserName']))"),
        Json::Null,
        "it still answers"
    );
    assert!(threads() <= 70, "{} threads", threads());
    drop(silent);
}

#[test]
fn slow_connections_of_another_user_take_no_place_in_moto() {
    let home = Home::new();
    home.start_practice();
    let moto = moto_of(&home);
    let slow = format!(
        "import socket, time\nall = [socket.create_connection(('127.0.0.1', {})) for _ in range(80)]\nprint('there', flush=True)\nwhile True:\n time.sleep(2)\n for one in all:\n  try: one.send(b'G')\n  except OSError: pass\n",
        moto.1
    );
    let mut other = Command::new("setpriv")
        .args(["--reuid=65534", "--regid=65534", "--clear-groups", "/usr/bin/python3", "-c", &slow])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut there = [0; 5];
    std::io::Read::read_exact(other.stdout.as_mut().unwrap(), &mut there).unwrap();
    let practice = home.practice();
    let of = |key: &str| practice[key].as_str().unwrap().to_owned();
    let settings = format!("{}/hubwright/settings", of("endpoint"));
    let asked = Command::new("curl")
        .args(["-sf", "-m", "30", "-H", &format!("x-hubwright-token: {}", of("token")), &settings])
        .output()
        .unwrap();
    other.kill().unwrap();
    other.wait().unwrap();
    assert!(text(&asked).contains("times"), "not answered: {}", text(&asked));
}

/// The process and the port of the moto of a home's practice account.
fn moto_of(home: &Home) -> (u32, u16) {
    let pid = home.practice()["pid"].to_string();
    let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    let all = Command::new("pgrep").args(["-P", &pid]).output().unwrap();
    let found = format!("{children} {}", text(&all));
    let moto: u32 = found.split_whitespace().next().expect("moto is a child of the gateway").parse().unwrap();
    let sockets: Vec<String> = Path::new(&format!("/proc/{moto}/fd"))
        .read_dir()
        .unwrap()
        .flatten()
        .filter_map(|file| {
            Some(
                file.path()
                    .read_link()
                    .ok()?
                    .to_string_lossy()
                    .strip_prefix("socket:[")?
                    .trim_end_matches(']')
                    .to_owned(),
            )
        })
        .collect();
    let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
    let port = table.lines().skip(1).find_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let listens = fields[3] == "0A" && sockets.iter().any(|socket| socket == fields[9]);
        listens.then(|| u16::from_str_radix(fields[1].split(':').nth(1).unwrap(), 16).unwrap())
    });
    (moto, port.expect("moto listens"))
}
