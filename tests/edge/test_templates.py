"""Templates of the user's own on GitHub: those of the base branch, in one request, and none where there are none."""

import json

import pytest

from bot.marker import read_marker
from tests.edge.test_publish_command import COMMENTS, CONFIG, CONFIRM, CREATE, DELETE, PULL, STATUS, UPDATE, Step
from tests.edge.test_publish_command import step as step
from tests.support.loopback_github import Fault

QUERY = "POST /graphql"
FOOTER = "parts/footer.md.j2"


def put(step: Step, files: dict[str, bytes], branch: str = "develop", settings: bytes = b"templates: 1\n") -> None:
    contents = step.state.contents
    contents[f"refs/heads/{branch}:.github/plan-review.yml"] = settings
    for name, data in files.items():
        contents[f"refs/heads/{branch}:.github/plan-review/templates/{name}"] = data


def test_the_base_branch_has_a_template_and_the_head_branch_another(step: Step) -> None:
    put(step, {FOOTER: b"of the base: {{ report.environment }}\n"})
    put(step, {FOOTER: b"of the head\n"}, branch="dev/x")
    folder = step.folder / ".github" / "plan-review" / "templates" / "parts"
    folder.mkdir(parents=True)  # the checkout is that of the head
    (folder / "footer.md.j2").write_text("of the checkout\n", encoding="utf-8")
    (folder.parents[2] / "plan-review.yml").write_text("templates: 1\n", encoding="utf-8")
    assert step.run(CREATE) == 0
    assert step.comment.splitlines()[-1] == "of the base: stage"
    assert "\nof the base: stage\n" in step.summary
    assert "of the head" not in step.comment + step.summary
    assert "of the checkout" not in step.comment + step.summary


def test_they_take_one_request_more(step: Step) -> None:
    put(step, {FOOTER: b"ours\n", "parts/idle.md.j2": b"idle\n", "team/x.md.j2": b"x\n"})
    step.run(CREATE)
    step.state.log.clear()
    assert step.run(CREATE) == 0
    assert step.state.log == [PULL, CONFIG, COMMENTS, QUERY, *UPDATE, STATUS, *CONFIRM]


def test_without_the_setting_nobody_looks_for_them(step: Step) -> None:
    put(step, {FOOTER: b"ours\n"}, settings=b"version: 1\n")
    step.run(CREATE)
    assert QUERY not in step.state.log
    assert "ours" not in step.comment


def test_a_folder_that_the_workflow_vouches_for_takes_no_request(step: Step) -> None:
    put(step, {FOOTER: b"of the base\n"})
    (step.folder / "mine" / "parts").mkdir(parents=True)
    (step.folder / "mine" / "parts" / "footer.md.j2").write_text("of the workflow\n", encoding="utf-8")
    assert step.run(CREATE, "--templates", "mine") == 0
    assert step.comment.splitlines()[-1] == "of the workflow"
    assert QUERY not in step.state.log


def test_a_version_that_is_not_known_takes_no_request_either(step: Step) -> None:
    put(step, {FOOTER: b"ours\n"}, settings=b"templates: 7\n")
    assert step.run(CREATE) == 0
    assert QUERY not in step.state.log
    assert step.comment.splitlines()[-1] == (
        "⚠️ The templates of this repository could not be used: the settings say that they are written for version 7, "
        "and this is version 1; the built-in ones were used."
    )


def test_a_broken_one_changes_neither_status_nor_exit_code(step: Step, capsys: pytest.CaptureFixture[str]) -> None:
    put(step, {FOOTER: b"{{ nope }}\n", "parts/holding.md.j2": b"All is well.\n"})
    assert step.run(DELETE) == 10
    assert step.words == ["failure"]
    told = (
        "The template parts/footer.md.j2 of this repository could not be used: line 1: there is no value called nope; "
        "the built-in one was used."
    )
    lost = (
        "The template parts/holding.md.j2 of this repository could not be used: it leaves out why the merge is held; "
        "the built-in one was used."
    )
    assert f"plan-review: {told}\nplan-review: {lost}\n" in capsys.readouterr().err
    for text in (step.comment, step.summary):
        assert f"⚠️ {told.replace(FOOTER, f'`{FOOTER}`')}" in text
        assert "All is well." not in text
        assert "`aws_s3_bucket.b`" in text
    assert read_marker(step.comment) is not None


def test_links_and_what_is_no_text(step: Step) -> None:
    put(step, {FOOTER: b"../../secret\n", "parts/idle.md.j2": b"\0\1", "team/deep/x.md.j2": b"", "README.md": b"x"})
    step.state.links.add("footer.md.j2")
    assert step.run(CREATE) == 0
    assert [line for line in step.comment.splitlines() if line.startswith("⚠️")] == [
        f"⚠️ The template `{name}` of this repository could not be used: it is no ordinary text file; "
        "the built-in one was used."
        for name in (FOOTER, "parts/idle.md.j2")
    ]
    assert "secret" not in step.comment


def test_a_setting_without_a_folder_is_told(step: Step) -> None:
    put(step, {})
    assert step.run(CREATE) == 0
    assert step.comment.splitlines()[-1] == (
        "⚠️ The templates of this repository could not be used: there is none in .github/plan-review/templates; "
        "the built-in ones were used."
    )


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        (Fault("POST", "graphql", 500, times=9), "GitHub answered 500"),
        (Fault("POST", "graphql", 403, times=9), "GitHub answered 403"),
        (Fault("POST", "graphql", raw=json.dumps({"data": {"repository": {"object": 5}}}).encode()), "a broken answer"),
    ],
)
def test_templates_that_github_does_not_give_do_not_stop_the_review(step: Step, fault: Fault, why: str) -> None:
    put(step, {FOOTER: b"ours\n"})
    step.state.faults.append(fault)
    assert step.run(DELETE) == 10
    assert step.words == ["failure"]
    last = step.comment.splitlines()[-1]
    assert last.startswith("⚠️ The templates of this repository could not be used: GitHub did not give them (")
    assert why in last


def test_without_a_token_the_checkout_dresses_nothing(step: Step) -> None:
    """The checkout is that of the pull request's head."""
    (step.folder / ".github" / "plan-review" / "templates").mkdir(parents=True)
    (step.folder / ".github" / "plan-review" / "templates" / "summary.md.j2").write_text("mine", encoding="utf-8")
    (step.folder / ".github" / "plan-review.yml").write_text("templates: 1\n", encoding="utf-8")
    step.monkeypatch.delenv("GITHUB_TOKEN")
    assert step.run(DELETE) == 1
    assert "mine" not in step.summary
    assert "aws_s3_bucket.b" in step.summary
