//! Secrets: the real gnome-keyring, unlocked, locked and absent; an access key entered, exchanged, and found nowhere.
#![cfg(target_os = "linux")]
#![allow(clippy::disallowed_methods, reason = "tests start a keyring and look into files and processes")]

#[path = "support/session.rs"]
mod session;
mod support;

use serde_json::Value as Json;
use session::{contains, forms, search, session, watch};
use std::sync::atomic::{AtomicBool, Ordering};
use support::{Home, answers, text};

/// Answers with an access key, whose secret comes from a file, with a stray space and line break.
fn with_key(home: &Home, key: &Json, more: &str) -> String {
    std::fs::write(home.path().join("secret.txt"), format!(" {}\n", key["secret"].as_str().unwrap())).unwrap();
    let keys = format!(
        "kind = \"keys\"\naccess_key_id = \" {} \"\nsecret_access_key = {{ file = \"secret.txt\" }}\nexpected_account = \"123456789012\"\n{more}",
        key["id"].as_str().unwrap()
    );
    home.write("answers.toml", &answers("roman-sit").replace("kind = \"practice\"\n", &keys))
}

/// A user of the practice account as an administrator would have made it, with a key.
fn user(home: &Home) -> Json {
    home.start_practice();
    home.boto3("iam.create_user(UserName='an-iam-user')\niam.put_user_policy(UserName='an-iam-user', PolicyName='p', PolicyDocument=json.dumps({'Version':'2012-10-17','Statement':[{'Effect':'Allow','Action':['iam:*','sts:*','route53:*'],'Resource':'*'}]}))\nk=iam.create_access_key(UserName='an-iam-user')['AccessKey']\nprint(json.dumps({'id':k['AccessKeyId'],'secret':k['SecretAccessKey']}))")
}

#[test]
fn a_key_goes_through_the_whole_deployment_and_is_found_nowhere() {
    let home = Home::new();
    let key = user(&home);
    let file = with_key(&home, &key, "new_key = true\n");
    // Every argv and environment on this computer that is Hubwright's or its children's, as fast as /proc can be read.
    let running = AtomicBool::new(true);
    let (output, seen) = std::thread::scope(|scope| {
        let watch = scope.spawn(|| watch(&running, home.path()));
        let output = session(
            &home,
            "unlocked",
            &format!("$HW apply {file} --json; echo \"status $?\"; $HW apply {file}; echo \"again $?\""),
        );
        running.store(false, Ordering::SeqCst);
        (output, watch.join().unwrap())
    });
    let shown = text(&output);
    assert!(shown.contains("status 0") && shown.contains("again 0"), "{shown}");
    assert!(shown.contains("had a space or line break around it"), "what was trimmed is said: {shown}");
    assert!(shown.contains("with the new key; the old one is switched off"), "{shown}");
    support::assert_world(&home);
    let keys = home.boto3("print(json.dumps({k['AccessKeyId']: k['Status'] for k in iam.list_access_keys(UserName='an-iam-user')['AccessKeyMetadata']}))");
    assert_eq!(keys.as_object().unwrap().len(), 2, "one new key: {keys}");
    assert_eq!(keys[key["id"].as_str().unwrap()], "Inactive", "the old key is retired, not deleted");

    assert!(seen.len() > 5, "the watch saw Hubwright and its children");
    std::fs::remove_file(home.path().join("secret.txt")).unwrap();
    let places = [shown.into_bytes(), seen.into_iter().collect::<Vec<_>>().join("\n").into_bytes()];
    for canary in forms(key["secret"].as_str().unwrap()) {
        for place in &places {
            assert!(!contains(place, &canary), "the secret is in the output, an argv or an environment");
        }
        search(home.path(), &canary);
    }
}

#[test]
fn without_a_keychain_or_with_a_locked_one_the_wizard_says_so_and_stops() {
    let home = Home::new();
    let key = user(&home);
    let file = with_key(&home, &key, "");
    let absent = session(&home, "absent", &format!("$HW apply {file}; echo \"status $?\""));
    let shown = text(&absent);
    assert!(
        shown.contains("There is no keychain on this computer, and Hubwright keeps secrets nowhere else."),
        "{shown}"
    );
    assert!(shown.contains("status 2"), "{shown}");
    // A keyring with a password, made in one session and not opened in the next.
    let made = session(&home, "unlocked", "ls $XDG_DATA_HOME/keyrings");
    assert!(text(&made).contains("login.keyring"), "{}", text(&made));
    let locked = session(&home, "locked", &format!("timeout 60 $HW apply {file}; echo \"status $?\""));
    let shown = text(&locked);
    assert!(shown.contains("The keychain is locked."), "{shown}");
    assert!(shown.contains("status 2"), "{shown}");
    for canary in forms(key["secret"].as_str().unwrap()) {
        search(&home.path().join("deployments"), &canary);
    }
}

