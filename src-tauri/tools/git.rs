//! Git on one repository, for files that are encrypted before they reach it: a tripwire looks into everything that is
//! about to be committed or pushed. Credentials come from our own helper; they are in no URL, file or argument.

#![allow(clippy::disallowed_methods, reason = "git runs for seconds and leaves nothing half done: it needs no job")]

mod copy;

pub use copy::Renewed;

use crate::engine::files::{self, FileError};
use crate::engine::{Cx, Problem};
use crate::tools::{Tools, child, http, programs};
use jiff::Timestamp;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

/// What git could not do.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    #[error("git was not found on this computer")]
    Missing,
    #[error("git could not {doing}: {said}")]
    Failed { doing: String, said: String },
    #[error("the repository refused the password")]
    Password { clock_off: Option<i64>, said: String },
    #[error("somebody pushed to the repository meanwhile")]
    Behind,
    #[error("the repository refused what was pushed: {said}")]
    Refused { said: String },
    #[error("`{0}` was about to be committed with a secret in clear")]
    Tripwire(String, PathBuf),
    #[error("git did not end within two minutes")]
    Slow,
    #[error(transparent)]
    File(#[from] FileError),
}

/// A working copy of a remote repository.
pub struct Repository<'a> {
    cx: &'a Cx,
    program: PathBuf,
    pub folder: PathBuf,
    url: String,
    env: Vec<(String, String)>,
}

/// The branch pushed to where the repository has none yet.
const FIRST_BRANCH: &str = "main";

impl<'a> Repository<'a> {
    /// The working copy in `folder` of the repository at `url`, reached as `role`. Nothing is run yet.
    pub fn at(cx: &'a Cx, folder: PathBuf, url: String, role: &str, author: &str) -> Result<Self, Problem> {
        let program = programs::path_of("git").ok_or(GitError::Missing)?;
        let tools = cx.tools::<Tools>();
        let home = cx.folder()?.join("home");
        files::private_folder(&home)?;
        files::private_folder(&folder)?;
        let args = ["git-credential", "--deployment", cx.deployment(), "--role", role];
        let wrapper = child::wrapper(&home, "git-credential.sh", &tools.program, &args)?;
        // git hands this line to a shell; a path of any letters passes it in a variable.
        let helper = "!sh \"$HUBWRIGHT_GIT_CREDENTIAL\"";
        let settings = [
            // An empty helper first: whatever the system configures is not asked.
            ("credential.helper", ""),
            ("credential.helper", helper),
            ("credential.UseHttpPath", "true"),
            ("init.defaultBranch", FIRST_BRANCH),
            ("core.hooksPath", "/dev/null"),
            ("commit.gpgSign", "false"),
            ("core.autocrlf", "false"),
        ];
        let mut env: Vec<(String, String)> = vec![
            ("HOME".into(), home.display().to_string()),
            ("GIT_TERMINAL_PROMPT".into(), "0".into()),
            ("GIT_CONFIG_NOSYSTEM".into(), "1".into()),
            ("GIT_CONFIG_GLOBAL".into(), "/dev/null".into()),
            ("GIT_CONFIG_COUNT".into(), settings.len().to_string()),
            ("GIT_AUTHOR_NAME".into(), author.into()),
            ("GIT_AUTHOR_EMAIL".into(), format!("{author}@hubwright.invalid")),
            ("GIT_COMMITTER_NAME".into(), author.into()),
            ("GIT_COMMITTER_EMAIL".into(), format!("{author}@hubwright.invalid")),
            ("HUBWRIGHT_HOME".into(), tools.home.path().display().to_string()),
            ("HUBWRIGHT_GIT_CREDENTIAL".into(), wrapper.display().to_string()),
            ("LC_ALL".into(), "C.UTF-8".into()),
        ];
        for (at, (key, value)) in settings.iter().enumerate() {
            env.push((format!("GIT_CONFIG_KEY_{at}"), (*key).to_owned()));
            env.push((format!("GIT_CONFIG_VALUE_{at}"), (*value).to_owned()));
        }
        let passed = [
            "PATH",
            "DBUS_SESSION_BUS_ADDRESS",
            "XDG_RUNTIME_DIR",
            "XDG_DATA_HOME",
            "HTTPS_PROXY",
            "NO_PROXY",
            "SSL_CERT_FILE",
            "AWS_ENDPOINT_URL",
        ];
        env.extend(passed.iter().filter_map(|key| Some(((*key).to_owned(), std::env::var(key).ok()?))));
        Ok(Repository { cx, program, folder, url, env })
    }

    /// The remote's branch, as `origin/NAME`; `None` where the repository is empty.
    pub async fn remote_branch(&self) -> Result<Option<String>, GitError> {
        let listed =
            self.run("list branches", &["for-each-ref", "--format=%(refname:short)", "refs/remotes/origin"]).await?;
        let branches: Vec<&str> = listed.lines().filter(|name| *name != "origin/HEAD" && *name != "origin").collect();
        let usual = ["origin/main", "origin/master"].into_iter().find(|name| branches.contains(name));
        Ok(usual.or(branches.first().copied()).map(str::to_owned))
    }

