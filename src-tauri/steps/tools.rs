//! Shows every program later steps need: found or not, which version, what to do. Installs nothing.
//! Guide: the software of the CI node's image; traps 12, 18 and 21.

use crate::engine::view::{Mark, Row};
use crate::engine::{Cx, Field, Form, Leftovers, Plan, Problem, Problems, Status, Step, StepId, Values, View};
use crate::tools::machine;
use crate::tools::programs::Found;
use futures_util::future::join_all;
use semver::Version;
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

/// A program that later pages run.
struct Needed {
    name: &'static str,
    /// How it says its version.
    args: &'static [&'static str],
    least: Version,
    /// The first version that is too new; `None` where any newer one will do.
    below: Option<Version>,
    why: &'static str,
    /// Where to get it.
    get: &'static str,
}

impl Needed {
    /// One of those that apply modules: either will do.
    fn applies_modules(&self) -> bool {
        self.below.is_some()
    }
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
    const LOOKS: bool = true;
    type Input = Input;
    type Output = Output;

    fn needs(&self) -> &'static [StepId] {
        &[]
    }

    fn form(&self, _: &Cx, _: &Values) -> Form {
        let choices = [("any", "Whichever is here"), ("terraform", "Terraform"), ("tofu", "OpenTofu")];
        Form::of(vec![
            Field::choice("terraform", "Make things in AWS with", choices)
                .default("any")
                .rule("`any`, `terraform` or `tofu`")
                .help("Terraform and OpenTofu do the same here, and one of them is enough. Stay with it for this deployment."),
        ])
    }

    fn parse(&self, _: &Cx, values: &Values) -> Result<Input, Problems> {
        Ok(Input { wanted: values.text("terraform").to_owned() })
    }

    async fn check(&self, cx: &Cx, input: &Input) -> Result<Status<Output>, Problem> {
        let machine = machine::here(cx)?;
        let found = join_all(NEEDED.iter().map(|needed| machine.program(needed.name, needed.args))).await;
        let mut rows = vec![];
        let mut usable = None;
        let (mut problems, mut no_terraform) = (vec![], vec![]);
        // Of the two that apply modules, the other one is not missed.
        let has_one = NEEDED
            .iter()
            .zip(&found)
            .any(|(needed, found)| needed.applies_modules() && judge(needed, found.as_ref()).is_ok());
        for (needed, found) in NEEDED.iter().zip(&found) {
            let wanted = !needed.applies_modules() || input.wanted == "any" || input.wanted == needed.name;
            let verdict = judge(needed, found.as_ref());
            let version = match found {
                None => missing(needed, has_one && !(wanted && input.wanted == needed.name)).to_owned(),
                Some(found) => found.version.as_ref().map_or("does not say".into(), Version::to_string),
            };
            let range = match &needed.below {
                Some(below) => format!("{} or newer, below {}", needed.least, below.major),
                None => format!("{} or newer", needed.least),
            };
            let place = found.as_ref().map_or(String::new(), |found| found.path.display().to_string());
            let mark = match (&verdict, needed.applies_modules()) {
                (Ok(()), _) => Mark::Good,
                (Err(_), true) => Mark::Plain,
                (Err(_), false) => Mark::Bad,
            };
            rows.push(Row::new([needed.name, needed.why, &place, &range, &version], mark));
            match (verdict, needed.applies_modules()) {
                (Ok(()), true) if wanted && usable.is_none() => usable = found.as_ref().map(|found| found.path.clone()),
                (Err(problem), true) if wanted => no_terraform.push(problem.on("terraform")),
                (Err(problem), false) => problems.push(problem),
                _ => {}
            }
        }
        cx.show(View::table("On this computer", ["Program", "For", "Where", "Needed", "Found"], rows));
        match usable {
            Some(terraform) if problems.is_empty() => {
                cx.say(format!("Everything is here. Things in AWS are made with {}.", terraform.display()));
                Ok(Status::Done(Output { terraform }))
            }
            usable => {
                // One of the two is enough, so the first of their problems is the one to mend.
                problems.extend(no_terraform.into_iter().take(usize::from(usable.is_none())));
                Ok(Status::Blocked(problems))
            }
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

    async fn remove(&self, _: &Cx, _: &Input) -> Result<Leftovers, Problem> {
        Ok(Leftovers::default())
    }
}

/// What the table says of a program that is not here. `spared`: another one does the same.
fn missing(needed: &Needed, spared: bool) -> &'static str {
    if needed.applies_modules() && spared { "not here, and not needed" } else { "not found" }
}

