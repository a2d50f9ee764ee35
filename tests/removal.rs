//! A removal says no more than the world shows: what is left is listed with why, and the exit status tells. And no plan
//! destroys anything on the command line without leave.
#![allow(clippy::disallowed_methods, reason = "tests edit what Hubwright keeps, as an accident would")]

mod support;

use serde_json::{Value as Json, json};
use support::{Home, answers, text};

/// The names of everything in the account, and its keys in use.
fn left(home: &Home) -> Json {
    home.boto3(
        "names = [g['GroupName'] for g in iam.list_groups()['Groups']] + [r['RoleName'] for r in iam.list_roles()['Roles']]\n\
         names += [p['PolicyName'] for p in iam.list_policies(Scope='Local')['Policies']]\n\
         names += [r['repositoryName'] for r in c('codecommit').list_repositories()['repositories']]\n\
         zone = r53.list_hosted_zones_by_name(DNSName='science.stsci.edu.')['HostedZones'][0]['Id']\n\
         names += [r['Name'] for r in r53.list_resource_record_sets(HostedZoneId=zone)['ResourceRecordSets'] if r['Type'] == 'A']\n\
         kms = c('kms')\nabout = [kms.describe_key(KeyId=k['KeyId'])['KeyMetadata'] for k in kms.list_keys()['Keys']]\n\
         print(json.dumps({'names': names, 'keys': [k['Description'] for k in about if k['KeyState'] == 'Enabled']}))",
    )
}

/// Names of what carries the deployment's name.
fn world(home: &Home) -> Vec<String> {
    let names = left(home)["names"].take();
    let names: Vec<String> = serde_json::from_value(names).unwrap();
    names.into_iter().filter(|name| name.starts_with("roman-sit")).collect()
}

fn remove(home: &Home, file: &str) -> (Option<i32>, String) {
    let output = home.run(&["remove", file]);
    (output.status.code(), text(&output))
}

#[test]
fn a_removal_without_the_deployment_folder_asks_the_world_and_says_what_is_left() {
    let home = Home::new();
    home.start_practice();
    let file = home.write("answers.toml", &answers("roman-sit"));
    let (status, shown) = remove(&home, &file);
    // Nothing was made yet. But nobody here may look into KMS and CodeCommit, so nobody here can say so.
    assert_eq!(status, Some(3), "{shown}");
    for step in ["deploy_roles", "architects", "secrets_setup_role", "dns"] {
        let said = [
            format!("{step}: todo — nothing to remove"),
            format!("{step}: blocked — “Make the secrets store” needs it and was not removed"),
        ];
        assert!(said.iter().any(|said| shown.contains(said)), "{step} is not skipped in silence:\n{shown}");
    }
    assert!(shown.contains("secrets_store: blocked — Not everything was removed. Still there: "), "{shown}");
    assert!(shown.contains("Repository roman-sit-secrets: cannot be looked at, because"), "{shown}");
    home.boto3(MAY_LOOK);
    let (status, shown) = remove(&home, &file);
    assert_eq!(status, Some(0), "who may look sees that nothing is there:\n{shown}");
    assert!(shown.contains("secrets_store: removed") || shown.contains("secrets_store: todo — nothing"), "{shown}");
    let applied = home.run(&["apply", &file]);
    assert!(applied.status.success(), "{}", text(&applied));
    home.boto3("iam.create_group(GroupName='others')");
    std::fs::remove_dir_all(home.path().join("deployments/roman-sit-staging")).unwrap();
    let none = json!({ "names": ["others"], "keys": [] });
    assert_ne!(left(&home), none);
    let (status, shown) = remove(&home, &file);
    assert_eq!((status, left(&home)), (Some(0), none.clone()), "{shown}");
    // Once more: there is nothing to remove, and that is no failure.
    let (status, shown) = remove(&home, &file);
    assert_eq!((status, left(&home)), (Some(0), none), "{shown}");
}

/// Gives the practice user the right to look into KMS and CodeCommit.
const MAY_LOOK: &str = "iam.put_user_policy(UserName='an-iam-user', PolicyName='look', PolicyDocument=json.dumps({'Version':'2012-10-17','Statement':[{'Effect':'Allow','Action':['kms:Describe*','kms:List*','kms:Get*','codecommit:Get*','codecommit:List*'],'Resource':'*'}]}))";

