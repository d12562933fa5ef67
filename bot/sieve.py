"""Which attributes hold nothing to hide?  Told at once for all texts of a row, because that is so of most of them.

What does not pass here is looked at leaf by leaf (see ``mask.conceal``), so this may doubt too much, never too little.
"""

from collections.abc import Mapping, Sequence, Set
from itertools import chain
from typing import Any, TypeAlias

from bot.mask import HIDDEN, NAMED_BESIDE, name_beside
from bot.secret_scan import SHORT, SecretScan
from bot.vault import Vault

Doubt: TypeAlias = tuple[dict[str, Any], str, Any, list[str]]  # where it would pass to, name, value, texts
MOST_KNOWN = 65_536  # names and short values come again and again


class Sieve:
    """Remembers what it found harmless."""

    def __init__(self, vault: Vault, scan: SecretScan) -> None:
        self._vault = vault
        self._scan = scan
        self._names: set[str] = set()
        self._texts: set[str] = set()

    def sift(
        self, before: Mapping[str, Any], after: Mapping[str, Any], same: Set[str]
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Of each side the attributes in which nothing is secret, as long as no mask says otherwise.

        Those of ``after`` that are the ``same`` are left out: they are told with ``before``.
        """
        old: dict[str, Any] = {}
        new: dict[str, Any] = {}
        doubts = self._list_doubts(before, old, frozenset()) + self._list_doubts(after, new, same)
        if doubts:
            self._decide(doubts)
        return old, new

    def _list_doubts(self, side: Mapping[str, Any], passed: dict[str, Any], skip: Set[str]) -> list[Doubt]:
        """Puts into ``passed`` what is known to be harmless; what a name makes suspicious is in neither."""
        doubts: list[Doubt] = []
        names, known = self._names, self._texts
        for name, value in side.items():
            if name in skip or (name not in names and not self._has_plain_name(name, side)):
                continue
            kind = type(value)
            texts: list[str] | None
            if kind is str:
                texts = [] if value in known else [value]
            elif value is None or kind is bool or value == [] or value == {}:
                texts = []
            elif (texts := self._gather(value)) is None:
                continue
            if texts:
                doubts.append((passed, name, value, texts))
            else:
                passed[name] = value
        return doubts

    def _gather(self, value: Any) -> list[str] | None:
        """The texts in it that are not known; None where a name inside says that something may be secret."""
        names, known = self._names, self._texts
        texts: list[str] = []
        nodes = [value]
        for node in nodes:  # which grows meanwhile
            kind = type(node)
            if kind is str:
                if node not in known:
                    texts.append(node)
            elif kind is dict:
                if not names.issuperset(node) and not all(self._has_plain_name(name, node) for name in node):
                    return None
                nodes += node.values()
            elif kind is list:
                nodes += node
            elif node is not None and kind is not bool and (text := str(node)) not in known:
                texts.append(text)
        return texts

    def _has_plain_name(self, key: str, among: Mapping[str, Any]) -> bool:
        if key in self._names:
            return True
        if HIDDEN in key or not self._is_clean(key) or self._scan.tells_secret(name_beside(key, among)):
            return False
        if key not in NAMED_BESIDE:
            _remember(self._names, key)
        return True

    def _decide(self, doubts: Sequence[Doubt]) -> None:
        texts = list(chain.from_iterable(doubt[3] for doubt in doubts))
        clean = self._are_clean(texts)
        for passed, name, value, own in doubts:
            if clean or all(map(self._is_clean, own)):
                passed[name] = value
        for text in texts if clean else ():
            _remember(self._texts, text)

    def _are_clean(self, texts: Sequence[str]) -> bool:
        return not self._vault.may_hold(texts) and not self._scan.may_find(texts)

    def _is_clean(self, text: str) -> bool:
        if text in self._texts:
            return True
        clean = self._are_clean([text]) or self._scan.scrub(self._vault.scrub(text)) == text
        if clean:
            _remember(self._texts, text)
        return clean


def _remember(known: set[str], text: str) -> None:
    if len(text) <= SHORT:
        if len(known) >= MOST_KNOWN:
            known.clear()
        known.add(text)
