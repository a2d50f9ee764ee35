//! From three certificate files and two MAST values to a repository in which real sops reads exactly the values, with the
//! deployer's rights only; and everything that can be wrong with that repository.
#![cfg(target_os = "linux")]
#![allow(clippy::disallowed_methods, reason = "tests start programs and look into files and processes")]

#[path = "support/hub.rs"]
mod hub;
#[path = "support/peers.rs"]
mod peers;
/// Its attacks need the worlds of this program.
#[path = "attacks/secrets_file.rs"]
mod secrets_file;
#[path = "support/session.rs"]
mod session;
mod support;

use hub::{HOST, SECRET, World};
use serde_json::{Value as Json, json};
use session::{contains, forms, search, session, watch};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use support::text;

#[test]
fn from_three_files_and_two_values_to_what_real_sops_prints_and_canaries_are_nowhere() {
    let Some(world) = World::new("from_three_files_and_two_values_to_what_real_sops_prints") else { return };
    // CodeCommit closed as for accounts that never had a repository: Terraform hears it, and the page says it.
    world.home.fault(&json!({ "service": "codecommit", "action": "CreateRepository", "times": 9, "kind": { "status": { "status": 400, "code": "OperationNotAllowedException", "message": "CreateRepository request is not allowed" } } }));
    world.expect(
        "--until secrets_store",
        1,
        &["secrets_store: failed — AWS does not let this account make git repositories (CodeCommit)."],
    );
    world.home.no_faults();
    let running = AtomicBool::new(true);
    let (shown, seen) = std::thread::scope(|scope| {
        let watching = scope.spawn(|| watch(&running, world.home.path()));
        let runs = [world.apply(""), world.apply("--only hub_secrets")];
        running.store(false, Ordering::SeqCst);
        (runs, watching.join().unwrap())
    });
    for (status, shown) in &shown {
        assert!(*status == 0 && shown.contains("hub_secrets: done — staging.yaml is encrypted and pushed."), "{shown}");
    }
    let shown = shown[0].1.clone();
    assert!(!shown.contains("dns: done"), "what was not asked for was not done");
    // Exactly the values, nothing more, as the deployer.
    let clone = world.clone("fresh");
    let plain = world.sops(&clone.join("staging.yaml"));
    let token = plain["jupyterhub"]["proxy"]["secretToken"].as_str().unwrap().to_owned();
    let random = token.len() == 64 && token.bytes().all(|b| b.is_ascii_hexdigit());
    assert!(random, "32 random bytes: {} characters", token.len());
    let encoded = percent_encoding::utf8_percent_encode(SECRET, percent_encoding::NON_ALPHANUMERIC).to_string();
    let read = |name: &str| std::fs::read_to_string(world.home.path().join(name)).unwrap();
    let site: toml::Value = toml::from_str(include_str!("../src-tauri/site/stsci.toml")).unwrap();
    let token_url = site["sign_in"]["token_url"].as_str().unwrap();
    assert_eq!(
        plain,
        json!({ "jupyterhub": {
            "hub": { "config": { "GenericOAuthenticator": {
                "client_id": "464f261c10bf04a8",
                "client_secret": SECRET,
                "token_url": format!("{token_url}?client_secret={encoded}"),
            } } },
            "proxy": {
                "secretToken": token,
                "https": { "manual": {
                    "key": read("hub.key"),
                    "cert": format!("{}{}", read("hub.crt"), read("chain.pem")),
                } },
            },
        } })
    );

    // The deployer alone may do nothing with the key; the role is what opens it.
    let without = std::fs::read_to_string(clone.join("staging.yaml")).unwrap();
    let without: String =
        without.lines().filter(|line| !line.contains("role: ")).map(|line| format!("{line}\n")).collect();
    let path = world.home.path().join("without.yaml");
    std::fs::write(&path, without).unwrap();
    let refused = world.run(Command::new(peers::sops().unwrap()).arg("--decrypt").arg(&path), &world.deployer());
    assert!(!refused.status.success(), "without the role it does not open: {}", text(&refused));

    // Canaries: in no output, argv, environment, file or git object. The inputs themselves and the keyring aside.
    for name in ["hub.key", "mast-secret.txt", "inter.key", "root.key"] {
        std::fs::rename(
            world.home.path().join(name),
            std::env::temp_dir().join(format!("hubwright-{}-{name}", std::process::id())),
        )
        .unwrap();
    }
    let key = std::fs::read_to_string(std::env::temp_dir().join(format!("hubwright-{}-hub.key", std::process::id())))
        .unwrap();
    let line = key.lines().nth(3).unwrap().to_owned();
    let objects = Command::new("git")
        .args(["cat-file", "--batch-all-objects", "--batch"])
        .current_dir(world.file().parent().unwrap())
        .output()
        .unwrap()
        .stdout;
    assert!(contains(&objects, b"creation_rules"), "git's objects were read");
    assert!(seen.len() > 20, "the watch saw Hubwright and its children");
    let places = [shown.into_bytes(), seen.into_iter().collect::<Vec<_>>().join("\n").into_bytes(), objects];
    for secret in [SECRET, &token, &line] {
        for canary in forms(secret) {
            for (at, place) in places.iter().enumerate() {
                assert!(!contains(place, &canary), "a canary of {} characters is in place {at}", secret.len());
            }
            search(world.home.path(), &canary);
        }
    }
    for name in ["hub.key", "mast-secret.txt", "inter.key", "root.key"] {
        let _ = std::fs::remove_file(std::env::temp_dir().join(format!("hubwright-{}-{name}", std::process::id())));
    }
}

