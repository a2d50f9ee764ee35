//! Asking a zone's own name servers, so that no cache on the way answers for them.
//! It does not resolve for the system; that is the system's resolver's.

use crate::engine::Problem;
use hickory_proto::op::{Message, MessageType, OpCode, Query, ResponseCode};
use hickory_proto::rr::{Name, RData, RecordType};
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;
use std::time::Duration;
use tokio::net::UdpSocket;

/// A question no name server answered.
#[derive(Debug, thiserror::Error)]
pub enum DnsError {
    #[error("`{0}` is not a DNS name")]
    Name(String, #[source] hickory_proto::ProtoError),
    #[error("the name server {0} did not answer")]
    NoAnswer(SocketAddr),
    #[error("the name server {0} cannot be asked")]
    Io(SocketAddr, #[source] std::io::Error),
    #[error("the name server {0} answered {1}")]
    Refused(SocketAddr, ResponseCode),
}

/// The IPv4 addresses that `server` itself gives for `name`; empty where it knows none. Three tries of two seconds.
pub async fn addresses(server: SocketAddr, name: &str) -> Result<Vec<IpAddr>, DnsError> {
    let question = Name::from_str(&format!("{}.", name.trim_end_matches('.')))
        .map_err(|error| DnsError::Name(name.into(), error))?;
    let mut message = Message::new();
    message
        .set_id(rand_id())
        .set_message_type(MessageType::Query)
        .set_op_code(OpCode::Query)
        .add_query(Query::query(question, RecordType::A));
    let io = |error| DnsError::Io(server, error);
    let bytes = message.to_vec().map_err(|error| DnsError::Name(name.into(), error))?;
    let local = if server.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
    let socket = UdpSocket::bind(local).await.map_err(io)?;
    socket.connect(server).await.map_err(io)?;
    for _ in 0..3 {
        socket.send(&bytes).await.map_err(io)?;
        let mut buffer = [0; 4096];
        let Ok(received) = tokio::time::timeout(Duration::from_secs(2), socket.recv(&mut buffer)).await else {
            continue;
        };
        let Ok(answer) = Message::from_vec(&buffer[..received.map_err(io)?]) else { continue };
        if answer.id() != message.id() {
            continue;
        }
        return match answer.response_code() {
            ResponseCode::NoError => Ok(answer.answers().iter().filter_map(|record| address(record.data())).collect()),
            ResponseCode::NXDomain => Ok(vec![]),
            code => Err(DnsError::Refused(server, code)),
        };
    }
    Err(DnsError::NoAnswer(server))
}

fn address(data: &RData) -> Option<IpAddr> {
    match data {
        RData::A(address) => Some(IpAddr::V4(address.0)),
        _ => None,
    }
}

/// The query id only tells our own repeats apart: the answer comes on a connected socket of a random port.
fn rand_id() -> u16 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(1, |since| since.subsec_nanos() as u16)
}

impl From<DnsError> for Problem {
    fn from(error: DnsError) -> Self {
        Problem::new(
            "The zone's name servers could not be asked.",
            "Check that this network lets DNS questions (UDP port 53) out, then press Check. The record itself is made.",
        )
        .because(&error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hickory_proto::op::{Message, MessageType};
    use hickory_proto::rr::{RData, Record};
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
                let mut answer = question.clone();
                answer.set_message_type(MessageType::Response).set_response_code(code).set_authoritative(true);
                let name = question.queries()[0].name().clone();
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
        assert_eq!(asked[0].queries()[0].name().to_string(), "hub.example.org.");
        assert!(!asked[0].recursion_desired(), "the server is asked for what it knows itself");
        for code in [ResponseCode::NoError, ResponseCode::NXDomain] {
            let (unknown, _) = server(code, &[], 0).await;
            assert_eq!(addresses(unknown, "hub.example.org.").await.unwrap(), Vec::<IpAddr>::new(), "{code}");
        }
        let (refusing, _) = server(ResponseCode::Refused, &[], 0).await;
        let refused = addresses(refusing, "hub.example.org").await.unwrap_err();
        assert!(matches!(refused, DnsError::Refused(_, ResponseCode::Refused)), "{refused}");
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
