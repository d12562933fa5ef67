"""Template texts -> Jinja2 environments, one for each kind of text.  The only place that knows Jinja2.

Safe by default: whatever a Markdown template prints is escaped unless it is ``Markup``, which only ``bot.markdown``
makes.  Jinja2's own filters are taken away, because some of them make HTML-escaped text pass for safe Markdown.
"""

from collections.abc import Callable, Mapping
from types import CodeType
from typing import Any

import jinja2
from jinja2.bccache import Bucket
from markupsafe import Markup, escape

from bot.markdown import (
    cell_code,
    code,
    diff_fence,
    escape_text,
    fence,
    html_code,
    link,
    one_line,
    trusted,
    visible,
)
from bot.page_rows import link_row
from bot.ticks import write_tick
from bot.verdict import list_holding
from bot.wording import plural

Templates = jinja2.Environment  # what the renderers hold in their hands


class _Compiled(jinja2.BytecodeCache):
    """What was compiled before in this process: a review renders the same templates more than once."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self.kept.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        if bucket.code is not None:
            self.kept[(bucket.key, bucket.checksum)] = bucket.code


_COMPILED = _Compiled()  # for Markdown alone: other kinds of text compile to something else


def _environment(templates: Mapping[str, str], finalize: Callable[[Any], Markup]) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.DictLoader(dict(templates)),
        undefined=jinja2.StrictUndefined,
        autoescape=True,  # `finalize` has made Markup of everything before; this is for what it never sees
        finalize=finalize,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters = {"plural": plural, "count": len, "holding": list_holding}
    environment.globals = {}
    return environment


def build_markdown_environment(templates: Mapping[str, str]) -> jinja2.Environment:
    """For comment and step summary: what is printed is escaped for Markdown."""
    environment = _environment(templates, escape_text)
    environment.bytecode_cache = _COMPILED
    environment.filters |= {
        "code": code,
        "cell_code": cell_code,
        "html_code": html_code,
        "link": link,
        "diff_fence": diff_fence,
        "fence": lambda text: fence(text.splitlines(), "hcl"),
        "tick": lambda item: trusted(write_tick(item.id, item.facts)),
    }
    return environment


def build_html_environment(templates: Mapping[str, str]) -> jinja2.Environment:
    """For the page: what is printed is escaped for HTML."""
    environment = _environment(templates, _visible)
    environment.filters |= {"link": link, "link_row": link_row}
    return environment


def build_text_environment(templates: Mapping[str, str]) -> jinja2.Environment:
    """For one line of plain text, such as the description of a status."""
    return _environment(templates, lambda value: trusted(one_line(str(value))))


def _visible(value: Any) -> Markup:
    return value if isinstance(value, Markup) else escape(visible(str(value)))
