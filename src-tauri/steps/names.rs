//! Every name that follows from the deployment's name, each with its service's own limit.
//! The names are the guide's (modules aws-creds, terraform-iam, kms-codecommit, aws): later chapters and existing
//! deployments rely on them.
//! Long because every name of a deployment, and the rule for each, stands in one place.

use crate::engine::view::{Mark, Name};
use crate::engine::words::{clean, list};
use crate::engine::{Problem, Problems, View};
use crate::tools::aws::error::OrNone;
use crate::tools::aws::{Aws, AwsError, ask};
use futures_util::future::try_join_all;
use serde::{Deserialize, Serialize};

/// What the roles of the cluster's module end with, and their policies. The architect's rights name them whole, in
/// `blueprint/aws-creds/main.tf`.
const OF_THE_CLUSTER: [&str; 8] =
    ["cluster", "node", "autoscaler", "ebs", "efs", "hubploy-eks", "hubploy-ecr", "hubploy-deployer"];

/// The names of one deployment, in one of its environments.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Names {
    pub deployment: String,
    pub environment: String,
    pub zone: String,
    /// The web address, where it does not follow from the deployment's name alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own_host: Option<String>,
}

/// One name: what it is of, the name, and how long its service lets it be.
pub struct Derived {
    pub of: &'static str,
    pub name: String,
    pub limit: usize,
}

impl Names {
    pub fn host(&self) -> String {
        self.own_host.clone().unwrap_or_else(|| format!("{}.{}", self.deployment, self.zone))
    }
    /// These names in another environment than the first, with its own web address where it has one.
    pub fn of_another(&self, environment: &str, own_host: Option<&String>) -> Names {
        let host = || format!("{}-{environment}.{}", self.deployment, self.zone);
        let own_host = Some(own_host.cloned().unwrap_or_else(host));
        Names { environment: environment.to_owned(), own_host, ..self.clone() }
    }
    /// `iam_prefix` of the module aws-creds, with the dash that belongs to it.
    pub fn iam_prefix(&self) -> String {
        format!("{}-", self.deployment)
    }
    pub fn architects_group(&self) -> String {
        self.with("terraform-architects")
    }
    pub fn architect_role(&self) -> String {
        self.with("terraform-architect")
    }
    pub fn architect_policies(&self) -> [String; 3] {
        ["terraform-policy", "terraform-write-policy", "terraform-assume-deployment-role"].map(|end| self.with(end))
    }
    /// The policy that bounds what roles made by the architect role may do.
    pub fn architect_boundary(&self) -> String {
        self.with("terraform-boundary")
    }
    /// The policy that bounds what the secrets store's two roles may do.
    pub fn secrets_boundary(&self) -> String {
        self.with("secrets-boundary")
    }
    /// The CodeCommit repository of the encrypted secrets; `repo_name` of the modules terraform-iam and kms-codecommit.
    pub fn secrets_repository(&self) -> String {
        self.with("secrets")
    }
    /// The role, and its policy, that sets up the secrets store.
    pub fn secrets_setup(&self) -> String {
        self.with("secrets-setup")
    }
    /// The role, and its policy, that writes secrets.
    pub fn secrets_encrypt(&self) -> String {
        self.with("secrets-encrypt")
    }
    /// The role, and its policy, that reads secrets.
    pub fn secrets_decrypt(&self) -> String {
        self.with("secrets-decrypt")
    }
    pub fn namespace(&self) -> String {
        format!("{}-{}", self.deployment, self.environment)
    }

    fn with(&self, end: &str) -> String {
        format!("{}-{end}", self.deployment)
    }

    /// All roles, in the order the modules make them.
    pub fn roles(&self) -> Vec<String> {
        let made = [self.architect_role(), self.secrets_setup(), self.secrets_encrypt(), self.secrets_decrypt()];
        made.into_iter().chain(self.of_the_cluster()).collect()
    }

    /// The roles of the cluster's module, and their policies.
    pub fn of_the_cluster(&self) -> Vec<String> {
        OF_THE_CLUSTER.map(|end| self.with(end)).into()
    }

    pub fn groups(&self) -> Vec<String> {
        vec![self.architects_group(), self.with("hubploy-deployers")]
    }