/// Stands between a program and the session bus, and ends the first two connections before anything is said on them.
const BREAKS: &str = r#"
import os, socket, sys, threading
def pump(a, b):
    while data := a.recv(65536):
        b.sendall(data)
    b.shutdown(socket.SHUT_WR)
real = dict(part.split("=", 1) for part in sys.argv[1].split(":", 1)[1].split(","))["path"]
listener = socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[2])
listener.listen()
for number in range(1000):
    near, _ = listener.accept()
    if number < 2:
        near.close()
        continue
    far = socket.socket(socket.AF_UNIX)
    far.connect(real)
    for pair in ((near, far), (far, near)):
        threading.Thread(target=pump, args=pair, daemon=True).start()
"#;

#[test]
fn a_connection_to_the_keychain_that_breaks_is_made_again() {
    let home = Home::new();
    let key = user(&home);
    let file = with_key(&home, &key, "");
    home.write("breaks.py", BREAKS);
    let between = home.path().join("between");
    let script = format!(
        "python3 {} \"$DBUS_SESSION_BUS_ADDRESS\" {between} & until [ -S {between} ]; do sleep 0.1; done; \
         DBUS_SESSION_BUS_ADDRESS=unix:path={between} $HW apply {file} --until account; echo \"status $?\"; kill $!",
        home.path().join("breaks.py").display(),
        between = between.display(),
    );
    let shown = text(&session(&home, "unlocked", &script));
    assert!(shown.contains("status 0"), "{shown}");
}

#[test]
fn a_profile_of_the_aws_cli_goes_through_the_whole_deployment() {
    let home = Home::new();
    let key = user(&home);
    let aws = home.path().join("session/home/.aws");
    std::fs::create_dir_all(&aws).unwrap();
    let [id, secret] = ["id", "secret"].map(|name| key[name].as_str().unwrap());
    std::fs::write(aws.join("config"), "[profile institute]\nregion = us-east-1\n").unwrap();
    let credentials = format!("[institute]\naws_access_key_id = {id}\naws_secret_access_key = {secret}\n");
    std::fs::write(aws.join("credentials"), credentials).unwrap();
    let profile =
        answers("roman-sit").replace("\"practice\"", "\"profile\"\nprofile = \"institute\"\nexpected_account = \"\"");
    let file = home.write("answers.toml", &profile);
    // No keychain: a profile needs none. Terraform's own credentials come through the same profile.
    let shown = text(&session(&home, "absent", &format!("$HW apply {file}; echo \"status $?\"")));
    assert!(shown.contains("status 0"), "{shown}");
    support::assert_world(&home);
    let missing = home.write("missing.toml", &profile.replace("\"institute\"", "\"nobody\""));
    let shown = text(&session(&home, "absent", &format!("$HW apply {missing} --until account; echo \"status $?\"")));
    assert!(shown.contains("There is no profile `nobody` on this computer.") && shown.contains("status 3"), "{shown}");
}

#[test]
fn keys_that_sts_refuses_and_keys_of_another_account_are_told_apart() {
    let home = Home::new();
    let key = user(&home);
    let good = std::fs::read_to_string(with_key(&home, &key, "")).unwrap();
    let unknown = home.write("unknown.toml", &good.replace(key["id"].as_str().unwrap(), "AKIAIOSFODNN7EXAMPLE"));
    let other = home.write("other.toml", &good.replace("\"123456789012\"", "\"999988887777\""));
    let badly = home.write("badly.toml", &good.replace("secret.txt", "wrong.txt"));
    home.write("wrong.txt", "0000000000000000000000000000000000000000");
    let malformed = home.write("malformed.toml", &good.replace(key["id"].as_str().unwrap(), "not-a-key"));
    let run = |file: &str| {
        text(&session(&home, "unlocked", &format!("$HW apply {file} --until account; echo \"status $?\"")))
    };
    let shown = run(&unknown);
    assert!(
        shown.contains("account.access_key_id: AWS does not know this access key.") && shown.contains("status 3"),
        "{shown}"
    );
    let shown = run(&badly);
    assert!(
        shown.contains("account.secret_access_key: The secret access key does not belong to the access key id.")
            && shown.contains("status 3"),
        "{shown}"
    );
    let shown = run(&other);
    assert!(
        shown.contains("account.expected_account: These credentials are of account 123456789012, not of 999988887777.")
            && shown.contains("status 3"),
        "{shown}"
    );
    let shown = run(&malformed);
    assert!(
        shown.contains("account.access_key_id: This is not an access key id.") && shown.contains("status 2"),
        "{shown}"
    );
}

