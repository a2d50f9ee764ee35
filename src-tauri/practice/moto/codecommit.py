"""CodeCommit: what moto does differently from AWS, and the judge of git's passwords."""

import calendar
import hmac
import json
import re
import time

import access
import moto.codecommit.responses as responses
import settings
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from errors import Refused
from moto.codecommit.exceptions import RepositoryDoesNotExistException
from moto.codecommit.models import CodeCommit
from moto.codecommit.responses import CodeCommitResponse

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


def update_repository_description(self):
    name = self._get_param("repositoryName")
    repository = self.codecommit_backend.repositories.get(name)
    if repository is None:
        raise RepositoryDoesNotExistException(name)
    about = repository.repository_metadata
    about["repositoryDescription"] = self._get_param("repositoryDescription") or ""
    about["lastModifiedDate"] = int(time.time())
    return "{}"


CodeCommitResponse.create_repository = create_repository
CodeCommitResponse.update_repository_description = update_repository_description
CodeCommitResponse.list_repositories = list_repositories
CodeCommitResponse.tag_resource = tag_resource
CodeCommitResponse.untag_resource = untag_resource
CodeCommitResponse.list_tags_for_resource = lambda self: json.dumps(
    {"tags": repository_tags.get(self._get_param("resourceArn"), {})}
)


# CodeCommit's rule for names (API Reference, CreateRepository). A name that a file system reads as a place is none either:
# repositories are folders here.
def is_name(name):
    return bool(re.fullmatch(r"[\w.-]{1,100}", name or "", re.ASCII)) and not (
        name.startswith(".") or ".." in name or name.endswith(".git")
    )


responses._is_repository_name_valid = is_name


# --- The password of git over HTTPS, made anew with botocore and compared, and what its owner may do.
def judge(user, password, host, path, region, action, arn):
    """Answers "ok", or why not."""
    key_id, _, token = user.partition("%")
    stamp, _, signature = password.partition("Z")
    try:
        key = access.key_of(key_id, token or None)
        signed = calendar.timegm(time.strptime(stamp, "%Y%m%dT%H%M%S"))
    except Refused as refused:
        return refused.message if refused.kind == "expired" else "unknown key"
    except ValueError:
        return "malformed password"
    if abs(settings.now() - signed) > 900:
        return "signed at another time"
    request = AWSRequest(method="GIT", url=f"https://{host}{path}")
    request.context["timestamp"] = stamp
    auth = SigV4Auth(key.create_credentials(), "codecommit", region)
    wanted = auth.signature(auth.string_to_sign(request, f"GIT\n{path}\n\nhost:{host}\n\nhost\n"), request)
    if not hmac.compare_digest(wanted, signature):
        return "wrong password"
    if not access.permits(key, f"codecommit:{action}", arn):
        return f"not allowed: codecommit:{action}"
    return "ok"
