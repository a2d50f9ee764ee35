//! What a child that speaks to AWS is given: an environment of its own and a way to credentials. For Terraform also
//! where providers come from. No credential is ever in it.

use crate::engine::Cx;
use crate::engine::files::{self, FileError};
use crate::tools::Tools;
use crate::tools::aws::Access;
use crate::tools::home::{Home, HomeError};
use crate::tools::practice::PracticeError;
use crate::tools::programs;
use crate::tools::terraform::is_opentofu;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What a child needs and does not get.
#[derive(Debug, thiserror::Error)]
pub enum ChildError {
    #[error(transparent)]
    File(#[from] FileError),
    #[error(transparent)]
    Practice(#[from] PracticeError),
    /// `folder` is the one that is usual.
    #[error("no folder for the sockets of programs can be had: {} and others are somebody else's", folder.display())]
    NoSockets {
        folder: PathBuf,
        #[source]
        source: HomeError,
    },
}

/// The child's whole environment. Credentials are not in it: its AWS SDK asks `hubwright credentials` for them, with `role`
/// for that role's.
pub fn environment(
    cx: &Cx,
    access: &Access,
    region: &str,
    role: Option<&str>,
) -> Result<BTreeMap<String, String>, ChildError> {
    let tools = cx.tools::<Tools>();
    let folder = cx.folder()?;
    let home = folder.join("home");
    files::private_folder(&home)?;
    let mut args = vec!["credentials", "--deployment", cx.deployment()];
    args.extend(role.iter().flat_map(|role| ["--role", role]));
    let wrapper = wrapper(&home, "credentials.sh", &tools.program, &args)?;
    // Each SDK reads this line in its own way; a path of any letters passes all of them in a variable.
    let process = "sh -c 'exec sh \"$HUBWRIGHT_CREDENTIALS\"'";
    files::write(&home.join("aws-config"), format!("[default]\nregion = {region}\ncredential_process = {process}\n"))?;
    files::write(&home.join("aws-credentials"), "")?;
    let mut env: BTreeMap<String, String> = [
        ("HOME", home.display().to_string()),
        ("TMPDIR", folder.join("tmp").display().to_string()),
        ("AWS_CONFIG_FILE", home.join("aws-config").display().to_string()),
        ("AWS_SHARED_CREDENTIALS_FILE", home.join("aws-credentials").display().to_string()),
        ("HUBWRIGHT_CREDENTIALS", wrapper.display().to_string()),
        ("AWS_EC2_METADATA_DISABLED", "true".into()),
        ("AWS_SDK_LOAD_CONFIG", "1".into()),
        ("HUBWRIGHT_HOME", tools.home.path().display().to_string()),
        ("LANG", "C.UTF-8".into()),
    ]
    .map(|(key, value)| (key.to_owned(), value))
    .into();
    // What the keychain needs to be found, what the network needs to be passed, and nothing else.
    for key in ["PATH", "DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR", "XDG_DATA_HOME", "SSL_CERT_FILE", "SSL_CERT_DIR"]
    {
        if let Ok(value) = std::env::var(key) {
            env.insert(key.into(), value);
        }
    }
    env.extend(programs::proxies());
    if let Some(endpoint) = access.endpoint(tools)? {
        env.insert("AWS_ENDPOINT_URL".into(), endpoint);
    }
    Ok(env)
}

/// A file for `sh` that runs this program with these arguments as its user would: with the user's own HOME, keychain and AWS
/// profiles, which the child that calls it must not see. Nothing in a path is read by the shell.
pub fn wrapper(folder: &Path, name: &str, program: &Path, args: &[&str]) -> Result<PathBuf, FileError> {
    let own_home = std::env::var("HOME").unwrap_or_default();
    let program = program.display().to_string();
    let words: Vec<String> = std::iter::once(program.as_str()).chain(args.iter().copied()).map(quoted).collect();
    let own = ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"].map(|name| match std::env::var(name) {
        Ok(value) => format!("{name}={}\nexport {name}\n", quoted(&value)),
        Err(_) => format!("unset {name}\n"),
    });
    let text = format!("{}HOME={}\nexport HOME\nexec {} \"$@\"\n", own.concat(), quoted(&own_home), words.join(" "));
    let path = folder.join(name);
    files::write(&path, text)?;
    Ok(path)
}

