//! THE LIST: chapters and steps, in order. Order lives only here.

use crate::engine::{AnyStep, ByHand, Chapter, StepId};
use crate::steps::by_hand::{AFTERWARDS, CLUSTER, DEPLOY, GO_LIVE, HUB_IMAGE, WORK_MACHINE};
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

/// The steps' ids, in order.
pub fn ids() -> Vec<StepId> {
    chapters().iter().flat_map(|chapter| &chapter.steps).map(|step| step.about().id).collect()
}

fn step(step: impl crate::engine::Step) -> Arc<dyn AnyStep> {
    Arc::new(step)
}
