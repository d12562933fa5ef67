"""GitHub's own reading of workflows and expressions (npm @actions/workflow-parser and @actions/expressions)."""

import json
import subprocess
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal

from tests.support.node import module_file, node

Place = Literal["job-if", "step-if"]
SCRIPT = Path(__file__).parents[1] / "node/actions.mjs"
SUCCESS = {"success": True, "failure": False, "cancelled": False}
FAILURE = {"success": False, "failure": True, "cancelled": False}
CANCELLED = {"success": False, "failure": False, "cancelled": True}


class BadWorkflow(ValueError):
    """GitHub's parser or evaluator refuses it; the message is GitHub's."""


def parse_workflow(text: str, name: str = "workflow.yml") -> dict[str, Any]:
    """The workflow as GitHub reads it: plain values, expressions as ``${{ … }}`` texts, ``on`` as its events by name,
    each with the filters that are set.  Raises BadWorkflow with every error that GitHub finds.
    """
    parsed: dict[str, Any] = _ask(op="parse", name=name, text=text)
    return parsed


def evaluate(expressions: Sequence[str], contexts: Mapping[str, Any]) -> list[Any]:
    """Values of expressions (what stands between ``${{`` and ``}}``).  Raises BadWorkflow."""
    values: list[Any] = _ask(op="expand", values=[f"${{{{ {text} }}}}" for text in expressions], contexts=contexts)
    return values


def expand(value: Any, contexts: Mapping[str, Any]) -> Any:
    """A value of a workflow with its expressions evaluated, in lists and mappings too; one that is nothing but an
    expression keeps that one's type (a matrix from ``fromJSON``).  Raises BadWorkflow.
    """
    return _ask(op="expand", values=value, contexts=contexts)


def interpolate(text: str, contexts: Mapping[str, Any]) -> str:
    """A text with its ``${{ }}`` parts evaluated, as GitHub writes it into an input or a variable.  Raises BadWorkflow."""
    value = _ask(op="expand", values=f"{text}${{{{ '' }}}}", contexts=contexts)
    return str(value)


def decide(
    conditions: Sequence[str],
    contexts: Mapping[str, Any],
    status: Mapping[str, bool] = SUCCESS,
    place: Place = "step-if",
) -> list[bool]:
    """What ``if:`` texts come to, with or without ``${{ }}``, "" for none, as GitHub takes them: ``success() &&`` goes
    before one that has no status function.  ``status`` is what success(), failure() and cancelled() are.
    ``place`` decides which contexts may be used.  Raises BadWorkflow.
    """
    found: list[bool] = _ask(op="decide", conditions=conditions, contexts=contexts, status=status, place=place)
    return found


@cache
def _start() -> subprocess.Popen[str]:
    """One Node for the whole test process; it ends with it, when its standard input is closed."""
    module_file("@actions/expressions/package.json")
    module_file("@actions/workflow-parser/package.json")
    pipe = subprocess.PIPE
    return subprocess.Popen([str(node()), str(SCRIPT)], stdin=pipe, stdout=pipe, text=True, encoding="utf-8")


def _ask(**request: Any) -> Any:
    process = _start()
    assert process.stdin
    assert process.stdout
    process.stdin.write(json.dumps(request) + "\n")
    process.stdin.flush()
    line = process.stdout.readline()
    if not line:
        raise RuntimeError(f"{SCRIPT.name} ended with {process.wait()}")
    answer = json.loads(line)
    if "error" in answer:
        raise BadWorkflow(answer["error"])
    return answer["value"]
