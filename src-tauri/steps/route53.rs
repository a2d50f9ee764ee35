//! Gives the hub its web address: an alias record in the institution's zone, pointing at the hub's load balancer.
//! Guide: "Set up DNS with Route-53"; trap 31 (the alias list of the console does not offer other accounts' balancers).
//! The host's records are read and changed in `host`; whose a record is, and what was there before, is in `history`.

mod history;
mod host;

use super::account::Account;
use super::deployment::Deployment;
use super::told::aws::lacking;
use crate::engine::words::clean;
use crate::engine::{Call, Cx, Field, Form, Leftovers, MadeUp, Plan, Problem, Problems, Status, Step, StepId, Values};
use crate::site::Site;
use crate::tools::aws::Access;
use crate::tools::aws::load_balancer::{self, LoadBalancer};
use crate::tools::aws::rights::{self, Right};
use crate::tools::aws::route53::Record;
use history::{DnsChange, History};
use host::{Host, sentence};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

pub struct Input {
    target: LoadBalancer,
    /// The hosted zone of the balancer itself.
    zone_id: String,
    replace: bool,
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
    const EACH: bool = true;
    const MAKES_UP: bool = true;
    // Until all of AWS's name servers know a change.
    const SECONDS: u32 = 40;
    const MINUTES: u32 = 3;
    type Input = Input;
    type Output = Output;

