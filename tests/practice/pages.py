def paged(of, operation, key, **asked):
    """Every item by its paginator, and the sizes of the pages."""
    pages = list(of.get_paginator(operation).paginate(**asked))
    return [item for page in pages for item in page[key]], [len(page[key]) for page in pages]


T = document(trust(user_arn("administrator")))
for n in range(103):
    iam.create_group(GroupName=f"group-{n:03}")
    iam.create_role(RoleName=f"role-{n:03}", AssumeRolePolicyDocument=T)
    iam.create_policy(PolicyName=f"policy-{n:03}", PolicyDocument=document(allow("iam:ListUsers")))
for operation, key, asked in [
    ("list_groups", "Groups", {}), ("list_roles", "Roles", {}), ("list_policies", "Policies", {"Scope": "Local"}),
]:
    first = getattr(iam, operation)(**asked)
    assert len(first[key]) == 100 and first["IsTruncated"], f"{operation}: the first page has 100"
    found, sizes = paged(iam, operation, key, **asked)
    names = {item.get("GroupName") or item.get("RoleName") or item["PolicyName"] for item in found}
    assert (sizes, len(names)) == ([100, 3], 103), f"{operation}: {sizes}"
# A full last page ends the list, and MaxItems is kept to.
found, sizes = paged(iam, "list_policies", "Policies", Scope="Local", PaginationConfig={"PageSize": 103})
assert sizes == [103], sizes
some = iam.list_groups(MaxItems=2)
assert len(some["Groups"]) == 2 and some["IsTruncated"] and some["Marker"]
more = iam.list_groups(MaxItems=2, Marker=some["Marker"])
assert [group["GroupName"] for group in more["Groups"]] == ["group-002", "group-003"], more
refused("ValidationError", lambda: iam.list_groups(Marker="made-up"))
iam.create_user(UserName="member")
for n in range(3):
    iam.add_user_to_group(GroupName=f"group-{n:03}", UserName="member")
    iam.attach_role_policy(RoleName="role-000", PolicyArn=f"arn:aws:iam::{ACCOUNT}:policy/policy-{n:03}")
assert paged(iam, "list_groups_for_user", "Groups", UserName="member", PaginationConfig={"PageSize": 2})[1] == [2, 1]
assert paged(iam, "list_attached_role_policies", "AttachedPolicies", RoleName="role-000", PaginationConfig={"PageSize": 2})[1] == [2, 1]
assert paged(iam, "get_group", "Users", GroupName="group-000")[1] == [1]

kms = client("kms")
for n in range(102):
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    if n < 51:
        kms.create_alias(AliasName=f"alias/n{n}", TargetKeyId=key)
first = kms.list_keys()
assert len(first["Keys"]) == 100 and first["Truncated"]
assert paged(kms, "list_keys", "Keys")[1] == [100, 2]
aliases, sizes = paged(kms, "list_aliases", "Aliases")
assert sizes[0] == 50 and len({alias["AliasName"] for alias in aliases} & {f"alias/n{n}" for n in range(51)}) == 51
kms.tag_resource(KeyId=key, Tags=[{"TagKey": f"k{n}", "TagValue": "v"} for n in range(3)])
assert paged(kms, "list_resource_tags", "Tags", KeyId=key, PaginationConfig={"PageSize": 2})[1] == [2, 1]
refused("InvalidMarkerException", lambda: kms.list_keys(Marker="made-up"))

zone = r53.list_hosted_zones_by_name(DNSName="science.stsci.edu.")["HostedZones"][0]["Id"]
record = lambda n: {"Action": "CREATE", "ResourceRecordSet": {"Name": f"n{n:03}.science.stsci.edu", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.1"}]}}
r53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": [record(n) for n in range(310)]})
first = r53.list_resource_record_sets(HostedZoneId=zone)
assert len(first["ResourceRecordSets"]) == 300 and first["IsTruncated"]
assert len(r53.list_resource_record_sets(HostedZoneId=zone, MaxItems="1000")["ResourceRecordSets"]) == 300
found, sizes = paged(r53, "list_resource_record_sets", "ResourceRecordSets", HostedZoneId=zone)
assert len(found) == 312 and sizes == [300, 12], sizes
for n in range(101):
    r53.create_hosted_zone(Name=f"z{n:03}.example.org", CallerReference=str(n))
assert paged(r53, "list_hosted_zones", "HostedZones")[1][0] == 100
# By name: from the name on, and not only that name.
found = r53.list_hosted_zones_by_name(DNSName="z098.example.org.", MaxItems="2")
assert [zone["Name"] for zone in found["HostedZones"]] == ["z098.example.org.", "z099.example.org."], found
assert found["IsTruncated"] and found["NextDNSName"] == "z100.example.org."
