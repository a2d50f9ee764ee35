//! Gives the hub its web address: an alias record in the institution's zone, pointing at the hub's load balancer.
//! Guide: "Set up DNS with Route-53"; trap 31 (the alias list of the console does not offer other accounts' balancers).
//! Long because what is there, what is wanted and the way back are compared in one place.

use super::account::Account;
use super::deployment::{Deployment, Output as Deployed};
use crate::engine::view::{Item, Mark};
use crate::engine::{
    Call, Cx, Field, Form, Plan, Problem, Problems, Residue, Status, Step, StepId, Values, View, files,
};
use crate::site::Site;
use crate::tools::aws::load_balancer::LoadBalancer;
use crate::tools::aws::rights::{self, Right};
use crate::tools::aws::{Access, Aws, AwsError, Identity, ask};
use crate::tools::{Tools, dns};
use aws_sdk_route53::types::{AliasTarget, Change, ChangeAction, ChangeBatch, ChangeStatus, ResourceRecordSet, RrType};
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::time::Duration;

pub struct Input {
    target: LoadBalancer,
    replace: bool,
    profile: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Output {
    pub host: String,
    pub zone_id: String,
    pub target: String,
}

pub struct Dns;

impl Step for Dns {
    const ID: StepId = "dns";
    const TITLE: &'static str = "Give the hub its web address";
    const SHORT: &'static str = "Web address";
    const WHY: &'static str = "People reach the hub by name. A record in your institution's DNS zone leads that name to the load balancer in front of the hub.";
    const VERB: &'static str = "Create the record";
    const GUIDE: &'static str = "The guide picks the load balancer from a list in the console, which does not offer one of another account. Hubwright takes its name, looks up the zone every alias must name, never overwrites a record it did not make, and asks the zone's own name servers whether it works.";
    type Input = Input;
    type Output = Output;

    fn needs(&self) -> &'static [StepId] {
        &[Deployment::ID, Account::ID]
    }

    fn form(&self, cx: &Cx, _: &Values) -> Form {
        let site = cx.output::<Deployment>().and_then(|deployment| Site::load(&deployment.site).ok());
        let owner = site
            .filter(|site| !site.dns_account.is_empty())
            .map_or("another account".to_owned(), |site| format!("`{}`", site.dns_account));
        Form::of(vec![
            Field::text("target", "Load balancer")
                .rule("a DNS name that ends in `.elb.amazonaws.com`")
                .placeholder("abc-123.us-east-1.elb.amazonaws.com")
                .help("The hub's ingress: EXTERNAL-IP of `proxy-public`."),
            Field::text("profile", "Profile for the DNS account")
                .optional()
                .rule("a profile in `~/.aws/config`; empty for the deployment's own account")
                .help(format!("Only if the zone is in {owner}; not used in the practice account.")),
            Field::switch("replace", "Replace a record that is there")
                .rule("`true` or `false`")
                .help("Only where this page shows one and you mean it. What it was is kept, and Remove puts it back."),
        ])
    }

    fn parse(&self, cx: &Cx, values: &Values) -> Result<Input, Problems> {
        let mut problems = Problems::default();
        let text = values.text("target");
        let target = if text.trim().is_empty() { None } else { problems.take("target", LoadBalancer::parse(text)) };
        if let (Some(target), Some(deployment)) = (&target, cx.output::<Deployment>())
            && target.region != deployment.region
        {
            let what =
                format!("This load balancer is in {}, and the deployment in {}.", target.region, deployment.region);
            problems.add(Problem::new(what, "Use the load balancer of this deployment's hub.").on("target"));
        }
        let profile = Some(values.text("profile").trim().to_owned()).filter(|profile| !profile.is_empty());
        match target {
            Some(target) => problems.or(|| Input { target, replace: values.on("replace"), profile }),
            None => Err(problems),
        }
    }

