//! What programs that steps start ask of us: credentials of an identity, and passwords for git.

use super::End;
use super::saying::say;
use crate::engine::context::Shared;
use crate::engine::journal::Journal;
use crate::engine::{Cx, Place, Problem, Step, trace};
use crate::practice;
use crate::steps::{self, account};
use crate::tools::Tools;
use crate::tools::aws::{Identity, access};
use crate::tools::git_credential::{self, asked};
use crate::tools::home::Home;
use crate::tools::keychain::Keychain;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;
use tokio_util::sync::CancellationToken;

/// `hubwright credentials`: credentials of an identity, for a child.
pub(super) async fn credentials(id: &str, identity: Identity) -> Result<End, Problem> {
    let aws = steps::session(&behind(id).await?, identity, false).await?;
    say(&access::process(&aws.credentials().await?).to_string());
    Ok(End::Done)
}

/// `hubwright git-credential`: answers git on its own terms, `key=value` lines in and out.
pub(super) async fn git_password(id: &str, identity: Identity) -> Result<End, Problem> {
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
    say(&format!("username={}", git_credential::user_name(&keys).as_str()));
    say(&format!("password={}{suffix}", password.as_str()));
    Ok(End::Done)
}

/// A deployment's account as a child sees it: read beside an open window, which keeps the lock.
async fn behind(id: &str) -> Result<Cx, Problem> {
    let home = Home::find()?;
    trace::start(home.path());
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