#[test]
fn a_key_exchange_killed_at_any_journal_point_leaves_one_working_key() {
    let home = Home::new();
    let key = user(&home);
    let file = with_key(&home, &key, "new_key = true\n");
    // As a shell says that a program was killed: 128 and the signal.
    let script = format!(
        "export F={file}; $HW apply $F --until deployment >/dev/null; n=0; s=137; \
         while [ $s = 137 ]; do n=$((n+1)); HUBWRIGHT_FAILPOINT=$n $HW apply $F --only account; s=$?; done; \
         echo \"status $s after $((n-1)) kills\""
    );
    let shown = text(&session(&home, "unlocked", &script));
    let kills = shown.split("status 0 after ").nth(1).and_then(|rest| rest.split(' ').next()?.parse::<u32>().ok());
    assert!(kills.is_some_and(|kills| kills >= 6), "killed at each of its journal points, then done: {shown}");
    let keys = home.boto3("print(json.dumps(sorted(k['Status'] for k in iam.list_access_keys(UserName='an-iam-user')['AccessKeyMetadata'])))");
    assert_eq!(keys, serde_json::json!(["Active", "Inactive"]), "one new key, and the old one retired: {shown}");
}

/// The keys of the practice account's users, each with its status.
fn keys(home: &Home) -> Json {
    home.boto3("print(json.dumps({u['UserName']: {k['AccessKeyId']: k['Status'] for k in iam.list_access_keys(UserName=u['UserName'])['AccessKeyMetadata']} for u in iam.list_users()['Users']}))")
}

#[test]
fn only_the_key_of_the_deployments_user_is_exchanged() {
    let home = Home::new();
    let own = user(&home);
    let other = home.boto3("iam.create_user(UserName='somebody-else')\niam.put_user_policy(UserName='somebody-else', PolicyName='p', PolicyDocument=json.dumps({'Version':'2012-10-17','Statement':[{'Effect':'Allow','Action':['iam:*','sts:*'],'Resource':'*'}]}))\nk=iam.create_access_key(UserName='somebody-else')['AccessKey']\nprint(json.dumps({'id':k['AccessKeyId'],'secret':k['SecretAccessKey']}))");
    let run = |key: &Json| {
        let file = with_key(&home, key, "new_key = true\n");
        text(&session(&home, "unlocked", &format!("$HW apply {file} --until account; echo \"status $?\"")))
    };
    let refused = "account.new_key: This access key belongs to the user somebody-else, and only a key of `an-iam-user` is exchanged here.";
    let before = keys(&home);
    let shown = run(&other);
    assert!(shown.contains(refused) && shown.contains("status 3"), "{shown}");
    assert_eq!(keys(&home), before, "nothing was made and nothing retired: {shown}");
    // Nor once a key was exchanged: what was made then is not in the place of this one.
    let shown = run(&own);
    assert!(shown.contains("status 0"), "{shown}");
    let before = keys(&home);
    assert_eq!(before["an-iam-user"][own["id"].as_str().unwrap()], "Inactive", "{before}");
    let shown = run(&other);
    assert!(shown.contains(refused) && shown.contains("status 3"), "{shown}");
    assert_eq!(keys(&home), before, "nothing was made and nothing retired: {shown}");
}

