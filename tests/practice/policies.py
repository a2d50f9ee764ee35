# The resource of a policy is compared for every service that a deployment touches.
own = f"arn:aws:ecr:us-east-1:{ACCOUNT}:repository/a-*"
key = person("ecr", allow("ecr:*", own))
client("ecr", key).create_repository(repositoryName="a-image")
refused("AccessDeniedException", lambda: client("ecr", key).create_repository(repositoryName="b-image"))
refused("AccessDeniedException", lambda: client("ecr", key).describe_repositories())
key = person("logs", allow("logs:*"), deny("logs:*", f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/theirs*"))
client("logs", key).create_log_group(logGroupName="/own")
refused("AccessDeniedException", lambda: client("logs", key).create_log_group(logGroupName="/theirs"))
vpc, other = [client("ec2").create_vpc(CidrBlock=f"10.{n}.0.0/16")["Vpc"]["VpcId"] for n in (1, 2)]
key = person("ec2", allow("ec2:*"), deny("ec2:DeleteVpc", f"arn:aws:ec2:us-east-1:{ACCOUNT}:vpc/{vpc}"))
refused("UnauthorizedOperation", lambda: client("ec2", key).delete_vpc(VpcId=vpc))
client("ec2", key).delete_vpc(VpcId=other)
key = person("efs", allow("elasticfilesystem:*"))
made = client("efs", key).create_file_system(CreationToken="one")["FileSystemId"]
client("iam").put_user_policy(UserName="efs", PolicyName="two", PolicyDocument=document(deny("elasticfilesystem:Delete*", f"arn:aws:elasticfilesystem:us-east-1:{ACCOUNT}:file-system/{made}")))
refused("AccessDeniedException", lambda: client("efs", key).delete_file_system(FileSystemId=made))
key = person("cc", allow("codecommit:*", f"arn:aws:codecommit:us-east-1:{ACCOUNT}:mine"))
client("codecommit", key).create_repository(repositoryName="mine")
refused("AccessDeniedException", lambda: client("codecommit", key).batch_get_repositories(repositoryNames=["mine", "theirs"]))
key = person("dns", allow("route53:*", "arn:aws:route53:::hostedzone/Z1"))
zone = client("route53").list_hosted_zones()["HostedZones"][0]["Id"]
refused("AccessDenied", lambda: client("route53", key).list_resource_record_sets(HostedZoneId=zone))
# A service of which it is not known here what a call is about: a denial counts, whatever it names.
key = person("other", allow("sqs:*"), deny("sqs:CreateQueue", f"arn:aws:sqs:us-east-1:{ACCOUNT}:theirs"))
client("sqs", key).list_queues()
refused("AccessDeniedException", lambda: client("sqs", key).create_queue(QueueName="theirs"))
key = person("elsewhere", allow("sqs:*"), {"Effect": "Deny", "NotAction": "iam:Get*", "Resource": f"arn:aws:iam::{ACCOUNT}:role/*"})
client("sqs", key).create_queue(QueueName="ours")

# Making something with tags needs the right to tag it.
key = person("maker", allow(["iam:CreateRole", "iam:CreatePolicy"]))
tags = [{"Key": "deployment", "Value": "d"}]
T = document(trust(user_arn("maker")))
refused("AccessDenied", lambda: client("iam", key).create_role(RoleName="tagged", AssumeRolePolicyDocument=T, Tags=tags), "iam:TagRole")
refused("AccessDenied", lambda: client("iam", key).create_policy(PolicyName="tagged", PolicyDocument=document(allow("s3:*")), Tags=tags), "iam:TagPolicy")
client("iam", key).create_role(RoleName="plain", AssumeRolePolicyDocument=T)

# The path of a user is part of who it is.
iam.create_user(UserName="ann", Path="/staff/")
ann = iam.create_access_key(UserName="ann")["AccessKey"]
ann = (ann["AccessKeyId"], ann["SecretAccessKey"])
assert client("sts", ann).get_caller_identity()["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/staff/ann"
refused("MalformedPolicyDocument", lambda: iam.create_role(RoleName="wrong", AssumeRolePolicyDocument=document(trust(user_arn("ann")))), "Invalid principal")
iam.create_role(RoleName="right", Path="/team/", AssumeRolePolicyDocument=document(trust(user_arn("staff/ann"))))
client("sts", ann).assume_role(RoleArn=f"arn:aws:iam::{ACCOUNT}:role/team/right", RoleSessionName="test")
refused("AccessDenied", lambda: client("sts", ann).assume_role(RoleArn=f"arn:aws:iam::{ACCOUNT}:role/right", RoleSessionName="test"))
refused("NoSuchEntity", lambda: iam.simulate_principal_policy(PolicySourceArn=user_arn("ann"), ActionNames=["iam:GetUser"]))
refused("InvalidInput", lambda: iam.simulate_principal_policy(PolicySourceArn=f"arn:aws:sts::{ACCOUNT}:assumed-role/right/test", ActionNames=["iam:GetUser"]))
# Policies have sizes.
big = document(*[allow("s3:GetObject", f"arn:aws:s3:::{'x' * 60}/{n}") for n in range(35)])
assert 2048 < len("".join(big.split())) < 6144
refused("LimitExceeded", lambda: iam.put_user_policy(UserName="ann", PolicyName="big", PolicyDocument=big), "2048")
iam.create_policy(PolicyName="big", PolicyDocument=big)
refused("LimitExceeded", lambda: iam.create_policy(PolicyName="bigger", PolicyDocument=document(*(json.loads(big)["Statement"] * 2))), "6144")
