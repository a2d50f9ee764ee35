"""IAM as AWS judges it: every call by `evaluate`, with the resources and conditions that it is about. What moto's IAM
service lacks or does differently is mended here too.
"""

import json
import re

import evaluate
from moto.core import DEFAULT_ACCOUNT_ID as ACCOUNT
from moto.core.responses import ActionResult
from moto.iam.access_control import CreateAccessKeyFailure, IAMRequestBase, IAMUserAccessKey
from moto.iam.models import iam_backends
from moto.iam.responses import IamResponse
from moto.kms.models import kms_backends


# --- Signature of a GET with a query: moto signs the query as if it were the body.
plain_request = IAMRequestBase._create_aws_request


def request_with_its_own_body(self):
    if self._method in ("GET", "HEAD", "DELETE"):
        self._data = b""
    return plain_request(self)


IAMRequestBase._create_aws_request = request_with_its_own_body

# --- An inactive key is refused, as on AWS.
plain_key = IAMUserAccessKey.__init__


def active_key(self, account_id, partition, access_key_id, headers):
    plain_key(self, account_id, partition, access_key_id, headers)
    for user in self.backend.list_users("/", None, None):
        for key in user.access_keys:
            if key.access_key_id == access_key_id and key.status != "Active":
                raise CreateAccessKeyFailure(reason="InvalidId")


IAMUserAccessKey.__init__ = active_key


# --- Who asks.
def documents(policies):
    """Policies as documents, however moto keeps them."""
    found = []
    for policy in policies:
        if hasattr(policy, "versions"):
            policy = next(version.document for version in policy.versions if version.is_default)
        elif isinstance(policy, dict) and "policy_document" in policy:
            policy = policy["policy_document"]
        found.append(json.loads(policy) if isinstance(policy, str) else policy)
    return found


def backend():
    return iam_backends[ACCOUNT]["aws"]


def identity_of(kind, name):
    """A user or role: its ARN, its policies, and its boundary, `None` where it has none."""
    iam = backend()
    if kind == "user":
        owner = iam.get_user(name)
        found = [iam.get_user_policy(name, inline) for inline in iam.list_user_policies(name)]
        found += iam.list_attached_user_policies(name)[0]
        for group in iam.get_groups_for_user(name):
            found += [iam.get_group_policy(group.name, inline) for inline in iam.list_group_policies(group.name)]
            found += iam.list_attached_group_policies(group.name)[0]
    else:
        owner = iam.get_role(name)
        found = [iam.get_role_policy(name, inline)[1] for inline in iam.list_role_policies(name)]
        found += iam.list_attached_role_policies(name)[0]
    boundary = owner.permissions_boundary_arn if hasattr(owner, "permissions_boundary_arn") else None
    limits = None
    if boundary:
        limits = documents([iam.managed_policies[boundary]]) if boundary in iam.managed_policies else []
    return owner.arn, documents(found), limits


class Caller:
    def __init__(self, arn):
        self.arn = arn
        parts = arn.split(":", 5)[5].split("/")
        self.role = parts[0] == "assumed-role"
        self.name = parts[1] if self.role else parts[-1]
        self.owner, self.policies, self.boundary = identity_of("role" if self.role else "user", self.name)
        self.arns = [arn, self.owner]

    def context(self):
        found = {"aws:principalarn": self.owner, "aws:principalaccount": ACCOUNT, "aws:viaawsservice": "false"}
        if not self.role:
            found["aws:username"] = self.name
        return found


# --- What a call is about.
class Asked:
    """The parameters of a call, in any of AWS's protocols."""

    def __init__(self, request):
        self.form = request._form if isinstance(request._form, dict) else {}
        raw = request._body.encode() if isinstance(request._body, str) else bytes(request._body or b"")
        try:
            self.json = json.loads(raw) if raw[:1] == b"{" else {}
        except ValueError:
            self.json = {}

    def get(self, name):
        value = self.form.get(name, self.json.get(name))
        return value[0] if isinstance(value, list) and value else value

    def tags(self):
        found = {}
        for name, value in self.form.items():
            if re.search(r"(^|\.)Tags?\.(member\.)?\d+\.Key$", name):
                key = value[0] if isinstance(value, list) else value
                found[key] = self.get(name[:-3] + "Value") or ""
        listed = self.json.get("Tags", self.json.get("tags"))
        if isinstance(listed, dict):
            found.update(listed)
        elif isinstance(listed, list):
            found.update({one.get("TagKey", one.get("Key")): one.get("TagValue", one.get("Value")) for one in listed})
        return found


def iam_thing(collection, name, kind):
    found = getattr(backend(), collection).values()
    found = [thing for thing in found if thing.name == name]
    return found[0].arn if found else f"arn:aws:iam::{ACCOUNT}:{kind}/{name}"


