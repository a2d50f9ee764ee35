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
  boundary   = "${local.iam}:policy/${var.iam_prefix}terraform-boundary"
  # What this role must not change, or it could change what it may do: itself, the roles of the secrets, their policies and
  # boundaries, and the group whose members act as it.
  own = [
    "${local.iam}:role/${var.iam_prefix}terraform-*", "${local.iam}:role/${var.iam_prefix}secrets-*",
    "${local.iam}:policy/${var.iam_prefix}terraform-*", "${local.iam}:policy/${var.iam_prefix}secrets-*",
    "${local.iam}:group/${var.iam_prefix}terraform-*",
  ]
  # Policies of AWS that a cluster, its machines and its add-ons need.
  managed = [for name in [
    "AmazonEKSClusterPolicy", "AmazonEKSVPCResourceController", "AmazonEKSWorkerNodePolicy", "AmazonEKS_CNI_Policy",
    "AmazonEC2ContainerRegistryReadOnly", "AmazonEC2ContainerRegistryPowerUser", "AmazonSSMManagedInstanceCore",
    "service-role/AmazonEBSCSIDriverPolicy", "service-role/AmazonEFSCSIDriverPolicy",
  ] : "arn:aws:iam::aws:policy/${name}"]
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

# Looking.
resource "aws_iam_policy" "read" {
  name        = "${var.iam_prefix}terraform-policy"
  description = "Read what a deployment is made of"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect = "Allow"
      Action = [
        "autoscaling:Describe*", "ec2:Describe*", "ec2:Get*", "ecr:Describe*", "ecr:Get*", "ecr:List*",
        "eks:Describe*", "eks:List*", "elasticfilesystem:Describe*", "elasticfilesystem:List*",
        "elasticloadbalancing:Describe*", "iam:Get*", "iam:List*", "kms:Describe*", "kms:GetKeyPolicy",
        "kms:GetKeyRotationStatus", "kms:List*", "logs:Describe*", "logs:List*", "sts:GetCallerIdentity",
      ]
      Resource = "*"
    }]
  })
}

# The most that a role made by the role above can ever do, whatever policies it is given: what machines and add-ons of a
# cluster need, and nothing of IAM.
resource "aws_iam_policy" "boundary" {
  name        = "${var.iam_prefix}terraform-boundary"
  description = "The most that roles of this deployment may do"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect = "Allow"
        Action = [
          "autoscaling:*", "ec2:*", "ecr:*", "eks:*", "elasticfilesystem:*", "elasticloadbalancing:*", "logs:*",
          "sts:GetCallerIdentity", "sts:TagSession", "ssm:UpdateInstanceInformation", "ssmmessages:*", "ec2messages:*",
        ]
        Resource  = "*"
        Condition = { StringEquals = { "aws:RequestedRegion" = var.region } }
      },
      # Keys of this deployment only: an alias can be put on a key by those whom the key's own policy names.
      {
        Effect    = "Allow"
        Action    = ["kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"]
        Resource  = "*"
        Condition = { "ForAnyValue:StringLike" = { "kms:ResourceAliases" = "alias/${var.iam_prefix}cluster*" } }
      },
      {
        Effect   = "Allow"
        Action   = "sts:AssumeRole"
        Resource = "${local.iam}:role/${var.iam_prefix}*"
      },
      {
        Effect   = "Deny"
        Action   = "sts:AssumeRole"
        Resource = local.own
      },
    ]
  })
}

