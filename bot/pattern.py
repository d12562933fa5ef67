"""Sets of texts as access policies write them: globs, and everything but some globs."""

from fnmatch import fnmatchcase
from functools import lru_cache

from msgspec import Struct

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
    return fnmatchcase(narrow, broad.replace("[", "[[]"))


@lru_cache(maxsize=200_000)
def may_overlap(left: str, right: str) -> bool:
    """Could one text fit both globs?  Literal heads and tails that contradict each other rule it out."""
    if "*" not in left + right and "?" not in left + right:
        return left == right
    if not any(letter in left for letter in "*?"):
        return fnmatchcase(left, right.replace("[", "[[]"))
    if not any(letter in right for letter in "*?"):
        return fnmatchcase(right, left.replace("[", "[[]"))
    heads = (literal_head(left), literal_head(right))
    tails = (literal_head(left[::-1]), literal_head(right[::-1]))
    return all(a.startswith(b) or b.startswith(a) for a, b in (heads, tails))


def literal_head(glob: str) -> str:
    """The literal text before the first wildcard."""
    return glob.replace("?", "*").partition("*")[0]
