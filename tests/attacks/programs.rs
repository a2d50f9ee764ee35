//! What the programs are told that Hubwright starts: stand-ins on the PATH write down their whole environment.

use crate::session;
use crate::support::{self, Home, answers, text};
use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

const CANARY: &str = "c4nary-given-in-a-variable";

/// What a program inherits that is asked for its version, or that sets up Python.
const INHERITED: &str = "PATH HOME USER LANG LC_ALL TMPDIR TZ XDG_DATA_HOME SSL_CERT_FILE SSL_CERT_DIR HTTP_PROXY HTTPS_PROXY \
    NO_PROXY ALL_PROXY http_proxy https_proxy no_proxy all_proxy CHECKPOINT_DISABLE";
/// What Terraform is given.
const TERRAFORM: &str = "PATH HOME TMPDIR LANG HUBWRIGHT_HOME HUBWRIGHT_CREDENTIALS AWS_CONFIG_FILE AWS_SHARED_CREDENTIALS_FILE \
    AWS_EC2_METADATA_DISABLED AWS_SDK_LOAD_CONFIG AWS_ENDPOINT_URL DBUS_SESSION_BUS_ADDRESS XDG_RUNTIME_DIR XDG_DATA_HOME \
    HTTPS_PROXY NO_PROXY SSL_CERT_FILE SSL_CERT_DIR CHECKPOINT_DISABLE TF_IN_AUTOMATION GOGC GOMEMLIMIT TF_PLUGIN_CACHE_DIR \
    TF_CLI_CONFIG_FILE TF_CLI_ARGS PLUGIN_UNIX_SOCKET_DIR HTTP_PROXY http_proxy https_proxy no_proxy";
/// What git is given, and git-http-backend in the practice account.
const GIT: &str = "PATH PWD HOME LC_ALL HUBWRIGHT_HOME HUBWRIGHT_GIT_CREDENTIAL AWS_ENDPOINT_URL DBUS_SESSION_BUS_ADDRESS \
    XDG_RUNTIME_DIR XDG_DATA_HOME HTTPS_PROXY NO_PROXY HTTP_PROXY http_proxy https_proxy no_proxy SSL_CERT_FILE GIT_TERMINAL_PROMPT GIT_LITERAL_PATHSPECS GIT_ALLOW_PROTOCOL GIT_CONFIG_NOSYSTEM GIT_CONFIG_GLOBAL \
    GIT_CONFIG_COUNT GIT_INDEX_FILE GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL GIT_COMMITTER_NAME GIT_COMMITTER_EMAIL GIT_PROJECT_ROOT \
    GIT_HTTP_EXPORT_ALL GIT_PROTOCOL PATH_INFO QUERY_STRING REQUEST_METHOD CONTENT_TYPE CONTENT_LENGTH HTTP_CONTENT_ENCODING \
    REMOTE_USER";

/// Puts a program of this name into `bin` that writes its environment into `seen` and goes on with `then`.
fn stand_in(bin: &Path, seen: &Path, name: &str, then: &str) {
    std::fs::create_dir_all(bin).unwrap();
    std::fs::create_dir_all(seen).unwrap();
    let path = bin.join(name);
    let script = format!("#!/bin/sh\n/bin/cat /proc/$$/environ > '{}/{name}.'$$\n{then}\n", seen.display());
    std::fs::write(&path, script).unwrap();
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
}

