//! HTTP clients of the AWS clients: one set of connections for the whole program, with a header more where a server wants one.

use crate::tools::http::{Pool, connector};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
    http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use std::sync::Arc;
use std::time::Instant;
use zeroize::Zeroizing;

/// Calls to `endpoint`, or to AWS. Timeouts are the connector's own.
pub(super) fn to(endpoint: Option<&str>) -> SharedHttpClient {
    let connector = connector(endpoint.unwrap_or("https://amazonaws.com"), Pool::On);
    let connector = SharedHttpConnector::new(Signed(connector));
    http_client_fn(move |_, _| connector.clone())
}

/// The header in which an answer says whose signature its call had. It never leaves this computer.
pub(super) const SIGNED_BY: &str = "x-hubwright-signed-by";

/// Writes into each answer the access key id that signed its call: an answer to an older session must not end a newer one.
#[derive(Debug)]
struct Signed(SharedHttpConnector);

impl HttpConnector for Signed {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let signature = request.headers().get("authorization").unwrap_or_default();
        let key = signature.split_once("Credential=").and_then(|(_, rest)| rest.split('/').next()).map(str::to_owned);
        let (to, call, began) = (request.uri().to_owned(), call(&request), Instant::now());
        let answer = self.0.call(request);
        HttpConnectorFuture::new(async move {
            let answer = answer.await;
            let took = began.elapsed().as_millis();
            let mut answer = match answer {
                Ok(answer) => answer,
                Err(error) => {
                    tracing::warn!(to, call, took, error = &error as &dyn std::error::Error, "AWS was not reached");
                    return Err(error);
                }
            };
            let id = answer.headers().get("x-amzn-requestid").or_else(|| answer.headers().get("x-amz-request-id"));
            tracing::info!(to, call, status = answer.status().as_u16(), took, id, "AWS answered");
            answer.headers_mut().remove(SIGNED_BY);
            if let Some(key) = key {
                answer.headers_mut().insert(SIGNED_BY, key);
            }
            Ok(answer)
        })
    }
}

/// What is called: the operation, where the protocol names it apart from the address.
fn call(request: &HttpRequest) -> String {
    let named = request.headers().get("x-amz-target").map(str::to_owned);
    let in_body = || {
        let body = std::str::from_utf8(request.body().bytes()?).ok()?;
        body.strip_prefix("Action=")?.split('&').next().map(str::to_owned)
    };
    named.or_else(in_body).unwrap_or_else(|| request.method().to_owned())
}

/// As `to`, with a header in each request.
pub(super) fn with_header(
    endpoint: Option<&str>,
    (name, value): (&'static str, Arc<Zeroizing<String>>),
) -> SharedHttpClient {
    SharedHttpClient::new(WithHeader { client: to(endpoint), name, value })
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
