//! A deployment up to its secrets: the answers of the README's example, a keyring, the repository as others clone it.
#![allow(dead_code, clippy::disallowed_methods, reason = "each test uses a part; tests start programs")]

use super::peers;
use super::session::session;
use super::support::{self, Home, text};
use hubwright::tools::sops::yaml::Tree;
use serde_json::Value as Json;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

pub const HOST: &str = "roman-sit.science.stsci.edu";
pub const SECRET: &str = "c4nary: with #% \"quotes\" 'and' \\ more";
pub const FILE: &str = "deployments/roman-sit-staging/checkout/secrets/deployments/roman-sit/secrets/staging.yaml";

/// A deployment with its certificate files and the MAST values, and a home for its keyring.
pub struct World {
    pub home: Home,
    pub answers: PathBuf,
}

impl World {
    pub fn new(test: &str) -> Option<World> {
        let Some(sops) = peers::sops() else {
            peers::skip(test, "no Go to build sops with");
            return None;
        };
        let path = format!("{}:{}", sops.parent().unwrap().display(), std::env::var("PATH").unwrap());
        let home = Home::new().with("PATH", &path);
        home.start_practice();
        support::certificates(home.path(), HOST);
        home.write("mast-secret.txt", SECRET);
        let world = World { answers: home.path().join("answers.toml"), home };
        world.write("");
        Some(world)
    }

    /// The answers of the README's example, with `more` at their end.
    pub fn write(&self, more: &str) {
        let readme = include_str!("../../README.md").split_once("```toml\n").unwrap().1;
        let example = readme.split_once("```").unwrap().0;
        std::fs::write(&self.answers, format!("{example}{more}")).unwrap();
    }

    /// Runs `apply` with these arguments in a session with an unlocked keyring.
    pub fn apply(&self, args: &str) -> (i32, String) {
        let path = peers::sops().unwrap().parent().unwrap().display().to_string();
        let script =
            format!("export PATH=\"{path}:$PATH\"; $HW apply {} {args}; echo \"status $?\"", self.answers.display());
        let shown = text(&session(&self.home, "unlocked", &script));
        let status = shown.rsplit_once("status ").and_then(|(_, end)| end.split_whitespace().next()?.parse().ok());
        (status.unwrap_or(-1), shown)
    }

    pub fn expect(&self, args: &str, status: i32, words: &[&str]) -> String {
        let (got, shown) = self.apply(args);
        for word in words {
            assert!(shown.contains(word), "{word:?} is not in:\n{shown}");
        }
        assert_eq!(got, status, "{shown}");
        shown
    }

    pub fn file(&self) -> PathBuf {
        self.home.path().join(FILE)
    }

    /// The key of the deployer, who may act as the roles and do nothing with KMS or CodeCommit itself.
    pub fn deployer(&self) -> Json {
        serde_json::from_str(&self.home.gateway("GET", "users/an-iam-user", "")).unwrap()
    }

    pub fn run(&self, command: &mut Command, key: &Json) -> Output {
        let practice = self.home.practice();
        command
            .env("AWS_ENDPOINT_URL", practice["endpoint"].as_str().unwrap())
            .env("AWS_ACCESS_KEY_ID", key["access_key_id"].as_str().unwrap())
            .env("AWS_SECRET_ACCESS_KEY", key["secret_access_key"].as_str().unwrap())
            .env("AWS_REGION", "us-east-1")
            .env("HOME", self.home.path())
            .output()
            .unwrap()
    }

    /// What real sops prints of the file, as the deployer.
    pub fn sops(&self, file: &Path) -> String {
        let output = self.run(Command::new(peers::sops().unwrap()).arg("--decrypt").arg(file), &self.deployer());
        assert!(output.status.success(), "{}", text(&output));
        String::from_utf8(output.stdout).unwrap()
    }

    pub fn value(&self, path: &[&str]) -> String {
        let shown = self.sops(&self.file());
        Tree::read(&shown).unwrap().root.at(path).and_then(|node| node.text()).unwrap_or_default().to_owned()
    }

    /// Another person's clone of the repository, with real git and our credential helper.
    pub fn clone(&self, name: &str) -> PathBuf {
        let folder = self.home.path().join(name);
        let _ = std::fs::remove_dir_all(&folder);
        let url = format!("{}/v1/repos/roman-sit-secrets", self.home.practice()["endpoint"].as_str().unwrap());
        self.git(self.home.path(), &["clone", "--quiet", &url, name]);
        folder
    }

    pub fn git(&self, folder: &Path, args: &[&str]) -> String {
        let helper = format!(
            "credential.helper=!HUBWRIGHT_HOME='{}' '{}' git-credential --deployment roman-sit-staging --role arn:aws:iam::123456789012:role/roman-sit-secrets-encrypt",
            self.home.path().display(),
            support::PROGRAM
        );
        let output = Command::new("git")
            .args([
                "-c",
                "credential.helper=",
                "-c",
                &helper,
                "-c",
                "credential.UseHttpPath=true",
                "-c",
                "user.name=colleague",
                "-c",
                "user.email=c@example.org",
            ])
            .args(args)
            .current_dir(folder)
            .env("GIT_TERMINAL_PROMPT", "0")
            .output()
            .unwrap();
        assert!(output.status.success(), "git {args:?}: {}", text(&output));
        text(&output)
    }

    /// Somebody else changes a file of the repository and pushes it.
    pub fn push(&self, file: &str, body: &str) {
        let clone = self.clone("colleague");
        std::fs::write(clone.join(file), body).unwrap();
        self.git(&clone, &["add", "-A"]);
        self.git(&clone, &["commit", "--quiet", "-m", "by hand"]);
        self.git(&clone, &["push", "--quiet", "origin", "HEAD"]);
    }
}
