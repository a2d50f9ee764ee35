"""IAM and KMS are eventually consistent: for a while after a change, what is read and what decisions rest on is the state
before it. This keeps those earlier states, and gives the one that is visible now.
"""

import copy
import time

import settings
from moto.core import DEFAULT_ACCOUNT_ID as ACCOUNT
from moto.iam.models import iam_backends
from moto.kms.models import kms_backends


class Past:
    """Earlier states of a backend of moto; `copied` makes a copy that later changes do not touch."""

    def __init__(self, copied):
        self.copied = copied
        self.forget()

    def forget(self):
        """Makes everything visible at once."""
        # What is visible, and what will be, with the moment of each change.
        self.before, self.after = None, []

    def changing(self, live):
        """Call before each change."""
        if settings.values["visible_seconds"] and self.before is None:
            self.before = self.copied(live)

    def changed(self, live):
        """Call after each change."""
        if settings.values["visible_seconds"]:
            self.after.append((time.monotonic(), self.copied(live)))

    def seen(self, live):
        """The state that is visible now."""
        until = time.monotonic() - settings.values["visible_seconds"]
        while self.after and self.after[0][0] <= until:
            state = self.after.pop(0)[1]
            self.before = state if self.after else None
        return self.before if self.after else live


def copied_iam(live):
    view = copy.copy(live)
    # AWS's own policies never change, and are a thousand.
    memo = {id(policy): policy for policy in live.aws_managed_policies}
    names = ("roles", "groups", "users", "managed_policies", "instance_profiles", "tagger", "access_keys")
    copies = copy.deepcopy({name: getattr(live, name) for name in names}, memo)
    view.__dict__.update(copies)
    return view


def copied_kms(live):
    view = copy.copy(live)
    # Key pairs cannot be copied, and never change.
    memo = {id(key.private_key): key.private_key for key in live.keys.values()}
    view.keys, view.tagger = copy.deepcopy((live.keys, live.tagger), memo)
    return view


of_iam = Past(copied_iam)
of_kms = {}


def iam():
    """IAM as it is visible now."""
    return of_iam.seen(iam_backends[ACCOUNT]["aws"])


def kms(region):
    """KMS of a region as it is visible now."""
    return kms_past(region).seen(kms_backends[ACCOUNT][region])


def kms_past(region):
    return of_kms.setdefault(region, Past(copied_kms))


def is_read(action):
    return action.startswith(("Get", "List", "Describe", "Simulate"))


def forget():
    """Makes everything visible at once."""
    for past in (of_iam, *of_kms.values()):
        past.forget()
