//! AWS: clients for one identity in one region, with timeouts, retries and errors a person can act on.
//! Which identity a step uses is the step's business.

pub mod access;
pub mod arn;
mod client;
pub mod error;
pub mod identity;
pub mod kms;
pub mod load_balancer;
mod profile;
pub mod regions;
pub mod rights;
pub mod route53;
pub mod session;

pub use access::Access;
pub use arn::Arn;
pub use error::{AwsError, ask};
pub use identity::{How, Identity};

use crate::engine::Cx;
use aws_config::retry::RetryConfig;
use aws_config::{AppName, BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use error::OrNone;
use session::{Asking, Renewing, RoleSource, Session, SessionError, Source};
use std::sync::{Arc, LazyLock};
use std::time::Duration;
use tokio::sync::OnceCell;
use zeroize::Zeroizing;

/// A client of one service, made when it is first used.
pub type Client<T> = Arc<LazyLock<T, Box<dyn FnOnce() -> T + Send>>>;

/// AWS as one identity, in one region. Cheap to clone.
#[derive(Clone)]
pub struct Aws {
    pub region: String,
    pub endpoint: Option<String>,
    session: Option<Arc<Session>>,
    caller: Arc<OnceCell<Caller>>,
    /// Whose session this is, and how it is had; `None` where nobody named it.
    named: Option<(Identity, How)>,
    pub codecommit: Client<aws_sdk_codecommit::Client>,
    pub kms: Client<aws_sdk_kms::Client>,
    pub iam: Client<aws_sdk_iam::Client>,
    pub sts: Client<aws_sdk_sts::Client>,
    pub route53: Client<aws_sdk_route53::Client>,
}

/// Who credentials belong to, as STS says.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Caller {
    /// Twelve digits.
    pub account: String,
    pub arn: Arn,
}

/// A client of the named SDK crate, for a configuration and, where there is one, the session that its calls renew.
macro_rules! client {
    ($sdk:ident, $config:expr, $session:expr) => {{
        let (config, session) = ($config.clone(), $session.clone());
        let make: Box<dyn FnOnce() -> $sdk::Client + Send> = Box::new(move || {
            let mut builder = $sdk::config::Builder::from(&config);
            if let Some(session) = session {
                builder = builder.retry_classifier(Renewing(session));
            }
            $sdk::Client::from_conf(builder.build())
        });
        Arc::new(LazyLock::new(make))
    }};
}

/// How often a call is made before it counts as failed, with longer and longer pauses in between.
fn retries(attempts: u32) -> RetryConfig {
    RetryConfig::standard().with_max_attempts(attempts).with_initial_backoff(Duration::from_millis(200))
}

impl Aws {
    /// Clients with these credentials, at `endpoint` or at AWS.
    pub fn with(credentials: access::Provider, region: &str, endpoint: Option<String>) -> Aws {
        Self::over(client::to(endpoint.as_deref()), credentials, None, region, endpoint)
    }

    /// As `with`, for a server that wants a header with each request besides the signature.
    pub fn with_header(
        credentials: access::Provider,
        region: &str,
        endpoint: Option<String>,
        header: (&'static str, Arc<Zeroizing<String>>),
    ) -> Aws {
        Self::over(client::with_header(endpoint.as_deref(), header), credentials, None, region, endpoint)
    }

    /// Clients whose credentials renew themselves. `asking`: how a person is asked for that, where one may be.
    fn open(cx: &Cx, source: Source, asking: Option<Asking>, region: &str, endpoint: Option<String>) -> Aws {
        Self::of(Session::new(cx, source, asking), region, endpoint)
    }

    fn of(session: Arc<Session>, region: &str, endpoint: Option<String>) -> Aws {
        let credentials = Renewing(session.clone()).into();
        Self::over(client::to(endpoint.as_deref()), credentials, Some(session), region, endpoint)
    }

    fn over(
        client: SharedHttpClient,
        credentials: access::Provider,
        session: Option<Arc<Session>>,
        region: &str,
        endpoint: Option<String>,
    ) -> Aws {
        let mut config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(region.to_owned()))
            .credentials_provider(credentials)
            // A session keeps its credentials itself: the SDK's cache could not be told that AWS refused them.
            .identity_cache(match session {
                Some(_) => aws_config::identity::IdentityCache::no_cache(),
                None => aws_config::identity::IdentityCache::lazy().build(),
            })
            .retry_config(retries(4))
            .sleep_impl(aws_smithy_async::rt::sleep::TokioSleep::new())
            .time_source(aws_smithy_async::time::SystemTimeSource::new())
            .http_client(client);
        config.set_app_name(AppName::new("hubwright").ok());
        config.set_endpoint_url(endpoint.clone());
        let config = config.build();
        // Route 53 takes five calls a second from an account, whoever makes them (Route 53 quotas): it is asked more often.
        let patient = config.to_builder().retry_config(retries(7)).build();
        Aws {
            region: region.to_owned(),
            endpoint,
            caller: Arc::default(),
            named: None,
            codecommit: client!(aws_sdk_codecommit, config, session),
            kms: client!(aws_sdk_kms, config, session),
            iam: client!(aws_sdk_iam, config, session),
            sts: client!(aws_sdk_sts, config, session),
            route53: client!(aws_sdk_route53, patient, session),
            session,
        }
    }