    async fn check(&self, cx: &Cx, input: &Input) -> Result<Status<Output>, Problem> {
        let deployment = cx.need::<Deployment>()?;
        let zone = Zone::find(cx, input, &deployment).await?;
        let zone = match zone {
            Ok(zone) => zone,
            Err(problem) => return Ok(Status::Blocked(vec![problem])),
        };
        let host = deployment.names.host();
        let existing = zone.records(&host).await?;
        let wanted = wanted(&host, &input.target)?;
        if existing.len() == 1 && same(&existing[0], &wanted) {
            return self.served(cx, &zone, &host, input).await;
        }
        if !existing.is_empty() {
            cx.show(View::Diff {
                title: format!("Records of {host}"),
                before: existing.iter().flat_map(lines).collect(),
                after: lines(&wanted),
            });
            if let Some(problem) = in_the_way(&existing, &host, input.replace) {
                return Ok(Status::Blocked(vec![problem]));
            }
        }
        let right = Right::new("route53:ChangeResourceRecordSets", format!("arn:aws:route53:::hostedzone/{}", zone.id));
        if let Some(missing) =
            rights::missing(&zone.aws, &zone.identity, &[right]).await?.filter(|missing| !missing.is_empty())
        {
            return Ok(Status::Blocked(vec![rights::problem(&zone.identity, &missing)]));
        }
        cx.say(format!(
            "The zone {} is there; {host} {} made next.",
            deployment.names.zone,
            if existing.is_empty() { "is" } else { "is replaced and" }
        ));
        Ok(Status::Todo)
    }

    async fn plan(&self, cx: &Cx, input: &Input) -> Result<Plan, Problem> {
        let deployment = cx.need::<Deployment>()?;
        let zone = Zone::find(cx, input, &deployment).await??;
        let host = deployment.names.host();
        let existing = zone.records(&host).await?;
        let record = wanted(&host, &input.target)?;
        let nothing_to_do = existing.len() == 1 && same(&existing[0], &record);
        if let Some(problem) = in_the_way(&existing, &host, input.replace).filter(|_| !nothing_to_do) {
            return Err(problem);
        }
        let before: Vec<String> = existing.iter().flat_map(lines).collect();
        let kept =
            if before.is_empty() { String::new() } else { " What was there is kept, and Remove puts it back.".into() };
        Ok(Plan {
            summary: match (nothing_to_do, before.is_empty()) {
                (true, _) => format!("{host} leads there already; nothing changes."),
                (_, true) => format!("{host} is made and leads to the load balancer."),
                (_, false) => format!("{host} is replaced and leads to the load balancer.{kept}"),
            },
            identity: zone.identity.arn.clone(),
            calls: if nothing_to_do {
                vec![]
            } else {
                vec![Call::new(
                    "route53:ChangeResourceRecordSets",
                    format!("hostedzone/{}", zone.id),
                    "one record, in one change",
                )]
            },
            commands: vec![format!(
                "aws route53 change-resource-record-sets --hosted-zone-id {} --change-batch file://change.json",
                zone.id
            )],
            views: vec![View::Diff { title: format!("Records of {host}"), before, after: lines(&record) }],
            cost: "Nothing: questions for alias records are free, and the zone is there already.".into(),
            undo: format!("Remove on this page takes the record away.{kept}"),
            nothing_to_do,
            ..Plan::default()
        })
    }

    async fn apply(&self, cx: &Cx, input: &Input) -> Result<Output, Problem> {
        let deployment = cx.need::<Deployment>()?;
        let zone = Zone::find(cx, input, &deployment).await??;
        let host = deployment.names.host();
        let existing = zone.records(&host).await?;
        let record = wanted(&host, &input.target)?;
        if !(existing.len() == 1 && same(&existing[0], &record)) {
            if let Some(problem) = in_the_way(&existing, &host, input.replace) {
                return Err(problem);
            }
            if !existing.is_empty() {
                let kept: Vec<Kept> = existing.iter().map(Kept::of).collect();
                files::write(&cx.folder()?.join(BEFORE), serde_json::to_vec_pretty(&kept).unwrap_or_default())?;
            }
            cx.progress(format!("Creating {host}"));
            // CREATE, never UPSERT: a record that somebody made meanwhile is refused by AWS, not overwritten. An old one
            // is deleted in the same change, and AWS refuses that too unless it is exactly what was shown.
            let mut changes: Vec<Change> =
                existing.iter().map(|old| change(ChangeAction::Delete, old)).collect::<Result<_, _>>()?;
            changes.push(change(ChangeAction::Create, &record)?);
            cx.effect(&format!("route53:ChangeResourceRecordSets {host}"), zone.change(cx, changes)).await?;
        }
        self.wait_until_served(cx, &zone, &host).await?;
        Ok(Output { host, zone_id: zone.id.clone(), target: input.target.name.clone() })
    }

