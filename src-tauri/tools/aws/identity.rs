//! The identities of a deployment by name: who acts for it in its own account, who in the account of the DNS zone, and
//! the roles assumed through them. How each is reached is the pages' to say (`steps::AsIdentity`).

use super::{Access, Arn};
use crate::engine::Cx;
use crate::engine::context::lock;
use crate::tools::Tools;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::SystemTime;

/// Who acts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Identity {
    /// Who sets the deployment up, in its own account.
    Deploy,
    /// Who changes the DNS zone, which may be in another account.
    Dns,
    /// A role, assumed as another identity.
    Role { arn: Arn, through: Box<Identity> },
}

impl Identity {
    /// As `hubwright credentials --identity` takes it. A role is told by its ARN beside it.
    pub fn word(&self) -> &'static str {
        match self {
            Identity::Deploy => "deploy",
            Identity::Dns => "dns",
            Identity::Role { through, .. } => through.word(),
        }
    }
}

/// How an identity's session is had.
#[derive(Clone, Debug)]
pub enum How {
    Access(Access),
    Role { through: &'static str },
}

/// An identity in use.
#[derive(Clone, Debug)]
pub struct Used {
    /// As AWS says it.
    pub arn: String,
    pub how: How,
    /// RFC 3339; `None` where it does not end.
    pub until: Option<String>,
}

/// The identities in use, by deployment.
#[derive(Default)]
pub struct InUse(Mutex<BTreeMap<(String, Identity), Used>>);

impl InUse {
    /// Those of a deployment that act now, or acted while it was open.
    pub fn of(&self, deployment: &str) -> Vec<Used> {
        let all = lock(&self.0);
        all.iter().filter(|((of, _), _)| of == deployment).map(|(_, used)| used.clone()).collect()
    }

    /// Nobody acts as these roles any more: they were removed.
    pub fn forget_roles(&self, deployment: &str, names: &[&str]) {
        let is_gone = |identity: &Identity| match identity {
            Identity::Role { arn, .. } => arn.to_string().rsplit('/').next().is_some_and(|name| names.contains(&name)),
            _ => false,
        };
        lock(&self.0).retain(|(of, identity), _| of != deployment || !is_gone(identity));
    }
}

/// Writes down that an identity is in use.
pub(super) fn note(cx: &Cx, identity: &Identity, arn: &str, how: &How, until: Option<SystemTime>) {
    let until = until.and_then(|end| DateTime::from(end).fmt(Format::DateTime).ok());
    let used = Used { arn: arn.to_owned(), how: how.clone(), until };
    lock(&cx.tools::<Tools>().in_use.0).insert((cx.deployment().to_owned(), identity.clone()), used);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_that_was_removed_acts_for_nobody_any_more() {
        let in_use = InUse::default();
        let arn = |role: &str| format!("arn:aws:iam::123456789012:role/{role}").parse::<Arn>().unwrap();
        let used = |arn: &str| Used { arn: arn.to_owned(), how: How::Role { through: "deploy" }, until: None };
        for (deployment, role) in [("hub", "hub-deploy"), ("hub", "hub-secrets-setup"), ("other", "hub-deploy")] {
            let identity = Identity::Role { arn: arn(role), through: Box::new(Identity::Deploy) };
            lock(&in_use.0).insert((deployment.to_owned(), identity), used(role));
        }
        lock(&in_use.0).insert(("hub".to_owned(), Identity::Deploy), used("somebody"));
        in_use.forget_roles("hub", &["hub-deploy"]);
        let of = |deployment| in_use.of(deployment).into_iter().map(|used| used.arn).collect::<Vec<_>>();
        assert_eq!(of("hub"), ["somebody", "hub-secrets-setup"]);
        assert_eq!(of("other"), ["hub-deploy"], "that of another deployment stays");
    }
}
