"""Coverage-guided fuzzing with atheris: ``python -m tests.fuzz.guided TARGET SECONDS [SEED]``.

What is found is left in the folder named by PLAN_REVIEW_FUZZ, else in a temporary one: the inputs that reach something
new, and the crashers, by which the next run begins.  ``make fuzz`` installs atheris (Linux alone) and runs every target.
CI runs none of this: there ``tests/fuzz/test_targets.py`` feeds the same targets, and test_mutation.py damaged plans.
"""

import os
import sys
import tempfile
from pathlib import Path

import atheris

LONGEST = 16_384  # bytes of an input
PATIENCE = 25  # seconds for one input

with atheris.instrument_imports(include=["bot"], enable_loader_override=False):
    from tests.fuzz.seeds import seeds_of
    from tests.fuzz.targets import TARGETS


def main(name: str, seconds: int, seed: int) -> None:
    """Never returns: libFuzzer ends the process, with 0 where nothing was found."""
    folder = Path(os.environ.get("PLAN_REVIEW_FUZZ") or tempfile.mkdtemp()) / name
    folder.mkdir(parents=True, exist_ok=True)
    for number, data in enumerate(seeds_of(name)):
        (folder / f"seed-{number:04}").write_bytes(data)
    options = [f"-max_total_time={seconds}", f"-seed={seed}", f"-max_len={LONGEST}", f"-timeout={PATIENCE}"]
    options += ["-rss_limit_mb=2048", "-verbosity=0", "-print_final_stats=1", f"-artifact_prefix={folder}/crash-"]
    atheris.Setup([sys.argv[0], *options, str(folder)], TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 1)
