//! Pages that apply a Terraform module, against a world that others change: what somebody else made is not adopted unasked,
//! and what was changed is shown and mended.
#![allow(clippy::disallowed_methods, reason = "tests start programs and remove files")]

#[path = "support/peers.rs"]
mod peers;
mod support;

use serde_json::{Value as Json, json};
use std::path::Path;
use std::process::Command;
use support::{Home, answers, text};

/// Runs Hubwright and asserts how it ends and what it says.
fn expect(home: &Home, args: &[&str], code: i32, said: &[&str]) -> String {
    let output = home.run(args);
    let shown = text(&output);
    assert_eq!(output.status.code(), Some(code), "{args:?}: {shown}");
    for words in said {
        assert!(shown.contains(words), "{args:?} says `{words}`: {shown}");
    }
    shown
}

/// Everything of the three modules that can be set up in one way or another, as boto3 reads it.
const SET_UP: &str = "
kms, cc = c('kms'), c('codecommit')
key = [a['TargetKeyId'] for a in kms.list_aliases()['Aliases'] if a['AliasName'] == 'alias/roman-sit-secrets']
about = [kms.describe_key(KeyId=k)['KeyMetadata'] for k in key]
print(json.dumps({
  'policies': {p['PolicyName']: iam.get_policy_version(PolicyArn=p['Arn'], VersionId=p['DefaultVersionId'])['PolicyVersion']['Document'] for p in iam.list_policies(Scope='Local')['Policies']},
  'trusts': {r['RoleName']: r['AssumeRolePolicyDocument'] for r in iam.list_roles()['Roles']},
  'boundaries': {r['RoleName']: iam.get_role(RoleName=r['RoleName'])['Role'].get('PermissionsBoundary', {}).get('PermissionsBoundaryArn') for r in iam.list_roles()['Roles']},
  'attached': {r['RoleName']: sorted(p['PolicyName'] for p in iam.list_attached_role_policies(RoleName=r['RoleName'])['AttachedPolicies']) for r in iam.list_roles()['Roles']},
  'groups': {g['GroupName']: [p['PolicyName'] for p in iam.list_attached_group_policies(GroupName=g['GroupName'])['AttachedPolicies']] for g in iam.list_groups()['Groups']},
  'repositories': [[m['repositoryName'], m.get('repositoryDescription')] for r in cc.list_repositories()['repositories'] for m in [cc.get_repository(repositoryName=r['repositoryName'])['repositoryMetadata']]],
  'keys': [[k['KeyId'], k['KeyState'], k['Description'], kms.get_key_rotation_status(KeyId=k['KeyId'])['KeyRotationEnabled'], json.loads(kms.get_key_policy(KeyId=k['KeyId'], PolicyName='default')['Policy'])] for k in about],
}))";

const ARN: &str = "arn:aws:iam::123456789012";
/// A trust in another account, and a policy that allows nothing.
const TRUST: &str = "json.dumps({'Version':'2012-10-17','Statement':[{'Effect':'Allow','Principal':{'AWS':'arn:aws:iam::999999999999:root'},'Action':'sts:AssumeRole'}]})";
const DENY: &str = "json.dumps({'Version':'2012-10-17','Statement':[{'Effect':'Deny','Action':'*','Resource':'*'}]})";

