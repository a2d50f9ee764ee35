//! Names the deployment. Changes nothing in the world; every later name follows from it.
//! Guide: "Overview" and all 37 places where it says `<deployment-name>`; traps 7 and 8.

use super::names::{self, Names};
use crate::engine::event::Context;
use crate::engine::words::clean;
use crate::engine::{Cx, Field, Form, Plan, Problem, Problems, Residue, Status, Step, StepId, Values, View};
use crate::site::{BUILT_IN, Site};
use crate::tools::aws::regions::{self, REGIONS};
use serde::{Deserialize, Serialize};

pub struct Input {
    names: Names,
    user: String,
    region: String,
    site: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Output {
    pub names: Names,
    /// The IAM user of the person who sets this up.
    pub user: String,
    pub region: String,
    /// A built-in profile's word, or a file's path.
    pub site: String,
}

pub struct Deployment;

impl Step for Deployment {
    const ID: StepId = "deployment";
    const TITLE: &'static str = "Name the deployment";
    const SHORT: &'static str = "Name";
    const WHY: &'static str = "Everything Hubwright creates is named after it, so it is typed once, here, and cannot change after the first resource exists.";
    const VERB: &'static str = "Use this name";
    const GUIDE: &'static str = "The guide has you type the name in 37 places, spelled five ways. Pasted literally, `<deployment-name->secrets-setup` makes the shell read and write files instead. Here it is typed once and every other name follows, checked against each service's own limit.";
    const ACTS: bool = false;
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
        Form::of(vec![
            Field::text("name", "Deployment name")
                .rule(names::RULE)
                .help("Lower-case letters, digits and hyphens, at most 32.")
                .placeholder("roman-sit")
                .locked_if(made, why),
            Field::text("user", "Your IAM user")
                .rule("the name of an IAM user, 1 to 64 characters")
                .help("Who sets this up; it joins two groups.")
                .placeholder("your-user-name"),
            Field::choice("environment", "Environment", [("staging", "staging"), ("prod", "prod")])
                .default("staging")
                .rule("`staging` or `prod`")
                .help("Start with staging; prod can follow as a second deployment.")
                .locked_if(made, why),
            follows(Field::choice("region", "Region", regions), |site| &site.region)
                .rule("a region of AWS")
                .locked_if(made, why),
            follows(Field::text("zone", "DNS zone"), |site| &site.zone)
                .rule("the domain the hub's address is put under")
                .help("The hub's web address is the name in front of it.")
                .locked_if(made, why),
            Field::choice("site", "Site profile", sites)
                .or_file()
                .default(BUILT_IN[0].0)
                .rule("a built-in profile, or the path of a profile file"),
            Field::file("site_file", "Another site profile", &["toml"])
                .optional()
                .rule("the path of a profile file; it takes the place of the built-in one")
                .help("Only if your institution has its own."),
        ])
    }

    fn parse(&self, _: &Cx, values: &Values) -> Result<Input, Problems> {
        let mut problems = Problems::default();
        let name = values.text("name").trim();
        problems.0.extend(names::judge(name).0);
        let user = values.text("user").trim();
        problems.0.extend(names::judge_user(user).map(|problem| problem.on("user")));
        let zone = values.text("zone").trim().trim_end_matches('.').to_lowercase();
        let label = |label: &str| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        };
        let good_zone = zone.contains('.') && zone.len() <= 220 && zone.split('.').all(label);
        if !zone.is_empty() && !good_zone {
            problems.add(
                Problem::new(
                    format!("`{}` is not a domain name.", clean(&zone)),
                    "Write it like `science.example.org`",
                )
                .on("zone"),
            );
        }
        problems.take(
            if values.text("site_file").is_empty() { "site" } else { "site_file" },
            Site::load(site_word(values)),
        );
        problems.or(|| Input {
            names: Names { deployment: name.into(), environment: values.text("environment").into(), zone },
            user: user.into(),
            region: values.text("region").into(),
            site: site_word(values).into(),
        })
    }

    fn preview(&self, _: &Cx, values: &Values) -> Vec<View> {
        let name = values.text("name").trim();
        if name.is_empty() {
            return vec![];
        }
        vec![
            Names {
                deployment: name.into(),
                environment: values.text("environment").into(),
                zone: values.text("zone").into(),
            }
            .view(),
        ]
    }

    fn context(&self, _: &Cx, values: &Values) -> Context {
        let of = |field: &str| values.text(field).trim().to_owned();
        Context { name: of("name"), environment: of("environment"), region: of("region"), ..Context::default() }
    }

    async fn check(&self, cx: &Cx, input: &Input) -> Result<Status<Output>, Problem> {
        // Whether the names are free is the account page's to say: before it there is nobody to ask.
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

    async fn remove(&self, _: &Cx, _: &Input) -> Result<Residue, Problem> {
        Ok(Residue::default())
    }
}

fn output(input: &Input) -> Output {
    Output {
        names: input.names.clone(),
        user: input.user.clone(),
        region: input.region.clone(),
        site: input.site.clone(),
    }
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
