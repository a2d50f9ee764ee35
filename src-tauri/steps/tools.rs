//! Shows every program later steps need: found or not, which version, what to do. Installs nothing.
//! Guide: the software of the CI node's image; traps 12, 18 and 21.

use crate::engine::view::{Mark, Row};
use crate::engine::{Cx, Field, Form, Plan, Problem, Problems, Residue, Status, Step, StepId, Values, View};
use crate::tools::programs::{self, Found, Version};
use futures_util::future::join_all;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

pub struct Input {
    /// `terraform`, `tofu`, or empty for whichever is there.
    wanted: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Output {
    /// The Terraform, or OpenTofu, that all modules are applied with.
    pub terraform: PathBuf,
}

pub struct Tools;

/// A program: its name, how it says its version, the least that will do, the first that is too new, who needs it,
/// and where to get it.
struct Needed {
    name: &'static str,
    args: &'static [&'static str],
    least: Version,
    below: Version,
    get: &'static str,
}

impl Step for Tools {
    const ID: StepId = "tools";
    const TITLE: &'static str = "Programs on this computer";
    const SHORT: &'static str = "Tools";
    const WHY: &'static str =
        "Some pages use programs that are not part of Hubwright. This page finds them before they are needed.";
    const VERB: &'static str = "Look again";
    const GUIDE: &'static str = "The guide relies on whatever the CI node's image holds, and its modules name no versions, so today's `terraform init` finds ones that do not work together. Here each version is looked at first, and the modules pin the provider they were tried with.";
    const ACTS: bool = false;
    type Input = Input;
    type Output = Output;

    fn needs(&self) -> &'static [StepId] {
        &[]
    }

    fn form(&self, _: &Cx, _: &Values) -> Form {
        let choices = [("any", "Whichever is here"), ("terraform", "Terraform"), ("tofu", "OpenTofu")];
        Form::of(vec![
            Field::choice("terraform", "Apply modules with", choices)
                .default("any")
                .rule("`any`, `terraform` or `tofu`")
                .help("Both do the same here. Keep to one for a deployment."),
        ])
    }

    fn parse(&self, _: &Cx, values: &Values) -> Result<Input, Problems> {
        Ok(Input { wanted: values.text("terraform").to_owned() })
    }

    async fn check(&self, cx: &Cx, input: &Input) -> Result<Status<Output>, Problem> {
        let found = join_all(NEEDED.iter().map(|needed| programs::find(needed.name, needed.args))).await;
        let mut rows = vec![];
        let mut usable = None;
        let mut problems = vec![];
        for (needed, found) in NEEDED.iter().zip(&found) {
            let wanted = input.wanted == "any" || input.wanted == needed.name;
            let verdict = judge(needed, found.as_ref());
            let version = found
                .as_ref()
                .map_or("not found".to_owned(), |found| found.version.map_or("does not say".into(), |v| v.to_string()));
            let range = format!("{} or newer, below {}", needed.least, needed.below.0);
            let place = found.as_ref().map_or(String::new(), |found| found.path.display().to_string());
            let mark = if verdict.is_ok() { Mark::Good } else { Mark::Plain };
            rows.push(Row::new([needed.name, &place, &range, &version], mark));
            match (verdict, found) {
                (Ok(()), Some(found)) if wanted && usable.is_none() => usable = Some(found.path.clone()),
                (Err(problem), _) if wanted => problems.push(problem),
                _ => {}
            }
        }
        cx.show(View::table("On this computer", ["Program", "Where", "Needed", "Found"], rows));
        match usable {
            Some(terraform) => {
                cx.say(format!("Modules are applied with {}.", terraform.display()));
                Ok(Status::Done(Output { terraform }))
            }
            None => Ok(Status::Blocked(problems.into_iter().take(1).map(|problem| problem.on("terraform")).collect())),
        }
    }

    async fn plan(&self, _: &Cx, _: &Input) -> Result<Plan, Problem> {
        Ok(Plan {
            summary: "Nothing is installed or changed: this page only looks.".into(),
            commands: NEEDED.iter().map(|needed| format!("{} {}", needed.name, needed.args.join(" "))).collect(),
            cost: "Nothing.".into(),
            undo: "Nothing to take back.".into(),
            nothing_to_do: true,
            ..Plan::default()
        })
    }

    async fn apply(&self, cx: &Cx, input: &Input) -> Result<Output, Problem> {
        match self.check(cx, input).await? {
            Status::Done(output) => Ok(output),
            Status::Blocked(mut problems) if !problems.is_empty() => Err(problems.remove(0)),
            _ => Err(Problem::new("A program is missing.", "Install it, then look again.")),
        }
    }

    async fn remove(&self, _: &Cx, _: &Input) -> Result<Residue, Problem> {
        Ok(Residue::default())
    }
}

fn judge(needed: &Needed, found: Option<&Found>) -> Result<(), Problem> {
    let name = needed.name;
    let Some(found) = found else {
        return Err(Problem::new(
            format!("`{name}` was not found on this computer."),
            format!("Install it, then look again: {}", needed.get),
        ));
    };
    match found.version {
        Some(version) if version >= needed.least && version < needed.below => Ok(()),
        Some(version) if version < needed.least => {
            let what = format!("`{name}` {version} is too old: {} or newer is needed.", needed.least);
            Err(Problem::new(what, format!("Install a newer one, then look again: {}", needed.get)))
        }
        Some(version) => {
            let what = format!("`{name}` {version} is newer than Hubwright was tried with (below {}).", needed.below.0);
            Err(Problem::new(
                what,
                format!("Install a version below {}, then look again: {}", needed.below.0, needed.get),
            ))
        }
        None => {
            let what = format!("`{}` does not say which version it is.", found.path.display());
            Err(Problem::new(
                what,
                format!(
                    "Run `{name} {}` in a terminal to see why, or install it anew: {}",
                    needed.args.join(" "),
                    needed.get
                ),
            ))
        }
    }
}

/// Import blocks came with 1.5 (Terraform) and 1.6 (OpenTofu's first).
const NEEDED: &[Needed] = &[
    Needed {
        name: "terraform",
        args: &["version", "-json"],
        least: Version(1, 5, 0),
        below: Version(2, 0, 0),
        get: "https://developer.hashicorp.com/terraform/install",
    },
    Needed {
        name: "tofu",
        args: &["version", "-json"],
        least: Version(1, 6, 0),
        below: Version(2, 0, 0),
        get: "https://opentofu.org/docs/intro/install",
    },
];
