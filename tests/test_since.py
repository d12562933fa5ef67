"""What changed since the plan that was shown before, in words and in Markdown."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.age import tell_age
from bot.config import Config
from bot.export import ReportOut, export_report
from bot.promotion import Source, list_steps
from bot.record import Problem, Stack
from bot.report import Origin
from bot.review import Review, Settings, build_stacks, review
from bot.since import Earlier, Since, compare_since
from bot.terminal import format_terminal
from tests.support.html import parse
from tests.support.plans import CATALOG, TEMPLATES, changes, plan, row

ONE = row("a_b.one", ["update"], {"x": 1}, {"x": 2})


def since(earlier: tuple[Stack, ...], *stacks: Stack, run_id: str = "1") -> Since:
    found = compare_since(Earlier(stacks=earlier, run_id=run_id), stacks, "pass", ())
    assert found is not None
    return found


def test_the_same_a_new_a_gone_and_an_unread_stack() -> None:
    one, two = Stack(name="one", plan=changes(ONE)), Stack(name="two", plan=changes(ONE))
    assert since((one,), one).same
    found = since((one,), one, two)
    assert [(row.stack, row.state, len(row.delta.new)) for row in found.stacks] == [
        ("one", "compared", 0),
        ("two", "new", 1),
    ]
    assert [(row.stack, row.state) for row in since((one, two), one).stacks] == [("one", "compared"), ("two", "gone")]
    broken = Stack(name="one", problem=Problem("m", "a"))
    for earlier, now in ((broken, one), (one, broken)):
        found = since((earlier,), now)
        assert (found.stacks[0].state, found.same) == ("unread", False)


def test_plans_given_as_files_need_no_names() -> None:
    yesterday, today = Stack(name="yesterday", plan=changes(ONE)), Stack(name="net", plan=changes(ONE))
    assert since((yesterday,), today, run_id="").same
    assert not since((yesterday,), today).same
    assert compare_since(None, (today,), "pass", ()) is None


@pytest.mark.parametrize(
    ("then", "age"),
    [
        ("2026-11-25T11:59:30Z", "just now"),
        ("2026-11-25T11:15:00Z", "45 min ago"),
        ("2026-11-25T09:50:00Z", "2 h ago"),
        ("2026-11-20T12:00:00Z", "5 days ago"),
        ("2026-11-25T12:00:01Z", ""),
        ("", ""),
        ("yesterday", ""),
    ],
)
def test_how_long_ago(then: str, age: str) -> None:
    assert tell_age(then, "2026-11-25T12:00:00Z") == age


def story(*rows: dict[str, object], name: str = "default") -> Review:
    """Everything is new since an earlier, empty plan, and STAGE saw nothing of it."""
    empty = Stack(name=name, plan=changes(row("a_b.gone", ["create"], None, {"x": 1})))
    return review(
        [Stack(name=name, plan=stack.plan) for stack in build_stacks(name, plan(*rows), Config().secrets)],
        Settings(
            config=Config(),
            catalog=CATALOG,
            templates=TEMPLATES,
            environment="prod",
            pull_request=None,
            earlier=Earlier(stacks=(empty,), run_id="1", verdict="pass"),
            promoted=(
                Source(name=name, steps=tuple(list_steps(name, empty.plan))),
                Source(name=name, because="is of PROD, not of STAGE"),
            ),
            origin=Origin(version="0.0.0"),
        ),
    )


def test_deletions_come_first_and_what_is_left_out_is_counted() -> None:
    creations = [row(f"a_b.c[{n}]", ["create"], None, {"x": 1}) for n in range(30)]
    deletions = [row(f"a_b.d[{n}]", ["delete"], {"x": 1}) for n in range(60)]
    made = story(*creations, *deletions)
    part = made.publication.comment.split("### Since you last looked", 1)[1].split("\n###", 1)[0]
    new = part.split("- **New, 90 changes:**\n", 1)[1].splitlines()
    assert new[0].startswith("  - 🗑️ destroy `a_b.d[0]`, ")
    assert new[0].endswith("`a_b.d[49]` and 10 more")
    assert new[1].endswith("`a_b.c[9]` and 20 more")


def test_three_thousand_deletions_stay_within_the_budget() -> None:
    made = story(*(row(f'module.m["{n}"].a_b.d', ["delete"], {"x": 1}) for n in range(3000)))
    assert len(made.publication.comment.encode()) <= 65_000
    assert "3,000 objects destroyed here that STAGE never destroyed" in made.publication.comment


def test_the_report_as_json_and_in_the_terminal() -> None:
    made = story(row("a_b.d", ["delete"], {"x": 1}), ONE)
    report = msgspec.json.decode(export_report(made.facts), type=ReportOut)
    assert report.since is not None
    assert report.promotion is not None
    assert [one.address for one in report.since.new] == ["a_b.d", "a_b.one"]
    assert [one.address for one in report.since.gone] == ["a_b.gone"]
    assert (report.since.verdict_before, report.since.verdict) == ("pass", "hold")
    assert [one.address for one in report.promotion.destroys] == ["a_b.d"]
    text = format_terminal(made.report, colour=False)
    assert (
        "Since you last looked (run 1). The verdict was: pass; it is now: do not merge.\n  New: destroy a_b.d\n" in text
    )
    assert "What STAGE got\n  default is of PROD, not of STAGE.\n  1 object destroyed here" in text
    assert "  Missing here, STAGE got it: create a_b.gone\n" in text


def skeleton(made: Review) -> list[str]:
    """The elements of the two sections, without the texts."""
    comment = made.publication.comment
    part = comment[comment.index("### Since you last looked") : comment.index("### Checklist")]
    return [node.tag for tag in ("h3", "ul", "li", "p", "code", "a", "img", "table") for node in parse(part).find(tag)]


@settings(max_examples=50)
@given(
    st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("`|<>&@#[]()*_~\n\\"), min_size=1, max_size=30)
)
def test_no_name_breaks_out(hostile: str) -> None:
    def made(text: str) -> Review:
        deposed = row(f'a_b.d["{text}"]', ["delete"], {"x": 1}, deposed=text)
        return story(deposed, row(f'a_b.c["{text}"]', ["create"], None, {"x": 1}), name=text)

    assert skeleton(made(hostile)) == skeleton(made("harmless"))
