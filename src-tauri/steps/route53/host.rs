//! The records of the hub's name in its zone: looked at, changed, and asked for at the zone's own name servers.

use super::history::{CHANGED, DnsChange, History, UNFIT};
use super::{Input, Output};
use crate::engine::view::{Item, Mark};
use crate::engine::{Cx, Problem, Status, View};
use crate::steps::AsIdentity;
use crate::steps::account::Account;
use crate::steps::deployment::Deployment;
use crate::tools::aws::route53::{self, Record, Refusal, Zone, ZoneError};
use crate::tools::aws::{Aws, Caller, Identity};
use crate::tools::{Tools, dns};
use std::net::SocketAddr;
use std::time::Duration;

/// The hub's name: what its records are, and what they should be.
pub struct Host {
    /// Without a last dot.
    pub name: String,
    pub zone_name: String,
    pub zone: Zone,
    /// As whom the zone is changed.
    pub aws: Aws,
    pub identity: Caller,
    pub wanted: Record,
    pub existing: Vec<Record>,
    pub history: History,
    target: String,
}

impl Host {
    /// The inner error is for the page: there is no such zone here, or there are several.
    pub async fn look(cx: &Cx, input: &Input) -> Result<Result<Host, Problem>, Problem> {
        let deployment = cx.need::<Deployment>()?;
        let aws = cx.aws(Identity::Dns).await?;
        let zone_name = deployment.names.zone.clone();
        let (zone, identity) = futures_util::join!(Zone::find(&aws, &zone_name), aws.caller());
        let identity = identity?;
        let zone = match zone {
            Ok(zone) => zone,
            Err(ZoneError::Aws(error)) => return Err(error.into()),
            Err(ZoneError::Missing { here }) => return Ok(Err(missing(&identity.account, &zone_name, &here))),
            Err(ZoneError::Several(number)) => {
                let what = format!("Account {} has {number} zones called `{zone_name}`.", identity.account);
                let fix = "Have the one that is not in use removed: a record must go into the right one.";
                return Ok(Err(Problem::new(what, fix)));
            }
        };
        let name = deployment.names.host();
        let existing = zone.records(&aws, &name).await?;
        let wanted = Record::alias(&name, &input.zone_id, &input.target.alias_name());
        let (history, target) = (History::read(cx)?, input.target.name.clone());
        Ok(Ok(Host { name, zone_name, zone, aws, identity, wanted, existing, history, target }))
    }

    pub fn output(&self) -> Output {
        Output { host: self.name.clone(), zone_id: self.zone.id.clone(), target: self.target.clone() }
    }

    /// The wanted record is there, and nothing beside it.
    pub fn is_right(&self) -> bool {
        matches!(self.existing.as_slice(), [only] if only.answers_like(&self.wanted))
    }

    pub fn of_ours(&self) -> impl Iterator<Item = &Record> {
        self.existing.iter().filter(|record| self.history.is_ours(record, &self.wanted))
    }

    pub fn of_others(&self) -> impl Iterator<Item = &Record> {
        self.existing.iter().filter(|record| !self.history.is_ours(record, &self.wanted))
    }

    /// Why records of somebody else stop this page; `None` where they do not.
    pub fn in_the_way(&self, replace: bool) -> Option<Problem> {
        let name = &self.name;
        if self.existing.iter().any(|record| record.routed) {
            let what = format!("{name} has records with a routing policy, which Hubwright does not replace.");
            let fix = "Have them removed in the Route 53 console first, or choose another deployment name.";
            return Some(Problem::new(what, fix).on("replace"));
        }
        let others: Vec<&Record> = self.of_others().collect();
        if others.is_empty() || replace {
            return None;
        }
        let what = format!("{name} is there already and leads elsewhere: {}.", sentence(others));
        let fix = "Ask its owner. If it may go, turn on “Replace a record that is there”; what it was is kept.";
        Some(Problem::new(what, fix).on("replace"))
    }

    pub fn diff(&self) -> View {
        View::Diff {
            title: format!("Records of {}", self.name),
            before: self.existing.iter().map(ToString::to_string).collect(),
            after: vec![self.wanted.to_string()],
        }
    }

