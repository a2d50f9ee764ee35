//! The same engine with an answers file instead of a window. Prints one line per step; decides nothing a step decides.
//! Long because every command of the command line is here, and nothing else is.

mod removal;

use crate::answers::{Answers, Located};
use crate::engine::context::Shared;
use crate::engine::event::Happening;
use crate::engine::journal::Journal;
use crate::engine::run::Work;
use crate::engine::schedule::Errand;
use crate::engine::visible::visible;
use crate::engine::words::clean;
use crate::engine::{Cx, Deployment, Kind, Place, Problem, Standing, Step, StepId, StepState, Trial, Vault, files};
use crate::steps::{self, account};
use crate::tools::Tools;
use crate::tools::aws::{Identity, access};
use crate::tools::git_credential::{self, asked};
use crate::tools::home::Home;
use crate::tools::keychain::Keychain;
use crate::{practice, tools, wizard};
use clap::{Parser, Subcommand};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::SystemTime;
use tokio_util::sync::CancellationToken;

/// Sets up a JupyterHub on AWS. Without a command it opens the window.
#[derive(Parser)]
#[command(version, about)]
pub struct Line {
    #[command(subcommand)]
    pub command: Option<Command>,
}

#[derive(Subcommand)]
pub enum Command {
    /// List the steps, with every field, its kind, rule and help
    Steps {
        #[arg(long)]
        json: bool,
    },
    /// Look at the account and say which steps are done; changes nothing
    Check {
        answers: PathBuf,
        #[arg(long)]
        json: bool,
    },
    /// Do the steps, in the order they need each other
    Apply {
        answers: PathBuf,
        /// Stop after this step
        #[arg(long)]
        until: Option<String>,
        /// Do this step alone
        #[arg(long)]
        only: Option<String>,
        /// Show what would be done, and do nothing
        #[arg(long)]
        plan: bool,
        /// Apply the plan of this step also where it destroys something; may be given several times
        #[arg(long, value_name = "STEP")]
        allow_destroy: Vec<String>,
        #[arg(long)]
        json: bool,
    },
    /// Take back what the steps made, last first
    Remove { answers: PathBuf },
    /// Run the practice account until stopped
    Practice {
        /// Any free port for 0
        #[arg(long, default_value_t = 0)]
        port: u16,
        /// Accepted for scripts: the line printed is JSON in any case
        #[arg(long)]
        json: bool,
    },
    /// Print credentials for a child (AWS credential_process)
    #[command(hide = true)]
    Credentials {
        #[arg(long)]
        deployment: String,
        #[command(flatten)]
        actor: Actor,
    },
    /// Print a password for git, as its credential helper
    #[command(hide = true)]
    GitCredential {
        #[arg(long)]
        deployment: String,
        #[command(flatten)]
        actor: Actor,
        /// As git calls it: get, store or erase
        operation: String,
    },
    /// Run a job and write down how it ended
    #[command(hide = true)]
    Supervise { folder: PathBuf },
}

/// As whom a child acts.
#[derive(clap::Args)]
pub struct Actor {
    /// Who sets the deployment up, or who changes its DNS zone
    #[arg(long, default_value = "deploy", value_parser = ["deploy", "dns"])]
    identity: String,
    /// A role, assumed as that identity
    #[arg(long)]
    role: Option<String>,
}

impl Actor {
    fn identity(self) -> Result<Identity, Problem> {
        let own = if self.identity == "dns" { Identity::Dns } else { Identity::Deploy };
        Ok(match self.role {
            Some(role) => Identity::Role { arn: role.parse()?, through: Box::new(own) },
            None => own,
        })
    }
}

/// How a command ended: its exit status.
#[derive(PartialEq)]
enum End {
    Done = 0,
    Failed = 1,
    Answers = 2,
    Blocked = 3,
}

/// Runs a command to its exit status.
pub fn main(command: Command) -> ExitCode {
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            say_error(
                &Problem::new("This computer gives no threads.", "Close some programs, then try again.")
                    .because(&error),
            );
            return ExitCode::from(End::Failed as u8);
        }
    };
    let end = runtime.block_on(run(command)).unwrap_or_else(|problem| {
        say_error(&problem);
        End::Failed
    });
    runtime.shutdown_background();
    ExitCode::from(end as u8)
}

