//! Real programs that nobody here wrote, built or installed once into the target folder. Where the toolchain for one is
//! missing, the test that needs it is skipped by name; in CI that is a failure.
#![allow(dead_code, clippy::disallowed_methods, reason = "each test uses a part; tests may start programs")]

use std::io::Write;
use std::path::PathBuf;
use std::process::Command;

fn folder() -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("peers");
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// Held while something is built: one builds, also where several tests and test programs ask at the same time.
fn building() -> std::fs::File {
    let file = std::fs::File::create(folder().join("building")).unwrap();
    file.lock().unwrap();
    file
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
    let _one = building();
    // `./dev` reads this line too. The folder has the version in its name, so that another version is another program.
    let source = "github.com/getsops/sops/v3/cmd/sops@v3.13.3";
    let folder = folder().join("sops-3.13.3");
    let program = folder.join("sops");
    if !program.exists() {
        let built = Command::new("go").args(["install", source]).env("GOBIN", &folder).env("GOFLAGS", "").status();
        if !built.is_ok_and(|status| status.success()) {
            return None;
        }
    }
    Some(program)
}

/// OpenTofu 1.10.6, built from its source by Go. `None`: there is no Go here.
///
/// `go install` takes no module that replaces others, so a module of ours requires it and repeats its one replacement. `./dev`
/// builds the same beforehand, so that Go only links it here.
pub fn tofu() -> Option<PathBuf> {
    let _one = building();
    let folder = folder().join("tofu-1.10.6");
    let program = folder.join("tofu");
    if !program.exists() {
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("go.mod"), include_str!("tofu.mod")).unwrap();
        // Without this it calls itself a version before 1.10.6.
        let released = "-X github.com/opentofu/opentofu/version.dev=no";
        let args = ["build", "-mod=mod", "-trimpath", "-ldflags", released, "-o", "tofu"];
        let mut go = Command::new("go");
        go.args(args).arg("github.com/opentofu/opentofu/cmd/tofu").current_dir(&folder);
        if !go.env("GOFLAGS", "").env("CGO_ENABLED", "0").status().is_ok_and(|status| status.success()) {
            return None;
        }
    }
    Some(program)
}

/// A Python with these packages in an environment of its own. `None`: it cannot be installed here.
pub fn python(name: &str, packages: &[&str]) -> Option<PathBuf> {
    let _one = building();
    let venv = folder().join(name);
    let python = venv.join("bin/python");
    let wanted = packages.join(" ");
    if std::fs::read_to_string(venv.join("ready")).is_ok_and(|ready| ready == wanted) {
        return Some(python);
    }
    let run = |program: &str, args: &[&str]| Command::new(program).args(args).status().is_ok_and(|s| s.success());
    let made = run("python3", &["-m", "venv", "--clear", &venv.display().to_string()]);
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
    let installed = made && run(&python.display().to_string(), &[&pip[..], packages].concat());
    installed.then(|| {
        std::fs::write(venv.join("ready"), wanted).unwrap();
        python
    })
}
