//! What a module of the blueprint makes, looked for in the account by name and tag: what is there, whose it is, how it is
//! set up, and by which id Terraform would take it over. It reads only, and it compares nothing.
//! Long because each kind of thing is looked for in its own way.

use super::module::Group;
use super::told::capital;
use super::told::plan::connection;
use crate::engine::view::{self, Stand};
use crate::engine::{Cx, View};
use crate::tools::aws::error::OrNone;
use crate::tools::aws::{Aws, AwsError, ask};
use crate::tools::terraform::Import;
use aws_sdk_kms::types::KeyState;
use futures_util::future::try_join_all;
use serde_json::{Value as Json, json};

/// One thing of a module.
#[derive(Clone)]
pub enum Resource {
    Role(String),
    Group(String),
    Policy(String),
    /// Policy, role.
    OnRole(String, String),
    /// Policy, group.
    OnGroup(String, String),
    Repository(String),
    /// A key with this description. Keys have no names of their own: it is found by its alias or by its tags.
    Key {
        description: String,
        alias: String,
    },
    Alias(String),
}

/// Whose something is. Ours carries the tags `created-by = hubwright` and `deployment` of this deployment's name. What can
/// carry no tags is judged by what it hangs on: a group by the module's role, which is made before it; an alias by its
/// key; what is attached by the policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    Nobody,
    Ours,
    Other,
}

/// Something of a module, as the account has it.
pub struct Found {
    /// Where it is in the module.
    pub address: &'static str,
    pub resource: Resource,
    /// `Nobody` where it is not there.
    pub owner: Owner,
    /// What Terraform imports it by; empty where it is not there.
    pub id: String,
    /// How it is set up, by the names of the AWS provider's attributes. Policy documents are texts, as there.
    pub set_up: Json,
    /// On a role: the policies it has, by name or ARN.
    pub policies: Vec<String>,
}

/// A module's things, in the order they are shown.
pub struct Inventory(pub Vec<Found>);

impl Inventory {
    /// Looks for all of them, side by side.
    pub async fn look(
        aws: &Aws,
        account: &str,
        deployment: &str,
        wanted: Vec<(&'static str, Resource)>,
    ) -> Result<Inventory, AwsError> {
        Self::look_as(Look { aws, account, deployment, closely: false }, wanted).await
    }

    /// As `look`, by somebody who may have fewer rights: a key that may not be looked at is an error, and not one of others.
    pub async fn look_closely(
        aws: &Aws,
        account: &str,
        deployment: &str,
        wanted: Vec<(&'static str, Resource)>,
    ) -> Result<Inventory, AwsError> {
        Self::look_as(Look { aws, account, deployment, closely: true }, wanted).await
    }

    async fn look_as(look: Look<'_>, wanted: Vec<(&'static str, Resource)>) -> Result<Inventory, AwsError> {
        let all = wanted.into_iter().map(|(address, resource)| async move {
            let seen = look.at(&resource).await?.unwrap_or_default();
            Ok::<_, AwsError>(Found {
                address,
                resource,
                owner: seen.owner,
                id: seen.id,
                set_up: seen.set_up,
                policies: seen.policies,
            })
        });
        let mut all = try_join_all(all).await?;
        let has_role =
            all.iter().any(|found| matches!(found.resource, Resource::Role(_)) && found.owner == Owner::Ours);
        for found in
            all.iter_mut().filter(|found| matches!(found.resource, Resource::Group(_)) && found.owner != Owner::Nobody)
        {
            found.owner = if has_role { Owner::Ours } else { Owner::Other };
        }
        Ok(Inventory(all))
    }

    pub fn all(&self) -> bool {
        self.0.iter().all(Found::is_there)
    }

    pub fn get(&self, address: &str) -> Option<&Found> {
        self.0.iter().find(|found| found.address == address && found.is_there())
    }

    /// The things in the page's groups, as the account has them.
    pub fn view(&self, groups: &[Group]) -> View {
        let resource = |found: &Found| view::Resource {
            id: found.address.to_owned(),
            title: found.resource.text(),
            name: found.resource.name().to_owned(),
            sentence: String::new(),
            stand: match found.owner {
                Owner::Ours => Stand::There,
                Owner::Other => Stand::Other,
                Owner::Nobody => Stand::Make,
            },
            usual: 0,
            slow: String::new(),
        };
        super::module::grouped(self.0.iter().map(resource).collect(), groups)
    }

    /// Names what is there and this deployment's.
    pub fn name(&self, cx: &Cx) {
        cx.there(self.0.iter().filter(|found| found.owner == Owner::Ours).map(|found| found.resource.text()));
    }

    /// How far it is, in a sentence.
    pub fn progress(&self) -> String {
        let there = self.0.iter().filter(|found| found.is_there()).count();
        let are = if there == 1 { "is" } else { "are" };
        format!("{there} of {} things {are} in the account; the rest is made next.", self.0.len())
    }

    /// What is there and somebody else's, leaving out what `owned` names by its address.
    pub fn foreign(&self, owned: &[String]) -> Vec<&Found> {
        self.0
            .iter()
            .filter(|found| found.owner == Owner::Other && !owned.iter().any(|own| own == found.address))
            .collect()
    }

    /// The policies of a role or group that the module did not put there, by their names. What is attached is known by its ARN;
    /// what stands in the role itself by its name, and the module puts nothing there.
    pub fn others_on<'a>(&self, name: &str, policies: &'a [String]) -> Vec<&'a str> {
        let attached = |on: &Found| matches!(on.resource, Resource::OnRole(..) | Resource::OnGroup(..));
        let ours = |policy: &str| {
            policy.starts_with("arn:") && self.0.iter().any(|on| attached(on) && on.id == format!("{name}/{policy}"))
        };
        let others = policies.iter().filter(|policy| !ours(policy));
        others.map(|policy| policy.rsplit('/').next().unwrap_or(policy)).collect()
    }

    /// Whether a role or group of this name is there and ours.
    pub fn has_own(&self, name: &str) -> bool {
        let named =
            |found: &Found| matches!(&found.resource, Resource::Role(own) | Resource::Group(own) if own == name);
        self.0.iter().any(|found| found.owner == Owner::Ours && named(found))
    }

    /// What Terraform takes over where its state does not have it: what is ours, and with `all` what is somebody else's.
    pub fn imports(&self, all: bool) -> Vec<Import> {
        let taken = self.0.iter().filter(|found| found.owner == Owner::Ours || all && found.owner == Owner::Other);
        taken.map(|found| (found.address.to_owned(), found.id.clone())).collect()
    }
}

