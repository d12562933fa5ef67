"""How results travel between jobs, and which legs a matrix has.

Source: GitHub's documentation, "Status check functions" and "Using conditions to control job execution": success() wants
all jobs above to have succeeded, so a skipped one is none; failure() looks for a failed one above at any distance;
cancelled() is of the whole run.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tests.support.actions import expand

Json = dict[str, Any]


def list_needs(job: Json) -> list[str]:
    needs = job.get("needs", [])
    return [needs] if isinstance(needs, str) else list(needs)


def list_above(jobs: Mapping[str, Json], name: str) -> set[str]:
    """The jobs that ``name`` needs, at any distance."""
    direct = set(list_needs(jobs[name]))
    return direct.union(*(list_above(jobs, need) for need in direct))


def tell_status(above: Iterable[str], *, cancelled: bool = False) -> dict[str, bool]:
    """What the status functions say below jobs with these results."""
    results = set(above)
    return {
        "success": results <= {"success"} and not cancelled,
        "failure": "failure" in results,
        "cancelled": cancelled,
    }


def sum_up(results: Iterable[str]) -> str:
    """The result of jobs or legs together."""
    found = set(results)
    return next((word for word in ("failure", "cancelled", "success") if word in found), "skipped")


def list_legs(job: Json, contexts: Json) -> Iterator[Json]:
    """The context ``matrix`` of each leg of a matrix of one list, none where it has no values; one where there is no matrix."""
    matrix = expand(job.get("strategy", {}).get("matrix", {}), contexts)
    ((name, values),) = matrix.items() or [("", [None])]
    yield from ({name: value} if name else {} for value in values or ())
