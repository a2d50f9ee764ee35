//! AWS: clients for one identity in one region, with timeouts, retries and errors a person can act on.
//! Which identity a step uses is the step's business.

pub mod access;
pub mod error;
pub mod kms;
pub mod load_balancer;
pub mod regions;
pub mod rights;
pub mod route53;

pub use access::Access;
pub use error::{AwsError, ask};

use crate::engine::{Cx, Problem, Secret};
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{AppName, BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use std::sync::Arc;
use std::time::Duration;
use zeroize::Zeroizing;

/// AWS as one identity, in one region.
#[derive(Clone)]
pub struct Aws {
    pub region: String,
    endpoint: Option<String>,
    pub codecommit: aws_sdk_codecommit::Client,
    pub kms: aws_sdk_kms::Client,
    pub iam: aws_sdk_iam::Client,
    pub sts: aws_sdk_sts::Client,
    pub route53: aws_sdk_route53::Client,
}

/// Who the credentials belong to, as STS says.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Identity {
    /// Twelve digits.
    pub account: String,
    pub arn: String,
}

impl Aws {
    /// Clients for `access`. Nothing is sent yet.
    pub async fn connect(cx: &Cx, access: &Access, region: &str) -> Result<Aws, Problem> {
        let credentials = access.credentials(cx).await?;
        Ok(Self::with(credentials, region, access.endpoint(cx.tools())?))
    }

    /// Clients with these credentials, at `endpoint` or at AWS.
    pub fn with(credentials: access::Provider, region: &str, endpoint: Option<String>) -> Aws {
        Self::over(http_client(), credentials, region, endpoint)
    }

    /// As `with`, for a server that wants a header with each request besides the signature.
    pub fn with_header(
        credentials: access::Provider,
        region: &str,
        endpoint: Option<String>,
        (name, value): (&'static str, Arc<Zeroizing<String>>),
    ) -> Aws {
        Self::over(
            SharedHttpClient::new(WithHeader { client: http_client(), name, value }),
            credentials,
            region,
            endpoint,
        )
    }

    fn over(client: SharedHttpClient, credentials: access::Provider, region: &str, endpoint: Option<String>) -> Aws {
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(5))
            .operation_attempt_timeout(Duration::from_secs(10))
            .operation_timeout(Duration::from_secs(60))
            .build();
        let mut config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(region.to_owned()))
            .credentials_provider(credentials)
            .identity_cache(aws_config::identity::IdentityCache::lazy().build())
            .retry_config(RetryConfig::standard().with_max_attempts(4).with_initial_backoff(Duration::from_millis(200)))
            .timeout_config(timeouts)
            .sleep_impl(aws_smithy_async::rt::sleep::TokioSleep::new())
            .time_source(aws_smithy_async::time::SystemTimeSource::new())
            .http_client(client);
        config.set_app_name(AppName::new("hubwright").ok());
        config.set_endpoint_url(endpoint.clone());
        let config = config.build();
        Aws {
            region: region.to_owned(),
            endpoint,
            codecommit: aws_sdk_codecommit::Client::new(&config),
            kms: aws_sdk_kms::Client::new(&config),
            iam: aws_sdk_iam::Client::new(&config),
            sts: aws_sdk_sts::Client::new(&config),
            route53: aws_sdk_route53::Client::new(&config),
        }
    }

    /// Credentials of a role for an hour.
    pub async fn assume(&self, role: &str) -> Result<aws_sdk_sts::types::Credentials, AwsError> {
        let call = self.sts.assume_role().role_arn(role).role_session_name("hubwright");
        let assumed = ask("sts:AssumeRole", call.send()).await?;
        assumed.credentials.ok_or_else(|| AwsError::empty("sts:AssumeRole"))
    }

    /// AWS as a role. A role, or its trust, takes up to a minute to be known everywhere: refusals are waited out as long
    /// as `patience`, and said meanwhile.
    pub async fn acting_as(&self, cx: &Cx, role: &str, patience: Duration) -> Result<Aws, Problem> {
        let began = std::time::Instant::now();
        let keys = loop {
            match self.assume(role).await {
                Ok(keys) => break keys,
                Err(error) if error.is_denied() && began.elapsed() < patience => {
                    cx.go_on()?;
                    cx.progress(format!("Waiting until AWS lets you act as {}", short(role)));
                    tokio::time::sleep(Duration::from_secs(2)).await;
                }
                Err(error) if error.is_denied() => {
                    let what = format!("The role {} does not let you act as it.", short(role));
                    let fix = "Apply the page that makes it again with your user among those allowed; a change of trust takes up to a minute.";
                    return Err(Problem::new(what, fix).because(&error));
                }
                Err(error) => return Err(error.into()),
            }
        };
        cx.hide(&Secret::from(keys.secret_access_key().to_owned()));
        cx.hide(&Secret::from(keys.session_token().to_owned()));
        let token = Some(keys.session_token().to_owned());
        let credentials = Credentials::new(keys.access_key_id(), keys.secret_access_key(), token, None, "hubwright");
        Ok(Self::with(access::Provider::new(credentials), &self.region, self.endpoint.clone()))
    }

    /// Who these credentials belong to.
    pub async fn identity(&self) -> Result<Identity, AwsError> {
        let who = ask("sts:GetCallerIdentity", self.sts.get_caller_identity().send()).await?;
        Ok(Identity {
            account: who.account().unwrap_or_default().to_owned(),
            arn: who.arn().unwrap_or_default().to_owned(),
        })
    }
}

/// A role by its name, for sentences.
fn short(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

/// Puts a header into each request of another client.
struct WithHeader {
    client: SharedHttpClient,
    name: &'static str,
    value: Arc<Zeroizing<String>>,
}

struct Connector {
    connector: SharedHttpConnector,
    name: &'static str,
    value: Arc<Zeroizing<String>>,
}

impl HttpClient for WithHeader {
    fn http_connector(&self, settings: &HttpConnectorSettings, parts: &RuntimeComponents) -> SharedHttpConnector {
        let connector = self.client.http_connector(settings, parts);
        SharedHttpConnector::new(Connector { connector, name: self.name, value: self.value.clone() })
    }
}

impl HttpConnector for Connector {
    fn call(&self, mut request: HttpRequest) -> HttpConnectorFuture {
        request.headers_mut().insert(self.name, self.value.as_str().to_owned());
        self.connector.call(request)
    }
}

// The value is a secret.
impl std::fmt::Debug for WithHeader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WithHeader").field("name", &self.name).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Connector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connector").field("name", &self.name).finish_non_exhaustive()
    }
}

/// One client for the whole program: the certificates of this computer are read once, and connections are kept.
fn http_client() -> SharedHttpClient {
    static CLIENT: std::sync::OnceLock<SharedHttpClient> = std::sync::OnceLock::new();
    CLIENT
        .get_or_init(|| {
            use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
            aws_smithy_http_client::Builder::new().tls_provider(Provider::Rustls(CryptoMode::AwsLc)).build_https()
        })
        .clone()
}
