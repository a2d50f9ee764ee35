//! AWS: its answers, sessions and the ways to them, and names that are none of its own.

use super::{capital, policy};
use crate::engine::event::Acting;
use crate::engine::words::clean;
use crate::engine::{Cx, Problem};
use crate::tools::aws::access::{Access, AccessError};
use crate::tools::aws::arn::NotAnArn;
use crate::tools::aws::error::Kind;
use crate::tools::aws::identity::{How, Used};
use crate::tools::aws::load_balancer::NotABalancer;
use crate::tools::aws::rights::Lacking;
use crate::tools::aws::session::SessionError;
use crate::tools::aws::{Arn, AwsError};

impl From<AwsError> for Problem {
    fn from(error: AwsError) -> Self {
        if let Some(session) = error.session() {
            return session.into();
        }
        let action = error.action;
        let (what, fix) = match (error.kind, error.code.as_deref()) {
            _ if error.is_denied() => (
                format!("AWS does not allow you to {}.", policy::in_words(&[action.to_string()])),
                format!(
                    "Ask an administrator of the account to allow `{action}` to the user or role shown at the top, then run this again."
                ),
            ),
            (_, Some("ExpiredToken" | "ExpiredTokenException" | "RequestExpired")) => (
                "The sign-in to AWS has expired.".into(),
                "Sign in again on the page “AWS account”, then run this page again: it goes on where it stopped."
                    .into(),
            ),
            (_, Some("InvalidClientTokenId" | "UnrecognizedClientException" | "InvalidAccessKeyId")) => (
                "AWS does not know this access key.".into(),
                "Check the access key id on the page “AWS account”: it may be mistyped, switched off or deleted."
                    .into(),
            ),
            (_, Some("SignatureDoesNotMatch" | "AuthFailure")) => (
                "The secret access key does not belong to the access key id.".into(),
                "Enter the secret access key again on the page “AWS account”.".into(),
            ),
            (_, Some("RequestTimeTooSkewed")) => (
                "This computer's clock is wrong.".into(),
                "Set the clock of this computer (best by the network), then run this again.".into(),
            ),
            (_, Some("Throttling" | "ThrottlingException" | "TooManyRequestsException")) => {
                ("AWS asks for a pause: it got too many requests at once.".into(), "Run this again in a minute.".into())
            }
            (_, Some("LimitExceeded" | "LimitExceededException")) => (
                format!("The account has as much of this as AWS allows. AWS says: {}", sentence(&error.message)),
                "Remove what nobody needs any more, or ask AWS to allow more, then run this again.".into(),
            ),
            (Kind::Timeout, _) => (
                "AWS did not answer in time.".into(),
                "Check the network connection (a VPN or proxy, say), then run this again.".into(),
            ),
            (Kind::Network, _) => (
                "AWS cannot be reached.".into(),
                "Check the network connection (a VPN or proxy, say), then run this again.".into(),
            ),
            (Kind::Credentials, _) => (
                "Hubwright has nothing to sign in to AWS with.".into(),
                "Sign in again, or choose another way on the page “AWS account”.".into(),
            ),
            (_, Some(code)) => (
                format!(
                    "AWS refused `{action}`: {}",
                    sentence(if error.message.is_empty() { code } else { &error.message })
                ),
                "Read what AWS says. If it may pass by itself, run this again; else change what AWS names.".into(),
            ),
            _ => (format!("`{action}` failed."), "Run this again; the details say what happened.".into()),
        };
        Problem::new(what, fix).because(&error)
    }
}

fn sentence(text: &str) -> String {
    let text = text.trim();
    if text.ends_with('.') { text.to_owned() } else { format!("{text}.") }
}

