//! What a child that speaks to AWS is given: an environment of its own and a way to credentials. For Terraform also
//! where providers come from. No credential is ever in it.

use crate::engine::{Cx, Problem, files};
use crate::tools::Tools;
use crate::tools::aws::Access;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The child's whole environment. Credentials are not in it: its AWS SDK asks `hubwright credentials` for them, with `role`
/// for that role's.
pub fn environment(
    cx: &Cx,
    access: &Access,
    region: &str,
    role: Option<&str>,
) -> Result<BTreeMap<String, String>, Problem> {
    let tools = cx.tools::<Tools>();
    let folder = cx.folder()?;
    let home = folder.join("home");
    files::private_folder(&home)?;
    let own_home = std::env::var("HOME").unwrap_or_default();
    // The provider's child must see the user's own keychain and AWS profiles, not this job's empty HOME.
    let program = format!(
        "/usr/bin/env -u AWS_CONFIG_FILE -u AWS_SHARED_CREDENTIALS_FILE \"HOME={own_home}\" \"{}\" credentials --deployment {}{}",
        tools.program.display(),
        cx.deployment(),
        role.map_or(String::new(), |role| format!(" --role {role}"))
    );
    files::write(&home.join("aws-config"), format!("[default]\nregion = {region}\ncredential_process = {program}\n"))?;
    files::write(&home.join("aws-credentials"), "")?;
    let mut env: BTreeMap<String, String> = [
        ("HOME", home.display().to_string()),
        ("TMPDIR", folder.join("tmp").display().to_string()),
        ("AWS_CONFIG_FILE", home.join("aws-config").display().to_string()),
        ("AWS_SHARED_CREDENTIALS_FILE", home.join("aws-credentials").display().to_string()),
        ("AWS_EC2_METADATA_DISABLED", "true".into()),
        ("AWS_SDK_LOAD_CONFIG", "1".into()),
        ("HUBWRIGHT_HOME", tools.home.path().display().to_string()),
        ("LANG", "C.UTF-8".into()),
    ]
    .map(|(key, value)| (key.to_owned(), value))
    .into();
    // What the keychain needs to be found, what the network needs to be passed, and nothing else.
    for key in [
        "PATH",
        "DBUS_SESSION_BUS_ADDRESS",
        "XDG_RUNTIME_DIR",
        "HTTPS_PROXY",
        "NO_PROXY",
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
    ] {
        if let Ok(value) = std::env::var(key) {
            env.insert(key.into(), value);
        }
    }
    if let Some(endpoint) = access.endpoint(tools)? {
        env.insert("AWS_ENDPOINT_URL".into(), endpoint);
    }
    Ok(env)
}

/// What Terraform needs besides: where its providers come from and are kept.
pub fn for_terraform(cx: &Cx) -> Result<BTreeMap<String, String>, Problem> {
    let plugins = cx.tools::<Tools>().home.path().join("terraform-plugins");
    files::private_folder(&plugins)?;
    let mut env: BTreeMap<String, String> = [
        ("CHECKPOINT_DISABLE", "1".into()),
        ("TF_IN_AUTOMATION", "1".into()),
        (PLUGINS, plugins.display().to_string()),
    ]
    .map(|(key, value)| (key.to_owned(), value))
    .into();
    if let Some(config) = plugin_source(&cx.folder()?.join("home"))? {
        env.insert("TF_CLI_CONFIG_FILE".into(), config.display().to_string());
    }
    Ok(env)
}

/// Names the folder in which providers are kept for all deployments.
pub const PLUGINS: &str = "TF_PLUGIN_CACHE_DIR";

/// The CLI configuration that says where providers come from: the user's own, else one for a provider mirror on this
/// computer (`TF_PLUGIN_MIRROR`, or where packages put them). `None`: Terraform's registry.
fn plugin_source(home: &Path) -> Result<Option<PathBuf>, Problem> {
    let own = std::env::var_os("TF_CLI_CONFIG_FILE").map(PathBuf::from).filter(|path| files::exists(path));
    let usual = std::env::var_os("HOME")
        .map(|home| PathBuf::from(home).join(".terraformrc"))
        .filter(|path| files::exists(path));
    if let Some(config) = own.or(usual) {
        return Ok(Some(config));
    }
    let is_mirror = |root: &PathBuf| files::exists(&root.join("registry.terraform.io/hashicorp/aws"));
    let named = std::env::var_os("TF_PLUGIN_MIRROR").map(PathBuf::from).filter(is_mirror);
    let found = || {
        ["/opt", "/srv", "/usr/share", "/usr/local/share"].iter().find_map(|top| {
            files::names(Path::new(top)).ok()?.into_iter().map(|name| Path::new(top).join(name)).find(is_mirror)
        })
    };
    let Some(root) = named.or_else(found) else { return Ok(None) };
    let config = home.join("terraformrc");
    let text = format!(
        "provider_installation {{\n  filesystem_mirror {{\n    path    = {:?}\n    include = [\"hashicorp/*\"]\n  }}\n  direct {{\n    exclude = [\"hashicorp/*\"]\n  }}\n}}\n",
        root.display().to_string()
    );
    files::write(&config, text)?;
    Ok(Some(config))
}
