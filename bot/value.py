"""JSON values: when are two the same?  Python's own ``==`` takes True for 1 and 1 for 1.0; Terraform does not."""

from typing import Any

import msgspec

_CANONICAL = msgspec.json.Encoder(order="deterministic", decimal_format="number")


def canonical(value: Any) -> bytes:
    """One text per JSON value: keys sorted, numbers exact.  For comparing and digests, never for showing."""
    return _CANONICAL.encode(value)


def same(left: Any, right: Any) -> bool:
    return left is right or canonical(left) == canonical(right)
