"""moto's server with IAM enforced, and the few things mended in it that a gateway in front cannot mend.

Argument: JSON with what a real account would have (zones, security groups, images, region).
Prints one line of JSON once it answers: {"port": N, "git_port": N, "admin": {"access_key_id": ..., "secret_access_key": ...}}.
Ends when its standard input closes, so it never outlives the gateway.
"""

import calendar
import hmac
import json
import os
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

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

from botocore.auth import SigV4Auth  # noqa: E402
from botocore.awsrequest import AWSRequest  # noqa: E402
from moto.codecommit.models import CodeCommit  # noqa: E402
from moto.codecommit.responses import CodeCommitResponse  # noqa: E402
from moto.core import DEFAULT_ACCOUNT_ID  # noqa: E402
from moto.core.responses import ActionResult  # noqa: E402
from moto.ec2.models import ec2_backends  # noqa: E402
from moto.iam.access_control import (  # noqa: E402
    CreateAccessKeyFailure,
    IAMPolicy,
    IAMPolicyStatement,
    IAMRequestBase,
    IAMUserAccessKey,
    PermissionResult,
    create_access_key,
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

# --- Route 53: moto refuses to create again what it once created, even where it is gone. The gateway looks at what
# is there instead.
ChangeList.__contains__ = lambda self, change: False

# --- CodeCommit: dates in seconds as AWS sends them, and the calls that Terraform makes around a repository.
plain_repository = CodeCommit.__init__


def repository_with_seconds(self, *args, **kwargs):
    plain_repository(self, *args, **kwargs)
    self.repository_metadata["creationDate"] = self.repository_metadata["lastModifiedDate"] = int(time.time())


CodeCommit.__init__ = repository_with_seconds
repository_tags = {}
plain_create = CodeCommitResponse.create_repository


def create_repository(self):
    answer = plain_create(self)
    arn = json.loads(answer)["repositoryMetadata"]["Arn"]
    repository_tags[arn] = self._get_param("tags") or {}
    return answer


def tag_resource(self):
    repository_tags.setdefault(self._get_param("resourceArn"), {}).update(self._get_param("tags"))
    return "{}"


def untag_resource(self):
    for name in self._get_param("tagKeys"):
        repository_tags.get(self._get_param("resourceArn"), {}).pop(name, None)
    return "{}"


def list_repositories(self):
    found = [repository.repository_metadata for repository in self.codecommit_backend.repositories.values()]
    return json.dumps(
        {"repositories": [{key: one[key] for key in ("repositoryId", "repositoryName")} for one in found]}
    )


CodeCommitResponse.create_repository = create_repository
CodeCommitResponse.list_repositories = list_repositories
CodeCommitResponse.tag_resource = tag_resource
CodeCommitResponse.untag_resource = untag_resource
CodeCommitResponse.list_tags_for_resource = lambda self: json.dumps(
    {"tags": repository_tags.get(self._get_param("resourceArn"), {})}
)


# --- The password of git over HTTPS, made anew with botocore and compared, and what its owner may do.
class GitDoor(BaseHTTPRequestHandler):
    def log_message(self, *args):
        pass

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        try:
            answer = self.judge(**asked)
        except (CreateAccessKeyFailure, KeyError):
            answer = "unknown key"
        body = answer.encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def judge(self, user, password, host, path, region, action, arn, skew):
        key_id, _, token = user.partition("%")
        key = create_access_key(ACCOUNT, "aws", key_id, {"X-Amz-Security-Token": token} if token else {})
        stamp, _, signature = password.partition("Z")
        try:
            signed = calendar.timegm(time.strptime(stamp, "%Y%m%dT%H%M%S"))
        except ValueError:
            return "malformed password"
        if abs(time.time() + skew - signed) > 900:
            return "signed at another time"
        credentials = key.create_credentials()
        request = AWSRequest(method="GIT", url=f"https://{host}{path}")
        request.context["timestamp"] = stamp
        auth = SigV4Auth(credentials, "codecommit", region)
        wanted = auth.signature(auth.string_to_sign(request, f"GIT\n{path}\n\nhost:{host}\n\nhost\n"), request)
        if not hmac.compare_digest(wanted, signature):
            return "wrong password"
        said = [IAMPolicy(policy).is_action_permitted(f"codecommit:{action}", arn) for policy in key.collect_policies()]
        if PermissionResult.DENIED in said or PermissionResult.PERMITTED not in said:
            return f"not allowed: codecommit:{action}"
        return "ok"


git_door = ThreadingHTTPServer(("127.0.0.1", 0), GitDoor)
threading.Thread(target=git_door.serve_forever, daemon=True).start()

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
    json.dumps({"port": port, "git_port": git_door.server_address[1], "admin": {"access_key_id": key.access_key_id, "secret_access_key": key.secret_access_key}}),
    flush=True,
)

closed = threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), closed.set()), daemon=True).start()
closed.wait()
os._exit(0)
