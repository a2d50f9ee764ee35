//! A page that applies a Terraform module of the blueprint. A page says what it is about (`Module`); looking, comparing,
//! planning, applying and removing are written once, here, as its `Step`. It knows no module.
//! Long because the five verbs of a page share one ground, and each is short.

use super::account::{self, Account, Kind};
use super::deployment::{Deployment, Output as Deployed};
use super::drift::{self, Difference};
use super::holders::Writable;
use super::holds::{self, Later};
use super::inventory::{Inventory, Owner, Resource};
use super::people;
use super::told::aws::{lacking, waiting_for};
use super::told::{self, plan};
use super::tools::Tools;
use crate::engine::view::{self, Stand};
use crate::engine::{
    Cx, Field, Form, Held, Leftovers, Plan, Problem, Problems, Status, Step, StepId, Value, Values, View,
};
use crate::tools::aws::error::OrNone;
use crate::tools::aws::rights::{self, Right};
use crate::tools::aws::{Arn, Aws, AwsError, ask};
use crate::tools::terraform::{Change, Terraform};
use crate::tools::terraform_plan::{is_link, planned};
use crate::tools::tfvars::{self, Var};
use crate::tools::{child, machine};
use futures_util::future::join;
use serde::{Serialize, de::DeserializeOwned};
use std::time::{Duration, Instant};
use tokio::sync::OnceCell;

/// What a page says of itself; the words of `Step`.
pub struct Page {
    pub id: StepId,
    pub title: &'static str,
    pub short: &'static str,
    pub why: &'static str,
    pub verb: &'static str,
    pub guide: &'static str,
    pub loses: &'static str,
    /// The label of the field for people.
    pub people: &'static str,
    /// The sentence when all is there and as it should be.
    pub done: &'static str,
    pub cost: &'static str,
    pub undo: &'static str,
    /// What stays behind after a removal, in a sentence; empty where nothing does.
    pub stays: &'static str,
}

/// Things of one purpose.
pub struct Group {
    pub title: &'static str,
    pub sentence: &'static str,
    /// Of each the Terraform address, what it is for a person, and a sentence on it, which may be empty.
    pub resources: &'static [(&'static str, &'static str, &'static str)],
}

