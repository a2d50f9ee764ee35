"""Route 53: changes judged as a whole against what is there, and done after a while. What moto does differently from AWS."""

import ipaddress
import re
import secrets
import time

import settings
from moto.route53.exceptions import Route53ClientError
from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.route53.models import RecordSet, Route53Backend
from moto.route53.responses import Route53

# Hosted zones of AWS's own services that an alias can name, with the ending of the names in each.
alias_zones = {"Z2FDTNDATAQYW2": "cloudfront.net."}


def given_names(ending):
    """How AWS names what is in a zone of its own. No balancer is made here, so each name that AWS could have given is there."""
    if ending.startswith("elb."):
        # A network balancer. It has no name with `dualstack.`.
        return r"[a-z0-9-]+-[0-9a-f]+"
    if ending.endswith("elb.amazonaws.com."):
        return r"(dualstack\.)?[a-z0-9-]+-[0-9]+"
    return r"[a-z0-9-]+"


def full(name):
    """A name as Route 53 keeps it: in lower case, with a dot at its end, `*` as `\\052`."""
    return name.lower().rstrip(".").replace("*", "\\052") + "."


class Batch:
    """Changes against a copy of the zone's records: either all of them can be made, or none is."""

    def __init__(self, zone):
        self.zone = zone
        self.records = list(zone.rrsets)
        self.apex = full(zone.name)
        self.faults, self.seen = [], set()

    def change(self, action, wanted):
        name, kind = full(wanted["Name"]), wanted["Type"]
        key = (name, kind, wanted.get("SetIdentifier"))
        about = f"[name='{name}', type='{kind}']"
        there = [one for one in self.records if (full(one.name), one.type, one.set_identifier) == key]
        if (action, key) in self.seen:
            return self.fault(f"The request contains an invalid set of changes for a resource record set '{kind} {name}'")
        self.seen.add((action, key))
        if name != self.apex and not name.endswith("." + self.apex):
            return self.fault(f"RRSet with DNS name {name} is not permitted in zone {self.apex}")
        if action == "DELETE":
            if not there:
                return self.fault(f"Tried to delete resource record set {about} but it was not found")
            if values(as_dict(there[0])) != values(wanted):
                return self.fault(f"Tried to delete resource record set {about} but the values provided do not match the current values")
            if name == self.apex and kind in ("NS", "SOA"):
                return self.fault(f"A HostedZone must contain exactly one {kind} record for the zone itself.")
            self.records.remove(there[0])
            return None
        if action == "CREATE" and there:
            return self.fault(f"Tried to create resource record set {about} but it already exists")
        fault = self.unfit(name, kind, wanted)
        if fault:
            return self.fault(fault)
        made = dict(wanted, Name=name)
        if wanted.get("ResourceRecords"):
            made["ResourceRecords"] = [one["Value"] for one in wanted["ResourceRecords"]]
        if there:
            self.records[self.records.index(there[0])] = RecordSet(made)
        else:
            self.records.append(RecordSet(made))
        return None

    def fault(self, message):
        self.faults.append(message)

    def unfit(self, name, kind, wanted):
        """Why the record cannot stand in this zone; `None` where it can."""
        others = {one.type for one in self.records if full(one.name) == name and one.type != kind}
        if kind == "CNAME" and name == self.apex:
            return f"RRSet of type CNAME with DNS name {name} is not permitted at apex in zone {self.apex}"
        if kind == "CNAME" and others:
            return f"RRSet of type CNAME with DNS name {name} is not permitted as it conflicts with other records with the same DNS name in zone {self.apex}"
        if "CNAME" in others:
            return f"RRSet of type {kind} with DNS name {name} is not permitted because a conflicting RRSet of type CNAME with the same DNS name already exists in zone {self.apex}"
        alias, records = wanted.get("AliasTarget"), wanted.get("ResourceRecords")
        if bool(alias) == bool(records) or (records and wanted.get("TTL") is None) or (alias and wanted.get("TTL") is not None):
            return "Invalid request: Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], or TrafficPolicyInstanceId]"
        for record in records or []:
            try:
                if kind in ("A", "AAAA"):
                    (ipaddress.IPv4Address if kind == "A" else ipaddress.IPv6Address)(record["Value"])
            except ValueError:
                version = "IPv4" if kind == "A" else "IPv6"
                return f"Invalid Resource Record: 'FATAL problem: {kind}RRDATAIllegal{version}Address (Value is not a valid {version} address) encountered with '{record['Value']}''"
        return self.unfit_alias(kind, alias) if alias else None

    def unfit_alias(self, kind, alias):
        target, zone = full(alias["DNSName"]), alias["HostedZoneId"].removeprefix("/hostedzone/")
        tried = f"Tried to create an alias that targets {target}, type {kind} in zone {zone}, but"
        not_found = f"{tried} that target was not found"
        ending = self.apex if zone == self.zone.resource_id else alias_zones.get(zone)
        if not ending or not (target == ending or target.endswith("." + ending)):
            return f"{tried} the alias target name does not lie within the target zone, {not_found}"
        if zone == self.zone.resource_id:
            is_there = any(full(one.name) == target and one.type == kind for one in self.records)
        else:
            is_there = re.fullmatch(given_names(ending), target.removesuffix("." + ending))
        return None if is_there else not_found


