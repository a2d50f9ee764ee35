//! The practice account is as strict as AWS or stricter. The checks are in `practice/*.py`, made by boto3 as an independent
//! client; each is a list of calls with what AWS answers to them.

#![allow(clippy::disallowed_methods, reason = "a test starts programs")]

mod support;

use serde_json::{Value as Json, json};
use support::{Home, text, wait};

/// A practice account in a home of its own.
fn started() -> Home {
    let home = Home::new();
    home.start_practice();
    home
}

/// Runs a script of `practice/` with `practice/common.py` in front.
fn check(home: &Home, before: &str, script: &str) {
    let token = home.practice()["token"].as_str().unwrap().to_owned();
    // The gateway's own pages; the token goes where the script alone sees it.
    let pages = format!(
        "def page(name, asked):\n  request = urllib.request.Request(f'{{E}}/hubwright/{{name}}', data=json.dumps(asked).encode(), headers={{'X-Hubwright-Token': '{token}'}})\n  return urllib.request.urlopen(request).read()\n\
         def setting(asked): return json.loads(page('settings', asked))\n\
         def fault(asked): page('faults', asked)\n"
    );
    let done = home
        .boto3(&format!("{}\n{pages}{before}\n{script}\nprint('\"to the end\"')", include_str!("practice/common.py")));
    assert_eq!(done, "to the end");
}

#[test]
fn a_request_must_be_signed_now_and_with_its_date() {
    check(&started(), "", include_str!("practice/signatures.py"));
}

#[test]
fn resources_and_paths_count_in_every_policy() {
    check(&started(), "", include_str!("practice/policies.py"));
}

#[test]
fn trust_denies_and_sessions_end() {
    check(&started(), "", include_str!("practice/sessions.py"));
}

#[test]
fn what_is_new_is_seen_late_where_that_is_set() {
    check(&started(), "", include_str!("practice/late.py"));
}

#[test]
fn nothing_is_deleted_that_something_else_holds() {
    check(&started(), "", include_str!("practice/deleting.py"));
}

#[test]
fn lists_come_in_pages() {
    check(&started(), "", include_str!("practice/pages.py"));
}

#[test]
fn keys_keep_to_their_policy_their_grants_and_their_state() {
    check(&started(), "", include_str!("practice/keys.py"));
}

#[test]
fn a_zone_takes_changes_that_fit_and_takes_its_time() {
    check(&started(), "", include_str!("practice/dns.py"));
}

#[test]
fn whoever_practises_has_the_rights_of_the_guides_reader_and_no_more() {
    let home = started();
    let key: Json = serde_json::from_str(&home.gateway("PUT", "users/an-iam-user", "")).unwrap();
    let reader = format!("reader = ({}, {})", key["access_key_id"], key["secret_access_key"]);
    check(&home, &reader, include_str!("practice/reader.py"));
    let again: Json = serde_json::from_str(&home.gateway("PUT", "users/an-iam-user", "")).unwrap();
    assert_eq!(again, key, "making it twice is making it once");
}

#[test]
fn too_many_calls_are_refused_in_the_words_of_each_service() {
    check(&started(), "", include_str!("practice/throttling.py"));
}

#[test]
fn faults_that_nothing_met_are_listed() {
    let home = started();
    let unspent = || serde_json::from_str::<Json>(&home.gateway("GET", "faults", "")).unwrap();
    assert_eq!(unspent(), json!([]));
    home.fault(&json!({ "service": "iam", "action": "ListUsers", "times": 2, "kind": { "delay": { "ms": 1 } } }));
    home.fault(&json!({ "service": "kms", "kind": "reset" }));
    home.boto3("iam.list_users()");
    assert_eq!(unspent()[0]["times"], 1, "one of two calls was met: {}", unspent());
    assert_eq!(unspent()[1]["service"], "kms");
    home.boto3("iam.list_users()");
    assert_eq!(unspent().as_array().unwrap().len(), 1, "{}", unspent());
    home.no_faults();
    assert_eq!(unspent(), json!([]));
}

