"""What a pull request's description says in its author's own words: why, and how to go back.

Headings, hidden comments, boxes, questions and instructions are what a template puts there.  Every pattern works in
linear time: a description is anybody's text, 65,536 characters at most on GitHub.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_TAG = re.compile(r"</?[A-Za-z][^<>]*>")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_TASK = re.compile(r"\s*(?:[-*+]|[0-9]{1,3}[.)])\s+\[[ xX]?\]")
_LINK = re.compile(r"!?\[([^\[\]]*)\]\([^()\s]*\)")
_URL = re.compile(r"https?://\S+")
_CODE = re.compile(r"`[^`]*`")
_ASIDE = re.compile(r"\([^()]*\)|\b\w+ ?/ ?\w+ ?/ ?\w+\b")  # and what is to be chosen from: low / medium / high
_REFERENCE = re.compile(
    r"(?i)\b(?:close[sd]?|fix(?:es|ed)?|resolve[sd]?|relates(?: to)?|part of)?:?\s[\w./-]{0,100}#[0-9]*"
)
_TRAILER = re.compile(r"(?i)\s*(?:signed-off-by|co-authored-by|reviewed-by):")
_LABEL = re.compile(r"\s*(?:[-*+]\s+)?(?:(\*\*|__)([^*_:]{1,60}):?\1:?|([A-Z][A-Za-z /&-]{1,40}):)(?:\s+|$)")
_ROLLBACK = re.compile(r"(?i)\broll(?:ing)?[- ]?back\b|\bback-?out\b|\brevert plan\b")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
_INSTRUCTION = re.compile(
    r"(?i)\W*(?:please (?:also |do not |don't )?(?:include|describe|delete|list|provide|add|explain|check|make"
    r"|ensure|see|read|remove|fill|select|follow|note|mark|tick|link|refer|specify|summari[sz]e|use)"
    r"|(?:describe|explain|summari[sz]e) (?:the|your|what|why|how|any|in)"
    r"|(?:provide|include|give|add|write|insert|attach) (?:a|an|any|your) "
    r"(?:\w+ )?(?:description|summary|overview|screenshots?|links?|context)"
    r"|provide (?:instructions|details|context|links)"
    r"|list (?:any|the|all)|(?:delete|remove) (?:this (?:section|line|comment|text)|options|any)"
    r"|(?:an? )?(?:clear|brief|short|concise|high-level) (?:and concise )?(?:description|summary|overview|explanation)"
    r"|any(?:thing)? (?:else|other|additional|reviewers))"
)
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W\d_]{2,}")  # scripts without spaces: each sign
_EMPTY = set(
    "na none nil no not nothing tbd tba tbc todo wip fixme xxx to be done applicable needed required necessary later "
    "rollback plan roll back".split()
)


class Section(Struct, frozen=True):
    """``level``: 1 to 6 as in Markdown, 7 a bold line, 8 a label such as ``Rollback: …``; 0 is what comes first."""

    level: int
    title: str
    lines: tuple[str, ...]


def count_own_words(description: str) -> int:
    """Words that say why; how to go back is no reason."""
    sections = _sections(description, fences=False)
    lines = [line for section in sections if not _ROLLBACK.search(section.title) for line in section.lines]
    return len(_words(lines))


def find_rollback(description: str) -> str:
    """What is said about going back, "" where nothing is.  A label inside of a section counts before the section."""
    sections = list(_sections(description, fences=True))
    found = [index for index, section in enumerate(sections) if _ROLLBACK.search(section.title)]
    labels = [index for index in found if sections[index].level == 8]
    for index in labels or found:
        lines = list(_content(sections, index))
        if any(word.lower() not in _EMPTY for word in _words(lines, code=True)):
            return "\n".join(lines).strip()
    return ""


def _content(sections: Sequence[Section], index: int) -> Iterator[str]:
    """The lines of a section and of those below it."""
    yield from sections[index].lines
    for section in sections[index + 1 :]:
        if section.level <= sections[index].level:
            return
        yield from (section.title, *section.lines)


def _sections(description: str, *, fences: bool) -> Iterator[Section]:
    """``fences``: do lines of code count?"""
    level, title, lines, fence = 0, "", list[str](), ""
    for line in re.split(r"\r\n|\r|\n", _TAG.sub("", _COMMENT.sub("", description))):
        mark = _FENCE.match(line)
        if fence or mark:
            fence, inside = _fence(line, mark, fence)
            lines += [line] if inside and fences else []
        elif heading := _heading(line):
            yield Section(level, title, tuple(lines))
            (level, title), lines = heading[:2], [heading[2]]
        elif lines and lines[-1].strip() and (under := _underlined(line)):
            yield Section(level, title, tuple(lines[:-1]))
            level, title, lines = under, lines[-1].strip(), []
        else:
            lines.append(line)
    yield Section(level, title, tuple(lines))


def _fence(line: str, mark: re.Match[str] | None, fence: str) -> tuple[str, bool]:
    """The fence that is open after this line, and whether the line lies inside of one."""
    if not fence:
        return (mark[1] if mark else ""), False
    closes = mark is not None and mark[1].startswith(fence) and not line.strip(" \t`~")
    return ("" if closes else fence), not closes


def _heading(line: str) -> tuple[int, str, str] | None:
    """Level, title and what stands beside it."""
    text = line.strip()
    level = len(text) - len(text.lstrip("#"))
    if 1 <= level <= 6 and text[level : level + 1] in ("", " ", "\t"):
        return level, text[level:].strip(" \t#"), ""
    bold = text.rstrip(": \t")
    if len(bold) > 4 and bold[:2] == bold[-2:] and bold[:2] in ("**", "__"):
        return 7, bold[2:-2].strip(" \t:"), ""
    if (label := _LABEL.match(line)) and not (_TASK.match(line) or _TRAILER.match(line)):
        return 8, label[2] or label[3], line[label.end() :]
    return None


def _underlined(line: str) -> int:
    text = line.strip()
    if len(text) < 2 or text.strip(text[0]):
        return 0
    return {"=": 1, "-": 2}.get(text[0], 0)


def _words(lines: Iterable[str], *, code: bool = False) -> list[str]:
    """``code``: commands count as words too."""
    return [
        word
        for line in lines
        if not _TASK.match(line) and not _TRAILER.match(line)
        for sentence in _SENTENCE_END.split(line)
        if not _INSTRUCTION.match(sentence) and not sentence.rstrip(" \t*_").endswith("?")
        for word in _WORD.findall(_plain(sentence, code=code))
    ]


def _plain(sentence: str, *, code: bool) -> str:
    text = _URL.sub(" ", _LINK.sub(r"\1", sentence))
    return text if code else _REFERENCE.sub(" ", f" {_ASIDE.sub(' ', _CODE.sub(' ', text))}")