    /// A file's text on the remote's branch, as fetched last.
    pub async fn text(&self, path: &str) -> Result<Option<String>, GitError> {
        let Some(branch) = self.remote_branch().await? else { return Ok(None) };
        let listed = self.run("list files", &["ls-tree", "--name-only", &branch, "--", path]).await?;
        if listed.trim().is_empty() {
            return Ok(None);
        }
        Ok(Some(self.run("read a file", &["show", &format!("{branch}:{path}")]).await?))
    }

    /// Who changed a file last on the remote, and when, in words.
    pub async fn last_change(&self, path: &str) -> Result<String, GitError> {
        let Some(branch) = self.remote_branch().await? else { return Ok(String::new()) };
        let format = "--format=%an on %ad";
        Ok(self
            .run("read the history", &["log", "-1", format, "--date=format:%d %b %Y at %H:%M", &branch, "--", path])
            .await?
            .trim()
            .to_owned())
    }

    /// Commits these files (`None`: removed) on top of the remote's branch and pushes. `message` is the commit's subject.
    /// What else is in the repository stays. A secret in clear stops it before anything is committed.
    pub async fn publish(&self, changes: &[(&str, Option<String>)], message: &str) -> Result<(), GitError> {
        let branch = self.remote_branch().await?;
        let local = Self::local(branch.as_deref());
        match &branch {
            Some(_) => self.lay_out().await?,
            None => {
                let head = format!("refs/heads/{local}");
                self.run("go to the branch", &["symbolic-ref", "HEAD", &head]).await?;
                // A commit of an earlier try that never arrived is made anew.
                self.run("go to the branch", &["update-ref", "-d", &head]).await?;
            }
        }
        for (path, text) in changes {
            match text {
                Some(text) => {
                    self.trip(path, text.as_bytes())?;
                    files::write(&self.folder.join(path), text)?;
                    self.run("add the file", &["add", "--", path]).await?;
                }
                None => drop(self.run("remove the file", &["rm", "--quiet", "--ignore-unmatch", "--", path]).await?),
            }
        }
        self.tripwire_index().await?;
        self.run("commit", &["commit", "--quiet", "-m", message]).await?;
        self.push(local).await
    }

    /// Pushes what is committed here. A rejection is somebody else's push where the remote's branch has moved meanwhile
    /// (a server says `[rejected]` or `[remote rejected]` for it, as it comes); otherwise the server does not take ours.
    async fn push(&self, local: &str) -> Result<(), GitError> {
        self.tripwire_objects().await?;
        let target = format!("HEAD:refs/heads/{local}");
        let before = self.tip().await?;
        match self.run("push", &["push", "--quiet", "origin", &target]).await {
            Err(GitError::Failed { said, .. }) if said.contains("rejected]") => {
                self.fetch().await?;
                Err(if self.tip().await? == before { GitError::Refused { said } } else { GitError::Behind })
            }
            other => other.map(drop),
        }
    }

    /// The commit the remote's branch was at when it was fetched last.
    async fn tip(&self) -> Result<String, GitError> {
        match self.remote_branch().await? {
            Some(branch) => self.run("look at the branch", &["rev-parse", &branch]).await,
            None => Ok(String::new()),
        }
    }

    /// After `Behind`: puts our commit on top of the newer remote, where none of `paths` changed there since `base`
    /// (the texts they were changed from), and pushes. `false`: one of them did change, and nothing was pushed.
    pub async fn rebase(&self, base: &[(&str, Option<String>)]) -> Result<bool, GitError> {
        self.fetch().await?;
        for (path, text) in base {
            if self.text(path).await? != *text {
                self.run("give up the commit", &["checkout", "--quiet", "--detach", "--force"]).await?;
                return Ok(false);
            }
        }
        let branch = self.remote_branch().await?.unwrap_or_default();
        self.run("put the commit on top", &["rebase", "--quiet", &branch]).await?;
        self.push(branch.trim_start_matches("origin/")).await?;
        Ok(true)
    }

    /// Every file in the index.
    async fn tripwire_index(&self) -> Result<(), GitError> {
        let listed = self.run("read the index", &["ls-files", "--stage"]).await?;
        for line in listed.lines() {
            let Some((about, path)) = line.split_once('\t') else { continue };
            let object = about.split(' ').nth(1).unwrap_or_default();
            let bytes = self.bytes("read the index", &["cat-file", "blob", object]).await?;
            self.trip(path, &bytes)?;
        }
        Ok(())
    }

    /// Every object that is here and not on the remote, also those no commit names any more.
    async fn tripwire_objects(&self) -> Result<(), GitError> {
        let remote = self.run("list objects", &["rev-list", "--objects", "--remotes"]).await?;
        let known: Vec<&str> = remote.lines().filter_map(|line| line.split(' ').next()).collect();
        let all = self
            .run("list objects", &["cat-file", "--batch-all-objects", "--batch-check=%(objectname) %(objecttype)"])
            .await?;
        for line in all.lines() {
            if let Some((object, "blob")) = line.split_once(' ')
                && !known.contains(&object)
            {
                let bytes = self.bytes("read an object", &["cat-file", "blob", object]).await?;
                self.trip(&format!("object {}", &object[..object.len().min(10)]), &bytes)?;
            }
        }
        Ok(())
    }

