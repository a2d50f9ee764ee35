//! Every bad input of the command line against a real practice account: what is said, on which field, with which exit status.
//! Nothing entered is lost by any of them.
#![allow(clippy::disallowed_methods, reason = "tests may start programs")]

#[path = "support/peers.rs"]
mod peers;
mod support;

use serde_json::json;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use support::{Home, answers, text};

/// Runs `apply` on answers and asserts the exit status and that each of `said` is said.
fn apply(home: &Home, answers: &str, args: &[&str], status: i32, said: &[&str]) -> String {
    let file = home.write("answers.toml", answers);
    let output = home.run(&[&["apply", file.as_str()], args].concat());
    let shown = text(&output);
    assert_eq!(output.status.code(), Some(status), "exit status for {said:?}; said:\n{shown}");
    for said in said {
        assert!(shown.contains(said), "{said:?} must be said; said:\n{shown}");
    }
    shown
}

#[test]
fn a_bad_name_is_refused_with_all_its_problems_at_once() {
    let home = Home::new();
    let with = |name: &str| answers("roman-sit").replace("\"roman-sit\"", &format!("\"{name}\""));
    apply(
        &home,
        &with("Roman_Sit-"),
        &[],
        2,
        &["deployment.name: `Roman_Sit-` has capital letters. — Use `roman-sit`", "has `_`", "ends with a hyphen"],
    );
    apply(&home, &with(&"a".repeat(33)), &[], 2, &["deployment.name:", "33 characters", "Shorten it"]);
    apply(&home, &with("roman-"), &[], 2, &["deployment.name: `roman-` ends with a hyphen. — Use `roman`"]);
    apply(&home, &with(""), &[], 2, &["deployment.name: “Deployment name” is missing."]);
    let many = answers("Bad_")
        .replace("user = \"an-iam-user\"\nregion = \"us-east-1\"", "user = \"no good!\"\nregion = \"us-esat-1\"");
    apply(&home, &many, &[], 2, &["deployment.region: `us-esat-1` is not one of the choices"]);
    let many =
        answers("Bad_").replace("user = \"an-iam-user\"", "user = \"no good!\"").replace("science.stsci.edu", "nodots");
    apply(
        &home,
        &many,
        &[],
        2,
        &[
            "deployment.name:",
            "deployment.user: `no good!`",
            "deployment.zone: `nodots` is not a domain name. — Write it like",
        ],
    );
}

#[test]
fn a_bad_answers_file_is_refused_whole() {
    let home = Home::new();
    let good = answers("roman-sit");
    let cases: &[(String, &[&str])] = &[
        (good.replace("version = 1", ""), &["answers: The answers file does not say its version. — Put `version = 1` at its top."]),
        (good.replace("version = 1", "version = 7"), &["of version 7", "Install the newest Hubwright."]),
        (format!("{good}[clustre]\nname = \"x\"\n"), &["clustre: There is no step `clustre`. — Use one of `deployment`"]),
        (good.replace("user =", "usr ="), &["deployment.usr: The step has no field `usr`. — Use one of `name`"]),
        (
            format!("{good}\n[requests]\ncertificate_asked = 2026-11-01\nask_again_days = \"soon\"\n"),
            &["requests.ask_again_days: `soon` is no number of days. — Enter a number from 1 to 365"],
        ),
        (good.replace("name = \"roman-sit\"", "name = 7"), &["deployment.name: The value of `name` is of the wrong type. — Write a text in quotes."]),
        (good.replace("[\"an-iam-user\"]", "\"an-iam-user\""), &["architects.users: The value of `users` is of the wrong type. — Write a list of texts"]),
        (good.replace("kind = \"practice\"", "kind = \"keys\"\naccess_key_id = \"AKIAIOSFODNN7EXAMPLE\"\nsecret_access_key = \"wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY\""),
            &["account.secret_access_key: A secret stands in clear in the answers file. — Write `secret_access_key = { file"]),
        ("version = 1\n[deployment\n".into(), &["answers: Line 2 of the answers file is not TOML"]),
        (format!("name = \"x\"\n{good}"), &["`name` stands outside of any step's table"]),
    ];
    for (file, said) in cases {
        let shown = apply(&home, file, &[], 2, said);
        assert!(!shown.contains("wJalrXUtnFEMI"), "a secret in clear is not repeated");
    }
    let two = good.replace("user =", "usr =").replace("[dns]", "[dns]\nttl = 60").replace("target =", "target = 3 #");
    apply(&home, &two, &[], 2, &["deployment.usr", "dns.ttl", "dns.target"]);
    let output = home.run(&["apply", "/no/such/file.toml"]);
    assert_eq!(output.status.code(), Some(2), "{}", text(&output));
    assert!(!home.path().join("deployments/roman-sit-staging/log").exists(), "a refused file starts nothing");
}

