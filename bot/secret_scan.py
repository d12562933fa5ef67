"""Secrets that nobody marked: by the attribute's name, by the shapes tokens have, by the user's own patterns.

The shapes of tokens are those of detect-secrets (token_shapes) and ours.
False alarms hide a harmless value; a miss publishes a secret.
"""

import re
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from functools import lru_cache

from ahocorasick_rs import AhoCorasick, MatchKind

from bot.errors import BadConfig
from bot.mask import HIDDEN, Path, hide_spans
from bot.secret_names import is_secret_name
from bot.token_shapes import TOKENS, measure_entropy

# In the pattern's source -> what a text must hold, in small letters, for the pattern to fit: any of these words.
_NEEDLES = (
    ("AKIA|ASIA)[0-9A-Z]", "a3t abia acca akia asia"),
    ("aws.{0,20}", "aws"),
    ("AccountKey=", "accountkey="),
    ("[MNO]", "."),
    ("(ghp|gho|ghu|ghs|ghr)_", "gh"),
    ("(glpat|gldt|glft|glsoat|glrt)-", "gl"),
    ("GR1348941", "gr1348941"),
    ("glcbt-", "glcbt-"),
    ("glimt-", "glimt-"),
    ("glptt-", "glptt-"),
    ("glagent-", "glagent-"),
    ("gloas-", "gloas-"),
    ("pypi-AgE", "pypi-age"),
    ("SG\\.", "sg."),
    ("sq0csp-", "sq0csp-"),
    ("-us[0-9]", "-us"),
    ("xox(", "xox"),
    ("hooks\\.slack", "hooks.slack.com/"),
    ("k_live_", "k_live_"),
)


def _needles(source: str) -> list[str]:
    """One that is empty, which every text holds, where we know none."""
    return next((words.split() for fragment, words in _NEEDLES if fragment in source), [""])


