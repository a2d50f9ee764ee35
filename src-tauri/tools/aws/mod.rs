//! AWS: clients for one identity in one region, with timeouts, retries and errors a person can act on.
//! Which identity a step uses is the step's business.

pub mod access;
pub mod error;
pub mod load_balancer;
pub mod regions;
pub mod rights;

pub use access::Access;
pub use error::{AwsError, ask};

use crate::engine::{Cx, Problem};
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{AppName, BehaviorVersion, Region, SdkConfig};
use std::time::Duration;

/// AWS as one identity, in one region.
#[derive(Clone)]
pub struct Aws {
    pub region: String,
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
            .http_client(http_client());
        config.set_app_name(AppName::new("hubwright").ok());
        config.set_endpoint_url(endpoint);
        let config = config.build();
        Aws {
            region: region.to_owned(),
            iam: aws_sdk_iam::Client::new(&config),
            sts: aws_sdk_sts::Client::new(&config),
            route53: aws_sdk_route53::Client::new(&config),
        }
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

/// One client for the whole program: the certificates of this computer are read once, and connections are kept.
fn http_client() -> aws_smithy_runtime_api::client::http::SharedHttpClient {
    static CLIENT: std::sync::OnceLock<aws_smithy_runtime_api::client::http::SharedHttpClient> =
        std::sync::OnceLock::new();
    CLIENT
        .get_or_init(|| {
            use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
            aws_smithy_http_client::Builder::new().tls_provider(Provider::Rustls(CryptoMode::AwsLc)).build_https()
        })
        .clone()
}