/// One module of the blueprint.
pub trait Module: Send + Sync + 'static {
    const PAGE: Page;
    /// The module's name in the guide.
    const NAME: &'static str;
    /// Its files: name and text.
    const FILES: &'static [(&'static str, &'static str)];
    /// Its variable file: the guide's name for it, and the template.
    const VARIABLES: (&'static str, &'static str);
    /// All of its things, by purpose.
    const GROUPS: &'static [Group];
    type Output: Serialize + DeserializeOwned + Send + Sync;

    fn needs(&self) -> &'static [StepId];
    /// The module's variables besides `region`. `people` are ARNs.
    fn variables(&self, deployment: &Deployed, people: Vec<String>) -> Vec<(&'static str, Var)>;
    /// Everything it makes, by Terraform address.
    fn resources(&self, deployment: &Deployed) -> Vec<(&'static str, Resource)>;
    /// The rights that are looked at before the first write: what is written, and what checking, applying and removing read.
    /// Empty where the role that applies it was made for it. `arn` is any ARN of the account.
    fn rights(&self, deployment: &Deployed, arn: &Arn) -> Vec<Right>;
    /// What the role that it makes may write, where that is more than IAM can bound.
    fn writable(&self, _deployment: &Deployed) -> Option<Writable> {
        None
    }
    /// The page whose things hang on what it makes.
    fn later(&self, _cx: &Cx) -> Option<Later> {
        None
    }
    /// The name of the role that applies it, and how long a role so new may be refused; `None`: the user's own identity.
    fn role(&self, _cx: &Cx, _deployment: &Deployed) -> Option<(String, Duration)> {
        None
    }
    /// What other pages read, where everything is in the account.
    fn output(&self, deployment: &Deployed, account: &str, found: &Inventory) -> Option<Self::Output>;
    /// A first look that tells whether the account may use the module's services at all, before anything is made.
    fn reach(&self, _aws: &Aws) -> impl Future<Output = Result<(), AwsError>> + Send {
        async { Ok(()) }
    }
    /// What a refusal of AWS means here.
    fn refused(&self, error: AwsError) -> Problem {
        error.into()
    }
    /// What an apply that failed means here.
    fn failed(&self, problem: Problem) -> Problem {
        problem
    }
}

/// The parsed form.
pub struct Input {
    /// Names of the IAM users who may act as the module's roles.
    people: Vec<String>,
    /// What somebody else made under the module's names becomes this deployment's.
    take_over: bool,
}

impl<M: Module> Step for M {
    const ID: StepId = M::PAGE.id;
    const TITLE: &'static str = M::PAGE.title;
    const SHORT: &'static str = M::PAGE.short;
    const WHY: &'static str = M::PAGE.why;
    const VERB: &'static str = M::PAGE.verb;
    const GUIDE: &'static str = M::PAGE.guide;
    const LOSES: &'static str = M::PAGE.loses;
    const STAYS: &'static str = M::PAGE.stays;
    const KEEPS_PLAN: bool = true;
    // Terraform's own start and its looking; what it makes comes on top.
    const SECONDS: u32 = 6;
    type Input = Input;
    type Output = M::Output;

    fn needs(&self) -> &'static [StepId] {
        Module::needs(self)
    }

    fn follows(&self) -> &'static [StepId] {
        &[people::ASKED_ON]
    }

    fn form(&self, cx: &Cx, _: &Values) -> Form {
        Form::of(vec![
            if M::PAGE.id == people::ASKED_ON {
                people::asked(cx, M::PAGE.people)
            } else {
                people::as_asked(cx, M::PAGE.people)
            },
            Field::switch(TAKE_OVER, "Take over what somebody else made")
                .rule("`true` or `false`")
                .help("Turn this on only if their owner agrees. Hubwright then treats them as its own: it replaces their policies, and Remove deletes them.")
                .on_demand(),
        ])
    }

    fn parse(&self, _: &Cx, values: &Values) -> Result<Input, Problems> {
        Ok(Input { people: people::users(values, "users")?, take_over: values.on(TAKE_OVER) })
    }

    async fn check(&self, cx: &Cx, input: &Input) -> Result<Status<M::Output>, Problem> {
        let ground = Ground::of(self, cx).await?;
        let (found, ()) = join(ground.look(), people::show_users(cx, &ground.own)).await;
        let found = found?;
        cx.show(found.view(M::GROUPS));
        found.name(cx);
        if let Some(problem) = people::unknown(ground.users(&input.people).await?) {
            return Ok(Status::Blocked(vec![problem]));
        }
        let terraform = ground.terraform(input).await?;
        let changing = terraform.is_changing().await?;
        if !changing && let Some(problem) = ground.taken(&found, input, &terraform).await? {
            if problem.field.as_deref() == Some(TAKE_OVER) {
                ground.show_taking(&found, &terraform).await?;
            }
            return Ok(Status::Blocked(vec![problem]));
        }
        let identity = &ground.account.identity;
        if !found.all() {
            let wanted = ground.rights(&input.people).await?;
            if let Some(problem) = lacking(cx, rights::lacking(&ground.own, &wanted).await?) {
                return Ok(Status::Blocked(vec![problem]));
            }
            if !changing && input.take_over && !found.foreign(&[]).is_empty() {
                ground.show_taking(&found, &terraform).await?;
            }
            cx.say(found.progress());
            return Ok(Status::Todo);
        }
        if changing {
            cx.say("A run of this page is still at work.");
            return Ok(Status::Todo);
        }
        drift::warn_of_others(cx, &found);
        let differences = ground.differences(&found, input, &terraform).await?;
        if let Some(first) = differences.first() {
            differences.iter().for_each(|difference| cx.show(difference.view()));
            cx.say(match differences.len() {
                1 => first.sentence(),
                2 => format!("{} One more difference is shown.", first.sentence()),
                n => format!("{} {} more differences are shown.", first.sentence(), n - 1),
            });
            return Ok(Status::Todo);
        }
        cx.say(M::PAGE.done);
        Ok(self.output(&ground.deployment, &identity.account, &found).map_or(Status::Todo, Status::Done))
    }

    async fn plan(&self, cx: &Cx, input: &Input) -> Result<Plan, Problem> {
        let ground = Ground::of(self, cx).await?;
        let terraform = ground.terraform(input).await?;
        terraform.take_up(None).await?;
        let found = ground.look().await?;
        if let Some(problem) = ground.taken(&found, input, &terraform).await? {
            return Err(problem);
        }
        let json = terraform.plan(Change::Apply, &found.imports(input.take_over)).await?;
        let mut plan = plan::explain(&planned(&json), terraform.folder());
        plan.identity = ground.identity();
        plan.cost = cost(M::PAGE.cost, Kind::of(&cx.answers::<Account>()).is_practice());
        plan.undo = M::PAGE.undo.into();
        for view in &mut plan.views {
            if let View::Resources { groups, .. } = view {
                *view =
                    grouped(std::mem::take(groups).into_iter().flat_map(|group| group.resources).collect(), M::GROUPS);
            }
        }
        Ok(plan)
    }

    async fn apply(&self, cx: &Cx, input: &Input) -> Result<M::Output, Problem> {
        let ground = Ground::of(self, cx).await?;
        let terraform = ground.terraform(input).await?;
        let mut as_planned = None;
        let taken_up = terraform.take_up(Some(Change::Apply)).await?;
        let is_done = taken_up.as_ref().is_some_and(|run| run.ended.is_ok() && run.is_of_today);
        if let (true, Some(run)) = (cx.is_confirmed(), taken_up) {
            // What was confirmed is at its end, and nothing else was.
            run.ended.map_err(|error| self.failed(error.into()))?;
            if !run.is_of_today {
                drift::forget(cx)?;
                return Err(Problem::new(
                    "The plan that you confirmed is done, but the answers that it was made from changed meanwhile.",
                    "Look at the new plan, and apply it too.",
                ));
            }
        }
        if !is_done {
            let found = ground.look().await?;
            if let Some(problem) = ground.taken(&found, input, &terraform).await? {
                return Err(problem);
            }
            let mut wanted = terraform.has_plan(Change::Apply).await?;
            if !wanted && cx.is_confirmed() {
                // Another plan than the one that was shown is not made and applied unseen.
                cx.plan_is_stale();
                return Err(Problem::new("The plan that was shown is not there any more.", "Show it again."));
            }
            if !wanted {
                let json = terraform.plan(Change::Apply, &found.imports(input.take_over)).await?;
                wanted = !planned(&json).is_empty();
                // Where nothing changes, what is planned is what the state holds, and asking again takes seconds.
                as_planned = (!wanted).then(|| drift::planned(&json));
            }
            if wanted {
                cx.progress("Applying the plan");
                let done = cx.effect("carry out the plan with Terraform", terraform.carry_out(Change::Apply)).await;
                done.map_err(|problem| self.failed(problem))?;
            }
        }
        let made = match as_planned {
            Some(planned) => planned,
            None => terraform.state().await?,
        };
        drift::remember(&ground.fingerprint(input).await?, &made, cx)?;
        let found = ground.shown().await?;
        self.output(&ground.deployment, &ground.account.identity.account, &found).ok_or_else(|| {
            Problem::new(
                "Everything was done, but the account does not show it yet.",
                "Press “Check again” in a minute.",
            )
        })
    }

    async fn held(&self, cx: &Cx, _: &Input) -> Result<Vec<Held>, Problem> {
        let ground = Ground::for_removal(self, cx).await?;
        // Without the role that removes them nothing goes, and `removal` says so.
        if ground.gone.is_some() {
            return Ok(vec![]);
        }
        let later = self.later(cx);
        let began = Instant::now();
        loop {
            let held = holds::look(&ground.own, &ground.look().await?, later.as_ref()).await?;
            // What was removed a moment ago on that page, the account may still show.
            let settled = later.as_ref().is_none_or(|later| began.elapsed() >= later.settling);
            if settled || held.iter().all(|held| held.by.is_none()) {
                return Ok(held);
            }
            cx.go_on()?;
            cx.progress("Waiting until the account shows what was removed");
            tokio::time::sleep(Duration::from_secs(2)).await;
        }
    }

    async fn removal(&self, cx: &Cx, input: &Input) -> Result<Plan, Problem> {
        let ground = Ground::for_removal(self, cx).await?;
        let terraform = ground.terraform(input).await?;
        terraform.take_up(None).await?;
        Ok(match ground.out_of_reach().await? {
            resources if !resources.is_empty() => {
                let summary = format!("Nothing can be removed now. {}.", resources.join("; "));
                Plan { summary, nothing_to_do: true, ..Plan::default() }
            }
            _ => Plan::of_removal(ground.goes(&terraform).await?.map_or_else(Vec::new, |plan| plan.destroys)),
        })
    }

    async fn remove(&self, cx: &Cx, input: &Input) -> Result<Leftovers, Problem> {
        let ground = Ground::for_removal(self, cx).await?;
        let terraform = ground.terraform(input).await?;
        let taken_up = terraform.take_up(Some(Change::Remove)).await?;
        let mut removed = taken_up.as_ref().is_some_and(|run| run.ended.is_ok());
        if let (true, Some(run)) = (cx.is_confirmed(), taken_up) {
            run.ended?;
        }
        if !removed {
            if ground.gone.is_some() {
                let left = ground.out_of_reach().await?;
                cx.there(left.clone());
                if !left.is_empty() {
                    return Ok(Leftovers::default());
                }
            }
            // What was confirmed is the plan that `removal` made a moment ago.
            let planned = cx.is_confirmed() && terraform.has_plan(Change::Remove).await?;
            let plan = if planned { None } else { ground.goes(&terraform).await? };
            if let Some(plan) = &plan {
                plan.views.iter().for_each(|view| cx.show(view.clone()));
                cx.progress(format!("Removing: {}", plan.summary));
            }
            if planned || plan.is_some() {
                cx.effect("remove what was listed with Terraform", terraform.carry_out(Change::Remove)).await?;
                removed = true;
            }
        }
        drift::forget(cx)?;
        if removed {
            terraform.forget_backup().await?;
            let resources = self.resources(&ground.deployment);
            let roles = resources.iter().filter(|(_, resource)| matches!(resource, Resource::Role(_)));
            let roles: Vec<&str> = roles.map(|(_, resource)| resource.name()).collect();
            cx.tools::<crate::tools::Tools>().in_use.forget_roles(cx.deployment(), &roles);
        }
        Ok(Leftovers(ground.left(removed).await?))
    }
}

