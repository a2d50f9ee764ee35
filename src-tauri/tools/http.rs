//! How this program itself speaks HTTP: connections for the AWS clients, and requests of its own (the practice account's
//! pages, a server's clock, a sign-in page). They trust what this computer trusts and go through the proxy that the
//! environment names (HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY, in capitals or not). Redirects are not followed.

use aws_smithy_http_client::Connector;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorSettings, SharedHttpConnector};
use aws_smithy_types::body::SdkBody;
use http_body_util::{BodyExt, Limited};
use std::sync::OnceLock;
use std::time::Duration;

/// What a server answered.
pub struct Answer {
    pub status: u16,
    pub body: Vec<u8>,
    headers: hyper::HeaderMap,
}

pub type HttpError = Box<dyn std::error::Error + Send + Sync>;

impl Answer {
    /// A header's text; empty where there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

/// Sends a request with these headers and without a body; at most 1 MiB of the answer is read, within 20 seconds.
pub async fn send(method: &str, uri: &str, headers: &[(&str, &str)]) -> Result<Answer, HttpError> {
    let request = headers
        .iter()
        .fold(hyper::Request::builder(), |request, (name, value)| request.header(*name, *value))
        .method(method)
        .uri(uri)
        .header("user-agent", concat!("hubwright/", env!("CARGO_PKG_VERSION")))
        .body(SdkBody::empty())?;
    let exchange = async {
        let answer = connector(uri, Pool::Off).call(request.try_into()?).await?.try_into_http1x()?;
        let (head, body) = answer.into_parts();
        let body = Limited::new(body, 1 << 20).collect().await?.to_bytes().to_vec();
        Ok::<_, HttpError>(Answer { status: head.status.as_u16(), body, headers: head.headers })
    };
    tokio::time::timeout(Duration::from_secs(20), exchange).await?
}

/// Whether connections are kept for the next request.
#[derive(Clone, Copy)]
pub(super) enum Pool {
    On,
    /// For requests that may be made from several runtimes: a kept connection must not outlive the runtime it is bound to.
    Off,
}

/// Connections to where `uri` leads: straight to this computer, through the proxy of the environment elsewhere. Made once
/// for the whole program, so that this computer's certificates are read once.
pub(super) fn connector(uri: &str, pool: Pool) -> SharedHttpConnector {
    static KNOWN: [OnceLock<SharedHttpConnector>; 4] = [const { OnceLock::new() }; 4];
    let here = is_here(uri);
    let make = || {
        let proxies = if here { ProxyConfig::disabled() } else { ProxyConfig::from_env() };
        // An answer must begin within ten seconds. The whole call has no limit of its own: signing it may wait for a person.
        let patience = HttpConnectorSettings::builder()
            .connect_timeout(Duration::from_secs(5))
            .read_timeout(Duration::from_secs(10))
            .build();
        let builder = Connector::builder()
            .connector_settings(patience)
            .proxy_config(proxies)
            .tls_provider(Provider::Rustls(CryptoMode::AwsLc));
        SharedHttpConnector::new(match pool {
            Pool::On => builder.build(),
            Pool::Off => builder.pool_max_idle_per_host(0).build(),
        })
    };
    KNOWN[2 * usize::from(here) + pool as usize].get_or_init(make).clone()
}

/// Whether an address is of this computer. No proxy leads back to it.
fn is_here(uri: &str) -> bool {
    let Ok(uri) = uri.parse::<hyper::Uri>() else { return false };
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}
