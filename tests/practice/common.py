"""What the checks share. In front of each, `Home::boto3` puts E, K, S (address and administrator), c, iam and r53."""

import urllib.error
import urllib.request

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

ACCOUNT = "123456789012"
ONCE = Config(retries={"total_max_attempts": 1})


def client(service, key=None, token=None, region="us-east-1"):
    """boto3 as a key (a pair of id and secret), the administrator by default. It does not try again."""
    key_id, secret = key or (K, S)
    return boto3.client(
        service, endpoint_url=E, region_name=region, aws_access_key_id=key_id, aws_secret_access_key=secret,
        aws_session_token=token, config=ONCE,
    )


def refused(code, call, words=""):
    """Asserts that AWS's error is of this code, and has these words in it."""
    try:
        call()
    except ClientError as error:
        found = error.response["Error"]
        assert found["Code"] == code, f"wanted {code}, got {found}"
        assert words in found["Message"], f"{words!r} is not in {found['Message']!r}"
        return error.response
    raise AssertionError(f"wanted {code}, and it was allowed")


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action, resource="*", **more):
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action, resource="*", **more):
    return {"Effect": "Deny", "Action": action, "Resource": resource, **more}


def trust(*arns, effect="Allow"):
    return {"Effect": effect, "Principal": {"AWS": list(arns)}, "Action": "sts:AssumeRole"}


def person(name, *statements):
    """A user with this policy, and its key."""
    client("iam").create_user(UserName=name)
    if statements:
        client("iam").put_user_policy(UserName=name, PolicyName="own", PolicyDocument=document(*statements))
    key = client("iam").create_access_key(UserName=name)["AccessKey"]
    return key["AccessKeyId"], key["SecretAccessKey"]


def user_arn(name):
    return f"arn:aws:iam::{ACCOUNT}:user/{name}"


def acting(sts, role, **more):
    """The key and token of a session of a role."""
    found = sts.assume_role(RoleArn=f"arn:aws:iam::{ACCOUNT}:role/{role}", RoleSessionName="test", **more)["Credentials"]
    return {"key": (found["AccessKeyId"], found["SecretAccessKey"]), "token": found["SessionToken"]}
