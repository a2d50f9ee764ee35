import time

# Long enough for the calls between a change and a look at it, also where the computer is busy.
LATE = 8


def until(call, code):
    """How long the call is refused with this code."""
    begin = time.time()
    while True:
        try:
            call()
            return time.time() - begin
        except ClientError as error:
            assert error.response["Error"]["Code"] == code, error
        assert time.time() - begin < LATE + 20, "it never becomes visible"
        time.sleep(0.3)


# Fast: at once.
iam.create_role(RoleName="fast", AssumeRolePolicyDocument=document(trust(user_arn("administrator"))))
iam.get_role(RoleName="fast")
setting({"visible_seconds": LATE})
kms = client("kms")
iam.create_role(RoleName="slow", AssumeRolePolicyDocument=document(trust(user_arn("administrator"))))
refused("NoSuchEntity", lambda: iam.get_role(RoleName="slow"))
assert "slow" not in [role["RoleName"] for role in iam.list_roles()["Roles"]], "lists are stale"
refused("AccessDenied", lambda: acting(client("sts"), "slow"))
refused("EntityAlreadyExists", lambda: iam.create_role(RoleName="slow", AssumeRolePolicyDocument=document(trust(user_arn("administrator")))))
waited = until(lambda: iam.get_role(RoleName="slow"), "NoSuchEntity")
assert waited > 1, waited
acting(client("sts"), "slow")
# A new key, then a new policy, then a new trust, then what was taken away.
key = person("late")
refused("InvalidClientTokenId", lambda: client("sts", key).get_caller_identity())
assert until(lambda: client("sts", key).get_caller_identity(), "InvalidClientTokenId") > 1
client("iam").put_user_policy(UserName="late", PolicyName="own", PolicyDocument=document(allow("iam:ListUsers")))
assert until(lambda: client("iam", key).list_users(), "AccessDenied") > 1
iam.update_assume_role_policy(RoleName="slow", PolicyDocument=document(trust(user_arn("late"))))
assert until(lambda: acting(client("sts", key), "slow"), "AccessDenied") > 1
iam.delete_user_policy(UserName="late", PolicyName="own")
client("iam", key).list_users()
time.sleep(LATE)
refused("AccessDenied", lambda: client("iam", key).list_users())
# A trust that names somebody who is not seen yet is refused, as a key's policy is.
iam.create_user(UserName="newest")
refused("MalformedPolicyDocument", lambda: iam.update_assume_role_policy(RoleName="slow", PolicyDocument=document(trust(user_arn("newest")))))
made = kms.create_key(Description="late")["KeyMetadata"]["KeyId"]
refused("NotFoundException", lambda: kms.describe_key(KeyId=made))
kms.create_alias(AliasName="alias/late", TargetKeyId=made)
assert until(lambda: kms.encrypt(KeyId="alias/late", Plaintext=b"x"), "NotFoundException") > 1
setting({"visible_seconds": 0})
iam.create_role(RoleName="fast-again", AssumeRolePolicyDocument=document(trust(user_arn("newest"))))
iam.get_role(RoleName="fast-again")
