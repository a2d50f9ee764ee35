//! Credentials that renew themselves: from the keychain, a profile of the AWS CLI, or a role assumed through another
//! session. Where only a person can renew them, that person is asked and the call waits.

use super::arn::NotAnArn;
use super::{Aws, AwsError, access::Provider};
use crate::engine::context::lock;
use crate::engine::{Cx, Problem, Secret};
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, future};
use aws_smithy_runtime_api::client::interceptors::context::InterceptorContext;
use aws_smithy_runtime_api::client::retries::classifiers::{ClassifyRetry, RetryAction};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

/// Why there are no credentials.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    #[error("the AWS configuration of this computer cannot be read")]
    Configuration(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("there is no profile `{0}`")]
    NoProfile(String),
    #[error("the profile `{0}` leads back to itself by `source_profile`")]
    Circle(String),
    #[error("the profile `{profile}` cannot be used")]
    Profile {
        profile: String,
        #[source]
        source: CredentialsError,
    },
    #[error("the sign-in of the profile `{profile}` has ended")]
    SignIn {
        profile: String,
        #[source]
        source: Option<CredentialsError>,
    },
    /// The profile's role wants a code of a device for multi-factor authentication.
    #[error("the profile `{profile}` needs a code of the device {device}")]
    Code { profile: String, device: String, refused: bool },
    #[error("the role {role} does not let itself be assumed")]
    Role {
        role: String,
        #[source]
        source: AwsError,
    },
    #[error("the keychain does not answer")]
    Keychain(#[source] Told),
    #[error("the run was stopped")]
    Stopped,
    /// A role of ours, or its trust, that was waited for.
    #[error("the role {name} does not let itself be assumed after a while")]
    NotYet {
        name: String,
        #[source]
        source: Box<SessionError>,
    },
    #[error(transparent)]
    Arn(#[from] NotAnArn),
    #[error("these credentials are not kept")]
    NotKept,
}

/// What a person is asked to do where only they can renew a session.
pub type Asking = fn(&SessionError) -> String;

/// A problem of the keychain's, as the engine tells it, on its way through an SDK's error.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.what)]
pub struct Told(pub Problem);

impl SessionError {
    /// Whether a person can mend it while the call waits.
    fn waits_for_a_person(&self) -> bool {
        match self {
            SessionError::SignIn { .. } | SessionError::Code { .. } => true,
            SessionError::Role { source, .. } => source.session().is_some_and(SessionError::waits_for_a_person),
            _ => false,
        }
    }
}

/// Where a session's credentials come from.
pub(super) enum Source {
    /// An access key: it lasts until somebody deletes it.
    Key(Credentials),
    /// A profile that gets its credentials without assuming a role, by the AWS SDK: keys, `sso_session`, `credential_process`.
    Profile {
        name: String,
        region: String,
    },
    Role(Box<RoleSource>),
}

/// A role, assumed through another session.
pub(super) struct RoleSource {
    pub through: Aws,
    pub role: String,
    pub session_name: Option<String>,
    pub external_id: Option<String>,
    pub seconds: Option<i32>,
    pub device: Option<Device>,
}

/// A device for multi-factor authentication that a profile names (`mfa_serial`).
pub(super) struct Device {
    pub profile: String,
    pub serial: String,
    /// The keychain's entry of the code that a person enters.
    pub code: String,
    /// The keychain's entry of the session that the code gave: a code works once, and children need the session too.
    pub session: String,
}

impl Source {
    /// Whether asking again can give other credentials.
    fn renews(&self) -> bool {
        !matches!(self, Source::Key(_))
    }

    async fn fetch(&self, cx: &Cx) -> Result<Credentials, SessionError> {
        match self {
            Source::Key(credentials) => Ok(credentials.clone()),
            Source::Profile { name, region } => super::profile::credentials(name, region).await,
            Source::Role(role) => match &role.device {
                None => role.assume(None).await,
                Some(device) => device.assume(cx, role).await,
            },
        }
    }
}

impl RoleSource {
    async fn assume(&self, code: Option<(&Device, &str)>) -> Result<Credentials, SessionError> {
        let call = self
            .through
            .sts
            .assume_role()
            .role_arn(&self.role)
            .role_session_name(self.session_name.as_deref().unwrap_or("hubwright"))
            .set_external_id(self.external_id.clone())
            .set_duration_seconds(self.seconds)
            .set_serial_number(code.map(|(device, _)| device.serial.clone()))
            .set_token_code(code.map(|(_, code)| code.to_owned()));
        let keys = match super::ask("sts:AssumeRole", call.send()).await {
            Ok(answer) => answer.credentials.ok_or_else(|| AwsError::empty("sts:AssumeRole")),
            Err(error) => Err(error),
        };
        let keys = keys.map_err(|source| SessionError::Role { role: self.role.clone(), source })?;
        let expiry = SystemTime::try_from(*keys.expiration()).ok();
        let token = Some(keys.session_token().to_owned());
        Ok(Credentials::new(keys.access_key_id(), keys.secret_access_key(), token, expiry, "hubwright"))
    }
}

impl Device {
    /// The session that an earlier code gave, while it lasts, else one for the code that is in the keychain now.
    async fn assume(&self, cx: &Cx, role: &RoleSource) -> Result<Credentials, SessionError> {
        let vault = &cx.shared().vault;
        let keychain = |problem| SessionError::Keychain(Told(problem));
        let kept = vault.read(&self.session).await.map_err(keychain)?;
        if let Some(credentials) = kept.and_then(|kept| super::access::from_process(kept.expose()))
            && !ends_soon(&credentials)
        {
            return Ok(credentials);
        }
        let wanted =
            |refused| SessionError::Code { profile: self.profile.clone(), device: self.serial.clone(), refused };
        let code = vault.read(&self.code).await.map_err(keychain)?.and_then(|code| code.expose_text());
        let code = code.ok_or_else(|| wanted(false))?;
        // Used or refused, the code is of no more use.
        vault.forget(&self.code).await.map_err(keychain)?;
        let credentials = role.assume(Some((self, code.trim()))).await.map_err(|error| match error {
            SessionError::Role { source, .. } if is_bad_code(&source) => wanted(true),
            other => other,
        })?;
        let text = super::access::process(&credentials).to_string();
        vault.put(&self.session, Secret::from(text)).await.map_err(keychain)?;
        Ok(credentials)
    }
}

/// A session's credentials, from their source and kept until they end.
pub(super) struct Session {
    source: Source,
    cx: Cx,
    /// How a person is asked, where one may be. If not, what only a person can mend is an error at once.
    asking: Option<Asking>,
    kept: Mutex<Option<Credentials>>,
    /// The id of credentials that AWS refused although they had not ended by their own date.
    refused: Mutex<Option<String>>,
    /// Held while renewing: what waits behind it finds the new credentials.
    renewing: tokio::sync::Mutex<()>,
}

impl Session {
    pub fn new(cx: &Cx, source: Source, asking: Option<Asking>) -> Arc<Session> {
        Arc::new(Session {
            source,
            cx: cx.clone(),
            asking,
            kept: Mutex::default(),
            refused: Mutex::default(),
            renewing: tokio::sync::Mutex::default(),
        })
    }

    pub fn asking(&self) -> Option<Asking> {
        self.asking
    }

    pub fn cx(&self) -> &Cx {
        &self.cx
    }

    /// When the present credentials end; `None` where they do not, or there are none yet.
    pub fn expiry(&self) -> Option<SystemTime> {
        lock(&self.kept).as_ref().and_then(Credentials::expiry)
    }

    /// Credentials that are good now. Where only a person can renew them, it asks and waits, up to `LONGEST`; in a run that
    /// may not ask (`Cx::may_ask`), that is an error at once.
    pub async fn credentials(&self) -> Result<Credentials, SessionError> {
        let good = || lock(&self.kept).as_ref().filter(|credentials| !ends_soon(credentials)).cloned();
        let _renewing = match good() {
            Some(credentials) => return Ok(credentials),
            None => self.renewing.lock().await,
        };
        if let Some(credentials) = good() {
            return Ok(credentials);
        }
        let refused = lock(&self.refused).clone();
        let end = Instant::now() + LONGEST;
        let mut asked = false;
        let renewed = loop {
            let error = match self.source.fetch(&self.cx).await {
                Ok(new) if self.source.renews() && refused.as_deref() == Some(new.access_key_id()) => self.spent(),
                Ok(new) => break Ok(new),
                Err(error) => error,
            };
            let Some(asking) =
                self.asking.filter(|_| self.cx.may_ask() && error.waits_for_a_person() && Instant::now() <= end)
            else {
                break Err(error);
            };
            if !asked {
                self.cx.asked(asking(&error));
                asked = true;
            }
            tokio::select! {
                () = self.cx.cancelled() => break Err(SessionError::Stopped),
                () = tokio::time::sleep(Duration::from_secs(2)) => {}
            }
        };
        if asked {
            self.cx.answered();
        }
        let credentials = renewed?;
        self.cx.hide(&credentials.secret_access_key().to_owned().into());
        if let Some(token) = credentials.session_token() {
            self.cx.hide(&token.to_owned().into());
        }
        *lock(&self.refused) = None;
        *lock(&self.kept) = Some(credentials.clone());
        Ok(credentials)
    }

    /// The source gives again what AWS refused.
    fn spent(&self) -> SessionError {
        match &self.source {
            Source::Profile { name, .. } => SessionError::SignIn { profile: name.clone(), source: None },
            _ => SessionError::Stopped,
        }
    }

    /// AWS says that the session of this access key id has ended: the next call gets a new one.
    fn refuse(&self, key: &str) {
        if lock(&self.kept).take_if(|kept| kept.access_key_id() == key).is_some() {
            *lock(&self.refused) = Some(key.to_owned());
        }
    }
}

/// A session as an SDK's client sees it.
#[derive(Clone)]
pub(super) struct Renewing(pub Arc<Session>);

impl ProvideCredentials for Renewing {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async { self.0.credentials().await.map_err(CredentialsError::provider_error) })
    }
}

