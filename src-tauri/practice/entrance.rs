//! Who may come in to the practice account: programs of the user who started it, which know its token or sign as AWS
//! wants it. Not a page in a browser, and not another user of this computer.

use super::Answer;
use crate::tools::practice::TOKEN;
use hyper::header::{AUTHORIZATION, HOST, HeaderMap, ORIGIN};
use hyper::http::request::Parts;
use hyper::{Method, StatusCode};
use std::net::SocketAddr;

/// Why a request is not answered, where it is not; looked at before its body is read.
pub fn refused(head: &Parts, port: u16) -> Option<Answer> {
    let refuse = |why: &str| Some(super::plain(StatusCode::FORBIDDEN, why));
    let header = |name: &str| head.headers.get(name).and_then(|value| value.to_str().ok());
    // Browsers put one of these into what a page of another site sends; no AWS SDK and no git does.
    let from_a_page = head.headers.contains_key(ORIGIN)
        || ["sec-fetch-site", "sec-fetch-mode", "sec-fetch-dest"].iter().any(|name| head.headers.contains_key(*name));
    if from_a_page || head.method == Method::OPTIONS {
        return refuse("not for pages in a browser");
    }
    // A name that a site made point here gets a page past the browser's own rules, but not past this.
    let host = header(HOST.as_str()).unwrap_or_default();
    if ![format!("127.0.0.1:{port}"), format!("localhost:{port}")].iter().any(|own| own == host) {
        return refuse("only by 127.0.0.1");
    }
    // moto's own pages show and change everything.
    // Letters of a path may be written as numbers (`%68` for `h`); moto reads them back, the gateway's own pages do not.
    let path = head.uri.path();
    let read = percent_encoding::percent_decode_str(path).decode_utf8_lossy();
    let hidden = read.trim_start_matches(['/', '.']).starts_with("hubwright/") && !path.starts_with("/hubwright/");
    if read.contains("moto-api") || hidden || !path.starts_with('/') {
        return refuse("no such page");
    }
    None
}

/// Whether the request knows the token.
pub fn knows(headers: &HeaderMap, token: &str) -> bool {
    let given = headers.get(TOKEN).map(|value| value.as_bytes()).unwrap_or_default();
    subtle::ConstantTimeEq::ct_eq(given, token.as_bytes()).into()
}

/// Whether the request is signed as AWS wants it; moto then judges the signature. Signatures in the address, which AWS
/// also takes, are not judged by moto, so they are not taken.
pub fn is_signed(headers: &HeaderMap) -> bool {
    let value = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.starts_with("AWS4-HMAC-SHA256 ") && value.contains("Credential=") && value.contains("Signature=")
}

/// Whether the program at the other end of a connection belongs to another user. `None`: this system does not tell.
#[cfg(target_os = "linux")]
pub fn is_foreign(peer: SocketAddr, own: SocketAddr) -> Option<bool> {
    // The kernel lists sockets piece by piece, so that one look can miss a socket while others come and go.
    let owner = owner(peer, own)?.or_else(|| owner(peer, own)?);
    Some(owner != Some(rustix::process::getuid().as_raw()))
}

/// The user id of the socket at the other end, as proc(5) lists it. The inner `None`: there is no such socket.
#[cfg(target_os = "linux")]
fn owner(peer: SocketAddr, own: SocketAddr) -> Option<Option<u32>> {
    let (SocketAddr::V4(peer), SocketAddr::V4(own)) = (peer, own) else { return None };
    let mut listed = false;
    // A program may reach us through a socket of IPv6 as well, by the address that stands for ours there.
    for (file, before) in [("/proc/net/tcp", ""), ("/proc/net/tcp6", "0000000000000000FFFF0000")] {
        let Ok(table) = crate::engine::files::read_text(std::path::Path::new(file)) else { continue };
        listed = true;
        // An address is the number in the byte order of this computer, then the port.
        let written = |address: std::net::SocketAddrV4| {
            format!("{before}{:08X}:{:04X}", u32::from_ne_bytes(address.ip().octets()), address.port())
        };
        let (theirs, ours) = (written(peer), written(own));
        for line in table.lines() {
            let fields: Vec<&str> = line.split_whitespace().collect();
            if let [_, local, remote, _, _, _, _, uid, ..] = fields[..]
                && (local, remote) == (theirs.as_str(), ours.as_str())
            {
                return Some(uid.parse().ok());
            }
        }
    }
    listed.then_some(None)
}

#[cfg(not(target_os = "linux"))]
pub fn is_foreign(_: SocketAddr, _: SocketAddr) -> Option<bool> {
    None
}
