"""What the policies of the architect and of the roles it makes say of calls that moto does not know well enough: things of others
with their tags, and what Terraform and a cluster need. Judged by the practice account's evaluator, as each call would be.

judged.py ENDPOINT ID SECRET DEPLOYMENT FOLDER_OF_EVALUATE. Prints a JSON list: how many calls were judged, and those judged wrong.
"""

import json
import sys

import boto3

endpoint, key, secret, mine, folder = sys.argv[1:6]
sys.path.insert(0, folder)
import evaluate  # noqa: E402

ACCOUNT, REGION = "123456789012", "us-east-1"
iam = boto3.client("iam", endpoint_url=endpoint, region_name=REGION, aws_access_key_id=key, aws_secret_access_key=secret)


def document(name):
    arn = f"arn:aws:iam::{ACCOUNT}:policy/{mine}-{name}"
    version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    return iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]


EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
ARCHITECT = [document("terraform-policy"), document("terraform-write-policy")], None
# A role made by the architect that was given everything: its boundary decides.
BOUNDED = [EVERYTHING], [document("terraform-boundary")]
# The same with the name of the cluster's own role, which may do more.
CONTROL = [EVERYTHING], [document("terraform-boundary")]
SETUP = [document("secrets-setup")], None
OTHER = f"{mine}-sit"


def at(service, name, account=ACCOUNT):
    return f"arn:aws:{service}:{'' if service == 'iam' else REGION}:{account}:{name}"


def tagged(value, **more):
    return {"aws:resourcetag/deployment": value, **more}


def asks(value, *keys, **more):
    return {"aws:requesttag/deployment": value, "aws:tagkeys": ["deployment", "created-by", *keys], **more}


def creating(call):
    return {"ec2:createaction": call}


THEIRS, NONE, OURS = tagged(OTHER), {}, tagged(mine)
CLUSTER = {f"aws:resourcetag/kubernetes.io/cluster/{mine}": "owned"}
rows = []


def refused(who, actions, arn, context=NONE):
    rows.extend((who, action, arn, context, False) for action in actions.split())


def allowed(who, actions, arn, context=NONE):
    rows.extend((who, action, arn, context, True) for action in actions.split())


