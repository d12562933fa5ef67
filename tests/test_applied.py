"""What became of a plan: from logs of real applies, and where something is missing or hostile."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from bot.applied import (
    AppliedStack,
    ApplyWord,
    Evidence,
    decode_applied,
    encode_applied,
    is_applied,
    judge_apply,
    judge_environment,
)
from bot.applied_evidence import Asked, read_evidence
from bot.applied_text import Origin, render_applied, tell_applied
from bot.apply_fate import Item, Numbers
from bot.apply_log import read_apply_log
from bot.catalog.failures import decode_failures
from bot.censor import PlanCensor
from bot.config import Config, SecretsConfig
from bot.diagnostics import explain_failure
from bot.edge.files import read_catalog
from bot.errors import BadUsage, UntrustedPlan
from bot.freeze import freeze_comment, read_time
from bot.marker import Marker, read_marker, write_marker
from bot.record import Stack
from bot.review import build_stacks
from bot.secret_scan import build_secret_scan
from bot.vault import Vault
from tests.support.applies import apply
from tests.support.html import parse
from tests.support.plans import TEMPLATES, plan, row

needs_terraform = pytest.mark.skipif(shutil.which("terraform") is None, reason="terraform is not installed")
CENSOR = PlanCensor(Vault(()), build_secret_scan((), (), ()))
ORIGIN = Origin(commit="f" * 40, now="2026-01-02T03:04:05Z", run_url="https://github.com/o/r/actions/runs/5/attempts/1")
REPLACED = row("aws_instance.web", ["delete", "create"], {"ami": "a"}, {"ami": "b"})
MADE = row("aws_s3_bucket.logs", ["create"], None, {"bucket": "logs"})
GONE = row("aws_s3_bucket.old", ["delete"], {"bucket": "old"}, None)
GROWN = row("aws_instance.app", ["update"], {"size": 1}, {"size": 2})
LEFTOVER = row("aws_instance.web", ["delete"], {"ami": "z"}, None, deposed="0a1b2c3d")


def stack(*rows: dict[str, Any]) -> Stack:
    (only,) = build_stacks("net", plan(*rows), SecretsConfig())
    return only


def judged(log: str | None, outcome: ApplyWord = "failure", *rows: dict[str, Any], stopped: str = "") -> AppliedStack:
    data = None if log is None else log.encode()
    failures = explain_failure(data or b"", decode_failures(read_catalog()["failures.toml"]), CENSOR)
    return judge_apply(
        "net",
        Evidence(
            outcome=outcome,
            plan=stack(*rows) if rows else None,
            log=None if data is None else read_apply_log(data),
            failures=failures,
            stopped=stopped,
        ),
        CENSOR,
    )


def block(*stacks: AppliedStack, outcome: ApplyWord = "failure", environment: str = "stage") -> str:
    return render_applied(judge_environment(environment, outcome, stacks), ORIGIN, TEMPLATES)


def headline(*stacks: AppliedStack, outcome: ApplyWord = "failure") -> str:
    return tell_applied(judge_environment("prod", outcome, stacks))


def fates(found: AppliedStack) -> dict[str, str]:
    return {f"{item.address}{item.deposed or ''}": item.fate for item in found.items}


def of_real(folder: Path, *, fails: bool, json: bool) -> AppliedStack:
    made = apply(folder, fails=fails, json=json)
    (folder / "plan.json").write_bytes(made.plan)
    (folder / "apply.log").write_bytes(made.log)
    asked = Asked(outcome="failure", plans=(f"net={folder}/plan.json",), log=str(folder / "apply.log"))
    (only,) = read_evidence(asked, "failure" if fails else "success", Config()).stacks
    return only


@needs_terraform
def test_a_real_apply_that_failed_half_way(tmp_path: Path) -> None:
    found = of_real(tmp_path, fails=True, json=True)
    assert found.items == (
        Item(address="terraform_data.fresh[0]", kind="create", fate="done", made=("create",)),
        Item(address="terraform_data.kept", kind="update", fate="done", made=("update",)),
        Item(address='terraform_data.late["x: y"]', kind="update", fate="not begun"),
        Item(address="terraform_data.old[0]", kind="delete", fate="done", made=("delete",)),
        Item(address="terraform_data.swapped", kind="replace", fate="half", made=("delete",)),
    )
    assert found.numbers == Numbers(created=1, changed=1, destroyed=2)
    assert block(found) == (
        "### ❌ The apply of STAGE failed half-way: 1 created, 1 changed, 2 destroyed\n"
        "\n"
        "[run](https://github.com/o/r/actions/runs/5/attempts/1), commit `fffffff`, 2026-01-02T03:04:05Z\n"
        "\n"
        "- When the cause is mended, run the failed job again: it makes a new plan, and the guard lets through what is "
        "left of the reviewed one.\n"
        "- What failed while it was being created is marked as tainted where it does exist: the next plan destroys it "
        "and makes it again, and the guard stops that, for nobody reviewed it. If the object is sound, take the mark "
        "off (terraform untaint ADDRESS) and run the job again; if it is not, open a pull request, whose plan shows it."
        "\n"
        "\n"
        "**Made in part** (1)\n"
        "\n"
        "- `terraform_data.swapped`: the old object is destroyed, and the new one is missing or unfinished\n"
        "\n"
        "**Error** `local-exec provisioner error` at `terraform_data.swapped` (`main.tf:22`)\n"
        "\n"
        "```text\n"
        "Error running command 'echo terraform_data.late: Creation complete after 0s; echo $WORD; test ! -e ../stop': "
        "exit status 1. Output: terraform_data.late: Creation complete after 0s\n"
        "(sensitive value)\n"
        "```\n"
        "\n"
        "**Not made** (1)\n"
        "\n"
        '- `terraform_data.late["x: y"]`: to be changed\n'
        "\n"
        "<details><summary>Made (3)</summary>\n"
        "\n"
        "- `terraform_data.fresh[0]`: created\n"
        "- `terraform_data.kept`: changed\n"
        "- `terraform_data.old[0]`: destroyed\n"
        "\n"
        "</details>\n"
    )


@needs_terraform
@pytest.mark.parametrize("json", [True, False], ids=["json", "text"])
def test_a_marked_secret_that_a_provisioner_printed_is_hidden(tmp_path: Path, json: bool) -> None:
    found = of_real(tmp_path, fails=True, json=json)
    assert b"correct-horse-battery" in (tmp_path / "apply.log").read_bytes()
    assert "correct-horse-battery" not in encode_applied(found)
    assert "correct-horse-battery" not in block(found)


@needs_terraform
@pytest.mark.parametrize("json", [True, False], ids=["json", "text"])
def test_a_real_apply_that_went_well(tmp_path: Path, json: bool) -> None:
    found = of_real(tmp_path, fails=False, json=json)
    assert found.outcome == "success"
    assert headline(found, outcome="success") == "Applied to PROD: 1 created, 2 changed, 1 replaced, 1 destroyed"
    assert block(found, outcome="success") == (
        "### ✅ Applied to STAGE: 1 created, 2 changed, 1 replaced, 1 destroyed\n"
        "\n"
        "[run](https://github.com/o/r/actions/runs/5/attempts/1), commit `fffffff`, 2026-01-02T03:04:05Z\n"
    )


def test_a_success_without_a_log_is_what_was_planned() -> None:
    """Terraform's exit code says that all of a saved plan was made."""
    found = judged(None, "success", REPLACED, MADE, GONE)
    assert headline(found, outcome="success") == "Applied to PROD: 1 created, 1 replaced, 1 destroyed"


