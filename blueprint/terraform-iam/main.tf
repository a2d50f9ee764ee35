# The role that sets up the secrets store: the guide's module `terraform-iam`, same variables, same names.
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

variable "repo_name" {
  type        = string
  description = "CodeCommit repository of the secrets, such as `roman-sit-secrets`"
}

variable "allowed_users" {
  type        = list(string)
  description = "ARNs of those who may act as the role"
}

data "aws_caller_identity" "current" {}

locals {
  account = data.aws_caller_identity.current.account_id
}

resource "aws_iam_role" "setup" {
  name        = "${var.repo_name}-setup"
  description = "Sets up the secrets store of a JupyterHub deployment"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = var.allowed_users }
      Action    = "sts:AssumeRole"
    }]
  })
}

# Just enough to run the module kms-codecommit, on the names that module makes.
resource "aws_iam_policy" "setup" {
  name        = "${var.repo_name}-setup"
  description = "Make the repository, the key and the two roles of the secrets store"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect = "Allow"
        Action = [
          "codecommit:CreateRepository", "codecommit:DeleteRepository", "codecommit:GetRepository",
          "codecommit:ListTagsForResource", "codecommit:TagResource", "codecommit:UntagResource",
          "codecommit:UpdateRepositoryDescription",
        ]
        Resource = "arn:aws:codecommit:${var.region}:${local.account}:${var.repo_name}"
      },
      {
        Effect   = "Allow"
        Action   = ["codecommit:ListRepositories", "kms:CreateKey", "kms:ListAliases", "kms:ListKeys", "sts:GetCallerIdentity"]
        Resource = "*"
      },
      {
        Effect = "Allow"
        Action = [
          "kms:DescribeKey", "kms:DisableKeyRotation", "kms:EnableKeyRotation", "kms:GetKeyPolicy",
          "kms:GetKeyRotationStatus", "kms:ListResourceTags", "kms:PutKeyPolicy", "kms:ScheduleKeyDeletion",
          "kms:TagResource", "kms:UntagResource", "kms:UpdateKeyDescription",
        ]
        Resource = "arn:aws:kms:${var.region}:${local.account}:key/*"
      },
      {
        Effect = "Allow"
        Action = [
          "iam:AttachRolePolicy", "iam:CreatePolicy", "iam:CreatePolicyVersion", "iam:CreateRole", "iam:DeletePolicy",
          "iam:DeletePolicyVersion", "iam:DeleteRole", "iam:DetachRolePolicy", "iam:GetPolicy", "iam:GetPolicyVersion",
          "iam:GetRole", "iam:ListAttachedRolePolicies", "iam:ListInstanceProfilesForRole", "iam:ListPolicyTags",
          "iam:ListPolicyVersions", "iam:ListRolePolicies", "iam:ListRoleTags", "iam:TagPolicy", "iam:TagRole",
          "iam:UntagPolicy", "iam:UntagRole", "iam:UpdateAssumeRolePolicy", "iam:UpdateRole", "iam:UpdateRoleDescription",
        ]
        Resource = flatten([for end in ["encrypt", "decrypt"] : [
          "arn:aws:iam::${local.account}:role/${var.repo_name}-${end}",
          "arn:aws:iam::${local.account}:policy/${var.repo_name}-${end}",
        ]])
      },
    ]
  })
}

resource "aws_iam_role_policy_attachment" "setup" {
  role       = aws_iam_role.setup.name
  policy_arn = aws_iam_policy.setup.arn
}

output "setup_role_arn" {
  value = aws_iam_role.setup.arn
}
