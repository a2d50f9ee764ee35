# A fault is set for each call; what is met is in the words of the service.
for service, call, code, status in [
    ("iam", lambda c: c.list_users(), "Throttling", 400),
    ("route53", lambda c: c.list_hosted_zones(), "Throttling", 400),
    ("kms", lambda c: c.list_keys(), "ThrottlingException", 400),
    ("ec2", lambda c: c.describe_vpcs(), "RequestLimitExceeded", 503),
    ("eks", lambda c: c.list_clusters(), "TooManyRequestsException", 429),
]:
    fault({"service": service, "times": 1, "kind": "throttle"})
    answer = refused(code, lambda: call(client(service)))["ResponseMetadata"]
    assert (answer["HTTPStatusCode"], answer["HTTPHeaders"]["retry-after"]) == (status, "1"), answer
    call(client(service))
# An SDK tries again by itself.
fault({"service": "iam", "times": 2, "kind": "throttle"})
iam.list_users()
# Route 53 does so by itself where the account's limit is set: of calls made at once all but the first few are refused.
from concurrent.futures import ThreadPoolExecutor

setting({"route53_per_second": 2})
clients = [client("route53") for _ in range(8)]


def outcome(of):
    try:
        of.list_hosted_zones()
        return "answered"
    except ClientError as error:
        return error.response["Error"]["Code"]


with ThreadPoolExecutor(8) as pool:
    said = list(pool.map(outcome, clients))
assert set(said) == {"answered", "Throttling"}, said
