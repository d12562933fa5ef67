"""What a comment is made of, without its words: the tree of elements, and what GitHub would make active in its words.

GitHub's parser makes the tree; its filters then look at text outside of code for people, references, addresses, emoji
and mathematics.  Source of the rules: GitHub Docs, "Autolinked references and URLs", "Basic writing and formatting
syntax", "Writing mathematical expressions".
"""

import re
from html.parser import HTMLParser

import cmarkgfm
from cmarkgfm.cmark import Options
from msgspec import Struct

VOID = {"br", "hr", "img", "input"}
QUIET = {"code", "pre", "a"}
ACTIVE = {
    "mention": re.compile(r"@[A-Za-z0-9_-]"),  # e-mail addresses too
    "issue": re.compile(r"#[0-9]|\bGH-[0-9]", re.IGNORECASE),
    "commit": re.compile(r"\b[0-9a-f]{7,40}\b", re.IGNORECASE),
    "link": re.compile(r"\b[a-z][a-z0-9+.-]*://|\bwww\.|\bmailto:\S", re.IGNORECASE),
    "emoji": re.compile(r":[a-z0-9_+-]*[a-z_+-][a-z0-9_+-]*:", re.IGNORECASE),
    "math": re.compile(r"\$[^\s$][^$]*\$"),
}


class Skeleton(Struct, frozen=True):
    """``tree`` is one line per element, indented; ``active`` is what GitHub's filters find, as kind and words."""

    tree: tuple[str, ...]
    active: tuple[tuple[str, str], ...]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tree: list[str] = []
        self.active: list[tuple[str, str]] = []
        self.words = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.flush()
        if tag == "span":  # around a dollar sign; GitHub takes its attributes away
            return
        written = "".join(f' {name}="{value}"' if value else f" {name}" for name, value in sorted(attrs))
        self._add(f"{tag}{written}")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        self.flush()
        if tag == "span":
            return
        if tag in self.open:
            while self.open.pop() != tag:
                self._add("(not closed)")
        elif tag not in VOID:
            self._add(f"(closes nothing: {tag})")

    def handle_data(self, data: str) -> None:
        self.words += data

    def handle_comment(self, data: str) -> None:
        self.flush()
        self._add(f"(comment {data.strip().split(' ')[0].rpartition(':')[0]})")

    def handle_decl(self, decl: str) -> None:
        self._add("(declaration)")

    def handle_pi(self, data: str) -> None:
        self._add("(instruction)")

    def _add(self, line: str) -> None:
        self.tree.append("  " * len(self.open) + line)

    def flush(self) -> None:
        if not QUIET & set(self.open):
            for kind, pattern in ACTIVE.items():
                self.active += [(kind, match[0]) for match in pattern.finditer(self.words)]
        self.words = ""


def read_skeleton(markdown: str) -> Skeleton:
    """As a comment: line ends are breaks, footnotes are on, and all HTML passes, though GitHub would take some away."""
    options = Options.CMARK_OPT_UNSAFE | Options.CMARK_OPT_FOOTNOTES | Options.CMARK_OPT_HARDBREAKS
    reader = _Reader()
    reader.feed(cmarkgfm.github_flavored_markdown_to_html(markdown, options=options))
    reader.close()
    reader.flush()
    left = ["(not closed at the end)"] if reader.open else []
    return Skeleton(tree=(*reader.tree, *left), active=tuple(reader.active))
