//! Who knows something of the practice account, and not enough: calls that are signed, tokens of the right length.

use crate::practice::{endpoint, send, started};
use crate::support::{Home, text};
use aws_credential_types::Credentials;
use hubwright::tools::git_credential;
use serde_json::{Value as Json, json};
use std::process::Command;
use std::time::SystemTime;

/// Python: `call` sends what AWS would take from the administrator, with what is added after signing, and gives the status,
/// the text and the names of headers that open the answer to pages.
const CALL: &str = r#"
import http.client
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
host = E.removeprefix('http://')
def send(method, path, body, headers, at):
    line = http.client.HTTPConnection(at or host, timeout=30)
    line.request(method, path, body, {**headers, 'Host': host})
    answer = line.getresponse()
    opened = [name.lower() for name, _ in answer.getheaders() if name.lower().startswith('access-control')]
    return [answer.status, answer.read().decode(errors='replace')[:300], opened]
def call(method='POST', path='/', more={}, at=None):
    body = 'Action=ListUsers&Version=2010-05-08' if method == 'POST' else ''
    asked = AWSRequest(method, E + path, data=body, headers={'Content-Type': 'application/x-www-form-urlencoded'})
    SigV4Auth(Credentials(K, S), 'iam', 'us-east-1').add_auth(asked)
    return send(method, path, body, {**dict(asked.headers), **more}, at)
def presigned():
    asked = AWSRequest('GET', E + '/?Action=ListUsers&Version=2010-05-08')
    SigV4QueryAuth(Credentials(K, S), 'iam', 'us-east-1', expires=60).add_auth(asked)
    return send('GET', asked.url.removeprefix(E), None, {}, None)
"#;

/// Another token of the same length.
fn wrong(token: &str) -> String {
    assert_eq!(token.len(), 64);
    let (rest, last) = token.split_at(63);
    format!("{rest}{}", if last == "0" { "1" } else { "0" })
}

#[test]
fn a_valid_signature_opens_neither_motos_own_pages_nor_anything_to_a_page() {
    let (home, practice) = started();
    let said = home.boto3(&format!(
        "{CALL}
pages = ['/moto-api/data.json', '//moto-api/data.json', '/%6doto-api/data.json', '//%6doto-api/data.json', '/x/../moto-api/data.json', '/moto%2dapi/reset-auth']
added = [{{'Origin': 'https://evil.example'}}, {{'Origin': 'null'}}, {{'Sec-Fetch-Site': 'cross-site'}}, {{'Sec-Fetch-Mode': 'no-cors'}}, {{'Sec-Fetch-Dest': 'image'}}]
print(json.dumps({{
  'pages': [[path] + call(method, path) for path in pages for method in ('GET', 'POST')],
  'added': [[str(more)] + call(more=more) for more in added] + [['OPTIONS'] + call('OPTIONS')],
  'presigned': presigned(), 'allowed': call()}}))"
    ));
    let rows = |name: &str| said[name].as_array().unwrap().clone();
    assert_eq!((rows("pages").len(), rows("added").len()), (12, 6));
    for row in rows("pages") {
        // The words are the gateway's own: it is its rule that was met, and not a lock behind it.
        assert_eq!((&row[1], &row[2]), (&json!(403), &json!("no such page")), "{row}");
    }
    for row in rows("added") {
        assert_eq!((&row[1], &row[2]), (&json!(403), &json!("not for pages in a browser")), "{row}");
    }
    assert!(rows("pages").iter().chain(&rows("added")).all(|row| row[3] == json!([])), "{said}");
    assert_eq!(said["presigned"][0], 403, "{said}");
    assert!(said["presigned"][1].as_str().unwrap().contains("MissingAuthenticationToken"), "{said}");
    // The same call without any of it.
    assert_eq!(said["allowed"][0], 200, "{said}");
    assert!(said["allowed"][1].as_str().unwrap().contains("ListUsersResponse"), "{said}");
    assert_eq!(said["allowed"][2], json!([]), "no page may read an answer either");

    // A token that is wrong in its last digit opens none of the account's own pages.
    let (address, token) = (endpoint(&practice), practice["token"].as_str().unwrap());
    let ask = |method: &str, path: &str, token: &str| {
        let head = format!("{method} {path} HTTP/1.1\r\nHost: {address}\r\nX-Hubwright-Token: {token}\r\n");
        send(&address, &format!("{head}Content-Length: 0\r\nConnection: close\r\n\r\n"))
    };
    for given in [wrong(token), "0".repeat(64), token.to_uppercase() + "0", token[..63].to_owned()] {
        for (method, path) in
            [("GET", "users/starter"), ("PUT", "users/eve"), ("GET", "calls"), ("POST", "faults"), ("GET", "about")]
        {
            let answer = ask(method, &format!("/hubwright/{path}"), &given);
            assert!(answer.starts_with("HTTP/1.1 403"), "{method} {path}: {answer}");
        }
    }
    assert!(ask("GET", "/hubwright/users/starter", token).starts_with("HTTP/1.1 200"));
}

