//! The computer itself: what others find in the home, in memory, in a crash; odd paths; hostile output.

use crate::session;
use crate::support::{self, Home, Kept, answers, text, wait};
use crate::vault::FileVault;
use hubwright::engine::journal::Journal;
use hubwright::engine::run::Work;
use hubwright::engine::{Deployment, Secret, StepState, Value};
use hubwright::tools::Tools;
use hubwright::tools::home::{Home as Folder, HomeError};
use serde_json::Value as Json;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

/// A copy of the program in a folder that everybody may enter, beside a folder of the user `nobody`.
fn for_nobody() -> (tempfile::TempDir, PathBuf, PathBuf) {
    let folder = tempfile::Builder::new().prefix("hubwright-nobody-").tempdir().unwrap();
    std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755)).unwrap();
    let program = folder.path().join("hubwright");
    std::fs::copy(support::PROGRAM, &program).unwrap();
    std::fs::set_permissions(&program, PermissionsExt::from_mode(0o755)).unwrap();
    let home = folder.path().join("home");
    std::fs::create_dir(&home).unwrap();
    std::fs::set_permissions(&home, PermissionsExt::from_mode(0o700)).unwrap();
    std::os::unix::fs::chown(&home, Some(65534), Some(65534)).unwrap();
    (folder, program, home)
}

fn as_nobody(script: &str) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--reuid=65534", "--regid=65534", "--clear-groups", "bash", "-c", script]);
    command
}

#[test]
fn no_file_of_the_home_is_open_to_others() {
    let home = Home::new();
    home.start_practice();
    let file = home.write("answers.toml", &answers("roman-sit"));
    let output = home.run(&["apply", &file, "--until", "deploy_roles"]);
    assert!(output.status.success(), "{}", text(&output));
    let mut looked = 0;
    let mut folders = vec![home.path().join("deployments"), home.path().join("practice-repositories")];
    while let Some(folder) = folders.pop() {
        for entry in folder.read_dir().unwrap().flatten() {
            let about = entry.path().symlink_metadata().unwrap();
            if about.is_symlink() {
                continue;
            }
            // Terraform's copy of the provider is the same for everybody.
            let provider = entry.path().to_string_lossy().contains("/providers/");
            assert!(provider || about.mode() & 0o077 == 0, "{} has mode {:o}", entry.path().display(), about.mode());
            looked += 1;
            if about.is_dir() {
                folders.push(entry.path());
            }
        }
    }
    assert!(looked > 20, "the state, the plan's folder, the journal and the logs were looked at: {looked}");
    let script = format!("find '{0}' -type f 2>/dev/null; cat '{0}/practice.json' 2>/dev/null", home.path().display());
    let other = as_nobody(&script).output().unwrap();
    assert_eq!(text(&other).trim(), "", "another user finds nothing");
}

#[test]
fn what_others_put_into_an_open_home_while_it_is_closed_is_not_taken_for_ours() {
    let parent = tempfile::tempdir().unwrap();
    std::fs::set_permissions(parent.path(), PermissionsExt::from_mode(0o711)).unwrap();
    let (home, theirs) = (parent.path().join("home"), parent.path().join("theirs"));
    for folder in [&home, &theirs] {
        std::fs::create_dir(folder).unwrap();
        std::fs::set_permissions(folder, PermissionsExt::from_mode(0o777)).unwrap();
    }
    // In and out without pause; whoever comes to the right moment stays.
    let race = "import os, sys\nhome, theirs = sys.argv[1:]\nwhile True:\n for a, b in ((theirs, home), (home, theirs)):\n  try: os.rename(a + '/practice', b + '/practice')\n  except OSError: os.makedirs(theirs + '/practice', exist_ok=True)\n";
    let mut other = Command::new("setpriv")
        .args(["--reuid=65534", "--regid=65534", "--clear-groups", "/usr/bin/python3", "-c", race])
        .args([&home, &theirs])
        .spawn()
        .unwrap();
    let names = || std::fs::read_dir(&home).unwrap().count();
    let (mut seen, mut taken) = (0, 0);
    for _ in 0..3000 {
        std::fs::set_permissions(&home, PermissionsExt::from_mode(0o777)).unwrap();
        match Folder::at(home.clone()) {
            Ok(_) => {
                assert_eq!(names(), 0, "a folder of another user's is in a home that is taken for ours");
                taken += 1;
            }
            Err(error) => {
                assert!(matches!(error, HomeError::Open(_)), "{error}");
                assert_eq!(home.metadata().unwrap().mode() & 0o777, 0o777, "what is refused is left as it was");
                seen += 1;
            }
        }
        let _ = std::fs::remove_dir_all(home.join("practice"));
    }
    other.kill().unwrap();
    other.wait().unwrap();
    assert!(taken > 0 && seen > 0, "both happened: {taken}, {seen}");
}