/// Things in the page's groups and by its words. Those that are not told of are there and stay as they are; others come last.
pub fn grouped(mut resources: Vec<view::Resource>, groups: &[Group]) -> View {
    let mut all = vec![];
    for group in groups {
        let rows = group.resources.iter().map(|(address, title, sentence)| {
            let told = resources.iter().position(|resource| resource.id == *address).map(|at| resources.remove(at));
            let (name, stand) = told.map_or((String::new(), Stand::There), |told| (told.name, told.stand));
            // What connects two things has no name of its own.
            let name = if is_link(address) { String::new() } else { name };
            let (usual, slow) = plan::pace(address.split('.').next().unwrap_or_default());
            let (id, title) = ((*address).into(), (*title).into());
            view::Resource { id, title, name, sentence: (*sentence).into(), stand, usual, slow: slow.into() }
        });
        all.push(view::ResourceGroup {
            title: group.title.into(),
            sentence: group.sentence.into(),
            resources: rows.collect(),
        });
    }
    if !resources.is_empty() {
        all.push(view::ResourceGroup {
            title: "What this page does not make any more".into(),
            sentence: String::new(),
            resources,
        });
    }
    View::Resources { title: plan::RESOURCES.into(), groups: all }
}

/// What it costs, in words, where the practice account costs nothing.
fn cost(on_aws: &str, practice: bool) -> String {
    match practice && !on_aws.starts_with("Nothing") {
        true => format!("Nothing here, in practice. On AWS: {on_aws}"),
        false => on_aws.to_owned(),
    }
}

