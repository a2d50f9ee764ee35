//! A program in the place of Terraform's AWS provider: it would run with a way to the user's credentials.

use crate::peers;
use crate::support::{Home, answers, text};
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

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
    assert!(said.contains("(its AWS provider) is not the one that HashiCorp published, so it is not used."), "{said}");
    assert!(said.contains("Put HashiCorp's own release of it into the mirror that `"), "what to do: {said}");
    // Mended, the same page goes on.
    let output = home.run(&["apply", &file, "--until", "deploy_roles"]);
    assert!(output.status.success(), "{}", text(&output));
}

#[test]
fn a_provider_is_never_added_to_the_lock_file() {
    let home = Home::new();
    let bin = home.path().join("bin");
    std::fs::create_dir(&bin).unwrap();
    let real = Command::new("sh").args(["-c", "command -v terraform"]).output().unwrap();
    // A lock file without checksums: Terraform by itself would take what it finds and write down that one's.
    let script = format!(
        "#!/bin/sh\nif [ \"$1\" = init ]; then\n  sed -i '/hashes = \\[/,/\\]/d' .terraform.lock.hcl\n  cp .terraform.lock.hcl '{0}/before'\n  '{1}' \"$@\" || exit\n  cp .terraform.lock.hcl '{0}/after'; exit\nfi\nexec '{1}' \"$@\"\n",
        bin.display(),
        text(&real).trim()
    );
    std::fs::write(bin.join("terraform"), script).unwrap();
    std::fs::set_permissions(bin.join("terraform"), PermissionsExt::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let file = home.write("answers.toml", &answers("roman-sit"));
    let output = home.command(&["apply", &file, "--until", "deploy_roles"]).env("PATH", &path).output().unwrap();
    let said = text(&output);
    // Terraform warns of it and goes on. The file that Hubwright lays out each time has checksums, as the test above shows.
    assert!(said.contains("deploy_roles: "), "{said}");
    let [before, lock] = ["before", "after"].map(|name| std::fs::read_to_string(bin.join(name)).unwrap());
    assert_eq!(lock, before, "it is as it was");
    assert!(lock.contains("hashicorp/aws") && !lock.contains("h1:") && !lock.contains("hashes"), "{lock}");
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

/// What bash says of a script that has functions of `./dev` in the variable `functions`.
fn with_dev(script: &str) -> String {
    let dev = concat!(env!("CARGO_MANIFEST_DIR"), "/dev");
    let own = "functions=$(sed -n '/^download() {/,/^}/p; /^signed_by_hashicorp() {/,/^}/p' \"$0\")\nsay() { :; }\nfail() { exit 1; }\n";
    let folder = tempfile::tempdir().unwrap();
    let script = format!("set -euo pipefail\n{own}{script}");
    text(&Command::new("bash").args(["-c", &script, dev]).current_dir(folder.path()).output().unwrap())
}

#[test]
fn dev_keeps_no_download_that_differs_by_a_byte() {
    let said = with_dev(
        r#"eval "$functions"
curl() { while [ $# -gt 1 ]; do [ "$1" != -o ] || cp sent "$2"; shift; done; }
printf 'as published' > sent
sum=$(sha256sum < sent | cut -d ' ' -f 1)
(download https://example.org/x "$sum" good)
cmp sent good && echo good
printf 'as publisheD' > sent
if (download https://example.org/x "$sum" bad) 2>/dev/null; then echo taken; fi
for left in bad bad.part; do if [ -e "$left" ]; then echo "$left is there"; fi; done
echo end
"#,
    );
    assert_eq!(said, "good\nend\n");
}

#[test]
fn dev_believes_hashicorps_signature_only() {
    if Command::new("gpg").arg("--version").output().is_err() {
        return peers::skip("dev_believes_hashicorps_signature_only", "no gpg");
    }
    // HashiCorp's own key cannot sign here, so another one stands in: with its fingerprint in the place of theirs.
    let said = with_dev(
        r#"own=$(mktemp -d)
pgp() { gpg --homedir "$own" --batch --quiet --pinentry-mode loopback --passphrase '' "$@" 2>/dev/null; }
pgp --quick-generate-key test ed25519 sign never
print=$(pgp --list-keys --with-colons | sed -n 's/^fpr:*\([0-9A-F]*\):$/\1/p' | head -n 1)
mkdir .ci
pgp --armor --export > .ci/hashicorp.asc
echo 'a sum  terraform.zip' > sums
pgp --output sums.sig --detach-sign sums
gpgconf --homedir "$own" --kill all
rm -rf "$own"
eval "$functions"
if signed_by_hashicorp sums; then echo 'another key is taken'; fi
eval "${functions//C874011F0AB405110D02105534365D9472D7468F/$print}"
if signed_by_hashicorp sums; then echo 'a good signature is taken'; fi
printf x >> sums
if signed_by_hashicorp sums; then echo 'a changed file is taken'; fi
echo end
"#,
    );
    assert_eq!(said, "a good signature is taken\nend\n");
    // The key that is shipped has that fingerprint.
    let key = concat!(env!("CARGO_MANIFEST_DIR"), "/.ci/hashicorp.asc");
    let ring = tempfile::tempdir().unwrap();
    let shown = Command::new("gpg")
        .args(["--homedir", &ring.path().display().to_string(), "--show-keys", "--with-colons", key])
        .output()
        .unwrap();
    assert!(text(&shown).contains("fpr:::::::::C874011F0AB405110D02105534365D9472D7468F:"), "{}", text(&shown));
}

#[test]
fn every_python_package_of_the_practice_account_has_its_checksum() {
    let wanted = include_str!("../../src-tauri/practice/moto/requirements.txt").replace("\\\n", " ");
    let packages: Vec<&str> = wanted.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')).collect();
    assert!(packages.len() > 20 && packages.iter().any(|line| line.starts_with("moto==")), "{packages:?}");
    for package in packages {
        assert!(package.contains("==") && package.contains("--hash=sha256:"), "{package}");
    }
}

#[test]
fn dev_test_checks_the_crates() {
    let dev = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/dev")).unwrap();
    let test = dev.split_once("\ntest | sweep)\n").unwrap().1.split_once(";;").unwrap().0;
    assert!(test.lines().any(|line| line.trim().starts_with("stage ") && line.ends_with(" deny")), "{test}");
    let deny = dev.split_once("\ndeny() {\n").unwrap().1.split_once("\n}").unwrap().0;
    for what in ["licenses", "sources", "bans", "advisories"] {
        assert!(deny.lines().any(|line| line.contains("cargo-deny\"") && line.contains(what)), "{what}");
    }
}
