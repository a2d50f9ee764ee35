//! Makes the secrets store: repository, key, and the roles that write and read it, by Terraform module kms-codecommit of
//! the blueprint, as the role of the page before. Guide: "Next, we will setup KMS and CodeCommit"; traps 4, 5, 8, 9, 24.

use super::account::Account;
use super::deployment::{Deployment, Output as Deployed};
use super::inventory::{self, Inventory, Thing, role_arn};
use super::secrets_setup_role::SecretsSetupRole;
use super::tools::Tools;
use crate::engine::{Cx, Form, Plan, Problem, Problems, Residue, Status, Step, StepId, Values};
use crate::tools::aws::error::OrNone;
use crate::tools::aws::{Aws, AwsError, ask};
use crate::tools::terraform::Terraform;
use crate::tools::tfvars::{self, Var};
use aws_sdk_kms::types::KeyState;
use serde::{Deserialize, Serialize};

pub struct Input {
    users: Vec<String>,
}

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

impl Step for SecretsStore {
    const ID: StepId = "secrets_store";
    const TITLE: &'static str = "Make the secrets store";
    const SHORT: &'static str = "Secrets store";
    const WHY: &'static str = "A git repository for the encrypted file, a key to encrypt it with, a role that may write it and one that may only read it.";
    const VERB: &'static str = "Create the store";
    const GUIDE: &'static str = "The guide assumes the role of the page before by a name that the shell cuts in two, and has you edit `codecommit.tfvars` but apply `code.tfvars`. Its module leaves a `.sops.yaml` in which sops ignores the role; Hubwright writes that file itself, together with the secrets.";
    const LOSES: &'static str = "The repository is deleted with every secret and all history in it, and the key that opens copies of them goes too.";
    const KEEPS_PLAN: bool = true;
    type Input = Input;
    type Output = Output;

    fn needs(&self) -> &'static [StepId] {
        &[Deployment::ID, Account::ID, Tools::ID, SecretsSetupRole::ID]
    }

    fn form(&self, cx: &Cx, _: &Values) -> Form {
        Form::of(vec![
            inventory::users_field(cx, "Who may write and read secrets")
                .help("One IAM user name a line. Each may act as both roles."),
        ])
    }

    fn parse(&self, _: &Cx, values: &Values) -> Result<Input, Problems> {
        Ok(Input { users: inventory::users(values, "users")? })
    }

    async fn check(&self, cx: &Cx, input: &Input) -> Result<Status<Output>, Problem> {
        let deployment = cx.need::<Deployment>()?;
        let (aws, account) = super::deploy_account(cx).await?;
        if let Some(problem) = inventory::unknown_user(&aws, &input.users).await? {
            return Ok(Status::Blocked(vec![problem]));
        }
        let store = Store::look(cx, &deployment, &aws, &account.identity.account).await?;
        cx.show(store.inventory.view());
        let mut enough = true;
        for role in [deployment.names.secrets_encrypt(), deployment.names.secrets_decrypt()] {
            enough &= inventory::trust(&aws, &role, &input.users).await?.is_enough();
        }
        match store.output(&deployment, &account.identity.account) {
            Some(output) if enough => {
                store.inventory.name(cx);
                cx.say("The repository, the key and both roles are in the account.");
                return Ok(Status::Done(output));
            }
            _ => {}
        }
        if let Some(problem) = store.inventory.taken(cx, &aws, &deployment, APPLYING).await? {
            return Ok(Status::Blocked(vec![problem]));
        }
        store.inventory.name(cx);
        cx.say(match enough {
            true => store.inventory.progress(),
            false => "Not everybody named here may act as both roles yet.".to_owned(),
        });
        Ok(Status::Todo)
    }

    async fn plan(&self, cx: &Cx, input: &Input) -> Result<Plan, Problem> {
        let (terraform, imports) = prepare(cx, input).await?;
        let mut plan = terraform.plan(&imports).await?;
        plan.identity = cx.need::<SecretsSetupRole>()?.role_arn;
        plan.cost = "About 1 US dollar a month for the key; the repository is free for five people.".into();
        plan.undo =
            "Remove on this page. The repository goes with all secrets in it; AWS keeps the key for 30 days more."
                .into();
        Ok(plan)
    }

    async fn apply(&self, cx: &Cx, input: &Input) -> Result<Output, Problem> {
        let (terraform, imports) = prepare(cx, input).await?;
        // Accounts that never had a repository are refused here only: they may list what they have.
        let applied = cx.effect(APPLYING, terraform.apply(&imports)).await;
        applied.map_err(|problem| match problem.detail.iter().any(|line| line.contains(NOT_ALLOWED)) {
            true => Problem { detail: problem.detail, ..no_codecommit() },
            false => problem,
        })?;
        let deployment = cx.need::<Deployment>()?;
        let (aws, account) = super::deploy_account(cx).await?;
        let store = Store::look(cx, &deployment, &aws, &account.identity.account).await?;
        store.output(&deployment, &account.identity.account).ok_or_else(|| {
            Problem::new("Everything was done, but the account does not show it yet.", "Press Check in a minute.")
        })
    }

    async fn remove(&self, cx: &Cx, input: &Input) -> Result<Residue, Problem> {
        let (terraform, _) = prepare(cx, input).await?;
        cx.effect("terraform destroy kms-codecommit", terraform.destroy()).await?;
        Ok(Residue(vec![
            "AWS keeps the key for 30 days; until then its deletion can be cancelled in the KMS console.".into(),
        ]))
    }
}

