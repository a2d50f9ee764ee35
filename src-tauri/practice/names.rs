//! The name server of the practice account's zones: answers A questions from the records that are in it now.
//! It serves loopback only and knows no other type.

use crate::tools::aws::Aws;
use aws_sdk_route53::types::RrType;
use hickory_resolver::proto::op::{Message, ResponseCode};
use hickory_resolver::proto::rr::{Name, RData, Record, RecordType, rdata::A};
use std::net::Ipv4Addr;
use tokio::net::UdpSocket;

/// Answers until the socket fails.
pub async fn serve(socket: UdpSocket, aws: Aws) {
    let mut buffer = [0; 1500];
    while let Ok((length, from)) = socket.recv_from(&mut buffer).await {
        let Ok(question) = Message::from_vec(&buffer[..length]) else { continue };
        let mut answer = Message::response(question.metadata.id, question.metadata.op_code);
        answer.metadata.authoritative = true;
        // No resolver asks more than one thing in a question, and each costs a look at the zones.
        for query in question.queries.iter().take(1) {
            answer.add_query(query.clone());
            let found =
                if query.query_type() == RecordType::A { addresses(&aws, query.name()).await } else { Some(vec![]) };
            match found {
                Some(found) => {
                    for address in found {
                        answer.add_answer(Record::from_rdata(query.name().clone(), 60, RData::A(A(address))));
                    }
                }
                None => answer.metadata.response_code = ResponseCode::NXDomain,
            }
        }
        if let Ok(bytes) = answer.to_vec() {
            let _ = socket.send_to(&bytes, from).await;
        }
    }
}

/// The addresses of a name; `None` where no zone has it. An alias has the balancer's address, here one of TEST-NET-1.
async fn addresses(aws: &Aws, name: &Name) -> Option<Vec<Ipv4Addr>> {
    let name = name.to_lowercase().to_string();
    let zones = aws.route53.list_hosted_zones().send().await.ok()?;
    let zone =
        zones.hosted_zones().iter().filter(|zone| name.ends_with(zone.name())).max_by_key(|zone| zone.name().len())?;
    let records =
        aws.route53.list_resource_record_sets().hosted_zone_id(zone.id()).start_record_name(&name).send().await.ok()?;
    let record =
        records.resource_record_sets().iter().find(|record| record.name() == name && *record.r#type() == RrType::A)?;
    Some(match record.alias_target() {
        Some(_) => vec![Ipv4Addr::new(192, 0, 2, 10)],
        None => record.resource_records().iter().filter_map(|value| value.value().parse().ok()).collect(),
    })
}
