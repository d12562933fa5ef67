"""YAML as people mean it: safe, small, no key twice, no aliases."""

import re
from typing import Any

import yaml

from bot.errors import BadConfig

MAX_BYTES = 1_000_000
# What YAML 1.1 takes for a truth, a number of base 60 or a date, and what people mean as text: off, 10:30, 2026-12-20.
_TEXTS = re.compile(r"(?:on|On|ON|off|Off|OFF|[0-9]{1,2}:[0-9]{2}|[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[Tt ].*)?)\Z")


class _StrictLoader(yaml.SafeLoader):
    """Safe YAML that refuses what people do not mean: a key written twice, anchors that multiply."""


def _mapping_without_duplicates(loader: _StrictLoader, node: yaml.MappingNode) -> dict[Any, Any]:
    keys = [loader.construct_object(key, deep=True) for key, _ in node.value]
    for index, key in enumerate(keys):
        if key in keys[:index]:
            raise yaml.MarkedYAMLError(problem=f"the key {key!r} is written twice", problem_mark=node.start_mark)
    return {key: loader.construct_object(value, deep=True) for key, (_, value) in zip(keys, node.value, strict=True)}


_StrictLoader.yaml_implicit_resolvers = {
    letter: [("tag:yaml.org,2002:str", _TEXTS), *resolvers] if letter in "oO0123456789" else resolvers
    for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_StrictLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping_without_duplicates)


def decode_yaml(data: bytes, name: str, advice: str) -> Any:
    """Decode strict YAML (or JSON).  Raises BadConfig with line and column."""
    if len(data) > MAX_BYTES:
        raise BadConfig(f"{name}: larger than {MAX_BYTES} bytes.", advice)
    try:
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(data, Loader=yaml.SafeLoader)):
            raise BadConfig(f"{name}: YAML aliases (*name) are not allowed.", "Write the value out.")
        return _StrictLoader(data).get_single_data()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f" line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise BadConfig(f"{name}:{place}: {error.problem}.", "Mend the YAML there.") from None
    except (yaml.YAMLError, UnicodeError, ValueError, TypeError, RecursionError):
        raise BadConfig(f"{name}: this is not YAML.", advice) from None
