//! Git, plain: a bare copy of a remote repository, from which files are read and in which commits are made and pushed.
//! It has no working copy, so nothing of a person's is ever in it: `working_copy` is for people. It does not know what
//! is in the files. Whoever may push there is not trusted: what is fetched has a size that is bearable, or is refused in a
//! sentence, and nothing in it is a setting, a program or a way out of its folder.

#![allow(clippy::disallowed_methods, reason = "git runs for seconds and leaves nothing half done: it needs no job")]

mod credentials;
mod entry;
mod error;
mod run;
mod working_copy;

pub use credentials::Credentials;
pub use error::GitError;
pub use working_copy::{Renewed, WorkingCopy};

use crate::engine::words::clean;
use crate::engine::{Cx, files};
use crate::tools::{http, programs};
use entry::{Entry, MOST_FILES};
use jiff::Timestamp;
use run::Ended;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A bare copy of a remote repository. It is a cache: whatever happens to it, it is made again from the remote.
pub struct Repository<'a> {
    git: Git<'a>,
    folder: PathBuf,
}

/// A commit that is only here yet.
pub struct Commit {
    pub id: String,
    /// The remote's commit it was made on; empty where the remote had none.
    base: String,
}

/// What a commit does with a file: its new text, or `None` where it is removed.
pub type Change<'a> = (&'a str, Option<&'a str>);

impl<'a> Repository<'a> {
    /// The copy in `folder` of the repository at `url`. `author` signs its commits. Nothing is run yet.
    pub fn at(
        cx: &'a Cx,
        folder: PathBuf,
        url: String,
        credentials: &Credentials,
        author: &str,
    ) -> Result<Self, GitError> {
        Ok(Repository { git: Git::new(cx, url, &folder, credentials, author)?, folder })
    }

    /// Brings what the remote has here. A copy that is missing, half made, damaged or locked by a git that was killed is
    /// replaced by a new one.
    pub async fn fetch(&self) -> Result<(), GitError> {
        self.renew().await?;
        match self.tip().await? {
            Some(tip) => self.files(&tip).await.map(drop),
            None => Ok(()),
        }
    }

    async fn renew(&self) -> Result<(), GitError> {
        match self.update().await {
            Err(GitError::Failed { .. }) => {}
            other => return other,
        }
        // Either the copy is at fault or the remote. A second copy, made whole beside the first, tells which.
        let folder = self.folder.with_extension("new");
        files::remove_folder(&folder)?;
        let fresh = Repository { git: self.git.clone(), folder };
        fresh.make().await?;
        fresh.bring().await?;
        files::remove_folder(&self.folder)?;
        Ok(files::rename(&fresh.folder, &self.folder)?)
    }

    async fn update(&self) -> Result<(), GitError> {
        if !files::exists(&self.folder.join("HEAD")) {
            return Err(GitError::Failed { doing: "use the copy".into(), said: "there is none".into() });
        }
        self.point().await?;
        self.bring().await?;
        self.run("look at the copy", &["fsck", "--no-dangling", "--no-progress"]).await.map(drop)
    }

    async fn make(&self) -> Result<(), GitError> {
        files::private_folder(&self.folder)?;
        self.run("prepare a copy", &["init", "--quiet", "--bare"]).await?;
        self.point().await
    }

    /// Names the remote. Done each time: the address may have changed.
    async fn point(&self) -> Result<(), GitError> {
        for (name, value) in [("remote.origin.url", self.git.url.as_str()), ("remote.origin.fetch", REMOTE_BRANCHES)] {
            self.run("prepare a copy", &["config", "--replace-all", name, value]).await?;
        }
        Ok(())
    }

    /// Without tags: nothing here needs one, and `origin/main` could be the name of one.
    async fn bring(&self) -> Result<(), GitError> {
        let fetch = ["fetch", "--quiet", "--no-tags", "--prune", "origin"];
        let brought = self.run("fetch from the repository", &fetch).await.map(drop).map_err(GitError::of_fetch);
        if let Err(GitError::Large { .. }) = brought {
            // Half of a pack is left behind, as large as the limit.
            files::remove_folder(&self.folder)?;
        }
        brought
    }

