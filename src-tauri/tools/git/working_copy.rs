//! A working copy for people, and for programs that read the files of a repository where they stand. Looking at it changes
//! nothing in it. What a person did in it is never overwritten: the folder is moved aside and a new one made in its place.

use super::{Git, GitError, Place, REMOTE, REMOTE_BRANCHES, Repository};
use crate::engine::files;
use crate::engine::words::{clean, list};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A folder with the files of a repository's branch.
pub struct WorkingCopy<'a, 'r> {
    repository: &'r Repository<'a>,
    pub folder: PathBuf,
}

/// A working copy that was made anew.
#[derive(Debug)]
pub struct Renewed {
    /// Why the old one was not used any more.
    pub why: String,
    /// Where the old one is, if it held what the repository does not have.
    pub aside: Option<PathBuf>,
}

impl<'a, 'r> WorkingCopy<'a, 'r> {
    /// The working copy of `repository` in `folder`, made or not.
    pub fn of(repository: &'r Repository<'a>, folder: PathBuf) -> Self {
        WorkingCopy { repository, folder }
    }

    /// What a person left in it that the repository has not: paths of changed files, and `commits`. Files of which `known`
    /// knows the text are no person's.
    pub async fn edits(&self, known: impl Fn(&str) -> bool) -> Result<Vec<String>, GitError> {
        let mut edits = vec![];
        let tip = self.repository.tip().await?;
        for (path, _) in self.repository.files(tip.as_deref().unwrap_or(EMPTY_TREE)).await? {
            let whole = self.folder.join(&path);
            if !files::exists(&whole) {
                continue;
            }
            // What the repository has, or once had, is not lost when it is overwritten.
            let theirs = match files::read_chosen(&whole, MOST_COMPARED) {
                Ok(bytes) => !known(&String::from_utf8_lossy(&bytes)) && !self.repository.knows(&bytes).await?,
                Err(_) => true,
            };
            if theirs {
                edits.push(clean(&path));
            }
        }
        if self.has_commits().await? {
            edits.push("commits".into());
        }
        Ok(edits)
    }

