//! Hosted zones of Route 53 and the address records in them, as plain data that can be stored and compared.
//! Which record is wanted, and which one may be replaced, is for steps to decide.

use super::{Aws, AwsError, ask, load_balancer};
use aws_sdk_route53::types::{
    AliasTarget, Change, ChangeAction, ChangeBatch, ChangeStatus, HostedZone, ResourceRecord, ResourceRecordSet, RrType,
};
use serde::{Deserialize, Serialize};

/// A public hosted zone.
#[derive(Clone, Debug)]
pub struct Zone {
    /// Without `/hostedzone/`.
    pub id: String,
    /// The DNS names of its name servers.
    pub servers: Vec<String>,
}

/// Why there is no one zone of a name.
#[derive(Debug, thiserror::Error)]
pub enum ZoneError {
    /// The account has no such public zone; `here` are the zones it has.
    #[error("the account has no public zone of this name")]
    Missing { here: Vec<String> },
    #[error("the account has {0} public zones of this name")]
    Several(usize),
    #[error(transparent)]
    Aws(#[from] AwsError),
}

/// The records of one name and one type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Fully qualified, with its last dot.
    pub name: String,
    /// `A`, `AAAA` or `CNAME`.
    pub kind: String,
    /// Seconds; `None` for an alias.
    pub ttl: Option<i64>,
    /// Empty for an alias.
    pub values: Vec<String>,
    pub alias: Option<Alias>,
    #[serde(default)]
    pub health_check: Option<String>,
    /// One of several records between which a routing policy chooses (by weight, latency, place …). The policy is not
    /// stored, so such a record cannot be deleted or made again from this.
    #[serde(default)]
    pub routed: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alias {
    /// The hosted zone of what the alias leads to.
    pub zone_id: String,
    pub name: String,
    pub evaluate_health: bool,
}

impl Zone {
    /// The account's public zone `name` (without a last dot).
    pub async fn find(aws: &Aws, name: &str) -> Result<Zone, ZoneError> {
        let wanted = format!("{name}.");
        let listed = aws.route53.list_hosted_zones_by_name().dns_name(&wanted).send();
        let listed = ask("route53:ListHostedZonesByName", listed).await?;
        let public = |zone: &&HostedZone| !zone.config().is_some_and(|config| config.private_zone());
        let found: Vec<_> = listed.hosted_zones().iter().filter(public).filter(|zone| zone.name() == wanted).collect();
        let [zone] = found.as_slice() else {
            return Err(match found.len() {
                0 => ZoneError::Missing { here: Self::names(aws).await? },
                several => ZoneError::Several(several),
            });
        };
        let id = zone.id().trim_start_matches("/hostedzone/").to_owned();
        let about = ask("route53:GetHostedZone", aws.route53.get_hosted_zone().id(&id).send()).await?;
        let servers = about.delegation_set().map_or(vec![], |set| set.name_servers().to_vec());
        Ok(Zone { id, servers })
    }

    async fn names(aws: &Aws) -> Result<Vec<String>, AwsError> {
        let mut names = vec![];
        let mut marker = None;
        loop {
            let call = aws.route53.list_hosted_zones().set_marker(marker).send();
            let page = ask("route53:ListHostedZones", call).await?;
            names.extend(page.hosted_zones().iter().map(|zone| zone.name().trim_end_matches('.').to_owned()));
            marker = page.next_marker().map(str::to_owned);
            if marker.is_none() {
                return Ok(names);
            }
        }
    }

    /// The A, AAAA and CNAME records of exactly `host` (without a last dot).
    pub async fn records(&self, aws: &Aws, host: &str) -> Result<Vec<Record>, AwsError> {
        // Records are listed in the order of their names, so those of one name fit the first page (300 records).
        let name = format!("{host}.");
        let call = aws.route53.list_resource_record_sets().hosted_zone_id(&self.id).start_record_name(&name).send();
        let page = ask("route53:ListResourceRecordSets", call).await?;
        let address = |set: &&ResourceRecordSet| matches!(set.r#type(), RrType::A | RrType::Aaaa | RrType::Cname);
        let of_host = |set: &&ResourceRecordSet| set.name() == name;
        Ok(page.resource_record_sets().iter().filter(of_host).filter(address).map(Record::from).collect())
    }

    /// Deletes and creates records as one change and returns its id. AWS takes all of it or nothing: a record to delete
    /// must be exactly as given, and one to create must not be there. Otherwise it answers with a `Refusal`.
    pub async fn change(&self, aws: &Aws, delete: &[Record], create: &[Record]) -> Result<String, AwsError> {
        const ACTION: &str = "route53:ChangeResourceRecordSets";
        // Never UPSERT: it would overwrite a record that somebody made in the meantime.
        let deletions = delete.iter().map(|record| (ChangeAction::Delete, record));
        let creations = create.iter().map(|record| (ChangeAction::Create, record));
        let changes = deletions
            .chain(creations)
            .map(|(action, record)| Change::builder().action(action).resource_record_set(record.to_set()?).build());
        let batch = changes
            .collect::<Result<Vec<_>, BuildError>>()
            .and_then(|changes| ChangeBatch::builder().comment("Made by Hubwright").set_changes(Some(changes)).build());
        let batch = batch.map_err(|error| AwsError::unsent(ACTION, error))?;
        let call = aws.route53.change_resource_record_sets().hosted_zone_id(&self.id).change_batch(batch).send();
        let made = ask(ACTION, call).await?;
        Ok(made.change_info().map_or("", |info| info.id()).trim_start_matches("/change/").to_owned())
    }
}

/// Why Route 53 makes nothing of a change (`InvalidChangeBatch`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The records are not as they were read.
    Changed,
    /// Something else of what was asked, in Route 53's words: mostly what an alias leads to.
    Unfit(String),
}

impl Refusal {
    pub fn of(error: &AwsError) -> Option<Refusal> {
        error.is("InvalidChangeBatch").then(|| Self::read(&error.message))
    }

