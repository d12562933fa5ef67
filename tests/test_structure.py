"""Whatever a stranger writes, wherever: the comment keeps its shape, and nothing in it comes to life."""

import re
from collections.abc import Sequence
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.places import PLACES, publish
from tests.support.skeleton import Skeleton, read_skeleton

PIECES = [
    "`",
    "```",
    "`" * 81,
    "`" * 256,
    "~~~",
    "```diff",
    "<details>",
    "</details>",
    "</summary>",
    "</code>",
    "<summary>",
    "<!--",
    "-->",
    "<img src=x onerror=alert(1)>",
    "<a href=//evil.example>",
    "<https://evil.example>",
    "<table><tr><td>",
    "<?php",
    "<![CDATA[",
    "|",
    "|---|---|",
    "\\",
    "\\|",
    "\n",
    "\n\n",
    "\r",
    "\r\n",
    "\t",
    " ",
    "    ",
    "\u00a0",
    "\u2028",
    "\u0085",
    "@user",
    "@org/team",
    "#12",
    "GH-1",
    "gh-2",
    "org/repo#1",
    "0123456789abcdef0123456789abcdef01234567",
    "deadbee",
    "http://evil.example",
    "HTTPS://EVIL.EXAMPLE",
    "www.evil.example",
    "WWW.evil.example",
    "mailto:a@evil.example",
    "a@evil.example",
    "![](http://evil.example/x.png)",
    "![x][y]",
    "[x](y)",
    "[x]: http://evil.example",
    "[x]",
    "[^1]",
    "[^1]: note",
    "$math$",
    "$$x$$",
    "$`x`$",
    ":emoji:",
    ":+1:",
    "&lt;b&gt;",
    "&#64;user",
    "&",
    "- [ ] ",
    "- [x] ",
    "1. ",
    "> ",
    "> [!CAUTION]",
    "[!CAUTION]",
    "# ",
    "===",
    "---",
    "***",
    "**",
    "*",
    "_",
    "__",
    "~",
    "~~",
    "+ ",
    "- ",
    "\x00",
    "\x1b[31m",
    "\u202e",
    "\u200b",
    "\u2060",
    "\ufeff",
    "\U000e0041",
    "{{ x }}",
    "{% raw %}",
    "word",
    "é",
    "日本",
    '"',
    "'",
    "${var.x}",
    "(",
    ")",
    "!",
    ":",
    "/",
    ".",
    ",",
    "=",
    "%",
]
HOSTILE = st.lists(
    st.sampled_from(PIECES) | st.text(st.characters(exclude_categories=["Cs"]), max_size=4), min_size=1, max_size=6
).map("".join)
# Two or three at a time is where most of what breaks out breaks out.
ALWAYS = [
    "<!-- swallow",
    "</code></summary></details>\n\n<img src=x> @user #12",
    "```\n\n</details>\n<!--",
    "`" * 81 + "<img src=x>",
    "x\n" + "`" * 256 + "\n<img src=x>\n<!--",
    "a](http://evil.example) ![b](http://evil.example) [x]: y",
    "\n\n> [!CAUTION]\n\n- [x] done\n\n# heading\n===",
    "| a | b |\n|---|---|\n| c | d |",
    "* * *",
    "** bold ** _under_ ~~gone~~",
    "*",
    "@user, #12, GH-1, gh-1, org/repo#1, deadbee, :emoji:, $math$, www.evil.example, a@evil.example",
    "\u202e\u200b\x00\x1b[31m",
    " ",
    "\t\tx",
]


# Places by turns, so that one text stands in a few places that have nothing to do with one another.
GROUPS = [sorted(PLACES)[start::3] for start in range(3)]


def harmless(text: str) -> str:
    """As many characters in as many lines, and nothing in them."""
    return re.sub(r"[^\s]", "x", text)


@cache
def shape(text: str, places: tuple[str, ...]) -> tuple[Skeleton, Skeleton]:
    """Of the comment and of the step summary."""
    made = publish(dict.fromkeys(places, text))
    return read_skeleton(made.comment), read_skeleton(made.summary)


def check(text: str, places: Sequence[str]) -> None:
    for got, wanted in zip(shape(text, tuple(places)), shape(harmless(text), tuple(places)), strict=True):
        assert got.tree == wanted.tree
        assert got.active == wanted.active


@pytest.mark.parametrize("places", GROUPS, ids=", ".join)
@pytest.mark.parametrize("text", ALWAYS, ids=range(len(ALWAYS)))
def test_what_is_known_to_break_out_does_not(text: str, places: Sequence[str]) -> None:
    check(text, places)


@pytest.mark.parametrize("places", GROUPS, ids=", ".join)
@settings(max_examples=6)
@given(text=HOSTILE)
def test_any_text_in_any_place_leaves_the_shape_alone(text: str, places: Sequence[str]) -> None:
    check(text, places)
