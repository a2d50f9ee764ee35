//! Names the deployment and its environments. Changes nothing in the world; every later name follows from it.
//! Guide: "Overview" and all 37 places where it says `<deployment-name>`; traps 7 and 8.
//! Long because every name and web address of every environment is asked and judged here.

use super::account::{Account, Kind};
use super::hub_values::intern;
use super::names::{self, Names};
use crate::engine::event::Context;
use crate::engine::journal::Journal;
use crate::engine::words::clean;
use crate::engine::{Cx, Field, Form, Leftovers, Place, Plan, Problem, Problems, Status, Step, StepId, Values, View};
use crate::site::{BUILT_IN, Site};
use crate::tools::Tools;
use crate::tools::aws::regions::{self, REGIONS};
use crate::tools::home::Home;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

pub struct Input {
    names: Names,
    user: String,
    region: String,
    site: String,
    hosts: BTreeMap<String, String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Output {
    pub names: Names,
    /// The IAM user of the person who sets this up.
    pub user: String,
    pub region: String,
    /// A built-in profile's word, or a file's path.
    pub site: String,
    /// Web addresses of other environments than the first that do not follow from the names. A step of an environment finds
    /// its own in `names`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub hosts: BTreeMap<String, String>,
}

pub struct Deployment;

impl Step for Deployment {
    const ID: StepId = "deployment";
    const TITLE: &'static str = "Name the deployment";
    const SHORT: &'static str = "Name";
    const WHY: &'static str = "Everything that Hubwright makes carries this name. You type it once, here; once something carries it, it cannot change any more.";
    const VERB: &'static str = "Use this name";
    const GUIDE: &'static str = "The guide has you type the name in 37 places, spelled five ways. Pasted literally, `<deployment-name->secrets-setup` makes the shell read and write files instead. Here it is typed once and every other name follows, checked against each service's own limit.";
    const ACTS: bool = false;
    const MINUTES: u32 = 2;
    type Input = Input;
    type Output = Output;

    fn needs(&self) -> &'static [StepId] {
        &[]
    }

    fn form(&self, cx: &Cx, values: &Values) -> Form {
        let made = cx.has_effects();
        let site = site(values);
        let why = "Things in the account carry this already. Remove them first, or start another deployment.";
        let mut regions: Vec<(String, String)> =
            REGIONS.iter().map(|(code, place, _)| ((*code).to_owned(), format!("{code} — {place}"))).collect();
        // A region may be newer than the table, and the account may know it: it is offered once it is entered.
        let entered = values.text("region");
        if regions::is_well_formed(entered) && !regions.iter().any(|(code, _)| code == entered) {
            regions.push((entered.to_owned(), format!("{entered} — not in Hubwright's list")));
        }
        let mut sites: Vec<(String, String)> = BUILT_IN
            .iter()
            .map(|(id, _)| ((*id).to_owned(), Site::load(id).map_or((*id).to_owned(), |site| site.name)))
            .collect();
        if !sites.iter().any(|(id, _)| id == site_word(values)) {
            sites.push((site_word(values).to_owned(), format!("From the file {}", site_word(values))));
        }
        // Where the profile cannot be read, that is the one problem: what would follow from it is not missed besides.
        let follows = |mut field: Field, pick: fn(&Site) -> &String| {
            field.required = site.is_some();
            field.default = site.as_ref().map(|site| pick(site).as_str().into());
            field
        };
        let mut fields = vec![
            Field::text("name", "Deployment name")
                .rule(names::RULE)
                .help("Lower-case letters, digits and hyphens, at most 32.")
                .placeholder("roman-sit")
                .locked_if(made, why),
            Field::text("user", "Your IAM user")
                .rule("the name of an IAM user, 1 to 64 characters")
                .help("The user in AWS as whom you work. Hubwright puts it into two groups.")
                .placeholder("your-user-name")
                .copied(),
            Field::choice("environment", "Environment", [("staging", "staging"), ("prod", "prod")])
                .default("staging")
                .rule("`staging` or `prod`")
                .help("Start with staging, a hub to try things in. The hub for everybody (prod) can follow as another one, below.")
                .locked_if(made, why),
            follows(Field::choice("region", "Region", regions), |site| &site.region)
                .rule("a region of AWS")
                .copied()
                .locked_if(made, why),
            follows(Field::text("zone", "DNS zone"), |site| &site.zone)
                .rule("the domain the hub's address is put under")
                .help("The end of the hub's web address, which your institution owns. The name stands in front of it.")
                .copied()
                .locked_if(made, why),
            Field::choice("site", "Site profile", sites)
                .or_file()
                .default(BUILT_IN[0].0)
                .rule("a built-in profile, or the path of a profile file")
                .copied(),
            Field::file("site_file", "Another site profile", &["toml"])
                .optional()
                .rule("the path of a profile file; it takes the place of the built-in one")
                .help("Only if your institution has its own: a file with `name`, `zone` and `region`, and where they apply `account`, `dns_account`, `[sign_in]` and `[contacts]`. “Save an example…” on the first page shows all.")
                .copied(),
        ];
        let names = first(&values.with_defaults(&Form::of(fields.clone())));
        let host = |field: &'static str, label: &'static str, environment: &str, usual: String| {
            let usual = if names.deployment.is_empty() || names.zone.is_empty() { String::new() } else { usual };
            let here = "Its own steps made things that carry this. Remove them first.";
            Field::text(field, label)
                .optional()
                .rule("a name in the zone; may be left out")
                .help("Leave it empty to have the one that follows from the name.")
                .placeholder(usual)
                .locked_if(cx.has_effects_in(environment), here)
        };
        let usual = Names { own_host: None, ..names.clone() }.host();
        fields.push(host("host", "Web address", "", usual));
        fields.push(
            Field::rows("environments", "More environments")
                .names_environments()
                .optional()
                .rule("names such as `prod`, one a line")
                .placeholder("prod")
                .help("Each has its own certificate, sign-in client, secrets and web address; accounts, roles and the key are shared."),
        );
        for environment in listed(cx, values) {
            let usual = names.of_another(&environment, None).host();
            let label = intern(&format!("Web address of {environment}"));
            fields.push(host(intern(&format!("host_{environment}")), label, &environment, usual));
        }
        // Two things are asked; the rest is known from the profile, as long as one can be read.
        if let Some(site) = &site {
            let source = format!("From the profile {}", site.name);
            let known =
                |field: Field| if ["name", "user"].contains(&field.name) { field } else { field.known_from(&source) };
            fields = fields.into_iter().map(known).collect();
        }
        Form::of(fields)
    }

