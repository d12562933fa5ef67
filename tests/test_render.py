"""Rendering: safe by default, within the budget, dangerous things never cut."""

import re

import jinja2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.marker import read_marker
from bot.render import BUDGET, render, render_status
from bot.templating import build_markdown_environment
from tests.support.html import parse
from tests.support.plans import TEMPLATES, plan, row, run

ATTACK = 'x"]</code></details>\n<!-- @octocat #1 | ``` [a](b) <img src=x onerror=alert(1)>\u202e'


def test_a_template_that_forgets_its_filter_cannot_inject() -> None:
    environment = build_markdown_environment({"t.md.j2": "before {{ text }}\n\nafter"})
    root = parse(environment.get_template("t.md.j2").render(text=ATTACK))
    assert [node.tag for node in root.children if not isinstance(node, str)] == ["p", "p"]
    assert all(isinstance(child, str) for child in root.find("p")[0].children)


def test_templates_have_our_filters_and_no_others() -> None:
    """Jinja2's join, replace, format and safe would let text pass that is only HTML-escaped, or not at all."""
    environment = build_markdown_environment(TEMPLATES)
    assert set(environment.filters) == {
        "cell_code",
        "code",
        "count",
        "diff_fence",
        "fence",
        "holding",
        "html_code",
        "link",
        "plural",
        "tick",
    }
    with pytest.raises(jinja2.TemplateAssertionError):
        environment.from_string("{{ x|safe }}")


@pytest.mark.parametrize("name", [name for name in TEMPLATES if name.endswith(".md.j2")])
def test_templates_never_glue_text_with_markup(name: str) -> None:
    """``~`` and ``%`` would escape for HTML only."""
    expressions = re.findall(r"\{\{.*?\}\}", TEMPLATES[name])
    assert [text for text in expressions if re.search(r"[~%+]", text)] == []


def test_a_missing_value_is_an_error_not_a_gap() -> None:
    with pytest.raises(jinja2.UndefinedError):
        build_markdown_environment({"t": "{{ nothing }}"}).get_template("t").render()


@given(key=st.text(max_size=30), value=st.text(max_size=30))
def test_no_key_or_value_breaks_the_comment(key: str, value: str) -> None:
    quoted = key.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r")
    document = plan(
        row(f'aws_s3_bucket.b["{quoted}"]', ["delete"], {"bucket": value, "region": key}),
        row("a_b.c", ["update"], {"x": key, key: value}, {"x": value, key: key}),
        row("a_b.d", ["create"], None, {"x": value}, change={"importing": {"id": value}, "generated_config": value}),
        output_changes={
            key: {
                "actions": ["create"],
                "before": None,
                "after": value,
                "before_sensitive": False,
                "after_sensitive": False,
            }
        },
    )
    made = run(document)
    root = parse(made.publication.comment)
    assert [node.text for node in root.find("h3")] == ["🗑️ Destroys and replaces", "Checklist"]
    assert root.find("tr") == []  # one stack needs no table
    assert [len(ul.find("li")) for ul in root.find("ul")] == [
        1,
        1,
        1,
        1,
        11,
        1,
    ]  # holding, what was not found, deletions, cost, checklist, labels
    assert len(root.find("details")) == len(root.find("summary")) == 1 + 3 + 1 + 1  # cost, changes, output, labels
    assert root.find("sub")[-1].text.endswith("plan-review 0.0.0")
    assert root.find("script") + root.find("img") + root.find("a") == []


def big(creates: int, deletes: int) -> bytes:
    rows = [row(f"a_b.new_{i}", ["create"], None, {"text": "x" * 200}) for i in range(creates)]
    rows += [row(f'aws_s3_bucket.old["key {i}"]', ["delete"], {"bucket": f"bucket-{i}"}) for i in range(deletes)]
    return plan(*rows, row("a_b.stays", ["no-op"], {}, {}))


@pytest.mark.parametrize(("creates", "deletes"), [(2000, 3), (500, 60), (500, 100), (10, 399), (10, 3000)])
def test_a_large_plan_fits_and_every_deletion_counts(creates: int, deletes: int) -> None:
    made = run(big(creates, deletes))
    comment = made.publication.comment
    assert len(comment.encode()) <= BUDGET
    assert ("✂️ Left out for want of room: " in comment) == (creates >= 500 or deletes >= 3000)  # 399 share a line
    listed = len(re.findall(r"`aws_s3_bucket\.old\[\"key \d+\"\]`", comment.split("### Checklist")[0]))
    if deletes <= 400:
        assert listed >= deletes
    else:
        assert f"- ⛔ destroys **{deletes:,}** × S3 bucket `aws_s3_bucket.old`: **data is lost**" in comment
        assert f" of {deletes:,} by address; the full report lists the others</summary>" in comment
    assert f"{deletes} deletions nobody explained" in comment or f"{deletes:,} deletions nobody explained" in comment
    assert "plan-review 0.0.0</sub>" in comment.splitlines()[-1]


