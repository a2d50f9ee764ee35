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
    tags = { "created-by" = "hubwright", "deployment" = local.deployment }
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
  deployment = trimsuffix(var.repo_name, "-secrets")
  account    = data.aws_caller_identity.current.account_id
  iam        = "arn:aws:iam::${local.account}"
  kms        = "arn:aws:kms:${var.region}:${local.account}"
  repository = "arn:aws:codecommit:${var.region}:${local.account}:${var.repo_name}"
  made       = { "aws:RequestTag/deployment" = local.deployment }
  roles      = [for end in ["encrypt", "decrypt"] : "${local.iam}:role/${var.repo_name}-${end}"]
  policies   = [for end in ["encrypt", "decrypt"] : "${local.iam}:policy/${var.repo_name}-${end}"]
}

# The most that the store's two roles can ever do, whatever policies the role below gives them.
resource "aws_iam_policy" "boundary" {
  name        = "${var.repo_name}-boundary"
  description = "The most that the roles of the secrets store may do"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = ["codecommit:GitPull", "codecommit:GitPush"], Resource = local.repository },
      # The store's key only: an alias can be put on a key by those whom the key's own policy names.
      {
        Effect    = "Allow"
        Action    = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt"]
        Resource  = "${local.kms}:key/*"
        Condition = { "ForAnyValue:StringEquals" = { "kms:ResourceAliases" = "alias/${var.repo_name}" } }
      },
    ]
  })
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
        Resource = local.repository
      },
      {
        Effect   = "Allow"
        Action   = ["codecommit:ListRepositories", "kms:ListAliases", "kms:ListKeys", "sts:GetCallerIdentity"]
        Resource = "*"
      },
      # Keys are made here; what else may be done with one stands in its own policy, which the module kms-codecommit writes.
      # So no tag and no name gives a right on a key of others.
      {
        Effect    = "Allow"
        Action    = "kms:CreateKey"
        Resource  = "*"
        Condition = { StringEquals = local.made }
      },
      # Making a key with tags needs this right. Keys that have a name or another owner cannot be meant, and get no tag.
      {
        Effect   = "Allow"
        Action   = "kms:TagResource"
        Resource = "*"
        Condition = {
          StringEquals                = local.made
          StringEqualsIfExists        = { "aws:ResourceTag/deployment" = local.deployment }
          Null                        = { "kms:ResourceAliases" = "true" }
          "ForAllValues:StringEquals" = { "aws:TagKeys" = ["created-by", "deployment"] }
        }
      },
      {
        Effect   = "Allow"
        Action   = ["kms:CreateAlias", "kms:DeleteAlias", "kms:UpdateAlias"]
        Resource = "${local.kms}:alias/${var.repo_name}"
      },
      # Where somebody gave the store's name to a key of theirs and it is taken over, the name goes to the store's own key.
      # Their key loses this name and nothing else.
      {
        Effect    = "Allow"
        Action    = "kms:UpdateAlias"
        Resource  = "${local.kms}:key/*"
        Condition = { "ForAnyValue:StringEquals" = { "kms:ResourceAliases" = "alias/${var.repo_name}" } }
      },
      {
        Effect   = "Allow"
        Action   = ["kms:DescribeKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListResourceTags"]
        Resource = "${local.kms}:key/*"
      },
      # Who acts as this role decides who reads and writes the secrets, and could name anybody, also another account: IAM has no
      # condition on what a trust says, and the module kms-codecommit must write it. So this role's own trust names the people
      # who may decide that, and the page of the secrets store shows a trust that differs from what it would write. A role of
      # these names without the boundary is somebody's: it is given the boundary, or stays as it is.
      {
        Effect = "Allow"
        Action = [
          "iam:CreateRole", "iam:DeleteRole", "iam:PutRolePermissionsBoundary", "iam:UpdateAssumeRolePolicy",
          "iam:UpdateRole", "iam:UpdateRoleDescription",
        ]
        Resource  = local.roles
        Condition = { StringEquals = { "iam:PermissionsBoundary" = aws_iam_policy.boundary.arn } }
      },
      {
        Effect   = "Allow"
        Action   = ["iam:AttachRolePolicy", "iam:DetachRolePolicy"]
        Resource = local.roles
        Condition = {
          StringEquals = { "iam:PermissionsBoundary" = aws_iam_policy.boundary.arn }
          ArnEquals    = { "iam:PolicyARN" = local.policies }
        }
      },
      {
        Effect = "Allow"
        Action = [
          "iam:GetRole", "iam:ListAttachedRolePolicies", "iam:ListInstanceProfilesForRole", "iam:ListRolePolicies",
          "iam:ListRoleTags", "iam:TagRole", "iam:UntagRole",
        ]
        Resource = local.roles
      },
      # The tag that says whose a thing is gets no other value: policies of others may ask for it (aws:PrincipalTag).
      {
        Effect    = "Deny"
        Action    = ["codecommit:TagResource", "iam:Tag*"]
        Resource  = "*"
        Condition = { StringNotEquals = local.made, Null = { "aws:RequestTag/deployment" = "false" } }
      },
      # Who may write a policy decides for all who have it. IAM cannot ask who has one: the page that makes this role warns
      # where it is not a role with the boundary.
      {
        Effect = "Allow"
        Action = [
          "iam:CreatePolicy", "iam:CreatePolicyVersion", "iam:DeletePolicy", "iam:DeletePolicyVersion", "iam:GetPolicy",
          "iam:GetPolicyVersion", "iam:ListPolicyTags", "iam:ListPolicyVersions", "iam:TagPolicy", "iam:UntagPolicy",
        ]
        Resource = local.policies
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
