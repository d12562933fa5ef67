"""What we know of access: rows for resource types (iam.toml), severities of roles and actions (iam_roles.toml)."""

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Literal

import msgspec
from msgspec import Struct

from bot.severity import Level

Form = Literal[
    "grant",
    "google_policy",
    "google_audit",
    "aws_policy",
    "vault_policy",
    "role_entity",
    "aws_auth",
    "manifest",
    "runtime",
    "settings",
]


class AccessRow(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One aspect of some resource types; iam.toml explains every field."""

    types: tuple[str, ...]
    form: Form
    each: str = ""
    principal: tuple[str, ...] = ()
    role: tuple[str, ...] = ()
    resource: tuple[str, ...] = ()
    condition: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    attributes: tuple[str, ...] = ()
    only: dict[str, tuple[str, ...]] = {}  # last name of a path -> the values of it that count
    when: dict[str, tuple[str, ...]] = {}  # attribute -> values with which the row counts; "" is null
    deny: bool = False
    guardrail: bool = False
    once: bool = False
    wild: bool = False
    always: bool = False
    owns: bool = False
    guards: bool = False
    updates: bool = False
    federation: bool = False
    trust: bool = False
    on_create: str = ""
    on_delete: str = ""
    on_replace: str = ""
    severity: Level = "low"
    because: str
    source: str


class Levels(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Names by severity; what stands in no list is low."""

    source: str
    critical: tuple[str, ...] = ()
    high: tuple[str, ...] = ()
    medium: tuple[str, ...] = ()

    def by_name(self) -> dict[str, Level]:
        """Name, in lower case -> severity."""
        levels: tuple[Level, ...] = ("medium", "high", "critical")
        return {name.lower(): level for level in levels for name in getattr(self, level)}


class Escalation(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Actions that together let their holder become somebody more powerful."""

    id: str
    requires: tuple[str, ...]


class DangerRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    r"""Grants that are dangerous by who, what or where: globs, in which ``\*`` is a star itself."""

    types: tuple[str, ...] = ("*",)
    principal: tuple[str, ...] = ("*",)
    role: tuple[str, ...] = ("*",)
    resource: tuple[str, ...] = ("*",)
    severity: Level
    because: str
    source: str


class RolesFile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    google_roles: Levels
    google_permissions: Levels
    aws_managed_policies: Levels
    aws_actions: Levels
    azure_roles: Levels
    azure_actions: Levels
    entra_roles: Levels
    graph_roles: Levels
    names: dict[str, str]
    escalation: tuple[Escalation, ...]
    rule: tuple[DangerRule, ...]


class _IamFile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    row: tuple[AccessRow, ...]


class AccessCatalog(Struct, frozen=True, kw_only=True, dict=True):
    """Rows by type; severities by name."""

    rows: tuple[AccessRow, ...] = ()
    roles: RolesFile

    def rows_for(self, type_: str) -> tuple[AccessRow, ...]:
        """Every row of a type: exact ones and those whose glob fits."""
        globbed = (row for glob, row in self._globs if fnmatchcase(type_, glob))
        return tuple({id(row): row for row in (*self._exact.get(type_, ()), *globbed)}.values())

    @cached_property
    def _exact(self) -> Mapping[str, list[AccessRow]]:
        exact: dict[str, list[AccessRow]] = {}
        for type_, row in self._named():
            if "*" not in type_:
                exact.setdefault(type_, []).append(row)
        return exact

    @cached_property
    def _globs(self) -> list[tuple[str, AccessRow]]:
        return [(type_, row) for type_, row in self._named() if "*" in type_]

    @cached_property
    def severities(self) -> Mapping[str, Mapping[str, Level]]:
        """Table of iam_roles.toml -> name in lower case -> severity."""
        tables = [name for name in RolesFile.__struct_fields__ if name not in ("names", "escalation", "rule")]
        return {name: getattr(self.roles, name).by_name() for name in tables}

    def _named(self) -> Iterable[tuple[str, AccessRow]]:
        return ((type_, row) for row in self.rows for type_ in row.types)


def decode_access(iam: str, roles: str) -> AccessCatalog:
    """Decode the two TOML texts.  Raises msgspec.ValidationError."""
    return AccessCatalog(
        rows=msgspec.toml.decode(iam, type=_IamFile).row, roles=msgspec.toml.decode(roles, type=RolesFile)
    )
