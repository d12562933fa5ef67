"""For people who do not see a comment as it was drawn: read aloud, without colours, as plain text in a mail."""

import re
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

from tests.scenarios.test_scenarios import STORIES, read_story
from tests.support.html import Node, parse
from tests.support.make_pictures import say

# What each sign means, in the words of which one stands in the same line, or in the line above the list it begins.
WORDS = {
    "⛔": "held|do not merge|cannot be|planning failed",
    "⚠️": "may pass|not hold the merge|[Ll]ook",
    "✅": "no changes|to [a-z]+|only|may pass|not hold the merge",
    "✨": "create",
    "📝": "update",
    "♻️": "replace|Destroys and replaces",
    "🗑️": "destroy|Destroys|delete|deletion",
    "👋": "forget",
    "➡️": "move",
    "📥": "import",
    "🔎": "read|Nothing found",
    "❓": "unknown",
    "🔴": "critical",
    "🟠": "high",
    "🟡": "medium",
    "⚪": "low|info",
    "🔑": "[Pp]ermissions?",
    "🌐": "Opened",
    "💰": "Cost|bill",
    "🏷️": "Names|[Ll]abel",
    "🔍": "Scanners",
    "✂️": "Left out",
    "ℹ️": r"\w+ \w+",
    "＋": "new|more",
    "−": "gone|less",
}
TAGS = frozenset(
    "a blockquote br code details em h2 h3 input li ol p pre root span strong sub summary table tbody td th thead tr ul".split()
)
EMOJI = re.compile("[\u2139\u2600-\u27bf\U0001f000-\U0001faff]\ufe0f?")
VERDICT = re.compile(r"^(DEV|STAGE|PROD): (do not merge yet – .+|this plan cannot be trusted|look before .+|.*\w.*)$")

each_story = pytest.mark.parametrize("folder", STORIES, ids=lambda folder: folder.name)
OURS = [folder for folder in STORIES if "--templates" not in read_story(folder).options]
each_story_in_our_words = pytest.mark.parametrize("folder", OURS, ids=lambda folder: folder.name)


@cache
def comment_of(folder: Path) -> str:
    return say(folder, "markdown")


def lines_of(folder: Path) -> list[str]:
    """Visible lines of the source, without what is inside fences."""
    text = re.sub(r"^(`{3,})\w*\n.*?^\1$", "", comment_of(folder), flags=re.DOTALL | re.MULTILINE)
    return [line for line in re.sub(r"<!--.*?-->", "", text).splitlines() if line.strip()]


def plain(line: str) -> str:
    """A line as a mail shows it to somebody who does not read Markdown, less the signs."""
    text = re.sub(r"<[^>]+>|[*`#>\u2060]|\\(?=\W)", "", line)
    return re.sub(r"\s+", " ", EMOJI.sub("", text)).strip()


def all_nodes(node: Node) -> list[Node]:
    inner = [child for child in node.children if isinstance(child, Node)]
    return [node, *(hit for child in inner for hit in all_nodes(child))]


@each_story_in_our_words
def test_no_sign_stands_alone(folder: Path) -> None:
    above = ""
    for line in lines_of(folder):
        for sign in EMOJI.findall(re.sub(r"`[^`]*`|<code>.*?</code>", "", line)):
            assert sign in WORDS, line
            assert re.search(WORDS[sign], f"{above} {line}"), line
        above = above if re.match(r"\s*(>\s*)?- ", line) else line


@each_story
def test_headings_do_not_skip_a_level(folder: Path) -> None:
    levels = [int(node.tag[1]) for node in all_nodes(parse(comment_of(folder))) if re.fullmatch("h[1-6]", node.tag)]
    assert levels[0] == 2
    assert all(after <= before + 1 for before, after in pairwise(levels))


@each_story
def test_what_unfolds_says_what_is_inside(folder: Path) -> None:
    for node in parse(comment_of(folder)).find("details"):
        first = next(child for child in node.children if isinstance(child, Node))
        assert first.tag == "summary"
        assert re.search(r"[a-z]{3}", first.text), first.text


@each_story
def test_tables_have_headers_and_links_have_words(folder: Path) -> None:
    root = parse(comment_of(folder))
    for table in root.find("table"):
        assert all(re.search(r"[a-z]", cell.text) for cell in table.find("th"))
        assert table.find("th")
    assert all(re.search(r"[A-Za-z]{3}", link.text) for link in root.find("a"))
    assert root.find("img") == []


@each_story
def test_only_elements_that_github_keeps(folder: Path) -> None:
    assert {node.tag for node in all_nodes(parse(comment_of(folder)))} <= TAGS


@each_story_in_our_words
def test_a_mail_begins_with_environment_verdict_and_reason(folder: Path) -> None:
    """Mails show the first lines as they are, ``[!CAUTION]`` too; the hidden marker is none of them."""
    first, *more = [text for line in lines_of(folder) if (text := plain(line))][:3]
    assert re.match(VERDICT, first)
    assert first.startswith(f"{read_story(folder).environment.upper()}: ")
    if "do not merge" in first or "cannot be trusted" in first:
        assert more[0] == "[!CAUTION]"
        assert re.match(r"\w.* \w.*\.", more[1]), more[1]
    assert all(len(text) > 5 for text in more)


def test_every_story_is_looked_at() -> None:
    assert len(STORIES) >= 36
