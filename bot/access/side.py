"""One side of a change as templates see it: texts that stand at paths, and names for what is not known yet."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import product
from math import prod
from typing import Any

from msgspec import Struct

from bot.address import family, split_address
from bot.catalog.iam import AccessRow
from bot.changes import Change
from bot.mask import HIDDEN, UNKNOWN
from bot.value import canonical

EMPTY = {"api_groups": "core"}  # arguments whose empty text means something
PLACES = ("location", "region", "zone", "project")
MOST_TEXTS = 2_000  # a template that would give more joins its longest list into one text
_SCOPE = re.compile(r"google_(?:beta_)?(.+)_iam_(?:member|binding|policy|audit_config|member_remove)")
_NOT_SCOPE = frozenset("role member members condition etag id policy_data audit_log_config timeouts".split())


class Side(Struct, frozen=True):
    """``values`` of ``change``, before or after; ``data`` are the data sources this plan reads.

    ``spelling`` maps an action in lower case to the way it was first written, because AWS reads both alike.
    """

    change: Change
    values: Mapping[str, Any]
    after: bool
    data: Mapping[str, Sequence[Change]]
    spelling: dict[str, str]

    def blocks(self, each: str) -> list[Any]:
        """What ``each`` repeats: objects, or the words of ``mask`` where it is unknown or hidden."""
        if not each:
            return [self.values]
        return [block for block in _nodes(self.values, split_path(each)) if block is not None]

    def texts(self, path: str, block: Any, row: AccessRow) -> list[str]:
        """The texts at a path; what is unknown is named by what it refers to; a comma at the end joins them."""
        if path.endswith(","):
            parts = self.texts(path[:-1], block, row)
            return [", ".join(sorted(parts))] if parts else []
        from_top = path.startswith("^")
        path = path.removeprefix("^")
        special = self._special(path) if path.startswith("@") else None
        if special is not None:
            return [special] if special else []
        steps = split_path(path)
        where = f"{row.each}.{path}" if row.each and not from_top else path
        empty, allowed = EMPTY.get(steps[-1], ""), row.only.get(steps[-1])
        texts = dict.fromkeys(
            [self._text(leaf, where) or empty for leaf in _nodes(self.values if from_top else block, steps)]
        )
        return [text for text in texts if text and (allowed is None or text in allowed or UNKNOWN in text)]

    def applies(self, row: AccessRow) -> bool:
        """Do the values fit ``row.when``?"""
        return all(_plain(self.values.get(name)) in (*values, UNKNOWN, HIDDEN) for name, values in row.when.items())

    def refers_to(self, path: str) -> tuple[str, ...]:
        """What an argument refers to, "" for nothing known."""
        references = self.change.references or {}
        return references.get(path) or references.get(path.split(".", 1)[0]) or ()

    def is_set(self, path: str) -> bool:
        """Does the configuration set the argument, as far as we know?  What it does not set, the provider fills in."""
        references = self.change.references
        return references is None or any(name.split(".", 1)[0] == path.split(".", 1)[0] for name in references)

    def read_by(self, path: str) -> Change | None:
        """The data source whose result stands at ``path``, where this plan reads exactly one."""
        for reference in self.refers_to(path):
            found = self.data.get(family(reference).rpartition(".")[0], ())
            same = [
                read for read in found if split_address(read.address)[-1:] == split_address(self.change.address)[-1:]
            ]
            if len(found) == 1 or len(same) == 1:
                return found[0] if len(found) == 1 else same[0]
        return None

    def _text(self, leaf: Any, path: str) -> str:
        if leaf != UNKNOWN:
            return _plain(leaf)
        if not self.is_set(path):
            return ""
        return f"{', '.join(self.refers_to(path)[:3])} {UNKNOWN}".strip()

    def _special(self, name: str) -> str | None:
        if name == "@address":
            return self.change.address
        if name == "@kind":
            return self.change.type.removeprefix("aws_iam_").removeprefix("aws_").replace("_", " ")
        return self._scope() if name == "@scope" else None

    def _scope(self) -> str:
        """What a google_*_iam_* resource is about: ``storage bucket models``."""
        match = _SCOPE.fullmatch(self.change.type)
        beside = _NOT_SCOPE | ({"service"} if self.change.type.endswith("audit_config") else set())
        told = {name: self._text(value, name) for name, value in sorted(self.values.items()) if name not in beside}
        known = {name: _short(name, text) for name, text in told.items() if text}
        known = {name: _last(text, known) for name, text in known.items()}
        places = [
            known.pop(name) for name in ("location", "region", "zone", "project") if name in known and len(known) > 1
        ]
        words = (match[1] if match else self.change.type).replace("_", " ")
        return " ".join([words, "/".join(known.values()), *(f"in {place}" for place in reversed(places))]).strip()


def fill(template: str, side: Side, block: Any, row: AccessRow) -> list[str]:
    """The texts of a template: of its first alternative that has any."""
    for fixed, paths in _read_template(template):
        values = [side.texts(path, block, row) for path in paths]
        while prod(map(len, values)) > MOST_TEXTS:
            longest = max(range(len(values)), key=lambda i: len(values[i]))
            values[longest] = [", ".join(values[longest])]
        texts = [_weave(fixed, chosen) for chosen in product(*values)]
        if texts:
            return texts
    return []


def fill_all(templates: Sequence[str], side: Side, block: Any, row: AccessRow) -> list[str]:
    return list(dict.fromkeys(text for template in templates for text in fill(template, side, block, row)))


@lru_cache(maxsize=10_000)
def _read_template(template: str) -> tuple[tuple[list[str], list[str]], ...]:
    """Of each alternative the fixed texts, and the paths of what stands between them."""
    pieces = [re.split(r"\{([^{}]+)\}", alternative) for alternative in template.split(" | ")]
    return tuple((each[::2], each[1::2]) for each in pieces)


def _weave(fixed: Sequence[str], chosen: Sequence[str]) -> str:
    return fixed[0] + "".join([value + text for value, text in zip(chosen, fixed[1:], strict=True)])


@lru_cache(maxsize=10_000)
def split_path(path: str) -> tuple[str, ...]:
    r"""A dot that belongs to a key is written ``\.``."""
    return tuple(step.replace("\\.", ".") for step in re.split(r"(?<!\\)\.", path))


def _nodes(node: Any, steps: Sequence[str]) -> list[Any]:
    """What stands at the steps, lists opened on the way."""
    for number, step in enumerate(steps):
        if isinstance(node, list):
            return [found for child in node for found in _nodes(child, steps[number:])]
        if not isinstance(node, dict):
            return [node] if node in (UNKNOWN, HIDDEN) else []
        node = node.get(step)
    return [found for child in node for found in _nodes(child, ())] if isinstance(node, list) else [node]


def _plain(leaf: Any) -> str:
    if leaf is None or leaf == {}:
        return ""
    return leaf if isinstance(leaf, str) else canonical(leaf).decode()


_PATH = re.compile(r"projects/([^/]+)/(?:(?:locations|regions|zones)/([^/]+)/)?\w+/([^/]+)")


def _last(text: str, known: Mapping[str, str]) -> str:
    """``projects/p/topics/t`` beside project p is t: providers take both for the same topic."""
    match = _PATH.fullmatch(text)
    places = [known.get(name) for name in ("location", "region", "zone") if name in known]
    same = match is not None and match[1] == known.get("project") and [match[2]] == (places or [None])
    return match[3] if match is not None and same else text


def _short(name: str, text: str) -> str:
    """Providers write the same bucket as ``models`` and ``b/models``, the same project with and without its prefix."""
    for prefix in ("b/", "projects/", "folders/", "organizations/"):
        if (
            text.startswith(prefix)
            and name in ("bucket", "project", "folder", "org_id")
            and "/" not in text[len(prefix) :]
        ):
            return text[len(prefix) :]
    return text
