"""The known ways from limited rights to all of them, tried as one identity: rights.py ENDPOINT PREFIX WHO < keys.json

The keys are a JSON object of access key id, secret and session token. Prints a JSON list: how many ways were tried, those
that succeeded, and those that policy refused. An error other than a refusal by policy counts as success: the way was open.
Standard error tells how each ended.

WHO is `architect` or `setup`, whose own policies and boundary are aimed at. With the keys of an administrator it is the
control: whatever policy refuses even then proves nothing.
"""

import json
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

endpoint, prefix, who = sys.argv[1:4]
keys = json.load(sys.stdin)
ACCOUNT = "123456789012"
IAM = f"arn:aws:iam::{ACCOUNT}"
ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"
EVERYTHING = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
OPEN = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": f"{IAM}:root"}, "Action": "sts:AssumeRole"}]})


def client(service):
    return boto3.client(
        service, endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id=keys["id"],
        aws_secret_access_key=keys["secret"], aws_session_token=keys.get("token"), config=Config(retries={"max_attempts": 1}),
    )


iam, sts, kms, ec2, cc, lam, ecr, logs = (
    client(name) for name in ("iam", "sts", "kms", "ec2", "codecommit", "lambda", "ecr", "logs")
)
scaling, balancers = client("autoscaling"), client("elbv2")
own_role = f"{prefix}terraform-architect" if who == "architect" else f"{prefix}secrets-setup"
own_policy = f"{IAM}:policy/{prefix}terraform-write-policy" if who == "architect" else f"{IAM}:policy/{prefix}secrets-setup"
boundary = f"{IAM}:policy/{prefix}terraform-boundary" if who == "architect" else f"{IAM}:policy/{prefix}secrets-boundary"
foreign_key = keys["foreign_key"]
machine, disk, template = keys["machine"], keys["disk"], keys["template"]
# A role of somebody that has one of our names and no boundary.
unbounded = f"{prefix}ebs" if who == "architect" else f"{prefix}secrets-encrypt"
# Of the deployment whose name is this one's and more: `roman-sit` beside `roman`.
longer = f"{prefix}sit-"
mine, theirs = ([{"Key": "deployment", "Value": name.rstrip("-")}] for name in (prefix, longer))

