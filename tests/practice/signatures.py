import datetime

import botocore.auth
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

plain = botocore.auth.get_current_datetime


def at(minutes):
    botocore.auth.get_current_datetime = lambda *a, **k: plain(*a, **k) + datetime.timedelta(minutes=minutes)


for minutes, words in [(-16, "Signature expired"), (16, "Signature not yet current")]:
    at(minutes)
    refused("SignatureDoesNotMatch", lambda: client("iam").list_users(), words)
    refused("SignatureDoesNotMatch", lambda: client("sts").get_caller_identity(), words)
    refused("SignatureDoesNotMatch", lambda: client("route53").list_hosted_zones(), words)
    refused("InvalidSignatureException", lambda: client("kms").list_keys(), words)
    refused("InvalidSignatureException", lambda: client("codecommit").list_repositories(), words)
    refused("RequestExpired", lambda: client("ec2").describe_vpcs(), words)
for minutes in (-4, 4):
    at(minutes)
    client("iam").list_users()
botocore.auth.get_current_datetime = plain


class Undated(SigV4Auth):
    """Signs everything but the date."""

    def headers_to_sign(self, request):
        headers = super().headers_to_sign(request)
        del headers["X-Amz-Date"]
        return headers


def raw(signer):
    request = AWSRequest(method="POST", url=E + "/", data="Action=ListUsers&Version=2010-05-08", headers={"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"})
    signer(Credentials(K, S), "iam", "us-east-1").add_auth(request)
    prepared = request.prepare()
    try:
        answer = urllib.request.urlopen(urllib.request.Request(prepared.url, data=prepared.body.encode(), headers=dict(prepared.headers)))
        return answer.status, ""
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


assert raw(SigV4Auth)[0] == 200, "the same request is answered where the date is signed"
status, text = raw(Undated)
assert status == 403 and "IncompleteSignature" in text, f"the date must be signed: {status} {text}"
# The words of each protocol for a key that is not known, and for a wrong secret.
for service, call, unknown, wrong in [
    ("iam", lambda c: c.list_users(), "InvalidClientTokenId", "SignatureDoesNotMatch"),
    ("kms", lambda c: c.list_keys(), "UnrecognizedClientException", "InvalidSignatureException"),
    ("ec2", lambda c: c.describe_vpcs(), "AuthFailure", "AuthFailure"),
    ("eks", lambda c: c.list_clusters(), "UnrecognizedClientException", "InvalidSignatureException"),
]:
    refused(unknown, lambda: call(client(service, ("AKIAIOSFODNN7EXAMPLE", S))))
    refused(wrong, lambda: call(client(service, (K, "x" * 40))))