/// For builds without the window.
pub fn no_window() -> ExitCode {
    say_error(&Problem::new(
        "This build of Hubwright has no window.",
        "Use one of the commands: see `hubwright --help`",
    ));
    ExitCode::from(End::Failed as u8)
}

async fn run(command: Command) -> Result<End, Problem> {
    match command {
        Command::Steps { json } => steps(json),
        Command::Check { answers, json } => session(&answers, Ask { json, ..Ask::default() }).await,
        Command::Apply { answers, until, only, plan, allow_destroy, json } => {
            session(&answers, Ask { apply: true, remove: false, until, only, plan, allow_destroy, json }).await
        }
        Command::Remove { answers } => removal::remove(&answers).await,
        Command::Practice { port, .. } => {
            practice::serve(&Home::find()?, port, |practice| say(&serde_json::to_string(practice).unwrap_or_default()))
                .await?;
            Ok(End::Done)
        }
        Command::Credentials { deployment, actor } => credentials(&deployment, actor.identity()?).await,
        Command::GitCredential { deployment, actor, operation } => {
            // Passwords live for minutes: there is nothing to store or erase.
            if operation == "get" { git_password(&deployment, actor.identity()?).await } else { Ok(End::Done) }
        }
        Command::Supervise { folder } => {
            // What stands in it is run.
            tools::home::closed(&folder)?;
            tools::machine::job::supervise(&folder).await?;
            Ok(End::Done)
        }
    }
}

/// What the command line asks of a session.
#[derive(Default)]
struct Ask {
    apply: bool,
    remove: bool,
    until: Option<String>,
    only: Option<String>,
    plan: bool,
    allow_destroy: Vec<String>,
    json: bool,
}