#[test]
fn what_was_changed_in_the_account_is_shown_and_mended() {
    let home = Home::new();
    home.start_practice();
    let file = home.write("answers.toml", &answers("roman-sit"));
    let apply = ["apply", file.as_str(), "--until", "secrets_store"];
    let check = ["check", file.as_str()];
    expect(&home, &apply, 0, &[]);
    let made = home.boto3(SET_UP);
    assert_eq!(made["policies"].as_object().unwrap().len(), 8, "{made}");
    let key = made["keys"][0][0].as_str().unwrap();
    let changes = [
        (
            format!("iam.update_assume_role_policy(RoleName='roman-sit-terraform-architect', PolicyDocument={TRUST})"),
            "deploy_roles: todo — Role roman-sit-terraform-architect lets everybody in account 999999999999 (not yours) whose own policies allow it act as it, and does not let the user an-iam-user.",
        ),
        (
            format!(
                "iam.create_policy_version(PolicyArn='{ARN}:policy/roman-sit-terraform-write-policy', PolicyDocument={DENY}, SetAsDefault=True)"
            ),
            "deploy_roles: todo — Policy roman-sit-terraform-write-policy: what it allows was changed.",
        ),
        (
            format!(
                "iam.detach_group_policy(GroupName='roman-sit-terraform-architects', PolicyArn='{ARN}:policy/roman-sit-terraform-assume-deployment-role')"
            ),
            "deploy_roles: todo — 8 of 9 things are in the account",
        ),
        (
            "iam.delete_role_permissions_boundary(RoleName='roman-sit-secrets-decrypt')".into(),
            "secrets_store: todo — Role roman-sit-secrets-decrypt: the limit on its rights (permissions boundary) was changed or taken off.",
        ),
        (
            format!("c('kms').disable_key_rotation(KeyId='{key}')"),
            "secrets_store: todo — Encryption key: its yearly renewal is switched off.",
        ),
        (
            format!(
                "p = json.loads(c('kms').get_key_policy(KeyId='{key}', PolicyName='default')['Policy'])\np['Statement'].append({{'Sid':'Other','Effect':'Allow','Principal':{{'AWS':'{ARN}:root'}},'Action':'kms:Decrypt','Resource':'*'}})\nc('kms').put_key_policy(KeyId='{key}', PolicyName='default', Policy=json.dumps(p))"
            ),
            "secrets_store: todo — Encryption key: what it allows was changed.",
        ),
    ];
    for (change, said) in changes {
        home.boto3(&change);
        expect(&home, &check, 3, &[said]);
        expect(&home, &apply, 0, &[]);
        assert_eq!(home.boto3(SET_UP), made, "mended: {change}");
    }
    // What somebody else gave to a role of ours, attached or inline, is told with the role's name; it stays, and ours is not told.
    home.boto3(&format!(
        "iam.attach_role_policy(RoleName='roman-sit-terraform-architect', PolicyArn='arn:aws:iam::aws:policy/ReadOnlyAccess')\niam.put_role_policy(RoleName='roman-sit-secrets-decrypt', PolicyName='theirs', PolicyDocument={DENY})\niam.put_role_policy(RoleName='roman-sit-secrets-decrypt', PolicyName='roman-sit-secrets-decrypt', PolicyDocument={DENY})"
    ));
    let other = |role: &str, policy: &str| {
        format!("The role `{role}` has the policy `{policy}` too, which this page did not give it.")
    };
    // One that is named as ours, and stands in the role itself, is theirs too.
    let role = "roman-sit-secrets-decrypt";
    let told = [other("roman-sit-terraform-architect", "ReadOnlyAccess"), other(role, "theirs"), other(role, role)];
    // The address was not asked for.
    let shown = expect(&home, &check, 3, &["deploy_roles: done", "secrets_store: done", &told[0], &told[1], &told[2]]);
    assert_eq!(shown.matches("which this page did not give it").count(), 3, "{shown}");
}

/// Another computer of the same person: it knows nothing of what was made.
fn another_computer(home: &Home) -> Home {
    Home::new().with("AWS_ENDPOINT_URL", home.practice()["endpoint"].as_str().unwrap())
}

