"""Policies judged as AWS judges them (IAM User Guide, "Policy evaluation logic"): explicit denials first, then what the
identity, its permissions boundary, the session and the resource's own policy allow, with conditions and variables.
It knows nothing of requests; `iam.py` says what a call is about.
"""

import fnmatch
import ipaddress
import json
import re
from datetime import datetime

ALLOW, EXPLICIT, IMPLICIT = "allowed", "explicitDeny", "implicitDeny"


def listed(value):
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def statements(policy):
    document = json.loads(policy) if isinstance(policy, str) else policy
    return listed(document.get("Statement"))


def pattern(text, context):
    """A pattern with its variables filled in; one that has no value matches nothing."""

    def fill(match):
        name = match.group(1).split(",")[0].strip()
        if name in ("*", "?", "$"):
            return f"[{name}]"
        value = context.get(name.lower())
        return fnmatch_escape(value if isinstance(value, str) else "\0")

    return re.sub(r"\$\{([^}]+)\}", fill, text)


def fnmatch_escape(text):
    return re.sub(r"([*?[])", r"[\1]", text)


def like(value, wanted, fold=False):
    # Only * and ? are special in a policy; brackets come from `pattern` alone.
    if fold:
        value, wanted = value.lower(), wanted.lower()
    return re.fullmatch(fnmatch.translate(wanted), value) is not None


def matches_action(statement, action):
    if "NotAction" in statement:
        return not any(like(action, wanted, fold=True) for wanted in listed(statement["NotAction"]))
    return any(like(action, wanted, fold=True) for wanted in listed(statement.get("Action")))


def matches_resource(statement, resource, context):
    """`unknown:SERVICE`: which thing of the service the call is about is not known here. Then an Allow must name all, and a
    Deny may name any of that service, so that nothing is allowed here that AWS would refuse.
    """
    if resource.startswith("unknown:"):
        everything = "*" in listed(statement.get("Resource"))
        service = resource.removeprefix("unknown:")
        named = [(text.split(":") + ["*", "*"])[2] for text in listed(statement.get("Resource"))]
        could_be = "NotResource" in statement or any(like(service, text) for text in named)
        return everything or (statement.get("Effect") == "Deny" and could_be)
    if "NotResource" in statement:
        wanted = listed(statement["NotResource"])
        return not any(like(resource, pattern(text, context)) for text in wanted)
    wanted = listed(statement.get("Resource", "*"))
    return any(like(resource, pattern(text, context)) for text in wanted)


def compare(operator, value, wanted, context):
    kind = operator.lower()
    if kind in ("stringequals", "stringnotequals"):
        return value == unescaped(pattern(wanted, context))
    if kind in ("stringequalsignorecase", "stringnotequalsignorecase"):
        return value.lower() == unescaped(pattern(wanted, context)).lower()
    if kind in ("stringlike", "stringnotlike", "arnlike", "arnnotlike", "arnequals", "arnnotequals"):
        return like(value, pattern(wanted, context))
    if kind == "bool":
        return str(value).lower() == str(wanted).lower()
    if kind in ("ipaddress", "notipaddress"):
        return ipaddress.ip_address(value) in ipaddress.ip_network(wanted, strict=False)
    if kind.startswith("numeric"):
        return ordered(kind[7:], float(value), float(wanted))
    if kind.startswith("date"):
        return ordered(kind[4:], moment(value), moment(wanted))
    raise ValueError(f"the operator {operator} is not known")


def unescaped(text):
    return re.sub(r"\[([*?[$])\]", r"\1", text)


def ordered(kind, value, wanted):
    return {
        "equals": value == wanted,
        "notequals": value == wanted,
        "lessthan": value < wanted,
        "lessthanequals": value <= wanted,
        "greaterthan": value > wanted,
        "greaterthanequals": value >= wanted,
    }[kind]


def moment(text):
    return datetime.fromisoformat(str(text).replace("Z", "+00:00")).timestamp()


def condition_holds(operator, key, wanted, context):
    each = None
    if ":" in operator:
        each, operator = operator.split(":", 1)
    if operator.lower() == "null":
        # A list without values is as good as none.
        there = context.get(key.lower()) not in (None, [])
        return there != (str(listed(wanted)[0]).lower() == "true")
    optional = operator.lower().endswith("ifexists")
    operator = operator[: -len("IfExists")] if optional else operator
    negated = "not" in operator.lower()
    value = context.get(key.lower())
    values = listed(value)
    if value is None or (each and not values):
        # A condition on what is not there holds for ForAllValues, ...IfExists and a negated operator, but never for ForAnyValue.
        return optional or (each.lower() == "forallvalues" if each else negated)
    wanted = [str(one) for one in listed(wanted)]

    def one(value):
        return any(compare(operator, value, other, context) for other in wanted) != negated

    if each and each.lower() == "forallvalues":
        return all(one(value) for value in values)
    return any(one(value) for value in values)


def conditions_hold(statement, context):
    return all(
        condition_holds(operator, key, wanted, context)
        for operator, keys in statement.get("Condition", {}).items()
        for key, wanted in keys.items()
    )


def condition_keys(policies):
    """The keys that conditions of these policies ask for."""
    conditions = [statement.get("Condition", {}) for policy in policies for statement in statements(policy)]
    return sorted({key for condition in conditions for keys in condition.values() for key in keys})


def decide(policies, action, resource, context):
    """What these policies say together."""
    said = IMPLICIT
    for policy in policies:
        for statement in statements(policy):
            if (
                matches_action(statement, action)
                and matches_resource(statement, resource, context)
                and conditions_hold(statement, context)
            ):
                if statement.get("Effect") == "Deny":
                    return EXPLICIT
                said = ALLOW
    return said


def principals(statement):
    wanted = statement.get("Principal")
    return ["*"] if wanted == "*" else [str(one) for one in listed((wanted or {}).get("AWS"))]


def decide_resource(policy, action, resource, context, caller):
    """What a resource's own policy says of `caller` (its ARNs): (decision, whether it names the caller itself).

    Naming the account, or its root, leaves the decision to the identity's policies.
    """
    account = caller[0].split(":")[4]
    root = {account, f"arn:aws:iam::{account}:root", "*"}
    said, itself = IMPLICIT, False
    for statement in statements(policy):
        named = principals(statement)
        direct = any(arn in caller for arn in named)
        if not (direct or root.intersection(named)):
            continue
        if not (matches_action(statement, action) and conditions_hold(statement, context)):
            continue
        if "Resource" in statement and not matches_resource(statement, resource, context):
            continue
        if statement.get("Effect") == "Deny":
            return EXPLICIT, False
        said, itself = ALLOW, itself or direct
    return said, itself


def judge(identity, boundary, session, resource_policy, action, resource, context, caller):
    """The decision on a call. `boundary` and `session` are `None` where there are none; `resource_policy` where the
    resource has none or the service asks none. A resource's policy must allow the call too where there is one.
    """
    parts = [decide(identity, action, resource, context)]
    limits = [decide(policies, action, resource, context) for policies in (boundary, session) if policies is not None]
    theirs, itself = (
        decide_resource(resource_policy, action, resource, context, caller) if resource_policy is not None else (ALLOW, False)
    )
    if EXPLICIT in parts + limits + [theirs]:
        return EXPLICIT
    if theirs != ALLOW or IMPLICIT in limits:
        return IMPLICIT
    return ALLOW if itself or parts[0] == ALLOW else IMPLICIT