# --- Things of others: of another deployment, and without any tag. Nobody changes, attaches or relabels them.
INSTANCE, VOLUME, SNAPSHOT = at("ec2", "instance/i-1"), at("ec2", "volume/vol-1"), at("ec2", "snapshot/snap-1", "")
TEMPLATE, SECURITY = at("ec2", "launch-template/lt-1"), at("ec2", "security-group/sg-1")
INTERFACE, SUBNET, VPC = at("ec2", "network-interface/eni-1"), at("ec2", "subnet/subnet-1"), at("ec2", "vpc/vpc-1")
FILES, POINT = at("elasticfilesystem", "file-system/fs-1"), at("elasticfilesystem", "access-point/fsap-1")
BALANCER = at("elasticloadbalancing", "loadbalancer/net/theirs/1")
MACHINES = at("autoscaling", "autoScalingGroup:1:autoScalingGroupName/theirs")
for who in (ARCHITECT, BOUNDED, CONTROL):
    for whose in (THEIRS, NONE):
        refused(who, "ec2:StopInstances ec2:StartInstances ec2:TerminateInstances ec2:ModifyInstanceAttribute ec2:RebootInstances", INSTANCE, whose)
        refused(who, "ec2:DescribeInstanceAttribute ec2:GetPasswordData ec2:GetConsoleOutput ec2:AttachVolume ec2:AttachNetworkInterface", INSTANCE, whose)
        refused(who, "ec2:AssociateIamInstanceProfile ec2:ReplaceIamInstanceProfileAssociation ec2:CreateImage ec2:SendDiagnosticInterrupt", INSTANCE, whose)
        refused(who, "ec2:CreateSnapshot ec2:AttachVolume ec2:DetachVolume ec2:DeleteVolume ec2:ModifyVolume", VOLUME, whose)
        refused(who, "ec2:DeleteSnapshot ec2:ModifySnapshotAttribute ec2:CreateVolume ec2:CopySnapshot", SNAPSHOT, whose)
        refused(who, "ec2:CreateLaunchTemplateVersion ec2:ModifyLaunchTemplate ec2:DeleteLaunchTemplate ec2:RunInstances", TEMPLATE, whose)
        refused(who, "ec2:AuthorizeSecurityGroupIngress ec2:RevokeSecurityGroupEgress ec2:DeleteSecurityGroup", SECURITY, whose)
        refused(who, "ec2:AttachNetworkInterface ec2:DeleteNetworkInterface ec2:CreateNetworkInterfacePermission ec2:RunInstances", INTERFACE, whose)
        refused(who, "ec2:RunInstances ec2:CreateNetworkInterface ec2:DeleteSubnet", SUBNET, whose)
        refused(who, "ec2:CreateSubnet ec2:CreateSecurityGroup ec2:DeleteVpc ec2:CreateVpcPeeringConnection", VPC, {**whose, **asks(mine)})
        for thing in (INSTANCE, VOLUME, SNAPSHOT, TEMPLATE, SECURITY, INTERFACE, VPC):
            refused(who, "ec2:CreateTags", thing, {**whose, **asks(mine)})
            refused(who, "ec2:DeleteTags", thing, {**whose, "aws:tagkeys": ["deployment"]})
        refused(who, "elasticfilesystem:DeleteFileSystem elasticfilesystem:PutFileSystemPolicy elasticfilesystem:CreateMountTarget", FILES, whose)
        refused(who, "elasticfilesystem:ClientRootAccess elasticfilesystem:ClientMount elasticfilesystem:CreateAccessPoint", FILES, whose)
        refused(who, "elasticfilesystem:TagResource elasticfilesystem:CreateTags", FILES, {**whose, **asks(mine)})
        refused(who, "elasticfilesystem:DeleteAccessPoint", POINT, whose)
        refused(who, "elasticloadbalancing:DeleteLoadBalancer elasticloadbalancing:CreateListener elasticloadbalancing:SetSecurityGroups", BALANCER, whose)
        refused(who, "elasticloadbalancing:AddTags", BALANCER, {**whose, **asks(mine)})
        refused(who, "ec2:CreateTags ec2:DeleteTags", at("ec2", "key-pair/theirs"), {**whose, **asks(mine)})
        refused(who, "ec2:CreateTags ec2:DeleteTags", at("ec2", "placement-group/theirs"), {**whose, **asks(mine)})
        refused(who, "autoscaling:DeleteAutoScalingGroup autoscaling:SetDesiredCapacity autoscaling:UpdateAutoScalingGroup", MACHINES, whose)
        refused(who, "autoscaling:CreateOrUpdateTags", MACHINES, {**whose, **asks(mine)})
    # What shows start scripts, keys and addresses with signatures in them, everybody's at once.
    shown = "autoscaling:DescribeLaunchConfigurations ec2:DescribeSpotFleetRequests ec2:DescribeSpotInstanceRequests ec2:DescribeVpnConnections"
    refused(who, f"{shown} ec2:DescribeVerifiedAccessTrustProviders ec2:DescribeConversionTasks ec2:DescribeImportImageTasks", "*")
    # Their clusters, images and logs have other names, whatever tag they carry.
    for whose in (THEIRS, OURS):
        refused(who, "eks:DeleteCluster eks:CreateAccessEntry eks:CreateAddon eks:UpdateClusterConfig eks:CreateNodegroup", at("eks", f"cluster/{OTHER}"), whose)
        refused(who, "eks:UpdateAccessEntry eks:AssociateAccessPolicy", at("eks", f"access-entry/{OTHER}/role/{ACCOUNT}/r/1"), whose)
        refused(who, "eks:UpdateNodegroupConfig eks:DeleteNodegroup", at("eks", f"nodegroup/{OTHER}/{mine}/1"), whose)
        refused(who, "ecr:DeleteRepository ecr:SetRepositoryPolicy ecr:PutImage ecr:BatchGetImage", at("ecr", f"repository/{OTHER}-user-image"), whose)
        refused(who, "logs:DeleteLogGroup logs:PutRetentionPolicy logs:FilterLogEvents", at("logs", f"log-group:/aws/eks/{OTHER}/cluster"), whose)
    refused(who, "eks:TagResource", at("eks", f"cluster/{OTHER}"), asks(mine))
    refused(who, "ecr:PutRegistryPolicy ecr:PutReplicationConfiguration logs:PutResourcePolicy", "*")
    # Keys: no tag gives a right, nor does a grant for an AWS resource.
    grant = {"kms:grantisforawsresource": "true"}
    for whose in (THEIRS, OURS, NONE):
        named = {**whose, "kms:resourcealiases": ["alias/theirs"]}
        refused(who, "kms:CreateGrant", at("kms", "key/1"), {**named, **grant})
        refused(who, "kms:PutKeyPolicy kms:ScheduleKeyDeletion kms:Decrypt kms:DisableKey", at("kms", "key/1"), named)
        refused(who, "kms:TagResource", at("kms", "key/1"), {**named, **asks(mine)})
    refused(who, "kms:CreateGrant", at("kms", "key/1"), {"kms:resourcealiases": [f"alias/{mine}-cluster-of-others"], **grant})
    # Roles of the deployment whose name begins with this one, and of anybody else whose name does.
    for role in ("sit-terraform-architect", "sit-secrets-setup", "sit-secrets-decrypt", "sit-node", "people-admin", "terraform-architect", "secrets-encrypt"):
        bound = {"iam:permissionsboundary": at("iam", f"policy/{mine}-terraform-boundary"), "iam:policyarn": at("iam", f"policy/{mine}-node")}
        calls = "iam:UpdateAssumeRolePolicy iam:DeleteRole iam:PutRolePolicy iam:AttachRolePolicy iam:UpdateRole iam:TagRole iam:PutRolePermissionsBoundary"
        refused(who, f"{calls} sts:AssumeRole", at("iam", f"role/{mine}-{role}"), bound)
        refused(who, "iam:PassRole", at("iam", f"role/{mine}-{role}"), {"iam:passedtoservice": "ec2.amazonaws.com"})
    for policy in ("sit-terraform-policy", "sit-terraform-boundary", "sit-node", "terraform-boundary", "anything"):
        refused(who, "iam:CreatePolicyVersion iam:DeletePolicy iam:SetDefaultPolicyVersion", at("iam", f"policy/{mine}-{policy}"))
    refused(who, "iam:CreateGroup iam:DeleteGroup iam:AddUserToGroup iam:PutGroupPolicy", at("iam", f"group/{mine}-sit-terraform-architects"))
    oidc = at("iam", f"oidc-provider/oidc.eks.{REGION}.amazonaws.com/id/THEIRS")
    refused(who, "iam:DeleteOpenIDConnectProvider iam:AddClientIDToOpenIDConnectProvider iam:UpdateOpenIDConnectProviderThumbprint", oidc, OURS)
    refused(who, "iam:TagOpenIDConnectProvider", oidc, {**THEIRS, **asks(mine)})

