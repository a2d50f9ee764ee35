//! How steps touch the world: AWS, files, jobs, Terraform, the keychain, name servers.
//! Tools know nothing of steps or forms; each has its own errors and says once how they become a `Problem`.

pub mod aws;
pub mod certificate;
pub mod child;
pub mod dns;
pub mod git;
pub mod git_credential;
pub mod home;
pub mod http;
pub mod job;
pub mod keychain;
pub mod placeholder;
pub mod policy;
pub mod programs;
pub mod sops;
pub mod terraform;
pub mod terraform_plan;
pub mod tfvars;

use crate::engine::context::lock;
use home::Home;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Mutex;

/// What the program that opens a deployment gives its steps.
pub struct Tools {
    pub home: Home,
    /// This program's own file, which children call for credentials and supervision.
    pub program: PathBuf,
    /// The practice account, once it runs.
    practice: Mutex<Option<PracticeDoor>>,
}

/// Where the practice account answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PracticeDoor {
    /// `http://127.0.0.1:PORT`
    pub endpoint: String,
    /// Stands in for the name servers of every zone in the practice account.
    pub name_server: SocketAddr,
    /// `AWS_ENDPOINT_URL` names it: then, as with every AWS SDK, other kinds of access go there too.
    pub named: bool,
}

impl Tools {
    pub fn new(home: Home, program: PathBuf) -> Self {
        Tools { home, program, practice: Mutex::default() }
    }

    pub fn practice(&self) -> Option<PracticeDoor> {
        lock(&self.practice).clone()
    }

    pub fn set_practice(&self, door: Option<PracticeDoor>) {
        *lock(&self.practice) = door;
    }
}