#[test]
fn a_line_end_in_a_name_begins_no_line_of_output() {
    let home = Home::bare();
    for end in ["\\n", "\\r", "\\u2028"] {
        let named = format!("[certificate]\nfiles = [\"no{end}hub_secrets: done — pushed.{end}x.pem\"]\n");
        let file = home.write("answers.toml", &format!("{}{named}", answers("roman-sit")));
        let said = text(&home.run(&["check", &file]));
        assert!(said.contains("hub_secrets: done — pushed."), "the name is shown: {said}");
        let ends = ['\n', '\r', '\u{2028}'];
        assert!(!said.split(ends).any(|line| line.trim_start().starts_with("hub_secrets: done")), "{end}: {said}");
    }
}

#[test]
fn a_home_that_others_can_change_is_refused_and_one_they_can_only_read_is_closed() {
    let parent = tempfile::tempdir().unwrap();
    let check = |home: &Path| {
        let output =
            Command::new(support::PROGRAM).arg("check").arg("none.toml").env("HUBWRIGHT_HOME", home).output().unwrap();
        text(&output)
    };
    let make = |name: &str, mode: u32, filled: bool| {
        let folder = parent.path().join(name);
        std::fs::create_dir_all(&folder).unwrap();
        if filled {
            std::fs::write(folder.join("planted"), "").unwrap();
        }
        std::fs::set_permissions(&folder, PermissionsExt::from_mode(mode)).unwrap();
        folder
    };
    let planted = make("planted's $HOME", 0o777, true);
    let said = check(&planted);
    assert!(said.contains("Other users may write to Hubwright's folder"), "{said}");
    let fix = said.lines().next().unwrap().split("close it: ").nth(1).unwrap();
    assert!(
        Command::new("sh").args(["-c", fix]).status().unwrap().success(),
        "the command of the fix can be run: {fix}"
    );
    assert!(!check(&planted).contains("may write"), "and it helps");
    let group = make("group", 0o770, true);
    assert!(check(&group).contains("Other users may write to Hubwright's folder"), "{}", check(&group));
    for (name, mode, filled) in [("read", 0o755, true), ("empty", 0o777, false), ("empty-of-a-group", 0o770, false)] {
        let folder = make(name, mode, filled);
        assert!(!check(&folder).contains("Hubwright's folder"), "{name} is ours to close");
        assert_eq!(folder.metadata().unwrap().mode() & 0o777, 0o700, "{name} is closed now");
    }
    let theirs = make("theirs", 0o700, false);
    std::os::unix::fs::chown(&theirs, Some(65534), Some(65534)).unwrap();
    assert!(check(&theirs).contains("belongs to another user"), "{}", check(&theirs));
    let open = make("open", 0o777, false);
    assert!(check(&open.join("home")).contains("may rename what is in"), "{}", check(&open.join("home")));
    let link = parent.path().join("link");
    std::os::unix::fs::symlink(make("target", 0o700, false), &link).unwrap();
    std::os::unix::fs::lchown(&link, Some(65534), Some(65534)).unwrap();
    assert!(check(&link).contains("a link that another user made"), "{}", check(&link));

    // A folder above it that somebody else may rename things in: they put another home in its place.
    for (name, owner, group, mode, who) in [
        ("of-another", 65534, 0, 0o755, "Another user"),
        ("sticky-of-another", 65534, 0, 0o1777, "Another user"),
        ("of-a-group", 0, 65534, 0o2775, "A group of users"),
    ] {
        let above = make(name, 0o700, false);
        std::os::unix::fs::chown(&above, Some(owner), Some(group)).unwrap();
        std::fs::set_permissions(&above, PermissionsExt::from_mode(mode)).unwrap();
        let said = check(&above.join("home"));
        assert!(said.contains(&format!("{who} may rename what is in")), "{name}: {said}");
    }
    // The mode shows a list's mask only, which is the same for a list that names us and one that names them. The entries: tag
    // (owner 1, user 2, group 4, named group 8, mask 16, others 32), rights, id.
    let list = |entries: &[(u16, u16, u32)]| {
        let mut bytes = vec![2, 0, 0, 0];
        for (tag, may, id) in entries {
            bytes.extend([&tag.to_le_bytes()[..], &may.to_le_bytes(), &id.to_le_bytes()].concat());
        }
        bytes
    };
    const ANY: u32 = u32::MAX;
    let (own, rest) = ([(1, 7, ANY)], [(16, 7, ANY), (32, 5, ANY)]);
    for (name, entries, who) in [
        ("list-user", vec![(2, 7, 65534), (4, 5, ANY)], Some("Another user, whom its access control list names,")),
        (
            "list-group",
            vec![(4, 5, ANY), (8, 7, 65534)],
            Some("A group of users, which its access control list names,"),
        ),
        ("list-of-us", vec![(2, 7, 0), (4, 5, ANY)], None),
        ("list-that-only-reads", vec![(2, 5, 65534), (4, 5, ANY), (8, 5, 65534)], None),
    ] {
        let above = make(name, 0o700, false);
        let bytes = list(&[&own[..], &entries, &rest].concat());
        rustix::fs::setxattr(&above, "system.posix_acl_access", &bytes, rustix::fs::XattrFlags::empty()).unwrap();
        let said = check(&above.join("home"));
        match who {
            Some(who) => assert!(said.contains(&format!("{who} may rename what is in")), "{name}: {said}"),
            None => assert!(!said.contains("may rename"), "{name}: {said}"),
        }
    }
    let own_group = make("of-the-users-own-group", 0o775, false);
    assert!(!check(&own_group.join("home")).contains("may rename"), "a group with nobody else in it");
    let way = parent.path().join("way");
    std::os::unix::fs::symlink(make("behind", 0o755, false), &way).unwrap();
    std::os::unix::fs::lchown(&way, Some(65534), Some(65534)).unwrap();
    assert!(check(&way.join("home")).contains("is reached by"), "{}", check(&way.join("home")));
    // A link of ours that leads by a link of theirs to a folder of ours, which they choose.
    let chain = parent.path().join("chain");
    std::os::unix::fs::symlink(&way, &chain).unwrap();
    let chosen = make("behind/public_html", 0o755, true);
    assert!(check(&chain.join("public_html")).contains("is reached by"), "{}", check(&chain.join("public_html")));
    assert_eq!(chosen.metadata().unwrap().mode() & 0o777, 0o755, "nothing is closed or made there");
}

