//! A deployment up to its secrets: the answers of the README's example, a keyring, the repository as others clone it.
#![allow(dead_code, clippy::disallowed_methods, reason = "each test uses a part; tests start programs")]

use super::peers;
use super::session::Session;
use super::support::{self, Home, text};
use serde_json::Value as Json;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Mutex;

pub const HOST: &str = "roman-sit.science.stsci.edu";
pub const SECRET: &str = "c4nary: with #% \"quotes\" 'and' \\ more";
/// In Python: the trusts of all roles, and the names of the deployer's own policies.
const TRUSTS: &str = "{r['RoleName']: r['AssumeRolePolicyDocument'] for r in iam.list_roles()['Roles']}";
const POLICIES: &str = "iam.list_user_policies(UserName='an-iam-user')['PolicyNames']";
/// What of a world's folder is kept and brought back.
const KEPT: &str = "deployments session practice-repositories answers.toml mast-secret.txt";
pub const FILE: &str = "deployments/roman-sit-staging/checkout/secrets/deployments/roman-sit/secrets/staging.yaml";

/// A deployment with its certificate files and the MAST values, and a home for its keyring.
pub struct World {
    pub home: Home,
    pub answers: PathBuf,
    /// Begun when something is first run in it.
    session: Mutex<Option<Session>>,
}

/// A world with its store made, which is used by one test after the other: each gets it as it was at first.
pub struct Written(Option<World>);

/// Worlds that no test uses now.
static FREE: Mutex<Vec<World>> = Mutex::new(vec![]);

impl Deref for Written {
    type Target = World;

    fn deref(&self) -> &World {
        self.0.as_ref().unwrap()
    }
}

impl Drop for Written {
    fn drop(&mut self) {
        // What a test that failed leaves is not given to another.
        let world = self.0.take().filter(|_| !std::thread::panicking());
        FREE.lock().unwrap().extend(world);
    }
}

impl World {
    pub fn new(test: &str) -> Option<World> {
        let Some(sops) = peers::sops() else {
            peers::skip(test, "no Go to build sops with");
            return None;
        };
        let path = format!("{}:{}", sops.parent().unwrap().display(), std::env::var("PATH").unwrap());
        let home = Home::new().with("PATH", &path);
        home.start_practice();
        support::certificates(home.path(), HOST);
        home.write("mast-secret.txt", SECRET);
        let world = World { answers: home.path().join("answers.toml"), home, session: Mutex::default() };
        world.write("");
        Some(world)
    }

    /// A world with the secrets written. Most tests need no more, and making one takes minutes.
    pub fn written(test: &str) -> Option<Written> {
        Self::kept(test, "written")
    }

    /// The same before its secrets are written: the store is there, and empty.
    pub fn ready(test: &str) -> Option<Written> {
        Self::kept(test, "ready")
    }

    fn kept(test: &str, stage: &str) -> Option<Written> {
        let free = FREE.lock().unwrap().pop();
        let world = match free {
            Some(world) => world,
            None => {
                let world = World::new(test)?;
                world.expect("--until secrets_store", 0, &["secrets_store: done"]);
                world.keep("ready");
                world.expect("", 0, &["hub_secrets: done"]);
                world.keep("written");
                world.home.boto3(&format!(
                    "json.dump([{TRUSTS}, {POLICIES}], open('{}', 'w'))",
                    world.path("kept/rights").display()
                ));
                world.ends_with_this_process();
                world
            }
        };
        world.restore(stage);
        Some(Written(Some(world)))
    }

    /// Keeps the files, the keyring and the repository as they are now.
    fn keep(&self, stage: &str) {
        self.session.lock().unwrap().take();
        self.shell(&format!("mkdir -p kept/{stage}; cp -a {KEPT} kept/{stage}"));
    }

    /// Nothing drops what a static holds, so somebody else waits for the end of this process.
    fn ends_with_this_process(&self) {
        let practice = self.home.practice()["pid"].to_string();
        let end = "{ tail --pid=$0 -f /dev/null; kill $1; rm -rf \"$2\"; } &";
        let folder = self.home.path().display().to_string();
        let mut after = Command::new("setsid");
        after.args(["sh", "-c", end, &std::process::id().to_string(), &practice, &folder]);
        after.stdout(Stdio::null()).stderr(Stdio::null());
        assert!(after.status().unwrap().success());
    }

