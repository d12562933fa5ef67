# What the pull request brings: branch develop, which left main before the hotfix with the exports bucket.

terraform {
  required_version = ">= 1.11"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
}

provider "aws" {
  region = "eu-central-1"
}

variable "registry_password" {
  description = "Password of the model registry; comes from the pipeline, never from this file."
  type        = string
  sensitive   = true
}

variable "model_aliases" {
  description = "Which version of a model answers under which name."
  type        = map(object({ path = string, version = string }))
  default = {
    "ranking.stable"  = { path = "ranking/stable", version = "42" }
    "ranking.canary"  = { path = "ranking/canary", version = "43" }
    "search \"beta\"" = { path = "search/beta", version = "7" }
  }
}

variable "gpu_nodes" {
  description = "Machines with eight GPUs each."
  type        = number
  default     = 2
}

check "gpu_budget" {
  assert {
    condition     = var.gpu_nodes <= 1
    error_message = "The budget of this quarter covers one GPU machine, not ${var.gpu_nodes}."
  }
}

# --- Data ---------------------------------------------------------------------------------------------------------

resource "aws_s3_bucket" "artifacts" {
  bucket = "mlops-prod-models"
  tags   = { team = "ml-platform" }
}

moved {
  from = aws_s3_bucket.models
  to   = aws_s3_bucket.artifacts
}

resource "aws_s3_bucket_versioning" "artifacts" {
  bucket = aws_s3_bucket.artifacts.id
  versioning_configuration {
    status = "Enabled"
  }
}

moved {
  from = aws_s3_bucket_versioning.models
  to   = aws_s3_bucket_versioning.artifacts
}

resource "aws_s3_bucket" "snapshots" {
  bucket = "mlops-prod-training-snapshots"
  tags   = { team = "ml-platform" }
}

resource "aws_s3_bucket_versioning" "snapshots" {
  bucket = aws_s3_bucket.snapshots.id
  versioning_configuration {
    status = "Enabled"
  }
}

data "aws_iam_policy_document" "snapshots" {
  statement {
    actions   = ["s3:PutObject"]
    resources = ["${aws_s3_bucket.snapshots.arn}/*"]
    principals {
      type        = "AWS"
      identifiers = [aws_iam_role.trainer.arn]
    }
  }
}

resource "aws_s3_bucket_policy" "snapshots" {
  bucket = aws_s3_bucket.snapshots.id
  policy = data.aws_iam_policy_document.snapshots.json
}

resource "aws_dynamodb_table" "user_features" {
  name         = "prod-user-features"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "user_id"
  attribute {
    name = "user_id"
    type = "S"
  }
}

# --- Training -----------------------------------------------------------------------------------------------------

resource "aws_sqs_queue" "training" {
  name                       = "prod-training"
  visibility_timeout_seconds = 3600
}

resource "aws_sqs_queue" "gpu_training" {
  name                       = "prod-gpu-training"
  visibility_timeout_seconds = 43200
}

resource "aws_eks_node_group" "gpu" {
  cluster_name    = "mlops-prod"
  node_group_name = "gpu-training"
  node_role_arn   = aws_iam_role.trainer.arn
  subnet_ids      = ["subnet-0000000a", "subnet-0000000b"]
  instance_types  = ["p4d.24xlarge"]
  scaling_config {
    desired_size = var.gpu_nodes
    min_size     = 0
    max_size     = 8
  }
}

resource "aws_sqs_queue" "evaluation" {
  name                       = "prod-evaluation-v2"
  visibility_timeout_seconds = 300
  message_retention_seconds  = 345600
}

resource "aws_iam_role" "trainer" {
  name = "prod-trainer"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }]
  })
}

resource "aws_iam_role_policy" "trainer" {
  name = "read-models"
  role = aws_iam_role.trainer.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["s3:*"]
      Resource = ["arn:aws:s3:::mlops-prod-models/*"]
    }]
  })
}

# --- Notebooks and serving ----------------------------------------------------------------------------------------

resource "aws_security_group" "notebooks" {
  name        = "prod-notebooks-v2"
  description = "Notebooks, GPU notebooks included"

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_security_group" "serving" {
  name        = "prod-serving"
  description = "Model servers"
}

resource "aws_vpc_security_group_ingress_rule" "serving" {
  security_group_id = aws_security_group.serving.id
  description       = "Predictions"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

# The notebooks team keeps its logs in a root of its own from now on.
removed {
  from = aws_cloudwatch_log_group.notebooks
  lifecycle {
    destroy = false
  }
}

resource "aws_ssm_parameter" "registry_password" {
  name  = "/mlops/prod/registry/password"
  type  = "SecureString"
  value = var.registry_password
}

resource "aws_ssm_parameter" "model_alias" {
  for_each = var.model_aliases
  name     = "/mlops/prod/alias/${each.value.path}"
  type     = "String"
  value    = each.value.version
}

output "feature_tables" {
  value = [aws_dynamodb_table.user_features.name]
}

output "training_queue" {
  value = aws_sqs_queue.training.name
}

output "gpu_training_queue" {
  value = aws_sqs_queue.gpu_training.url
}
