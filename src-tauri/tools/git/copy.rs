//! The working copy as a cache: one that is half made, damaged or locked by a git that is gone is made anew from the
//! remote. What a person left in it is never thrown away: it is moved aside, and the caller is told where.

use super::{FIRST_BRANCH, GitError, Repository};
use crate::engine::files;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A working copy that was made anew.
#[derive(Debug)]
pub struct Renewed {
    /// What was wrong with the old one, as git says it.
    pub why: String,
    /// Where the old one is, if a person's files were in it.
    pub aside: Option<PathBuf>,
}

impl Repository<'_> {
    /// Brings what the remote has here, without touching the files of the working copy. `Some` where there was no usable
    /// copy any more and a new one was made.
    pub async fn fetch(&self) -> Result<Option<Renewed>, GitError> {
        let why = match self.lock_left().await {
            Some(lock) => format!("`{lock}` was left by a git that is gone"),
            None => match self.sound().await {
                Ok(()) => return self.bring().await.map(|()| None),
                Err(GitError::Failed { said, .. }) => said,
                Err(other) => return Err(other),
            },
        };
        self.renew(why, false).await.map(Some)
    }

    /// The paths in which a person's work would be overwritten by what is published: changed or new files that the remote
    /// has too, and commits that were not pushed (as `commits`). Files of which `known` knows the text are no person's.
    pub async fn edits(&self, known: impl Fn(&str) -> bool) -> Result<Vec<String>, GitError> {
        let status = ["--no-optional-locks", "status", "--porcelain", "-z", "--no-renames", "--untracked-files=all"];
        let listed = self.run("look for edits", &status).await?;
        let mut edited = vec![];
        for line in listed.split('\0').filter(|line| line.len() > 3) {
            let (state, path) = (&line[..2], &line[3..]);
            let remote = self.text(path).await?;
            let here = files::read_if_there(&self.folder.join(path)).unwrap_or_default();
            // A removed file is an edit too; a file that says what the remote says is none.
            let harmless = here == remote || here.as_deref().is_some_and(&known) || (state == "??" && remote.is_none());
            if !harmless {
                edited.push(path.to_owned());
            }
        }
        let unpushed = ["log", "--branches", "--not", "--remotes=origin", "--format=%ce"];
        let committers = self.run("look for commits", &unpushed).await?;
        if committers.lines().any(|who| !who.ends_with("@hubwright.invalid")) {
            edited.push("commits".into());
        }
        Ok(edited)
    }

    /// Moves the working copy aside as it is, and makes a new one.
    pub async fn set_aside(&self) -> Result<Renewed, GitError> {
        self.renew("it holds a person's edits".into(), true).await
    }

    /// Puts the files of the remote's branch into the working copy, over what is there.
    pub async fn lay_out(&self) -> Result<(), GitError> {
        let Some(branch) = self.remote_branch().await? else { return Ok(()) };
        let local = branch.trim_start_matches("origin/").to_owned();
        self.run("go to the branch", &["checkout", "--quiet", "--force", "-B", &local, &branch]).await.map(drop)
    }

    /// A lock that stays; a git at work holds one for moments.
    async fn lock_left(&self) -> Option<String> {
        let git = self.folder.join(".git");
        let lock = || locks(&git, 0).into_iter().next();
        for _ in 0..25 {
            lock()?;
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        lock().map(|path| path.strip_prefix(&self.folder).unwrap_or(&path).display().to_string())
    }

    /// Makes the repository where there is none, and asks git whether it is whole.
    async fn sound(&self) -> Result<(), GitError> {
        let half = |said: &str| GitError::Failed { doing: "use the working copy".into(), said: said.to_owned() };
        let git = self.folder.join(".git");
        if !files::exists(&git) {
            self.make().await?;
        }
        // Without these git would take a repository around this folder for its own.
        if !["HEAD", "objects", "refs", "config"].iter().all(|name| files::exists(&git.join(name))) {
            return Err(half("it is half made"));
        }
        if ["rebase-merge", "rebase-apply", "MERGE_HEAD"].iter().any(|name| files::exists(&git.join(name))) {
            return Err(half("a rebase or merge in it was not ended"));
        }
        self.point().await?;
        self.run("look at the working copy", &["--no-optional-locks", "status", "--porcelain"]).await?;
        self.run("look at the working copy", &["fsck", "--no-dangling", "--no-progress"]).await?;
        Ok(())
    }

    async fn make(&self) -> Result<(), GitError> {
        self.run("prepare the working copy", &["init", "--quiet"]).await?;
        self.point().await
    }

    /// Names the remote. Said again each time: a run that was killed may have said half of it.
    async fn point(&self) -> Result<(), GitError> {
        for (name, value) in
            [("remote.origin.url", self.url.as_str()), ("remote.origin.fetch", "+refs/heads/*:refs/remotes/origin/*")]
        {
            self.run("prepare the working copy", &["config", "--replace-all", name, value]).await?;
        }
        Ok(())
    }

    async fn bring(&self) -> Result<(), GitError> {
        self.run("fetch from the repository", &["fetch", "--quiet", "--prune", "origin"]).await.map(drop)
    }

    /// A new copy in place of this one, which is kept aside where `keep` says so or it holds what the remote does not.
    async fn renew(&self, why: String, keep: bool) -> Result<Renewed, GitError> {
        let beside = |word: &str| {
            let name = self.folder.file_name().unwrap_or_default().to_string_lossy();
            self.folder.with_file_name(format!("{name}.{word}"))
        };
        // Made whole beside the old one first, so that a lost connection leaves the old one where it is.
        let fresh = Repository {
            cx: self.cx,
            program: self.program.clone(),
            folder: beside("new"),
            url: self.url.clone(),
            env: self.env.clone(),
        };
        files::remove_folder(&fresh.folder)?;
        files::private_folder(&fresh.folder)?;
        fresh.make().await?;
        fresh.bring().await?;
        let unpushed = ["log", "--branches", "--not", "--remotes=origin", "--format=%ce"];
        let committers = self.run("look for commits", &unpushed).await.unwrap_or_default();
        let keep = keep
            || committers.lines().any(|who| !who.ends_with("@hubwright.invalid"))
            || fresh.lacks(&self.folder, Path::new("")).await?;
        let stamp = jiff::Zoned::now().strftime("%Y%m%d-%H%M%S").to_string();
        let aside = (0..)
            .map(|n| beside(&format!("aside-{stamp}{}", if n == 0 { String::new() } else { format!("-{n}") })))
            .find(|path| !files::exists(path))
            .unwrap_or_else(|| beside("aside"));
        files::rename(&self.folder, &aside)?;
        files::rename(&fresh.folder, &self.folder)?;
        self.lay_out().await?;
        if !keep {
            files::remove_folder(&aside)?;
        }
        Ok(Renewed { why, aside: keep.then_some(aside) })
    }

    /// Whether a file below `folder` is not what the remote has at the same path.
    async fn lacks(&self, folder: &Path, below: &Path) -> Result<bool, GitError> {
        for name in files::names(&folder.join(below))? {
            let path = below.join(&name);
            if path == Path::new(".git") {
                continue;
            }
            let whole = folder.join(&path);
            if whole.is_dir() && !whole.is_symlink() {
                if Box::pin(self.lacks(folder, &path)).await? {
                    return Ok(true);
                }
            } else if files::read_if_there(&whole).ok().flatten() != self.text(&path.display().to_string()).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The branch to work on, by its local name, with whether the remote has it.
    pub(super) fn local(branch: Option<&str>) -> &str {
        branch.map_or(FIRST_BRANCH, |name| name.trim_start_matches("origin/"))
    }
}

/// Lock files of git below `folder`. Objects have none.
fn locks(folder: &Path, depth: usize) -> Vec<PathBuf> {
    let mut found = vec![];
    for name in files::names(folder).unwrap_or_default() {
        let path = folder.join(&name);
        if name.ends_with(".lock") {
            found.push(path);
        } else if depth < 8 && name != "objects" && path.is_dir() {
            found.extend(locks(&path, depth + 1));
        }
    }
    found
}