#[test]
fn no_mutation_of_an_answers_file_makes_the_reader_panic() {
    let home = Home::bare();
    let good = answers("roman-sit").into_bytes();
    for at in (0..good.len()).step_by(7) {
        let mut bytes = good.clone();
        bytes[at] = [b'"', b'[', b'=', 0, b'\n'][at % 5];
        let path = home.path().join("mutated.toml");
        std::fs::write(&path, &bytes).unwrap();
        let output = home.run(&["apply", path.to_str().unwrap(), "--only", "deployment"]);
        let shown = text(&output);
        assert!(!shown.contains("panicked"), "byte {at}: {shown}");
        assert!(output.status.code().is_some_and(|code| (0..=3).contains(&code)), "byte {at}: {shown}");
    }
}

#[test]
fn a_name_that_another_tool_uses_blocks_before_anything_is_made() {
    let home = Home::new();
    home.start_practice();
    home.boto3("iam.create_group(GroupName='roman-sit-terraform-architects')");
    let said = [
        "account: blocked",
        "account.keep_name: `roman-sit` is in use in this account: the group `roman-sit-terraform-architects`",
        "Choose another deployment name",
    ];
    apply(&home, &answers("roman-sit"), &[], 3, &said);
    let roles = home.boto3("print(json.dumps(len(iam.list_roles()['Roles'])))");
    assert_eq!(roles, json!(0), "nothing was made");
}

#[test]
fn a_user_with_nine_or_ten_groups_is_stopped_before_joining() {
    for groups in [9, 10] {
        let home = Home::new();
        home.start_practice();
        home.boto3(&format!("iam.create_user(UserName='an-iam-user')\nfor n in range({groups}):\n iam.create_group(GroupName=f'g{{n}}')\n iam.add_user_to_group(GroupName=f'g{{n}}', UserName='an-iam-user')"));
        let said = [format!(
            "architects.users: `an-iam-user` is in {groups} groups; AWS allows 10, and this deployment adds 2. — Take `an-iam-user` out of {} of:",
            groups - 8
        )];
        apply(&home, &answers("roman-sit"), &["--until", "architects"], 3, &said.each_ref().map(String::as_str));
    }
}

#[test]
fn a_user_without_rights_sees_what_is_missing_before_the_first_write() {
    let home = Home::new();
    home.start_practice();
    home.boto3("iam.create_user(UserName='an-iam-user')\niam.put_user_policy(UserName='an-iam-user', PolicyName='little', PolicyDocument=json.dumps({'Version':'2012-10-17','Statement':[{'Effect':'Allow','Action':['iam:Get*','iam:List*','iam:Simulate*','route53:Get*','route53:List*'],'Resource':'*'}]}))");
    let said = [
        "deploy_roles: blocked",
        "lacks 13 of the rights that this page needs",
        "iam:CreateRole on arn:aws:iam::123456789012:role/roman-sit-terraform-architect",
        "dns: blocked",
        "route53:ChangeResourceRecordSets on arn:aws:route53:::hostedzone/",
    ];
    apply(&home, &answers("roman-sit"), &[], 3, &said);
}