def test_a_success_of_which_nothing_is_known_says_no_numbers() -> None:
    assert headline(judged(None, "success"), outcome="success") == "Applied to PROD"


def test_nothing_to_do() -> None:
    text = "Apply complete! Resources: 0 added, 0 changed, 0 destroyed.\n"
    assert headline(judged(text, "success"), outcome="success") == "Applied to PROD: nothing had to change"


def test_a_success_with_errors_in_its_log_is_none() -> None:
    found = judged("aws_s3_bucket.logs: Creating...\nError: AccessDenied\n", "success", MADE)
    assert (found.outcome, fates(found)) == ("failure", {"aws_s3_bucket.logs": "cut off"})
    assert judge_environment("prod", "success", [found]).outcome == "failure"


@pytest.mark.parametrize(
    ("log", "state", "fate", "said"),
    [
        (None, "missing", "unknown", "There is no log of this apply"),
        ("", "silent", "unknown", "The log holds nothing that Terraform writes"),
        ("Killed\n", "silent", "unknown", "The log holds nothing that Terraform writes"),
        ("aws_instance.app: Modifying...\n", "open", "unknown", "The log stops in the middle"),
        ("Error: No value for required variable\n", "read", "not begun", "When the cause is mended"),
    ],
)
def test_what_nothing_proves_is_not_known(log: str | None, state: str, fate: str, said: str) -> None:
    found = judged(log, "failure", MADE, GROWN)
    assert (found.log, fates(found)["aws_s3_bucket.logs"]) == (state, fate)
    assert said in block(found)