    fn needs(&self) -> &'static [StepId] {
        &[Deployment::ID, Account::ID]
    }

    fn form(&self, cx: &Cx, values: &Values) -> Form {
        let site = cx.output::<Deployment>().and_then(|deployment| Site::load(&deployment.site).ok());
        let owner = site
            .filter(|site| !site.dns_account.is_empty())
            .map_or("another account".to_owned(), |site| format!("`{}`", site.dns_account));
        let mut fields = vec![
            Field::text("target", "Load balancer")
                .rule("the DNS name of a load balancer, as AWS gives it")
                // Not one that could be entered.
                .placeholder("….elb.amazonaws.com")
                .help("The address that AWS gave the hub when it was installed. “Install the hub”, under Journey, says how to ask for it."),
        ];
        // A region may be newer than the table of its zones.
        if let Ok(LoadBalancer { zone_id: None, region, .. }) = LoadBalancer::parse(values.text("target")) {
            fields.push(
                Field::text(BALANCER_ZONE, "Hosted zone of the load balancer")
                    .rule("the id of a hosted zone, such as `Z35SXDOTRQ7X7K`")
                    .placeholder("Z…")
                    .help(format!("The balancer's own, which Hubwright does not know for {region}. The EC2 console shows it: Load balancers → the hub's → Hosted zone.")),
            );
        }
        fields.extend([
            Field::text("profile", "Profile for the DNS account")
                .optional()
                .rule("a profile in `~/.aws/config`; empty for the deployment's own account")
                .help(format!("Only if the zone is in {owner}; not used in the practice account.")),
            Field::switch("replace", "Replace a record that is there")
                .rule("`true` or `false`")
                .help("Turn this on only if the record that this page shows may go. Hubwright keeps a copy, and Remove puts it back."),
        ]);
        Form::of(fields)
    }

    fn parse(&self, cx: &Cx, values: &Values) -> Result<Input, Problems> {
        let mut problems = Problems::default();
        let text = values.text("target");
        let target = if text.trim().is_empty() { None } else { problems.take("target", LoadBalancer::parse(text)) };
        // The answer and not what the page left: both pages may be answered at once.
        let region = Some(cx.answer::<Deployment>("region")).filter(|region| !region.is_empty());
        let region = region.or_else(|| Some(cx.output::<Deployment>()?.region));
        if let (Some(target), Some(region)) = (&target, region)
            && target.region != region
        {
            let what = format!("This load balancer is in {}, and the deployment in {region}.", target.region);
            problems.add(Problem::new(what, "Use the load balancer of this deployment's hub.").on("target"));
        }
        let zone = target.as_ref().map(|target| target.zone_id.unwrap_or(values.text(BALANCER_ZONE).trim()));
        if let Some(zone) = zone.filter(|zone| !zone.is_empty() && !load_balancer::is_zone_id(zone)) {
            let what = format!("`{}` is not the id of a hosted zone.", clean(zone));
            let fix = "Copy it from the load balancer's page in the EC2 console; it looks like `Z35SXDOTRQ7X7K`";
            problems.add(Problem::new(what, fix).on(BALANCER_ZONE));
        }
        match (&target, zone) {
            (Some(target), Some(zone)) => problems.or(|| Input {
                target: target.clone(),
                zone_id: zone.to_owned(),
                replace: values.on("replace"),
            }),
            _ => Err(problems),
        }
    }

    fn made_up(&self, cx: &Cx) -> Result<MadeUp, Problem> {
        let deployment = cx.need::<Deployment>()?;
        // A name like those that Kubernetes gives: one for each host.
        let digest = Sha256::digest(deployment.names.host());
        let name: String = digest[..16].iter().map(|byte| format!("{byte:02x}")).collect();
        let target = format!("a{name}-1234567890.{}.elb.amazonaws.com", deployment.region);
        Ok(MadeUp { values: vec![("target", target.into())], secrets: vec![] })
    }

    async fn check(&self, cx: &Cx, input: &Input) -> Result<Status<Output>, Problem> {
        let host = match Host::look(cx, input).await? {
            Ok(host) => host,
            Err(problem) => return Ok(Status::Blocked(vec![problem])),
        };
        // Also an earlier record of ours, which leads to what the page named before.
        cx.there(host.of_ours().next().map(|_| format!("The record {}", host.name)));
        if host.is_right() {
            return host.served(cx).await;
        }
        if !host.existing.is_empty() {
            cx.show(host.diff());
        }
        if let Some(problem) = host.in_the_way(input.replace) {
            return Ok(Status::Blocked(vec![problem]));
        }
        let zone_arn = format!("arn:aws:route53:::hostedzone/{}", host.zone.id);
        let wanted = [
            ("ChangeResourceRecordSets", zone_arn.as_str()),
            ("GetHostedZone", zone_arn.as_str()),
            ("ListResourceRecordSets", zone_arn.as_str()),
            ("ListHostedZonesByName", "*"),
            ("GetChange", "arn:aws:route53:::change/*"),
        ];
        let wanted = wanted.map(|(action, on)| Right::new(&format!("route53:{action}"), on));
        if let Some(problem) = lacking(cx, rights::lacking(&host.aws, &wanted).await?) {
            return Ok(Status::Blocked(vec![problem]));
        }
        let next = if host.existing.is_empty() { "is" } else { "is replaced and" };
        cx.say(format!("The zone {} is there; {} {next} made next.", host.zone_name, host.name));
        Ok(Status::Todo)
    }

    async fn plan(&self, cx: &Cx, input: &Input) -> Result<Plan, Problem> {
        let host = Host::look(cx, input).await??;
        let nothing_to_do = host.is_right();
        if let Some(problem) = host.in_the_way(input.replace).filter(|_| !nothing_to_do) {
            return Err(problem);
        }
        let before: Vec<&Record> = match host.history.before() {
            [] => host.of_others().collect(),
            before => before.iter().collect(),
        };
        let before = match before.is_empty() {
            true => String::new(),
            false => format!(" What was there before is kept, and Remove puts it back: {}.", sentence(before)),
        };
        let name = &host.name;
        Ok(Plan {
            summary: match (nothing_to_do, host.existing.is_empty()) {
                (true, _) => format!("{name} leads there already; nothing changes."),
                (_, true) => format!("{name} is made and leads to the load balancer."),
                (_, false) => format!("{name} is replaced and leads to the load balancer.{before}"),
            },
            identity: host.identity.arn.to_string(),
            calls: if nothing_to_do {
                vec![]
            } else {
                vec![Call::new(
                    "route53:ChangeResourceRecordSets",
                    format!("hostedzone/{}", host.zone.id),
                    "one record, in one change",
                )]
            },
            commands: vec![format!(
                "aws route53 change-resource-record-sets --hosted-zone-id {} --change-batch file://change.json",
                host.zone.id
            )],
            views: vec![host.diff()],
            cost: "Nothing. AWS charges neither for this record nor for looking it up.".into(),
            undo: format!("Remove on this page takes the record away.{before}"),
            nothing_to_do,
            ..Plan::default()
        })
    }

    async fn apply(&self, cx: &Cx, input: &Input) -> Result<Output, Problem> {
        let host = Host::look(cx, input).await??;
        if !host.is_right() {
            if let Some(problem) = host.in_the_way(input.replace) {
                return Err(problem);
            }
            cx.progress(format!("Creating {}", host.name));
            let replaced = host.of_others().cloned().collect();
            let change = DnsChange { made: Some(host.wanted.clone()), replaced };
            host.change(cx, &change, &host.existing, std::slice::from_ref(&host.wanted)).await?;
        }
        host.wait_until_served(cx).await?;
        Ok(host.output())
    }

    async fn remove(&self, cx: &Cx, input: &Input) -> Result<Leftovers, Problem> {
        let host = Host::look(cx, input).await??;
        let (name, before) = (&host.name, host.history.before());
        let ours: Vec<Record> = host.of_ours().cloned().collect();
        let others: Vec<&Record> = host.of_others().collect();
        let mut left = vec![];
        let back = if before.is_empty() { "nothing was there".to_owned() } else { sentence(before) };
        if others.is_empty() && !ours.is_empty() {
            cx.progress(format!("Removing {name}"));
            host.change(cx, &DnsChange { made: None, replaced: vec![] }, &ours, before).await?;
            if !before.is_empty() {
                left.push(format!("{name} is what it was before Hubwright: {back}."));
            }
        } else if !ours.is_empty() {
            cx.progress(format!("Removing {name}"));
            host.change(cx, &DnsChange { made: None, replaced: vec![] }, &ours, &[]).await?;
            left.push(format!(
                "{name} has a record that somebody else added, so it stays: {}. Before Hubwright: {back}.",
                sentence(others)
            ));
        } else if !before.is_empty() && host.existing == before {
            left.push(format!("{name} is what it was before Hubwright: {back}."));
        } else if !others.is_empty() {
            left.push(format!(
                "{name} is not the record Hubwright made, so it stays: {}. Before Hubwright: {back}.",
                sentence(others)
            ));
        } else if !before.is_empty() {
            left.push(format!("Somebody removed {name}, so nothing is put in its place. Before Hubwright: {back}."));
        }
        let later: Vec<&Record> = host.history.replaced_later().collect();
        if !later.is_empty() && !ours.is_empty() {
            left.push(format!("A later record of somebody else is not put back: {}.", sentence(later)));
        }
        History::forget(cx)?;
        Ok(Leftovers(left))
    }
}

const BALANCER_ZONE: &str = "balancer_zone";

/// How the account of the DNS zone is reached: by the profile of this page, else as the deployment's own. A practice account
/// has all zones.
pub(super) fn access(cx: &Cx, own: Access) -> Access {
    let profile = cx.answer::<Dns>("profile");
    match own {
        Access::Keys { endpoint, .. } | Access::Profile { endpoint, .. } if !profile.is_empty() => {
            Access::Profile { name: profile, endpoint }
        }
        own => own,
    }
}