    /// Refuses PEM blocks, known secrets, and what a person left to fill in.
    fn trip(&self, path: &str, bytes: &[u8]) -> Result<(), GitError> {
        let pem = bytes.windows(11).any(|window| window == b"-----BEGIN ");
        let blank = bytes.windows(10).any(|window| window == b"[REDACTED]");
        match pem || blank || self.cx.holds_secret(bytes) {
            true => Err(GitError::Tripwire(path.to_owned(), self.folder.clone())),
            false => Ok(()),
        }
    }

    async fn run(&self, doing: &str, args: &[&str]) -> Result<String, GitError> {
        Ok(String::from_utf8_lossy(&self.bytes(doing, args).await?).into_owned())
    }

    async fn bytes(&self, doing: &str, args: &[&str]) -> Result<Vec<u8>, GitError> {
        let io = |error: std::io::Error| GitError::Failed { doing: doing.to_owned(), said: error.to_string() };
        let running = tokio::process::Command::new(&self.program)
            .args(args)
            .current_dir(&self.folder)
            .env_clear()
            .envs(self.env.iter().cloned())
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output();
        let output =
            tokio::time::timeout(Duration::from_secs(120), running).await.map_err(|_| GitError::Slow)?.map_err(io)?;
        if output.status.success() {
            return Ok(output.stdout);
        }
        let said = self.cx.redact(String::from_utf8_lossy(&output.stderr).trim());
        self.cx.line(&format!("git {}: {said}", args.first().unwrap_or(&"")));
        let refused = ["Authentication failed", "could not read Username", "error: 403", "error: 401"];
        if refused.iter().any(|word| said.contains(word)) {
            return Err(GitError::Password { clock_off: clock_off(&self.url).await, said });
        }
        Err(GitError::Failed { doing: doing.to_owned(), said })
    }
}

/// Minutes this computer's clock is ahead of the server's, where it is more than five.
pub async fn clock_off(url: &str) -> Option<i64> {
    let answer = http::send("GET", url, &[]).await.ok()?;
    let theirs = jiff::fmt::rfc2822::parse(&answer.header("date").replace("GMT", "+0000")).ok()?.timestamp();
    let minutes = (Timestamp::now().as_second() - theirs.as_second()) / 60;
    (minutes.abs() > 5).then_some(minutes)
}

/// How a person gets rid of a plaintext that git holds on to.
pub fn purge(folder: &Path) -> String {
    let folder = folder.display();
    format!(
        "git -C '{folder}' reset -q && git -C '{folder}' reflog expire --expire=now --all && git -C '{folder}' gc -q --prune=now"
    )
}

impl From<GitError> for Problem {
    fn from(error: GitError) -> Self {
        let (what, fix) = match &error {
            GitError::File(_) => {
                let GitError::File(file) = error else { unreachable!("matched above") };
                return file.into();
            }
            GitError::Missing => ("Git was not found on this computer.".to_owned(), "Install it (on Debian and Ubuntu: `sudo apt install git`), then run this page again.".to_owned()),
            GitError::Password { clock_off: Some(minutes), .. } => {
                let way = if *minutes > 0 { "ahead" } else { "behind" };
                (
                    format!("This computer's clock is {} minutes {way}, so the repository refuses its password.", minutes.abs()),
                    "Set the clock (best by the network), then run this page again.".into(),
                )
            }
            GitError::Password { .. } => (
                "The secrets repository refused the password made for it.".into(),
                "Check on the page “Secrets store” that the role may use the repository; a new role takes up to a minute.".into(),
            ),
            GitError::Behind => (
                "Somebody pushed to the secrets repository at the same moment.".into(),
                "Run this page again: it starts from what is there now.".into(),
            ),
            GitError::Refused { .. } => (
                "The secrets repository does not take the push, although nobody else changed it.".into(),
                "Read in the details what the server says (a rule of the repository, say), change that, then run this page again.".into(),
            ),
            GitError::Tripwire(path, folder) => (
                format!("`{path}` holds a secret in clear, so nothing was committed or pushed."),
                format!("Remove the file, then purge what git kept of it: `{}`", purge(folder)),
            ),
            GitError::Slow => ("The secrets repository did not answer within two minutes.".into(), "Check the network connection, then run this page again.".into()),
            GitError::Failed { doing, said } => {
                let gone = said.contains("not found") || said.contains("error: 404");
                let fix = match gone {
                    true => "Apply the page “Secrets store” again: the repository is not there.",
                    false => "Read the details, mend what they name, then run this page again.",
                };
                (format!("Git could not {doing}."), fix.to_owned())
            }
        };
        Problem::new(what, fix).because(&error)
    }
}
