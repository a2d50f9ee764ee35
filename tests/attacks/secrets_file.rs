//! A colleague who may push to the secrets repository, and may do nothing with the deployment's key, changes the file so
//! that she can read what Hubwright encrypts next. Each test pushes her file, lets Hubwright work with all that a person
//! would answer without looking, and then tries to open what is in the repository with everything she has.

use super::hub::{World, Written};
use super::{peers, support};
use hubwright::tools::sops::{DataKey, KmsKey, Map, Sealed, Value, write};
use jiff::Timestamp;

/// Her KMS key, which the role that reads may use too: on AWS her key's own policy is enough for that.
struct Colleague {
    arn: String,
    /// The data key she chose.
    chosen: [u8; 32],
    /// The same, wrapped by her key, base64.
    wrapped: String,
}

impl Colleague {
    fn new(world: &World) -> Colleague {
        let chosen = [7; 32];
        let made = world.home.boto3(
            "import base64\narn = c('kms').create_key(Description='hers')['KeyMetadata']['Arn']\n\
            iam.put_role_policy(RoleName='roman-sit-secrets-decrypt', PolicyName='hers', PolicyDocument=json.dumps({'Version': '2012-10-17', 'Statement': [{'Effect': 'Allow', 'Action': 'kms:*', 'Resource': arn}]}))\n\
            blob = c('kms').encrypt(KeyId=arn, Plaintext=bytes([7] * 32))['CiphertextBlob']\n\
            print(json.dumps([arn, base64.b64encode(blob).decode()]))",
        );
        let of = |n: usize| made[n].as_str().unwrap().to_owned();
        Colleague { arn: of(0), chosen, wrapped: of(1) }
    }

    fn entry(&self) -> KmsKey {
        KmsKey {
            arn: self.arn.clone(),
            role: Some("arn:aws:iam::123456789012:role/roman-sit-secrets-decrypt".into()),
            created_at: "2026-11-22T08:06:39Z".into(),
            enc: self.wrapped.clone(),
            ..KmsKey::default()
        }
    }

    /// Whether she can read the file in the repository: with the data key she chose, or with any that her key unwraps.
    fn reads(&self, world: &World) -> bool {
        let text = in_repository(world);
        let opens =
            |key: &[u8]| DataKey::of(key).is_ok_and(|key| Sealed::read(&text).and_then(|file| file.open(key)).is_ok());
        let theirs = Sealed::read(&text).unwrap().keys.into_iter().filter(|key| key.arn == self.arn);
        opens(&self.chosen)
            || theirs.into_iter().any(|key| {
                let plain = world.home.boto3(&format!(
                    "import base64\nprint(json.dumps(list(c('kms').decrypt(KeyId='{}', CiphertextBlob=base64.b64decode('{}'))['Plaintext'])))",
                    key.arn, key.enc
                ));
                let bytes: Vec<u8> = serde_json::from_value(plain).unwrap();
                opens(&bytes)
            })
    }
}

/// The file as it is in the repository now.
fn in_repository(world: &World) -> String {
    std::fs::read_to_string(world.clone("look").join("staging.yaml")).unwrap()
}

/// A world with the secrets written, and what is in the repository.
fn world(test: &str) -> Option<(Written, String)> {
    let world = World::written(test)?;
    let text = in_repository(&world);
    Some((world, text))
}

fn arn(text: &str) -> String {
    Sealed::read(text).unwrap().keys[0].arn.clone()
}

/// A person who answers everything that is asked, without looking: what would still not be given to her?
const CARELESS: &str = "[hub_secrets]\nproxy_token = \"new\"\nreplace_rules = true\n";
const ONLY: &str = "--only hub_secrets";

