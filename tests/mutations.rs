//! Readers of files that people edit, on what nobody wrote: no panic and no hang, whatever bytes come, and never a
//! problem without a fix. The readers of sops files and certificates have theirs in `sops.rs` and `certificate.rs`.
#![allow(clippy::disallowed_methods, reason = "tests write files")]

#[path = "support/random.rs"]
mod random;

use hubwright::answers::Answers;
use hubwright::tools::sops::rules;
use hubwright::tools::tfvars::{self, Var};
use hubwright::tools::{git_credential, placeholder};
use random::{Random, mutate};

fn mutated(text: &str, seed: u64) -> Vec<u8> {
    let mut random = Random::new(seed);
    let mut bytes = text.as_bytes().to_vec();
    for _ in 0..1 + random.below(6) {
        mutate(&mut random, &mut bytes);
    }
    bytes
}

#[test]
fn the_readers_of_edited_files_survive_any_mutation() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("answers.toml");
    let answers = "version = 1\n[deployment]\nname = \"roman-sit\"\n[certificate]\nfiles = [\"hub.key\", \"hub.crt\"]\n[mast]\nclient_secret = { file = \"x\" }\n";
    let vars = include_str!("../blueprint/kms-codecommit/codecommit.tfvars.template");
    let (mut read, mut refused) = (0, 0);
    for seed in 0..3000 {
        std::fs::write(&path, mutated(answers, seed)).unwrap();
        match Answers::read(&path, &hubwright::wizard::ids(), &[]) {
            Ok(file) if file.problems.is_empty() => read += 1,
            refused_by => {
                let problems = refused_by.map_or_else(|problems| problems, |file| file.problems);
                assert!(!problems.is_empty() && problems.iter().all(|problem| !problem.fix.is_empty()));
                refused += 1;
            }
        }
        let text = String::from_utf8_lossy(&mutated(vars, seed)).into_owned();
        if let Ok(text) =
            tfvars::set(&text, &[("region", Var::Text("r\"${x}".into())), ("repo_name", Var::List(vec!["a".into()]))])
        {
            // What it wrote it reads again, to the same text.
            assert_eq!(tfvars::set(&text, &[]).unwrap(), text, "seed {seed}");
        }
        let rules_text = String::from_utf8_lossy(&mutated(&rules::text("key", "role"), seed)).into_owned();
        rules::judge(&rules_text, "key", "role");
        placeholder::lint(&rules_text, "roman-sit", "123456789012");
        let _ = git_credential::asked(&String::from_utf8_lossy(&mutated(
            "protocol=https\nhost=h\npath=v1/repos/x\n",
            seed,
        )));
    }
    assert!(read > 100 && refused > 100, "both ends were met: {read} read, {refused} refused");
}