# --- The architect alone.
NODE = at("iam", f"role/{mine}-node")
HERE = {"iam:permissionsboundary": at("iam", f"policy/{mine}-terraform-boundary")}
refused(ARCHITECT, "iam:UpdateAssumeRolePolicy iam:DeleteRole iam:PutRolePolicy iam:UpdateRole", NODE)  # somebody's, of that name
refused(ARCHITECT, "iam:CreateRole", NODE, {"iam:permissionsboundary": at("iam", f"policy/{OTHER}-terraform-boundary")})
for policy in ("hubploy-deployers", "terraform-boundary", "secrets-decrypt"):
    refused(ARCHITECT, "iam:CreatePolicy iam:CreatePolicyVersion iam:DeletePolicy iam:TagPolicy", at("iam", f"policy/{mine}-{policy}"), asks(mine))
for call, thing in (("iam:TagRole", NODE), ("iam:TagPolicy", at("iam", f"policy/{mine}-node")), ("iam:TagInstanceProfile", at("iam", f"instance-profile/{mine}-hubploy-deployer"))):
    refused(ARCHITECT, call, thing, asks(OTHER))
refused(ARCHITECT, "iam:DeleteRolePermissionsBoundary iam:PutRolePermissionsBoundary", NODE, HERE)
refused(ARCHITECT, "iam:AttachRolePolicy", NODE, {**HERE, "iam:policyarn": "arn:aws:iam::aws:policy/AdministratorAccess"})
for policy in (f"{OTHER}-node", f"{OTHER}-terraform-policy", f"{mine}-terraform-write-policy", f"{mine}-people"):
    refused(ARCHITECT, "iam:AttachRolePolicy", NODE, {**HERE, "iam:policyarn": at("iam", f"policy/{policy}")})
