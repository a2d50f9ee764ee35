//! What a module of the blueprint makes in IAM, looked for in the account by name: roles, groups, policies and what is
//! attached to what, with the id Terraform would take each over by. Shared by the steps that apply a module.

use super::deployment::Output as Deployed;
use super::names;
use crate::engine::view::{Item, Mark};
use crate::engine::{Cx, Field, Problem, View};
use crate::tools::aws::error::OrNone;
use crate::tools::aws::{Aws, AwsError, ask};
use crate::tools::terraform;
use futures_util::future::try_join_all;

/// One thing of a module.
#[derive(Clone)]
pub enum Thing {
    Role(String),
    Group(String),
    Policy(String),
    /// Policy, role.
    OnRole(String, String),
    /// Policy, group.
    OnGroup(String, String),
    /// Something outside IAM that the step looked for itself: words for it, the id it is imported by, whether it is there.
    Other {
        text: String,
        id: String,
        there: bool,
    },
}

/// A module's things by Terraform address, and which are there.
pub struct Inventory {
    things: Vec<(&'static str, Thing, bool)>,
    account: String,
}

impl Inventory {
    /// Looks for all of them, side by side.
    pub async fn look(aws: &Aws, account: &str, wanted: Vec<(&'static str, Thing)>) -> Result<Inventory, AwsError> {
        let looks = wanted.iter().map(|(_, thing)| async move {
            let iam = &aws.iam;
            Ok::<_, AwsError>(match thing {
                Thing::Role(name) => {
                    ask("iam:GetRole", iam.get_role().role_name(name).send()).await.or_none("NoSuchEntity")?.is_some()
                }
                Thing::Group(name) => ask("iam:GetGroup", iam.get_group().group_name(name).send())
                    .await
                    .or_none("NoSuchEntity")?
                    .is_some(),
                Thing::Policy(name) => {
                    let call = iam.get_policy().policy_arn(policy_arn(account, name)).send();
                    ask("iam:GetPolicy", call).await.or_none("NoSuchEntity")?.is_some()
                }
                Thing::OnRole(policy, role) => {
                    let call = iam.list_attached_role_policies().role_name(role).send();
                    let found = ask("iam:ListAttachedRolePolicies", call).await.or_none("NoSuchEntity")?;
                    found.iter().flat_map(|all| all.attached_policies()).any(|on| on.policy_name() == Some(policy))
                }
                Thing::OnGroup(policy, group) => {
                    let call = iam.list_attached_group_policies().group_name(group).send();
                    let found = ask("iam:ListAttachedGroupPolicies", call).await.or_none("NoSuchEntity")?;
                    found.iter().flat_map(|all| all.attached_policies()).any(|on| on.policy_name() == Some(policy))
                }
                Thing::Other { there, .. } => *there,
            })
        });
        let there = try_join_all(looks).await?;
        let things = wanted.into_iter().zip(there).map(|((address, thing), there)| (address, thing, there)).collect();
        Ok(Inventory { things, account: account.to_owned() })
    }

    pub fn all(&self) -> bool {
        self.things.iter().all(|(.., there)| *there)
    }

    pub fn any(&self) -> bool {
        self.things.iter().any(|(.., there)| *there)
    }

    pub fn view(&self) -> View {
        let item = |(_, thing, there): &(&str, Thing, bool)| {
            let (mark, detail) = if *there { (Mark::Good, "in the account") } else { (Mark::Plain, "not yet") };
            Item::new(thing.text(), mark, detail)
        };
        View::Checklist { title: "In the account".into(), items: self.things.iter().map(item).collect() }
    }

    /// Names what is there, once it is known to be this deployment's.
    pub fn name(&self, cx: &Cx) {
        self.things.iter().filter(|(.., there)| *there).for_each(|(_, thing, _)| cx.there(thing.text()));
    }

    /// How far it is, in a sentence.
    pub fn progress(&self) -> String {
        let there = self.things.iter().filter(|(.., there)| *there).count();
        format!("{there} of {} are in the account; the rest is made next.", self.things.len())
    }

    /// What is there and not in this step's state: Terraform addresses with the id each is imported by.
    pub fn imports(&self, cx: &Cx) -> Result<Vec<(String, String)>, Problem> {
        let owned = terraform::owned(cx)?;
        let missing =
            self.things.iter().filter(|(address, _, there)| *there && !owned.iter().any(|own| own == address));
        Ok(missing.map(|(address, thing, _)| ((*address).to_owned(), thing.id(&self.account))).collect())
    }

    /// The problem where a role or group of this deployment's names is there that Hubwright did not make: neither in this
    /// module's state, nor tagged as ours, nor made by a run of this page (`applying`) that was killed.
    pub async fn taken(
        &self,
        cx: &Cx,
        aws: &Aws,
        deployment: &Deployed,
        applying: &str,
    ) -> Result<Option<Problem>, Problem> {
        if !self.any() || !terraform::owned(cx)?.is_empty() || cx.unfinished().iter().any(|open| open.what == applying)
        {
            return Ok(None);
        }
        let foreign = names::foreign(aws, &deployment.names).await?;
        Ok((!foreign.is_empty()).then(|| names::taken(&deployment.names.deployment, &foreign).on("name")))
    }
}

impl Thing {
    fn text(&self) -> String {
        match self {
            Thing::Role(name) => format!("Role {name}"),
            Thing::Group(name) => format!("Group {name}"),
            Thing::Policy(name) => format!("Policy {name}"),
            Thing::OnRole(policy, _) => format!("{policy} on the role"),
            Thing::OnGroup(policy, _) => format!("{policy} on the group"),
            Thing::Other { text, .. } => text.clone(),
        }
    }

