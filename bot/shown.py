"""What was shown before a label was given: the tokens of held items, and which of them a label can have been about.

A label counts only for what its giver could have seen.  The list of what was shown travels in our own comment, which
people can edit; it counts only where a commit status of ours proves its digest, and that digest names the pull request
and the environment, so that a proof from elsewhere is none here.
"""

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from hashlib import sha256

from bot.environment import EnvironmentName
from bot.infracost import Prices
from bot.marker import ShownAt
from bot.pull_request import PullRequest, Shown
from bot.value import canonical

MOST_TOKENS = 150  # more of them would crowd the comment; then only the very same set counts
MOST_ENTRIES = 3  # what is shown now, and what labels that are set were given for

_TIME = re.compile(r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(?:[Zz]|[+-]00:00)", re.ASCII)
_COST = re.compile(r"cost-limit=([^ =]{1,40}) (-?[0-9]{1,40}(?:\.[0-9]{1,40})?) ([0-9]{1,9})", re.ASCII)
Time = tuple[str, str, str]


def digest_shown(number: int, environment: EnvironmentName, tokens: Iterable[str]) -> str:
    """32 hex digits of sha256 over pull request, environment and the set of tokens, in any order."""
    return sha256(canonical([number, environment, *sorted(set(tokens))])).hexdigest()[:32]


def cost_token(prices: Prices) -> str:
    """``cost-limit=USD 1234.56 2``: what the bill grows by a month, and for how many prices nobody knows."""
    currency = "".join(letter for letter in prices.currency if letter.isalnum() and letter.isascii())[:40]
    return f"cost-limit={currency or '?'} {prices.increase:f} {len(prices.unpriced)}"


def read_time(text: str) -> Time | None:
    """RFC 3339 in UTC as something that sorts; None for anything else."""
    match = _TIME.fullmatch(text)
    return (match[1], match[2], (match[3] or "").ljust(9, "0")) if match else None


def find_uncovered(tokens: Iterable[str], shown: Iterable[str]) -> frozenset[str]:
    """Those of ``tokens`` that were not shown.  An amount is covered by one that is not smaller."""
    known = frozenset(shown)
    amounts = [match for token in known if (match := _COST.fullmatch(token))]
    return frozenset(token for token in tokens if token not in known and not _is_smaller(token, amounts))


def _is_smaller(token: str, amounts: Sequence[re.Match[str]]) -> bool:
    own = _COST.fullmatch(token)
    return own is not None and any(
        own[1] == other[1] and Decimal(own[2]) <= Decimal(other[2]) and int(own[3]) <= int(other[3])
        for other in amounts
    )


def list_proven(pull_request: PullRequest, environment: EnvironmentName, tokens: Sequence[str]) -> tuple[Shown, ...]:
    """What was shown at a known time and is what its digest says; the last one first.

    ``tokens`` are what is held now: an entry too long for the comment has none of its own and can only be the same.
    """
    if pull_request.number is None:
        return ()
    now = digest_shown(pull_request.number, environment, tokens)
    found: dict[str, tuple[Time, Shown]] = {}
    for entry in pull_request.shown:
        time = read_time(entry.at)
        fits = digest_shown(pull_request.number, environment, entry.tokens) == entry.digest
        if time is not None and (fits or (entry.digest == now and not entry.tokens)):
            known = found.get(entry.digest)
            if known is None or time < known[0]:
                found[entry.digest] = (
                    time,
                    Shown(
                        digest=entry.digest,
                        tokens=entry.tokens if fits else tuple(tokens),
                        at=entry.at,
                        head=entry.head,
                    ),
                )
    return tuple(shown for _, shown in sorted(found.values(), key=lambda pair: pair[0], reverse=True))


def list_before(proven: Sequence[Shown], given_at: str) -> tuple[Shown, ...]:
    """Those that were shown when the label was given."""
    given = read_time(given_at)
    return tuple(shown for shown in proven if given and (time := read_time(shown.at)) and time <= given)


def list_entries(now: ShownAt, proven: Sequence[Shown], backing: Sequence[Shown]) -> tuple[ShownAt, ...]:
    """What the marker must hold: the set of now, as it was shown first, and what the labels that count lean on."""
    first = next((shown.head for shown in proven if shown.digest == now.digest and shown.head), now.head)
    own = [_entry(first, now.digest, now.tokens)] if first and now.digest else []
    others = {shown.digest: shown for shown in backing if shown.head and shown.digest != now.digest}
    kept = [_entry(shown.head, shown.digest, shown.tokens) for shown in others.values()]
    return tuple([*own, *kept][:MOST_ENTRIES])


def _entry(head: str, digest: str, tokens: Sequence[str]) -> ShownAt:
    return ShownAt(head=head, digest=digest, tokens=tuple(sorted(set(tokens))) if len(tokens) <= MOST_TOKENS else ())
