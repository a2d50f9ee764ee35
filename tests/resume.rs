//! Killed at every journal point, and while a job runs: what was begun is taken up and done once.
#![allow(clippy::disallowed_methods, reason = "tests start and kill programs")]

mod support;

use hubwright::tools::job::{Job, Spec, State};
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};
use support::{Home, Kept, answers, text, wait};

const STEPS: [&str; 8] =
    ["deployment", "account", "tools", "deploy_roles", "architects", "secrets_setup_role", "secrets_store", "dns"];

#[test]
fn killed_at_every_journal_point_it_resumes_and_does_everything_once() {
    let home = Home::new();
    home.start_practice();
    let file = home.write("answers.toml", &answers("roman-sit"));
    let mut points = 0;
    for step in STEPS {
        for point in 1.. {
            let args = ["apply", file.as_str(), "--only", step];
            let killed = home.command(&args).env("HUBWRIGHT_FAILPOINT", point.to_string()).output().unwrap();
            if killed.status.signal() != Some(9) {
                assert!(killed.status.success(), "{step} without a kill: {}", text(&killed));
                assert!(point > 1, "{step} has journal points");
                break;
            }
            points += 1;
            let resumed = home.run(&args);
            assert!(resumed.status.success(), "{step} resumed after point {point}: {}", text(&resumed));
            undo(&home, step);
        }
    }
    assert!(points >= 15, "only {points} journal points were met");
    support::assert_world(&home);
}

/// Takes what the step made out of the account, as somebody else would, so that the next point finds work to do.
fn undo(home: &Home, step: &str) {
    match step {
        "architects" => drop(home.boto3("iam.remove_user_from_group(GroupName='roman-sit-terraform-architects', UserName='an-iam-user')")),
        "dns" => drop(home.boto3("z = r53.list_hosted_zones_by_name(DNSName='science.stsci.edu.')['HostedZones'][0]['Id']\nr = [r for r in r53.list_resource_record_sets(HostedZoneId=z)['ResourceRecordSets'] if r['Type']=='A'][0]\nr53.change_resource_record_sets(HostedZoneId=z, ChangeBatch={'Changes':[{'Action':'DELETE','ResourceRecordSet':r}]})")),
        "deploy_roles" => drop(home.boto3("iam.detach_group_policy(GroupName='roman-sit-terraform-architects', PolicyArn='arn:aws:iam::123456789012:policy/roman-sit-terraform-assume-deployment-role')\niam.delete_policy(PolicyArn='arn:aws:iam::123456789012:policy/roman-sit-terraform-assume-deployment-role')")),
        "secrets_setup_role" => drop(home.boto3("iam.detach_role_policy(RoleName='roman-sit-secrets-setup', PolicyArn='arn:aws:iam::123456789012:policy/roman-sit-secrets-setup')")),
        "secrets_store" => drop(home.boto3("iam.detach_role_policy(RoleName='roman-sit-secrets-decrypt', PolicyArn='arn:aws:iam::123456789012:policy/roman-sit-secrets-decrypt')")),
        _ => {}
    }
}

