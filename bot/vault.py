"""Copies of secrets: every value Terraform marked somewhere is looked for everywhere else.

Terraform marks attributes, not values: ``terraform_data`` copies a secret from ``input`` to an unmarked ``output``,
a template carries it into user data, base64 hides it from a plain search.
"""

import binascii
import html
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from ahocorasick_rs import AhoCorasick, Implementation, MatchKind

from bot.mask import HIDDEN, hide_spans

SHORTEST = 4  # shorter values stand in too many innocent words
SUBSTRING = 8  # from this length on a value is hidden inside other words too
LONG = 256  # of a longer one only so much is in the automaton, which takes some hundred bytes for each letter
CHUNK = 65_536  # characters that are searched at once for the beginnings of long ones
MOST_ENCODED = 192  # bytes of a secret of which the base64 is looked for, however it lies there
MOST_COMPARED = 200_000_000  # characters of long ones in one text; beyond, all from what begins like a secret is one
LEAST_COMPARED, COMPARED = 5_000_000, 100  # no more than these, and so many for each character of the text
SHORT = 200  # letters of base64: longer runs are rarely seen twice
DEEPEST = 3  # base64 inside base64 inside base64

# Values so common that hiding them everywhere would hide the plan: switches, people's defaults, environments.
COMMON = frozenset(
    "true false null none nil yes auto default admin administrator root user username test example localhost "
    "postgres postgresql mysql mariadb redis mongodb http https enabled disabled active public private local "
    "dev development stage staging prod production main master latest standard premium basic global regional "
    "string number bool object list value name data read write".split()
)
_REGION = re.compile(
    r"(af|ap|ca|cn|eu|il|me|mx|sa|us|africa|asia|australia|europe|northamerica|southamerica)(-gov|-iso[a-z]?)?"
    r"-(north|south|east|west|central){1,2}-?[0-9]{1,2}(-?[a-f])?"
)
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{12,}={0,2}")
_SPELLED_ALIKE = re.compile(r"[A-Za-z0-9_.~-]*")  # everywhere
_LETTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/_-=")
_NUMBER = re.compile(r"-?[0-9]{1,5}(\.[0-9]{1,3})?")


class Vault:
    """What must not be shown.  ``scrub`` replaces every copy, in any of its written forms, by HIDDEN."""

    def __init__(self, secrets: Iterable[Any]) -> None:
        texts = {text for secret in secrets for text in _texts(secret) if not _is_common(text)}
        forms = {form for text in texts for form in _written_forms(text) if len(form) >= SHORTEST}
        strong = sorted(form for form in forms if _is_strong(form))
        weak = sorted(form for form in forms if not _is_strong(form))
        self._strong = _Search(strong) if strong else None
        self._weak = _automaton(weak)
        encoded = {core for text in texts if _is_strong(text) for core in _cores(text)}
        self._encoded = _automaton(sorted(encoded))

    def __bool__(self) -> bool:
        return self._strong is not None or self._weak is not None

    def scrub(self, text: str, depth: int = 0) -> str:
        """Give ``text`` back with every copy of a secret replaced by HIDDEN."""
        if not self or len(text) < SHORTEST:
            return text
        shown = hide_spans(text, self._spans(text))
        if depth == 0 and self._holds_broken(shown):
            return HIDDEN
        return shown if depth == DEEPEST else _BASE64.sub(lambda run: self._scrub_base64(run[0], depth), shown)

    def may_hold(self, texts: Sequence[str]) -> bool:
        """False where no copy of a secret is in any of ``texts``: one search in all of them."""
        if not self:
            return False
        if any(self._finds(layer) for layer in _layers("\n".join(texts))):
            return True
        return any(map(self._holds_broken, texts))

    def _finds(self, text: str) -> bool:
        searches = (self._strong, self._weak, self._encoded)
        return any(one is not None and one.find_matches_as_indexes(text) for one in searches)

    def _holds_broken(self, text: str) -> bool:
        """Is a copy broken over several lines, as base64 is after each 76 letters?"""
        if "\n" not in text and "\\n" not in text:
            return False
        lines = text.replace("\\r", "").replace("\\n", "\n").split("\n")
        joined = "".join(map(str.strip, lines))
        return any(one is not None and one.find_matches_as_indexes(joined) for one in (self._strong, self._encoded))

    def _spans(self, text: str) -> list[tuple[int, int]]:
        strong = self._strong.find_matches_as_indexes(text) if self._strong else []
        weak = self._weak.find_matches_as_indexes(text) if self._weak else []
        alone = [(start, end) for _, start, end in weak if _stands_alone(text, start, end)]
        return sorted([(start, end) for _, start, end in strong] + alone + list(self._list_runs(text)))

    def _list_runs(self, text: str) -> Iterator[tuple[int, int]]:
        """Runs of base64 that hold a secret, each once."""
        covered = 0
        for _, start, end in self._encoded.find_matches_as_indexes(text) if self._encoded else ():
            if start >= covered:
                start, covered = _widen(text, start, end)
                yield start, covered

    def _scrub_base64(self, run: str, depth: int) -> str:
        inner = _decode_base64(run)
        return HIDDEN if self.scrub(inner, depth + 1) != inner else run


def _layers(text: str) -> Iterator[str]:
    """The text, then what all base64 in it says together, and so on, as deep as ``Vault.scrub`` goes."""
    yield text
    for _ in range(DEEPEST):
        text = "\n".join(map(_decode_base64, _BASE64.findall(text)))
        yield text


