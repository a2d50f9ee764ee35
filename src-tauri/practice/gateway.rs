//! The gateway of the practice account: passes calls on to moto, counts them, and makes faults it is told to make. It
//! listens on this computer only, and answers those whom `entrance` lets in. It judges no call: moto's side does.

use super::call::Call;
use super::fault::{Faults, Kind};
use super::moto::{Moto, REGION};
use super::{Answer, Practice, entrance, git, names, plain};
use crate::engine::context::lock;
use crate::engine::{Problem, files};
use crate::tools::aws::access::Provider;
use crate::tools::aws::{Aws, regions};
use crate::tools::practice::{TOKEN, proof};
use aws_credential_types::Credentials;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_LENGTH, DATE, HeaderMap, HeaderValue};
use hyper::http::request::Parts;
use hyper::http::response::Parts as Answered;
use hyper::{Request, Response, StatusCode};
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use hyper_util::rt::{TokioExecutor, TokioIo};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::{TcpListener, UdpSocket};
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

/// Why a request could not be answered; the connection is closed on it.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Failure(String);

/// The gateway, bound and ready to serve.
pub struct Gateway {
    listener: TcpListener,
    names: Mutex<Option<UdpSocket>>,
    inner: Arc<Inner>,
}

pub(super) struct Inner {
    moto: String,
    client: Client<HttpConnector, Full<Bytes>>,
    admin: Aws,
    pub practice: Practice,
    pub name_server: SocketAddr,
    pub faults: Mutex<Faults>,
    pub calls: Mutex<Vec<Call>>,
    /// Where this gateway listens.
    address: SocketAddr,
    /// What those must know who use its own pages or its git.
    token: Zeroizing<String>,
    /// What moto must be told with each request.
    moto_token: HeaderValue,
    /// Bare repositories; they go with the practice account.
    repositories: PathBuf,
    /// Clients of the sign-in service with their callbacks, as told.
    pub clients: Mutex<BTreeMap<String, String>>,
    /// Seconds the clock of the practice account is ahead of this computer's.
    clock: Mutex<i64>,
    /// So many requests are moto's at a time.
    turns: Semaphore,
}

impl Gateway {
    /// Binds to `port` on the loopback address, any free one for 0.
    pub async fn bind(
        moto: &Moto,
        port: u16,
        token: Zeroizing<String>,
        repositories: PathBuf,
    ) -> Result<Self, Problem> {
        let busy = |error: std::io::Error| {
            let what = format!("Port {port} of this computer cannot be used for the practice account.");
            Problem::new(what, "Use another port, or stop the program that has it.").because(&error)
        };
        let listener = TcpListener::bind(("127.0.0.1", port)).await.map_err(busy)?;
        let address = listener.local_addr().map_err(busy)?;
        let names = UdpSocket::bind("127.0.0.1:0").await.map_err(busy)?;
        let key = Credentials::new(&moto.admin.access_key_id, &moto.admin.secret_access_key, None, None, "practice");
        let endpoint = format!("http://127.0.0.1:{}", moto.port);
        let admin = Aws::with_header(Provider::new(key), REGION, Some(endpoint.clone()), (TOKEN, moto.token.clone()));
        let mut moto_token = HeaderValue::from_str(&moto.token).map_err(|error| busy(std::io::Error::other(error)))?;
        moto_token.set_sensitive(true);
        let account = admin.caller().await?.account;
        let practice = Practice {
            endpoint: format!("http://{address}"),
            region: REGION.into(),
            account,
            admin: moto.admin.clone(),
        };
        let inner = Inner {
            moto: endpoint,
            client: Client::builder(TokioExecutor::new()).build_http(),
            admin,
            practice,
            name_server: names.local_addr().map_err(busy)?,
            faults: Mutex::default(),
            calls: Mutex::default(),
            address,
            token,
            moto_token,
            repositories,
            clients: Mutex::default(),
            clock: Mutex::default(),
            turns: Semaphore::new(AT_A_TIME),
        };
        Ok(Gateway { listener, names: Mutex::new(Some(names)), inner: Arc::new(inner) })
    }

    pub fn practice(&self) -> Practice {
        self.inner.practice.clone()
    }

