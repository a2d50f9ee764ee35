//! The folder Hubwright keeps everything in, and the deployments found there.
//! It does not open deployments; that is the engine's.

#[cfg(unix)]
use crate::engine::access;
use crate::engine::files::{self, FileError};
use std::path::{Path, PathBuf};

/// Hubwright's folder: `HUBWRIGHT_HOME`, else the platform's data folder.
#[derive(Clone, Debug)]
pub struct Home(PathBuf);

/// A folder that cannot be Hubwright's, or a deployment that is not in it.
#[derive(Debug, thiserror::Error)]
pub enum HomeError {
    #[error(transparent)]
    File(#[from] FileError),
    #[error("this computer names no folder for program data")]
    NoFolder,
    #[error("the home {} belongs to another user", .0.display())]
    OfAnother(PathBuf),
    /// `who` begins the sentence.
    #[error("{who} may rename what is in {}, which is on the way to the home", folder.display())]
    Renamed { who: &'static str, folder: PathBuf },
    /// `link` is the home itself or on the way to it.
    #[error("{}, on the way to the home {}, is a link of another user's", link.display(), home.display())]
    Link { home: PathBuf, link: PathBuf },
    #[error("other users may write to the home {}", .0.display())]
    Open(PathBuf),
    #[error("there is no deployment `{0}`")]
    NoDeployment(String),
}

impl Home {
    /// Finds the folder and makes it (mode 0700).
    pub fn find() -> Result<Self, HomeError> {
        let folder = match std::env::var_os("HUBWRIGHT_HOME") {
            Some(folder) if !folder.is_empty() => PathBuf::from(folder),
            _ => usual().ok_or(HomeError::NoFolder)?,
        };
        Self::at(std::path::absolute(&folder).unwrap_or(folder))
    }

    /// The home in `folder`, made where it is missing. Refused where others could have put something there, or could
    /// put another folder in its place.
    pub fn at(folder: PathBuf) -> Result<Self, HomeError> {
        files::private_folder(&folder)?;
        closed(&folder)?;
        Ok(Home(folder))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Whether this is the home in the platform's data folder.
    pub fn is_usual(&self) -> bool {
        usual().is_some_and(|usual| {
            self.0 == usual
                || usual.canonicalize().is_ok_and(|usual| self.0.canonicalize().is_ok_and(|own| own == usual))
        })
    }

    /// The ids of the deployments in the home in the platform's data folder.
    pub fn usual_deployments() -> Vec<String> {
        usual().and_then(|usual| files::names(&usual.join("deployments")).ok()).unwrap_or_default()
    }

    /// The ids of the deployments, in order.
    pub fn deployments(&self) -> Result<Vec<String>, FileError> {
        files::names(&self.0.join("deployments"))
    }

    /// The folder of a deployment; whether it exists is not looked at.
    pub fn deployment(&self, id: &str) -> PathBuf {
        self.0.join("deployments").join(id)
    }

    /// An id that no deployment has or had, built on `wish`.
    pub fn new_id(&self, wish: &str) -> Result<String, FileError> {
        let taken = [self.deployments()?, self.retired()?].concat();
        Ok(numbered(wish, &taken))
    }

    /// The id that goes by `wish`: itself, or, where the deployment of that id was deleted, the next one.
    pub fn id_for(&self, wish: &str) -> Result<String, FileError> {
        Ok(numbered(wish, &self.retired()?))
    }

    /// The id of a deployment that is there. What a page or a file says is none before it was found here.
    pub fn known_id(&self, id: &str) -> Result<String, HomeError> {
        self.deployments()?
            .into_iter()
            .find(|known| known == id && Self::is_id(known))
            .ok_or_else(|| HomeError::NoDeployment(id.to_owned()))
    }

    /// No later deployment gets this id: entries of the keychain go by it.
    pub fn retire(&self, id: &str) -> Result<(), FileError> {
        let mut retired = self.retired()?;
        if !retired.iter().any(|one| one == id) {
            retired.push(id.to_owned());
        }
        files::write(&self.0.join(RETIRED), retired.join("\n"))
    }

    fn retired(&self) -> Result<Vec<String>, FileError> {
        let text = files::read_if_there(&self.0.join(RETIRED))?.unwrap_or_default();
        Ok(text.lines().map(str::to_owned).collect())
    }

    /// Whether `id` can name a deployment's folder: no separators, no dots.
    pub fn is_id(id: &str) -> bool {
        !id.is_empty()
            && id.len() <= 64
            && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    }
}

/// `wish`, or the first of `wish-2`, `wish-3`, … that is not taken.
fn numbered(wish: &str, taken: &[String]) -> String {
    let numbered = (2..).map(|n| format!("{wish}-{n}"));
    let free = |id: &String| !taken.contains(id);
    std::iter::once(wish.to_owned()).chain(numbered).find(free).unwrap_or_else(|| wish.to_owned())
}

/// Lists the ids of deployments that were deleted, one a line.
const RETIRED: &str = "deleted";

fn usual() -> Option<PathBuf> {
    Some(dirs::data_dir()?.join("hubwright"))
}

/// Closes a folder of ours to others. One that others may write to is refused, unless it is still empty: what they put there
/// would be taken for Hubwright's own. So is one that others could replace: a folder above it, or a link on the way, is theirs
/// to change.
#[cfg(unix)]
pub fn closed(folder: &Path) -> Result<(), HomeError> {
    use std::os::unix::fs::MetadataExt;
    let about = |path: &Path, follow: bool| {
        let found = if follow { path.metadata() } else { path.symlink_metadata() };
        found.map_err(|source| FileError { doing: "look at", path: path.to_owned(), source })
    };
    let folder = &std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    let user = rustix::process::geteuid().as_raw();
    let own = about(folder, true)?;
    if own.uid() != user {
        return Err(HomeError::OfAnother(folder.clone()));
    }
    // The way is gone name by name, as the system goes it: whoever may rename in a folder on it, or owns a link on it, decides
    // where it leads tomorrow.
    let names = |path: &Path| path.components().rev().map(|name| name.as_os_str().to_owned()).collect::<Vec<_>>();
    let mut ahead = names(folder);
    let mut way = PathBuf::new();
    while let Some(name) = ahead.pop() {
        if name == ".." {
            way.pop();
            continue;
        }
        let next = way.join(name);
        if !way.as_os_str().is_empty()
            && let Some(who) = access::may_rename(&way, &about(&way, true)?, user)
        {
            return Err(HomeError::Renamed { who, folder: way });
        }
        let found = about(&next, false)?;
        if !found.is_symlink() {
            way = next;
            continue;
        }
        if ![0, user].contains(&found.uid()) {
            return Err(HomeError::Link { home: folder.clone(), link: next });
        }
        // A whole path begins at the root again: joining it replaces `way`. A circle of links was met by the look above.
        let target = std::fs::read_link(&next);
        let target = target.map_err(|source| FileError { doing: "look at", path: next.clone(), source })?;
        ahead.extend(names(&target));
    }
    if own.mode() & 0o077 == 0 {
        return Ok(());
    }
    // Closed first: what was put there before the look at it is seen by the look, and nothing comes in after it.
    files::close(folder)?;
    if own.mode() & 0o022 != 0 && !files::names(folder)?.is_empty() {
        files::set_mode(folder, own.mode() & 0o7777)?;
        return Err(HomeError::Open(folder.clone()));
    }
    Ok(())
}

#[cfg(not(unix))]
pub fn closed(_: &Path) -> Result<(), HomeError> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_not_given_twice_also_after_its_deployment_was_deleted() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::at(folder.path().join("home")).unwrap();
        files::private_folder(&home.deployment("hub")).unwrap();
        assert_eq!(home.new_id("hub").unwrap(), "hub-2");
        assert_eq!(home.id_for("hub").unwrap(), "hub", "a file goes on with what is there");
        home.retire("hub").unwrap();
        home.retire("hub").unwrap();
        files::remove_folder(&home.deployment("hub")).unwrap();
        assert_eq!(home.new_id("hub").unwrap(), "hub-2");
        assert_eq!(home.id_for("hub").unwrap(), "hub-2");
        for outside in ["hub", "..", "../deployments", "/", ""] {
            assert!(home.known_id(outside).is_err(), "{outside}");
        }
    }
}