impl From<Renewing> for Provider {
    fn from(session: Renewing) -> Provider {
        Provider::new(session)
    }
}

/// A call that AWS refuses because its session has ended is made again, with a new one where the source can give one.
impl ClassifyRetry for Renewing {
    fn classify_retry(&self, cx: &InterceptorContext) -> RetryAction {
        let ended = cx.response().is_some_and(|answer| {
            let body = answer.body().bytes().unwrap_or_default();
            answer.status().is_client_error() && body.windows(EXPIRED.len()).any(|part| part == EXPIRED)
        });
        if !ended || !self.0.source.renews() {
            return RetryAction::NoActionIndicated;
        }
        if let Some(key) = cx.response().and_then(|answer| answer.headers().get(super::client::SIGNED_BY)) {
            self.0.refuse(key);
        }
        RetryAction::transient_error()
    }

    fn name(&self) -> &'static str {
        "a session that has ended"
    }
}

// What is in it is secret.
impl std::fmt::Debug for Renewing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Renewing(not shown)")
    }
}

fn ends_soon(credentials: &Credentials) -> bool {
    credentials.expiry().is_some_and(|end| end < SystemTime::now() + Duration::from_secs(60))
}

/// `AccessDenied` is also how STS says that the code of a device is wrong; its message names it.
fn is_bad_code(error: &AwsError) -> bool {
    error.message.contains("MultiFactorAuthentication failed")
}

/// The code of `ExpiredToken` and `ExpiredTokenException`.
const EXPIRED: &[u8] = b"ExpiredToken";

/// How long a run waits for a person.
const LONGEST: Duration = Duration::from_secs(60 * 60);

#[cfg(test)]
mod tests;
