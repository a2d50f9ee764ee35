//! Who acts: profiles of every kind, roles with paths, sessions that end, a proxy, and the account's own regions.
#![cfg(target_os = "linux")]
#![allow(clippy::disallowed_methods, reason = "tests write profiles and start programs")]

#[path = "support/session.rs"]
mod session;
mod support;

use serde_json::{Value as Json, json};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::Stdio;
use std::sync::mpsc;
use support::{Home, answers, text, wait};

/// A practice account whose address is in AWS_ENDPOINT_URL, so that profiles lead to it as they lead to AWS.
fn practice() -> Home {
    let home = Home::new();
    let endpoint = home.start_practice()["endpoint"].as_str().unwrap().to_owned();
    let config = home.path().join("aws-config").display().to_string();
    home.with("AWS_ENDPOINT_URL", &endpoint).with("AWS_CONFIG_FILE", &config)
}

/// Runs boto3, then gives the user `an-iam-user`, made with this path, a key.
fn user(home: &Home, path: &str, script: &str) -> Json {
    home.boto3(&format!(
        "iam.create_user(UserName='an-iam-user', Path='{path}')\n\
        A = json.dumps({{'Version':'2012-10-17','Statement':[{{'Effect':'Allow','Action':'*','Resource':'*'}}]}})\n\
        T = json.dumps({{'Version':'2012-10-17','Statement':[{{'Effect':'Allow','Principal':{{'AWS':'arn:aws:iam::123456789012:user{path}an-iam-user'}},'Action':'sts:AssumeRole'}}]}})\n\
        iam.put_user_policy(UserName='an-iam-user', PolicyName='all', PolicyDocument=A)\n{script}\n\
        k = iam.create_access_key(UserName='an-iam-user')['AccessKey']\n\
        print(json.dumps({{'id': k['AccessKeyId'], 'secret': k['SecretAccessKey']}}))"
    ))
}

/// The answers with `profile` instead of the practice account.
fn with_profile(home: &Home, profile: &str, more: &str) -> String {
    let account = format!("kind = \"profile\"\nprofile = \"{profile}\"\nexpected_account = \"\"\n{more}");
    home.write("answers.toml", &answers("roman-sit").replace("kind = \"practice\"\n", &account))
}

fn keys(key: &Json) -> String {
    let of = |name: &str| key[name].as_str().unwrap();
    format!("aws_access_key_id = {}\naws_secret_access_key = {}\n", of("id"), of("secret"))
}

#[track_caller]
fn run(home: &Home, args: &[&str], status: i32, said: &[&str]) -> String {
    let output = home.run(args);
    let shown = text(&output);
    for sentence in said {
        assert!(shown.contains(sentence), "{sentence:?} is missing in:\n{shown}");
    }
    assert_eq!(output.status.code(), Some(status), "{shown}");
    shown
}

const ROLE: &str = "/aws-reserved/sso.amazonaws.com/eu-west-1/";

#[test]
fn a_role_with_a_path_is_judged_by_its_own_policies_and_compared_with_the_user() {
    let home = practice();
    // The role may look, and nothing else; the user behind it may do all.
    let key = user(
        &home,
        "/",
        &format!(
            "iam.create_role(RoleName='admins', Path='{ROLE}', AssumeRolePolicyDocument=T)\n\
            may = ['iam:Get*', 'iam:ListAccessKeys', 'iam:ListGroupsForUser', 'iam:ListAttached*', 'iam:Simulate*']\n\
            L = json.dumps({{'Version':'2012-10-17','Statement':[{{'Effect':'Allow','Action':may,'Resource':'*'}}]}})\n\
            iam.put_role_policy(RoleName='admins', PolicyName='look', PolicyDocument=L)"
        ),
    );
    let config = format!(
        "[profile base]\n{}\n[profile admins]\nrole_arn = arn:aws:iam::123456789012:role{ROLE}admins\nsource_profile = base\n",
        keys(&key)
    );
    home.write("aws-config", &config);
    let file = with_profile(&home, "admins", "");
    let said = [
        "account: done — You act as the role admins of account 123456789012.",
        "account.user: You act as the role admins, but the roles that are made later let only the user an-iam-user act as them.",
        "deploy_roles: blocked",
        // STS says the role's name without its path; what it may do is asked with it.
        "The role admins lacks",
        &format!("For arn:aws:iam::123456789012:role{ROLE}admins:"),
        "iam:CreateRole on arn:aws:iam::123456789012:role/roman-sit-terraform-architect",
        "iam:ListRolePolicies on arn:aws:iam::123456789012:role/roman-sit-terraform-architect",
    ];
    let shown = run(&home, &["apply", &file, "--until", "deploy_roles"], 3, &said);
    assert!(!shown.contains("iam:GetRole on"), "what the role may do is not listed: {shown}");
}