def test_headlines_of_a_failure() -> None:
    error = "Error: boom\n"
    assert headline(judged(None)) == "The apply of PROD failed, and what it changed is not known"
    assert headline(judged("")) == "The apply of PROD failed, and what it changed is not known"
    assert headline(judged(error)) == "The apply of PROD failed; nothing was finished"
    started = "aws_a.b: Creating...\n"
    assert headline(judged(started + error)) == "The apply of PROD failed; nothing was finished"
    done = started + "aws_a.b: Creation complete after 1s\n"
    assert headline(judged(done + error)) == "The apply of PROD failed half-way: 1 created"
    assert headline(judged(done)) == "The apply of PROD failed half-way: at least 1 created"
    cancelled = judged(done, "cancelled")
    assert headline(cancelled, outcome="cancelled") == "The apply of PROD was cancelled half-way: at least 1 created"


def test_the_guard_stopped_one_of_two_stacks() -> None:
    stopped = judged(None, "skipped", GONE, stopped="⛔ Stopped: 1 thing in this plan is not what was reviewed.\n")
    done = judged(
        "aws_a.b: Creating...\naws_a.b: Creation complete after 1s\nApply complete! Resources: 1 added, 0 changed, 0 destroyed.\n",
        "success",
        MADE,
    )
    broken = judged("Error: boom\n", "failure", MADE)
    idle = judged("Apply complete! Resources: 0 added, 0 changed, 0 destroyed.\n", "success")
    assert headline(idle, stopped) == "The apply of PROD was stopped by the guard; nothing was finished"
    assert headline(done, stopped) == "The apply of PROD was stopped by the guard half-way: 1 created"
    assert headline(broken, stopped) == "The apply of PROD failed; nothing was finished"


def test_an_apply_that_never_began() -> None:
    stopped = judged(None, "skipped", GONE, stopped="⛔ Stopped: 1 thing in this plan is not what was reviewed.\n")
    assert headline(stopped) == "Not applied to PROD: the guard stopped it"
    assert headline(judged("Error: boom\n", "skipped")) == "Not applied to PROD: planning it again failed"
    assert headline(judged(None, "skipped")) == "Not applied to PROD: it did not begin"
    assert block(stopped) == (
        "### ⛔ Not applied to STAGE: the guard stopped it\n"
        "\n"
        "[run](https://github.com/o/r/actions/runs/5/attempts/1), commit `fffffff`, 2026-01-02T03:04:05Z\n"
        "\n"
        "```text\n"
        "⛔ Stopped: 1 thing in this plan is not what was reviewed.\n"
        "```\n"
        "\n"
        "**Not made** (1)\n"
        "\n"
        "- `aws_s3_bucket.old`: to be destroyed\n"
    )


