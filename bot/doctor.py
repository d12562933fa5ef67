"""`plan-review doctor`: what in a repository would make the gate weak, silent or stuck.  Rules over facts, no I/O."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from msgspec import Struct

from bot.errors import BadConfig
from bot.root_modules import RootModule, list_shared, list_stacks
from bot.strict_yaml import decode_yaml

Weight = Literal["stop", "warn", "unknown", "note"]
WEIGHTS: tuple[Weight, ...] = ("stop", "warn", "unknown", "note")
PLAN_TYPES = {"opened", "synchronize", "reopened", "ready_for_review"}
JUDGE_TYPES = {"labeled", "unlabeled", "edited"}
_PINNED = re.compile(r"(?:\./\S*|\$/\S*|docker://\S+@sha256:[0-9a-f]{64}|[\w./-]+@[0-9a-f]{40})", re.ASCII)
_OURS = re.compile(r"(?:^|/)plan-review@|^\./$")
_APPLIES = re.compile(r"\b(?:terraform|tofu)\b[^\n|;&#]*\s(?:apply|destroy)\b")
_BARE_PLAN = re.compile(r"tfplan|\.tfstate|\bplan\.(?:json|out|bin)\b|\.plan\b|\.terraform\b")
_REMOTE = {"gcs", "s3", "azurerm", "cloud", "remote", "http", "pg", "consul", "kubernetes", "cos", "oss", "oci"}


class Trouble(Struct, frozen=True, kw_only=True):
    """One finding.  ``stop``: the gate does not hold, or can hold for ever; ``warn``: it should be mended.

    ``unknown``: nobody here may read it, so look; ``note``: know it.
    """

    weight: Weight
    place: str
    what: str
    why: str
    mend: str


class Facts(Struct, frozen=True, kw_only=True):
    """What the checkout tells."""

    workflows: Mapping[str, str]
    modules: Sequence[RootModule] = ()
    default_branch: str = ""
    stage: str = "develop"
    prod: str = "main"


class Flow(Struct, frozen=True, kw_only=True):
    """One workflow file that can be read."""

    path: str
    triggers: Mapping[str, Any]
    jobs: Mapping[str, Any]
    permissions: Any
    ours: bool


def examine(facts: Facts) -> list[Trouble]:
    """All findings of the checkout."""
    flows: list[Flow] = []
    found: list[Trouble] = []
    for path, text in facts.workflows.items():
        try:
            flows.append(read_flow(path, text))
        except BadConfig as error:
            found.append(_stop(path, "It cannot be read.", error.message, error.advice))
    ours = [flow for flow in flows if flow.ours]
    found += _check_triggers(ours, facts)
    for flow in ours:
        found += [*_check_filters(flow), *_check_steps(flow), *_check_permissions(flow), *_check_closing(flow)]
    for flow in flows:
        found += [*_check_applies(flow), *_check_uploads(flow), *_check_strangers(flow)]
    for module in facts.modules:
        found += _check_backend(module)
    found += _check_shared(facts.modules)
    return found


def read_flow(path: str, text: str) -> Flow:
    """Raises BadConfig."""
    data = decode_yaml(text.encode("utf-8", "replace"), path, "Mend the workflow.")
    if not isinstance(data, dict) or not isinstance(data.get("jobs"), dict):
        raise BadConfig(f"{path}: this is no workflow.", "A workflow has `on` and `jobs`.")
    on = data.get("on", data.get(True))  # YAML 1.1 takes the bare word for a truth value
    triggers = on if isinstance(on, dict) else dict.fromkeys([on] if isinstance(on, str) else on or [])
    jobs = {str(name): job for name, job in data["jobs"].items() if isinstance(job, dict)}
    uses = [str(step.get("uses", "")) for job in jobs.values() for step in _steps(job)]
    calls = [str(job.get("uses", "")) for job in jobs.values()]
    ours = any(_OURS.search(name) for name in uses) or any("plan-review" in name for name in calls)
    return Flow(path=path, triggers=triggers, jobs=jobs, permissions=data.get("permissions"), ours=ours)


def format_troubles(found: Sequence[Trouble], *, asked: bool) -> str:
    """Text for the terminal, what stops first; ``asked``: GitHub was asked too."""
    lines = []
    for trouble in sorted(found, key=lambda trouble: WEIGHTS.index(trouble.weight)):
        lines += [f"{trouble.weight}  {trouble.place}: {trouble.what}", f"      why   {trouble.why}"]
        lines += [f"      mend  {trouble.mend}", ""]
    number = Counter(trouble.weight for trouble in found)
    more = f", {number['unknown']} not known" if number["unknown"] else ""
    lines.append(f"{number['stop']} that stop, {number['warn']} to mend{more}.")
    if not asked:
        lines.append(
            "Not looked at, for there is no GITHUB_TOKEN: required statuses, rules of branches and environments, "
            "labels, people, forks."
        )
    return "\n".join(lines) + "\n"


def _check_triggers(ours: Sequence[Flow], facts: Facts) -> Iterator[Trouble]:
    if not ours:
        yield _stop(
            ".github/workflows", "No workflow uses plan-review.", "Nothing is reviewed.", "Run plan-review init."
        )
        return
    types = {kind for flow in ours if "pull_request" in flow.triggers for kind in _types(flow.triggers["pull_request"])}
    events = {event for flow in ours for event in flow.triggers}
    if missing := sorted(PLAN_TYPES - types):
        yield _stop(
            ".github/workflows",
            f"pull_request misses {', '.join(missing)}.",
            "A commit without a status blocks the merge, or keeps the picture of an older one.",
            "Add them to `types` of the workflow that plans.",
        )
    if missing := sorted(JUDGE_TYPES - types):
        yield _warn(
            ".github/workflows",
            f"pull_request misses {', '.join(missing)}.",
            "A label or a description that changes is only seen with the next commit.",
            "Add plan-review-judge.yml with plan-review init.",
        )
    for event, why in (
        ("push", "A merge deploys nothing."),
        ("schedule", "Drift in PROD is not seen."),
        ("merge_group", "With a merge queue the status is never posted, and every merge fails."),
        ("pull_request_review", "An approval is only seen with the next commit."),
    ):
        if event not in events:
            yield _warn(".github/workflows", f"No workflow runs on {event}.", why, f"Add `{event}` to `on`.")
    if "schedule" in events and facts.default_branch not in ("", facts.prod):
        yield _warn(
            ".github/workflows",
            f"The default branch is {facts.default_branch}, PROD is deployed from {facts.prod}.",
            "A schedule runs on the default branch only: it reports drift, but may not apply to PROD.",
            f"Make {facts.prod} the default branch, or live with the drift report alone.",
        )


def _check_filters(flow: Flow) -> Iterator[Trouble]:
    for event in ("pull_request", "merge_group"):
        options = flow.triggers.get(event)
        if isinstance(options, dict) and (used := {"paths", "paths-ignore"} & options.keys()):
            yield _stop(
                flow.path,
                f"{event} has the filter {', '.join(sorted(used))}.",
                "A run that never starts posts no status: a required one then blocks the merge for ever.",
                "Remove the filter; without changes the review passes by itself.",
            )
    if "pull_request_target" in flow.triggers:
        yield _stop(
            flow.path,
            "It runs on pull_request_target.",
            "A plan runs code of the pull request, here with write access and secrets even for forks.",
            "Use pull_request, and plan-review-fork.yml for forks.",
        )


def _check_steps(flow: Flow) -> Iterator[Trouble]:
    for name, job in flow.jobs.items():
        place = f"{flow.path}, job {name}"
        for used in [str(job["uses"])] if "uses" in job else [str(s["uses"]) for s in _steps(job) if "uses" in s]:
            if not _PINNED.fullmatch(used):
                yield _warn(
                    place,
                    f"{used} is not pinned to a commit.",
                    "A tag can be moved to other code, which then has the job's token and cloud login.",
                    "Write the commit's 40 digits, and the version as a comment.",
                )
        for step in _steps(job):
            yield from _check_wrapper(step, place)


def _check_wrapper(step: Mapping[str, Any], place: str) -> Iterator[Trouble]:
    found = re.match(r"(?:hashicorp|opentofu)/setup-(terraform|opentofu)@", str(step.get("uses", "")))
    if not found:
        return
    key = "terraform_wrapper" if found[1] == "terraform" else "tofu_wrapper"
    given = step.get("with")
    if str(given.get(key, "true") if isinstance(given, dict) else "true").casefold() != "false":
        yield _stop(
            place,
            f"{key} is on.",
            "The wrapper keeps the whole plan, secrets too, as an output and hides exit code 2.",
            f"Set {key}: false.",
        )


def _check_permissions(flow: Flow) -> Iterator[Trouble]:
    if flow.permissions is None or flow.permissions == "write-all":
        yield _warn(
            flow.path,
            "No `permissions: {}` at the top.",
            "Every job gets what the repository's default gives, often the right to write.",
            "Put `permissions: {}` at the top and name what each job needs.",
        )
    for name, job in flow.jobs.items():
        rights = job.get("permissions")
        if isinstance(rights, dict) and rights.get("contents") == "write":
            yield _warn(
                f"{flow.path}, job {name}",
                "It may write contents.",
                "A plan runs code of the pull request; with this token it could push.",
                "contents: read is enough.",
            )


def _check_closing(flow: Flow) -> Iterator[Trouble]:
    """Where a status is set to pending, some step that always runs must close it."""
    steps = [(step, _words(step)) for job in flow.jobs.values() for step in _steps(job)]
    opens = any(words[:2] == ["status", "pending"] for _, words in steps)
    closes = any(words[:2] == ["status", "close"] and "always()" in str(step.get("if", "")) for step, words in steps)
    if opens and not closes:
        yield _stop(
            flow.path,
            "`status pending` has no `status close` with `if: always()`.",
            "After a crash the status waits for ever, and nobody is told.",
            "Add the step at the end of the job that reviews.",
        )


def _check_applies(flow: Flow) -> Iterator[Trouble]:
    """Every job of the repository that applies, not only ours: a second way into an environment has no guard."""
    for name, job in flow.jobs.items():
        if not any(_APPLIES.search(str(step.get("run", ""))) for step in _steps(job)):
            continue
        place, concurrency = f"{flow.path}, job {name}", job.get("concurrency")
        if not any(_words(step)[:1] == ["guard"] for step in _steps(job)):
            yield _stop(
                place,
                "It applies without guard.",
                "What is applied need not be what was reviewed.",
                "Put `plan-review guard` between plan and apply.",
            )
        if not isinstance(concurrency, dict) or concurrency.get("cancel-in-progress", False) is not False:
            yield _stop(
                place,
                "An apply may be cancelled or run beside another one.",
                "A cancelled apply leaves half of its work and a locked state.",
                "Set concurrency with a group per environment and state, and cancel-in-progress: false.",
            )


def _check_strangers(flow: Flow) -> Iterator[Trouble]:
    if "pull_request_target" in flow.triggers and not flow.ours:
        yield _warn(
            flow.path,
            "It runs on pull_request_target.",
            "It has secrets and may write even for forks: with code of the pull request in it, a stranger could set "
            "our status.",
            "Look whether it checks out or runs anything of the pull request; pull_request is enough for most.",
        )


def _check_uploads(flow: Flow) -> Iterator[Trouble]:
    for name, job in flow.jobs.items():
        for step in _steps(job):
            given = step.get("with")
            path = str(given.get("path", "")) if isinstance(given, dict) else ""
            if "actions/upload-artifact@" in str(step.get("uses", "")) and _BARE_PLAN.search(path):
                yield _stop(
                    f"{flow.path}, job {name}",
                    "It uploads a plan or a state.",
                    "Both hold secrets in plain text, and everyone who can read the repository can download them.",
                    "Upload the record of `plan-review record` instead.",
                )


def _check_backend(module: RootModule) -> Iterator[Trouble]:
    kind, settings = module.backend.kind, module.backend.settings
    place = f"{module.folder}, backend {kind}"
    locked = settings.get("use_lockfile") == "true" or "dynamodb_table" in settings
    if kind not in _REMOTE:
        yield _stop(
            place,
            "The state is on the disk of the runner.",
            "It is lost after the job: the next apply makes everything a second time.",
            'Use a remote backend, e.g. backend "gcs" with a bucket that keeps versions.',
        )
    if kind == "s3" and not locked and not module.backend_files:
        yield _stop(
            place,
            "The state is not locked.",
            "Two applies at a time destroy it.",
            "Set use_lockfile = true, or dynamodb_table for versions before 1.10.",
        )
    if kind == "s3" and settings.get("encrypt") != "true" and not module.backend_files:
        yield _warn(place, "encrypt is not set.", "A state holds secrets in plain text.", "Set encrypt = true.")
    if kind in ("gcs", "s3", "azurerm"):
        yield _warn(
            place,
            "Whether the bucket keeps versions and who may read it is not in the code.",
            "A state that is overwritten is gone, and who reads it reads every secret in it.",
            "Look once: versioning on, no public access, readers are the identities of plan and apply alone.",
        )


def _check_shared(modules: Sequence[RootModule]) -> Iterator[Trouble]:
    for folder, names in list_shared(list_stacks(modules)).items():
        yield _warn(
            folder,
            f"{', '.join(name.upper() for name in names)} have one state.",
            "Each would undo what the other applies, and a push to DEV changes PROD.",
            "Add a .tfbackend file for each, named for it, or a folder for each; then run plan-review init.",
        )


def _types(options: Any) -> set[str]:
    given = options.get("types") if isinstance(options, dict) else None
    if given is None:
        return {"opened", "synchronize", "reopened"}
    return {given} if isinstance(given, str) else set(map(str, given))


def _steps(job: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    steps = job.get("steps")
    return [step for step in steps if isinstance(step, dict)] if isinstance(steps, list) else []


def _words(step: Mapping[str, Any]) -> list[str]:
    given = step.get("with")
    return str(given.get("args", "")).split() if isinstance(given, dict) else []


def _stop(place: str, what: str, why: str, mend: str) -> Trouble:
    return Trouble(weight="stop", place=place, what=what, why=why, mend=mend)


def _warn(place: str, what: str, why: str, mend: str) -> Trouble:
    return Trouble(weight="warn", place=place, what=what, why=why, mend=mend)
