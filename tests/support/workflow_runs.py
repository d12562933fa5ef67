"""What runs when an event comes: jobs and steps of workflows, each condition decided by GitHub's own evaluator.

No script runs here but one: the command `environment`, for real, because the conditions of other jobs read what it
says.  How every other step ends is given, success unless said otherwise.  Between steps the status functions are about
the job alone (actions/runner, CancelledFunction); between jobs see ``job_graph.py``.
"""

import contextlib
import io
import json
import re
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest
import yaml

from bot.arguments import parse
from bot.cli import main
from tests.support.actions import decide, expand, interpolate
from tests.support.job_graph import list_above, list_legs, list_needs, sum_up, tell_status
from tests.support.linters import ROOT
from tests.support.triggers import GitHubEvent, Json, starts

HERE = "Codertocat/Hello-World"
RUN_ID = "4711"
ACTION = "example/plan-review@"
PLUMBING = (
    "checkout",
    "setup-python",
    "hashicorp/setup-terraform",
    "opentofu/setup-opentofu",
    "Which commit is planned?",
)
CHECKED_OUT = "c" * 40  # what git says of the branch that a schedule plans
NONE: Json = {}
STATUS = ("success", "failure", "cancelled")
ENDS = ("success", "failure", "cancelled", "skipped")
TOLD = ("--failed", "--scheduled", "--from-run", "--from-latest-run", "pending", "close", "started", *ENDS)


class WorkflowRun:
    """One run of one workflow.  ``settings`` is .github/plan-review.yml, "" for none.  ``fates``: "job/step" -> "failure", "cancel" for a run that is
    cancelled in that step, "timeout" for a job that is cut off there alone."""

    def __init__(self, files: Mapping[str, Json], event: GitHubEvent, fates: Mapping[str, str], settings: str) -> None:
        self.files = files
        self.settings = settings
        self.event = event
        self.fates = fates
        self.github = _describe(event)
        self.cancelled = False
        self.ran: list[str] = []
        self.groups: dict[str, str] = {}
        self.commands: list[list[str]] = []

    def run(self, workflow: Json) -> None:
        contexts = {"github": self.github, "inputs": self.event.payload.get("inputs") or {}}
        self._keep_group(workflow["name"], workflow, contexts)
        self._run_jobs(workflow["jobs"], contexts, "")

    def _run_jobs(self, jobs: Json, contexts: Json, way: str) -> dict[str, str]:
        results: dict[str, str] = {}
        outputs: dict[str, Json] = {}
        for name, job in jobs.items():
            told = {need: {"result": results[need], "outputs": outputs[need]} for need in list_needs(job)}
            status = tell_status((results[need] for need in list_above(jobs, name)), cancelled=self.cancelled)
            outputs[name] = {}
            known = contexts | {"needs": told}
            if not decide([str(job.get("if", ""))], known, status, "job-if")[0]:
                results[name] = "cancelled" if self.cancelled else "skipped"
            elif "uses" in job:
                results[name] = self._call(job, known, f"{way}{name}/")
            else:
                results[name], outputs[name] = self._run_legs(job, known, f"{way}{name}")
        return results

    def _call(self, job: Json, contexts: Json, way: str) -> str:
        called = self.files[job["uses"].removeprefix("./")]
        inputs = {name: interpolate(str(value), contexts) for name, value in job["with"].items()}
        assert set(inputs) == set(called["on"]["workflow_call"]["inputs"])
        within = {"github": self.github, "inputs": inputs}
        return sum_up(self._run_jobs(called["jobs"], within, way).values())

    def _run_legs(self, job: Json, contexts: Json, way: str) -> tuple[str, Json]:
        found: list[str] = []
        outputs: Json = {}
        for leg in list_legs(job, contexts):
            known = contexts | {"matrix": leg, "runner": {"temp": "/runner", "os": "Linux"}, "strategy": {}}
            known["env"] = {name: interpolate(str(text), known) for name, text in job.get("env", {}).items()}
            place = expand(job.get("environment", ""), known)
            title = way + "".join(f" {stack['name']}" for stack in leg.values()) + (f" in {place}" if place else "")
            self._keep_group(title, job, known)
            done, result = self._run_steps(job, known, way)
            self.ran.append(f"{title}: {', '.join(done)}")
            found.append(result)
            outputs = {name: interpolate(text, known) for name, text in job.get("outputs", {}).items()}
            if self.cancelled or (result == "failure" and job.get("strategy", {}).get("fail-fast", True)):
                break  # the legs that have not begun never do
        if not found:
            self.ran.append(f"{way}: no leg, which GitHub takes for a failure")
        return sum_up(found or ["failure"]), outputs

    def _run_steps(self, job: Json, known: Json, way: str) -> tuple[list[str], str]:
        """Every step that is more than plumbing and runs; a step cut off by a cancel is marked."""
        done: list[str] = []
        known["steps"] = {}
        result = "success"  # the job's own: one that begins after a cancel of the run is not cancelled itself
        for step in job["steps"]:
            status = {word: result == word for word in STATUS}
            outcome, outputs = "skipped", NONE
            if decide([str(step.get("if", ""))], known | {"job": {"status": result}}, status)[0]:
                label = _label(step, known)
                if step.get("uses", "").startswith(ACTION):
                    self.commands.append(_list_words(step, known))
                outcome, outputs = self._end(f"{way}/{label}", step, known)
                if label not in PLUMBING or outcome != "success":
                    done.append(label + {"failure": " (failed)", "cancelled": " (cut off)"}.get(outcome, ""))
            conclusion = "success" if step.get("continue-on-error") and outcome == "failure" else outcome
            if "id" in step:
                known["steps"][step["id"]] = {"outcome": outcome, "conclusion": conclusion, "outputs": outputs}
            result = (
                conclusion if conclusion == "cancelled" or (conclusion, result) == ("failure", "success") else result
            )
        return done, result

    def _end(self, place: str, step: Json, known: Json) -> tuple[str, Json]:
        if fate := self.fates.get(place):
            self.cancelled = self.cancelled or fate == "cancel"
            return ("failure" if fate == "failure" else "cancelled"), {}
        if place.endswith("/Did the plan fail?"):
            return "failure", {}
        if place.endswith("/environment"):
            event = self.event
            return _decide(event.name, json.dumps(event.payload), event.ref, event.attempt, self.settings)
        if step.get("id") == "commit":
            return "success", {"sha": interpolate(step["env"]["HEAD"], known) or CHECKED_OUT}
        merged = self.event.name == "push" and not self.event.ref.startswith("refs/heads/dev/")
        return "success", {"pull-request": "17" if merged else ""} if step.get("id") == "begin" else {}

    def _keep_group(self, title: str, holder: Json, contexts: Json) -> None:
        if concurrency := holder.get("concurrency"):
            group = interpolate(concurrency["group"], contexts)
            cancels = expand(concurrency["cancel-in-progress"], contexts)
            waits = ", all wait" if concurrency.get("queue") == "max" else ""
            self.groups[title] = f"{group}{', cancels' if cancels else ''}{waits}"


