//! The exchange of an access key: a new one is made in the place of the one that was entered, tried, and the old one set to
//! inactive. It exchanges the key of the deployment's user only: of a key of anybody else nothing is made and nothing retired.

use super::super::deployment::Output as Deployed;
use super::super::told::aws::named;
use crate::engine::{Call, Cx, Plan, Problem, Secret, files};
use crate::tools::aws::error::OrNone;
use crate::tools::aws::{Access, Arn, Aws, AwsError, Identity, ask};
use aws_sdk_iam::types::{AccessKeyMetadata, StatusType};

/// The access by the key that was made in the place of `old`, else by `old` itself; and whether one was made.
pub fn access(cx: &Cx, old: &str, endpoint: Option<String>) -> Result<(Access, bool), Problem> {
    Ok(match made(cx)? {
        Some(made) if made.of.as_ref().is_none_or(|of| of == old) => (by(made.new, endpoint), true),
        _ => (entered(old, endpoint), false),
    })
}

/// The access by the key that was entered.
pub fn entered(id: &str, endpoint: Option<String>) -> Access {
    Access::Keys { access_key_id: id.to_owned(), secret: ENTERED.to_owned(), endpoint }
}

/// The problem that the key is not one of the deployment's user `name`, whose ARN is `user`: the new key would be somebody
/// else's than the old one, which would stay active. `is_made`: the key is one that was made here.
pub fn not_of_user(key_is_of: &Arn, user: Option<&Arn>, name: &str, is_made: bool) -> Option<Problem> {
    if user == Some(key_is_of) {
        return None;
    }
    let what =
        format!("This access key belongs to {}, and only a key of `{name}` is exchanged here.", named(key_is_of));
    let fix = format!(
        "Enter a key of `{name}`, or name the key's owner under “Your IAM user” on the page “Name the deployment”"
    );
    Some(match is_made {
        true => Problem::new(what, format!("{fix}.")).on(FIELD),
        false => Problem::new(what, format!("{fix}, or go on with this key as it is."))
            .on(FIELD)
            .offering("Keep this key", false),
    })
}

pub fn plan(old: &str, user: &str) -> Plan {
    Plan {
        summary: "A new access key is made, tried, and put into the keychain; the one entered is switched off.".into(),
        identity: old.to_owned(),
        calls: vec![
            Call::new("iam:CreateAccessKey", user, "the new key goes into the keychain, unseen"),
            Call::new("iam:UpdateAccessKey", old, "the old key is switched off; it is not deleted"),
        ],
        undo: "Switch the old key on again in the IAM console (“Activate”); delete it once you no longer need it."
            .into(),
        ..Plan::default()
    }
}

/// Makes a new key, puts it into the keychain, tries it, and sets the old one to inactive. Safe to repeat from any point:
/// a key whose secret was lost to a crash is deleted, one that reached the keychain is taken up.
pub async fn apply(cx: &Cx, old: &str, endpoint: Option<String>, deployment: &Deployed) -> Result<(), Problem> {
    let (user, region) = (&deployment.user, &deployment.region);
    let (access, is_made) = access(cx, old, endpoint.clone())?;
    let mut aws = access.open(cx, Identity::Deploy, region, None).await?;
    if !is_made {
        let owner = aws.user(user).await?;
        if let Some(problem) = not_of_user(&aws.caller().await?.arn, owner.as_ref(), user, false) {
            return Err(problem);
        }
        let new = match taken_up(cx, &aws, user, old).await? {
            Some(new) => new,
            None => create(cx, &aws, user).await?,
        };
        files::write(&cx.folder()?.join(MADE), format!("{new}\n{old}\n"))?;
        aws = by(new, endpoint).open(cx, Identity::Deploy, region, None).await?;
    }
    cx.progress("Waiting until AWS accepts the new key");
    let mut tries = 0;
    while let Err(error) = aws.caller().await {
        tries += 1;
        // IAM is eventually consistent: a new key is refused for some seconds.
        if !error.is_bad_key() || tries > 60 {
            return Err(error.into());
        }
        cx.go_on()?;
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    }
    let call = aws.iam.update_access_key().user_name(user).access_key_id(old).status(StatusType::Inactive).send();
    cx.effect(&format!("iam:UpdateAccessKey {old} to inactive"), ask("iam:UpdateAccessKey", call)).await?;
    Ok(())
}

