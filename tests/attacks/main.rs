//! Attacks on Hubwright, tried for real: by another user of this computer, by a web page, by a colleague who may push,
//! by a role that wants more. Each test runs an attack and fails where it succeeds. What each shows is in `docs/security.md`.
//! The scripts beside this file can be run by hand too: exit status 0 means that the attack got something, 1 that it was
//! refused everywhere; anything else is a broken script, and fails the test.
#![cfg(target_os = "linux")]
#![allow(clippy::disallowed_methods, reason = "attackers start programs and look into files and processes")]

#[path = "../support/hub.rs"]
mod hub;
#[path = "../support/peers.rs"]
mod peers;
#[path = "../support/remote.rs"]
mod remote;
#[path = "../support/session.rs"]
mod session;
#[path = "../support/mod.rs"]
mod support;

mod computer;
mod limits;
mod practice;
mod programs;
mod provider;
mod repository;
mod rights;
mod signed;
mod vault;

use std::process::{Command, Output};

/// Asserts that a script of this folder tried its attack and was refused.
#[allow(dead_code, reason = "used by the modules as they come")]
pub fn refused(script: &mut Command) -> Output {
    let output = script.output().unwrap();
    let said = support::text(&output);
    assert_ne!(output.status.code(), Some(0), "the attack succeeded: {said}");
    assert_eq!(output.status.code(), Some(1), "the script is broken: {said}");
    output
}