#[test]
fn a_session_that_expires_during_apply_says_so_and_goes_on_after() {
    let home = Home::new();
    home.start_practice();
    for action in ["AddUserToGroup", "ChangeResourceRecordSets", "CreateGroup"] {
        home.fault(&json!({ "action": action, "times": 1, "kind": "expire" }));
    }
    apply(
        &home,
        &answers("roman-sit"),
        &[],
        1,
        &["dns: The sign-in to AWS has expired. — Sign in again", "deploy_roles: Terraform could not apply the plan"],
    );
    home.fault(&json!({ "action": "AddUserToGroup", "times": 1, "kind": "expire" }));
    apply(&home, &answers("roman-sit"), &[], 1, &["architects: The sign-in to AWS has expired."]);
    home.no_faults();
    apply(&home, &answers("roman-sit"), &[], 0, &["architects: done"]);
    support::assert_world(&home);
}

#[test]
fn a_region_that_does_not_exist_or_is_not_enabled_is_said() {
    let home = Home::new();
    let shown = apply(
        &home,
        &answers("roman-sit").replace("us-east-1\"\nzone", "mars-north-1\"\nzone"),
        &[],
        2,
        &["deployment.region: `mars-north-1` is not one of the choices"],
    );
    assert!(shown.contains("`us-east-1`"), "{shown}");
    apply(
        &home,
        &answers("roman-sit")
            .replace("us-east-1\"\nzone", "af-south-1\"\nzone")
            .replace("us-east-1.elb", "af-south-1.elb"),
        &[],
        3,
        &["account.region: The region `af-south-1` is not enabled in this account. — Choose another region"],
    );
}

#[test]
fn every_bad_target_zone_and_record_gets_its_own_problem() {
    let home = Home::new();
    apply(&home, &answers("roman-sit"), &["--until", "account"], 0, &[]);
    let target = |text: &str| answers("roman-sit").replace("abc-123.us-east-1.elb.amazonaws.com", text);
    apply(
        &home,
        &target("hub.example.org"),
        &["--only", "dns"],
        2,
        &[
            "dns.target: `hub.example.org` is not the address of a load balancer in AWS. — Copy the address that AWS gave the hub when it was installed",
        ],
    );
    apply(
        &home,
        &target("abc.eu-west-1.elb.amazonaws.com"),
        &["--only", "dns"],
        2,
        &["dns.target: This load balancer is in eu-west-1, and the deployment in us-east-1."],
    );
    // A region that is newer than Hubwright's table may be there: the balancer's zone is asked for.
    let newer = target("abc-123.eu-central-9.elb.amazonaws.com")
        .replace("region = \"us-east-1\"", "region = \"eu-central-9\"")
        .replace("roman-sit", "roman-newer");
    apply(&home, &newer, &["--only", "dns"], 2, &["dns.balancer_zone: “Hosted zone of the load balancer” is missing."]);
    let newer = newer.replace("[dns]", "[dns]\nbalancer_zone = \"Z-1\"");
    apply(&home, &newer, &["--only", "dns"], 2, &["dns.balancer_zone: `Z-1` is not the id of a hosted zone."]);
    // Well written, and no balancer's.
    apply(
        &home,
        &target("abc.us-east-1.elb.amazonaws.com"),
        &["--only", "dns"],
        1,
        &[
            "dns.target: Route 53 does not take the record: Tried to create an alias that targets dualstack.abc.us-east-1.elb.amazonaws.com., type A in zone Z35SXDOTRQ7X7K, but that target was not found. — Copy the load balancer's name again",
        ],
    );

    home.boto3("z = r53.list_hosted_zones_by_name(DNSName='science.stsci.edu.')['HostedZones'][0]['Id']\nr53.change_resource_record_sets(HostedZoneId=z, ChangeBatch={'Changes':[{'Action':'CREATE','ResourceRecordSet':{'Name':'roman-sit.science.stsci.edu.','Type':'A','TTL':300,'ResourceRecords':[{'Value':'192.0.2.77'}]}}]})");
    apply(
        &home,
        &answers("roman-sit"),
        &["--only", "dns"],
        3,
        &[
            "dns.replace: roman-sit.science.stsci.edu is there already and leads elsewhere: A 192.0.2.77 (kept 300 s). — Ask its owner.",
        ],
    );
    let replace = answers("roman-sit").replace("[dns]", "[dns]\nreplace = true");
    apply(&home, &replace, &["--only", "dns"], 0, &["dns: done"]);
    let file = home.write("answers.toml", &replace);
    let removed = home.run(&["remove", &file]);
    assert!(removed.status.success(), "{}", text(&removed));
    let value = home.boto3("z = r53.list_hosted_zones_by_name(DNSName='science.stsci.edu.')['HostedZones'][0]['Id']\nprint(json.dumps([r['ResourceRecords'][0]['Value'] for r in r53.list_resource_record_sets(HostedZoneId=z)['ResourceRecordSets'] if r['Type']=='A']))");
    assert_eq!(value, json!(["192.0.2.77"]), "what was replaced is put back");

    let home = Home::new();
    apply(
        &home,
        &answers("roman-sit").replace("science.stsci.edu", "other.example.org"),
        &["--until", "account"],
        0,
        &[],
    );
    apply(
        &home,
        &answers("roman-sit").replace("science.stsci.edu", "other.example.org"),
        &["--only", "dns"],
        3,
        &[
            "dns.profile: Account 123456789012 has no DNS zone `other.example.org`. It has `science.stsci.edu`. — If the zone is in another account, name a profile",
        ],
    );
}