    fn id(&self, account: &str) -> String {
        match self {
            Thing::Role(name) | Thing::Group(name) => name.clone(),
            Thing::Policy(name) => policy_arn(account, name),
            Thing::OnRole(policy, to) | Thing::OnGroup(policy, to) => format!("{to}/{}", policy_arn(account, policy)),
            Thing::Other { id, .. } => id.clone(),
        }
    }
}

pub fn policy_arn(account: &str, name: &str) -> String {
    format!("arn:aws:iam::{account}:policy/{name}")
}

pub fn role_arn(account: &str, name: &str) -> String {
    format!("arn:aws:iam::{account}:role/{name}")
}

/// The field `users`: who may do what `label` says, by default whoever sets this up.
pub fn users_field(cx: &Cx, label: &'static str) -> Field {
    let own = cx.answer::<super::deployment::Deployment>("user");
    Field::rows("users", label)
        .default(Some(own).filter(|user| !user.is_empty()).into_iter().collect::<Vec<String>>())
        .rule("names of IAM users")
        .placeholder("user-name")
        .help("One IAM user name a line.")
}

/// IAM users by name: the names as entered, tidied.
pub fn users(values: &crate::engine::Values, field: &str) -> Result<Vec<String>, crate::engine::Problems> {
    let mut users: Vec<String> =
        values.rows(field).iter().map(|user| user.trim().to_owned()).filter(|user| !user.is_empty()).collect();
    users.sort();
    users.dedup();
    match users.is_empty() {
        true => Err(Problem::new("Nobody is named.", "Enter at least your own IAM user name.").on(field).into()),
        false => Ok(users),
    }
}

/// The ARNs of IAM users, as AWS gives them: a user may have a path, which its name does not tell.
pub async fn user_arns(aws: &Aws, users: &[String]) -> Result<Vec<String>, AwsError> {
    let found = try_join_all(users.iter().map(|user| aws.user(user))).await?;
    Ok(found.into_iter().flatten().map(|arn| arn.to_string()).collect())
}

/// The problem that a named user is not in the account: AWS refuses a trust that names one (trap 15).
pub async fn unknown_user(aws: &Aws, users: &[String]) -> Result<Option<Problem>, AwsError> {
    let found = try_join_all(users.iter().map(|user| aws.user(user))).await?;
    let missing = users.iter().zip(found).find(|(_, arn)| arn.is_none());
    Ok(missing.map(|(user, _)| {
        Problem::new(format!("The account has no IAM user `{user}`."), "Correct the name, or have the user made.")
            .on("users")
    }))
}

/// Who a role lets act as it, beside who should.
pub struct Trust {
    /// Whom it does not name yet.
    missing: Vec<String>,
    /// Whom it names besides, or the whole account.
    besides: Vec<String>,
}

impl Trust {
    pub fn is_right(&self) -> bool {
        self.missing.is_empty() && self.besides.is_empty()
    }

    /// Whether everybody who should may act as it; others may too.
    pub fn is_enough(&self) -> bool {
        self.missing.is_empty()
    }

    pub fn sentence(&self) -> String {
        match self.besides.first() {
            Some(one) if one.ends_with(":root") => {
                "Everybody in the account whose own policies allow it can act as the role.".into()
            }
            Some(_) => format!("The role lets {} act as it too.", self.besides.join(", ")),
            None => format!("The role does not let {} act as it yet.", self.missing.join(", ")),
        }
    }
}

/// The trust of a role; right where there is no such role, which `Inventory` tells.
pub async fn trust(aws: &Aws, role: &str, users: &[String]) -> Result<Trust, AwsError> {
    let role = async { ask("iam:GetRole", aws.iam.get_role().role_name(role).send()).await.or_none("NoSuchEntity") };
    let (wanted, found) = futures_util::try_join!(user_arns(aws, users), role)?;
    let Some(role) = found.and_then(|found| found.role) else { return Ok(Trust { missing: vec![], besides: vec![] }) };
    let document = role.assume_role_policy_document().unwrap_or_default();
    let text = percent_encoding::percent_decode_str(document).decode_utf8_lossy().into_owned();
    let named = principals(&text);
    Ok(Trust {
        missing: wanted.iter().filter(|arn| !named.contains(arn)).cloned().collect(),
        besides: named.into_iter().filter(|arn| !wanted.contains(arn)).collect(),
    })
}

/// Everybody whom the statements of a trust policy allow something.
fn principals(document: &str) -> Vec<String> {
    let one_or_more = |value: &serde_json::Value| match value {
        serde_json::Value::Array(all) => all.clone(),
        serde_json::Value::Null => vec![],
        one => vec![one.clone()],
    };
    let policy: serde_json::Value = serde_json::from_str(document).unwrap_or_default();
    let allowed = one_or_more(&policy["Statement"]).into_iter().filter(|statement| statement["Effect"] == "Allow");
    let named = allowed.flat_map(|statement| match &statement["Principal"] {
        serde_json::Value::Object(kinds) => kinds.values().flat_map(one_or_more).collect(),
        other => one_or_more(other),
    });
    named.filter_map(|arn| arn.as_str().map(str::to_owned)).collect()
}