/// What the work of a module rests on.
struct Ground<'a, M> {
    module: &'a M,
    cx: &'a Cx,
    deployment: Deployed,
    account: account::Output,
    /// AWS as the user.
    own: Aws,
    /// AWS as who applies the module.
    aws: Aws,
    /// The ARN of the role that applies it.
    role: Option<String>,
    /// The name of that role, where it is not there (any more).
    gone: Option<String>,
    /// How long a refusal may come from rights that are not known everywhere yet.
    patience: Duration,
    /// The users whom the page names, once they were asked for.
    users: OnceCell<Vec<people::User>>,
}

impl<'a, M: Module> Ground<'a, M> {
    async fn of(module: &'a M, cx: &'a Cx) -> Result<Self, Problem> {
        let ground = Self::for_removal(module, cx).await?;
        match &ground.gone {
            None => Ok(ground),
            Some(role) => Err(Problem::new(
                format!("The role `{role}`, which this page has to act as, is not in the account."),
                "Apply the page that makes this role once more, then this one.",
            )),
        }
    }

    /// As `of`; but where the role is gone, as the user: much of what the role made can still be looked for.
    async fn for_removal(module: &'a M, cx: &'a Cx) -> Result<Self, Problem> {
        let deployment = cx.need::<Deployment>()?;
        let (own, account) = super::deploy_account(cx).await?;
        let (mut aws, mut role, mut gone, mut patience) = (own.clone(), None, None, Duration::ZERO);
        if let Some((name, settling)) = module.role(cx, &deployment) {
            let found = ask("iam:GetRole", own.iam.get_role().role_name(&name).send()).await.or_none("NoSuchEntity")?;
            match found.and_then(|found| found.role) {
                Some(found) => {
                    aws = own.acting_as(cx, found.arn(), settling, waiting_for).await?;
                    role = Some(found.arn().to_owned());
                    patience = settling;
                }
                None => gone = Some(name),
            }
        }
        Ok(Ground { module, cx, deployment, account, own, aws, role, gone, patience, users: OnceCell::new() })
    }