    /// Serves until this process ends. A connection that cannot be taken (the computer gives no more files, or the caller is
    /// gone already) is no reason to leave the others: soon there may be room again.
    pub async fn serve(&self) {
        if let Some(socket) = lock(&self.names).take() {
            tokio::spawn(names::serve(socket, self.inner.admin.clone()));
        }
        let mut pause = SHORTEST_PAUSE;
        loop {
            let (stream, peer) = match self.listener.accept().await {
                Ok(accepted) => accepted,
                Err(_) => {
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                    continue;
                }
            };
            pause = SHORTEST_PAUSE;
            let inner = self.inner.clone();
            if entrance::is_foreign(peer, inner.address) == Some(true) {
                continue;
            }
            tokio::spawn(async move {
                let service = hyper::service::service_fn(move |request| {
                    let inner = inner.clone();
                    async move { inner.answer(request).await }
                });
                // A connection that the client closes, or a fault resets, is no business of anybody else's.
                let _ =
                    hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
            });
        }
    }
}

impl Inner {
    async fn answer(&self, request: Request<Incoming>) -> Result<Answer, Failure> {
        let (mut head, body) = request.into_parts();
        let port = self.address.port();
        if let Some(refused) = entrance::refused(&head, port) {
            return Ok(refused);
        }
        let own = head.uri.path().strip_prefix("/hubwright/").map(str::to_owned);
        // The one page for those who do not know yet whether they may trust it with the token.
        if own.as_deref() == Some("proof") {
            return Ok(plain(StatusCode::OK, &proof(&self.token, port, head.uri.query().unwrap_or_default())));
        }
        if own.is_some() && !entrance::knows(&head.headers, &self.token) {
            return Ok(plain(StatusCode::FORBIDDEN, "the token is missing"));
        }
        let repository = git::wanted(&head);
        if own.is_none() && repository.is_none() && !entrance::is_signed(&head.headers) {
            let message = "Request is missing Authentication Token";
            return Ok(Call::read(&head, &Bytes::new()).refuse(403, "MissingAuthenticationToken", message));
        }
        // From here on the token is not passed to anybody.
        head.headers.remove(TOKEN);
        let body = Limited::new(body, 16 << 20).collect().await.map_err(failure)?.to_bytes();
        if let Some(path) = own {
            return self.page(&head.method, &path, head.uri.query().unwrap_or_default(), &body).await;
        }
        let call = match &repository {
            Some(wanted) => Call {
                service: "codecommit".into(),
                action: wanted.action.into(),
                region: self.practice.region.clone(),
                key: git::user(&head),
            },
            None => Call::read(&head, &body),
        };
        lock(&self.calls).push(call.clone());
        if let Some(answer) = self.fault(&call).await? {
            return Ok(answer);
        }
        if let Some(wanted) = repository {
            return self.git(&head, &body, &wanted).await;
        }
        // The practice account has opted into no region.
        if regions::needs_opt_in(&call.region) {
            return Ok(call.unknown_key());
        }
        self.pass_on(&call, head, body).await
    }

    /// Makes the fault that is set for this call, where one is. `Ok(None)`: the call goes on.
    async fn fault(&self, call: &Call) -> Result<Option<Answer>, Failure> {
        let fault = lock(&self.faults).meet(call);
        Ok(match fault {
            Some(Kind::Delay { ms }) => {
                tokio::time::sleep(Duration::from_millis(ms)).await;
                None
            }
            Some(Kind::Reset) => return Err(failure("reset, as told")),
            Some(Kind::Status { status, code, message }) => Some(call.refuse(status, &code, &message)),
            Some(Kind::Throttle) => Some(call.throttled()),
            Some(Kind::Hide) => Some(call.refuse(404, "NoSuchEntity", "It cannot be found yet.")),
            Some(Kind::Expire) => Some(call.expired()),
            Some(Kind::Skew { seconds }) => {
                self.set_clock(seconds).await?;
                None
            }
            None => None,
        })
    }

