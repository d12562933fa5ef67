"""What we know of access: rows for resource types (iam.toml), severities of roles and actions (iam_roles.toml)."""

import re
from collections.abc import Callable, Iterable, Mapping
from fnmatch import fnmatchcase
from functools import cached_property, lru_cache
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from bot.pattern import covers_glob
from bot.severity import Level

MOST_TYPES = 4096  # types of one plan whose rows are kept

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


class AccessRow(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """One aspect of some resource types; iam.toml explains every field."""

    types: Annotated[tuple[str, ...], Meta(description="Resource types, or globs over them.")]
    form: Annotated[Form, Meta(description="How the row reads a resource; catalog/iam.toml explains each.")]
    each: Annotated[str, Meta(description="Path of blocks that each are one grant.")] = ""
    principal: Annotated[tuple[str, ...], Meta(description="Templates that say who.")] = ()
    role: Annotated[tuple[str, ...], Meta(description="Templates that say what.")] = ()
    resource: Annotated[tuple[str, ...], Meta(description="Templates that say on what.")] = ()
    condition: Annotated[tuple[str, ...], Meta(description="Templates that say under which condition.")] = ()
    documents: Annotated[tuple[str, ...], Meta(description="Paths of policy documents.")] = ()
    attributes: Annotated[tuple[str, ...], Meta(description="Attributes whose change is a change of access.")] = ()
    only: Annotated[
        dict[str, tuple[str, ...]], Meta(description="Last name of a path and the values of it that count.")
    ] = {}
    when: Annotated[
        dict[str, tuple[str, ...]], Meta(description="Attribute and its values with which the row counts.")
    ] = {}
    deny: Annotated[bool, Meta(description="The row takes access away.")] = False
    guardrail: Annotated[bool, Meta(description="The row binds people rather than denying them one thing.")] = False
    once: Annotated[bool, Meta(description="What it takes away it does not give back when it goes.")] = False
    wild: Annotated[bool, Meta(description="Wildcards in it mean something.")] = False
    always: Annotated[bool, Meta(description="Every change of the type is about access.")] = False
    owns: Annotated[bool, Meta(description="The resource owns a whole list.")] = False
    guards: Annotated[bool, Meta(description="It guards access that others grant.")] = False
    updates: Annotated[bool, Meta(description="Only updates count.")] = False
    federation: Annotated[bool, Meta(description="It lets identities of others in.")] = False
    trust: Annotated[bool, Meta(description="It says who may become this identity.")] = False
    on_create: Annotated[str, Meta(description="What creating it does besides.")] = ""
    on_delete: Annotated[str, Meta(description="What deleting it does besides.")] = ""
    on_replace: Annotated[str, Meta(description="What replacing it does besides.")] = ""
    severity: Annotated[Level, Meta(description="critical, high, medium or low")] = "low"
    because: Annotated[str, Meta(description="A whole sentence for the reviewer.")]
    source: Annotated[str, Meta(description="Who says so.")]

    @cached_property
    def reads(self) -> frozenset[str] | None:
        """The attributes that what the row says hangs on; None where it may be any of them."""
        templates = (*self.principal, *self.role, *self.resource, *self.condition)
        paths = [path for template in templates for path in re.findall(r"\{\^?([^{}]+)\}", template)]
        if self.form not in ("grant", "aws_policy", "runtime") or "@scope" in paths:
            return None
        paths += [self.each, *self.documents, *self.attributes, *self.when]
        return frozenset(re.split(r"(?<!\\)[.,]", path, maxsplit=1)[0].replace("\\.", ".") for path in paths)


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
        return self._known_rows(type_)

    @cached_property
    def _known_rows(self) -> Callable[[str], tuple[AccessRow, ...]]:
        return lru_cache(maxsize=MOST_TYPES)(self._find_rows)

    def rules_for(self, type_: str) -> tuple[DangerRule, ...]:
        """The rules of danger that may speak of grants in resources of a type."""
        return self._known_rules(type_)

    @cached_property
    def _known_rules(self) -> Callable[[str], tuple[DangerRule, ...]]:
        return lru_cache(maxsize=MOST_TYPES)(self._find_rules)

    def _find_rules(self, type_: str) -> tuple[DangerRule, ...]:
        return tuple(rule for rule in self.roles.rule if any(covers_glob(glob, type_) for glob in rule.types))

    def _find_rows(self, type_: str) -> tuple[AccessRow, ...]:
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
