"""What a row of a plan does, from its whole action set and the facts beside it."""

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

Kind = Literal["create", "update", "replace", "delete", "forget", "move", "import", "read", "no_op", "unknown"]


class Counts(Struct, frozen=True, kw_only=True, rename={"import_": "import"}):
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

    def __getitem__(self, kind: Kind) -> int:
        count: int = getattr(self, "import_" if kind == "import" else kind)
        return count


# Every action set Terraform and OpenTofu write, in either order.  Any other one is unknown, which is never harmless.
_KINDS: dict[frozenset[str], Kind] = {
    frozenset({"no-op"}): "no_op",
    frozenset({"create"}): "create",
    frozenset({"read"}): "read",
    frozenset({"open"}): "read",  # OpenTofu 1.11, ephemeral resources
    frozenset({"update"}): "update",
    frozenset({"delete"}): "delete",
    frozenset({"create", "delete"}): "replace",
    frozenset({"forget"}): "forget",
    frozenset({"create", "forget"}): "create",
}


def kind_of(actions: Sequence[str], *, moved: bool, imported: bool) -> Kind:
    kind = _KINDS.get(frozenset(actions), "unknown")
    if len(set(actions)) != len(actions):
        return "unknown"
    if kind == "no_op" and imported:
        return "import"
    return "move" if kind == "no_op" and moved else kind
