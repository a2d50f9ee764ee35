import datetime
import time

sts_all = person("all-of-sts", allow("sts:*"))
sts = client("sts", sts_all)
# boto3 itself refuses some durations before it asks.
unchecked = boto3.client("sts", endpoint_url=E, region_name="us-east-1", aws_access_key_id=sts_all[0], aws_secret_access_key=sts_all[1], config=Config(parameter_validation=False))
me = user_arn("all-of-sts")
# Trust: a Deny wins over an Allow, in whatever order, and a role that is not there trusts nobody.
iam.create_role(RoleName="allows", AssumeRolePolicyDocument=document(trust(me)))
iam.create_role(RoleName="denies", AssumeRolePolicyDocument=document(trust(me), trust(me, effect="Deny")))
iam.create_role(RoleName="denies-only", AssumeRolePolicyDocument=document(trust(me, effect="Deny")))
acting(sts, "allows")
for role in ("denies", "denies-only", "not-there"):
    refused("AccessDenied", lambda: acting(sts, role), role)
refused("AccessDenied", lambda: acting(client("sts"), "not-there"))

# How long a session may be.
refused("ValidationError", lambda: acting(sts, "allows", DurationSeconds=3601), "MaxSessionDuration")
refused("ValidationError", lambda: acting(unchecked, "allows", DurationSeconds=899), "durationSeconds")
iam.update_role(RoleName="allows", MaxSessionDuration=7200)
long = acting(sts, "allows", DurationSeconds=7200)
unchecked_iam = boto3.client("iam", endpoint_url=E, region_name="us-east-1", aws_access_key_id=K, aws_secret_access_key=S, config=Config(parameter_validation=False))
refused("ValidationError", lambda: unchecked_iam.update_role(RoleName="allows", MaxSessionDuration=3599), "maxSessionDuration")
iam.put_role_policy(RoleName="allows", PolicyName="sts", PolicyDocument=document(allow(["sts:AssumeRole", "iam:ListUsers", "iam:ListRoles"])))
iam.create_role(RoleName="next", MaxSessionDuration=43200, AssumeRolePolicyDocument=document(trust(f"arn:aws:iam::{ACCOUNT}:role/allows")))
refused("ValidationError", lambda: acting(client("sts", **long), "next", DurationSeconds=3601), "role chaining")
acting(client("sts", **long), "next", DurationSeconds=3600)

# A session's own policy narrows it.
narrow = acting(sts, "allows", Policy=document(allow("iam:ListUsers")))
client("iam", **narrow).list_users()
refused("AccessDenied", lambda: client("iam", **narrow).list_roles())

# A session ends, for calls and for git's password, and says when.
assert setting({"session_seconds": 6})["session_seconds"] == 6
found = sts.assume_role(RoleArn=f"arn:aws:iam::{ACCOUNT}:role/allows", RoleSessionName="test")["Credentials"]
ends = (found["Expiration"] - datetime.datetime.now(datetime.timezone.utc)).total_seconds()
assert 0 < ends <= 6, f"its end is told: {ends}"
short = {"key": (found["AccessKeyId"], found["SecretAccessKey"]), "token": found["SessionToken"]}
client("iam", **short).list_users()
time.sleep(6.5)
refused("ExpiredToken", lambda: client("iam", **short).list_users(), "expired")
refused("ExpiredTokenException", lambda: client("kms", **short).list_keys(), "expired")
refused("RequestExpired", lambda: client("ec2", **short).describe_vpcs())
client("iam", **long).list_users()
# Without its token a session's key is nobody's, and with a role that is gone it opens nothing.
refused("InvalidClientTokenId", lambda: client("iam", long["key"]).list_users())
iam.delete_role_policy(RoleName="allows", PolicyName="sts")
iam.delete_role(RoleName="allows")
refused("InvalidClientTokenId", lambda: client("iam", **long).list_users())
