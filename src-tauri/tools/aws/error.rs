//! What AWS answers when it does not do what was asked, and what a person can do about it.

use super::session::SessionError;
use crate::engine::Problem;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::http::Response;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

/// A call to AWS that failed.
#[derive(Debug, thiserror::Error)]
#[error("{action} failed{}", code.as_ref().map(|code| format!(" with {code}")).unwrap_or_default())]
pub struct AwsError {
    /// As policies write it: `iam:GetRole`.
    pub action: &'static str,
    /// AWS's own code, such as `NoSuchEntity`; `None` where AWS was not reached.
    pub code: Option<String>,
    pub message: String,
    pub kind: Kind,
    #[source]
    source: Box<dyn std::error::Error + Send + Sync>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// AWS answered with an error.
    Answered,
    /// No answer in time.
    Timeout,
    /// AWS was not reached, or the connection broke.
    Network,
    /// There were no credentials to sign with.
    Credentials,
    Other,
}

/// Sends a call and keeps its name with the error.
pub async fn ask<T, E>(
    action: &'static str,
    call: impl Future<Output = Result<T, SdkError<E, Response>>>,
) -> Result<T, AwsError>
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    call.await.map_err(|error| {
        let (code, message) = match error.as_service_error() {
            Some(answer) => (answer.code().map(str::to_owned), answer.message().unwrap_or_default().to_owned()),
            None => (None, String::new()),
        };
        let kind = match &error {
            SdkError::ServiceError(_) => Kind::Answered,
            SdkError::TimeoutError(_) => Kind::Timeout,
            SdkError::DispatchFailure(cause) if cause.is_timeout() => Kind::Timeout,
            SdkError::DispatchFailure(cause) if cause.is_io() => Kind::Network,
            SdkError::ResponseError(_) => Kind::Network,
            SdkError::DispatchFailure(_) => Kind::Credentials,
            _ => Kind::Other,
        };
        AwsError { action, code, message, kind, source: error.into() }
    })
}

impl AwsError {
    /// AWS answered without what the call is for.
    pub(super) fn empty(action: &'static str) -> Self {
        AwsError { action, code: None, message: String::new(), kind: Kind::Other, source: "the answer is empty".into() }
    }

    /// The call could not be put together, so nothing was sent.
    pub(super) fn unsent(action: &'static str, source: impl std::error::Error + Send + Sync + 'static) -> Self {
        AwsError { action, code: None, message: String::new(), kind: Kind::Other, source: source.into() }
    }

    /// The session that could not be had, where that is why.
    pub fn session(&self) -> Option<&SessionError> {
        let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(self.source.as_ref());
        while let Some(error) = cause {
            if let Some(session) = error.downcast_ref::<SessionError>() {
                return Some(session);
            }
            cause = error.source();
        }
        None
    }

    pub fn is(&self, code: &str) -> bool {
        self.code.as_deref() == Some(code)
    }

    /// Whether the identity may not do this.
    pub fn is_denied(&self) -> bool {
        matches!(self.code.as_deref(), Some("AccessDenied" | "AccessDeniedException" | "UnauthorizedOperation"))
    }

    /// Whether these credentials are not known to AWS at all.
    pub fn is_bad_key(&self) -> bool {
        matches!(
            self.code.as_deref(),
            Some(
                "InvalidClientTokenId"
                    | "SignatureDoesNotMatch"
                    | "UnrecognizedClientException"
                    | "AuthFailure"
                    | "InvalidAccessKeyId"
            )
        )
    }
}

/// Turns "there is none" into `None`.
pub trait OrNone<T> {
    fn or_none(self, code: &str) -> Result<Option<T>, AwsError>;
}
impl<T> OrNone<T> for Result<T, AwsError> {
    fn or_none(self, code: &str) -> Result<Option<T>, AwsError> {
        match self {
            Ok(found) => Ok(Some(found)),
            Err(error) if error.is(code) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl From<AwsError> for Problem {
    fn from(error: AwsError) -> Self {
        if let Some(session) = error.session() {
            return session.into();
        }
        let action = error.action;
        let (what, fix) = match (error.kind, error.code.as_deref()) {
            _ if error.is_denied() => (
                format!("You are not allowed to do `{action}`."),
                format!(
                    "Ask an administrator of the account to allow `{action}` for the identity shown at the top, then run this again."
                ),
            ),
            (_, Some("ExpiredToken" | "ExpiredTokenException" | "RequestExpired")) => (
                "The sign-in to AWS has expired.".into(),
                "Sign in again on the page “AWS account”, then run this page again: it goes on where it stopped."
                    .into(),
            ),
            (_, Some("InvalidClientTokenId" | "UnrecognizedClientException" | "InvalidAccessKeyId")) => (
                "AWS does not know this access key.".into(),
                "Check the access key id on the page “AWS account”: it may be mistyped, inactive or deleted.".into(),
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
                (format!("AWS answers too many requests at once for `{action}`."), "Run this again in a minute.".into())
            }
            (_, Some("LimitExceeded" | "LimitExceededException")) => (
                format!("A limit of the account is reached at `{action}`: {}", sentence(&error.message)),
                "Remove what is no longer needed, or ask AWS to raise the limit, then run this again.".into(),
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
                "There are no usable credentials for AWS.".into(),
                "Sign in again, or choose another way on the page “AWS account”.".into(),
            ),
            (_, Some(code)) => (
                format!(
                    "AWS refused `{action}`: {}",
                    sentence(if error.message.is_empty() { code } else { &error.message })
                ),
                "Read what AWS says above. If it looks passing, run this again; else change what it names.".into(),
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