    /// The remote's branch by its own name; `None` where the repository is empty.
    pub async fn branch(&self) -> Result<Option<String>, GitError> {
        let listed = self.run("list branches", &["for-each-ref", "--format=%(refname:lstrip=3)", REMOTE]).await?;
        // Names that mean something else to git, or to a person who reads them, are not ours to use.
        let is_plain = |name: &&str| {
            *name != "HEAD"
                && !name.starts_with('-')
                && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_./".contains(&b))
        };
        let branches: Vec<&str> = listed.lines().filter(is_plain).collect();
        let usual = [FIRST_BRANCH, "master"].into_iter().find(|name| branches.contains(name));
        Ok(usual.or(branches.first().copied()).map(str::to_owned))
    }

    /// The commit of the remote's branch when it was fetched last; `None` where the repository is empty.
    pub async fn tip(&self) -> Result<Option<String>, GitError> {
        match self.branch().await? {
            Some(branch) => {
                let branch = format!("{REMOTE}/{branch}");
                Ok(Some(self.run("look at the branch", &["rev-parse", &branch]).await?.trim().to_owned()))
            }
            None => Ok(None),
        }
    }

    /// A file's text on the remote's branch; `None` where there is no such file.
    pub async fn text(&self, path: &str) -> Result<Option<String>, GitError> {
        let Some(tip) = self.tip().await? else { return Ok(None) };
        let listed = self.run("list files", &["ls-tree", "-l", "-z", "--full-tree", &tip, "--", path]).await?;
        let Some(entry) = listed.split('\0').find_map(Entry::read) else { return Ok(None) };
        entry::bearable(std::slice::from_ref(&entry))?;
        let strange = |kind| Err(GitError::NoFile { path: path.to_owned(), kind });
        match entry.mode {
            "100644" | "100755" => Ok(Some(String::from_utf8_lossy(&self.read(entry.object).await?).into_owned())),
            "040000" => strange("a folder"),
            "120000" => strange("a link"),
            _ => strange("another repository"),
        }
    }

    /// Who changed a file last on the remote, and when, in words.
    pub async fn last_change(&self, path: &str) -> Result<String, GitError> {
        let Some(tip) = self.tip().await? else { return Ok(String::new()) };
        let date = "--date=format:%d %b %Y at %H:%M";
        let log = ["log", "-1", "--format=%an on %ad", date, &tip, "--", path];
        // Whoever commits chooses the name.
        Ok(clean(&self.run("read the history", &log).await?))
    }

    /// The files of a commit: path and object. More of them than are bearable are refused: each is read before a push, and
    /// folders that hold each other unfold to millions of files.
    pub async fn files(&self, commit: &str) -> Result<Vec<(String, String)>, GitError> {
        let listed = self.run("list files", &["ls-tree", "-r", "-l", "-z", "--full-tree", commit]).await;
        let listed = listed.map_err(|error| match error {
            GitError::Large { .. } => GitError::Many { most: MOST_FILES },
            other => other,
        })?;
        // Another repository, put in by its commit, has no content here.
        let entries: Vec<Entry<'_>> =
            listed.split('\0').filter_map(Entry::read).filter(|entry| entry.kind == "blob").collect();
        entry::bearable(&entries)?;
        Ok(entries.into_iter().map(|entry| (entry.path.to_owned(), entry.object.to_owned())).collect())
    }

    /// The bytes of a file by its object.
    pub async fn read(&self, object: &str) -> Result<Vec<u8>, GitError> {
        self.git.run(&self.place(), "read a file", &["cat-file", "blob", object], None).await
    }

    /// Whether the remote has, or once had, a file with these bytes.
    pub async fn knows(&self, bytes: &[u8]) -> Result<bool, GitError> {
        let object = self.write("compare a file", &["hash-object", "--stdin"], bytes).await?;
        self.has(&object).await
    }

    /// Whether an object is here.
    pub async fn has(&self, object: &str) -> Result<bool, GitError> {
        // `cat-file -e` would say the same, but its failure is one that `run` writes into the log.
        let said = self.write("look for an object", &["cat-file", "--batch-check"], object.as_bytes()).await?;
        Ok(!said.ends_with(" missing") && !said.is_empty())
    }

