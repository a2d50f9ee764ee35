//! The gateway of the practice account: passes calls on to moto, answers as AWS does where moto does not, counts calls,
//! and makes faults it is told to make. It listens on this computer only, and answers those whom `entrance` lets in.
//! Long because the gateway and the gaps it fills share the one client and its counts.

use super::fault::{Call, Fault, Faults, Kind};
use super::moto::{Moto, REGION};
use super::{Admin, Answer, Practice, entrance, git, names};
use crate::engine::context::lock;
use crate::engine::{Problem, files};
use crate::tools::aws::access::Provider;
use crate::tools::aws::error::OrNone;
use crate::tools::aws::{Aws, ask, regions};
use crate::tools::practice::{About, TOKEN, proof};
use aws_credential_types::Credentials;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{AUTHORIZATION, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use hyper_util::rt::{TokioExecutor, TokioIo};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::{TcpListener, UdpSocket};
use zeroize::Zeroizing;

/// Why a request could not be answered; the connection is closed on it.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Failure(String);

/// The gateway, bound and ready to serve.
pub struct Gateway {
    listener: TcpListener,
    names: Mutex<Option<UdpSocket>>,
    inner: Arc<Inner>,
}

struct Inner {
    moto: String,
    client: Client<HttpConnector, Full<Bytes>>,
    admin: Aws,
    practice: Practice,
    name_server: SocketAddr,
    faults: Mutex<Faults>,
    calls: Mutex<Vec<Call>>,
    /// Where this gateway listens.
    address: SocketAddr,
    /// What those must know who use its own pages or its git.
    token: Zeroizing<String>,
    /// What moto must be told with each request.
    moto_token: HeaderValue,
    /// Bare repositories; they go with the practice account.
    repositories: PathBuf,
    /// Clients of the sign-in service with their callbacks, as told.
    clients: Mutex<BTreeMap<String, String>>,
    /// Seconds the clock of the practice account is off, as told.
    skew: Mutex<i64>,
    users: tokio::sync::Mutex<BTreeMap<String, Admin>>,
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
            skew: Mutex::default(),
            users: tokio::sync::Mutex::default(),
        };
        Ok(Gateway { listener, names: Mutex::new(Some(names)), inner: Arc::new(inner) })
    }

    pub fn practice(&self) -> Practice {
        self.inner.practice.clone()
    }

    /// Serves until the listener fails.
    pub async fn serve(&self) {
        if let Some(socket) = lock(&self.names).take() {
            tokio::spawn(names::serve(socket, self.inner.admin.clone()));
        }
        while let Ok((stream, peer)) = self.listener.accept().await {
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
            return Ok(refuse(&understand(&head, &Bytes::new()), 403, "MissingAuthenticationToken", message));
        }
        // From here on the token is not passed to anybody.
        head.headers.remove(TOKEN);
        let body = Limited::new(body, 16 << 20).collect().await.map_err(failure)?.to_bytes();
        if let Some(path) = own {
            return self.own(&head.method, &path, head.uri.query().unwrap_or_default(), &body).await;
        }
        let call = match &repository {
            Some(wanted) => Call {
                service: "codecommit".into(),
                action: wanted.action.into(),
                region: self.practice.region.clone(),
                key: git::user(&head),
            },
            None => understand(&head, &body),
        };
        lock(&self.calls).push(call.clone());
        let fault = lock(&self.faults).meet(&call);
        match fault {
            Some(Kind::Delay { ms }) => tokio::time::sleep(Duration::from_millis(ms)).await,
            Some(Kind::Reset) => return Err(failure("reset, as told")),
            Some(Kind::Status { status, code, message }) => return Ok(refuse(&call, status, &code, &message)),
            Some(Kind::Hide) => return Ok(refuse(&call, 404, "NoSuchEntity", "It cannot be found yet.")),
            Some(Kind::Expire) => {
                return Ok(refuse(&call, 403, "ExpiredToken", "The security token included in the request is expired"));
            }
            Some(Kind::Skew { seconds }) => *lock(&self.skew) = seconds,
            None => {}
        }
        if let Some(wanted) = repository {
            return self.git(&head, &body, &wanted).await;
        }
        if let Some(answer) = self.gap(&call, head.uri.path(), &body).await? {
            return Ok(answer);
        }
        // A repository that is made anew starts empty, and one that is deleted is gone: once moto has allowed and done it.
        let renewed = match (call.service.as_str(), call.action.as_str()) {
            ("codecommit", "CreateRepository" | "DeleteRepository") => {
                let asked: serde_json::Value = serde_json::from_slice(&body).map_err(failure)?;
                let name = asked["repositoryName"].as_str().unwrap_or_default().to_owned();
                if !git::is_name(&name) {
                    let message = "The repository name is not valid";
                    return Ok(refuse(&call, 400, "InvalidRepositoryNameException", message));
                }
                Some(name)
            }
            _ => None,
        };
        let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
        let mut onward = Request::builder()
            .method(head.method)
            .uri(format!("{}{path}", self.moto))
            .body(Full::new(body))
            .map_err(failure)?;
        // The Host header stays as it is: it is part of what was signed.
        *onward.headers_mut() = head.headers;
        onward.headers_mut().insert(TOKEN, self.moto_token.clone());
        let (mut head, body) = self.client.request(onward).await.map_err(failure)?.into_parts();
        let answered = body.collect().await.map_err(failure)?.to_bytes();
        // moto lets pages of every site read its answers.
        let open: Vec<_> =
            head.headers.keys().filter(|name| name.as_str().starts_with("access-control-")).cloned().collect();
        open.iter().for_each(|name| drop(head.headers.remove(name)));
        if let Some(name) = renewed.filter(|_| head.status.is_success()) {
            files::remove_folder(&self.repositories.join(name)).map_err(failure)?;
        }
        let body = answered;
        let body = match (call.service.as_str(), call.action.as_str()) {
            // Where git finds the repository: here, not at AWS.
            ("codecommit", _) => {
                let theirs = format!("https://git-codecommit.{}.amazonaws.com/", self.practice.region);
                let text = String::from_utf8_lossy(&body).replace(&theirs, &format!("{}/", self.practice.endpoint));
                head.headers.remove(hyper::header::CONTENT_LENGTH);
                Bytes::from(text)
            }
            _ => body,
        };
        if head.status.is_client_error()
            && let Some((code, message)) = nested_error(&body)
        {
            return Ok(refuse(&call, head.status.as_u16(), &code, &message));
        }
        Ok(Response::from_parts(head, Full::new(body)))
    }

    /// Git of a repository that CodeCommit knows.
    async fn git(
        &self,
        head: &hyper::http::request::Parts,
        body: &Bytes,
        wanted: &git::Wanted,
    ) -> Result<Answer, Failure> {
        let Practice { region, account, .. } = &self.practice;
        let skew = *lock(&self.skew);
        let (moto, moto_token) = (&self.moto, &self.moto_token);
        let judge = git::Judge { client: &self.client, moto, moto_token, token: &self.token, region, account, skew };
        if let Err(refused) = judge.admit(head, wanted).await {
            return Ok(refused);
        }
        let root = &self.repositories;
        let there = self.admin.codecommit.get_repository().repository_name(&wanted.repository).send().await.is_ok();
        if !there {
            files::remove_folder(&root.join(&wanted.repository)).map_err(failure)?;
            return Ok(judge.plain(StatusCode::NOT_FOUND, "repository not found"));
        }
        git::make(root, &wanted.repository).await.map_err(failure)?;
        git::serve(root, head, body, wanted).await.map_err(failure)
    }

    /// What moto does not answer as AWS does. `None`: pass it on.
    async fn gap(&self, call: &Call, path: &str, body: &Bytes) -> Result<Option<Answer>, Failure> {
        // The practice account has opted into no region.
        if regions::needs_opt_in(&call.region) {
            return Ok(Some(refuse(
                call,
                403,
                "InvalidClientTokenId",
                "The security token included in the request is invalid",
            )));
        }
        match (call.service.as_str(), call.action.as_str()) {
            ("iam", "AddUserToGroup") => {
                let (user, group) = (form(body, "UserName"), form(body, "GroupName"));
                let groups = self.admin.iam.list_groups_for_user().user_name(&user).send().await;
                let groups = groups.map(|found| found.groups().to_vec()).unwrap_or_default();
                if groups.len() >= 10 && !groups.iter().any(|member| member.group_name() == group) {
                    return Ok(Some(refuse(call, 409, "LimitExceeded", "Cannot exceed quota for GroupsPerUser: 10")));
                }
            }
            ("iam", "CreateRole" | "UpdateAssumeRolePolicy") => {
                let document = match form(body, "AssumeRolePolicyDocument") {
                    empty if empty.is_empty() => form(body, "PolicyDocument"),
                    document => document,
                };
                if let Some(unknown) = self.unknown_principal(&document).await {
                    let message = format!("Invalid principal in policy: \"AWS\":\"{unknown}\"");
                    return Ok(Some(refuse(call, 400, "MalformedPolicyDocument", &message)));
                }
            }
            ("route53", "ChangeResourceRecordSets") => {
                if let Some(message) = self.wrong_change(path, body).await? {
                    return Ok(Some(refuse(call, 400, "InvalidChangeBatch", &message)));
                }
            }
            _ => {}
        }
        Ok(None)
    }

    /// The first user or role that a trust policy names and the account does not have.
    async fn unknown_principal(&self, document: &str) -> Option<String> {
        let policy: serde_json::Value = serde_json::from_str(document).ok()?;
        let statements = policy["Statement"].as_array().cloned().unwrap_or_else(|| vec![policy["Statement"].clone()]);
        for named in statements.iter().map(|statement| &statement["Principal"]["AWS"]) {
            let arns = named.as_array().cloned().unwrap_or_else(|| vec![named.clone()]);
            for arn in arns.iter().filter_map(|arn| arn.as_str()) {
                let known = match arn
                    .rsplit_once('/')
                    .map(|(kind, name)| (kind.contains(":user"), kind.contains(":role"), name))
                {
                    Some((true, _, name)) => self.admin.iam.get_user().user_name(name).send().await.is_ok(),
                    Some((_, true, name)) => self.admin.iam.get_role().role_name(name).send().await.is_ok(),
                    _ => true,
                };
                if !known {
                    return Some(arn.to_owned());
                }
            }
        }
        None
    }

    /// Why Route 53 would refuse this batch: a CREATE of a record that is there, a DELETE of one that is not.
    async fn wrong_change(&self, path: &str, body: &Bytes) -> Result<Option<String>, Failure> {
        let Some(zone) = path.split('/').nth(3) else { return Ok(None) };
        let text = String::from_utf8_lossy(body);
        let Ok(xml) = roxmltree::Document::parse(&text) else { return Ok(None) };
        let child = |node: roxmltree::Node, name: &str| {
            node.descendants()
                .find(|inner| {
                    inner.has_tag_name(("https://route53.amazonaws.com/doc/2013-04-01/", name))
                        || inner.tag_name().name() == name
                })
                .and_then(|inner| inner.text().map(str::to_owned))
                .unwrap_or_default()
        };
        let mut deleted = vec![];
        for change in xml.descendants().filter(|node| node.tag_name().name() == "Change") {
            let (action, name, kind) = (child(change, "Action"), child(change, "Name"), child(change, "Type"));
            let name = format!("{}.", name.trim_end_matches('.'));
            let listed = self
                .admin
                .route53
                .list_resource_record_sets()
                .hosted_zone_id(zone)
                .start_record_name(&name)
                .send()
                .await;
            let there = listed.is_ok_and(|all| {
                all.resource_record_sets()
                    .iter()
                    .any(|record| record.name() == name && record.r#type().as_str() == kind)
            });
            let key = (name.clone(), kind.clone());
            match action.as_str() {
                "CREATE" if there && !deleted.contains(&key) => {
                    return Ok(Some(format!(
                        "[Tried to create resource record set [name='{name}', type='{kind}'] but it already exists]"
                    )));
                }
                "DELETE" if !there => {
                    return Ok(Some(format!(
                        "[Tried to delete resource record set [name='{name}', type='{kind}'] but it was not found]"
                    )));
                }
                "DELETE" => deleted.push(key),
                _ => {}
            }
        }
        Ok(None)
    }

    /// The gateway's own pages.
    async fn own(&self, method: &Method, path: &str, query: &str, body: &Bytes) -> Result<Answer, Failure> {
        Ok(match (method.as_str(), path) {
            ("GET", "oauth/authorize") => self.authorize(query),
            ("POST", "oauth/clients") => {
                let known: BTreeMap<String, String> = serde_json::from_slice(body).map_err(failure)?;
                *lock(&self.clients) = known;
                plain(StatusCode::OK, "")
            }
            ("GET", "about") => json(&About { name_server: self.name_server, account: self.practice.account.clone() })?,
            ("GET", "calls") => json(&*lock(&self.calls))?,
            ("DELETE", "calls") => {
                lock(&self.calls).clear();
                plain(StatusCode::OK, "")
            }
            ("POST", "faults") => match serde_json::from_slice::<Fault>(body) {
                Ok(fault) => {
                    lock(&self.faults).set(fault);
                    plain(StatusCode::OK, "")
                }
                Err(error) => plain(StatusCode::BAD_REQUEST, &error.to_string()),
            },
            ("DELETE", "faults") => {
                lock(&self.faults).clear();
                *lock(&self.skew) = 0;
                plain(StatusCode::OK, "")
            }
            (method @ ("GET" | "PUT"), path) => match path.strip_prefix("users/") {
                Some(user) => self.user(method == "PUT", user).await?,
                None => plain(StatusCode::NOT_FOUND, "no such page"),
            },
            _ => plain(StatusCode::NOT_FOUND, "no such page"),
        })
    }

    /// The sign-in service's answer to the beginning of a sign-in: it cannot be had here, so this stands in. It knows the
    /// clients it was told of with their callbacks; told of none, it knows every client of sixteen hex digits.
    fn authorize(&self, query: &str) -> Answer {
        let query = Bytes::from(query.to_owned());
        let (client, callback) = (form(&query, "client_id"), form(&query, "redirect_uri"));
        let clients = lock(&self.clients);
        let usual = client.len() == 16 && client.bytes().all(|b| b.is_ascii_hexdigit());
        match clients.get(&client) {
            None if !clients.is_empty() || !usual => plain(StatusCode::UNAUTHORIZED, "{\"error\": \"invalid_client\"}"),
            Some(known) if *known != callback => plain(
                StatusCode::BAD_REQUEST,
                "{\"error\": \"invalid_request\", \"error_description\": \"redirect_uri mismatch\"}",
            ),
            _ => plain(StatusCode::OK, "sign in here"),
        }
    }

    /// The key of a user; with `make`, the user is made where there is none, with the rights the guide assumes of its
    /// reader. A user that somebody made without any rights gets them too; one with rights keeps just those.
    async fn user(&self, make: bool, name: &str) -> Result<Answer, Failure> {
        let mut users = self.users.lock().await;
        let iam = &self.admin.iam;
        let there = ask("iam:GetUser", iam.get_user().user_name(name).send())
            .await
            .or_none("NoSuchEntity")
            .map_err(failure)?
            .is_some();
        if let Some(key) = users.get(name).filter(|_| there) {
            return json(key);
        }
        if !make {
            return Ok(plain(StatusCode::NOT_FOUND, "no such user"));
        }
        if !there {
            iam.create_user().user_name(name).send().await.map_err(failure)?;
        }
        let inline = iam.list_user_policies().user_name(name).send().await.map_err(failure)?;
        let attached = iam.list_attached_user_policies().user_name(name).send().await.map_err(failure)?;
        if inline.policy_names().is_empty() && attached.attached_policies().is_empty() {
            iam.put_user_policy()
                .user_name(name)
                .policy_name("reader-of-the-guide")
                .policy_document(READER)
                .send()
                .await
                .map_err(failure)?;
        }
        let made = iam.create_access_key().user_name(name).send().await.map_err(failure)?;
        let key = made.access_key().ok_or_else(|| failure("moto made a key without showing it"))?;
        let key =
            Admin { access_key_id: key.access_key_id().into(), secret_access_key: key.secret_access_key().into() };
        users.insert(name.to_owned(), key.clone());
        json(&key)
    }
}