# Making, changing and removing what the cluster needs.
resource "aws_iam_policy" "write" {
  name        = "${var.iam_prefix}terraform-write-policy"
  description = "Make, change and remove what a deployment is made of"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect    = "Allow"
        Action    = ["autoscaling:*", "ec2:*", "eks:*", "elasticfilesystem:*", "elasticloadbalancing:*"]
        Resource  = "*"
        Condition = { StringEquals = { "aws:RequestedRegion" = var.region } }
      },
      # Machines, disks, clusters and file systems of others stay.
      {
        Effect = "Deny"
        Action = [
          "ec2:DeleteVolume", "ec2:DetachVolume", "ec2:ModifyInstanceAttribute", "ec2:RebootInstances", "ec2:StopInstances",
          "ec2:TerminateInstances", "eks:AssociateAccessPolicy", "eks:CreateAccessEntry", "eks:DeleteCluster",
          "eks:DeleteNodegroup", "eks:UpdateClusterConfig", "elasticfilesystem:DeleteFileSystem",
        ]
        Resource  = "*"
        Condition = { StringNotEquals = { "aws:ResourceTag/deployment" = local.deployment } }
      },
      {
        Effect   = "Allow"
        Action   = "ecr:*"
        Resource = "arn:aws:ecr:${var.region}:${local.account}:repository/${var.iam_prefix}*"
      },
      {
        Effect   = "Allow"
        Action   = ["ecr:GetAuthorizationToken", "kms:ListAliases", "logs:DescribeLogGroups"]
        Resource = "*"
      },
      {
        Effect   = "Allow"
        Action   = ["logs:CreateLogGroup", "logs:DeleteLogGroup", "logs:PutRetentionPolicy", "logs:TagResource", "logs:UntagResource"]
        Resource = "arn:aws:logs:${var.region}:${local.account}:log-group:/aws/eks/${local.deployment}/*"
      },
      # Roles with the boundary, and no others.
      {
        Effect    = "Allow"
        Action    = ["iam:CreateRole", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy", "iam:DeleteRolePolicy"]
        Resource  = "${local.iam}:role/${var.iam_prefix}*"
        Condition = { StringEquals = { "iam:PermissionsBoundary" = local.boundary } }
      },
      {
        Effect   = "Allow"
        Action   = ["iam:AttachRolePolicy", "iam:DetachRolePolicy"]
        Resource = "${local.iam}:role/${var.iam_prefix}*"
        Condition = {
          StringEquals = { "iam:PermissionsBoundary" = local.boundary }
          ArnLike      = { "iam:PolicyARN" = concat(["${local.iam}:policy/${var.iam_prefix}*"], local.managed) }
        }
      },
      {
        Effect = "Allow"
        Action = [
          "iam:DeleteRole", "iam:TagRole", "iam:UntagRole", "iam:UpdateAssumeRolePolicy", "iam:UpdateRole",
          "iam:UpdateRoleDescription",
        ]
        Resource = "${local.iam}:role/${var.iam_prefix}*"
      },
      {
        Effect = "Allow"
        Action = [
          "iam:CreatePolicy", "iam:CreatePolicyVersion", "iam:DeletePolicy", "iam:DeletePolicyVersion", "iam:TagPolicy",
          "iam:UntagPolicy",
        ]
        Resource = "${local.iam}:policy/${var.iam_prefix}*"
      },
      {
        Effect = "Allow"
        Action = [
          "iam:AddRoleToInstanceProfile", "iam:CreateInstanceProfile", "iam:DeleteInstanceProfile",
          "iam:RemoveRoleFromInstanceProfile", "iam:TagInstanceProfile", "iam:UntagInstanceProfile",
        ]
        Resource = "${local.iam}:instance-profile/${var.iam_prefix}*"
      },
      {
        Effect = "Allow"
        Action = [
          "iam:CreateOpenIDConnectProvider", "iam:DeleteOpenIDConnectProvider", "iam:TagOpenIDConnectProvider",
          "iam:UntagOpenIDConnectProvider",
        ]
        Resource = "${local.iam}:oidc-provider/oidc.eks.${var.region}.amazonaws.com/*"
      },
      # Groups have people in them, whom no boundary holds: this role makes empty groups and gives them nothing. What a group
      # may do is given by a person.
      {
        Effect   = "Allow"
        Action   = ["iam:CreateGroup", "iam:DeleteGroup"]
        Resource = "${local.iam}:group/${var.iam_prefix}*"
      },
      {
        Effect   = "Allow"
        Action   = "iam:PassRole"
        Resource = "${local.iam}:role/${var.iam_prefix}*"
        Condition = { StringEquals = { "iam:PassedToService" = [
          "eks.amazonaws.com", "ec2.amazonaws.com", "eks-nodegroup.amazonaws.com", "autoscaling.amazonaws.com",
        ] } }
      },
      {
        Effect   = "Allow"
        Action   = "iam:CreateServiceLinkedRole"
        Resource = "${local.iam}:role/aws-service-role/*"
        Condition = { StringEquals = { "iam:AWSServiceName" = [
          "eks.amazonaws.com", "eks-nodegroup.amazonaws.com", "autoscaling.amazonaws.com", "elasticloadbalancing.amazonaws.com",
        ] } }
      },
      {
        Effect    = "Deny"
        NotAction = ["iam:Get*", "iam:List*"]
        Resource  = local.own
      },
      {
        Effect   = "Deny"
        Action   = "iam:DeleteRolePermissionsBoundary"
        Resource = "*"
      },
      # A key's own policy says who may change and remove it, so that no tag gives a right on a key of others.
      {
        Effect    = "Allow"
        Action    = ["kms:CreateKey", "kms:TagResource"]
        Resource  = "*"
        Condition = { StringEquals = { "aws:RequestTag/deployment" = local.deployment } }
      },
      {
        Effect   = "Allow"
        Action   = ["kms:CreateAlias", "kms:DeleteAlias", "kms:UpdateAlias"]
        Resource = "arn:aws:kms:${var.region}:${local.account}:alias/${var.iam_prefix}cluster*"
      },
      {
        Effect   = "Allow"
        Action   = "kms:CreateGrant"
        Resource = "*"
        Condition = {
          Bool         = { "kms:GrantIsForAWSResource" = "true" }
          StringEquals = { "aws:ResourceTag/deployment" = local.deployment }
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
