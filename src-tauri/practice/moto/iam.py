"""IAM: what moto lacks or does differently from AWS."""

import json

import evaluate
import past
from access import identity_of
from evaluate import listed
from moto.core import DEFAULT_ACCOUNT_ID as ACCOUNT
from moto.iam.exceptions import IAMException
from moto.core.responses import ActionResult
from moto.iam.models import IAMBackend, iam_backends
from moto.iam.responses import IamResponse
from paging import in_pages


def conflict(what):
    return IAMException("DeleteConflict", f"Cannot delete entity, {what}.")


def limit(what):
    return IAMException("LimitExceeded", what)


# --- What is seen late: reads are of what is visible now, changes are of what there is.
plain_backend = IamResponse.backend.fget
IamResponse.backend = property(lambda self: past.iam() if past.is_read(self._get_action()) else plain_backend(self))
plain_call = IamResponse.call_action


def call_action(self):
    if past.is_read(self._get_action()):
        return plain_call(self)
    live = iam_backends[ACCOUNT]["aws"]
    past.of_iam.changing(live)
    try:
        return plain_call(self)
    finally:
        past.of_iam.changed(live)


IamResponse.call_action = call_action


# --- Nothing is deleted that something else still holds (IAM API Reference, DeleteConflict).
def before(name, check):
    """Has `check` look at the arguments of a method of moto's IAM first."""
    plain = getattr(IAMBackend, name)

    def method(self, *args, **kwargs):
        check(self, *args, **kwargs)
        return plain(self, *args, **kwargs)

    setattr(IAMBackend, name, method)


def empty_group(iam, group_name):
    group = iam.get_group(group_name)
    if group.users:
        raise conflict("must remove users from group first")
    if group.managed_policies:
        raise conflict("must detach all policies first")
    if group.policies:
        raise conflict("must delete policies first")


def unused_policy(iam, policy_arn):
    policy = iam.get_policy(policy_arn)
    holders = [*iam.roles.values(), *iam.groups.values(), *iam.users.values()]
    used = [one for one in holders if policy_arn in one.managed_policies]
    bounds = [one for one in holders if getattr(one, "permissions_boundary_arn", None) == policy_arn]
    if used or bounds:
        raise IAMException("DeleteConflict", "Cannot delete a policy attached to entities.")
    if len(policy.versions) > 1:
        message = "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy."
        raise IAMException("DeleteConflict", message)


def empty_user(iam, user_name):
    user = iam.get_user(user_name)
    if iam.get_groups_for_user(user_name):
        raise conflict("must remove users from group first")
    if user.access_keys:
        raise conflict("must delete access keys first")
    if user.password:
        raise conflict("must delete login profile first")
    if user.mfa_devices:
        raise conflict("must delete MFA device first")
    if user.ssh_public_keys:
        raise conflict("must delete SSH public keys first")


before("delete_group", empty_group)
before("delete_policy", unused_policy)
before("delete_user", empty_user)


# --- Limits (IAM and STS quotas).
def room_for_a_group(iam, group_name, user_name):
    groups = iam.get_groups_for_user(user_name)
    if len(groups) >= 10 and not any(group.name == group_name for group in groups):
        raise limit("Cannot exceed quota for GroupsPerUser: 10")


before("add_user_to_group", room_for_a_group)


def characters(document):
    """As IAM counts them: without white space."""
    return len("".join((document or "").split()))


def fits(kind, most, of):
    def check(iam, *args, **kwargs):
        document, others = of(iam, *args, **kwargs)
        if characters(document) + sum(map(characters, others)) > most:
            raise limit(f"Cannot exceed quota for {kind}: {most}")

    return check


def inline(collect):
    def of(iam, name, policy_name, policy_json):
        policies = collect(iam, name).policies
        others = [one["policy_document"] if isinstance(one, dict) else one for key, one in policies.items() if key != policy_name]
        return policy_json, others

    return of


before("create_policy", fits("PolicySize", 6144, lambda iam, description, path, policy_document, *rest: (policy_document, [])))
before("create_policy_version", fits("PolicySize", 6144, lambda iam, arn, document, *rest: (document, [])))
before("put_user_policy", fits("UserPolicySize", 2048, inline(IAMBackend.get_user)))
before("put_group_policy", fits("GroupPolicySize", 5120, inline(IAMBackend.get_group)))
before("put_role_policy", fits("RolePolicySize", 10240, inline(IAMBackend.get_role)))