    /// Every name. Limits: DNS label 63 (RFC 1035), EKS cluster 100, ECR repository 256, CodeCommit repository 100,
    /// IAM role 64, group and policy 128 (IAM and STS quotas), Kubernetes namespace 63 (RFC 1123).
    pub fn all(&self) -> Vec<Derived> {
        let mut all = vec![
            Derived { of: "EKS cluster", name: self.deployment.clone(), limit: 100 },
            Derived { of: "Image repository", name: self.with("user-image"), limit: 256 },
            Derived { of: "Secrets repository", name: self.secrets_repository(), limit: 100 },
            Derived { of: "Kubernetes namespace", name: self.namespace(), limit: 63 },
        ];
        all.extend(self.roles().into_iter().map(|name| Derived { of: "Role", name, limit: 64 }));
        all.extend(self.groups().into_iter().map(|name| Derived { of: "Group", name, limit: 128 }));
        let secrets = [self.secrets_setup(), self.secrets_encrypt(), self.secrets_decrypt()];
        let boundaries = [self.architect_boundary(), self.secrets_boundary()];
        let cluster = OF_THE_CLUSTER.into_iter().chain(["hubploy-deployers"]).map(|end| self.with(end));
        let policies = self.architect_policies().into_iter().chain(secrets).chain(boundaries).chain(cluster);
        all.extend(policies.map(|name| Derived { of: "Policy", name, limit: 128 }));
        all
    }

    /// What the page shows: of each kind the first name, how many more, and how much of its limit the longest takes. Only
    /// where the name they follow from is judged good does one that fits have a tick.
    pub fn view(&self, is_good: bool) -> View {
        let host = self.host();
        let label = host.split('.').next().unwrap_or_default().len();
        let mut names = vec![self.shown("Web address".into(), &host, 0, label, 63)];
        let kinds = [
            ("EKS cluster", "Cluster"),
            ("Kubernetes namespace", "Namespace in the cluster"),
            ("Image repository", "Image store"),
            ("Secrets repository", "Secrets store"),
            ("Group", "groups"),
            ("Role", "roles"),
            ("Policy", "policies"),
        ];
        let all = self.all();
        for (of, title) in kinds {
            let some: Vec<_> = all.iter().filter(|derived| derived.of == of).collect();
            let Some(longest) = some.iter().max_by_key(|derived| derived.name.len()) else { continue };
            let title = if some.len() > 1 { format!("{} {title}", some.len()) } else { title.to_owned() };
            names.push(self.shown(title, &some[0].name, some.len() - 1, longest.name.len(), longest.limit));
        }
        for name in names.iter_mut().filter(|name| !is_good && name.mark == Mark::Good) {
            name.mark = Mark::Plain;
        }
        View::Names { title: "What will carry this name".into(), names }
    }

    fn shown(&self, what: String, name: &str, more: usize, length: usize, limit: usize) -> Name {
        let (typed, after) = match name.strip_prefix(&self.deployment) {
            Some(after) => (self.deployment.clone(), after.to_owned()),
            // A web address of somebody's own choice.
            None => (String::new(), name.to_owned()),
        };
        let mark = if length > limit { Mark::Bad } else { Mark::Good };
        Name { what, typed, after, more, length: format!("{length} of {limit}"), mark }
    }
}

/// The rule for a deployment's name, and every way `name` breaks it. The cap of 32 is that of IAM's `name_prefix`,
/// which the cluster module uses; all other limits are wider.
pub fn judge(name: &str) -> Problems {
    let mut problems = Problems::default();
    if name.is_empty() {
        return problems;
    }
    let shown = clean(name);
    let better: String = name
        .trim()
        .to_lowercase()
        .chars()
        .map(|c| if c.is_ascii_lowercase() || c.is_ascii_digit() { c } else { '-' })
        .collect::<String>()
        .trim_start_matches(|c: char| !c.is_ascii_lowercase())
        .chars()
        .take(32)
        .collect::<String>()
        .trim_end_matches('-')
        .to_owned();
    let fix = if better.is_empty() { "Use a name such as `roman-sit`".to_owned() } else { format!("Use `{better}`") };
    let mut add = |what: String, fix: String| {
        let problem = Problem::new(what, fix).on("name");
        problems.add(if better.is_empty() {
            problem
        } else {
            problem.offering(format!("Use {better}"), better.as_str())
        });
    };
    let upper = name.chars().any(|c| c.is_uppercase());
    let strange: Vec<String> = name
        .chars()
        .filter(|c| !c.is_ascii_alphanumeric() && *c != '-' && !c.is_uppercase())
        .map(|c| if c == ' ' { "blanks".to_owned() } else { format!("`{}`", clean(&c.to_string())) })
        .collect();
    if upper {
        add(format!("`{shown}` has capital letters."), fix.clone());
    }
    if !strange.is_empty() {
        add(format!("`{shown}` has {}, which the services refuse.", list(&strange)), fix.clone());
    }
    if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        add(format!("`{shown}` does not start with a letter."), fix.clone());
    }
    if name.ends_with('-') {
        add(format!("`{shown}` ends with a hyphen."), fix.clone());
    }
    if name.chars().count() > 32 {
        add(
            format!("`{shown}` has {} characters; at most 32 fit.", name.chars().count()),
            "Shorten it to 32 characters or fewer.".into(),
        );
    }
    problems
}

