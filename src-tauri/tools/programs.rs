//! Programs on this computer: where they are and which version they say they are.
//! Running them for work is `job`'s business.

#![allow(clippy::disallowed_methods, reason = "a look at a version is no job")]

use semver::Version;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

/// The first version in what a program says: `Terraform v1.11.4`, `git version 2.39.5.windows.1`. What is missing of its
/// three numbers counts as zero.
pub fn version_in(text: &str) -> Option<Version> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && !".+-".contains(c)).find_map(|word| {
        let word = word.strip_prefix('v').unwrap_or(word);
        Version::parse(word).ok().or_else(|| {
            let mut numbers = word.split('.').map(|number| number.parse().ok());
            Some(Version::new(numbers.next()??, numbers.next()??, numbers.next().flatten().unwrap_or(0)))
        })
    })
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
    let folders = std::env::join_paths(std::env::split_paths(&path).chain(usual)).ok()?;
    which::which_in(name, Some(folders), "/").ok()
}

/// What a program inherits that is started outside of a job: how to find programs, its user and the network. Nothing else:
/// a secret that was handed over in a variable is not passed on to programs that have no use for it.
pub fn inherited() -> impl Iterator<Item = (String, OsString)> {
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
        "SYSTEMROOT",
        "USERPROFILE",
        "APPDATA",
        "LOCALAPPDATA",
        "TEMP",
        "TMP",
        "PATHEXT",
    ];
    let passed = PASSED.iter().filter_map(|name| Some(((*name).to_owned(), std::env::var_os(name)?)));
    passed.chain(proxies().into_iter().map(|(name, value)| (name, value.into())))
}

/// The variables that lead through a proxy, as a child is given them: in capitals and not, whichever is set, since curl reads
/// the one and others the other. This computer itself is never reached through one.
pub fn proxies() -> BTreeMap<String, String> {
    both_cases(|name| std::env::var(name).ok())
}

fn both_cases(set: impl Fn(&str) -> Option<String>) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"] {
        let small = name.to_lowercase();
        // Programs that read both let the small one win.
        let given = [&small, name].into_iter().filter_map(&set).find(|value| !value.trim().is_empty());
        let value = match (name, given) {
            ("NO_PROXY", given) if !all.is_empty() => {
                given.into_iter().chain(["localhost,127.0.0.1,::1".to_owned()]).collect::<Vec<_>>().join(",")
            }
            (_, Some(given)) => given,
            (_, None) => continue,
        };
        all.insert(small, value.clone());
        all.insert(name.to_owned(), value);
    }
    all
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
    version_in(&String::from_utf8_lossy(&said.stdout))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn children_get_a_proxy_in_both_cases_and_this_computer_without_one() {
        let env = |name: &str| match name {
            "https_proxy" => Some("http://proxy:3128".to_owned()),
            "NO_PROXY" => Some(".example.org".to_owned()),
            _ => None,
        };
        let all = both_cases(env);
        assert_eq!((&all["HTTPS_PROXY"], &all["https_proxy"]), (&all["https_proxy"], &"http://proxy:3128".to_owned()));
        for name in ["NO_PROXY", "no_proxy"] {
            assert_eq!(all[name], ".example.org,localhost,127.0.0.1,::1", "{name}");
        }
        assert!(!all.contains_key("HTTP_PROXY"), "what is not set stays unset: {all:?}");
        assert!(both_cases(|_| None).is_empty());
    }

    #[test]
    fn versions_are_found_in_what_programs_say() {
        for (said, version) in [
            ("Terraform v1.11.4\non linux_amd64", "1.11.4"),
            ("git version 2.39.5 (Apple Git-154)", "2.39.5"),
            ("git version 2.47.1.windows.2", "2.47.1"),
            ("{\"terraform_version\":\"1.9.0-beta1\"}", "1.9.0-beta1"),
            ("Python 3.10", "3.10.0"),
            ("v3.22.0+g1a2b3c", "3.22.0+g1a2b3c"),
        ] {
            assert_eq!(version_in(said), Some(version.parse().unwrap()), "{said}");
        }
        for said in ["no version here", "", "build 7", "1.x"] {
            assert_eq!(version_in(said), None, "{said}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn programs_are_found_by_their_full_path() {
        assert!(path_of("sh").is_some_and(|path| path.is_absolute()));
        assert_eq!(path_of("a-program-that-nobody-has"), None);
    }
}