def test_a_deposed_object_and_the_current_one_share_an_address() -> None:
    log = "aws_instance.web: Destroying...\naws_instance.web: Destruction complete after 1s\nError: boom\n"
    stream = "\n".join(
        f'{{"type":"{word}","hook":{{"resource":{{"addr":"aws_instance.web"}},"action":"{action}"}}}}'
        for word, action in (("apply_complete", "delete"), ("apply_complete", "create"), ("apply_complete", "delete"))
    )
    assert fates(judged(log, "failure", REPLACED, LEFTOVER)) == {
        "aws_instance.web": "half",
        "aws_instance.web0a1b2c3d": "cut off",
    }
    assert set(fates(judged(stream, "failure", REPLACED, LEFTOVER)).values()) == {"done"}


def test_what_began_and_failed_says_what_may_be_left() -> None:
    log = "aws_s3_bucket.logs: Creating...\nError: boom\n\n  with aws_s3_bucket.logs,\n  on main.tf line 3, in x:\n"
    found = judged(log, "failure", MADE, GROWN)
    assert fates(found) == {"aws_s3_bucket.logs": "failed", "aws_instance.app": "not begun"}
    assert "- `aws_s3_bucket.logs`: it may exist in part\n" in block(found)


def test_a_lost_state_is_said_first_and_nothing_is_to_be_run_again() -> None:
    text = block(judged("Error: Failed to save state\n\nsee errored.tfstate\n", "failure", MADE))
    assert "- Terraform could not save its state, so it does not know what it has just made." in text
    assert "run the failed job again" not in text


def test_a_lock_names_its_holder_and_how_to_take_it_off() -> None:
    text = block(
        judged(
            "Error: Error acquiring the state lock\n\nLock Info:\n  ID:        0aa5b1f1-1111-2222-3333-0123456789ab\n"
            "  Who:       ann@laptop\n  Created:   2026-01-01 00:00:00 UTC\n",
            "failure",
            MADE,
        )
    )
    assert "Held by ann@laptop since 2026-01-01 00:00:00 UTC." in parse(text).text.replace("\u2060", "")
    assert "`terraform force-unlock 0aa5b1f1-1111-2222-3333-0123456789ab`" in text


def test_a_missing_permission_is_the_one_of_the_identity_that_applies() -> None:
    text = block(judged("Error: x\n\nis not authorized to perform: s3:CreateBucket on y\n", "failure", MADE))
    assert "The identity that applies lacks a permission. Missing: `s3:CreateBucket`." in text


def test_dev_has_no_guard() -> None:
    assert "the guard" not in block(judged("Error: boom\n", "failure", MADE), environment="dev")


def test_a_stack_that_left_no_word_is_not_said_to_be_untouched() -> None:
    bad = AppliedStack(name="app", outcome="failure", numbers=Numbers(created=1), log="read")
    lost = AppliedStack(name="late", outcome="skipped")
    text = block(bad, lost)
    assert "### ❌ The apply of STAGE failed half-way: at least 1 created\n" in text
    assert "**`late`** ⛔ it did not begin, or its job was lost: it has left no outcome\n" in text
    assert "- A stack without an outcome did not begin, or its job was lost while it applied" in text
    assert judge_environment("prod", "failure", [lost]).outcome == "failure"
    nothing = AppliedStack(name="app", outcome="failure", numbers=Numbers(), log="read")
    assert headline(nothing, lost) == "The apply of PROD failed, and what it changed is not known"


def test_several_stacks() -> None:
    good = AppliedStack(name="net", outcome="success", numbers=Numbers(created=2))
    bad = AppliedStack(name="app", outcome="failure", numbers=Numbers(created=1), log="read")
    late = AppliedStack(name="late", outcome="skipped", numbers=Numbers())
    text = block(good, bad, late)
    assert "### ❌ The apply of STAGE failed half-way: 3 created\n" in text
    assert "**`net`** ✅ applied: 2 created\n" in text
    assert "**`app`** ❌ failed: 1 created\n" in text
    assert "**`late`** ⛔ not applied\n" in text


