"""What a text holds, where that is JSON or YAML, so that two texts can be compared inside.

Nothing is guessed: a text that has more than one meaning (a key twice, ``yes`` for true, an alias, a tag) is left as
text, and is then compared line by line.
"""

import json
import re
from decimal import Decimal
from typing import Any

from bot.strict_yaml import decode_plain_yaml
from bot.value import canonical

MOST = 200_000  # brackets, and commas, of one JSON text
DEPTH = 100
LONGEST_YAML = 200_000  # characters
_COMMENT = re.compile(r"(?:^|[ \t])#.*$", re.MULTILINE)


def read_both(before: str, after: str) -> tuple[Any, Any] | None:
    """Both texts as JSON values of one shape (object or list), or None where they are not both that."""
    for read in (read_json, _read_yaml):
        old, new = read(before), read(after)
        if old is not None and new is not None and type(old) is type(new):
            return (old, new) if read is read_json or _comments(before) == _comments(after) else None
    return None


def _comments(text: str) -> list[str]:
    return _COMMENT.findall(text)


def read_json(text: str) -> Any:
    """The JSON object or list a text holds, or None."""
    if text.lstrip()[:1] not in ("{", "["):
        return None
    if text.count("{") + text.count("[") > MOST or text.count(",") > MOST or not _is_flat(text):
        return None
    try:
        parsed = _TEXTS.decode(text)
        canonical(parsed)
    except (ValueError, TypeError, ArithmeticError, RecursionError):
        return None
    return parsed


def _refuse(text: str) -> Any:
    raise ValueError(text)


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is written twice")
    return found


# Made once: json.loads would make one for each text.
_TEXTS = json.JSONDecoder(parse_float=Decimal, parse_constant=_refuse, object_pairs_hook=_distinct)


def _is_flat(text: str) -> bool:
    if text.count("{") + text.count("[") <= DEPTH:
        return True
    depth = 0
    for bracket in re.finditer(r"[\[\]{}]", text):
        depth += 1 if bracket[0] in "{[" else -1
        if depth > DEPTH:
            return False
    return True


def _read_yaml(text: str) -> Any:
    return decode_plain_yaml(text, DEPTH) if "\n" in text.strip() and len(text) <= LONGEST_YAML else None
