//! Real programs that nobody here wrote, built or installed once into the target folder. Where the toolchain for one is
//! missing, the test that needs it is skipped by name; in CI that is a failure.
#![allow(dead_code, clippy::disallowed_methods, reason = "each test uses a part; tests may start programs")]

use std::io::Write;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Mutex;

/// Built once, also where several tests ask at the same time.
static BUILDING: Mutex<()> = Mutex::new(());

fn folder() -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("peers");
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// Past what the test runner holds back.
pub fn say(text: &str) {
    std::io::stderr().write_all(text.as_bytes()).unwrap();
}

/// Says that `test` cannot run; fails where this is CI.
pub fn skip(test: &str, why: &str) {
    say(&format!("skipped: {test} ({why})\n"));
    assert!(std::env::var_os("CI").is_none(), "{test} must run in CI: {why}");
}

/// sops 3.13.3, built from its source by Go. `None`: there is no Go here.
pub fn sops() -> Option<PathBuf> {
    let _one = BUILDING.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let program = folder().join("sops");
    if !program.exists() {
        let version = "github.com/getsops/sops/v3/cmd/sops@v3.13.3";
        let built = Command::new("go").args(["install", version]).env("GOBIN", folder()).env("GOFLAGS", "").status();
        if !built.is_ok_and(|status| status.success()) {
            return None;
        }
    }
    Some(program)
}

/// A Python with these packages in an environment of its own. `None`: it cannot be installed here.
pub fn python(name: &str, packages: &[&str]) -> Option<PathBuf> {
    let _one = BUILDING.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let venv = folder().join(name);
    let python = venv.join("bin/python");
    if venv.join("ready").exists() {
        return Some(python);
    }
    let run = |program: &str, args: &[&str]| Command::new(program).args(args).status().is_ok_and(|s| s.success());
    let made = run("python3", &["-m", "venv", &venv.display().to_string()]);
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
    let installed = made && run(&python.display().to_string(), &[&pip[..], packages].concat());
    installed.then(|| {
        std::fs::write(venv.join("ready"), "").unwrap();
        python
    })
}
