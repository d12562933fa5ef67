"""What we know of costs: levels of types, drivers, tiers and shapes (cost.toml)."""

from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

DriverKind = Literal[
    "machine", "count", "slots", "gpus", "gb", "iops", "mbps", "usage", "gpu", "tier", "spot", "flag", "region"
]
HEAVY: tuple[DriverKind, ...] = ("machine", "gpus", "gpu", "count", "slots", "spot")
CostLevel = Literal["very_high", "high", "medium"]
LEVELS: tuple[CostLevel, ...] = ("very_high", "high", "medium")


class Driver(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An attribute, as a dotted path, that drives the bill of ``types``."""

    kind: Annotated[DriverKind, Meta(description="What the attribute counts.")]
    path: Annotated[str, Meta(description="The attribute, as a dotted path.")]
    types: Annotated[tuple[str, ...], Meta(description="Resource types.")]
    source: Annotated[str, Meta(description="Who says that the attribute exists.")]


class Levels(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    very_high: tuple[str, ...]
    high: tuple[str, ...]
    medium: tuple[str, ...]
    commitments: tuple[str, ...]


class Gpus(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    rank: tuple[str, ...]


class Shape(Struct, frozen=True):
    """vCPU, memory in GiB, accelerators and their name."""

    vcpu: float
    memory: float
    gpus: int = 0
    gpu: str = ""


class CostCatalog(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """The file as it is, and the same by what is looked up."""

    aws_shapes: str
    levels: Levels
    driver: tuple[Driver, ...]
    tiers: dict[str, tuple[str, ...]]
    google_gpus: Gpus
    google_shapes: dict[str, tuple[float, float, int, str]]
    azure_gpus: dict[str, int]

    @cached_property
    def level_by_type(self) -> Mapping[str, CostLevel]:
        return {type_: level for level in LEVELS for type_ in getattr(self.levels, level)}

    @cached_property
    def drivers_by_type(self) -> Mapping[str, tuple[Driver, ...]]:
        found: dict[str, list[Driver]] = {}
        for driver in self.driver:
            for type_ in driver.types:
                found.setdefault(type_, []).append(driver)
        return {type_: tuple(drivers) for type_, drivers in found.items()}

    @cached_property
    def heavy_by_type(self) -> Mapping[str, tuple[Driver, ...]]:
        """The drivers that a new resource is told with, the heaviest first."""
        return {
            type_: tuple(sorted((d for d in drivers if d.kind in HEAVY), key=lambda driver: HEAVY.index(driver.kind)))
            for type_, drivers in self.drivers_by_type.items()
        }

    @cached_property
    def shapes(self) -> Mapping[str, Shape]:
        """Machine types by name: those of AWS, and those of Google that have accelerators."""
        rows = (line.split() for line in self.aws_shapes.split("\n") if line)
        found = {name: Shape(float(vcpu), float(memory), *_gpus(more)) for name, vcpu, memory, *more in rows}
        return found | {name: Shape(*shape) for name, shape in self.google_shapes.items()}

    def is_known(self, type_: str) -> bool:
        return type_ in self.level_by_type or type_ in self.drivers_by_type


def _gpus(more: list[str]) -> tuple[int, str]:
    return (int(float(more[0])), more[1].replace("_", " ")) if len(more) > 1 else (0, "")


def decode_cost(text: str) -> CostCatalog:
    """Decode the TOML text.  Raises msgspec.ValidationError."""
    return msgspec.toml.decode(text, type=CostCatalog)