    /// Where calls go instead of AWS.
    pub fn endpoint(&self) -> Option<&str> {
        self.endpoint.as_deref()
    }

    /// The same in another region.
    pub fn in_region(&self, region: &str) -> Aws {
        match &self.session {
            Some(session) => Self::of(session.clone(), region, self.endpoint.clone()),
            None => self.clone(),
        }
    }

    /// Credentials that are good now, for children and for signing.
    pub async fn credentials(&self) -> Result<Credentials, SessionError> {
        match &self.session {
            Some(session) => session.credentials().await,
            None => Err(SessionError::NotKept),
        }
    }

    /// AWS as a role. A new role, or a change of its trust, takes up to a minute to be known everywhere: retries while access is
    /// denied, for at most `patience`, and reports the progress that `waiting` words. The session renews itself.
    pub async fn acting_as(
        &self,
        cx: &Cx,
        role: &str,
        patience: Duration,
        waiting: fn(&Arn) -> String,
    ) -> Result<Aws, SessionError> {
        let arn: Arn = role.parse()?;
        let source = RoleSource {
            through: self.clone(),
            role: role.to_owned(),
            session_name: None,
            external_id: None,
            seconds: None,
            device: None,
        };
        let asking = self.session.as_ref().and_then(|session| session.asking());
        let session = Session::new(cx, Source::Role(Box::new(source)), asking);
        let began = std::time::Instant::now();
        while let Err(error) = session.credentials().await {
            match &error {
                SessionError::Role { source, .. } if source.is_denied() && began.elapsed() < patience => {
                    cx.go_on().map_err(|_| SessionError::Stopped)?;
                    cx.progress(waiting(&arn));
                    tokio::time::sleep(Duration::from_secs(2)).await;
                }
                SessionError::Role { source, .. } if source.is_denied() => {
                    return Err(SessionError::NotYet { name: arn.name().to_owned(), source: Box::new(error) });
                }
                _ => return Err(error),
            }
        }
        let through = self.named.as_ref().map_or(Identity::Deploy, |(identity, _)| identity.clone());
        let mut aws = Self::of(session, &self.region, self.endpoint.clone());
        let how = How::Role { through: through.word() };
        aws.named = Some((Identity::Role { arn, through: Box::new(through) }, how));
        // Who the session is follows from the role: no need to ask STS for the bar's sake.
        aws.note(role);
        Ok(aws)
    }

    /// Who these credentials belong to. Asked once.
    pub async fn caller(&self) -> Result<Caller, AwsError> {
        let asking = self.caller.get_or_try_init(|| async {
            let who = ask("sts:GetCallerIdentity", self.sts.get_caller_identity().send()).await?;
            let arn = who.arn().and_then(|arn| arn.parse().ok());
            let arn: Arn = arn.ok_or_else(|| AwsError::empty("sts:GetCallerIdentity"))?;
            self.note(&arn.to_string());
            Ok(Caller { account: who.account().unwrap_or_default().to_owned(), arn })
        });
        asking.await.cloned()
    }

    /// The user or role whose policies count for these credentials, by its true ARN: STS leaves the path of a role out
    /// (every role of IAM Identity Center has one), so IAM is asked. `None` for the account's root user, and where the
    /// role may not be looked at.
    pub async fn principal(&self) -> Result<Option<Arn>, AwsError> {
        let caller = self.caller().await?;
        match caller.arn.role_of_session() {
            None => Ok((caller.arn.kind() == "user").then_some(caller.arn)),
            Some(role) => match ask("iam:GetRole", self.iam.get_role().role_name(role).send()).await {
                Ok(found) => Ok(found.role().and_then(|role| role.arn().parse().ok())),
                Err(error) if error.is_denied() => Ok(None),
                Err(error) => Err(error),
            },
        }
    }

    /// The ARN of an IAM user, with its path. `None` where there is no such user.
    pub async fn user(&self, name: &str) -> Result<Option<Arn>, AwsError> {
        let found = ask("iam:GetUser", self.iam.get_user().user_name(name).send()).await.or_none("NoSuchEntity")?;
        Ok(found.and_then(|found| found.user).and_then(|user| user.arn().parse().ok()))
    }

    /// Writes down that this identity is in use, for the window's bar.
    fn note(&self, arn: &str) {
        if let (Some((identity, how)), Some(session)) = (&self.named, &self.session) {
            identity::note(session.cx(), identity, arn, how, session.expiry());
        }
    }
}
