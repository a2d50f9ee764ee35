"""moto's server with IAM enforced, and the few things mended in it that a gateway in front cannot mend.

Argument: JSON with what a real account would have (zones, security groups, images, region).
Prints one line of JSON once it answers: {"port": N, "admin": {"access_key_id": ..., "secret_access_key": ...}}.
Ends when its standard input closes, so it never outlives the gateway.
"""

import json
import os
import sys
import tempfile
import threading

seed = json.loads(sys.argv[1])

amis = tempfile.NamedTemporaryFile("w", suffix=".json", delete=False)
json.dump(
    [
        {
            "ami_id": ami,
            "name": "ci-node",
            "description": "CI node",
            "owner_id": "123456789012",
            "public": False,
            "virtualization_type": "hvm",
            "architecture": "x86_64",
            "state": "available",
            "platform": None,
            "image_type": "machine",
            "hypervisor": "xen",
            "root_device_name": "/dev/xvda",
            "root_device_type": "ebs",
            "sriov": "simple",
        }
        for ami in seed["images"]
    ],
    amis,
)
amis.close()
os.environ["MOTO_AMIS_PATH"] = amis.name
os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "true"

from moto.core import DEFAULT_ACCOUNT_ID  # noqa: E402
from moto.core.responses import ActionResult  # noqa: E402
from moto.ec2.models import ec2_backends  # noqa: E402
from moto.iam.access_control import (  # noqa: E402
    IAMPolicy,
    IAMPolicyStatement,
    IAMRequestBase,
    IAMUserAccessKey,
    PermissionResult,
)
from moto.iam.models import iam_backends  # noqa: E402
from moto.iam.responses import IamResponse  # noqa: E402
from moto.moto_server.threaded_moto_server import ThreadedMotoServer  # noqa: E402
from moto.route53.models import ChangeList, route53_backends  # noqa: E402

ACCOUNT = DEFAULT_ACCOUNT_ID

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


# --- An inactive key is refused, as on AWS.
plain_key = IAMUserAccessKey.__init__


def active_key(self, account_id, partition, access_key_id, headers):
    plain_key(self, account_id, partition, access_key_id, headers)
    for user in self.backend.list_users("/", None, None):
        for key in user.access_keys:
            if key.access_key_id == access_key_id and key.status != "Active":
                from moto.iam.access_control import CreateAccessKeyFailure

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

# --- Route 53: moto refuses to create again what it once created, even where it is gone. The gateway looks at what
# is there instead.
ChangeList.__contains__ = lambda self, change: False

# --- What a real account would have.
iam = iam_backends[ACCOUNT]["aws"]
iam.create_user(region_name=seed["region"], user_name="administrator")
everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
iam.put_user_policy("administrator", "everything", json.dumps(everything))
key = iam.create_access_key("administrator")
ec2 = ec2_backends[ACCOUNT][seed["region"]]
vpc = next(vpc for vpc in ec2.describe_vpcs() if vpc.is_default == "true" or vpc.is_default is True)
for group in seed["security_groups"]:
    ec2.create_security_group(group, "ssh from the institute only", tags={}, vpc_id=vpc.id)
for zone in seed["zones"]:
    route53_backends[ACCOUNT]["aws"].create_hosted_zone(zone + ".", private_zone=False, caller_reference=zone)

server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
_, port = server.get_host_and_port()

import urllib.request  # noqa: E402

# From here on, signatures, policies and trust are checked.
enforce = urllib.request.Request(
    f"http://127.0.0.1:{port}/moto-api/reset-auth", data=b"0", headers={"Content-Type": "text/plain"}
)
urllib.request.urlopen(enforce, timeout=20).read()
os.unlink(amis.name)

print(
    json.dumps({"port": port, "admin": {"access_key_id": key.access_key_id, "secret_access_key": key.secret_access_key}}),
    flush=True,
)

closed = threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), closed.set()), daemon=True).start()
closed.wait()
os._exit(0)
