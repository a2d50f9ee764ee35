//! Gives access to the AWS account: a key in the keychain, a profile, or the practice account.
//! Can make a new access key and retire the one entered. Guide: "Configure AWS"; traps 16, 17 and 22.
//! The exchange of a key is in `exchange`; what the account says, and how that is told, in `seen`.

mod exchange;
mod kind;
mod seen;

pub use kind::Kind;

use super::deployment::Deployment;
use super::{names, told};
use crate::engine::event::{Acting, Context};
use crate::engine::words::clean;
use crate::engine::{Call, Cx, Field, Form, Leftovers, Plan, Problem, Problems, Secret, Status, Step, StepId, Values};
use crate::site::Site;
use crate::tools::Tools;
use crate::tools::aws::{Access, Caller, Identity, access, regions};
use aws_sdk_iam::types::StatusType;
use futures_util::future::{join, join3, join4};
use serde::{Deserialize, Serialize};

pub struct Input {
    way: Way,
    /// Twelve digits, or empty where any account will do.
    expected: String,
    /// A program on this computer that gets every call instead of AWS, where a person chose it.
    endpoint: Option<String>,
    /// The name stays though others made things under it: each page then asks before it takes them over.
    keep_name: bool,
}

enum Way {
    Practice,
    Keys { id: String, rotate: bool, spaces: bool },
    Profile(String),
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Output {
    pub access: Access,
    pub identity: Caller,
    pub region: String,
    /// Which practice account it was, where it was one: each start is another one, in which nothing is there.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub world: String,
}

pub struct Account;

impl Step for Account {
    const ID: StepId = "account";
    const TITLE: &'static str = "Give access to the AWS account";
    const SHORT: &'static str = "AWS account";
    const WHY: &'static str = "Everything is made in one AWS account, as one of its users. Hubwright shows both before each change, and stops where they are not the ones you expect.";
    const VERB: &'static str = "Use this account";
    const GUIDE: &'static str = "The guide stores the key in clear on the CI node with `aws configure` and writes one account id into 11 places. Here the secret goes into this computer's keychain, programs that Hubwright starts get it while they run, and the account id is read from AWS and compared with the one you expect.";
    const FORGETS: bool = true;
    const FORGOT: &'static str = "The practice account was started anew, so what was made in it is gone.";
    type Input = Input;
    type Output = Output;

    fn needs(&self) -> &'static [StepId] {
        &[Deployment::ID]
    }

    fn form(&self, cx: &Cx, values: &Values) -> Form {
        let why = "Things were made in this account already. Remove them first, or start another deployment.";
        let is_made = cx.has_effects() && cx.output::<Account>().is_some();
        let site = cx.output::<Deployment>().and_then(|deployment| Site::load(&deployment.site).ok());
        let expected = Field::text("expected_account", "Account you expect")
            .number()
            .optional()
            .default(site.map_or(String::new(), |site| site.account))
            .rule("twelve digits")
            .help("In any other account nothing is done. Leave it empty to accept any.")
            .copied();
        let kind = Kind::of(values);
        let mut fields = vec![Kind::field().locked_if(is_made, why)];
        match kind {
            Kind::Keys => fields.extend([
                Field::text("access_key_id", "Access key id").rule("20 capital letters and digits, starts with `AKIA`").placeholder("AKIA…").help("IAM console → Users → you → Security credentials → Access keys.").copied(),
                Field::secret(exchange::ENTERED, "Secret access key").rule("40 characters, shown once when the key was made").help("Goes into this computer's keychain and nowhere else."),
                expected,
                Field::switch(exchange::FIELD, "Make a new key and retire this one").help("The key above is switched off once the new one works. The new one is never shown.").rule("`true` or `false`"),
            ]),
            Kind::Profile => fields.extend([
                Field::text("profile", "Profile").rule("a profile in `~/.aws/config`").placeholder("default").help("The name of a sign-in that is set up on this computer for AWS's command line: `aws configure list-profiles` in a terminal lists them. Sign in first where it needs that.").copied(),
                Field::secret(access::CODE, "Code of your device").optional().rule("six digits; only where the profile names a device (`mfa_serial`)").help("Only where the profile asks for multi-factor authentication. A code works once; the page asks again when the session ends."),
                expected,
            ]),
            Kind::Practice => fields.push(Field::note("practice_note", "A look-alike of AWS runs on this computer. It allows and refuses what AWS would, and nothing real is touched. It forgets everything when it stops.")),
        }
        if let (false, Some(unknown)) = (kind.is_practice(), cx.tools::<Tools>().unknown_endpoint()) {
            let choices =
                [("aws".to_owned(), "AWS itself".to_owned()), (unknown.clone(), format!("The program at {unknown}"))];
            fields.push(Field::choice("endpoint", "Where calls go", choices).rule("`aws`, or the address that AWS_ENDPOINT_URL names").help(
                format!("AWS_ENDPOINT_URL names {unknown}, a program on this computer that Hubwright does not know. Everything on the later pages would be sent there."),
            ));
        }
        fields.push(
            Field::switch(KEEP_NAME, "Keep a name that is in use").rule("`true` or `false`").help(
                "Only where what others made under this deployment's names may become part of it. Each page shows it and asks first.",
            ),
        );
        Form::of(fields)
    }

