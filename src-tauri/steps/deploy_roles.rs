//! Makes the groups, roles and policies that set up the rest: Terraform module aws-creds of the blueprint.
//! Guide: "Setup IAM resources", first half; traps 1, 2, 3, 12 and 13.

use super::account::Account;
use super::deployment::{Deployment, Output as Deployed};
use super::names;
use super::tools::Tools;
use crate::engine::view::{Item, Mark};
use crate::engine::{Cx, Field, Form, Plan, Problem, Problems, Residue, Status, Step, StepId, Values, View};
use crate::tools::aws::error::OrNone;
use crate::tools::aws::rights::{self, Right};
use crate::tools::aws::{Aws, AwsError, ask};
use crate::tools::terraform::{self, Terraform};
use crate::tools::tfvars::{self, Var};
use futures_util::future::try_join_all;
use serde::{Deserialize, Serialize};

pub struct Input;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Output {
    pub group: String,
    pub role_arn: String,
}

pub struct DeployRoles;

impl Step for DeployRoles {
    const ID: StepId = "deploy_roles";
    const TITLE: &'static str = "Make the roles that set up the rest";
    const SHORT: &'static str = "Deploy roles";
    const WHY: &'static str = "A group for the people who set up this deployment, and a role with just the rights that needs. Terraform makes them, and exactly the plan you see is what it does.";
    const VERB: &'static str = "Create the roles";
    const GUIDE: &'static str = "The guide's repository lost this module at its newest commit, its variable file is only there as a template, and the dash at the end of the prefix is easy to miss. Hubwright carries the module with the same names, pins the provider, and writes the variables itself.";
    type Input = Input;
    type Output = Output;

    fn needs(&self) -> &'static [StepId] {
        &[Deployment::ID, Account::ID, Tools::ID]
    }

    fn form(&self, _: &Cx, _: &Values) -> Form {
        Form::of(vec![Field::note("about", "Nothing to enter: everything follows from the deployment's name.")])
    }

    fn parse(&self, _: &Cx, _: &Values) -> Result<Input, Problems> {
        Ok(Input)
    }

    fn under_way(&self, cx: &Cx) -> bool {
        Terraform::under_way(cx)
    }

    async fn check(&self, cx: &Cx, _: &Input) -> Result<Status<Output>, Problem> {
        let deployment = cx.need::<Deployment>()?;
        let (aws, account) = super::deploy_account(cx).await?;
        let there = There::look(&aws, &deployment, &account.identity.account).await?;
        cx.show(there.view());
        if there.all() {
            cx.say("The group, the role and its policies are in the account.");
            return Ok(Status::Done(Output {
                group: deployment.names.architects_group(),
                role_arn: there.role_arn.unwrap_or_default(),
            }));
        }
        if let Some(problem) = taken(cx, &aws, &deployment, &there).await? {
            return Ok(Status::Blocked(vec![problem]));
        }
        let wanted = wanted(&deployment, &account.identity.account);
        if let Some(missing) =
            rights::missing(&aws, &account.identity, &wanted).await?.filter(|missing| !missing.is_empty())
        {
            return Ok(Status::Blocked(vec![rights::problem(&account.identity, &missing)]));
        }
        cx.say(format!(
            "{} of {} are in the account; the rest is made next.",
            there.items.iter().filter(|(_, there)| *there).count(),
            there.items.len()
        ));
        Ok(Status::Todo)
    }

    async fn plan(&self, cx: &Cx, _: &Input) -> Result<Plan, Problem> {
        let (terraform, imports, arn) = prepare(cx).await?;
        let mut plan = terraform.plan(&imports).await?;
        plan.identity = arn;
        plan.cost = "Nothing: IAM is free.".into();
        plan.undo = "Remove on this page: Terraform destroys what it made here, and nothing else.".into();
        Ok(plan)
    }

    async fn apply(&self, cx: &Cx, _: &Input) -> Result<Output, Problem> {
        let deployment = cx.need::<Deployment>()?;
        let (terraform, imports, _) = prepare(cx).await?;
        cx.effect(APPLYING, terraform.apply(&imports)).await?;
        let account = cx.need::<Account>()?.identity.account;
        let role_arn = format!("arn:aws:iam::{account}:role/{}", deployment.names.architect_role());
        Ok(Output { group: deployment.names.architects_group(), role_arn })
    }

    async fn remove(&self, cx: &Cx, _: &Input) -> Result<Residue, Problem> {
        let (terraform, ..) = prepare(cx).await?;
        cx.effect("terraform destroy aws-creds", terraform.destroy()).await?;
        Ok(Residue::default())
    }
}

