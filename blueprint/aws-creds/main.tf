# The groups, roles and policies that set up a deployment: the guide's module `aws-creds`, same variables, same names.
# A pinned AWS provider and nothing else.
terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "5.100.0"
    }
  }
}

provider "aws" {
  region = var.region
  default_tags {
    tags = { "created-by" = "hubwright", "deployment" = local.deployment }
  }
}

variable "region" {
  type        = string
  default     = "us-east-1"
  description = "AWS region"
}

variable "iam_prefix" {
  type        = string
  default     = ""
  description = "Put before every name; ends with a dash, such as `roman-sit-`"
}

variable "allowed_users" {
  type        = list(string)
  description = "ARNs of those who may act as the role"
}

data "aws_caller_identity" "current" {}

locals {
  deployment = trimsuffix(var.iam_prefix, "-")
  account    = data.aws_caller_identity.current.account_id
  iam        = "arn:aws:iam::${local.account}"
  ec2        = "arn:aws:ec2:${var.region}:${local.account}"
  eks        = "arn:aws:eks:${var.region}:${local.account}"
  boundary   = "${local.iam}:policy/${var.iam_prefix}terraform-boundary"
  # Every role that the architect makes, by its whole name: `roman-*` would be the roles of the deployment `roman-sit`, too.
  # No name of one deployment is a name of another (`steps/names.rs`).
  names    = ["cluster", "node", "autoscaler", "ebs", "efs", "hubploy-eks", "hubploy-ecr", "hubploy-deployer"]
  roles    = [for name in local.names : "${local.iam}:role/${var.iam_prefix}${name}"]
  policies = [for name in local.names : "${local.iam}:policy/${var.iam_prefix}${name}"]
  # Policies of AWS that a cluster, its machines and its add-ons need.
  managed = [for name in [
    "AmazonEKSClusterPolicy", "AmazonEKSVPCResourceController", "AmazonEKSWorkerNodePolicy", "AmazonEKS_CNI_Policy",
    "AmazonEC2ContainerRegistryReadOnly", "AmazonEC2ContainerRegistryPowerUser", "AmazonSSMManagedInstanceCore",
    "service-role/AmazonEBSCSIDriverPolicy", "service-role/AmazonEFSCSIDriverPolicy",
  ] : "arn:aws:iam::aws:policy/${name}"]
  # Whose a thing is. `ours` asks what is there already, `made` what a call is about to make.
  ours = { "aws:ResourceTag/deployment" = local.deployment }
  made = { "aws:RequestTag/deployment" = local.deployment }
  # The cluster and its controllers put this tag on what they make.
  of_cluster = { "aws:ResourceTag/kubernetes.io/cluster/${local.deployment}" = "owned" }
  # Things of EC2 that are there already have an id (`volume/vol-1`); those that a call is about to make have none (`volume/*`).
  existing   = ["arn:aws:ec2:*:${local.account}:*/*-*", "arn:aws:ec2:*::snapshot/*-*"]
  tagging    = concat(["ec2:CreateTags", "iam:Tag*"], [for of in ["ecr", "eks", "elasticfilesystem", "kms", "logs"] : "${of}:TagResource"])
  repository = "arn:aws:ecr:${var.region}:${local.account}:repository/${var.iam_prefix}user-image"
  logs       = "arn:aws:logs:${var.region}:${local.account}:log-group:/aws/eks/${local.deployment}/*"
  cluster = concat(
    ["${local.eks}:cluster/${local.deployment}"],
    [for kind in ["access-entry", "addon", "nodegroup", "podidentityassociation"] : "${local.eks}:${kind}/${local.deployment}/*"],
  )
}

# Those who set up deployments. Its members may act as the role below, and nothing else through it. A group carries no tags:
# that it is made after the role, which does, tells whose it is.
resource "aws_iam_group" "architects" {
  name       = "${var.iam_prefix}terraform-architects"
  depends_on = [aws_iam_role.architect]
}