    fn parse(&self, cx: &Cx, values: &Values) -> Result<Input, Problems> {
        let mut problems = Problems::default();
        let kind = Kind::of(values);
        let unknown = cx.tools::<Tools>().unknown_endpoint().filter(|_| !kind.is_practice());
        let endpoint = unknown.filter(|unknown| values.text("endpoint") == unknown);
        let expected: String =
            values.text("expected_account").chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
        if !expected.is_empty() && (expected.len() != 12 || !expected.bytes().all(|b| b.is_ascii_digit())) {
            problems.add(
                Problem::new(
                    format!("`{}` is not an account id.", clean(&expected)),
                    "Write its twelve digits, or leave it empty.",
                )
                .on("expected_account"),
            );
        }
        let way = match kind {
            Kind::Keys => {
                let entered = values.text("access_key_id");
                let id = entered.trim();
                let sound = id.len() >= 16
                    && id.len() <= 128
                    && id.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
                if !id.is_empty() && !sound {
                    let fix = "Copy it again from the IAM console; it looks like `AKIAIOSFODNN7EXAMPLE`";
                    problems.add(Problem::new("This is not an access key id.", fix).on("access_key_id"));
                } else if id.starts_with("ASIA") {
                    let fix = "Use a lasting key (`AKIA…`), or the profile that you sign in with.";
                    problems.add(
                        Problem::new("This key is a temporary one, which needs a session token too.", fix)
                            .on("access_key_id"),
                    );
                }
                if !values.has_secret(exchange::ENTERED) {
                    let fix = "Enter it once: it goes into this computer's keychain.";
                    problems.add(Problem::new("The secret access key is missing.", fix).on(exchange::ENTERED));
                }
                Way::Keys { id: id.to_owned(), rotate: values.on(exchange::FIELD), spaces: id != entered }
            }
            Kind::Profile => Way::Profile(values.text("profile").trim().to_owned()),
            Kind::Practice => Way::Practice,
        };
        problems.or(|| Input { way, expected, endpoint, keep_name: values.on(KEEP_NAME) })
    }

    fn context(&self, cx: &Cx, values: &Values) -> Context {
        let known = cx.output::<Account>();
        Context {
            practice: Some(Kind::of(values).is_practice()),
            account: known.as_ref().map_or(String::new(), |out| out.identity.account.clone()),
            // In a practice account that was started anew, the user is gone.
            identities: known
                .filter(|known| self.has_forgotten(cx, values, known) != Some(true))
                .map_or(vec![], |known| acting(cx, &known)),
            ..Context::default()
        }
    }

    fn has_forgotten(&self, cx: &Cx, values: &Values, output: &Output) -> Option<bool> {
        let Access::Practice { .. } = output.access else { return None };
        let now = cx.tools::<Tools>().practice().map(|practice| practice.world());
        // Where an older Hubwright did not note which one it was, the user that is not there tells.
        let same = output.world.is_empty() || now.as_ref() == Some(&output.world);
        Kind::of(values).is_practice().then_some(!same)
    }