    /// Why git cannot work in it; `None` where it can, or where there is no working copy yet.
    pub async fn fault(&self) -> Result<Option<String>, GitError> {
        let git = self.folder.join(".git");
        if !files::exists(&self.folder) || files::names(&self.folder)?.is_empty() {
            return Ok(None);
        }
        if !["HEAD", "objects", "refs", "config"].iter().all(|name| files::exists(&git.join(name))) {
            return Ok(Some("it is half made".into()));
        }
        if ["rebase-merge", "rebase-apply", "MERGE_HEAD"].iter().any(|name| files::exists(&git.join(name))) {
            return Ok(Some("a rebase or merge in it was not ended".into()));
        }
        if let Some(lock) = self.lock_left().await {
            return Ok(Some(format!("`{lock}` was left by a git that is gone")));
        }
        let place = Place::of(&self.folder);
        for look in [&["--no-optional-locks", "status", "--porcelain"][..], &["fsck", "--no-dangling", "--no-progress"]]
        {
            match self.git().run(&place, "look at the working copy", look, None).await {
                Ok(_) => {}
                Err(GitError::Failed { said, .. }) => return Ok(Some(said)),
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    /// Brings the files of the remote's branch here. `Some`: the folder was made anew, because git could not work in it or
    /// because it held `edits` (as `edits` returns them).
    pub async fn bring(&self, edits: &[String]) -> Result<Option<Renewed>, GitError> {
        if !files::exists(&self.folder) || files::names(&self.folder)?.is_empty() {
            self.make(&self.folder).await?;
            return Ok(None);
        }
        let why = match (edits, self.fault().await?) {
            ([], None) => match self.update(&self.folder).await {
                Ok(()) => return Ok(None),
                Err(GitError::Failed { said, .. }) => said,
                Err(error) => return Err(error),
            },
            ([], Some(fault)) => fault,
            (edits, _) => format!("the old one holds edits that are not in the repository ({})", list(edits)),
        };
        let keep = !edits.is_empty() || self.has_more(Path::new("")).await?;
        self.renew(why, keep).await.map(Some)
    }

    /// Removes the folder, or moves it aside where it holds what the repository does not have; returns where to.
    pub async fn remove(&self, edits: &[String]) -> Result<Option<PathBuf>, GitError> {
        let keep = !edits.is_empty() || self.has_more(Path::new("")).await?;
        if !keep {
            files::remove_folder(&self.folder)?;
            return Ok(None);
        }
        let aside = self.aside()?;
        files::rename(&self.folder, &aside)?;
        Ok(Some(aside))
    }

    /// Makes a new one beside the old one and puts it in its place, so that whatever stops this leaves one of them whole.
    async fn renew(&self, why: String, keep: bool) -> Result<Renewed, GitError> {
        let (fresh, aside) = (self.beside("new"), self.aside()?);
        files::remove_folder(&fresh)?;
        self.make(&fresh).await?;
        files::rename(&self.folder, &aside)?;
        files::rename(&fresh, &self.folder)?;
        if !keep {
            files::remove_folder(&aside)?;
        }
        Ok(Renewed { why, aside: keep.then_some(aside) })
    }

    fn beside(&self, word: &str) -> PathBuf {
        let name = self.folder.file_name().unwrap_or_default().to_string_lossy();
        self.folder.with_file_name(format!("{name}.{word}"))
    }

    /// A name that is free, with the time in it. Whatever makes copies go aside again and again does not fill the disk.
    fn aside(&self) -> Result<PathBuf, GitError> {
        let around = self.folder.parent().unwrap_or(Path::new("")).to_owned();
        let begin = self.beside("aside-").file_name().unwrap_or_default().to_string_lossy().into_owned();
        let count = files::names(&around)?.into_iter().filter(|name| name.starts_with(&begin)).count();
        if count >= MOST_ASIDE {
            return Err(GitError::Asides { count, folder: around });
        }
        let stamp = jiff::Zoned::now().strftime("%Y%m%d-%H%M%S").to_string();
        let end = |n: usize| if n == 0 { String::new() } else { format!("-{n}") };
        let name = |n: usize| self.beside(&format!("aside-{stamp}{}", end(n)));
        Ok((0..).map(name).find(|path| !files::exists(path)).unwrap_or_else(|| self.beside("aside")))
    }

    async fn make(&self, folder: &Path) -> Result<(), GitError> {
        files::private_folder(folder)?;
        self.git().run(&Place::of(folder), "prepare the working copy", &["init", "--quiet"], None).await?;
        self.update(folder).await
    }

    async fn update(&self, folder: &Path) -> Result<(), GitError> {
        let place = Place::of(folder);
        let run = async |args: &[&str]| self.git().run(&place, "update the working copy", args, None).await.map(drop);
        // A person pushes to the remote itself; what it has comes from the copy that was fetched already.
        // A link is a file with its target in it, for a person's git too: it leads nobody out of the folder.
        for (name, value) in [
            ("remote.origin.url", self.git().url.as_str()),
            ("remote.origin.fetch", REMOTE_BRANCHES),
            ("core.symlinks", "false"),
        ] {
            run(&["config", "--replace-all", name, value]).await?;
        }
        // Files are here as they are there, whatever the repository's own `.gitattributes` say.
        files::private_folder(&folder.join(".git/info"))?;
        files::write(&folder.join(".git/info/attributes"), ATTRIBUTES)?;
        let source = self.repository.folder.display().to_string();
        run(&["fetch", "--quiet", "--no-tags", "--prune", &source, &format!("+{REMOTE}/*:{REMOTE}/*")]).await?;
        match self.repository.branch().await? {
            // By its whole name: a tag may be called `origin/main`.
            Some(branch) => {
                run(&["checkout", "--quiet", "--force", "-B", &branch, &format!("{REMOTE}/{branch}")]).await
            }
            None => Ok(()),
        }
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

    /// Whether a branch or the stash has commits that were not pushed. Read from git's files, since git itself may not be
    /// able to read a damaged copy.
    async fn has_commits(&self) -> Result<bool, GitError> {
        let git = self.folder.join(".git");
        let packed = files::read_if_there(&git.join("packed-refs")).ok().flatten().unwrap_or_default();
        let packed = packed.lines().filter_map(|line| line.split_once(' '));
        let own = |name: &str| name.starts_with("refs/heads/") || name == "refs/stash";
        let mut commits: Vec<String> =
            packed.filter(|(_, name)| own(name)).map(|(commit, _)| commit.to_owned()).collect();
        let loose =
            below(&git.join("refs/heads"), 0).into_iter().chain(["refs/stash", "HEAD"].map(|name| git.join(name)));
        commits.extend(loose.filter_map(|path| files::read_if_there(&path).ok().flatten()));
        for commit in commits {
            let commit = commit.trim();
            // The name of a branch, or what is left of a file that was cut off.
            let named = commit.len() >= 40 && commit.bytes().all(|b| b.is_ascii_hexdigit());
            if named && !self.repository.has(commit).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether there is a file that the repository does not have.
    async fn has_more(&self, path: &Path) -> Result<bool, GitError> {
        for name in files::names(&self.folder.join(path))? {
            let path = path.join(&name);
            let whole = self.folder.join(&path);
            if path == Path::new(".git") {
                continue;
            }
            let more = match whole.is_dir() && !whole.is_symlink() {
                true => Box::pin(self.has_more(&path)).await?,
                false => match files::read_chosen(&whole, MOST_COMPARED) {
                    Ok(bytes) => !self.repository.knows(&bytes).await?,
                    Err(_) => true,
                },
            };
            if more {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn git(&self) -> &'r Git<'a> {
        &self.repository.git
    }
}

impl Place {
    /// A working copy in `folder`.
    fn of(folder: &Path) -> Place {
        Place { git: folder.join(".git"), files: Some(folder.to_owned()) }
    }
}

/// Lock files of git. Objects have none.
fn locks(git: &Path, depth: usize) -> Vec<PathBuf> {
    let mut all = below(git, depth);
    all.retain(|path| path.extension().is_some_and(|end| end == "lock"));
    all
}

/// The files below a folder, those of git's objects left out.
fn below(folder: &Path, depth: usize) -> Vec<PathBuf> {
    let mut found = vec![];
    for name in files::names(folder).unwrap_or_default() {
        let path = folder.join(&name);
        match path.is_dir() {
            true if depth < 8 && name != "objects" => found.extend(below(&path, depth + 1)),
            true => {}
            false => found.push(path),
        }
    }
    found
}

/// The tree without files, which git knows in every repository (of SHA-1).
const EMPTY_TREE: &str = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";
/// Wins over what the files of the repository say (gitattributes(5)).
const ATTRIBUTES: &str = "* -text !eol !working-tree-encoding !ident !filter !diff !merge\n";
/// How many old working copies are kept.
const MOST_ASIDE: usize = 10;
/// The most bytes of a file that is looked for in the repository; a larger one is a person's.
const MOST_COMPARED: u64 = 16 << 20;