# --- Trust names only those who are there.
def unknown_principal(document):
    """The first user or role of this account that a policy names and that is not there, or not seen yet."""
    try:
        statements = evaluate.statements(document)
    except ValueError:  # moto says what is wrong with it
        return None
    iam = past.iam()
    known = {thing.arn for thing in (*iam.users.values(), *iam.roles.values())}
    names = {role.name for role in iam.roles.values()}
    for statement in statements:
        named = statement.get("Principal")
        for arn in listed(named.get("AWS")) if isinstance(named, dict) else []:
            if not arn.startswith("arn:") or arn.endswith(":root"):
                continue
            service, account, thing = (arn.split(":", 5) + [""] * 6)[2], arn.split(":")[4], arn.split(":", 5)[-1]
            session = service == "sts" and thing.startswith("assumed-role/") and thing.split("/")[1] in names
            if account == ACCOUNT and arn not in known and not session:
                return arn
    return None


def only_known(iam, role_name, document, *rest):
    unknown = unknown_principal(document)
    if unknown:
        raise IAMException("MalformedPolicyDocument", f'Invalid principal in policy: "AWS":"{unknown}"')


before("create_role", only_known)
before("update_assume_role_policy", only_known)


def session_length(iam, role_name, document, path, boundary, description, tags, max_session_duration, *rest):
    allowed(max_session_duration)


def allowed(seconds):
    if seconds and not 3600 <= int(seconds) <= 43200:
        raise IAMException("ValidationError", f"1 validation error detected: Value '{seconds}' at 'maxSessionDuration' failed to satisfy constraint: Member must have value between 3600 and 43200")


before("create_role", session_length)
before("update_role", lambda iam, role_name, description, seconds: allowed(seconds))


# --- iam:SimulatePrincipalPolicy, which moto lacks: the identity's policies against each action and resource.
def simulate_principal_policy(self):
    source = self._get_param("PolicySourceArn")
    kind, _, name = source.split(":", 5)[5].partition("/")
    if kind not in ("user", "role"):
        raise IAMException("InvalidInput", f"Invalid Entity Arn: {source} does not clearly define entity type and name.")
    owner, policies, boundary = identity_of(kind, name.split("/")[-1])
    if owner.arn != source:
        raise IAMException("NoSuchEntity", f"The {kind} with ARN {source} cannot be found.")
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


# --- iam:ListEntitiesForPolicy, which in moto knows no boundaries: those count as a use of the policy, too.
plain_entities = IamResponse.list_entities_for_policy


def list_entities_for_policy(self):
    arn, usage, kind = (self._get_param(name) for name in ("PolicyArn", "PolicyUsageFilter", "EntityFilter"))
    self.backend.get_policy(arn)
    found = plain_entities(self).result
    if usage == "PermissionsBoundary":
        found.update(PolicyUsers=[], PolicyGroups=[], PolicyRoles=[])
    if usage != "PermissionsPolicy" and kind in (None, "Role"):
        bounded = [role for role in self.backend.roles.values() if role.permissions_boundary_arn == arn]
        found["PolicyRoles"] = [*found["PolicyRoles"], *(role for role in bounded if role not in found["PolicyRoles"])]
    return ActionResult(found)


IamResponse.list_entities_for_policy = list_entities_for_policy
in_pages(IamResponse, "iam", {None: 100}, {None: 1000}, lambda message: IAMException("ValidationError", message))


# --- The person who practises.
def practice_user(name, reader):
    """The access key of a user; `None` where there is no such user. With `reader`, a policy document, the user is made where
    there is none, and gets this policy where it has none at all.
    """
    iam = iam_backends[ACCOUNT]["aws"]
    user = iam.users.get(name)
    if user is None and reader is None:
        return None
    user = user or iam.create_user(region_name="us-east-1", user_name=name)
    if reader is not None and not user.policies and not user.managed_policies:
        iam.put_user_policy(name, "reader-of-the-guide", json.dumps(reader))
    own = [key for key in user.access_keys if getattr(key, "of_practice", False) and key.status == "Active"]
    if not own:
        if reader is None:
            return None
        own = [iam.create_access_key(name)]
        own[0].of_practice = True
    # Somebody who has been in the account for long.
    past.forget()
    return {"access_key_id": own[0].access_key_id, "secret_access_key": own[0].secret_access_key}
