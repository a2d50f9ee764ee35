//! Programs on this computer: where they are and which version they say they are.
//! Running them for work is `job`'s business.

#![allow(clippy::disallowed_methods, reason = "a look at a version is no job")]

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

/// A version as three numbers; what follows them is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(pub u32, pub u32, pub u32);

impl Version {
    /// The first version-like thing in a text: `v1.11.4`, `git version 2.39.5`.
    pub fn find(text: &str) -> Option<Self> {
        text.split(|c: char| !c.is_ascii_digit() && c != '.').find_map(|word| {
            let mut numbers = word.split('.').map(|number| number.parse().ok());
            Some(Version(numbers.next()??, numbers.next()??, numbers.next().flatten().unwrap_or(0)))
        })
    }
}

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

/// A program that was found.
#[derive(Clone, Debug)]
pub struct Found {
    pub path: PathBuf,
    /// `None` where it did not say within ten seconds.
    pub version: Option<Version>,
}

/// Finds a program on the PATH, and where programs usually are: a window started from a menu may not see the shell's PATH.
pub fn path_of(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let usual = ["/usr/local/bin", "/usr/bin", "/opt/homebrew/bin", "/snap/bin"].map(PathBuf::from);
    let name = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    std::env::split_paths(&path).chain(usual).map(|folder| folder.join(&name)).find(|path| path.is_file())
}

/// What a program inherits that is started outside of a job: how to find programs, its user and the network. Nothing else:
/// a secret that was handed over in a variable is not passed on to programs that have no use for it.
pub fn inherited() -> impl Iterator<Item = (&'static str, OsString)> {
    const PASSED: &[&str] = &[
        "PATH",
        "HOME",
        "USER",
        "LANG",
        "LC_ALL",
        "TMPDIR",
        "TZ",
        "XDG_DATA_HOME",
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "NO_PROXY",
        "ALL_PROXY",
        "http_proxy",
        "https_proxy",
        "no_proxy",
        "all_proxy",
        "SYSTEMROOT",
        "USERPROFILE",
        "APPDATA",
        "LOCALAPPDATA",
        "TEMP",
        "TMP",
        "PATHEXT",
    ];
    PASSED.iter().filter_map(|name| Some((*name, std::env::var_os(name)?)))
}

/// Finds a program and asks its version with `args`.
pub async fn find(name: &str, args: &[&str]) -> Option<Found> {
    let path = path_of(name)?;
    let version = version_of(&path, args).await;
    Some(Found { path, version })
}

/// The version that a program says it is; `None` where it does not say within ten seconds.
pub async fn version_of(path: &Path, args: &[&str]) -> Option<Version> {
    let asked = tokio::process::Command::new(path)
        .args(args)
        .env_clear()
        .envs(inherited())
        .env("CHECKPOINT_DISABLE", "1")
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .output();
    let said = tokio::time::timeout(Duration::from_secs(10), asked).await.ok()?.ok()?;
    Version::find(&String::from_utf8_lossy(&said.stdout))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_found_in_what_programs_say() {
        assert_eq!(Version::find("Terraform v1.11.4\non linux_amd64"), Some(Version(1, 11, 4)));
        assert_eq!(Version::find("git version 2.39.5 (Apple Git-154)"), Some(Version(2, 39, 5)));
        assert_eq!(Version::find("{\"terraform_version\":\"1.9.0-beta1\"}"), Some(Version(1, 9, 0)));
        assert_eq!(Version::find("no version here"), None);
    }
}
