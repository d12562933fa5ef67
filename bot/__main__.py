"""``python -m bot`` and the ``plan-review`` command."""

import gc
import sys

from bot.cli import main as run


def main() -> None:
    # A plan makes objects by the hundred thousand and hardly a cycle: looking for cycles is most of its cost.
    gc.set_threshold(500_000, 50, 50)
    sys.exit(run())


if __name__ == "__main__":
    main()
