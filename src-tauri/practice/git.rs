//! CodeCommit's git of the practice account: a bare repository a name, behind `git http-backend`, which is git's own.
//! Passwords are judged by moto's process with botocore's signature, and what their owner may do by its policies.

#![allow(clippy::disallowed_methods, reason = "git http-backend answers one request and ends")]

use super::{Answer, plain};
use crate::engine::files;
use crate::tools::programs;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, DATE, HOST, HeaderName, HeaderValue, WWW_AUTHENTICATE};
use hyper::http::request::Parts;
use hyper::{Response, StatusCode};
use std::path::Path;
use std::process::Stdio;
use tokio::io::AsyncWriteExt;

/// A request for a repository: its name and what it is for.
pub struct Wanted {
    pub repository: String,
    /// As policies write it: `GitPull` or `GitPush`.
    pub action: &'static str,
    rest: String,
}

/// `/v1/repos/NAME/info/refs?service=…` and its kin; `None` for anything else.
pub fn wanted(head: &Parts) -> Option<Wanted> {
    let rest = head.uri.path().strip_prefix("/v1/repos/")?;
    let (repository, rest) = rest.split_once('/').unwrap_or((rest, ""));
    let push = rest == "git-receive-pack" || head.uri.query().is_some_and(|query| query.contains("git-receive-pack"));
    is_name(repository).then(|| Wanted {
        repository: repository.to_owned(),
        action: if push { "GitPush" } else { "GitPull" },
        rest: format!("/{rest}"),
    })
}

/// CodeCommit's rule for names of repositories (API reference, CreateRepository): 1 to 100 letters, digits, dots, dashes
/// and underscores, not ending in `.git`. A name that a file system reads as a place of its own is none either.
pub fn is_name(name: &str) -> bool {
    (1..=100).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
        && !name.starts_with('.')
        && !name.contains("..")
        && !name.ends_with(".git")
}

/// The key id in a request's password; empty where there is none.
pub fn user(head: &Parts) -> String {
    credentials(head).map_or(String::new(), |(user, _)| user.split('%').next().unwrap_or_default().to_owned())
}

fn credentials(head: &Parts) -> Option<(String, String)> {
    let header = head.headers.get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("Basic ")?;
    let text = String::from_utf8(STANDARD.decode(header).ok()?).ok()?;
    text.split_once(':').map(|(user, password)| (user.to_owned(), password.to_owned()))
}

/// What moto's process is to judge (`judge` of `moto/codecommit.py`), or the answer that refuses the request right away.
/// `token` must stand behind the password, after a dot.
pub fn question(
    head: &Parts,
    wanted: &Wanted,
    token: &str,
    region: &str,
    account: &str,
    clock: i64,
) -> Result<serde_json::Value, Answer> {
    let Some((user, password)) = credentials(head) else {
        let mut answer = plain_at(clock, StatusCode::UNAUTHORIZED, "a password is needed");
        answer.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"practice\""));
        return Err(answer);
    };
    let (password, given) = password.rsplit_once('.').unwrap_or((&password, ""));
    let knows: bool = subtle::ConstantTimeEq::ct_eq(given.as_bytes(), token.as_bytes()).into();
    if !knows {
        return Err(plain_at(clock, StatusCode::FORBIDDEN, "the token of the practice account is missing"));
    }
    let host = head.headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let host = host.split(':').next().unwrap_or_default();
    Ok(serde_json::json!({
        "user": user, "password": password, "host": host, "path": format!("/v1/repos/{}", wanted.repository),
        "region": region, "action": wanted.action,
        "arn": format!("arn:aws:codecommit:{region}:{account}:{}", wanted.repository),
    }))
}

/// A short answer of a practice account whose clock is so many seconds ahead.
pub fn plain_at(clock: i64, status: StatusCode, text: &str) -> Answer {
    let mut answer = plain(status, text);
    answer.headers_mut().insert(DATE, date(clock));
    answer
}