/// As on AWS: what is made or changed in IAM and KMS is seen seconds later, and a change of DNS takes its time. Nothing is given
/// up or made twice for it, and nothing that is gone counts as being there.
#[test]
fn a_whole_deployment_is_made_and_removed_where_everything_is_seen_seconds_late() {
    let Some(world) = World::new("a_whole_deployment_is_made_and_removed_where_everything") else { return };
    let seen_after = |seconds: u32| {
        // As on AWS, Route 53 takes five calls a second then.
        let times = if seconds > 0 { "real" } else { "fast" };
        let times = json!({ "times": times, "visible_seconds": seconds, "insync_seconds": seconds }).to_string();
        let now: Json = serde_json::from_str(&world.home.gateway("POST", "settings", &times)).unwrap();
        assert_eq!((&now["visible_seconds"], &now["insync_seconds"]), (&json!(seconds), &json!(seconds)), "{now}");
    };
    seen_after(LATE);
    world.write("[dns]\ntarget = \"abc-123.us-east-1.elb.amazonaws.com\"\n");
    let shown = world.expect("", 0, &["secrets_store: done", "hub_secrets: done", "dns: done"]);
    // What is compared here is what there is, not what is seen so far.
    seen_after(0);
    support::assert_world(&world.home);
    seen_after(LATE);
    let (status, removed) = world.script(&format!("$HW remove {}", world.answers.display()));
    assert_eq!(status, 0, "{removed}\nafter\n{shown}");
    seen_after(0);
    let left = world.home.boto3(support::WORLD);
    for kind in ["roles", "groups", "policies", "repositories"] {
        assert_eq!(left[kind], json!({}), "no {kind} are left:\n{removed}");
    }
    assert_eq!((&left["keys"], &left["records"]), (&json!([]), &json!([])), "{removed}");
}

/// After how many seconds a change is seen: longer than the calls between a change and a look at it take.
const LATE: u32 = 12;

#[test]
fn one_value_is_rotated_and_the_rest_keeps_every_byte() {
    let Some(world) = World::written("one_value_is_rotated") else { return };
    let (before, token) =
        (std::fs::read_to_string(world.file()).unwrap(), world.value(&["jupyterhub", "proxy", "secretToken"]));
    let small = "[hub_secrets]\nnew_file_key = false\n";
    world.write(&format!("{small}proxy_token = \"new\"\n"));
    world.expect("--only hub_secrets --plan", 0, &["One value of staging.yaml changes; the rest stays as it is."]);
    world.expect("--only hub_secrets", 0, &["hub_secrets: done"]);
    let (after, rotated) =
        (std::fs::read_to_string(world.file()).unwrap(), world.value(&["jupyterhub", "proxy", "secretToken"]));
    assert_ne!(token, rotated, "the token is new");
    let differ: Vec<_> = before
        .lines()
        .zip(after.lines())
        .filter(|(a, b)| a != b)
        .map(|(a, _)| a.trim().split(':').next().unwrap())
        .collect();
    assert_eq!(differ, ["secretToken", "lastmodified", "mac"], "a small diff");
    world.expect("--only hub_secrets", 0, &["hub_secrets: done"]);
    assert_eq!(std::fs::read_to_string(world.file()).unwrap(), after, "asked again, it is not rotated again");
    // A new client secret changes its two places.
    world.home.write("mast-secret.txt", "another-secret");
    world.expect("--only mast", 0, &["mast: done"]);
    world.expect("--only hub_secrets --plan", 0, &["2 values of staging.yaml change; the rest stays as it is."]);
    world.expect("--only hub_secrets", 0, &["hub_secrets: done"]);
    assert_eq!(
        world.value(&["jupyterhub", "hub", "config", "GenericOAuthenticator", "client_secret"]),
        "another-secret"
    );
    // The other layout: the guide's keys, and none of the current ones.
    world.write(&format!("{small}layout = \"guide\"\n"));
    world.expect("--only hub_secrets", 0, &["hub_secrets: done"]);
    assert_eq!(world.value(&["jupyterhub", "auth", "custom", "config", "client_secret"]), "another-secret");
    let url = world.value(&["jupyterhub", "hub", "extraEnv", "OAUTH2_TOKEN_URL"]);
    assert!(url.as_str().unwrap().ends_with("?client_secret=another-secret"), "{url}");
    assert_eq!(world.value(&["jupyterhub", "hub", "config"]), Json::Null, "none of the other layout's keys");
    assert_eq!(world.value(&["jupyterhub", "proxy", "secretToken"]), rotated, "what both layouts have stays");
}

#[test]
fn every_strange_client_secret_arrives_as_it_is_or_is_refused() {
    let Some(world) = World::written("every_strange_client_secret") else { return };
    for secret in [
        "it's",
        "\"double\"",
        "#hash # more",
        "a: b",
        "100%",
        "%41&x=y",
        "ünï © 中",
        "- dash",
        "!tag",
        "{{ helm }}",
        "with space",
    ] {
        world.home.write("mast-secret.txt", &format!(" {secret}\n"));
        let shown = world.expect("--only mast", 0, &["mast: done", "had a space or line break around it"]);
        assert_eq!(secret.contains(' '), shown.contains("has a space inside"), "{secret}: {shown}");
        assert_eq!(!secret.is_ascii(), shown.contains("that English keyboards do not have"), "{secret}: {shown}");
        world.expect("--only hub_secrets", 0, &["hub_secrets: done"]);
        assert_eq!(world.value(&["jupyterhub", "hub", "config", "GenericOAuthenticator", "client_secret"]), secret);
    }
    world.home.write("mast-secret.txt", "two\nlines");
    world.expect("--only mast", 3, &["mast.client_secret: The client secret has a line break inside. — Copy it again"]);
    world.home.write("mast-secret.txt", "  \n");
    world.expect(
        "--only mast",
        2,
        &["mast.client_secret: `", "mast-secret.txt` is empty, and a secret was to be in it."],
    );
}