/// A word as a POSIX shell reads it back, whatever is in it.
pub fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', "'\\''"))
}

/// What Terraform, or OpenTofu, needs besides: where its providers come from and are kept.
pub fn for_terraform(cx: &Cx, program: &Path) -> Result<BTreeMap<String, String>, ChildError> {
    let plugins = cx.tools::<Tools>().home.path().join("terraform-plugins");
    files::private_folder(&plugins)?;
    let mut env: BTreeMap<String, String> = [
        ("CHECKPOINT_DISABLE", "1".into()),
        ("TF_IN_AUTOMATION", "1".into()),
        // Go clears its memory only above a limit: every command reads a description of all of AWS, for which clearing is a
        // quarter of the time. A provider then has 600 MB in place of 310.
        ("GOGC", "off".into()),
        ("GOMEMLIMIT", "800MiB".into()),
        (PLUGINS, plugins.display().to_string()),
        // Terraform and its providers talk through sockets, whose paths the system keeps short (108 bytes on Linux).
        ("PLUGIN_UNIX_SOCKET_DIR", sockets()?.display().to_string()),
    ]
    .map(|(key, value)| (key.to_owned(), value))
    .into();
    if let Some(config) = plugin_source(&cx.folder()?.join("home"), program)? {
        env.insert("TF_CLI_CONFIG_FILE".into(), config.display().to_string());
    }
    Ok(env)
}

/// A private folder with a short path.
fn sockets() -> Result<PathBuf, ChildError> {
    let runtime = dirs::runtime_dir().filter(|folder| folder.as_os_str().len() < 60 && files::exists(folder));
    let first = match runtime {
        Some(folder) => folder.join("hubwright"),
        None => {
            #[cfg(unix)]
            let user = rustix::process::geteuid().as_raw();
            #[cfg(not(unix))]
            let user = 0;
            let temporary = Some(std::env::temp_dir()).filter(|folder| folder.as_os_str().len() < 60);
            temporary.unwrap_or("/tmp".into()).join(format!("hubwright-{user}"))
        }
    };
    // As private as the home. Others may know the name and have made it first: then the next one is taken.
    let numbered =
        (2..10).map(|n| first.with_file_name(format!("{}-{n}", first.file_name().unwrap_or_default().display())));
    let taken = |folder| Home::at(folder).map(|home| home.path().to_owned());
    taken(first.clone()).or_else(|source| {
        numbered.map(taken).find_map(Result::ok).ok_or(ChildError::NoSockets { folder: first.clone(), source })
    })
}

/// Names the folder in which providers are kept for all deployments.
pub const PLUGINS: &str = "TF_PLUGIN_CACHE_DIR";

/// The CLI configuration that says where providers come from: the user's own, else one for a provider mirror on this
/// computer. `None`: Terraform's registry.
fn plugin_source(home: &Path, program: &Path) -> Result<Option<PathBuf>, FileError> {
    let own = std::env::var_os("TF_CLI_CONFIG_FILE").map(PathBuf::from);
    // OpenTofu reads Terraform's where it has none of its own.
    let usual = if is_opentofu(program) { &[".tofurc", ".terraformrc"][..] } else { &[".terraformrc"] };
    let usual = dirs::home_dir().into_iter().flat_map(|home| usual.iter().map(move |name| home.join(name)));
    if let Some(config) = own.into_iter().chain(usual).find(|path| files::exists(path)) {
        return Ok(Some(config));
    }
    // What the user names is taken as it is: the lock file judges what is in it.
    let named =
        std::env::var_os("TF_PLUGIN_MIRROR").map(PathBuf::from).filter(|root| files::exists(&root.join(IN_MIRROR)));
    let Some(root) = named.or_else(|| places().into_iter().find(|root| is_mirror(root, Path::new("/"), user()))) else {
        return Ok(None);
    };
    let config = home.join("terraformrc");
    let text = format!(
        "provider_installation {{\n  filesystem_mirror {{\n    path    = {:?}\n    include = [\"hashicorp/*\"]\n  }}\n  direct {{\n    exclude = [\"hashicorp/*\"]\n  }}\n}}\n",
        root.display().to_string()
    );
    files::write(&config, text)?;
    Ok(Some(config))
}