for service in ("lambda.amazonaws.com", "ecs-tasks.amazonaws.com", "ssm.amazonaws.com"):
    refused(ARCHITECT, "iam:PassRole", NODE, {"iam:passedtoservice": service})
refused(ARCHITECT, "iam:PassRole", NODE)  # no service is named
refused(ARCHITECT, "ec2:CreateVpc", at("ec2", "vpc/*"), asks(OTHER))
refused(ARCHITECT, "ec2:CreateVpc", at("ec2", "vpc/*"))
refused(ARCHITECT, "ec2:CreateTags", VPC, {**OURS, **asks(OTHER)})  # given away
refused(ARCHITECT, "ec2:CreateTags", at("ec2", "vpc/*"), {**asks(OTHER), **creating("CreateVpc")})
refused(ARCHITECT, "ec2:CreateTags", VPC, {**OURS, "aws:tagkeys": ["owner"]})
refused(ARCHITECT, "kms:TagResource", at("kms", "key/1"), asks(mine, "owner"))
refused(ARCHITECT, "kms:TagResource", at("kms", "key/1"), {**THEIRS, **asks(mine)})
refused(ARCHITECT, "kms:CreateKey eks:CreateCluster elasticfilesystem:CreateFileSystem", "*", {"aws:requestedregion": REGION})
refused(ARCHITECT, "eks:CreateCluster", "*", {**asks(mine), "aws:requestedregion": "eu-west-1"})
refused(ARCHITECT, "sts:AssumeRole", NODE)
refused(ARCHITECT, "ec2:RunInstances", at("ec2", "image/ami-2", ""), {"ec2:owner": ACCOUNT})  # an image with others' data
refused(ARCHITECT, "ec2:RunInstances", SNAPSHOT, OURS)
refused(ARCHITECT, "ec2:RequestSpotInstances ec2:CreateFleet ec2:CreateVpcEndpoint ec2:CreateFlowLogs", "*", asks(mine))

# --- The roles it makes alone: over machines they have no right, not even over their own.
for whose in (OURS, CLUSTER):
    refused(BOUNDED, "ec2:StopInstances ec2:StartInstances ec2:ModifyInstanceAttribute ec2:TerminateInstances ec2:RunInstances", INSTANCE, whose)
refused(BOUNDED, "iam:CreateRole iam:PassRole iam:CreatePolicyVersion iam:GetRole", NODE, HERE)
refused(BOUNDED, "ec2:DescribeLaunchTemplateVersions secretsmanager:GetSecretValue ssm:GetParameter s3:GetObject lambda:InvokeFunction", "*", {"aws:requestedregion": REGION})
refused(BOUNDED, "ec2:DescribeInstances", "*", {"aws:requestedregion": "eu-west-1"})
refused(CONTROL, "elasticloadbalancing:AddTags", BALANCER, asks(mine))
# Load balancers are for the cluster's own role only: they go into any network.
OWNED = {f"aws:requesttag/kubernetes.io/cluster/{mine}": "owned"}
for call in ("CreateLoadBalancer", "CreateTargetGroup"):
    refused(BOUNDED, f"elasticloadbalancing:{call}", BALANCER, OWNED)
    refused(BOUNDED, "elasticloadbalancing:AddTags", BALANCER, {**OWNED, "elasticloadbalancing:createaction": call})
refused(BOUNDED, "elasticloadbalancing:SetSubnets elasticloadbalancing:RegisterTargets elasticloadbalancing:DeleteLoadBalancer", BALANCER, CLUSTER)

# --- The setup role: keys.
for whose in ({"kms:resourcealiases": ["alias/theirs"]}, THEIRS, {**OURS, "kms:resourcealiases": [f"alias/{OTHER}-secrets"]}):
    refused(SETUP, "kms:TagResource", at("kms", "key/1"), {**whose, **asks(mine)})