#[test]
fn what_the_sign_in_service_says_is_told() {
    let Some(world) = World::new("what_the_sign_in_service_says") else { return };
    world.expect("--only deployment", 0, &[]);
    world.expect("--until account", 0, &[]);
    let callback = format!("https://{HOST}/hub/oauth_callback");
    let tell = |clients: Json| world.home.gateway("POST", "oauth/clients", &clients.to_string());
    tell(json!({ "464f261c10bf04a8": callback }));
    let shown = world.expect("--only mast", 0, &["mast: done"]);
    assert!(!shown.contains("does not know") && !shown.contains("not the callback"), "{shown}");
    tell(json!({ "464f261c10bf04a8": "https://other.example.org/" }));
    world.expect(
        "--only mast",
        0,
        &["knows the client, but not the callback https://roman-sit.science.stsci.edu/hub/oauth_callback."],
    );
    tell(json!({ "another": callback }));
    world.expect("--only mast", 0, &["does not know this client yet."]);
}

/// Lets one user act as the role that reads, and nobody else.
fn trust(world: &World, who: &str) {
    world.home.boto3(&format!("iam.update_assume_role_policy(RoleName='roman-sit-secrets-decrypt', PolicyDocument=json.dumps({{'Version':'2012-10-17','Statement':[{{'Effect':'Allow','Principal':{{'AWS':'arn:aws:iam::123456789012:user/{who}'}},'Action':'sts:AssumeRole'}}]}}))"));
}

#[test]
fn everything_that_can_be_wrong_with_the_repository_is_said() {
    let Some(world) = World::written("everything_that_can_be_wrong_with_the_repository") else { return };
    let only = "--only hub_secrets";
    let good = std::fs::read_to_string(world.file()).unwrap();
    let rules = std::fs::read_to_string(world.file().with_file_name(".sops.yaml")).unwrap();

    // .sops.yaml edited by hand: shown and asked, then replaced with the way back in git.
    for (text, why) in [
        (rules.replace("secrets-encrypt", "secrets-decrypt"), "its first rule names another key or role"),
        (format!("{rules}    - path_regex: x\n      kms: k\n"), "it has 2 rules where one does"),
        ("creation_rules:\n  - path_regex: .*\n    age: age1qqq\n".into(), "it encrypts with age only"),
        (
            rules.replace(
                "+arn:aws:iam::123456789012:role/roman-sit-secrets-encrypt\"",
                "\"\n      role: \"arn:aws:iam::123456789012:role/roman-sit-secrets-decrypt\"",
            ),
            "its role stands on a line of its own, which sops ignores",
        ),
    ] {
        world.push(".sops.yaml", &text);
        world.expect(
            only,
            3,
            &["hub_secrets.replace_rules: The repository has rules for sops (`.sops.yaml`) that Hubwright did not write", why],
        );
    }
    world.write("[hub_secrets]\nreplace_rules = true\n");
    world.expect(only, 0, &["hub_secrets: done"]);
    world.write("");
    world.expect(only, 0, &["hub_secrets: done"]);

    // The file itself: wrong MAC, one flipped byte, in clear, with a key we may not use.
    let mac = good.lines().find(|line| line.contains("mac: ENC")).unwrap();
    let flip = |line: &str| line.replacen("data:", "data:A", 1).replacen(",iv:", "=,iv:", 1);
    let secret = good.lines().find(|line| line.contains("secretToken")).unwrap();
    let at = secret.find("data:").unwrap() + 6;
    let byte = if &secret[at..=at] == "A" { "B" } else { "A" };
    let flipped = format!("{}{byte}{}", &secret[..at], &secret[at + 1..]);
    for (text, why) in [
        (good.replace(mac, &flip(mac)), "values were added, removed, moved or changed"),
        (good.replace(secret, &flipped), "the value `jupyterhub.proxy.secretToken` was changed after it was encrypted"),
        (
            good.replace(secret, "        secretToken: in-clear"),
            "the value `jupyterhub.proxy.secretToken` stands in clear",
        ),
        ("jupyterhub:\n  proxy:\n    secretToken: in-clear\n".into(), "the file is not encrypted"),
        ("jupyterhub: [\n".into(), "is not as sops writes it"),
    ] {
        world.push("staging.yaml", &text);
        world.expect(only, 3, &["The encrypted file cannot be used: ", why]);
    }
    let other =
        world.home.boto3("print(json.dumps(c('kms').create_key(Description='of others')['KeyMetadata']['Arn']))");
    let plain = world.home.path().join("plain.yaml");
    std::fs::write(&plain, "jupyterhub:\n  proxy:\n    secretToken: theirs\n").unwrap();
    let admin = world.home.practice()["admin"].clone();
    let theirs = world.run(
        Command::new(peers::sops().unwrap()).args(["--encrypt", "--kms", other.as_str().unwrap()]).arg(&plain),
        &admin,
    );
    assert!(theirs.status.success(), "{}", text(&theirs));
    world.push("staging.yaml", &String::from_utf8(theirs.stdout).unwrap());
    let said = format!("is not encrypted for this deployment's key, but for: kms {}.", other.as_str().unwrap());
    world.expect(only, 3, &["staging.yaml (changed last by colleague on ", &said]);
    world.push("staging.yaml", &good);
    world.expect(only, 0, &["hub_secrets: done"]);

    // A role that does not trust us (any more), long after it was made: said at once.
    trust(&world, "administrator");
    world.expect(only, 3, &["The role roman-sit-secrets-decrypt does not let you act as it."]);
    trust(&world, "an-iam-user");

    // Another file of somebody's is left alone.
    world.push("README", "theirs");
    world.expect(only, 0, &["hub_secrets: done"]);
    let clone = world.clone("look");
    assert_eq!(std::fs::read_to_string(clone.join("README")).unwrap(), "theirs");

    // The clock: the password is refused, and it is said to be the clock.
    for (seconds, words) in [(1200, "clock is 20 minutes behind"), (-1200, "clock is 20 minutes ahead")] {
        world.home.fault(
            &json!({ "service": "codecommit", "action": "GitPull", "kind": { "skew": { "seconds": seconds } } }),
        );
        world.expect(only, 3, &[words]);
        world.home.no_faults();
    }
    // CodeCommit closed for the account.
    world.home.fault(&json!({ "service": "codecommit", "action": "ListRepositories", "times": 4, "kind": { "status": { "status": 400, "code": "OperationNotAllowedException", "message": "CreateRepository request is not allowed" } } }));
    world.expect("--only secrets_store", 1, &["AWS does not let this account make git repositories (CodeCommit)."]);
    world.home.no_faults();
}

