//! Who may come in to the practice account: programs of the user who started it, which know its token or sign as AWS
//! wants it. Not a page in a browser, and not another user of this computer.

use super::Answer;
use crate::tools::practice::TOKEN;
use hyper::header::{AUTHORIZATION, HOST, HeaderMap, ORIGIN};
use hyper::http::request::Parts;
use hyper::{Method, StatusCode};
use std::net::{SocketAddr, SocketAddrV4};

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

/// The user id of the socket at the other end. The inner `None`: there is no such socket.
#[cfg(target_os = "linux")]
fn owner(peer: SocketAddr, own: SocketAddr) -> Option<Option<u32>> {
    let (SocketAddr::V4(peer), SocketAddr::V4(own)) = (peer, own) else { return None };
    asked(peer, own).map(Some).or_else(|| listed(peer, own))
}

/// As the kernel says of this one socket (sock_diag(7)): the list of all sockets takes tens of milliseconds where many were
/// closed a moment ago. `None` where it does not say.
#[cfg(target_os = "linux")]
fn asked(peer: SocketAddrV4, own: SocketAddrV4) -> Option<u32> {
    use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, netlink, recv, send, socket_with};
    const BY_FAMILY: u16 = 20;
    let kind = SocketType::DGRAM;
    let socket = socket_with(AddressFamily::NETLINK, kind, SocketFlags::CLOEXEC, Some(netlink::SOCK_DIAG)).ok()?;
    // A `nlmsghdr` of 16 bytes, then an `inet_diag_req_v2` of 56.
    let mut request = Vec::from(72u32.to_ne_bytes());
    request.extend(BY_FAMILY.to_ne_bytes());
    request.extend(1u16.to_ne_bytes()); // a request
    request.extend([0; 8]);
    request.extend([AddressFamily::INET.as_raw() as u8, 6, 0, 0]); // TCP
    request.extend(u32::MAX.to_ne_bytes()); // in every state
    request.extend([peer.port().to_be_bytes(), own.port().to_be_bytes()].concat());
    for address in [peer.ip(), own.ip()] {
        request.extend(address.octets());
        request.extend([0; 12]);
    }
    request.extend([0; 4]); // whatever the interface
    request.extend([0xFF; 8]); // and whichever socket it was
    send(&socket, &request, SendFlags::empty()).ok()?;
    let mut answer = [0; 512];
    let (length, _) = recv(&socket, &mut answer[..], RecvFlags::empty()).ok()?;
    let word = |at: usize| answer[at..at + 4].try_into().map(u32::from_ne_bytes).unwrap_or_default();
    let (user, file) = (word(80), word(84));
    // What its program closed has no file, and the kernel gives it to user 0.
    (length >= 88 && answer[4..6] == BY_FAMILY.to_ne_bytes() && file != 0).then_some(user)
}

/// As proc(5) lists all sockets.
#[cfg(target_os = "linux")]
fn listed(peer: SocketAddrV4, own: SocketAddrV4) -> Option<Option<u32>> {
    let mut listed = false;
    // A program may reach us through a socket of IPv6 as well, by the address that stands for ours there.
    for (file, before) in [("/proc/net/tcp", ""), ("/proc/net/tcp6", "0000000000000000FFFF0000")] {
        let Ok(table) = crate::engine::files::read_text(std::path::Path::new(file)) else { continue };
        listed = true;
        // An address is the number in the byte order of this computer, then the port.
        let written = |address: SocketAddrV4| {
            format!("{before}{:08X}:{:04X}", u32::from_ne_bytes(address.ip().octets()), address.port())
        };
        let (theirs, ours) = (written(peer), written(own));
        for line in table.lines() {
            let fields: Vec<&str> = line.split_whitespace().collect();
            if let [_, local, remote, _, _, _, _, uid, _, file, ..] = fields[..]
                && (local, remote, file != "0") == (theirs.as_str(), ours.as_str(), true)
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