/// Where a provider mirror may be: what Terraform itself looks into, which it does not find from a job's own `HOME`, and
/// the folders of `/opt`. Nowhere else: a folder that anybody can write to may hold anybody's program.
fn places() -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> = [
        dirs::home_dir().map(|home| home.join(".terraform.d/plugins")),
        dirs::data_dir().map(|data| data.join("terraform/plugins")),
    ]
    .into_iter()
    .flatten()
    .collect();
    let shared = std::env::var_os("XDG_DATA_DIRS").filter(|dirs| !dirs.is_empty());
    let shared = shared.unwrap_or_else(|| "/usr/local/share:/usr/share".into());
    all.extend(std::env::split_paths(&shared).filter(|dir| dir.is_absolute()).map(|dir| dir.join("terraform/plugins")));
    all.extend(
        files::names(Path::new("/opt")).unwrap_or_default().into_iter().map(|name| Path::new("/opt").join(name)),
    );
    all
}

/// Whether `root` is a provider mirror into which only `user` and root can put a program: each folder on the way to the
/// provider is theirs and closed to others, from `top` on, links and what they lead to alike.
fn is_mirror(root: &Path, top: &Path, user: u32) -> bool {
    let provider = root.join(IN_MIRROR);
    let Ok(real) = provider.canonicalize() else { return false };
    let closed = |path: &Path| {
        let folders = path.ancestors().take_while(|folder| folder.starts_with(top));
        folders.into_iter().all(|folder| folder.metadata().is_ok_and(|known| is_closed(&known, user)))
    };
    closed(&provider) && closed(&real)
}

#[cfg(unix)]
fn is_closed(folder: &std::fs::Metadata, user: u32) -> bool {
    use std::os::unix::fs::MetadataExt;
    [0, user].contains(&folder.uid()) && folder.mode() & 0o022 == 0
}

/// The places of a mirror are in the user's own profile there, which Windows closes to others.
#[cfg(not(unix))]
fn is_closed(_: &std::fs::Metadata, _: u32) -> bool {
    true
}

#[cfg(unix)]
fn user() -> u32 {
    rustix::process::geteuid().as_raw()
}
#[cfg(not(unix))]
fn user() -> u32 {
    0
}

/// A mirror's folder of the AWS provider.
const IN_MIRROR: &str = "registry.terraform.io/hashicorp/aws";

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    #[test]
    fn a_mirror_that_somebody_else_can_write_to_is_not_taken() {
        let top = tempfile::tempdir().unwrap();
        let top = top.path().canonicalize().unwrap();
        let root = top.join("mirror");
        files::private_folder(&root.join(IN_MIRROR)).unwrap();
        assert!(is_mirror(&root, &top, user()), "a folder of this user's");
        assert!(!is_mirror(&top.join("none"), &top, user()), "no mirror");
        let open = |path: &Path, mode: u32| {
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
        };
        for part in [root.join(IN_MIRROR), root.join("registry.terraform.io"), root.clone(), top.clone()] {
            for mode in [0o757, 0o775, 0o1777] {
                open(&part, mode);
                assert!(!is_mirror(&root, &top, user()), "{} is open ({mode:o})", part.display());
            }
            open(&part, 0o755);
        }
        assert!(is_mirror(&root, &top, user()), "closed again");
        // A link of ours into a folder that is open, as into the folder for temporary files.
        open(&root, 0o777);
        let link = top.join("link");
        files::private_folder(&link).unwrap();
        symlink(root.join("registry.terraform.io"), link.join("registry.terraform.io")).unwrap();
        assert!(!is_mirror(&link, &top, user()), "what the link leads to is open");
    }

    #[test]
    fn a_mirror_of_another_user_is_not_taken() {
        let top = tempfile::tempdir().unwrap();
        let top = top.path().canonicalize().unwrap();
        files::private_folder(&top.join(IN_MIRROR)).unwrap();
        // Only root can give a folder away; for others this is asked as another user.
        let mut asking = user() + 1;
        if user() == 0 {
            asking = 0;
            std::os::unix::fs::chown(top.join("registry.terraform.io"), Some(65534), None).unwrap();
        }
        assert!(!is_mirror(&top, &top, asking));
    }
}
