//! The regions of AWS: those an account has are asked of EC2, and a table is the hint until there is an account to ask.
//! Source of the table: the standard partition of AWS's own list of endpoints (botocore's `partitions.json`, 2026). China,
//! GovCloud and the sovereign partitions are closed off from it; their codes are well-formed here, and no more.

use super::Aws;
use super::session::SessionError;
use crate::tools::http;
use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;
use std::time::SystemTime;

/// Code, place, and whether an account must opt in before it can be used.
pub const REGIONS: &[(&str, &str, bool)] = &[
    ("us-east-1", "N. Virginia", false),
    ("us-east-2", "Ohio", false),
    ("us-west-1", "N. California", false),
    ("us-west-2", "Oregon", false),
    ("af-south-1", "Cape Town", true),
    ("ap-east-1", "Hong Kong", true),
    ("ap-east-2", "Taipei", true),
    ("ap-northeast-1", "Tokyo", false),
    ("ap-northeast-2", "Seoul", false),
    ("ap-northeast-3", "Osaka", false),
    ("ap-south-1", "Mumbai", false),
    ("ap-south-2", "Hyderabad", true),
    ("ap-southeast-1", "Singapore", false),
    ("ap-southeast-2", "Sydney", false),
    ("ap-southeast-3", "Jakarta", true),
    ("ap-southeast-4", "Melbourne", true),
    ("ap-southeast-5", "Malaysia", true),
    ("ap-southeast-6", "New Zealand", true),
    ("ap-southeast-7", "Thailand", true),
    ("ca-central-1", "Montreal", false),
    ("ca-west-1", "Calgary", true),
    ("eu-central-1", "Frankfurt", false),
    ("eu-central-2", "Zurich", true),
    ("eu-north-1", "Stockholm", false),
    ("eu-south-1", "Milan", true),
    ("eu-south-2", "Spain", true),
    ("eu-west-1", "Ireland", false),
    ("eu-west-2", "London", false),
    ("eu-west-3", "Paris", false),
    ("il-central-1", "Tel Aviv", true),
    ("me-central-1", "UAE", true),
    ("me-south-1", "Bahrain", true),
    ("mx-central-1", "Mexico", true),
    ("sa-east-1", "São Paulo", false),
];

/// Whether accounts have this region only after opting in.
pub fn needs_opt_in(code: &str) -> bool {
    REGIONS.iter().any(|(region, _, opt_in)| *region == code && *opt_in)
}

/// Whether a code is written as AWS writes its regions, such as `us-gov-west-1`.
pub fn is_well_formed(code: &str) -> bool {
    let mut parts: Vec<&str> = code.split('-').collect();
    let number = parts.pop().unwrap_or_default();
    let word = |part: &&str| part.len() >= 2 && part.bytes().all(|b| b.is_ascii_lowercase());
    const AREAS: &[&str] = &["af", "ap", "ca", "cn", "eu", "eusc", "il", "me", "mx", "sa", "us"];
    const DIRECTIONS: &[&str] =
        &["central", "east", "north", "northeast", "northwest", "south", "southeast", "southwest", "west"];
    (2..=3).contains(&parts.len())
        && AREAS.contains(&parts[0])
        && parts.iter().all(word)
        && parts.last().is_some_and(|last| DIRECTIONS.contains(last))
        && (1..=2).contains(&number.len())
        && number.bytes().all(|b| b.is_ascii_digit())
}

/// A region as the account has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Region {
    pub code: String,
    /// Whether the account may use it; some must be opted in to.
    pub enabled: bool,
}

