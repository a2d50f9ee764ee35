//! The steps: one page, one file, one `impl Step`. A step calls tools; no step calls another, it reads its output.

pub mod account;
pub mod architects;
pub mod certificate;
pub mod deploy_roles;
pub mod deployment;
pub mod hub_secrets;
pub mod hub_values;
pub mod inventory;
pub mod mast;
pub mod names;
pub mod requests;
pub mod route53;
pub mod secrets_setup_role;
pub mod secrets_store;
pub mod secrets_trust;
pub mod tools;

use crate::engine::{Cx, Problem};
use crate::tools::aws::Aws;
use crate::tools::placeholder;
use std::time::Duration;

/// AWS as the identity of the account page, in the deployment's region.
pub(crate) async fn deploy_account(cx: &Cx) -> Result<(Aws, account::Output), Problem> {
    let account = cx.need::<account::Account>()?;
    let aws = Aws::connect(cx, &account.access, &account.region).await?;
    Ok((aws, account))
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
    match placeholder::lint(file, &text, &deployment.names.deployment, &account).into_iter().next() {
        Some(problem) => Err(problem),
        None => Ok(text),
    }
}