/// The code and message of an error that moto words as `<Errors><Error>`, which no SDK reads from Route 53.
fn nested_error(body: &Bytes) -> Option<(String, String)> {
    let text = std::str::from_utf8(body).ok().filter(|text| text.contains("<Errors>"))?;
    let xml = roxmltree::Document::parse(text.trim()).ok()?;
    let of =
        |name| xml.descendants().find(|node| node.has_tag_name(name)).and_then(|node| node.text()).map(str::to_owned);
    Some((of("Code")?, of("Message").unwrap_or_default()))
}

/// The service, action and region of a call, from its signature and its protocol.
fn understand(head: &hyper::http::request::Parts, body: &Bytes) -> Call {
    let header = |name| {
        head.headers.get(name).and_then(|value: &hyper::header::HeaderValue| value.to_str().ok()).unwrap_or_default()
    };
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
            empty if empty.is_empty() => format!("{} {}", head.method, head.uri.path()),
            action => action,
        }
    };
    Call { service, action, region: region.unwrap_or_default().into(), key: key.unwrap_or_default().into() }
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

/// A field of a form body; empty where there is none.
fn form(body: &Bytes, field: &str) -> String {
    let text = String::from_utf8_lossy(body);
    let found = text.split('&').find_map(|pair| pair.strip_prefix(field)?.strip_prefix('='));
    percent_encoding::percent_decode_str(&found.unwrap_or_default().replace('+', " ")).decode_utf8_lossy().into_owned()
}