#[test]
fn what_could_not_be_looked_at_has_failed_and_what_somebody_must_change_is_blocked() {
    let Some(world) = World::written("what_could_not_be_looked_at_has_failed") else { return };
    let only = "--only hub_secrets";
    let answer = |service: &str, action: &str, status: u16, code: &str| {
        world.home.fault(&json!({ "service": service, "action": action, "times": 50, "kind": { "status": { "status": status, "code": code, "message": "no" } } }));
    };
    for (service, action, status, code, words) in [
        ("codecommit", "GitPull", 503, "ServiceUnavailable", "Git could not fetch from the repository."),
        ("codecommit", "GitPull", 403, "AccessDenied", "The repository refused the password made for it."),
        (
            "sts",
            "AssumeRole",
            503,
            "ServiceUnavailable",
            "The role roman-sit-secrets-encrypt does not let you act as it.",
        ),
        ("kms", "Decrypt", 503, "KMSInternalException", "AWS refused `kms:Decrypt`"),
    ] {
        answer(service, action, status, code);
        let shown = world.expect(only, 1, &[words]);
        assert!(shown.contains("hub_secrets: failed — "), "{action} {status}: {shown}");
        world.home.no_faults();
    }
    // No repository is there any more: an earlier page makes it again.
    answer("codecommit", "GitPull", 404, "RepositoryDoesNotExistException");
    let shown = world.expect(only, 3, &["Make the repository again: it is not there."]);
    assert!(shown.contains("hub_secrets: blocked — "), "{shown}");
    world.home.no_faults();
    world.expect(only, 0, &["hub_secrets: done"]);
}

#[test]
fn a_push_of_somebody_else_in_between_is_taken_in_or_shown() {
    let Some(world) = World::written("a_push_of_somebody_else_in_between") else { return };
    let race = |file: &str, body: &str, change: &str| {
        world.home.write("mast-secret.txt", change);
        world.expect("--only mast", 0, &[]);
        // Made before, so that the colleague only pushes while our push is on its way.
        let clone = world.clone("colleague");
        std::fs::write(clone.join(file), body).unwrap();
        world.git(&clone, &["add", "-A"]);
        world.git(&clone, &["commit", "--quiet", "-m", "in between"]);
        world.home.gateway("DELETE", "calls", "");
        world.home.fault(
            &json!({ "service": "codecommit", "action": "GitPush", "times": 1, "kind": { "delay": { "ms": 6000 } } }),
        );
        std::thread::scope(|scope| {
            let ours = scope.spawn(|| world.apply("--only hub_secrets"));
            support::wait("our push", 60, || world.home.gateway("GET", "calls", "").contains("GitPush").then_some(()));
            world.git(&clone, &["push", "--quiet", "origin", "HEAD"]);
            ours.join().unwrap()
        })
    };
    let (status, shown) = race("notes.txt", "of a colleague", "second-secret");
    assert_eq!(status, 0, "{shown}");
    let clone = world.clone("look");
    assert!(clone.join("notes.txt").exists(), "theirs is kept");
    assert_eq!(
        world.value(&["jupyterhub", "hub", "config", "GenericOAuthenticator", "client_secret"]),
        "second-secret"
    );
    // The same file: nothing is overwritten, and it is said who changed it.
    let theirs = world.run(
        Command::new(peers::sops().unwrap())
            .args(["--set", "[\"jupyterhub\"][\"theirs\"] \"value\""])
            .arg(clone.join("staging.yaml")),
        &world.deployer(),
    );
    assert!(theirs.status.success(), "{}", text(&theirs));
    let changed = std::fs::read_to_string(clone.join("staging.yaml")).unwrap();
    let (status, shown) = race("staging.yaml", &changed, "third-secret");
    assert!(shown.contains("staging.yaml was changed in the repository meanwhile, by colleague on"), "{shown}");
    assert_eq!(status, 1, "{shown}");
    world.expect("--only hub_secrets", 0, &["hub_secrets: done"]);
    assert_eq!(world.value(&["jupyterhub", "theirs"]), "value", "what the colleague added with sops stays");
    assert_eq!(world.value(&["jupyterhub", "hub", "config", "GenericOAuthenticator", "client_secret"]), "third-secret");
}

