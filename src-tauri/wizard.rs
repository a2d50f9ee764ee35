//! THE LIST: chapters and steps, in order. Order lives only here.

use crate::engine::{AnyStep, ByHand, Chapter, StepId};
use crate::steps::*;
use std::sync::Arc;

/// The chapters with their steps, and what is done by hand for now.
pub fn chapters() -> Vec<Chapter> {
    let chapter = |title, steps, by_hand: &[ByHand]| Chapter { title, steps, by_hand: by_hand.to_vec() };
    vec![
        chapter("Plan", vec![step(deployment::Deployment), step(account::Account), step(tools::Tools)], &[]),
        chapter(
            "Requests to others",
            vec![step(requests::Requests), step(certificate::Certificate), step(mast::Mast)],
            &[],
        ),
        chapter("Work machine", vec![], WORK_MACHINE),
        chapter(
            "Secrets store",
            vec![
                step(deploy_roles::DeployRoles),
                step(architects::Architects),
                step(secrets_setup_role::SecretsSetupRole),
                step(secrets_store::SecretsStore),
            ],
            &[],
        ),
        chapter("Cluster", vec![], CLUSTER),
        chapter("Hub image", vec![], HUB_IMAGE),
        chapter("Hub secrets", vec![step(hub_secrets::HubSecrets)], &[]),
        chapter("Deploy", vec![], DEPLOY),
        chapter("Go live", vec![step(route53::Dns)], GO_LIVE),
        chapter("Afterwards", vec![], AFTERWARDS),
    ]
}

const fn by_hand(id: &'static str, title: &'static str, sentence: &'static str, guide: &'static str) -> ByHand {
    ByHand { id, title, sentence, guide, each: false, before: None }
}

const WORK_MACHINE: &[ByHand] = &[
    by_hand(
        "machine",
        "Machine",
        "Start a machine in AWS on which the hub's image is built, and sign in to it.",
        "“CI Node Setup”, lines 17 to 36",
    ),
    by_hand(
        "aws_on_it",
        "AWS on it",
        "Give the command line of AWS on that machine your account and region.",
        "“Configure AWS”, lines 37 to 47",
    ),
    by_hand("docker", "Docker", "Start Docker, which builds the image.", "“Start Docker”, lines 48 to 53"),
    by_hand(
        "repositories",
        "Repositories",
        "Get copies of the repositories that describe cluster and hub.",
        "“Repository Overview”, lines 54 to 71",
    ),
];
const CLUSTER: &[ByHand] = &[
    by_hand(
        "cluster",
        "Cluster",
        "Make the machines, the network and the disk that the hub runs on.",
        "“Provision EKS cluster”, lines 116 to 129",
    ),
    by_hand(
        "deployers",
        "Deployers group",
        "Put yourself into the group that may deploy the hub.",
        "“Provision EKS cluster”, lines 130 to 133",
    ),
    by_hand(
        "trust",
        "Trust",
        "Allow the role that installs the hub and the role that reads its secrets to use each other's rights.",
        "“Add Trust Relationships”, lines 134 to 169",
    ),
];
const HUB_IMAGE: &[ByHand] = &[
    by_hand(
        "builder",
        "Builder",
        "Install the program that builds and deploys the hub.",
        "“Hubploy”, lines 170 to 179",
    ),
    by_hand(
        "image",
        "Configuration and image",
        "Say what the hub offers, then build its image and upload it.",
        "“Build a Docker Image with Hubploy”, lines 186 to 209",
    ),
];
const DEPLOY: &[ByHand] = &[ByHand {
    each: true,
    before: Some(<route53::Dns as crate::engine::Step>::ID),
    ..by_hand(
        "deploy",
        "Install the hub",
        "Install the hub on the cluster. This makes the load balancer that the web address leads to.",
        "“Deploying JupyterHub to the EKS Cluster with Hubploy”, lines 258 to 264",
    )
}];
const GO_LIVE: &[ByHand] = &[ByHand {
    each: true,
    ..by_hand("proof", "Proof", "Open the hub in a browser and log in, as a user would.", "not in the guide")
}];
const AFTERWARDS: &[ByHand] = &[by_hand(
    "switch_off",
    "Switch off",
    "Stop the work machine when you do not use it: it costs as long as it runs.",
    "“CI Node Setup”, line 35",
)];

/// The steps' ids, in order.
pub fn ids() -> Vec<StepId> {
    chapters().iter().flat_map(|chapter| &chapter.steps).map(|step| step.about().id).collect()
}

fn step(step: impl crate::engine::Step) -> Arc<dyn AnyStep> {
    Arc::new(step)
}
