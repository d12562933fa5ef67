"""A comment as GitHub shows it: its parser, its sanitiser, its stylesheet, and what its page draws around them.

Source: GitHub Docs; the order of the steps is that of github/markup's README, the tags are those of html-pipeline's
sanitiser.  Not GitHub itself: mentions and references do not become links here.
"""

import html
import re
from collections.abc import Iterable
from html.parser import HTMLParser
from typing import Literal

import cmarkgfm
from cmarkgfm.cmark import Options

from tests.support.node import module_file

Theme = Literal["light", "dark", "dark-high-contrast"]
BACKGROUNDS: dict[Theme, str] = {"light": "#ffffff", "dark": "#0d1117", "dark-high-contrast": "#0a0c10"}
KEPT = frozenset(
    "a b blockquote br code dd del details div dl dt em h1 h2 h3 h4 h5 h6 hr i img input ins kbd li ol p picture pre q"
    " s samp section small source span strike strong sub summary sup table tbody td tfoot th thead tr tt ul var".split()
)
ATTRIBUTES = frozenset("align alt checked disabled height href lang open src title type width".split())
ALERT = re.compile(
    r"<blockquote>\s*<p>\[!(NOTE|TIP|IMPORTANT|WARNING|CAUTION)\](?:<br>)?\s*(.*?)</blockquote>", re.DOTALL
)
DIFF = re.compile(r'<pre lang="diff"><code>(.*?)</code></pre>', re.DOTALL)
PRE = re.compile(r'<pre lang="\w*"><code>(.*?)</code></pre>', re.DOTALL)
TASK = re.compile(r'<li>(\s*(?:<p>)?\s*)<input([^>]*type="checkbox"[^>]*)>')
COLOURS = {"-": "pl-md", "+": "pl-mi1", "@": "pl-mdr", "!": "pl-mc"}
# What GitHub's own page adds: comments are set in 14 px, a box of the checklist hangs at the left of its line.
FRAME = """
body{margin:0;padding:16px;background:%s}
.markdown-body{font-size:14px;overflow-wrap:break-word}
"""


class _Sanitiser(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.out: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in KEPT:
            told = "".join(f' {name}="{html.escape(value or "")}"' for name, value in attrs if name in ATTRIBUTES)
            self.out.append(f"<{tag}{told}>")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag in KEPT:
            self.out.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        self.out.append(data)

    def handle_entityref(self, name: str) -> None:
        self.handle_data(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self.handle_data(f"&#{name};")


def show_markdown(markdown: str, *, unfold: bool = False) -> str:
    """The HTML inside a comment's box.  Line ends are breaks, as in comments."""
    options = Options.CMARK_OPT_UNSAFE | Options.CMARK_OPT_HARDBREAKS | Options.CMARK_OPT_FOOTNOTES
    sanitiser = _Sanitiser()
    sanitiser.feed(cmarkgfm.github_flavored_markdown_to_html(markdown, options=options))
    sanitiser.close()
    text = ALERT.sub(_alert, "".join(sanitiser.out))
    text = TASK.sub(r'<li class="task-list-item">\1<input class="task-list-item-checkbox"\2>', text)
    text = DIFF.sub(lambda match: _pre(_colour_diff(match[1].splitlines())), text)
    text = PRE.sub(lambda match: _pre(match[1]), text)
    return text.replace("<details>", "<details open>") if unfold else text


def build_page(markdown: str, theme: Theme, *, unfold: bool = False) -> str:
    """A whole page with nothing else on it."""
    style = module_file(f"github-markdown-css/github-markdown-{theme}.css").read_text(encoding="utf-8")
    style += FRAME % BACKGROUNDS[theme]
    body = show_markdown(markdown, unfold=unfold)
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f'<title>comment</title><style>{style}</style><article class="markdown-body">{body}</article></html>'
    )


def _alert(match: re.Match[str]) -> str:
    kind = match[1].lower()
    title = f'<p class="markdown-alert-title">{kind.title()}</p>'
    return f'<div class="markdown-alert markdown-alert-{kind}">{title}<p>{match[2]}</div>'


def _pre(text: str) -> str:
    return f'<div class="highlight"><pre>{text}</pre></div>'


def _colour_diff(lines: Iterable[str]) -> str:
    return "\n".join(
        f'<span class="{COLOURS[line[0]]}">{line}</span>' if line[:1] in COLOURS else line for line in lines
    )
