//! The roles that set things up, and every known way from their rights to all of them. Refused by the policies of the
//! blueprint, as the practice account judges them.

use crate::support::{Home, answers, text};
use serde_json::{Value as Json, json};
use std::io::Write;
use std::process::{Command, Stdio};

const DEPLOYMENT: &str = "roman-sit-staging";

/// The tag that Kubernetes puts on what it makes, as an argument of boto3.
const OWNED: &str = "Tags=[{'Key': 'kubernetes.io/cluster/roman-sit', 'Value': 'owned'}]";

/// What an account has besides the deployment: administrators, a group with people in it, and a key and a repository of others.
const OTHERS: &str = "
E2 = json.dumps({'Version':'2012-10-17','Statement':[{'Effect':'Allow','Action':'*','Resource':'*'}]})
T = json.dumps({'Version':'2012-10-17','Statement':[{'Effect':'Allow','Principal':{'AWS':'arn:aws:iam::123456789012:user/administrator'},'Action':'sts:AssumeRole'}]})
iam.create_role(RoleName='admin-role', AssumeRolePolicyDocument=T)
iam.put_role_policy(RoleName='admin-role', PolicyName='all', PolicyDocument=E2)
iam.create_instance_profile(InstanceProfileName='admin-profile')
iam.add_role_to_instance_profile(InstanceProfileName='admin-profile', RoleName='admin-role')
iam.create_group(GroupName='admins')
iam.create_group(GroupName='roman-sit-people')
iam.create_user(UserName='nobody')
iam.put_user_policy(UserName='nobody', PolicyName='sts', PolicyDocument=json.dumps({'Version':'2012-10-17','Statement':[{'Effect':'Allow','Action':'sts:*','Resource':'*'}]}))
nobody = iam.create_access_key(UserName='nobody')['AccessKey']
c('codecommit').create_repository(repositoryName='theirs')
key = c('kms').create_key(Description='of others')['KeyMetadata']['Arn']
c('kms').create_alias(AliasName='alias/theirs', TargetKeyId=key)
# The deployment whose name is ours and more, and a role of somebody that has a name of ours.
for name in ['roman-sit-sit-terraform-architect', 'roman-sit-sit-secrets-decrypt', 'roman-sit-sit-spare', 'roman-sit-ebs']:
  iam.create_role(RoleName=name, AssumeRolePolicyDocument=T)
iam.delete_role_permissions_boundary(RoleName='roman-sit-secrets-encrypt')
# What a person gave to a group, which the architect may make, with people in it.
iam.create_group(GroupName='roman-sit-hubploy-deployers')
deployers = iam.create_policy(PolicyName='roman-sit-hubploy-deployers', PolicyDocument=json.dumps({'Version':'2012-10-17','Statement':[{'Effect':'Allow','Action':'sts:AssumeRole','Resource':'arn:aws:iam::123456789012:role/roman-sit-hubploy-deployer'}]}))['Policy']['Arn']
iam.attach_group_policy(GroupName='roman-sit-hubploy-deployers', PolicyArn=deployers)
iam.create_group(GroupName='roman-sit-sit-terraform-architects')
iam.create_policy(PolicyName='roman-sit-sit-terraform-policy', PolicyDocument=E2)
ec2, theirs = c('ec2'), [{'Key': 'deployment', 'Value': 'theirs'}]
network = ec2.create_vpc(CidrBlock='172.30.0.0/16', TagSpecifications=[{'ResourceType': 'vpc', 'Tags': theirs}])['Vpc']['VpcId']
subnets = [ec2.create_subnet(VpcId=network, CidrBlock=f'172.30.{n}.0/24', AvailabilityZone=f'us-east-1{z}', TagSpecifications=[{'ResourceType': 'subnet', 'Tags': theirs}])['Subnet']['SubnetId'] for n, z in ((1, 'a'), (2, 'b'))]
balancer = c('elbv2').create_load_balancer(Name='theirs', Type='network', Subnets=subnets, Tags=theirs)['LoadBalancers'][0]['LoadBalancerArn']
machine = ec2.run_instances(ImageId=ec2.describe_images()['Images'][0]['ImageId'], MinCount=1, MaxCount=1, IamInstanceProfile={'Name': 'admin-profile'}, TagSpecifications=[{'ResourceType': 'instance', 'Tags': theirs}])['Instances'][0]['InstanceId']
disk = ec2.create_volume(AvailabilityZone='us-east-1a', Size=1, TagSpecifications=[{'ResourceType': 'volume', 'Tags': theirs}])['VolumeId']
template = ec2.create_launch_template(LaunchTemplateName='theirs', LaunchTemplateData={'UserData': 'eA=='})['LaunchTemplate']['LaunchTemplateId']
for name in ['theirs', 'roman-sit-sit-user-image']:
  c('ecr').create_repository(repositoryName=name)