async fn session(path: &Path, ask: Ask) -> Result<End, Problem> {
    let opened = match open(path, &ask).await? {
        Ok(opened) => opened,
        Err(problems) => return Ok(tell(&problems)),
    };
    let deployment = &opened.deployment;
    heed_signals(deployment);
    let mut wanted = opened.wanted.clone();
    let mut problems = vec![];
    let mut not_asked = vec![];
    for id in wanted.clone() {
        let step = deployment.step(id)?;
        let found: Vec<Problem> = deployment.problems(step.as_ref())?.into_iter().filter(Problem::is_error).collect();
        if found.is_empty() {
            continue;
        }
        // A step without a table, whose fields do not all follow from others, was not asked for.
        if opened.asked.contains(&id) {
            problems.extend(found.into_iter().map(|problem| (id.to_owned(), problem)));
        } else {
            not_asked.push(id);
            wanted.retain(|other| *other != id);
        }
    }
    if !problems.is_empty() {
        return Ok(tell(&problems));
    }
    // Nor was a step asked for that needs one of those, unless it was done before.
    let standings = deployment.standings()?;
    let done = |id: &StepId| standings.get(&Place::shared(id)).is_some_and(|step| step.state == StepState::Done);
    for id in wanted.clone() {
        let needs = deployment.step(id)?.needs();
        let open = needs.iter().any(|need| not_asked.contains(need) && !done(need));
        if open && !opened.asked.contains(&id) {
            not_asked.push(id);
            wanted.retain(|other| *other != id);
        }
    }
    let reaches = |id: &StepId| {
        let needs = deployment.step(id).map_or(&[][..], |step| step.needs());
        *id == account::Account::ID || needs.contains(&account::Account::ID)
    };
    if opened.practice && wanted.iter().any(reaches) {
        practice::ensure(&opened.tools).await?;
    }
    let printing = print_events(deployment, ask.json)?;
    let mut errand = Errand::of(match (ask.apply, ask.plan) {
        (false, _) => &[Work::Check],
        (true, true) => &[Work::Check, Work::Plan],
        (true, false) => &[Work::Check, Work::Plan, Work::Apply],
    });
    for id in &ask.allow_destroy {
        errand.may_destroy.push(deployment.step(id)?.about().id);
    }
    let mut states: BTreeMap<StepId, Standing> = BTreeMap::new();
    deployment
        .run_all(&wanted, &errand, |id, standing| {
            let standing = match errand.unasked(id, standing) {
                unasked if unasked.is_empty() || ask.plan || !ask.apply => standing.clone(),
                unasked => held_back(id, unasked, standing),
            };
            if !ask.json {
                say_step(id, &standing, ask.plan);
            }
            states.insert(id, standing);
        })
        .await?;
    if ask.json {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    printing.abort();
    let waiting: Vec<StepId> = wanted.iter().copied().filter(|id| !states.contains_key(id)).collect();
    let standings = deployment.standings()?;
    let done = |id: &StepId| standings.get(&Place::shared(id)).is_some_and(|step| step.state == StepState::Done);
    if !ask.json {
        for id in &waiting {
            // What it needs and is not done, or waits itself: then it may have been done by an earlier run.
            let needs = deployment.step(id)?.needs();
            let waits: Vec<&str> = deployment
                .steps()
                .map(|step| step.about())
                .filter(|about| needs.contains(&about.id) && (waiting.contains(&about.id) || !done(&about.id)))
                .map(|about| about.title)
                .collect();
            say(&format!("{id}: todo — waits for “{}”", waits.join("”, “")));
        }
        for id in &not_asked {
            let open = deployment.step(id)?.needs().iter().find(|need| not_asked.contains(need) && !done(need));
            let table = open.map_or(*id, |need| *need);
            say(&format!("{id}: todo — not asked for: the answers file has no table [{table}]"));
        }
    }
    let failed = |step: &Standing| step.state == StepState::Look && step.problems.iter().any(Problem::is_error);
    let of_answers = |step: &Standing| step.state == StepState::Todo && step.problems.iter().any(Problem::is_error);
    Ok(match () {
        _ if states.values().any(failed) => End::Failed,
        _ if states.values().any(of_answers) => End::Answers,
        _ if ask.plan && states.values().all(|step| step.state != StepState::Blocked) => End::Done,
        _ if waiting.is_empty() && states.values().all(|step| step.state == StepState::Done) => End::Done,
        _ => End::Blocked,
    })
}

/// The first SIGINT or SIGTERM stops the steps at work, which pass it on to their jobs and wait for them to end well.
/// The second one ends this process at once; its jobs go on.
fn heed_signals(deployment: &Deployment) {
    let deployment = deployment.clone();
    tokio::spawn(async move {
        if signalled().await.is_err() {
            // A system that tells of no signals ends the process by itself.
            return;
        }
        say_error_line("Stopping: what is in hand is finished first. Once more stops at once.");
        let again = async {
            let _ = signalled().await;
            std::process::exit(STOPPED);
        };
        let stop = async {
            loop {
                // Steps that begin meanwhile are stopped too.
                deployment.steps().for_each(|step| deployment.cancel(step.about().id));
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            }
        };
        tokio::select! {
            () = again => {}
            () = stop => {}
        }
    });
}

/// Ends with the next SIGINT or SIGTERM.
async fn signalled() -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        Ok(())
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}

/// The exit status of a process that was interrupted, as shells give it: 128 + SIGINT.
const STOPPED: i32 = 130;

/// A deployment opened with an answers file.
struct Opened {
    deployment: Deployment,
    tools: Arc<Tools>,
    /// The steps that the command line wants.
    wanted: Vec<StepId>,
    /// Those of them that must have good answers: the file has a table for them, or they are wanted alone.
    asked: Vec<StepId>,
    practice: bool,
}

