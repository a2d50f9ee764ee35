"""CodeCommit: what moto does differently from AWS, and the judge of git's passwords."""

import calendar
import hmac
import json
import time

import iam
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from moto.codecommit.models import CodeCommit
from moto.codecommit.responses import CodeCommitResponse
from moto.core import DEFAULT_ACCOUNT_ID as ACCOUNT
from moto.iam.access_control import CreateAccessKeyFailure, create_access_key

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
def judge(user, password, host, path, region, action, arn, skew):
    """Answers "ok", or why not."""
    try:
        return judge_key(user, password, host, path, region, action, arn, skew)
    except (CreateAccessKeyFailure, KeyError):
        return "unknown key"


def judge_key(user, password, host, path, region, action, arn, skew):
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
    if not iam.permits(key.arn, f"codecommit:{action}", arn):
        return f"not allowed: codecommit:{action}"
    return "ok"
