"""Which other objects the arguments of a resource come from, as its configuration says.

What only the apply will tell has no value in the plan; its references say at least what it will be, such as "the
e-mail of google_service_account.trainer".  Source: configuration…expressions of hashicorp/terraform jsonconfig.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from bot.plan import decode_value
from bot.source import Source

References = Mapping[str, tuple[str, ...]]


def list_references(source: Source) -> dict[str, References]:
    """Address without keys -> dotted path of an argument that is set -> what it refers to, each under its module."""
    return {
        address: _of_resource(decode_value(resource.expressions, bounded=False), prefix)
        for address, (prefix, resource) in source.resources.items()
    }


def _of_resource(expressions: Any, prefix: str) -> References:
    found: dict[str, tuple[str, ...]] = {}
    for path, told in _of_expressions(expressions, prefix, ()):
        found[path] = tuple(dict.fromkeys((*found.get(path, ()), *told)))  # a block may be repeated
    return found


def _of_expressions(node: Any, prefix: str, path: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    if len(path) > 20:
        return
    for block in _list(node) if isinstance(node, list) else [node]:
        for name, child in block.items() if isinstance(block, dict) else ():
            if isinstance(child, dict) and child.keys() <= {"references", "constant_value"}:
                told = _list(child.get("references"))
                yield ".".join((*path, name)), tuple(_longest([str(text) for text in told], prefix))
            else:
                yield from _of_expressions(child, prefix, (*path, name))


def _longest(references: list[str], prefix: str) -> Iterator[str]:
    """Terraform lists ``a.b.email`` and ``a.b``: the first says it all."""
    for text in dict.fromkeys(references):
        if not any(other != text and other.startswith((f"{text}.", f"{text}[")) for other in references):
            yield prefix + text


def _list(node: Any) -> list[Any]:
    return node if isinstance(node, list) else []


def list_features(providers: Any) -> dict[str, bool]:
    """``features`` of the azurerm provider that are written out, e.g. key_vault.recover_soft_deleted_key_vaults.

    Where several configurations of the provider disagree, true wins.
    """
    found: dict[str, bool] = {}
    for provider in providers.values() if isinstance(providers, dict) else ():
        if isinstance(provider, dict) and provider.get("name") == "azurerm":
            for path, value in _switches(_step(provider, "expressions", "features"), ""):
                found[path] = found.get(path, False) or value
    return found


def _step(node: Any, *keys: str) -> Any:
    for key in keys:
        node = node.get(key) if isinstance(node, dict) else None
    return node


def _switches(node: Any, path: str) -> Iterator[tuple[str, bool]]:
    """Blocks are lists of one object; a value that is no constant tells nothing."""
    for block in node if isinstance(node, list) else [node]:
        for key, child in block.items() if isinstance(block, dict) else ():
            if isinstance(child, dict) and isinstance(child.get("constant_value"), bool):
                yield f"{path}{key}", child["constant_value"]
            elif path == "":
                yield from _switches(child, f"{key}.")