impl Found {
    pub fn is_there(&self) -> bool {
        self.owner != Owner::Nobody
    }
}

/// What is seen of one thing. The default is that it is not there.
struct Seen {
    owner: Owner,
    id: String,
    set_up: Json,
    policies: Vec<String>,
}

impl Default for Seen {
    fn default() -> Self {
        Seen { owner: Owner::Nobody, id: String::new(), set_up: json!({}), policies: vec![] }
    }
}

#[derive(Clone, Copy)]
struct Look<'a> {
    aws: &'a Aws,
    account: &'a str,
    deployment: &'a str,
    /// What may not be looked at is an error.
    closely: bool,
}

impl Look<'_> {
    /// `None` where it is not there.
    async fn at(&self, resource: &Resource) -> Result<Option<Seen>, AwsError> {
        match resource {
            Resource::Role(name) => self.role(name).await,
            Resource::Policy(name) => self.policy(name).await,
            Resource::Group(name) => {
                let call = self.aws.iam.get_group().group_name(name).send();
                let there = ask("iam:GetGroup", call).await.or_none("NoSuchEntity")?;
                Ok(there.map(|_| Seen { owner: Owner::Other, id: name.clone(), ..Seen::default() }))
            }
            Resource::OnRole(policy, role) => {
                let there = self.on_role(role).await?.contains(&policy_arn(self.account, policy));
                Ok(there.then(|| self.attached(policy, role)))
            }
            Resource::OnGroup(policy, group) => {
                let call = self.aws.iam.list_attached_group_policies().group_name(group).send();
                let found = ask("iam:ListAttachedGroupPolicies", call).await.or_none("NoSuchEntity")?;
                let arn = policy_arn(self.account, policy);
                let there =
                    found.iter().flat_map(|all| all.attached_policies()).any(|on| on.policy_arn() == Some(&arn));
                Ok(there.then(|| self.attached(policy, group)))
            }
            Resource::Repository(name) => self.repository(name).await,
            Resource::Key { description, alias } => self.key(description, alias).await,
            Resource::Alias(name) => {
                let Some(key) = self.alias(name).await? else { return Ok(None) };
                let owner = if self.key_is_ours(&key).await? { Owner::Ours } else { Owner::Other };
                Ok(Some(Seen { owner, id: name.clone(), set_up: json!({ "target_key_id": key }), ..Seen::default() }))
            }
        }
    }

    async fn role(&self, name: &str) -> Result<Option<Seen>, AwsError> {
        let call = self.aws.iam.get_role().role_name(name).send();
        let found = ask("iam:GetRole", call).await.or_none("NoSuchEntity")?;
        let Some(role) = found.and_then(|found| found.role) else { return Ok(None) };
        let boundary = role.permissions_boundary().and_then(|boundary| boundary.permissions_boundary_arn());
        let call = self.aws.iam.list_role_policies().role_name(name).send();
        let inline = ask("iam:ListRolePolicies", call).await.or_none("NoSuchEntity")?;
        let mut policies = self.on_role(name).await?;
        policies.extend(inline.iter().flat_map(|all| all.policy_names().to_vec()));
        Ok(Some(Seen {
            owner: self.owner(role.tags().iter().map(|tag| (tag.key(), tag.value()))),
            id: name.to_owned(),
            set_up: json!({
                "assume_role_policy": decoded(role.assume_role_policy_document()),
                "permissions_boundary": boundary.unwrap_or_default(),
            }),
            policies,
        }))
    }

    /// The ARNs of the policies that are attached to a role.
    async fn on_role(&self, role: &str) -> Result<Vec<String>, AwsError> {
        let call = self.aws.iam.list_attached_role_policies().role_name(role).send();
        let found = ask("iam:ListAttachedRolePolicies", call).await.or_none("NoSuchEntity")?;
        let all = found.iter().flat_map(|all| all.attached_policies());
        Ok(all.filter_map(|on| on.policy_arn().map(str::to_owned)).collect())
    }

    fn attached(&self, policy: &str, to: &str) -> Seen {
        Seen { owner: Owner::Ours, id: format!("{to}/{}", policy_arn(self.account, policy)), ..Seen::default() }
    }

    async fn policy(&self, name: &str) -> Result<Option<Seen>, AwsError> {
        let arn = policy_arn(self.account, name);
        let found =
            ask("iam:GetPolicy", self.aws.iam.get_policy().policy_arn(&arn).send()).await.or_none("NoSuchEntity")?;
        let Some(policy) = found.and_then(|found| found.policy) else { return Ok(None) };
        let version = policy.default_version_id().unwrap_or("v1");
        let call = self.aws.iam.get_policy_version().policy_arn(&arn).version_id(version).send();
        let version = ask("iam:GetPolicyVersion", call).await.or_none("NoSuchEntity")?;
        let document = version.as_ref().and_then(|found| found.policy_version()).and_then(|version| version.document());
        Ok(Some(Seen {
            owner: self.owner(policy.tags().iter().map(|tag| (tag.key(), tag.value()))),
            id: arn,
            set_up: json!({ "policy": decoded(document) }),
            ..Seen::default()
        }))
    }

    async fn repository(&self, name: &str) -> Result<Option<Seen>, AwsError> {
        let call = self.aws.codecommit.get_repository().repository_name(name).send();
        let found = ask("codecommit:GetRepository", call).await.or_none("RepositoryDoesNotExistException")?;
        let Some(about) = found.and_then(|found| found.repository_metadata) else { return Ok(None) };
        let call = self.aws.codecommit.list_tags_for_resource().resource_arn(about.arn().unwrap_or_default()).send();
        let tags = ask("codecommit:ListTagsForResource", call).await?.tags.unwrap_or_default();
        Ok(Some(Seen {
            owner: self.owner(tags.iter().map(|(key, value)| (key.as_str(), value.as_str()))),
            id: name.to_owned(),
            set_up: json!({
                "description": about.repository_description(),
                "clone_url_http": about.clone_url_http(),
            }),
            ..Seen::default()
        }))
    }

    /// The key that the alias names, where it is ours; else one of ours with this description, which a run made that was
    /// killed before the alias. A key of somebody else's is none of the module's: keys do not stand in each other's way.
    async fn key(&self, description: &str, alias: &str) -> Result<Option<Seen>, AwsError> {
        if let Some(key) = self.alias(alias).await?
            && let Some(seen) = self.own_key(&key, None).await?
        {
            return Ok(Some(seen));
        }
        let mut marker = None;
        loop {
            let page = ask("kms:ListKeys", self.aws.kms.list_keys().set_marker(marker).send()).await?;
            for key in page.keys().iter().filter_map(|key| key.key_id()) {
                if let Some(seen) = self.own_key(key, Some(description)).await? {
                    return Ok(Some(seen));
                }
            }
            marker = page.next_marker;
            if !page.truncated || marker.is_none() {
                return Ok(None);
            }
        }
    }

    /// A key where it is ours, has this description, and is not on its way out.
    async fn own_key(&self, key: &str, description: Option<&str>) -> Result<Option<Seen>, AwsError> {
        let about = match ask("kms:DescribeKey", self.aws.kms.describe_key().key_id(key).send()).await {
            Ok(found) => found.key_metadata,
            // Keys with a policy of their own may hide; they are not ours.
            Err(error) if error.is_denied() && !self.closely || error.is("NotFoundException") => None,
            Err(error) => return Err(error),
        };
        let stays = |about: &aws_sdk_kms::types::KeyMetadata| {
            matches!(about.key_state(), Some(KeyState::Enabled | KeyState::Disabled))
                && description.is_none_or(|description| about.description() == Some(description))
        };
        let Some(about) = about.filter(stays) else { return Ok(None) };
        if !self.key_is_ours(key).await? {
            return Ok(None);
        }
        let kms = &self.aws.kms;
        let policy = ask("kms:GetKeyPolicy", kms.get_key_policy().key_id(key).policy_name("default").send()).await?;
        let rotation = ask("kms:GetKeyRotationStatus", kms.get_key_rotation_status().key_id(key).send()).await;
        let rotation = match rotation {
            Ok(status) => Some(status.key_rotation_enabled),
            // KMS does not tell it of a key that is disabled.
            Err(error) if error.is("DisabledException") || error.is("KMSInvalidStateException") => None,
            Err(error) => return Err(error),
        };
        Ok(Some(Seen {
            owner: Owner::Ours,
            id: about.key_id().to_owned(),
            set_up: json!({
                "arn": about.arn(),
                "is_enabled": about.enabled(),
                "enable_key_rotation": rotation.unwrap_or(true),
                "policy": policy.policy(),
            }),
            ..Seen::default()
        }))
    }

    async fn key_is_ours(&self, key: &str) -> Result<bool, AwsError> {
        let tags = match ask("kms:ListResourceTags", self.aws.kms.list_resource_tags().key_id(key).send()).await {
            Ok(found) => found.tags.unwrap_or_default(),
            Err(error) if error.is_denied() && !self.closely || error.is("NotFoundException") => vec![],
            Err(error) => return Err(error),
        };
        Ok(self.owner(tags.iter().map(|tag| (tag.tag_key(), tag.tag_value()))) == Owner::Ours)
    }

    /// The id of the key with this name. Asked by the list: a name that is not there is no error of its own.
    async fn alias(&self, alias: &str) -> Result<Option<String>, AwsError> {
        let mut marker = None;
        loop {
            let page = ask("kms:ListAliases", self.aws.kms.list_aliases().set_marker(marker).send()).await?;
            if let Some(found) = page.aliases().iter().find(|one| one.alias_name() == Some(alias)) {
                return Ok(Some(found.target_key_id().unwrap_or_default().to_owned()));
            }
            marker = page.next_marker;
            if !page.truncated || marker.is_none() {
                return Ok(None);
            }
        }
    }

    fn owner<'t>(&self, tags: impl Iterator<Item = (&'t str, &'t str)>) -> Owner {
        let mut wanted = [("created-by", "hubwright", false), ("deployment", self.deployment, false)];
        for (key, value) in tags {
            wanted.iter_mut().filter(|tag| tag.0 == key && tag.1 == value).for_each(|tag| tag.2 = true);
        }
        if wanted.iter().all(|tag| tag.2) { Owner::Ours } else { Owner::Other }
    }
}