    /// Who applies the module.
    fn identity(&self) -> String {
        self.role.clone().unwrap_or_else(|| self.account.identity.arn.to_string())
    }

    /// The rights that the user needs: the module's own, and what every module reads as the user.
    async fn rights(&self, people: &[String]) -> Result<Vec<Right>, Problem> {
        let arn = &self.account.identity.arn;
        let mut all = self.module.rights(&self.deployment, arn);
        let writable = self.module.writable(&self.deployment).map_or(vec![], |writable| writable.roles);
        let writable = writable.into_iter().map(|name| arn.iam(format!("role/{name}")).to_string());
        all.extend(writable.chain(self.role.clone()).map(|role| Right::new("iam:GetRole", role)));
        let users = people::arns(self.users(people).await?);
        all.extend(users.into_iter().map(|user| Right::new("iam:GetUser", user)));
        Ok(all)
    }

    /// The users whom the page names, asked for once.
    async fn users(&self, names: &[String]) -> Result<&[people::User], AwsError> {
        Ok(self.users.get_or_try_init(|| people::look_up(&self.own, names)).await?)
    }

    /// The plan that removes what there is; `None` where that is nothing.
    async fn goes(&self, terraform: &Terraform<'_>) -> Result<Option<Plan>, Problem> {
        let ours = self.look().await?.imports(false);
        if ours.is_empty() && (self.gone.is_some() || terraform.owned().await?.is_empty()) {
            return Ok(None);
        }
        let json = terraform.plan(Change::Remove, &ours).await?;
        Ok(Some(plan::explain(&planned(&json), terraform.folder())).filter(|plan| !plan.nothing_to_do))
    }

