//! The practice account as seen by whoever uses it: where it answers, and the proof that it is the one we know.
//! Starting and finding it is the business of the module `practice`, not of this file.

use super::http::{self, Answer, HttpError};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::net::SocketAddr;
use std::sync::Arc;
use zeroize::Zeroizing;

/// Carries the token of a request to the practice account's own pages.
pub const TOKEN: &str = "x-hubwright-token";

/// A practice account that has proved that it knows its token: whoever took its port after its end does not.
#[derive(Clone)]
pub struct PracticeEndpoint {
    /// `http://127.0.0.1:PORT`
    pub endpoint: String,
    /// Stands in for the name servers of every zone in the practice account.
    pub name_server: SocketAddr,
    /// `AWS_ENDPOINT_URL` names it: then, as with every AWS SDK, other kinds of access go there too.
    pub named: bool,
    /// 64 hex digits, from the file that only its owner can read.
    token: Arc<Zeroizing<String>>,
}

/// What the practice account did not do.
#[derive(Debug, thiserror::Error)]
pub enum PracticeError {
    #[error("the practice account does not run")]
    NotRunning,
    #[error("what `AWS_ENDPOINT_URL` names, {0}, is no practice account that proved itself")]
    Unknown(String),
    #[error("the practice account does not answer at {endpoint}")]
    Silent {
        endpoint: String,
        #[source]
        source: HttpError,
    },
    #[error("the practice account could not make a user")]
    NoUserMade {
        said: String,
        #[source]
        source: serde_json::Error,
    },
}

/// The system gave no random numbers.
#[derive(Debug, thiserror::Error)]
#[error("this computer gives no random numbers")]
pub struct NoRandomNumbers;

/// What the practice account says of itself, to those who know its token.
#[derive(serde::Serialize, serde::Deserialize)]
pub struct About {
    pub name_server: SocketAddr,
    /// Twelve digits.
    pub account: String,
}

impl PracticeEndpoint {
    /// The practice account at `endpoint`. `None` where nothing answers, or what answers does not know the token.
    pub async fn find(endpoint: &str, token: &str, named: bool) -> Option<Self> {
        prove(endpoint, token).await.ok()?;
        let answer = http::send("GET", &format!("{endpoint}/hubwright/about"), &[(TOKEN, token)]).await.ok()?;
        let about: About = serde_json::from_slice(&answer.body).ok().filter(|_| answer.status == 200)?;
        let token = Arc::new(Zeroizing::new(token.to_owned()));
        Some(PracticeEndpoint { endpoint: endpoint.to_owned(), name_server: about.name_server, named, token })
    }

    /// Asks for the proof again. Call it before anything is sent there: the account may have ended meanwhile, and its port
    /// may be somebody else's.
    pub async fn prove(&self) -> Result<(), PracticeError> {
        let proved = prove(&self.endpoint, &self.token).await;
        proved.map_err(|source| PracticeError::Silent { endpoint: self.endpoint.clone(), source })
    }

    /// A request to one of its own pages, once it has proved itself.
    pub async fn ask(&self, method: &str, path: &str) -> Result<Answer, HttpError> {
        prove(&self.endpoint, &self.token).await?;
        http::send(method, &format!("{}/hubwright/{path}", self.endpoint), &[(TOKEN, &self.token)]).await
    }

    /// Tells this account from those before and after it, and tells nobody its token.
    pub fn world(&self) -> String {
        proof(&self.token, 0, "world")[..16].to_owned()
    }

    /// What is put behind a password of its git, so that only those who know the token get in.
    pub fn git_suffix(&self) -> Zeroizing<String> {
        Zeroizing::new(format!(".{}", self.token.as_str()))
    }
}

impl std::fmt::Debug for PracticeEndpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PracticeEndpoint").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

/// What a gateway at `port` that knows `token` answers to `nonce`. The port is in it, so that an answer cannot be passed
/// on from another gateway.
pub fn proof(token: &str, port: u16, nonce: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(token.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(format!("hubwright practice account\n{port}\n{nonce}").as_bytes());
    hex::encode(mac.finalize().into_bytes())
}

/// 256 random bits as hex.
pub fn new_token() -> Result<Zeroizing<String>, NoRandomNumbers> {
    let mut bytes = Zeroizing::new([0u8; 32]);
    aws_lc_rs::rand::fill(bytes.as_mut()).map_err(|_| NoRandomNumbers)?;
    Ok(Zeroizing::new(hex::encode(bytes.as_ref())))
}

/// Sends a random number and compares what comes back. Neither tells anybody the token.
async fn prove(endpoint: &str, token: &str) -> Result<(), HttpError> {
    let port = port(endpoint).ok_or("the address has no port")?;
    let nonce = new_token()?;
    let answer = http::send("GET", &format!("{endpoint}/hubwright/proof?{}", nonce.as_str()), &[]).await?;
    let wanted = proof(token, port, &nonce);
    let same: bool = subtle::ConstantTimeEq::ct_eq(answer.body.as_slice(), wanted.as_bytes()).into();
    same.then_some(()).ok_or_else(|| "what answers there is not the practice account that was started".into())
}

/// `AWS_ENDPOINT_URL`, where it names this computer, as `http://127.0.0.1:PORT` where it can be written so.
pub fn named() -> Option<String> {
    let given = std::env::var("AWS_ENDPOINT_URL").ok()?;
    let address = given.parse::<hyper::Uri>().ok()?;
    let host = address.host()?.trim_matches(['[', ']']);
    let here = host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
    here.then(|| match (address.scheme_str(), address.port_u16(), host) {
        (Some("http"), Some(port), "localhost" | "127.0.0.1") => format!("http://127.0.0.1:{port}"),
        _ => given.trim_end_matches('/').to_owned(),
    })
}

/// The port of `http://HOST:PORT`.
pub fn port(endpoint: &str) -> Option<u16> {
    endpoint.parse::<hyper::Uri>().ok()?.port_u16()
}
