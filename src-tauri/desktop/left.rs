//! The deployments that the window left and that are still at work. Each holds its lock until its work has ended, so whoever
//! opens it meanwhile gets the same one again: its journal is never open twice.

use crate::engine::context::lock;
use crate::engine::{Deployment, WeakDeployment};
use std::collections::BTreeMap;
use std::sync::Mutex;

#[derive(Default)]
pub struct Left(Mutex<BTreeMap<String, One>>);

struct One {
    deployment: WeakDeployment,
    /// It was never opened in the window: somebody only wants to know what there is of it.
    looked_at: bool,
}

impl Left {
    /// Lets go of a deployment, and remembers it for as long as it is at work.
    pub fn add(&self, deployment: Deployment) {
        self.keep(deployment, false);
    }

    /// Remembers a deployment that is only looked at, for as long as that takes.
    pub fn look_at(&self, deployment: Deployment) {
        self.keep(deployment, true);
    }

    fn keep(&self, deployment: Deployment, looked_at: bool) {
        let mut left = lock(&self.0);
        left.retain(|_, other| other.deployment.back().is_some());
        left.insert(deployment.shared().id.clone(), One { deployment: deployment.leave(), looked_at });
    }

    /// The deployment of this id, if it is still at work.
    pub fn back(&self, id: &str) -> Option<Deployment> {
        lock(&self.0).get(id)?.deployment.back()
    }

    /// The same, if it is only looked at.
    pub fn looked_at(&self, id: &str) -> Option<Deployment> {
        lock(&self.0).get(id).filter(|one| one.looked_at)?.deployment.back()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::context::MemoryVault;
    use crate::tools::Tools;
    use crate::tools::home::Home;
    use crate::wizard;
    use std::sync::Arc;

    #[tokio::test]
    async fn every_deployment_that_was_left_at_work_is_handed_out_again() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::at(folder.path().join("home")).unwrap();
        let open = |id: &str| {
            let tools = Arc::new(Tools::new(home.clone(), "hubwright".into()));
            Deployment::open(&home.deployment(id), id, wizard::chapters(), Arc::new(MemoryVault::default()), tools)
        };
        let left = Left::default();
        // What a run of it holds as long as it works.
        let mut at_work = vec![];
        for id in ["first", "second", "third"] {
            let deployment = open(id).unwrap();
            at_work.push(deployment.clone());
            left.add(deployment);
        }
        for (id, same) in ["first", "second", "third"].into_iter().zip(&at_work) {
            assert!(open(id).is_err(), "{id} holds its lock");
            let back = left.back(id).expect("it is at work");
            assert!(Arc::ptr_eq(back.shared(), same.shared()), "{id} is the same one");
        }
        assert!(left.back("fourth").is_none());
        // One that is only looked at is told from one that works.
        left.look_at(at_work[1].clone());
        assert!(left.looked_at("second").is_some() && left.looked_at("third").is_none());
        assert!(left.back("second").is_some(), "and whoever opens it meanwhile gets the same one");
        // Once its work has ended it is opened anew.
        at_work.remove(0);
        assert!(left.back("first").is_none());
        left.add(open("first").unwrap());
        assert!(left.back("second").is_some(), "others are not forgotten");
    }
}