    fn parse(&self, cx: &Cx, values: &Values) -> Result<Input, Problems> {
        let mut problems = Problems::default();
        let name = values.text("name").trim();
        problems.0.extend(names::judge(name).0);
        let user = values.text("user").trim();
        problems.0.extend(names::judge_user(user).map(|problem| problem.on("user")));
        let names = first(values);
        // No domain ends in digits only (RFC 3696, 2): that is an address of a computer.
        let is_address = names.zone.rsplit('.').next().is_some_and(|last| last.bytes().all(|b| b.is_ascii_digit()));
        let good_zone = names::is_host(&names.zone) && names.zone.len() <= 220 && !is_address;
        if !names.zone.is_empty() && !good_zone {
            problems.add(
                Problem::new(
                    format!("`{}` is not a domain name.", clean(&names.zone)),
                    "Write it like `science.example.org`",
                )
                .on("zone"),
            );
        }
        problems.0.extend(judge_environments(cx, values, &names));
        let hosts: BTreeMap<String, String> = listed(cx, values)
            .into_iter()
            .filter_map(|environment| Some((environment.clone(), typed_host(values, &format!("host_{environment}"))?)))
            .collect();
        problems.0.extend(judge_hosts(cx, values, &names, &hosts, good_zone));
        let field = if values.text("site_file").is_empty() { "site" } else { "site_file" };
        let of_site = Site::read(site_word(values)).err().unwrap_or_default();
        problems.0.extend(of_site.0.into_iter().map(|problem| problem.on(field)));
        problems.or(|| Input {
            names,
            hosts,
            user: user.into(),
            region: values.text("region").into(),
            site: site_word(values).into(),
        })
    }

    fn preview(&self, cx: &Cx, values: &Values) -> Vec<View> {
        let name = values.text("name").trim();
        let is_good = names::judge(name).0.is_empty() && taken(cx, name).is_none();
        if name.is_empty() { vec![] } else { vec![first(values).view(is_good)] }
    }

    fn environments(&self, cx: &Cx) -> Vec<String> {
        let values = cx.answers::<Deployment>();
        std::iter::once(first_environment(&values)).chain(listed(cx, &values)).collect()
    }