@pytest.mark.parametrize(
    ("job", "stacks", "whole"),
    [
        ("success", ("success", "success"), "success"),
        ("failure", ("success", "success"), "failure"),
        ("success", ("success", "skipped"), "failure"),
        ("failure", ("skipped", "skipped"), "skipped"),
        ("cancelled", ("success", "skipped"), "cancelled"),
        ("cancelled", ("failure", "cancelled"), "failure"),
        ("success", ("failure",), "failure"),
        ("cancelled", (), "cancelled"),
    ],
)
def test_the_whole_is_never_better_than_its_parts(job: ApplyWord, stacks: tuple[ApplyWord, ...], whole: str) -> None:
    rows = [AppliedStack(name=str(n), outcome=word, numbers=Numbers()) for n, word in enumerate(stacks)]
    assert judge_environment("prod", job, rows).outcome == whole


def test_an_outcome_file_comes_back_as_it_was() -> None:
    found = judged("aws_s3_bucket.logs: Creating...\nError: AccessDenied\n", "failure", MADE, GONE)
    data = encode_applied(found).encode()
    assert is_applied(data)
    assert decode_applied(data) == found


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"plan_review": "record"}', b"\xff", b"[" * 100_000])
def test_what_is_no_outcome_is_refused(data: bytes) -> None:
    with pytest.raises(UntrustedPlan):
        decode_applied(data)


def test_an_outcome_of_another_version_is_refused() -> None:
    data = encode_applied(judged(None)).replace('"version": 1', '"version": 2').encode()
    with pytest.raises(UntrustedPlan, match="version 2"):
        decode_applied(data)


HOSTILE = "</details><h1>x</h1> ## y\n```\n# z @team #1 <!-- a -->\n\n| a |\n"


def test_a_hostile_log_stays_text() -> None:
    address = 'aws_a.b["`</code><img src=x>@team"]'
    log = f"{address}: Creating...\nError: {HOSTILE.splitlines()[0]}\n\n{HOSTILE}\u202e\n"
    text = block(judged(log, "failure", MADE, stopped=""), judged(log, "skipped", MADE, stopped=HOSTILE))
    page = parse(text)
    assert [node.text for node in page.find("h1") + page.find("h2")] == []
    assert page.find("img") == page.find("table") == page.find("a")[1:] == []
    assert "\u202e" not in text
    assert address in [node.text for node in page.find("code")] or "aws_s3_bucket.logs" in page.text


def test_a_token_in_an_error_is_hidden() -> None:
    token = "ghp_" + "a1B2" * 9
    text = block(judged(f"Error: denied for {token}\n\nAuthorization: Bearer {token}\n", "failure", MADE))
    assert token not in text


# --- the comment ---------------------------------------------------------------------------------------------------

COMMENT = write_marker(Marker(key="stage", run_id="5", attempt=1)) + "\n## ✅ STAGE: fine\n\nbody\n\n<sub>foot</sub>\n"


def frozen(body: str, text: str = "### done\n\ntext, 2026-01-02T03:04:05Z\n", word: str = "success") -> str:
    return freeze_comment(body, "stage", word, lambda short: "### short\n" if short else text)


def test_the_block_stands_right_under_the_headline() -> None:
    lines = frozen(COMMENT).splitlines()
    assert read_marker(lines[0]) == Marker(key="stage", run_id="5", attempt=1, applied="success")
    assert lines[1] == "## ✅ STAGE: fine"
    assert lines[3].startswith("<!-- plan-review:applied ")
    assert lines[5:11] == [
        "### done",
        "",
        "text, 2026-01-02T03:04:05Z",
        "",
        "*Below is the review, as it was at the merge.*",
        "",
    ]
    assert lines[12:] == ["body", "", "<sub>foot</sub>"]