    /// Route 53 names all that is wrong in one list. What was read again changes nothing about an unfit alias.
    fn read(message: &str) -> Refusal {
        let said = message.trim().trim_start_matches('[').trim_end_matches(']');
        let changed = ["already exists", "but it was not found", "do not match the current values"];
        match !said.contains("create an alias") && changed.iter().any(|words| said.contains(words)) {
            true => Refusal::Changed,
            false => Refusal::Unfit(said.to_owned()),
        }
    }
}

/// Whether all of Route 53's servers have a change: it is `PENDING` at first, for up to a minute, then `INSYNC`.
pub async fn is_in_sync(aws: &Aws, change: &str) -> Result<bool, AwsError> {
    let state = ask("route53:GetChange", aws.route53.get_change().id(change).send()).await?;
    Ok(state.change_info().is_some_and(|info| *info.status() == ChangeStatus::Insync))
}

impl Record {
    /// An alias of type A to something of AWS, without evaluation of its health.
    pub fn alias(host: &str, zone_id: &str, name: &str) -> Record {
        let alias = Alias { zone_id: zone_id.to_owned(), name: name.to_owned(), evaluate_health: false };
        Record {
            name: format!("{host}."),
            kind: "A".to_owned(),
            ttl: None,
            values: vec![],
            alias: Some(alias),
            health_check: None,
            routed: false,
        }
    }

    /// Whether both give the same answers. DNS does not mind the case of a name, the order of values, the last dot or
    /// `dualstack.`, which Route 53 itself puts in front of some names of load balancers.
    pub fn answers_like(&self, other: &Record) -> bool {
        let plain = |alias: &Alias| (load_balancer::plain(&alias.name), alias.zone_id.clone());
        let values = |record: &Record| {
            let mut values: Vec<String> = record.values.iter().map(|value| value.to_ascii_lowercase()).collect();
            values.sort();
            (values, record.ttl)
        };
        self.name.eq_ignore_ascii_case(&other.name)
            && self.kind == other.kind
            && !self.routed
            && !other.routed
            && self.alias.as_ref().map(plain) == other.alias.as_ref().map(plain)
            && values(self) == values(other)
    }

    fn to_set(&self) -> Result<ResourceRecordSet, BuildError> {
        let value = |text: &String| ResourceRecord::builder().value(text).build();
        let values: Vec<_> = self.values.iter().map(value).collect::<Result<_, _>>()?;
        let alias = |alias: &Alias| {
            let target = AliasTarget::builder().hosted_zone_id(&alias.zone_id).dns_name(&alias.name);
            target.evaluate_target_health(alias.evaluate_health).build()
        };
        ResourceRecordSet::builder()
            .name(&self.name)
            .r#type(RrType::from(self.kind.as_str()))
            .set_ttl(self.ttl)
            .set_resource_records((!values.is_empty()).then_some(values))
            .set_alias_target(self.alias.as_ref().map(alias).transpose()?)
            .set_health_check_id(self.health_check.clone())
            .build()
    }
}

impl From<&ResourceRecordSet> for Record {
    fn from(set: &ResourceRecordSet) -> Self {
        Record {
            name: set.name().to_owned(),
            kind: set.r#type().as_str().to_owned(),
            ttl: set.ttl(),
            values: set.resource_records().iter().map(|record| record.value().to_owned()).collect(),
            alias: set.alias_target().map(|alias| Alias {
                zone_id: alias.hosted_zone_id().to_owned(),
                name: alias.dns_name().to_owned(),
                evaluate_health: alias.evaluate_target_health(),
            }),
            health_check: set.health_check_id().map(str::to_owned),
            routed: set.set_identifier().is_some(),
        }
    }
}

/// Short, for sentences: `A 192.0.2.7 (kept 300 s)`, `A, an alias of abc.example.org`.
impl std::fmt::Display for Record {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.alias {
            Some(alias) => {
                // Whoever compares it with what they typed typed no `dualstack.`, and it leads to the same machine.
                let name = alias.name.trim_end_matches('.');
                write!(f, "{}, an alias of {}", self.kind, name.strip_prefix("dualstack.").unwrap_or(name))
            }
            None => write!(f, "{} {} (kept {} s)", self.kind, self.values.join(", "), self.ttl.unwrap_or(0)),
        }
    }
}