def run_event(
    files: Mapping[str, Json], event: GitHubEvent, fates: Mapping[str, str], settings: str = ""
) -> dict[str, WorkflowRun]:
    """The run of each workflow that ``event`` starts, by the workflow's name."""
    started = [workflow for workflow in files.values() if starts(workflow, event)]
    runs = {workflow["name"]: WorkflowRun(files, event, fates, settings) for workflow in started}
    for workflow in started:
        runs[workflow["name"]].run(workflow)
    return runs


def _describe(event: GitHubEvent) -> Json:
    """The context ``github``, as far as the workflows may read it."""
    pull = event.payload.get("pull_request") or {}
    return {
        "event_name": event.name,
        "event": event.payload,
        "repository": HERE,
        "ref": event.ref,
        "sha": (pull.get("head") or {}).get("sha") or "6113728f27ae82c7b1a177c8d03f9e96e0adf246",
        "run_id": RUN_ID,
        "run_attempt": str(event.attempt),
    }


def _label(step: Json, known: Json) -> str:
    """The step's name; for a step of ours the command with the words that matter, its arguments being ones it takes."""
    uses = step.get("uses", "a script").partition("@")[0].removeprefix("actions/").removesuffix("-artifact")
    if uses == "checkout":
        return f"checkout {interpolate(step['with'].get('ref', ''), known)[:7]}".rstrip()
    if not step.get("uses", "").startswith(ACTION):
        return str(step.get("name") or uses)
    words = _list_words(step, known)
    assert _is_command(tuple(words))
    return " ".join([words[0], *(word for word in words[1:] if word in TOLD)])


def _list_words(step: Json, known: Json) -> list[str]:
    """The command and its arguments, one a line, as action.yml reads them."""
    return [line for line in interpolate(step["with"]["args"], known).splitlines() if line]


@cache
def _is_command(words: tuple[str, ...]) -> bool:
    return bool(parse(words).command)


@cache
def _decide(event: str, payload: str, ref: str, attempt: int, settings: str) -> tuple[str, Json]:
    """Run the command `environment` and hand on what action.yml hands on."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        files = {"GITHUB_EVENT_PATH": Path(folder, "event.json"), "GITHUB_OUTPUT": Path(folder, "outputs")}
        files["GITHUB_EVENT_PATH"].write_text(payload, encoding="utf-8")
        files["GITHUB_OUTPUT"].touch()
        environ = {key: str(path) for key, path in files.items()} | {"GITHUB_EVENT_NAME": event, "GITHUB_REF": ref}
        environ |= {"GITHUB_REPOSITORY": HERE, "GITHUB_RUN_ID": RUN_ID, "GITHUB_RUN_ATTEMPT": str(attempt)}
        for key, value in environ.items():
            patch.setenv(key, value)
        patch.chdir(folder)
        if settings:
            Path(folder, ".github").mkdir()
            Path(folder, ".github/plan-review.yml").write_text(settings, encoding="utf-8")
        with contextlib.redirect_stdout(io.StringIO()):
            code = main(["environment"])
        text = files["GITHUB_OUTPUT"].read_text(encoding="utf-8")
    inner = {found[1]: found[3] for found in re.finditer(r"^(.+?)<<(.+)\n([\s\S]*?)\n\2$", text, re.MULTILINE)}
    outer = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))["outputs"]
    steps = {"steps": {"run": {"outputs": inner}}}
    return ("failure" if code else "success"), {key: interpolate(out["value"], steps) for key, out in outer.items()}
