//! Load balancers by their DNS name: which kind, in which region, and the hosted zone an alias record must name.
//! It asks nobody: names and zone ids are fixed by AWS (Elastic Load Balancing endpoints and quotas, 2026).

use super::regions;

/// A load balancer's DNS name, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadBalancer {
    /// Lower case, without `dualstack.` and without a trailing dot.
    pub name: String,
    pub region: String,
    /// The hosted zone of the balancer itself, which an alias to it names; `None` where the region is newer than the table.
    pub zone_id: Option<&'static str>,
    is_network: bool,
}

/// A text that names no load balancer.
#[derive(Debug, thiserror::Error)]
pub enum NotABalancer {
    #[error("`{0}` is not the DNS name of an AWS load balancer")]
    Name(String),
    #[error("`{region}` in `{name}` is not written as a region")]
    Region { region: String, name: String },
}

impl LoadBalancer {
    /// Reads `NAME.REGION.elb.amazonaws.com` (classic, application) or `NAME.elb.REGION.amazonaws.com` (network).
    pub fn parse(text: &str) -> Result<Self, NotABalancer> {
        let name = text.trim().trim_end_matches('.').to_ascii_lowercase();
        let name = name.strip_prefix(DUALSTACK).unwrap_or(&name).to_owned();
        let labels: Vec<&str> = name.split('.').collect();
        let sound = |label: &str| {
            !label.is_empty() && label.len() <= 63 && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        };
        let (region, is_network) = match labels.as_slice() {
            [first, region, "elb", "amazonaws", "com"] if sound(first) => (*region, false),
            [first, "elb", region, "amazonaws", "com"] if sound(first) => (*region, true),
            _ => return Err(NotABalancer::Name(text.to_owned())),
        };
        let region = region.to_owned();
        if !regions::is_well_formed(&region) {
            return Err(NotABalancer::Region { region, name });
        }
        let zones = ZONES.iter().find(|(code, ..)| *code == region);
        let zone_id = zones.map(|(_, classic, network)| if is_network { *network } else { *classic });
        Ok(LoadBalancer { zone_id, name, region, is_network })
    }

    /// The name an alias record names: with `dualstack.`, so that it also serves IPv6 where the balancer does. A network
    /// balancer has no such name: its plain one serves both (Route 53 Developer Guide, "Routing traffic to an ELB load
    /// balancer").
    pub fn alias_name(&self) -> String {
        let prefix = if self.is_network { "" } else { DUALSTACK };
        format!("{prefix}{}.", self.name)
    }
}

/// A name as an alias may also be written: `dualstack.` in front of a classic or application balancer does not matter, nor do
/// its case and last dot.
pub fn plain(name: &str) -> String {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    match LoadBalancer::parse(&name) {
        Ok(balancer) if !balancer.is_network => balancer.name,
        _ => name,
    }
}