c('logs').create_log_group(logGroupName='/theirs')
own = [a['TargetKeyId'] for a in c('kms').list_aliases()['Aliases'] if a['AliasName'] == 'alias/roman-sit-secrets'][0]
print(json.dumps({'key': key, 'own': own, 'machine': machine, 'disk': disk, 'template': template, 'network': network, 'subnets': subnets, 'balancer': balancer, 'nobody': [nobody['AccessKeyId'], nobody['SecretAccessKey']]}))
";

fn vend(home: &Home, role: &str) -> Json {
    let arn = format!("arn:aws:iam::123456789012:role/{role}");
    let output = home.run(&["credentials", "--deployment", DEPLOYMENT, "--role", &arn]);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", text(&output)))
}

/// boto3 as a role.
fn act(home: &Home, keys: &Json, script: &str) -> Json {
    let [id, secret, token] =
        ["AccessKeyId", "SecretAccessKey", "SessionToken"].map(|name| keys[name].as_str().unwrap());
    home.boto3(&format!(
        "r = lambda s: boto3.client(s, endpoint_url=E, region_name='us-east-1', aws_access_key_id='{id}', aws_secret_access_key='{secret}', aws_session_token='{token}')\n{script}"
    ))
}

/// IAM counts the characters of a managed policy without white space, at most 6,144 (IAM quotas). The deployment's name stands
/// in most ARNs: the longest that is allowed must fit as well.
fn every_policy_fits(home: &Home) {
    let documents = home.boto3("print(json.dumps({p['PolicyName']: json.dumps(iam.get_policy_version(PolicyArn=p['Arn'], VersionId=p['DefaultVersionId'])['PolicyVersion']['Document'], separators=(',', ':')) for p in iam.list_policies(Scope='Local')['Policies']}))");
    let documents = documents.as_object().unwrap();
    assert!(documents.len() >= 7, "{documents:?}");
    for (name, document) in documents {
        let size = document.as_str().unwrap().replace("roman-sit", &"a".repeat(32)).len();
        assert!(size <= 6144, "{name} has {size} characters where the deployment's name has 32");
    }
}

