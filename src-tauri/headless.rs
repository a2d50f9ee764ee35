//! The same engine with an answers file instead of a window. Prints one line per step; decides nothing a step decides.
//! Here are the commands themselves; what each does is in a file of its own.

mod children;
mod deletion;
mod listing;
mod opening;
mod removal;
mod saying;
mod session;
mod signals;

use crate::engine::Problem;
use crate::tools::aws::Identity;
use crate::tools::home::Home;
use crate::{practice, tools};
use clap::{Parser, Subcommand};
use saying::{say, say_error};
use std::path::PathBuf;
use std::process::ExitCode;

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
        /// Only the steps of this environment, and those that all share
        #[arg(long)]
        environment: Option<String>,
        #[command(flatten)]
        allowed: Allowed,
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
        /// Only the steps of this environment, and those that all share
        #[arg(long)]
        environment: Option<String>,
        /// Show what would be done, and do nothing
        #[arg(long)]
        plan: bool,
        /// Apply the plan of this step also where it destroys something; may be given several times
        #[arg(long, value_name = "STEP")]
        allow_destroy: Vec<String>,
        #[command(flatten)]
        allowed: Allowed,
        #[arg(long)]
        json: bool,
    },
    /// Take back what the steps made, last first
    Remove {
        answers: PathBuf,
        /// Only what this environment has for itself; what all share stays
        #[arg(long)]
        environment: Option<String>,
    },
    /// Delete the deployment from this computer: its answers, its log and its entries in the keychain
    Delete {
        answers: PathBuf,
        /// The deployment's name: delete it also where things of it remain in the account, which nothing removes then
        #[arg(long, value_name = "NAME")]
        leave: Option<String>,
    },
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

/// What the person at the command line gives leave for, whatever the answers file says.
#[derive(clap::Args, Default)]
pub struct Allowed {
    /// Take a secret from this file too, which is not beside the answers file; may be given several times
    #[arg(long, value_name = "PATH")]
    allow_file: Vec<PathBuf>,
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
        Command::Steps { json } => listing::steps(json),
        Command::Check { answers, environment, allowed, json } => {
            session::session(&answers, Ask { environment, allow_file: allowed.allow_file, json, ..Ask::default() })
                .await
        }
        Command::Apply { answers, until, only, environment, plan, allow_destroy, allowed, json } => {
            let allow_file = allowed.allow_file;
            let ask =
                Ask { apply: true, until, only, environment, plan, allow_destroy, allow_file, json, ..Ask::default() };
            session::session(&answers, ask).await
        }
        Command::Remove { answers, environment } => removal::remove(&answers, environment).await,
        Command::Delete { answers, leave } => deletion::delete(&answers, leave).await,
        Command::Practice { port, .. } => {
            practice::serve(&Home::find()?, port, |practice| say(&serde_json::to_string(practice).unwrap_or_default()))
                .await?;
            Ok(End::Done)
        }
        Command::Credentials { deployment, actor } => children::credentials(&deployment, actor.identity()?).await,
        Command::GitCredential { deployment, actor, operation } => {
            // Passwords live for minutes: there is nothing to store or erase.
            if operation == "get" {
                children::git_password(&deployment, actor.identity()?).await
            } else {
                Ok(End::Done)
            }
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
    delete: bool,
    until: Option<String>,
    only: Option<String>,
    environment: Option<String>,
    plan: bool,
    allow_destroy: Vec<String>,
    allow_file: Vec<PathBuf>,
    json: bool,
}

#[cfg(test)]
mod tests;
