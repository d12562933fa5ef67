"""The earlier plan as a workflow's step finds it: by the marker of our comment and the artifacts of another run."""

import json

import pytest

from bot.cli import main
from bot.marker import Marker, read_marker, write_marker
from tests.edge.test_forks import ARTIFACT, RUN, packed
from tests.edge.test_publish_command import (
    COMMENTS,
    CONFIG,
    CONFIRM,
    CREATE,
    DELETE,
    MORE,
    PULL,
    STATUS,
    UPDATE,
    Step,
    recorded,
    step,
)
from tests.support.loopback_github import HEAD, Fault, Json
from tests.support.plans import plan, row

__all__ = ["step"]
LIST = "GET /repos/o/r/actions/runs/101/artifacts"
STORAGE = "GET /storage/3"
ZIP = "GET /repos/o/r/actions/artifacts/3/zip"


def left(step: Step, data: bytes, run_id: int = 101, **more: object) -> None:
    """What the run that judges ``data`` leaves; its record is made in that run."""
    step.monkeypatch.setenv("GITHUB_RUN_ID", str(run_id))
    artifact = {**ARTIFACT, "workflow_run": {"id": run_id}, **more}
    step.state.run = {**RUN, "id": run_id, "head_repository": {"full_name": "o/r"}}
    step.state.artifacts[:] = [(artifact, packed(("default.json", as_default(recorded(step, data)))))]


def as_default(record: bytes) -> bytes:
    document = json.loads(record)
    document["stack"]["name"] = "default"
    return json.dumps(document).encode()


def part(step: Step) -> str:
    """The section of the comment, without the time, which goes on."""
    text = step.comment
    return text[text.index("Since you last looked") :].split("\n\n###")[0].replace(", just now", "")


def test_the_first_plan_has_no_basis_and_costs_no_request(step: Step) -> None:
    step.run(CREATE)
    assert step.state.log == [PULL, CONFIG, COMMENTS, "POST /repos/o/r/issues/7/comments", COMMENTS, STATUS, *CONFIRM]
    assert "**Since you last looked:** no basis, this is the first plan shown on this pull request." in step.comment


def test_the_same_plan_is_one_line_and_costs_no_request(step: Step) -> None:
    step.run(CREATE)
    step.state.log.clear()
    later = CREATE.replace(b"2026-11-24T11:00:00Z", b"2027-01-01T00:00:00Z")
    step.run(later)
    assert step.state.log == [PULL, CONFIG, COMMENTS, *UPDATE, STATUS, *CONFIRM]
    assert f"**Same plan as in run 101 of `{HEAD[:7]}`, just now.**" in step.comment
    assert "Since you last looked" not in step.comment


def test_another_plan_is_compared_with_the_artifact_of_the_earlier_run(step: Step) -> None:
    step.run(DELETE)
    left(step, DELETE)
    step.state.log.clear()
    assert step.run(plan(row("a_b.c", ["create"], None, {"x": 1}))) == 0
    assert step.state.log == [PULL, CONFIG, COMMENTS, LIST, ZIP, STORAGE, *UPDATE, STATUS, *CONFIRM]
    assert part(step).startswith(
        f"Since you last looked\n\nCompared with run 101 of `{HEAD[:7]}`. "
        "The verdict was: do not merge; it is now: **pass**.\n\n"
        "- **New, 1 change:**\n  - ✨ create `a_b.c`\n"
        "- **Gone, 1 change:**\n  - 🗑️ destroy `aws_s3_bucket.b`\n\n"
        "Everything else is the same."
    )


def test_a_new_deletion_is_named_and_the_verdict_that_stays_as_well(step: Step) -> None:
    step.run(DELETE)
    left(step, DELETE)
    step.run(MORE)
    assert "The verdict still is: do not merge." in part(step)
    assert "- **New, 1 change:**\n  - 🗑️ destroy `aws_s3_bucket.c`\n\n" in part(step)


def test_a_stack_that_is_new_and_one_that_is_gone(step: Step) -> None:
    step.run(CREATE)
    left(step, CREATE)
    (step.folder / "other.json").write_bytes(CREATE)
    step.monkeypatch.setenv("GITHUB_RUN_ID", "150")
    main(["review", "net=other.json", "--publish"])
    assert "- **New stack:** `net`\n- **Stack that is gone:** `default`\n" in part(step)


def reason(step: Step) -> str:
    return part(step).partition("no basis, ")[2].split("\n")[0].split(". The verdict")[0].removesuffix(".")


@pytest.mark.parametrize(
    ("artifact", "because"),
    [
        ({"expired": True}, "the record of the earlier run has expired"),
        ({"name": "other"}, "the earlier run left no record"),
        ({"workflow_run": {"id": 101, "repository_id": 1, "head_repository_id": 2}}, "from a fork's run"),
        ({"size_in_bytes": 50 * 1024 * 1024 + 1}, "the record of the earlier run cannot be fetched"),
    ],
)
def test_an_artifact_that_is_no_basis(step: Step, artifact: Json, because: str) -> None:
    step.run(CREATE)
    left(step, CREATE, **artifact)
    assert step.run(DELETE) == 10
    assert because in reason(step)


