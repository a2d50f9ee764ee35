"""IAM as AWS judges it: what moto's access control and its IAM service do differently is mended here."""

import json

from moto.core import DEFAULT_ACCOUNT_ID as ACCOUNT
from moto.core.responses import ActionResult
from moto.iam.access_control import (
    CreateAccessKeyFailure,
    IAMPolicy,
    IAMPolicyStatement,
    IAMRequestBase,
    IAMUserAccessKey,
    PermissionResult,
)
from moto.iam.responses import IamResponse

# --- Resource: where moto does not know what a call is about it compares with "*", so that any statement with a
# resource of its own would deny. There, the action alone decides; a Deny must still name everything.
plain_match = IAMPolicyStatement._check_element_matches


def element_matches(self, element, value):
    if element == "Resource" and value == "*":
        return self._statement.get("Effect") == "Allow" or plain_match(self, element, value)
    return plain_match(self, element, value)


IAMPolicyStatement._check_element_matches = element_matches


# --- Principal: the account, or its root, stands for everybody in it; an assumed role is also its role.
def principal_matches(self, principal):
    wanted = self._statement.get("Principal")
    if not wanted:
        return True
    if wanted == "*":
        return True
    listed = wanted.get("AWS", [])
    listed = [listed] if isinstance(listed, str) else listed
    account = principal.split(":")[4]
    names = {principal, "*", account, f"arn:aws:iam::{account}:root"}
    if ":assumed-role/" in principal:
        names.add(f"arn:aws:iam::{account}:role/" + principal.split("/")[1])
    return any(name in names for name in listed)


IAMPolicyStatement._check_principal = principal_matches

# A statement of a trust policy for somebody else is no answer, not a denial: the next statement decides.
plain_permitted = IAMPolicyStatement.is_action_permitted


def statement_permits(self, action, resource="*", principal=None, incoming_condition_values=None):
    result = plain_permitted(self, action, resource, principal, incoming_condition_values)
    if result == PermissionResult.DENIED and self._statement.get("Effect") == "Allow":
        return PermissionResult.NEUTRAL
    return result


IAMPolicyStatement.is_action_permitted = statement_permits


# --- Signature of a GET with a query: moto signs the query as if it were the body.
plain_request = IAMRequestBase._create_aws_request


def request_with_its_own_body(self):
    if self._method in ("GET", "HEAD", "DELETE"):
        self._data = b""
    return plain_request(self)


IAMRequestBase._create_aws_request = request_with_its_own_body


# --- KMS: which key a call is about stands in its body, so that a policy for one key opens no other.
plain_check = IAMRequestBase.check_action_permitted


def check_with_key(self, resource):
    if self._service == "kms" and resource == "*":
        body = self._body.encode() if isinstance(self._body, str) else bytes(self._body or b"")
        key = json.loads(body or b"{}").get("KeyId", "") if body[:1] in (b"{", b"") else ""
        if key and not key.startswith("alias/"):
            resource = key if key.startswith("arn:") else f"arn:aws:kms:{self._region}:{ACCOUNT}:key/{key}"
    return plain_check(self, resource)


IAMRequestBase.check_action_permitted = check_with_key


# --- An inactive key is refused, as on AWS.
plain_key = IAMUserAccessKey.__init__


def active_key(self, account_id, partition, access_key_id, headers):
    plain_key(self, account_id, partition, access_key_id, headers)
    for user in self.backend.list_users("/", None, None):
        for key in user.access_keys:
            if key.access_key_id == access_key_id and key.status != "Active":
                raise CreateAccessKeyFailure(reason="InvalidId")


IAMUserAccessKey.__init__ = active_key


# --- iam:SimulatePrincipalPolicy, which moto lacks: the identity's policies against each action and resource.
def policies_of(backend, arn):
    kind, _, name = arn.split(":", 5)[5].partition("/")
    name = name.split("/")[-1]
    found = []
    if kind == "user":
        for inline in backend.list_user_policies(name):
            found.append(backend.get_user_policy(name, inline))
        found += backend.list_attached_user_policies(name)[0]
        for group in backend.get_groups_for_user(name):
            for inline in backend.list_group_policies(group.name):
                found.append(backend.get_group_policy(group.name, inline))
            found += backend.list_attached_group_policies(group.name)[0]
    elif kind == "role":
        for inline in backend.list_role_policies(name):
            found.append(backend.get_role_policy(name, inline)[1])
        found += backend.list_attached_role_policies(name)[0]
    return [IAMPolicy(policy) for policy in found]


def simulate_principal_policy(self):
    policies = policies_of(self.backend, self._get_param("PolicySourceArn"))
    resources = self._get_param("ResourceArns", []) or ["*"]
    results = []
    for action in self._get_param("ActionNames", []):
        for resource in resources:
            said = [policy.is_action_permitted(action, resource) for policy in policies]
            if PermissionResult.DENIED in said:
                decision = "explicitDeny"
            elif PermissionResult.PERMITTED in said:
                decision = "allowed"
            else:
                decision = "implicitDeny"
            results.append({"EvalActionName": action, "EvalResourceName": resource, "EvalDecision": decision})
    return ActionResult({"EvaluationResults": results, "IsTruncated": False})


IamResponse.simulate_principal_policy = simulate_principal_policy
