"""How bad: the words, in their order."""

from typing import Literal

Severity = Literal["info", "low", "medium", "high", "critical"]
Level = Literal["critical", "high", "medium", "low"]
SEVERITIES: tuple[Severity, ...] = ("info", "low", "medium", "high", "critical")
LEVELS: tuple[Level, ...] = ("critical", "high", "medium", "low")


def worse(*severities: Severity) -> Severity:
    return max(severities, key=SEVERITIES.index)


def lower(severity: Severity) -> Severity:
    """One step down; info stays info."""
    return SEVERITIES[max(0, SEVERITIES.index(severity) - 1)]
