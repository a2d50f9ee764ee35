//! Opens the deployment of an answers file: everything that is wrong with the file is told before anything is begun or entered.

use super::Ask;
use super::saying::say_error;
use crate::answers::{Answers, Located};
use crate::engine::{Deployment, Problem, StepId, Vault, files};
use crate::tools::Tools;
use crate::tools::home::Home;
use crate::tools::keychain::Keychain;
use crate::{practice, wizard};
use std::path::Path;
use std::sync::Arc;

/// A deployment opened with an answers file.
pub(super) struct Opened {
    pub deployment: Deployment,
    pub tools: Arc<Tools>,
    /// The steps that the command line wants.
    pub wanted: Vec<StepId>,
    /// Those of them that must have good answers: the file has a table for them, or they are wanted alone.
    pub asked: Vec<StepId>,
    pub practice: bool,
}

/// Reads the answers file, finds or begins its deployment, and enters the answers. The inner error is the file's problems.
pub(super) async fn open(path: &Path, ask: &Ask) -> Result<Result<Opened, Located>, Problem> {
    let home = Home::find()?;
    let program = std::env::current_exe().map_err(|error| {
        Problem::new("Hubwright cannot find its own file.", "Start it by its full path.").because(&error)
    })?;
    let tools = Arc::new(Tools::new(home.clone(), program));
    // Whether a page asks where calls go hangs on it.
    tools.set_practice(practice::known(&home).await);
    let mut file = match Answers::read(path) {
        Ok(file) => file,
        Err(problems) => return Ok(Err(problems.into_iter().map(|problem| (String::new(), problem)).collect())),
    };
    let text =
        |field: &str| file.tables.get("deployment").and_then(|table| table.get(field)).and_then(toml::Value::as_str);
    let name = text("name").unwrap_or("unnamed").to_lowercase();
    let name: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).take(40).collect();
    // A file that does not say the environment any more means the deployment that is there, not another one.
    let there = |environment: &&str| files::exists(&home.deployment(&format!("{name}-{environment}")));
    let environment = match text("environment") {
        Some("prod") => "prod",
        None => ["staging", "prod"].into_iter().find(there).unwrap_or("staging"),
        Some(_) => "staging",
    };
    let id = format!("{name}-{environment}");
    let folder = home.deployment(&id);
    // A file that is refused begins nothing.
    if !files::exists(&folder) {
        let (_scratch, deployment) = empty(tools.clone())?;
        if let Err(problems) = judge(&file, &deployment, ask)? {
            return Ok(Err(problems));
        }
    }
    let vault: Arc<dyn Vault> = Arc::new(Keychain::start(&home)?);
    let deployment = Deployment::open(&folder, &id, wizard::chapters(), vault, tools.clone())?;
    if let Some(notice) = &deployment.shared().journal.notice {
        say_error(notice);
    }
    let (wanted, asked) = match judge(&file, &deployment, ask)? {
        Ok(steps) => steps,
        Err(problems) => return Ok(Err(problems)),
    };
    let problems = file.enter(&deployment).await?;
    if !problems.is_empty() {
        return Ok(Err(problems));
    }
    let practice = deployment.context()?.practice != Some(false);
    Ok(Ok(Opened { deployment, tools, wanted, asked, practice }))
}

/// The steps that the command line wants, and those of them that must have good answers; else all that is wrong with the
/// file and the command line.
pub(super) fn judge(file: &Answers, deployment: &Deployment, ask: &Ask) -> Result<Result<Steps, Located>, Problem> {
    let mut wanted: Vec<StepId> = deployment.steps().map(|step| step.about().id).collect();
    let mut problems = vec![];
    let mut find = |option: &str, id: &Option<String>| {
        let step = id.as_ref().map(|id| deployment.step(id)).transpose();
        step.map_err(|problem| problems.push((option.to_owned(), problem))).ok().flatten().map(|step| step.about().id)
    };
    if let Some(until) = find("--until", &ask.until) {
        wanted.truncate(wanted.iter().position(|id| *id == until).map_or(0, |at| at + 1));
    }
    if let Some(only) = find("--only", &ask.only) {
        wanted = vec![only];
    }
    for id in &ask.allow_destroy {
        find("--allow-destroy", &Some(id.clone()));
    }
    let is_alone = wanted.len() == 1;
    // What is removed need not have good answers any more.
    let asked = wanted.iter().copied().filter(|id| !ask.remove && (is_alone || file.tables.contains_key(*id)));
    let asked: Vec<StepId> = asked.collect();
    problems.extend(file.judge(deployment, &asked)?);
    Ok(if problems.is_empty() { Ok((wanted, asked)) } else { Err(problems) })
}

/// Those that are wanted, and those of them that must have good answers.
type Steps = (Vec<StepId>, Vec<StepId>);

/// A deployment with nothing in it, in a folder that goes with the first of both.
pub(super) fn empty(tools: Arc<Tools>) -> Result<(tempfile::TempDir, Deployment), Problem> {
    let folder = tempfile::tempdir().map_err(no_temporary)?;
    let vault: Arc<dyn Vault> = Arc::new(crate::engine::context::MemoryVault::default());
    let deployment = Deployment::open(folder.path(), "empty", wizard::chapters(), vault, tools)?;
    Ok((folder, deployment))
}

pub(super) fn no_temporary(error: std::io::Error) -> Problem {
    Problem::new("There is no place for temporary files.", "Set TMPDIR to a folder that is yours.").because(&error)
}
