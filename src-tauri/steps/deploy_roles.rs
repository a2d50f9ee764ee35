//! Makes the groups, roles and policies that set up the rest: Terraform module aws-creds of the blueprint.
//! Guide: "Setup IAM resources", first half; traps 1, 2, 3, 12 and 13.

use super::account::Account;
use super::deployment::{Deployment, Output as Deployed};
use super::inventory::{self, Inventory, Thing, role_arn};
use super::tools::Tools;
use crate::engine::{Cx, Form, Plan, Problem, Problems, Residue, Status, Step, StepId, Values};
use crate::tools::aws::rights::{self, Right};
use crate::tools::aws::{Arn, Aws, AwsError};
use crate::tools::terraform::Terraform;
use crate::tools::tfvars::{self, Var};
use serde::{Deserialize, Serialize};

pub struct Input {
    /// Names of the IAM users who may act as the role.
    users: Vec<String>,
}

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
    const GUIDE: &'static str = "The guide's repository lost this module at its newest commit, its variable file is only there as a template, the dash at the end of the prefix is easy to miss, and the list of what to do ends with “WHAT ELSE???”. Hubwright carries the module with the same names, pins the provider, and writes the variables itself. Nothing else belongs here: the group is the next page.";
    const KEEPS_PLAN: bool = true;
    type Input = Input;
    type Output = Output;

    fn needs(&self) -> &'static [StepId] {
        &[Deployment::ID, Account::ID, Tools::ID]
    }

    fn form(&self, cx: &Cx, _: &Values) -> Form {
        Form::of(vec![inventory::users_field(cx, "Who may act as it")])
    }

    fn parse(&self, _: &Cx, values: &Values) -> Result<Input, Problems> {
        Ok(Input { users: inventory::users(values, "users")? })
    }

    async fn check(&self, cx: &Cx, input: &Input) -> Result<Status<Output>, Problem> {
        let deployment = cx.need::<Deployment>()?;
        let (aws, account) = super::deploy_account(cx).await?;
        let id = &account.identity.account;
        if let Some(problem) = inventory::unknown_user(&aws, &input.users).await? {
            return Ok(Status::Blocked(vec![problem]));
        }
        let there = look(&aws, &deployment, id).await?;
        cx.show(there.view());
        let trust = inventory::trust(&aws, &deployment.names.architect_role(), &input.users).await?;
        if there.all() && trust.is_right() {
            there.name(cx);
            cx.say("The group, the role and its policies are in the account.");
            return Ok(Status::Done(output(&deployment, id)));
        }
        if let Some(problem) = there.taken(cx, &aws, &deployment, APPLYING).await? {
            return Ok(Status::Blocked(vec![problem]));
        }
        there.name(cx);
        if let Some(problem) = rights::missing(cx, &aws, &wanted(&deployment, &account.identity.arn)).await? {
            return Ok(Status::Blocked(vec![problem]));
        }
        cx.say(if there.all() { trust.sentence() } else { there.progress() });
        Ok(Status::Todo)
    }

    async fn plan(&self, cx: &Cx, input: &Input) -> Result<Plan, Problem> {
        let (terraform, imports, arn) = prepare(cx, input).await?;
        let mut plan = terraform.plan(&imports).await?;
        plan.identity = arn;
        plan.cost = "Nothing: IAM is free.".into();
        plan.undo = "Remove on this page: Terraform destroys what it made here, and nothing else.".into();
        Ok(plan)
    }

    async fn apply(&self, cx: &Cx, input: &Input) -> Result<Output, Problem> {
        let deployment = cx.need::<Deployment>()?;
        let (terraform, imports, _) = prepare(cx, input).await?;
        cx.effect(APPLYING, terraform.apply(&imports)).await?;
        Ok(output(&deployment, &cx.need::<Account>()?.identity.account))
    }

    async fn remove(&self, cx: &Cx, input: &Input) -> Result<Residue, Problem> {
        let (terraform, ..) = prepare(cx, input).await?;
        cx.effect("terraform destroy aws-creds", terraform.destroy()).await?;
        Ok(Residue::default())
    }
}