/// Whether a text is written as the id of a hosted zone.
pub fn is_zone_id(text: &str) -> bool {
    (8..=32).contains(&text.len())
        && text.starts_with('Z')
        && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

const DUALSTACK: &str = "dualstack.";

/// Region, zone of classic and application load balancers, zone of network load balancers.
pub const ZONES: &[(&str, &str, &str)] = &[
    ("us-east-1", "Z35SXDOTRQ7X7K", "Z26RNL4JYFTOTI"),
    ("us-east-2", "Z3AADJGX6KTTL2", "ZLMOA37VPKANP"),
    ("us-west-1", "Z368ELLRRE2KJ0", "Z24FKFUX50B4VW"),
    ("us-west-2", "Z1H1FL5HABSF5", "Z18D5FSROUN65G"),
    ("af-south-1", "Z268VQBMOI5EKX", "Z203XCE67M25HM"),
    ("ap-east-1", "Z3DQVH9N71FHZ0", "Z12Y7K3UBGUAD1"),
    ("ap-northeast-1", "Z14GRHDCWA56QT", "Z31USIVHYNEOWT"),
    ("ap-northeast-2", "ZWKZPGTI48KDX", "ZIBE1TIR4HY56"),
    ("ap-northeast-3", "Z5LXEXXYW11ES", "Z1GWIQ4HH19I5X"),
    ("ap-south-1", "ZP97RAFLXTNZK", "ZVDDRBQ08TROA"),
    ("ap-southeast-1", "Z1LMS91P8CMLE5", "ZKVM4W9LS7TM"),
    ("ap-southeast-2", "Z1GM3OXH4ZPM65", "ZCT6FZBF4DROD"),
    ("ca-central-1", "ZQSVJUPU6J1EY", "Z2EPGBW3API2WT"),
    ("eu-central-1", "Z215JYRZR1TBD5", "Z3F0SRJ5LGBH90"),
    ("eu-north-1", "Z23TAZ6LKFMNIO", "Z1UDT6IFJ4EJM"),
    ("eu-south-1", "Z3ULH7SSC9OV64", "Z23146JA1KNAFP"),
    ("eu-west-1", "Z32O12XQLNTSW2", "Z2IFOLAFXWLO4F"),
    ("eu-west-2", "ZHURV8PSTC4K8", "ZD4D7Y8KGAS4G"),
    ("eu-west-3", "Z3Q77PNBQS71R4", "Z1CMS0P5QUZ6D5"),
    ("me-south-1", "ZS929ML54UICD", "Z3QSRYVP46NYYV"),
    ("sa-east-1", "Z2P70J7HTTTPLU", "ZTK26PT1VY4CU"),
    ("ap-south-2", "Z0173938T07WNTVAEPZN", "Z0711778386UTO08407HT"),
    ("ap-southeast-3", "Z08888821HLRG5A9ZRTER", "Z01971771FYVNCOVWJU1G"),
    ("ap-southeast-4", "Z09517862IB2WZLPXG76F", "Z01156963G8MIIL7X90IV"),
    ("ap-east-2", "Z02789141MW7T1WBU19PO", "Z09176273OC2HWIAUNYW"),
    ("ap-southeast-5", "Z06010284QMVVW7WO5J", "Z026317210H9ACVTRO6FB"),
    ("ap-southeast-6", "Z023301818UFJ50CIO0MV", "Z01392953RKV2Q3RBP0KU"),
    ("ap-southeast-7", "Z0390008CMBRTHFGWBCB", "Z054363131YWATEMWRG5L"),
    ("ca-west-1", "Z06473681N0SF6OS049SD", "Z02754302KBB00W2LKWZ9"),
    ("eu-central-2", "Z06391101F2ZOEP8P5EB3", "Z02239872DOALSIDCX66S"),
    ("eu-south-2", "Z0956581394HF5D5LXGAP", "Z1011216NVTVYADP1SSV"),
    ("il-central-1", "Z09170902867EHPV2DABU", "Z0313266YDI6ZRHTGQY4"),
    ("me-central-1", "Z08230872XQRWHG2XF6I", "Z00282643NTTLPANJJG2P"),
    ("mx-central-1", "Z023552324OKD1BB28BH5", "Z02031231H3ID6HYJ9A7U"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classic_and_network_balancers_are_told_apart() {
        let classic = LoadBalancer::parse("DualStack.abc-123.us-east-1.elb.amazonaws.com.").unwrap();
        assert_eq!((classic.region.as_str(), classic.zone_id), ("us-east-1", Some("Z35SXDOTRQ7X7K")));
        assert_eq!(classic.alias_name(), "dualstack.abc-123.us-east-1.elb.amazonaws.com.");
        let network = LoadBalancer::parse("hub-0a1b.elb.eu-west-1.amazonaws.com").unwrap();
        assert_eq!((network.region.as_str(), network.zone_id), ("eu-west-1", Some("Z2IFOLAFXWLO4F")));
        assert_eq!(network.alias_name(), "hub-0a1b.elb.eu-west-1.amazonaws.com.", "it has no name with `dualstack.`");
    }

    #[test]
    fn every_region_that_is_offered_has_its_zones() {
        for (code, ..) in regions::REGIONS {
            let zones: Vec<_> = ZONES.iter().filter(|(known, ..)| known == code).collect();
            let [(_, classic, network)] = zones[..] else { panic!("{code} stands there {} times", zones.len()) };
            assert!(is_zone_id(classic) && is_zone_id(network) && classic != network, "{code}");
        }
        let mut ids: Vec<_> = ZONES.iter().flat_map(|(_, classic, network)| [classic, network]).collect();
        ids.sort();
        assert!(ids.windows(2).all(|two| two[0] != two[1]), "no zone is of two regions");
        let newer = LoadBalancer::parse("abc-123.eu-central-9.elb.amazonaws.com").unwrap();
        assert_eq!((newer.region.as_str(), newer.zone_id), ("eu-central-9", None), "it may be there all the same");
    }

    #[test]
    fn what_is_not_a_balancer_is_refused() {
        for text in [
            "",
            "example.org",
            "10.0.0.1",
            "x.us-east-1.elb.amazonaws.com.evil.org",
            "a b.us-east-1.elb.amazonaws.com",
            "x.us-esat-1.elb.amazonaws.com",
        ] {
            assert!(LoadBalancer::parse(text).is_err(), "{text:?} names no load balancer");
        }
    }
}