/// Starts the program as `nobody` with a canary in its environment and lets it wait where it reads the pipe `waits_at`,
/// below the home. What comes back ends the wait when it is dropped.
fn waiting(program: &Path, home: &Path, waits_at: &str, args: &str) -> (Kept, std::fs::File) {
    let pipe = home.join(waits_at);
    let start = format!(
        "set -e; cd '{0}'; ulimit -c unlimited; mkdir -p \"$(dirname '{1}')\"; rm -f '{1}'; mkfifo '{1}'; CANARY=c4nary HUBWRIGHT_HOME='{0}' exec '{2}' {args}",
        home.display(),
        pipe.display(),
        program.display()
    );
    let child = as_nobody(&start).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    // A pipe can be opened for writing, without waiting, once somebody reads it.
    let open = || {
        std::fs::OpenOptions::new()
            .write(true)
            .custom_flags(rustix::fs::OFlags::NONBLOCK.bits() as i32)
            .open(&pipe)
            .ok()
    };
    let held = wait(&format!("`{args}` to read {waits_at}"), 60, open);
    (Kept(child), held)
}

#[test]
fn another_program_of_the_same_user_cannot_look_into_the_process() {
    let (folder, program, home) = for_nobody();
    let look = |pid: u32, file: &str| {
        text(&as_nobody(&format!("head -c 4096 /proc/{pid}/{file} 2>/dev/null")).output().unwrap())
    };
    let control = Kept(as_nobody("exec sleep 600").spawn().unwrap());
    wait("any other program to be open", 20, || (!look(control.0.id(), "environ").is_empty()).then_some(()));
    // A journal that children can read, and what git asks.
    let question = folder.path().join("question");
    std::fs::write(&question, "protocol=https\nhost=git.example\npath=v1/repos/x\n\n").unwrap();
    std::fs::set_permissions(&question, PermissionsExt::from_mode(0o644)).unwrap();
    drop(Journal::open(&home.join("deployments/x")).unwrap());
    assert!(Command::new("chown").args(["-R", "65534:65534", &home.display().to_string()]).status().unwrap().success());
    let git = format!("git-credential --deployment x get < '{}'", question.display());
    let file = folder.path().join("answers.toml");
    std::fs::write(&file, answers("roman-sit")).unwrap();
    std::fs::set_permissions(&file, PermissionsExt::from_mode(0o644)).unwrap();
    let apply = format!("apply '{}'", file.display());
    for (args, waits_at) in [
        ("practice", "practice/moto-5.2.5/ready"),
        ("credentials --deployment x", "practice.json"),
        (git.as_str(), "practice.json"),
        ("supervise job", "job/spec.json"),
        (apply.as_str(), "practice.json"),
    ] {
        let (mut child, held) = waiting(&program, &home, waits_at, args);
        let pid = child.0.id();
        for file in ["environ", "maps", "auxv", "stack", "syscall"] {
            assert_eq!(look(pid, file), "", "{args}: /proc/PID/{file}");
        }
        let attach = as_nobody(&format!(
            "python3 - <<'E'\nimport ctypes, os, sys\nlibc = ctypes.CDLL(None, use_errno=True)\nsys.exit(0 if libc.ptrace(16, {pid}, 0, 0) == 0 else 1)\nE"
        ));
        crate::refused(&mut { attach });
        assert!(child.0.try_wait().unwrap().is_none(), "{args}: the program was there to be looked into");
        // Not by SIGSEGV: Rust's handler lets the first one that others send pass by.
        assert!(Command::new("kill").args(["-ABRT", &pid.to_string()]).status().unwrap().success());
        assert!(child.0.wait().unwrap().signal().is_some(), "{args}: it crashed");
        drop(held);
        let left: Vec<_> = home.read_dir().unwrap().flatten().map(|entry| entry.file_name()).collect();
        assert!(!left.iter().any(|name| name.to_string_lossy().contains("core")), "no memory image: {left:?}");
        // The next one is to wait at its own pipe.
        std::fs::remove_file(home.join(waits_at)).unwrap();
    }
}