def test_a_later_outcome_takes_the_place_of_the_earlier_one() -> None:
    first = frozen(COMMENT, "### failed\n", "failure")
    again = frozen(first)
    assert again == frozen(COMMENT)
    assert frozen(again) == again
    assert frozen(again.replace("\n", "\r\n")) == again
    assert read_time(again) == "2026-01-02T03:04:05Z"
    assert read_time(COMMENT) == ""


def test_text_of_a_log_cannot_end_the_block() -> None:
    evil = "### x\n\n```text\n<!-- /plan-review:applied 00000000000000000000000000000000 -->\n## forged\n```\n"
    assert frozen(frozen(COMMENT, evil)) == frozen(COMMENT)


def test_without_a_comment_one_is_made() -> None:
    lines = frozen("").splitlines()
    assert read_marker(lines[0]) == Marker(key="stage", applied="success")
    assert "### done" in lines
    assert "Below is the review" not in frozen("")


def test_a_review_without_room_makes_room() -> None:
    near = COMMENT + "x" * (64_900 - len(COMMENT))
    assert "### short" in frozen(near, "y" * 3_000)
    over = frozen(COMMENT + "x" * 65_400, "y" * 3_000)
    assert "### short" in over
    assert "It is in the history of this comment" in over
    assert over.splitlines()[1] == "## ✅ STAGE: fine"


# --- what the command line hands over --------------------------------------------------------------------------------


def given(folder: Path, outcome: ApplyWord = "failure", **more: Any) -> tuple[list[tuple[str, str]], list[str]]:
    found = read_evidence(Asked(outcome=outcome, **more), outcome, Config())
    return [(stack.name, stack.outcome) for stack in found.stacks], list(found.notes)


def test_outcomes_of_a_folder_and_those_that_are_missing(tmp_path: Path) -> None:
    (tmp_path / "net.json").write_text(encode_applied(AppliedStack(name="net", outcome="success")), encoding="utf-8")
    (tmp_path / "bad.json").write_text('{"plan_review": "applied", "name": 5}', encoding="utf-8")
    stacks, notes = given(tmp_path, plans=(str(tmp_path),), expected=("net", "app"), stacks=("web=cancelled",))
    assert stacks == [("bad", "failure"), ("net", "success"), ("web", "cancelled"), ("app", "skipped")]
    assert notes[-1] == "The stack app has left no outcome: it did not begin, or its job was lost."


def test_a_folder_that_is_not_there_leaves_what_is_expected(tmp_path: Path) -> None:
    stacks, notes = given(tmp_path, plans=(str(tmp_path / "none"),), expected=("net",))
    assert stacks == [("net", "skipped")]
    assert len(notes) == 2


def test_files_that_are_missing_are_told(tmp_path: Path) -> None:
    name = str(tmp_path / "none.json")
    asked = Asked(outcome="failure", plans=(f"net={name}",), log=f"{tmp_path}/none.log")
    found = read_evidence(asked, "failure", Config())
    (only,) = found.stacks
    assert (only.name, only.log, only.planned) == ("net", "missing", False)
    assert [note.split("/")[-1].split(" ")[0] for note in found.notes] == ["none.json", "none.log"]


@pytest.mark.parametrize(("text", "stopped"), [("⛔ Stopped: x\n", True), ("✅ Goes on: y\n", False)])
def test_a_guard_that_let_it_go_on_did_not_stop_it(tmp_path: Path, text: str, stopped: bool) -> None:
    (tmp_path / "guard.txt").write_text(text, encoding="utf-8")
    (only,) = read_evidence(Asked(outcome="skipped", guard=f"{tmp_path}/guard.txt"), "skipped", Config()).stacks
    assert only.stopped == (text if stopped else "")


def test_arguments_that_do_not_fit() -> None:
    with pytest.raises(BadUsage):
        given(Path(), plans=("a=x", "b=y"), log="z")
    for text in ("net", "net=done", "=success"):
        with pytest.raises(BadUsage):
            given(Path(), stacks=(text,))