fn judge(needed: &Needed, found: Option<&Found>) -> Result<(), Problem> {
    let name = needed.name;
    let Some(found) = found else {
        return Err(Problem::new(
            format!("`{name}` was not found on this computer."),
            format!("Install it, then look again: {}", needed.get),
        ));
    };
    match &found.version {
        Some(version) if *version < needed.least => {
            let what = format!("`{name}` {version} is too old: {} or newer is needed.", needed.least);
            Err(Problem::new(what, format!("Install a newer one, then look again: {}", needed.get)))
        }
        Some(version) => match &needed.below {
            Some(below) if version >= below => {
                let what =
                    format!("`{name}` {version} is newer than Hubwright was tried with (below {}).", below.major);
                let fix = format!("Install a version below {}, then look again: {}", below.major, needed.get);
                Err(Problem::new(what, fix))
            }
            _ => Ok(()),
        },
        None => {
            let what = format!("`{}` does not say which version it is.", found.path.display());
            Err(Problem::new(
                what,
                format!(
                    "Run `{name} {}` in a terminal to see why, or install it again: {}",
                    needed.args.join(" "),
                    needed.get
                ),
            ))
        }
    }
}

/// Import blocks came with 1.5 (Terraform) and 1.6 (OpenTofu's first); git's settings in variables (`GIT_CONFIG_COUNT`)
/// with 2.31.
const NEEDED: &[Needed] = &[
    Needed {
        name: "terraform",
        args: &["version", "-json"],
        least: Version::new(1, 5, 0),
        below: Some(Version::new(2, 0, 0)),
        why: "making things in AWS",
        get: "https://developer.hashicorp.com/terraform/install",
    },
    Needed {
        name: "tofu",
        args: &["version", "-json"],
        least: Version::new(1, 6, 0),
        below: Some(Version::new(2, 0, 0)),
        why: "making things in AWS",
        get: "https://opentofu.org/docs/intro/install",
    },
    Needed {
        name: "git",
        args: &["--version"],
        least: Version::new(2, 31, 0),
        below: None,
        why: "keeping the hub's secrets",
        get: "https://git-scm.com/downloads",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_held_to_both_ends() {
        let found = |version: &str| Found { path: "/usr/bin/x".into(), version: version.parse().ok() };
        let [terraform, _, git] = NEEDED else { panic!("three programs") };
        for (needed, version, said) in [
            (terraform, "1.4.9", "too old"),
            (terraform, "1.5.0-rc1", "too old"),
            (terraform, "2.0.0", "newer than Hubwright was tried with"),
            (git, "2.30.9", "too old"),
            (git, "no version", "does not say"),
        ] {
            let problem = judge(needed, Some(&found(version))).unwrap_err();
            assert!(problem.what.contains(said), "{} {version}: {problem:?}", needed.name);
        }
        for (needed, version) in [(terraform, "1.5.0"), (terraform, "1.99.0"), (git, "2.31.0"), (git, "3.0.0")] {
            assert!(judge(needed, Some(&found(version))).is_ok(), "{} {version}", needed.name);
        }
        assert!(judge(git, None).unwrap_err().what.contains("not found"));
        let [terraform, tofu, git] = NEEDED else { panic!("three programs") };
        assert_eq!((missing(tofu, true), missing(terraform, false)), ("not here, and not needed", "not found"));
        assert_eq!(missing(git, true), "not found", "nothing takes its place");
    }
}
