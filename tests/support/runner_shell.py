"""One ``run:`` step: bash as the runner starts it, and the files through which a step speaks to the runner."""

import re
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct, structs

from tests.support.runner_machine import Desk, RunnerError

LONGEST = 240  # seconds
# Source: GitHub's documentation, "Workflow syntax", shell: what stands for no shell, and for bash.
SHELLS = {"": ["bash", "-e"], "bash": ["bash", "--noprofile", "--norc", "-eo", "pipefail"]}


class Step(Struct, frozen=True, kw_only=True):
    """How a step ended; ``conclusion`` is "" where it is the same as ``outcome``."""

    name: str
    outcome: str
    conclusion: str = ""
    text: str = ""
    summary: str = ""
    outputs: Mapping[str, str] = {}
    seconds: float = 0.0

    def __post_init__(self) -> None:
        if not self.conclusion:
            structs.force_setattr(self, "conclusion", self.outcome)


def run_script(desk: Desk, name: str, script: str, shell: str, env: Mapping[str, object], folder: Path) -> Step:
    """Run ``script`` in ``folder``."""
    place = desk.new_folder()
    files = {key: place / key.lower() for key in ("GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_PATH", "GITHUB_STEP_SUMMARY")}
    for file in files.values():
        file.touch()
    text = place / "script.sh"
    text.write_text(script, encoding="utf-8")
    given = {**desk.environment(), **{key: _word(value) for key, value in env.items()}}
    begun = time.monotonic()
    done = subprocess.run(
        [*SHELLS[shell], str(text)],
        cwd=folder,
        env={**given, **{key: str(file) for key, file in files.items()}},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=LONGEST,
        check=False,
    )
    if files["GITHUB_ENV"].stat().st_size or files["GITHUB_PATH"].stat().st_size:
        raise RunnerError(f"{name} changes the environment of later steps, which nobody plays here")
    return Step(
        name=name,
        outcome="failure" if done.returncode else "success",
        text=done.stdout.decode("utf-8", "replace"),
        summary=files["GITHUB_STEP_SUMMARY"].read_text(encoding="utf-8"),
        outputs=read_outputs(files["GITHUB_OUTPUT"].read_text(encoding="utf-8")),
        seconds=time.monotonic() - begun,
    )


def read_outputs(text: str) -> dict[str, str]:
    """``name=value`` and ``name<<END`` with lines up to END.  Raises RunnerError."""
    found: dict[str, str] = {}
    lines = iter(text.splitlines())
    for line in lines:
        if match := re.fullmatch(r"([\w-]+)<<(.+)", line):
            value = []
            for inner in lines:
                if inner == match[2]:
                    break
                value.append(inner)
            else:
                raise RunnerError(f"the output {match[1]} has no end")
            found[match[1]] = "\n".join(value)
        elif "=" in line:
            name, _, rest = line.partition("=")
            found[name] = rest
        elif line:
            raise RunnerError(f"no output: {line}")
    return found


def _word(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
