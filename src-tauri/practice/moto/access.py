"""Who asks, and whether they may: every call is judged by its signature, its time, and `evaluate`, with the policies that
are visible now.
"""

import json
import time
from datetime import datetime, timezone

import evaluate
import past
import settings
from asked import Asked, conditions, passed_roles
from botocore.credentials import Credentials
from errors import Refused, worded
from moto.core import DEFAULT_ACCOUNT_ID as ACCOUNT
from moto.core.authorization import ActionAuthenticatorMixin
from moto.iam import access_control
from moto.iam.access_control import IAMRequestBase
from moto.kms.models import kms_backends
from moto.sts.models import sts_backends
from werkzeug.exceptions import HTTPException


# --- Keys.
class Key:
    """An access key that is known and valid. `session`: of a role, with an end; `None` for a user's own."""

    def __init__(self, arn, key_id, secret, session=None):
        self.arn, self.key_id, self.secret, self.session = arn, key_id, secret, session

    def create_credentials(self):
        return Credentials(self.key_id, self.secret, self.session.session_token if self.session else None)


INVALID = "The security token included in the request is invalid."


def key_of(key_id, token):
    """The key with this id and session token. Raises Refused."""
    if token is None:
        for user in past.iam().users.values():
            for key in user.access_keys:
                if key.access_key_id == key_id and key.status == "Active":
                    return Key(user.arn, key_id, key.secret_access_key)
        raise Refused("unknown key", INVALID)
    for session in sts_backends[ACCOUNT]["aws"].assumed_roles:
        if session.access_key_id == key_id and session.session_token == token:
            if session.ends <= settings.now():
                raise Refused("expired", "The security token included in the request is expired")
            return Key(session.arn, key_id, session.secret_access_key, session)
    raise Refused("unknown key", INVALID)


access_control.create_access_key = lambda account_id, partition, access_key_id, headers: key_of(
    access_key_id, headers.get("X-Amz-Security-Token")
)


# --- Signatures.
plain_request = IAMRequestBase._create_aws_request


def request_with_its_own_body(self):
    # moto signs the query of a GET as if it were the body.
    if self._method in ("GET", "HEAD", "DELETE"):
        self._data = b""
    return plain_request(self)


IAMRequestBase._create_aws_request = request_with_its_own_body

# Minutes that a request may be old or ahead (AWS General Reference, "Signing requests": five minutes in most cases; S3's
# error RequestTimeTooSkewed: fifteen).
MINUTES = {"s3": 15}


def check_time(request):
    """The time of a request, which must be signed, of the day of its credential scope, and about now."""
    header = request._headers.get("Authorization", "")
    signed = request._get_string_between("SignedHeaders=", ",", header).lower().split(";")
    stamp = request._headers.get("X-Amz-Date", "")
    if "host" not in signed or "x-amz-date" not in signed:
        raise Refused("incomplete", "Authorization header requires the headers Host and X-Amz-Date to be signed.")
    try:
        at = datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc).timestamp()
    except ValueError:
        raise Refused("incomplete", f"X-Amz-Date must be in ISO-8601 basic format. Got '{stamp}'") from None
    day = request._get_string_between("Credential=", ",", header).split("/")[1]
    if day != stamp[:8]:
        message = f"Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{day}' != '{stamp[:8]}'."
        raise Refused("signature", message)
    minutes = MINUTES.get(request._service, 5)
    now = settings.now()
    written = [datetime.fromtimestamp(t, timezone.utc).strftime("%Y%m%dT%H%M%SZ") for t in (now - 60 * minutes, now + 60 * minutes, now)]
    if at < now - 60 * minutes:
        raise Refused("clock", f"Signature expired: {stamp} is now earlier than {written[0]} ({written[2]} - {minutes} min.)")
    if at > now + 60 * minutes:
        raise Refused("clock", f"Signature not yet current: {stamp} is still later than {written[1]} ({written[2]} + {minutes} min.)")


# When Route 53 was called within the last second.
recent = []


def check_rate(service, headers):
    most = settings.values["route53_per_second"]
    # The practice account's own name server asks too, without the gateway; on AWS name servers do not count.
    if service != "route53" or not most or not headers.get("x-hubwright-outside"):
        return
    now = time.monotonic()
    recent[:] = [at for at in recent if at > now - 1]
    if len(recent) >= most:
        raise Refused("throttled", "Rate exceeded")
    recent.append(now)


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


def identity_of(kind, name):
    """A user or role: itself, its policies, and its boundary, `None` where it has none. Raises moto's NoSuchEntity."""
    iam = past.iam()
    owner = iam.get_user(name) if kind == "user" else iam.get_role(name)
    holders = [owner, *(iam.get_groups_for_user(name) if kind == "user" else [])]
    found = [policy for holder in holders for policy in (*holder.policies.values(), *holder.managed_policies)]
    found = [iam.managed_policies.get(policy, {"Statement": []}) if policy.startswith("arn:") else policy for policy in found]
    boundary = getattr(owner, "permissions_boundary_arn", None)
    limits = None
    if boundary:
        limits = documents([iam.managed_policies[boundary]]) if boundary in iam.managed_policies else []
    return owner, documents(found), limits


