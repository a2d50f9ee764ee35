//! A call as the gateway understands it: the service and action it is for, and refusals in that service's words.
//! It does not read what a call is about; moto's side does (`moto/asked.py`).

use super::{Answer, plain};
use hyper::body::Bytes;
use hyper::header::{AUTHORIZATION, HeaderValue, RETRY_AFTER};
use hyper::http::request::Parts;
use hyper::{Method, StatusCode};
use serde::{Deserialize, Serialize};

/// One call, as counted and as faults are matched with it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Call {
    /// As it signs: `iam`.
    pub service: String,
    pub action: String,
    pub region: String,
    /// The access key id that signed it.
    pub key: String,
}

impl Call {
    /// From the signature and the protocol of a request.
    pub fn read(head: &Parts, body: &Bytes) -> Call {
        let header =
            |name| head.headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok()).unwrap_or_default();
        // Credential=KEY/DATE/REGION/SERVICE/aws4_request
        let scope = header(AUTHORIZATION.as_str()).split("Credential=").nth(1).unwrap_or_default();
        let mut scope = scope.split(',').next().unwrap_or_default().split('/');
        let (key, _, region, service) = (scope.next(), scope.next(), scope.next(), scope.next());
        let target = header("x-amz-target");
        let service = service.unwrap_or_default().to_owned();
        let action = if !target.is_empty() {
            target.rsplit('.').next().unwrap_or_default().to_owned()
        } else if service == "route53" {
            route53_action(&head.method, head.uri.path())
        } else {
            match form(body, "Action") {
                // A question asked by GET has its action in the address.
                empty if empty.is_empty() => match form(head.uri.query().unwrap_or_default().as_bytes(), "Action") {
                    empty if empty.is_empty() => format!("{} {}", head.method, head.uri.path()),
                    action => action,
                },
                action => action,
            }
        };
        Call { service, action, region: region.unwrap_or_default().into(), key: key.unwrap_or_default().into() }
    }

    /// An error as AWS words it in the protocol of the call.
    pub fn refuse(&self, status: u16, code: &str, message: &str) -> Answer {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        if !self.is_xml() {
            return plain(status, &serde_json::json!({ "__type": code, "message": message }).to_string());
        }
        let message = message.replace('&', "&amp;").replace('<', "&lt;");
        plain(
            status,
            &format!(
                "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error><RequestId>practice</RequestId></ErrorResponse>"
            ),
        )
    }

    /// The credentials have expired.
    pub fn expired(&self) -> Answer {
        let code = if self.is_xml() { "ExpiredToken" } else { "ExpiredTokenException" };
        self.refuse(
            if self.is_xml() { 403 } else { 400 },
            code,
            "The security token included in the request is expired",
        )
    }

    /// The key is not known where the call goes.
    pub fn unknown_key(&self) -> Answer {
        let code = if self.is_xml() { "InvalidClientTokenId" } else { "UnrecognizedClientException" };
        let message = "The security token included in the request is invalid.";
        self.refuse(if self.is_xml() { 403 } else { 400 }, code, message)
    }

    /// Too many calls at once.
    pub fn throttled(&self) -> Answer {
        let mut answer = match self.service.as_str() {
            "ec2" => self.refuse(503, "RequestLimitExceeded", "Request limit exceeded."),
            "eks" | "elasticfilesystem" => self.refuse(429, "TooManyRequestsException", "Too Many Requests"),
            _ if self.is_xml() => self.refuse(400, "Throttling", "Rate exceeded"),
            _ => self.refuse(400, "ThrottlingException", "Rate exceeded"),
        };
        answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
        answer
    }

    fn is_xml(&self) -> bool {
        let services = ["iam", "sts", "route53", "ec2", "elasticloadbalancing", "autoscaling", "s3"];
        services.contains(&self.service.as_str())
    }
}

fn route53_action(method: &Method, path: &str) -> String {
    let parts: Vec<&str> = path.trim_matches('/').split('/').skip(1).collect();
    match (method.as_str(), parts.as_slice()) {
        ("POST", ["hostedzone", _, "rrset"]) => "ChangeResourceRecordSets".into(),
        ("GET", ["hostedzone", _, "rrset"]) => "ListResourceRecordSets".into(),
        ("GET", ["hostedzonesbyname"]) => "ListHostedZonesByName".into(),
        ("GET", ["hostedzone"]) => "ListHostedZones".into(),
        ("GET", ["hostedzone", _]) => "GetHostedZone".into(),
        ("GET", ["change", _]) => "GetChange".into(),
        (method, parts) => format!("{method} {}", parts.join("/")),
    }
}

/// A field of a form body or a query; empty where there is none.
pub fn form(body: &[u8], field: &str) -> String {
    let text = String::from_utf8_lossy(body);
    let found = text.split('&').find_map(|pair| pair.strip_prefix(field)?.strip_prefix('='));
    percent_encoding::percent_decode_str(&found.unwrap_or_default().replace('+', " ")).decode_utf8_lossy().into_owned()
}
