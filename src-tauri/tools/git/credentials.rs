//! How git gets its password: from a helper of our own, so that it is in no URL, file or argument.

use crate::engine::Cx;
use crate::engine::files::{self, FileError};
use crate::tools::{Tools, child};
use std::path::PathBuf;

/// A way to a password.
pub enum Credentials {
    /// The repository needs none.
    None,
    /// `hubwright git-credential`, through a file for `sh`.
    Helper { script: PathBuf, home: PathBuf },
}

impl Credentials {
    /// For repositories of CodeCommit, as `role` (an ARN).
    pub fn of_role(cx: &Cx, role: &str) -> Result<Credentials, FileError> {
        let tools = cx.tools::<Tools>();
        let folder = cx.folder()?.join("home");
        files::private_folder(&folder)?;
        let args = ["git-credential", "--deployment", cx.deployment(), "--role", role];
        let script = child::wrapper(&folder, "git-credential.sh", &tools.program, &args)?;
        Ok(Credentials::Helper { script, home: tools.home.path().to_owned() })
    }

    /// As git's `credential.helper` takes it: a line for a shell. A path of any letters passes it in a variable. The limits
    /// are git's alone (`run`).
    pub(super) fn helper(&self) -> &'static str {
        match self {
            Credentials::None => "",
            Credentials::Helper { .. } => {
                "!for of in -f -v; do ulimit -S $of \"$(ulimit -H $of)\" 2>/dev/null; done; sh \"$HUBWRIGHT_GIT_CREDENTIAL\""
            }
        }
    }

    /// What the helper needs: its own file, Hubwright's home, the keychain, and where AWS is.
    pub(super) fn environment(&self) -> Vec<(String, String)> {
        let Credentials::Helper { script, home } = self else { return vec![] };
        let mut env = vec![
            ("HUBWRIGHT_GIT_CREDENTIAL".to_owned(), script.display().to_string()),
            ("HUBWRIGHT_HOME".to_owned(), home.display().to_string()),
        ];
        let passed = ["DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR", "AWS_ENDPOINT_URL"];
        env.extend(passed.iter().filter_map(|key| Some(((*key).to_owned(), std::env::var(key).ok()?))));
        env
    }
}