    /// Where the role that applies the module is gone: what it made and left behind, and what may be there and cannot be
    /// looked at without it, each with the reason. The user looks in its place.
    async fn out_of_reach(&self) -> Result<Vec<String>, Problem> {
        let Some(role) = &self.gone else { return Ok(vec![]) };
        let (account, name) = (&self.account.identity.account, &self.deployment.names.deployment);
        let mut all = vec![];
        for (address, resource) in self.module.resources(&self.deployment) {
            // What is attached to something goes with that.
            if matches!(resource, Resource::OnRole(..) | Resource::OnGroup(..)) {
                continue;
            }
            let text = resource.text();
            match Inventory::look_closely(&self.own, account, name, vec![(address, resource)]).await {
                Ok(found) if found.0.iter().any(|found| found.owner == Owner::Ours) => all.push(format!(
                    "{text}: the role `{role}`, which removes it, is gone; apply the page that makes this role once more, then remove this page first"
                )),
                Ok(_) => {}
                Err(error) if error.is_denied() => {
                    all.push(format!("{text}: cannot be looked at, because `{role}` is gone and AWS says: {error}"));
                }
                Err(error) => return Err(self.module.refused(error)),
            }
        }
        Ok(all)
    }

    /// What is in the account. Rights of a role that is new take a while to be known everywhere: refusals are waited out.
    async fn look(&self) -> Result<Inventory, Problem> {
        let wanted = self.module.resources(&self.deployment);
        let (account, name) = (&self.account.identity.account, &self.deployment.names.deployment);
        let began = Instant::now();
        loop {
            let looked = async {
                if self.gone.is_none() {
                    self.module.reach(&self.aws).await?;
                }
                Inventory::look(&self.aws, account, name, wanted.clone()).await
            };
            match looked.await {
                Err(error) if error.is_denied() && began.elapsed() < self.patience => {
                    self.cx.go_on()?;
                    self.cx.progress("Waiting until the new role's rights are known everywhere");
                    tokio::time::sleep(Duration::from_secs(2)).await;
                }
                found => return found.map_err(|error| self.module.refused(error)),
            }
        }
    }

    /// As `look`, but waits up to a minute until everything is there: IAM shows late what was made.
    async fn shown(&self) -> Result<Inventory, Problem> {
        for _ in 0..30 {
            let found = self.look().await?;
            if found.all() {
                return Ok(found);
            }
            self.cx.go_on()?;
            self.cx.progress("Waiting until the account shows it");
            tokio::time::sleep(Duration::from_secs(2)).await;
        }
        self.look().await
    }

