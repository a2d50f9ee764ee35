//! Makes the role that sets up the secrets store: Terraform module terraform-iam of the blueprint.
//! Guide: "First, setup an IAM role using terraform-iam"; traps 4 to 8.

use super::account::Account;
use super::deployment::{Deployment, Output as Deployed};
use super::inventory::{self, Inventory, Thing, role_arn};
use super::tools::Tools;
use crate::engine::{Cx, Form, Plan, Problem, Problems, Residue, Status, Step, StepId, Values};
use crate::tools::aws::rights::{self, Right};
use crate::tools::aws::{Aws, AwsError};
use crate::tools::terraform::Terraform;
use crate::tools::tfvars::{self, Var};
use serde::{Deserialize, Serialize};

pub struct Input {
    users: Vec<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Output {
    pub role_arn: String,
}

pub struct SecretsSetupRole;

impl Step for SecretsSetupRole {
    const ID: StepId = "secrets_setup_role";
    const TITLE: &'static str = "Make the role that sets up the secrets store";
    const SHORT: &'static str = "Secrets setup role";
    const WHY: &'static str = "The store for certificates and passwords is made by a role with just the rights for it, so that nobody's own user needs them.";
    const VERB: &'static str = "Create the role";
    const GUIDE: &'static str = "The guide runs this module as the very role that the module makes, which cannot work; from folders that have other names, with a `cd` that starts in the wrong place; and the role's name, pasted as it is printed, is read by the shell as two redirections. Here you make the role as yourself, every name is filled in, and the next page acts as it.";
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
        let trust = inventory::trust(&aws, &deployment.names.secrets_setup(), &input.users).await?;
        if there.all() && trust.is_right() {
            there.name(cx);
            cx.say("The role is in the account, and these people may act as it.");
            return Ok(Status::Done(Output { role_arn: role_arn(id, &deployment.names.secrets_setup()) }));
        }
        if let Some(problem) = there.taken(cx, &aws, &deployment, APPLYING).await? {
            return Ok(Status::Blocked(vec![problem]));
        }
        there.name(cx);
        let name = deployment.names.secrets_setup();
        let on = |resource: String, actions: &[&str]| {
            let resource = account.identity.arn.iam(resource).to_string();
            actions.iter().map(|action| Right::new(&format!("iam:{action}"), resource.as_str())).collect::<Vec<_>>()
        };
        let mut rights = on(
            format!("role/{name}"),
            &["CreateRole", "TagRole", "AttachRolePolicy", "GetRole", "ListRolePolicies", "ListAttachedRolePolicies"],
        );
        rights.extend(on(format!("policy/{name}"), &["CreatePolicy", "TagPolicy", "GetPolicy", "GetPolicyVersion"]));
        if let Some(problem) = rights::missing(cx, &aws, &rights).await? {
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
        let (terraform, imports, _) = prepare(cx, input).await?;
        cx.effect(APPLYING, terraform.apply(&imports)).await?;
        let account = cx.need::<Account>()?.identity.account;
        Ok(Output { role_arn: role_arn(&account, &cx.need::<Deployment>()?.names.secrets_setup()) })
    }

    async fn remove(&self, cx: &Cx, input: &Input) -> Result<Residue, Problem> {
        let (terraform, ..) = prepare(cx, input).await?;
        cx.effect("terraform destroy terraform-iam", terraform.destroy()).await?;
        Ok(Residue::default())
    }
}

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
        ("repo_name", Var::Text(deployment.names.secrets_repository())),
        ("allowed_users", Var::List(inventory::user_arns(&aws, &input.users).await?)),
    ];
    let vars = super::linted(cx, "roles.tfvars", tfvars::set(VARS_TEMPLATE, &vars)?)?;
    let terraform = Terraform::lay_out(cx, &tools.terraform, &account.access, &deployment.region, None, MODULE, &vars)?;
    Ok((terraform, there.imports(cx)?, account.identity.arn.to_string()))
}

async fn look(aws: &Aws, deployment: &Deployed, account: &str) -> Result<Inventory, AwsError> {
    let name = deployment.names.secrets_setup();
    let wanted = vec![
        ("aws_iam_role.setup", Thing::Role(name.clone())),
        ("aws_iam_policy.setup", Thing::Policy(name.clone())),
        ("aws_iam_policy.boundary", Thing::Policy(deployment.names.secrets_boundary())),
        ("aws_iam_role_policy_attachment.setup", Thing::OnRole(name.clone(), name)),
    ];
    Inventory::look(aws, account, wanted).await
}

const APPLYING: &str = "terraform apply terraform-iam";
const MODULE: &[(&str, &str)] = &[
    ("main.tf", include_str!("../../blueprint/terraform-iam/main.tf")),
    (".terraform.lock.hcl", include_str!("../../blueprint/terraform-iam/.terraform.lock.hcl")),
];
const VARS_TEMPLATE: &str = include_str!("../../blueprint/terraform-iam/roles.tfvars.template");
