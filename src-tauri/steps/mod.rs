//! The steps: one page, one file, one `impl Step`. A step calls tools; no step calls another, it reads its output.

pub mod account;
pub mod afterwards;
pub mod architects;
pub mod by_hand;
pub mod certificate;
pub mod deploy_roles;
pub mod deployment;
pub mod drift;
pub mod glossary;
pub mod holders;
pub mod holds;
pub mod hub_secrets;
pub mod hub_values;
pub mod inventory;
pub mod mast;
pub mod module;
pub mod names;
pub mod people;
pub mod requests;
pub mod route53;
pub mod secrets_setup_role;
pub mod secrets_store;
pub mod secrets_trust;
mod told;
pub mod tools;
pub mod way;

use crate::engine::{Cx, Problem};
use crate::tools::aws::{Aws, Identity};
use crate::tools::placeholder;
use std::time::Duration;

/// How a step gets to AWS: by the name of an identity. Here, since only pages know how each is reached.
pub(crate) trait AsIdentity {
    /// AWS as `identity`, in the deployment's region. Where the sign-in has ended, a person is asked and calls wait.
    async fn aws(&self, identity: Identity) -> Result<Aws, Problem>;
}

impl AsIdentity for Cx {
    async fn aws(&self, identity: Identity) -> Result<Aws, Problem> {
        session(self, identity, true).await
    }
}

/// As `cx.aws`. Without `asks`, an ended sign-in is a problem at once, as for a child that nobody sees.
pub(crate) async fn session(cx: &Cx, identity: Identity, asks: bool) -> Result<Aws, Problem> {
    let account = cx.need::<account::Account>()?;
    let access = match &identity {
        Identity::Dns => route53::access(cx, account.access),
        Identity::Deploy => account.access,
        Identity::Role { arn, through } => {
            let through = Box::pin(session(cx, (**through).clone(), asks)).await?;
            return Ok(through.acting_as(cx, &arn.to_string(), Duration::ZERO, told::aws::waiting_for).await?);
        }
    };
    Ok(access.open(cx, identity, &account.region, asks.then_some(told::aws::sign_in)).await?)
}

/// AWS as whoever sets the deployment up, with what the account page found.
pub(crate) async fn deploy_account(cx: &Cx) -> Result<(Aws, account::Output), Problem> {
    Ok((cx.aws(Identity::Deploy).await?, cx.need::<account::Account>()?))
}

/// How long to wait for a role that step `S` made: a new role, or a new trust, takes about a minute to be known everywhere.
pub(crate) fn settling<S: crate::engine::Step>(cx: &Cx) -> Duration {
    let since = cx.since_effects_of::<S>().unwrap_or(SETTLED);
    SETTLED.saturating_sub(since)
}

const SETTLED: Duration = Duration::from_secs(90);

/// A file's text, or the problem of what was left to fill in.
pub(crate) fn linted(cx: &Cx, file: &str, text: String) -> Result<String, Problem> {
    let deployment = cx.need::<deployment::Deployment>()?;
    let account = cx.output::<account::Account>().map_or(String::new(), |account| account.identity.account);
    match placeholder::lint(&text, &deployment.names.deployment, &account).into_iter().next() {
        Some(left) => Err(told::left_over(file, &left, &deployment.names.deployment, &account)),
        None => Ok(text),
    }
}
