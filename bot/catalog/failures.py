"""Why plans fail: patterns over error messages, what they mean, what to do; see catalog/failures.toml."""

import re

import msgspec
from msgspec import Struct


class FailureRow(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One cause.  ``commands`` are for a person to run; {lock} in one stands for the ID of the state lock."""

    cause: str
    pattern: str
    likely: str
    advice: str
    commands: tuple[str, ...] = ()
    source: str

    def match(self, text: str) -> re.Match[str] | None:
        return re.search(self.pattern, text, re.IGNORECASE)


class _File(Struct, forbid_unknown_fields=True):
    row: tuple[FailureRow, ...]


def decode_failures(text: str) -> tuple[FailureRow, ...]:
    """Decode failures.toml; the order counts.  Raises msgspec.ValidationError."""
    return msgspec.toml.decode(text, type=_File).row
