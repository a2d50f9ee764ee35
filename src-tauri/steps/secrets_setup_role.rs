//! Makes the role that sets up the secrets store: Terraform module terraform-iam of the blueprint.
//! Guide: "First, setup an IAM role using terraform-iam"; traps 4 to 8.

use super::account::Account;
use super::deployment::{Deployment, Output as Deployed};
use super::holders::Writable;
use super::holds::Later;
use super::inventory::{Inventory, Resource, role_arn};
use super::module::{Group, Module, Page};
use super::secrets_store::SecretsStore;
use super::tools::Tools;
use crate::engine::{Cx, Step, StepId};
use crate::tools::aws::Arn;
use crate::tools::aws::rights::Right;
use crate::tools::tfvars::Var;
use serde::{Deserialize, Serialize};
use std::time::Duration;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Output {
    pub role_arn: String,
}

pub struct SecretsSetupRole;

impl Module for SecretsSetupRole {
    const PAGE: Page = Page {
        id: "secrets_setup_role",
        title: "Make the role that sets up the secrets store",
        short: "Secrets setup role",
        why: WHY,
        verb: "Create the role",
        guide: GUIDE,
        loses: "",
        people: "Who may act as the role",
        done: "The role is in the account, and these people may act as it.",
        cost: "Nothing: IAM is free.",
        undo: "Remove on this page takes away what it made, and nothing else.",
        stays: "",
    };
    const NAME: &'static str = "terraform-iam";
    const FILES: &'static [(&'static str, &'static str)] = &[
        ("main.tf", include_str!("../../blueprint/terraform-iam/main.tf")),
        (".terraform.lock.hcl", include_str!("../../blueprint/terraform-iam/.terraform.lock.hcl")),
    ];
    const VARIABLES: (&'static str, &'static str) =
        ("roles.tfvars", include_str!("../../blueprint/terraform-iam/roles.tfvars.template"));
    const GROUPS: &'static [Group] = &[Group {
        title: "Who may set up the secrets store",
        sentence: "A role for that and nothing else",
        resources: &[
            ("aws_iam_role.setup", "The role", "Only the people named on this page can act as it."),
            (
                "aws_iam_policy.setup",
                "What it may do",
                "Makes and removes the store's repository, its key and the two roles that write and read it.",
            ),
            (
                "aws_iam_policy.boundary",
                "The limit",
                "No role that it makes can ever do more than write and read the store.",
            ),
            ("aws_iam_role_policy_attachment.setup", "The role gets these rights", ""),
        ],
    }];
    type Output = Output;

    fn needs(&self) -> &'static [StepId] {
        &[Deployment::ID, Account::ID, Tools::ID]
    }

    fn variables(&self, deployment: &Deployed, people: Vec<String>) -> Vec<(&'static str, Var)> {
        vec![("repo_name", Var::Text(deployment.names.secrets_repository())), ("allowed_users", Var::List(people))]
    }

    fn resources(&self, deployment: &Deployed) -> Vec<(&'static str, Resource)> {
        let name = deployment.names.secrets_setup();
        vec![
            ("aws_iam_role.setup", Resource::Role(name.clone())),
            ("aws_iam_policy.setup", Resource::Policy(name.clone())),
            ("aws_iam_policy.boundary", Resource::Policy(deployment.names.secrets_boundary())),
            ("aws_iam_role_policy_attachment.setup", Resource::OnRole(name.clone(), name)),
        ]
    }

    fn rights(&self, deployment: &Deployed, arn: &Arn) -> Vec<Right> {
        let name = deployment.names.secrets_setup();
        let mut rights = Right::to_make_role(&arn.iam(format!("role/{name}")));
        for name in [name, deployment.names.secrets_boundary()] {
            rights.extend(Right::to_make_policy(&arn.iam(format!("policy/{name}"))));
        }
        rights
    }

    fn writable(&self, deployment: &Deployed) -> Option<Writable> {
        let names = &deployment.names;
        let both = vec![names.secrets_encrypt(), names.secrets_decrypt()];
        Some(Writable {
            by: names.secrets_setup(),
            boundary: names.secrets_boundary(),
            roles: both.clone(),
            policies: both,
            mended: true,
        })
    }

    fn later(&self, cx: &Cx) -> Option<Later> {
        let names = &cx.output::<Deployment>()?.names;
        let is_gone = cx.output::<SecretsStore>().is_none();
        Some(Later {
            page: SecretsStore::ID,
            short: SecretsStore::SHORT,
            settling: if is_gone { super::settling::<SecretsStore>(cx) } else { Duration::ZERO },
            users: vec![],
            roles: vec![names.secrets_encrypt(), names.secrets_decrypt()],
        })
    }

    fn output(&self, deployment: &Deployed, account: &str, found: &Inventory) -> Option<Output> {
        found.all().then(|| Output { role_arn: role_arn(account, &deployment.names.secrets_setup()) })
    }
}

const WHY: &str = "The next page makes a store for certificates and passwords. This role may do that, so that no person has to have these rights all the time.";
const GUIDE: &str = "The guide runs this module as the very role that the module makes, which cannot work; from folders that have other names, with a `cd` that starts in the wrong place; and the role's name, pasted as it is printed, is read by the shell as two redirections. Here you make the role as yourself, every name is filled in, and the next page acts as it.";
