//! Name servers.

use crate::engine::Problem;
use crate::tools::dns::DnsError;

impl From<DnsError> for Problem {
    fn from(error: DnsError) -> Self {
        Problem::new(
            "The zone's name servers could not be asked.",
            "The record itself is made. Ask whoever runs this network to let DNS questions out (UDP port 53), then press “Check again”.",
        )
        .because(&error)
    }
}
