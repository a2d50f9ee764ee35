//! THE LIST: chapters and steps, in order. Order lives only here.

use crate::engine::{AnyStep, Chapter, StepId};
use crate::steps::*;
use std::sync::Arc;

/// The chapters with their steps.
pub fn chapters() -> Vec<Chapter> {
    let chapter = |title, steps| Chapter { title, steps };
    vec![
        chapter("Plan", vec![step(deployment::Deployment), step(account::Account), step(tools::Tools)]),
        chapter("Requests to others", vec![step(requests::Requests), step(certificate::Certificate), step(mast::Mast)]),
        chapter(
            "Secrets store",
            vec![
                step(deploy_roles::DeployRoles),
                step(architects::Architects),
                step(secrets_setup_role::SecretsSetupRole),
                step(secrets_store::SecretsStore),
            ],
        ),
        chapter("Hub secrets", vec![step(hub_secrets::HubSecrets)]),
        chapter("Go live", vec![step(route53::Dns)]),
    ]
}

/// The steps' ids, in order.
pub fn ids() -> Vec<StepId> {
    chapters().iter().flat_map(|chapter| &chapter.steps).map(|step| step.about().id).collect()
}

fn step(step: impl crate::engine::Step) -> Arc<dyn AnyStep> {
    Arc::new(step)
}
