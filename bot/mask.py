"""Hide secret values: Terraform's own marks, copies of marked values, and what looks secret to us.

``conceal`` resolves both sides of a change and their masks into two plain JSON trees in which every secret leaf
is a ``Secret`` and every leaf known only after apply is ``Unknown``.  Everything later in the pipeline sees these
trees, never the raw values.
"""

from collections.abc import Callable
from typing import Any

HIDDEN = "(sensitive value)"
UNKNOWN = "(known after apply)"


class Secret:
    """A hidden leaf.  Equal when the hidden values are equal, so "changed" can be told; never shown."""

    __slots__ = ("_raw", "shown")

    def __init__(self, raw: Any, shown: str = HIDDEN) -> None:
        self._raw = raw
        self.shown = shown  # HIDDEN, or a longer text whose secret parts are replaced by HIDDEN


class Unknown:
    """A leaf whose value only the apply will tell."""


# Takes a JSON leaf and the path it stands at; gives the leaf back, or a Secret in its place.
Censor = Callable[[Any, tuple[str | int, ...]], Any]


def conceal(
    before: Any, after: Any, *, unknown: Any, before_marks: Any, after_marks: Any, censor: Censor
) -> tuple[Any, Any]:
    raise NotImplementedError


def reveal_nothing(tree: Any) -> Any:
    """Turn a concealed tree into plain JSON: Secret -> its ``shown`` text, Unknown -> UNKNOWN."""
    raise NotImplementedError
