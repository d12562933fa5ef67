"""Sets of texts as access policies write them: globs, and everything but some globs."""

from functools import lru_cache

from msgspec import Struct

MOST_STEPS = 20_000  # of comparing a glob that has question marks with a text: their lengths multiplied
MOST_PAIRS = 100_000  # of globs that are held against each other; beyond, only equal ones are looked for


class Pattern(Struct, frozen=True):
    """The texts that fit one of ``globs`` or, where ``negated``, the texts that fit none of them."""

    globs: tuple[str, ...]
    negated: bool = False

    def covers(self, other: "Pattern") -> bool:
        """Is every text of the other one here as well?  True is certain; False may only mean "not proved"."""
        if self.everything:
            return True
        if len(self.globs) * len(other.globs) > MOST_PAIRS:
            few, many = (self, other) if self.negated else (other, self)
            return self.negated == other.negated and set(few.globs) <= set(many.globs)
        if not self.negated:
            return not other.negated and all(_any_covers(self.globs, text) for text in other.globs)
        if other.negated:
            return all(_any_covers(other.globs, text) for text in self.globs)
        return not any(may_overlap(mine, theirs) for mine in self.globs for theirs in other.globs)

    @property
    def everything(self) -> bool:
        return not self.negated and "*" in self.globs

    def __str__(self) -> str:
        return ("everything but " if self.negated else "") + ", ".join(self.globs)


def only(text: str) -> Pattern:
    return Pattern((text,))


def _any_covers(globs: tuple[str, ...], text: str) -> bool:
    return any(covers_glob(glob, text) for glob in globs)


@lru_cache(maxsize=200_000)
def covers_glob(broad: str, narrow: str) -> bool:
    """Does ``broad`` match all that ``narrow`` matches?  For a ``*`` of the narrow one only a ``*`` stands."""
    if broad in (narrow, "*"):
        return True
    if "*" not in broad and "?" not in broad:
        return False
    if "?" in broad and "*" in narrow:
        return False  # a question mark must not swallow a star: too rare to be worth proving
    head = literal_head(broad)
    if not narrow.startswith(head) or broad == f"{head}*":  # decides nearly always, and without an expression
        return narrow.startswith(head)
    return _is_quick(broad, narrow) and matches(broad, narrow)


@lru_cache(maxsize=200_000)
def may_overlap(left: str, right: str) -> bool:
    """Could one text fit both globs?  Literal heads and tails that contradict each other rule it out."""
    if "*" not in left + right and "?" not in left + right:
        return left == right
    if not any(letter in left for letter in "*?"):
        return not _is_quick(right, left) or matches(right, left)
    if not any(letter in right for letter in "*?"):
        return not _is_quick(left, right) or matches(left, right)
    heads = (literal_head(left), literal_head(right))
    tails = (literal_head(left[::-1]), literal_head(right[::-1]))
    return all(a.startswith(b) or b.startswith(a) for a, b in (heads, tails))


def literal_head(glob: str) -> str:
    """The literal text before the first wildcard."""
    return glob.replace("?", "*").partition("*")[0]


def _is_quick(glob: str, text: str) -> bool:
    return "?" not in glob or len(glob) * len(text) <= MOST_STEPS


def matches(glob: str, text: str) -> bool:
    """Does the glob match the whole text?  ``*`` is any text, ``?`` any letter.

    What stands between two stars is looked for once, at its first place, which decides as well as all the others.  No
    expression is made: to compile a hostile glob takes longer than to compare it.
    """
    head, *rest = glob.split("*")
    if not rest:
        return len(head) == len(text) and _stands(head, text, 0)
    *middle, tail = rest
    end = len(text) - len(tail)
    if end < len(head) or not _stands(head, text, 0) or not _stands(tail, text, end):
        return False
    start = len(head)
    for piece in middle:
        found = _find(piece, text, start, end)
        if found < 0:
            return False
        start = found + len(piece)
    return True


def _stands(piece: str, text: str, start: int) -> bool:
    if "?" not in piece:
        return text.startswith(piece, start)
    return len(text) - start >= len(piece) and all(
        mine in ("?", text[place]) for place, mine in enumerate(piece, start)
    )


def _find(piece: str, text: str, start: int, end: int) -> int:
    """-1 where it is not between the two places."""
    if "?" not in piece:
        return text.find(piece, start, end)
    return next((place for place in range(start, end - len(piece) + 1) if _stands(piece, text, place)), -1)
