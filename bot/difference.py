"""What differs between the two sides of a change, attribute by attribute."""

from collections.abc import Iterator, Sequence
from typing import Any

from msgspec import Struct

Path = tuple[str | int, ...]


class AttributeChange(Struct, frozen=True, kw_only=True):
    """One attribute that differs.  ``before`` and ``after`` are JSON values that are safe to show.

    Where ``secret`` is true both are None.  Where ``unknown`` is true ``after`` is None and will be known after
    apply.  ``note`` is empty or one of: order (same elements, other order), formatting (same JSON, other text),
    sensitivity (same value, marked or unmarked).
    """

    path: Path
    before: Any = None
    after: Any = None
    secret: bool = False
    unknown: bool = False
    forces_replacement: bool = False
    note: str = ""


def list_differences(before: Any, after: Any, replace_paths: Sequence[Path]) -> Iterator[AttributeChange]:
    """Yield what differs between two concealed values (see ``mask.conceal``)."""
    raise NotImplementedError