#[test]
fn no_known_way_leads_from_the_set_up_roles_to_more() {
    let home = Home::new();
    home.start_practice();
    let file = home.write("answers.toml", &answers("roman-sit"));
    let output = home.run(&["apply", &file, "--until", "secrets_store"]);
    assert!(text(&output).contains("secrets_store: done"), "{}", text(&output));
    every_policy_fits(&home);
    let others = home.boto3(OTHERS);
    let trust = "T = json.dumps({'Version':'2012-10-17','Statement':[{'Effect':'Allow','Principal':{'AWS':'arn:aws:iam::123456789012:user/an-iam-user'},'Action':'sts:AssumeRole'}]})\nA = json.dumps({'Version':'2012-10-17','Statement':[{'Effect':'Allow','Action':'*','Resource':'*'}]})\n";
    let mut tried = 0;
    for (who, role, bounded) in [
        ("architect", "roman-sit-terraform-architect", "roman-sit-node"),
        ("setup", "roman-sit-secrets-setup", "roman-sit-secrets-decrypt"),
    ] {
        let keys = vend(&home, role);
        if who == "architect" {
            // What it must be able to do: a role with the boundary, a policy that allows all, one on the other, a profile.
            act(
                &home,
                &keys,
                &format!(
                    "{trust}i = r('iam')\nB = 'arn:aws:iam::123456789012:policy/roman-sit-terraform-boundary'\n\
                i.create_role(RoleName='roman-sit-node', AssumeRolePolicyDocument=T, PermissionsBoundary=B)\n\
                p = i.create_policy(PolicyName='roman-sit-node', PolicyDocument=A)['Policy']['Arn']\n\
                i.attach_role_policy(RoleName='roman-sit-node', PolicyArn=p)\n\
                i.attach_role_policy(RoleName='roman-sit-node', PolicyArn='arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy')\n\
                i.create_instance_profile(InstanceProfileName='roman-sit-hubploy-deployer')\n\
                i.add_role_to_instance_profile(InstanceProfileName='roman-sit-hubploy-deployer', RoleName='roman-sit-node')\n\
                i.remove_role_from_instance_profile(InstanceProfileName='roman-sit-hubploy-deployer', RoleName='roman-sit-node')\n\
                i.update_assume_role_policy(RoleName='roman-sit-node', PolicyDocument=T)\n\
                r('kms').create_key(Tags=[{{'TagKey': 'deployment', 'TagValue': 'roman-sit'}}])\n\
                r('ec2').create_vpc(CidrBlock='172.16.0.0/16', TagSpecifications=[{{'ResourceType': 'vpc', 'Tags': [{{'Key': 'deployment', 'Value': 'roman-sit'}}]}}])\n\
                r('ecr').create_repository(repositoryName='roman-sit-user-image')\n\
                i.get_role(RoleName='roman-sit-secrets-setup')"
                ),
            );
        }
        let ask = ask(&keys, who, bounded, &others);
        let said = ways(&home, who, &ask);
        assert_eq!(said[1], json!([]), "{who}: {said}");
        tried = said[0].as_u64().unwrap();
    }
    assert!(tried >= 76, "only {tried} ways were tried");

    // A role that the architect made, with a policy that allows everything: the boundary holds.
    let node = vend(&home, "roman-sit-node");
    for (what, call) in [
        ("an IAM change", "r('iam').create_user(UserName='eve')".to_owned()),
        ("the secrets", "r('codecommit').get_repository(repositoryName='roman-sit-secrets')".to_owned()),
        ("a key of others", format!("r('kms').encrypt(KeyId='{}', Plaintext=b'x')", others["key"].as_str().unwrap())),
        ("the architect", "r('sts').assume_role(RoleArn='arn:aws:iam::123456789012:role/roman-sit-terraform-architect', RoleSessionName='attacker')".to_owned()),
        ("the setup role", "r('sts').assume_role(RoleArn='arn:aws:iam::123456789012:role/roman-sit-secrets-setup', RoleSessionName='attacker')".to_owned()),
        ("a machine of others stopped", format!("r('ec2').stop_instances(InstanceIds=[{}])", others["machine"])),
        ("a machine of others terminated", format!("r('ec2').terminate_instances(InstanceIds=[{}])", others["machine"])),
        ("user data of others", format!("r('ec2').modify_instance_attribute(InstanceId={}, UserData={{'Value': b'x'}})", others["machine"])),
        ("images of others", "r('ecr').delete_repository(repositoryName='theirs', force=True)".to_owned()),
        ("logs of others", "r('logs').delete_log_group(logGroupName='/theirs')".to_owned()),
        ("start scripts of others", "r('autoscaling').describe_launch_configurations()".to_owned()),
        ("start scripts of others' spot machines", "r('ec2').describe_spot_instance_requests()".to_owned()),
        ("start scripts of others' fleets", "r('ec2').describe_spot_fleet_requests()".to_owned()),
        ("keys of the account's VPN", "r('ec2').describe_vpn_connections()".to_owned()),
        ("a load balancer next door", format!("r('elbv2').create_load_balancer(Name='x', Type='network', Subnets={}, {OWNED})", others["subnets"])),
        ("targets next door", format!("r('elbv2').create_target_group(Name='x', Protocol='TCP', Port=2049, TargetType='ip', VpcId={}, {OWNED})", others["network"])),
        ("another region", "boto3.client('ec2', endpoint_url=E, region_name='eu-west-1', aws_access_key_id=r('sts')._request_signer._credentials.access_key, aws_secret_access_key=r('sts')._request_signer._credentials.secret_key, aws_session_token=r('sts')._request_signer._credentials.token).describe_vpcs()".to_owned()),
    ] {
        let script = format!("try:\n  {call}\n  print('\"done\"')\nexcept Exception as error:\n  print(json.dumps(str(error)))");
        let said = act(&home, &node, &script);
        let refused = ["AccessDenied", "UnauthorizedOperation", "not authorized"];
        assert!(refused.iter().any(|word| said.as_str().unwrap().contains(word)), "{what}: {said}");
    }
    act(&home, &node, "r('ec2').describe_vpcs()");
    // The cluster's own role makes load balancers, with the cluster's tag only, and leaves those of others alone.
    act(
        &home,
        &vend(&home, "roman-sit-terraform-architect"),
        &format!(
            "{trust}r('iam').create_role(RoleName='roman-sit-cluster', AssumeRolePolicyDocument=T, PermissionsBoundary='arn:aws:iam::123456789012:policy/roman-sit-terraform-boundary')\nr('iam').put_role_policy(RoleName='roman-sit-cluster', PolicyName='all', PolicyDocument=A)"
        ),
    );
    let cluster = vend(&home, "roman-sit-cluster");
    let (subnets, network) = (&others["subnets"], &others["network"]);
    let made = act(
        &home,
        &cluster,
        &format!(
            "l = r('elbv2').create_load_balancer(Name='ours', Type='network', Subnets={subnets}, {OWNED})['LoadBalancers'][0]['LoadBalancerArn']\n\
            r('elbv2').create_target_group(Name='ours', Protocol='TCP', Port=443, TargetType='ip', VpcId={network}, {OWNED})\n\
            r('elbv2').delete_load_balancer(LoadBalancerArn=l)\nprint(json.dumps(l))"
        ),
    );
    assert!(made.as_str().unwrap().contains("/ours/"), "{made}");
    for (what, call) in [
        ("one without the tag", format!("create_load_balancer(Name='x', Type='network', Subnets={subnets})")),
        ("one of others deleted", format!("delete_load_balancer(LoadBalancerArn={})", others["balancer"])),
        ("one of others labelled", format!("add_tags(ResourceArns=[{}], {OWNED})", others["balancer"])),
    ] {
        let script = format!(
            "try:\n  r('elbv2').{call}\n  print('\"done\"')\nexcept Exception as error:\n  print(json.dumps(str(error)))"
        );
        let said = act(&home, &cluster, &script);
        assert!(said.as_str().unwrap().contains("AccessDenied"), "{what}: {said}");
    }

    // What moto knows too little of: tags of clusters and file systems, load balancers, grants for AWS's own services.
    let practice = home.practice();
    let judged = Command::new(home.path().join("practice/moto-5.2.5/bin/python"))
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/attacks/judged.py"))
        .args([
            practice["endpoint"].as_str().unwrap(),
            practice["admin"]["access_key_id"].as_str().unwrap(),
            practice["admin"]["secret_access_key"].as_str().unwrap(),
            "roman-sit",
            concat!(env!("CARGO_MANIFEST_DIR"), "/src-tauri/practice/moto"),
        ])
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()
        .unwrap();
    let said: Json = serde_json::from_slice(&judged.stdout).unwrap_or_else(|_| panic!("{}", text(&judged)));
    assert!(said[0].as_u64().unwrap() > 1200, "only {} calls were judged", said[0]);
    assert_eq!(said[1], json!([]), "these calls are judged wrong");

    // Somebody of the account whom nobody named, with every right of STS.
    let (id, secret) = (&others["nobody"][0], &others["nobody"][1]);
    for role in
        ["roman-sit-terraform-architect", "roman-sit-secrets-setup", "roman-sit-secrets-decrypt", "no-such-role"]
    {
        let said = home.boto3(&format!(
            "n = boto3.client('sts', endpoint_url=E, region_name='us-east-1', aws_access_key_id={id}, aws_secret_access_key={secret})\ntry:\n  n.assume_role(RoleArn='arn:aws:iam::123456789012:role/{role}', RoleSessionName='attacker')\n  print('\"done\"')\nexcept Exception as error:\n  print(json.dumps(str(error)))"
        ));
        assert!(said.as_str().unwrap().contains("AccessDenied"), "{role}: {said}");
    }

    // The control, last of all since it changes everything: as an administrator no way is refused by policy, so that none
    // counts as closed which nobody could ever go.
    let admin = home.practice()["admin"].clone();
    let keys = json!({ "AccessKeyId": admin["access_key_id"], "SecretAccessKey": admin["secret_access_key"] });
    for (who, bounded) in [("architect", "roman-sit-node"), ("setup", "roman-sit-secrets-decrypt")] {
        let said = ways(&home, who, &ask(&keys, who, bounded, &others));
        assert_eq!(
            said[2],
            json!([]),
            "nobody can go these ways of {who}, so that they are refused says nothing: {said}"
        );
    }
}

