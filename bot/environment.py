"""The environments of the GitFlow and their order of care."""

from typing import Literal

EnvironmentName = Literal["dev", "stage", "prod"]
ENVIRONMENTS: tuple[EnvironmentName, ...] = ("dev", "stage", "prod")
