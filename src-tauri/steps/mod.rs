//! The steps: one page, one file, one `impl Step`. A step calls tools; no step calls another, it reads its output.

pub mod account;
pub mod architects;
pub mod deploy_roles;
pub mod deployment;
pub mod names;
pub mod route53;
pub mod tools;

use crate::engine::{Cx, Problem};
use crate::tools::aws::Aws;

/// AWS as the identity of the account page, in the deployment's region.
pub(crate) async fn deploy_account(cx: &Cx) -> Result<(Aws, account::Output), Problem> {
    let account = cx.need::<account::Account>()?;
    let aws = Aws::connect(cx, &account.access, &account.region).await?;
    Ok((aws, account))
}