impl From<&SessionError> for Problem {
    fn from(error: &SessionError) -> Problem {
        let (what, fix) = match error {
            SessionError::Keychain(told) => return told.0.clone(),
            SessionError::Stopped => return Problem::cancelled(),
            SessionError::Role { source, .. } if source.session().is_some() => {
                return source.session().map_or_else(Problem::cancelled, Problem::from);
            }
            SessionError::NotYet { name, source } => {
                return Problem::new(
                    format!("The role {name} does not let you act as it."),
                    "Open the page that makes this role, name your user among those who may use it, and apply that page again. AWS needs up to a minute to know of it.",
                )
                .because(source.as_ref());
            }
            SessionError::Arn(error) => return error.into(),
            SessionError::NotKept => {
                return Problem::new("These credentials are used once and not kept.", "Sign in again on the page “AWS account”.");
            }
            SessionError::Configuration(_) => (
                "The AWS configuration of this computer cannot be read.".to_owned(),
                "Mend the files `~/.aws/config` and `~/.aws/credentials`, or choose another way to reach the account."
                    .to_owned(),
            ),
            SessionError::NoProfile(name) => (
                format!("There is no profile `{name}` on this computer."),
                "Choose one that there is: `aws configure list-profiles` in a terminal lists them.".to_owned(),
            ),
            SessionError::Circle(name) => (
                format!("The profile `{name}` signs in by way of itself."),
                "Correct its `source_profile` in `~/.aws/config`.".to_owned(),
            ),
            SessionError::Profile { profile, .. } => (
                format!("The profile `{profile}` cannot be used."),
                format!(
                    "Try it with `aws sts get-caller-identity --profile {profile}`, and correct it in `~/.aws/config`."
                ),
            ),
            SessionError::SignIn { profile, .. } => (
                format!("The profile `{profile}` is not signed in, or no longer."),
                format!("Sign in again: `aws sso login --profile {profile}`, or the way your institute does."),
            ),
            SessionError::Code { device, refused, .. } => {
                let device = device.rsplit('/').next().unwrap_or(device);
                let what = match refused {
                    false => format!("This profile needs a code from your device `{device}`."),
                    true => format!("AWS refused the code from your device `{device}`."),
                };
                let fix = "Enter a new code on the page “AWS account”: a code works once, for half a minute.";
                return Problem::new(what, fix).because(error).on("mfa_code");
            }
            SessionError::Role { role, .. } => (
                format!("The role {} does not let you act as it.", role.rsplit('/').next().unwrap_or(role)),
                "Ask an administrator of the account to let you act as it: the role's trust has to name you, and you need the right `sts:AssumeRole` on the role."
                    .to_owned(),
            ),
        };
        Problem::new(what, fix).because(error)
    }
}

impl From<SessionError> for Problem {
    fn from(error: SessionError) -> Problem {
        Problem::from(&error)
    }
}

/// Who or what an ARN is of, inside of a sentence: `the user somebody`, `the role roman-sit-secrets-setup`.
pub(crate) fn named(arn: &Arn) -> String {
    match arn.role_of_session() {
        _ if arn.is_root() => "the root user".to_owned(),
        Some(role) => format!("the role {role}"),
        None => format!("the {} {}", arn.kind().replace('-', " "), arn.name()),
    }
}

/// The same of a text that is an ARN in most cases.
pub(crate) fn named_text(text: &str) -> String {
    text.parse::<Arn>().map_or_else(|_| text.to_owned(), |arn| named(&arn))
}

/// What a person is asked to do where only they can renew a session.
pub(crate) fn sign_in(error: &SessionError) -> String {
    Problem::from(error).fix
}

/// The progress of a page that waits until a role, or its trust, is known everywhere.
pub(crate) fn waiting_for(role: &Arn) -> String {
    format!("Waiting until AWS lets you act as {}", role.name())
}

/// An identity in use, for the window's bar.
pub(crate) fn acting(used: Used) -> Acting {
    let how = match &used.how {
        How::Access(way) => access(way),
        How::Role { through } => format!("a role, through {through}"),
    };
    Acting { identity: used.arn, how, until: used.until }
}

/// How an account is reached, for the window's bar.
pub(crate) fn access(way: &Access) -> String {
    match way {
        Access::Practice { user } => format!("practice user `{user}`"),
        Access::Keys { access_key_id, .. } => format!("access key {access_key_id}"),
        Access::Profile { name, .. } => format!("profile `{name}`"),
    }
}

