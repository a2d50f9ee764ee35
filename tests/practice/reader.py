# Whoever practises, before anything was set up: `reader` is its key.
me = user_arn("an-iam-user")
mine, sts = client("iam", reader), client("sts", reader)
R = f"arn:aws:iam::{ACCOUNT}"
# What is somebody else's, or nobody's to give.
for call in (
    lambda: mine.create_user(UserName="another"),
    lambda: mine.create_access_key(UserName="administrator"),
    lambda: mine.put_user_policy(UserName="an-iam-user", PolicyName="all", PolicyDocument=document(allow("*"))),
    lambda: mine.attach_user_policy(UserName="an-iam-user", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess"),
    lambda: mine.create_group(GroupName="admins"),
    lambda: mine.create_role(RoleName="admin", AssumeRolePolicyDocument=document(trust(me))),
    lambda: mine.create_policy(PolicyName="admin", PolicyDocument=document(allow("*"))),
    lambda: client("route53", reader).create_hosted_zone(Name="example.org", CallerReference="x"),
):
    refused("AccessDenied", call)
for service, call in (
    ("kms", lambda c: c.list_keys()), ("kms", lambda c: c.create_key()), ("codecommit", lambda c: c.list_repositories()),
    ("codecommit", lambda c: c.create_repository(repositoryName="d-secrets")), ("ecr", lambda c: c.create_repository(repositoryName="d-user-image")),
    ("eks", lambda c: c.create_cluster(name="d", roleArn=f"{R}:role/d", resourcesVpcConfig={})),
):
    refused("AccessDeniedException", lambda: call(client(service, reader)))
refused("AccessDenied", lambda: sts.assume_role(RoleArn=f"{R}:role/not-there", RoleSessionName="test"))

# What the guide has its reader do: the group and the role, then joining the group, which is what makes the difference.
mine.create_group(GroupName="d-terraform-architects")
mine.create_role(RoleName="d-terraform-architect", AssumeRolePolicyDocument=document(trust(f"{R}:root")))
made = mine.create_policy(PolicyName="d-terraform-assume-deployment-role", PolicyDocument=document(allow("sts:AssumeRole", f"{R}:role/d-terraform-architect")))["Policy"]["Arn"]
mine.attach_group_policy(GroupName="d-terraform-architects", PolicyArn=made)
refused("AccessDenied", lambda: acting(sts, "d-terraform-architect"))
mine.add_user_to_group(GroupName="d-terraform-architects", UserName="an-iam-user")
acting(sts, "d-terraform-architect")
mine.remove_user_from_group(GroupName="d-terraform-architects", UserName="an-iam-user")
refused("AccessDenied", lambda: acting(sts, "d-terraform-architect"))

# A secret is opened by the role that reads, and not by the reader.
mine.create_role(RoleName="d-secrets-decrypt", AssumeRolePolicyDocument=document(trust(me)))
key = client("kms").create_key()["KeyMetadata"]["Arn"]
blob = client("kms").encrypt(KeyId=key, Plaintext=b"secret")["CiphertextBlob"]
made = mine.create_policy(PolicyName="d-secrets-decrypt", PolicyDocument=document(allow("kms:Decrypt", key)))["Policy"]["Arn"]
mine.attach_role_policy(RoleName="d-secrets-decrypt", PolicyArn=made)
refused("AccessDeniedException", lambda: client("kms", reader).decrypt(CiphertextBlob=blob))
assert client("kms", **acting(sts, "d-secrets-decrypt")).decrypt(CiphertextBlob=blob)["Plaintext"] == b"secret"
# Its own keys, addresses, and a look at the rest.
new = mine.create_access_key(UserName="an-iam-user")["AccessKey"]["AccessKeyId"]
mine.delete_access_key(UserName="an-iam-user", AccessKeyId=new)
zone = client("route53", reader).list_hosted_zones()["HostedZones"][0]["Id"]
client("route53", reader).change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": [{"Action": "CREATE", "ResourceRecordSet": {"Name": "d.science.stsci.edu", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.1"}]}}]})
client("eks", reader).list_clusters()
client("ec2", reader).describe_security_groups()
