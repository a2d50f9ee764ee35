"""KMS: what moto lacks or does differently from AWS."""

import json

import evaluate
import moto.kms.models as models
import past
from asked import is_elsewhere, key_of_ciphertext
from iam import unknown_principal
from moto.core import DEFAULT_ACCOUNT_ID as ACCOUNT
from moto.core.exceptions import JsonRESTError
from moto.core.utils import camelcase_to_underscores
from moto.kms.models import KmsBackend, kms_backends
from moto.kms.responses import KmsResponse
from paging import in_pages

# A symmetric key has no key pair; moto makes one, which takes long and cannot be copied.
plain_pair = models.generate_private_key
models.generate_private_key = lambda spec: None if spec == "SYMMETRIC_DEFAULT" else plain_pair(spec)

# --- What is seen late.
KmsResponse.kms_backend = property(
    lambda self: kms_backends[ACCOUNT][self.region] if self._get_action() in WRITES else past.kms(self.region)
)

# Operations that change something, and by which state of the key they are refused (KMS Developer Guide, "Key states").
PENDING, DISABLED = "PendingDeletion", "Disabled"
STATES = {
    "CancelKeyDeletion": (),
    "CreateAlias": (PENDING,),
    "CreateGrant": (PENDING, DISABLED),
    "CreateKey": (),
    "DeleteAlias": (),
    "DisableKey": (PENDING,),
    "DisableKeyRotation": (PENDING, DISABLED),
    "EnableKey": (PENDING,),
    "EnableKeyRotation": (PENDING, DISABLED),
    "PutKeyPolicy": (),
    "RetireGrant": (),
    "RevokeGrant": (),
    "RotateKeyOnDemand": (PENDING, DISABLED),
    "ScheduleKeyDeletion": (PENDING,),
    "TagResource": (PENDING,),
    "UntagResource": (PENDING,),
    "UpdateAlias": (PENDING,),
    "UpdateKeyDescription": (PENDING,),
}
WRITES = tuple(STATES)
USES = {
    action: (PENDING, DISABLED)
    for action in (
        "Decrypt", "Encrypt", "GenerateDataKey", "GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext",
        "GenerateDataKeyWithoutPlaintext", "GenerateMac", "GetKeyRotationStatus", "GetPublicKey", "ReEncrypt", "Sign", "Verify", "VerifyMac",
    )
}
USES["GetKeyRotationStatus"] = (PENDING,)
USES |= dict.fromkeys(("DescribeKey", "GetKeyPolicy", "ListGrants", "ListKeyPolicies", "ListResourceTags"), ())


def check_state(self):
    """Raises the error of a key that is not there or in a state in which this cannot be done."""
    action = self._get_action()
    asked = json.loads(self.body or "{}")
    # A decryption is by the key that made the ciphertext.
    made_by = key_of_ciphertext(asked.get("CiphertextBlob"))
    named = [asked.get(name) for name in ("KeyId", "TargetKeyId", "DestinationKeyId")] + [made_by]
    for name in filter(None, named):
        if is_elsewhere(name, self.region) and f":{ACCOUNT}:" in name:
            raise JsonRESTError("NotFoundException", f"Invalid arn {name.split(':')[3]}")
        key = key_called(self.kms_backend, name)
        if key is None:
            continue  # moto says so
        if action == "CancelKeyDeletion" and key.key_state != PENDING:
            raise JsonRESTError("KMSInvalidStateException", f"{key.arn} is not pending deletion.")
        if key.key_state in STATES.get(action, USES.get(action, ())):
            if key.key_state == DISABLED:
                raise JsonRESTError("DisabledException", f"{key.arn} is disabled.")
            raise JsonRESTError("KMSInvalidStateException", f"{key.arn} is pending deletion.")
    if action == "Decrypt" and asked.get("KeyId") and made_by:
        named = key_called(self.kms_backend, asked["KeyId"])
        if named and named.id != made_by:
            message = "The key ID in the request does not identify a CMK that can perform this operation."
            raise JsonRESTError("IncorrectKeyException", message)


def key_called(keys, name):
    """The key with this id, ARN or alias; `None` where there is none."""
    name = keys.get_alias_name(name)
    key = keys.get_key_id_from_alias(name) if name.startswith("alias/") else keys.get_key_id(name)
    return keys.keys.get(key)


def check_policy(self):
    """Raises where a key's policy names somebody who is not there, or shuts out whoever gives it (KMS API Reference,
    PutKeyPolicy, BypassPolicyLockoutSafetyCheck).
    """
    policy = self._get_param("Policy")
    if policy is None:
        return
    try:
        evaluate.statements(policy)
    except ValueError:
        raise JsonRESTError("MalformedPolicyDocumentException", "The policy is not valid JSON.") from None
    unknown = unknown_principal(policy)
    if unknown:
        message = "Policy contains a statement with one or more invalid principals."
        raise JsonRESTError("MalformedPolicyDocumentException", message)
    arns = [self.caller.arn, self.caller.owner]
    said, _ = evaluate.decide_resource(policy, "kms:PutKeyPolicy", "*", {}, arns)
    if said != evaluate.ALLOW and not self._get_param("BypassPolicyLockoutSafetyCheck"):
        message = "The new key policy will not allow you to update the key policy in the future."
        raise JsonRESTError("MalformedPolicyDocumentException", message)


def checked(name):
    """Has a method of moto's KMS look at the key's state, and at a new policy, first."""
    plain = getattr(KmsResponse, name, None)
    if plain is None:
        return

    def method(self):
        check_state(self)
        if name in ("create_key", "put_key_policy"):
            check_policy(self)
        return plain(self)

    method.__name__ = name
    setattr(KmsResponse, name, method)


for action in (*STATES, *USES):
    checked(camelcase_to_underscores(action))


# --- Keys can be named by their ARN everywhere.
def by_id(name):
    plain = getattr(KmsBackend, name)
    setattr(KmsBackend, name, lambda self, key_id, *rest: plain(self, self.get_key_id(key_id), *rest))


for method in ("enable_key", "disable_key", "cancel_key_deletion", "schedule_key_deletion"):
    by_id(method)

# Items a page (KMS API Reference).
in_pages(
    KmsResponse,
    "kms",
    {None: 50, "ListKeys": 100, "ListKeyPolicies": 100},
    {None: 100, "ListKeys": 1000, "ListKeyPolicies": 1000, "ListResourceTags": 50, "ListKeyRotations": 1000},
    lambda message: JsonRESTError("InvalidMarkerException", message),
)

plain_call = KmsResponse.call_action


def call_action(self):
    if self._get_action() not in WRITES:
        return plain_call(self)
    live = kms_backends[ACCOUNT][self.region]
    kms = past.kms_past(self.region)
    kms.changing(live)
    try:
        return plain_call(self)
    finally:
        kms.changed(live)


KmsResponse.call_action = call_action
