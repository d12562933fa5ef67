"""JSON of a policy, read strictly: what the cloud would refuse must not pass for something harmless."""

import json
from typing import Any

MOST_NESTING = 50


class BadPolicy(Exception):
    """Why a document is no policy; the text is a part of a sentence and holds nothing of the document."""


def decode_policy(text: Any) -> dict[str, Any]:
    """Raises BadPolicy for anything but a JSON object whose keys are unique."""
    if isinstance(text, dict):
        return text
    if not isinstance(text, str):
        raise BadPolicy("it is no text")
    if text.count("{") + text.count("[") > 100_000:
        raise BadPolicy("it is too large")
    try:
        policy = _POLICIES.decode(text)
    except BadPolicy:
        raise
    except (ValueError, RecursionError):
        raise BadPolicy("it is not valid JSON") from None
    if not isinstance(policy, dict):
        raise BadPolicy("it is no JSON object")
    return policy


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise BadPolicy("a key stands in it twice")
    return found


_POLICIES = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=str)  # json.loads would make one for each text
