"""What `init` writes: pinned, without markers, and clean for GitHub's linters, for every cloud and tool."""

import itertools
import re
import tomllib
from pathlib import Path

import pytest
import yaml
from msgspec import structs

from bot.arguments import parse
from bot.edge.actions import OUTPUT_NAMES
from bot.edge.files import read_kit
from bot.errors import BadUsage
from bot.workflows import WORKFLOWS, Choice, Cloud, StackFolder, Tool, build_workflows
from tests.support.linters import ROOT, run_actionlint, run_zizmor

ACTION = "example/plan-review@" + "0123456789" * 4
NETWORK = StackFolder(name="network", directory="stacks/network", var_file="env/dev.tfvars")
CLUSTER = StackFolder(name="cluster", directory="stacks/cluster", backend_file="env/dev.gcs.tfbackend")
CHOICE = Choice(action=ACTION, stacks={"dev": (NETWORK, CLUSTER), "stage": (NETWORK,), "prod": (NETWORK,)})
CLOUDS: tuple[Cloud, ...] = ("google", "aws", "azure", "none")
TOOLS: tuple[Tool, ...] = ("terraform", "tofu")
VARIANTS = [structs.replace(CHOICE, cloud=cloud, tool=tool) for cloud, tool in itertools.product(CLOUDS, TOOLS)]
NAMES = [f"{choice.cloud}-{choice.tool}" for choice in VARIANTS]
SHIPPED = [*sorted((ROOT / ".github/workflows").glob("*.yml")), ROOT / "action.yml"]
PINS = tomllib.loads(read_kit()["pins.toml"])["pins"]


def write(folder: Path, choice: Choice) -> list[Path]:
    for name, text in build_workflows(read_kit(), choice).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return sorted(folder.rglob("*.yml"))


@pytest.mark.parametrize("choice", VARIANTS, ids=NAMES)
def test_actionlint_finds_nothing_in_what_is_written(choice: Choice, tmp_path: Path) -> None:
    write(tmp_path, choice)
    assert run_actionlint(tmp_path) == []


@pytest.mark.parametrize("choice", VARIANTS, ids=NAMES)
def test_zizmor_finds_nothing_in_what_is_written(choice: Choice, tmp_path: Path) -> None:
    assert run_zizmor(write(tmp_path, choice)) == []


def test_actionlint_finds_nothing_in_what_is_shipped() -> None:
    assert run_actionlint(ROOT) == []


def test_zizmor_finds_nothing_in_what_is_shipped() -> None:
    assert run_zizmor(SHIPPED) == []


@pytest.mark.parametrize("choice", VARIANTS, ids=NAMES)
def test_every_action_is_in_the_table_of_pins(choice: Choice, tmp_path: Path) -> None:
    lines = [line for path in [*SHIPPED, *write(tmp_path, choice)] for line in path.read_text().splitlines()]
    used = {line.split("uses: ")[1].split(" # zizmor")[0] for line in lines if re.match(r"\s*(- )?uses: ", line)}
    allowed = {f"{name}@{commit} # {version}" for name, (commit, version) in PINS.items()}
    assert used - allowed == {ACTION, "./.github/workflows/plan-review-run.yml"}


def test_the_linters_do_find_something(tmp_path: Path) -> None:
    path = next(path for path in write(tmp_path, CHOICE) if path.name == "terraform.yml")
    path.write_text(path.read_text().replace("needs.decide.outputs.ref", "needs.decide.outputs.reff"))
    assert [line.split(":")[0] for line in run_actionlint(tmp_path)] == [".github/workflows/terraform.yml"]


@pytest.mark.parametrize("choice", VARIANTS, ids=NAMES)
def test_no_marker_is_left_and_no_script_holds_an_expression(choice: Choice) -> None:
    for name, text in build_workflows(read_kit(), choice).items():
        assert not re.search(r"@[A-Z_]+@|@PIN", text), name
        for job in yaml.safe_load(text)["jobs"].values():
            for step in job.get("steps", []):
                assert "${{" not in step.get("run", "")


@pytest.mark.parametrize("choice", VARIANTS, ids=NAMES)
def test_every_job_has_least_permissions_and_an_end(choice: Choice) -> None:
    for text in build_workflows(read_kit(), choice).values():
        workflow = yaml.safe_load(text)
        assert workflow["permissions"] == {}
        for job in workflow["jobs"].values():
            assert "permissions" in job
            assert "timeout-minutes" in job or "uses" in job


def test_a_pull_request_never_gets_the_identity_that_applies() -> None:
    jobs = yaml.safe_load(build_workflows(read_kit(), CHOICE)[".github/workflows/plan-review-run.yml"])["jobs"]
    assert {name: job.get("environment") for name, job in jobs.items() if "id-token" in job["permissions"]} == {
        "plan": "${{ format('{0}-plan', inputs.environment) }}",
        "apply": "${{ inputs.environment }}",
    }
    assert "plan-and-apply" in jobs["apply"]["if"]
    assert jobs["apply"]["concurrency"] == {
        "group": "apply-${{ inputs.environment }}-${{ matrix.stack.name }}",
        "cancel-in-progress": False,
        "queue": "max",
    }