def resources(service, action, asked, region, path, caller):
    """ARNs of what the call is about. `*`: actions that are about no single thing; `None`: not known here."""
    if service == "iam":
        for name, collection, kind in [
            ("InstanceProfileName", "instance_profiles", "instance-profile"),
            ("GroupName", "groups", "group"),
            ("RoleName", "roles", "role"),
            ("UserName", "users", "user"),
        ]:
            if asked.get(name):
                return [iam_thing(collection, asked.get(name), kind)]
        for name in ["PolicyArn", "OpenIDConnectProviderArn", "PolicySourceArn", "SAMLProviderArn"]:
            if asked.get(name):
                return [asked.get(name)]
        if asked.get("PolicyName"):
            path = asked.get("Path") or "/"
            return [f"arn:aws:iam::{ACCOUNT}:policy{path}{asked.get('PolicyName')}"]
        if action == "CreateOpenIDConnectProvider":
            return [f"arn:aws:iam::{ACCOUNT}:oidc-provider/{(asked.get('Url') or '').split('//')[-1]}"]
        if action == "CreateServiceLinkedRole":
            return [f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/{asked.get('AWSServiceName')}/AWSServiceRole"]
        own = ("GetUser", "CreateAccessKey", "ListAccessKeys", "UpdateAccessKey", "DeleteAccessKey", "ChangePassword")
        if action in own and not caller.role:
            return [caller.owner]
        return ["*"]
    if service == "sts":
        return [asked.get("RoleArn") or "*"]
    if service == "kms":
        found = []
        if asked.get("AliasName"):
            found.append(f"arn:aws:kms:{region}:{ACCOUNT}:{asked.get('AliasName')}")
        key = asked.get("KeyId") or asked.get("TargetKeyId")
        if key:
            keys = kms_backends[ACCOUNT][region]
            try:
                found.append(keys.keys[keys.any_id_to_key_id(key)].arn)
            except Exception:  # a key that is not there: moto says so after the policies allowed it
                found.append(key if key.startswith("arn:") else f"arn:aws:kms:{region}:{ACCOUNT}:key/{key}")
        return found or ["*"]
    if service == "codecommit":
        name = asked.get("repositoryName")
        if name:
            return [f"arn:aws:codecommit:{region}:{ACCOUNT}:{name}"]
        return [asked.get("resourceArn") or "*"]
    if service == "route53":
        parts = path.split("?")[0].strip("/").split("/")[1:]
        kinds = ("hostedzone", "change", "healthcheck")
        return [f"arn:aws:route53:::{parts[0]}/{parts[1]}"] if len(parts) > 1 and parts[0] in kinds else ["*"]
    if service == "ecr" and asked.get("repositoryName"):
        return [f"arn:aws:ecr:{region}:{ACCOUNT}:repository/{asked.get('repositoryName')}"]
    if service == "logs" and asked.get("logGroupName"):
        return [f"arn:aws:logs:{region}:{ACCOUNT}:log-group:{asked.get('logGroupName')}"]
    return [None]


def tags_of(arn):
    """The tags of what is there already; `None` where there is nothing, or it is not known."""
    if arn is None:
        return None
    kind, _, name = arn.split(":", 5)[5].partition("/") if arn.count(":") >= 5 else ("", "", "")
    iam = backend()
    named = {"role": iam.roles, "user": iam.users, "instance-profile": iam.instance_profiles}.get(kind)
    if ":iam:" in arn and named is not None:
        found = [thing for thing in named.values() if thing.arn == arn]
        tags = getattr(found[0], "tags", None) if found else None
        return dict(as_pairs(tags)) if tags is not None else None
    if ":iam:" in arn and arn in iam.managed_policies:
        return dict(as_pairs(iam.managed_policies[arn].tags))
    region = arn.split(":")[3] if arn.count(":") >= 5 else ""
    if ":kms:" in arn and kind == "key":
        keys = kms_backends[ACCOUNT][region]
        if name in keys.keys:
            return {tag["TagKey"]: tag["TagValue"] for tag in keys.list_resource_tags(name)["Tags"]}
    return None


def as_pairs(tags):
    if isinstance(tags, dict):
        for key, value in tags.items():
            yield (value["Key"], value["Value"]) if isinstance(value, dict) else (key, value)
    else:
        for tag in tags or []:
            yield tag["Key"], tag["Value"]


def conditions(service, action, asked, arn, region, caller):
    context = caller.context()
    context["aws:requestedregion"] = region
    requested = asked.tags()
    context.update({f"aws:requesttag/{key}".lower(): value for key, value in requested.items()})
    if requested:
        context["aws:tagkeys"] = list(requested)
    for key, value in (tags_of(arn) or {}).items():
        context[f"aws:resourcetag/{key}".lower()] = value
        context[f"{service}:resourcetag/{key}".lower()] = value
    if service == "iam":
        if asked.get("PolicyArn"):
            context["iam:policyarn"] = asked.get("PolicyArn")
        boundary = asked.get("PermissionsBoundary")
        if not boundary and asked.get("RoleName") and action != "CreateRole":
            roles = [role for role in backend().roles.values() if role.name == asked.get("RoleName")]
            boundary = roles[0].permissions_boundary_arn if roles else None
        if boundary:
            context["iam:permissionsboundary"] = boundary
        if asked.get("AWSServiceName"):
            context["iam:awsservicename"] = asked.get("AWSServiceName")
    if service == "kms":
        context["kms:granteeprincipal"] = asked.get("GranteePrincipal") or ""
        # Only AWS's own services make grants for their resources; nobody who calls directly can claim it.
        context["kms:grantisforawsresource"] = "false"
        if arn and ":key/" in arn:
            keys = kms_backends[ACCOUNT][region]
            key = arn.rsplit("/", 1)[1]
            context["kms:resourcealiases"] = list(keys.keys[key].aliases) if key in keys.keys else []
    if service == "sts":
        context["sts:rolesessionname"] = asked.get("RoleSessionName") or ""
        if asked.get("ExternalId"):
            context["sts:externalid"] = asked.get("ExternalId")
    return context


def resource_policy(service, action, arn, region):
    """The policy of the resource itself, where AWS asks it: a role's trust, a key's policy."""
    if service == "sts" and action.startswith("AssumeRole"):
        roles = [role for role in backend().roles.values() if role.arn == arn]
        # A role that is not there is refused as one that trusts nobody.
        return roles[0].assume_role_policy_document if roles else {"Statement": []}
    if service == "kms" and arn and ":key/" in arn:
        keys = kms_backends[ACCOUNT][region]
        key = arn.rsplit("/", 1)[1]
        if key in keys.keys:
            return keys.keys[key].policy
    return None


def passed_roles(service, action, asked):
    """Roles that the call hands to a service, with the service: each needs iam:PassRole."""
    if service == "iam":
        role = asked.get("RoleName") if action == "AddRoleToInstanceProfile" else None
        return [(iam_thing("roles", role, "role"), "ec2.amazonaws.com")] if role else []
    if service in ("sts", "kms"):
        return []
    found = []
    for name in ("role", "Role", "roleArn", "RoleArn", "RoleARN", "nodeRole", "executionRoleArn", "serviceRole"):
        value = asked.get(name)
        if isinstance(value, str) and ":role/" in value:
            found.append((value, f"{service}.amazonaws.com"))
    for name in ("IamInstanceProfile.Arn", "IamInstanceProfile.Name"):
        profile = (asked.get(name) or "").rsplit("/", 1)[-1]
        for one in backend().instance_profiles.values():
            if one.name == profile:
                found += [(role.arn, "ec2.amazonaws.com") for role in one.roles]
    return found


plain_init = IAMRequestBase.__init__


def init(self, **asked):
    # The signature of some calls is judged on other data than their parameters: these are kept as they came.
    self._form = asked["data"]
    plain_init(self, **asked)


def check_action_permitted(self, resource):
    service, _, action = self._action.partition(":")
    # Always allowed, even if a policy denies it.
    if self._action == "sts:GetCallerIdentity":
        return
    caller, asked = Caller(self._access_key.arn), Asked(self)
    about = resources(service, action, asked, self._region, self._path, caller)
    if service == "s3":
        about = [resource]
    for arn in about:
        context = conditions(service, action, asked, arn, self._region, caller)
        theirs = resource_policy(service, action, arn, self._region)
        said = evaluate.judge(
            caller.policies, caller.boundary, None, theirs, self._action, arn, context, caller.arns
        )
        if said != evaluate.ALLOW:
            self._raise_access_denied()
    for role, to in passed_roles(service, action, asked):
        context = {**caller.context(), "iam:passedtoservice": to}
        said = evaluate.judge(caller.policies, caller.boundary, None, None, "iam:PassRole", role, context, caller.arns)
        if said != evaluate.ALLOW:
            self._raise_access_denied()


IAMRequestBase.__init__ = init
IAMRequestBase.check_action_permitted = check_action_permitted


def permits(arn, action, resource):
    """Whether an identity may do this, for callers that are no AWS calls: git."""
    caller = Caller(arn)
    said = evaluate.judge(caller.policies, caller.boundary, None, None, action, resource, caller.context(), caller.arns)
    return said == evaluate.ALLOW


# --- iam:SimulatePrincipalPolicy, which moto lacks: the identity's policies against each action and resource.
def simulate_principal_policy(self):
    kind, _, name = self._get_param("PolicySourceArn").split(":", 5)[5].partition("/")
    _, policies, boundary = identity_of(kind, name.split("/")[-1])
    results = []
    for action in self._get_param("ActionNames", []):
        for resource in self._get_param("ResourceArns", []) or ["*"]:
            parts = [policies] if boundary is None else [policies, boundary]
            said = [evaluate.decide(part, action, resource, {}) for part in parts]
            decision = next((word for word in (evaluate.EXPLICIT, evaluate.IMPLICIT) if word in said), evaluate.ALLOW)
            result = {"EvalActionName": action, "EvalResourceName": resource, "EvalDecision": decision}
            results.append(result | {"MissingContextValues": evaluate.condition_keys(sum(parts, []))})
    return ActionResult({"EvaluationResults": results, "IsTruncated": False})


IamResponse.simulate_principal_policy = simulate_principal_policy