#[test]
fn motos_own_port_takes_no_call_that_is_only_signed() {
    let (home, practice) = started();
    let port = crate::practice::motos_port(&practice);
    let token = wrong(practice["token"].as_str().unwrap());
    let said = home.boto3(&format!(
        "{CALL}
moto = '127.0.0.1:{port}'
print(json.dumps([call(at=moto, more=more) for more in ({{}}, {{'X-Hubwright-Token': '{token}'}}, {{'X-Hubwright-Token': '{}'}})]
  + [call()]))",
        practice["token"].as_str().unwrap()
    ));
    for row in 0..3 {
        assert_eq!(
            (&said[row][0], &said[row][1]),
            (&json!(403), &json!("")),
            "not even with the gateway's token: {said}"
        );
    }
    assert_eq!(said[3][0], 200, "the same call through the gateway: {said}");
}

/// `git ls-remote` of a repository, with what a credential helper gives.
fn ls_remote(home: &Home, practice: &Json, password: &str) -> std::process::Output {
    let user = practice["admin"]["access_key_id"].as_str().unwrap();
    let helper = home.write("helper", &format!("username={user}\npassword={password}\n"));
    Command::new("git")
        .args(["-c", "credential.helper=", "-c", &format!("credential.helper=!cat '{helper}'; :")])
        .args(["ls-remote", &format!("{}/v1/repos/kept", practice["endpoint"].as_str().unwrap())])
        .envs([("GIT_TERMINAL_PROMPT", "0"), ("GIT_CONFIG_GLOBAL", "/dev/null"), ("LC_ALL", "C")])
        .env("HOME", home.path())
        .output()
        .unwrap()
}

#[test]
fn git_comes_in_with_the_right_token_only() {
    let (home, practice) = started();
    home.boto3("c('codecommit').create_repository(repositoryName='kept')");
    let admin = &practice["admin"];
    let admin = |name: &str| admin[name].as_str().unwrap();
    let keys = Credentials::new(admin("access_key_id"), admin("secret_access_key"), None, None, "test");
    let token = practice["token"].as_str().unwrap();
    let signed = git_credential::password(&keys, "us-east-1", "127.0.0.1", "/v1/repos/kept", SystemTime::now());
    let refused = [
        signed.to_string(),
        format!("{}.", signed.as_str()),
        format!("{}.{}", signed.as_str(), wrong(token)),
        // Without the signature the token is nothing.
        format!("wrong.{token}"),
        token.to_owned(),
    ];
    for password in refused {
        let output = ls_remote(&home, &practice, &password);
        assert!(!output.status.success() && text(&output).contains("403"), "{password}: {}", text(&output));
    }
    let output = ls_remote(&home, &practice, &format!("{}.{token}", signed.as_str()));
    assert!(output.status.success(), "with both it is open: {}", text(&output));
}
