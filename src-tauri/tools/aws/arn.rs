//! Amazon Resource Names: read, compared and asked for their parts. They come from AWS's answers; one is put together
//! only for a resource that is not there yet, and then in the partition of an ARN that AWS gave.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// `arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE` (AWS General Reference, "Amazon Resource Names").
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Arn {
    /// `aws`, `aws-cn`, `aws-us-gov`, …
    pub partition: String,
    pub service: String,
    /// Empty for services without regions, such as IAM.
    pub region: String,
    /// Twelve digits; empty where the service leaves it out, and `aws` for what AWS itself owns.
    pub account: String,
    /// Type, path and name, as the service writes them.
    pub resource: String,
}

/// A text that is no ARN.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not an ARN")]
pub struct NotAnArn(pub String);

impl Arn {
    /// An IAM resource of the same account and partition, such as `role/NAME`, that may not exist yet.
    pub fn iam(&self, resource: impl Into<String>) -> Arn {
        Arn { service: "iam".into(), region: String::new(), resource: resource.into(), ..self.clone() }
    }

    /// The resource's type: `user`, `role`, `assumed-role`, `root`.
    pub fn kind(&self) -> &str {
        self.resource.split(['/', ':']).next().unwrap_or_default()
    }

    /// The last part: the name of a user or a role, or the name of a role's session.
    pub fn name(&self) -> &str {
        self.resource.rsplit(['/', ':']).next().unwrap_or_default()
    }

    /// The path of an IAM user or role, with a slash at both ends; `/` where it has none.
    pub fn path(&self) -> String {
        let parts: Vec<&str> = self.resource.split('/').collect();
        match parts.as_slice() {
            [_, path @ .., _] if !path.is_empty() => format!("/{}/", path.join("/")),
            _ => "/".into(),
        }
    }

    /// The name of the role whose session this is (`assumed-role/ROLE/SESSION`). STS leaves the role's path out.
    pub fn role_of_session(&self) -> Option<&str> {
        let mut parts = self.resource.split('/');
        (self.service == "sts" && parts.next() == Some("assumed-role")).then(|| parts.next()).flatten()
    }

    /// Whether this is the root user of an account.
    pub fn is_root(&self) -> bool {
        self.resource == "root"
    }
}

impl FromStr for Arn {
    type Err = NotAnArn;

    fn from_str(text: &str) -> Result<Self, NotAnArn> {
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let sound = !text.bytes().any(|b| b.is_ascii_whitespace() || b.is_ascii_control());
        match parts.as_slice() {
            ["arn", partition, service, region, account, resource]
                if sound && partition.starts_with("aws") && !service.is_empty() && !resource.is_empty() =>
            {
                Ok(Arn {
                    partition: (*partition).into(),
                    service: (*service).into(),
                    region: (*region).into(),
                    account: (*account).into(),
                    resource: (*resource).into(),
                })
            }
            _ => Err(NotAnArn(text.to_owned())),
        }
    }
}

impl fmt::Display for Arn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Arn { partition, service, region, account, resource } = self;
        write!(f, "arn:{partition}:{service}:{region}:{account}:{resource}")
    }
}

impl From<Arn> for String {
    fn from(arn: Arn) -> String {
        arn.to_string()
    }
}

impl TryFrom<String> for Arn {
    type Error = NotAnArn;

    fn try_from(text: String) -> Result<Self, NotAnArn> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arn(text: &str) -> Arn {
        text.parse().unwrap()
    }

    #[test]
    fn parts_are_read_with_paths_and_in_every_partition() {
        let role = "arn:aws-us-gov:iam::123456789012:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_x";
        assert_eq!(arn(role).to_string(), role, "nothing is lost");
        assert_eq!(arn(role).path(), "/aws-reserved/sso.amazonaws.com/eu-west-1/");
        assert_eq!((arn(role).kind(), arn(role).name()), ("role", "AWSReservedSSO_x"));
        let user = arn("arn:aws:iam::123456789012:user/somebody");
        assert_eq!((user.path().as_str(), user.name()), ("/", "somebody"));
        assert_eq!(arn(role).iam("group/g").to_string(), "arn:aws-us-gov:iam::123456789012:group/g");
        let key = arn("arn:aws:kms:us-east-1:123456789012:key/1a-2b");
        assert_eq!((key.region.as_str(), key.name()), ("us-east-1", "1a-2b"));
        assert_eq!(key.iam("role/r").to_string(), "arn:aws:iam::123456789012:role/r");
    }

    #[test]
    fn a_session_names_its_role_and_nothing_else_does() {
        assert_eq!(arn("arn:aws:sts::123456789012:assumed-role/r/session").role_of_session(), Some("r"));
        for other in ["arn:aws:iam::123456789012:role/r", "arn:aws:sts::123456789012:federated-user/f"] {
            assert_eq!(arn(other).role_of_session(), None, "{other}");
        }
        assert!(arn("arn:aws:iam::123456789012:root").is_root());
        assert!(!arn("arn:aws:iam::123456789012:user/root").is_root(), "a user who is called root is a user");
    }

    #[test]
    fn what_is_no_arn_is_refused() {
        for text in ["", "arn", "arn:aws:iam::1", "arn:aws:iam::1:", "urn:aws:iam::1:role/r", "arn:aws:iam::1:role/r x"]
        {
            assert!(text.parse::<Arn>().is_err(), "{text:?} is no ARN");
        }
    }
}
