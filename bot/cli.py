"""Reads the arguments, writes standard output, gives the exit code; the only one to do so."""

import sys
from collections.abc import Iterable, Sequence
from io import TextIOWrapper
from itertools import chain

from bot import __version__
from bot.errors import BotError

TYPE_CHECKING = False  # for type checkers it is true; the module typing alone takes as long as the rest of a start
if TYPE_CHECKING:
    import argparse

INTERRUPTED, BUG = 130, 70


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and give its exit code."""
    if list(sys.argv[1:] if argv is None else argv) == ["--version"]:  # needs nothing of what follows
        print(f"plan-review {__version__}")
        return 0
    try:
        return _run(argv)
    except BotError as error:
        _say(f"plan-review: {error.message}\n  {error.advice}")
        return error.exit_code
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()
        return 1
    except Exception as error:
        import traceback

        # The traceback without the message: a message may quote what the plan holds.
        place = "".join(traceback.format_tb(error.__traceback__))
        print(f"{place}plan-review: a bug of ours: {type(error).__name__}", file=sys.stderr)
        print("  Nothing may be concluded from this run. Please report the lines above.", file=sys.stderr)
        return BUG


def _run(argv: Sequence[str] | None) -> int:
    from bot.arguments import parse

    given = parse(argv)
    from bot.dispatch import dispatch  # here, because help and mistakes need nothing else
    from bot.edge.actions import defuse_json, defuse_text, in_actions
    from bot.edge.files import read_environment, write_text
    from bot.edge.progress import end as end_progress

    try:
        outcome = dispatch(given, to_file=_goes_to_file(given))
    finally:
        end_progress()
    pieces = chain((outcome.text,), outcome.pieces)
    written: dict[str, Iterable[str]] = {name: (text,) for name, text in outcome.files.items()}
    if _goes_to_file(given):
        written[given.output] = pieces
    else:
        if isinstance(sys.stdout, TextIOWrapper):
            sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
        if in_actions(read_environment()):  # where lines can be commands
            defuse = defuse_json if getattr(given, "format", "") == "json" else defuse_text
            sys.stdout.writelines(map(defuse, pieces))
        else:
            sys.stdout.writelines(pieces)
    sys.stdout.write(outcome.commands)
    sys.stdout.flush()
    for name, texts in written.items():
        write_text(name, texts)
        _say(f"wrote {name}")
    for note in outcome.notes:
        _say(f"plan-review: {note}")
    return outcome.exit_code


def _say(text: str) -> None:
    """To standard error; a runner reads that for commands as well."""
    from bot.edge.actions import defuse_text

    print(defuse_text(text), file=sys.stderr)


def _goes_to_file(given: "argparse.Namespace") -> bool:
    """The demo prints its report and writes files besides; every other command does one or the other."""
    return bool(getattr(given, "output", None)) and given.command != "demo"