refused(SETUP, "kms:TagResource", "*", asks(mine, "owner"))
refused(SETUP, "kms:PutKeyPolicy kms:ScheduleKeyDeletion kms:CreateGrant kms:CreateAlias", at("kms", "key/1"), OURS)
# A key of others that has the store's name: only that name can be moved away from it, and no other name.
NAMED = {"kms:resourcealiases": ["alias/theirs", f"alias/{mine}-secrets"]}
allowed(SETUP, "kms:UpdateAlias", at("kms", "key/1"), NAMED)
refused(SETUP, "kms:DeleteAlias kms:CreateAlias kms:PutKeyPolicy kms:ScheduleKeyDeletion kms:DisableKey kms:EnableKey", at("kms", "key/1"), NAMED)
refused(SETUP, "kms:EnableKeyRotation kms:UpdateKeyDescription kms:CreateGrant kms:Decrypt kms:TagResource", at("kms", "key/1"), {**NAMED, **asks(mine)})
refused(SETUP, "kms:UpdateAlias kms:DeleteAlias", at("kms", "alias/theirs"))
for whose in ({"kms:resourcealiases": ["alias/theirs"]}, {"kms:resourcealiases": []}, OURS):
    refused(SETUP, "kms:UpdateAlias kms:EnableKey kms:UpdateKeyDescription", at("kms", "key/1"), whose)
refused(SETUP, "codecommit:UpdateRepositoryDescription", at("codecommit", f"{OTHER}-secrets"))
allowed(SETUP, "codecommit:UpdateRepositoryDescription", at("codecommit", f"{mine}-secrets"))
for role in (f"{OTHER}-secrets-decrypt", f"{mine}-secrets-setup", f"{mine}-terraform-architect"):
    refused(SETUP, "iam:UpdateAssumeRolePolicy iam:DeleteRole iam:AttachRolePolicy", at("iam", f"role/{role}"))
# A role that has a name of the store's, and no boundary or another one.
READER = at("iam", f"role/{mine}-secrets-decrypt")
STORE = {"iam:permissionsboundary": at("iam", f"policy/{mine}-secrets-boundary"), "iam:policyarn": at("iam", f"policy/{mine}-secrets-decrypt")}
for whose in (NONE, HERE, {"iam:permissionsboundary": at("iam", f"policy/{OTHER}-secrets-boundary")}):
    calls = "iam:UpdateAssumeRolePolicy iam:DeleteRole iam:UpdateRole iam:UpdateRoleDescription iam:CreateRole"
    refused(SETUP, f"{calls} iam:AttachRolePolicy iam:DetachRolePolicy iam:PutRolePermissionsBoundary", READER, {**STORE, "iam:permissionsboundary": None, **whose})
refused(SETUP, "iam:PutRolePolicy iam:DeleteRolePermissionsBoundary iam:PassRole", READER, STORE)
for call, thing in (("iam:TagRole", READER), ("iam:TagPolicy", at("iam", f"policy/{mine}-secrets-decrypt")), ("codecommit:TagResource", at("codecommit", f"{mine}-secrets"))):
    refused(SETUP, call, thing, asks(OTHER))
    allowed(SETUP, call, thing, asks(mine))

# --- What Terraform must be able to do, or the refusals above would prove nothing.
allowed(ARCHITECT, "ec2:CreateVpc", at("ec2", "vpc/*"), asks(mine, "Name"))
for call, kind in [("Subnet", "subnet"), ("InternetGateway", "internet-gateway"), ("RouteTable", "route-table"), ("SecurityGroup", "security-group"), ("LaunchTemplate", "launch-template")]:
    allowed(ARCHITECT, f"ec2:Create{call}", at("ec2", f"{kind}/*"), asks(mine))
    allowed(ARCHITECT, "ec2:CreateTags", at("ec2", f"{kind}/*"), {**asks(mine, "Name"), **creating(f"Create{call}")})
allowed(ARCHITECT, "ec2:CreateSubnet ec2:CreateSecurityGroup ec2:CreateRouteTable ec2:ModifyVpcAttribute ec2:DeleteVpc ec2:AttachInternetGateway", VPC, OURS)
allowed(ARCHITECT, "ec2:CreateTags", SUBNET, {**OURS, "aws:tagkeys": ["kubernetes.io/role/elb", "Name"]})
allowed(ARCHITECT, "ec2:AuthorizeSecurityGroupIngress ec2:DeleteSecurityGroup", SECURITY, OURS)
allowed(ARCHITECT, "ec2:AuthorizeSecurityGroupIngress", at("ec2", "security-group-rule/*"), asks(mine))
allowed(ARCHITECT, "ec2:CreateLaunchTemplateVersion ec2:ModifyLaunchTemplate ec2:DeleteLaunchTemplate ec2:RunInstances", TEMPLATE, OURS)
allowed(ARCHITECT, "ec2:RunInstances", at("ec2", "image/ami-1", ""), {"ec2:owner": "amazon"})
for kind in ("instance", "volume", "network-interface"):
    allowed(ARCHITECT, "ec2:RunInstances", at("ec2", f"{kind}/*"), asks(mine))
