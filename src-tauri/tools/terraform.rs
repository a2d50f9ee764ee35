//! Terraform (or OpenTofu) on a module of the blueprint: a plan that is shown, then exactly that plan applied.
//! Plans and state hold values in clear, so they stay in the step's own folder, and a plan goes once it was applied.

use crate::engine::view::Bar;
use crate::engine::{Cx, Plan, Problem, View, files};
use crate::tools::job::{Job, JobError, Spec, State};
use crate::tools::{Tools, aws::Access, child, terraform_plan};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// A Terraform run that failed.
#[derive(Debug, thiserror::Error)]
pub enum TerraformError {
    #[error(transparent)]
    Job(#[from] JobError),
    #[error("another Terraform holds the lock on this module's state")]
    Locked(#[source] Said),
    #[error("the account changed since the plan was made")]
    Stale(#[source] Said),
    #[error("the AWS provider is not one that the module's lock file names")]
    Provider {
        /// The CLI configuration that says where it came from; empty for Terraform's registry.
        config: String,
        #[source]
        said: Said,
    },
    #[error("`{0}` prepared the module without an error and left no `.terraform`")]
    NotPrepared(String),
    #[error("Terraform could not {doing}")]
    Failed {
        doing: &'static str,
        #[source]
        said: Said,
    },
    #[error("Terraform's answer cannot be read")]
    Answer(#[from] serde_json::Error),
    #[error("Terraform was stopped")]
    Stopped,
}

/// What Terraform said went wrong.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.join("\n"))]
pub struct Said(Vec<String>);

/// A module in a step's own folder, and who applies it.
pub struct Terraform<'a> {
    cx: &'a Cx,
    program: PathBuf,
    folder: PathBuf,
    env: BTreeMap<String, String>,
    vars: String,
}

impl<'a> Terraform<'a> {
    /// Lays out the module's files and its variables in the step's folder, and the way to credentials for its children.
    /// With `role`, the AWS provider acts as that role. Nothing is run yet.
    pub fn lay_out(
        cx: &'a Cx,
        program: &Path,
        access: &Access,
        region: &str,
        role: Option<&str>,
        module: &[(&str, &str)],
        vars: &str,
    ) -> Result<Self, Problem> {
        let folder = cx.folder()?.join("module");
        files::private_folder(&folder)?;
        for (name, text) in module.iter().filter(|(name, _)| *name != LOCK || locks(program)) {
            files::write(&folder.join(name), text)?;
        }
        files::write(&folder.join(VARS), vars)?;
        // Terraform writes its state in place: killed there it leaves half a file, which it then refuses to read. What is in
        // the account is taken over again by name, so the half is only kept for whoever wants to look.
        if files::exists(&folder.join(STATE)) && state(&folder)?.is_none() {
            cx.line("The state of a run that was killed cannot be read; it is set aside.");
            files::rename(&folder.join(STATE), &folder.join("terraform.tfstate.damaged"))?;
        }
        let mut env = child::environment(cx, access, region, role)?;
        env.extend(child::for_terraform(cx)?);
        Ok(Terraform { cx, program: program.to_owned(), folder, env, vars: vars.to_owned() })
    }

    /// Makes the plan and keeps it, so that `apply` does exactly what it shows.
    /// `imports` are addresses of the module with the id of the thing in the account that they are to take over.
    pub async fn plan(&self, imports: &[(String, String)]) -> Result<Plan, Problem> {
        let blocks: String =
            imports.iter().map(|(to, id)| format!("import {{\n  to = {to}\n  id = \"{id}\"\n}}\n")).collect();
        files::write(&self.folder.join("import.tf"), blocks)?;
        if !files::exists(&self.folder.join(PREPARED)) {
            self.prepare().await?;
        }
        self.cx.progress("Comparing the module with the account");
        files::remove(&self.folder.join(PLAN))?;
        let var_file = format!("-var-file={VARS}");
        self.run("make the plan", &["plan", "-json", "-input=false", &format!("-out={PLAN}"), &var_file], &mut |_| {})
            .await?;
        files::write(&self.folder.join(PLAN_VARS), &self.vars)?;
        let mut shown = String::new();
        self.run("show the plan", &["show", "-json", PLAN], &mut |line| shown.push_str(line)).await?;
        let json: Json = serde_json::from_str(&shown).map_err(TerraformError::from)?;
        Ok(terraform_plan::explain(&json, &self.folder))
    }

    /// Gets the provider, which must be one that the module's lock file names.
    async fn prepare(&self) -> Result<(), Problem> {
        self.cx.progress("Getting the AWS provider for Terraform");
        let mut args = vec!["init", "-input=false", "-no-color"];
        args.extend(locks(&self.program).then_some("-lockfile=readonly"));
        self.run("prepare the module", &args, &mut |_| {}).await?;
        if !files::exists(&self.folder.join(".terraform")) {
            return Err(TerraformError::NotPrepared(self.program.display().to_string()).into());
        }
        // The last thing written: a preparation that was cut is done again.
        Ok(files::write(&self.folder.join(PREPARED), "")?)
    }

    /// Applies the plan that was shown; makes one first where there is none for these variables.
    /// An apply that an earlier window began is followed to its end instead.
    pub async fn apply(&self, imports: &[(String, String)]) -> Result<(), Problem> {
        let job = Job::find(&self.cx.folder()?.join(JOB));
        if let Some(job) =
            job.filter(|job| job.spec().argv.iter().any(|arg| arg == "apply") && job.state() != State::Lost)
        {
            self.cx.progress("Taking up the run that was under way");
            let followed = self.follow("apply the plan", job, &mut Applying::new(self.cx).taking()).await;
            // Its plan is used up; what is still missing, if anything, gets a new one.
            self.forget_plan()?;
            match followed {
                Ok(()) if self.cx.is_confirmed() => return Ok(()),
                Ok(()) => {}
                Err(error) => self.cx.line(&format!("The run that was under way did not end well: {error}")),
            }
        }
        let planned = files::read_if_there(&self.folder.join(PLAN_VARS))?.is_some_and(|vars| vars == self.vars);
        if !planned || !files::exists(&self.folder.join(PLAN)) {
            if self.cx.is_confirmed() {
                // Another plan than the one that was shown is not made and applied unseen.
                self.cx.plan_is_stale();
                return Err(TerraformError::Stale(Said(vec![])).into());
            }
            let plan = self.plan(imports).await?;
            if plan.nothing_to_do {
                return self.forget_plan();
            }
        }
        self.cx.progress("Applying the plan");
        let mut applying = Applying::new(self.cx);
        let applied =
            self.run("apply the plan", &["apply", "-json", "-input=false", PLAN], &mut applying.taking()).await;
        // A plan is used once: after a failure the next one starts from what is there then.
        self.forget_plan()?;
        if let Err(TerraformError::Stale(_)) = applied {
            self.cx.plan_is_stale();
        }
        Ok(applied?)
    }

    /// Destroys what the module made.
    pub async fn destroy(&self) -> Result<(), Problem> {
        if !files::exists(&self.folder.join(STATE)) {
            return Ok(());
        }
        self.cx.progress("Removing what the module made");
        files::write(&self.folder.join("import.tf"), "")?;
        let var_file = format!("-var-file={VARS}");
        let mut applying = Applying::new(self.cx);
        self.run(
            "remove what it made",
            &["apply", "-destroy", "-auto-approve", "-json", "-input=false", &var_file],
            &mut applying.taking(),
        )
        .await?;
        self.forget_plan()
    }

    fn forget_plan(&self) -> Result<(), Problem> {
        files::remove(&self.folder.join(PLAN_VARS))?;
        Ok(files::remove(&self.folder.join(PLAN))?)
    }

    async fn run(
        &self,
        doing: &'static str,
        args: &[&str],
        line: &mut (dyn FnMut(&str) + Send),
    ) -> Result<(), TerraformError> {
        let mut argv = vec![self.program.display().to_string()];
        argv.extend(args.iter().map(|arg| (*arg).to_owned()));
        // Terraform's cache of providers cannot take two that fill it at once.
        let turn = (args[0] == "init").then(|| Path::new(&self.env[child::PLUGINS]).join("turn"));
        let spec = Spec { argv, cwd: self.folder.clone(), env: self.env.clone(), turn };
        let tools = self.cx.tools::<Tools>();
        let folder = self.folder.parent().unwrap_or(&self.folder).join(JOB);
        for private in ["home", "tmp"] {
            files::private_folder(&self.folder.join("..").join(private)).map_err(JobError::from)?;
        }
        let job = Job::start(&tools.program, &folder, spec)?;
        // A job that cannot be written down is followed all the same.
        let _ = self.cx.note_job(&folder.display().to_string());
        self.follow(doing, job, line).await
    }

    async fn follow(
        &self,
        doing: &'static str,
        job: Job,
        line: &mut (dyn FnMut(&str) + Send),
    ) -> Result<(), TerraformError> {
        let mut errors = vec![];
        let quiet = job.spec().argv.iter().any(|arg| arg == "show");
        let code = job
            .follow(self.cx, |text| {
                line(text);
                if !quiet {
                    listen(self.cx, text, &mut errors);
                }
            })
            .await?;
        job.clear()?;
        // The child's own TMPDIR goes with its job, also after a kill: the next run comes past here too.
        files::remove_folder(&self.folder.join("..").join("tmp")).map_err(JobError::from)?;
        if code == 0 {
            return Ok(());
        }
        if self.cx.go_on().is_err() {
            return Err(TerraformError::Stopped);
        }
        let said = Said(errors);
        let all = said.to_string();
        Err(match () {
            _ if all.contains("acquiring the state lock") => TerraformError::Locked(said),
            _ if all.contains("Saved plan is stale") => TerraformError::Stale(said),
            // Wrapped lines are joined first: the words stand on either side of a line's end.
            _ if all.split_whitespace().collect::<Vec<_>>().join(" ").contains("match any of the checksums") => {
                // What was prepared is not used again.
                files::remove(&self.folder.join(PREPARED)).map_err(JobError::from)?;
                let config = self.env.get("TF_CLI_CONFIG_FILE").cloned().unwrap_or_default();
                TerraformError::Provider { config, said }
            }
            _ => TerraformError::Failed { doing, said },
        })
    }
}

/// Whether the module's lock file is for this program. OpenTofu takes builds of its own from its own registry and checks
/// their signature; their checksums are in no list that could be compared with a second one, so none is shipped.
fn locks(program: &Path) -> bool {
    program.file_stem().is_none_or(|name| name != "tofu")
}

/// Addresses in the state of this step's module: what Terraform made here and knows to be its own.
pub fn owned(cx: &Cx) -> Result<Vec<String>, Problem> {
    let Some(state) = state(&cx.folder()?.join("module"))? else { return Ok(vec![]) };
    let resources = state["resources"].as_array().into_iter().flatten();
    Ok(resources
        .filter(|resource| {
            resource["mode"] == "managed" && resource["instances"].as_array().is_some_and(|all| !all.is_empty())
        })
        .map(|resource| format!("{}.{}", text_of(&resource["type"]), text_of(&resource["name"])))
        .collect())
}

/// The module's state. `None` where there is none, or where a Terraform that was killed left half of one.
fn state(module: &Path) -> Result<Option<Json>, Problem> {
    let text = files::read_if_there(&module.join(STATE))?;
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
}

/// One line of Terraform's output into the log: the message of a JSON line, other text as it is.
fn listen(cx: &Cx, line: &str, errors: &mut Vec<String>) {
    // A failed write of the state prints the state itself, secrets and all. It is on disk; the log does not need it.
    if line.contains("Emergency state dump") || line.contains("\"terraform_version\"") && line.contains("\"serial\"") {
        return cx.line("Terraform printed its state here; it is left out of the log.");
    }
    let Ok(json) = serde_json::from_str::<Json>(line) else {
        // What says no JSON says `Error: …`, then why, down to its end.
        let text = line.trim_matches(['╷', '│', '╵', ' ']);
        if text.starts_with("Error: ") || !errors.is_empty() && !text.is_empty() {
            errors.push(cx.redact(text.trim_start_matches("Error: ")));
        }
        return cx.line(line);
    };
    let (kind, message) = (text_of(&json["type"]), text_of(&json["@message"]));
    match kind {
        "version" | "refresh_start" | "refresh_complete" | "outputs" => {}
        "diagnostic" => {
            let diagnostic = &json["diagnostic"];
            let text =
                format!("{}. {}", text_of(&diagnostic["summary"]), text_of(&diagnostic["detail"])).trim().to_owned();
            cx.line(&text);
            if diagnostic["severity"] == "error" {
                errors.push(cx.redact(&text));
            }
        }
        _ if message.is_empty() => cx.line(line),
        _ => cx.line(message),
    }
}

/// The bars of a running apply, one a resource.
struct Applying<'a> {
    cx: &'a Cx,
    began: Instant,
    bars: Vec<Bar>,
}

impl<'a> Applying<'a> {
    fn new(cx: &'a Cx) -> Self {
        Applying { cx, began: Instant::now(), bars: vec![] }
    }

    fn taking(&mut self) -> impl FnMut(&str) + Send + use<'_, 'a> {
        |line| self.take(line)
    }

    fn take(&mut self, line: &str) {
        let Ok(json) = serde_json::from_str::<Json>(line) else { return };
        let label = text_of(&json["hook"]["resource"]["addr"]).to_owned();
        let now = (self.began.elapsed().as_secs_f64() * 10.0).round() / 10.0;
        match text_of(&json["type"]) {
            "apply_start" => self.bars.push(Bar { label, start: now, end: None, running: true }),
            "apply_complete" | "apply_errored" => {
                for bar in self.bars.iter_mut().filter(|bar| bar.label == label) {
                    (bar.end, bar.running) = (Some(now), false);
                }
            }
            _ => return,
        }
        let note = "You can close the window or the lid: the work goes on, and Hubwright picks it up again.".to_owned();
        self.cx.show(View::Timeline { title: "Where the time goes".into(), bars: self.bars.clone(), note });
    }
}

pub(super) fn text_of(json: &Json) -> &str {
    json.as_str().unwrap_or_default()
}

impl From<TerraformError> for Problem {
    fn from(error: TerraformError) -> Self {
        let (what, fix) = match &error {
            TerraformError::Job(_) => {
                let TerraformError::Job(job) = error else { unreachable!("matched above") };
                return job.into();
            }
            TerraformError::Stopped => return Problem::cancelled(),
            TerraformError::Locked(_) => (
                "Another Terraform is at work on this module.".to_owned(),
                "Wait until it ends (look for a terraform process of yours), then run this page again.".to_owned(),
            ),
            TerraformError::Stale(_) => (
                "The account changed since the plan was shown, so the plan was not applied.".into(),
                "Show the plan again, read it, and apply that one.".into(),
            ),
            TerraformError::Provider { config, .. } => (
                "The AWS provider that Terraform was given is not the one that HashiCorp published: its checksum is not in the module's lock file."
                    .into(),
                match config.as_str() {
                    "" => "Check that nothing on the way, such as a proxy, changes what comes from `registry.terraform.io`, then run this page again.".into(),
                    config => format!("Put HashiCorp's own release of it into the mirror that `{config}` names, then run this page again."),
                },
            ),
            TerraformError::NotPrepared(program) => (
                format!("`{program} init` ended without an error and prepared nothing."),
                format!("Put Terraform or OpenTofu in the place of `{program}`: this program does not work as they do."),
            ),
            TerraformError::Failed { doing, said } => {
                let first = said.0.first().map_or("", String::as_str);
                let expired = first.contains("ExpiredToken");
                let denied = first.contains("AccessDenied");
                let fix = match (expired, denied) {
                    (true, _) => {
                        "Sign in again on the page “AWS account”, then run this page again: it goes on where it stopped."
                    }
                    (_, true) => {
                        "Ask an administrator of the account to allow the action named in the details, then run this page again."
                    }
                    _ => "Read the details; the log has the rest. Running the page again goes on from what was made.",
                };
                (format!("Terraform could not {doing}: {}", first.split(". ").next().unwrap_or(first)), fix.into())
            }
            TerraformError::Answer(_) => (
                "Terraform's answer cannot be read.".into(),
                "Check on the page “Tools” that this version of Terraform is supported.".into(),
            ),
        };
        Problem::new(what, fix).because(&error)
    }
}

const JOB: &str = "job";
const LOCK: &str = ".terraform.lock.hcl";
const PREPARED: &str = ".terraform/prepared";
const STATE: &str = "terraform.tfstate";
pub(super) const PLAN: &str = "shown.tfplan";
const PLAN_VARS: &str = "shown.tfvars";
pub(super) const VARS: &str = "hubwright.tfvars";
