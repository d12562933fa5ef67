"""Hostile text into Markdown.  Whatever comes out of here is ``Markup``: the only text templates let through as it is.

Plain text of others goes into code spans, table cells, fences or HTML code; ``escape_text`` is the net below, for
whatever a template forgets.  Rules: CommonMark 0.31, GitHub Flavored Markdown, GitHub's own filters after it.
"""

import html
import re
from collections.abc import Iterable, Sequence
from typing import Any

from markupsafe import Markup

# What nobody sees but what acts: C0, C1, bidi controls, zero-width and tag characters, lone surrogates.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0e\ufeff\uffa0\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e01ef]"
)
_JOINER = "\u2060"  # word joiner: seen by GitHub's filters, not by people
_ACTIVE = re.compile(
    r"@(?=[\w.-])|#(?=[0-9])|\bGH(?=-[0-9])|:(?=[\w+-]+:)|:(?=//)|\bwww(?=\.)|(?:mailto|xmpp)(?=:)|[0-9a-f]{6}(?=[0-9a-f])",
    re.IGNORECASE,
)
_SIGNS = re.compile(r"(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|[\\`*\[\]|~]")  # inside of a word ``_`` is only a letter
_ADDRESS = re.compile(r"https://[A-Za-z0-9.:-]{1,300}/[A-Za-z0-9._~/-]{0,600}(#[a-z]{1,50})?")
_BLOCK_START = re.compile(r"^(\s*)([#+=-]|[0-9]{1,9}(?=[.)](?:\s|$)))")
_INDENT = re.compile("^ (?= )")  # four of them would begin a block of code, where Markdown begins
_LONG_RUN = re.compile("`{64}(?=`)")  # GitHub's parser counts up to 80 in a code span and 255 in a fence


def visible(text: str) -> str:
    r"""Make what cannot be seen visible: ``\u202e`` instead of the character.  Tabs and line ends stay."""
    return _INVISIBLE.sub(lambda match: _escape(match[0]), text)


def one_line(text: str) -> str:
    """``visible`` on a single line."""
    return visible(re.sub(r"\r\n|[\r\n]", "⏎", text).replace("\t", " "))


def escape_text(text: Any) -> Markup:
    """Plain text that stays plain text: no Markdown, HTML, mention, reference, emoji or link comes of it.

    Signs become entities, because backslashes do nothing where HTML such as ``<summary>`` surrounds them.  A whole
    number gets its thousands apart.
    """
    if isinstance(text, Markup):
        return text
    line = _break_up(one_line(f"{text:,}" if isinstance(text, int) else str(text)))
    line = _SIGNS.sub(lambda match: f"&#{ord(match[0])};", html.escape(line, quote=False))
    return Markup(_part_dollars(_INDENT.sub("&#32;", _BLOCK_START.sub(_escape_start, line))))


def code_anywhere(text: str) -> Markup:
    """A code span of HTML, for places of which nobody knows whether Markdown or HTML surrounds them."""
    return Markup(f"<code>{escape_text(text) or ' '}</code>")


def trusted(text: str) -> Markup:
    """Text of our own, or made by a template of ours: it is let through as it is.  Never for text of a plan."""
    return Markup(text)


def code(text: str) -> Markup:
    """A code span, for running text and lists."""
    line = _shorten_runs(one_line(text)) or " "
    ticks = "`" * (_longest_run(line, "`") + 1)
    pad = " " if line.strip(" ") and (line[0] in "` " or line[-1] in "` ") else ""  # one pair of spaces is stripped
    return Markup(f"{ticks}{pad}{line}{pad}{ticks}")


def cell_code(text: str) -> Markup:
    """A code span inside a table, where the bar must be escaped even in code."""
    return Markup(str(code(text)).replace("|", "\\|"))


def html_code(text: str) -> Markup:
    """For ``<summary>``, which is HTML."""
    return Markup(f"<code>{html.escape(one_line(text))}</code>")


def link(url: str, text: str) -> Markup:
    """A link to an address of our own making; where that is not plain https, the text alone."""
    shown = html.escape(one_line(text))
    return Markup(f'<a href="{url}">{shown}</a>' if _ADDRESS.fullmatch(url) else shown)


def fence(lines: Iterable[str], info: str = "") -> Markup:
    """A fenced block, longer than any fence inside."""
    body = "\n".join(visible(re.sub(r"\r\n|\r", "\n", line)).replace("\n", "⏎") for line in lines)
    body = _shorten_runs(body)
    ticks = "`" * max(3, _longest_run(body, "`") + 1)
    return Markup(f"{ticks}{info}\n{body}\n{ticks}")


def diff_fence(lines: Iterable[tuple[str, str]]) -> Markup:
    """A ``diff`` block.  Every line starts with our own sign, so that no value can fake one."""
    return fence((f"{sign} {text}".rstrip() if text else sign.rstrip() or " " for sign, text in lines), "diff")


def plain_table(rows: Sequence[Sequence[str]], headers: Sequence[str]) -> str:
    """A table for the terminal; cells are made visible and stay on one line."""
    from tabulate import tabulate  # here, because most reports have no table, and it brings the module email

    cells = [[one_line(cell) for cell in row] for row in rows]
    return tabulate(cells, headers=list(headers), tablefmt="simple", disable_numparse=True)


def markdown_table(rows: Sequence[Sequence[Markup]], headers: Sequence[Markup], align: Sequence[str]) -> Markup:
    """A small Markdown table; every cell is Markup already."""
    from tabulate import tabulate

    return Markup(tabulate(rows, headers=list(headers), tablefmt="pipe", disable_numparse=True, colalign=align))


def _escape(letter: str) -> str:
    number = ord(letter)
    return f"\\u{number:04x}" if number <= 0xFFFF else f"\\U{number:08x}"


def _break_up(text: str) -> str:
    return _ACTIVE.sub(lambda match: match[0] + _JOINER, text)


def _part_dollars(text: str) -> str:
    """Neither backslash nor entity keeps GitHub from reading mathematics.  Source: GitHub Docs."""
    return text.replace("$", "<span>$</span>")


def _shorten_runs(text: str) -> str:
    return _LONG_RUN.sub(lambda match: match[0] + _JOINER, text)


def _escape_start(match: re.Match[str]) -> str:
    return f"{match[1]}{match[2]}{_JOINER}" if match[2].isdigit() else f"{match[1]}&#{ord(match[2])};"


def _longest_run(text: str, letter: str) -> int:
    return max((len(run) for run in re.findall(f"{re.escape(letter)}+", text)), default=0)
