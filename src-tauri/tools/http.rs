//! Web requests that are no AWS calls: the practice account's own pages, a server's clock, a sign-in page.
//! It follows no redirect, keeps no cookie, and trusts what this computer trusts.

use http_body_util::{BodyExt, Empty, Limited};
use hyper::body::Bytes;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
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
        .body(Empty::<Bytes>::new())?;
    let exchange = async {
        let (head, body) = client()?.request(request).await?.into_parts();
        let body = Limited::new(body, 1 << 20).collect().await?.to_bytes().to_vec();
        Ok::<_, HttpError>(Answer { status: head.status.as_u16(), body, headers: head.headers })
    };
    tokio::time::timeout(Duration::from_secs(20), exchange).await?
}

/// One client for the whole program: this computer's certificates are read once.
fn client() -> Result<Client<HttpsConnector<HttpConnector>, Empty<Bytes>>, HttpError> {
    static TLS: OnceLock<HttpsConnector<HttpConnector>> = OnceLock::new();
    let connector = match TLS.get() {
        Some(connector) => connector.clone(),
        None => {
            let provider = rustls::crypto::aws_lc_rs::default_provider();
            let roots = HttpsConnectorBuilder::new().with_provider_and_native_roots(provider)?;
            TLS.get_or_init(|| roots.https_or_http().enable_http1().build()).clone()
        }
    };
    // No pool: a client bound to one runtime must not outlive it.
    Ok(Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build(connector))
}