impl From<AccessError> for Problem {
    fn from(error: AccessError) -> Problem {
        match error {
            AccessError::Practice(error) => error.into(),
            AccessError::NoUser(user) => Problem::new(
                format!("The practice account has no user `{user}` yet."),
                "Apply the page “AWS account”: the user is made there.",
            ),
            AccessError::NoSecret => Problem::new(
                "The secret access key is no longer in the keychain.",
                "Enter it again on the page “AWS account”.",
            )
            .on("secret_access_key"),
            AccessError::NotText => Problem::new(
                "The secret access key is not text.",
                "Copy it again from the IAM console or the file you got.",
            )
            .on("secret_access_key"),
            AccessError::Keychain(told) => told.0,
            AccessError::Profile(error) => Problem::from(error).on("profile"),
        }
    }
}

impl From<&NotAnArn> for Problem {
    fn from(NotAnArn(text): &NotAnArn) -> Problem {
        let fix = "Use one as AWS shows it, such as `arn:aws:iam::123456789012:role/name`";
        Problem::new(format!("`{}` is not an ARN.", clean(text)), fix)
    }
}

impl From<NotAnArn> for Problem {
    fn from(error: NotAnArn) -> Problem {
        Problem::from(&error)
    }
}

impl From<NotABalancer> for Problem {
    fn from(error: NotABalancer) -> Problem {
        match error {
            NotABalancer::Name(text) => Problem::new(
                format!("`{}` is not the address of a load balancer in AWS.", clean(&text)),
                "Copy the address that AWS gave the hub when it was installed; it looks like `abc-123.us-east-1.elb.amazonaws.com` or `abc-123.elb.us-east-1.amazonaws.com`",
            ),
            NotABalancer::Region { region, name } => Problem::new(
                format!("AWS has no region `{}`, which stands in `{}`.", clean(&region), clean(&name)),
                "Compare the address with the one that AWS shows: it may be mistyped.",
            ),
        }
    }
}

/// The problem that an identity lacks rights; `None` where it has all, as far as can be told. What may be refused for a
/// condition is only a warning, which is put on the page.
pub(crate) fn lacking(cx: &Cx, found: Option<Lacking>) -> Option<Problem> {
    let Lacking { principal, sure, unsure } = found?;
    let who = named(&principal);
    // What an administrator is asked for is listed, and for whom.
    let whose = format!("For {principal}:");
    if !unsure.is_empty() {
        let some = match unsure.len() {
            1 => "one depends on conditions".to_owned(),
            n => format!("{n} depend on conditions"),
        };
        let what =
            format!("Hubwright cannot tell beforehand whether {who} has all the rights that this page needs: {some}.");
        let fix = "Go on; where AWS refuses one of those listed below, ask an administrator of the account for it.";
        let warning = Problem::warning(what, fix).detail(&whose);
        cx.warn(unsure.iter().fold(warning, |problem, (right, conditions)| {
            problem.detail(format!(
                "{} on {} ({})",
                right.action,
                right.resource,
                conditions.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
            ))
        }));
    }
    (!sure.is_empty()).then(|| {
        let what = format!("{} lacks {} of the rights that this page needs.", capital(&who), sure.len());
        let fix = "Ask an administrator of the account for a policy that allows what is listed below, then press “Check again”.";
        sure.iter().fold(Problem::new(what, fix).detail(whose), |problem, right| {
            problem.detail(format!("{} on {}", right.action, right.resource))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_acts_is_told_by_kind_and_name() {
        for (arn, said) in [
            ("arn:aws:iam::123456789012:user/people/ann", "the user ann"),
            ("arn:aws:iam::123456789012:role/a/path/admins", "the role admins"),
            ("arn:aws:sts::123456789012:assumed-role/admins/a-session", "the role admins"),
            ("arn:aws:sts::123456789012:federated-user/ann", "the federated user ann"),
            ("arn:aws:iam::123456789012:root", "the root user"),
            ("ec2.amazonaws.com", "ec2.amazonaws.com"),
        ] {
            assert_eq!(named_text(arn), said);
        }
    }
}
