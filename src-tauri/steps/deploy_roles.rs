//! Makes the groups, roles and policies that set up the rest: Terraform module aws-creds of the blueprint.
//! Guide: "Setup IAM resources", first half; traps 1, 2, 3, 12 and 13.

use super::account::Account;
use super::architects::Architects;
use super::deployment::{Deployment, Output as Deployed};
use super::holders::Writable;
use super::holds::Later;
use super::inventory::{Inventory, Resource, role_arn};
use super::module::{Group, Module, Page};
use super::people;
use super::tools::Tools;
use crate::engine::{Cx, Step, StepId};
use crate::tools::aws::Arn;
use crate::tools::aws::rights::Right;
use crate::tools::tfvars::Var;
use serde::{Deserialize, Serialize};
use std::time::Duration;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Output {
    pub group: String,
    pub role_arn: String,
}

pub struct DeployRoles;

impl Module for DeployRoles {
    const PAGE: Page = Page {
        id: "deploy_roles",
        title: "Make the roles that set up the rest",
        short: "Deploy roles",
        why: WHY,
        verb: "Create the roles",
        guide: GUIDE,
        loses: "",
        people: "Who may act as the role",
        done: "The group, the role and its policies are in the account.",
        cost: "Nothing: IAM is free.",
        undo: "Remove on this page takes away what it made, and nothing else.",
        stays: "",
    };
    const NAME: &'static str = "aws-creds";
    const FILES: &'static [(&'static str, &'static str)] = &[
        ("main.tf", include_str!("../../blueprint/aws-creds/main.tf")),
        (".terraform.lock.hcl", include_str!("../../blueprint/aws-creds/.terraform.lock.hcl")),
    ];
    const VARIABLES: (&'static str, &'static str) =
        ("roles.tfvars", include_str!("../../blueprint/aws-creds/roles.tfvars.template"));
    const GROUPS: &'static [Group] = &[
        Group {
            title: "Who may set up the hub",
            sentence: "A group for the people who do it",
            resources: &[
                ("aws_iam_group.architects", "The group", "Empty at first. The next page adds you."),
                (
                    "aws_iam_policy.assume",
                    "What its members may",
                    "Act as the set-up role below. The group gives them nothing else.",
                ),
                ("aws_iam_group_policy_attachment.assume", "The group gets this right", ""),
            ],
        },
        Group {
            title: "What the set-up role may do",
            sentence: "Make and remove this hub's cluster, network and disks",
            resources: &[
                ("aws_iam_role.architect", "The role", "Only the people named on this page can act as it."),
                (
                    "aws_iam_policy.read",
                    "It may look",
                    "Sees what the account has, and makes the roles that this hub needs, each within the limit below.",
                ),
                (
                    "aws_iam_policy.write",
                    "It may make",
                    "Makes and removes the clusters, networks, disks and images of this hub, and nobody else's.",
                ),
                (
                    "aws_iam_policy.boundary",
                    "The limit",
                    "No role that it makes can ever do more than a hub's machines need.",
                ),
                ("aws_iam_role_policy_attachment.read", "The role gets the right to look", ""),
                ("aws_iam_role_policy_attachment.write", "The role gets the right to make", ""),
            ],
        },
    ];
    type Output = Output;

    fn needs(&self) -> &'static [StepId] {
        &[Deployment::ID, Account::ID, Tools::ID]
    }

    fn variables(&self, deployment: &Deployed, people: Vec<String>) -> Vec<(&'static str, Var)> {
        vec![("iam_prefix", Var::Text(deployment.names.iam_prefix())), ("allowed_users", Var::List(people))]
    }

    fn resources(&self, deployment: &Deployed) -> Vec<(&'static str, Resource)> {
        let names = &deployment.names;
        let (group, role) = (names.architects_group(), names.architect_role());
        let [read, write, assume] = names.architect_policies();
        vec![
            ("aws_iam_group.architects", Resource::Group(group.clone())),
            ("aws_iam_role.architect", Resource::Role(role.clone())),
            ("aws_iam_policy.read", Resource::Policy(read.clone())),
            ("aws_iam_policy.write", Resource::Policy(write.clone())),
            ("aws_iam_policy.assume", Resource::Policy(assume.clone())),
            ("aws_iam_policy.boundary", Resource::Policy(names.architect_boundary())),
            ("aws_iam_role_policy_attachment.read", Resource::OnRole(read, role.clone())),
            ("aws_iam_role_policy_attachment.write", Resource::OnRole(write, role)),
            ("aws_iam_group_policy_attachment.assume", Resource::OnGroup(assume, group)),
        ]
    }

    fn rights(&self, deployment: &Deployed, arn: &Arn) -> Vec<Right> {
        let names = &deployment.names;
        let mut all = Right::to_make_role(&arn.iam(format!("role/{}", names.architect_role())));
        all.extend(Right::of_iam(
            &arn.iam(format!("group/{}", names.architects_group())),
            &["CreateGroup", "AttachGroupPolicy", "GetGroup", "ListAttachedGroupPolicies"],
        ));
        for name in names.architect_policies().into_iter().chain([names.architect_boundary()]) {
            all.extend(Right::to_make_policy(&arn.iam(format!("policy/{name}"))));
        }
        all
    }

    fn writable(&self, deployment: &Deployed) -> Option<Writable> {
        let names = &deployment.names;
        Some(Writable {
            by: names.architect_role(),
            boundary: names.architect_boundary(),
            roles: names.of_the_cluster(),
            policies: names.of_the_cluster(),
            mended: false,
        })
    }

    fn later(&self, cx: &Cx) -> Option<Later> {
        let joined = cx.output::<Architects>();
        Some(Later {
            page: Architects::ID,
            short: Architects::SHORT,
            settling: if joined.is_none() { super::settling::<Architects>(cx) } else { Duration::ZERO },
            users: [people::named_on::<Architects>(cx), joined.map_or(vec![], |joined| joined.users)].concat(),
            roles: vec![],
        })
    }

    fn output(&self, deployment: &Deployed, account: &str, found: &Inventory) -> Option<Output> {
        let names = &deployment.names;
        let output =
            || Output { group: names.architects_group(), role_arn: role_arn(account, &names.architect_role()) };
        found.all().then(output)
    }
}

const WHY: &str = "Makes a group for the people who set up this hub, and a role with the rights for that work and no others. Terraform does what the plan on this page lists, and nothing else.";
const GUIDE: &str = "The guide's repository lost this module at its newest commit, its variable file is only there as a template, the dash at the end of the prefix is easy to miss, and the list of what to do ends with “WHAT ELSE???”. Hubwright carries the module with the same names, pins the provider, and writes the variables itself. Nothing else belongs here: the group is the next page.";
