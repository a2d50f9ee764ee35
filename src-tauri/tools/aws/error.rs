//! What AWS answers when it does not do what was asked.

use super::session::SessionError;
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

    /// Whether AWS was not reached or gave no answer, so that nothing is known.
    pub fn is_unanswered(&self) -> bool {
        matches!(self.kind, Kind::Timeout | Kind::Network | Kind::Other)
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
