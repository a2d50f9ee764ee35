//! Name servers.

use crate::engine::Problem;
use crate::tools::dns::DnsError;

impl From<DnsError> for Problem {
    fn from(error: DnsError) -> Self {
        Problem::new(
            "The zone's name servers could not be asked.",
            "Check that this network lets DNS questions (UDP port 53) out, then press Check. The record itself is made.",
        )
        .because(&error)
    }
}
