//! Terraform (or OpenTofu) on a module of the blueprint: a plan that is shown, then exactly that plan applied, for making as
//! for removing. Plans and state hold values in clear, so they stay in the step's own folder, and a plan goes once it was used.
//! No file of a module is touched while a job of an earlier window is at work on it. What a plan means is not said here.
//! Long because every verb rests on one way to run a job, follow it and read how it ended.

mod error;
mod output;
mod record;

pub use error::{Said, TerraformError};
pub use output::text_of;
pub use record::{Values, managed};

use crate::engine::Cx;
use crate::engine::files::FileError;
use crate::tools::child;
use crate::tools::machine::{self, JobId, Machine, MachineError, Spec, State};
use output::{Applying, listen};
use record::Told;
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What a plan, and the job that carries it out, does to the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    Apply,
    Remove,
}

/// A run that an earlier window began, and that was followed to its end.
pub struct TakenUp {
    pub ended: Result<(), TerraformError>,
    /// It worked with the present variables.
    pub is_of_today: bool,
}

/// Where something in the account goes in the module: its address, and the id that Terraform imports it by.
pub type Import = (String, String);

/// What is at work on a module now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doing<'a> {
    /// The job of an earlier window is followed to its end.
    TakingUp,
    /// A job of an earlier window is waited for.
    Stopping {
        program: &'a str,
        purpose: &'a str,
    },
    /// What is to be removed is taken into the state first.
    Importing {
        address: &'a str,
    },
    Comparing,
    GettingProvider,
}

/// How people are told of it.
pub type Tell = fn(Doing) -> String;

/// A module in a step's own folder.
pub struct Terraform<'a> {
    cx: &'a Cx,
    tell: Tell,
    machine: Arc<dyn Machine>,
    program: PathBuf,
    folder: PathBuf,
    env: BTreeMap<String, String>,
    files: &'static [(&'static str, &'static str)],
    vars: String,
}

