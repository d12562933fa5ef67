"""Which block and argument each line of Terraform code belongs to, as far as a piece of a file can tell.

A hunk shows a few lines of a file, so this is no parser: comments and heredocs are left out, braces are counted, and
where a comment or a heredoc turns out to have begun before the first line, everything before its end is dropped.
"""

import re
from collections.abc import Iterable, Iterator

from msgspec import Struct

HEADER = re.compile(r'(?:resource\s+"([\w-]+)"\s+"([\w-]+)"|module\s+"([\w-]+)"|(removed|moved))\s*\{', re.ASCII)
LONGEST_LINE = 1_000  # characters; a longer one holds data, and the time to take it apart grows with its square
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_ESCAPED = re.compile(r"\\.")
_HEREDOC = re.compile(r"<<-?\s*(\w+)\s*$", re.ASCII)
_BARE = re.compile(r"\s*[A-Za-z_]\w*\s*", re.ASCII)
_NAME = re.compile(r'\s*(?:dynamic\s+"([\w-]+)"\s*\{|([A-Za-z_][\w-]*)\s*[={])', re.ASCII)
FROM = re.compile(r"\s*from\s*=\s*([\w.-]+)\s*", re.ASCII)


class Place(Struct, frozen=True, kw_only=True):
    """One line of code: in which block, in which of its arguments, and whether the pull request changes it."""

    block: str  # "aws_x.y", "module.m", "removed", "moved"
    argument: str = ""  # "" on the block's own first line
    origin: str = ""  # what ``from`` of a removed block names
    changed: bool


def list_places(lines: Iterable[tuple[bool, str]], heading: str = "") -> list[Place]:
    """Places of one side of a hunk; ``lines`` are (changed, text), ``heading`` the text after ``@@ … @@``."""
    places: list[Place] = []
    block, depth, argument = name_block(heading), 1, ""
    sure = False  # the block's own header is in view, so braces can be counted
    for changed, text in list_code(lines):
        if header := name_block(text):
            block, depth, argument, sure = header, 0, "", True
            places.append(Place(block=header, changed=changed))
        elif block:
            argument = _argument(text, argument, depth if sure else _depth_of_indent(text))
            if argument:
                places.append(Place(block=block, argument=argument, origin=_origin(text), changed=changed))
        depth += _braces(text)
        if depth < 1 or text.startswith("}"):
            block, argument, sure = "", "", False
    return places


def name_block(line: str) -> str:
    """The block a line begins, "" for none.  Blocks begin at the margin, as ``terraform fmt`` writes them."""
    found = HEADER.match(line)
    if found is None:
        return ""
    type_, name, module, other = found.groups()
    return f"{type_}.{name}" if type_ else f"module.{module}" if module else other


class Line(Struct, frozen=True, kw_only=True):
    """One line of code of a whole file; ``number`` counts from 1, ``depth`` is 0 on the block's own first line."""

    number: int
    block: str
    depth: int
    text: str


def list_lines(text: str) -> Iterator[Line]:
    """The lines of code inside blocks of a whole file, without comments and heredocs.

    Lines are counted as GitHub and editors do: only a line feed ends one.  Lines above LONGEST_LINE count as empty, and
    a dollar sign stands for whatever is escaped.
    """
    block, depth, heredoc, comment = "", 0, "", False
    for number, line in enumerate(text.split("\n"), 1):
        if len(line) > LONGEST_LINE:
            continue
        if heredoc:
            heredoc = "" if line.strip() == heredoc else heredoc
            continue
        plain = _ESCAPED.sub("$", line.rstrip("\r"))  # an escaped quote begins no string
        bare, comment, _ = _uncomment(plain, comment=comment)
        if opened := _HEREDOC.search(bare):
            heredoc = opened[1]
        if header := name_block(bare):
            block, depth = header, 0
        if block:
            yield Line(number=number, block=block, depth=depth, text=bare)
        depth += _braces(bare)
        if depth < 1 or bare.startswith("}"):
            block = ""


def list_bare(text: str) -> Iterator[str]:
    """The lines of a whole file without comments and heredocs; lines above LONGEST_LINE are left out."""
    heredoc, comment = "", False
    for line in text.split("\n"):
        if heredoc:
            heredoc = "" if line.strip() == heredoc else heredoc
        elif len(line) <= LONGEST_LINE:
            bare, comment, _ = _uncomment(_ESCAPED.sub("$", line.rstrip("\r")), comment=comment)
            if opened := _HEREDOC.search(bare):
                heredoc = opened[1]
            yield bare


def list_code(lines: Iterable[tuple[bool, str]]) -> list[tuple[bool, str]]:
    """Lines without comments and heredocs.  What stands before a line above LONGEST_LINE is dropped like that line."""
    code: list[tuple[bool, str]] = []
    heredoc, comment = "", False
    for changed, line in lines:
        if heredoc:
            heredoc = "" if line.strip() == heredoc else heredoc
            continue
        if len(line) > LONGEST_LINE:
            code.clear()  # it may begin a comment or a string; less is explained, nothing wrongly
            continue
        text, comment, began_before = _uncomment(line, comment=comment)
        if began_before or _BARE.fullmatch(text):
            code.clear()  # the end of a comment or heredoc whose beginning is not shown
            continue
        if opened := _HEREDOC.search(text):
            heredoc = opened[1]
        code.append((changed, text))
    return code


def _uncomment(line: str, *, comment: bool) -> tuple[str, bool, bool]:
    """The line without comments; is a comment open after it; did one end that began before the first line?"""
    kept: list[str] = []
    for part in _pieces(line):
        if comment:
            comment = part != "*/"
        elif part in ("#", "//"):
            break
        elif part == "/*":
            comment = True
        elif part == "*/":
            return "", False, True
        else:
            kept.append(part)
    return "".join(kept), comment, False


def _pieces(line: str) -> Iterator[str]:
    yield from (part for part in re.split(r'("(?:[^"\\]|\\.)*"|#|//|/\*|\*/)', line) if part)


def _braces(text: str) -> int:
    bare = _STRING.sub("", text)
    return sum(bare.count(sign) for sign in "{[(") - sum(bare.count(sign) for sign in "}])")


def _depth_of_indent(text: str) -> int:
    """Without the header in view: two spaces, as ``terraform fmt`` writes, are the block's own arguments."""
    indent = text[: len(text) - len(text.lstrip())]
    return 1 if indent in ("  ", "\t") else 2


def _argument(text: str, current: str, depth: int) -> str:
    if depth != 1:
        return current
    found = _NAME.match(text)
    if found:
        return found[1] or found[2]
    return current if text.strip()[:1] in ("}", "]", ")") else ""


def _origin(text: str) -> str:
    found = FROM.fullmatch(text)
    return found[1] if found else ""