def test_only_records_and_reports_are_uploaded() -> None:
    uploads = [
        step["with"]["path"]
        for text in build_workflows(read_kit(), CHOICE).values()
        for job in yaml.safe_load(text)["jobs"].values()
        for step in job.get("steps", [])
        if "upload-artifact" in step.get("uses", "")
    ]
    record, report = "${{ runner.temp }}/records/${{ matrix.stack.name }}.json", "${{ runner.temp }}/report"
    outcome = "${{ runner.temp }}/outcomes/${{ matrix.stack.name }}.json"
    assert uploads == [record, report, outcome, report, report]


def test_whoever_writes_the_comment_of_a_pull_request_waits_for_the_others() -> None:
    texts = build_workflows(read_kit(), CHOICE)
    jobs = yaml.safe_load(texts[".github/workflows/plan-review-run.yml"])["jobs"]
    jobs |= yaml.safe_load(texts[".github/workflows/plan-review-judge.yml"])["jobs"]
    groups = {name: jobs[name]["concurrency"] for name in ("report", "judge", "applied")}
    assert {name: group.pop("group") for name, group in groups.items()} == {
        "report": "plan-review-publish-${{ github.event.pull_request.number || github.run_id }}",
        "judge": "plan-review-publish-${{ github.event.pull_request.number || github.event.issue.number }}",
        "applied": "plan-review-publish-${{ needs.begin.outputs.pull-request || github.run_id }}",
    }
    assert all(group == {"cancel-in-progress": False, "queue": "max"} for group in groups.values())


def test_every_argument_of_the_workflows_is_known() -> None:
    """Expressions stand for a value each; where one may give several lines or none, those are tried."""
    for text in build_workflows(read_kit(), CHOICE).values():
        for job in yaml.safe_load(text)["jobs"].values():
            for step in job.get("steps", []):
                if step.get("uses") == ACTION and "drift" not in step["with"]["args"].split():
                    lines = [_value(line) for line in step["with"]["args"].splitlines()]
                    assert parse([line for line in lines if line]).command


def _value(line: str) -> str:
    known = {"inputs.environment": "stage", "steps.apply.outcome": "skipped", "needs.apply.result": "failure"}
    known |= {"matrix.stack.name": "net", "github.event.workflow_run.id": "5"}

    def put(found: re.Match[str]) -> str:
        return known.get(found[1].strip(), "" if "schedule" in found[1] else "x")

    return re.sub(r"\$\{\{(.*?)\}\}", put, line)


def test_the_gate_is_closed_whatever_happens() -> None:
    jobs = yaml.safe_load(build_workflows(read_kit(), CHOICE)[".github/workflows/plan-review-run.yml"])["jobs"]
    last = jobs["report"]["steps"][-1]
    assert (last["if"], last["with"]["args"].split()) == (
        "${{ always() }}",
        ["status", "close", "-e", "${{", "inputs.environment", "}}"],
    )


def test_the_gate_has_no_filter_on_paths() -> None:
    workflow = yaml.safe_load(build_workflows(read_kit(), CHOICE)[".github/workflows/terraform.yml"])
    triggers = workflow[True]  # YAML 1.1 takes `on` for a truth value
    assert set(triggers) == {"push", "pull_request", "merge_group", "schedule", "workflow_dispatch"}
    assert set(triggers["pull_request"]) == {"branches", "types"}


def test_the_stacks_are_json_that_people_can_edit() -> None:
    workflow = yaml.safe_load(build_workflows(read_kit(), CHOICE)[".github/workflows/terraform.yml"])
    text = workflow["jobs"]["run"]["with"]["stacks"]
    assert text.splitlines()[:4] == [
        "{",
        '  "dev": [',
        '    {"name": "network", "directory": "stacks/network", "var-file": "env/dev.tfvars", "backend-file": ""},',
        '    {"name": "cluster", "directory": "stacks/cluster", "var-file": "", "backend-file": "env/dev.gcs.tfbackend"}',
    ]


@pytest.mark.parametrize(
    "choice",
    [
        structs.replace(CHOICE, action="example/plan-review@v1"),
        structs.replace(CHOICE, action="example/plan-review@" + "0" * 40 + "\n  evil: true"),
        structs.replace(CHOICE, prod='main"]\n  evil: true'),
        structs.replace(CHOICE, version='1"\n'),
        structs.replace(CHOICE, stacks={**CHOICE.stacks, "dev": (StackFolder(name="a b", directory="x"),)}),
        structs.replace(CHOICE, stacks={**CHOICE.stacks, "dev": (StackFolder(name="a", directory="${{ x }}"),)}),
        structs.replace(CHOICE, stacks={**CHOICE.stacks, "prod": ()}),
    ],
)
def test_what_could_change_a_workflow_is_refused(choice: Choice) -> None:
    with pytest.raises(BadUsage):
        build_workflows(read_kit(), choice)


def test_the_kit_is_complete() -> None:
    assert set(read_kit()) == {*WORKFLOWS, "pins.toml", "parts.toml"}


def test_the_action_hands_on_every_output_and_no_other() -> None:
    outputs = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))["outputs"]
    assert sorted(outputs) == sorted(OUTPUT_NAMES)
    assert {name: told["value"] for name, told in outputs.items()} == {
        name: f"${{{{ steps.run.outputs.{name} }}}}" for name in outputs
    }


@pytest.mark.parametrize("name", OUTPUT_NAMES)
def test_every_output_is_written_somewhere(name: str) -> None:
    writers = ("applied_command", "drift_command", "github_commands", "leaving")
    assert any(f'"{name}":' in (ROOT / f"bot/{writer}.py").read_text(encoding="utf-8") for writer in writers)