ways = {
    "a new version of the own policy": lambda: iam.create_policy_version(PolicyArn=own_policy, PolicyDocument=EVERYTHING, SetAsDefault=True),
    "an older version of the own policy": lambda: iam.set_default_policy_version(PolicyArn=own_policy, VersionId="v1"),
    "a new version of the boundary": lambda: iam.create_policy_version(PolicyArn=boundary, PolicyDocument=EVERYTHING, SetAsDefault=True),
    "the boundary deleted": lambda: iam.delete_policy(PolicyArn=boundary),
    "AdministratorAccess on the own role": lambda: iam.attach_role_policy(RoleName=own_role, PolicyArn=ADMIN),
    "AdministratorAccess on the own user": lambda: iam.attach_user_policy(UserName="an-iam-user", PolicyArn=ADMIN),
    "AdministratorAccess on the own group": lambda: iam.attach_group_policy(GroupName=f"{prefix}terraform-architects", PolicyArn=ADMIN),
    "a policy of one's own on a group with people": lambda: iam.attach_group_policy(GroupName=f"{prefix}people", PolicyArn=f"{IAM}:policy/{prefix}efs"),
    "an inline policy on the own role": lambda: iam.put_role_policy(RoleName=own_role, PolicyName="p", PolicyDocument=EVERYTHING),
    "an inline policy on the own user": lambda: iam.put_user_policy(UserName="an-iam-user", PolicyName="p", PolicyDocument=EVERYTHING),
    "an inline policy on the own group": lambda: iam.put_group_policy(GroupName=f"{prefix}terraform-architects", PolicyName="p", PolicyDocument=EVERYTHING),
    "a user into a group of administrators": lambda: iam.add_user_to_group(GroupName="admins", UserName="an-iam-user"),
    "an access key of the administrator": lambda: iam.create_access_key(UserName="administrator"),
    "a password for the administrator": lambda: iam.create_login_profile(UserName="administrator", Password="Xy7!xxxxxxxxxxxx"),
    "the trust of the administrators' role": lambda: iam.update_assume_role_policy(RoleName="admin-role", PolicyDocument=OPEN),
    "the trust of the own role": lambda: iam.update_assume_role_policy(RoleName=own_role, PolicyDocument=OPEN),
    "acting as the administrators' role": lambda: sts.assume_role(RoleArn=f"{IAM}:role/admin-role", RoleSessionName="attacker"),
    "a role without the boundary": lambda: iam.create_role(RoleName=f"{prefix}cluster", AssumeRolePolicyDocument=OPEN),
    "a role of another name with the boundary": lambda: iam.create_role(RoleName="mine", AssumeRolePolicyDocument=OPEN, PermissionsBoundary=boundary),
    "the boundary taken off a role": lambda: iam.delete_role_permissions_boundary(RoleName=keys["bounded"]),
    "another boundary on a role": lambda: iam.put_role_permissions_boundary(RoleName=keys["bounded"], PermissionsBoundary=ADMIN),
    "AdministratorAccess on a bounded role": lambda: iam.attach_role_policy(RoleName=keys["bounded"], PolicyArn=ADMIN),
    "the administrators' role passed to a machine": lambda: iam.add_role_to_instance_profile(InstanceProfileName=f"{prefix}hubploy-deployer", RoleName="admin-role"),
    "a machine with the administrators' profile": lambda: ec2.run_instances(ImageId="ami-12345678", MinCount=1, MaxCount=1, IamInstanceProfile={"Name": "admin-profile"}),
    "the administrators' role passed to a function": lambda: lam.create_function(FunctionName="f", Runtime="python3.11", Handler="h.h", Role=f"{IAM}:role/admin-role", Code={"ZipFile": b"x"}),
    "a role of the deployment passed to a function": lambda: lam.create_function(FunctionName="f", Runtime="python3.11", Handler="h.h", Role=f"{IAM}:role/{keys['bounded']}", Code={"ZipFile": b"x"}),
    "the policy of a key of others": lambda: kms.put_key_policy(KeyId=foreign_key, PolicyName="default", Policy=EVERYTHING),
    "a grant on a key of others": lambda: kms.create_grant(KeyId=foreign_key, GranteePrincipal=f"{IAM}:user/an-iam-user", Operations=["Decrypt"]),
    "a key of others scheduled for deletion": lambda: kms.schedule_key_deletion(KeyId=foreign_key),
    "a key of others tagged as one's own, then deleted": lambda: (
        kms.tag_resource(KeyId=foreign_key, Tags=[{"TagKey": "deployment", "TagValue": prefix.rstrip("-")}]),
        kms.schedule_key_deletion(KeyId=foreign_key),
    ),
    "a key of others tagged as one's own, then granted": lambda: (
        kms.tag_resource(KeyId=foreign_key, Tags=[{"TagKey": "deployment", "TagValue": prefix.rstrip("-")}]),
        kms.create_grant(KeyId=foreign_key, GranteePrincipal=f"{IAM}:user/an-iam-user", Operations=["Decrypt"]),
    ),
    "the own alias on a key of others": lambda: kms.create_alias(AliasName=keys["alias"], TargetKeyId=foreign_key),
    "the own name moved onto a key of others": lambda: kms.update_alias(AliasName=keys["own_alias"], TargetKeyId=foreign_key),
    "the name of a key of others moved": lambda: kms.update_alias(AliasName="alias/theirs", TargetKeyId=keys["own_key"]),
    "the name of a key of others taken off": lambda: kms.delete_alias(AliasName="alias/theirs"),
    "a key of others switched on": lambda: kms.enable_key(KeyId=foreign_key),
    "a key of others described": lambda: kms.update_key_description(KeyId=foreign_key, Description="x"),
    "a repository of others described": lambda: cc.update_repository_description(repositoryName="theirs", repositoryDescription="x"),
    "a repository of others deleted": lambda: cc.delete_repository(repositoryName="theirs"),
    "a service-linked role of any service": lambda: iam.create_service_linked_role(AWSServiceName="organizations.amazonaws.com"),
    "an identity provider of one's own": lambda: iam.create_open_id_connect_provider(Url="https://evil.example", ThumbprintList=["0" * 40]),
    # The deployment next door.
    "the trust of the architect next door": lambda: iam.update_assume_role_policy(RoleName=f"{longer}terraform-architect", PolicyDocument=OPEN),
    "the trust of the readers next door": lambda: iam.update_assume_role_policy(RoleName=f"{longer}secrets-decrypt", PolicyDocument=OPEN),
    "a new version of the policy next door": lambda: iam.create_policy_version(PolicyArn=f"{IAM}:policy/{longer}terraform-policy", PolicyDocument=EVERYTHING, SetAsDefault=True),
    "the policy next door deleted": lambda: iam.delete_policy(PolicyArn=f"{IAM}:policy/{longer}terraform-policy"),
    "a policy next door on a role of one's own": lambda: iam.attach_role_policy(RoleName=keys["bounded"], PolicyArn=f"{IAM}:policy/{longer}terraform-policy"),
    "the role next door deleted": lambda: iam.delete_role(RoleName=f"{longer}spare"),
    "the role next door labelled": lambda: iam.tag_role(RoleName=f"{longer}spare", Tags=mine),
    "the role next door passed to a machine": lambda: iam.add_role_to_instance_profile(InstanceProfileName=f"{prefix}hubploy-deployer", RoleName=f"{longer}spare"),
    "the trust of a role that has a name of ours": lambda: iam.update_assume_role_policy(RoleName=unbounded, PolicyDocument=OPEN),
    "a role that has a name of ours changed": lambda: iam.update_role(RoleName=unbounded, MaxSessionDuration=43200),
    "a role that has a name of ours described": lambda: iam.update_role_description(RoleName=unbounded, Description="x"),
    "the inline policy of a role that has a name of ours": lambda: iam.put_role_policy(RoleName=unbounded, PolicyName="p", PolicyDocument=EVERYTHING),
    "a role that has a name of ours deleted": lambda: iam.delete_role(RoleName=unbounded),
    "the policy of a group with people rewritten": lambda: iam.create_policy_version(PolicyArn=f"{IAM}:policy/{prefix}hubploy-deployers", PolicyDocument=EVERYTHING, SetAsDefault=True),
    "the policy of a group with people deleted": lambda: iam.delete_policy(PolicyArn=f"{IAM}:policy/{prefix}hubploy-deployers"),
    "a role of one's own labelled as the one next door's": lambda: iam.tag_role(RoleName=keys["bounded"], Tags=theirs),
    "a policy of one's own labelled as the one next door's": lambda: iam.tag_policy(PolicyArn=f"{IAM}:policy/{keys['bounded']}", Tags=theirs),
    "the group next door deleted": lambda: iam.delete_group(GroupName=f"{longer}terraform-architects"),
    # Machines, disks, images and logs of others.
    "a machine of others stopped": lambda: ec2.stop_instances(InstanceIds=[machine]),
    "a machine of others tagged as one's own": lambda: ec2.create_tags(Resources=[machine], Tags=mine),
    "the tag of a machine of others removed": lambda: ec2.delete_tags(Resources=[machine], Tags=[{"Key": "deployment"}]),
    "the user data of a machine of others written": lambda: ec2.modify_instance_attribute(InstanceId=machine, UserData={"Value": b"#!/bin/sh"}),
    "a snapshot of a disk of others": lambda: ec2.create_snapshot(VolumeId=disk),
    "a disk of others detached": lambda: ec2.detach_volume(VolumeId=disk),
    "a launch template of others extended": lambda: ec2.create_launch_template_version(LaunchTemplateId=template, LaunchTemplateData={"UserData": "eA=="}),
    "a launch template of others switched": lambda: ec2.modify_launch_template(LaunchTemplateId=template, DefaultVersion="1"),
    "a machine of others terminated": lambda: ec2.terminate_instances(InstanceIds=[machine]),
    "the images of others deleted": lambda: ecr.delete_repository(repositoryName="theirs", force=True),
    "the images next door deleted": lambda: ecr.delete_repository(repositoryName=f"{longer}user-image", force=True),
    "the logs of others deleted": lambda: logs.delete_log_group(logGroupName="/theirs"),
    "the start scripts in launch configurations of others": lambda: scaling.describe_launch_configurations(),
    "the start scripts in others' requests for spot machines": lambda: ec2.describe_spot_instance_requests(),
    "the start scripts in others' requests for a fleet": lambda: ec2.describe_spot_fleet_requests(),
    "the keys of the account's VPN": lambda: ec2.describe_vpn_connections(),
    "a load balancer in the network next door": lambda: balancers.create_load_balancer(Name="x", Type="network", Subnets=keys["subnets"]),
    "a key of others labelled as one's own": lambda: kms.tag_resource(KeyId=foreign_key, Tags=[{"TagKey": "deployment", "TagValue": prefix.rstrip("-")}]),
}
REFUSED = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "Client.UnauthorizedOperation")
got, refused = [], []
for name, way in ways.items():
    try:
        way()
        got.append(name)
        print(f"GOT {name}", file=sys.stderr)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in REFUSED:
            refused.append(name)
        else:
            got.append(f"{name} ({code})")
        print(f"{code:16} {name}", file=sys.stderr)
    except ResponseParserError as error:
        # Policy let it pass, to a service that moto does not know well enough.
        got.append(f"{name} ({type(error).__name__})")
print(json.dumps([len(ways), got, refused]))