    /// Makes a commit with these changes on top of the remote's branch. All other files stay as they are.
    pub async fn commit(&self, changes: &[Change<'_>], subject: &str) -> Result<Commit, GitError> {
        let base = self.tip().await?.unwrap_or_default();
        files::remove(&self.folder.join(INDEX))?;
        let start = if base.is_empty() { "--empty" } else { &base };
        self.run("prepare the commit", &["read-tree", start]).await?;
        let mut entries = vec![];
        for (path, text) in changes {
            let (mode, object) = match text {
                Some(text) => {
                    let hash = ["hash-object", "-w", "--stdin"];
                    ("100644", self.write("store a file", &hash, text.as_bytes()).await?)
                }
                // How git is told to take a path out (git-update-index(1)).
                None => ("0", "0".repeat(40)),
            };
            entries.extend(format!("{mode} {object}\t{path}\0").into_bytes());
        }
        self.write("put the files together", &["update-index", "-z", "--index-info"], &entries).await?;
        let tree = self.run("commit", &["write-tree"]).await?;
        let mut commit = vec!["commit-tree", tree.trim(), "-m", subject];
        if !base.is_empty() {
            commit.extend(["-p", &base]);
        }
        let id = self.run("commit", &commit).await?.trim().to_owned();
        Ok(Commit { id, base })
    }

    /// Pushes a commit. Servers say in many words that somebody else was faster, so none is read: where the push fails,
    /// the remote is looked at again. `Behind`: its branch moved, and a commit on top of it may be pushed. `Refused`: it did
    /// not move, so the server does not take this commit.
    pub async fn push(&self, commit: &Commit) -> Result<(), GitError> {
        let branch = self.branch().await?.unwrap_or_else(|| FIRST_BRANCH.to_owned());
        let target = format!("{}:refs/heads/{branch}", commit.id);
        let said = match self.run("push", &["push", "--quiet", "origin", &target]).await {
            Err(GitError::Failed { said, .. }) => said,
            other => return other.map(drop),
        };
        let failed = |said| GitError::Failed { doing: "push".into(), said };
        match self.bring().await {
            Ok(()) => {}
            Err(GitError::Stopped) => return Err(GitError::Stopped),
            Err(_) => return Err(failed(said)),
        }
        let tip = self.tip().await?.unwrap_or_default();
        if tip == commit.base {
            let refused = said.contains("rejected]");
            return Err(if refused { GitError::Refused { said } } else { failed(said) });
        }
        // It may have arrived although the answer did not.
        match !tip.is_empty()
            && self
                .run("compare commits", &["merge-base", &commit.id, &tip])
                .await
                .is_ok_and(|base| base.trim() == commit.id)
        {
            true => Ok(()),
            false => Err(GitError::Behind),
        }
    }

    fn place(&self) -> Place {
        Place { git: self.folder.clone(), files: None }
    }

    async fn run(&self, doing: &str, args: &[&str]) -> Result<String, GitError> {
        let bytes = self.git.run(&self.place(), doing, args, None).await?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// As `run`, with `input` on git's standard input; returns the one line that git answers.
    async fn write(&self, doing: &str, args: &[&str], input: &[u8]) -> Result<String, GitError> {
        let bytes = self.git.run(&self.place(), doing, args, Some(input)).await?;
        Ok(String::from_utf8_lossy(&bytes).trim().to_owned())
    }
}

/// Where git works: its own folder, and the folder of files where there is one. Named in each call, so that git never
/// takes a repository around the folder for this one.
struct Place {
    git: PathBuf,
    files: Option<PathBuf>,
}

/// The program, with settings and an environment of its own.
#[derive(Clone)]
struct Git<'a> {
    cx: &'a Cx,
    program: PathBuf,
    /// The remote's address.
    url: String,
    env: Vec<(String, String)>,
}

impl<'a> Git<'a> {
    /// `home` is the user's home folder for git: one without settings or passwords in it.
    fn new(cx: &'a Cx, url: String, home: &Path, credentials: &Credentials, author: &str) -> Result<Self, GitError> {
        let program = programs::path_of("git").ok_or(GitError::Missing)?;
        let settings = [
            // An empty helper first: whatever the system configures is not asked.
            ("credential.helper", ""),
            ("credential.helper", credentials.helper()),
            ("credential.UseHttpPath", "true"),
            ("init.defaultBranch", FIRST_BRANCH),
            ("core.hooksPath", "/dev/null"),
            ("core.fsmonitor", "false"),
            ("core.symlinks", "false"),
            ("core.protectHFS", "true"),
            ("core.protectNTFS", "true"),
            ("core.attributesFile", "/dev/null"),
            ("core.autocrlf", "false"),
            ("commit.gpgSign", "false"),
            ("gc.auto", "0"),
            // What is fetched is looked through by git, and large objects go through it in pieces.
            ("fetch.fsckObjects", "true"),
            ("fetch.unpackLimit", "1"),
            ("fetch.recurseSubmodules", "false"),
            ("submodule.recurse", "false"),
            ("core.bigFileThreshold", "1m"),
            // Each thread would want memory of its own, of which git has a limit.
            ("pack.threads", "1"),
        ];
        let passed = programs::inherited().filter_map(|(key, value)| Some((key, value.into_string().ok()?)));
        let mut env: Vec<(String, String)> = passed.collect();
        let email = format!("{author}@hubwright.invalid");
        let (home, number) = (home.display().to_string(), settings.len().to_string());
        for (key, value) in [
            ("HOME", home.as_str()),
            ("GIT_TERMINAL_PROMPT", "0"),
            // A path is a path, whatever is in it.
            ("GIT_LITERAL_PATHSPECS", "1"),
            ("GIT_ALLOW_PROTOCOL", "https:http:file"),
            ("GIT_CONFIG_NOSYSTEM", "1"),
            ("GIT_CONFIG_GLOBAL", "/dev/null"),
            ("GIT_AUTHOR_NAME", author),
            ("GIT_AUTHOR_EMAIL", &email),
            ("GIT_COMMITTER_NAME", author),
            ("GIT_COMMITTER_EMAIL", &email),
            ("GIT_CONFIG_COUNT", &number),
            ("LC_ALL", "C.UTF-8"),
        ] {
            env.push((key.to_owned(), value.to_owned()));
        }
        for (at, (key, value)) in settings.iter().enumerate() {
            env.push((format!("GIT_CONFIG_KEY_{at}"), (*key).to_owned()));
            env.push((format!("GIT_CONFIG_VALUE_{at}"), (*value).to_owned()));
        }
        env.extend(credentials.environment());
        Ok(Git { cx, program, url, env })
    }

