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

    pub fn at(folder: PathBuf) -> Result<Self, Problem> {
        files::private_folder(&folder)?;
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
