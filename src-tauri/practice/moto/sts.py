"""STS: sessions of roles, with an end. What moto lacks or does differently from AWS."""

import re
from datetime import datetime, timezone

import past
import settings
from moto.core import DEFAULT_ACCOUNT_ID as ACCOUNT
from moto.core.responses import ActionResult
from moto.sts.exceptions import STSClientError
from moto.sts.models import AssumedRole, sts_backends
from moto.sts.responses import TokenResponse


def wrong(message):
    return STSClientError("ValidationError", message)


# When a session ends, by the account's clock, in seconds since 1970.
plain_session = AssumedRole.__init__


def session(self, *args, **kwargs):
    plain_session(self, *args, **kwargs)
    seconds = kwargs["duration"]
    if settings.values["session_seconds"] is not None:
        seconds = min(seconds, settings.values["session_seconds"])
    self.ends = settings.now() + seconds
    self.expiration = datetime.fromtimestamp(self.ends, timezone.utc).replace(tzinfo=None)


AssumedRole.__init__ = session
plain_assume = TokenResponse.assume_role


def assume_role(self):
    """Whether the caller may act as the role, and that there is one, was judged before."""
    role = next(role for role in past.iam().roles.values() if role.arn == self._get_param("RoleArn"))
    name = self._get_param("RoleSessionName") or ""
    if not re.fullmatch(r"[\w+=,.@-]{2,64}", name, re.ASCII):
        raise wrong(f"1 validation error detected: Value '{name}' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*")
    seconds = self._get_int_param("DurationSeconds", 3600)
    if not 900 <= seconds <= 43200:
        raise wrong(f"1 validation error detected: Value '{seconds}' at 'durationSeconds' failed to satisfy constraint: Member must have value between 900 and 43200")
    chained = any(one.access_key_id == self.get_access_key() for one in sts_backends[ACCOUNT]["aws"].assumed_roles)
    if chained and seconds > 3600:
        raise wrong("The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining")
    if seconds > int(role.max_session_duration or 3600):
        raise wrong("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
    return plain_assume(self)


TokenResponse.assume_role = assume_role


# Sessions that moto hands out without remembering them open nothing, so they are not handed out.
def not_here(self) -> ActionResult:
    raise STSClientError("AccessDenied", "The practice account gives sessions of roles only.")


TokenResponse.get_session_token = TokenResponse.get_federation_token = not_here