    /// What git prints. `doing` completes the sentence "git could not …". It ends with the run that it is a part of.
    async fn run(&self, at: &Place, doing: &str, args: &[&str], input: Option<&[u8]>) -> Result<Vec<u8>, GitError> {
        self.cx.go_on().map_err(|_| GitError::Stopped)?;
        let mut arguments = vec![std::ffi::OsStr::new("--git-dir"), at.git.as_os_str()];
        arguments.extend(at.files.iter().flat_map(|files| [std::ffi::OsStr::new("--work-tree"), files.as_os_str()]));
        arguments.extend(args.iter().map(std::ffi::OsStr::new));
        let mut command = run::limited(&self.program, &arguments);
        command.env_clear().envs(self.env.iter().cloned());
        match &at.files {
            Some(files) => command.current_dir(files),
            None => command.env("GIT_INDEX_FILE", at.git.join(INDEX)).current_dir(&at.git),
        };
        let output = match run::run(command, input, PATIENCE, self.cx.cancelled()).await {
            Ok(Ended::Told(output)) => output,
            Ok(Ended::Stopped) => return Err(GitError::Stopped),
            Ok(Ended::Late) => return Err(GitError::Slow),
            Ok(Ended::Long) => {
                return Err(GitError::Large { what: "What git tells of it".into(), most: run::MOST_TOLD });
            }
            Err(error) => return Err(GitError::Failed { doing: doing.to_owned(), said: error.to_string() }),
        };
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
async fn clock_off(url: &str) -> Option<i64> {
    let answer = http::send("GET", url, &[]).await.ok()?;
    let theirs = jiff::fmt::rfc2822::parse(&answer.header("date").replace("GMT", "+0000")).ok()?.timestamp();
    let minutes = (Timestamp::now().as_second() - theirs.as_second()) / 60;
    (minutes.abs() > 5).then_some(minutes)
}

/// How long one call of git may take.
const PATIENCE: Duration = Duration::from_secs(120);
/// The branch pushed to where the repository has none yet.
const FIRST_BRANCH: &str = "main";
/// Where the remote's branches are kept here.
const REMOTE: &str = "refs/remotes/origin";
const REMOTE_BRANCHES: &str = "+refs/heads/*:refs/remotes/origin/*";
/// What the next commit holds, while it is put together.
const INDEX: &str = "next-commit";
