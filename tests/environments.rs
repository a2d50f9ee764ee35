//! Two environments of one deployment: made together, kept apart, and one removed without the other noticing. And what an
//! answers file may say of them.
#![allow(clippy::disallowed_methods, reason = "tests start programs and write files")]

#[path = "support/hub.rs"]
mod hub;
#[path = "support/peers.rs"]
mod peers;
#[path = "support/session.rs"]
mod session;
mod support;

use hub::{FILE, World};
use serde_json::{Value as Json, json};
use support::{Home, answers, text};

const PROD: &str = "roman-sit-prod.science.stsci.edu";

/// The account as `support::WORLD` shows it.
fn account(world: &World) -> Json {
    world.home.boto3(support::WORLD)
}

fn records(account: &Json) -> Vec<String> {
    let all = account["records"].as_array().unwrap();
    all.iter().map(|one| one["Name"].as_str().unwrap().to_owned()).collect()
}

/// The README's example with the environment `prod`, with a certificate and a client of its own.
fn two(test: &str) -> Option<World> {
    let world = World::new(test)?;
    let folder = world.path("prod");
    std::fs::create_dir(&folder).unwrap();
    support::certificates(&folder, PROD);
    world.home.write("prod-secret.txt", "the secret of prod");
    let example = std::fs::read_to_string(&world.answers).unwrap();
    let named = example.replace("[deployment]\n", "[deployment]\nenvironments = [\"prod\"]\n");
    assert_ne!(example, named);
    let prod = "[dns]\ntarget = \"abc-123.us-east-1.elb.amazonaws.com\"\n[prod.certificate]\nfiles = [\"prod/hub.key\", \"prod/hub.crt\", \"prod/chain.pem\"]\n\
        [prod.mast]\nclient_id = \"prod-client\"\nclient_secret = { file = \"prod-secret.txt\" }\n\
        [prod.dns]\ntarget = \"def-456.us-east-1.elb.amazonaws.com\"\n";
    std::fs::write(&world.answers, format!("{named}\n{prod}")).unwrap();
    Some(world)
}

#[test]
fn two_environments_are_made_and_one_is_removed_without_the_other() {
    let Some(world) = two("two_environments_are_made_and_one_is_removed_without_the_other") else { return };
    let keys = ["hub_secrets: done", "prod.hub_secrets: done", "dns: done", "prod.dns: done", "prod.certificate: done"];
    let shown = world.expect("", 0, &keys);
    assert_eq!(shown.matches("deploy_roles: done").count(), 1, "what is shared is made once:\n{shown}");
    assert!(!shown.contains("prod.deploy_roles"), "{shown}");

    let both = account(&world);
    assert_eq!(records(&both), ["roman-sit.science.stsci.edu.", "roman-sit-prod.science.stsci.edu."]);
    let staging = world.file();
    let prod = staging.with_file_name("prod.yaml");
    let of = |file: &std::path::Path| world.sops(file);
    let client = |file: &Json| file.to_string().contains("prod-client");
    assert!(!client(&of(&staging)) && client(&of(&prod)), "each has its own client");
    assert!(
        of(&prod).to_string().contains("the%20secret%20of%20prod")
            || of(&prod).to_string().contains("the secret of prod")
    );
    assert_ne!(of(&staging)["jupyterhub"]["proxy"]["secretToken"], of(&prod)["jupyterhub"]["proxy"]["secretToken"]);
    let before = std::fs::read_to_string(&staging).unwrap();
    let answers = world.answers.display().to_string();

    let (status, shown) = world.script(&format!("$HW remove {answers} --environment prod"));
    assert_eq!(status, 0, "{shown}");
    for said in [
        "prod.dns: removed",
        "prod.hub_secrets: removed",
        "prod.certificate: removed",
        "secrets_store: stays",
        "deploy_roles: stays",
    ] {
        assert!(shown.contains(said), "{said:?} is not in:\n{shown}");
    }
    let mut left = account(&world);
    assert_eq!(records(&left), ["roman-sit.science.stsci.edu."]);
    let mut wanted = both.clone();
    for all in [&mut left, &mut wanted] {
        all["records"] = json!(null);
    }
    assert_eq!(left, wanted, "group, roles, policies, repository and key are as they were");
    let clone = world.clone("look");
    assert!(!clone.join("prod.yaml").exists() && clone.join(".sops.yaml").exists(), "its own file is gone");
    assert_eq!(std::fs::read_to_string(clone.join("staging.yaml")).unwrap(), before, "the other's is not touched");
    assert!(staging.exists() && !prod.exists(), "nor in the working copy");
    assert!(world.sops(&staging).is_object());
    let (status, shown) = world.script(&format!("$HW check {answers} --environment staging"));
    assert_eq!(status, 0, "{shown}");
    for said in ["hub_secrets: done", "certificate: done", "mast: done", "dns: done", "secrets_store: done"] {
        assert!(shown.contains(said), "{said:?} is not in:\n{shown}");
    }

    let (status, shown) = world.script(&format!("$HW remove {answers}"));
    assert_eq!(status, 0, "{shown}");
    let empty = account(&world);
    for kind in ["roles", "groups", "policies", "keys", "repositories", "records"] {
        assert!(empty[kind].as_array().is_none_or(Vec::is_empty), "{kind}: {empty}");
        assert!(empty[kind].as_object().is_none_or(serde_json::Map::is_empty), "{kind}: {empty}");
    }
    assert!(FILE.ends_with("staging.yaml") && !staging.exists());
}