#[test]
fn killed_at_any_journal_point_the_secrets_are_written_once() {
    let Some(world) = World::new("killed_at_any_journal_point_the_secrets") else { return };
    world.expect("--only deployment", 0, &[]);
    assert!(world.killed_at_each_point("--only certificate") >= 2);
    let Some(world) = World::ready("killed_at_any_journal_point_the_secrets") else { return };
    let killed = world.killed_at_each_point("--only hub_secrets");
    assert!(killed >= 4, "before and after the push among them: {killed}");
    let log = world.git(&world.clone("look"), &["log", "--format=%s"]);
    assert_eq!(log.trim(), "Secrets of staging.yaml", "one commit: {log}");
    assert_eq!(world.value(&["jupyterhub", "hub", "config", "GenericOAuthenticator", "client_secret"]), SECRET);
}

#[test]
fn certificate_files_that_are_wrong_are_told_all_at_once_and_nothing_entered_is_lost() {
    let Some(world) = World::new("certificate_files_that_are_wrong") else { return };
    world.expect("--only deployment", 0, &[]);
    let answers = std::fs::read_to_string(&world.answers).unwrap();
    world.home.write("page.pem", "<!DOCTYPE html><html>");
    world.home.write("empty.pem", "");
    let wrong = answers.replace("\"chain.pem\", ", "\"page.pem\", \"empty.pem\", ");
    std::fs::write(&world.answers, &wrong).unwrap();
    world.expect(
        "--only certificate",
        3,
        &[
            "certificate.files: `page.pem` is a web page, not a certificate.",
            "certificate.files: `empty.pem` is empty.",
            "certificate.files: The chain ends at “roman-sit.science.stsci.edu”",
        ],
    );
    std::fs::write(&world.answers, answers.replace("hub.key", "no-such.key")).unwrap();
    world.expect(
        "--only certificate",
        2,
        &["certificate.files: Hubwright cannot read", "no-such.key`. — Check that this path is right"],
    );
    // A key made here: the request is shown, the page waits, and takes what comes back.
    let make = |files: &str| {
        format!(
            "{}[certificate]\nway = \"make\"\n{files}\n[mast]{}",
            answers.split("[certificate]").next().unwrap(),
            answers.split("[mast]").nth(1).unwrap()
        )
    };
    // Where something that cannot be read may be what is missing at the top, the page asks, and its button mends it.
    let plain = "openssl req -x509 -newkey rsa:2048 -nodes -keyout top.key -out top.crt -days 30 -subj '/CN=Institute Top' 2>/dev/null; \
        openssl req -newkey rsa:2048 -nodes -keyout mid.key -out mid.csr -subj '/CN=Institute CA' 2>/dev/null; \
        openssl x509 -req -in mid.csr -CA top.crt -CAkey top.key -set_serial 2 -days 30 -out mid.crt -extfile <(printf 'basicConstraints=critical,CA:TRUE') 2>/dev/null; \
        openssl req -new -key hub.key -out plain.csr -subj /CN=hub; \
        openssl x509 -req -in plain.csr -CA mid.crt -CAkey mid.key -set_serial 3 -days 30 -out plain.crt -extfile <(printf \"subjectAltName=DNS:$HOST\") 2>/dev/null; \
        sed 's/MII/M/' top.crt > torn.crt";
    let made =
        Command::new("bash").env("HOST", HOST).args(["-ec", plain]).current_dir(world.home.path()).output().unwrap();
    assert!(made.status.success(), "{}", text(&made));
    let chosen = "[certificate]\nfiles = [\"hub.key\", \"plain.crt\", \"mid.crt\", \"torn.crt\"]\n[mast]";
    let parts = (answers.split("[certificate]").next().unwrap(), answers.split("[mast]").nth(1).unwrap());
    std::fs::write(&world.answers, format!("{}{chosen}{}", parts.0, parts.1)).unwrap();
    world.expect("--only certificate --json", 3, &["Leave torn.crt out"]);
    // The first run with something that does not do makes the key all the same, and says what is wrong.
    std::fs::write(&world.answers, make("files = [\"chain.pem\"]")).unwrap();
    world.expect("--only certificate", 3, &["certificate.files: There is no certificate of the hub in what you chose"]);
    std::fs::write(&world.answers, make("")).unwrap();
    world.expect(
        "--only certificate",
        3,
        &[
            "certificate.files: The certificate has not come back yet. — Send the request to whoever signs",
            "/steps/certificate/request.csr`",
        ],
    );
    // What is shown to be handed out is all of it: the public half of a key is no secret.
    let shown = world.expect("--only certificate --json", 3, &["Next, the request goes to whoever signs"]);
    let request = world.home.path().join("deployments/roman-sit-staging/steps/certificate/request.csr");
    let whole = std::fs::read_to_string(&request).unwrap().trim().replace('\n', "\\n");
    assert!(whole.contains("BEGIN CERTIFICATE REQUEST") && shown.contains(&whole), "{shown}");
    // Another kind chosen later changes nothing of the key that is out, and that is said.
    std::fs::write(&world.answers, make("key_kind = \"ec-p256\"")).unwrap();
    world.expect("--only certificate", 3, &["The key that was made here is RSA, 2048 bits; the kind chosen now"]);
    // Until it is said that the first may go: then one of that kind is made, once.
    let kind_of = || {
        let path = world.home.path().join("deployments/roman-sit-staging/steps/certificate/request.csr");
        let shown = Command::new("openssl").args(["req", "-noout", "-text", "-in"]).arg(path).output().unwrap();
        text(&shown).contains("id-ecPublicKey")
    };
    assert!(!kind_of());
    std::fs::write(&world.answers, make("key_kind = \"ec-p256\"\nforget_request = true")).unwrap();
    world.expect("--only certificate --plan", 0, &["The key that was made here before goes"]);
    world.expect("--only certificate", 3, &["The certificate has not come back yet."]);
    assert!(kind_of(), "another one was made in its place");
    // What was said of the first is not said of the second, which is out too. Said anew, it is.
    let forget = make("forget_request = true");
    std::fs::write(&world.answers, &forget).unwrap();
    world.expect(
        "--only certificate",
        3,
        &["The key that was made here is EC", "The certificate has not come back yet."],
    );
    assert!(kind_of(), "the second stays");
    std::fs::write(&world.answers, make("")).unwrap();
    world.expect("--only certificate", 3, &["The certificate has not come back yet."]);
    std::fs::write(&world.answers, &forget).unwrap();
    world.expect("--only certificate", 3, &["The certificate has not come back yet."]);
    assert!(!kind_of(), "and back");
    std::fs::write(&world.answers, make("")).unwrap();
    // What the page names is there, also where somebody deleted it or put another one in its place.
    let first = std::fs::read_to_string(&request).unwrap();
    std::fs::remove_file(&request).unwrap();
    world.expect("--only certificate", 3, &["/steps/certificate/request.csr`"]);
    assert!(request.exists(), "it is written anew");
    let other = format!(
        "openssl req -new -key hub.key -subj /CN=x -addext subjectAltName=DNS:{HOST} -out {}",
        request.display()
    );
    let made = Command::new("bash").args(["-ec", &other]).current_dir(world.home.path()).output().unwrap();
    assert!(made.status.success(), "{}", text(&made));
    world.expect("--only certificate", 3, &["The certificate has not come back yet."]);
    let second = request.with_file_name("request-2.csr");
    assert!(!second.exists(), "of a request nothing is lost by writing it again");
    assert_eq!(std::fs::read_to_string(&request).unwrap(), first, "RSA signs the same request the same way");
    // What is no request is somebody's, such as IT's answer saved under that name: the request stands beside it.
    std::fs::copy(world.path("hub.crt"), &request).unwrap();
    world.expect("--only certificate", 3, &["/steps/certificate/request-2.csr`"]);
    assert_eq!(std::fs::read(&request).unwrap(), std::fs::read(world.path("hub.crt")).unwrap(), "it is left alone");
    assert_eq!(std::fs::read_to_string(&second).unwrap(), first);
    std::fs::rename(&second, &request).unwrap();
    // So is a note beside it.
    std::fs::write(&request, format!("Sent to IT on Monday.\n{first}")).unwrap();
    world.expect("--only certificate", 3, &["/steps/certificate/request-2.csr`"]);
    assert!(std::fs::read_to_string(&request).unwrap().starts_with("Sent to IT on Monday."));
    std::fs::rename(&second, &request).unwrap();
    // What was pasted is told as that, with a way out of its own.
    std::fs::write(&world.answers, make(&format!("pasted = {{ file = {request:?} }}"))).unwrap();
    let said = "certificate.pasted: `what you pasted` is a certificate request, not a certificate. — Send the request";
    world.expect("--only certificate", 3, &[said]);
    std::fs::write(&world.answers, make("files = [\"hub.crt\", \"chain.pem\"]")).unwrap();
    world.expect("--only certificate", 3, &["does not belong to the certificate of roman-sit.science.stsci.edu"]);
    // Files with another key are taken, and the key of the request is kept: what comes back for it is still taken.
    std::fs::write(&world.answers, &answers).unwrap();
    world.expect("--only certificate", 0, &["certificate: done", "The key made here is kept."]);
    let sign = format!(
        "openssl x509 -req -in {} -CA inter.crt -CAkey inter.key -set_serial 7 -days 90 -out back.crt -extfile <(echo subjectAltName=DNS:{HOST})",
        request.display()
    );
    let signed = Command::new("bash").args(["-ec", &sign]).current_dir(world.home.path()).output().unwrap();
    assert!(signed.status.success(), "{}", text(&signed));
    std::fs::write(
        &world.answers,
        answers.replace("\"hub.key\", \"hub.crt\"", "\"back.crt\"").replace("\"hub.crt\", \"hub.key\"", "\"back.crt\""),
    )
    .unwrap();
    assert!(std::fs::read_to_string(&world.answers).unwrap().contains("back.crt"), "{answers}");
    world.expect("--only certificate", 0, &["certificate: done"]);
    // It may go where the person says so.
    let forget = answers.replace("[certificate]\n", "[certificate]\nforget_request = true\n");
    std::fs::write(&world.answers, forget).unwrap();
    let shown = world.expect("--only certificate", 0, &["certificate: done"]);
    assert!(!shown.contains("The key made here is kept") && !request.exists(), "{shown}");
    world.expect("--only certificate", 0, &["certificate: done"]);
    std::fs::write(&world.answers, &answers).unwrap();
    world.expect("--only certificate", 0, &["certificate: done"]);
    // A key that belongs to nothing, chosen first, is left out; the one that fits is used.
    std::fs::write(&world.answers, answers.replace("\"chain.pem\", ", "\"other.key\", \"chain.pem\", ")).unwrap();
    let made = Command::new("openssl")
        .args(["genrsa", "-out", "other.key", "2048"])
        .current_dir(world.home.path())
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", text(&made));
    world.expect("--only certificate", 0, &["certificate: done"]);
    // The key that was taken in from files is none that was made here: who wants one made gets one.
    std::fs::write(&world.answers, make("files = []")).unwrap();
    world.expect(
        "--only certificate",
        3,
        &["The certificate has not come back yet.", "/steps/certificate/request.csr`"],
    );
    let names = Command::new("openssl").args(["req", "-noout", "-pubkey", "-in"]).arg(&request).output().unwrap();
    let own = Command::new("openssl").args(["pkey", "-pubout", "-in"]).arg(world.path("hub.key")).output().unwrap();
    assert!(names.status.success() && own.status.success(), "{}{}", text(&names), text(&own));
    assert_ne!(names.stdout, own.stdout, "the request is for a new key");
    // The files are taken again where somebody thinks otherwise.
    std::fs::write(&world.answers, &answers).unwrap();
    world.expect("--only certificate", 0, &["certificate: done", "The key made here is kept."]);
}