def _decode_base64(run: str) -> str:
    """Empty for what is no base64."""
    return _decode_again(run) if len(run) <= SHORT else _decode_run(run)


def _decode_run(run: str) -> str:
    plain = run.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return binascii.a2b_base64(plain + "=" * (-len(plain) % 4)).decode("utf-8", "replace")
    except binascii.Error:
        return ""


_decode_again = lru_cache(maxsize=8192)(_decode_run)  # names are such runs as well, and come again and again


def _automaton(forms: list[str]) -> AhoCorasick | None:
    """Never a DFA, which the library takes for few forms: to build one of a text that repeats itself takes minutes."""
    kind, built = MatchKind.LeftmostLongest, Implementation.ContiguousNFA
    return AhoCorasick(forms, matchkind=kind, implementation=built) if forms else None


class _Search:
    """Finds texts of any length, in memory that hardly depends on it."""

    def __init__(self, forms: list[str]) -> None:
        self._short = _automaton([form for form in forms if len(form) <= LONG])
        groups: dict[str, list[str]] = {}
        for form in sorted(forms, key=len, reverse=True):
            if len(form) > LONG:
                groups.setdefault(form[:LONG], []).append(form)
        self._groups = list(groups.values())  # of those that begin alike, the longest first
        built = Implementation.ContiguousNFA
        self._begins = AhoCorasick(list(groups), matchkind=MatchKind.Standard, implementation=built) if groups else None

    def find_matches_as_indexes(self, text: str) -> list[tuple[int, int, int]]:
        """A number that says nothing, and where it begins and ends; matches of long ones may overlap."""
        found = self._short.find_matches_as_indexes(text) if self._short else []
        return found + list(self._find_long(text)) if self._begins and len(text) > LONG else found

    def _find_long(self, text: str) -> Iterator[tuple[int, int, int]]:
        left, covered = min(MOST_COMPARED, LEAST_COMPARED + COMPARED * len(text)), 0
        for number, start in self._list_begins(text):
            for form in self._groups[number]:
                if start + len(form) <= covered:
                    break
                near = text.startswith(form[LONG : 2 * LONG], start + LONG)
                left -= len(form) if near else LONG
                if left < 0:
                    yield number, start, len(text)
                    return
                if near and text.startswith(form, start):
                    covered = start + len(form)
                    yield number, start, covered
                    break

    def _list_begins(self, text: str) -> Iterator[tuple[int, int]]:
        if self._begins is None:
            return
        for base in range(0, len(text), CHUNK):
            piece = text[base : base + CHUNK + LONG - 1]
            for number, start, _ in self._begins.find_matches_as_indexes(piece, overlapping=True):
                yield number, base + start


def _texts(secret: Any) -> Iterator[str]:
    """Every string and number in a secret value; a JSON text also gives what stands inside it."""
    if isinstance(secret, str):
        yield secret
        if (bare := secret.strip()) != secret:
            yield bare
        if "\n" in secret:
            yield from (line for line in secret.split("\n") if len(line) >= 16 and " " not in line)
        if secret[:1] in ("{", "["):
            yield from _inner_texts(secret)
    elif isinstance(secret, dict):
        for child in secret.values():
            yield from _texts(child)
    elif isinstance(secret, list):
        for child in secret:
            yield from _texts(child)
    elif secret is not None and not isinstance(secret, bool):
        yield str(secret)


def _inner_texts(text: str) -> Iterator[str]:
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        return
    yield from (inner for inner in _texts(parsed) if len(inner) >= SUBSTRING)


def _is_common(text: str) -> bool:
    lowered = text.strip().lower()
    if len(lowered) < SHORTEST or lowered in COMMON or _NUMBER.fullmatch(lowered):
        return True
    return _REGION.fullmatch(lowered) is not None


def _written_forms(text: str) -> Iterator[str]:
    """How one secret looks inside JSON, HCL addresses, URLs and HTML, and behind ``upper`` or ``lower``."""
    yield text
    if _is_strong(text):
        yield text.upper()
        yield text.lower()
    if _SPELLED_ALIKE.fullmatch(text):
        return
    for ascii_only in (True, False):
        escaped = json.dumps(text, ensure_ascii=ascii_only)[1:-1]
        yield escaped
        yield escaped.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
        yield escaped.replace("${", "$${").replace("%{", "%%{")
    yield quote(text, safe="", errors="replace")
    yield quote(text, errors="replace")
    yield html.escape(text)


def _cores(text: str) -> Iterator[str]:
    """What base64 makes of the text wherever it begins in what is encoded: the letters that hang on it alone."""
    data = text.encode("utf-8", "replace")[:MOST_ENCODED]
    for before in range(3):
        letters = binascii.b2a_base64(bytes(before) + data, newline=False).decode().rstrip("=")
        core = letters[-(-8 * before // 6) : 8 * (before + len(data)) // 6]
        yield core
        yield core.replace("+", "-").replace("/", "_")


def _widen(text: str, start: int, end: int) -> tuple[int, int]:
    """The whole run of base64 around what was found."""
    while start > 0 and text[start - 1] in _LETTERS:
        start -= 1
    while end < len(text) and text[end] in _LETTERS:
        end += 1
    return start, end


def _is_strong(form: str) -> bool:
    """Long and no plain word: may be cut out of the middle of other text."""
    return len(form) >= SUBSTRING and not (form.isalpha() and form.islower() and len(form) < 16)


def _stands_alone(text: str, start: int, end: int) -> bool:
    before, after = text[start - 1 : start], text[end : end + 1]
    return not (before.isalnum() or before == "_") and not (after.isalnum() or after == "_")