    async fn check(&self, cx: &Cx, input: &Input) -> Result<Status<Output>, Problem> {
        let deployment = cx.need::<Deployment>()?;
        if let Way::Practice = input.way
            && access::practice_key(&access::practice(cx.tools())?, &deployment.user).await?.is_none()
        {
            cx.say(format!("The practice account runs; the user `{}` is made in it next.", deployment.user));
            return Ok(Status::Todo);
        }
        tidy(cx, input).await?;
        let (access, is_made) = access(cx, input, &deployment.user)?;
        let aws = match access.open(cx, Identity::Deploy, &deployment.region, None).await {
            Ok(aws) => aws,
            Err(error) => match Problem::from(error) {
                // What a field of this page says is wrong, not this run.
                problem if problem.field.is_some() => return Ok(Status::Blocked(vec![problem])),
                problem => return Err(problem),
            },
        };
        // All reads side by side: who we are, the user and its groups, and whether the names are free.
        let name = &deployment.names.deployment;
        let ((identity, foreign, neighbours, regions), (user, groups, keys)) = join(
            join4(
                aws.caller(),
                names::foreign(&aws, &deployment.names),
                names::neighbours(&aws, name),
                regions::of_account(&aws),
            ),
            join3(
                aws.user(&deployment.user),
                seen::groups_of(&aws, &deployment.user),
                exchange::keys_of(&aws, &deployment.user),
            ),
        )
        .await;
        let identity = match identity {
            Ok(identity) => identity,
            Err(error) => return seen::refused(error, &aws, &access).await,
        };
        let mut blocked = vec![];
        if !input.expected.is_empty() && input.expected != identity.account {
            let what = format!("These credentials are of account {}, not of {}.", identity.account, input.expected);
            blocked.push(
                Problem::new(what, "Use credentials of the account you expect, or correct the account id.")
                    .on("expected_account"),
            );
        }
        let exchanges = matches!(input.way, Way::Keys { rotate: true, .. });
        match user {
            Ok(Some(user)) if exchanges => {
                blocked.extend(exchange::not_of_user(&identity.arn, Some(&user), &deployment.user, is_made));
            }
            Ok(Some(user)) => seen::compare(cx, &identity.arn, &user),
            Ok(None) => {
                let what = format!("The account has no IAM user `{}`.", deployment.user);
                blocked.push(
                    Problem::new(
                        what,
                        "Correct “Your IAM user” on the page “Name the deployment”, or have the user made.",
                    )
                    .on("user"),
                );
            }
            Err(error) if error.is_unanswered() => return Err(error.into()),
            Err(error) => blocked.push(error.into()),
        }
        blocked.extend(seen::region(cx, &deployment.region, regions?.as_deref()));
        let groups = groups?;
        match foreign {
            // Once something was begun, what carries the names may be half made here; each page knows its own.
            Ok(foreign) if !foreign.is_empty() && !input.keep_name && !cx.has_begun() => {
                blocked.push(
                    names::taken(&deployment.names.deployment, &foreign).on(KEEP_NAME).offering("Keep the name", true),
                );
            }
            Ok(_) => {}
            Err(error) if error.is_unanswered() => return Err(error.into()),
            Err(error) => blocked.push(error.into()),
        }
        let neighbours = neighbours?;
        if !neighbours.is_empty() {
            cx.warn(names::too_close(name, &neighbours));
        }
        if identity.arn.is_root() {
            cx.warn(Problem::warning(
                "This is the account's root user, which may do everything.",
                "Use the access key of an IAM user instead.",
            ));
        }
        cx.show(seen::what_is_known(&identity, &deployment, &groups));
        let practice = cx.tools::<Tools>().practice().filter(|_| matches!(input.way, Way::Practice));
        let world = practice.map_or(String::new(), |practice| practice.world());
        if !blocked.is_empty() {
            return Ok(Status::Blocked(blocked));
        }
        let who = format!("You act as {} of account {}", told::aws::named(&identity.arn), identity.account);
        let Way::Keys { id, rotate: true, .. } = &input.way else {
            cx.say(format!("{who}."));
            return Ok(Status::Done(Output { access, identity, region: deployment.region, world }));
        };
        let old_is_active =
            keys?.iter().any(|key| key.access_key_id() == Some(id) && key.status() == Some(&StatusType::Active));
        if !is_made || old_is_active {
            cx.say("The key works; a new one is made in its place next.");
            return Ok(Status::Todo);
        }
        cx.say(format!("{who}, with the new key; the old one is switched off."));
        Ok(Status::Done(Output { access, identity, region: deployment.region, world }))
    }