#[test]
fn a_secret_that_the_site_profile_names_is_asked_for_and_written() {
    let Some(world) = World::new("a_secret_that_the_site_profile_names") else { return };
    let profile = format!(
        "{}\n[[secrets]]\nname = \"archive_token\"\nlabel = \"Archive token\"\npath = [\"jupyterhub\", \"hub\", \"extraEnv\", \"ARCHIVE_TOKEN\"]\n",
        include_str!("../src-tauri/site/stsci.toml")
    );
    let profile = world.home.write("site.toml", &profile);
    let answers = std::fs::read_to_string(&world.answers)
        .unwrap()
        .replace("[account]", &format!("site_file = \"{profile}\"\n[account]"));
    std::fs::write(&world.answers, format!("{answers}[hub_secrets]\nlayout = \"current\"\n")).unwrap();
    world.expect("", 2, &["hub_secrets.archive_token: “Archive token” is missing."]);
    std::fs::write(&world.answers, format!("{answers}[hub_secrets]\narchive_token = {{ file = \"token.txt\" }}\n"))
        .unwrap();
    world.home.write("token.txt", "t0ken: # odd");
    world.expect("", 0, &["hub_secrets: done"]);

    // A trust that is not known everywhere yet, right after it was made: waited for.
    trust(&world, "administrator");
    std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(std::time::Duration::from_secs(6));
            trust(&world, "an-iam-user")
        });
        world.expect("--only hub_secrets", 0, &["hub_secrets: done"]);
    });
    let log = world.home.path().join("deployments/roman-sit-staging/log/hub_secrets.log");
    let log = std::fs::read_to_string(log).unwrap();
    assert!(log.contains("Waiting until AWS lets you act as roman-sit-secrets-decrypt"), "{log}");
    assert_eq!(world.value(&["jupyterhub", "hub", "extraEnv", "ARCHIVE_TOKEN"]), "t0ken: # odd");
}

