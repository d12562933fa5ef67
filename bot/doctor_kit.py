"""How the kit's workflow files of a repository differ from what `plan-review init` would write there."""

from collections.abc import Iterator, Mapping
from typing import Any

from bot.doctor import Flow, Trouble, read_flow
from bot.errors import BadConfig

INIT = "plan-review init shows the difference; with --yes it writes the file again, then add your stacks back."
RANKS = {"none": 0, "read": 1, "write": 2}


def compare_kit(existing: Mapping[str, str], wanted: Mapping[str, str]) -> list[Trouble]:
    """Missing files, triggers, types, branches, jobs and permissions; what a repository has besides is its own."""
    found = []
    for path, text in sorted(wanted.items()):
        if path not in existing:
            found.append(
                _lacks(path, "The file is missing", "Nothing does its part of the flow.", "Run plan-review init.")
            )
            continue
        try:
            mine = read_flow(path, existing[path])
        except BadConfig:
            continue  # told already
        kit = read_flow(path, text)
        found += [*_compare_triggers(mine, kit), *_compare_jobs(mine, kit)]
    return found


def _compare_triggers(mine: Flow, kit: Flow) -> Iterator[Trouble]:
    for event, options in kit.triggers.items():
        if event not in mine.triggers:
            yield _lacks(mine.path, f"It does not run on {event}", "That row of the flow never runs.", f"Add {event}.")
            continue
        for key, why in (
            ("types", "What these say is only seen with the next commit, or never."),
            ("branches", "Nothing runs for them, and a required status never comes."),
        ):
            if missing := _lost(_list(mine.triggers[event], key), _list(options, key)):
                told = f"{event} misses {', '.join(missing)} in `{key}`"
                yield _lacks(mine.path, told, why, f"Add them to `on.{event}.{key}`, or name your branches to init.")


def _lost(mine: list[str] | None, kit: list[str] | None) -> list[str]:
    """What the kit names and these do not.  Without a filter every branch runs; without types, GitHub's three."""
    return [] if kit is None or mine is None else [word for word in kit if word not in mine]


def _list(options: Any, key: str) -> list[str] | None:
    given = options.get(key) if isinstance(options, dict) else None
    if given is None:
        return ["opened", "synchronize", "reopened"] if key == "types" else None
    return [str(word) for word in given] if isinstance(given, list) else [str(given)]


def _compare_jobs(mine: Flow, kit: Flow) -> Iterator[Trouble]:
    for name, job in kit.jobs.items():
        if name not in mine.jobs:
            yield _lacks(mine.path, f"The job {name} is missing", "Its part of the flow is not done.", INIT)
            continue
        have, need = (given.get("permissions") for given in (mine.jobs[name], job))
        if not isinstance(need, dict) or not isinstance(have, dict):
            continue
        if less := [f"{key}: {word}" for key, word in need.items() if _rank(have.get(key)) < _rank(word)]:
            told = f"The job {name} lacks the permission {', '.join(less)}"
            yield _lacks(mine.path, told, "GitHub refuses what the job asks for.", INIT)


def _rank(word: object) -> int:
    return RANKS.get(str(word or "none"), 0)


def _lacks(path: str, what: str, why: str, mend: str) -> Trouble:
    return Trouble(weight="warn", place=path, what=f"{what}.", why=why, mend=mend)