/// The module laid out, what it is to take over, and who acts.
async fn prepare(cx: &Cx) -> Result<(Terraform<'_>, Vec<(String, String)>, String), Problem> {
    let deployment = cx.need::<Deployment>()?;
    let tools = cx.need::<Tools>()?;
    let (aws, account) = super::deploy_account(cx).await?;
    let there = There::look(&aws, &deployment, &account.identity.account).await?;
    if let Some(problem) = taken(cx, &aws, &deployment, &there).await? {
        return Err(problem);
    }
    let prefix = Var::Text(deployment.names.iam_prefix());
    let vars = tfvars::set(VARS_TEMPLATE, &[("region", Var::Text(deployment.region.clone())), ("iam_prefix", prefix)])?;
    let terraform = Terraform::lay_out(cx, &tools.terraform, &account.access, &deployment.region, MODULE, &vars)?;
    let owned = terraform::owned(cx)?;
    let imports = there
        .resources(&deployment, &account.identity.account)
        .into_iter()
        .filter(|(address, _)| !owned.contains(address))
        .collect();
    Ok((terraform, imports, account.identity.arn))
}

/// The problem where a role or group of these names is there that Hubwright did not make: neither in this module's state,
/// nor tagged as ours, nor made by a run of this page that was killed.
async fn taken(cx: &Cx, aws: &Aws, deployment: &Deployed, there: &There) -> Result<Option<Problem>, Problem> {
    if !there.any() || !terraform::owned(cx)?.is_empty() || cx.unfinished().iter().any(|open| open.what == APPLYING) {
        return Ok(None);
    }
    let foreign = names::foreign(aws, &deployment.names).await?;
    Ok((!foreign.is_empty()).then(|| names::taken(&deployment.names.deployment, &foreign).on("name")))
}

