"""plan-review: reviews Terraform plans on GitHub pull requests."""

__version__ = "0.1.0"