type BuildError = aws_smithy_types::error::operation::BuildError;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_that_answer_alike_are_the_same_and_others_are_not() {
        let classic = "abc-1.us-east-1.elb.amazonaws.com";
        let ours = Record::alias("hub.example.org", "Z1", &format!("dualstack.{classic}."));
        let alike = Record::alias("HUB.example.org", "Z1", &classic.to_uppercase());
        assert!(ours.answers_like(&alike), "case, the last dot and `dualstack.` do not matter to DNS");
        let network =
            |prefix| Record::alias("hub.example.org", "Z1", &format!("{prefix}abc-1.elb.us-east-1.amazonaws.com."));
        assert!(!network("").answers_like(&network("dualstack.")), "a network balancer has no such name");
        for other in [
            Record::alias("hub.example.org", "Z2", classic),
            Record::alias("hub.example.org", "Z1", "other-1.us-east-1.elb.amazonaws.com"),
            Record { kind: "AAAA".into(), ..ours.clone() },
            Record { routed: true, ..ours.clone() },
            Record { alias: None, ttl: Some(300), values: vec!["192.0.2.7".into()], ..ours.clone() },
        ] {
            assert!(!ours.answers_like(&other), "{other:?}");
        }
        let two = |values: [&str; 2]| Record {
            alias: None,
            ttl: Some(60),
            values: values.map(str::to_owned).into(),
            ..ours.clone()
        };
        assert!(two(["192.0.2.7", "192.0.2.8"]).answers_like(&two(["192.0.2.8", "192.0.2.7"])));
    }

    #[test]
    fn an_alias_is_said_as_a_person_typed_its_target() {
        for written in ["abc-1.us-east-1.elb.amazonaws.com", "dualstack.abc-1.us-east-1.elb.amazonaws.com."] {
            let said = Record::alias("hub.example.org", "Z1", written).to_string();
            assert_eq!(said, "A, an alias of abc-1.us-east-1.elb.amazonaws.com", "{written}");
        }
    }

    #[test]
    fn a_record_that_changed_is_told_from_a_change_that_is_unfit() {
        // As Route 53 answers.
        let about = "resource record set [name='hub.example.org.', type='A']";
        let alias = "Tried to create an alias that targets x-1.us-east-1.elb.amazonaws.com., type A in zone Z1, but";
        for changed in [
            format!("[Tried to create {about} but it already exists]"),
            format!("Tried to delete {about} but it was not found"),
            format!("[Tried to delete {about} but the values provided do not match the current values]"),
            "[RRSet of type A with DNS name hub.example.org. is not permitted because a conflicting RRSet of type CNAME with the same DNS name already exists in zone example.org.]".into(),
        ] {
            assert_eq!(Refusal::read(&changed), Refusal::Changed, "{changed}");
        }
        for unfit in [
            format!("{alias} that target was not found"),
            format!(
                "{alias} the alias target name does not lie within the target zone, {alias} that target was not found"
            ),
            format!("Tried to delete {about} but it was not found, {alias} that target was not found"),
            "RRSet with DNS name x. is not permitted in zone example.org.".into(),
        ] {
            assert_eq!(Refusal::read(&format!("[{unfit}]")), Refusal::Unfit(unfit));
        }
    }

    #[test]
    fn a_record_survives_the_way_to_aws_and_back() {
        for record in [
            Record::alias("hub.example.org", "Z1", "abc.example.com."),
            Record {
                alias: None,
                ttl: Some(300),
                values: vec!["192.0.2.7".into(), "192.0.2.8".into()],
                health_check: Some("h".into()),
                ..Record::alias("hub.example.org", "Z1", "")
            },
        ] {
            assert_eq!(Record::from(&record.to_set().unwrap()), record);
        }
    }

    #[test]
    fn a_record_kept_by_an_earlier_hubwright_is_read() {
        let kept =
            r#"{"name":"hub.example.org.","kind":"A","ttl":null,"values":[],"alias":["Z1","abc.example.com.",true]}"#;
        let record: Record = serde_json::from_str(kept).unwrap();
        assert_eq!(
            record.alias.unwrap(),
            Alias { zone_id: "Z1".into(), name: "abc.example.com.".into(), evaluate_health: true }
        );
    }
}
