"""What GitHub's runner does with the workflows of the kit, as far as they need it.

Read by GitHub's own parser and evaluated by GitHub's own expressions (``actions.py``): jobs by their ``needs``, matrices, calls
of reusable workflows, ``if:``, outputs, composite actions.  A ``run:`` step is bash, as it is written.  The actions of
others (checkout, artifacts, logins) are played by ``runner_uses.py``.

Not played: ``concurrency`` (one run after another here), ``timeout-minutes``, cancelling, containers.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from msgspec import Struct

from tests.support.actions import FAILURE, SUCCESS, decide, expand, parse_workflow
from tests.support.job_graph import list_above, list_legs, list_needs, sum_up, tell_status
from tests.support.runner_events import Event
from tests.support.runner_machine import Desk, Machine, RunnerError
from tests.support.runner_shell import Step, run_script
from tests.support.runner_uses import PLAYED
from tests.support.triggers import starts

Json = dict[str, Any]


class Ended(Struct, frozen=True, kw_only=True):
    """A job that is over; ``jobs`` are those of the workflow that it called."""

    result: str  # success, failure or skipped
    outputs: Mapping[str, str] = {}
    jobs: Mapping[str, "Ended"] = {}
    steps: tuple[Step, ...] = ()


class Run(Struct, frozen=True, kw_only=True):
    """A run of a workflow; ``jobs`` also by the names of called ones: ``run / plan (network)``."""

    id: int
    workflow: str
    jobs: Mapping[str, Ended]

    @property
    def result(self) -> str:
        return sum_up(job.result for job in self.jobs.values())

    def results(self) -> dict[str, str]:
        """Every job that was not skipped."""
        return {name: job.result for name, job in self.jobs.items() if job.result != "skipped"}

    def log(self) -> str:
        """What the steps printed."""
        lines = [f"run {self.id} of {self.workflow}"]
        for name, job in self.jobs.items():
            lines.append(f"== {name}: {job.result}")
            lines += [f"-- {step.name}: {step.outcome}, {step.seconds:.1f} s\n{step.text}" for step in job.steps]
        return "\n".join(lines)

    def summary(self) -> str:
        """The step summaries, one after another."""
        return "\n".join(step.summary for job in self.jobs.values() for step in job.steps if step.summary)


def start(machine: Machine, event: Event) -> list[Run]:
    """Every workflow that this event starts, as it is in the commit that GitHub takes workflows from for this event."""
    files = machine.read_workflows(event.files)
    parsed = {name: parse_workflow(text, name) for name, text in files.items()}
    return [_run(machine, event, name, parsed) for name, workflow in sorted(parsed.items()) if starts(workflow, event)]


def _run(machine: Machine, event: Event, name: str, parsed: Mapping[str, Json]) -> Run:
    number = machine.github.begin_run(event.name, event.head, event.branch)
    workflow = parsed[name]
    title = workflow.get("name", name)
    github = machine.describe(event, number, title)
    flow = _Flow(machine=machine, parsed=parsed, workflow=workflow, github=github, run=number)
    return Run(id=number, workflow=title, jobs=_flatten(flow.play()))


def _flatten(jobs: Mapping[str, Ended], before: str = "") -> dict[str, Ended]:
    found: dict[str, Ended] = {}
    for name, job in jobs.items():
        found[before + name] = job
        found |= _flatten(job.jobs, f"{before}{name} / ")
    return found


class _Flow(Struct, frozen=True, kw_only=True):
    """One workflow of a run: the started one or, with ``inputs``, one that a job calls."""

    machine: Machine
    parsed: Mapping[str, Json]
    workflow: Json
    github: Json
    run: int
    inputs: Json = {}
    most: Mapping[str, str] | None = None  # the permissions of the calling job

    def play(self) -> dict[str, Ended]:
        """Every job, each after those it needs."""
        jobs: dict[str, Json] = self.workflow["jobs"]
        ended: dict[str, Ended] = {}
        while left := [name for name in jobs if name not in ended]:
            ready = [name for name in left if all(need in ended for need in list_needs(jobs[name]))]
            if not ready:
                raise RunnerError(f"{', '.join(left)} need each other")
            for name in ready:
                ended[name] = self._play_job(name, jobs, ended)
        return ended

    def _play_job(self, name: str, jobs: Mapping[str, Json], ended: Mapping[str, Ended]) -> Ended:
        job = jobs[name]
        needs = {need: {"result": ended[need].result, "outputs": ended[need].outputs} for need in list_needs(job)}
        contexts = {"github": self.github, "inputs": self.inputs, "needs": needs, "vars": self.machine.variables}
        status = tell_status(ended[other].result for other in list_above(jobs, name))
        if not decide([str(job.get("if", ""))], contexts, status, "job-if")[0]:
            return Ended(result="skipped")
        if "uses" in job:
            return self._call(job, contexts)
        legs = list(self._legs(name, job, contexts))
        if len(legs) == 1 and not legs[0][0]:
            return legs[0][1]
        found = dict(legs)
        return Ended(result=sum_up(end.result for end in found.values()), jobs=found)

    def _call(self, job: Json, contexts: Json) -> Ended:
        called = self.parsed[job["uses"].removeprefix("./.github/workflows/")]
        flow = _Flow(
            machine=self.machine,
            parsed=self.parsed,
            workflow=called,
            github=self.github,
            run=self.run,
            inputs=expand(job.get("with", {}), contexts),
            most=job["permissions"],
        )
        jobs = flow.play()
        return Ended(result=sum_up(end.result for end in jobs.values()), jobs=jobs)

    def _legs(self, name: str, job: Json, contexts: Json) -> Iterator[tuple[str, Ended]]:
        failed = False
        for leg in list_legs(job, contexts):
            label = "".join(value["name"] if isinstance(value, dict) else str(value) for value in leg.values())
            if failed and job["strategy"].get("fail-fast", True):
                yield label, Ended(result="skipped")
                continue
            end = self._run_job(name, job, {**contexts, "matrix": leg})
            failed = failed or end.result == "failure"
            yield label, end

    def _run_job(self, name: str, job: Json, contexts: Json) -> Ended:
        permissions: Json = job.get("permissions") or self.workflow.get("permissions") or {}
        _check_permissions(name, permissions, self.most)
        place = job.get("environment", "")
        environment = str(expand(place["name"] if isinstance(place, dict) else place, contexts))
        with self.machine.open_desk(self.run, self.github, environment, permissions) as desk:
            if desk.refused:
                return Ended(result="failure", steps=(Step(name="environment", outcome="failure", text=desk.refused),))
            github = {**self.github, "token": desk.token, "workspace": str(desk.workspace), "job": name}
            whole = {**contexts, "github": github, "vars": {**self.machine.variables, **desk.variables}}
            variables = {**self.workflow.get("env", {}), **job.get("env", {})}
            whole = {**whole, "runner": desk.runner, "env": expand(variables, whole)}
            steps, ended = play_steps(desk, job["steps"], whole)
            result = "failure" if any(step.conclusion == "failure" for step in ended) else "success"
            outputs = expand(job.get("outputs", {}), {**whole, "steps": steps})
            desk.close(result)
        return Ended(result=result, outputs=outputs, steps=tuple(ended))


def play_steps(desk: Desk, steps: list[Json], contexts: Json) -> tuple[Json, list[Step]]:
    """The steps of a job or of a composite action: the context ``steps``, and how each of them ended."""
    known: Json = {}
    ended: list[Step] = []
    for number, step in enumerate(steps):
        here = {**contexts, "steps": known}
        status = FAILURE if any(step.conclusion == "failure" for step in ended) else SUCCESS
        label = str(step.get("name") or step.get("id") or step.get("uses") or number)
        if decide([str(step.get("if", ""))], here, status, "step-if")[0]:
            done = _play_step(desk, step, here, label)
            if done.outcome == "failure" and expand(step.get("continue-on-error", False), here):
                done = Step(name=label, outcome="failure", conclusion="success", text=done.text, outputs=done.outputs)
        else:
            done = Step(name=label, outcome="skipped")
        ended.append(done)
        if "id" in step:
            known[step["id"]] = {
                "outputs": dict(done.outputs),
                "outcome": done.outcome,
                "conclusion": done.conclusion or done.outcome,
            }
    return known, ended


def _play_step(desk: Desk, step: Json, contexts: Json, label: str) -> Step:
    env = {**contexts["env"], **expand(step.get("env", {}), contexts)}
    here = {**contexts, "env": env}
    if "run" in step:
        folder = desk.workspace / str(expand(step.get("working-directory", "."), here))
        return run_script(desk, label, str(expand(step["run"], here)), step.get("shell", ""), env, folder)
    name, _, _ = step["uses"].partition("@")
    given = expand(step.get("with", {}), here)
    if name == desk.machine.action_name:
        return _play_composite(desk, given, here, label)
    if name not in PLAYED:
        raise RunnerError(f"nobody plays {name}")
    return PLAYED[name](desk, label, given, contexts)


def _play_composite(desk: Desk, given: Json, contexts: Json, label: str) -> Step:
    """The steps of our own ``action.yml``: they see its inputs, and not the steps around it."""
    folder: Path = desk.machine.action
    action = yaml.safe_load((folder / "action.yml").read_text(encoding="utf-8"))
    defaults = {name: expand(about.get("default", ""), contexts) for name, about in action["inputs"].items()}
    unknown = set(given) - set(defaults)
    if unknown:
        raise RunnerError(f"action.yml has no input {', '.join(sorted(unknown))}")
    here = {key: contexts[key] for key in ("vars", "runner", "env")}
    here["github"] = {**contexts["github"], "action_path": str(folder)}
    here["inputs"] = {**defaults, **given}
    steps, ended = play_steps(desk, action["runs"]["steps"], here)
    failed = [step for step in ended if step.conclusion == "failure"]
    outputs = {name: str(expand(about["value"], {**here, "steps": steps})) for name, about in action["outputs"].items()}
    text = "\n".join(filter(None, (step.text for step in ended)))
    outcome = "failure" if failed else "success"
    return Step(
        name=label,
        outcome=outcome,
        text=f"{given.get('args', '')}\n{text}",
        outputs=outputs,
        summary="".join(step.summary for step in ended),
        seconds=sum(step.seconds for step in ended),
    )


def _check_permissions(name: str, asked: Mapping[str, str], most: Mapping[str, str] | None) -> None:
    """GitHub starts no run whose called jobs ask for more than the calling job has."""
    rank = {"none": 0, "read": 1, "write": 2}
    for scope, word in asked.items():
        if most is not None and rank[word] > rank[most.get(scope, "none")]:
            raise RunnerError(f"job {name} asks for {scope}: {word}, and its caller has less")