/// Forgets the key that was made here; returns its id, since it still exists in the account.
pub async fn forget(cx: &Cx) -> Result<Option<String>, Problem> {
    let Some(made) = made(cx)? else { return Ok(None) };
    cx.forget_secret(&key_name(&made.new)).await?;
    files::remove(&cx.folder()?.join(MADE))?;
    Ok(Some(made.new))
}

/// The user's access keys. None where there is no such user.
pub async fn keys_of(aws: &Aws, user: &str) -> Result<Vec<AccessKeyMetadata>, AwsError> {
    let found =
        ask("iam:ListAccessKeys", aws.iam.list_access_keys().user_name(user).send()).await.or_none("NoSuchEntity")?;
    Ok(found.map_or(vec![], |found| found.access_key_metadata().to_vec()))
}

/// A key besides `old` that an earlier run made and that reached the keychain. One whose secret was lost is deleted, since a
/// user has two keys at most.
async fn taken_up(cx: &Cx, aws: &Aws, user: &str, old: &str) -> Result<Option<String>, Problem> {
    let mut new = None;
    for key in keys_of(aws, user).await?.iter().filter(|key| key.access_key_id() != Some(old)) {
        let id = key.access_key_id().unwrap_or_default();
        if cx.secret(&key_name(id)).await?.is_some() {
            new = Some(id.to_owned());
        } else if lost(cx, key) {
            let call = aws.iam.delete_access_key().user_name(user).access_key_id(id).send();
            cx.effect(
                &format!("iam:DeleteAccessKey {id}, whose secret was lost when Hubwright was stopped"),
                ask("iam:DeleteAccessKey", call),
            )
            .await?;
        } else {
            let what = format!("`{user}` has two access keys already, and AWS allows no third.");
            let fix = format!("Delete the one you no longer use ({id}?) in the IAM console, then run this again.");
            return Err(Problem::new(what, fix).on(FIELD));
        }
    }
    Ok(new)
}

async fn create(cx: &Cx, aws: &Aws, user: &str) -> Result<String, Problem> {
    cx.progress("Making a new access key");
    cx.effect(CREATING, async {
        let made = ask("iam:CreateAccessKey", aws.iam.create_access_key().user_name(user).send()).await?;
        let key =
            made.access_key().ok_or_else(|| Problem::new("AWS made a key without showing it.", "Run this again."))?;
        let id = key.access_key_id().to_owned();
        if let Err(problem) = cx.keep_secret(&key_name(&id), Secret::from(key.secret_access_key().to_owned())).await {
            // A key nobody can read is of no use and takes one of two places.
            let call = aws.iam.delete_access_key().user_name(user).access_key_id(&id).send();
            let _ = ask("iam:DeleteAccessKey", call).await;
            return Err(problem);
        }
        Ok::<_, Problem>(id)
    })
    .await
}

/// Whether this key was made by a run that was killed before its secret was kept.
fn lost(cx: &Cx, key: &AccessKeyMetadata) -> bool {
    let made = key.create_date().map_or(0, |date| date.secs());
    cx.unfinished().iter().any(|open| {
        open.what == CREATING && open.at.parse::<jiff::Timestamp>().is_ok_and(|at| made + 60 >= at.as_second())
    })
}

/// A key that was made here.
struct Made {
    new: String,
    /// The key in whose place it was made. An older Hubwright did not write that down.
    of: Option<String>,
}

fn made(cx: &Cx) -> Result<Option<Made>, Problem> {
    let kept = files::read_if_there(&cx.folder_path().join(MADE))?.unwrap_or_default();
    let mut lines = kept.lines().map(str::to_owned);
    Ok(lines.next().map(|new| Made { new, of: lines.next() }))
}

fn by(new: String, endpoint: Option<String>) -> Access {
    Access::Keys { secret: key_name(&new), access_key_id: new, endpoint }
}

/// The keychain's entry for the secret of a key that was made here.
fn key_name(id: &str) -> String {
    format!("key.{id}")
}

/// The switch of the page that asks for an exchange.
pub const FIELD: &str = "new_key";
/// The page's field, and the keychain's entry, for the secret of the key that was entered.
pub const ENTERED: &str = "secret_access_key";
/// A file with the key that was made here and, in its second line, the key in whose place.
const MADE: &str = "access-key-id";
const CREATING: &str = "iam:CreateAccessKey";
