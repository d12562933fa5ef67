"""What takes text of strangers, each as a function of bytes: it raises nothing, or there is a bug.

Coverage-guided by ``tests.fuzz.guided`` where atheris is installed; without it ``tests/fuzz/test_targets.py`` feeds
them known trouble and what hypothesis makes up.
"""

import contextlib
import html
import json
import re
from collections.abc import Callable
from typing import Any

import cmarkgfm
from cmarkgfm.cmark import Options

from bot.access.gather import gather
from bot.changes import list_changes
from bot.config import decode_config
from bot.document import split_documents
from bot.errors import BotError
from bot.inside import read_both
from bot.markdown import cell_code, code, diff_fence, escape_text, fence, html_code, one_line, visible
from bot.marker import read_marker, write_marker
from bot.mask import HIDDEN, UNKNOWN, conceal, reveal_nothing
from bot.pattern import only
from bot.plan import decode_plan
from bot.record import decode_record, encode_record
from bot.value import canonical
from tests.support.plans import CATALOG, changes, row

Target = Callable[[bytes], None]


def text_of(data: bytes) -> str:
    return (
        data.decode("utf-8", "surrogatepass" if b"\xed" in data else "replace")
        if _decodes(data)
        else data.decode("latin1")
    )


def _decodes(data: bytes) -> bool:
    try:
        data.decode("utf-8", "surrogatepass")
    except UnicodeError:
        return False
    return True


def decode(data: bytes) -> None:
    with contextlib.suppress(BotError):
        for document in split_documents(data):
            list_changes(decode_plan(document))


def record(data: bytes) -> None:
    with contextlib.suppress(BotError):
        read = decode_record(data)
        assert decode_record(encode_record(read)) == read


class _Nothing:
    """A censor that finds nothing."""

    def leaf(self, value: Any, path: tuple[str | int, ...]) -> Any:
        return value

    def key(self, text: str) -> str:
        return text


def mask(data: bytes) -> None:
    """Four trees: a value, the marks of its side, those of the other, what is unknown."""
    try:
        given = json.loads(data)
    except (ValueError, RecursionError):
        return
    value, marks, other, unknown = (*(given if isinstance(given, list) else [given]), None, None, None, None)[:4]
    if _deep(given):
        return
    shown = reveal_nothing(conceal(value, marks, other, unknown, _Nothing()))
    if marks is True or other is True:
        assert shown in (None, HIDDEN, UNKNOWN)
    again = reveal_nothing(conceal(shown, marks, other, unknown, _Nothing()))
    assert canonical(again) == canonical(reveal_nothing(conceal(again, marks, other, unknown, _Nothing())))


def _deep(node: Any, left: int = 100) -> bool:
    inner = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    return not left or any(_deep(child, left - 1) for child in inner)


POLICIES = (
    ("aws_iam_role", {"name": "r", "assume_role_policy": ""}),
    ("aws_s3_bucket_policy", {"bucket": "b", "policy": ""}),
    ("aws_iam_policy", {"name": "p", "policy": ""}),
    ("google_project_iam_policy", {"project": "p", "policy_data": ""}),
    ("vault_policy", {"name": "v", "policy": ""}),
    ("acme_thing", {"policy": ""}),
)


def iam(data: bytes) -> None:
    """A policy's text, as every kind of policy that there is."""
    text = text_of(data)
    with contextlib.suppress(BotError):
        rows = [
            row(f"{type_}.x", ["update"], values, {name: value or text for name, value in values.items()})
            for type_, values in POLICIES
        ]
        for touched in gather(changes(*rows), CATALOG.access).touched:
            for reading in (touched.before, touched.after):
                for grant in reading.grants:
                    assert grant.resource.covers(only("x")) in (True, False)


def markdown(data: bytes) -> None:
    text = text_of(data)
    for made in (code(text), cell_code(text), escape_text(text), html_code(text)):
        assert "\n" not in made
    assert _plain(code(text)) == (one_line(text) or " ").replace("\xa0", " ").strip() or "`" * 64 in text
    body = str(fence(text.split("\n")))
    rendered = _render(body + "\n\nafter")
    assert rendered.count("<pre") == 1
    assert rendered.rstrip().endswith("<p>after</p>")
    assert (
        _render(str(diff_fence([("+", visible(line)) for line in text.splitlines()])) + "\n\nafter").count("<pre") == 1
    )
    assert re.search(r"<(?!/?(?:p|span|h[1-6])>)", _render(str(escape_text(text)))) is None


def _render(text: str) -> str:
    return str(cmarkgfm.github_flavored_markdown_to_html(text, Options.CMARK_OPT_UNSAFE))


def _plain(markup: str) -> str:
    return html.unescape(re.sub(r"</?(?:p|code)>", "", _render(markup))).replace("\xa0", " ").strip()


def marker(data: bytes) -> None:
    found = read_marker(text_of(data))
    if found is not None:
        assert read_marker(write_marker(found)) == found


def inside(data: bytes) -> None:
    """Two texts that may be JSON or YAML."""
    before, _, after = text_of(data).partition("\0")
    both = read_both(before, after or before)
    if both is not None:
        assert canonical(both[0])


def config(data: bytes) -> None:
    with contextlib.suppress(BotError):
        decode_config(data, "plan-review.yml")


TARGETS: dict[str, Target] = {
    one.__name__: one for one in (decode, record, mask, iam, markdown, marker, inside, config)
}