/// Starts `apply --only deploy_roles` with each write delayed, and waits until its Terraform applies.
fn begin(home: &Home, file: &str) -> Kept {
    home.run(&["apply", file, "--only", "deploy_roles", "--plan"]);
    home.fault(&serde_json::json!({ "service": "iam", "action": "CreateRole", "times": 1, "kind": { "delay": { "ms": 3000 } } }));
    let running = home
        .command(&["apply", file, "--only", "deploy_roles"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let log = home.path().join("deployments/roman-sit-staging/log/deploy_roles.log");
    let running = Kept(running);
    wait("Terraform to create", 120, || {
        std::fs::read_to_string(&log).ok().filter(|log| log.contains("aws_iam_role.architect: Creating..."))
    });
    running
}

fn job(home: &Home, file: &str) -> i32 {
    let path = home.path().join("deployments/roman-sit-staging/steps/deploy_roles/job").join(file);
    let json: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    json["pid"].as_i64().unwrap() as i32
}

#[test]
fn a_job_outlives_its_window_and_is_taken_up_again() {
    let home = Home::new();
    home.start_practice();
    let file = home.write("answers.toml", &answers("roman-sit"));
    assert!(home.run(&["apply", &file, "--until", "tools"]).status.success());
    let mut running = begin(&home, &file);
    let terraform = job(&home, "child.json");
    running.0.kill().unwrap();
    running.0.wait().unwrap();
    assert!(alive(terraform), "Terraform goes on without the window");
    let resumed = home.run(&["apply", &file]);
    assert!(resumed.status.success(), "{}", text(&resumed));
    let log = std::fs::read_to_string(home.path().join("deployments/roman-sit-staging/log/deploy_roles.log")).unwrap();
    assert_eq!(log.matches("aws_iam_role.architect: Creation complete").count(), 1, "the role is made once:\n{log}");
    support::assert_world(&home);

    // A child gets the rights of the identity its step names, for an hour, through the role's trust.
    let role = "arn:aws:iam::123456789012:role/roman-sit-terraform-architect";
    let vended = home.run(&["credentials", "--deployment", "roman-sit-staging", "--role", role]);
    let keys: serde_json::Value =
        serde_json::from_slice(&vended.stdout).unwrap_or_else(|_| panic!("{}", text(&vended)));
    assert_eq!(keys["Version"], 1);
    let [id, secret, token] = ["AccessKeyId", "SecretAccessKey", "SessionToken"].map(|key| keys[key].as_str().unwrap());
    let who = home.boto3(&format!("print(json.dumps(boto3.client('sts', endpoint_url=E, region_name='us-east-1', aws_access_key_id='{id}', aws_secret_access_key='{secret}', aws_session_token='{token}').get_caller_identity()['Arn']))"));
    assert!(who.as_str().unwrap().contains(":assumed-role/roman-sit-terraform-architect/hubwright"), "{who}");
    assert!(keys["Expiration"].as_str().unwrap().ends_with('Z'), "they end by themselves: {}", keys["Expiration"]);
    let unknown = home.run(&["credentials", "--deployment", "../other"]);
    assert_eq!(unknown.status.code(), Some(1), "{}", text(&unknown));
}

#[test]
fn a_killed_supervisor_and_a_killed_terraform_are_survived() {
    for victim in ["supervisor.json", "child.json"] {
        let home = Home::new();
        home.start_practice();
        let file = home.write("answers.toml", &answers("roman-sit"));
        assert!(home.run(&["apply", &file, "--until", "tools"]).status.success());
        let mut running = begin(&home, &file);
        Command::new("kill").args(["-9", &job(&home, victim).to_string()]).status().unwrap();
        let _ = running.0.wait();
        home.no_faults();
        let resumed = home.run(&["apply", &file]);
        assert!(resumed.status.success(), "after a kill of {victim}: {}", text(&resumed));
        support::assert_world(&home);
    }
}

/// Terraform writes its state in place, so a kill can leave nothing or half of it.
#[test]
fn a_state_that_was_cut_is_set_aside_and_everything_is_taken_over() {
    let home = Home::new();
    home.start_practice();
    let file = home.write("answers.toml", &answers("roman-sit"));
    assert!(home.run(&["apply", &file]).status.success());
    let state = home.path().join("deployments/roman-sit-staging/steps/deploy_roles/module/terraform.tfstate");
    let whole = std::fs::read_to_string(&state).unwrap();
    for cut in [0, whole.len() / 2] {
        std::fs::write(&state, &whole[..cut]).unwrap();
        undo(&home, "deploy_roles");
        let resumed = home.run(&["apply", &file]);
        assert!(resumed.status.success(), "cut at {cut}: {}", text(&resumed));
        support::assert_world(&home);
        assert!(state.with_extension("tfstate.damaged").exists(), "the half is kept");
    }
}

/// Terraform's cache of providers cannot take two at once, so whoever fills it has a turn, whatever window it is of.
#[tokio::test]
async fn jobs_of_one_turn_run_one_after_the_other_and_one_that_waits_can_be_stopped() {
    let home = Home::new();
    let (turn, done) = (home.path().join("turn"), home.path().join("done"));
    let held = std::fs::File::create(&turn).unwrap();
    held.lock().unwrap();
    let start = |name: &str| {
        let argv = vec!["touch".to_owned(), done.display().to_string()];
        let env = [("PATH".to_owned(), std::env::var("PATH").unwrap())].into();
        let spec = Spec { argv, cwd: home.path().to_owned(), env, turn: Some(turn.clone()) };
        Job::start(support::PROGRAM.as_ref(), &home.path().join(name), spec).unwrap()
    };
    let (waiting, stopped) = (start("waiting"), start("stopped"));
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    assert!(waiting.state() == State::Running && stopped.state() == State::Running && !done.exists());
    std::fs::write(home.path().join("stopped/stop"), "").unwrap();
    let ended = |job: &Job| match job.state() {
        State::Ended(code) => Some(code),
        _ => None,
    };
    assert_eq!(wait("the stopped one", 10, || ended(&stopped)), 130);
    assert!(!done.exists());
    held.unlock().unwrap();
    assert_eq!(wait("the other one", 10, || ended(&waiting)), 0);
    assert!(done.exists());
}

#[test]
fn a_provider_that_cannot_be_had_is_named_and_one_that_was_had_is_kept() {
    let home = Home::new();
    home.start_practice();
    let file = home.write("answers.toml", &answers("roman-sit"));
    assert!(home.run(&["apply", &file, "--until", "tools"]).status.success());
    let nowhere = home.path().join("mirror");
    std::fs::create_dir_all(&nowhere).unwrap();
    let config =
        home.write("mirror.tfrc", &format!("provider_installation {{ filesystem_mirror {{ path = {nowhere:?} }} }}"));
    let args = ["apply", file.as_str(), "--only", "deploy_roles"];
    let failed = home.command(&args).env("TF_CLI_CONFIG_FILE", config).output().unwrap();
    assert!(!failed.status.success());
    let said = "Terraform could not prepare the module: Failed to query available provider packages";
    assert!(text(&failed).contains(said), "{}", text(&failed));
    let again = home.run(&args);
    assert!(again.status.success(), "{}", text(&again));
    // Once it is there, the other modules take the same one; one that the lock file does not name is never run, which
    // `attacks/provider.rs` tries.
    let next = |step: &str| {
        let done = home.run(&["apply", &file, "--only", step]);
        assert!(done.status.success(), "{}", text(&done));
        let log = home.path().join(format!("deployments/roman-sit-staging/log/{step}.log"));
        std::fs::read_to_string(log).unwrap()
    };
    for step in ["secrets_setup_role", "secrets_store"] {
        let log = next(step);
        assert!(log.contains("from the shared cache directory") && !log.contains("- Installing"), "{log}");
    }
}

#[test]
fn two_at_once_on_one_deployment_are_refused() {
    let home = Home::new();
    home.start_practice();
    let file = home.write("answers.toml", &answers("roman-sit"));
    home.fault(&serde_json::json!({ "service": "sts", "times": 1, "kind": { "delay": { "ms": 3000 } } }));
    let first = Kept(home.command(&["apply", &file, "--until", "account"]).stdout(Stdio::null()).spawn().unwrap());
    std::thread::sleep(std::time::Duration::from_millis(800));
    let second = home.run(&["check", &file]);
    assert_eq!(second.status.code(), Some(1), "{}", text(&second));
    assert!(
        text(&second).contains("is open in another Hubwright. — Go on there, or close it first."),
        "{}",
        text(&second)
    );
    drop(first);
}

fn alive(pid: i32) -> bool {
    hubwright::tools::job::start_time(pid).is_some()
}
