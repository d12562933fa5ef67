"""Every test runs without what the machine around it says, and can rewrite the outputs it expects."""

import os
from pathlib import Path

import hypothesis
import pytest

# Machines are shared: how long one example takes says nothing.  Slowness has tests of its own, by ratio.
hypothesis.settings.register_profile("shared-machine", deadline=None)
hypothesis.settings.load_profile("shared-machine")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="rewrite expected outputs; read the diff")


@pytest.fixture(autouse=True)
def _no_surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [*os.environ]:
        if name.startswith(("GITHUB_", "ACTIONS_", "RUNNER_")) or name in ("CI", "NO_COLOR"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> "Golden":
    return Golden(update=bool(request.config.getoption("--update-golden")))


class Golden:
    """Compares with a stored text, in full."""

    def __init__(self, *, update: bool) -> None:
        self._update = update

    def check(self, path: Path, text: str) -> None:
        if self._update:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert path.exists(), f"{path.name} is not stored yet: run `make golden` and read the diff"
        assert text == path.read_text(encoding="utf-8")