#[test]
fn times_are_fast_or_real_by_the_environment_and_by_the_settings_page() {
    let home = Home::new().with("HUBWRIGHT_PRACTICE_TIMES", "slow");
    let refused = home.run(&["practice"]);
    assert_eq!(refused.status.code(), Some(1), "{}", text(&refused));
    assert!(text(&refused).contains("Set HUBWRIGHT_PRACTICE_TIMES to `fast` or `real`"), "{}", text(&refused));

    let home = Home::new().with("HUBWRIGHT_PRACTICE_TIMES", "real");
    let running = support::Kept(home.command(&["practice"]).stdout(std::process::Stdio::null()).spawn().unwrap());
    wait("the practice account", 120, || home.path().join("practice.json").exists().then_some(()));
    let settings = |method: &str, body: &str| home.gateway(method, "settings", body);
    let now: Json = serde_json::from_str(&settings("GET", "")).unwrap();
    assert_eq!(now["times"], "real");
    assert!(now["visible_seconds"].as_f64().unwrap() > 0.0 && now["insync_seconds"].as_f64().unwrap() > 0.0, "{now}");
    let fast: Json = serde_json::from_str(&settings("POST", r#"{"times": "fast", "insync_seconds": 1}"#)).unwrap();
    assert_eq!((&fast["visible_seconds"], &fast["insync_seconds"]), (&json!(0), &json!(1)), "one value may differ");
    for (wrong, why) in [
        (r#"{"tmies": "fast"}"#, "there is no setting tmies"),
        (r#"{"times": "slow"}"#, "times is fast or real"),
        (r#"{"insync_seconds": "2"}"#, "insync_seconds is a number"),
        ("[]", "the settings are a JSON object"),
    ] {
        assert_eq!(settings("POST", wrong), why);
    }
    assert_eq!(serde_json::from_str::<Json>(&settings("GET", "")).unwrap(), fast, "what is wrong changes nothing");
    drop(running);
}

/// A Python that says its version and then installs for ever: its process, as it wrote it down.
fn stalled(home: &Home) -> (String, impl Fn() -> Option<u32> + use<>) {
    use std::os::unix::fs::PermissionsExt;
    let installing = home.path().join("installing");
    let script = format!(
        "#!/bin/sh\ncase \"$*\" in *--version*) echo Python 3.12.1; exit;; esac\nsleep 1000 & echo $! > {0}.new; mv {0}.new {0}\nwait\n",
        installing.display()
    );
    let python = home.write("python", &script);
    std::fs::set_permissions(&python, std::fs::Permissions::from_mode(0o755)).unwrap();
    (python, move || std::fs::read_to_string(&installing).ok()?.trim().parse().ok())
}

/// The first signal ends the start of the practice account, what it runs, and what that runs.
#[test]
fn a_signal_while_the_practice_account_is_installed_stops_the_installation() {
    // One that ended and that nobody waited for is no more than a line in a list.
    let lives =
        |pid: u32| std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "));
    for command in ["apply", "practice"] {
        let home = Home::bare();
        let (python, installing) = stalled(&home);
        let home = home.with("HUBWRIGHT_PYTHON", &python);
        let answers = home.write("answers.toml", &support::answers("roman-sit"));
        let args = if command == "apply" { vec![command, answers.as_str()] } else { vec![command] };
        let mut started = home.command(&args);
        started.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
        let mut child = started.spawn().unwrap();
        let pid = wait("the installation begins", 60, &installing);
        assert!(lives(pid) && child.try_wait().unwrap().is_none());
        let told = std::process::Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
        assert!(told.success());
        // The installation would go on for a quarter of an hour.
        wait("the command ends", 60, || child.try_wait().unwrap());
        let said = text(&child.wait_with_output().unwrap());
        assert_eq!(said.contains("You stopped this step."), command == "apply", "{command}: {said}");
        wait("the installation ends", 60, || (!lives(pid)).then_some(()));
    }
}
