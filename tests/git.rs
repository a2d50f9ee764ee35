//! Git for encrypted files: the password against the aws CLI's, a tripwire that lets no plaintext through, pushes that
//! lose a race, and copies that are damaged or that a person works in.
#![allow(clippy::disallowed_methods, reason = "tests start git and write files")]

#[path = "support/peers.rs"]
mod peers;
#[path = "support/remote.rs"]
mod remote;
mod support;

use hubwright::engine::{Problem, Secret};
use hubwright::steps::hub_secrets::repository::{Copy, SecretsRepository};
use hubwright::tools::git::{Credentials, GitError, Repository};
use hubwright::tools::git_credential::{self, asked};
use remote::{Remote, git};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

#[test]
fn the_password_is_the_one_of_the_aws_cli() {
    let Some(python) = peers::python("awscli-1", &["awscli<2"]) else {
        return peers::skip("the_password_is_the_one_of_the_aws_cli", "the Python package index cannot be reached");
    };
    for (region, token) in [("us-east-1", None), ("eu-west-1", None), ("us-east-1", Some("a/session+token=="))] {
        let host = format!("git-codecommit.{region}.amazonaws.com");
        let path = "v1/repos/roman-sit-secrets";
        let mut helper = Command::new(&python)
            .args(["-m", "awscli", "codecommit", "credential-helper", "get"])
            .env("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
            .env("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
            .env("AWS_DEFAULT_REGION", region)
            .env("HOME", "/nonexistent")
            .envs(token.map(|token| ("AWS_SESSION_TOKEN", token)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let question = format!("protocol=https\nhost={host}\npath={path}\n\n");
        helper.stdin.take().unwrap().write_all(question.as_bytes()).unwrap();
        let output = helper.wait_with_output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        let of = |key: &str| {
            said.lines()
                .find_map(|line| line.strip_prefix(&format!("{key}=")))
                .unwrap_or_else(|| panic!("{said}"))
                .to_owned()
        };
        let secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
        let keys = aws_credential_types::Credentials::new(
            "AKIAIOSFODNN7EXAMPLE",
            secret,
            token.map(str::to_owned),
            None,
            "test",
        );
        let password = of("password");
        // The moment the CLI signed at stands at the beginning of its password.
        let moment = jiff::fmt::strtime::parse("%Y%m%dT%H%M%SZ", &password[..16]).unwrap().to_datetime().unwrap();
        let moment = moment.to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp();
        let (asked_host, asked_path) = asked(&question).unwrap();
        assert_eq!(git_credential::password(&keys, region, &asked_host, &asked_path, moment.into()).as_str(), password);
        assert_eq!(git_credential::user_name(&keys).as_str(), of("username"));
        assert_eq!(
            git_credential::password(&keys, region, &format!("{host}:443"), &asked_path, moment.into()).as_str(),
            password,
            "a port does not count"
        );
    }
}

#[tokio::test]
async fn no_plaintext_is_committed_or_pushed() {
    let remote = Remote::new();
    remote.cx.hide(&Secret::from("a-known-secret".to_owned()));
    for plain in [
        "key: |\n  -----BEGIN RSA PRIVATE KEY-----\n",
        "token: a-known-secret\n",
        "token: YS1rbm93bi1zZWNyZXQ=\n",
        "token: [REDACTED]\n",
    ] {
        let refused = remote.publish(plain).await.unwrap_err();
        assert_eq!(refused, "`staging.yaml` holds a secret in clear, so nothing was pushed.", "{plain}");
        let here = git(&remote.fetched(), &["cat-file", "--batch-all-objects", "--batch"]);
        assert!(!here.contains("key") && !here.contains("token"), "it is not even among git's objects: {here}");
    }
    assert_eq!(git(&remote.bare(), &["for-each-ref"]), "", "nothing was pushed");
    remote.publish("a: ENC[x]\n").await.unwrap();
    assert_eq!(git(&remote.bare(), &["show", "main:staging.yaml"]), "a: ENC[x]\n");
    assert_eq!(git(&remote.bare(), &["log", "--format=%s %an", "main"]), "a subject tester\n");

    // What a person staged in the working copy goes nowhere, and neither does what they committed there.
    remote.fetch().await.bring_copy(|_| false).await.unwrap();
    std::fs::write(remote.copy().join("hand.yaml"), "token: a-known-secret\n").unwrap();
    git(&remote.copy(), &["add", "hand.yaml"]);
    git(&remote.copy(), &["commit", "--quiet", "-m", "by hand"]);
    remote.publish("b: ENC[x]\n").await.unwrap();
    assert!(!remote.objects().contains("a-known-secret"));

    // One that somebody else pushed is found, and nothing is put on top of it.
    remote.push("theirs.yaml", "token: a-known-secret\n");
    let refused = remote.publish("c: ENC[x]\n").await.unwrap_err();
    assert_eq!(refused, "`theirs.yaml` holds a secret in clear, so nothing was pushed.");
    assert_eq!(git(&remote.bare(), &["show", "main:staging.yaml"]), "b: ENC[x]\n");
}

/// For a hook: another commit on the branch, as if somebody had been faster. `$1` is the file it brings.
const FASTER: &str = "unset GIT_QUARANTINE_PATH GIT_OBJECT_DIRECTORY GIT_ALTERNATE_OBJECT_DIRECTORIES\n\
    export GIT_INDEX_FILE=$(mktemp -u)\n\
    git read-tree main\n\
    blob=$(echo theirs | git hash-object -w --stdin)\n\
    git update-index --add --cacheinfo 100644,$blob,theirs\n\
    new=$(git -c user.name=colleague -c user.email=x@y commit-tree -m faster -p main $(git write-tree))\n\
    [ -e was-faster ] || { touch was-faster; git update-ref refs/heads/main $new; }\n";

#[tokio::test]
async fn a_push_that_somebody_was_faster_with_is_made_again_whatever_git_calls_it() {
    let remote = Remote::new();
    remote.publish("one: 1\n").await.unwrap();
    // A branch that moves while the push is on its way is `[remote rejected]`, in words that differ from server to server.
    for (n, (hook, end)) in
        [("update", "exit 0"), ("update", "exit 1"), ("pre-receive", "echo no >&2; exit 1")].into_iter().enumerate()
    {
        remote.hook(hook, &format!("[ -e was-faster ] && exit 0\n{FASTER}{end}\n"));
        let text = format!("two: {n}\n");
        remote.publish(&text).await.unwrap();
        assert_eq!(git(&remote.bare(), &["show", "main:staging.yaml"]), text, "{hook} {end}");
        assert_eq!(git(&remote.bare(), &["show", "main:theirs"]), "theirs\n", "what was pushed in between is kept");
        assert!(git(&remote.bare(), &["log", "--format=%s", "main"]).contains("faster"));
        std::fs::remove_file(remote.bare().join("was-faster")).unwrap();
        remote.no_hooks();
    }
    // A push that arrives, but whose answer does not, is no second commit.
    remote.hook("post-receive", "kill -9 $PPID\n");
    remote.publish("three: 3\n").await.unwrap();
    let subjects = git(&remote.bare(), &["log", "--format=%s", "main"]);
    assert_eq!(subjects.matches("a subject").count(), 5, "{subjects}");
}

#[tokio::test]
async fn a_push_that_the_server_refuses_is_told_from_one_that_lost() {
    let remote = Remote::new();
    remote.publish("one: 1\n").await.unwrap();
    remote.hook("update", "echo no >&2; exit 1\n");
    assert_eq!(
        remote.publish("two: 2\n").await.unwrap_err(),
        "The repository refuses the change, although nobody else changed it."
    );
    let plain =
        Repository::at(&remote.cx, remote.fetched(), remote.bare().display().to_string(), &Credentials::None, "t");
    let plain = plain.unwrap();
    let commit = plain.commit(&[("staging.yaml", Some("two: 2\n"))], "a subject").await.unwrap();
    let refused = plain.push(&commit).await.unwrap_err();
    assert!(matches!(&refused, GitError::Refused { said } if said.contains("[remote rejected]")), "{refused}");
    remote.no_hooks();
    // Our own file changed in between: nothing is pushed, and it is said who did it.
    remote.push("staging.yaml", "theirs: 1\n");
    let behind = plain.push(&commit).await.unwrap_err();
    assert!(matches!(behind, GitError::Behind), "{behind}");
    let look = remote.fetch().await;
    remote.push("staging.yaml", "theirs: 2\n");
    let problem = look.publish(&[("staging.yaml", Some("ours: 1\n"))], "a subject").await.unwrap_err();
    assert!(
        problem.what.contains("staging.yaml was changed in the repository meanwhile, by colleague on"),
        "{problem:?}"
    );
    assert_eq!(git(&remote.bare(), &["show", "main:staging.yaml"]), "theirs: 2\n");
}

/// Whether a program of this number runs.
fn runs(pid: &str) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"));
    // A dead one that nobody waited for yet is in state Z.
    stat.is_ok_and(|stat| !stat.contains(") Z "))
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_run_that_is_stopped_ends_git_with_all_it_started_at_once() {
    // What git started, one that ends when it is asked to and one that does not, is at work when Stop is pressed.
    for deaf in ["", "trap '' TERM; "] {
        let remote = Remote::new();
        remote.publish("one: 1\n").await.unwrap();
        let pids = remote.folder.path().join("pids");
        let script = format!("{deaf}sleep 600 & echo $$ $! > {}; wait; sleep 600\n", pids.display());
        remote.hook("pre-receive", &script);
        let stopped = async {
            while !std::fs::read_to_string(&pids).is_ok_and(|text| text.ends_with('\n')) {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            remote.stop.cancel();
            Instant::now()
        };
        let (pushed, pressed) = tokio::join!(remote.publish("two: 2\n"), stopped);
        assert_eq!(pushed.unwrap_err(), "You stopped this step.");
        assert!(pressed.elapsed() < Duration::from_secs(10), "it took {:?}", pressed.elapsed());
        for pid in std::fs::read_to_string(&pids).unwrap().split_whitespace() {
            support::wait("its end", 10, || (!runs(pid)).then_some(()));
        }
        let again = remote.look().await.err().map(|problem| problem.what);
        assert_eq!(again.as_deref(), Some("You stopped this step."), "no git begins in a run that was stopped");
    }
}

/// Every file below a folder with its bytes, and when it was changed.
fn everything(folder: &Path) -> BTreeMap<PathBuf, (Vec<u8>, SystemTime)> {
    let mut all = BTreeMap::new();
    for entry in folder.read_dir().unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            all.extend(everything(&path));
        } else {
            let changed = entry.metadata().unwrap().modified().unwrap();
            all.insert(path.clone(), (std::fs::read(&path).unwrap(), changed));
        }
    }
    all
}

/// Ways in which a folder of git breaks: a git that was killed, a full disk, a hand that slipped.
fn damage(git: &Path, way: usize) -> bool {
    match way {
        0 => std::fs::write(git.join("index.lock"), "").unwrap(),
        1 => std::fs::write(git.join("index"), "no index").unwrap(),
        2 => std::fs::write(git.join("HEAD"), "").unwrap(),
        3 => std::fs::remove_dir_all(git.join("refs")).unwrap(),
        4 => {
            let cut = "find . -type f -exec chmod u+w {} + -exec truncate -s 10 {} +";
            assert!(Command::new("sh").args(["-c", cut]).current_dir(git.join("objects")).status().unwrap().success());
        }
        5 => std::fs::remove_file(git.join("config")).unwrap(),
        6 => std::fs::write(git.join("refs/remotes/origin/main.lock"), "").unwrap(),
        _ => return false,
    }
    true
}

#[tokio::test]
async fn looking_changes_nothing_in_the_working_copy_and_a_damaged_one_is_made_anew() {
    let remote = Remote::new();
    remote.publish("a: ENC[x]\n").await.unwrap();
    let look = async || {
        let before = everything(&remote.copy());
        let found = remote.fetch().await.look_at_copy(|_| false).await.unwrap();
        assert!(before == everything(&remote.copy()), "a look changed the working copy");
        found
    };
    std::fs::create_dir(remote.copy()).unwrap();
    assert_eq!(look().await, Copy::Old, "an empty folder");
    remote.fetch().await.bring_copy(|_| false).await.unwrap();
    assert_eq!(look().await, Copy::Current);
    assert_eq!(std::fs::read_to_string(remote.copy().join("staging.yaml")).unwrap(), "a: ENC[x]\n");
    remote.push("staging.yaml", "b: ENC[x]\n");
    assert_eq!(look().await, Copy::Old, "an old file, which the repository still has, is nobody's edit");
    remote.fetch().await.bring_copy(|_| false).await.unwrap();
    assert!(remote.cx.said().warnings.is_empty(), "nothing was made anew");

    let aside = || -> Vec<PathBuf> {
        let beside = remote.folder.path().read_dir().unwrap().flatten().map(|entry| entry.path());
        beside.filter(|path| path.to_string_lossy().contains("copy.aside-")).collect()
    };
    let mut way = 0;
    while damage(&remote.copy().join(".git"), way) {
        assert_eq!(look().await, Copy::Old, "damage {way}");
        remote.fetch().await.bring_copy(|_| false).await.unwrap();
        assert_eq!(look().await, Copy::Current, "damage {way} is mended");
        assert_eq!(aside(), Vec::<PathBuf>::new(), "damage {way}: nothing of a person's was in it");
        way += 1;
    }
    assert_eq!(way, 7);
    assert_eq!(remote.cx.said().warnings.len(), 7, "each is said");

    // A person's edit, their commit and their new file, in a copy that is whole and in one that is damaged.
    for (n, way) in [99, 0, 2, 4].into_iter().enumerate() {
        std::fs::write(remote.copy().join("staging.yaml"), format!("edit: {n}\n")).unwrap();
        std::fs::write(remote.copy().join("notes"), "a person's").unwrap();
        damage(&remote.copy().join(".git"), way);
        assert_eq!(look().await, Copy::Edited(vec!["staging.yaml".into()]), "damage {way}");
        remote.fetch().await.bring_copy(|_| false).await.unwrap();
        assert_eq!(look().await, Copy::Current);
        let kept = aside().into_iter().find(|path| {
            std::fs::read_to_string(path.join("staging.yaml")).is_ok_and(|text| text == format!("edit: {n}\n"))
        });
        let kept = kept.unwrap_or_else(|| panic!("damage {way}: the edit is kept aside"));
        assert_eq!(std::fs::read_to_string(kept.join("notes")).unwrap(), "a person's");
        let said = remote.cx.said().warnings.pop().unwrap();
        assert!(said.fix.contains(&kept.display().to_string()), "{said:?}");
    }
    git(&remote.copy(), &["commit", "--quiet", "--allow-empty", "-m", "not pushed"]);
    assert_eq!(look().await, Copy::Edited(vec!["commits".into()]));
    // Edits of which Hubwright knows the text are its own.
    git(&remote.copy(), &["push", "--quiet", "origin", "HEAD:main"]);
    std::fs::write(remote.copy().join("staging.yaml"), "ours\n").unwrap();
    assert_eq!(remote.fetch().await.look_at_copy(|text| text == "ours\n").await.unwrap(), Copy::Old);
}

#[tokio::test]
async fn what_was_fetched_mends_itself() {
    let remote = Remote::new();
    remote.publish("a: ENC[0]\n").await.unwrap();
    let mut way = 0;
    while damage(&remote.fetched(), way) {
        let text = format!("a: ENC[{}]\n", way + 1);
        remote.publish(&text).await.unwrap_or_else(|problem| panic!("damage {way}: {problem}"));
        assert_eq!(git(&remote.bare(), &["show", "main:staging.yaml"]), text, "damage {way}");
        way += 1;
    }
    // A remote that is gone is the remote's fault: what was fetched stays.
    let away = remote.folder.path().join("away");
    std::fs::rename(remote.bare(), &away).unwrap();
    let url = remote.bare().display().to_string();
    let none =
        SecretsRepository::fetch(&remote.cx, &url, &Credentials::None, "t", remote.copy(), "staging.yaml".into());
    assert!(none.await.is_err_and(|error| Problem::from(error).what == "Git could not fetch from the repository."));
    assert!(remote.fetched().join("HEAD").exists());
    std::fs::rename(&away, remote.bare()).unwrap();
    assert!(remote.fetch().await.text.is_some());
}
