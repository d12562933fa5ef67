"""What a run leaves in GitHub Actions besides the pull request: step summary, outputs, annotations; safe log lines.

Sources: GitHub's documentation, "Workflow commands for GitHub Actions"; actions/runner: CreateStepSummaryCommand,
ActionCommand, ExecutionContext; actions/toolkit: command.ts, file-command.ts.
"""

import re
import secrets
from collections.abc import Mapping, Sequence
from typing import Literal, TextIO, get_args

from bot.annotations import Annotation
from bot.edge.files import append_text
from bot.markdown import one_line, visible

LARGEST_SUMMARY = 1_048_576  # bytes of one step; GitHub drops a larger summary as a whole
MOST_ANNOTATIONS = 10  # of each level and step; the runner drops the others
LONGEST_MESSAGE = 4096  # characters; the runner cuts the others off
Written = Literal["written", "nowhere", "too large"]

# Outputs are words, numbers, paths and digests of ours.  Text of a plan never becomes one: people put outputs into
# shells, and the runner drops an output that holds a masked value.
OutputName = Literal[
    "verdict",
    "exit-code",
    "environment",
    "action",
    "ref",
    "plan-target",
    "apply-target",
    "guarded",
    "why",
    "pull-request",
    "deletions",
    "held",
    "drift",
    "digest",
    "page",
    "decision",
]
OUTPUT_NAMES: tuple[str, ...] = get_args(OutputName)

_LINE_END = re.compile(r"(\r\n|\n|\r)")
_COLOUR = re.compile("(\x1b\\[[0-9;]{1,8}m)")


def in_actions(environ: Mapping[str, str]) -> bool:
    """Does a runner of GitHub Actions read what we print?"""
    return environ.get("GITHUB_ACTIONS") == "true"


def write_summary(environ: Mapping[str, str], text: str) -> Written:
    """Add ``text`` to the step's summary.

    "nowhere": this is no step of GitHub Actions.  "too large": it does not fit beside what earlier commands of the same
    step wrote, and nothing was written, for GitHub would drop all of it; render it smaller.  Raises CannotRead.
    """
    name = environ.get("GITHUB_STEP_SUMMARY")
    if not name:
        return "nowhere"
    return "written" if append_text(name, text, LARGEST_SUMMARY) else "too large"


def write_outputs(environ: Mapping[str, str], values: Mapping[OutputName, str | int]) -> Written:
    """Set outputs of the step.  "nowhere": this is no step of GitHub Actions.

    Raises CannotRead, and ValueError for a name that is not of OUTPUT_NAMES.
    """
    if unknown := sorted(set(values) - set(OUTPUT_NAMES)):
        raise ValueError(f"no outputs of ours: {', '.join(unknown)}")
    name = environ.get("GITHUB_OUTPUT")
    if not name:
        return "nowhere"
    append_text(name, "".join(_output(key, str(value)) for key, value in values.items()))
    return "written"


def _output(name: str, value: str) -> str:
    delimiter = _delimiter(value)
    return f"{name}<<{delimiter}\n{value}\n{delimiter}\n"


def _delimiter(value: str) -> str:
    """A line that nobody can put into ``value`` beforehand, and that is not in it by chance either."""
    while (delimiter := f"end_{secrets.token_hex(16)}") in value:
        continue
    return delimiter


def write_annotations(annotations: Sequence[Annotation], stream: TextIO) -> int:
    """Print workflow commands, the first ten of each level.  Gives the number of those left out."""
    counts: dict[str, int] = {}
    left_out = 0
    for annotation in annotations:
        counts[annotation.level] = counts.get(annotation.level, 0) + 1
        if counts[annotation.level] > MOST_ANNOTATIONS:
            left_out += 1
            continue
        stream.write(_command(annotation))
    stream.flush()
    return left_out


def _command(annotation: Annotation) -> str:
    place = f"file={_property(annotation.file)},line={annotation.line:d}"
    return f"::{annotation.level} {place},title={_property(annotation.title)}::{_data(_cut(annotation.message))}\n"


def _cut(text: str) -> str:
    shown = visible(text)
    return shown if len(shown) <= LONGEST_MESSAGE else f"{shown[: LONGEST_MESSAGE - 1]}…"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(visible(text)).replace(":", "%3A").replace(",", "%2C")


def defuse(line: str) -> str:
    """One line of a log that no runner takes for a command, and that people can still read.

    A runner obeys lines that begin with ``::`` after white space, and ``##[`` anywhere in a line.  It compares as its
    language does, which passes over invisible characters: those become visible, all but terminal colours.
    """
    parts = _COLOUR.split(line)
    shown = "".join(part if number % 2 else one_line(part) for number, part in enumerate(parts))
    shown = shown.replace("##[", "## [")
    bare = shown.lstrip()
    return f"{shown[: len(shown) - len(bare)]}: {bare[1:]}" if bare.startswith("::") else shown


def defuse_text(text: str) -> str:
    """``defuse`` for every line; line ends stay as they are."""
    parts = _LINE_END.split(text)
    return "".join(part if number % 2 else defuse(part) for number, part in enumerate(parts))


def defuse_json(text: str) -> str:
    """JSON that no runner takes for a command and that says the same: a number sign stands in strings only."""
    return text.replace("##[", "#\\u0023[")