    async fn remove(&self, cx: &Cx, input: &Input) -> Result<Residue, Problem> {
        let deployment = cx.need::<Deployment>()?;
        let zone = Zone::find(cx, input, &deployment).await??;
        let host = deployment.names.host();
        let record = wanted(&host, &input.target)?;
        let existing = zone.records(&host).await?;
        if existing.is_empty() {
            return Ok(Residue::default());
        }
        if !(existing.len() == 1 && same(&existing[0], &record)) {
            return Ok(Residue(vec![format!("{host} is not the record Hubwright made, so it stays.")]));
        }
        let mut changes = vec![change(ChangeAction::Delete, &existing[0])?];
        let kept = files::read_if_there(&cx.folder()?.join(BEFORE))?;
        let before: Vec<Kept> = kept.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        for old in &before {
            changes.push(change(ChangeAction::Create, &old.record()?)?);
        }
        cx.progress(format!("Removing {host}"));
        cx.effect(&format!("route53:ChangeResourceRecordSets remove {host}"), zone.change(cx, changes)).await?;
        files::remove(&cx.folder()?.join(BEFORE))?;
        Ok(Residue(if before.is_empty() { vec![] } else { vec![format!("{host} is what it was before.")] }))
    }
}

impl Dns {
    /// The record is right: whether the zone's own name servers serve it.
    async fn served(&self, cx: &Cx, zone: &Zone, host: &str, input: &Input) -> Result<Status<Output>, Problem> {
        let mut items = vec![];
        let mut silent = 0;
        for (name, server) in zone.name_servers(cx).await? {
            match dns::addresses(server, host).await {
                Ok(found) if found.is_empty() => items.push(Item::new(name, Mark::Bad, "does not know the name yet")),
                Ok(found) => items.push(Item::new(
                    name,
                    Mark::Good,
                    found.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
                )),
                Err(error) => {
                    silent += 1;
                    items.push(Item::new(name, Mark::Plain, error.to_string()));
                }
            }
        }
        let unknown = items.iter().filter(|item| item.mark == Mark::Bad).count();
        let asked = items.len();
        cx.show(View::Checklist { title: "What the zone's name servers say".into(), items });
        if unknown > 0 {
            cx.say(format!("The record is there; {unknown} of {asked} name servers do not serve it yet."));
            return Ok(Status::Todo);
        }
        if silent == asked {
            cx.warn(Problem::warning("None of the zone's name servers could be asked.", "Allow DNS questions (UDP port 53) out of this network to see it proved here; the record itself is right."));
        }
        cx.say(format!("{host} leads to {}.", input.target.name));
        Ok(Status::Done(Output { host: host.to_owned(), zone_id: zone.id.clone(), target: input.target.name.clone() }))
    }

    async fn wait_until_served(&self, cx: &Cx, zone: &Zone, host: &str) -> Result<(), Problem> {
        cx.progress("Asking the zone's name servers");
        for (name, server) in zone.name_servers(cx).await? {
            for attempt in 0..20 {
                match dns::addresses(server, host).await {
                    Ok(found) if found.is_empty() && attempt < 19 => tokio::time::sleep(Duration::from_secs(3)).await,
                    Ok(found) => {
                        cx.line(&format!("{name} says {found:?}"));
                        break;
                    }
                    // A network that lets no questions out cannot disprove the record; check says so on the page.
                    Err(error) => {
                        cx.line(&error.to_string());
                        break;
                    }
                }
                cx.go_on()?;
            }
        }
        Ok(())
    }
}

/// The hosted zone, and who changes it.
struct Zone {
    aws: Aws,
    identity: Identity,
    id: String,
    servers: Vec<String>,
}

impl Zone {
    /// The public zone by its name. The inner error is for the page: no such zone here, or several.
    async fn find(cx: &Cx, input: &Input, deployment: &Deployed) -> Result<Result<Zone, Problem>, Problem> {
        let account = cx.need::<Account>()?;
        let access = match (&input.profile, &account.access) {
            (Some(profile), Access::Keys { endpoint, .. } | Access::Profile { endpoint, .. }) => {
                Access::Profile { name: profile.clone(), endpoint: endpoint.clone() }
            }
            _ => account.access,
        };
        let aws = Aws::connect(cx, &access, &deployment.region).await?;
        let name = &deployment.names.zone;
        let listed = aws.route53.list_hosted_zones_by_name().dns_name(format!("{name}.")).send();
        let (listed, identity) = futures_util::try_join!(ask("route53:ListHostedZonesByName", listed), aws.identity())?;
        let public =
            |zone: &&aws_sdk_route53::types::HostedZone| !zone.config().is_some_and(|config| config.private_zone());
        let found: Vec<_> =
            listed.hosted_zones().iter().filter(public).filter(|zone| zone.name() == format!("{name}.")).collect();
        let [zone] = found.as_slice() else {
            return Ok(Err(match found.len() {
                0 => Self::not_found(&aws, &identity, name).await?,
                n => Problem::new(
                    format!("Account {} has {n} zones called `{name}`.", identity.account),
                    "Have the one that is not in use removed: a record must go into the right one.",
                )
                .on("zone"),
            }));
        };
        let id = zone.id().trim_start_matches("/hostedzone/").to_owned();
        let about = ask("route53:GetHostedZone", aws.route53.get_hosted_zone().id(&id).send()).await?;
        let servers = about.delegation_set().map_or(vec![], |set| set.name_servers().to_vec());
        Ok(Ok(Zone { aws, identity, id, servers }))
    }