/// What `rights.py` is told of the account, to act with these keys.
fn ask(keys: &Json, who: &str, bounded: &str, others: &Json) -> Json {
    let alias = if who == "architect" { "alias/roman-sit-cluster" } else { "alias/roman-sit-secrets2" };
    json!({
        "id": keys["AccessKeyId"], "secret": keys["SecretAccessKey"], "token": keys["SessionToken"],
        "foreign_key": others["key"], "own_key": others["own"], "own_alias": "alias/roman-sit-secrets", "bounded": bounded, "alias": alias,
        "machine": others["machine"], "disk": others["disk"], "template": others["template"],
        "subnets": others["subnets"],
    })
}

/// Tries every known way: how many they are, those that succeeded, and those that policy refused.
fn ways(home: &Home, who: &str, ask: &Json) -> Json {
    let mut script = Command::new(home.path().join("practice/moto-5.2.5/bin/python"))
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/attacks/rights.py"))
        .args([home.practice()["endpoint"].as_str().unwrap(), "roman-sit-", who])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    script.stdin.take().unwrap().write_all(ask.to_string().as_bytes()).unwrap();
    let output = script.wait_with_output().unwrap();
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", text(&output)))
}

#[test]
fn a_trust_that_was_opened_to_the_whole_account_is_seen_and_mended() {
    let home = Home::new();
    home.start_practice();
    let file = home.write("answers.toml", &answers("roman-sit"));
    assert!(home.run(&["apply", &file, "--until", "deploy_roles"]).status.success());
    home.boto3("iam.update_assume_role_policy(RoleName='roman-sit-terraform-architect', PolicyDocument=json.dumps({'Version':'2012-10-17','Statement':[{'Effect':'Allow','Principal':{'AWS':'arn:aws:iam::123456789012:root'},'Action':'sts:AssumeRole'}]}))");
    let looked = text(&home.run(&["check", &file]));
    assert!(
        looked.contains(
            "deploy_roles: todo — Role roman-sit-terraform-architect lets everybody in account 123456789012 whose own policies allow it act as it, and does not let the user an-iam-user."
        ),
        "{looked}"
    );
    let mended = home.run(&["apply", &file, "--until", "deploy_roles"]);
    assert!(text(&mended).contains("deploy_roles: done"), "{}", text(&mended));
    let trust = home.boto3("print(json.dumps(iam.get_role(RoleName='roman-sit-terraform-architect')['Role']['AssumeRolePolicyDocument']['Statement'][0]['Principal']['AWS']))");
    assert_eq!(trust, json!(["arn:aws:iam::123456789012:user/an-iam-user"]));
}