/// Which of the module's things are in the account.
struct There {
    /// Terraform address and words for it, and whether it is there.
    items: Vec<((&'static str, String), bool)>,
    role_arn: Option<String>,
}

impl There {
    async fn look(aws: &Aws, deployment: &Deployed, account: &str) -> Result<There, AwsError> {
        let names = &deployment.names;
        let (group, role) = (names.architects_group(), names.architect_role());
        let policies = try_join_all(names.architect_policies().map(|name| async move {
            let arn = format!("arn:aws:iam::{account}:policy/{name}");
            Ok::<_, AwsError>((
                name,
                ask("iam:GetPolicy", aws.iam.get_policy().policy_arn(arn).send())
                    .await
                    .or_none("NoSuchEntity")?
                    .is_some(),
            ))
        }));
        let (found_role, found_group, on_role, on_group, policies) = futures_util::try_join!(
            async { ask("iam:GetRole", aws.iam.get_role().role_name(&role).send()).await.or_none("NoSuchEntity") },
            async { ask("iam:GetGroup", aws.iam.get_group().group_name(&group).send()).await.or_none("NoSuchEntity") },
            async {
                ask("iam:ListAttachedRolePolicies", aws.iam.list_attached_role_policies().role_name(&role).send())
                    .await
                    .or_none("NoSuchEntity")
            },
            async {
                ask("iam:ListAttachedGroupPolicies", aws.iam.list_attached_group_policies().group_name(&group).send())
                    .await
                    .or_none("NoSuchEntity")
            },
            policies,
        )?;
        let on_role: Vec<String> = on_role
            .iter()
            .flat_map(|all| all.attached_policies())
            .filter_map(|p| p.policy_name().map(str::to_owned))
            .collect();
        let on_group: Vec<String> = on_group
            .iter()
            .flat_map(|all| all.attached_policies())
            .filter_map(|p| p.policy_name().map(str::to_owned))
            .collect();
        let role_arn = found_role.as_ref().and_then(|found| found.role()).map(|role| role.arn().to_owned());
        let [read, write, assume] = names.architect_policies();
        let mut items = vec![
            (("aws_iam_group.architects", format!("Group {group}")), found_group.is_some()),
            (("aws_iam_role.architect", format!("Role {role}")), role_arn.is_some()),
        ];
        let addresses = ["aws_iam_policy.read", "aws_iam_policy.write", "aws_iam_policy.assume"];
        items.extend(
            policies
                .into_iter()
                .zip(addresses)
                .map(|((name, there), address)| ((address, format!("Policy {name}")), there)),
        );
        items.push((("aws_iam_role_policy_attachment.read", format!("{read} on the role")), on_role.contains(&read)));
        items
            .push((("aws_iam_role_policy_attachment.write", format!("{write} on the role")), on_role.contains(&write)));
        items.push((
            ("aws_iam_group_policy_attachment.assume", format!("{assume} on the group")),
            on_group.contains(&assume),
        ));
        Ok(There { items, role_arn })
    }

    fn all(&self) -> bool {
        self.items.iter().all(|(_, there)| *there)
    }

    fn any(&self) -> bool {
        self.items.iter().any(|(_, there)| *there)
    }

    fn view(&self) -> View {
        let item = |((_, text), there): &((&str, String), bool)| {
            Item::new(
                text,
                if *there { Mark::Good } else { Mark::Plain },
                if *there { "in the account" } else { "not yet" },
            )
        };
        View::Checklist { title: "In the account".into(), items: self.items.iter().map(item).collect() }
    }

    /// What is there, as Terraform addresses with the id each is imported by.
    fn resources(&self, deployment: &Deployed, account: &str) -> Vec<(String, String)> {
        let names = &deployment.names;
        let arn = |name: &str| format!("arn:aws:iam::{account}:policy/{name}");
        let [read, write, assume] = names.architect_policies();
        let id = |address: &str| match address {
            "aws_iam_group.architects" => names.architects_group(),
            "aws_iam_role.architect" => names.architect_role(),
            "aws_iam_policy.read" => arn(&read),
            "aws_iam_policy.write" => arn(&write),
            "aws_iam_policy.assume" => arn(&assume),
            "aws_iam_role_policy_attachment.read" => format!("{}/{}", names.architect_role(), arn(&read)),
            "aws_iam_role_policy_attachment.write" => format!("{}/{}", names.architect_role(), arn(&write)),
            _ => format!("{}/{}", names.architects_group(), arn(&assume)),
        };
        self.items
            .iter()
            .filter(|(_, there)| *there)
            .map(|((address, _), _)| ((*address).to_owned(), id(address)))
            .collect()
    }
}

/// The rights the module needs, for the dry look before the first write.
fn wanted(deployment: &Deployed, account: &str) -> Vec<Right> {
    let names = &deployment.names;
    let at = |path: String| format!("arn:aws:iam::{account}:{path}");
    let role = at(format!("role/{}", names.architect_role()));
    let group = at(format!("group/{}", names.architects_group()));
    let mut all: Vec<Right> = ["CreateRole", "TagRole", "AttachRolePolicy", "GetRole", "ListAttachedRolePolicies"]
        .iter()
        .map(|action| Right::new(&format!("iam:{action}"), role.as_str()))
        .collect();
    all.extend(
        ["CreateGroup", "AttachGroupPolicy", "GetGroup"]
            .iter()
            .map(|action| Right::new(&format!("iam:{action}"), group.as_str())),
    );
    for name in names.architect_policies() {
        let policy = at(format!("policy/{name}"));
        all.extend(
            ["CreatePolicy", "TagPolicy", "GetPolicy", "GetPolicyVersion"]
                .iter()
                .map(|action| Right::new(&format!("iam:{action}"), policy.as_str())),
        );
    }
    all
}

const APPLYING: &str = "terraform apply aws-creds";
const MODULE: &[(&str, &str)] = &[("main.tf", include_str!("../../blueprint/aws-creds/main.tf"))];
const VARS_TEMPLATE: &str = include_str!("../../blueprint/aws-creds/roles.tfvars.template");