/// The module laid out, what it is to take over, and who acts.
async fn prepare<'a>(cx: &'a Cx, input: &Input) -> Result<(Terraform<'a>, Vec<(String, String)>, String), Problem> {
    let deployment = cx.need::<Deployment>()?;
    let tools = cx.need::<Tools>()?;
    let (aws, account) = super::deploy_account(cx).await?;
    let there = look(&aws, &deployment, &account.identity.account).await?;
    if let Some(problem) = there.taken(cx, &aws, &deployment, APPLYING).await? {
        return Err(problem);
    }
    let vars = [
        ("region", Var::Text(deployment.region.clone())),
        ("iam_prefix", Var::Text(deployment.names.iam_prefix())),
        ("allowed_users", Var::List(inventory::user_arns(&aws, &input.users).await?)),
    ];
    let vars = tfvars::set(VARS_TEMPLATE, &vars)?;
    let terraform = Terraform::lay_out(cx, &tools.terraform, &account.access, &deployment.region, None, MODULE, &vars)?;
    Ok((terraform, there.imports(cx)?, account.identity.arn.to_string()))
}

async fn look(aws: &Aws, deployment: &Deployed, account: &str) -> Result<Inventory, AwsError> {
    let names = &deployment.names;
    let (group, role) = (names.architects_group(), names.architect_role());
    let [read, write, assume] = names.architect_policies();
    let wanted = vec![
        ("aws_iam_group.architects", Thing::Group(group.clone())),
        ("aws_iam_role.architect", Thing::Role(role.clone())),
        ("aws_iam_policy.read", Thing::Policy(read.clone())),
        ("aws_iam_policy.write", Thing::Policy(write.clone())),
        ("aws_iam_policy.assume", Thing::Policy(assume.clone())),
        ("aws_iam_policy.boundary", Thing::Policy(names.architect_boundary())),
        ("aws_iam_role_policy_attachment.read", Thing::OnRole(read, role.clone())),
        ("aws_iam_role_policy_attachment.write", Thing::OnRole(write, role)),
        ("aws_iam_group_policy_attachment.assume", Thing::OnGroup(assume, group)),
    ];
    Inventory::look(aws, account, wanted).await
}

fn output(deployment: &Deployed, account: &str) -> Output {
    let names = &deployment.names;
    Output { group: names.architects_group(), role_arn: role_arn(account, &names.architect_role()) }
}

/// The rights the module needs, for the dry look before the first write. `arn` is any ARN of the account.
fn wanted(deployment: &Deployed, arn: &Arn) -> Vec<Right> {
    let names = &deployment.names;
    let on = |resource: String, actions: &[&str]| {
        let resource = arn.iam(resource).to_string();
        actions.iter().map(|action| Right::new(&format!("iam:{action}"), resource.as_str())).collect::<Vec<_>>()
    };
    let mut all = on(
        format!("role/{}", names.architect_role()),
        &["CreateRole", "TagRole", "AttachRolePolicy", "GetRole", "ListRolePolicies", "ListAttachedRolePolicies"],
    );
    all.extend(on(
        format!("group/{}", names.architects_group()),
        &["CreateGroup", "AttachGroupPolicy", "GetGroup", "ListAttachedGroupPolicies"],
    ));
    for name in names.architect_policies().into_iter().chain([names.architect_boundary()]) {
        all.extend(on(format!("policy/{name}"), &["CreatePolicy", "TagPolicy", "GetPolicy", "GetPolicyVersion"]));
    }
    all
}

const APPLYING: &str = "terraform apply aws-creds";
const MODULE: &[(&str, &str)] = &[
    ("main.tf", include_str!("../../blueprint/aws-creds/main.tf")),
    (".terraform.lock.hcl", include_str!("../../blueprint/aws-creds/.terraform.lock.hcl")),
];
const VARS_TEMPLATE: &str = include_str!("../../blueprint/aws-creds/roles.tfvars.template");