    fn left_for(environment: &str, output: &Output) -> Option<Output> {
        let names = match environment {
            "" if output.hosts.is_empty() => return None,
            "" => output.names.clone(),
            other => output.names.of_another(other, output.hosts.get(other)),
        };
        Some(Output { names, hosts: BTreeMap::new(), ..output.clone() })
    }

    fn context(&self, cx: &Cx, values: &Values) -> Context {
        let of = |field: &str| values.text(field).trim().to_owned();
        // A name that was not accepted is nobody's name yet.
        let name = cx.output::<Deployment>().map(|left| left.names.deployment).unwrap_or_default();
        Context { name, environment: of("environment"), region: of("region"), ..Context::default() }
    }

    async fn check(&self, cx: &Cx, input: &Input) -> Result<Status<Output>, Problem> {
        // Whether the names are free is the account page's to say: before it there is nobody to ask.
        if let Some(problem) = taken(cx, &input.names.deployment) {
            return Ok(Status::Blocked(vec![problem.on("name")]));
        }
        cx.say(format!("The hub will answer at {}.", input.names.host()));
        Ok(Status::Done(output(input)))
    }

    async fn plan(&self, _: &Cx, input: &Input) -> Result<Plan, Problem> {
        Ok(Plan {
            summary: format!("The deployment is called `{}`. Nothing is made yet.", input.names.deployment),
            cost: "Nothing.".into(),
            undo: "Change the name, as long as nothing carries it.".into(),
            nothing_to_do: true,
            ..Plan::default()
        })
    }

    async fn apply(&self, _: &Cx, input: &Input) -> Result<Output, Problem> {
        Ok(output(input))
    }

    async fn remove(&self, _: &Cx, _: &Input) -> Result<Leftovers, Problem> {
        Ok(Leftovers::default())
    }
}

fn output(input: &Input) -> Output {
    Output {
        names: input.names.clone(),
        user: input.user.clone(),
        region: input.region.clone(),
        site: input.site.clone(),
        hosts: input.hosts.clone(),
    }
}

/// The hub's web address, as far as it is known before the page is done. `None` where its names are none yet.
pub fn host(cx: &Cx) -> Option<String> {
    let entered = || Some(first(&cx.answers::<Deployment>())).filter(|names| names::is_host(&names.zone));
    let names = cx.output::<Deployment>().map(|left| left.names).or_else(entered)?;
    names::judge(&names.deployment).0.is_empty().then(|| names.host())
}

/// The names as they are in the first environment.
pub(super) fn first(values: &Values) -> Names {
    Names {
        deployment: values.text("name").trim().into(),
        environment: first_environment(values),
        zone: values.text("zone").trim().trim_end_matches('.').to_lowercase(),
        own_host: typed_host(values, "host"),
    }
}

/// The name that a deployment goes by: the one that was accepted, whatever was typed since.
pub fn accepted_name(journal: &Journal) -> Option<String> {
    let left = journal.output(&Place::shared(Deployment::ID)).ok().flatten()?;
    serde_json::from_value::<Output>(left.output).ok().map(|left| left.names.deployment)
}

/// The name of the first environment.
pub fn first_environment(values: &Values) -> String {
    match values.text("environment") {
        "" => "staging".into(),
        environment => environment.to_owned(),
    }
}

fn typed_host(values: &Values, field: &str) -> Option<String> {
    Some(values.text(field).trim().trim_end_matches('.').to_lowercase()).filter(|host| !host.is_empty())
}

/// The environments beside the first one that can be used: those with a bad name are told by `judge_environments`.
fn listed(cx: &Cx, values: &Values) -> Vec<String> {
    more(values).filter(|name| name_problem(cx, values, name).is_none()).fold(vec![], |mut all, name| {
        if !all.contains(&name) {
            all.push(name);
        }
        all
    })
}

/// Keys of a deployment's environments by its answers, for the list of deployments: empty for the first one, as in a `Place`.
pub fn environment_keys(values: &Values) -> Vec<String> {
    let others: std::collections::BTreeSet<_> = more(values).collect();
    std::iter::once(String::new()).chain(others).collect()
}

fn more(values: &Values) -> impl Iterator<Item = String> {
    values.rows("environments").iter().map(|row| row.trim().to_owned()).filter(|row| !row.is_empty())
}

fn name_problem(cx: &Cx, values: &Values, name: &str) -> Option<Problem> {
    if name == first_environment(values) {
        let what = format!("`{name}` is the first environment already.");
        return Some(Problem::new(what, "List the others only."));
    }
    if cx.is_step(name) || name == "version" {
        let what = format!("`{name}` has a meaning of its own in answers files.");
        return Some(Problem::new(what, "Use another name for the environment."));
    }
    names::judge_environment(name, values.text("name").trim())
}