# With each shape goes what a text must hold for it to fit: to look for that is thirty times quicker.
_SHAPES = (
    *((needle, pattern) for pattern in TOKENS for needle in _needles(pattern.pattern)),
    (
        "private key",
        re.compile(
            r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----.*?(?:-----END [A-Z0-9 ]{0,60}-----|\Z)", re.S
        ),
    ),
    ("putty-user-key-file-", re.compile(r"PuTTY-User-Key-File-[23]:.*", re.S)),
    (  # JWT; padding only where it can be, or each "=" would begin another search to the end of the text
        "eyj",
        re.compile(r"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,}={0,2}\.[A-Za-z0-9_-]{8,}={0,2}(?:\.[A-Za-z0-9_.+/=-]*)?"),
    ),
    ("t3blbkfj", re.compile(r"(?<![A-Za-z0-9_-])sk-[A-Za-z0-9_-]{20,300}T3BlbkFJ[A-Za-z0-9_-]{20,}")),  # OpenAI
    ("aiza", re.compile(r"(?<![A-Za-z0-9_-])AIza[A-Za-z0-9_-]{35}")),  # Google API key
    ("ya29.", re.compile(r"(?<![A-Za-z0-9_-])ya29\.[A-Za-z0-9_.-]{20,}")),  # Google access token
    ("gocspx-", re.compile(r"(?<![A-Za-z0-9_-])GOCSPX-[A-Za-z0-9_-]{20,}")),  # Google OAuth client secret
    ("github_pat_", re.compile(r"(?<![A-Za-z0-9_-])github_pat_[A-Za-z0-9_]{30,}")),
    ("hv", re.compile(r"(?<![A-Za-z0-9_-])hv[sbr]\.[A-Za-z0-9_-]{20,}")),  # Vault
    ("_v1_", re.compile(r"(?<![A-Za-z0-9_-])(?:dop|doo|dor)_v1_[a-f0-9]{64}")),  # DigitalOcean
    ("npm_", re.compile(r"(?<![A-Za-z0-9_-])npm_[A-Za-z0-9]{36}")),
    ("k_", re.compile(r"(?<![A-Za-z0-9_-])(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{16,}")),  # Stripe
    ("sk-", re.compile(r"(?<![A-Za-z0-9_-])sk-(?:ant|proj|svcacct)-[A-Za-z0-9_-]{20,}")),
    (".atlasv1.", re.compile(r"(?<![A-Za-z0-9_-])[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_-]{40,}")),  # HCP Terraform
    (":aa", re.compile(r"(?<![A-Za-z0-9])[0-9]{8,10}:AA[A-Za-z0-9_-]{33}")),  # Telegram
    ("_authtoken=", re.compile(r"(?<=_authToken=)[^\s\"']+")),
    ("://", re.compile(r"(?<=://)[^\s/:@\"'$]{0,256}:(?!\$\{)[^\s/@\"']{1,256}(?=@)")),  # https://user:password@host
    ("bearer ", re.compile(r"(?i)(?<=bearer )[A-Za-z0-9._~+/-]{12,}=*")),
    ("basic ", re.compile(r"(?i)(?<=basic )[A-Za-z0-9+/]{12,}={0,2}(?![A-Za-z0-9+/ ])")),
    ("sig=", re.compile(r"(?i)(?<=[?&;]sig=)[A-Za-z0-9%+/=]{16,}")),  # Azure SAS
    ("x-amz-signature=", re.compile(r"(?i)(?<=x-amz-signature=)[a-f0-9]{64}")),
)
_NEAR = [(needle, pattern) for needle, pattern in _SHAPES if needle]
_ANYWHERE = [pattern for needle, pattern in _SHAPES if not needle]
_NEEDLES_AT_ONCE = AhoCorasick([needle for needle, _ in _NEAR], matchkind=MatchKind.Standard)
# name, separator, value: the name is looked at again by secret_names.
_ASSIGNMENT = re.compile(
    r"(?i)(?P<word>pass(?:word|wd|phrase)?|pwd|secret|token|credentials?|apikey|key|connection_?string|dsn)"
    r"(?P<rest>[\w.-]{0,40})[\"'\\]{0,6}\s{0,8}(?:=>|:=|=|:)\s{0,8}\\{0,3}"
    r"(?:\"(?P<double>[^\"\\]*(?:\\[^\"][^\"\\]*)*)|'(?P<single>[^']*)'|(?P<bare>[^\s\"',;&<>\[\]{}()]{1,4096}))"
)
_OPTION = re.compile(r"(?i)(?<=--)(?P<name>[a-z-]{0,30}(?:password|secret|token|api-key))\s{1,4}(?P<bare>[^\s\"'-]\S*)")
_ASSIGNED = ("pass", "pwd", "secret", "token", "credential", "key", "connection", "dsn")  # of both patterns above
_NAME_BEFORE = re.compile(r"[\w.-]{0,60}\Z")
# A secret's name whose value only says where the secret is kept.
_REFERENCE = re.compile(
    r"arn:|projects/|/subscriptions/|vault:|\$\{|\$\(|\$[A-Za-z_]|\{\{|(?:var|local|data|module|each)\.|secretsmanager:"
    r"|https?://[^\s?@]*\Z|ssm:|(?:/[a-z0-9_.-]+){2,}\Z|kubernetes\.io/"
)
_PLAIN = frozenset(
    "true false null none nil yes no auto default enabled disabled opaque required optional managed string bytes "
    "generated automatic manual required preferred always never on off second seconds minute minutes "
    "hour hours day days (sensitive (known".split()
)
_LOOSE_NAMES = frozenset("environment env environment_variables variables env_vars secrets credentials".split())
_RANDOM = re.compile(r"[A-Za-z0-9+/_=~.!@#$%^&*-]{20,200}")
SHORT = 200  # characters: longer texts are rarely seen twice
RANDOM_BITS = 4.0  # per character; detect-secrets' 4.5 fits longer texts than most tokens are