allowed(ARCHITECT, "eks:CreateCluster elasticfilesystem:CreateFileSystem kms:CreateKey", "*", {**asks(mine), "aws:requestedregion": REGION})
allowed(ARCHITECT, "elasticfilesystem:TagResource", at("elasticfilesystem", "file-system/*"), {**asks(mine), "elasticfilesystem:createaction": "CreateFileSystem"})
allowed(ARCHITECT, "elasticfilesystem:CreateMountTarget elasticfilesystem:DeleteFileSystem elasticfilesystem:PutLifecycleConfiguration", FILES, OURS)
allowed(ARCHITECT, "eks:DeleteCluster eks:CreateNodegroup eks:CreateAddon eks:CreateAccessEntry eks:TagResource", at("eks", f"cluster/{mine}"), asks(mine))
allowed(ARCHITECT, "eks:DeleteNodegroup eks:UpdateNodegroupConfig", at("eks", f"nodegroup/{mine}/core/1"))
allowed(ARCHITECT, "ecr:CreateRepository ecr:DeleteRepository ecr:TagResource", at("ecr", f"repository/{mine}-user-image"), asks(mine))
allowed(ARCHITECT, "logs:CreateLogGroup logs:DeleteLogGroup", at("logs", f"log-group:/aws/eks/{mine}/cluster"), asks(mine))
allowed(ARCHITECT, "kms:TagResource", "*", asks(mine))
allowed(ARCHITECT, "kms:CreateGrant", at("kms", "key/2"), {"kms:resourcealiases": [f"alias/{mine}-cluster"], **grant})
allowed(ARCHITECT, "iam:CreateOpenIDConnectProvider iam:TagOpenIDConnectProvider", oidc, asks(mine))
for role in ("cluster", "node", "autoscaler", "ebs", "efs", "hubploy-eks", "hubploy-ecr", "hubploy-deployer"):
    own = at("iam", f"role/{mine}-{role}")
    allowed(ARCHITECT, "iam:CreateRole iam:DeleteRole iam:UpdateAssumeRolePolicy iam:PutRolePolicy", own, HERE)
    allowed(ARCHITECT, "iam:AttachRolePolicy", own, {**HERE, "iam:policyarn": "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy"})
    allowed(ARCHITECT, "iam:AttachRolePolicy", own, {**HERE, "iam:policyarn": at("iam", f"policy/{mine}-{role}")})
    allowed(ARCHITECT, "iam:PassRole", own, {"iam:passedtoservice": "eks.amazonaws.com"})
    allowed(ARCHITECT, "iam:TagRole", own, asks(mine))
allowed(ARCHITECT, "iam:CreateGroup iam:DeleteGroup", at("iam", f"group/{mine}-hubploy-deployers"))
allowed(ARCHITECT, "iam:CreatePolicy iam:CreatePolicyVersion iam:DeletePolicy", at("iam", f"policy/{mine}-hubploy-deployer"))
# What Terraform asks of a cluster's parts before it changes them (the AWS provider's reads).
for thing in (
    "AccountAttributes Addresses AvailabilityZones DhcpOptions Images InstanceTypes InstanceTypeOfferings Instances InternetGateways KeyPairs "
    "LaunchTemplates LaunchTemplateVersions NatGateways NetworkAcls NetworkInterfaces PrefixLists RouteTables SecurityGroups SecurityGroupRules "
    "Subnets Tags Volumes VpcAttribute VpcEndpoints Vpcs"
).split():
    allowed(ARCHITECT, f"ec2:Describe{thing}", "*")
allowed(ARCHITECT, "autoscaling:DescribeAutoScalingGroups autoscaling:DescribeScalingActivities", "*")
allowed(ARCHITECT, "iam:GetPolicy iam:GetPolicyVersion iam:GetRole iam:GetRolePolicy", "*")

