"""What a row of a plan does, from its whole action set and the facts beside it."""

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

Kind = Literal["create", "update", "replace", "delete", "forget", "move", "import", "read", "no_op", "unknown"]


class Counts(Struct, frozen=True):
    """Rows by kind, as Terraform's summary line counts, but a replacement once, as ``replace``.

    ``move``, ``import_`` and ``forget`` count rows that carry those facts, whatever else the row does.
    """

    create: int = 0
    update: int = 0
    replace: int = 0
    delete: int = 0
    forget: int = 0
    move: int = 0
    import_: int = 0
    read: int = 0
    no_op: int = 0
    unknown: int = 0


def kind_of(actions: Sequence[str], *, moved: bool, imported: bool) -> Kind:
    raise NotImplementedError
