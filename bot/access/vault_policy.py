"""Vault policies: ``path "secret/*" { capabilities = ["read"] }`` as HCL, or the same as JSON."""

import re
from collections.abc import Iterator
from typing import Any

from bot.access.policy_text import BadPolicy, decode_policy
from bot.access.reading import Reading, join
from bot.access.side import Side, fill_all
from bot.catalog.iam import AccessRow
from bot.condition import expression
from bot.grant import Grant
from bot.mask import HIDDEN, UNKNOWN
from bot.pattern import only

# A string or comment without an end reaches to the end of the text, or each sign in it would begin another search.
_COMMENT = re.compile(r"""("(?:[^"\\]|\\.)*+(?:"|\\?\Z))|\#[^\n]*|//[^\n]*|/\*.*?(?:\*/|(?P<open>\Z))""", re.DOTALL)
_PATH = re.compile(r'\s*(?:path|"path")\s+"((?:[^"\\]|\\.)*)"\s*\{([^{}]*(?:\{[^{}]*\}[^{}]*)*)\}')
_CAPABILITIES = re.compile(r"capabilities\s*=\s*\[([^\[\]]*)\]|policy\s*=\s*\"(\w+)\"")


def read_vault_policy(side: Side, row: AccessRow) -> Reading:
    """Rows of the form ``vault_policy``."""
    holders = fill_all(row.principal, side, side.values, row) or [side.change.address]
    return join(_read(side, path, holders[0]) for path in row.documents)


def _read(side: Side, path: str, holder: str) -> Reading:
    text = side.values.get(path)
    if text == UNKNOWN:
        return Reading(unknown=(f"The policy of {holder} is known only after apply: it may allow anything.",))
    if text == HIDDEN:
        return Reading(problems=(f"The policy of {holder} is hidden as sensitive, so it was not compared.",))
    if text in (None, ""):
        return Reading()
    try:
        return Reading(tuple(_grants(str(text), holder)))
    except BadPolicy as error:
        return Reading(problems=(f"The policy of {holder} cannot be read: {error}.",))


def _grants(text: str, holder: str) -> Iterator[Grant]:
    for path, capabilities, rest in _paths(text):
        for capability in capabilities:
            yield Grant(
                principal=only(holder),
                role=only("*" if capability == "deny" else capability),
                resource=only(path),
                condition=expression(rest),
                deny=capability == "deny",
                wild=True,
                holder=holder,
            )


def _paths(text: str) -> Iterator[tuple[str, list[str], str]]:
    if text.lstrip().startswith("{"):
        yield from _paths_of_json(decode_policy(text))
        return
    plain = _COMMENT.sub(_without, text).rstrip()
    position = 0
    while position < len(plain):
        match = _PATH.match(plain, position)
        if match is None:
            raise BadPolicy("it is not made of path blocks")
        position = match.end()
        found = _CAPABILITIES.search(match[2])
        rest = " ".join(_CAPABILITIES.sub("", match[2]).split())
        yield match[1], _words(found), rest


def _without(comment: re.Match[str]) -> str:
    """A comment that has no end stays: Vault takes no such policy."""
    return comment[1] or ("/*" if comment["open"] is not None else " ")


def _words(found: re.Match[str] | None) -> list[str]:
    if found is None:
        raise BadPolicy("a path has no capabilities")
    return [found[2]] if found[2] else re.findall(r'"([^"]*)"', found[1])


def _paths_of_json(policy: dict[str, Any]) -> Iterator[tuple[str, list[str], str]]:
    paths = policy.get("path")
    if not isinstance(paths, dict):
        raise BadPolicy("it is not made of path blocks")
    for path, block in paths.items():
        words = block.get("capabilities") if isinstance(block, dict) else None
        if not isinstance(words, list):
            raise BadPolicy("a path has no capabilities")
        rest = {name: value for name, value in block.items() if name != "capabilities"}
        yield path, [str(word) for word in words], str(rest) if rest else ""
