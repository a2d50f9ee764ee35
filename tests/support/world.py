def pages(of, operation, key, **asked):
    return [item for page in of.get_paginator(operation).paginate(**asked) for item in page[key]]


def tags(found):
    return {tag.get("Key") or tag["TagKey"]: tag.get("Value") or tag.get("TagValue") for tag in found}


def attached(kind, name):
    return sorted(policy["PolicyName"] for policy in pages(iam, f"list_attached_{kind}_policies", "AttachedPolicies", **{f"{kind.title()}Name": name}))


def inline(kind, name):
    return sorted(pages(iam, f"list_{kind}_policies", "PolicyNames", **{f"{kind.title()}Name": name}))


kms, cc = c("kms"), c("codecommit")
world = {"roles": {}, "groups": {}, "policies": {}, "keys": [], "repositories": {}, "records": []}
for role in pages(iam, "list_roles", "Roles"):
    name = role["RoleName"]
    role = iam.get_role(RoleName=name)["Role"]
    world["roles"][name] = {
        "trust": role["AssumeRolePolicyDocument"], "attached": attached("role", name), "inline": inline("role", name),
        "boundary": role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn"), "path": role["Path"],
        "description": role.get("Description"), "longest": role["MaxSessionDuration"], "tags": tags(role.get("Tags", [])),
    }
for group in pages(iam, "list_groups", "Groups"):
    name = group["GroupName"]
    world["groups"][name] = {
        "members": sorted(user["UserName"] for user in pages(iam, "get_group", "Users", GroupName=name)),
        "attached": attached("group", name), "inline": inline("group", name),
    }
for policy in pages(iam, "list_policies", "Policies", Scope="Local"):
    arn = policy["Arn"]
    document = iam.get_policy_version(PolicyArn=arn, VersionId=policy["DefaultVersionId"])["PolicyVersion"]["Document"]
    world["policies"][policy["PolicyName"]] = {
        "document": document, "tags": tags(iam.list_policy_tags(PolicyArn=arn)["Tags"]),
        "description": iam.get_policy(PolicyArn=arn)["Policy"].get("Description"),
    }
ids = {}
for key in pages(kms, "list_keys", "Keys"):
    about = kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]
    if about["KeyState"] == "PendingDeletion":
        continue
    ids[key["KeyId"]] = "KEY-" + str(len(ids) + 1)
    world["keys"].append({
        "state": about["KeyState"], "description": about["Description"], "spec": about["KeySpec"], "usage": about["KeyUsage"],
        "rotates": kms.get_key_rotation_status(KeyId=key["KeyId"])["KeyRotationEnabled"],
        "policy": json.loads(kms.get_key_policy(KeyId=key["KeyId"], PolicyName="default")["Policy"]),
        "aliases": sorted(alias["AliasName"] for alias in pages(kms, "list_aliases", "Aliases", KeyId=key["KeyId"])),
        "tags": tags(pages(kms, "list_resource_tags", "Tags", KeyId=key["KeyId"])),
    })
for repository in cc.list_repositories()["repositories"]:
    about = cc.get_repository(repositoryName=repository["repositoryName"])["repositoryMetadata"]
    world["repositories"][repository["repositoryName"]] = {
        "description": about.get("repositoryDescription"), "tags": cc.list_tags_for_resource(resourceArn=about["Arn"])["tags"],
    }
zone = r53.list_hosted_zones_by_name(DNSName="science.stsci.edu.")["HostedZones"][0]["Id"]
world["records"] = [one for one in pages(r53, "list_resource_record_sets", "ResourceRecordSets", HostedZoneId=zone) if one["Type"] not in ("NS", "SOA")]
text = json.dumps(world)
for own, word in ids.items():
    text = text.replace(own, word)
print(text)