fn judge_environments(cx: &Cx, values: &Values, names: &Names) -> Vec<Problem> {
    let all: Vec<String> = more(values).collect();
    let mut problems: Vec<Problem> = all.iter().filter_map(|name| name_problem(cx, values, name)).collect();
    for (at, name) in all.iter().enumerate().filter(|(at, name)| all[..*at].contains(name)) {
        problems.push(Problem::new(format!("`{}` is listed twice.", clean(name)), format!("Remove line {}.", at + 1)));
    }
    for used in cx.environments_in_use().into_iter().filter(|used| !all.contains(used) && *used != names.environment) {
        let what = format!("The environment `{used}` is not listed any more, but things of it are there.");
        let fix = format!("List `{used}` again and remove what its own pages made; then take it off the list.");
        problems.push(Problem::new(what, fix));
    }
    problems.into_iter().map(|problem| problem.on("environments")).collect()
}

/// Each host is a name in the zone, and no two environments have the same.
fn judge_hosts(
    cx: &Cx,
    values: &Values,
    names: &Names,
    hosts: &BTreeMap<String, String>,
    good_zone: bool,
) -> Vec<Problem> {
    let mut taken: Vec<String> = vec![];
    let mut problems = vec![];
    let others = listed(cx, values).into_iter().map(|environment| {
        (format!("host_{environment}"), names.of_another(&environment, hosts.get(&environment)).host())
    });
    for (field, host) in std::iter::once(("host".to_owned(), names.host())).chain(others) {
        let inside = host.strip_suffix(&names.zone).is_some_and(|front| front.is_empty() || front.ends_with('.'));
        let is_typed = typed_host(values, &field).is_some();
        if is_typed && !names::is_host(&host) {
            let what = format!("`{}` cannot be a web address.", clean(&host));
            let fix = "Write it in the letters a to z, digits and hyphens: each part between two dots has 1 to 63 of them, and a hyphen neither first nor last.";
            problems.push(Problem::new(what, fix).on(&field));
        } else if is_typed && good_zone && !inside {
            let fix = format!("Write a name that ends with `.{}`, or leave it empty.", names.zone);
            problems.push(Problem::new(format!("`{}` is not a name in the zone.", clean(&host)), fix).on(&field));
        }
        if taken.contains(&host) {
            let what = format!("`{}` is the web address of another environment.", clean(&host));
            problems.push(Problem::new(what, "Give each environment an address of its own.").on(&field));
        }
        taken.push(host);
    }
    problems
}

/// The same problem for this deployment, as long as it does not have the name itself.
fn taken(cx: &Cx, name: &str) -> Option<Problem> {
    let is_named = cx.output::<Deployment>().is_some_and(|left| left.names.deployment == name);
    let practice = Kind::of(&cx.answers::<Account>()).is_practice();
    (!is_named).then(|| namesake(&cx.tools::<Tools>().home, cx.deployment(), name, practice))?
}

/// The problem that another deployment in this home has the name `name`: all roles and keys would be the same ones. One in the
/// practice account and one in a real one do not meet.
pub fn namesake(home: &Home, own: &str, name: &str, practice: bool) -> Option<Problem> {
    let others = home.deployments().ok()?.into_iter().filter(|id| id != own);
    let same = |id: &String| {
        // One that cannot be read, or is of an older Hubwright, is met in the account.
        let Ok(journal) = Journal::peek(&home.deployment(id)) else { return false };
        let answers = |step| journal.answers(&Place::shared(step)).unwrap_or_default();
        accepted_name(&journal).as_deref() == Some(name) && Kind::of(&answers(Account::ID)).is_practice() == practice
    };
    others.into_iter().find(same)?;
    let what = format!("`{name}` is the name of another deployment on this computer; both would use the same roles.");
    let fix = "Choose another name. For a second hub of that one, open it on the first page and press “Add an environment” above its pages.";
    Some(Problem::new(what, fix))
}

/// The site profile that was chosen: a built-in one's word, or a file's path.
pub(super) fn site_word(values: &Values) -> &str {
    match (values.text("site_file"), values.text("site")) {
        ("", "") => BUILT_IN[0].0,
        ("", built_in) => built_in,
        (file, _) => file,
    }
}

fn site(values: &Values) -> Option<Site> {
    Site::load(site_word(values)).ok()
}