    /// Everything as it was then: files, keyring, repository, roles and keys.
    fn restore(&self, stage: &str) {
        self.session.lock().unwrap().take();
        self.home.no_faults();
        self.shell(&format!("rm -rf {KEPT} colleague look; cp -a kept/{stage}/. ."));
        self.home.boto3(&format!(
            "trusts, policies = json.load(open('{}'))\n\
            for name in set({POLICIES}) - set(policies): iam.delete_user_policy(UserName='an-iam-user', PolicyName=name)\n\
            for name, trust in trusts.items():\n  iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(trust))\n\
            \x20 for more in iam.list_role_policies(RoleName=name)['PolicyNames']: iam.delete_role_policy(RoleName=name, PolicyName=more)\n\
            kms = c('kms')\n\
            for key in kms.list_keys()['Keys']:\n  state = kms.describe_key(KeyId=key['KeyId'])['KeyMetadata']['KeyState']\n\
            \x20 if state == 'PendingDeletion': kms.cancel_key_deletion(KeyId=key['KeyId'])\n\
            \x20 if state != 'Enabled': kms.enable_key(KeyId=key['KeyId'])\n",
            self.path("kept/rights").display()
        ));
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    fn shell(&self, script: &str) {
        let output = Command::new("bash").args(["-ec", script]).current_dir(self.home.path()).output().unwrap();
        assert!(output.status.success(), "{script}: {}", text(&output));
    }

    /// The answers of the README's example, with `more` at their end.
    pub fn write(&self, more: &str) {
        let readme = include_str!("../../README.md").split_once("```toml\n").unwrap().1;
        let example = readme.split_once("```").unwrap().0;
        std::fs::write(&self.answers, format!("{example}{more}")).unwrap();
    }

    /// Runs `apply` with these arguments in a session with an unlocked keyring.
    pub fn apply(&self, args: &str) -> (i32, String) {
        self.script(&format!("$HW apply {} {args}", self.answers.display()))
    }

    /// Runs a script in that session; also returns how it ended, as the shell says it: 137 where it was killed.
    pub fn script(&self, script: &str) -> (i32, String) {
        let path = peers::sops().unwrap().parent().unwrap().display().to_string();
        let mut session = self.session.lock().unwrap();
        let session = session.get_or_insert_with(|| Session::start(&self.home));
        let output = session.run(&self.home, &format!("export PATH=\"{path}:$PATH\"; {script}; exit $?"));
        (output.status.code().unwrap_or(-1), text(&output))
    }

    /// Kills `apply` with these arguments at its first journal point, then at its second, and so on until one ends by itself,
    /// which must go well. Returns how many were killed.
    pub fn killed_at_each_point(&self, args: &str) -> u32 {
        for point in 1..100 {
            let (status, shown) =
                self.script(&format!("HUBWRIGHT_FAILPOINT={point} $HW apply {} {args}", self.answers.display()));
            // As a shell says that a program was killed (128 and the signal).
            if status != 128 + 9 {
                assert_eq!(status, 0, "{shown}");
                return point - 1;
            }
        }
        panic!("it was killed at each of 99 points");
    }

    pub fn expect(&self, args: &str, status: i32, words: &[&str]) -> String {
        let (got, shown) = self.apply(args);
        for word in words {
            assert!(shown.contains(word), "{word:?} is not in:\n{shown}");
        }
        assert_eq!(got, status, "{shown}");
        shown
    }

    pub fn file(&self) -> PathBuf {
        self.home.path().join(FILE)
    }

    /// The key of the deployer, who may act as the roles and do nothing with KMS or CodeCommit itself.
    pub fn deployer(&self) -> Json {
        serde_json::from_str(&self.home.gateway("GET", "users/an-iam-user", "")).unwrap()
    }

    pub fn run(&self, command: &mut Command, key: &Json) -> Output {
        let practice = self.home.practice();
        command
            .env("AWS_ENDPOINT_URL", practice["endpoint"].as_str().unwrap())
            .env("AWS_ACCESS_KEY_ID", key["access_key_id"].as_str().unwrap())
            .env("AWS_SECRET_ACCESS_KEY", key["secret_access_key"].as_str().unwrap())
            .env("AWS_REGION", "us-east-1")
            .env("HOME", self.home.path())
            .output()
            .unwrap()
    }

    /// What real sops reads in the file, as the deployer.
    pub fn sops(&self, file: &Path) -> Json {
        let mut sops = Command::new(peers::sops().unwrap());
        let output = self.run(sops.args(["--decrypt", "--output-type", "json"]).arg(file), &self.deployer());
        assert!(output.status.success(), "{}", text(&output));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// A value of the file in the working copy; null where there is none.
    pub fn value(&self, path: &[&str]) -> Json {
        let all = self.sops(&self.file());
        path.iter().fold(&all, |value, key| &value[*key]).clone()
    }

    /// Another person's clone of the repository, with real git and our credential helper.
    pub fn clone(&self, name: &str) -> PathBuf {
        let folder = self.home.path().join(name);
        let _ = std::fs::remove_dir_all(&folder);
        let url = format!("{}/v1/repos/roman-sit-secrets", self.home.practice()["endpoint"].as_str().unwrap());
        self.git(self.home.path(), &["clone", "--quiet", &url, name]);
        folder
    }

    pub fn git(&self, folder: &Path, args: &[&str]) -> String {
        let helper = format!(
            "credential.helper=!HUBWRIGHT_HOME='{}' '{}' git-credential --deployment roman-sit-staging --role arn:aws:iam::123456789012:role/roman-sit-secrets-encrypt",
            self.home.path().display(),
            support::PROGRAM
        );
        let output = Command::new("git")
            .args([
                "-c",
                "credential.helper=",
                "-c",
                &helper,
                "-c",
                "credential.UseHttpPath=true",
                "-c",
                "user.name=colleague",
                "-c",
                "user.email=c@example.org",
            ])
            .args(args)
            .current_dir(folder)
            .env("GIT_TERMINAL_PROMPT", "0")
            .output()
            .unwrap();
        assert!(output.status.success(), "git {args:?}: {}", text(&output));
        text(&output)
    }

    /// Somebody else changes a file of the repository and pushes it.
    pub fn push(&self, file: &str, body: &str) {
        let clone = self.clone("colleague");
        std::fs::write(clone.join(file), body).unwrap();
        self.git(&clone, &["add", "-A"]);
        self.git(&clone, &["commit", "--quiet", "-m", "by hand"]);
        self.git(&clone, &["push", "--quiet", "origin", "HEAD"]);
    }
}