#[test]
fn without_a_keychain_no_secret_is_taken_and_it_is_said() {
    let Some(world) = World::new("without_a_keychain_no_secret_is_taken") else { return };
    // A keyring with a password, for the session that does not open it.
    session(&world.home, "unlocked", "true");
    for (keyring, said) in [("absent", "There is no keychain"), ("locked", "The keychain is locked.")] {
        let script = format!("timeout 60 $HW apply {} --until mast; echo \"status $?\"", world.answers.display());
        let shown = text(&session(&world.home, keyring, &script));
        assert!(shown.contains("status 2"), "{keyring}: {shown}");
        assert!(shown.contains(&format!("mast.client_secret: {said}")), "{keyring}: {shown}");
        search(&world.home.path().join("deployments"), SECRET.as_bytes());
    }
}

#[test]
fn a_changed_secret_or_another_reader_makes_a_new_file_key() {
    let Some(world) = World::written("a_changed_secret_or_another_reader") else { return };
    let only = "--only hub_secrets";
    let sealed = || -> Vec<String> {
        let text = std::fs::read_to_string(world.file()).unwrap();
        text.lines().filter(|line| line.contains("ENC[") || line.contains("enc: ")).map(str::to_owned).collect()
    };
    let anew = |before: &[String], why: &str| {
        world.expect("--only hub_secrets --plan", 0, &[why, "every value is encrypted anew."]);
        world.expect(only, 0, &["hub_secrets: done"]);
        let now = sealed();
        assert_eq!(now.len(), before.len());
        assert!(now.iter().all(|line| !before.contains(line)), "{why}: {now:?}");
        now
    };
    let first = sealed();
    world.home.write("mast-secret.txt", "another-secret");
    world.expect("--only mast", 0, &[]);
    let second = anew(&first, "because a secret changes");
    let client_secret = ["jupyterhub", "hub", "config", "GenericOAuthenticator", "client_secret"];
    assert_eq!(world.value(&client_secret), "another-secret", "real sops opens it with the new key");
    // Who may act as the role is whom the file is for. The switch is about secrets, and does not stop this.
    world.write("[hub_secrets]\nnew_file_key = false\n");
    world.home.boto3("iam.update_assume_role_policy(RoleName='roman-sit-secrets-decrypt', PolicyDocument=json.dumps({'Version':'2012-10-17','Statement':[{'Effect':'Allow','Principal':{'AWS':['arn:aws:iam::123456789012:user/an-iam-user','arn:aws:iam::123456789012:user/administrator']},'Action':'sts:AssumeRole'}]}))");
    anew(&second, "because others than before may act as the roles that read it");
    world.expect(only, 0, &["hub_secrets: done"]);
    assert_eq!(world.value(&client_secret), "another-secret");
}