    async fn terraform(&self, input: &Input) -> Result<Terraform<'a>, Problem> {
        let region = &self.deployment.region;
        let mut env = child::environment(self.cx, &self.account.access, region, self.role.as_deref())?;
        let program = self.cx.need::<Tools>()?.terraform;
        env.extend(child::for_terraform(self.cx, &program)?);
        let variables = self.variables(input).await?;
        Ok(Terraform::new(
            (self.cx, told::terraform::doing),
            machine::here(self.cx)?,
            &program,
            env,
            M::FILES,
            variables,
        )?)
    }

    /// The text of the variable file.
    async fn variables(&self, input: &Input) -> Result<String, Problem> {
        let people = people::arns(self.users(&input.people).await?);
        let mut variables = vec![("region", Var::Text(self.deployment.region.clone()))];
        variables.extend(self.module.variables(&self.deployment, people));
        let (file, template) = M::VARIABLES;
        super::linted(self.cx, file, tfvars::set(template, &variables)?)
    }

    async fn fingerprint(&self, input: &Input) -> Result<String, Problem> {
        let files: String = M::FILES.iter().map(|(_, text)| *text).collect();
        Ok(drift::fingerprint(&[&files, &self.variables(input).await?, &self.account.identity.account]))
    }

    /// The problem where something of the module's names is there that Hubwright did not make and was not told to take over,
    /// or that its role must not come upon.
    async fn taken(
        &self,
        found: &Inventory,
        input: &Input,
        terraform: &Terraform<'_>,
    ) -> Result<Option<Problem>, Problem> {
        if let Some(writable) = self.module.writable(&self.deployment)
            && let Some(problem) = writable.look(self.cx, &self.own, &self.account.identity.account).await?
        {
            return Ok(Some(problem));
        }
        if input.take_over || found.foreign(&[]).is_empty() {
            return Ok(None);
        }
        // Tags can be lost; what this module's state holds is ours all the same.
        terraform.take_up(None).await?;
        let owned = Vec::from_iter(terraform.owned().await?);
        let foreign: Vec<String> = found.foreign(&owned).iter().map(|found| found.resource.text()).collect();
        Ok((!foreign.is_empty()).then(|| {
            let what = format!("The account already has things with the names of this page, and Hubwright did not make them: {}. Ask their owner to remove them, or choose another deployment name.", foreign.join(", "));
            let fix = "If they are to become this deployment's, switch on “Take over what somebody else made”.";
            Problem::new(what, fix).on(TAKE_OVER).offering("Take them over, as their owner agrees", Value::Switch(true))
        }))
    }

    /// Shows how what somebody else made differs from what taking it over would make of it.
    async fn show_taking(&self, found: &Inventory, terraform: &Terraform<'_>) -> Result<(), Problem> {
        let foreign: Vec<String> = found.foreign(&[]).iter().map(|found| found.resource.text()).collect();
        let plan = terraform.compare(&found.imports(true)).await?;
        let differences = drift::in_plan(&plan, found);
        differences.iter().filter(|one| foreign.contains(&one.of)).for_each(|one| self.cx.show(one.view()));
        Ok(())
    }

    /// How the account differs from what applying the module would make it. What the module makes is remembered from the
    /// last time Terraform said it, so that a check is a few calls; where it is not known, Terraform compares.
    async fn differences(
        &self,
        found: &Inventory,
        input: &Input,
        terraform: &Terraform<'_>,
    ) -> Result<Vec<Difference>, Problem> {
        let fingerprint = self.fingerprint(input).await?;
        if let Some(wanted) = drift::remembered(&fingerprint, self.cx)? {
            return Ok(drift::compare(&wanted, found));
        }
        terraform.take_up(None).await?;
        let plan = terraform.compare(&found.imports(input.take_over)).await?;
        let differences = drift::in_plan(&plan, found);
        if differences.is_empty() {
            drift::remember(&fingerprint, &drift::planned(&plan), self.cx)?;
        }
        Ok(differences)
    }

    /// What a removal left behind, and why. The account may show for a while what is gone.
    async fn left(&self, removed: bool) -> Result<Vec<String>, Problem> {
        let mut found = self.look().await?;
        for _ in 0..30 {
            if !removed || found.0.iter().all(|found| found.owner != Owner::Ours) {
                break;
            }
            self.cx.progress("Waiting until the account shows that it is gone");
            tokio::time::sleep(Duration::from_secs(2)).await;
            found = self.look().await?;
        }
        let mut left = vec![];
        left.extend((removed && !M::PAGE.stays.is_empty()).then(|| M::PAGE.stays.to_owned()));
        for found in found.0.iter().filter(|found| found.is_there()) {
            left.push(match found.owner {
                Owner::Ours => format!("{} is still in the account.", found.resource.text()),
                _ => format!("{} stays: somebody else made it.", found.resource.text()),
            });
        }
        Ok(left)
    }
}

const TAKE_OVER: &str = "take_over";