#[test]
fn a_refusal_that_hangs_on_conditions_only_warns() {
    let home = practice();
    let policy = "C = json.dumps({'Version':'2012-10-17','Statement':[{'Effect':'Allow','Action':'*','Resource':'*','Condition':{'StringEquals':{'aws:username':'an-iam-user'}}}]})\n\
        iam.put_user_policy(UserName='an-iam-user', PolicyName='all', PolicyDocument=C)";
    let key = user(&home, "/", policy);
    home.write("aws-config", &format!("[profile base]\n{}", keys(&key)));
    let file = with_profile(&home, "base", "");
    let said = [
        "note: deploy_roles: Hubwright cannot tell beforehand whether the user an-iam-user has all the rights that this page needs: ",
        "For arn:aws:iam::123456789012:user/an-iam-user:",
        "(aws:username)",
        "deploy_roles: todo",
    ];
    run(&home, &["apply", &file, "--until", "tools"], 0, &[]);
    run(&home, &["apply", &file, "--until", "account"], 0, &[]);
    run(&home, &["check", &file], 3, &said);
    // A right that no condition stands on is refused for sure, and stops the page.
    let less = "N = json.dumps({'Version':'2012-10-17','Statement':[{'Effect':'Allow','NotAction':'iam:CreateGroup','Resource':'*'}]})\n\
        iam.put_user_policy(UserName='an-iam-user', PolicyName='all', PolicyDocument=N)";
    home.boto3(less);
    run(
        &home,
        &["check", &file],
        3,
        &["deploy_roles: blocked", "The user an-iam-user lacks 1 of the rights", "iam:CreateGroup on"],
    );
}

#[test]
fn credentials_of_a_process_serve_hubwright_and_its_children() {
    let home = practice();
    let key = user(&home, "/people/", "");
    let of = |name: &str| key[name].as_str().unwrap();
    let json = json!({ "Version": 1, "AccessKeyId": of("id"), "SecretAccessKey": of("secret") });
    let kept = home.write("process.json", &json.to_string());
    home.write("aws-config", &format!("[profile process]\ncredential_process = cat {kept}\n"));
    let file = with_profile(&home, "process", "");
    // Terraform gets them by the helper, from the user's own configuration, and the trust names the user with its path.
    run(
        &home,
        &["apply", &file, "--until", "deploy_roles"],
        0,
        &["You act as the user an-iam-user of account 123456789012.", "deploy_roles: done"],
    );
    let trust = home.boto3("print(json.dumps(iam.get_role(RoleName='roman-sit-terraform-architect')['Role']['AssumeRolePolicyDocument']['Statement'][0]['Principal']))");
    assert_eq!(trust, json!({ "AWS": ["arn:aws:iam::123456789012:user/people/an-iam-user"] }));

    for identity in ["deploy", "dns"] {
        let output = home.run(&["credentials", "--deployment", "roman-sit-staging", "--identity", identity]);
        let vended: Json = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", text(&output)));
        assert_eq!(vended, json, "{identity}: as the process gives them");
    }
    let role = "arn:aws:iam::123456789012:role/roman-sit-terraform-architect";
    home.boto3("iam.add_user_to_group(GroupName='roman-sit-terraform-architects', UserName='an-iam-user')");
    let output = home.run(&["credentials", "--deployment", "roman-sit-staging", "--role", role]);
    let vended: Json = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", text(&output)));
    assert!(vended["SessionToken"].is_string() && vended["Expiration"].is_string(), "{}", vended["Version"]);
}

#[test]
fn a_profile_that_cannot_be_used_says_why() {
    let home = practice();
    home.write(
        "aws-config",
        "[profile empty]\nregion = us-east-1\n\
        [profile one]\nrole_arn = arn:aws:iam::123456789012:role/r\nsource_profile = two\n\
        [profile two]\nrole_arn = arn:aws:iam::123456789012:role/r\nsource_profile = one\n\
        [profile broken]\ncredential_process = false\n",
    );
    for (profile, said) in [
        ("none", "There is no profile `none` on this computer. — Choose one that"),
        ("empty", "The profile `empty` cannot be used. — Try it with"),
        ("one", "signs in by way of itself. — Correct its `source_profile`"),
        ("broken", "The profile `broken` is not signed in, or no longer. — Sign in again"),
    ] {
        let file = with_profile(&home, profile, "");
        run(&home, &["apply", &file, "--until", "account"], 3, &["account: blocked", said]);
    }
}