    async fn plan(&self, cx: &Cx, input: &Input) -> Result<Plan, Problem> {
        let deployment = cx.need::<Deployment>()?;
        if let Way::Keys { id, rotate: true, .. } = &input.way {
            return Ok(Plan { cost: "Nothing.".into(), ..exchange::plan(id, &deployment.user) });
        }
        let mut plan = Plan { cost: "Nothing.".into(), ..Plan::default() };
        match &input.way {
            Way::Practice => {
                let user = &deployment.user;
                plan.summary = format!(
                    "The user `{user}` is made in the practice account, with the rights that the guide assumes you have."
                );
                plan.identity = "the practice account's administrator".into();
                plan.calls = ["CreateUser", "PutUserPolicy", "CreateAccessKey"]
                    .map(|call| Call::new(&format!("iam:{call}"), user.as_str(), "a user to practise as"))
                    .into();
                plan.undo =
                    "The practice account forgets it all when it stops, at the latest with this computer.".into();
            }
            _ => {
                plan.summary = "Nothing is changed in the account.".into();
                plan.undo = "Nothing to take back.".into();
                plan.nothing_to_do = true;
            }
        }
        Ok(plan)
    }

    async fn apply(&self, cx: &Cx, input: &Input) -> Result<Output, Problem> {
        let deployment = cx.need::<Deployment>()?;
        match &input.way {
            Way::Practice => {
                let practice = access::practice(cx.tools())?;
                if access::practice_key(&practice, &deployment.user).await?.is_none() {
                    cx.progress("Making your user in the practice account");
                    let user = &deployment.user;
                    access::make_practice_user(&practice, user).await?;
                }
            }
            Way::Keys { id, rotate: true, .. } => exchange::apply(cx, id, input.endpoint.clone(), &deployment).await?,
            _ => {}
        }
        match self.check(cx, input).await? {
            Status::Done(output) => Ok(output),
            Status::Blocked(problems) if !problems.is_empty() => {
                Err(problems.into_iter().next().unwrap_or_else(Problem::cancelled))
            }
            _ => Err(Problem::new("The account does not show the change yet.", "Press “Check again” in a minute.")),
        }
    }

    async fn remove(&self, cx: &Cx, input: &Input) -> Result<Leftovers, Problem> {
        if let Way::Profile(name) = &input.way {
            cx.forget_secret(access::CODE).await?;
            cx.forget_secret(&access::session_of(name)).await?;
        }
        let Way::Keys { .. } = input.way else {
            return Ok(Leftovers(vec![
                "The practice account forgets its users when it stops; a profile stays as it is.".into(),
            ]));
        };
        let made = exchange::forget(cx).await?;
        cx.forget_secret(exchange::ENTERED).await?;
        let left = made.map(|id| format!("The access key {id} still exists: delete it in the IAM console."));
        Ok(Leftovers(left.into_iter().collect()))
    }
}

/// Who acts for this deployment: first who sets it up, then the others in use.
fn acting(cx: &Cx, known: &Output) -> Vec<Acting> {
    let own = known.identity.arn.to_string();
    let in_use = cx.tools::<Tools>().in_use.of(cx.deployment()).into_iter().map(told::aws::acting);
    let (same, others): (Vec<_>, Vec<_>) = in_use.partition(|acting| acting.identity == own);
    let first = same.into_iter().next();
    let first = first.unwrap_or_else(|| Acting { identity: own, how: told::aws::access(&known.access), until: None });
    std::iter::once(first).chain(others).collect()
}

/// The access this page stands for now, and whether it is by a key that was made here.
fn access(cx: &Cx, input: &Input, user: &str) -> Result<(Access, bool), Problem> {
    let endpoint = input.endpoint.clone();
    Ok(match &input.way {
        Way::Practice => (Access::Practice { user: user.to_owned() }, false),
        Way::Profile(name) => (Access::Profile { name: name.clone(), endpoint }, false),
        Way::Keys { id, rotate: true, .. } => exchange::access(cx, id, endpoint)?,
        Way::Keys { id, .. } => (exchange::entered(id, endpoint), false),
    })
}

/// Keys come with a space or a line break from most copies; it is left out, and said.
async fn tidy(cx: &Cx, input: &Input) -> Result<(), Problem> {
    let Way::Keys { spaces, .. } = &input.way else { return Ok(()) };
    if *spaces {
        cx.warn(
            Problem::warning("The access key id had a space or line break around it.", "Go on: it was left out.")
                .on("access_key_id"),
        );
    }
    if let Some(secret) = cx.secret(exchange::ENTERED).await? {
        let trimmed = secret.expose().trim_ascii();
        if trimmed.len() != secret.expose().len() {
            cx.hide(&Secret::new(trimmed.to_vec()));
            cx.warn(
                Problem::warning(
                    "The secret access key had a space or line break around it.",
                    "Go on: it was left out.",
                )
                .on(exchange::ENTERED),
            );
        }
    }
    Ok(())
}

const KEEP_NAME: &str = "keep_name";
