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
    tags = { "created-by" = "hubwright" }
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

data "aws_caller_identity" "current" {}

# Those who set up deployments. Its members may act as the role below, and nothing else through it.
resource "aws_iam_group" "architects" {
  name = "${var.iam_prefix}terraform-architects"
}

# What Terraform acts as while it sets up the cluster. Trusts the account, whose policies then decide who may.
resource "aws_iam_role" "architect" {
  name        = "${var.iam_prefix}terraform-architect"
  description = "Sets up the JupyterHub deployment"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::${data.aws_caller_identity.current.account_id}:root" }
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
        "elasticloadbalancing:Describe*", "iam:Get*", "iam:List*", "kms:Describe*", "kms:Get*", "kms:List*",
        "logs:Describe*", "logs:List*", "sts:GetCallerIdentity",
      ]
      Resource = "*"
    }]
  })
}

# Making, changing and removing what the cluster needs.
resource "aws_iam_policy" "write" {
  name        = "${var.iam_prefix}terraform-write-policy"
  description = "Make, change and remove what a deployment is made of"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect = "Allow"
      Action = [
        "autoscaling:*", "ec2:*", "ecr:*", "eks:*", "elasticfilesystem:*", "elasticloadbalancing:*",
        "iam:AddRoleToInstanceProfile", "iam:AttachGroupPolicy", "iam:AttachRolePolicy", "iam:CreateGroup",
        "iam:CreateInstanceProfile", "iam:CreateOpenIDConnectProvider", "iam:CreatePolicy", "iam:CreatePolicyVersion",
        "iam:CreateRole", "iam:CreateServiceLinkedRole", "iam:DeleteGroup", "iam:DeleteInstanceProfile",
        "iam:DeleteOpenIDConnectProvider", "iam:DeletePolicy", "iam:DeletePolicyVersion", "iam:DeleteRole",
        "iam:DeleteRolePolicy", "iam:DetachGroupPolicy", "iam:DetachRolePolicy", "iam:PassRole", "iam:PutRolePolicy",
        "iam:RemoveRoleFromInstanceProfile", "iam:TagOpenIDConnectProvider", "iam:TagPolicy", "iam:TagRole",
        "iam:UntagRole", "iam:UpdateAssumeRolePolicy",
        "kms:CreateAlias", "kms:CreateGrant", "kms:CreateKey", "kms:DeleteAlias", "kms:ScheduleKeyDeletion", "kms:TagResource",
        "logs:CreateLogGroup", "logs:DeleteLogGroup", "logs:PutRetentionPolicy", "logs:TagResource",
      ]
      Resource = "*"
    }]
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