    /// Lets moto answer.
    async fn pass_on(&self, call: &Call, head: Parts, body: Bytes) -> Result<Answer, Failure> {
        let changed = self.changed_repository(call, &body);
        let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
        // The Host header stays as it is: it is part of what was signed.
        let (mut head, mut body) =
            self.send(Request::builder().method(head.method).uri(path), head.headers, body).await?;
        // moto lets pages of every site read its answers.
        let open: Vec<_> =
            head.headers.keys().filter(|name| name.as_str().starts_with("access-control-")).cloned().collect();
        open.iter().for_each(|name| drop(head.headers.remove(name)));
        if let Some(name) = changed.filter(|_| head.status.is_success()) {
            files::remove_folder(&self.repositories.join(name)).map_err(failure)?;
        }
        if call.service == "codecommit" {
            // Where git finds the repository: here, not at AWS.
            let theirs = format!("https://git-codecommit.{}.amazonaws.com/", self.practice.region);
            let text = String::from_utf8_lossy(&body).replace(&theirs, &format!("{}/", self.practice.endpoint));
            head.headers.remove(CONTENT_LENGTH);
            body = Bytes::from(text);
        }
        head.headers.insert(DATE, git::date(*lock(&self.clock)));
        Ok(Response::from_parts(head, Full::new(body)))
    }

    /// The repository whose content goes once moto has allowed and done the call: a repository that is made anew starts
    /// empty, and one that is deleted is gone.
    fn changed_repository(&self, call: &Call, body: &Bytes) -> Option<String> {
        let changes = matches!(call.action.as_str(), "CreateRepository" | "DeleteRepository");
        let asked: serde_json::Value = match call.service == "codecommit" && changes {
            true => serde_json::from_slice(body).ok()?,
            false => return None,
        };
        asked["repositoryName"].as_str().filter(|name| git::is_name(name)).map(str::to_owned)
    }

    /// Git of a repository that CodeCommit knows.
    async fn git(&self, head: &Parts, body: &Bytes, wanted: &git::Wanted) -> Result<Answer, Failure> {
        let Practice { region, account, .. } = &self.practice;
        let clock = *lock(&self.clock);
        let question = match git::question(head, wanted, &self.token, region, account, clock) {
            Ok(question) => question,
            Err(refused) => return Ok(refused),
        };
        let said = self.ask_moto("git", &question).await?;
        if said != "ok" {
            return Ok(git::plain_at(clock, StatusCode::FORBIDDEN, said.as_str().unwrap_or_default()));
        }
        let root = &self.repositories;
        let there = self.admin.codecommit.get_repository().repository_name(&wanted.repository).send().await.is_ok();
        if !there {
            files::remove_folder(&root.join(&wanted.repository)).map_err(failure)?;
            return Ok(git::plain_at(clock, StatusCode::NOT_FOUND, "repository not found"));
        }
        git::make(root, &wanted.repository).await.map_err(failure)?;
        git::serve(root, head, body, wanted).await.map_err(failure)
    }

    /// Sets the practice account's clock so many seconds ahead.
    pub async fn set_clock(&self, seconds: i64) -> Result<(), Failure> {
        *lock(&self.clock) = seconds;
        self.ask_moto("settings", &serde_json::json!({ "clock_seconds": seconds })).await.map(drop)
    }

    /// Asks a page of moto's process (`moto/server.py`).
    pub async fn ask_moto(&self, page: &str, asked: &serde_json::Value) -> Result<serde_json::Value, Failure> {
        let request = Request::post(format!("/hubwright/{page}"));
        let (_, body) = self.send(request, HeaderMap::new(), Bytes::from(asked.to_string())).await?;
        serde_json::from_slice(&body).map_err(failure)
    }

    /// Sends a request to moto; `request` has its method and path.
    async fn send(
        &self,
        request: hyper::http::request::Builder,
        headers: HeaderMap,
        body: Bytes,
    ) -> Result<(Answered, Bytes), Failure> {
        let path = request.uri_ref().map(ToString::to_string).unwrap_or_default();
        let mut request = request.uri(format!("{}{path}", self.moto)).body(Full::new(body)).map_err(failure)?;
        *request.headers_mut() = headers;
        request.headers_mut().insert(TOKEN, self.moto_token.clone());
        // The practice account's own questions do not come past here.
        request.headers_mut().insert("x-hubwright-outside", HeaderValue::from_static("1"));
        // moto makes a thread for each request that it has; the others wait here.
        let _turn = self.turns.acquire().await.map_err(failure)?;
        let (head, body) = self.client.request(request).await.map_err(failure)?.into_parts();
        Ok((head, body.collect().await.map_err(failure)?.to_bytes()))
    }
}

pub(super) fn failure(cause: impl std::fmt::Display) -> Failure {
    Failure(cause.to_string())
}

const SHORTEST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
const AT_A_TIME: usize = 16;
