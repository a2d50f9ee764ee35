import time

zone = r53.list_hosted_zones_by_name(DNSName="science.stsci.edu.")["HostedZones"][0]["Id"]
own = zone.rsplit("/", 1)[1]


def record(name, kind, *values, ttl=60, alias=None):
    found = {"Name": f"{name}.science.stsci.edu." if name else "science.stsci.edu.", "Type": kind}
    if alias:
        found["AliasTarget"] = dict(zip(("HostedZoneId", "DNSName", "EvaluateTargetHealth"), alias))
    else:
        found.update(TTL=ttl, ResourceRecords=[{"Value": value} for value in values])
    return found


def change(*changes):
    batch = {"Changes": [{"Action": action, "ResourceRecordSet": made} for action, made in changes]}
    return r53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch=batch)["ChangeInfo"]


def names():
    return sorted((made["Name"], made["Type"]) for made in r53.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"] if made["Type"] not in ("NS", "SOA"))


def wrong(words, *changes):
    before = r53.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    refused("InvalidChangeBatch", lambda: change(*changes), words)
    assert r53.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"] == before, "all of a batch or nothing"


# A deletion names exactly what is there.
change(("CREATE", record("hub", "A", "192.0.2.1", "192.0.2.2")))
wrong("already exists", ("CREATE", record("hub", "A", "192.0.2.9")))
for other in (record("hub", "A", "192.0.2.1"), record("hub", "A", "192.0.2.1", "192.0.2.2", ttl=61), record("hub", "A", "192.0.2.1", "192.0.2.3")):
    wrong("do not match", ("DELETE", other))
wrong("not found", ("DELETE", record("nothing", "A", "192.0.2.1")))
# Also where another value was there before: what was once written does not count.
change(("UPSERT", record("hub", "A", "192.0.2.7")))
wrong("do not match", ("DELETE", record("hub", "A", "192.0.2.1", "192.0.2.2")))
wrong("do not match", ("CREATE", record("new", "A", "192.0.2.1")), ("DELETE", record("hub", "A", "192.0.2.1")))
change(("DELETE", record("hub", "A", "192.0.2.7")), ("CREATE", record("hub", "A", "192.0.2.8")))
change(("DELETE", record("hub", "A", "192.0.2.8")))
assert names() == []

# A name with a CNAME has nothing else.
change(("CREATE", record("alias", "CNAME", "www.example.org")))
wrong("CNAME", ("CREATE", record("alias", "A", "192.0.2.1")))
wrong("CNAME", ("UPSERT", record("alias", "A", "192.0.2.1")))
change(("CREATE", record("host", "A", "192.0.2.1")))
wrong("CNAME", ("CREATE", record("host", "CNAME", "www.example.org")))
wrong("apex", ("CREATE", record("", "CNAME", "www.example.org")))
wrong("not permitted in zone", ("CREATE", {**record("x", "A", "192.0.2.1"), "Name": "evilscience.stsci.edu."}))
wrong("IPv4", ("CREATE", record("bad", "A", "192.0.2.300")))

# An alias: to a load balancer by its own zone, or to a record of this zone that is there.
balancer = "dualstack.abc-1.us-east-1.elb.amazonaws.com."
change(("CREATE", record("lb", "A", alias=("Z35SXDOTRQ7X7K", balancer, False))))
wrong("does not lie within", ("CREATE", record("lb2", "A", alias=("Z3AADJGX6KTTL2", balancer, False))))
wrong("does not lie within", ("CREATE", record("lb2", "A", alias=("Z0000000000000", balancer, False))))
# In the zone of all balancers of a kind and a region, only a name is there that AWS could have given.
network = "abc-0a1b.elb.us-east-1.amazonaws.com."
for target in ("www.us-east-1.elb.amazonaws.com.", "www.abc-1.us-east-1.elb.amazonaws.com.", "us-east-1.elb.amazonaws.com."):
    wrong("that target was not found", ("CREATE", record("lb2", "A", alias=("Z35SXDOTRQ7X7K", target, False))))
wrong("that target was not found", ("CREATE", record("lb2", "A", alias=("Z26RNL4JYFTOTI", "dualstack." + network, False))))
change(("CREATE", record("lb3", "A", alias=("Z26RNL4JYFTOTI", network, False))))
change(("DELETE", record("lb3", "A", alias=("Z26RNL4JYFTOTI", network, False))))
wrong("was not found", ("CREATE", record("lb2", "A", alias=(own, "nothing.science.stsci.edu.", False))))
wrong("do not match", ("DELETE", record("lb", "A", alias=("Z35SXDOTRQ7X7K", balancer, True))))
change(("CREATE", record("lb2", "A", alias=(own, "host.science.stsci.edu.", False))))
change(("DELETE", record("lb", "A", alias=("Z35SXDOTRQ7X7K", balancer, False))))

# A change is PENDING, and INSYNC after a while.
setting({"insync_seconds": 2})
made = change(("UPSERT", record("host", "A", "192.0.2.5")))
assert made["Status"] == "PENDING", made
assert r53.get_change(Id=made["Id"])["ChangeInfo"]["Status"] == "PENDING"
begin = time.time()
r53.get_waiter("resource_record_sets_changed").wait(Id=made["Id"], WaiterConfig={"Delay": 1})
assert 1 <= time.time() - begin < 10
setting({"insync_seconds": 0})
made = change(("UPSERT", record("host", "A", "192.0.2.6")))
assert (made["Status"], r53.get_change(Id=made["Id"])["ChangeInfo"]["Status"]) == ("PENDING", "INSYNC")
refused("NoSuchChange", lambda: r53.get_change(Id="C0000000000"))