/// Asserts that each program was given names of its list only, and nowhere the canary. Returns how often each was run.
fn assert_told(seen: &Path, lists: &[(&str, &[&str])]) -> BTreeMap<String, usize> {
    let mut runs = BTreeMap::new();
    for entry in seen.read_dir().unwrap().flatten() {
        let file = entry.file_name().to_string_lossy().into_owned();
        let name = file.split('.').next().unwrap();
        let environ = std::fs::read(entry.path()).unwrap();
        let environ = String::from_utf8_lossy(&environ);
        assert!(!environ.contains(CANARY), "{name} has the secret: {environ:?}");
        let allowed = lists.iter().find(|(program, _)| *program == name).unwrap().1;
        let allowed: BTreeSet<&str> = allowed.iter().flat_map(|list| list.split_whitespace()).collect();
        for variable in environ.split('\0').filter(|variable| !variable.is_empty()) {
            let variable = variable.split('=').next().unwrap();
            let numbered = variable.trim_end_matches(|c: char| c.is_ascii_digit());
            let settings = name == "git" && ["GIT_CONFIG_KEY_", "GIT_CONFIG_VALUE_"].contains(&numbered);
            assert!(settings || allowed.contains(variable), "{name} was given {variable}");
        }
        *runs.entry(name.to_owned()).or_default() += 1;
    }
    runs
}

#[test]
fn terraform_and_git_are_given_what_is_on_their_list_and_no_secret() {
    let home = Home::new();
    let (bin, seen) = (home.path().join("bin"), home.path().join("seen"));
    for name in ["git", "terraform"] {
        let real = Command::new("sh").args(["-c", &format!("command -v {name}")]).output().unwrap();
        stand_in(&bin, &seen, name, &format!("exec '{}' \"$@\"", text(&real).trim()));
    }
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    // The practice account finds them there too, and is started by a program that has the secret.
    let home = home.with("PATH", &path).with("MAST_SECRET", CANARY);
    home.start_practice();
    support::certificates(home.path(), "roman-sit.science.stsci.edu");
    let more = "[certificate]\nfiles = [\"hub.key\", \"hub.crt\", \"chain.pem\"]\n[mast]\nclient_id = \"464f261c10bf04a8\"\nclient_secret = { env = \"MAST_SECRET\" }\n";
    let file = home.write("answers.toml", &format!("{}{more}", answers("roman-sit")));
    let script = format!(
        "export PATH='{path}' MAST_SECRET={CANARY}; \"$HW\" apply '{file}' --until hub_secrets; echo \"status $?\""
    );
    let shown = text(&session::session(&home, "unlocked", &script));
    assert!(shown.contains("hub_secrets: done") && shown.contains("status 0"), "{shown}");
    let runs = assert_told(&seen, &[("terraform", &[TERRAFORM, INHERITED]), ("git", &[GIT, INHERITED])]);
    assert!(runs["terraform"] > 5 && runs["git"] > 10, "each was run for its work: {runs:?}");
}

#[test]
fn python_and_pip_are_given_what_is_on_their_list_and_no_secret() {
    let home = Home::bare();
    let (bin, seen) = (home.path().join("bin"), home.path().join("seen"));
    // It makes an environment with itself in it, so that pip is this program as well; pip then fails.
    let then = "case \" $* \" in\n*' --version '*) echo 'Python 3.12.1' ;;\n*' venv '*) for last; do :; done; mkdir -p \"$last/bin\"; cp \"$0\" \"$last/bin/python\" ;;\n*' pip '*) echo pip >> \"$(dirname \"$0\")/ran\"; exit 1 ;;\nesac";
    stand_in(&bin, &seen, "python3", then);
    let python = bin.join("python3").display().to_string();
    let home = home.with("HUBWRIGHT_PYTHON", &python).with("MAST_SECRET", CANARY);
    let file = home.write("a.toml", "version = 1\n[deployment]\nname = \"starter\"\nuser = \"starter\"\n");
    let output = home.run(&["apply", &file, "--until", "account"]);
    assert!(text(&output).contains("The AWS look-alike (moto) could not be installed."), "{}", text(&output));
    assert!(home.path().join("practice/moto-5.2.5/bin/ran").exists(), "pip was run");
    let runs = assert_told(&seen, &[("python3", &[INHERITED])]);
    assert!(runs["python3"] >= 3, "its version, its environment and pip: {runs:?}");
}