# What Terraform acts as while it sets up the cluster. Trusts the people who are named, and nobody else of the account.
resource "aws_iam_role" "architect" {
  name        = "${var.iam_prefix}terraform-architect"
  description = "Sets up the JupyterHub deployment"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = var.allowed_users }
      Action    = "sts:AssumeRole"
    }]
  })
}

# Looking, roles and policies, and what stays refused whatever the next policy allows: that one has no room for them (IAM takes
# 6,144 characters). What others have is not shown where a right can leave it out: images, logs, and user data of machines, which
# launch configurations and requests for spot machines carry, as VPN connections do keys. So no service's questions are all
# allowed where one of them shows such a thing. `ec2:DescribeLaunchTemplateVersions` does, and Terraform needs it.
resource "aws_iam_policy" "read" {
  name        = "${var.iam_prefix}terraform-policy"
  description = "Read what a deployment is made of"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect = "Allow"
        Action = [
          "autoscaling:DescribeA*", "autoscaling:DescribeS*", "ec2:DescribeA*", "ec2:DescribeDhcp*", "ec2:DescribeImages",
          "ec2:DescribeInst*", "ec2:DescribeInternet*", "ec2:DescribeK*", "ec2:DescribeLaunchT*", "ec2:DescribeN*",
          "ec2:DescribePrefix*", "ec2:DescribeRoute*", "ec2:DescribeSe*", "ec2:DescribeSu*", "ec2:DescribeTags",
          "ec2:DescribeVol*", "ec2:DescribeVpc*", "ecr:DescribeRepositories", "ecr:GetAuthorizationToken",
          "ecr:ListTagsForResource", "eks:Describe*", "eks:List*", "elasticfilesystem:Describe*",
          "elasticfilesystem:List*", "elasticloadbalancing:Describe*", "iam:GetGroup", "iam:GetInstanceProfile",
          "iam:GetOpenIDConnectProvider", "iam:GetPolicy*", "iam:GetRole*", "iam:List*", "kms:Describe*",
          "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:List*", "logs:DescribeLogGroups",
          "logs:ListTagsForResource", "sts:GetCallerIdentity",
        ]
        Resource = "*"
      },
      # What is there and is not this deployment's. Tags that a call gives to what it makes are another matter (ec2:CreateAction).
      {
        Effect    = "Deny"
        Action    = "ec2:*"
        Resource  = local.existing
        Condition = { StringNotEquals = local.ours, Null = { "ec2:CreateAction" = "true" } }
      },
      # The tag that says whose a thing is gets no other value, and there are no other keys than those that the blueprint and
      # Kubernetes use.
      {
        Effect    = "Deny"
        Action    = local.tagging
        Resource  = "*"
        Condition = { StringNotEquals = local.made, Null = { "aws:RequestTag/deployment" = "false" } }
      },
      {
        Effect   = "Deny"
        Action   = local.tagging
        Resource = "*"
        Condition = { "ForAnyValue:StringNotLike" = { "aws:TagKeys" = [
          "Name", "created-by", "deployment", "hub.jupyter.org/*", "k8s.io/*", "kubernetes.io/*",
        ] } }
      },
      # Roles with the boundary, and no others. IAM knows no boundary where a role is passed or labelled, below: the page that
      # makes this role goes no further while there is a role of these names without it.
      {
        Effect = "Allow"
        Action = [
          "iam:AttachRolePolicy", "iam:CreateRole", "iam:DeleteRole", "iam:DeleteRolePolicy", "iam:DetachRolePolicy",
          "iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy", "iam:UpdateRole",
        ]
        Resource  = local.roles
        Condition = { StringEquals = { "iam:PermissionsBoundary" = local.boundary } }
      },
      # Groups have people in them, whom no boundary holds: this role makes an empty group and gives it nothing. What a group
      # may do is written and given by a person, the policy `hubploy-deployers` too: who may write a policy decides for all who
      # have it. IAM cannot ask who has one; the page that makes this role warns where it is not a role with the boundary.
      {
        Effect = "Allow"
        Action = [
          "iam:AddRoleToInstanceProfile", "iam:CreateGroup", "iam:CreateInstanceProfile", "iam:CreatePolicy",
          "iam:CreatePolicyVersion", "iam:DeleteGroup", "iam:DeleteInstanceProfile", "iam:DeletePolicy",
          "iam:DeletePolicyVersion", "iam:PassRole", "iam:RemoveRoleFromInstanceProfile", "iam:TagInstanceProfile",
          "iam:TagPolicy", "iam:TagRole",
        ]
        Resource = concat(local.roles, local.policies, [
          "${local.iam}:group/${var.iam_prefix}hubploy-deployers",
          "${local.iam}:instance-profile/${var.iam_prefix}hubploy-deployer",
        ])
      },
      # Roles get the policies of this deployment and those of AWS that a cluster needs, and go to its services only.
      {
        Effect    = "Deny"
        Action    = "iam:AttachRolePolicy"
        Resource  = "*"
        Condition = { ArnNotLike = { "iam:PolicyARN" = concat(local.policies, local.managed) } }
      },
      {
        Effect   = "Deny"
        Action   = "iam:PassRole"
        Resource = "*"
        Condition = { StringNotEquals = { "iam:PassedToService" = [
          "eks.amazonaws.com", "ec2.amazonaws.com", "eks-nodegroup.amazonaws.com", "autoscaling.amazonaws.com",
        ] } }
      },
    ]
  })
}