class Caller:
    """The identity behind a key. Raises Refused where it was deleted meanwhile."""

    def __init__(self, key):
        self.arn, self.session = key.arn, key.session
        parts = key.arn.split(":", 5)[5].split("/")
        self.role = parts[0] == "assumed-role"
        self.name = parts[1] if self.role else parts[-1]
        try:
            thing, self.policies, self.boundary = identity_of("role" if self.role else "user", self.name)
        except Exception:  # moto's NoSuchEntity: the role was deleted, and its sessions are worth nothing
            raise Refused("unknown key", INVALID) from None
        self.owner, self.tags = thing.arn, thing.tags
        self.limits = documents([key.session.policy]) if key.session and key.session.policy else None
        self.arns = [self.arn, self.owner]

    def context(self):
        found = {"aws:principalarn": self.owner, "aws:principalaccount": ACCOUNT, "aws:viaawsservice": "false"}
        found["aws:principaltype"] = "AssumedRole" if self.role else "User"
        if not self.role:
            found["aws:username"] = self.name
        for tag in self.tags or []:
            found[f"aws:principaltag/{tag['Key']}".lower()] = tag["Value"]
        return found


# --- What they may.
def resource_policy(action, arn, region):
    """The policy of the resource itself, where AWS asks it: a role's trust, a key's policy."""
    if action.startswith("sts:AssumeRole"):
        # A role that is not there, or not yet seen, is refused as one that trusts nobody.
        roles = [role for role in past.iam().roles.values() if role.arn == arn]
        return roles[0].assume_role_policy_document if roles else {"Statement": []}
    if action.startswith("kms:") and ":key/" in arn:
        # A key of another account is not known here, and trusts nobody here.
        if arn.split(":")[4] != ACCOUNT:
            return {"Statement": []}
        key = kms_key(arn, region)
        return key.policy if key else None
    return None


def kms_key(arn, region):
    """The key as it is visible now; a new one as it is, since its policy counts from its creation."""
    if arn.split(":")[3:5] != [region, ACCOUNT]:
        return None
    key = arn.rsplit("/", 1)[1]
    return past.kms(region).keys.get(key) or kms_backends[ACCOUNT][region].keys.get(key)


def granted(caller, action, arn, asked):
    """Whether a grant of the key allows this."""
    key = kms_key(arn, asked.region) if ":key/" in arn else None
    context = asked.json.get("EncryptionContext") or {}
    for grant in key.grants.values() if key else []:
        limits = grant.constraints or {}
        subset = limits.get("EncryptionContextSubset") or {}
        equals = limits.get("EncryptionContextEquals")
        if (
            grant.grantee_principal in caller.arns
            and action in grant.operations
            and all(context.get(name) == value for name, value in subset.items())
            and (equals is None or equals == context)
        ):
            return True
    return False


def check_permitted(caller, request, form, resource):
    # Always allowed, even if a policy denies it.
    if request._action == "sts:GetCallerIdentity":
        return
    asked = Asked(request, form)
    about = [(asked.action, resource)] if asked.service == "s3" else asked.about(caller)
    for action, arn in about:
        full = f"{asked.service}:{action}"
        theirs = resource_policy(full, arn, asked.region)
        said = evaluate.judge(
            caller.policies, caller.boundary, caller.limits, theirs, full, arn, conditions(asked, arn, caller), caller.arns
        )
        if said == evaluate.IMPLICIT and asked.service == "kms" and granted(caller, action, arn, asked):
            continue
        if said != evaluate.ALLOW:
            raise denied(caller, full, arn, said)
    for role, to in passed_roles(asked):
        context = {**caller.context(), "iam:passedtoservice": to}
        said = evaluate.judge(caller.policies, caller.boundary, caller.limits, None, "iam:PassRole", role, context, caller.arns)
        if said != evaluate.ALLOW:
            raise denied(caller, "iam:PassRole", role, said)


def denied(caller, action, arn, said):
    why = "with an explicit deny in a policy" if said == evaluate.EXPLICIT else f"because no policy allows the {action} action"
    on = "" if arn == "*" or arn.startswith("unknown:") else f" on resource: {arn}"
    return Refused("denied", f"User: {caller.arn} is not authorized to perform: {action}{on} {why}")


def permits(key, action, resource):
    """Whether the owner of a key may do this, for callers that make no AWS calls: git."""
    caller = Caller(key)
    said = evaluate.judge(
        caller.policies, caller.boundary, caller.limits, None, action, resource, caller.context(), caller.arns
    )
    return said == evaluate.ALLOW


def authorize(response, request_class, resource="*"):
    """Lets a call through, or raises how it is refused."""
    path = response.raw_path + (f"?{response.parsed_url.query}" if response.parsed_url.query else "")
    try:
        request = request_class(
            account_id=ACCOUNT,
            method=response.method,
            path=path,
            data=response.data,
            body=response.raw_body,
            headers=response.headers,
            action=response._get_action(),
        )
        check_time(request)
        try:
            request.check_signature()
        except HTTPException as wrong:
            raise Refused("signature", wrong.message) from None
        response.caller = Caller(request._access_key)
        check_permitted(response.caller, request, response.data, resource)
        check_rate(request._service, response.headers)
    except Refused as refused:
        if refused.kind == "throttled":
            response.response_headers["Retry-After"] = "1"
        raise worded(response.boto3_service_name, refused) from None


ActionAuthenticatorMixin._authenticate_and_authorize_action = authorize