impl<'a> Terraform<'a> {
    /// A module by its files and its variables, for a program with this environment. Nothing is written or run yet.
    pub fn new(
        (cx, tell): (&'a Cx, Tell),
        machine: Arc<dyn Machine>,
        program: &Path,
        env: BTreeMap<String, String>,
        files: &'static [(&'static str, &'static str)],
        vars: String,
    ) -> Result<Self, FileError> {
        let folder = cx.folder()?.join("module");
        Ok(Terraform { cx, tell, machine, program: program.to_owned(), folder, env, files, vars })
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn progress(&self, doing: Doing) {
        self.cx.progress((self.tell)(doing));
    }

    /// Sees to the jobs that earlier windows left: follows the one that carries out `wanted`, stops the others, and waits
    /// for all of them. Returns the one that was wanted, where there was one and somebody saw its end.
    pub async fn take_up(&self, wanted: Option<Change>) -> Result<Option<TakenUp>, TerraformError> {
        let mut taken_up = None;
        for (job, spec) in self.machine.jobs().await? {
            let goes_on = wanted.is_some_and(|change| spec.purpose == change.word());
            if goes_on {
                self.progress(Doing::TakingUp);
                let _ = self.cx.note_job(&job.0);
            } else {
                self.progress(Doing::Stopping { program: &spec.program(), purpose: &spec.purpose });
            }
            // What only prepares is let end: half a provider in the cache would be got again.
            let stop = !goes_on && spec.purpose != INIT;
            let mut applying = Applying::new(self.cx);
            match self.follow("end the run that was under way", (&job, &spec), stop, &mut applying.taking()).await {
                Err(TerraformError::Stopped) => return Err(TerraformError::Stopped),
                Err(TerraformError::Machine(MachineError::Lost { .. })) => {
                    self.cx.line("The run that was under way was killed; nobody saw how it ended.");
                    self.machine.forget(&job).await?;
                }
                result => {
                    if let Err(error) = &result {
                        self.cx.line(&format!("The run that was under way did not end well: {error}"));
                    }
                    if goes_on && taken_up.is_none() {
                        // They stand there from the last plan on, which is the one that the job carried out.
                        let vars = self.machine.read(&self.folder.join(VARS)).await?;
                        taken_up =
                            Some(TakenUp { ended: result, is_of_today: vars.is_some_and(|vars| vars == self.vars) });
                    }
                }
            }
        }
        Ok(taken_up)
    }

    /// Whether a job that changes the account is at work on the module now.
    pub async fn is_changing(&self) -> Result<bool, TerraformError> {
        for (job, spec) in self.machine.jobs().await? {
            if changes(&spec.purpose) && self.machine.poll(&job, Default::default()).await?.state == State::Running {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// What differs between the module and the account, without keeping a plan. `imports` as in `plan`.
    pub async fn compare(&self, imports: &[Import]) -> Result<Json, TerraformError> {
        let compared = self.planned(COMPARED, &[], imports).await;
        self.machine.remove(&self.folder.join(COMPARED)).await?;
        compared
    }

    /// Makes the plan of `change` and keeps it, so that `carry_out` does exactly what it shows; returns it as
    /// `terraform show -json` writes it. What the account has and the state has not is taken over by `imports`.
    pub async fn plan(&self, change: Change, imports: &[Import]) -> Result<Json, TerraformError> {
        self.forget_plan(change).await?;
        let json = match change {
            Change::Apply => self.planned(change.plan(), &[], imports).await?,
            Change::Remove => {
                // A plan that removes takes nothing over, so that comes first.
                self.prepare(&[]).await?;
                let owned = self.owned().await?;
                for (address, id) in imports.iter().filter(|(address, _)| !owned.contains(address)) {
                    self.progress(Doing::Importing { address });
                    let args = ["import", "-input=false", WAIT, VAR_FILE, address, id];
                    self.run("import", "take over what is there", &args, &mut |_| {}).await?;
                }
                self.planned(change.plan(), &["-destroy"], &[]).await?
            }
        };
        // Written last: a plan that nobody saw whole is no plan.
        self.write(change.plan_vars(), &self.vars).await?;
        Ok(json)
    }

    /// Whether a plan of `change` is kept that was made from the present variables.
    pub async fn has_plan(&self, change: Change) -> Result<bool, TerraformError> {
        let vars = self.machine.read(&self.folder.join(change.plan_vars())).await?;
        Ok(vars.is_some_and(|vars| vars == self.vars) && self.is_there(change.plan()).await?)
    }

    /// Carries out the plan that is kept. A plan is used once, however it ends: the next one starts from what is there then.
    pub async fn carry_out(&self, change: Change) -> Result<(), TerraformError> {
        // Before it begins: after it, and after a kill, the account is not what any plan was made from.
        for stale in [Change::Apply, Change::Remove] {
            self.machine.remove(&self.folder.join(stale.plan_vars())).await?;
        }
        let mut applying = Applying::new(self.cx);
        let args = ["apply", "-json", "-input=false", WAIT, change.plan()];
        let done = self.run(change.word(), change.doing(), &args, &mut applying.taking()).await;
        self.forget_plan(change).await?;
        if done.is_ok() && change == Change::Remove {
            // What would have been made holds values too.
            self.forget_plan(Change::Apply).await?;
        }
        if let Err(TerraformError::Stale(_)) = done {
            self.cx.plan_is_stale();
        }
        done
    }

    /// What the state holds: the address of everything Terraform made or took over here, with its values.
    pub async fn state(&self) -> Result<Values, TerraformError> {
        let read = async {
            if let Some(values) = self.pull().await? {
                return Ok(values);
            }
            let json = self.show(&[]).await?;
            Ok(managed(&json["values"]))
        };
        Ok(self.in_state(read).await?.unwrap_or_default())
    }

    /// Forgets the state before the last change, which is the record of what is gone.
    pub async fn forget_backup(&self) -> Result<(), TerraformError> {
        Ok(self.machine.remove(&self.folder.join(BACKUP)).await?)
    }

    /// As `state`, without the provider; `None` where the state is of a form that only `show` knows.
    async fn pull(&self) -> Result<Option<Values>, TerraformError> {
        let mut pulled = String::new();
        let mut object = Object::default();
        let mut take = |line: &str| {
            if object.has(line) {
                pulled.push_str(line);
                pulled.push('\n');
            }
        };
        self.run(PULL, "read its own record", &["state", "pull"], &mut take).await?;
        Ok(record::values(&pulled)?)
    }

    /// The addresses alone of what the state holds. They are known without the provider, which takes seconds to begin.
    pub async fn owned(&self) -> Result<BTreeSet<String>, TerraformError> {
        let list = async {
            let (mut owned, mut empty) = (BTreeSet::new(), false);
            let mut take = |line: &str| match line.trim() {
                // To Terraform a file without a byte in it is no state.
                "No state file was found!" => empty = true,
                // A warning in plain text may come before them.
                line if line.contains(' ') || !line.contains('.') || line.starts_with("data.") => {}
                address => drop(owned.insert(address.to_owned())),
            };
            match self.run("list", "read its own record", &["state", "list"], &mut take).await {
                Err(TerraformError::Failed { .. }) if empty => Ok(BTreeSet::new()),
                listed => listed.map(|()| owned),
            }
        };
        Ok(self.in_state(list).await?.unwrap_or_default())
    }

    /// What `read` finds in the state; `None` where there is no state, or one that cannot be used, which is set aside.
    async fn in_state<T>(
        &self,
        read: impl Future<Output = Result<T, TerraformError>>,
    ) -> Result<Option<T>, TerraformError> {
        if !self.is_there(STATE).await? && !self.is_there(ERRORED).await? {
            return Ok(None);
        }
        self.prepare(&[]).await?;
        match read.await {
            Err(TerraformError::Damaged(_)) => {
                self.set_aside(STATE).await?;
                Ok(None)
            }
            read => read.map(Some),
        }
    }

    /// A plan in `file`, made with these options, as JSON.
    async fn planned(&self, file: &str, options: &[&str], imports: &[Import]) -> Result<Json, TerraformError> {
        self.prepare(imports).await?;
        let out = format!("-out={file}");
        let mut args = vec!["plan", "-json", "-input=false", WAIT, &out, VAR_FILE];
        args.extend(options);
        loop {
            self.progress(Doing::Comparing);
            self.machine.remove(&self.folder.join(file)).await?;
            let mut told = Told::default();
            match self.run("plan", "make the plan", &args, &mut |line| told.take(line)).await {
                Err(TerraformError::Damaged(_)) => {
                    self.set_aside(STATE).await?;
                    continue;
                }
                made => made?,
            }
            if told.is_plain()
                && let Some(plan) = self.pull().await?.and_then(|held| told.plan(&held))
            {
                return Ok(plan);
            }
            let json = self.show(&[file]).await?;
            // A run that was cut between making something and writing that down marks it as broken, to be made anew. It is
            // not: what may differ is found by comparing, and a key that is made anew loses what it encrypted.
            let broken = json["resource_changes"].as_array().into_iter().flatten();
            let broken: Vec<&str> = broken
                .filter(|change| change["action_reason"] == "replace_because_tainted")
                .map(|change| text_of(&change["address"]))
                .collect();
            if broken.is_empty() {
                return Ok(json);
            }
            for address in broken {
                self.run("untaint", "keep what is there", &["untaint", WAIT, address], &mut |_| {}).await?;
            }
        }
    }

    async fn show(&self, what: &[&str]) -> Result<Json, TerraformError> {
        let mut shown = String::new();
        // A warning in plain text may come before it.
        let mut take = |line: &str| {
            if line.starts_with('{') {
                line.clone_into(&mut shown)
            }
        };
        self.run(SHOW, "read its own record", &[&["show", "-json"], what].concat(), &mut take).await?;
        Ok(serde_json::from_str(&shown)?)
    }

    /// Lays out the module and gets the provider, which must be one that the module's lock file names.
    async fn prepare(&self, imports: &[Import]) -> Result<(), TerraformError> {
        self.machine.private_folder(&self.folder).await?;
        for (name, text) in self.files.iter().filter(|(name, _)| *name != LOCK || locks(&self.program)) {
            self.write(name, text).await?;
        }
        self.write(VARS, &self.vars).await?;
        // What is in the state already is left as it is by these.
        let blocks = imports.iter().map(|(to, id)| format!("import {{\n  to = {to}\n  id = \"{id}\"\n}}\n"));
        self.write("import.tf", &blocks.collect::<String>()).await?;
        let prepared = self.preparation();
        if self.machine.read(&self.folder.join(PREPARED)).await?.is_none_or(|was| was != prepared) {
            // One that Terraform was given before means nothing to OpenTofu, which writes its own.
            if !locks(&self.program) {
                self.machine.remove(&self.folder.join(LOCK)).await?;
            }
            self.progress(Doing::GettingProvider);
            let mut args = vec!["init", "-input=false"];
            args.extend(locks(&self.program).then_some("-lockfile=readonly"));
            self.run(INIT, "prepare the module", &args, &mut |_| {}).await?;
            if !self.is_there(".terraform").await? {
                return Err(TerraformError::NotPrepared(self.program.display().to_string()));
            }
            // The last thing written: a preparation that was cut is done again.
            self.write(PREPARED, &prepared).await?;
        }
        // Where Terraform could not write its state at the end, it left it here.
        if self.is_there(ERRORED).await? {
            self.cx.line("Taking up the state that Terraform could not write at its end.");
            match self.run("push", "take up its own state", &["state", "push", WAIT, ERRORED], &mut |_| {}).await {
                Ok(()) => self.machine.remove(&self.folder.join(ERRORED)).await?,
                Err(TerraformError::Failed { .. } | TerraformError::Damaged(_)) => self.set_aside(ERRORED).await?,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// What a preparation holds for: another program, or another provider, makes one anew.
    fn preparation(&self) -> String {
        let lock = self.files.iter().find(|(name, _)| *name == LOCK).map_or("", |(_, text)| text);
        format!("{}\n{lock}", self.program.display())
    }

    /// Keeps a state that cannot be used under another name, for whoever wants to look. What is in the account is found by
    /// its tags and names, and taken over again.
    async fn set_aside(&self, file: &str) -> Result<(), TerraformError> {
        let aside = format!("{file}.damaged-{}", jiff::Timestamp::now().as_millisecond());
        self.cx.line(&format!("`{file}` cannot be used; it is kept as `{aside}`."));
        Ok(self.machine.rename(&self.folder.join(file), &self.folder.join(aside)).await?)
    }

    async fn forget_plan(&self, change: Change) -> Result<(), TerraformError> {
        self.machine.remove(&self.folder.join(change.plan_vars())).await?;
        Ok(self.machine.remove(&self.folder.join(change.plan())).await?)
    }

    async fn write(&self, name: &str, text: &str) -> Result<(), TerraformError> {
        Ok(self.machine.write(&self.folder.join(name), text.as_bytes()).await?)
    }

    async fn is_there(&self, name: &str) -> Result<bool, TerraformError> {
        let path = self.folder.join(name);
        let (folder, file) = (path.parent().unwrap_or(&path), path.file_name().unwrap_or_default().to_string_lossy());
        Ok(self.machine.list(folder).await?.iter().any(|there| *there == file))
    }

    async fn run(
        &self,
        purpose: &str,
        doing: &'static str,
        args: &[&str],
        line: &mut (dyn FnMut(&str) + Send),
    ) -> Result<(), TerraformError> {
        let mut argv = vec![self.program.display().to_string()];
        argv.extend(args.iter().map(|arg| (*arg).to_owned()));
        // Terraform's cache of providers cannot take two that fill it at once.
        let turn = (purpose == INIT).then(|| Path::new(&self.env[child::PLUGINS]).join("turn"));
        let mut env = self.env.clone();
        env.insert("TF_CLI_ARGS".into(), "-no-color".into());
        let spec = Spec { purpose: purpose.to_owned(), argv, cwd: self.folder.clone(), env, turn };
        for private in ["HOME", "TMPDIR"] {
            self.machine.private_folder(Path::new(&self.env[private])).await?;
        }
        if self.cx.go_on().is_err() {
            return Err(TerraformError::Stopped);
        }
        let job = self.machine.spawn(&spec).await?;
        // A job that cannot be written down is followed all the same.
        let _ = self.cx.note_job(&job.0);
        self.follow(doing, (&job, &spec), false, line).await
    }

    async fn follow(
        &self,
        doing: &'static str,
        (job, spec): (&JobId, &Spec),
        stop: bool,
        line: &mut (dyn FnMut(&str) + Send),
    ) -> Result<(), TerraformError> {
        let mut errors = vec![];
        let quiet = [SHOW, PULL].contains(&spec.purpose.as_str());
        let mut object = Object::default();
        let code = machine::follow(self.machine.as_ref(), self.cx, (job, spec), stop, |text| {
            line(text);
            // What these print holds values in clear.
            if !(quiet && object.has(text)) {
                listen(self.cx, text, &mut errors);
            }
        })
        .await;
        if !matches!(code, Ok(0)) && self.machine.free(&self.folder).await.is_some_and(|free| free < LEAST_FREE) {
            return Err(MachineError::Full { path: self.folder.clone() }.into());
        }
        let code = code?;
        self.machine.forget(job).await?;
        // The child's own TMPDIR goes with its job, also after a kill: the next run comes past here too.
        self.machine.remove(Path::new(&self.env["TMPDIR"])).await?;
        if code == 0 {
            return Ok(());
        }
        if self.cx.go_on().is_err() {
            return Err(TerraformError::Stopped);
        }
        let errors = self.cx.redact(&errors.join("\n")).lines().map(str::to_owned).collect();
        let error = TerraformError::of(doing, errors, self.env.get("TF_CLI_CONFIG_FILE"));
        if let TerraformError::Provider { .. } = error {
            // What was prepared is not used again.
            self.machine.remove(&self.folder.join(PREPARED)).await?;
        }
        Err(error)
    }
}

/// The one object of JSON that a command prints, over one line or many. A warning in plain text may come before it.
#[derive(Default)]
struct Object {
    begun: bool,
}

impl Object {
    /// Whether the next line that was printed is of it.
    fn has(&mut self, line: &str) -> bool {
        self.begun |= line.starts_with('{');
        let is_of_it = self.begun;
        self.begun &= !(line.starts_with(['{', '}']) && line.ends_with('}'));
        is_of_it
    }
}

/// Whether a job of this purpose changes the account.
pub fn changes(purpose: &str) -> bool {
    [Change::Apply, Change::Remove].iter().any(|change| purpose == change.word())
}

impl Change {
    /// The purpose of the job that carries it out.
    fn word(self) -> &'static str {
        match self {
            Change::Apply => "apply",
            Change::Remove => "remove",
        }
    }

    fn doing(self) -> &'static str {
        match self {
            Change::Apply => "apply the plan",
            Change::Remove => "remove what it made",
        }
    }

    fn plan(self) -> &'static str {
        match self {
            Change::Apply => PLAN,
            Change::Remove => "removal.tfplan",
        }
    }

    fn plan_vars(self) -> &'static str {
        match self {
            Change::Apply => "shown.tfvars",
            Change::Remove => "removal.tfvars",
        }
    }
}

/// Whether the module's lock file is for this program. OpenTofu takes builds of its own from its own registry and checks
/// their signature; their checksums are in no list that could be compared with a second one, so none is shipped.
fn locks(program: &Path) -> bool {
    !is_opentofu(program)
}

/// Told by its name.
pub fn is_opentofu(program: &Path) -> bool {
    program.file_stem().is_some_and(|name| name == "tofu")
}

/// Bytes; below it nothing can be relied on to be written.
const LEAST_FREE: u64 = 256 * 1024;
const INIT: &str = "init";
const SHOW: &str = "show";
const PULL: &str = "pull";
const LOCK: &str = ".terraform.lock.hcl";
const PREPARED: &str = ".terraform/prepared";
const STATE: &str = "terraform.tfstate";
const BACKUP: &str = "terraform.tfstate.backup";
/// Where Terraform leaves a state that it could not write in its place.
const ERRORED: &str = "errored.tfstate";
const COMPARED: &str = "compared.tfplan";
/// How long to wait for a Terraform at work on the same state that is no job of ours.
const WAIT: &str = "-lock-timeout=20s";
pub const PLAN: &str = "shown.tfplan";
pub const VARS: &str = "hubwright.tfvars";
const VAR_FILE: &str = "-var-file=hubwright.tfvars";