# --- And a cluster's machines and add-ons.
for whose in (OURS, CLUSTER, {"aws:resourcetag/cluster.k8s.amazonaws.com/name": mine}):
    allowed(BOUNDED, "ec2:AttachNetworkInterface ec2:DeleteNetworkInterface ec2:AssignPrivateIpAddresses ec2:CreateTags", INTERFACE, whose)
    allowed(BOUNDED, "ec2:AttachVolume ec2:DeleteVolume ec2:ModifyVolume ec2:CreateSnapshot", VOLUME, whose)
allowed(BOUNDED, "ec2:AttachVolume ec2:AttachNetworkInterface", INSTANCE, {"aws:resourcetag/aws:eks:cluster-name": mine})
allowed(BOUNDED, "ec2:CreateVolume", at("ec2", "volume/*"))
allowed(BOUNDED, "ec2:CreateTags", VOLUME, creating("CreateVolume"))
allowed(BOUNDED, "ec2:CreateNetworkInterface", SUBNET, OURS)
allowed(BOUNDED, "autoscaling:SetDesiredCapacity autoscaling:TerminateInstanceInAutoScalingGroup", MACHINES, CLUSTER)
allowed(CONTROL, "elasticloadbalancing:CreateLoadBalancer elasticloadbalancing:CreateTargetGroup", BALANCER, OWNED)
allowed(CONTROL, "elasticloadbalancing:AddTags", BALANCER, {**OWNED, "elasticloadbalancing:createaction": "CreateLoadBalancer"})
allowed(CONTROL, "elasticloadbalancing:DeleteLoadBalancer elasticloadbalancing:RegisterInstancesWithLoadBalancer", BALANCER, CLUSTER)
allowed(CONTROL, "elasticloadbalancing:DescribeLoadBalancers", "*")
# What the policies of AWS for clusters, machines, disks and file systems ask, and the autoscaler.
for thing in (
    "AccountAttributes Addresses AvailabilityZones DhcpOptions Images InstanceTopology InstanceTypes Instances InternetGateways NetworkInterfaces "
    "RouteTables SecurityGroups Snapshots Subnets Tags Volumes VolumesModifications Vpcs"
).split():
    allowed(BOUNDED, f"ec2:Describe{thing}", "*")
allowed(BOUNDED, "autoscaling:DescribeAutoScalingGroups autoscaling:DescribeAutoScalingInstances autoscaling:DescribeScalingActivities autoscaling:DescribeTags", "*")
allowed(BOUNDED, "ecr:PutImage ecr:BatchGetImage", at("ecr", f"repository/{mine}-user-image"))
allowed(BOUNDED, "ecr:BatchGetImage", at("ecr", "repository/eks/kube-proxy", "602401143452"))
allowed(BOUNDED, "elasticfilesystem:CreateAccessPoint elasticfilesystem:ClientMount", FILES, OURS)
allowed(BOUNDED, "sts:AssumeRole", at("iam", f"role/{mine}-hubploy-eks"))
allowed(BOUNDED, "eks:DescribeCluster", at("eks", f"cluster/{mine}"))
allowed(BOUNDED, "ec2:DescribeInstances ecr:GetAuthorizationToken", "*", {"aws:requestedregion": REGION})
allowed(SETUP, "kms:CreateKey kms:TagResource", "*", asks(mine))
allowed(SETUP, "iam:UpdateAssumeRolePolicy iam:DeleteRole iam:CreateRole iam:AttachRolePolicy iam:PutRolePermissionsBoundary", READER, STORE)

names = {id(ARCHITECT): "terraform-architect", id(BOUNDED): "node", id(CONTROL): "cluster", id(SETUP): "secrets-setup"}
wrong = []
for who, action, arn, context, expected in rows:
    context = {"aws:requestedregion": REGION, "aws:principalarn": at("iam", f"role/{mine}-{names[id(who)]}"), **context}
    said = evaluate.judge(who[0], who[1], None, None, action, arn, context, [f"arn:aws:sts::{ACCOUNT}:assumed-role/r/s"])
    if (said == evaluate.ALLOW) != expected:
        wrong.append(f"{names[id(who)]}: {action} {arn} {context}: {said}")
print(json.dumps([len(rows), wrong]))
