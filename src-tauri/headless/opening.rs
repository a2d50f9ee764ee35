//! Opens the deployment of an answers file: everything that is wrong with the file is told before anything is begun or entered.

use super::Ask;
use super::saying::{meanwhile, say_error, say_error_line};
use crate::answers::{Answers, Located};
use crate::engine::words::clean;
use crate::engine::{Deployment, Place, Problem, Step, Vault, files, trace};
use crate::steps::account::{Account, Kind};
use crate::tools::Tools;
use crate::tools::home::Home;
use crate::tools::keychain::Keychain;
use crate::{practice, steps, wizard};
use std::path::Path;
use std::sync::Arc;

/// A deployment opened with an answers file.
pub(super) struct Opened {
    pub deployment: Deployment,
    pub tools: Arc<Tools>,
    /// The steps that the command line wants.
    pub wanted: Vec<Place>,
    /// Those of them that must have good answers: the file has a table for them, or they are wanted alone.
    pub asked: Vec<Place>,
    pub practice: bool,
}

/// Reads the answers file, finds or begins its deployment, and enters the answers. The inner error is the file's problems.
pub(super) async fn open(path: &Path, ask: &Ask) -> Result<Result<Opened, Located>, Problem> {
    let home = Home::find()?;
    trace::start(home.path());
    let program = std::env::current_exe().map_err(|error| {
        Problem::new("Hubwright cannot find its own file.", "Start it by its full path.").because(&error)
    })?;
    let tools = Arc::new(Tools::new(home.clone(), program));
    // Whether a page asks where calls go hangs on it.
    tools.set_practice(practice::known(&home).await);
    let mut file = match Answers::read(path, &wizard::ids(), &ask.allow_file) {
        Ok(file) => {
            file.variables().iter().for_each(|line| say_error_line(line));
            file
        }
        Err(problems) => return Ok(Err(problems.into_iter().map(|problem| (String::new(), problem)).collect())),
    };
    let text =
        |field: &str| file.tables.get("deployment").and_then(|table| table.get(field)).and_then(toml::Value::as_str);
    let name = text("name").unwrap_or("unnamed").to_lowercase();
    let name: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).take(40).collect();
    // A file that does not say the environment any more means the deployment that is there, not another one.
    let id_for = |environment: &str| home.id_for(&format!("{name}-{environment}"));
    let there = |environment: &&str| id_for(environment).is_ok_and(|id| files::exists(&home.deployment(&id)));
    let environment = match text("environment") {
        Some("prod") => "prod",
        None => ["staging", "prod"].into_iter().find(there).unwrap_or("staging"),
        Some(_) => "staging",
    };
    let id = id_for(environment)?;
    let folder = home.deployment(&id);
    if ask.delete && !files::exists(&folder) {
        let what = format!("There is no deployment `{name}` on this computer.");
        return Err(Problem::new(what, "Compare the name in the answers file with the list in the window."));
    }
    // A file that is refused begins nothing.
    if !files::exists(&folder) {
        let (_scratch, deployment) = empty(tools.clone())?;
        let mut problems = judge(&file, &deployment, ask)?.err().unwrap_or_default();
        let kind = file.tables.get(Account::ID).and_then(|table| table.get(Kind::FIELD)).and_then(toml::Value::as_str);
        let practice = Kind::of_word(kind.unwrap_or_default()).is_practice();
        let other = steps::deployment::namesake(&home, &id, text("name").unwrap_or_default(), practice);
        problems.extend(other.map(|problem| {
            let fix = "Choose another name; or list a further environment of that one in its own answers file: `environments = [\"prod\"]`";
            ("deployment".to_owned(), Problem { fix: fix.into(), ..problem.on("name") })
        }));
        if !problems.is_empty() {
            return Ok(Err(problems));
        }
    }
    let keychain = Keychain::start(&home)?;
    let open = || {
        let vault: Arc<dyn Vault> = Arc::new(keychain.clone());
        Deployment::open(&folder, &id, wizard::chapters(), vault, tools.clone())
    };
    let mut deployment = open()?;
    if let Some(notice) = &deployment.shared().journal.notice {
        say_error(notice);
    }
    if let Err(problems) = judge(&file, &deployment, ask)? {
        return Ok(Err(problems));
    }
    // A person may have to unlock the keychain first. Until then nobody is kept out of the deployment.
    if let Some((step, field)) = file.first_secret() {
        drop(deployment);
        let text = "Waiting for the keychain: its password dialog may be behind other windows";
        if let Err(error) = meanwhile(text, keychain.unlock()).await {
            return Ok(Err(vec![(step, Problem::from(error).on(&field))]));
        }
        deployment = open()?;
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
    let environments = file.environments(deployment)?;
    let all = deployment.places_in(&environments);
    let mut wanted = all.clone();
    let mut problems: Located = vec![];
    if let Some(name) = &ask.environment {
        match environments.iter().position(|other| other == name) {
            Some(at) => {
                let one = if at == 0 { "" } else { name };
                wanted.retain(|place| {
                    place.environment == one || deployment.at(place).is_ok_and(|step| !step.about().each)
                });
            }
            None => {
                let known: Vec<_> = environments.iter().map(|name| format!("`{name}`")).collect();
                let what = format!("There is no environment `{}`.", clean(name));
                problems.push(("--environment".to_owned(), Problem::new(what, format!("Use {}.", known.join(" or ")))));
            }
        }
    }
    let mut late: Located = vec![];
    let own = ask.environment.clone().filter(|name| environments.iter().skip(1).any(|other| other == name));
    let of_environment = wanted.clone();
    let mut find = |option: &str, key: &Option<String>| {
        let place = key.as_ref().map(|key| deployment.place_in(&environments, key)).transpose();
        let place = place.map_err(|problem| problems.push((option.to_owned(), problem))).ok().flatten()?;
        // A step is meant in the environment that is named beside it.
        let there = own.clone().map(|environment| Place { environment, ..place.clone() });
        Some(there.filter(|there| of_environment.contains(there)).unwrap_or(place))
    };
    if let Some(until) = find("--until", &ask.until) {
        match wanted.iter().position(|place| *place == until) {
            Some(at) => wanted.truncate(at + 1),
            None => {
                late.push(elsewhere("--until", &until));
            }
        }
    }
    if ask.until.is_some() && ask.only.is_some() {
        let what = "`--only` and `--until` name different steps to do.";
        late.push(("--only".to_owned(), Problem::new(what, "Leave one of the two options out.")));
    }
    if let Some(only) = find("--only", &ask.only) {
        if !wanted.contains(&only) && ask.until.is_none() {
            late.push(elsewhere("--only", &only));
        }
        wanted = vec![only];
    }
    for key in &ask.allow_destroy {
        find("--allow-destroy", &Some(key.clone()));
    }
    problems.append(&mut late);
    let is_alone = wanted.len() == 1;
    let has_table = |place: &Place| file.tables.contains_key(&place.key());
    let is_asked = |place: &Place| !ask.remove && (has_table(place) || is_alone && wanted.contains(place));
    // Also what the command line leaves out for now: everything that is wrong is told at once. What is removed need not have
    // good answers any more.
    let judged: Vec<Place> = all.iter().filter(|place| is_asked(place)).cloned().collect();
    problems.extend(file.judge(deployment, &judged)?);
    let asked: Vec<Place> = wanted.iter().filter(|place| is_asked(place)).cloned().collect();
    Ok(if problems.is_empty() { Ok((wanted, asked)) } else { Err(problems) })
}

/// A step that is named beside an environment that it is not of.
fn elsewhere(option: &str, place: &Place) -> (String, Problem) {
    let what = format!("`{}` is not of the environment that `--environment` names.", place.key());
    (option.to_owned(), Problem::new(what, "Leave one of the two options out."))
}

/// Those that are wanted, and those of them that must have good answers.
type Steps = (Vec<Place>, Vec<Place>);

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
