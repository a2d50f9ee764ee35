//! What stands in a folder of a commit, as `git ls-tree -l -z` tells it. Whoever may push chose all of it.

use super::GitError;
use crate::engine::words::clean;

/// A line of `git ls-tree -z`.
pub struct Entry<'a> {
    pub mode: &'a str,
    pub kind: &'a str,
    pub object: &'a str,
    /// In bytes; 0 where it is no file.
    pub size: u64,
    pub path: &'a str,
}

impl<'a> Entry<'a> {
    pub fn read(line: &'a str) -> Option<Self> {
        let (about, path) = line.split_once('\t')?;
        let mut words = about.split_ascii_whitespace();
        let (mode, kind, object) = (words.next()?, words.next()?, words.next()?);
        Some(Entry { mode, kind, object, size: words.next().and_then(|size| size.parse().ok()).unwrap_or(0), path })
    }
}

/// That these files can be read, and put into a folder.
pub fn bearable(entries: &[Entry<'_>]) -> Result<(), GitError> {
    if entries.len() > MOST_FILES {
        return Err(GitError::Many { most: MOST_FILES });
    }
    if let Some(large) = entries.iter().find(|entry| entry.size > MOST_FILE) {
        return Err(GitError::Large { what: format!("`{}`", clean(large.path)), most: MOST_FILE });
    }
    match entries.iter().map(|entry| entry.size).sum::<u64>() > MOST_TOGETHER {
        true => Err(GitError::Large { what: "All that is in the repository".into(), most: MOST_TOGETHER }),
        false => Ok(()),
    }
}

/// The most files that a repository has which is read here, and the most bytes of one and of all: it holds a few encrypted
/// texts.
pub const MOST_FILES: usize = 1000;
const MOST_FILE: u64 = 4 << 20;
const MOST_TOGETHER: u64 = 64 << 20;