async fn prepare<'a>(cx: &'a Cx, input: &Input) -> Result<(Terraform<'a>, Vec<(String, String)>), Problem> {
    let deployment = cx.need::<Deployment>()?;
    let tools = cx.need::<Tools>()?;
    let (aws, account) = super::deploy_account(cx).await?;
    let id = &account.identity.account;
    let store = Store::look(cx, &deployment, &aws, id).await?;
    if let Some(problem) = store.inventory.taken(cx, &aws, &deployment, APPLYING).await? {
        return Err(problem);
    }
    let users = inventory::user_arns(&aws, &input.users).await?;
    let vars = [
        ("region", Var::Text(deployment.region.clone())),
        ("repo_name", Var::Text(deployment.names.secrets_repository())),
        ("encrypt_allowed_users", Var::List(users.clone())),
        ("decrypt_allowed_users", Var::List(users)),
    ];
    let vars = super::linted(cx, "codecommit.tfvars", tfvars::set(VARS_TEMPLATE, &vars)?)?;
    let role = cx.need::<SecretsSetupRole>()?.role_arn;
    let terraform =
        Terraform::lay_out(cx, &tools.terraform, &account.access, &deployment.region, Some(&role), MODULE, &vars)?;
    Ok((terraform, store.inventory.imports(cx)?))
}

/// What of the store is in the account, as the setup role sees it.
struct Store {
    inventory: Inventory,
    clone_url: Option<String>,
    key_arn: Option<String>,
}

impl Store {
    async fn look(cx: &Cx, deployment: &Deployed, aws: &Aws, account: &str) -> Result<Store, Problem> {
        let role = cx.need::<SecretsSetupRole>()?.role_arn;
        let setup = aws.acting_as(cx, &role, super::settling::<SecretsSetupRole>(cx)).await?;
        let names = &deployment.names;
        let name = names.secrets_repository();
        // Asked first, so that an account or region without CodeCommit is told before anything is made.
        ask("codecommit:ListRepositories", setup.codecommit.list_repositories().send()).await.map_err(closed)?;
        let call = setup.codecommit.get_repository().repository_name(&name).send();
        let repository =
            ask("codecommit:GetRepository", call).await.or_none("RepositoryDoesNotExistException").map_err(closed)?;
        let clone_url = repository.and_then(|found| found.repository_metadata).and_then(|about| about.clone_url_http);
        let key_arn = key(&setup, &format!("Secrets of {name}")).await?;
        let (encrypt, decrypt) = (names.secrets_encrypt(), names.secrets_decrypt());
        let other = |text: String, id: Option<&str>| Thing::Other {
            text,
            id: id.unwrap_or_default().to_owned(),
            there: id.is_some(),
        };
        let alias = format!("alias/{name}");
        let named = has_alias(&setup, &alias).await?;
        let key_id = key_arn.as_deref().and_then(|arn| arn.rsplit('/').next());
        let wanted = vec![
            (
                "aws_codecommit_repository.secrets",
                other(format!("Repository {name}"), clone_url.as_ref().map(|_| name.as_str())),
            ),
            ("aws_kms_key.secrets", other("Encryption key".into(), key_id)),
            ("aws_kms_alias.secrets", other("Name of the key".into(), named.then_some(alias.as_str()))),
            ("aws_iam_role.encrypt", Thing::Role(encrypt.clone())),
            ("aws_iam_policy.encrypt", Thing::Policy(encrypt.clone())),
            ("aws_iam_role_policy_attachment.encrypt", Thing::OnRole(encrypt.clone(), encrypt)),
            ("aws_iam_role.decrypt", Thing::Role(decrypt.clone())),
            ("aws_iam_policy.decrypt", Thing::Policy(decrypt.clone())),
            ("aws_iam_role_policy_attachment.decrypt", Thing::OnRole(decrypt.clone(), decrypt)),
        ];
        // IAM is looked at as the role too: it may read just these.
        let inventory = Inventory::look(&setup, account, wanted).await?;
        Ok(Store { inventory, clone_url, key_arn })
    }