    /// Makes a change, stored in the journal first, and waits until all of Route 53's servers have it.
    pub async fn change(
        &self,
        cx: &Cx,
        change: &DnsChange,
        delete: &[Record],
        create: &[Record],
    ) -> Result<(), Problem> {
        let what = format!("change the record of {}", self.name);
        let call = async {
            self.zone.change(&self.aws, delete, create).await.map_err(|error| match Refusal::of(&error) {
                Some(Refusal::Changed) => {
                    Problem::new(CHANGED, "Press “Check again” to see what is there now.").because(&error)
                }
                Some(Refusal::Unfit(said)) => self.unfit(&said, create).because(&error),
                None => error.into(),
            })
        };
        let id = cx.effect_with(&what, change, call).await?;
        cx.progress("Waiting until Route 53 has it everywhere");
        for _ in 0..90 {
            if route53::is_in_sync(&self.aws, &id).await? {
                return Ok(());
            }
            cx.go_on()?;
            tokio::time::sleep(Duration::from_secs(2)).await;
        }
        Err(Problem::new(
            "Route 53 took the change, but does not say that it is everywhere.",
            "Press “Check again” in a few minutes.",
        ))
    }

    /// The problem that Route 53 does not take `create`.
    fn unfit(&self, said: &str, create: &[Record]) -> Problem {
        let what = format!("{UNFIT}{}.", said.trim_end_matches('.'));
        match create.contains(&self.wanted) {
            true => {
                let fix = "Copy the load balancer's name again (`kubectl get service proxy-public` shows it): it may be mistyped, or of a balancer that is gone.";
                Problem::new(what, fix).on("target")
            }
            // What was there before, at a removal.
            false => Problem::new(what, format!("Delete {} in the Route 53 console instead.", self.name)),
        }
    }

    /// The record is right: whether the zone's own name servers serve it.
    pub async fn served(&self, cx: &Cx) -> Result<Status<Output>, Problem> {
        let mut items = vec![];
        let mut silent = 0;
        for (name, server) in self.name_servers(cx).await? {
            items.push(match dns::addresses(server, &self.name).await {
                Ok(found) if found.is_empty() => Item::new(name, Mark::Bad, "does not know the name yet"),
                Ok(found) => {
                    let found: Vec<String> = found.iter().map(ToString::to_string).collect();
                    Item::new(name, Mark::Good, found.join(", "))
                }
                Err(error) => {
                    silent += 1;
                    Item::new(name, Mark::Plain, error.to_string())
                }
            });
        }
        let unknown = items.iter().filter(|item| item.mark == Mark::Bad).count();
        let asked = items.len();
        cx.show(View::Checklist { title: "What the zone's name servers say".into(), items });
        if unknown > 0 {
            cx.say(format!("The record is there; {unknown} of {asked} name servers do not serve it yet."));
            return Ok(Status::Todo);
        }
        if silent == asked {
            cx.warn(Problem::warning("None of the zone's name servers could be asked.", "The record itself is right. To see it proved here, ask whoever runs this network to let DNS questions out (UDP port 53)."));
        }
        cx.say(format!("{} leads to {}.", self.name, self.target));
        Ok(Status::Done(self.output()))
    }

    pub async fn wait_until_served(&self, cx: &Cx) -> Result<(), Problem> {
        cx.progress("Asking the zone's name servers");
        for (name, server) in self.name_servers(cx).await? {
            for attempt in 0..20 {
                match dns::addresses(server, &self.name).await {
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

    /// The zone's name servers by name and address. The practice account answers for its own.
    async fn name_servers(&self, cx: &Cx) -> Result<Vec<(String, SocketAddr)>, Problem> {
        let account = cx.need::<Account>()?;
        if let (Some(_), Some(practice)) = (account.access.endpoint(cx.tools())?, cx.tools::<Tools>().practice()) {
            let name = format!("the practice account's name server, {}", practice.name_server);
            return Ok(vec![(name, practice.name_server)]);
        }
        let mut servers = vec![];
        for name in &self.zone.servers {
            if let Ok(Some(address)) =
                tokio::net::lookup_host((name.as_str(), 53)).await.map(|mut all| all.find(SocketAddr::is_ipv4))
            {
                servers.push((name.clone(), address));
            }
        }
        Ok(servers)
    }
}

fn missing(account: &str, zone: &str, here: &[String]) -> Problem {
    let here: Vec<String> = here.iter().map(|zone| format!("`{zone}`")).collect();
    let has = if here.is_empty() { "It has no zones.".to_owned() } else { format!("It has {}.", here.join(", ")) };
    let what = format!("Account {account} has no DNS zone `{zone}`. {has}");
    let fix = "If the zone is in another account, name a profile that signs in there; else correct the zone on the page “Name the deployment”.";
    Problem::new(what, fix).on("profile")
}

/// Records in one line.
pub fn sentence<'a>(records: impl IntoIterator<Item = &'a Record>) -> String {
    records.into_iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}
