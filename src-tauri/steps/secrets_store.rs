//! Makes the secrets store: repository, key, and the roles that write and read it, by Terraform module kms-codecommit of
//! the blueprint, as the role of the page before. Guide: "Next, we will setup KMS and CodeCommit"; traps 4, 5, 8, 9, 24.

use super::account::Account;
use super::deployment::{Deployment, Output as Deployed};
use super::inventory::{Inventory, Resource, role_arn};
use super::module::{Group, Module, Page};
use super::secrets_setup_role::SecretsSetupRole;
use super::tools::Tools;
use crate::engine::{Cx, Problem, Step, StepId};
use crate::tools::aws::rights::Right;
use crate::tools::aws::{Arn, Aws, AwsError, ask};
use crate::tools::tfvars::Var;
use serde::{Deserialize, Serialize};
use std::time::Duration;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Output {
    pub repository: String,
    /// Where git finds the repository, over HTTPS.
    pub clone_url: String,
    pub key_arn: String,
    pub encrypt_role: String,
    pub decrypt_role: String,
}

pub struct SecretsStore;

impl Module for SecretsStore {
    const PAGE: Page = Page {
        id: "secrets_store",
        title: "Make the secrets store",
        short: "Secrets store",
        why: WHY,
        verb: "Create the store",
        guide: GUIDE,
        loses: LOSES,
        people: "Who may write and read secrets",
        done: "The repository, the key and both roles are in the account.",
        cost: "About 1 US dollar a month for the key. The repository costs nothing for up to five people.",
        undo: "Remove on this page. The repository goes with all secrets in it; AWS keeps the key for 30 days more, switched off.",
        stays: "AWS keeps the key for 30 days, switched off; until then its deletion can be cancelled in the KMS console.",
    };
    const NAME: &'static str = "kms-codecommit";
    const FILES: &'static [(&'static str, &'static str)] = &[
        ("main.tf", include_str!("../../blueprint/kms-codecommit/main.tf")),
        (".terraform.lock.hcl", include_str!("../../blueprint/kms-codecommit/.terraform.lock.hcl")),
    ];
    const VARIABLES: (&'static str, &'static str) =
        ("codecommit.tfvars", include_str!("../../blueprint/kms-codecommit/codecommit.tfvars.template"));
    const GROUPS: &'static [Group] = &[
        Group {
            title: "Where the secrets are kept",
            sentence: "Encrypted, in a repository of their own",
            resources: &[
                ("aws_codecommit_repository.secrets", "The repository", "Keeps the encrypted file and its history."),
                ("aws_kms_key.secrets", "The key", "Encrypts the file. It never leaves AWS."),
                ("aws_kms_alias.secrets", "The key's name", ""),
            ],
        },
        Group {
            title: "Who may write them",
            sentence: "A role that the people named on this page can act as",
            resources: &[
                ("aws_iam_role.encrypt", "The role that writes", ""),
                (
                    "aws_iam_policy.encrypt",
                    "What it may do",
                    "Writes to the repository, and encrypts and decrypts with the key.",
                ),
                ("aws_iam_role_policy_attachment.encrypt", "The role gets these rights", ""),
            ],
        },
        Group {
            title: "Who may only read them",
            sentence: "For what installs the hub",
            resources: &[
                ("aws_iam_role.decrypt", "The role that reads", ""),
                ("aws_iam_policy.decrypt", "What it may do", "Reads the repository, and decrypts with the key."),
                ("aws_iam_role_policy_attachment.decrypt", "The role gets these rights", ""),
            ],
        },
    ];
    type Output = Output;

    fn needs(&self) -> &'static [StepId] {
        &[Deployment::ID, Account::ID, Tools::ID, SecretsSetupRole::ID]
    }

    fn variables(&self, deployment: &Deployed, people: Vec<String>) -> Vec<(&'static str, Var)> {
        vec![
            ("repo_name", Var::Text(deployment.names.secrets_repository())),
            ("encrypt_allowed_users", Var::List(people.clone())),
            ("decrypt_allowed_users", Var::List(people)),
        ]
    }

    fn resources(&self, deployment: &Deployed) -> Vec<(&'static str, Resource)> {
        let name = deployment.names.secrets_repository();
        let (encrypt, decrypt) = (deployment.names.secrets_encrypt(), deployment.names.secrets_decrypt());
        let alias = format!("alias/{name}");
        let description = format!("Secrets of {name}");
        vec![
            ("aws_codecommit_repository.secrets", Resource::Repository(name)),
            ("aws_kms_key.secrets", Resource::Key { description, alias: alias.clone() }),
            ("aws_kms_alias.secrets", Resource::Alias(alias)),
            ("aws_iam_role.encrypt", Resource::Role(encrypt.clone())),
            ("aws_iam_policy.encrypt", Resource::Policy(encrypt.clone())),
            ("aws_iam_role_policy_attachment.encrypt", Resource::OnRole(encrypt.clone(), encrypt)),
            ("aws_iam_role.decrypt", Resource::Role(decrypt.clone())),
            ("aws_iam_policy.decrypt", Resource::Policy(decrypt.clone())),
            ("aws_iam_role_policy_attachment.decrypt", Resource::OnRole(decrypt.clone(), decrypt)),
        ]
    }

    fn rights(&self, _: &Deployed, _: &Arn) -> Vec<Right> {
        vec![]
    }

    fn role(&self, cx: &Cx, deployment: &Deployed) -> Option<(String, Duration)> {
        Some((deployment.names.secrets_setup(), super::settling::<SecretsSetupRole>(cx)))
    }

    async fn reach(&self, aws: &Aws) -> Result<(), AwsError> {
        ask("codecommit:ListRepositories", aws.codecommit.list_repositories().send()).await.map(drop)
    }

    fn refused(&self, error: AwsError) -> Problem {
        match error.is(NOT_ALLOWED) || error.is("SubscriptionRequiredException") {
            true => no_codecommit().because(&error),
            false => error.into(),
        }
    }

    /// Accounts that never had a repository are refused here only: they may list what they have.
    fn failed(&self, problem: Problem) -> Problem {
        match problem.detail.iter().any(|line| line.contains(NOT_ALLOWED)) {
            true => Problem { detail: problem.detail, ..no_codecommit() },
            false => problem,
        }
    }

    fn output(&self, deployment: &Deployed, account: &str, found: &Inventory) -> Option<Output> {
        let names = &deployment.names;
        let value = |address: &str, name: &str| Some(found.get(address)?.set_up[name].as_str()?.to_owned());
        found.all().then_some(())?;
        Some(Output {
            repository: names.secrets_repository(),
            clone_url: value("aws_codecommit_repository.secrets", "clone_url_http")?,
            key_arn: value("aws_kms_key.secrets", "arn")?,
            encrypt_role: role_arn(account, &names.secrets_encrypt()),
            decrypt_role: role_arn(account, &names.secrets_decrypt()),
        })
    }
}

fn no_codecommit() -> Problem {
    let fix = "Ask AWS support to open CodeCommit for the account, or use an account that has a repository already.";
    Problem::new("AWS does not let this account make git repositories (CodeCommit).", fix)
}

const NOT_ALLOWED: &str = "OperationNotAllowedException";
const WHY: &str = "Makes the place where the hub's passwords are kept: a git repository for an encrypted file, and the key that opens it. One role may write the file, another may only read it.";
const GUIDE: &str = "The guide assumes the role of the page before by a name that the shell cuts in two, and has you edit `codecommit.tfvars` but apply `code.tfvars`. Its module leaves a `.sops.yaml` in which sops ignores the role; Hubwright writes that file itself, together with the secrets.";
const LOSES: &str = "The repository is deleted with every secret and all history in it. The key goes too: copies of the secrets that somebody has can be read again only if its deletion is cancelled in the KMS console within 30 days.";
