root = f"arn:aws:iam::{ACCOUNT}:root"
ADMIN = user_arn("administrator")
kms = client("kms")


def key_policy(*statements):
    return document({"Effect": "Allow", "Principal": {"AWS": ADMIN}, "Action": "kms:*", "Resource": "*"}, *statements)


# Only whom the key's own policy lets: where it does not name the account, policies of IAM open nothing.
everything = person("all-of-kms", allow("kms:*"))
closed = kms.create_key(Policy=key_policy())["KeyMetadata"]["Arn"]
refused("AccessDeniedException", lambda: client("kms", everything).describe_key(KeyId=closed))
refused("AccessDeniedException", lambda: client("kms", everything).encrypt(KeyId=closed, Plaintext=b"x"))
blob = kms.encrypt(KeyId=closed, Plaintext=b"secret")["CiphertextBlob"]
# Without a KeyId it is the key that made the ciphertext.
refused("AccessDeniedException", lambda: client("kms", everything).decrypt(CiphertextBlob=blob))
kms.put_key_policy(KeyId=closed, PolicyName="default", Policy=key_policy({"Effect": "Allow", "Principal": {"AWS": root}, "Action": "kms:*", "Resource": "*"}))
assert client("kms", everything).decrypt(CiphertextBlob=blob)["Plaintext"] == b"secret"
kms.put_key_policy(KeyId=closed, PolicyName="default", Policy=key_policy({"Effect": "Allow", "Principal": {"AWS": root}, "Action": "kms:*", "Resource": "*"}, {"Effect": "Deny", "Principal": {"AWS": user_arn("all-of-kms")}, "Action": "kms:Decrypt", "Resource": "*"}))
refused("AccessDeniedException", lambda: client("kms", everything).decrypt(CiphertextBlob=blob))
# Policies that name nobody, or that would shut out whoever gives them.
refused("MalformedPolicyDocumentException", lambda: kms.put_key_policy(KeyId=closed, PolicyName="default", Policy=key_policy({"Effect": "Allow", "Principal": {"AWS": user_arn("ghost")}, "Action": "kms:*", "Resource": "*"})), "invalid principals")
out = document({"Effect": "Allow", "Principal": {"AWS": user_arn("all-of-kms")}, "Action": "kms:*", "Resource": "*"})
refused("MalformedPolicyDocumentException", lambda: kms.put_key_policy(KeyId=closed, PolicyName="default", Policy=out), "in the future")

# Grants.
nothing = person("granted")
mine = kms.create_key()["KeyMetadata"]["Arn"]
blob = kms.encrypt(KeyId=mine, Plaintext=b"secret", EncryptionContext={"of": "hub"})["CiphertextBlob"]
open_it = lambda: client("kms", nothing).decrypt(CiphertextBlob=blob, EncryptionContext={"of": "hub"})
refused("AccessDeniedException", open_it)
grant = kms.create_grant(KeyId=mine, GranteePrincipal=user_arn("granted"), Operations=["Decrypt"], Constraints={"EncryptionContextSubset": {"of": "hub"}})["GrantId"]
assert open_it()["Plaintext"] == b"secret"
refused("AccessDeniedException", lambda: client("kms", nothing).encrypt(KeyId=mine, Plaintext=b"x", EncryptionContext={"of": "hub"}))
refused("AccessDeniedException", lambda: client("kms", nothing).decrypt(CiphertextBlob=blob, EncryptionContext={"of": "another"}))
kms.revoke_grant(KeyId=mine, GrantId=grant)
refused("AccessDeniedException", open_it)

# States.
kms.disable_key(KeyId=mine)
assert kms.describe_key(KeyId=mine)["KeyMetadata"]["KeyState"] == "Disabled"
refused("DisabledException", lambda: kms.encrypt(KeyId=mine, Plaintext=b"x"))
refused("DisabledException", lambda: kms.decrypt(CiphertextBlob=blob, EncryptionContext={"of": "hub"}))
refused("DisabledException", lambda: kms.generate_data_key(KeyId=mine, KeySpec="AES_256"))
refused("KMSInvalidStateException", lambda: kms.cancel_key_deletion(KeyId=mine))
kms.enable_key(KeyId=mine)
kms.decrypt(CiphertextBlob=blob, EncryptionContext={"of": "hub"})
kms.schedule_key_deletion(KeyId=mine, PendingWindowInDays=7)
for call in (
    lambda: kms.encrypt(KeyId=mine, Plaintext=b"x"),
    lambda: kms.decrypt(CiphertextBlob=blob, EncryptionContext={"of": "hub"}),
    lambda: kms.enable_key(KeyId=mine),
    lambda: kms.create_alias(AliasName="alias/gone", TargetKeyId=mine),
    lambda: kms.tag_resource(KeyId=mine, Tags=[{"TagKey": "a", "TagValue": "b"}]),
    lambda: kms.enable_key_rotation(KeyId=mine),
    lambda: kms.schedule_key_deletion(KeyId=mine, PendingWindowInDays=7),
):
    refused("KMSInvalidStateException", call, "pending deletion")
kms.cancel_key_deletion(KeyId=mine)
assert kms.describe_key(KeyId=mine)["KeyMetadata"]["KeyState"] == "Disabled", "a saved key stays disabled"

# Keys elsewhere, and the wrong key.
kms.enable_key(KeyId=mine)
theirs = mine.replace(ACCOUNT, "210987654321")
refused("AccessDeniedException", lambda: kms.encrypt(KeyId=theirs, Plaintext=b"x"))
refused("AccessDeniedException", lambda: kms.describe_key(KeyId=theirs))
refused("NotFoundException", lambda: kms.describe_key(KeyId=mine.replace("us-east-1", "us-west-2")), "us-west-2")
refused("IncorrectKeyException", lambda: kms.decrypt(KeyId=closed, CiphertextBlob=blob, EncryptionContext={"of": "hub"}))
refused("InvalidCiphertextException", lambda: kms.decrypt(KeyId=mine, CiphertextBlob=blob, EncryptionContext={"of": "another"}))
# Re-encrypting needs both keys' consent.
half = person("half", allow(["kms:ReEncryptFrom"], mine))
refused("AccessDeniedException", lambda: client("kms", half).re_encrypt(CiphertextBlob=blob, SourceEncryptionContext={"of": "hub"}, DestinationKeyId=closed), "ReEncryptTo")