#[test]
fn a_terraform_that_is_missing_too_old_or_locked_is_said() {
    let home = Home::new();
    let bin = home.path().join("bin");
    std::fs::create_dir_all(&bin).unwrap();
    let only = answers("roman-sit").replace("[account]", "[tools]\nterraform = \"terraform\"\n[account]");
    let shim = |text: &str| {
        std::fs::write(bin.join("terraform"), format!("#!/bin/sh\n{text}\n")).unwrap();
        std::fs::set_permissions(bin.join("terraform"), std::fs::Permissions::from_mode(0o755)).unwrap();
    };
    let file = home.write("answers.toml", &only);
    let with_path = |path: &str| {
        let output = home.command(&["apply", &file, "--only", "tools"]).env("PATH", path).output().unwrap();
        (output.status.code(), text(&output))
    };
    shim("echo '{\"terraform_version\":\"1.2.9\"}'");
    let (status, shown) = with_path(&bin.display().to_string());
    assert_eq!(status, Some(3), "{shown}");
    assert!(
        shown
            .contains("tools.terraform: `terraform` 1.2.9 is too old: 1.5.0 or newer is needed. — Install a newer one"),
        "{shown}"
    );
    shim("exit 1");
    let (_, shown) = with_path(&bin.display().to_string());
    assert!(shown.contains("does not say which version it is"), "{shown}");

    let tofu = only.replace("terraform = \"terraform\"", "terraform = \"tofu\"");
    if Command::new("tofu").arg("version").output().is_err() {
        apply(
            &home,
            &tofu,
            &["--only", "tools"],
            3,
            &["tools.terraform: `tofu` was not found on this computer. — Install it"],
        );
    }

    apply(&home, &answers("roman-sit"), &["--until", "deploy_roles"], 0, &["deploy_roles: done"]);
    home.boto3("iam.detach_group_policy(GroupName='roman-sit-terraform-architects', PolicyArn='arn:aws:iam::123456789012:policy/roman-sit-terraform-assume-deployment-role')");
    let state = home.path().join("deployments/roman-sit-staging/steps/deploy_roles/module/terraform.tfstate");
    // Terraform locks a local state with fcntl(2); so does this, as another Terraform would.
    let mut holder = Command::new("python3")
        .args(["-c", "import fcntl,sys,time; f=open(sys.argv[1],'r+'); fcntl.lockf(f, fcntl.LOCK_EX); print('held', flush=True); time.sleep(120)"])
        .arg(&state)
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(holder.stdout.take().unwrap()), &mut String::new())
        .unwrap();
    apply(
        &home,
        &answers("roman-sit"),
        &["--only", "deploy_roles"],
        1,
        &["deploy_roles: Another Terraform is at work on what this page makes. — Wait until it has ended, or end it"],
    );
    holder.kill().unwrap();
    holder.wait().unwrap();
    apply(&home, &answers("roman-sit"), &["--only", "deploy_roles"], 0, &["deploy_roles: done"]);
}