/// A search path on which Terraform tells its version, and does what this shell script says otherwise.
fn terraform_that(home: &Home, does: &str) -> String {
    let real = Command::new("sh").args(["-c", "command -v terraform"]).output().unwrap().stdout;
    let real = String::from_utf8(real).unwrap().trim().to_owned();
    let bin = home.path().join("bin");
    std::fs::create_dir(&bin).unwrap();
    let script = format!("#!/bin/sh\ncase \"$1\" in version|-version|--version) exec '{real}' \"$@\";; esac\n{does}\n");
    std::fs::write(bin.join("terraform"), script).unwrap();
    std::fs::set_permissions(bin.join("terraform"), PermissionsExt::from_mode(0o755)).unwrap();
    format!("{}:{}", bin.display(), std::env::var("PATH").unwrap())
}

#[test]
fn hostile_output_of_a_program_reaches_no_terminal_no_log_and_no_event() {
    let home = Home::new();
    home.start_practice();
    let hostile = "printf '\\033]0;owned\\007\\033[2J\\033]8;;javascript:alert(1)\\033\\\\link\\342\\200\\256txt.exe<img src=x onerror=alert(1)>\\033]never ended\\nnext line is here\\n' >&2; exit 1";
    let path = terraform_that(&home, hostile);
    let file = home.write("answers.toml", &answers("roman-sit"));
    let run = |args: &[&str]| text(&home.command(args).env("PATH", &path).output().unwrap());
    run(&["apply", &file, "--until", "tools"]);
    let mut places = vec![
        run(&["apply", &file, "--only", "deploy_roles"]),
        run(&["apply", &file, "--only", "deploy_roles", "--json"]),
    ];
    let log = home.path().join("deployments/roman-sit-staging/log/deploy_roles.log");
    places.push(std::fs::read_to_string(log).unwrap());
    for place in &places {
        for odd in ['\u{1b}', '\u{7}', '\u{202e}', '\u{9d}'] {
            assert!(!place.contains(odd), "{odd:?} in {place:?}");
        }
        for word in ["\\u001b", "\\u202e", "owned", "javascript"] {
            assert!(!place.contains(word), "{word} in {place}");
        }
    }
    assert!(places[2].contains("next line is here"), "what follows a sequence without an end is shown: {}", places[2]);
}