/// A home that an older Hubwright used kept its secrets under names that every home shared. They are moved to names of
/// its own; where the home in the platform's data folder has a deployment of that name too, they are copied.
#[test]
fn entries_of_older_versions_are_moved_to_the_home_they_are_of() {
    let home = Home::new();
    home.start_practice();
    home.write("first.txt", "the-first-secret");
    let answers = |secret: &str| {
        format!(
            "version = 1\n[deployment]\nname = \"roman-sit\"\nuser = \"an-iam-user\"\nregion = \"us-east-1\"\nzone = \"science.stsci.edu\"\nsite = \"stsci\"\n[mast]\nclient_id = \"464f261c10bf04a8\"\nclient_secret = {secret}\n"
        )
    };
    let put = home.write("put.toml", &answers("{ file = \"first.txt\" }"));
    let has = home.write("has.toml", &answers("{ keychain = true }"));
    // The usual home gives entries the names that all homes had; moved elsewhere, it is one of an older Hubwright.
    let script = format!(
        r#"
        usual="$XDG_DATA_HOME/hubwright"; mkdir -p "$XDG_DATA_HOME"
        bus="dbus-send --session --print-reply --dest=org.freedesktop.secrets"
        names() {{ for item in $($bus /org/freedesktop/secrets org.freedesktop.Secret.Service.SearchItems dict:string:string:service,hubwright | grep -o '/org/[^"]*'); do
            $bus "$item" org.freedesktop.DBus.Properties.Get string:org.freedesktop.Secret.Item string:Attributes | grep -o '"[^"]*client_secret"' | sed "s/^/$1: /"; done; }}
        run() {{ HUBWRIGHT_HOME="$1" "$HW" apply "$2" --only deployment >/dev/null; HUBWRIGHT_HOME="$1" "$HW" apply "$2" --only mast; echo "$3 $?"; }}
        run "$usual" {put} "kept by the usual home:"; names usual
        mv "$usual" "$HOME/moved"; run "$HOME/moved" {has} "found by the moved home:"; names moved
        run "$HOME/moved" {has} "found again by the moved home:"
        run "$usual" {has} "gone from the usual home:"
        run "$usual" {put} "kept again by the usual home:"; cp -r "$usual" "$HOME/copied"
        run "$HOME/copied" {has} "found by the copied home:"; names copied
        run "$usual" {has} "left to the usual home:"
        "#
    );
    let shown = text(&session(&home, "unlocked", &script));
    for (said, status) in [
        ("kept by the usual home:", 0),
        ("found by the moved home:", 0),
        ("found again by the moved home:", 0),
        ("gone from the usual home:", 3),
        ("kept again by the usual home:", 0),
        ("found by the copied home:", 0),
        ("left to the usual home:", 0),
    ] {
        assert!(shown.contains(&format!("{said} {status}")), "{said} {status}: {shown}");
    }
    let names = |of: &str| -> Vec<&str> {
        shown
            .lines()
            .filter_map(|line| line.strip_prefix(&format!("{of}: ")))
            .map(|name| name.trim_matches('"'))
            .collect()
    };
    let entry = "roman-sit-staging/mast.client_secret";
    assert_eq!(names("usual"), [entry]);
    let moved = names("moved");
    assert!(moved.len() == 1 && moved[0] != entry && moved[0].ends_with(&format!("/{entry}")), "moved: {moved:?}");
    let copied = names("copied");
    assert_eq!(copied.iter().filter(|name| **name == entry).count(), 1, "the usual home's own stays: {copied:?}");
    assert_eq!(copied.len(), 3, "one of each home: {copied:?}");
    assert!(!shown.contains("the-first-secret"), "{shown}");
    let scope = std::fs::read_to_string(home.path().join("session/home/moved/keychain.json")).unwrap();
    let mark = moved[0].strip_suffix(entry).unwrap();
    assert!(scope.contains(&format!("\"prefix\":\"{mark}\"")), "the home keeps its mark where it is moved: {scope}");
}

/// What takes long says what it is at.
#[test]
fn many_rounds_of_a_passphrase_are_not_silent() {
    let home = Home::new();
    home.start_practice();
    support::certificates(home.path(), "roman-sit.science.stsci.edu");
    let files = (0..2).map(|n| format!("\"{n}.pfx\"")).collect::<Vec<_>>().join(", ");
    let answers = home.write("answers.toml", &format!("version = 1\n[deployment]\nname = \"roman-sit\"\nuser = \"an-iam-user\"\nregion = \"us-east-1\"\nzone = \"science.stsci.edu\"\n[certificate]\nfiles = [{files}]\n"));
    let script = format!(
        "cd {}; openssl pkcs12 -export -inkey hub.key -in hub.crt -certfile chain.pem -iter 5000000 -passout pass: -out 0.pfx; \
         cp 0.pfx 1.pfx; \"$HW\" apply {answers} --until certificate; echo \"status $?\"",
        home.path().display()
    );
    let shown = text(&session(&home, "unlocked", &script));
    assert!(shown.contains("certificate: Opening the files takes a while"), "{shown}");
    assert!(shown.contains("status 0"), "{shown}");
}