#[test]
fn a_store_whose_role_is_gone_is_not_said_to_be_gone_by_who_cannot_look() {
    let home = Home::new();
    home.start_practice();
    let first = home.write("answers.toml", &answers("roman-sit"));
    let applied = home.run(&["apply", &first, "--until", "secrets_store"]);
    assert!(applied.status.success(), "{}", text(&applied));
    // The role that set up the store is deleted by hand; another computer is to remove all.
    home.boto3("iam.detach_role_policy(RoleName='roman-sit-secrets-setup', PolicyArn='arn:aws:iam::123456789012:policy/roman-sit-secrets-setup')\niam.delete_role(RoleName='roman-sit-secrets-setup')");
    let other = Home::new().with("AWS_ENDPOINT_URL", home.practice()["endpoint"].as_str().unwrap());
    let file = other.write("answers.toml", &answers("roman-sit"));
    let (status, shown) = remove(&other, &file);
    assert_eq!(status, Some(3), "{shown}");
    for thing in ["Repository roman-sit-secrets", "Encryption key", "Name of the key"] {
        let said = format!("{thing}: cannot be looked at, because `roman-sit-secrets-setup` is gone and AWS says");
        assert!(shown.contains(&said), "{said}:\n{shown}");
    }
    assert!(
        shown.contains("Role roman-sit-secrets-encrypt: the role `roman-sit-secrets-setup`, which removes it, is gone"),
        "{shown}"
    );
    assert!(
        !shown.contains("hub_secrets: todo — nothing to remove"),
        "what is inside of it may be there as well:\n{shown}"
    );
    // Somebody who may look sees what is there, and how to remove it.
    home.boto3(MAY_LOOK);
    let (status, shown) = remove(&other, &file);
    assert_eq!(status, Some(3), "{shown}");
    for thing in ["Repository roman-sit-secrets", "Encryption key", "Name of the key"] {
        let said = format!(
            "{thing}: the role `roman-sit-secrets-setup`, which removes it, is gone; apply the page that makes this role once more, then remove this page first"
        );
        assert!(shown.contains(&said), "{said}:\n{shown}");
    }
    // The first computer still has the store's state.
    let again = home.run(&["apply", &first, "--until", "secrets_setup_role"]);
    assert!(again.status.success(), "{}", text(&again));
    let (status, shown) = remove(&home, &first);
    assert_eq!((status, world(&home)), (Some(0), vec![]), "as it says:\n{shown}");
}

#[test]
fn people_who_are_not_there_do_not_make_a_removal_fail() {
    let home = Home::new();
    home.start_practice();
    let file = home.write("answers.toml", &answers("roman-sit"));
    let applied = home.run(&["apply", &file, "--until", "architects"]);
    assert!(applied.status.success(), "{}", text(&applied));
    let ghost = answers("roman-sit").replace("[\"an-iam-user\"]", "[\"ghost\"]");
    let ghost = home.write("ghost.toml", &format!("{ghost}[deploy_roles]\nusers = [\"ghost\"]\n"));
    let (status, shown) = remove(&home, &ghost);
    assert_eq!((status, world(&home)), (Some(0), vec![]), "{shown}");
    assert!(shown.contains("architects: removed") && shown.contains("deploy_roles: removed"), "{shown}");
    let (status, shown) = remove(&home, &ghost);
    assert_eq!(status, Some(0), "a second time there is nothing to do:\n{shown}");
}

