//! A program in the place of Terraform's AWS provider: it would run with a way to the user's credentials.

use super::support::{Home, answers, text};
use std::os::unix::fs::PermissionsExt;

#[test]
fn a_provider_that_the_lock_file_does_not_name_is_never_run() {
    let home = Home::new();
    let mirror = home.path().join("mirror");
    let folder = mirror.join("registry.terraform.io/hashicorp/aws/5.100.0/linux_amd64");
    std::fs::create_dir_all(&folder).unwrap();
    let ran = home.path().join("ran");
    let planted = folder.join("terraform-provider-aws_v5.100.0_x5");
    std::fs::write(&planted, format!("#!/bin/sh\nenv > '{}'\n", ran.display())).unwrap();
    std::fs::set_permissions(&planted, std::fs::Permissions::from_mode(0o755)).unwrap();
    let file = home.write("answers.toml", &answers("roman-sit"));
    let mut command = home.command(&["apply", &file, "--until", "deploy_roles"]);
    let output = command.env("TF_PLUGIN_MIRROR", &mirror).env_remove("TF_CLI_CONFIG_FILE").output().unwrap();
    let said = text(&output);
    assert!(!ran.exists(), "the planted program ran: {said}");
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("its checksum is not in the module's lock file"), "{said}");
    assert!(said.contains("Put HashiCorp's own release of it into the mirror that `"), "what to do: {said}");
    // Mended, the same page goes on.
    let output = home.run(&["apply", &file, "--until", "deploy_roles"]);
    assert!(output.status.success(), "{}", text(&output));
}

#[test]
fn every_module_ships_the_same_checksums_for_every_platform() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("blueprint");
    let mut locks = vec![];
    for module in root.read_dir().unwrap().flatten().map(|entry| entry.path()).filter(|path| path.is_dir()) {
        let lock = std::fs::read_to_string(module.join(".terraform.lock.hcl"));
        locks.push(lock.unwrap_or_else(|error| panic!("{}: {error}", module.display())));
    }
    assert!(locks.len() >= 3 && locks.iter().all(|lock| *lock == locks[0]), "one provider for all modules");
    // The provider is published for fourteen platforms; a fifteenth archive holds its manifest.
    assert_eq!(locks[0].matches("\"h1:").count(), 14);
    assert_eq!(locks[0].matches("\"zh:").count(), 15);
}

#[test]
fn dev_searches_no_disk_and_runs_nothing_it_downloaded_unchecked() {
    let dev = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/dev")).unwrap();
    for line in dev.lines().filter(|line| !line.trim_start().starts_with('#')) {
        assert!(!line.contains("find /"), "anybody can put a provider where the whole disk is searched: {line}");
        let piped = line.contains("curl ") && line.contains('|');
        assert!(!piped, "what comes is run or unpacked before it is compared with its sum: {line}");
    }
}