    fn output(&self, deployment: &Deployed, account: &str) -> Option<Output> {
        let names = &deployment.names;
        self.inventory.all().then_some(())?;
        Some(Output {
            repository: names.secrets_repository(),
            clone_url: self.clone_url.clone()?,
            key_arn: self.key_arn.clone()?,
            encrypt_role: role_arn(account, &names.secrets_encrypt()),
            decrypt_role: role_arn(account, &names.secrets_decrypt()),
        })
    }
}

/// Whether the account's keys have this name. Asked by the list: a name that is not there is no error of its own.
async fn has_alias(aws: &Aws, alias: &str) -> Result<bool, AwsError> {
    let mut marker = None;
    loop {
        let page = ask("kms:ListAliases", aws.kms.list_aliases().set_marker(marker).send()).await?;
        if page.aliases().iter().any(|one| one.alias_name() == Some(alias)) {
            return Ok(true);
        }
        marker = page.next_marker;
        if !page.truncated || marker.is_none() {
            return Ok(false);
        }
    }
}

/// The ARN of the usable key with this description. KMS knows no names; the description is what the module gives it.
async fn key(aws: &Aws, description: &str) -> Result<Option<String>, AwsError> {
    let mut marker = None;
    loop {
        let page = ask("kms:ListKeys", aws.kms.list_keys().set_marker(marker).send()).await?;
        for key in page.keys().iter().filter_map(|key| key.key_arn()) {
            let about = match ask("kms:DescribeKey", aws.kms.describe_key().key_id(key).send()).await {
                Ok(found) => found.key_metadata,
                // Keys with a policy of their own may hide; they are not ours.
                Err(error) if error.is_denied() => None,
                Err(error) => return Err(error),
            };
            let ours = |about: &aws_sdk_kms::types::KeyMetadata| {
                about.description() == Some(description) && about.key_state() == Some(&KeyState::Enabled)
            };
            if about.as_ref().is_some_and(ours) {
                return Ok(Some(key.to_owned()));
            }
        }
        marker = page.next_marker;
        if !page.truncated || marker.is_none() {
            return Ok(None);
        }
    }
}

/// CodeCommit's own refusals, in words.
fn closed(error: AwsError) -> Problem {
    match error.is(NOT_ALLOWED) || error.is("SubscriptionRequiredException") {
        true => no_codecommit().because(&error),
        false => error.into(),
    }
}

fn no_codecommit() -> Problem {
    let fix = "Ask AWS support to open CodeCommit for the account, or use an account that has a repository already.";
    Problem::new("CodeCommit is closed for this account.", fix)
}

const NOT_ALLOWED: &str = "OperationNotAllowedException";

const APPLYING: &str = "terraform apply kms-codecommit";
const MODULE: &[(&str, &str)] = &[
    ("main.tf", include_str!("../../blueprint/kms-codecommit/main.tf")),
    (".terraform.lock.hcl", include_str!("../../blueprint/kms-codecommit/.terraform.lock.hcl")),
];
const VARS_TEMPLATE: &str = include_str!("../../blueprint/kms-codecommit/codecommit.tfvars.template");