#[test]
fn a_session_that_ends_asks_for_a_new_sign_in_and_the_run_goes_on() {
    let home = practice();
    let key = user(
        &home,
        "/",
        "iam.create_role(RoleName='admins', AssumeRolePolicyDocument=T)\niam.put_role_policy(RoleName='admins', PolicyName='all', PolicyDocument=A)\niam.create_group(GroupName='roman-sit-x')",
    );
    // What signs in: sessions of a role, as an institute's own program would hand them out.
    let sign_in = || {
        let (id, secret) = (key["id"].as_str().unwrap(), key["secret"].as_str().unwrap());
        let session = home.boto3(&format!("s = boto3.client('sts', endpoint_url=E, region_name='us-east-1', aws_access_key_id='{id}', aws_secret_access_key='{secret}')\nk = s.assume_role(RoleArn='arn:aws:iam::123456789012:role/admins', RoleSessionName='me')['Credentials']\nprint(json.dumps({{'Version': 1, 'AccessKeyId': k['AccessKeyId'], 'SecretAccessKey': k['SecretAccessKey'], 'SessionToken': k['SessionToken'], 'Expiration': k['Expiration'].isoformat()}}))"));
        home.write("process.json", &session.to_string());
    };
    sign_in();
    let kept = home.path().join("process.json").display().to_string();
    home.write("aws-config", &format!("[profile institute]\ncredential_process = cat {kept}\n"));
    let file = with_profile(&home, "institute", "");
    run(&home, &["apply", &file, "--until", "deploy_roles"], 0, &["deploy_roles: done"]);
    // All sessions that there are now have ended: each call is told so until there is a new one.
    home.fault(&json!({ "action": "AddUserToGroup", "times": 1, "kind": "expire" }));
    let mut child = home
        .command(&["apply", &file, "--until", "architects"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stderr = child.stderr.take().unwrap();
    let (told, asked) = mpsc::channel();
    let reading = std::thread::spawn(move || {
        let (mut all, mut piece) = (vec![], [0; 4096]);
        while let Ok(length @ 1..) = stderr.read(&mut piece) {
            all.extend_from_slice(&piece[..length]);
            let _ = told.send(String::from_utf8_lossy(&all).into_owned());
        }
    });
    let said = wait("the run to ask", 120, || asked.try_iter().find(|said| said.contains("waiting")));
    assert!(said.contains("architects: waiting — Sign in again: `aws sso login --profile institute`"), "{said}");
    assert!(child.try_wait().unwrap().is_none(), "it waits");
    sign_in();
    let output = child.wait_with_output().unwrap();
    reading.join().unwrap();
    let shown = text(&output);
    assert!(output.status.success() && shown.contains("architects: done"), "it went on: {shown}");
}

#[test]
fn a_role_through_a_device_asks_for_its_code_and_keeps_the_session_in_the_keychain() {
    let home = practice();
    let key = user(
        &home,
        "/",
        "iam.create_role(RoleName='admins', AssumeRolePolicyDocument=T)\niam.put_role_policy(RoleName='admins', PolicyName='all', PolicyDocument=A)",
    );
    let config = format!(
        "[profile base]\n{}\n[profile admins]\nrole_arn = arn:aws:iam::123456789012:role/admins\nsource_profile = base\nmfa_serial = arn:aws:iam::123456789012:mfa/phone\n",
        keys(&key)
    );
    let config = home.write("aws-config", &config);
    let without = with_profile(&home, "admins", "");
    let with = home.path().join("with.toml").display().to_string();
    let text_of = std::fs::read_to_string(&without).unwrap();
    std::fs::write(
        &with,
        text_of.replace("profile = \"admins\"\n", "profile = \"admins\"\nmfa_code = { env = \"CODE\" }\n"),
    )
    .unwrap();
    let export = format!("export AWS_CONFIG_FILE={config}; export CODE=654321");
    let script = format!(
        "{export}; $HW check {without}; echo \"first $?\"; $HW apply {with} --until account; echo \"second $?\"; \
        $HW apply {without} --until account; echo \"third $?\"; $HW credentials --deployment roman-sit-staging | grep -c SessionToken"
    );
    let shown = text(&session::session(&home, "unlocked", &script));
    let parts: Vec<&str> = shown.split("first 3").collect();
    assert_eq!(parts.len(), 2, "no code, no session: {shown}");
    assert!(
        shown.contains("account.mfa_code: This profile needs a code from your device `phone`. — Enter a new code"),
        "{shown}"
    );
    assert!(
        shown.contains("second 0") && shown.contains("You act as the role admins of account 123456789012."),
        "the code is used: {shown}"
    );
    assert!(shown.contains("third 0"), "the session that it gave is used again: {shown}");
    assert!(shown.trim_end().lines().any(|line| line == "1"), "children have it too: {shown}");
}

#[test]
fn calls_go_through_the_proxy_that_is_named_and_not_where_it_is_forbidden() {
    let home = Home::bare();
    let config = home
        .write("aws-config", "[profile p]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = abc\n");
    let proxy = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", proxy.local_addr().unwrap());
    let (told, asked) = mpsc::channel();
    std::thread::spawn(move || {
        for stream in proxy.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut head = [0; 1024];
            let length = stream.read(&mut head).unwrap_or_default();
            let _ = told.send(String::from_utf8_lossy(&head[..length]).into_owned());
            let _ = stream.write_all(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
        }
    });
    let file = with_profile(&home, "p", "");
    for (name, other) in [("HTTPS_PROXY", ""), ("https_proxy", ""), ("HTTPS_PROXY", ".amazonaws.com")] {
        let mut command = home.command(&["check", &file, "--json"]);
        for unset in ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "no_proxy"] {
            command.env_remove(unset);
        }
        let output =
            command.env("AWS_CONFIG_FILE", &config).env(name, &address).env("NO_PROXY", other).output().unwrap();
        let heads: Vec<String> = asked.try_iter().collect();
        let tunnels = heads.iter().any(|head| head.starts_with("CONNECT sts.us-east-1.amazonaws.com:443 "));
        assert_eq!(tunnels, other.is_empty(), "{name}, not for {other:?}: {heads:?}\n{}", text(&output));
    }
}

#[test]
fn an_account_that_cannot_be_reached_is_no_fault_of_the_answers() {
    let home = Home::bare();
    let config = home
        .write("aws-config", "[profile p]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = abc\n");
    let file = with_profile(&home, "p", "");
    // Nothing listens there.
    let mut command = home.command(&["apply", &file, "--until", "account"]);
    command.env("AWS_CONFIG_FILE", &config).env("HTTPS_PROXY", "http://127.0.0.1:1").env("NO_PROXY", "");
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    assert!(!text(&output).contains("account: blocked"), "{}", text(&output));
}

#[test]
fn a_region_that_the_table_lacks_is_asked_of_the_account() {
    let home = Home::new();
    home.start_practice();
    let may = |actions: &str| {
        home.boto3(&format!("iam.put_user_policy(UserName='an-iam-user', PolicyName='more', PolicyDocument=json.dumps({{'Version':'2012-10-17','Statement':[{{'Effect':'{actions}','Action':'ec2:DescribeRegions','Resource':'*'}}]}}))"));
    };
    let all = answers("roman-sit").replace("us-east-1\"\nzone", "eu-central-9\"\nzone");
    // Where no table has the region's load balancers, no name in DNS can lead to one.
    let file = home.write("answers.toml", all.split_once("[dns]").unwrap().0);
    home.run(&["apply", &file, "--until", "account"]);
    may("Deny");
    run(
        &home,
        &["apply", &file, "--until", "account"],
        0,
        &["deployment: done", "account.region: Hubwright does not know the region `eu-central-9`"],
    );
    may("Allow");
    run(
        &home,
        &["apply", &file, "--until", "account"],
        3,
        &["account.region: The account has no region `eu-central-9`. — Choose one of `", "`us-east-1`"],
    );
}

#[test]
fn programs_that_later_pages_need_are_looked_for_at_the_start() {
    let home = Home::bare();
    let file = home.write("answers.toml", &answers("roman-sit"));
    let old = home.path().join("bin");
    std::fs::create_dir_all(&old).unwrap();
    let git = old.join("git");
    std::fs::write(&git, "#!/bin/sh\necho git version 2.30.9\n").unwrap();
    std::fs::set_permissions(&git, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", old.display(), std::env::var("PATH").unwrap());
    let output = home.command(&["apply", &file, "--only", "tools"]).env("PATH", path).output().unwrap();
    let shown = text(&output);
    assert!(
        shown.contains("tools: blocked")
            && shown.contains("tools: `git` 2.30.9 is too old: 2.31.0 or newer is needed."),
        "{shown}"
    );
}

#[test]
fn a_user_who_is_not_there_does_not_stop_the_removal_and_those_who_joined_leave() {
    let home = Home::new();
    let file = home.write("answers.toml", &answers("roman-sit"));
    run(&home, &["apply", &file, "--until", "architects"], 0, &["architects: done"]);
    let ghost =
        answers("roman-sit").replace("[architects]\nusers = [\"an-iam-user\"]", "[architects]\nusers = [\"ghost\"]");
    let ghost = home.write("ghost.toml", &ghost);
    run(&home, &["remove", &ghost], 0, &["deploy_roles: removed"]);
    let groups = home.boto3("print(json.dumps([g['GroupName'] for g in iam.list_groups()['Groups']]))");
    assert_eq!(groups, json!([]), "nobody was left in the group, so it could go");
}