#[test]
fn a_data_key_of_the_pushers_choice_is_never_used() {
    let Some((world, good)) = world("a_data_key_of_the_pushers_choice") else { return };
    let hers = Colleague::new(&world);
    let mut values = Map::default();
    values.set(&["jupyterhub", "proxy", "secretToken"], Value::text("hers"));
    let ours = &Sealed::read(&good).unwrap().keys[0];
    let wrapped_by_hers = KmsKey { enc: hers.wrapped.clone(), ..ours.clone() };
    let garbage = KmsKey { enc: "AAAA".into(), ..ours.clone() };
    let now = Timestamp::now();
    // Our ARN on a garbage entry and hers in front; the other way round; hers under our ARN; ours intact beside hers.
    for entries in [
        vec![hers.entry(), garbage.clone()],
        vec![garbage.clone(), hers.entry()],
        vec![garbage, wrapped_by_hers.clone()],
        vec![wrapped_by_hers],
        vec![hers.entry(), ours.clone()],
    ] {
        let pushed = write(&values, &entries, &DataKey::of(&hers.chosen).unwrap(), now).unwrap();
        world.push("staging.yaml", &pushed);
        for answers in ["", CARELESS, &format!("{CARELESS}remove_others = true\n")] {
            world.write(answers);
            let (status, shown) = world.apply(ONLY);
            assert_eq!(status, 3, "{shown}");
            assert_eq!(in_repository(&world), pushed, "nothing is written that she could read:\n{shown}");
            assert!(shown.contains("changed last by colleague on"), "{shown}");
        }
        assert!(world.apply(ONLY).1.contains("hub_secrets: blocked"));
    }
}

#[test]
fn an_entry_that_was_added_beside_ours_is_shown_and_gets_no_new_key() {
    let Some((world, good)) = world("an_entry_that_was_added_beside_ours") else { return };
    let hers = Colleague::new(&world);
    let entry = format!(
        "        - arn: {}\n          aws_profile: \"\"\n          created_at: \"2026-11-22T08:06:39Z\"\n          enc: {}\n",
        hers.arn, hers.wrapped
    );
    let age = "    age:\n        - recipient: age1hers\n          enc: AAAA\n";
    for (added, who) in [
        (good.replace("    lastmodified:", &format!("{entry}    lastmodified:")), format!("kms {}", hers.arn)),
        (good.replace("    kms:\n", &format!("    kms:\n{entry}")), format!("kms {}", hers.arn)),
        (good.replace("sops:\n", &format!("sops:\n{age}")), "age age1hers".into()),
    ] {
        world.push("staging.yaml", &added);
        for answers in ["", CARELESS] {
            world.write(answers);
            let said = format!("staging.yaml can be opened by others too: {who} (changed last by colleague on ");
            world.expect(ONLY, 3, &["hub_secrets.recipients: ", &said]);
            assert_eq!(in_repository(&world), added, "nothing is written before a person answers");
        }
    }
    // Taken out: a new data key, everything encrypted anew.
    world.write("[hub_secrets]\nremove_others = true\n");
    world.expect("--only hub_secrets --plan", 0, &["a new file key is made, because somebody is taken out"]);
    world.expect(ONLY, 0, &["hub_secrets: done"]);
    let now = in_repository(&world);
    assert!(!now.contains("age1hers") && !now.contains(&hers.arn), "{now}");
    let sealed = |text: &str| -> Vec<String> {
        text.lines().filter(|line| line.contains("ENC[") || line.contains("enc: ")).map(str::to_owned).collect()
    };
    let before = sealed(&good);
    assert!(sealed(&now).iter().all(|line| !before.contains(line)), "every value is encrypted anew:\n{now}");
    assert!(!hers.reads(&world));
    // An old file of Hubwright's own, with a data key that somebody may have kept: seen, and not written under again.
    world.push("staging.yaml", &good);
    world.write(CARELESS);
    let shown = world.expect(ONLY, 3, &["an older file than the one written last"]);
    let code = code(&shown);
    world.write(&format!(
        "[hub_secrets]\nknown_differences = \"{code}\"\nproxy_token = \"new\"\nnew_file_key = false\n"
    ));
    world.expect("--only hub_secrets --plan", 0, &["because Hubwright did not make the present one"]);
    world.expect(ONLY, 0, &["hub_secrets: done"]);
    assert!(sealed(&in_repository(&world)).iter().all(|line| !before.contains(line)), "not under the old key");
}