    async fn not_found(aws: &Aws, identity: &Identity, name: &str) -> Result<Problem, AwsError> {
        let all = ask("route53:ListHostedZones", aws.route53.list_hosted_zones().send()).await?;
        let here: Vec<_> =
            all.hosted_zones().iter().map(|zone| format!("`{}`", zone.name().trim_end_matches('.'))).collect();
        let has = if here.is_empty() { "It has no zones.".to_owned() } else { format!("It has {}.", here.join(", ")) };
        let what = format!("Account {} has no DNS zone `{name}`. {has}", identity.account);
        Ok(Problem::new(what, "If the zone is in another account, name a profile that signs in there; else correct the zone on the page “Name the deployment”.").on("profile"))
    }

    /// The A, AAAA and CNAME records of this very name.
    async fn records(&self, host: &str) -> Result<Vec<ResourceRecordSet>, AwsError> {
        let name = format!("{host}.");
        let call =
            self.aws.route53.list_resource_record_sets().hosted_zone_id(&self.id).start_record_name(&name).send();
        let all = ask("route53:ListResourceRecordSets", call).await?;
        let address = |record: &&ResourceRecordSet| matches!(record.r#type(), RrType::A | RrType::Aaaa | RrType::Cname);
        Ok(all.resource_record_sets().iter().filter(|record| record.name() == name).filter(address).cloned().collect())
    }

    /// Makes the changes as one, and waits until all of Route 53's servers have it.
    async fn change(&self, cx: &Cx, changes: Vec<Change>) -> Result<(), Problem> {
        let batch =
            ChangeBatch::builder().comment("Made by Hubwright").set_changes(Some(changes)).build().map_err(broken)?;
        let call = self.aws.route53.change_resource_record_sets().hosted_zone_id(&self.id).change_batch(batch).send();
        let made = ask("route53:ChangeResourceRecordSets", call).await.map_err(|error| {
            match error.is("InvalidChangeBatch") {
                true => Problem::new(
                    "Somebody changed this record in the meantime, so nothing was done.",
                    "Press Check to see what is there now.",
                )
                .because(&error),
                false => error.into(),
            }
        })?;
        let id = made.change_info().map_or("", |info| info.id()).trim_start_matches("/change/").to_owned();
        cx.progress("Waiting until Route 53 has it everywhere");
        for _ in 0..90 {
            let state = ask("route53:GetChange", self.aws.route53.get_change().id(&id).send()).await?;
            if state.change_info().is_some_and(|info| *info.status() == ChangeStatus::Insync) {
                return Ok(());
            }
            cx.go_on()?;
            tokio::time::sleep(Duration::from_secs(2)).await;
        }
        Err(Problem::new(
            "Route 53 took the change, but does not say that it is everywhere.",
            "Press Check in a few minutes.",
        ))
    }

    /// The zone's name servers by name and address. The practice account answers for its own.
    async fn name_servers(&self, cx: &Cx) -> Result<Vec<(String, SocketAddr)>, Problem> {
        let account = cx.need::<Account>()?;
        if let (Some(_), Some(door)) = (account.access.endpoint(cx.tools())?, cx.tools::<Tools>().practice()) {
            let name = format!("the practice account's name server, {}", door.name_server);
            return Ok(vec![(name, door.name_server)]);
        }
        let mut servers = vec![];
        for name in &self.servers {
            if let Ok(Some(address)) =
                tokio::net::lookup_host((name.as_str(), 53)).await.map(|mut all| all.find(SocketAddr::is_ipv4))
            {
                servers.push((name.clone(), address));
            }
        }
        Ok(servers)
    }
}

/// Why the records that are there stop this page; `None` where they do not.
fn in_the_way(existing: &[ResourceRecordSet], host: &str, replace: bool) -> Option<Problem> {
    if existing.iter().any(|record| record.set_identifier().is_some()) {
        let what = format!("{host} has records with a routing policy, which Hubwright does not replace.");
        return Some(
            Problem::new(what, "Have them removed in the Route 53 console first, or choose another deployment name.")
                .on("replace"),
        );
    }
    if existing.is_empty() || replace {
        return None;
    }
    let what = format!(
        "{host} is there already and leads elsewhere: {}.",
        existing.iter().flat_map(lines).collect::<Vec<_>>().join("; ")
    );
    Some(
        Problem::new(
            what,
            "Ask its owner. If it may go, turn on “Replace a record that is there”; what it was is kept.",
        )
        .on("replace"),
    )
}

/// The record this page makes: A, alias, simple routing, without health evaluation, as the guide's console steps.
fn wanted(host: &str, target: &LoadBalancer) -> Result<ResourceRecordSet, Problem> {
    let alias = AliasTarget::builder()
        .hosted_zone_id(target.zone_id)
        .dns_name(target.alias_name())
        .evaluate_target_health(false)
        .build()
        .map_err(broken)?;
    ResourceRecordSet::builder().name(format!("{host}.")).r#type(RrType::A).alias_target(alias).build().map_err(broken)
}

/// Whether a record does what the wanted one does: `dualstack.`, case and the trailing dot do not matter to DNS.
fn same(record: &ResourceRecordSet, wanted: &ResourceRecordSet) -> bool {
    let plain = |alias: &AliasTarget| {
        let name = alias.dns_name().trim_end_matches('.').to_ascii_lowercase();
        (name.trim_start_matches("dualstack.").to_owned(), alias.hosted_zone_id().to_owned())
    };
    record.r#type() == wanted.r#type()
        && record.set_identifier().is_none()
        && record.alias_target().map(plain) == wanted.alias_target().map(plain)
        && record.alias_target().is_some()
}

fn lines(record: &ResourceRecordSet) -> Vec<String> {
    let kind = record.r#type().as_str();
    match record.alias_target() {
        Some(alias) => vec![format!("{kind} alias of {}", alias.dns_name().trim_end_matches('.'))],
        None => record
            .resource_records()
            .iter()
            .map(|value| format!("{kind} {} (kept {} s)", value.value(), record.ttl().unwrap_or(0)))
            .collect(),
    }
}

fn change(action: ChangeAction, record: &ResourceRecordSet) -> Result<Change, Problem> {
    Change::builder().action(action).resource_record_set(record.clone()).build().map_err(broken)
}

fn broken(error: aws_smithy_types::error::operation::BuildError) -> Problem {
    Problem::new("The DNS change could not be put together.", "Report this to the people who make Hubwright.")
        .because(&error)
}

/// A replaced record, as kept for the way back.
#[derive(Serialize, Deserialize)]
struct Kept {
    name: String,
    kind: String,
    ttl: Option<i64>,
    values: Vec<String>,
    /// Zone id, DNS name, whether the target's health is evaluated.
    alias: Option<(String, String, bool)>,
}

impl Kept {
    fn of(record: &ResourceRecordSet) -> Self {
        Kept {
            name: record.name().into(),
            kind: record.r#type().as_str().into(),
            ttl: record.ttl(),
            values: record.resource_records().iter().map(|value| value.value().to_owned()).collect(),
            alias: record
                .alias_target()
                .map(|alias| (alias.hosted_zone_id().into(), alias.dns_name().into(), alias.evaluate_target_health())),
        }
    }

    fn record(&self) -> Result<ResourceRecordSet, Problem> {
        let value =
            |text: &String| aws_sdk_route53::types::ResourceRecord::builder().value(text).build().map_err(broken);
        let values: Vec<_> = self.values.iter().map(value).collect::<Result<_, _>>()?;
        let alias = match &self.alias {
            Some((zone, name, health)) => Some(
                AliasTarget::builder()
                    .hosted_zone_id(zone)
                    .dns_name(name)
                    .evaluate_target_health(*health)
                    .build()
                    .map_err(broken)?,
            ),
            None => None,
        };
        ResourceRecordSet::builder()
            .name(&self.name)
            .r#type(RrType::from(self.kind.as_str()))
            .set_ttl(self.ttl)
            .set_resource_records((!values.is_empty()).then_some(values))
            .set_alias_target(alias)
            .build()
            .map_err(broken)
    }
}

const BEFORE: &str = "before.json";