/// The regions that there are for the account. `None` where that cannot be asked: by this identity (it needs
/// `ec2:DescribeRegions`), or from this network.
///
/// Signed here rather than by EC2's client, which alone takes minutes to compile.
pub async fn of_account(aws: &Aws) -> Result<Option<Vec<Region>>, SessionError> {
    // A region that the table lacks may not be there at all, so another is asked about it.
    let known = REGIONS.iter().any(|(code, ..)| *code == aws.region);
    let region = if known { aws.region.as_str() } else { "us-east-1" };
    let host = format!("https://ec2.{region}.amazonaws.com");
    let base = aws.endpoint().unwrap_or(&host).trim_end_matches('/');
    let uri = format!("{base}/?Action=DescribeRegions&AllRegions=true&Version=2016-11-15");
    let keys = aws.credentials().await?;
    let asking = async {
        let headers = signed(&keys, region, &uri)?;
        let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        http::send("GET", &uri, &headers).await
    };
    Ok(asking.await.ok().filter(|answer| answer.status == 200).and_then(|answer| read(&answer.body)))
}

/// The headers that sign a GET of `uri` for EC2.
fn signed(keys: &Credentials, region: &str, uri: &str) -> Result<Vec<(String, String)>, http::HttpError> {
    let identity = keys.clone().into();
    let params = SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name("ec2")
        .time(SystemTime::now())
        .settings(SigningSettings::default())
        .build()?;
    let request = SignableRequest::new("GET", uri, std::iter::empty(), SignableBody::empty())?;
    let (instructions, _) = sign(request, &params.into())?.into_parts();
    Ok(instructions.headers().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
}

/// Reads EC2's answer.
fn read(xml: &[u8]) -> Option<Vec<Region>> {
    let text = std::str::from_utf8(xml).ok()?;
    let document = roxmltree::Document::parse(text).ok()?;
    let items = document.descendants().filter(|node| tag(node) == "regionName");
    let all: Vec<Region> = items
        .filter_map(|name| {
            let code = name.text()?.to_owned();
            let status = name.parent()?.children().find(|node| tag(node) == "optInStatus").and_then(|node| node.text());
            Some(Region { code, enabled: status != Some("not-opted-in") })
        })
        .collect();
    (!all.is_empty()).then_some(all)
}

/// An element's name without its namespace.
fn tag<'a>(node: &'a roxmltree::Node) -> &'a str {
    node.tag_name().name()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sound_and_what_is_not_in_it_can_still_be_a_region() {
        for (code, ..) in REGIONS {
            assert!(is_well_formed(code), "{code}");
            assert_eq!(REGIONS.iter().filter(|(other, ..)| other == code).count(), 1, "{code} stands there once");
        }
        for code in ["ap-southeast-5", "ap-southeast-6", "ap-southeast-7", "ap-east-2", "mx-central-1"] {
            assert!(REGIONS.iter().any(|(known, ..)| *known == code), "{code} exists");
        }
        for code in ["eu-central-9", "us-gov-west-1", "eusc-de-east-1", "cn-northwest-1"] {
            assert!(is_well_formed(code), "{code}");
        }
        for code in [
            "",
            "mars-north-1",
            "us-east",
            "us-east-1a",
            "us-east-1 ",
            "US-EAST-1",
            "us-esat-1",
            "us--1",
            "us-east-001",
        ] {
            assert!(!is_well_formed(code), "{code:?}");
        }
    }

    #[test]
    fn what_ec2_answers_is_read_with_who_may_use_it() {
        let xml = br#"<DescribeRegionsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><regionInfo>
            <item><regionName>eu-west-1</regionName><regionEndpoint>ec2.eu-west-1.amazonaws.com</regionEndpoint><optInStatus>opt-in-not-required</optInStatus></item>
            <item><regionName>af-south-1</regionName><optInStatus>not-opted-in</optInStatus></item></regionInfo></DescribeRegionsResponse>"#;
        let region = |code: &str, enabled| Region { code: code.into(), enabled };
        assert_eq!(read(xml), Some(vec![region("eu-west-1", true), region("af-south-1", false)]));
        assert_eq!(read(b"{}"), None);
        assert_eq!(read(b"<Response/>"), None, "no region at all is no answer");
    }
}
