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
