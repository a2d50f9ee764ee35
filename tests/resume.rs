//! Killed at every journal point, and while a job runs: what was begun is taken up and done once.
#![allow(clippy::disallowed_methods, reason = "tests start and kill programs")]

mod support;

use hubwright::engine::context::MemoryVault;
use hubwright::engine::{Deployment, Jobs, StepState};
use hubwright::tools::Tools;
use hubwright::tools::home::Home as Folder;
use hubwright::tools::machine::process::Process;
use hubwright::tools::machine::{JobId, Local, Machine, Offsets, Signal, Spec, State};
use hubwright::{practice, wizard};
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;
use support::{Home, Kept, answers, text, wait};

const STEPS: [&str; 8] =
    ["deployment", "account", "tools", "deploy_roles", "architects", "secrets_setup_role", "secrets_store", "dns"];

/// The other two modules are applied by the same lines as `deploy_roles`, and each kill of one costs a minute: they are
/// killed by `./dev sweep` only.
const SWEPT: [&str; 2] = ["secrets_setup_role", "secrets_store"];

#[test]
fn killed_at_every_journal_point_it_resumes_and_does_everything_once() {
    let home = Home::new();
    home.start_practice();
    let file = home.write("answers.toml", &answers("roman-sit"));
    let mut points = 0;
    for step in STEPS {
        let args = ["apply", file.as_str(), "--only", step];
        if SWEPT.contains(&step) && !support::sweeps() {
            continue;
        }
        for point in 1.. {
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
    match support::sweeps() {
        true => support::assert_world(&home),
        false => assert_eq!(ours(&home), counts(1, 1, 4, 0)),
    }
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

/// The program, started with `args`; nobody hears what it says.
fn started(home: &Home, args: &[&str]) -> Kept {
    Kept(home.command(args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
}

/// Starts `apply --only deploy_roles` with each write delayed, and waits until its Terraform applies.
fn begin(home: &Home, file: &str) -> Kept {
    home.run(&["apply", file, "--only", "deploy_roles", "--plan"]);
    home.fault(&serde_json::json!({ "service": "iam", "action": "CreateRole", "times": 1, "kind": { "delay": { "ms": 3000 } } }));
    let running = started(home, &["apply", file, "--only", "deploy_roles"]);
    let log = home.path().join("deployments/roman-sit-staging/log/deploy_roles.log");
    wait("Terraform to create", 120, || {
        std::fs::read_to_string(&log).ok().filter(|log| log.contains("aws_iam_role.architect: Creating..."))
    });
    running
}

/// The folders of a step's jobs, those that do `purpose`; all where that is empty.
fn jobs(home: &Home, step: &str, purpose: &str) -> Vec<PathBuf> {
    let folder = home.path().join("deployments/roman-sit-staging/steps").join(step).join("jobs");
    let all = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let part = if purpose.is_empty() { "-".to_owned() } else { format!("-{purpose}-") };
    all.filter(|path| path.file_name().unwrap().to_string_lossy().contains(&part)).collect()
}

/// The process that a job wrote down in `file`.
fn process(job: &std::path::Path, file: &str) -> Option<u32> {
    let json: serde_json::Value = serde_json::from_slice(&std::fs::read(job.join(file)).ok()?).ok()?;
    Some(json["pid"].as_u64()? as u32)
}

fn job(home: &Home, file: &str) -> u32 {
    let found = jobs(home, "deploy_roles", "apply");
    assert_eq!(found.len(), 1, "one job applies: {found:?}");
    process(&found[0], file).unwrap()
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
    let resumed = home.run(&["apply", &file, "--until", "deploy_roles"]);
    assert!(resumed.status.success(), "{}", text(&resumed));
    let log = std::fs::read_to_string(home.path().join("deployments/roman-sit-staging/log/deploy_roles.log")).unwrap();
    assert_eq!(log.matches("aws_iam_role.architect: Creation complete").count(), 1, "the role is made once:\n{log}");
    assert_eq!(ours(&home), counts(1, 1, 4, 0));

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

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_ended_while_nobody_was_there_is_taken_up_and_not_said_to_have_stopped() {
    let home = Home::new();
    home.start_practice();
    let file = home.write("answers.toml", &answers("roman-sit"));
    assert!(home.run(&["apply", &file, "--until", "tools"]).status.success());
    let mut running = begin(&home, &file);
    running.0.kill().unwrap();
    running.0.wait().unwrap();
    let job = jobs(&home, "deploy_roles", "apply").remove(0);
    wait("Terraform to end by itself", 120, || job.join("exit").exists().then_some(()));
    // As the window opens it.
    let folder = Folder::at(home.path().to_owned()).unwrap();
    let tools = Arc::new(Tools::new(folder.clone(), PathBuf::from(support::PROGRAM)));
    tools.set_practice(practice::known(&folder).await);
    let id = "roman-sit-staging";
    let vault = Arc::new(MemoryVault::default());
    let deployment = Deployment::open(&folder.deployment(id), id, wizard::chapters(), vault, tools).unwrap();
    deployment.resume(Duration::ZERO);
    let state = || deployment.view("deploy_roles").unwrap().state;
    assert_eq!(state(), StepState::Running, "nothing else is offered meanwhile");
    wait("the page to be done", 120, || (state() == StepState::Done).then_some(()));
    let told = deployment.logbook(false).unwrap();
    let words: Vec<&str> =
        told.iter().filter(|entry| entry.page == "Deploy roles").map(|entry| entry.word.as_str()).collect();
    assert_eq!(words.first(), Some(&"Done"), "{told:?}");
    assert!(!words.contains(&"Stopped half-way") && words.contains(&"Change"), "{told:?}");
    let log = std::fs::read_to_string(home.path().join("deployments/roman-sit-staging/log/deploy_roles.log")).unwrap();
    assert_eq!(log.matches("aws_iam_role.architect: Creation complete").count(), 1, "the role is made once:\n{log}");
    assert_eq!(ours(&home), counts(1, 1, 4, 0));
}

#[tokio::test]
async fn only_what_changed_something_and_ended_by_itself_is_to_be_taken_in() {
    let home = tempfile::tempdir().unwrap();
    let tools = Tools::new(Folder::at(home.path().join("home")).unwrap(), PathBuf::from(support::PROGRAM));
    let machine = tools.machine(home.path().join("jobs"));
    for (purpose, script, wanted) in [
        ("apply", "exit 0", true),
        ("remove", "exit 1", true),
        ("plan", "exit 0", false),
        ("apply", "kill -9 $PPID $$", false),
    ] {
        let spec = Spec {
            argv: ["sh", "-c", script].map(str::to_owned).to_vec(),
            cwd: home.path().to_owned(),
            env: [("PATH".to_owned(), std::env::var("PATH").unwrap())].into(),
            purpose: purpose.to_owned(),
            turn: None,
        };
        let job = machine.spawn(&spec).await.unwrap();
        wait("its end", 20, || matches!(machine.state(&job), Ok(State::Ended(_) | State::Lost)).then_some(()));
        assert_eq!(tools.ended_unseen(&job.0), wanted, "{purpose}: {script}");
        machine.forget(&job).await.unwrap();
        assert!(!tools.ended_unseen(&job.0), "what was taken in is forgotten");
    }
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
        let resumed = home.run(&["apply", &file, "--until", "deploy_roles"]);
        assert!(resumed.status.success(), "after a kill of {victim}: {}", text(&resumed));
        assert_eq!(ours(&home), counts(1, 1, 4, 0), "after a kill of {victim}");
    }
}

/// Terraform writes its state in place, so a kill can leave nothing or half of it.
#[test]
fn a_state_that_was_cut_is_set_aside_and_everything_is_taken_over() {
    let home = Home::new();
    home.start_practice();
    let file = home.write("answers.toml", &answers("roman-sit"));
    let apply = ["apply", file.as_str(), "--until", "deploy_roles"];
    assert!(home.run(&apply).status.success());
    let made = home.boto3(support::WORLD);
    let state = home.path().join("deployments/roman-sit-staging/steps/deploy_roles/module/terraform.tfstate");
    let whole = std::fs::read_to_string(&state).unwrap();
    for cut in [0, whole.len() / 2] {
        std::fs::write(&state, &whole[..cut]).unwrap();
        undo(&home, "deploy_roles");
        let resumed = home.run(&apply);
        assert!(resumed.status.success(), "cut at {cut}: {}", text(&resumed));
        assert_eq!(home.boto3(support::WORLD), made, "cut at {cut}");
        let aside = state.with_extension("tfstate.damaged-");
        let aside = aside.file_name().unwrap().to_string_lossy().into_owned();
        let kept = std::fs::read_dir(state.parent().unwrap()).unwrap().flatten();
        let kept = kept.filter(|entry| entry.file_name().to_string_lossy().starts_with(&aside)).count();
        // To Terraform an empty file is no state, and not a damaged one.
        assert_eq!(kept, usize::from(cut > 0), "the half is kept");
    }
}

/// Terraform's cache of providers cannot take two at once, so whoever fills it has a turn, whatever window it is of.
#[tokio::test]
async fn jobs_of_one_turn_run_one_after_the_other_and_one_that_waits_can_be_stopped() {
    let home = Home::new();
    let (turn, done) = (home.path().join("turn"), home.path().join("done"));
    let held = std::fs::File::create(&turn).unwrap();
    held.lock().unwrap();
    let machine = Local::new(support::PROGRAM.into(), home.path().join("jobs"));
    let argv = vec!["touch".to_owned(), done.display().to_string()];
    let env = [("PATH".to_owned(), std::env::var("PATH").unwrap())].into();
    let spec = Spec { purpose: "touch".into(), argv, cwd: home.path().to_owned(), env, turn: Some(turn.clone()) };
    let (waiting, stopped) = (machine.spawn(&spec).await.unwrap(), machine.spawn(&spec).await.unwrap());
    assert_ne!(waiting, stopped, "no job gets the folder of another");
    let state = async |job: &JobId| machine.poll(job, Offsets::default()).await.unwrap().state;
    let ended = async |job: &JobId| {
        for _ in 0..200 {
            match state(job).await {
                State::Ended(code) => return Some(code),
                _ => tokio::time::sleep(std::time::Duration::from_millis(50)).await,
            }
        }
        None
    };
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    assert!(state(&waiting).await == State::Running && state(&stopped).await == State::Running && !done.exists());
    assert!(!machine.signal(&stopped, Signal::Interrupt).await.unwrap(), "it has not begun");
    assert_eq!(ended(&stopped).await, Some(130));
    assert!(!done.exists());
    held.unlock().unwrap();
    assert_eq!(ended(&waiting).await, Some(0));
    assert!(done.exists());
    let names: Vec<JobId> = machine.jobs().await.unwrap().into_iter().map(|(job, _)| job).collect();
    assert_eq!(names, [waiting.clone(), stopped.clone()], "they stay until they are forgotten, in their order");
    machine.forget(&waiting).await.unwrap();
    assert_eq!(machine.jobs().await.unwrap().len(), 1);
}

/// A program and its children, of which one goes on after its parent was killed, as a provider of Terraform does.
#[tokio::test]
async fn a_killed_job_is_seen_to_be_lost_and_what_it_started_is_ended() {
    let home = Home::bare();
    let machine = Local::new(support::PROGRAM.into(), home.path().join("jobs"));
    let script = "sleep 300 & echo $! > child; echo started; wait";
    let argv = ["sh", "-c", script].map(str::to_owned).into();
    let env = [("PATH".to_owned(), std::env::var("PATH").unwrap())].into();
    let spec = Spec { purpose: "sleep".into(), argv, cwd: home.path().to_owned(), env, turn: None };
    for victims in [&["child.json"][..], &["supervisor.json", "child.json"], &["supervisor.json"]] {
        let job = machine.spawn(&spec).await.unwrap();
        let poll = async || machine.poll(&job, Offsets::default()).await.unwrap();
        while poll().await.out.is_empty() {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        let folder = home.path().join("jobs").join(&job.0);
        // The supervisor writes down whom it started while that one is printing already.
        let program = wait("the program to be noted", 5, || process(&folder, "child.json"));
        let started = home.path().join("child");
        let started: u32 = std::fs::read_to_string(started).unwrap().trim().parse().unwrap();
        for victim in victims {
            Command::new("kill").args(["-9", &process(&folder, victim).unwrap().to_string()]).status().unwrap();
        }
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        if *victims == ["supervisor.json"] {
            assert_eq!(poll().await.state, State::Running, "the program goes on without its supervisor");
            assert!(machine.signal(&job, Signal::Interrupt).await.unwrap(), "and can be told");
        }
        let supervised = *victims == ["child.json"];
        let wanted = if supervised { State::Ended(128 + 9) } else { State::Lost };
        // A computer that is busy takes a while to end it.
        for _ in 0..100 {
            if poll().await.state != State::Running {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        assert_eq!(poll().await.state, wanted, "{victims:?}");
        assert!(!alive(program), "{victims:?}");
        if !supervised {
            wait("what it started to end", 5, || (!alive(started)).then_some(()));
        }
        Command::new("kill").args(["-9", &started.to_string()]).status().unwrap();
    }
}

/// A signal is for the program of a job and for what that started, as Terraform starts its providers.
#[tokio::test]
async fn a_job_that_is_killed_ends_with_what_it_started() {
    let home = Home::bare();
    let machine = Local::new(support::PROGRAM.into(), home.path().join("jobs"));
    let argv = ["sh", "-c", "sleep 300 & echo $! > new; mv new child; wait"].map(str::to_owned).into();
    let env = [("PATH".to_owned(), std::env::var("PATH").unwrap())].into();
    let spec = Spec { purpose: "sleep".into(), argv, cwd: home.path().to_owned(), env, turn: None };
    let job = machine.spawn(&spec).await.unwrap();
    let noted = home.path().join("child");
    let started: u32 =
        wait("the program to start another", 20, || std::fs::read_to_string(&noted).ok()?.trim().parse().ok());
    let folder = home.path().join("jobs").join(&job.0);
    wait("the program to be noted", 20, || process(&folder, "child.json"));
    assert!(alive(started) && machine.signal(&job, Signal::Kill).await.unwrap());
    wait("what it started to end", 20, || (!alive(started)).then_some(()));
    let state = async || machine.poll(&job, Offsets::default()).await.unwrap().state;
    for _ in 0..100 {
        if state().await != State::Running {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(state().await, State::Ended(128 + 9), "its supervisor lives and writes down how it ended");
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
    // Once it is there, the next module takes the same one; one that the lock file does not name is never run, which
    // `attacks/provider.rs` tries.
    let done = home.run(&["apply", &file, "--only", "secrets_setup_role"]);
    assert!(done.status.success(), "{}", text(&done));
    let log = home.path().join("deployments/roman-sit-staging/log/secrets_setup_role.log");
    let log = std::fs::read_to_string(log).unwrap();
    assert!(log.contains("from the shared cache directory") && !log.contains("- Installing"), "{log}");
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

fn alive(pid: u32) -> bool {
    Process::of(pid).is_some()
}

/// Which processes a kill hits.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Victims {
    /// `hubwright apply` or `remove` alone; its jobs go on.
    Program(&'static str),
    /// The program, the supervisors and Terraform, all at once.
    All,
}

const MODULES: [&str; 3] = ["deploy_roles", "secrets_setup_role", "secrets_store"];

/// The processes of all jobs of all modules that live.
fn at_work(home: &Home) -> Vec<u32> {
    let jobs = MODULES.iter().flat_map(|step| jobs(home, step, ""));
    let processes = jobs.flat_map(|job| ["supervisor.json", "child.json"].map(|file| process(&job, file)));
    processes.flatten().filter(|pid| alive(*pid)).collect()
}

/// Runs `args` and kills `victims` with the first job after `moment`. False where it had ended by then.
fn killed_after(home: &Home, args: &[&str], moment: std::time::Duration, victims: Victims) -> bool {
    let mut running = started(home, args);
    std::thread::sleep(moment);
    let victims_of_job = wait("a job, or the end", 120, || {
        let jobs = at_work(home);
        (jobs.len() > 1 || running.0.try_wait().unwrap().is_some()).then_some(jobs)
    });
    if running.0.try_wait().unwrap().is_some() {
        return false;
    }
    let kill = |signal: &str, pid: u32| drop(Command::new("kill").args([signal, &pid.to_string()]).output());
    match victims {
        Victims::Program(signal) => kill(signal, running.0.id()),
        Victims::All => {
            kill("-KILL", running.0.id());
            victims_of_job.into_iter().for_each(|pid| kill("-KILL", pid));
            // One that was just begun is written down a moment later.
            wait("the death of all of its jobs", 10, || {
                let left = at_work(home);
                left.iter().for_each(|pid| kill("-KILL", *pid));
                left.is_empty().then_some(())
            });
        }
    }
    // Asked to end, it waits for its jobs; that may take as long as one call of theirs.
    let ended = wait("the program to end", 60, || running.0.try_wait().unwrap());
    if let Victims::Program("-INT" | "-TERM") = victims {
        assert_eq!(at_work(home), Vec::<u32>::new(), "it passed the signal on, and waited");
    }
    ended.code() != Some(0)
}

#[test]
fn an_interrupt_is_passed_on_and_waited_for_and_a_second_one_ends_at_once() {
    let home = Home::new();
    home.start_practice();
    let file = home.write("answers.toml", &answers("roman-sit"));
    assert!(home.run(&["apply", &file, "--until", "tools"]).status.success());
    let interrupt = |of: &Kept| drop(Command::new("kill").args(["-INT", &of.0.id().to_string()]).status());
    let mut running = begin(&home, &file);
    let terraform = job(&home, "child.json");
    interrupt(&running);
    std::thread::sleep(std::time::Duration::from_millis(300));
    assert!(running.0.try_wait().unwrap().is_none(), "it waits for what is in hand");
    interrupt(&running);
    let ended = wait("the end at once", 2, || running.0.try_wait().unwrap());
    assert_eq!(ended.code(), Some(130));
    // Whoever comes next waits for it, and is interrupted in turn.
    let earlier = at_work(&home);
    let mut next = started(&home, &["apply", &file, "--only", "deploy_roles"]);
    wait("Terraform's end", 60, || (!alive(terraform)).then_some(()));
    wait("a job of its own", 60, || at_work(&home).into_iter().find(|pid| !earlier.contains(pid)));
    interrupt(&next);
    let ended = wait("the end of what is in hand", 60, || next.0.try_wait().unwrap());
    assert!(!matches!(ended.code(), Some(0 | 130)), "{ended:?}");
    assert_eq!(at_work(&home), Vec::<u32>::new(), "nothing goes on behind it");
    let last = home.run(&["apply", &file, "--only", "deploy_roles"]);
    assert!(last.status.success(), "{}", text(&last));
    assert_eq!(ours(&home), counts(1, 1, 4, 0));
}

/// What is ours in the account: names of groups, roles, policies, repositories, and of keys that are not on their way out.
fn ours(home: &Home) -> serde_json::Value {
    home.boto3("kms, cc = c('kms'), c('codecommit')\nkeys = [kms.describe_key(KeyId=k['KeyId'])['KeyMetadata'] for k in kms.list_keys()['Keys']]\nprint(json.dumps({'groups': len(iam.list_groups()['Groups']), 'roles': len(iam.list_roles()['Roles']), 'policies': len(iam.list_policies(Scope='Local')['Policies']), 'repositories': len(cc.list_repositories()['repositories']), 'keys': len([k for k in keys if k['KeyState'] == 'Enabled' and k['Description'].startswith('Secrets of')]), 'aliases': len([a for a in kms.list_aliases()['Aliases'] if a['AliasName'] == 'alias/roman-sit-secrets'])}))")
}

/// As `ours`, of a world with this many. A repository, its key and the key's name go together.
fn counts(groups: u8, roles: u8, policies: u8, stores: u8) -> serde_json::Value {
    serde_json::json!({ "groups": groups, "roles": roles, "policies": policies, "repositories": stores, "keys": stores, "aliases": stores })
}

/// Kills an apply from nothing up to the module `last`, runs it again, then the same with the removal. Returns how many of the
/// two were at work at that moment.
fn survives(home: &Home, file: &str, moment: std::time::Duration, victims: Victims, last: &str) -> u8 {
    let mut met = 0;
    let all = if last == MODULES[0] { counts(1, 1, 4, 0) } else { counts(1, 4, 8, 1) };
    for (args, world) in [(&["apply", file, "--until", last][..], all), (&["remove", file], counts(0, 0, 0, 0))] {
        met += u8::from(killed_after(home, args, moment, victims));
        let again = home.run(args);
        let what = format!("{args:?} again, after {victims:?} at {moment:?}");
        assert!(again.status.success(), "{what}: {}", text(&again));
        assert_eq!(ours(home), world, "{what}: {}", text(&again));
    }
    met
}

/// A sample of moments, on the first module; `./dev sweep` kills at every 250 ms of all three, which takes hours.
#[test]
fn killed_at_any_moment_the_same_command_ends_well_in_the_right_world() {
    let home = Home::new();
    home.start_practice();
    let file = home.write("answers.toml", &answers("roman-sit"));
    assert!(home.run(&["apply", &file, "--until", "tools"]).status.success());
    let kinds = [Victims::Program("-KILL"), Victims::All, Victims::Program("-TERM"), Victims::Program("-INT")];
    let step = std::time::Duration::from_millis(250);
    if support::sweeps() {
        for victims in kinds {
            let met = (1..400).take_while(|n| survives(&home, &file, step * *n, victims, MODULES[2]) > 0).count();
            assert!(met > 10, "{victims:?} found it at work {met} times");
        }
        return;
    }
    // An interrupt has a test of its own. The second one meets providers that are there, so it comes further in the same time.
    for (victims, quarters) in kinds.into_iter().zip([12, 17, 7]) {
        let met = survives(&home, &file, step * quarters, victims, MODULES[0]);
        assert_eq!(met, 2, "{victims:?} found the apply and the removal at work");
    }
}