#[test]
fn a_recipient_is_kept_where_a_person_names_it_and_a_later_one_asks_again() {
    let Some((world, good)) = world("a_recipient_is_kept_where_a_person_names_it") else { return };
    let colleague = Colleague::new(&world);
    // Theirs truly opens the file: real sops adds it, with rights on both keys.
    let path = world.home.path().join("shared.yaml");
    std::fs::write(
        &path,
        good.replace("          role: arn:aws:iam::123456789012:role/roman-sit-secrets-decrypt\n", ""),
    )
    .unwrap();
    let admin = world.home.practice()["admin"].clone();
    let mut sops = std::process::Command::new(peers::sops().unwrap());
    let added = world.run(sops.args(["rotate", "-i", "--add-kms", &colleague.arn]).arg(&path), &admin);
    assert!(added.status.success(), "{}", support::text(&added));
    world.push("staging.yaml", &std::fs::read_to_string(&path).unwrap());
    let shown = world.expect(ONLY, 3, &["hub_secrets.recipients: ", "hub_secrets.known_differences: "]);
    let named =
        format!("[hub_secrets]\nrecipients = [\"kms {}\"]\nknown_differences = \"{}\"\n", colleague.arn, code(&shown));
    world.write(&named);
    // Nobody here may use that key: a file without it is not written instead.
    world.expect(ONLY, 1, &["hub_secrets.recipients: The new file key cannot be encrypted for `kms "]);
    world.home.boto3(&format!("iam.put_user_policy(UserName='an-iam-user', PolicyName='theirs', PolicyDocument=json.dumps({{'Version': '2012-10-17', 'Statement': [{{'Effect': 'Allow', 'Action': 'kms:Encrypt', 'Resource': '{}'}}]}}))", colleague.arn));
    world.expect(ONLY, 0, &["hub_secrets: done"]);
    let now = in_repository(&world);
    let keys = Sealed::read(&now).unwrap().keys;
    assert_eq!(keys.iter().map(|key| key.arn.as_str()).collect::<Vec<_>>(), [&arn(&good), &colleague.arn]);
    assert_eq!(keys[1].role, None, "our role is written to our entry alone");
    assert!(colleague.reads(&world), "whom a person names is given the new file key");
    // Another one asks again, whatever was answered for the first.
    let third = now.replace("sops:\n", "sops:\n    age:\n        - recipient: age1other\n          enc: AAAA\n");
    world.push("staging.yaml", &third);
    world.expect(ONLY, 3, &["staging.yaml can be opened by others too: age age1other (changed last by colleague"]);
    // Kept with the data key as it is; a new one cannot be made for it, and that is said.
    world.write(&named.replace("\"]", "\", \"age age1other\"]"));
    world.expect(ONLY, 0, &["hub_secrets: done"]);
    world.write(
        &named
            .replace("\"]", "\", \"age age1other\"]")
            .replace("[hub_secrets]", "[hub_secrets]\nproxy_token = \"new\""),
    );
    world.expect(
        ONLY,
        3,
        &["needs a new file key, because", "Hubwright can give one to KMS keys only, not to age age1other."],
    );
    // No longer named: taken out, with a new key.
    world.write("[hub_secrets]\nremove_others = true\n");
    world.expect(ONLY, 0, &["hub_secrets: done"]);
    assert_eq!(Sealed::read(&in_repository(&world)).unwrap().recipients.len(), 1);
    assert!(!colleague.reads(&world));
}

/// The code that the page asks for, where a person knows the differences.
fn code(shown: &str) -> String {
    let after = shown.split("“Differences you know”: ").nth(1).unwrap_or_else(|| panic!("no code in {shown}"));
    after.split_whitespace().next().unwrap().trim_end_matches('.').to_owned()
}

