POLICY = document(allow("iam:ListUsers"))


def conflict(call, words):
    refused("DeleteConflict", call, words)


iam.create_user(UserName="held")
iam.create_group(GroupName="group")
made = iam.create_policy(PolicyName="policy", PolicyDocument=POLICY)["Policy"]["Arn"]
iam.create_role(RoleName="role", AssumeRolePolicyDocument=document(trust(user_arn("held"))))

delete_group = lambda: iam.delete_group(GroupName="group")
iam.add_user_to_group(GroupName="group", UserName="held")
conflict(delete_group, "users")
conflict(lambda: iam.delete_user(UserName="held"), "group")
iam.remove_user_from_group(GroupName="group", UserName="held")
iam.put_group_policy(GroupName="group", PolicyName="own", PolicyDocument=POLICY)
conflict(delete_group, "policies")
iam.delete_group_policy(GroupName="group", PolicyName="own")
iam.attach_group_policy(GroupName="group", PolicyArn=made)
conflict(delete_group, "detach")
conflict(lambda: iam.delete_policy(PolicyArn=made), "attached")
iam.detach_group_policy(GroupName="group", PolicyArn=made)
delete_group()

delete_role = lambda: iam.delete_role(RoleName="role")
iam.put_role_policy(RoleName="role", PolicyName="own", PolicyDocument=POLICY)
conflict(delete_role, "policies")
iam.delete_role_policy(RoleName="role", PolicyName="own")
iam.attach_role_policy(RoleName="role", PolicyArn=made)
conflict(delete_role, "detach")
conflict(lambda: iam.delete_policy(PolicyArn=made), "attached")
iam.detach_role_policy(RoleName="role", PolicyArn=made)
iam.create_instance_profile(InstanceProfileName="profile")
iam.add_role_to_instance_profile(InstanceProfileName="profile", RoleName="role")
conflict(delete_role, "instance profile")
conflict(lambda: iam.delete_instance_profile(InstanceProfileName="profile"), "instance profile")
iam.remove_role_from_instance_profile(InstanceProfileName="profile", RoleName="role")
iam.put_role_permissions_boundary(RoleName="role", PermissionsBoundary=made)
conflict(lambda: iam.delete_policy(PolicyArn=made), "attached")
# Whom a policy bounds is told as whom it is attached to is.
holders = lambda **usage: [role["RoleName"] for role in iam.list_entities_for_policy(PolicyArn=made, **usage)["PolicyRoles"]]
assert holders() == holders(PolicyUsageFilter="PermissionsBoundary") == ["role"]
assert holders(PolicyUsageFilter="PermissionsPolicy") == []
delete_role()

iam.create_policy_version(PolicyArn=made, PolicyDocument=POLICY, SetAsDefault=True)
conflict(lambda: iam.delete_policy(PolicyArn=made), "version")
conflict(lambda: iam.delete_policy_version(PolicyArn=made, VersionId="v2"), "default")
iam.delete_policy_version(PolicyArn=made, VersionId="v1")
iam.delete_policy(PolicyArn=made)

delete_user = lambda: iam.delete_user(UserName="held")
key = iam.create_access_key(UserName="held")["AccessKey"]["AccessKeyId"]
conflict(delete_user, "access keys")
iam.delete_access_key(UserName="held", AccessKeyId=key)
iam.create_login_profile(UserName="held", Password="a-long-Password-1")
conflict(delete_user, "login profile")
iam.delete_login_profile(UserName="held")
iam.put_user_policy(UserName="held", PolicyName="own", PolicyDocument=POLICY)
conflict(delete_user, "policies")
iam.delete_user_policy(UserName="held", PolicyName="own")
delete_user()
# Ten groups a user.
iam.create_user(UserName="joiner")
for n in range(11):
    iam.create_group(GroupName=f"g{n}")
for n in range(10):
    iam.add_user_to_group(GroupName=f"g{n}", UserName="joiner")
refused("LimitExceeded", lambda: iam.add_user_to_group(GroupName="g10", UserName="joiner"), "10")