/// Reads the answers file, finds or begins its deployment, and enters the answers. The inner error is the file's problems.
async fn open(path: &Path, ask: &Ask) -> Result<Result<Opened, Located>, Problem> {
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
fn judge(file: &Answers, deployment: &Deployment, ask: &Ask) -> Result<Result<Steps, Located>, Problem> {
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
fn empty(tools: Arc<Tools>) -> Result<(tempfile::TempDir, Deployment), Problem> {
    let folder = tempfile::tempdir().map_err(no_temporary)?;
    let vault: Arc<dyn Vault> = Arc::new(crate::engine::context::MemoryVault::default());
    let deployment = Deployment::open(folder.path(), "empty", wizard::chapters(), vault, tools)?;
    Ok((folder, deployment))
}

/// `hubwright credentials`: credentials of an identity, for a child.
async fn credentials(id: &str, identity: Identity) -> Result<End, Problem> {
    let aws = steps::session(&behind(id).await?, identity, false).await?;
    say(&access::process(&aws.credentials().await?).to_string());
    Ok(End::Done)
}

/// `hubwright git-credential`: answers git on its own terms, `key=value` lines in and out.
async fn git_password(id: &str, identity: Identity) -> Result<End, Problem> {
    let mut text = String::new();
    std::io::Read::read_to_string(&mut std::io::stdin(), &mut text)
        .map_err(|error| Problem::new("git's question cannot be read.", "Run the page again.").because(&error))?;
    let (host, path) = asked(&text)?;
    let cx = behind(id).await?;
    let aws = steps::session(&cx, identity, false).await?;
    if !git_credential::is_codecommit(&host, &aws.region, aws.endpoint.as_deref()) {
        let what = format!("git asked for a password for {host}, which is not CodeCommit in {}.", aws.region);
        return Err(Problem::new(what, "Check the address of the repository: `git remote -v` shows it."));
    }
    let keys = aws.credentials().await?;
    let password = git_credential::password(&keys, &aws.region, &host, &path, SystemTime::now());
    // The practice account's git is open to those who know its token, besides the signature that CodeCommit wants.
    let practice = cx.tools::<Tools>().practice().filter(|known| known.endpoint.ends_with(&format!("//{host}")));
    let suffix = practice.map(|known| known.git_suffix());
    let suffix = suffix.as_ref().map_or("", |suffix| suffix.as_str());
    say(&format!("username={}\npassword={}{suffix}", git_credential::user_name(&keys).as_str(), password.as_str()));
    Ok(End::Done)
}

/// A deployment's account as a child sees it: read beside an open window, which keeps the lock.
async fn behind(id: &str) -> Result<Cx, Problem> {
    let home = Home::find()?;
    if !Home::is_id(id) {
        return Err(Problem::new(format!("`{id}` is not a deployment."), "Use a name from the list of deployments."));
    }
    let folder = home.deployment(id);
    let journal = Journal::peek(&folder)?;
    let practice = practice::known(&home).await;
    let vault = Arc::new(Keychain::start(&home)?);
    let tools = Tools::new(home, PathBuf::new());
    tools.set_practice(practice);
    let shared = Shared::new(id, folder, journal, vault, Arc::new(tools));
    Ok(Cx::new(Arc::new(shared), Place::shared(account::Account::ID), CancellationToken::new()))
}

fn no_temporary(error: std::io::Error) -> Problem {
    Problem::new("There is no place for temporary files.", "Set TMPDIR to a folder that is yours.").because(&error)
}

fn steps(json: bool) -> Result<End, Problem> {
    let home = tempfile::tempdir().map_err(no_temporary)?;
    let tools = Arc::new(Tools::new(Home::at(home.path().to_owned())?, PathBuf::new()));
    let (_folder, deployment) = empty(tools)?;
    let mut all = vec![];
    for step in deployment.steps() {
        let about = step.about();
        // Fields that only some answers bring about are listed too: the form is asked once for each choice.
        let mut fields = vec![];
        let forms = deployment.forms(step.as_ref(), &Trial::default());
        for field in forms.into_iter().flat_map(|form| form.fields).filter(|field| field.kind != Kind::Note) {
            if !fields.iter().any(|other: &crate::engine::Field| other.name == field.name) {
                fields.push(field);
            }
        }
        if !json {
            say(&format!("{} — {}. {}", about.id, about.title, about.why));
            for field in &fields {
                say(&format!(
                    "    {}: {}{}",
                    field.name,
                    field.rule,
                    if field.required && field.default.is_none() { "" } else { " (may be left out)" }
                ));
            }
        }
        all.push(serde_json::json!({ "id": about.id, "title": about.title, "why": about.why, "needs": step.needs(), "fields": fields }));
    }
    if json {
        say(&serde_json::to_string_pretty(&all).unwrap_or_default());
    }
    Ok(End::Done)
}

/// Prints events while steps are at work: all of them as JSON, else only what a person is asked to do.
fn print_events(deployment: &Deployment, json: bool) -> Result<tokio::task::JoinHandle<()>, Problem> {
    let (_, mut events) = deployment.subscribe()?;
    Ok(tokio::spawn(async move {
        while let Ok(event) = events.recv().await {
            match event.happening {
                _ if json => say(&serde_json::to_string(&event).unwrap_or_default()),
                Happening::Asked { text } => say_error_line(&format!("{}: waiting — {text}", event.step)),
                _ => {}
            }
        }
    }))
}

/// A step whose plan would destroy something that the command line did not give leave for.
fn held_back(id: &str, unasked: &[String], standing: &Standing) -> Standing {
    let what = format!("The plan destroys or makes anew: {}. Nothing was done.", unasked.join("; "));
    let fix = format!("Read it with `--plan`, then allow it with `--allow-destroy {id}`");
    let mut held = standing.clone();
    (held.state, held.sentence) = (StepState::Blocked, what.clone());
    held.problems.push(Problem::new(what, fix));
    held
}

fn say_step(id: &str, step: &Standing, plan: bool) {
    let state = match step.state {
        StepState::Done => "done",
        StepState::Blocked => "blocked",
        StepState::Look if step.problems.iter().any(Problem::is_error) => "failed",
        _ => "todo",
    };
    say(&format!("{id}: {state} — {}", step.sentence));
    say_problems(id, &step.problems);
    let Some(plan) = step.plan.as_ref().filter(|_| plan) else { return };
    say(&format!("  as {}", plan.identity));
    for call in &plan.calls {
        say(&format!("  {} {} ({})", call.action, call.resource, call.why));
    }
    for command in &plan.commands {
        say(&format!("  $ {command}"));
    }
    for thing in &plan.destroys {
        say(&format!("  destroys {thing}"));
    }
    say(&format!("  cost: {} undo: {}", plan.cost, plan.undo));
}

fn say_problems(id: &str, problems: &[Problem]) {
    for problem in problems {
        let field = problem.field.as_ref().map_or(String::new(), |field| format!(".{field}"));
        let mark = if problem.is_error() { "" } else { "note: " };
        say_error_line(&format!("  {mark}{id}{field}: {} — {}", problem.what, problem.fix));
        for line in problem.detail.iter().flat_map(|detail| detail.lines()) {
            say_error_line(&format!("      {line}"));
        }
    }
}

/// The problems of the answers, one a line: `step.field: what — fix`.
fn tell(problems: &Located) -> End {
    for (step, problem) in problems.iter().take(MOST_TOLD) {
        let place = match (&problem.field, step.is_empty()) {
            (_, true) => "answers".to_owned(),
            (Some(field), _) => format!("{}.{}", clean(step), clean(field)),
            (None, _) => clean(step),
        };
        say(&format!("{place}: {} — {}", problem.what, problem.fix));
    }
    if problems.len() > MOST_TOLD {
        say(&format!("answers: There are {} more problems. — Mend these first.", problems.len() - MOST_TOLD));
    }
    End::Answers
}

/// Nobody reads more at once.
const MOST_TOLD: usize = 100;

fn say_error(problem: &Problem) {
    say_error_line(&format!("{} — {}", problem.what, problem.fix));
    for line in &problem.detail {
        say_error_line(&format!("    {line}"));
    }
}

// The only two places that print. A reader that went away (`| head`) is no reason to fail.
fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{}", visible(line));
}
fn say_error_line(line: &str) {
    let _ = writeln!(std::io::stderr(), "{}", visible(line));
}

#[cfg(test)]
mod tests;
