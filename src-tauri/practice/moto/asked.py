"""A call as policies see it: its parameters, the ARNs of what it is about, and what conditions can ask of both (Service
Authorization Reference). It judges nothing.
"""

import base64
import json
import re

import past
from moto.backends import get_backend
from moto.core import DEFAULT_ACCOUNT_ID as ACCOUNT
from moto.kms.utils import _deserialize_ciphertext_blob


class Asked:
    """A call and its parameters, in any of AWS's protocols."""

    def __init__(self, request, form):
        self.service, _, self.action = request._action.partition(":")
        self.region, self.path = request._region, request._path.split("?")[0]
        self.form = form if isinstance(form, dict) else {}
        body = request._body
        raw = body.encode() if isinstance(body, str) else bytes(body or b"")
        try:
            self.json = json.loads(raw) if raw[:1] == b"{" else {}
        except ValueError:
            self.json = {}

    def get(self, name):
        value = self.form.get(name, self.json.get(name))
        return value[0] if isinstance(value, list) and value else value

    def listed(self, name):
        """A list, which JSON has as such and forms as `NAME.member.1` or `NAME.1`."""
        if isinstance(self.json.get(name), list):
            return self.json[name]
        wanted = re.compile(rf"{re.escape(name)}\.(member\.)?\d+$")
        return [self.get(one) for one in self.form if wanted.match(one)]

    def tags(self):
        found = {}
        for name in self.form:
            if re.search(r"(^|\.)Tags?\.(member\.)?\d+\.Key$", name):
                found[self.get(name)] = self.get(name[:-3] + "Value") or ""
        listed = self.json.get("Tags", self.json.get("tags"))
        if isinstance(listed, dict):
            found.update(listed)
        elif isinstance(listed, list):
            found.update({one.get("TagKey", one.get("Key")): one.get("TagValue", one.get("Value")) for one in listed})
        return found

    def about(self, caller):
        """Pairs of action and ARN, each of which must be allowed. `*`: the action is about no single thing;
        `unknown:SERVICE`: it is not known here what it is about.
        """
        found = ABOUT.get(self.service, unknown)(self, caller)
        found = [one if isinstance(one, tuple) else (self.action, one) for one in found]
        tagging = TAGGING.get(f"{self.service}:{self.action}") if self.tags() else None
        return [*found, *((tagging, arn) for _, arn in found if tagging)]


# Making something with tags needs the right to tag it, too.
TAGGING = {
    "iam:CreateInstanceProfile": "TagInstanceProfile", "iam:CreateOpenIDConnectProvider": "TagOpenIDConnectProvider",
    "iam:CreatePolicy": "TagPolicy", "iam:CreateRole": "TagRole", "iam:CreateUser": "TagUser", "kms:CreateKey": "TagResource",
    "codecommit:CreateRepository": "TagResource", "ecr:CreateRepository": "TagResource", "eks:CreateCluster": "TagResource",
    "elasticfilesystem:CreateFileSystem": "TagResource", "logs:CreateLogGroup": "TagResource",
    "elasticloadbalancing:CreateLoadBalancer": "AddTags", "elasticloadbalancing:CreateTargetGroup": "AddTags",
}

# The calls of IAM that know the boundary of the role they are about (`iam:PermissionsBoundary`).
KNOWS_BOUNDARY = (
    "AttachRolePolicy", "CreateRole", "DeleteRole", "DeleteRolePermissionsBoundary", "DeleteRolePolicy", "DetachRolePolicy",
    "GetRole", "PutRolePermissionsBoundary", "PutRolePolicy", "UpdateAssumeRolePolicy", "UpdateRole", "UpdateRoleDescription",
)


def iam_thing(collection, name, kind):
    found = [thing for thing in getattr(past.iam(), collection).values() if thing.name == name]
    return found[0].arn if found else f"arn:aws:iam::{ACCOUNT}:{kind}/{name}"


