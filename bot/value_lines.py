"""How a value reads: on one line where it is short, else part by part; long texts fold and say their size.

What is only there to be empty (null, "", [], {}) is left out inside a value that comes or goes as a whole.
"""

import binascii
import json
import re
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from bot.inside import read_json
from bot.mask import HIDDEN, UNKNOWN
from bot.value import canonical

LONGEST = 300  # characters of one line
SHORT = 80  # characters of a list or object that stays on one line
START = 60  # characters shown of a text that folds
DEPTH = 12  # of the outline; what lies deeper stays on one line
_BASE64 = re.compile(r"[A-Za-z0-9+/\s]{100,}(?:==?\s*)?")
_PEM = re.compile(r"-----BEGIN ([A-Z0-9 ]{1,40})-----[A-Za-z0-9+/=\s]+-----END \1-----\s*")


def format_key(key: str) -> str:
    """A plain name as it is, every other key in quotes, so that none reads like a word of ours."""
    return key if key.replace("_", "a").isalnum() and key.isascii() else f"[{json.dumps(key, ensure_ascii=False)}]"


def join_key(head: str, key: str) -> str:
    told = format_key(key)
    return told if not head else f"{head}{told}" if told.startswith("[") else f"{head}.{told}"


def format_value(value: Any) -> str:
    """JSON on one line; ``null`` is what Terraform calls it too."""
    return canonical(value).decode() if isinstance(value, dict | list) else _scalar(value)


def _scalar(value: Any) -> str:
    if value in (HIDDEN, UNKNOWN):
        return str(value)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else canonical(value).decode()


def fold(value: Any) -> str:
    """A value on one line of at most about LONGEST characters, with the size of what is not shown."""
    opaque = describe(value) if isinstance(value, str) else ""
    if opaque:
        return opaque
    text = format_value(value)
    if len(text) <= LONGEST:
        return text
    if isinstance(value, str):
        return f'{_scalar(value[:START])[:-1]}…" ({_size(value)})'
    return f"{text[:START]}… ({_count(value)}, {len(text.encode()):,} bytes)"


def _count(value: Any) -> str:
    word = "key" if isinstance(value, dict) else "element" if isinstance(value, list) else "digit"
    number = len(value) if isinstance(value, dict | list) else len(str(value))
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def describe(text: str) -> str:
    """What stands in place of a text nobody reads: certificates and other PEM, base64.  Empty for every other text.

    Base64 is not decoded to be shown: what looks for secrets has not seen what is inside.
    """
    found = [match[1] for match in _PEM.finditer(text)] if text.startswith("-----BEGIN ") else []
    if found and not _PEM.sub("", text).strip():
        return f"({len(found)} x {found[0]}, {_size(text)})" if len(found) > 1 else f"({found[0]}, {_size(text)})"
    inside = _decoded_size(text) if _BASE64.fullmatch(text) else 0
    return f"(base64 of {inside:,} bytes, sha256 {_digest(text)}…)" if inside else ""


def _decoded_size(text: str) -> int:
    try:
        data = binascii.a2b_base64(text, strict_mode=False)
    except ValueError:
        return 0
    plain = len("".join(text.split()))
    return len(data) if plain % 4 == 0 and _mixed(text) else 0


def _mixed(text: str) -> bool:
    """Hexadecimal digests and long words are made of the same letters."""
    return any("a" <= c <= "z" for c in text) and any("A" <= c <= "Z" for c in text) and any(c.isdigit() for c in text)


def _size(text: str) -> str:
    """Of a text with hidden parts no digest is told."""
    size = f"{len(text.encode()):,} bytes"
    return size if HIDDEN in text else f"{size}, sha256 {_digest(text)}…"


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:12]


def outline(head: str, value: Any, depth: int = 0) -> Iterator[str]:
    """``head = value`` on one line, or the head and, indented below it, the parts."""
    opened = read_json(value) if isinstance(value, str) and len(value) > SHORT else None
    node = value if opened is None else opened
    if isinstance(node, str) and "\n" in node and not describe(node):
        yield f"{head} ="
        yield from (f"  {line if len(line) <= LONGEST else fold(line)}" for line in node.splitlines())
    elif not isinstance(node, dict | list) or depth >= DEPTH:
        yield f"{head} = {fold(value)}"
    else:
        yield from _outline_parts(head, said(node), depth)


def _outline_parts(head: str, node: Any, depth: int) -> Iterator[str]:
    text = format_value(node)
    if len(text) <= SHORT or (len(node) == 1 and len(text) <= LONGEST and _is_plain(node)):
        yield f"{head} = {text}"
    elif isinstance(node, list):
        yield from _outline_list(head, node, depth)
    elif len(node) == 1:
        ((key, child),) = node.items()
        yield from outline(join_key(head, key), child, depth + 1)
    else:
        yield head
        for key, child in node.items():
            yield from (f"  {line}" for line in outline(format_key(key), child, depth + 1))


def _outline_list(head: str, items: list[Any], depth: int) -> Iterator[str]:
    if not _is_plain(items) or any(isinstance(item, str) and "\n" in item for item in items):
        for index, item in enumerate(items):
            yield from outline(f"{head}[{index}]", item, depth + 1)
    else:
        yield head
        yield from (f"  {fold(item)}" for item in items)


def _is_plain(node: Any) -> bool:
    return isinstance(node, list) and not any(isinstance(item, dict | list) for item in node)


def said(node: Any) -> Any:
    """The object or list without what is empty in its objects; an empty element of a list keeps its place."""
    if isinstance(node, dict):
        parts = ((key, said(child)) for key, child in node.items())
        return {key: child for key, child in parts if not is_empty(child)}
    return [said(child) for child in node] if isinstance(node, list) else node


def is_empty(value: Any) -> bool:
    return value is None or (isinstance(value, str | list | dict) and not value)