#[test]
fn what_the_checksum_does_not_cover_is_shown_before_anything_is_encrypted() {
    let Some((world, good)) = world("what_the_checksum_does_not_cover") else { return };
    let role = "arn:aws:iam::123456789012:role/roman-sit-secrets-decrypt";
    let hers = "arn:aws:iam::123456789012:role/hers";
    for (pushed, what) in [
        (good.replace(role, hers), "setting `kms.role`"),
        (good.replace("aws_profile: \"\"", "aws_profile: hers"), "setting `kms.aws_profile`"),
        (good.replace("version: 3.9.4", "version: 3.2.0"), "setting `version`"),
        (good.replace("sops:\n", "# to be read\nsops:\n"), "comment after `"),
        (good.replace("    proxy:\n", "    added: null\n    proxy:\n"), "`jupyterhub.added`"),
        (good.replace("    proxy:\n", "    empty: \"\"\n    proxy:\n"), "`jupyterhub.empty`"),
        (good.replacen(",type:str]", ",type:bytes]", 1), "`jupyterhub.hub.config.GenericOAuthenticator.client_id`"),
    ] {
        assert_ne!(pushed, good, "{what}");
        world.push("staging.yaml", &pushed);
        for answers in ["", CARELESS] {
            world.write(answers);
            let (status, shown) = world.apply(ONLY);
            assert_eq!(status, 3, "{what}: {shown}");
            assert!(shown.contains("hub_secrets.known_differences: staging.yaml was changed in places that its checksum does not protect (changed last by colleague on"), "{what}: {shown}");
            assert!(shown.contains(what), "{what}: {shown}");
            assert_eq!(in_repository(&world), pushed, "{what}: nothing is written before a person answers");
        }
    }
    // A role that was changed is put right once a person knows of it, and in our entry alone.
    world.push("staging.yaml", &good.replace(role, hers));
    world.write("");
    let shown = world.apply(ONLY).1;
    let code = code(&shown);
    world.write(&format!("[hub_secrets]\nknown_differences = \"{code}\"\n"));
    world.expect(ONLY, 0, &["hub_secrets: done"]);
    assert_eq!(Sealed::read(&in_repository(&world)).unwrap().keys[0].role.as_deref(), Some(role));
    // A code is for what was shown with it, and for nothing else.
    world.push("staging.yaml", &in_repository(&world).replace("aws_profile: \"\"", "aws_profile: hers"));
    world.expect(ONLY, 3, &["hub_secrets.known_differences: "]);
}

#[test]
fn a_rule_that_would_leave_secrets_in_clear_is_refused() {
    let Some((world, good)) = world("a_rule_that_would_leave_secrets_in_clear") else { return };
    // No value of today ends so: the checksum holds, and those of the other layout would be in clear.
    let of_tomorrow = "By that rule sops would leave `jupyterhub.auth.custom.config.client_id` readable for everybody.";
    let of_today = "The encrypted file cannot be used: values were added, removed, moved or changed after";
    let guide = format!("{CARELESS}layout = \"guide\"\n");
    for (rule, answers, words) in [
        ("unencrypted_suffix: custom", guide.as_str(), of_tomorrow),
        ("unencrypted_suffix: oken", CARELESS, of_today),
        ("encrypted_suffix: _secret", CARELESS, of_today),
        ("unencrypted_regex: .*", CARELESS, "it picks values by `unencrypted_regex`"),
        ("encrypted_regex: ^x$", CARELESS, "it picks values by `encrypted_regex`"),
    ] {
        let pushed = good.replace("unencrypted_suffix: _unencrypted", rule);
        assert_ne!(pushed, good, "{rule}");
        world.push("staging.yaml", &pushed);
        world.write(answers);
        world.expect(ONLY, 3, &[words]);
        assert_eq!(in_repository(&world), pushed, "{rule}: nothing is written");
    }
    world.push("staging.yaml", &good);
    world.write("");
    world.expect(ONLY, 0, &["hub_secrets: done"]);
    let rules = std::fs::read_to_string(world.clone("rules").join(".sops.yaml")).unwrap();
    let key = arn(&good);
    for (pushed, words) in [
        (rules.replace(&key, "arn:aws:kms:us-east-1:123456789012:key/hers"), "names another key or role"),
        (format!("{rules}      age: age1hers\n"), "besides the key it says `age`"),
        (format!("{rules}      unencrypted_regex: .*\n"), "besides the key it says `unencrypted_regex`"),
    ] {
        world.push(".sops.yaml", &pushed);
        world.expect(ONLY, 3, &["hub_secrets.replace_rules: The repository has rules for sops (`.sops.yaml`)", words]);
    }
}