/// Programs break long lines, Terraform's errors stand in a box, and every line of a log has its time.
#[test]
fn a_secret_that_a_program_broke_over_two_lines_is_in_no_log_and_no_message() {
    let (first, second) = ("4YvLapKb+aZEdseboWut", "xZ8Cir+3qLxXBEySq9oh");
    let home = Home::new();
    home.start_practice();
    let prints = format!("printf '│ Error: before {first}\\n│ {second} after\\nnot a secret\\n' >&2; exit 1");
    let path = terraform_that(&home, &prints);
    let client = "[mast]\nclient_id = \"464f261c10bf04a8\"\nclient_secret = { env = \"CLIENT_SECRET\" }\n";
    let file = home.write("answers.toml", &format!("{}{client}", answers("roman-sit")));
    let script = format!(
        "export CLIENT_SECRET='{first}{second}' PATH='{path}'; \"$HW\" apply '{file}' --until tools; \"$HW\" apply '{file}' --only deploy_roles"
    );
    let said = text(&session::session(&home, "unlocked", &script));
    let log = home.path().join("deployments/roman-sit-staging/log/deploy_roles.log");
    let log = std::fs::read_to_string(log).unwrap_or_default();
    assert!(log.contains("before") && log.contains("not a secret"), "Terraform's words are in the log: {said}{log}");
    for place in [&said, &log] {
        for half in [first, second] {
            assert!(!place.contains(half), "{half} in {place}");
        }
    }
}

