"""A headless Chromium without a network: what people see, looked at where they see it.

npm ships the program inside a package (tests/node), so the same one runs on every Linux on x86-64 and a bare machine
needs nothing else; elsewhere a Chromium on the PATH is taken.
"""

import os
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from msgspec import Struct
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Dialog, Page, Route, sync_playwright

from tests.support.node import MODULES, module_file, node

PACKED = "@sparticuz/chromium/bin"
UNPACKED = MODULES / ".chromium"
NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--no-sandbox",  # tests run as root in containers; every page is a file of ours
    "--hide-scrollbars",
    "--force-color-profile=srgb",
    "--font-render-hinting=none",
]
UNPACK = """
const [from, to] = process.argv.slice(1);
require("stream/promises").pipeline(require("fs").createReadStream(from),
  require("zlib").createBrotliDecompress(), require("fs").createWriteStream(to, { mode: 0o755 }));
"""
FONTS = f"<fontconfig><dir>{UNPACKED}/fonts</dir><cachedir>{UNPACKED}/cache</cachedir></fontconfig>"
LOCAL = ("file:", "data:", "about:", "blob:")


class Chromium(Struct, frozen=True):
    """The program and what it needs in its environment."""

    path: Path
    environment: dict[str, str]


def find_chromium() -> Chromium:
    """The pinned one, unpacked on first use, or one on the PATH.  Raises FileNotFoundError with what to do."""
    if sys.platform == "linux" and platform.machine() == "x86_64" and (MODULES / PACKED).is_dir():
        return _pinned()
    for path in filter(None, map(shutil.which, NAMES)):
        return Chromium(Path(path), {})
    raise FileNotFoundError(
        "no Chromium: run `make test` (Linux on x86-64), or install one, e.g. `apt install chromium`"
    )


def _pinned() -> Chromium:
    if not UNPACKED.is_dir():
        _unpack()
    environment = {"LD_LIBRARY_PATH": str(UNPACKED / "lib")}
    if not Path("/etc/fonts/fonts.conf").exists():  # a machine without fonts gets the one of the package
        environment["FONTCONFIG_PATH"] = str(UNPACKED)
    return Chromium(UNPACKED / "chromium", environment)


def _unpack() -> None:
    """Into its place in one step: workers that start together may all try, and the first wins."""
    with tempfile.TemporaryDirectory(dir=MODULES) as name:
        folder = Path(name) / "chromium"
        folder.mkdir()
        _decompress("chromium.br", folder / "chromium")
        for archive in ("al2023.tar", "swiftshader.tar", "fonts.tar"):
            _decompress(f"{archive}.br", folder / archive)
            with tarfile.open(folder / archive) as packed:
                packed.extractall(folder, filter="data")
            (folder / archive).unlink()
        (folder / "fonts.conf").write_text(FONTS, encoding="utf-8")
        try:
            folder.rename(UNPACKED)
        except OSError:
            if not UNPACKED.is_dir():
                raise


def _decompress(name: str, target: Path) -> None:
    command = [str(node()), "-e", UNPACK, str(module_file(f"{PACKED}/{name}")), str(target)]
    subprocess.run(command, check=True, capture_output=True)


@contextmanager
def open_browser() -> Iterator[Browser]:
    """For tests and for whoever draws pictures."""
    chromium = find_chromium()
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(
            executable_path=chromium.path, args=FLAGS, env={**os.environ, **chromium.environment}
        )
        yield found
        found.close()


class Watch:
    """What a page did that it must not do, in words."""

    def __init__(self) -> None:
        self.troubles: list[str] = []

    def attach(self, context: BrowserContext) -> None:
        """No request leaves; every attempt, error and console warning is written down."""
        context.route("**/*", self._route)
        context.on("console", self._console)
        context.on("weberror", lambda error: self.troubles.append(f"error: {error.error}"))
        context.on("dialog", self._dialog)

    def _route(self, route: Route) -> None:
        if route.request.url.startswith(LOCAL):
            route.continue_()
        else:
            self.troubles.append(f"request: {route.request.url}")
            route.abort()

    def _dialog(self, dialog: Dialog) -> None:
        self.troubles.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.troubles.append(f"{message.type}: {message.text}")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with open_browser() as found:
        yield found


@pytest.fixture
def watch() -> Watch:
    """Ask it for what a page tried, where a test expects that; clear it then."""
    return Watch()


@pytest.fixture
def page(browser: Browser, watch: Watch) -> Iterator[Page]:
    """A fresh page at laptop size.  The test fails if the page asks for anything outside itself or reports an error."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, color_scheme="light")
    watch.attach(context)
    yield context.new_page()
    context.close()
    assert watch.troubles == []