#[test]
fn what_aws_would_refuse_is_all_said_before_anything_is_touched() {
    let home = Home::new();
    home.start_practice();
    let file = home.write("answers.toml", &answers("roman-sit"));
    let applied = home.run(&["apply", &file, "--until", "architects"]);
    assert!(applied.status.success(), "{}", text(&applied));
    const GROUP: &str = "roman-sit-terraform-architects";
    const ROLE: &str = "roman-sit-terraform-architect";
    home.boto3(&format!(
        "THEIRS = json.dumps({{'Version':'2012-10-17','Statement':[{{'Effect':'Allow','Action':'sqs:ListQueues','Resource':'*'}}]}})
TRUST = json.dumps({{'Version':'2012-10-17','Statement':[{{'Effect':'Allow','Principal':{{'Service':'ec2.amazonaws.com'}},'Action':'sts:AssumeRole'}}]}})
for name in ['bob', 'cyd']: iam.create_user(UserName=name)
iam.add_user_to_group(GroupName='{GROUP}', UserName='bob')
iam.put_group_policy(GroupName='{GROUP}', PolicyName='theirs', PolicyDocument=THEIRS)
iam.attach_role_policy(RoleName='{ROLE}', PolicyArn='arn:aws:iam::aws:policy/ReadOnlyAccess')
iam.put_role_policy(RoleName='{ROLE}', PolicyName='inline', PolicyDocument=THEIRS)
iam.create_instance_profile(InstanceProfileName='machine')
iam.add_role_to_instance_profile(InstanceProfileName='machine', RoleName='{ROLE}')
iam.attach_user_policy(UserName='cyd', PolicyArn='arn:aws:iam::123456789012:policy/roman-sit-terraform-policy')
iam.create_role(RoleName='roman-sit-cluster', AssumeRolePolicyDocument=TRUST, PermissionsBoundary='arn:aws:iam::123456789012:policy/roman-sit-terraform-boundary')"
    ));
    let all = left(&home);
    // Another user than the answers name: the page of the group does not know them, nor takes them out.
    let (status, shown) = remove(&home, &file);
    assert_eq!(status, Some(3), "{shown}");
    assert!(shown.contains("architects: removed"), "{shown}");
    assert!(shown.contains("deploy_roles: blocked — "), "{shown}");
    for said in [
        &format!("`bob` is in the group `{GROUP}` and Hubwright did not put this user there.") as &str,
        &format!("Take this user out in the IAM console, under User groups, `{GROUP}`; then remove this page again."),
        &format!("The group `{GROUP}` has the policy `theirs` too, which this page did not give it."),
        &format!("The role `{ROLE}` has the policy `ReadOnlyAccess` too, which this page did not give it."),
        &format!("The role `{ROLE}` has the policy `inline` too, which this page did not give it."),
        &format!("The role `{ROLE}` is in the instance profile `machine`"),
        "The policy `roman-sit-terraform-policy` is attached to the user `cyd` too, which this page did not do.",
        "The policy `roman-sit-terraform-boundary` is the limit on the rights (permissions boundary) of the role `roman-sit-cluster`.",
    ] {
        assert!(shown.contains(said), "{said}:\n{shown}");
    }
    assert!(!shown.contains("StatusCode") && !shown.contains("DeleteConflict"), "in words:\n{shown}");
    assert_eq!(left(&home), all, "nothing was touched");
    // Once all of it is taken off, the same command goes through.
    home.boto3(&format!(
        "iam.remove_user_from_group(GroupName='{GROUP}', UserName='bob')
iam.delete_group_policy(GroupName='{GROUP}', PolicyName='theirs')
iam.detach_role_policy(RoleName='{ROLE}', PolicyArn='arn:aws:iam::aws:policy/ReadOnlyAccess')
iam.delete_role_policy(RoleName='{ROLE}', PolicyName='inline')
iam.remove_role_from_instance_profile(InstanceProfileName='machine', RoleName='{ROLE}')
iam.detach_user_policy(UserName='cyd', PolicyArn='arn:aws:iam::123456789012:policy/roman-sit-terraform-policy')
iam.delete_role(RoleName='roman-sit-cluster')"
    ));
    let (status, shown) = remove(&home, &file);
    assert_eq!((status, world(&home)), (Some(0), vec![]), "{shown}");
}

#[test]
fn a_plan_that_destroys_something_waits_for_leave_that_names_the_step() {
    let home = Home::new();
    home.start_practice();
    let file = home.write("answers.toml", &answers("roman-sit"));
    let applied = home.run(&["apply", &file, "--until", "deploy_roles"]);
    assert!(applied.status.success(), "{}", text(&applied));
    // A group that the module made once and does not know any more.
    home.boto3("iam.create_group(GroupName='roman-sit-older-terraform-architects')\niam.detach_group_policy(GroupName='roman-sit-terraform-architects', PolicyArn='arn:aws:iam::123456789012:policy/roman-sit-terraform-assume-deployment-role')");
    let path = home.path().join("deployments/roman-sit-staging/steps/deploy_roles/module/terraform.tfstate");
    let mut state: Json = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    let all = state["resources"].as_array_mut().unwrap();
    let mut older = all.iter().find(|one| one["type"] == "aws_iam_group").unwrap().clone();
    older["name"] = json!("older");
    for (key, value) in
        [("id", "roman-sit-older-terraform-architects"), ("name", "roman-sit-older-terraform-architects")]
    {
        older["instances"][0]["attributes"][key] = json!(value);
    }
    older["instances"][0]["attributes"]["arn"] =
        json!("arn:aws:iam::123456789012:group/roman-sit-older-terraform-architects");
    all.push(older);
    std::fs::write(&path, state.to_string()).unwrap();

    let args = ["apply", file.as_str(), "--only", "deploy_roles"];
    let held = home.run(&args);
    assert_eq!(held.status.code(), Some(3), "{}", text(&held));
    assert!(
        text(&held).contains(
            "deploy_roles: blocked — The plan destroys or makes anew: group roman-sit-older-terraform-architects."
        ),
        "{}",
        text(&held)
    );
    assert!(text(&held).contains("--allow-destroy deploy_roles"), "{}", text(&held));
    assert!(world(&home).contains(&"roman-sit-older-terraform-architects".to_owned()), "nothing was done");
    let other = home.run(&[&args[..], &["--allow-destroy", "dns"]].concat());
    assert_eq!(other.status.code(), Some(3), "leave for another page is none: {}", text(&other));
    let allowed = home.run(&[&args[..], &["--allow-destroy", "deploy_roles"]].concat());
    assert_eq!(allowed.status.code(), Some(0), "{}", text(&allowed));
    assert!(!world(&home).contains(&"roman-sit-older-terraform-architects".to_owned()));
}