impl Resource {
    pub fn text(&self) -> String {
        match self {
            Resource::Role(name) => format!("Role {name}"),
            Resource::Group(name) => format!("Group {name}"),
            Resource::Policy(name) => format!("Policy {name}"),
            Resource::OnRole(policy, role) => capital(&connection("role", role, policy)),
            Resource::OnGroup(policy, group) => capital(&connection("group", group, policy)),
            Resource::Repository(name) => format!("Repository {name}"),
            Resource::Key { .. } => "Encryption key".into(),
            Resource::Alias(_) => "Name of the key".into(),
        }
    }

    /// What it is called in the account; empty where it has no name of its own.
    pub fn name(&self) -> &str {
        match self {
            Resource::Role(name)
            | Resource::Group(name)
            | Resource::Policy(name)
            | Resource::Repository(name)
            | Resource::Alias(name) => name,
            Resource::OnRole(..) | Resource::OnGroup(..) | Resource::Key { .. } => "",
        }
    }
}

/// IAM gives documents percent-encoded (RFC 3986).
fn decoded(document: Option<&str>) -> String {
    percent_encoding::percent_decode_str(document.unwrap_or_default()).decode_utf8_lossy().into_owned()
}

pub fn policy_arn(account: &str, name: &str) -> String {
    format!("arn:aws:iam::{account}:policy/{name}")
}

pub fn role_arn(account: &str, name: &str) -> String {
    format!("arn:aws:iam::{account}:role/{name}")
}