#[test]
fn the_whole_is_removed_last_environment_first() {
    let home = Home::new();
    home.start_practice();
    let two = answers("roman-sit")
        .replace("environment = \"staging\"\n", "environment = \"staging\"\nenvironments = [\"prod\"]\n");
    let file =
        home.write("answers.toml", &format!("{two}[prod.dns]\ntarget = \"def-456.us-east-1.elb.amazonaws.com\"\n"));
    for pages in [["--until", "deploy_roles"], ["--only", "dns"], ["--only", "prod.dns"]] {
        let applied = home.run(&[&["apply", file.as_str()][..], &pages].concat());
        assert!(applied.status.success(), "{}", text(&applied));
    }
    let removed = home.run(&["remove", &file]);
    let shown = text(&removed);
    let at = |line: &str| shown.find(line).unwrap_or_else(|| panic!("{line:?} is not in:\n{shown}"));
    assert!(at("prod.dns: ") < at("\ndns: ") && at("\ndns: ") < at("deploy_roles: "), "{shown}");
    assert_eq!(removed.status.code(), Some(0), "{}", text(&removed));
    let names = home.boto3(support::WORLD);
    assert!(
        names["records"].as_array().unwrap().is_empty() && names["roles"].as_object().unwrap().is_empty(),
        "{names}"
    );
}

/// Runs the program on these answers; its status and what it said.
fn run(home: &Home, answers: &str, args: &[&str]) -> (Option<i32>, String) {
    let file = home.write("answers.toml", answers);
    let output = home.run(&[&[args[0], file.as_str()], &args[1..]].concat());
    (output.status.code(), text(&output))
}

fn named(more: &str, tables: &str) -> String {
    format!(
        "version = 1\n[deployment]\nname = \"roman-sit\"\nuser = \"an-iam-user\"\nregion = \"us-east-1\"\nzone = \"science.stsci.edu\"\n{more}\n{tables}"
    )
}

