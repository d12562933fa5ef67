"""``python -m bot`` and the ``plan-review`` command."""

import sys

from bot.cli import main as run


def main() -> None:
    sys.exit(run())


if __name__ == "__main__":
    main()
