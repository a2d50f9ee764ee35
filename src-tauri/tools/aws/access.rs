//! Ways to reach an account: the practice account, an access key from the keychain, or a profile of the AWS CLI.
//! How a session is kept alive is `session`'s business.

use super::profile::Lookup;
use super::session::{Asking, SessionError, Source, Told};
use super::{Aws, How, Identity};
use crate::engine::{Cx, Place};
use crate::tools::practice::PracticeError;
use crate::tools::{PracticeEndpoint, Tools};
use aws_credential_types::Credentials;
pub use aws_credential_types::provider::SharedCredentialsProvider as Provider;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use serde::{Deserialize, Serialize};

/// How an account is reached. Names a secret, never holds one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Access {
    /// The practice account, as the IAM user of this name.
    Practice { user: String },
    /// An access key; its secret is in the keychain under the account step's `secret` name.
    Keys {
        access_key_id: String,
        secret: String,
        /// Where calls go instead of AWS, as a person chose where `AWS_ENDPOINT_URL` names an unknown program here.
        #[serde(default)]
        endpoint: Option<String>,
    },
    /// A profile of the AWS CLI's configuration.
    Profile {
        name: String,
        #[serde(default)]
        endpoint: Option<String>,
    },
}

/// A way that does not lead to an account.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    #[error(transparent)]
    Practice(#[from] PracticeError),
    #[error("the practice account has no user `{0}` yet")]
    NoUser(String),
    #[error("the secret access key is no longer in the keychain")]
    NoSecret,
    #[error("the secret access key is not text")]
    NotText,
    #[error("the keychain does not answer")]
    Keychain(#[source] Told),
    #[error("the profile cannot be used")]
    Profile(#[source] SessionError),
}

impl Access {
    /// Where calls go: `None` is AWS itself.
    pub fn endpoint(&self, tools: &Tools) -> Result<Option<String>, PracticeError> {
        Ok(match self {
            Access::Practice { .. } => Some(practice(tools)?.endpoint),
            Access::Keys { endpoint: Some(endpoint), .. } | Access::Profile { endpoint: Some(endpoint), .. } => {
                Some(endpoint.clone())
            }
            _ => tools.practice().filter(|known| known.named).map(|known| known.endpoint),
        })
    }

    /// Opens a session for `identity`. Where only a person can sign in (again), that person is asked by `asking` and calls
    /// wait; without it that is an error at once.
    /// A practice account proves itself first: nothing is sent to whoever took the port of one that ended.
    pub async fn open(
        &self,
        cx: &Cx,
        identity: Identity,
        region: &str,
        asking: Option<Asking>,
    ) -> Result<Aws, AccessError> {
        let tools = cx.tools::<Tools>();
        let endpoint = self.endpoint(tools)?;
        if let (Some(endpoint), Some(known)) = (&endpoint, tools.practice())
            && *endpoint == known.endpoint
        {
            known.prove().await?;
        }
        let source = match self {
            Access::Practice { user } => {
                let key = practice_key(&practice(tools)?, user).await?;
                let key = key.ok_or_else(|| AccessError::NoUser(user.clone()))?;
                Source::Key(Credentials::new(key.access_key_id, key.secret_access_key, None, None, "hubwright"))
            }
            Access::Keys { access_key_id, secret, .. } => {
                let kept = cx.shared().vault.read(&cx.shared().secret_key(&Place::shared(PAGE), secret)).await;
                let secret =
                    kept.map_err(|problem| AccessError::Keychain(Told(problem)))?.ok_or(AccessError::NoSecret)?;
                cx.hide(&secret);
                let text = secret.expose_text().ok_or(AccessError::NotText)?;
                Source::Key(Credentials::new(access_key_id, text.trim(), None, None, "hubwright"))
            }
            Access::Profile { name, .. } => {
                let lookup = Lookup { cx, region, endpoint: endpoint.as_deref(), asking };
                lookup.source(name).await.map_err(AccessError::Profile)?
            }
        };
        let mut aws = Aws::open(cx, source, asking, region, endpoint);
        aws.named = Some((identity, How::Access(self.clone())));
        Ok(aws)
    }
}

/// The page that keeps the account's secrets in the keychain.
pub(super) const PAGE: &str = "account";
/// Its field for the code of a device for multi-factor authentication.
pub const CODE: &str = "mfa_code";

/// The keychain's entry, under the account's page, of the session that a code gave to a profile.
pub fn session_of(profile: &str) -> String {
    format!("session.{profile}")
}

/// What `credential_process` prints: JSON of the AWS CLI's configuration format, version 1.
pub fn process(keys: &Credentials) -> serde_json::Value {
    let mut json = serde_json::json!({
        "Version": 1, "AccessKeyId": keys.access_key_id(), "SecretAccessKey": keys.secret_access_key(),
    });
    if let Some(token) = keys.session_token() {
        json["SessionToken"] = token.into();
    }
    if let Some(end) = keys.expiry() {
        json["Expiration"] = DateTime::from(end).fmt(Format::DateTime).unwrap_or_default().into();
    }
    json
}

/// Reads what `process` makes. `None` where it is something else.
pub(super) fn from_process(json: &[u8]) -> Option<Credentials> {
    let json: serde_json::Value = serde_json::from_slice(json).ok()?;
    let text = |key: &str| json[key].as_str().map(str::to_owned);
    let end = text("Expiration").and_then(|end| DateTime::from_str(&end, Format::DateTime).ok());
    let end = end.and_then(|end| std::time::SystemTime::try_from(end).ok());
    Some(Credentials::new(text("AccessKeyId")?, text("SecretAccessKey")?, text("SessionToken"), end, "hubwright"))
}

/// An access key of a practice user. Its secret opens nothing real.
#[derive(Deserialize)]
pub struct PracticeKey {
    pub access_key_id: String,
    pub secret_access_key: String,
}

/// Where the practice account answers, or that it does not run.
pub fn practice(tools: &Tools) -> Result<PracticeEndpoint, PracticeError> {
    tools.practice().ok_or_else(|| tools.unknown_endpoint().map_or(PracticeError::NotRunning, PracticeError::Unknown))
}

/// The key of a practice user; `None` where there is no such user.
pub async fn practice_key(at: &PracticeEndpoint, user: &str) -> Result<Option<PracticeKey>, PracticeError> {
    let (status, body) = users_page(at, "GET", user).await?;
    Ok(if status == 404 { None } else { serde_json::from_slice(&body).ok() })
}

/// Makes the practice user, with the rights the guide assumes of its reader. Making it twice is making it once.
pub async fn make_practice_user(at: &PracticeEndpoint, user: &str) -> Result<PracticeKey, PracticeError> {
    let (_, body) = users_page(at, "PUT", user).await?;
    serde_json::from_slice(&body)
        .map_err(|source| PracticeError::NoUserMade { said: String::from_utf8_lossy(&body).into_owned(), source })
}

async fn users_page(at: &PracticeEndpoint, method: &str, user: &str) -> Result<(u16, Vec<u8>), PracticeError> {
    let answer = at.ask(method, &format!("users/{user}")).await;
    answer
        .map(|answer| (answer.status, answer.body))
        .map_err(|source| PracticeError::Silent { endpoint: at.endpoint.clone(), source })
}
