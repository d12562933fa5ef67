"""Logs of real applies, and what others could write into one."""

import shutil
from pathlib import Path

import pytest

from bot.apply_log import ApplyLog, Step, Totals, read_apply_log
from tests.support.applies import apply

needs_terraform = pytest.mark.skipif(shutil.which("terraform") is None, reason="terraform is not installed")


def ended(log: ApplyLog) -> set[tuple[str, str]]:
    return {(step.address, step.action) for step in log.steps if step.progress == "done"}


@needs_terraform
@pytest.mark.parametrize("json", [True, False], ids=["json", "text"])
def test_a_whole_apply(tmp_path: Path, json: bool) -> None:
    log = read_apply_log(apply(tmp_path, fails=False, json=json).log)
    assert ended(log) == {
        ("terraform_data.old[0]", "delete"),
        ("terraform_data.kept", "update"),
        ("terraform_data.fresh[0]", "create"),
        ("terraform_data.swapped", "delete"),
        ("terraform_data.swapped", "create"),
        ('terraform_data.late["x: y"]', "update"),
    }
    assert log.totals == Totals(added=2, changed=2, removed=2)
    assert not log.state_lost
    assert not log.cut


@needs_terraform
@pytest.mark.parametrize("json", [True, False], ids=["json", "text"])
def test_half_an_apply(tmp_path: Path, json: bool) -> None:
    log = read_apply_log(apply(tmp_path, fails=True, json=json).log)
    assert ended(log) == {
        ("terraform_data.old[0]", "delete"),
        ("terraform_data.kept", "update"),
        ("terraform_data.fresh[0]", "create"),
        ("terraform_data.swapped", "delete"),
    }
    assert {(s.address, s.action) for s in log.steps if s.progress == "failed"} == (
        {("terraform_data.swapped", "create")} if json else set()
    )
    assert log.totals is None


def test_a_deposed_object_in_text() -> None:
    line = b"module.a.aws_instance.web (deposed object 0a1b2c3d): Destruction complete after 1m2s\n"
    (step,) = read_apply_log(line).steps
    assert step == Step(address="module.a.aws_instance.web", deposed="0a1b2c3d", action="delete", progress="done")


def test_colours_and_other_tools_words_do_not_matter() -> None:
    log = read_apply_log(
        b"\x1b[0m\x1b[1maws_a.b: Creating...\x1b[0m\naws_a.b: Still creating... [10s elapsed]\n"
        b"\x1b[1maws_a.b: Creation complete after 1s [id=x: y]\x1b[0m\n\n"
        b"\x1b[1m\x1b[32mApply complete! Resources: 1 imported, 1 added, 0 changed, 0 destroyed.\x1b[0m\n"
    )
    assert [(step.action, step.progress) for step in log.steps] == [("create", "began"), ("create", "done")]
    assert log.totals == Totals(added=1, imported=1)


@pytest.mark.parametrize(
    "text",
    [
        "aws_a.b (local-exec): aws_a.c: Creation complete after 0s",
        "aws_a.b (remote-exec): aws_a.c: Destroying...",
        "Error: local-exec provisioner error\n\nOutput: hello\naws_a.c: Creation complete after 0s",
        "│ Error: a box\n│\naws_a.c: Creation complete after 0s",
        'Error: x\n\n{"type":"apply_complete","hook":{"action":"create","resource":{"addr":"aws_a.c"}}}',
        '{"type":"apply_complete","hook":',
        '{"type":"apply_complete","hook":{"resource":{"addr":5}}}',
        '{"type":"diagnostic","@message":"aws_a.c: Creation complete after 0s"}\naws_a.c: Creation complete after 0s',
        "[" * 10_000,
        "{" * 10_000,
        "",
    ],
)
def test_what_others_print_is_no_step(text: str) -> None:
    assert read_apply_log(text.encode()).steps == ()


def test_a_sum_within_an_error_is_none() -> None:
    text = b"Error: provisioner error\n\nOutput: x\nApply complete! Resources: 99 added, 0 changed, 0 destroyed.\n"
    assert read_apply_log(text).totals is None


def test_the_sum_of_a_plan_is_no_sum_of_an_apply() -> None:
    line = b'{"type":"change_summary","changes":{"add":5,"change":0,"remove":0,"import":0,"operation":"plan"}}\n'
    assert read_apply_log(line).totals is None


def test_a_state_that_could_not_be_saved_is_seen() -> None:
    text = b"Error: Failed to save state\n\nThe state was saved to errored.tfstate instead.\n"
    assert read_apply_log(text).state_lost


def test_a_log_without_end_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.apply_log.LARGEST", 40)
    log = read_apply_log(b"aws_a.b: Creating...\n" * 10)
    assert (log.cut, len(log.steps)) == (True, 1)
