# What PROD runs today: branch main, with last week's hotfix (the exports bucket) in it.

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
    "ranking.stable"  = { path = "ranking/stable", version = "41" }
    "search \"beta\"" = { path = "search/beta", version = "7" }
  }
}

# --- Data ---------------------------------------------------------------------------------------------------------

resource "aws_s3_bucket" "models" {
  bucket = "mlops-prod-models"
  tags   = { team = "ml-platform" }
}

resource "aws_s3_bucket_versioning" "models" {
  bucket = aws_s3_bucket.models.id
  versioning_configuration {
    status = "Enabled"
  }
}

# Hotfix: what finance downloads each month. The branch of the pull request is older than this.
resource "aws_s3_bucket" "exports" {
  bucket = "mlops-prod-exports"
  tags   = { team = "finance" }
}

resource "aws_s3_bucket_public_access_block" "exports" {
  bucket                  = aws_s3_bucket.exports.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_dynamodb_table" "session_features" {
  name         = "prod-session-features"
  billing_mode = "PAY_PER_REQUEST"
  hash_key     = "session_id"
  attribute {
    name = "session_id"
    type = "S"
  }
}

# --- Training -----------------------------------------------------------------------------------------------------

resource "aws_sqs_queue" "training" {
  name                       = "prod-training"
  visibility_timeout_seconds = 900
}

resource "aws_sqs_queue" "evaluation" {
  name                       = "prod-evaluation"
  visibility_timeout_seconds = 300
  message_retention_seconds  = 345600
}

resource "aws_sns_topic" "training_alerts" {
  name = "prod-training-alerts"
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
      Action   = ["s3:GetObject"]
      Resource = ["arn:aws:s3:::mlops-prod-models/*"]
    }]
  })
}

# --- Notebooks and serving ----------------------------------------------------------------------------------------

resource "aws_security_group" "notebooks" {
  name        = "prod-notebooks"
  description = "Notebooks"

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
  cidr_ipv4         = "10.0.0.0/8"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "aws_cloudwatch_log_group" "notebooks" {
  name              = "/mlops/prod/notebooks"
  retention_in_days = 30
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
  value = [aws_dynamodb_table.session_features.name]
}

output "training_queue" {
  value = aws_sqs_queue.training.name
}
