"""Hostile text in Markdown: every rule is looked at in the HTML that GitHub's own parser makes of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from bot.markdown import (
    cell_code,
    code,
    diff_fence,
    escape_text,
    fence,
    html_code,
    link,
    markdown_table,
    one_line,
    plain_table,
    visible,
)
from tests.support.html import Node, parse, render_html

HOSTILE = [
    "`",
    "``` `` `",
    " leading and trailing ",
    "`starts and ends`",
    "a|b",
    "a\\|b",
    "two\nlines",
    "bare\rreturn",
    "windows\r\nline",
    "<!-- swallow everything",
    "</details></details>",
    "<script>alert(1)</script>",
    "&lt;b&gt; &#64;octocat",
    "@octocat and @org/team",
    "#12 GH-12 owner/repo#12",
    "[text](https://evil.example)",
    "![image](https://evil.example/x.png)",
    "https://evil.example www.evil.example a@evil.example",
    ":+1: :key:",
    "*bold* _under_ ~~gone~~ **b**",
    "# heading",
    "- [x] done",
    "1. one",
    "> quote",
    "=== ",
    "---",
    "```diff",
    "~~~",
    "[^1] and [link]: https://evil.example",
    "0123456789abcdef0123456789abcdef01234567",
    "$x$ and $$y$$",
    "\u202egnp.exe\u202c",
    "zero\u200bwidth",
    "`" * 80 + "<img src=x>",
    "`" * 254,
    "`" * 2000 + "<!--",
    "",
    " ",
]


def shown(text: str) -> str:
    """Without the joiners that break up what would be active, or more than the parser counts."""
    return text.replace("\u2060", "")


def elements(node: Node) -> list[str]:
    """Tags below, but for the bare ``span`` that keeps a dollar sign alone."""
    inner = [child for child in node.children if isinstance(child, Node)]
    return [tag for child in inner for tag in ([] if child.tag == "span" else [child.tag]) + elements(child)]


@pytest.mark.parametrize("text", HOSTILE)
def test_rule_1_a_code_span_holds_any_text(text: str) -> None:
    items = parse(f"- {code(text)}\n- next").find("li")
    assert [shown(item.text).strip() for item in items] == [one_line(text).strip(), "next"]
    assert len(items[0].find("code")) == 1
    assert shown(items[0].find("code")[0].text) == (one_line(text) or " ")


@pytest.mark.parametrize("text", [*HOSTILE, "```\n# out", "    ```", "- a\n+ b\n@@ c", "`" * 255 + "\n<img src=x>"])
def test_rule_2_a_fence_holds_any_text(text: str) -> None:
    root = parse(f"{fence(text.splitlines())}\n\nafter")
    assert [child.tag for child in root.children if not isinstance(child, str)] == ["pre", "p"]
    assert shown(root.find("pre")[0].text.rstrip("\n")) == "\n".join(
        visible(line) for line in text.replace("\r\n", "\n").replace("\r", "\n").splitlines()
    ).rstrip("\n")


def test_rule_2_no_value_can_fake_a_diff_line() -> None:
    text = parse(str(diff_fence([("-", "old"), (" ", "+ fake"), ("+", "- fake\n+ fake")]))).find("pre")[0].text
    assert text.splitlines() == ["- old", "  + fake", "+ - fake⏎+ fake"]


@pytest.mark.parametrize("text", HOSTILE)
def test_rule_3_a_table_cell_holds_any_text(text: str) -> None:
    root = parse(f"| a | b |\n|---|---|\n| {cell_code(text)} | next |")
    cells = root.find("td")
    assert len(cells) == 2
    assert shown(cells[0].find("code")[0].text) == (one_line(text) or " ")
    assert cells[1].text == "next"


@pytest.mark.parametrize("text", HOSTILE)
def test_rules_4_to_6_escaped_text_is_only_text(text: str) -> None:
    root = parse(f"before {escape_text(text)}\n\nafter")
    assert [child.tag for child in root.children if not isinstance(child, str)] == ["p", "p"]
    assert elements(root.find("p")[0]) == []
    assert shown(root.find("p")[0].text) == f"before {one_line(text)}".rstrip()


@pytest.mark.parametrize("text", [text for text in HOSTILE if text.strip()])
def test_rule_6_text_at_the_start_of_a_line_starts_no_block(text: str) -> None:
    root = parse(f"{escape_text(text.strip())}\n\nafter")
    assert [child.tag for child in root.children if not isinstance(child, str)] == ["p", "p"]


@pytest.mark.parametrize(
    "text",
    [
        "@octocat",
        "@org/team",
        "#12",
        "GH-12",
        "o/r#12",
        ":key:",
        "https://a.b",
        "www.a.b",
        "a@b.c",
        "deadbeef01",
        "$x$",
    ],
)
def test_what_github_makes_active_after_markdown_is_broken_up(text: str) -> None:
    assert text not in render_html(str(escape_text(text)))


@pytest.mark.parametrize("text", HOSTILE)
def test_rule_7_a_summary_holds_any_text(text: str) -> None:
    root = parse(f"<details><summary>{html_code(text)} - title</summary>\n\ninside\n\n</details>\n\nafter")
    assert root.find("summary")[0].find("code")[0].text == one_line(text)
    assert [p.text for p in root.find("p")] == ["inside", "after"]


@pytest.mark.parametrize("text", HOSTILE)
def test_rule_7_words_in_a_summary_are_only_words(text: str) -> None:
    root = parse(f"<details><summary>before {escape_text(text)}</summary>\n\ninside\n\n</details>\n\nafter")
    assert elements(root.find("summary")[0]) == []
    assert shown(root.find("summary")[0].text) == f"before {one_line(text)}"
    assert [p.text for p in root.find("p")] == ["inside", "after"]


@pytest.mark.parametrize("text", HOSTILE)
def test_rule_7_a_summary_that_forgets_its_filter_makes_no_element(text: str) -> None:
    root = parse(f"<details><summary>before {escape_text(text)}</summary>\n\ninside\n\n</details>\n\nafter")
    assert elements(root.find("summary")[0]) == []
    assert [p.text for p in root.find("p")] == ["inside", "after"]


def test_rule_10_what_nobody_sees_becomes_visible() -> None:
    assert visible("a\u202eb\x00c\u200bd\ud800e\U000e0041f\x1b[31m") == (
        "a\\u202eb\\u0000c\\u200bd\\ud800e\\U000e0041f\\u001b[31m"
    )
    assert visible("tab\tand\nline stay, ü 日本 🎉 too") == "tab\tand\nline stay, ü 日本 🎉 too"


def test_markup_passes_through_once() -> None:
    assert escape_text(Markup("**bold**")) == Markup("**bold**")
    assert escape_text("**bold**") == Markup("&#42;&#42;bold&#42;&#42;")


def test_tables() -> None:
    assert plain_table([["a\nb", "1"]], ["x", "y"]) == "x    y\n---  ---\na⏎b  1"
    table = markdown_table([[cell_code("a|b"), Markup("**1**")]], [Markup("x"), Markup("y")], ["left", "center"])
    assert [cell.text for cell in parse(str(table)).find("td")] == ["a|b", "1"]


@given(st.text(max_size=60))
def test_any_text_stays_inside_code_cell_and_fence(text: str) -> None:
    shown = one_line(text) or " "
    assert parse(f"- {code(text)}\n- next").find("code")[0].text == shown
    cells = parse(f"| a | b |\n|---|---|\n| {cell_code(text)} | next |").find("td")
    assert (cells[0].text, cells[1].text) == (shown, "next")
    assert [node.text for node in parse(f"{fence([text])}\n\nafter").find("p")] == ["after"]


@given(st.text(max_size=60))
def test_any_escaped_text_makes_no_element(text: str) -> None:
    root = parse(f"before {escape_text(text)} after")
    assert [child.tag for child in root.children if not isinstance(child, str)] == ["p"]
    assert elements(root.find("p")[0]) == []


def test_a_link_is_made_of_an_address_of_our_own_alone() -> None:
    address = "https://github.com/o/r/actions/runs/7/attempts/1#artifacts"
    assert link(address, "full <report>") == f'<a href="{address}">full &lt;report&gt;</a>'
    (found,) = parse(f"<sub>{link(address, 'x')}</sub>").find("a")
    assert found.attributes == {"href": address}


@pytest.mark.parametrize(
    "address",
    [
        "",
        "http://github.com/o/r",
        "javascript:alert(1)",
        'https://x/"onclick=bad',
        "https://x/a b",
        "https://x/a\n",
        "https://x/<",
        "https://x/?q",
        "https://a@b/",
    ],
)
def test_every_other_address_is_left_out(address: str) -> None:
    assert link(address, "run 7") == "run 7"
