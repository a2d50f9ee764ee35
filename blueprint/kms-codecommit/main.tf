# The secrets store: a CodeCommit repository, a KMS key, a role that may encrypt and one that may decrypt.
# The guide's module `kms-codecommit`, same variables, same names. It writes no file: Hubwright writes `.sops.yaml`.
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
    tags = { "created-by" = "hubwright", "deployment" = trimsuffix(var.repo_name, "-secrets") }
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

variable "encrypt_allowed_users" {
  type        = list(string)
  description = "ARNs of those who may write secrets"
}

variable "decrypt_allowed_users" {
  type        = list(string)
  description = "ARNs of those who may read secrets"
}

data "aws_caller_identity" "current" {}

locals {
  iam = "arn:aws:iam::${data.aws_caller_identity.current.account_id}"
}

resource "aws_codecommit_repository" "secrets" {
  repository_name = var.repo_name
  description     = "Encrypted secrets of a JupyterHub deployment"
}

# It waits for the repository, whose name only one run can take: of two runs at once, on two computers, only one makes a key.
# Who may use it is left to the account's IAM policies, which are below. Who may change or remove it stands here: the role
# that sets up the store, which has no right on any other key.
resource "aws_kms_key" "secrets" {
  depends_on              = [aws_codecommit_repository.secrets]
  description             = "Secrets of ${var.repo_name}"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Sid = "Account", Effect = "Allow", Principal = { AWS = "${local.iam}:root" }, Action = "kms:*", Resource = "*" },
      {
        Sid       = "Setup"
        Effect    = "Allow"
        Principal = { AWS = "${local.iam}:role/${var.repo_name}-setup" }
        Action = [
          "kms:CancelKeyDeletion", "kms:CreateAlias", "kms:DeleteAlias", "kms:DescribeKey", "kms:DisableKeyRotation",
          "kms:EnableKey", "kms:EnableKeyRotation", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListResourceTags",
          "kms:PutKeyPolicy", "kms:ScheduleKeyDeletion", "kms:TagResource", "kms:UntagResource", "kms:UpdateAlias",
          "kms:UpdateKeyDescription",
        ]
        Resource = "*"
      },
    ]
  })
}

# The boundary of the two roles below opens keys by this name only.
resource "aws_kms_alias" "secrets" {
  name          = "alias/${var.repo_name}"
  target_key_id = aws_kms_key.secrets.key_id
}

resource "aws_iam_role" "encrypt" {
  name                 = "${var.repo_name}-encrypt"
  description          = "Writes secrets of a JupyterHub deployment"
  permissions_boundary = "${local.iam}:policy/${var.repo_name}-boundary"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = var.encrypt_allowed_users }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role" "decrypt" {
  name                 = "${var.repo_name}-decrypt"
  description          = "Reads secrets of a JupyterHub deployment"
  permissions_boundary = "${local.iam}:policy/${var.repo_name}-boundary"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = var.decrypt_allowed_users }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_policy" "encrypt" {
  name        = "${var.repo_name}-encrypt"
  description = "Write secrets: push to the repository, use the key"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = ["codecommit:GitPull", "codecommit:GitPush"], Resource = aws_codecommit_repository.secrets.arn },
      { Effect = "Allow", Action = ["kms:Encrypt", "kms:Decrypt"], Resource = aws_kms_key.secrets.arn },
    ]
  })
}

resource "aws_iam_policy" "decrypt" {
  name        = "${var.repo_name}-decrypt"
  description = "Read secrets: pull from the repository, decrypt with the key"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = ["codecommit:GitPull"], Resource = aws_codecommit_repository.secrets.arn },
      { Effect = "Allow", Action = ["kms:Decrypt"], Resource = aws_kms_key.secrets.arn },
    ]
  })
}

resource "aws_iam_role_policy_attachment" "encrypt" {
  role       = aws_iam_role.encrypt.name
  policy_arn = aws_iam_policy.encrypt.arn
}

resource "aws_iam_role_policy_attachment" "decrypt" {
  role       = aws_iam_role.decrypt.name
  policy_arn = aws_iam_policy.decrypt.arn
}

output "key_arn" {
  value = aws_kms_key.secrets.arn
}