def as_dict(record):
    """A record as a request names it."""
    found = {"Name": record.name, "Type": record.type, "TTL": record.ttl, "AliasTarget": record.alias_target}
    records = record.records or []
    found["ResourceRecords"] = [one if isinstance(one, dict) else {"Value": one} for one in records]
    return found


def values(record):
    """What a deletion must name exactly."""
    alias = record.get("AliasTarget")
    if alias:
        health = str(alias.get("EvaluateTargetHealth", False)).lower()
        return alias["HostedZoneId"].removeprefix("/hostedzone/"), full(alias["DNSName"]), health
    return int(record.get("TTL") or 0), sorted(one["Value"] for one in record.get("ResourceRecords") or [])


def change_resource_record_sets(self, zoneid, change_list):
    zone = self.get_hosted_zone(zoneid)
    batch = Batch(zone)
    for change in change_list:
        batch.change(change["Action"], change["ResourceRecordSet"])
    if batch.faults:
        raise Route53ClientError("InvalidChangeBatch", "[" + ", ".join(batch.faults) + "]")
    zone.rrsets = batch.records


Route53Backend.change_resource_record_sets = change_resource_record_sets

# --- A change is PENDING at first, and INSYNC once all name servers have it.
changes = {}


def begun():
    at = "C" + "".join(secrets.choice("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") for _ in range(20))
    changes[at] = (time.monotonic(), utcnow())
    return {"Id": f"/change/{at}", "Status": "PENDING", "SubmittedAt": changes[at][1]}


def get_change(self):
    at = (self._get_param("Id") or "").removeprefix("/change/")
    if at not in changes:
        raise Route53ClientError("NoSuchChange", f"A change with the specified change ID does not exist: {at}")
    begin, submitted = changes[at]
    done = time.monotonic() - begin >= settings.values["insync_seconds"]
    info = {"Id": f"/change/{at}", "Status": "INSYNC" if done else "PENDING", "SubmittedAt": submitted}
    return ActionResult({"ChangeInfo": info})


def with_change(name):
    """Gives the answer of another method that changes something a change of its own."""
    plain = getattr(Route53, name)

    def method(self):
        found = plain(self)._result
        found["ChangeInfo"] = begun()
        return ActionResult(found)

    setattr(Route53, name, method)


for method in ("change_resource_record_sets", "create_hosted_zone", "delete_hosted_zone"):
    with_change(method)
Route53.get_change = get_change


# --- Lists in pages of at most so many items; zones by name begin at a name and do not end with it.
def backwards(name):
    return list(reversed(full(name).rstrip(".").split(".")))


def list_hosted_zones_by_name(self):
    start, zone_id = self._get_param("DNSName"), self._get_param("HostedZoneId")
    size = min(int(self._get_param("MaxItems") or 100), 100)
    zones = sorted(self.backend.zones.values(), key=lambda zone: (backwards(zone.name), zone.resource_id))
    if start:
        begin = (backwards(start), (zone_id or "").removeprefix("/hostedzone/"))
        zones = [zone for zone in zones if (backwards(zone.name), zone.resource_id) >= begin]
    found = {"DNSName": start, "HostedZoneId": zone_id, "HostedZones": zones[:size], "MaxItems": size}
    found["IsTruncated"] = len(zones) > size
    if len(zones) > size:
        found["NextDNSName"], found["NextHostedZoneId"] = zones[size].name, zones[size].resource_id
    return ActionResult(found)


Route53.list_hosted_zones_by_name = list_hosted_zones_by_name


def at_most(name, most):
    plain = getattr(Route53, name)

    def method(self):
        size = int(self._get_param("MaxItems") or most)
        self.params["MaxItems"] = min(size, most)
        return plain(self)

    setattr(Route53, name, method)


at_most("list_resource_record_sets", 300)
at_most("list_hosted_zones", 100)