#[test]
fn everything_that_is_wrong_with_environments_is_told_at_once() {
    let home = Home::bare();
    let tables = "[prd.mast]\nclient_id = \"x\"\n[prod.deploy_roles]\nusers = []\n[staging.mast]\nclient_id = \"x\"\n\
        [prod.mast]\nclient = \"x\"\n[prod.dns]\ntarget = 3\n[test.mast]\nclient_id = \"y\"\n";
    let (status, shown) = run(&home, &named("environments = [\"prod\"]", tables), &["apply", "--only", "nothing"]);
    assert_eq!(status, Some(2), "{shown}");
    for said in [
        "prd.mast: There is no environment `prd`. — Write `prod.mast`",
        "prod.deploy_roles: `deploy_roles` is shared by all environments. — Write `deploy_roles`",
        "staging.mast: `staging` is the first environment, whose steps go by their own names. — Write `mast`",
        "prod.mast.client: The step has no field `client`.",
        "prod.dns.target: The value of `target` is of the wrong type.",
        "test.mast: There is no environment `test`. — Use `prod`",
        "--only: There is no step `nothing`.",
    ] {
        assert!(shown.contains(said), "{said:?} is not in:\n{shown}");
    }
    let more = "environments = [\"Prod\", \"dns\", \"staging\", \"version\", \"test\", \"test\", \"an-environment-with-a-name-of-its-own-that-does-not-fit\"]\nhost = \"hub.example.org\"\nhost_test = \"roman-sit.science.stsci.edu\"";
    let (status, shown) = run(&home, &named(more, ""), &["check"]);
    assert_eq!(status, Some(2), "{shown}");
    for said in [
        "deployment.environments: `Prod` cannot be the name of an environment.",
        "deployment.environments: `dns` has a meaning of its own in answers files.",
        "deployment.environments: `staging` is the first environment already.",
        "deployment.environments: `version` has a meaning of its own",
        "deployment.environments: `test` is listed twice.",
        "characters; 63 fit.",
        "deployment.host: `hub.example.org` is not a name in the zone.",
    ] {
        assert!(shown.contains(said), "{said:?} is not in:\n{shown}");
    }
    let (status, shown) = run(&home, &named("environments = [\"prod\"]", ""), &["check", "--environment", "prd"]);
    assert_eq!(status, Some(2), "{shown}");
    assert!(shown.contains("--environment: There is no environment `prd`. — Use `staging` or `prod`."), "{shown}");
    assert!(!home.path().join("deployments").exists(), "what is refused begins nothing");
}

#[test]
fn each_environment_has_an_address_of_its_own_which_a_person_may_choose() {
    let home = Home::bare();
    let (status, shown) = run(&home, &named("environments = [\"prod\"]", ""), &["apply", "--only", "deployment"]);
    assert_eq!((status, shown.contains("roman-sit.science.stsci.edu")), (Some(0), true), "{shown}");
    let more = "environments = [\"prod\"]\nhost = \"hub.science.stsci.edu\"\nhost_prod = \"hub.science.stsci.edu\"";
    let (status, shown) = run(&home, &named(more, ""), &["apply", "--only", "deployment"]);
    assert_eq!(status, Some(2), "{shown}");
    assert!(
        shown.contains("deployment.host_prod: `hub.science.stsci.edu` is the web address of another environment."),
        "{shown}"
    );
}

#[test]
fn a_second_deployment_of_one_name_is_refused_and_shown_the_way() {
    let home = Home::bare();
    let (status, shown) = run(&home, &named("", ""), &["apply", "--only", "deployment"]);
    assert_eq!(status, Some(0), "{shown}");
    let (status, shown) = run(&home, &named("environment = \"prod\"", ""), &["apply", "--only", "deployment"]);
    assert_eq!(status, Some(2), "{shown}");
    assert!(
        shown.contains("deployment.name: `roman-sit` is the name of another deployment")
            && shown.contains("environments = [\"prod\"]"),
        "{shown}"
    );
    let (status, shown) = run(&home, &named("environments = [\"prod\"]", ""), &["apply", "--only", "deployment"]);
    assert_eq!(status, Some(0), "the first one goes on:\n{shown}");
}

#[test]
fn the_list_of_steps_says_which_are_once_per_environment() {
    let output = Home::bare().run(&["steps", "--json"]);
    let steps: Json = serde_json::from_slice(&output.stdout).unwrap();
    let each: Vec<&str> = steps
        .as_array()
        .unwrap()
        .iter()
        .filter(|step| step["once_per_environment"] == true)
        .map(|step| step["id"].as_str().unwrap())
        .collect();
    assert_eq!(each, ["requests", "certificate", "mast", "hub_secrets", "dns"]);
}