class SecretScan:
    """Says what looks secret.  ``names``, ``patterns`` and ``allow`` are the user's own."""

    def __init__(self, names: Sequence[str], patterns: Sequence[re.Pattern[str]], allow: Sequence[str]) -> None:
        self._names = tuple(names)
        self._patterns = tuple(patterns)
        self._allow = tuple(allow)
        self._is_secret_name = lru_cache(maxsize=8192)(self._judge_name)
        self._is_allowed = lru_cache(maxsize=8192)(self._judge_allowed)

    def is_secret_value(self, path: Path, value: str) -> bool:
        """Is ``value``, found under ``path``, secret as a whole?"""
        name = next((step for step in reversed(path) if isinstance(step, str)), "")
        if self._is_secret_name(name):
            refers = _REFERENCE.match(value) and not any(fnmatchcase(name, glob) for glob in self._names)
            return not refers and not _is_harmless(value)
        if _LOOSE_NAMES.isdisjoint(path[:-1]):
            return False
        return not self._is_allowed(name) and _is_random(value) and not _is_harmless(value)

    def tells_secret(self, name: str) -> bool:
        """Does the name of an attribute make its value suspicious?"""
        return name in _LOOSE_NAMES or self._is_secret_name(name)

    def may_find(self, texts: Sequence[str]) -> bool:
        """False where ``scrub`` would leave each of ``texts`` as it is: one search in all of them.

        A pattern that fits one of them fits all in one as well, because none asks for the start or the end of the text;
        those of users may, and what follows a name may be cut short by its neighbour.
        """
        whole = "\n".join(texts)
        small = whole.lower()
        if self._patterns or not whole.isascii():
            return any(self.scrub(text) != text for text in texts)
        near = {number for number, _, _ in _NEEDLES_AT_ONCE.find_matches_as_indexes(small, overlapping=True)}
        if any(pattern.search(whole) for pattern in (*(_NEAR[number][1] for number in near), *_ANYWHERE)):
            return True
        return _assigns(small) and any(_assigns(text.lower()) and self.scrub(text) != text for text in texts)

    def scrub(self, text: str) -> str:
        """Replace by HIDDEN what has the shape of a secret, or follows a secret's name, inside ``text``."""
        small = text.lower() if text.isascii() else None  # other letters may count as ours where case does not matter
        for needle, pattern in _SHAPES:
            if small is None or needle in small:
                text = pattern.sub(HIDDEN, text)
        for pattern in self._patterns:
            text = pattern.sub(HIDDEN, text)
        return hide_spans(text, sorted(self._assigned(text))) if small is None or _assigns(small) else text

    def _assigned(self, text: str) -> Iterator[tuple[int, int]]:
        for match in _ASSIGNMENT.finditer(text):
            before = _NAME_BEFORE.search(text, max(0, match.start() - 60), match.start())
            name = (before[0] if before else "") + match["word"] + match["rest"]
            yield from self._span(name, match, ("double", "single", "bare"))
        for match in _OPTION.finditer(text):
            yield from self._span(match["name"], match, ("bare",))

    def _span(self, name: str, match: re.Match[str], groups: Sequence[str]) -> Iterator[tuple[int, int]]:
        group = next(group for group in groups if match[group] is not None)
        value = match[group]
        if not _is_harmless(value) and self._is_secret_name(name.rsplit(".", 1)[-1]) and not _REFERENCE.match(value):
            yield match.span(group)

    def _judge_name(self, name: str) -> bool:
        if any(fnmatchcase(name, glob) for glob in self._names):
            return True
        return is_secret_name(name) and not self._is_allowed(name)

    def _judge_allowed(self, name: str) -> bool:
        return any(fnmatchcase(name, glob) for glob in self._allow)


def _assigns(small: str) -> bool:
    """Does a text in small letters hold a word that a secret may follow?"""
    return any(word in small for word in _ASSIGNED)


def build_secret_scan(names: Sequence[str], patterns: Sequence[str], allow: Sequence[str]) -> SecretScan:
    """Raises BadConfig where a pattern is no regular expression, or one that hides everything."""
    return SecretScan(names, [_compile(pattern) for pattern in patterns], allow)


def _compile(pattern: str) -> re.Pattern[str]:
    try:
        compiled = re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        raise BadConfig(
            f"secrets.patterns: {pattern!r} is no regular expression: {error}.", "Use the syntax of Python's re module."
        ) from None
    if compiled.search(""):
        raise BadConfig(f"secrets.patterns: {pattern!r} matches the empty text.", "Say what the secret looks like.")
    return compiled


def _is_harmless(value: str) -> bool:
    plain = value.strip().lower()
    return len(plain) < 3 or plain in _PLAIN or plain == HIDDEN


@lru_cache(maxsize=8192)
def _is_random(value: str) -> bool:
    """Letters of both cases and digits, mixed as nobody types them; no path, no hash in hexadecimal."""
    if not _RANDOM.fullmatch(value) or value.count("/") > 2 or value.count("-") > 3 or value.count(".") > 2:
        return False
    kinds = (any(c.isupper() for c in value), any(c.islower() for c in value), any(c.isdigit() for c in value))
    return all(kinds) and measure_entropy(value) >= RANDOM_BITS