/// The rule for the name of an environment beside the first one, and every way `environment` breaks it. It stands in the host's
/// first label and in the namespace (63 characters, RFC 1035 and 1123), and in the names of files and tables.
pub fn judge_environment(environment: &str, deployment: &str) -> Option<Problem> {
    let shown = clean(environment);
    let sound = environment.starts_with(|c: char| c.is_ascii_lowercase())
        && !environment.ends_with('-')
        && environment.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if !sound {
        let fix = "Use lower-case letters, digits and hyphens, with a letter first, such as `prod`";
        return Some(Problem::new(format!("`{shown}` cannot be the name of an environment."), fix));
    }
    let most = 62usize.saturating_sub(deployment.len());
    (environment.len() > most).then(|| {
        let what =
            format!("`{deployment}-{shown}` has {} characters; 63 fit.", deployment.len() + 1 + environment.len());
        Problem::new(what, format!("Shorten the environment's name to {most} characters or fewer."))
    })
}

/// Whether a text can be the name of a host (RFC 1123).
pub fn is_host(name: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    name.contains('.') && name.len() <= 253 && name.split('.').all(label)
}

/// What is wrong with the name of an IAM user (IAM API reference, CreateUser).
pub fn judge_user(user: &str) -> Option<Problem> {
    let sound = user.len() <= 64 && user.bytes().all(|b| b.is_ascii_alphanumeric() || b"+=,.@_-".contains(&b));
    let fix = "Use the name as the IAM console shows it: letters, digits and `+=,.@_-`, at most 64.";
    (!sound).then(|| Problem::new(format!("`{}` cannot be an IAM user name.", clean(user)), fix))
}

pub const RULE: &str = "lower-case letters, digits and hyphens, starts with a letter, at most 32 characters";

/// Roles and groups of these names that something other than Hubwright made. Reads only.
/// Hubwright's carry the tag `created-by = hubwright`; a group, which cannot carry tags, counts as made with its role.
pub async fn foreign(aws: &Aws, names: &Names) -> Result<Vec<String>, AwsError> {
    let roles = try_join_all(names.roles().into_iter().map(|name| async move {
        let call = aws.iam.get_role().role_name(&name).send();
        let role = ask("iam:GetRole", call).await.or_none("NoSuchEntity")?;
        let ours = role
            .as_ref()
            .and_then(|found| found.role())
            .map(|role| role.tags().iter().any(|tag| tag.key() == "created-by" && tag.value() == "hubwright"));
        Ok::<_, AwsError>((name, ours))
    }));
    let groups = try_join_all(names.groups().into_iter().map(|name| async move {
        let call = aws.iam.get_group().group_name(&name).send();
        Ok::<_, AwsError>((name, ask("iam:GetGroup", call).await.or_none("NoSuchEntity")?.is_some()))
    }));
    let (roles, groups) = futures_util::future::try_join(roles, groups).await?;
    let any_ours = roles.iter().any(|(_, ours)| *ours == Some(true));
    let mut foreign: Vec<String> =
        roles.into_iter().filter(|(_, ours)| *ours == Some(false)).map(|(name, _)| format!("role `{name}`")).collect();
    foreign
        .extend(groups.into_iter().filter(|(_, there)| *there && !any_ours).map(|(name, _)| format!("group `{name}`")));
    Ok(foreign)
}

/// Deployments of the account whose names and this one begin alike: `roman` and `roman-sit`. Reads only. Empty where the
/// identity may not list roles: this is advice, since the blueprint's rights name things whole.
pub async fn neighbours(aws: &Aws, name: &str) -> Result<Vec<String>, AwsError> {
    let roles = aws.iam.list_roles().into_paginator().items().send().collect::<Result<Vec<_>, _>>();
    let roles = match ask("iam:ListRoles", roles).await {
        Err(error) if error.is_denied() => vec![],
        roles => roles?,
    };
    let deployments = roles.iter().filter_map(|role| {
        ["-terraform-architect", "-secrets-setup"].iter().find_map(|end| role.role_name().strip_suffix(end))
    });
    let mut found: Vec<String> = deployments.filter(|other| begin_alike(other, name)).map(str::to_owned).collect();
    found.sort();
    found.dedup();
    Ok(found)
}

/// Whether one name is the other with a hyphen and more behind it.
pub fn begin_alike(one: &str, other: &str) -> bool {
    let longer = |longer: &str, shorter: &str| longer.strip_prefix(shorter).is_some_and(|rest| rest.starts_with('-'));
    longer(one, other) || longer(other, one)
}

