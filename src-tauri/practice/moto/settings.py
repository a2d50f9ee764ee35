"""How closely the practice account keeps to AWS's times, and what its clock says. In fast times everything is there at once;
in real times it takes as long as on AWS. The gateway's page `/hubwright/settings` shows and changes the values.
"""

import time

# `visible_seconds`: how long a change of IAM or KMS stays unseen. AWS promises no bound; seconds are usual, a minute happens.
# `insync_seconds`: how long a change of Route 53 stays PENDING (AWS: usually within 60 seconds).
# `route53_per_second`: calls of Route 53 that an account may make (Route 53 quotas: five); 0 is as many as it likes.
# `session_seconds`: when credentials of a role expire, however long was asked for; `None` is as asked for.
# `clock_seconds`: how far the account's clock is ahead of this computer's.
TIMES = {
    "fast": {"visible_seconds": 0, "insync_seconds": 0, "route53_per_second": 0},
    "real": {"visible_seconds": 8, "insync_seconds": 30, "route53_per_second": 5},
}
values = {"times": "fast", "session_seconds": None, "clock_seconds": 0, **TIMES["fast"]}


def now():
    """Seconds since 1970 by the account's clock."""
    return time.time() + values["clock_seconds"]


def change(asked):
    """Sets what is named; `times` first, so that a single value can differ from it. Returns why it cannot, or `None`."""
    unknown = set(asked) - set(values)
    if unknown:
        return f"there is no setting {', '.join(sorted(unknown))}"
    if asked.get("times", "fast") not in TIMES:
        return "times is fast or real"
    for name, value in asked.items():
        if name == "times" or (name == "session_seconds" and value is None):
            continue
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return f"{name} is a number"
        if value < 0 and name != "clock_seconds":
            return f"{name} is not negative"
    values.update(TIMES.get(asked.get("times"), {}))
    values.update(asked)
    return None
