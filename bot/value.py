"""JSON values: when are two the same?  Python's own ``==`` takes True for 1 and 1 for 1.0; Terraform does not."""

from base64 import urlsafe_b64encode
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import msgspec

_CANONICAL = msgspec.json.Encoder(order="deterministic", decimal_format="number")

# One text per JSON value: keys sorted, numbers exact.  For comparing and digests, never for showing.
canonical: Callable[[Any], bytes] = _CANONICAL.encode


def fingerprint(*parts: Any) -> str:
    """22 letters that stand for ``parts``: 128 bits of sha256, so that nobody finds two texts with the same ones."""
    return urlsafe_b64encode(sha256(canonical(parts)).digest()[:16]).decode().rstrip("=")


def same(left: Any, right: Any) -> bool:
    return left is right or canonical(left) == canonical(right)