#[test]
fn a_persons_edit_in_the_working_copy_survives_a_check_and_a_write() {
    let Some(world) = World::written("a_persons_edit_in_the_working_copy") else { return };
    let only = "--only hub_secrets";
    let (good, folder) = (std::fs::read_to_string(world.file()).unwrap(), world.file().parent().unwrap().to_owned());
    let edited = format!("{good}# an edit that is not finished\n");
    std::fs::write(world.file(), &edited).unwrap();
    std::fs::write(folder.join("notes.txt"), "a person's").unwrap();
    world.expect(
        only,
        0,
        &["hub_secrets: done", "The working copy holds edits that are not in the repository (staging.yaml)"],
    );
    assert_eq!(std::fs::read_to_string(world.file()).unwrap(), edited, "a check reads only");
    let own = world.home.path().join("deployments/roman-sit-staging/steps/hub_secrets");
    let left =
        std::fs::read_dir(own).unwrap().flatten().any(|entry| entry.file_name().to_string_lossy().starts_with("sops-"));
    assert!(!left, "the copy for real sops is gone");
    // A write moves it aside, and says where.
    world.write("[hub_secrets]\nproxy_token = \"new\"\n");
    let shown = world.expect(only, 0, &["hub_secrets: done"]);
    let aside = || -> Vec<_> {
        let beside = std::fs::read_dir(folder.parent().unwrap()).unwrap().flatten();
        beside.map(|entry| entry.path()).filter(|path| path.to_string_lossy().contains("secrets.aside-")).collect()
    };
    let kept = aside();
    assert_eq!(kept.len(), 1, "{shown}");
    assert_eq!(std::fs::read_to_string(kept[0].join("staging.yaml")).unwrap(), edited);
    assert_eq!(std::fs::read_to_string(kept[0].join("notes.txt")).unwrap(), "a person's");
    assert_ne!(std::fs::read_to_string(world.file()).unwrap(), edited);
    // A working copy without the file, as on another computer, gets it.
    std::fs::remove_dir_all(&folder).unwrap();
    world.expect(only, 0, &["hub_secrets: done"]);
    assert!(world.file().exists());
    // Damaged in any way it is made anew: it is only a cache.
    let git = folder.join(".git");
    let damages: [&dyn Fn(); 5] = [
        &|| std::fs::write(git.join("index.lock"), "").unwrap(),
        &|| std::fs::write(git.join("index"), "no index").unwrap(),
        &|| std::fs::write(git.join("HEAD"), "").unwrap(),
        &|| std::fs::remove_dir_all(git.join("refs")).unwrap(),
        &|| {
            let objects = git.join("objects");
            let damage = "find . -type f -exec chmod u+w {} + -exec truncate -s 10 {} +";
            assert!(Command::new("sh").args(["-c", damage]).current_dir(objects).status().unwrap().success());
        },
    ];
    for (n, damage) in damages.iter().enumerate() {
        damage();
        world.home.write("mast-secret.txt", &format!("secret-{n}"));
        world.expect("--only mast", 0, &[]);
        world.expect(only, 0, &["hub_secrets: done"]);
        let value = world.value(&["jupyterhub", "hub", "config", "GenericOAuthenticator", "client_secret"]);
        assert_eq!(value, format!("secret-{n}"), "damage {n}");
    }
    assert_eq!(aside().len(), 1, "nothing of a person's was in those");
}

#[test]
fn a_key_that_is_disabled_or_deleted_is_told_from_a_file_that_somebody_changed() {
    let Some(world) = World::written("a_key_that_is_disabled_or_deleted") else { return };
    let only = "--only hub_secrets";
    let refuse = |code: &str| {
        world.home.no_faults();
        world.home.fault(&json!({ "service": "kms", "action": "Decrypt", "kind": { "status": { "status": 400, "code": code, "message": "no" } } }));
    };
    let key = "k = [k['KeyId'] for k in c('kms').list_keys()['Keys'] if c('kms').describe_key(KeyId=k['KeyId'])['KeyMetadata']['Description'].startswith('Secrets of')][0]\n";
    let does = |what: &str| world.home.boto3(&format!("{key}c('kms').{what}"));
    // As KMS refuses, and with the key truly in that state, which is told with its date where one may ask.
    for (code, make, undo, words) in [
        (
            "DisabledException",
            "disable_key(KeyId=k)",
            "enable_key(KeyId=k)",
            "of this deployment's secrets is disabled.",
        ),
        (
            "KMSInvalidStateException",
            "schedule_key_deletion(KeyId=k, PendingWindowInDays=30)",
            "cancel_key_deletion(KeyId=k)",
            "of this deployment's secrets opens nothing at the moment.",
        ),
        ("NotFoundException", "enable_key(KeyId=k)", "enable_key(KeyId=k)", "of this deployment's secrets is deleted"),
    ] {
        does(make);
        refuse(code);
        let shown = world.expect(only, 3, &[words]);
        assert!(!shown.contains("changed last by") && !shown.contains("whoever"), "{code}: nobody is blamed: {shown}");
        world.home.no_faults();
        does(undo);
        does("enable_key(KeyId=k)");
    }
    refuse("IncorrectKeyException");
    world.expect(
        only,
        3,
        &["The entry of this deployment's key in staging.yaml was damaged or replaced (changed last by"],
    );
    world.home.no_faults();
    world.expect(only, 0, &["hub_secrets: done"]);
}

#[test]
fn killed_at_any_journal_point_a_new_token_is_made_once() {
    let Some(world) = World::written("killed_at_any_journal_point_a_new_token") else { return };
    world.write("[hub_secrets]\nproxy_token = \"new\"\n");
    let killed = world.killed_at_each_point("--only hub_secrets");
    assert!(killed >= 4, "before and after the push among them: {killed}");
    let log = world.git(&world.clone("look"), &["log", "--format=%s"]);
    assert_eq!(log.lines().count(), 2, "the first file and one rotation: {log}");
}