@pytest.mark.parametrize(
    ("fault", "because"),
    [
        (Fault("GET", "/zip$", 410), "the record of the earlier run has expired"),
        (Fault("GET", "/artifacts$", 404), "the record of the earlier run has expired"),
        (Fault("GET", "/artifacts$", 403, "Resource not accessible by integration"), "the job needs actions: read"),
        (Fault("GET", "/artifacts$", 500, times=9), "the record of the earlier run cannot be fetched"),
        (Fault("GET", "/artifacts$", 0, times=9), "the record of the earlier run cannot be fetched"),
    ],
)
def test_trouble_is_a_reason_and_never_holds(step: Step, fault: Fault, because: str) -> None:
    step.run(DELETE)
    left(step, DELETE)
    step.state.faults.append(fault)
    step.state.log.clear()
    assert step.run(CREATE) == 0
    assert because in reason(step)
    assert step.state.log.count(LIST) == 1
    assert step.words[-1] == "success"


@pytest.mark.parametrize("data", [b"{}", b"rubbish", b"[" * 100_000])
def test_a_record_that_cannot_be_read(step: Step, data: bytes) -> None:
    step.run(DELETE)
    left(step, DELETE)
    step.state.artifacts[:] = [(step.state.artifacts[0][0], packed(("default.json", data)))]
    assert step.run(CREATE) == 0
    assert reason(step) == "the record of the earlier run cannot be read"


def marked(step: Step, **changed: object) -> None:
    """Our comment with another marker, as an older version of us or somebody with write access leaves it."""
    (comment,) = step.state.comments
    first, _, rest = comment["body"].partition("\n")
    known = read_marker(first)
    assert known
    values = {name: getattr(known, name) for name in Marker.__struct_fields__}
    comment["body"] = f"{write_marker(Marker(**{**values, **changed}))}\n{rest}"


@pytest.mark.parametrize(
    ("changed", "because"),
    [
        ({"plan": "", "verdict": "", "commit": "", "at": ""}, "the earlier comment is from before plans were compared"),
        ({"plan": ""}, "the earlier plan could not be read"),
        ({"fork": True}, "the earlier plan came from a fork's run"),
        ({"plan": "x", "run_id": "../1", "records": ""}, "nobody knows which run the earlier plan is of"),
        ({"plan": "x", "records": "٣"}, "nobody knows which run the earlier plan is of"),
    ],
)
def test_a_marker_that_is_no_basis_costs_no_request(step: Step, changed: Json, because: str) -> None:
    step.run(CREATE)
    marked(step, **changed)
    step.state.log.clear()
    assert step.run(CREATE) == 0
    assert reason(step) == because
    assert step.state.log == [PULL, CONFIG, COMMENTS, *UPDATE, STATUS, *CONFIRM]


def test_what_somebody_writes_into_the_marker_is_not_shown(step: Step) -> None:
    step.run(CREATE)
    marked(step, verdict="@everybody", commit="<b>", at="[x](y)", attempt=-4)
    step.run(CREATE)
    assert "**Same plan as in run 101.**" in step.comment


def test_a_run_that_is_started_again_compares_with_its_earlier_attempt(step: Step) -> None:
    step.run(DELETE)
    left(step, DELETE)
    step.monkeypatch.setenv("GITHUB_RUN_ATTEMPT", "2")
    earlier = packed(("default.json", as_default(recorded(step, MORE))))
    step.state.artifacts.append(({**ARTIFACT, "id": 4, "workflow_run": {"id": 101}}, earlier))
    step.run_id = 100
    assert step.run(MORE) == 10
    assert f"Compared with run 101 of `{HEAD[:7]}`" in part(step)
    assert "- **New, 1 change:**\n  - 🗑️ destroy `aws_s3_bucket.c`\n\n" in part(step)


def test_a_run_does_not_compare_with_itself(step: Step) -> None:
    step.run(DELETE)
    step.run_id = 100
    step.run(MORE)
    assert reason(step) == "this is the first plan shown on this pull request"


def test_an_attempt_that_replaced_the_records_of_the_one_before_has_no_basis(step: Step) -> None:
    step.run(DELETE)
    step.monkeypatch.setenv("GITHUB_RUN_ATTEMPT", "2")
    left(step, MORE)
    step.run_id = 100
    step.run(MORE)
    assert reason(step) == "the earlier run left no record"


def test_judging_again_says_nothing_is_new_and_the_next_run_finds_the_records(step: Step) -> None:
    step.run(CREATE)
    left(step, CREATE)
    step.monkeypatch.setenv("GITHUB_RUN_ID", "150")
    assert main(["review", "--publish", "--from-latest-run"]) == 0
    assert f"**Same plan as in run 101 of `{HEAD[:7]}`" in step.comment
    marker = read_marker(step.comment)
    assert marker
    assert (marker.run_id, marker.records) == ("150", "101")
    step.run_id = 160
    step.state.log.clear()
    step.run(DELETE)
    assert (step.state.log.count(LIST), step.state.log.count(ZIP)) == (1, 1)
    assert "- **New, 1 change:**\n  - 🗑️ destroy `aws_s3_bucket.b`\n" in part(step)


def test_volatile_paths_of_the_base_branch_make_it_the_same_plan(step: Step) -> None:
    settings = b"volatile: [{match: a_b.c, paths: [x]}]\n"
    step.state.contents["refs/heads/develop:.github/plan-review.yml"] = settings
    step.run(CREATE)
    step.run(plan(row("a_b.c", ["create"], None, {"x": 2})))
    assert "**Same plan as in run 101" in step.comment


def test_a_plan_that_the_command_line_names_is_taken(step: Step) -> None:
    step.run(DELETE)
    left(step, DELETE)
    (step.folder / "earlier.json").write_bytes(CREATE)
    step.state.log.clear()
    step.run(CREATE, "--since", "earlier.json")
    assert step.state.log == [PULL, CONFIG, COMMENTS, *UPDATE, STATUS, *CONFIRM]
    assert "**Same plan as in the earlier one.**" in step.comment
