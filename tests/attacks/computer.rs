//! The computer itself: what others find in the home, in memory, in a crash; odd paths; hostile output; limits.

use crate::session;
use crate::support::{self, Home, answers, text};
use futures_util::future::BoxFuture;
use hubwright::engine::run::Work;
use hubwright::engine::{Deployment, Problem, Secret, StepState, Value, Vault};
use hubwright::tools::Tools;
use hubwright::tools::home::Home as Folder;
use serde_json::Value as Json;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
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
    for (name, mode, filled) in [("read", 0o755, true), ("empty", 0o777, false)] {
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
    assert!(check(&link).contains("a link of another user's"), "{}", check(&link));

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
    let own_group = make("of-the-users-own-group", 0o775, false);
    assert!(!check(&own_group.join("home")).contains("may rename"), "a group with nobody else in it");
    let way = parent.path().join("way");
    std::os::unix::fs::symlink(make("behind", 0o755, false), &way).unwrap();
    std::os::unix::fs::lchown(&way, Some(65534), Some(65534)).unwrap();
    assert!(check(&way.join("home")).contains("is reached by"), "{}", check(&way.join("home")));
}

#[test]
fn another_program_of_the_same_user_cannot_look_into_the_process() {
    let (folder, program, home) = for_nobody();
    // It waits for git's question, with a canary in its environment.
    let start = format!(
        "cd '{0}'; ulimit -c unlimited; CANARY=c4nary HUBWRIGHT_HOME='{0}' '{1}' git-credential --deployment x get < <(sleep 60) & echo $!; sleep 60 & echo $!; wait %1",
        home.display(),
        program.display()
    );
    let mut child =
        as_nobody(&start).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(child.stdout.take().unwrap()));
    let (ours, control) = (lines.next().unwrap().unwrap(), lines.next().unwrap().unwrap());
    std::thread::sleep(std::time::Duration::from_millis(500));
    let look = |pid: &str, file: &str| {
        text(&as_nobody(&format!("head -c 4096 /proc/{pid}/{file} 2>/dev/null")).output().unwrap())
    };
    assert!(!look(&control, "environ").is_empty(), "any other program can be looked into");
    assert!(Path::new("/proc").join(&ours).exists(), "the program still waits");
    for file in ["environ", "maps", "auxv", "stack", "syscall"] {
        assert_eq!(look(&ours, file), "", "/proc/PID/{file}");
    }
    let attach = as_nobody(&format!(
        "python3 - <<'E'\nimport ctypes, os, sys\nlibc = ctypes.CDLL(None, use_errno=True)\nsys.exit(0 if libc.ptrace(16, {ours}, 0, 0) == 0 else 1)\nE"
    ));
    crate::refused(&mut { attach });
    assert!(Command::new("kill").args(["-SEGV", &ours]).status().unwrap().success());
    let _ = Command::new("kill").arg(&control).status();
    let _ = child.kill();
    let _ = child.wait();
    let left: Vec<_> = home.read_dir().unwrap().flatten().map(|entry| entry.file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().contains("core")), "no memory image: {left:?}");
    drop(folder);
}

#[test]
fn hostile_output_of_a_program_reaches_no_terminal_no_log_and_no_event() {
    let home = Home::new();
    home.start_practice();
    let real = Command::new("sh").args(["-c", "command -v terraform"]).output().unwrap().stdout;
    let real = String::from_utf8(real).unwrap().trim().to_owned();
    let bin = home.path().join("bin");
    std::fs::create_dir(&bin).unwrap();
    let hostile = "printf '\\033]0;owned\\007\\033[2J\\033]8;;javascript:alert(1)\\033\\\\link\\342\\200\\256txt.exe<img src=x onerror=alert(1)>\\033]never ended\\nnext line is here\\n' >&2; exit 1";
    let script =
        format!("#!/bin/sh\ncase \"$1\" in version|-version|--version) exec '{real}' \"$@\";; esac\n{hostile}\n");
    std::fs::write(bin.join("terraform"), script).unwrap();
    std::fs::set_permissions(bin.join("terraform"), PermissionsExt::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
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
    let real = Command::new("sh").args(["-c", "command -v terraform"]).output().unwrap().stdout;
    let real = String::from_utf8(real).unwrap().trim().to_owned();
    let bin = home.path().join("bin");
    std::fs::create_dir(&bin).unwrap();
    let prints = format!("printf '│ Error: before {first}\\n│ {second} after\\nnot a secret\\n' >&2; exit 1");
    let script =
        format!("#!/bin/sh\ncase \"$1\" in version|-version|--version) exec '{real}' \"$@\";; esac\n{prints}\n");
    std::fs::write(bin.join("terraform"), script).unwrap();
    std::fs::set_permissions(bin.join("terraform"), PermissionsExt::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
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

#[test]
fn too_few_files_or_too_little_memory_are_told_in_a_sentence() {
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
    for files in [8, 10, 12, 14, 16] {
        let (status, said) = limited(&format!("-n {files}"));
        assert!(status.signal().is_none() && !said.contains("panicked"), "{files} files: {status} {said}");
        assert!(
            status.success() || status.code() == Some(3) || said.contains("open files"),
            "{files} files: {status} {said}"
        );
    }
    let (status, said) = limited("-v 60000");
    assert!(status.signal().is_none() || !said.is_empty(), "{status} {said}");
}

/// A keychain in a file, so that none of its secrets is in this process while nothing is asked of it.
struct FileVault(PathBuf);

impl FileVault {
    fn path(&self, key: &str) -> PathBuf {
        self.0.join(key.replace('/', "_"))
    }
}

impl Vault for FileVault {
    fn put<'a>(&'a self, key: &'a str, secret: Secret) -> BoxFuture<'a, Result<(), Problem>> {
        std::fs::write(self.path(key), secret.expose()).unwrap();
        Box::pin(async { Ok(()) })
    }
    fn read<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Secret>, Problem>> {
        let found = std::fs::read(self.path(key)).ok().map(Secret::new);
        Box::pin(async { Ok(found) })
    }
    fn forget<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<(), Problem>> {
        let _ = std::fs::remove_file(self.path(key));
        Box::pin(async { Ok(()) })
    }
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
    let vault = home.path().join("vault");
    std::fs::create_dir(&vault).unwrap();
    let path = folder.deployment("memory");
    let deployment =
        Deployment::open(&path, "memory", hubwright::wizard::chapters(), Arc::new(FileVault(vault)), tools).unwrap();
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