# The most that a role made by the role above can ever do, whatever policies it is given: what machines and add-ons of this
# cluster need, on what is this deployment's, and nothing of IAM.
resource "aws_iam_policy" "boundary" {
  name        = "${var.iam_prefix}terraform-boundary"
  description = "The most that roles of this deployment may do"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      # Each question by its name. Not ec2:DescribeLaunchTemplateVersions, autoscaling:DescribeLaunchConfigurations and those for
      # spot machines, which show the user data of everybody's machines, nor ec2:DescribeVpnConnections, which shows keys.
      {
        Effect = "Allow"
        Action = [
          "autoscaling:DescribeAutoScalingGroups", "autoscaling:DescribeAutoScalingInstances",
          "autoscaling:DescribeScalingActivities", "autoscaling:DescribeTags", "ec2:DescribeAccountAttributes",
          "ec2:DescribeAddresses", "ec2:DescribeAvailabilityZones", "ec2:DescribeDhcpOptions", "ec2:DescribeImages",
          "ec2:DescribeInstanceStatus", "ec2:DescribeInstanceTopology", "ec2:DescribeInstanceTypes",
          "ec2:DescribeInstances", "ec2:DescribeInternetGateways", "ec2:DescribeNetworkInterfaces", "ec2:DescribeRegions",
          "ec2:DescribeRouteTables", "ec2:DescribeSecurityGroups", "ec2:DescribeSnapshots", "ec2:DescribeSubnets",
          "ec2:DescribeTags", "ec2:DescribeVolumeStatus", "ec2:DescribeVolumes", "ec2:DescribeVolumesModifications",
          "ec2:DescribeVpcs", "ecr:GetAuthorizationToken", "elasticfilesystem:Describe*",
          "elasticloadbalancing:Describe*", "sts:GetCallerIdentity", "ssm:UpdateInstanceInformation", "ssmmessages:*",
          "ec2messages:*",
        ]
        Resource  = "*"
        Condition = { StringEquals = { "aws:RequestedRegion" = var.region } }
      },
      # Network interfaces, disks, snapshots and security groups. No right over a machine itself.
      {
        Effect = "Allow"
        Action = [
          "ec2:AssignPrivateIpAddresses", "ec2:AttachNetworkInterface", "ec2:AttachVolume",
          "ec2:AuthorizeSecurityGroup*", "ec2:CreateNetworkInterface", "ec2:CreateRoute", "ec2:CreateSecurityGroup",
          "ec2:CreateSnapshot", "ec2:CreateTags", "ec2:CreateVolume", "ec2:DeleteNetworkInterface", "ec2:DeleteRoute",
          "ec2:DeleteSecurityGroup", "ec2:DeleteSnapshot", "ec2:DeleteTags", "ec2:DeleteVolume",
          "ec2:DetachNetworkInterface", "ec2:DetachVolume", "ec2:ModifyNetworkInterfaceAttribute", "ec2:ModifyVolume",
          "ec2:RevokeSecurityGroup*", "ec2:UnassignPrivateIpAddresses",
        ]
        Resource = ["${local.ec2}:*", "arn:aws:ec2:${var.region}::snapshot/*"]
      },
      # What others have stays as it is: no change, no attaching, no tag that would make it look like ours. Tags that a call
      # gives to what it makes are another matter (ec2:CreateAction). Key pairs and placement groups go by a name of any form.
      {
        Effect   = "Deny"
        Action   = "ec2:*"
        Resource = concat(local.existing, [for kind in ["key-pair", "placement-group"] : "arn:aws:ec2:*:${local.account}:${kind}/*"])
        Condition = {
          StringNotEquals = merge(local.ours, local.of_cluster, {
            "aws:ResourceTag/aws:eks:cluster-name"           = local.deployment
            "aws:ResourceTag/cluster.k8s.amazonaws.com/name" = local.deployment
          })
          Null = { "ec2:CreateAction" = "true" }
        }
      },
      {
        Effect   = "Allow"
        Action   = ["eks:Describe*", "eks:List*", "eks:AccessKubernetesApi", "eks-auth:AssumeRoleForPodIdentity"]
        Resource = local.cluster
      },
      {
        Effect   = "Allow"
        Action   = "ecr:*"
        Resource = local.repository
      },
      # AWS's own images of add-ons are in accounts of AWS.
      {
        Effect      = "Allow"
        Action      = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
        NotResource = "arn:aws:ecr:*:${local.account}:*"
      },
      # Load balancers of the cluster, and the size of its groups of machines. Which network a balancer goes into, IAM can only
      # ask by the ids of subnets, which nobody knows before they are made. So no role but the cluster's makes any.
      {
        Effect    = "Deny"
        Action    = "elasticloadbalancing:*"
        Resource  = "*"
        Condition = { ArnNotEquals = { "aws:PrincipalArn" = "${local.iam}:role/${var.iam_prefix}cluster" } }
      },
      {
        Effect    = "Allow"
        Action    = ["elasticloadbalancing:CreateLoadBalancer", "elasticloadbalancing:CreateTargetGroup"]
        Resource  = "*"
        Condition = { StringEquals = { "aws:RequestTag/kubernetes.io/cluster/${local.deployment}" = "owned" } }
      },
      {
        Effect    = "Allow"
        Action    = "elasticloadbalancing:AddTags"
        Resource  = "*"
        Condition = { StringLike = { "elasticloadbalancing:CreateAction" = "Create*" } }
      },
      {
        Effect = "Allow"
        Action = [
          "elasticloadbalancing:*", "autoscaling:SetDesiredCapacity", "autoscaling:TerminateInstanceInAutoScalingGroup",
        ]
        Resource  = "*"
        Condition = { StringEquals = local.of_cluster }
      },
      {
        Effect = "Allow"
        Action = [
          "elasticfilesystem:Client*", "elasticfilesystem:CreateAccessPoint", "elasticfilesystem:DeleteAccessPoint",
          "elasticfilesystem:TagResource",
        ]
        Resource  = "*"
        Condition = { StringEquals = local.ours }
      },
      {
        Effect    = "Allow"
        Action    = "elasticfilesystem:TagResource"
        Resource  = "*"
        Condition = { StringEquals = merge(local.made, { "elasticfilesystem:CreateAction" = "CreateAccessPoint" }) }
      },
      {
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
        Resource = local.logs
      },
      # Keys of this deployment only: an alias can be put on a key by those whom the key's own policy names.
      {
        Effect    = "Allow"
        Action    = ["kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"]
        Resource  = "*"
        Condition = { "ForAnyValue:StringEquals" = { "kms:ResourceAliases" = "alias/${var.iam_prefix}cluster" } }
      },
      {
        Effect   = "Allow"
        Action   = "sts:AssumeRole"
        Resource = local.roles
      },
    ]
  })
}