#[test]
fn a_practice_account_that_cannot_be_installed_is_said() {
    let home = Home::bare().with("HTTPS_PROXY", "http://127.0.0.1:9");
    apply(
        &home,
        &answers("roman-sit"),
        &[],
        1,
        &["The AWS look-alike (moto) could not be installed. — Check the connection to the Python package index"],
    );
    let home = Home::bare().with("HUBWRIGHT_PYTHON", "/no/such/python");
    apply(&home, &answers("roman-sit"), &[], 1, &["Install its venv module"]);
    let old = Home::bare();
    let python = old.write("python", "#!/bin/sh\nsleep 3; echo Python 3.9.18\n");
    Command::new("chmod").args(["+x", &python]).status().unwrap();
    let home = old.with("HUBWRIGHT_PYTHON", &python);
    let words = "Python 3.9.18 is too old for the practice account. — Install Python 3.10.0 or newer";
    let waits = "Starting the practice account; the first time it is installed";
    apply(&home, &answers("roman-sit"), &[], 1, &[words, waits]);
}

#[test]
fn a_step_that_waits_says_for_what() {
    let home = Home::new();
    apply(&home, &answers("roman-sit"), &["--until", "tools"], 0, &["tools: done"]);
    let waits = "architects: todo — waits for “Make the roles that set up the rest”";
    apply(&home, &answers("roman-sit"), &["--only", "architects"], 3, &[waits]);
}

#[test]
fn a_full_disk_and_a_read_only_folder_lose_nothing() {
    let home = Home::new();
    let small = home.path().join("small");
    std::fs::create_dir_all(&small).unwrap();
    let mount = |options: &str| {
        Command::new("mount")
            .args(["-t", "tmpfs", "-o", options, "tmpfs"])
            .arg(&small)
            .status()
            .is_ok_and(|status| status.success())
    };
    if !mount("size=192k") {
        return peers::skip("a_full_disk_and_a_read_only_folder_lose_nothing", "it may not mount");
    }
    let file = home.write("answers.toml", &answers("roman-sit"));
    let run = |args: &[&str]| {
        Command::new(support::PROGRAM)
            .args(args)
            .env("HUBWRIGHT_HOME", &small)
            .env_remove("AWS_ENDPOINT_URL")
            .output()
            .unwrap()
    };
    let first = run(&["apply", &file, "--only", "deployment"]);
    assert!(first.status.success(), "{}", text(&first));
    let _ = std::fs::write(small.join("fill"), vec![0u8; 400 * 1024]);
    let other = home.write("other.toml", &answers("roman-sit").replace("an-iam-user", &"x".repeat(60)));
    let full = run(&["apply", &other, "--only", "deployment"]);
    assert_ne!(full.status.code(), Some(0), "{}", text(&full));
    assert!(text(&full).contains("Free some space on the disk"), "{}", text(&full));
    std::fs::remove_file(small.join("fill")).unwrap();
    let after = run(&["apply", &file, "--only", "deployment"]);
    assert!(after.status.success(), "nothing entered is lost: {}", text(&after));
    Command::new("mount").args(["-o", "remount,ro"]).arg(&small).status().unwrap();
    let read_only = run(&["apply", &file, "--only", "deployment"]);
    assert_eq!(read_only.status.code(), Some(1), "{}", text(&read_only));
    assert!(text(&read_only).contains("Allow your user to write there, or set HUBWRIGHT_HOME"), "{}", text(&read_only));
    Command::new("umount").arg(&small).status().unwrap();
}