/// The warning that other deployments' names and this one begin alike.
pub fn too_close(name: &str, others: &[String]) -> Problem {
    let shortest = others.iter().map(String::as_str).chain([name]).min_by_key(|name| name.len()).unwrap_or(name);
    Problem::warning(
        format!("`{name}` begins like another deployment: `{}`.", others.join("`, `")),
        format!("Choose a name that begins otherwise: rights that somebody gave on `{shortest}-*` would reach both."),
    )
    .on("name")
}

/// The problem that the name is in use.
pub fn taken(name: &str, foreign: &[String]) -> Problem {
    let listed = foreign.join(", ");
    Problem::new(
        format!(
            "`{name}` is in use in this account: the {listed} {} there, and Hubwright did not make {}.",
            are(foreign),
            them(foreign)
        ),
        format!(
            "Choose another deployment name, have the owner remove the {listed}, or keep the name: each page then asks before it takes {} over.",
            them(foreign)
        ),
    )
}

fn are(all: &[String]) -> &'static str {
    if all.len() == 1 { "is" } else { "are" }
}
fn them(all: &[String]) -> &'static str {
    if all.len() == 1 { "it" } else { "them" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bad_name_gets_a_problem_and_a_name_that_is_good() {
        for bad in ["Roman", "roman_sit", &"a".repeat(33), "roman-", "1roman", "-", "röman", "a b", "ro.man"] {
            let problems = judge(bad);
            assert!(!problems.0.is_empty(), "{bad:?} must be refused");
            for problem in problems.0 {
                if let Some(better) = problem.fix.strip_prefix("Use `").and_then(|rest| rest.strip_suffix('`')) {
                    assert!(judge(better).0.is_empty(), "the fix for {bad:?} must itself be good: {better:?}");
                }
            }
        }
        for good in ["roman-sit", "a", &"a".repeat(32), "tess2"] {
            assert!(judge(good).0.is_empty(), "{good:?} is a good name");
        }
    }

    #[test]
    fn names_that_follow_from_a_refused_name_have_no_tick() {
        let names = |deployment: &str| Names {
            deployment: deployment.into(),
            environment: "staging".into(),
            zone: "example.org".into(),
            own_host: None,
        };
        let marks = |view| match view {
            View::Names { names, .. } => names.iter().map(|name| name.mark).collect::<Vec<_>>(),
            other => panic!("{other:?}"),
        };
        assert!(marks(names("roman-sit").view(true)).iter().all(|mark| *mark == Mark::Good));
        assert!(marks(names("Roman SIT!").view(false)).iter().all(|mark| *mark == Mark::Plain));
        assert!(
            marks(names(&"a".repeat(70)).view(false)).contains(&Mark::Bad),
            "what is too long is said all the same"
        );
    }

    #[test]
    fn a_name_of_32_characters_fits_every_service() {
        let names = Names {
            deployment: "a".repeat(32),
            environment: "staging".into(),
            zone: "example.org".into(),
            own_host: None,
        };
        for derived in names.all() {
            assert!(derived.name.len() <= derived.limit, "{} `{}` is too long", derived.of, derived.name);
        }
        assert!(names.all().len() >= 12);
    }

    #[test]
    fn no_name_of_one_deployment_is_a_name_of_another() {
        // `roman-X` is also a name of the deployment `roman-Y` only where one end is the other with something before it.
        let names =
            Names { deployment: "d".into(), environment: "staging".into(), zone: "example.org".into(), own_host: None };
        let kinds = ["Role", "Group", "Policy"];
        for kind in kinds {
            let all = names.all();
            let ends: Vec<_> = all.iter().filter(|one| one.of == kind).map(|one| &one.name[1..]).collect();
            assert!(ends.len() >= 2, "{kind}");
            for one in &ends {
                for other in &ends {
                    assert!(one == other || !one.ends_with(other), "{kind} `d{one}` could be of another deployment");
                }
            }
        }
    }

    #[test]
    fn the_architect_may_make_the_roles_that_the_names_list() {
        let module = include_str!("../../blueprint/aws-creds/main.tf");
        let listed = format!("[{}]", OF_THE_CLUSTER.map(|end| format!("\"{end}\"")).join(", "));
        assert!(module.contains(&format!("= {listed}")), "the module and names.rs list other roles: {listed}");
    }

    #[test]
    fn names_begin_alike_at_a_hyphen_only() {
        assert!(begin_alike("roman", "roman-sit") && begin_alike("roman-sit", "roman"));
        assert!(
            !begin_alike("roman", "romantic") && !begin_alike("roman", "roman") && !begin_alike("roman-sit", "tess")
        );
    }
}