/// The header `Date` by a clock that is so many seconds ahead.
pub fn date(clock: i64) -> HeaderValue {
    let now = jiff::Timestamp::from_second(jiff::Timestamp::now().as_second() + clock).unwrap_or_default();
    let text = now.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""))
}

/// Makes the bare repository where it is missing.
pub async fn make(root: &Path, name: &str) -> Result<(), std::io::Error> {
    let folder = root.join(name);
    if files::exists(&folder) {
        return Ok(());
    }
    let status = command().args(["init", "--quiet", "--bare"]).arg(&folder).stdin(Stdio::null()).status().await?;
    if !status.success() {
        return Err(std::io::Error::other("git init failed"));
    }
    let settings = ["config", "http.receivepack", "true"];
    command().args(settings).current_dir(&folder).stdin(Stdio::null()).status().await.map(drop)
}

/// As CodeCommit: the first branch that is pushed is the default one.
async fn settle_default_branch(folder: &Path) -> Result<(), std::io::Error> {
    let git = |args: &[&str]| {
        let mut command = command();
        command.args(args).current_dir(folder).stdin(Stdio::null());
        async move { command.output().await }
    };
    if git(&["rev-parse", "--quiet", "--verify", "HEAD"]).await?.status.success() {
        return Ok(());
    }
    let first = git(&["for-each-ref", "--count=1", "--format=%(refname)", "refs/heads"]).await?.stdout;
    match String::from_utf8_lossy(&first).trim() {
        "" => Ok(()),
        branch => git(&["symbolic-ref", "HEAD", branch]).await.map(drop),
    }
}

/// git with nobody's configuration, in an environment of its own.
fn command() -> tokio::process::Command {
    let mut command = tokio::process::Command::new(programs::path_of("git").unwrap_or_else(|| "git".into()));
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1");
    command
}

/// Lets `git http-backend` answer (its CGI interface, git-http-backend(1)).
pub async fn serve(root: &Path, head: &Parts, body: &Bytes, wanted: &Wanted) -> Result<Answer, std::io::Error> {
    let header =
        |name: &str| head.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let mut child = command()
        .arg("http-backend")
        .env("GIT_PROJECT_ROOT", root)
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("PATH_INFO", format!("/{}{}", wanted.repository, wanted.rest))
        .env("QUERY_STRING", head.uri.query().unwrap_or_default())
        .env("REQUEST_METHOD", head.method.as_str())
        .env("CONTENT_TYPE", header(CONTENT_TYPE.as_str()))
        .env("CONTENT_LENGTH", body.len().to_string())
        .env("HTTP_CONTENT_ENCODING", header("content-encoding"))
        .env("GIT_PROTOCOL", header("git-protocol"))
        .env("REMOTE_USER", user(head))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    let mut stdin = child.stdin.take();
    let body = body.clone();
    let feeding = tokio::spawn(async move {
        if let Some(stdin) = &mut stdin {
            let _ = stdin.write_all(&body).await;
        }
    });
    let output = child.wait_with_output().await?;
    let _ = feeding.await;
    if wanted.rest == "/git-receive-pack" {
        settle_default_branch(&root.join(&wanted.repository)).await?;
    }
    let end = output.stdout.windows(4).position(|window| window == b"\r\n\r\n").unwrap_or(0);
    let mut answer = Response::new(Full::new(Bytes::copy_from_slice(output.stdout.get(end + 4..).unwrap_or_default())));
    for line in String::from_utf8_lossy(&output.stdout[..end]).lines() {
        let Some((name, value)) = line.split_once(": ") else { continue };
        if name.eq_ignore_ascii_case("status") {
            let code = value.split(' ').next().and_then(|code| code.parse().ok());
            *answer.status_mut() =
                code.and_then(|code| StatusCode::from_u16(code).ok()).unwrap_or(StatusCode::BAD_GATEWAY);
        } else if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value)) {
            answer.headers_mut().insert(name, value);
        }
    }
    Ok(answer)
}
