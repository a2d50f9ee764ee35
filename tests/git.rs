//! Git for encrypted files: the password against the aws CLI's, and a tripwire that lets no plaintext through.
#![allow(clippy::disallowed_methods, reason = "tests start git and write files")]

#[path = "support/peers.rs"]
mod peers;
mod support;

use hubwright::engine::context::{Events, MemoryVault, Shared};
use hubwright::engine::journal::Journal;
use hubwright::engine::{Cx, Problem, Secret};
use hubwright::tools::Tools;
use hubwright::tools::git::{GitError, Repository, purge};
use hubwright::tools::git_credential::{Signer, asked};
use hubwright::tools::home::Home;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use tokio_util::sync::CancellationToken;

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
        let signer = Signer {
            access_key_id: "AKIAIOSFODNN7EXAMPLE".into(),
            secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".to_owned().into(),
            token: token.map(|token| token.to_owned().into()),
        };
        let password = of("password");
        // The moment the CLI signed at stands at the beginning of its password.
        let moment = jiff::fmt::strtime::parse("%Y%m%dT%H%M%SZ", &password[..16]).unwrap().to_datetime().unwrap();
        let moment = moment.to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp();
        let (asked_host, asked_path) = asked(&question).unwrap();
        assert_eq!(signer.password(region, &asked_host, &asked_path, moment).as_str(), password);
        assert_eq!(signer.user_name().as_str(), of("username"));
        assert_eq!(
            signer.password(region, &format!("{host}:443"), &asked_path, moment).as_str(),
            password,
            "a port does not count"
        );
    }
}

/// A context of a step, without a deployment around it.
fn context(folder: &Path) -> Cx {
    let tools = Tools::new(Home::at(folder.to_owned()).unwrap(), support::PROGRAM.into());
    let shared = Shared {
        id: "test".into(),
        folder: folder.to_owned(),
        journal: Journal::open(folder).unwrap(),
        vault: Arc::new(MemoryVault::default()),
        tools: Arc::new(tools),
        redactor: Mutex::default(),
        events: Mutex::new(Events { seq: 0, listeners: tokio::sync::broadcast::channel(1).0 }),
        running: Mutex::default(),
    };
    Cx::new(Arc::new(shared), "test", CancellationToken::new())
}

#[tokio::test]
async fn no_plaintext_is_committed_or_pushed_and_the_way_to_purge_it_works() {
    let folder = tempfile::tempdir().unwrap();
    let bare = folder.path().join("bare");
    let git = |at: &Path, args: &[&str]| {
        let output = Command::new("git").args(args).current_dir(at).output().unwrap();
        assert!(output.status.success(), "git {args:?}: {}", support::text(&output));
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    git(folder.path(), &["init", "--quiet", "--bare", bare.to_str().unwrap()]);
    let cx = context(folder.path());
    cx.hide(&Secret::from("a-known-secret".to_owned()));
    let copy = folder.path().join("copy");
    let repository = Repository::at(&cx, copy.clone(), bare.display().to_string(), "none", "tester").unwrap();
    repository.fetch().await.unwrap();
    let publish = async |text: &str| repository.publish(&[("staging.yaml", Some(text.to_owned()))], "a subject").await;
    for plain in [
        "key: |\n  -----BEGIN RSA PRIVATE KEY-----\n",
        "token: a-known-secret\n",
        "token: YS1rbm93bi1zZWNyZXQ=\n",
        "token: [REDACTED]\n",
    ] {
        let refused = publish(plain).await.unwrap_err();
        assert!(matches!(refused, GitError::Tripwire(..)), "{plain}: {refused}");
        assert!(!copy.join("staging.yaml").exists(), "it did not even reach the working copy");
    }
    // A person staged it by hand and took it away again: the blob stays in git's objects.
    std::fs::write(copy.join("hand.yaml"), "token: a-known-secret\n").unwrap();
    git(&copy, &["add", "hand.yaml"]);
    let staged = publish("a: ENC[x]\n").await.unwrap_err();
    assert!(matches!(&staged, GitError::Tripwire(path, _) if path == "hand.yaml"), "{staged}");
    git(&copy, &["rm", "--quiet", "--cached", "hand.yaml"]);
    std::fs::remove_file(copy.join("hand.yaml")).unwrap();
    let orphan = publish("a: ENC[x]\n").await.unwrap_err();
    assert!(matches!(&orphan, GitError::Tripwire(path, _) if path.starts_with("object ")), "{orphan}");
    assert_eq!(git(&bare, &["for-each-ref"]), "", "nothing was pushed");
    let problem = Problem::from(orphan);
    let command = purge(&copy);
    assert!(problem.fix.contains(&command), "{problem:?}");
    assert!(Command::new("sh").args(["-c", &command]).status().unwrap().success());
    publish("a: ENC[x]\n").await.unwrap();
    assert_eq!(git(&bare, &["show", "main:staging.yaml"]), "a: ENC[x]\n");
    assert_eq!(git(&bare, &["log", "--format=%s %an", "main"]), "a subject tester\n");
    let objects = git(&bare, &["cat-file", "--batch-all-objects", "--batch"]);
    assert!(!objects.contains("a-known-secret"));
}

#[tokio::test]
async fn a_push_that_the_server_refuses_is_told_from_one_that_somebody_was_faster_with() {
    let folder = tempfile::tempdir().unwrap();
    let (bare, hook) = (folder.path().join("bare"), folder.path().join("bare/hooks/update"));
    assert!(
        Command::new("git").args(["init", "--quiet", "--bare", "-b", "main"]).arg(&bare).status().unwrap().success()
    );
    let cx = context(folder.path());
    let copy = folder.path().join("copy");
    let repository = Repository::at(&cx, copy, bare.display().to_string(), "none", "tester").unwrap();
    repository.fetch().await.unwrap();
    let publish = async |text: &str| repository.publish(&[("a.yaml", Some(text.to_owned()))], "a subject").await;
    publish("one: 1\n").await.unwrap();
    let install = |script: &str| {
        std::fs::create_dir_all(hook.parent().unwrap()).unwrap();
        std::fs::write(&hook, format!("#!/bin/sh\n{script}")).unwrap();
        assert!(Command::new("chmod").arg("+x").arg(&hook).status().unwrap().success());
    };
    // Both are `[remote rejected]` to git: a rule of the server, and a branch that moves while the push is on its way.
    install("echo no >&2; exit 1\n");
    let refused = publish("two: 2\n").await.unwrap_err();
    assert!(matches!(&refused, GitError::Refused { said } if said.contains("[remote rejected]")), "{refused}");
    assert!(Problem::from(refused).what.contains("does not take the push"));
    install(
        "export GIT_QUARANTINE_PATH= ; unset GIT_QUARANTINE_PATH\nnew=$(git -c user.name=x -c user.email=x@y commit-tree -m faster -p main 'main^{tree}')\ngit update-ref refs/heads/main $new\nexit 0\n",
    );
    let behind = publish("three: 3\n").await.unwrap_err();
    assert!(matches!(behind, GitError::Behind), "{behind}");
}
