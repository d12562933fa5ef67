r"""Resource addresses: split, sort, match, group.

An address is names with dots between, each with at most one key in brackets: ``module.m["p q"].aws_x.y[0]``.  Keys
are HCL strings (``\"`` and ``\\`` inside) or numbers, so dots, quotes and brackets inside a key mean nothing.
"""

import re
from collections.abc import Callable
from functools import lru_cache

_KEY = re.compile(r'\["((?:[^"\\]|\\.)*)"\]|\[([0-9]+|\*)\]', re.DOTALL)


def split_address(address: str) -> tuple[str, ...]:
    """Split into names and keys, keys with their brackets; text that is no address comes back whole or in part."""
    parts: list[str] = []
    position = 0
    for match in _KEY.finditer(address):
        parts += [name for name in address[position : match.start()].split(".") if name]
        parts.append(match.group())
        position = match.end()
    return (*parts, *(name for name in address[position:].split(".") if name))


@lru_cache(maxsize=16_384)
def sort_key(address: str) -> tuple[tuple[int, int, str], ...]:
    """Order as people read: ``x[2]`` before ``x[10]``, root before modules of the same name."""
    return tuple(_part_key(part) for part in split_address(address))


def name_key(name: str) -> tuple[list[tuple[str, int]], str]:
    """Order of names as people read: ``default#2`` before ``default#10``."""
    return [(text, int(number or -1)) for text, number in re.findall(r"([^0-9]*)([0-9]{0,18})", name)], name


@lru_cache(maxsize=16_384)  # addresses share most of their parts
def _part_key(part: str) -> tuple[int, int, str]:
    number = part[1:-1]
    if part.startswith("[") and number.isdecimal() and len(number) < 20:
        return (0, int(number), "")
    return (1, 0, part)


@lru_cache(maxsize=65_536)
def family(address: str) -> str:
    """The address with every key left out: what all instances of one block have in common."""
    return _KEY.sub("", address)


def map_keys(address: str, change: Callable[[str], str]) -> str:
    """Apply ``change`` to the text inside every quoted key, the only part of an address that holds data."""

    def replaced(match: re.Match[str]) -> str:
        return match.group() if match[1] is None else f'["{change(match[1])}"]'

    return _KEY.sub(replaced, address)


def match_glob(pattern: str, address: str) -> bool:
    """Does ``pattern`` match the whole address?  ``*`` is any text; brackets are themselves, as people write keys."""
    return _compile_glob(pattern).fullmatch(address) is not None


@lru_cache(maxsize=1024)
def _compile_glob(pattern: str) -> re.Pattern[str]:
    # What follows a star is looked for once, at its first place (``(?>`` never goes back), which decides as well as all
    # the others would; only the last piece must stand at the end.  Going back makes a hostile pattern run for years.
    first, *rest = (re.escape(text) for text in re.split(r"\*+", pattern))
    if not rest:
        return re.compile(first)
    *middle, last = rest
    return re.compile(first + "".join(f"(?>.*?{text})" for text in middle) + f".*{last}", re.DOTALL)