/// An error as AWS words it in the protocol of the call.
fn refuse(call: &Call, status: u16, code: &str, message: &str) -> Answer {
    let xml_services = ["iam", "sts", "route53", "ec2", "elasticloadbalancing", "autoscaling", "s3"];
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if xml_services.contains(&call.service.as_str()) {
        let message = message.replace('&', "&amp;").replace('<', "&lt;");
        return plain(
            status,
            &format!(
                "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error><RequestId>practice</RequestId></ErrorResponse>"
            ),
        );
    }
    plain(status, &serde_json::json!({ "__type": code, "message": message }).to_string())
}

fn json(value: &impl serde::Serialize) -> Result<Answer, Failure> {
    Ok(plain(StatusCode::OK, &serde_json::to_string(value).map_err(failure)?))
}

fn failure(cause: impl std::fmt::Display) -> Failure {
    Failure(cause.to_string())
}

pub(super) fn plain(status: StatusCode, text: &str) -> Answer {
    let mut answer = Response::new(Full::new(Bytes::from(text.to_owned())));
    *answer.status_mut() = status;
    answer
}

/// What the guide assumes of its reader: may set up IAM and DNS, and look at the rest. Secrets and the cluster are
/// reached only through the roles the deployment makes, as on a real account.
const READER: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Resource":"*","Action":[
"iam:*","route53:*","ec2:Describe*","ec2:RunInstances","ec2:StartInstances","ec2:StopInstances","ec2:CreateTags",
"eks:Describe*","eks:List*","ecr:Describe*","elasticfilesystem:Describe*","elasticloadbalancing:Describe*"]}]}"#;
