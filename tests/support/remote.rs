//! A remote repository as git alone knows it, what Hubwright makes of it, and somebody else who pushes to it.
#![allow(dead_code, clippy::disallowed_methods, reason = "each test uses a part; tests start git and write files")]

use super::support;
use hubwright::engine::context::{MemoryVault, Shared};
use hubwright::engine::journal::Journal;
use hubwright::engine::{Cx, Place, Problem};
use hubwright::steps::hub_secrets::repository::SecretsRepository;
use hubwright::tools::Tools;
use hubwright::tools::git::Credentials;
use hubwright::tools::home::Home;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// A context of a step, without a deployment around it. `cancel` is as a press of Stop.
fn context(folder: &Path, cancel: CancellationToken) -> Cx {
    let tools = Tools::new(Home::at(folder.to_owned()).unwrap(), support::PROGRAM.into());
    let vault = Arc::new(MemoryVault::default());
    let shared = Shared::new("test", folder.to_owned(), Journal::open(folder).unwrap(), vault, Arc::new(tools));
    Cx::new(Arc::new(shared), Place::shared("test"), cancel)
}

pub fn git(at: &Path, args: &[&str]) -> String {
    let who = ["-c", "user.name=colleague", "-c", "user.email=c@example.org", "-c", "init.defaultBranch=main"];
    let output = Command::new("git").args(who).args(args).current_dir(at).output().unwrap();
    assert!(output.status.success(), "git {args:?}: {}", support::text(&output));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A remote repository, and a folder for what is made of it here.
pub struct Remote {
    pub folder: tempfile::TempDir,
    pub cx: Cx,
    /// Stops the run.
    pub stop: CancellationToken,
}

impl Remote {
    pub fn new() -> Remote {
        let folder = tempfile::tempdir().unwrap();
        git(folder.path(), &["init", "--quiet", "--bare", "bare"]);
        let stop = CancellationToken::new();
        let cx = context(folder.path(), stop.clone());
        Remote { folder, cx, stop }
    }

    pub fn bare(&self) -> PathBuf {
        self.folder.path().join("bare")
    }

    pub fn copy(&self) -> PathBuf {
        self.folder.path().join("copy")
    }

    /// What Hubwright fetched.
    pub fn fetched(&self) -> PathBuf {
        self.cx.folder().unwrap().join("repository")
    }

    pub async fn fetch(&self) -> SecretsRepository<'_> {
        self.look().await.unwrap()
    }

    /// As `fetch`, where that may be refused.
    pub async fn look(&self) -> Result<SecretsRepository<'_>, Problem> {
        let url = self.bare().display().to_string();
        let file = "staging.yaml".to_owned();
        Ok(SecretsRepository::fetch(&self.cx, &url, &Credentials::None, "tester", self.copy(), file).await?)
    }

    pub async fn publish(&self, text: &str) -> Result<(), String> {
        let changes = [("staging.yaml", Some(text))];
        self.fetch().await.publish(&changes, "a subject").await.map_err(|problem| problem.what)
    }

    /// Somebody else pushes a file.
    pub fn push(&self, path: &str, text: &str) {
        let clone = self.folder.path().join("colleague");
        let _ = std::fs::remove_dir_all(&clone);
        git(self.folder.path(), &["clone", "--quiet", self.bare().to_str().unwrap(), "colleague"]);
        std::fs::write(clone.join(path), text).unwrap();
        git(&clone, &["add", "-A"]);
        git(&clone, &["commit", "--quiet", "-m", "by hand"]);
        git(&clone, &["push", "--quiet", "origin", "HEAD:main"]);
    }

    /// Somebody else works in a clone, by this script, and pushes whatever branches and tags they have then.
    pub fn colleague(&self, script: &str) {
        let clone = self.folder.path().join("colleague");
        let _ = std::fs::remove_dir_all(&clone);
        git(self.folder.path(), &["clone", "--quiet", "--no-checkout", self.bare().to_str().unwrap(), "colleague"]);
        let who = "export GIT_AUTHOR_NAME=colleague GIT_AUTHOR_EMAIL=c@e GIT_COMMITTER_NAME=colleague GIT_COMMITTER_EMAIL=c@e";
        // What would unfold to too many files is not checked out here either.
        let files = "[ $(git ls-tree -r HEAD | head -n 2000 | wc -l) = 2000 ] || git reset --quiet --hard";
        let script =
            format!("set -e; {who}\n{files}\n{script}\ngit push --quiet --force origin 'refs/heads/*' 'refs/tags/*'");
        let output = Command::new("bash").args(["-c", &script]).current_dir(&clone).output().unwrap();
        assert!(output.status.success(), "{script}: {}", support::text(&output));
    }

    pub fn hook(&self, name: &str, script: &str) {
        let hook = self.bare().join("hooks").join(name);
        std::fs::create_dir_all(hook.parent().unwrap()).unwrap();
        std::fs::write(&hook, format!("#!/bin/sh\n{script}")).unwrap();
        assert!(Command::new("chmod").arg("+x").arg(&hook).status().unwrap().success());
    }

    pub fn no_hooks(&self) {
        std::fs::remove_dir_all(self.bare().join("hooks")).unwrap();
    }

    pub fn objects(&self) -> String {
        git(&self.bare(), &["cat-file", "--batch-all-objects", "--batch"])
    }
}
