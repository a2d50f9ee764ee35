//! How steps touch the world: AWS, files, jobs, Terraform, the keychain, name servers.
//! Tools know nothing of steps, pages or forms. They give data and errors of their own, whose words are for developers; what
//! people are told of them is in `steps::told`.

pub mod aws;
pub mod certificate;
pub mod child;
pub mod dns;
pub mod git;
pub mod git_credential;
pub mod home;
pub mod http;
pub mod keychain;
pub mod machine;
pub mod placeholder;
pub mod policy;
pub mod practice;
pub mod programs;
pub mod sops;
pub mod terraform;
pub mod terraform_plan;
pub mod tfvars;

use crate::engine::context::lock;
use crate::engine::{Jobs, Problem};
use futures_util::future::BoxFuture;
use home::Home;
use machine::{JobId, Local, State};
pub use practice::PracticeEndpoint;
use std::path::PathBuf;
use std::sync::Mutex;

/// What the program that opens a deployment gives its steps.
pub struct Tools {
    pub home: Home,
    /// This program's own file, which children call for credentials and supervision.
    pub program: PathBuf,
    /// The practice account, once it runs.
    practice: Mutex<Option<PracticeEndpoint>>,
    /// Who acts for the deployments that are open.
    pub in_use: aws::identity::InUse,
}

impl Tools {
    pub fn new(home: Home, program: PathBuf) -> Self {
        Tools { home, program, practice: Mutex::default(), in_use: Default::default() }
    }

    /// This computer, with the folder of the jobs that are started.
    pub fn machine(&self, jobs: impl Into<PathBuf>) -> Local {
        Local::new(self.program.clone(), jobs.into())
    }

    pub fn practice(&self) -> Option<PracticeEndpoint> {
        lock(&self.practice).clone()
    }

    pub fn set_practice(&self, endpoint: Option<PracticeEndpoint>) {
        *lock(&self.practice) = endpoint;
    }

    /// What `AWS_ENDPOINT_URL` names on this computer, where it is not a practice account that proved itself: some other
    /// program, to which nothing is sent unless a person says so.
    pub fn unknown_endpoint(&self) -> Option<String> {
        practice::named().filter(|named| self.practice().is_none_or(|known| known.endpoint != *named))
    }
}

impl Jobs for Tools {
    fn is_running(&self, job: &str) -> bool {
        self.machine("").state(&JobId(job.to_owned())).is_ok_and(|state| state == State::Running)
    }

    fn ended_unseen(&self, job: &str) -> bool {
        let purpose = self.machine("").ended_by_itself(&JobId(job.to_owned()));
        purpose.is_some_and(|purpose| terraform::changes(&purpose))
    }

    fn stop<'a>(&'a self, job: &'a str) -> BoxFuture<'a, Result<(), Problem>> {
        Box::pin(async move { Ok(machine::stop(&self.machine(""), &JobId(job.to_owned())).await?) })
    }
}
