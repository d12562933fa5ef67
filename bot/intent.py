"""Which deletions the pull request meant."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from msgspec import Struct

from bot.address import match_glob
from bot.classify.destructive import Deletion
from bot.explain import explain
from bot.patch import Edit, list_edits, list_unknown
from bot.pull_request import PullRequest

IntentWord = Literal["declared", "explained", "unexplained"]
INTENTS: tuple[IntentWord, ...] = ("unexplained", "explained", "declared")  # the most worrying first

_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_HEADING = re.compile(r"\s{0,3}(?:#{1,6}\s*)?(?:\*\*|__)?deletes(?:\*\*|__)?:?(?:\*\*|__)?\s*(?:#+\s*)?", re.IGNORECASE)
_FENCE = re.compile(r"\s{0,3}(`{3,}|~{3,})\s*(\S*).*")
_ITEM = re.compile(r"\s*(?:[-*+]|[0-9]{1,3}[.)])\s+(?:\[[ xX]\]\s+)?(.+)")
_TICKS = re.compile("`+")
_REASON = re.compile(r"(?<!\s)\s+(?:[-–—:]\s|\()")  # begins what is said behind an address
WORD = "plan-review"
MOST_GLOBS = 500  # in a description; beyond they declare nothing, because each is held against every deletion


class Intent(Struct, frozen=True, kw_only=True):
    """Why one deletion happens, as far as the pull request tells."""

    stack: str
    address: str
    deposed: str | None = None
    intent: IntentWord
    because: str


class _Declared:
    """The addresses and globs of a description."""

    def __init__(self, patterns: Iterable[str]) -> None:
        distinct = dict.fromkeys(patterns)
        self._addresses = frozenset(pattern for pattern in distinct if "*" not in pattern)
        self._globs = [pattern for pattern in distinct if "*" in pattern][:MOST_GLOBS]

    def __contains__(self, address: str) -> bool:
        return address in self._addresses or any(match_glob(glob, address) for glob in self._globs)


def find_intents(deletions: Sequence[Deletion], pull_request: PullRequest | None) -> tuple[Intent, ...]:
    """One intent per deletion, in the same order."""
    declared = _Declared(list_declared(pull_request.description) if pull_request else ())
    edits = list_edits(pull_request.files) if pull_request else ()
    return tuple(_intent(deletion, declared, edits, pull_request) for deletion in deletions)


def list_declared(description: str) -> Iterator[str]:
    """Addresses and globs listed under a ``Deletes:`` heading or in a fenced ``plan-review`` block.

    Hidden comments do not count: what reviewers cannot see declares nothing.  Nor does a glob that says nothing.
    """
    fence, listing = "", False
    for line in _COMMENT.sub("", description).splitlines():
        mark = _FENCE.fullmatch(line)
        if mark and not fence:
            fence, listing = mark[1], mark[2].lower() == WORD
        elif mark and mark[1].startswith(fence) and not mark[2]:
            fence, listing = "", False
        elif not fence and line.strip():
            listing = _goes_on(line, listing=listing)
        if listing and (item := _ITEM.fullmatch(line)) and _says_something(pattern := _pattern(item[1])):
            yield pattern


def _goes_on(line: str, *, listing: bool) -> bool:
    """Outside fences a list starts after its heading and ends at the first line that is no item."""
    return _HEADING.fullmatch(line) is not None or (listing and _ITEM.fullmatch(line) is not None)


def _pattern(item: str) -> str:
    """The address of an item: its code span, or its text up to a reason after a dash."""
    code = _find_code(item)
    return (_REASON.split(item.strip(), maxsplit=1)[0] if code is None else code).strip()


def _find_code(item: str) -> str | None:
    """What the first code span holds: it ends with as many backticks as it began (CommonMark 0.31, 6.1)."""
    found, later = None, dict[int, int]()  # number of backticks -> where the next run of as many begins
    for run in reversed(list(_TICKS.finditer(item))):
        number = len(run[0])
        if number in later:
            found = item[run.end() : later[number]]
        later[number] = run.start()
    return found


def _says_something(pattern: str) -> bool:
    return "." in pattern and sum(letter.isalnum() for letter in pattern) >= 3


def _intent(deletion: Deletion, declared: _Declared, edits: Sequence[Edit], pull_request: PullRequest | None) -> Intent:
    word, because = _explain(deletion, declared, edits, pull_request)
    return Intent(
        stack=deletion.stack, address=deletion.address, deposed=deletion.deposed, intent=word, because=because
    )


def _explain(
    deletion: Deletion, declared: _Declared, edits: Sequence[Edit], pull_request: PullRequest | None
) -> tuple[IntentWord, str]:
    if pull_request is None:
        return "unexplained", "no pull request is known that could explain it"
    if deletion.address in declared:
        return "declared", "the description lists it"
    if said := explain(deletion, edits):
        return "explained", said
    if any(match_glob(pattern, deletion.address) for pattern in pull_request.explains):
        return "explained", "this pull request's own change accounts for it"
    return "unexplained", _nothing(pull_request)


def _nothing(pull_request: PullRequest) -> str:
    said = "nothing in this pull request accounts for it"
    if pull_request.base_ahead_by:
        commits = "1 commit" if pull_request.base_ahead_by == 1 else f"{pull_request.base_ahead_by} commits"
        said = f"nothing here accounts for it, and the branch is {commits} behind its base"
    if unknown := list_unknown(pull_request.files):
        more = f" and {len(unknown) - 1} more" if len(unknown) > 1 else ""
        said += f"; GitHub shows no diff of {unknown[0]}{more}, so it explains nothing"
    if not pull_request.files_complete:
        said += "; GitHub's list of changed files is cut off, and what it leaves out explains nothing"
    return said
