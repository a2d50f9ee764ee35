//! The forms in which people get certificates and keys: every one gives the same chain, or is named with what to do.
#![allow(clippy::disallowed_methods, reason = "tests start openssl and write files")]

#[path = "../support/der.rs"]
mod der;
mod encrypted;
mod foreign;
mod keys;
#[path = "../support/mod.rs"]
mod support;
mod text;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hubwright::engine::{Problem, Secret};
use hubwright::steps::certificate::judge::judge;
use hubwright::tools::certificate::fault::{self, FileFault};
use hubwright::tools::certificate::{read, to_pem, words};
use jiff::Timestamp;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

const HOST: &str = "hub.institute.example.org";

fn folder() -> &'static Path {
    static FOLDER: OnceLock<tempfile::TempDir> = OnceLock::new();
    FOLDER
        .get_or_init(|| {
            let folder = tempfile::tempdir().unwrap();
            support::certificates(folder.path(), HOST);
            folder
        })
        .path()
}

fn sh(script: &str) {
    let output = Command::new("bash").args(["-ec", script]).current_dir(folder()).output().unwrap();
    assert!(output.status.success(), "{script}: {}", support::text(&output));
}

fn bytes(name: &str) -> Vec<u8> {
    std::fs::read(folder().join(name)).unwrap()
}

fn text(name: &str) -> String {
    String::from_utf8(bytes(name)).unwrap()
}

fn der(name: &str) -> Vec<u8> {
    pem::parse(bytes(name)).unwrap().into_contents()
}

/// Key, certificate, intermediate and root as they stand in one file.
fn bundle() -> String {
    ["hub.key", "hub.crt", "inter.crt", "root.crt"].map(text).concat()
}

/// What these files give: the problems, and whether the chain is whole.
fn outcome(files: &[(&str, Vec<u8>)], passphrase: Option<&str>) -> (Vec<Problem>, String, Vec<String>) {
    let files: Vec<_> = files.iter().map(|(name, bytes)| ((*name).to_owned(), bytes.clone())).collect();
    let secret = passphrase.map(|text| Secret::from(text.to_owned()));
    let (found, faults) = read(&files, secret.as_ref());
    let verdict = judge(&found, None, HOST, Timestamp::now());
    let mut problems: Vec<Problem> = faults.into_iter().map(Problem::from).collect();
    problems.extend(verdict.problems().filter(|problem| problem.is_error()).cloned());
    (problems, verdict.pem(), verdict.repairs)
}

fn good(what: &str, files: &[(&str, Vec<u8>)], passphrase: Option<&str>) -> Vec<String> {
    let (problems, pem, repairs) = outcome(files, passphrase);
    assert!(problems.is_empty(), "{what}: {problems:?}");
    assert_eq!(pem, to_pem(&["hub.crt", "inter.crt", "root.crt"].map(der)), "{what}");
    repairs
}

/// Says so, and what to do with the words of `fix`.
fn says(what: &str, files: &[(&str, Vec<u8>)], passphrase: Option<&str>, word: &str, fix: &str) {
    let (problems, ..) = outcome(files, passphrase);
    let said = problems.iter().any(|problem| problem.what.contains(word) && problem.fix.contains(fix));
    assert!(said, "{what} says {word:?} and {fix:?}: {problems:?}");
}

fn utf16(text: &str, order: fn(u16) -> [u8; 2], mark: bool) -> Vec<u8> {
    mark.then_some(0xfeff).into_iter().chain(text.encode_utf16()).flat_map(order).collect()
}

fn quoted_printable(text: &str) -> String {
    let line = |line: &str| {
        let escaped = line.replace('=', "=3D");
        // Soft line breaks, as mail programs make them before 76 characters.
        escaped
            .as_bytes()
            .chunks(60)
            .map(|part| String::from_utf8_lossy(part).into_owned())
            .collect::<Vec<_>>()
            .join("=\r\n")
    };
    text.lines().map(line).collect::<Vec<_>>().join("\r\n")
}

fn wrapped(bytes: &[u8], width: usize, end: &str) -> String {
    let digits = STANDARD.encode(bytes);
    digits.as_bytes().chunks(width).map(|part| String::from_utf8_lossy(part).into_owned()).collect::<Vec<_>>().join(end)
}