# Making, changing and removing what the cluster needs. What others have is out of reach in each statement: it names things
# whole, or asks for the tag `deployment`, which can be given only to what is being made or is this deployment's already.
resource "aws_iam_policy" "write" {
  name        = "${var.iam_prefix}terraform-write-policy"
  description = "Make, change and remove what a deployment is made of"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      # The network and the home folders: made with the tag, then changed by it.
      {
        Effect    = "Allow"
        Action    = "ec2:CreateVpc"
        Resource  = "${local.ec2}:vpc/*"
        Condition = { StringEquals = local.made }
      },
      {
        Effect = "Allow"
        Action = [
          "ec2:CreateInternetGateway", "ec2:CreateLaunchTemplate", "ec2:CreateRouteTable", "ec2:CreateSecurityGroup",
          "ec2:CreateSubnet",
        ]
        Resource = [for kind in ["internet-gateway", "launch-template", "route-table", "security-group", "subnet"] :
        "${local.ec2}:${kind}/*"]
        Condition = { StringEquals = local.made }
      },
      {
        Effect = "Allow"
        Action = [
          "ec2:AssociateRouteTable", "ec2:AttachInternetGateway", "ec2:AuthorizeSecurityGroup*",
          "ec2:CreateLaunchTemplateVersion", "ec2:CreateRoute", "ec2:CreateRouteTable", "ec2:CreateSecurityGroup",
          "ec2:CreateSubnet", "ec2:CreateTags", "ec2:DeleteInternetGateway", "ec2:DeleteLaunchTemplate*",
          "ec2:DeleteRoute*", "ec2:DeleteSecurityGroup", "ec2:DeleteSubnet", "ec2:DeleteTags", "ec2:DeleteVpc",
          "ec2:DetachInternetGateway", "ec2:DisassociateRouteTable", "ec2:ModifyLaunchTemplate",
          "ec2:ModifySecurityGroupRules", "ec2:ModifySubnetAttribute", "ec2:ModifyVpcAttribute", "ec2:ReplaceRoute*",
          "ec2:RevokeSecurityGroup*", "ec2:RunInstances", "elasticfilesystem:TagResource", "elasticfilesystem:UntagResource",
          "elasticfilesystem:CreateMountTarget", "elasticfilesystem:Delete*",
          "elasticfilesystem:ModifyMountTargetSecurityGroups", "elasticfilesystem:Put*",
          "elasticfilesystem:UpdateFileSystem*",
        ]
        Resource  = ["${local.ec2}:*", "arn:aws:elasticfilesystem:${var.region}:${local.account}:*"]
        Condition = { StringEquals = local.ours }
      },
      # EKS tries the launch template of its machines with the caller's rights. Images of AWS only: others hold others' data.
      {
        Effect   = "Allow"
        Action   = ["ec2:AuthorizeSecurityGroup*", "ec2:RunInstances"]
        Resource = [for kind in ["instance", "network-interface", "security-group-rule", "volume"] : "${local.ec2}:${kind}/*"]
      },
      {
        Effect    = "Allow"
        Action    = "ec2:RunInstances"
        Resource  = "arn:aws:ec2:${var.region}::image/*"
        Condition = { StringEquals = { "ec2:Owner" = "amazon" } }
      },
      {
        Effect   = "Allow"
        Action   = "ec2:CreateTags"
        Resource = "${local.ec2}:*"
        Condition = {
          StringLike   = { "ec2:CreateAction" = ["Authorize*", "Create*", "RunInstances"] }
          StringEquals = local.made
        }
      },
      {
        Effect    = "Allow"
        Action    = ["eks:CreateCluster", "elasticfilesystem:CreateFileSystem", "kms:CreateKey"]
        Resource  = "*"
        Condition = { StringEquals = merge(local.made, { "aws:RequestedRegion" = var.region }) }
      },
      {
        Effect   = "Allow"
        Action   = "eks:*"
        Resource = local.cluster
      },
      {
        Effect    = "Allow"
        Action    = "elasticfilesystem:TagResource"
        Resource  = "*"
        Condition = { StringEquals = { "elasticfilesystem:CreateAction" = "CreateFileSystem" } }
      },
      {
        Effect   = "Allow"
        Action   = ["ecr:*", "logs:CreateLogGroup", "logs:DeleteLogGroup", "logs:PutRetentionPolicy", "logs:TagResource", "logs:UntagResource"]
        Resource = [local.repository, local.logs]
      },
      # It is named by the cluster's id, which nobody knows before. So it is only made here, and removed by a person: a right to
      # remove it by its tag would, with the right to tag it, reach those of other clusters.
      {
        Effect    = "Allow"
        Action    = ["iam:CreateOpenIDConnectProvider", "iam:TagOpenIDConnectProvider"]
        Resource  = "${local.iam}:oidc-provider/oidc.eks.${var.region}.amazonaws.com/*"
        Condition = { StringEquals = local.made, StringEqualsIfExists = local.ours }
      },
      {
        Effect   = "Allow"
        Action   = "iam:CreateServiceLinkedRole"
        Resource = "${local.iam}:role/aws-service-role/*"
        Condition = { StringEquals = { "iam:AWSServiceName" = [
          "eks.amazonaws.com", "eks-nodegroup.amazonaws.com", "autoscaling.amazonaws.com", "elasticloadbalancing.amazonaws.com",
        ] } }
      },
      # A key's own policy says who may change and remove it, and its alias whose it is: no tag gives a right on a key. Tags are
      # given to keys without a name and an owner, as new ones are.
      {
        Effect   = "Allow"
        Action   = "kms:TagResource"
        Resource = "*"
        Condition = {
          StringEquals         = local.made
          StringEqualsIfExists = local.ours
          Null                 = { "kms:ResourceAliases" = "true" }
        }
      },
      {
        Effect   = "Allow"
        Action   = ["kms:CreateAlias", "kms:DeleteAlias", "kms:UpdateAlias"]
        Resource = "arn:aws:kms:${var.region}:${local.account}:alias/${var.iam_prefix}cluster"
      },
      {
        Effect   = "Allow"
        Action   = "kms:CreateGrant"
        Resource = "*"
        Condition = {
          Bool                       = { "kms:GrantIsForAWSResource" = "true" }
          "ForAnyValue:StringEquals" = { "kms:ResourceAliases" = "alias/${var.iam_prefix}cluster" }
        }
      },
    ]
  })
}

resource "aws_iam_role_policy_attachment" "read" {
  role       = aws_iam_role.architect.name
  policy_arn = aws_iam_policy.read.arn
}

resource "aws_iam_role_policy_attachment" "write" {
  role       = aws_iam_role.architect.name
  policy_arn = aws_iam_policy.write.arn
}

resource "aws_iam_policy" "assume" {
  name        = "${var.iam_prefix}terraform-assume-deployment-role"
  description = "Act as the role that sets up the deployment"
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Resource = aws_iam_role.architect.arn }]
  })
}

resource "aws_iam_group_policy_attachment" "assume" {
  group      = aws_iam_group.architects.name
  policy_arn = aws_iam_policy.assume.arn
}

output "architect_role_arn" {
  value = aws_iam_role.architect.arn
}
