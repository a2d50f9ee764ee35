//! Asking a zone's own name servers, so that no cache on the way answers for them.
//! It does not resolve for the system; that is the system's resolver's.

use hickory_resolver::Resolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError as Said, NetError};
use hickory_resolver::proto::rr::{Name, RData, RecordType};
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;
use std::time::Duration;

/// A question no name server answered.
#[derive(Debug, thiserror::Error)]
pub enum DnsError {
    #[error("`{0}` is not a DNS name")]
    Name(String, #[source] hickory_resolver::proto::ProtoError),
    #[error("the name server {0} did not answer")]
    NoAnswer(SocketAddr, #[source] Box<NetError>),
    #[error("the name server {0} refused to answer")]
    Refused(SocketAddr, #[source] Box<NetError>),
}

/// The IPv4 addresses that `server` itself gives for `name`; empty where it knows none. Three tries of two seconds.
pub async fn addresses(server: SocketAddr, name: &str) -> Result<Vec<IpAddr>, DnsError> {
    let question = Name::from_str(&format!("{}.", name.trim_end_matches('.')))
        .map_err(|error| DnsError::Name(name.into(), error))?;
    let mut udp = ConnectionConfig::udp();
    udp.port = server.port();
    let servers = vec![NameServerConfig::new(server.ip(), true, vec![udp])];
    let config = ResolverConfig::from_parts(None, vec![], servers);
    let mut resolver = Resolver::builder_with_config(config, TokioRuntimeProvider::default());
    let options = resolver.options_mut();
    (options.timeout, options.attempts) = (Duration::from_secs(2), 2);
    // What this server knows itself, now: it asks nobody else, and neither a cache nor a file of this computer answers.
    (options.recursion_desired, options.cache_size, options.use_hosts_file) = (false, 0, ResolveHosts::Never);
    let silent = |error| DnsError::NoAnswer(server, Box::new(error));
    match resolver.build().map_err(silent)?.lookup(question, RecordType::A).await {
        Ok(found) => Ok(found.answers().iter().filter_map(|record| address(&record.data)).collect()),
        Err(NetError::Dns(Said::NoRecordsFound(_))) => Ok(vec![]),
        Err(error @ NetError::Dns(_)) => Err(DnsError::Refused(server, Box::new(error))),
        Err(error) => Err(silent(error)),
    }
}

fn address(data: &RData) -> Option<IpAddr> {
    match data {
        RData::A(address) => Some(IpAddr::V4(address.0)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hickory_resolver::proto::op::{Message, ResponseCode};
    use hickory_resolver::proto::rr::Record;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Arc, Mutex};
    use tokio::net::UdpSocket;

    /// A name server that says `code` and these addresses to every question, after not answering `silent` times.
    /// Also returns the questions it was asked.
    async fn server(code: ResponseCode, found: &[[u8; 4]], silent: usize) -> (SocketAddr, Arc<Mutex<Vec<Message>>>) {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        let (found, asked) = (found.to_vec(), Arc::new(Mutex::new(vec![])));
        let (seen, count) = (asked.clone(), AtomicUsize::new(0));
        tokio::spawn(async move {
            let mut buffer = [0; 4096];
            while let Ok((length, from)) = socket.recv_from(&mut buffer).await {
                let question = Message::from_vec(&buffer[..length]).unwrap();
                seen.lock().unwrap().push(question.clone());
                if count.fetch_add(1, Ordering::SeqCst) < silent {
                    continue;
                }
                let mut answer = question.clone().into_response();
                (answer.metadata.response_code, answer.metadata.authoritative) = (code, true);
                let name = question.queries[0].name().clone();
                for address in &found {
                    answer.add_answer(Record::from_rdata(
                        name.clone(),
                        60,
                        RData::A(std::net::Ipv4Addr::from(*address).into()),
                    ));
                }
                socket.send_to(&answer.to_vec().unwrap(), from).await.unwrap();
            }
        });
        (address, asked)
    }

    #[tokio::test]
    async fn what_the_server_itself_says_is_told_apart() {
        let two = [[192, 0, 2, 7], [192, 0, 2, 8]];
        let (known, asked) = server(ResponseCode::NoError, &two, 0).await;
        let mut found = addresses(known, "hub.example.org").await.unwrap();
        found.sort();
        assert_eq!(found, two.map(IpAddr::from));
        let asked = asked.lock().unwrap().clone();
        assert_eq!(asked[0].queries[0].name().to_string(), "hub.example.org.");
        assert!(!asked[0].metadata.recursion_desired, "the server is asked for what it knows itself");
        for code in [ResponseCode::NoError, ResponseCode::NXDomain] {
            let (unknown, _) = server(code, &[], 0).await;
            assert_eq!(addresses(unknown, "hub.example.org.").await.unwrap(), Vec::<IpAddr>::new(), "{code}");
        }
        let (refusing, _) = server(ResponseCode::Refused, &[], 0).await;
        let refused = addresses(refusing, "hub.example.org").await.unwrap_err();
        assert!(matches!(refused, DnsError::Refused(..)), "{refused}");
    }

    #[tokio::test]
    async fn a_question_that_got_lost_is_asked_again_and_a_silent_server_is_given_up() {
        let (slow, asked) = server(ResponseCode::NoError, &[[192, 0, 2, 7]], 1).await;
        assert_eq!(addresses(slow, "hub.example.org").await.unwrap().len(), 1);
        assert_eq!(asked.lock().unwrap().len(), 2);
        let (silent, _) = server(ResponseCode::NoError, &[], 99).await;
        let given_up = tokio::time::timeout(Duration::from_secs(20), addresses(silent, "hub.example.org")).await;
        assert!(matches!(given_up.unwrap().unwrap_err(), DnsError::NoAnswer(..)));
    }
}
