"""Grants gained and lost, put together as people read them."""

from collections.abc import Iterable, Iterator, Sequence
from operator import attrgetter

from msgspec import Struct, structs

from bot.grant import Effect
from bot.severity import SEVERITIES, Severity


class GrantChange(Struct, frozen=True, kw_only=True):
    """Who gains or loses what on what: every principal has every role on every resource.

    ``denied``: a denial that goes (gain) or comes (lose).  ``unknown``: a part is known only after apply.  ``verb``
    says it in words: gains, loses, is denied, is freed from …
    """

    effect: Effect
    verb: str
    principals: tuple[str, ...]
    roles: tuple[str, ...]
    resources: tuple[str, ...]
    condition: str = ""
    denied: bool = False
    unknown: bool = False
    stack: str
    address: str
    deposed: str | None = None
    severity: Severity
    because: str


def group(changes: Iterable[GrantChange]) -> tuple[GrantChange, ...]:
    """One for each statement rather than for each grant, the most dangerous first, gains before losses."""
    merged = list(changes)
    for name in ("roles", "resources", "principals"):
        merged = list(_merge(merged, name))
    return tuple(sorted(merged, key=_danger))


def _danger(change: GrantChange) -> tuple[int, bool, str, str, tuple[str, ...]]:
    severity = -SEVERITIES.index(change.severity)
    return (severity, change.effect == "lose", change.stack, change.address, change.principals)


def _merge(changes: Sequence[GrantChange], name: str) -> Iterator[GrantChange]:
    """Those that differ in ``name`` alone become one; principals only where they are as dangerous."""
    groups: dict[tuple[object, ...], list[GrantChange]] = {}
    apart = {name, "severity", "because"} - ({"severity", "because"} if name == "principals" else set())
    key = attrgetter(*(field for field in GrantChange.__struct_fields__ if field not in apart))
    for change in changes:
        groups.setdefault(key(change), []).append(change)
    for members in groups.values():
        if len(members) == 1:
            yield members[0]
            continue
        ordered = sorted(members, key=_danger)
        texts = tuple(dict.fromkeys(text for member in ordered for text in getattr(member, name)))
        yield structs.replace(ordered[0], **{name: texts})