#[test]
fn a_role_without_the_boundary_stops_the_page_and_policies_given_to_more_are_warned_of() {
    let home = Home::new();
    home.start_practice();
    let file = home.write("answers.toml", &answers("roman-sit"));
    assert!(home.run(&["apply", &file, "--until", "secrets_store"]).status.success());
    let looked = || text(&home.run(&["check", &file]));
    let quiet = looked();
    assert!(!quiet.contains("may rewrite"), "{quiet}");
    // Given by a person: to a user, a group, and roles with and without the boundary.
    home.boto3("
T = json.dumps({'Version':'2012-10-17','Statement':[{'Effect':'Allow','Principal':{'Service':'ec2.amazonaws.com'},'Action':'sts:AssumeRole'}]})
P = json.dumps({'Version':'2012-10-17','Statement':[{'Effect':'Allow','Action':'ecr:GetAuthorizationToken','Resource':'*'}]})
B = 'arn:aws:iam::123456789012:policy/roman-sit-terraform-boundary'
node = iam.create_policy(PolicyName='roman-sit-node', PolicyDocument=P)['Policy']['Arn']
iam.create_user(UserName='somebody')
iam.attach_user_policy(UserName='somebody', PolicyArn=node)
iam.create_group(GroupName='people')
iam.attach_group_policy(GroupName='people', PolicyArn='arn:aws:iam::123456789012:policy/roman-sit-secrets-decrypt')
iam.create_role(RoleName='roman-sit-node', AssumeRolePolicyDocument=T, PermissionsBoundary=B)
iam.create_role(RoleName='a-server', AssumeRolePolicyDocument=T)
for role in ['roman-sit-node', 'a-server']:
  iam.attach_role_policy(RoleName=role, PolicyArn=node)
");
    let said = looked();
    for words in [
        "The policy `roman-sit-node`, which `roman-sit-terraform-architect` may rewrite, is attached to the user `somebody`, the role `a-server`.",
        "The policy `roman-sit-secrets-decrypt`, which `roman-sit-secrets-setup` may rewrite, is attached to the group `people`.",
        "deploy_roles: done",
        "secrets_setup_role: done",
    ] {
        assert!(said.contains(words), "`{words}`: {said}");
    }
    // Somebody's roles of these names: one without any boundary, one with another, and one that looks like the store's own.
    home.boto3("iam.create_role(RoleName='roman-sit-efs', AssumeRolePolicyDocument=json.dumps({'Version':'2012-10-17','Statement':[]}), Tags=[{'Key': 'created-by', 'Value': 'hubwright'}, {'Key': 'deployment', 'Value': 'roman-sit'}])
iam.put_role_permissions_boundary(RoleName='roman-sit-node', PermissionsBoundary='arn:aws:iam::aws:policy/AdministratorAccess')
iam.delete_role_permissions_boundary(RoleName='roman-sit-secrets-decrypt')
iam.untag_role(RoleName='roman-sit-secrets-decrypt', TagKeys=['created-by'])");
    let said = looked();
    for words in [
        "The roles `roman-sit-node`, `roman-sit-efs` are in the account without a limit on their rights (permissions boundary `roman-sit-terraform-boundary`)",
        "Delete them, or set `roman-sit-terraform-boundary` as the permissions boundary in the IAM console",
        "The role `roman-sit-secrets-decrypt` is in the account without a limit on its rights (permissions boundary `roman-sit-secrets-boundary`)",
    ] {
        assert!(said.contains(words), "`{words}`: {said}");
    }
    let applied = home.run(&["apply", &file, "--only", "deploy_roles"]);
    assert!(!applied.status.success(), "{}", text(&applied));
    home.boto3("iam.put_role_permissions_boundary(RoleName='roman-sit-node', PermissionsBoundary='arn:aws:iam::123456789012:policy/roman-sit-terraform-boundary')
iam.delete_role(RoleName='roman-sit-efs')
iam.put_role_permissions_boundary(RoleName='roman-sit-secrets-decrypt', PermissionsBoundary='arn:aws:iam::123456789012:policy/roman-sit-secrets-boundary')");
    let said = looked();
    assert!(said.contains("deploy_roles: done") && said.contains("secrets_setup_role: done"), "{said}");
}

#[test]
fn a_name_that_begins_like_another_deployments_is_warned_of() {
    let home = Home::new();
    home.start_practice();
    home.boto3("iam.create_role(RoleName='roman-terraform-architect', AssumeRolePolicyDocument=json.dumps({'Version':'2012-10-17','Statement':[{'Effect':'Allow','Principal':{'AWS':'arn:aws:iam::123456789012:user/administrator'},'Action':'sts:AssumeRole'}]}))");
    let file = home.write("answers.toml", &answers("roman-sit"));
    let said = text(&home.run(&["apply", &file, "--until", "account"]));
    assert!(said.contains("`roman-sit` begins like another deployment: `roman`."), "{said}");
    let file = home.write("answers.toml", &answers("romantic"));
    let said = text(&home.run(&["apply", &file, "--until", "account"]));
    assert!(!said.contains("begins like"), "{said}");
}