@pytest.mark.parametrize("size", [2_000, 20_000, 200_000])
def test_hostile_lengths_fit_too(size: int) -> None:
    key = "k" * size
    rows = [row(f'aws_s3_bucket.old["{key}{i}"]', ["delete"], {"bucket": key}) for i in range(50)]
    problem = {"address": {"to_display": key}, "status": "fail", "instances": [{"problems": [{"message": key}]}]}
    made = run(
        plan(*rows, row(key, [key], {}, {})), plan(checks=[problem] * 30, output_changes={key: {"actions": ["update"]}})
    )
    assert len(made.publication.comment.encode()) <= BUDGET
    assert "PROD: this plan cannot be trusted" in made.publication.comment
    assert "**50** × S3 bucket: data is lost" in made.publication.comment or size < 20_000


def test_what_nobody_takes_is_not_rendered() -> None:
    report = run(plan(row("a_b.c", ["create"], None, {"x": 1}))).report
    whole, none = render(report, TEMPLATES), render(report, TEMPLATES, budget=0, summary_budget=0)
    assert (none.comment, none.summary) == ("", "")
    assert (none.status, none.checklist, none.exit_code) == (whole.status, whole.checklist, whole.exit_code)


def test_the_budget_may_be_smaller_still() -> None:
    report = run(big(300, 2)).report
    small = render(report, TEMPLATES, budget=12_000).comment
    assert len(small.encode()) <= 12_000
    assert "bucket-1" in small


def test_deletions_are_the_last_to_be_left_out() -> None:
    comment = render(run(big(300, 2)).report, TEMPLATES, budget=12_000).comment
    left_out = re.findall(r"Left out for want of room: (.*?)\. The", comment)
    assert len(left_out) == 1
    assert re.fullmatch(r"\d+ create", left_out[0])


def test_rules_8_9_11_13_marker_ticks_alerts_and_links() -> None:
    comment = run(
        plan(row("aws_s3_bucket.b", ["delete"], {"bucket": ATTACK}), row("a_b.stays", ["no-op"], {}, {}))
    ).publication.comment
    root = parse(comment)
    top = [node for node in root.children if not isinstance(node, str)]
    assert read_marker(comment) is not None  # its own line at the very start
    assert [node.tag for node in top[:2]] == ["h2", "blockquote"]  # an alert stands at the top level
    assert top[1].text.strip().splitlines()[0] == "[!CAUTION]"
    items = next(node for node in top if node.tag == "ul" and node.find("input")).find("li")
    assert len(items) == len([item for item in items if item.find("input")]) == 11  # every item can be ticked
    assert root.find("a") + root.find("img") == []


def test_a_summary_is_html_and_no_word_of_a_plan_gets_out_of_it() -> None:
    """The unknown action word stands in the line that unfolds; escaping for Markdown alone would leave its tags."""
    made = run(plan(row("a_b.c", ["</summary></details><img src=x>"], {}, {"a": 1})))
    root = parse(made.publication.comment)
    assert root.find("img") == []
    assert len(root.find("details")) == len(root.find("summary")) == 1
    assert "— unknown action &lt;/summary&gt;&lt;/details&gt;&lt;img src=x&gt;</summary>" in made.publication.comment


def test_the_status_line() -> None:
    assert render_status(run(plan()).report, TEMPLATES) == "plan-review/prod: success: no changes: nothing to review"


def test_an_action_word_cannot_swallow_what_follows_its_summary() -> None:
    """``<summary>`` is HTML, where a backslash protects nothing."""
    rows = (row("a_b.c", ["<!--"], {}, {}), row("a_b.d", ["</summary></details>"], {}, {}))
    root = parse(run(plan(*rows)).publication.comment)
    summaries = [node.text for node in root.find("summary")]
    assert summaries == ["❓ a_b.c — unknown action <!--", "❓ a_b.d — unknown action </summary></details>"]
    assert root.find("sub")[-1].text.endswith("plan-review 0.0.0")
