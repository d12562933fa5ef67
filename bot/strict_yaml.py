"""YAML as people mean it: safe, small, no key twice, no aliases."""

import re
from collections.abc import Iterable
from typing import Any

import yaml

from bot.errors import BadConfig

MAX_BYTES = 1_000_000
MAX_LEVELS = 50  # the settings themselves have fewer than ten
MAX_DIGITS = 100
# What YAML 1.1 takes for a truth, a number of base 60 or a date, and what people mean as text: off, 10:30, 2026-12-20.
_TEXTS = re.compile(r"(?:on|On|ON|off|Off|OFF|[0-9]{1,2}:[0-9]{2}|[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[Tt ].*)?)\Z")


class _StrictLoader(yaml.SafeLoader):
    """Safe YAML that refuses what people do not mean: a key written twice, anchors that multiply."""


def _mapping_without_duplicates(loader: _StrictLoader, node: yaml.MappingNode) -> dict[Any, Any]:
    built: dict[Any, Any] = {}
    for name, value in node.value:
        key = loader.construct_object(name, deep=True)
        if key in built:
            raise yaml.MarkedYAMLError(problem=f"the key {key!r} is written twice", problem_mark=node.start_mark)
        built[key] = loader.construct_object(value, deep=True)
    return built


def _short_number(loader: _StrictLoader, node: yaml.ScalarNode) -> float:
    """Numbers of base 60 are built digit by digit, and no more than some thousand digits can be shown."""
    if len(node.value) > MAX_DIGITS:
        raise yaml.MarkedYAMLError(problem=f"a number of more than {MAX_DIGITS} digits", problem_mark=node.start_mark)
    number: float = yaml.SafeLoader.yaml_constructors[node.tag](loader, node)
    return number


_StrictLoader.yaml_implicit_resolvers = {
    letter: [("tag:yaml.org,2002:str", _TEXTS), *resolvers] if letter in "oO0123456789" else resolvers
    for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_TAG = "tag:yaml.org,2002:"
_StrictLoader.yaml_constructors = {  # and none for sets, dates and bytes, which no JSON has
    tag: yaml.SafeLoader.yaml_constructors[tag]
    for tag in (f"{_TAG}str", f"{_TAG}bool", f"{_TAG}null", f"{_TAG}seq", None)
}
_StrictLoader.add_constructor(f"{_TAG}map", _mapping_without_duplicates)
_StrictLoader.add_constructor(f"{_TAG}int", _short_number)
_StrictLoader.add_constructor(f"{_TAG}float", _short_number)


def decode_yaml(data: bytes, name: str, advice: str) -> Any:
    """Decode strict YAML (or JSON).  Raises BadConfig with line and column."""
    if len(data) > MAX_BYTES:
        raise BadConfig(f"{name}: larger than {MAX_BYTES} bytes.", advice)
    try:
        _check_events(data, name)
        return _StrictLoader(data).get_single_data()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f" line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise BadConfig(f"{name}:{place}: {error.problem}.", "Mend the YAML there.") from None
    except (yaml.YAMLError, ValueError, TypeError, ArithmeticError, LookupError, RecursionError):
        raise BadConfig(f"{name}: this is not YAML.", advice) from None


def _check_events(data: bytes, name: str) -> None:
    """Before anything is built: an alias may stand for gigabytes, and every level makes PyYAML slower.

    Raises UnicodeError for half a character, which can be written in YAML and nowhere else.
    """
    depth = 0
    for event in yaml.parse(data, Loader=yaml.SafeLoader):
        if isinstance(event, yaml.AliasEvent):
            raise BadConfig(f"{name}: YAML aliases (*name) are not allowed.", "Write the value out.")
        if isinstance(event, yaml.ScalarEvent):
            event.value.encode()
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_LEVELS:
            raise BadConfig(f"{name}: nested deeper than {MAX_LEVELS} levels.", "No setting stands that deep.")


_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,17})")
_WORDS = {"true": True, "false": False, "null": None}
_MEANINGS: dict[str, list[tuple[str, re.Pattern[str]]]] = yaml.resolver.Resolver.yaml_implicit_resolvers


def decode_plain_yaml(text: str, depth: int) -> Any:
    """The mapping or list that ``text`` holds (a list of them for several documents), or None.

    None as well for everything that YAML 1.1 and 1.2 or a careless reader may take for different things: aliases,
    tags, a key twice, ``yes``, ``012``, ``1:30`` and numbers that JSON does not have.
    """
    try:
        documents = _build(yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)), depth)
    except (yaml.YAMLError, UnicodeError, ValueError):
        return None
    if not documents or any(not isinstance(document, dict | list) for document in documents):
        return None
    return documents[0] if len(documents) == 1 else documents


def _build(events: Iterable[yaml.Event], depth: int) -> list[Any]:
    """A tree from events, without recursion: what is nested too deep must not cost the stack."""
    documents: list[Any] = []
    open_: list[tuple[str, list[Any]]] = [("documents", documents)]
    for event in events:
        if isinstance(event, yaml.AliasEvent) or getattr(event, "tag", None) or len(open_) > depth:
            raise ValueError("not plain")
        if isinstance(event, yaml.ScalarEvent):
            open_[-1][1].append(_scalar(event))
        elif isinstance(event, yaml.CollectionStartEvent):
            open_.append(("mapping" if isinstance(event, yaml.MappingStartEvent) else "list", []))
        elif isinstance(event, yaml.CollectionEndEvent):
            shape, parts = open_.pop()
            open_[-1][1].append(_mapping(parts) if shape == "mapping" else parts)
    return documents


def _mapping(parts: list[Any]) -> dict[str, Any]:
    keys = parts[::2]
    if not all(isinstance(key, str) for key in keys) or len(set(keys)) != len(keys):
        raise ValueError("keys are not texts, or one is there twice")
    return dict(zip(keys, parts[1::2], strict=True))


def _scalar(event: yaml.ScalarEvent) -> Any:
    value = str(event.value)
    if event.style:  # quoted, or a block
        return value
    if value in _WORDS:
        return _WORDS[value]
    if _NUMBER.fullmatch(value):
        return int(value)
    if any(meaning.match(value) for _, meaning in _MEANINGS.get(value[:1], [])) or value[:2] == "0o":
        raise ValueError("more than one meaning")
    return value