def of_iam(asked, caller):
    for name, collection, kind in [
        ("InstanceProfileName", "instance_profiles", "instance-profile"),
        ("GroupName", "groups", "group"),
        ("RoleName", "roles", "role"),
        ("UserName", "users", "user"),
    ]:
        if asked.get(name):
            made = asked.action.startswith("Create")
            path = (asked.get("Path") or "/") if made and asked.action == f"Create{name.removesuffix('Name')}" else None
            if path:
                return [f"arn:aws:iam::{ACCOUNT}:{kind}{path}{asked.get(name)}"]
            return [iam_thing(collection, asked.get(name), kind)]
    for name in ["PolicyArn", "OpenIDConnectProviderArn", "PolicySourceArn", "SAMLProviderArn"]:
        if asked.get(name):
            return [asked.get(name)]
    if asked.get("PolicyName"):
        return [f"arn:aws:iam::{ACCOUNT}:policy{asked.get('Path') or '/'}{asked.get('PolicyName')}"]
    if asked.action == "CreateOpenIDConnectProvider":
        return [f"arn:aws:iam::{ACCOUNT}:oidc-provider/{(asked.get('Url') or '').split('//')[-1]}"]
    if asked.action == "CreateServiceLinkedRole":
        return [f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/{asked.get('AWSServiceName')}/AWSServiceRole"]
    own = ("GetUser", "CreateAccessKey", "ListAccessKeys", "UpdateAccessKey", "DeleteAccessKey", "ChangePassword")
    if asked.action in own and not caller.role:
        return [caller.owner]
    return ["*"]


def unknown(asked, _):
    return [f"unknown:{asked.service}"]


def of_sts(asked, _):
    return [asked.get("RoleArn") or "*"]


def key_of_ciphertext(text):
    """The id of the key that made a ciphertext; `None` where it is none."""
    try:
        return _deserialize_ciphertext_blob(base64.b64decode(text or "")).key_id
    except Exception:  # moto's own error for what it did not make
        return None


def of_kms(asked, _):
    def arn(key):
        keys = past.kms(asked.region)
        try:
            return keys.keys[keys.any_id_to_key_id(key)].arn if not is_elsewhere(key, asked.region) else key
        except (AttributeError, KeyError):  # a key that is not there: said only to those who may ask for it
            return key if key.startswith("arn:") else f"arn:aws:kms:{asked.region}:{ACCOUNT}:key/{key}"

    source = key_of_ciphertext(asked.get("CiphertextBlob"))
    if asked.action == "ReEncrypt":
        found = [("ReEncryptFrom", arn(source))] if source else []
        return [*found, ("ReEncryptTo", arn(asked.get("DestinationKeyId") or "*"))]
    found = []
    if asked.get("AliasName"):
        found.append(f"arn:aws:kms:{asked.region}:{ACCOUNT}:{asked.get('AliasName')}")
    key = asked.get("KeyId") or asked.get("TargetKeyId") or (source if asked.action == "Decrypt" else None)
    if key and asked.action != "ListAliases":
        found.append(arn(key))
    if asked.action in ("DeleteAlias", "UpdateAlias"):
        # The key that the alias is on now, too.
        found += [key.arn for key in past.kms(asked.region).keys.values() if asked.get("AliasName") in key.aliases]
    return found or ["*"]


def is_elsewhere(key, region):
    """Whether the ARN is of a key of another account or region."""
    return key.startswith("arn:") and key.split(":")[3:5] != [region, ACCOUNT]


def of_codecommit(asked, _):
    names = [asked.get("repositoryName")] if asked.get("repositoryName") else asked.listed("repositoryNames")
    if names:
        return [f"arn:aws:codecommit:{asked.region}:{ACCOUNT}:{name}" for name in names]
    return [asked.get("resourceArn") or "*"]


def of_route53(asked, _):
    parts = asked.path.strip("/").split("/")[1:]
    if parts[:1] == ["tags"] and len(parts) > 2:
        parts = parts[1:]
    kinds = ("hostedzone", "change", "healthcheck")
    return [f"arn:aws:route53:::{parts[0]}/{parts[1]}"] if len(parts) > 1 and parts[0] in kinds else ["*"]


# Ids of EC2 and what they are of.
EC2 = {
    "i": "instance", "vol": "volume", "vpc": "vpc", "subnet": "subnet", "sg": "security-group", "rtb": "route-table",
    "igw": "internet-gateway", "eni": "network-interface", "ami": "image", "snap": "snapshot", "acl": "network-acl",
    "nat": "natgateway", "eipalloc": "elastic-ip", "dopt": "dhcp-options", "lt": "launch-template", "vpce": "vpc-endpoint",
    "sgr": "security-group-rule", "key": "key-pair",
}


def of_ec2(asked, _):
    if asked.action.startswith(("Describe", "Get")):
        return ["*"]
    own = f"arn:aws:ec2:{asked.region}:{ACCOUNT}"
    found = []
    for name in asked.form:
        value = asked.get(name)
        match = re.fullmatch(r"([a-z]+)-[0-9a-f]{8,17}", value) if isinstance(value, str) else None
        if match and match[1] in EC2:
            account = "" if match[1] in ("ami", "snap") else ACCOUNT
            found.append(f"arn:aws:ec2:{asked.region}:{account}:{EC2[match[1]]}/{value}")
    if asked.get("KeyName"):
        found.append(f"{own}:key-pair/{asked.get('KeyName')}")
    if asked.action == "RunInstances":
        found += [f"{own}:{kind}/*" for kind in ("instance", "volume", "network-interface")]
    elif asked.action.startswith("Create") and asked.action != "CreateTags":
        kind = re.sub(r"(?<!^)(?=[A-Z])", "-", asked.action.removeprefix("Create")).lower()
        found.append(f"{own}:{kind}/*")
    return found or unknown(asked, None)


def of_eks(asked, _):
    own = f"arn:aws:eks:{asked.region}:{ACCOUNT}"
    parts = asked.path.strip("/").split("/")
    if parts[0] == "tags":
        return [asked.path.removeprefix("/tags/")]
    if parts[0] != "clusters":
        return ["*"]
    if len(parts) == 1:
        return [f"{own}:cluster/{asked.get('name')}"] if asked.action == "CreateCluster" else ["*"]
    kinds = {"node-groups": "nodegroup", "addons": "addon", "fargate-profiles": "fargateprofile", "access-entries": "access-entry"}
    if len(parts) > 3 and parts[2] in kinds:
        return [f"{own}:{kinds[parts[2]]}/{parts[1]}/{parts[3]}/*"]
    return [f"{own}:cluster/{parts[1]}"]


def of_ecr(asked, _):
    own = f"arn:aws:ecr:{asked.region}:{ACCOUNT}:repository"
    names = [asked.get("repositoryName")] if asked.get("repositoryName") else asked.listed("repositoryNames")
    if names:
        return [f"{own}/{name}" for name in names]
    if asked.get("resourceArn"):
        return [asked.get("resourceArn")]
    return ["*" if asked.action.startswith(("GetAuthorizationToken", "DescribeRegistry")) else f"{own}/*"]


def of_efs(asked, _):
    own = f"arn:aws:elasticfilesystem:{asked.region}:{ACCOUNT}"
    found = re.search(r"fs-[0-9a-f]{8,}", asked.path) or re.search(r"fs-[0-9a-f]{8,}", str(asked.get("FileSystemId")))
    point = re.search(r"fsap-[0-9a-f]{8,}", asked.path)
    if point:
        return [f"{own}:access-point/{point[0]}"]
    return [f"{own}:file-system/{found[0] if found else '*'}"]


def of_autoscaling(asked, _):
    if asked.action.startswith("Describe"):
        return ["*"]
    return [f"arn:aws:autoscaling:{asked.region}:{ACCOUNT}:autoScalingGroup:*:autoScalingGroupName/{asked.get('AutoScalingGroupName') or '*'}"]


def of_elb(asked, _):
    if asked.action.startswith("Describe"):
        return ["*"]
    arns = [asked.get(name) for name in ("LoadBalancerArn", "TargetGroupArn", "ListenerArn") if asked.get(name)]
    arns += asked.listed("ResourceArns")
    name = asked.get("LoadBalancerName") or asked.get("Name") or "*"
    kind = "targetgroup" if asked.action == "CreateTargetGroup" else "loadbalancer"
    return arns or [f"arn:aws:elasticloadbalancing:{asked.region}:{ACCOUNT}:{kind}/{name}"]


def of_logs(asked, _):
    if asked.get("resourceArn"):
        return [asked.get("resourceArn")]
    name = asked.get("logGroupName") or asked.get("logGroupNamePrefix") or ""
    return [f"arn:aws:logs:{asked.region}:{ACCOUNT}:log-group:{name}"]


ABOUT = {
    "iam": of_iam, "sts": of_sts, "kms": of_kms, "codecommit": of_codecommit, "route53": of_route53, "ec2": of_ec2,
    "eks": of_eks, "ecr": of_ecr, "elasticfilesystem": of_efs, "autoscaling": of_autoscaling,
    "elasticloadbalancing": of_elb, "logs": of_logs,
}


def tags_of(arn):
    """The tags of what is there already; empty where there is nothing, or it is not known."""
    if arn.count(":") < 5:
        return {}
    _, _, service, region, _, name = arn.split(":", 5)
    kind, _, last = name.partition("/")
    if service == "iam":
        iam = past.iam()
        if arn in iam.managed_policies:
            return as_pairs(iam.managed_policies[arn].tags)
        named = {"role": iam.roles, "instance-profile": iam.instance_profiles}.get(kind, {})
        found = [thing for thing in named.values() if thing.arn == arn]
        if kind == "user":
            return as_pairs(iam.tagger.list_tags_for_resource(arn)["Tags"])
        return as_pairs(found[0].tags) if found else {}
    if service == "kms" and kind == "key":
        keys = past.kms(region)
        return as_pairs(keys.list_resource_tags(last)["Tags"]) if last in keys.keys else {}
    if service == "ec2":
        return as_pairs(get_backend("ec2")[ACCOUNT][region].tags.get(last, {}))
    if service == "eks":
        cluster = get_backend("eks")[ACCOUNT][region].clusters.get(last.split("/")[0])
        return as_pairs(cluster.tags) if cluster else {}
    if service == "elasticfilesystem":
        files = get_backend("efs")[ACCOUNT][region]
        return as_pairs(files.list_tags_for_resource(last)) if last in files.file_systems_by_id else {}
    if service == "elasticloadbalancing":
        new, classic = get_backend("elbv2")[ACCOUNT][region], get_backend("elb")[ACCOUNT][region]
        if last in classic.load_balancers:
            return as_pairs(classic.load_balancers[last].tags)
        return as_pairs(new.tagging_service.list_tags_for_resource(arn)["Tags"])
    return {}


def as_pairs(tags):
    """Tags as a dict, however moto keeps them."""
    if isinstance(tags, dict):
        return {key: value["Value"] if isinstance(value, dict) else value for key, value in tags.items()}
    return {tag.get("TagKey", tag.get("Key")): tag.get("TagValue", tag.get("Value")) for tag in tags or []}


def conditions(asked, arn, caller):
    """What conditions can ask for, by lower-case name."""
    context = {"aws:requestedregion": asked.region, "aws:securetransport": "true", **caller.context()}
    requested = asked.tags()
    context.update({f"aws:requesttag/{key}".lower(): value for key, value in requested.items()})
    if requested:
        context["aws:tagkeys"] = list(requested)
    for key, value in tags_of(arn).items():
        context[f"aws:resourcetag/{key}".lower()] = value
        context[f"{asked.service}:resourcetag/{key}".lower()] = value
    if asked.service == "iam":
        if asked.get("PolicyArn"):
            context["iam:policyarn"] = asked.get("PolicyArn")
        boundary = asked.get("PermissionsBoundary")
        if not boundary and asked.action in KNOWS_BOUNDARY and asked.action != "CreateRole":
            roles = [role for role in past.iam().roles.values() if role.name == asked.get("RoleName")]
            boundary = roles[0].permissions_boundary_arn if roles else None
        if boundary:
            context["iam:permissionsboundary"] = boundary
        if asked.get("AWSServiceName"):
            context["iam:awsservicename"] = asked.get("AWSServiceName")
    if asked.service == "elasticloadbalancing" and asked.action.startswith("Create"):
        context["elasticloadbalancing:createaction"] = asked.action
    if asked.service == "kms":
        context["kms:granteeprincipal"] = asked.get("GranteePrincipal") or ""
        # Only AWS's own services make grants for their resources; nobody who calls directly can claim it.
        context["kms:grantisforawsresource"] = "false"
        for name, value in (asked.json.get("EncryptionContext") or {}).items():
            context[f"kms:encryptioncontext:{name}".lower()] = value
        if ":key/" in arn:
            keys = past.kms(asked.region)
            key = arn.rsplit("/", 1)[1]
            context["kms:resourcealiases"] = list(keys.keys[key].aliases) if key in keys.keys else []
    if asked.service == "sts":
        context["sts:rolesessionname"] = asked.get("RoleSessionName") or ""
        if asked.get("ExternalId"):
            context["sts:externalid"] = asked.get("ExternalId")
    return context


def passed_roles(asked):
    """Roles that the call hands to a service, with the service: each needs iam:PassRole."""
    if asked.service == "iam":
        role = asked.get("RoleName") if asked.action == "AddRoleToInstanceProfile" else None
        return [(iam_thing("roles", role, "role"), "ec2.amazonaws.com")] if role else []
    if asked.service in ("sts", "kms"):
        return []
    found = []
    for name in ("role", "Role", "roleArn", "RoleArn", "RoleARN", "nodeRole", "executionRoleArn", "serviceRole"):
        value = asked.get(name)
        if isinstance(value, str) and ":role/" in value:
            found.append((value, f"{asked.service}.amazonaws.com"))
    for name in ("IamInstanceProfile.Arn", "IamInstanceProfile.Name"):
        profile = (asked.get(name) or "").rsplit("/", 1)[-1]
        for one in past.iam().instance_profiles.values():
            if one.name == profile:
                found += [(role.arn, "ec2.amazonaws.com") for role in one.roles]
    return found
