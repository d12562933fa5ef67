"""A finding: what a change means, how bad it is, how sure we are, why, and who says so."""

from typing import Literal

from msgspec import Struct

from bot.severity import Severity

Concern = Literal["destructive", "iam", "exposure", "cost", "protection", "naming", "scanners", "process", "secrets"]
Confidence = Literal["low", "medium", "high"]


class Finding(Struct, frozen=True, kw_only=True):
    """One thing a reviewer must know.  ``id`` is ``concern/slug`` and stable; ``because`` is a whole sentence.

    ``fingerprints`` stand, one by one, for what the words may cut short: who let this through did so for exactly these.
    """

    id: str
    concern: Concern
    severity: Severity
    confidence: Confidence = "high"
    stack: str
    address: str
    deposed: str | None = None
    title: str
    because: str
    source: str
    fingerprints: tuple[str, ...] = ()