#[test]
fn another_computer_finds_by_terraform_alone_what_was_changed_and_mends_it() {
    let home = Home::new();
    home.start_practice();
    let file = home.write("answers.toml", &answers("roman-sit"));
    expect(&home, &["apply", &file, "--until", "secrets_store"], 0, &[]);
    let made = home.boto3(SET_UP);
    // On one page what the role allows and who may be it; on the next one what belongs to it, and a setting.
    let changes = [
        (
            format!(
                "iam.update_assume_role_policy(RoleName='roman-sit-terraform-architect', PolicyDocument={TRUST})\niam.create_policy_version(PolicyArn='{ARN}:policy/roman-sit-terraform-write-policy', PolicyDocument={DENY}, SetAsDefault=True)"
            ),
            "deploy_roles: todo — Policy roman-sit-terraform-write-policy: what it allows was changed. One more difference",
        ),
        (
            format!(
                "c('codecommit').update_repository_description(repositoryName='roman-sit-secrets', repositoryDescription='mine')\niam.detach_role_policy(RoleName='roman-sit-secrets-decrypt', PolicyArn='{ARN}:policy/roman-sit-secrets-decrypt')"
            ),
            "secrets_store: todo — 8 of 9 things are in the account",
        ),
    ];
    let other = another_computer(&home);
    let file = other.write("answers.toml", &answers("roman-sit"));
    changes.iter().for_each(|(change, _)| drop(home.boto3(change)));
    expect(&other, &["apply", &file, "--until", "tools"], 0, &[]);
    let remembered =
        || std::fs::exists(other.path().join("deployments/roman-sit-staging/steps/deploy_roles/made.json")).unwrap();
    assert!(!remembered(), "nothing is remembered there");
    let said = expect(&other, &["check", &file], 3, &[changes[0].1]);
    assert!(!remembered(), "a difference is not remembered as what was made: {said}");
    let shown = expect(&other, &["check", &file, "--json"], 3, &[]);
    assert!(shown.contains(r#""view":"diff""#), "before and after are shown: {shown}");
    expect(&other, &["apply", &file, "--until", "secrets_setup_role"], 0, &[]);
    expect(&other, &["check", &file], 3, &["deploy_roles: done", changes[1].1]);
    expect(&other, &["apply", &file, "--until", "secrets_store"], 0, &["secrets_store: done"]);
    assert_eq!(home.boto3(SET_UP), made, "mended: {changes:?}");
    assert!(remembered(), "and from then on a check needs no Terraform");
}

/// The documents, trusts, tags and keys that somebody else may have made under our names.
const OTHERS: &str = "
kms = c('kms')
own = lambda tags: any(t.get('Key') == 'created-by' for t in tags)
print(json.dumps({
  'policies': {p['PolicyName']: [iam.get_policy_version(PolicyArn=p['Arn'], VersionId=p['DefaultVersionId'])['PolicyVersion']['Document'], own(iam.list_policy_tags(PolicyArn=p['Arn'])['Tags'])] for p in iam.list_policies(Scope='Local')['Policies']},
  'roles': {r['RoleName']: [r['AssumeRolePolicyDocument'], own(iam.list_role_tags(RoleName=r['RoleName'])['Tags'])] for r in iam.list_roles()['Roles']},
  'groups': [g['GroupName'] for g in iam.list_groups()['Groups']],
  'repositories': [m.get('repositoryDescription') for r in c('codecommit').list_repositories()['repositories'] for m in [c('codecommit').get_repository(repositoryName=r['repositoryName'])['repositoryMetadata']]],
  'keys': sorted([k['KeyId'], a['KeyState'], a['Description'], kms.get_key_policy(KeyId=k['KeyId'], PolicyName='default')['Policy'], kms.list_resource_tags(KeyId=k['KeyId'])['Tags'], [n['AliasName'] for n in kms.list_aliases(KeyId=k['KeyId'])['Aliases']]] for k in kms.list_keys()['Keys'] for a in [kms.describe_key(KeyId=k['KeyId'])['KeyMetadata']]),
}))";

/// What somebody else allows, and whom they trust.
const THEIRS: &str = "
P = json.dumps({'Version':'2012-10-17','Statement':[{'Effect':'Allow','Action':'s3:Get*','Resource':'*'}]})
T = json.dumps({'Version':'2012-10-17','Statement':[{'Effect':'Allow','Principal':{'AWS':'arn:aws:iam::123456789012:user/administrator'},'Action':'sts:AssumeRole'}]})
";

#[test]
fn a_group_a_role_and_policies_made_by_hand_are_taken_over_only_on_request() {
    let home = Home::new();
    home.start_practice();
    // One policy has the module's description; another has none, which AWS cannot change, so it is made anew.
    home.boto3(&format!("{THEIRS}
iam.create_group(GroupName='roman-sit-terraform-architects')
iam.create_role(RoleName='roman-sit-terraform-architect', AssumeRolePolicyDocument=T)
iam.create_policy(PolicyName='roman-sit-terraform-policy', PolicyDocument=P, Description='Read what a deployment is made of')
iam.create_policy(PolicyName='roman-sit-terraform-write-policy', PolicyDocument=P)"));
    let before = home.boto3(OTHERS);
    // The name is asked for first, and may stay.
    let kept = answers("roman-sit").replace("[account]\n", "[account]\nkeep_name = true\n");
    let file = home.write("answers.toml", &answers("roman-sit"));
    let apply = ["apply", file.as_str(), "--until", "deploy_roles"];
    expect(&home, &apply, 3, &["account.keep_name: `roman-sit` is in use", "or keep the name: each page then asks"]);
    home.write("answers.toml", &kept);
    let named = "The account already has things with the names of this page, and Hubwright did not make them: Group roman-sit-terraform-architects, Role roman-sit-terraform-architect, Policy roman-sit-terraform-policy, Policy roman-sit-terraform-write-policy.";
    expect(
        &home,
        &apply,
        3,
        &[
            "deploy_roles: blocked",
            named,
            "Ask their owner to remove them",
            "switch on “Take over what somebody else made”",
        ],
    );
    // What taking over would change is shown before anybody decides.
    let shown = expect(&home, &["check", &file, "--json"], 3, &["s3:Get*", "user/administrator"]);
    for title in [
        "Role roman-sit-terraform-architect: who may act as it, in the account and as this page makes it",
        "Policy roman-sit-terraform-policy: what it allows, in the account and as this page makes it",
    ] {
        assert!(shown.contains(title), "{title}: {shown}");
    }
    assert_eq!(home.boto3(OTHERS), before, "nothing was touched");

    home.write("answers.toml", &format!("{kept}[deploy_roles]\ntake_over = true\n"));
    let held =
        ["The plan destroys or makes anew: policy roman-sit-terraform-write-policy", "--allow-destroy deploy_roles"];
    expect(&home, &apply, 3, &held);
    assert_eq!(home.boto3(OTHERS), before, "a plan touches nothing either");
    expect(&home, &[&apply[..], &["--allow-destroy", "deploy_roles"]].concat(), 0, &["deploy_roles: done"]);
    let after = home.boto3(OTHERS);
    assert_eq!(after["groups"], json!(["roman-sit-terraform-architects"]));
    assert_eq!(after["roles"]["roman-sit-terraform-architect"][1], json!(true), "it carries our tags: {after}");
    for policy in ["roman-sit-terraform-policy", "roman-sit-terraform-write-policy"] {
        assert_eq!(after["policies"][policy][1], json!(true), "{policy} carries our tags");
        assert!(!after["policies"][policy].to_string().contains("s3:Get*"), "{policy} says what ours says");
    }
    assert!(!after["roles"].to_string().contains("administrator"), "{}", after["roles"]);
    // Taken over, it is ours: also without the switch, and on another computer.
    home.write("answers.toml", &answers("roman-sit"));
    expect(&home, &["check", &file], 3, &["deploy_roles: done"]);
    let other = another_computer(&home);
    let file = other.write("answers.toml", &answers("roman-sit"));
    expect(&other, &["apply", &file, "--until", "deploy_roles"], 0, &["deploy_roles: done"]);
}

#[test]
fn the_store_takes_over_a_repository_a_role_and_a_name_and_never_the_key_of_somebody_else() {
    let home = Home::new();
    home.start_practice();
    let file = home.write("answers.toml", &answers("roman-sit"));
    expect(&home, &["apply", &file, "--until", "secrets_setup_role"], 0, &[]);
    home.boto3(&format!("{THEIRS}
B = 'arn:aws:iam::123456789012:policy/roman-sit-secrets-boundary'
iam.create_role(RoleName='roman-sit-secrets-encrypt', AssumeRolePolicyDocument=T, PermissionsBoundary=B)
iam.create_policy(PolicyName='roman-sit-secrets-decrypt', PolicyDocument=P, Description='Read secrets: pull from the repository, decrypt with the key')
c('codecommit').create_repository(repositoryName='roman-sit-secrets', repositoryDescription='of somebody')
k = c('kms').create_key(Description='Secrets of roman-sit-secrets')['KeyMetadata']['KeyId']
c('kms').create_alias(AliasName='alias/roman-sit-secrets', TargetKeyId=k)"));
    let before = home.boto3(OTHERS);
    assert_eq!(before["keys"].as_array().unwrap().len(), 1, "{before}");
    let apply = ["apply", file.as_str(), "--until", "secrets_store"];
    let named = "names of this page, and Hubwright did not make them: Repository roman-sit-secrets, Name of the key, Role roman-sit-secrets-encrypt, Policy roman-sit-secrets-decrypt.";
    expect(&home, &apply, 3, &["secrets_store: blocked", named]);
    let shown = expect(&home, &["check", &file, "--json"], 3, &["of somebody"]);
    assert!(shown.contains("Repository roman-sit-secrets: its description, in the account"), "{shown}");
    assert_eq!(home.boto3(OTHERS), before, "nothing was touched");

    home.write("answers.toml", &format!("{}[secrets_store]\ntake_over = true\n", answers("roman-sit")));
    expect(&home, &apply, 0, &["secrets_store: done"]);
    let after = home.boto3(OTHERS);
    assert_eq!(after["repositories"], json!(["Encrypted secrets of a JupyterHub deployment"]));
    assert_eq!(after["roles"]["roman-sit-secrets-encrypt"][1], json!(true), "{after}");
    assert_eq!(after["policies"]["roman-sit-secrets-decrypt"][1], json!(true), "{after}");
    let keys = after["keys"].as_array().unwrap();
    let theirs = keys.iter().find(|key| key[0] == before["keys"][0][0]).unwrap();
    assert_eq!(theirs.as_array().unwrap()[..5], before["keys"][0].as_array().unwrap()[..5], "their key is as it was");
    assert_eq!(theirs[5], json!([]), "without the name, which is what was taken over");
    let ours: Vec<_> = keys.iter().filter(|key| key[5] == json!(["alias/roman-sit-secrets"])).collect();
    assert_eq!((keys.len(), ours.len()), (2, 1), "ours has it now: {keys:?}");

    // A key of ours that somebody switched off is switched on again, by the role that set it up.
    home.write("answers.toml", &answers("roman-sit"));
    home.boto3(&format!("c('kms').disable_key(KeyId={})", ours[0][0]));
    expect(&home, &["check", &file], 3, &["secrets_store: todo — Encryption key is switched off."]);
    expect(&home, &apply, 0, &["secrets_store: done"]);
    assert_eq!(home.boto3(OTHERS)["keys"], after["keys"], "as it was before");
}

#[test]
fn two_computers_that_set_up_one_deployment_at_once_end_with_one_world() {
    let home = Home::new();
    home.start_practice();
    let other = another_computer(&home);
    let homes = [&home, &other];
    let file = homes.map(|home| home.write("answers.toml", &answers("roman-sit")));
    // Up to where both would begin to make the same things.
    for (home, file) in homes.iter().zip(&file) {
        expect(home, &["apply", file, "--until", "tools"], 0, &[]);
    }
    // The other modules are made by the same lines.
    let pages: &[&str] = if support::sweeps() { &["deploy_roles", "secrets_store"] } else { &["deploy_roles"] };
    for &until in pages {
        let at_once = homes.iter().zip(&file).map(|(home, file)| {
            let mut command = home.command(&["apply", file, "--until", until]);
            command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap()
        });
        let at_once: Vec<_> =
            at_once.collect::<Vec<_>>().into_iter().map(|child| child.wait_with_output().unwrap()).collect();
        let mut ended = vec![];
        for output in &at_once {
            let shown = text(output);
            ended.push(output.status.code().unwrap());
            let raw =
                ["Error:", "StatusCode", "<ErrorResponse", "RequestID", "operation error", "with aws_", "on main.tf"];
            for line in shown.lines().filter(|line| !line.starts_with("  ")) {
                assert!(
                    !raw.iter().any(|word| line.contains(word)),
                    "a sentence, not Terraform's text: {line}\n{shown}"
                );
            }
            match output.status.code() {
                Some(0) => assert!(shown.contains(&format!("{until}: done")), "{shown}"),
                Some(1) => assert!(
                    shown.contains("Somebody else made something of this deployment's names while this ran."),
                    "{shown}"
                ),
                // The other one came so far meanwhile that this page, or one before it, is not as it was planned.
                Some(3) => assert!(
                    shown.contains("The account already has things with the names of this page")
                        || shown.contains("waits for"),
                    "{shown}"
                ),
                other => panic!("{other:?}: {shown}"),
            }
        }
        assert!(ended.iter().any(|code| *code != 3), "not both of them wait: {ended:?}");
        // One after the other, each ends well: what the other one made is this deployment's.
        for (home, file) in homes.iter().zip(&file) {
            expect(home, &["apply", file, "--until", until], 0, &[&format!("{until}: done")]);
        }
    }
    let world = home.boto3(SET_UP);
    let keys = home.boto3("kms = c('kms')\nprint(json.dumps([kms.describe_key(KeyId=k['KeyId'])['KeyMetadata']['KeyState'] for k in kms.list_keys()['Keys'] if kms.describe_key(KeyId=k['KeyId'])['KeyMetadata']['Description'] == 'Secrets of roman-sit-secrets']))");
    let counts = (world["policies"].as_object().unwrap().len(), world["trusts"].as_object().unwrap().len());
    match support::sweeps() {
        true => assert_eq!((keys, counts), (json!(["Enabled"]), (8, 4)), "one key, whoever made it: {world}"),
        false => assert_eq!(counts, (4, 1), "{world}"),
    }
    // And either of them takes it all back; the other one finds nothing more to do.
    expect(&other, &["remove", &file[1]], 0, &[&format!("{}: removed", pages[pages.len() - 1])]);
    expect(&home, &["remove", &file[0]], 0, &[]);
    let left = home.boto3("print(json.dumps([[g['GroupName'] for g in iam.list_groups()['Groups']], [r['RoleName'] for r in iam.list_roles()['Roles']], c('codecommit').list_repositories()['repositories']]))");
    assert_eq!(left, json!([[], [], []]));
}

#[test]
fn a_name_that_was_taken_meanwhile_is_said_in_a_plain_sentence() {
    let home = Home::new();
    home.start_practice();
    let file = home.write("answers.toml", &answers("roman-sit"));
    home.fault(&json!({ "service": "iam", "action": "CreateRole", "times": 9, "kind": { "status": { "status": 409, "code": "EntityAlreadyExists", "message": "Role with name roman-sit-terraform-architect already exists." } } }));
    let said = "Somebody else made something of this deployment's names while this ran. AWS says: Role with name roman-sit-terraform-architect already exists.";
    let shown = expect(
        &home,
        &["apply", &file, "--until", "deploy_roles"],
        1,
        &[said, "Press “Check again”: it shows what is in the account now"],
    );
    assert!(!shown.contains("<ErrorResponse"), "{shown}");
    home.no_faults();
    expect(&home, &["apply", &file, "--until", "deploy_roles"], 0, &[]);
}

#[test]
fn a_disk_that_fills_up_in_the_middle_is_named() {
    let home = Home::new();
    home.start_practice();
    let file = home.write("answers.toml", &answers("roman-sit"));
    expect(&home, &["apply", &file, "--until", "tools"], 0, &[]);
    let step = home.path().join("deployments/roman-sit-staging/steps/deploy_roles");
    std::fs::create_dir_all(&step).unwrap();
    // A small disk in the place of the step's folder, for this one run.
    for size in ["16k", "64k"] {
        let script =
            format!("mount -t tmpfs -o size={size} none \"$1\" && exec \"$2\" apply \"$3\" --only deploy_roles");
        let output = Command::new("unshare")
            .args(["-rm", "sh", "-c", &script, "sh"])
            .args([step.as_os_str(), support::PROGRAM.as_ref(), file.as_ref()])
            .env("HUBWRIGHT_HOME", home.path())
            .env_remove("AWS_ENDPOINT_URL")
            .output()
            .unwrap();
        let shown = text(&output);
        assert_eq!(output.status.code(), Some(1), "{size}: {shown}");
        assert!(shown.contains("Free some space on the disk that holds `"), "{size}: {shown}");
        assert!(shown.contains("deploy_roles"), "{size}: {shown}");
    }
    expect(&home, &["apply", &file, "--only", "deploy_roles"], 0, &[]);
    let _: Json = home.boto3(SET_UP);
}

/// With OpenTofu in Terraform's place the account gets the same, `check` says Done, and after `remove` nothing is left.
#[test]
fn opentofu_makes_and_removes_what_terraform_does() {
    let name = "opentofu_makes_and_removes_what_terraform_does";
    let Some(tofu) = peers::tofu() else { return peers::skip(name, "OpenTofu cannot be built") };
    let until = ["apply", "answers.toml", "--until", "deploy_roles"];
    let by_terraform = Home::new();
    by_terraform.start_practice();
    by_terraform.write("answers.toml", &answers("roman-sit"));
    let run = |home: &Home, args: &[&str]| {
        let output = home.command(args).current_dir(home.path()).output().unwrap();
        assert!(output.status.success(), "{args:?}: {}", text(&output));
        text(&output)
    };
    run(&by_terraform, &until);
    // The provider that Terraform got, under the name that OpenTofu has for it: its own registry has the same program.
    let mirror = tempfile::tempdir().unwrap();
    let module = by_terraform.path().join("deployments/roman-sit-staging/steps/deploy_roles/module");
    let versions = module.join(".terraform/providers/registry.terraform.io/hashicorp/aws");
    let only = |folder: &Path| std::fs::read_dir(folder).unwrap().next().unwrap().unwrap().path();
    let version = only(&versions);
    let platform = only(&version);
    let place = [
        "registry.opentofu.org".as_ref(),
        "hashicorp/aws".as_ref(),
        version.file_name().unwrap(),
        platform.file_name().unwrap(),
    ];
    let place = place.iter().fold(mirror.path().to_owned(), |path, part: &&std::ffi::OsStr| path.join(part));
    std::fs::create_dir_all(&place).unwrap();
    // It takes no folder that is a link, as Terraform's is.
    for file in std::fs::read_dir(platform.canonicalize().unwrap()).unwrap() {
        let file = file.unwrap().path();
        std::os::unix::fs::symlink(&file, place.join(file.file_name().unwrap())).unwrap();
    }
    let config = mirror.path().join("tofurc");
    let text_of_config =
        format!("provider_installation {{\n  filesystem_mirror {{\n    path = {:?}\n  }}\n}}\n", mirror.path());
    std::fs::write(&config, text_of_config).unwrap();
    let path = std::env::join_paths(
        [tofu.parent().unwrap().to_owned()]
            .into_iter()
            .chain(std::env::split_paths(&std::env::var_os("PATH").unwrap())),
    );
    let by_tofu = Home::new()
        .with("TF_CLI_CONFIG_FILE", &config.display().to_string())
        .with("PATH", path.unwrap().to_str().unwrap());
    by_tofu.start_practice();
    by_tofu.write("answers.toml", &format!("{}[tools]\nterraform = \"tofu\"\n", answers("roman-sit")));
    let said = run(&by_tofu, &until);
    assert!(said.contains("tofu"), "it is OpenTofu that works: {said}");
    assert_eq!(by_tofu.boto3(SET_UP), by_terraform.boto3(SET_UP));
    // Other pages are still to be done.
    let said = text(&by_tofu.command(&["check", "answers.toml"]).current_dir(by_tofu.path()).output().unwrap());
    assert!(said.contains("deploy_roles: done"), "{said}");
    run(&by_tofu, &["remove", "answers.toml"]);
    let left = by_tofu.boto3(SET_UP);
    assert!(["policies", "trusts", "groups"].iter().all(|kind| left[kind].as_object().unwrap().is_empty()), "{left}");
}
