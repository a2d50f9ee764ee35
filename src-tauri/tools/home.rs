//! The folder Hubwright keeps everything in, and the deployments found there.
//! It does not open deployments; that is the engine's.

use crate::engine::{Problem, files};
use std::path::{Path, PathBuf};

/// Hubwright's folder: `HUBWRIGHT_HOME`, else the platform's data folder.
#[derive(Clone, Debug)]
pub struct Home(PathBuf);

impl Home {
    /// Finds the folder and makes it (mode 0700).
    pub fn find() -> Result<Self, Problem> {
        let folder = match std::env::var_os("HUBWRIGHT_HOME") {
            Some(folder) if !folder.is_empty() => PathBuf::from(folder),
            _ => dirs::data_dir().map(|data| data.join("hubwright")).ok_or_else(|| {
                Problem::new(
                    "This computer names no folder for program data.",
                    "Set HUBWRIGHT_HOME to a folder that is yours.",
                )
            })?,
        };
        Self::at(std::path::absolute(&folder).unwrap_or(folder))
    }

    /// The home in `folder`, made where it is missing. Refused where others could have put something there, or could
    /// put another folder in its place.
    pub fn at(folder: PathBuf) -> Result<Self, Problem> {
        files::private_folder(&folder)?;
        closed(&folder)?;
        Ok(Home(folder))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The ids of the deployments, in order.
    pub fn deployments(&self) -> Result<Vec<String>, Problem> {
        Ok(files::names(&self.0.join("deployments"))?)
    }

    /// The folder of a deployment; whether it exists is not looked at.
    pub fn deployment(&self, id: &str) -> PathBuf {
        self.0.join("deployments").join(id)
    }

    /// An id that no deployment has yet, built on `wish`.
    pub fn new_id(&self, wish: &str) -> Result<String, Problem> {
        let taken = self.deployments()?;
        let free = |id: &String| !taken.contains(id);
        let numbered = (2..).map(|n| format!("{wish}-{n}"));
        Ok(std::iter::once(wish.to_owned()).chain(numbered).find(free).unwrap_or_else(|| wish.to_owned()))
    }

    /// Whether `id` can name a deployment's folder: no separators, no dots.
    pub fn is_id(id: &str) -> bool {
        !id.is_empty()
            && id.len() <= 64
            && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    }
}

/// Closes a folder of ours to others. One that others may write to is refused, unless it is still empty: what they put there
/// would be taken for Hubwright's own.
#[cfg(unix)]
fn closed(folder: &Path) -> Result<(), Problem> {
    use std::os::unix::fs::MetadataExt;
    let about = |path: &Path| {
        path.metadata().map_err(|source| files::FileError { doing: "look at", path: path.to_owned(), source })
    };
    let elsewhere = "Set HUBWRIGHT_HOME to a folder of your own.";
    let path = folder.display();
    let own = about(folder)?;
    if own.uid() != rustix::process::geteuid().as_raw() {
        return Err(Problem::new(format!("Hubwright's folder {path} belongs to another user."), elsewhere));
    }
    // A link of somebody else's could lead to another folder tomorrow.
    let link = folder.symlink_metadata().map(|link| link.uid()).unwrap_or(own.uid());
    if link != own.uid() && link != 0 {
        return Err(Problem::new(format!("Hubwright's folder {path} is a link of another user's."), elsewhere));
    }
    let real = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    for parent in real.ancestors().skip(1) {
        let mode = about(parent)?.mode();
        if mode & 0o002 != 0 && mode & 0o1000 == 0 {
            let what = format!(
                "Every user of this computer may rename what is in {}, Hubwright's folder too.",
                parent.display()
            );
            return Err(Problem::new(what, elsewhere));
        }
    }
    if own.mode() & 0o077 == 0 {
        return Ok(());
    }
    if own.mode() & 0o022 != 0 && !files::names(folder)?.is_empty() {
        let what = format!("Other users may write to Hubwright's folder {path}.");
        let fix =
            format!("Look at what is in it, then close it: chmod 700 {}", super::child::quoted(&path.to_string()));
        return Err(Problem::new(what, fix));
    }
    Ok(files::close(folder)?)
}

#[cfg(not(unix))]
fn closed(_: &Path) -> Result<(), Problem> {
    Ok(())
}