#[test]
fn paths_with_quotes_spaces_and_dollars_work_with_terraform_and_git() {
    let odd = "it's \"$HOME\" `id` $(id); é";
    let parent = tempfile::Builder::new().prefix(odd).tempdir().unwrap();
    let program = parent.path().join("the program's \"copy\" $0");
    std::fs::copy(support::PROGRAM, &program).unwrap();
    std::fs::set_permissions(&program, PermissionsExt::from_mode(0o755)).unwrap();
    let home = Home::at(parent.path(), odd);
    home.start_practice();
    support::certificates(home.path(), "roman-sit.science.stsci.edu");
    home.write("secret.txt", "a-client-secret");
    let more = "[certificate]\nfiles = [\"hub.key\", \"hub.crt\", \"chain.pem\"]\n[mast]\nclient_id = \"464f261c10bf04a8\"\nclient_secret = { file = \"secret.txt\" }\n";
    let file = home.write("answers.toml", &format!("{}{more}", answers("roman-sit")));
    let quoted = |path: &str| format!("'{}'", path.replace('\'', "'\\''"));
    let script = format!(
        "{} apply {} --until hub_secrets; echo \"status $?\"",
        quoted(&program.display().to_string()),
        quoted(&file)
    );
    let shown = text(&session::session(&home, "unlocked", &script));
    assert!(shown.contains("deploy_roles: done"), "Terraform got credentials: {shown}");
    assert!(shown.contains("hub_secrets: done") && shown.contains("status 0"), "git got its password: {shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn after_an_apply_no_copy_of_a_secret_is_left_in_memory() {
    let home = Home::new();
    home.start_practice();
    support::certificates(home.path(), "roman-sit.science.stsci.edu");
    // What is looked for is made and read by others, so that this process never has it.
    let script = "set -e; openssl rand -hex 20 | tr -d '\\n' > raw; openssl pkcs8 -topk8 -nocrypt -in hub.key -outform DER | tail -c 700 | head -c 64 > der; sed -n 8p hub.key | tr -d '\\n' > pem";
    assert!(Command::new("bash").args(["-c", script]).current_dir(home.path()).status().unwrap().success());
    let folder = Folder::at(home.path().to_owned()).unwrap();
    let tools = Arc::new(Tools::new(folder.clone(), PathBuf::from(support::PROGRAM)));
    tools.set_practice(hubwright::practice::known(&folder).await);
    let vault = Arc::new(FileVault::at(home.path().join("vault")));
    let path = folder.deployment("memory");
    let deployment = Deployment::open(&path, "memory", hubwright::wizard::chapters(), vault, tools).unwrap();
    let enter = |step: &str, field: &str, value: Value| deployment.edit(step, field, value).unwrap();
    enter("deployment", "name", "roman-sit".into());
    enter("deployment", "user", "an-iam-user".into());
    let files = ["chain.pem", "hub.key", "hub.crt"].map(|name| home.path().join(name).display().to_string());
    enter("certificate", "files", files.to_vec().into());
    enter("mast", "client_id", "464f261c10bf04a8".into());
    let secret = Secret::new(std::fs::read(home.path().join("raw")).unwrap());
    deployment.set_secret("mast", "client_secret", secret).await.unwrap();
    for id in ["deployment", "account", "certificate", "mast"] {
        let record = deployment.run(id, Work::Apply).await.unwrap();
        assert_eq!(record.state, StepState::Done, "{id}: {} {:?}", record.sentence, record.problems);
    }
    let count = || {
        let output = Command::new("python3")
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/attacks/memory.py"))
            .arg(std::process::id().to_string())
            .args(["raw", "der", "pem"].map(|name| format!("{name}={}", home.path().join(name).display())))
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", text(&output));
        serde_json::from_slice::<Json>(&output.stdout).unwrap()
    };
    let left = count();
    assert_eq!(left, serde_json::json!({ "raw": 0, "der": 0, "pem": 0 }), "copies in memory");
    // What is in use is found, so that the search is one that can find.
    let in_use = Secret::new(std::fs::read(home.path().join("raw")).unwrap());
    assert_eq!(count()["raw"], 1, "the one in use");
    drop(in_use);
    assert_eq!(count()["raw"], 0);
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    assert!(!status.contains("VmLck:\t       0 kB"), "secrets are in locked memory");
}
