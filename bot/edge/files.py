"""Plans, records, settings, catalog and templates from disk; outputs to disk."""

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import BinaryIO

from bot.errors import CannotRead
from bot.template_file import LARGEST as LARGEST_TEMPLATE
from bot.template_file import MOST_FILES, TemplateFile

LARGEST = 2 * 1024**3  # bytes: the largest plans known are below 200 MB
MOST_SOURCES = 2_000
LARGEST_SOURCE = 2 * 1024**2  # bytes
DEFAULT_CONFIG = Path(".github/plan-review.yml")


def read_environment() -> dict[str, str]:
    """The environment variables, as a value."""
    return dict(os.environ)


def read_run() -> tuple[str, int]:
    """Id and attempt of the workflow run we are in; "" and 0 outside of one."""
    run_id, attempt = os.environ.get("GITHUB_RUN_ID", ""), os.environ.get("GITHUB_RUN_ATTEMPT", "")
    known = run_id.isascii() and run_id.isdecimal() and attempt.isascii() and attempt.isdecimal() and len(attempt) < 7
    return (run_id, int(attempt)) if known else ("", 0)


def read_bytes(name: str) -> bytes:
    """Read a file, or standard input for ``-``.  Raises CannotRead."""
    if name == "-":
        return _read_stream(sys.stdin.buffer, "Standard input")
    path = Path(name)
    try:
        if not path.is_file():  # a pipe has no size before it is read
            with path.open("rb") as stream:
                return _read_stream(stream, name)
        refuse_large(name, path.stat().st_size)
        return path.read_bytes()
    except OSError as error:
        raise cannot_read(name, error) from None


def _read_stream(stream: BinaryIO, name: str) -> bytes:
    data = stream.read(LARGEST + 1)
    refuse_large(name, len(data))
    return data


def cannot_read(name: str, error: OSError) -> CannotRead:
    if isinstance(error, FileNotFoundError):
        return CannotRead(f"{name} does not exist.", "Make it with: terraform show -json tfplan > plan.json")
    return CannotRead(f"{name} cannot be read: {error.strerror}.", "Name a file, or - for standard input.")


def refuse_large(name: str, size: int) -> None:
    if size > LARGEST:
        advice = "Is this really the JSON of one plan?"
        raise CannotRead(f"{name} is larger than {LARGEST // 1024**3} GiB.", advice)


def is_folder(name: str) -> bool:
    return name != "-" and Path(name).is_dir()


def list_records(folder: str) -> list[str]:
    """The .json files of a folder, sorted.  Raises CannotRead where there is none: no plan is not "no changes"."""
    try:
        found = sorted(str(path) for path in Path(folder).iterdir() if path.suffix == ".json" and path.is_file())
    except OSError as error:
        raise CannotRead(f"{folder} cannot be read: {error.strerror}.", "Name a folder you may read.") from None
    if not found:
        raise CannotRead(f"{folder} holds no .json file.", "Did the step that makes the records run?")
    return found


def read_sources(folder: str, names: Sequence[str]) -> dict[str, str]:
    """The .tf files a scanner names, by the name it uses.  What lies outside of the folder, or is gone, is left out."""
    root = Path(folder).resolve()
    found: dict[str, str] = {}
    for name in names:
        try:
            path = (root / name.lstrip("/")).resolve()
            if path.suffix in (".tf", ".tofu") and path.is_relative_to(root) and path.is_file():
                found[name] = path.read_text(encoding="utf-8", errors="replace")
        except (OSError, ValueError, RuntimeError):  # no name of a file: too long, with a NUL, links in a circle
            continue
    return found


def read_tree(folder: str) -> dict[str, str]:
    """The .tf and .tofu files below a folder, by their path in it with ``/``, in order.

    Left out: hidden files and folders (so ``.terraform``), links that lead outside, files above 2 MiB, files that
    cannot be read, and everything after the first 2,000 files.  A folder that does not exist holds nothing.
    """
    root = Path(folder).resolve()
    found: dict[str, str] = {}
    for path in _list_sources(root):
        try:
            if path.resolve().is_relative_to(root) and path.is_file() and path.stat().st_size <= LARGEST_SOURCE:
                text = path.read_text(encoding="utf-8", errors="replace")
                found[path.relative_to(root).as_posix()] = text
        except (OSError, RuntimeError):  # a link that leads to itself is a RuntimeError
            continue
        if len(found) == MOST_SOURCES:
            break
    return found


def _list_sources(root: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (
            Path(parent, name) for name in sorted(names) if name.endswith((".tf", ".tofu")) and not name.startswith(".")
        )


def append_text(name: str, text: str, most: int | None = None) -> bool:
    """Add whole lines to the end of a file.  False, and nothing written, where it would exceed ``most`` bytes.

    Raises CannotRead.
    """
    path = Path(name)
    try:
        with path.open("a+b") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - 1))
            glue = "" if file.read(1) in (b"", b"\n") else "\n"  # what others wrote may lack its line end
            data = (glue + text + ("" if text.endswith("\n") else "\n")).encode("utf-8", "backslashreplace")
            if most is not None and size + len(data) > most:
                return False
            file.write(data)
    except (OSError, ValueError) as error:  # a NUL in the name is a ValueError
        said = error.strerror if isinstance(error, OSError) else "this is no name of a file"
        raise CannotRead(f"{name} cannot be written: {said}.", "Name a place you may write to.") from None
    return True


def read_default_config() -> bytes | None:
    """The settings of the repository we stand in, None where there are none."""
    return read_bytes(str(DEFAULT_CONFIG)) if DEFAULT_CONFIG.exists() else None


def write_text(name: str, pieces: Iterable[str]) -> None:
    """Write a file as a whole or not at all: a cut-off report could pass for a good one.  Raises CannotRead."""
    path = Path(name)
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with draft.open("w", encoding="utf-8", errors="backslashreplace") as file:
            file.writelines(pieces)
        draft.replace(path)
    except OSError as error:
        raise CannotRead(f"{name} cannot be written: {error.strerror}.", "Name a place you may write to.") from None


def wants_colour(choice: str) -> bool:
    """``auto``: on a terminal, unless NO_COLOR is set (no-color.org)."""
    if choice != "auto":
        return choice == "always"
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def read_catalog() -> dict[str, str]:
    """Data files of the catalog, name -> text."""
    return _texts(files("bot") / "catalog", ".toml")


def read_templates() -> dict[str, str]:
    """Templates, style and script of the page, name -> text: in the wheel below ``bot``, in a checkout beside it."""
    inside = files("bot") / "templates"
    folder = inside if inside.is_dir() else Path(__file__).parents[2] / "templates"
    parts = {f"parts/{name}": text for name, text in _texts(folder / "parts", ".j2").items()}
    return {**_texts(folder, ".j2"), **_texts(folder, ".css"), **_texts(folder, ".js"), **parts}


def read_own_templates(folder: str) -> list[TemplateFile]:
    """The ``.j2`` files in a folder and the folders in it, by their path in it with ``/``; links are not followed."""
    root = Path(folder)
    found = []
    for path in sorted((*root.glob("*.j2"), *root.glob("*/*.j2")))[: MOST_FILES + 1]:
        name = path.relative_to(root).as_posix()
        linked = path.is_symlink() or path.parent.is_symlink() or not path.is_file()
        try:
            size = path.lstat().st_size
            data = None if linked or size > LARGEST_TEMPLATE else path.read_bytes()
        except OSError:
            size, data = 0, None
        found.append(TemplateFile(name=name, data=data, size=size))
    return found


def read_kit() -> dict[str, str]:
    """Workflows of the kit and their parts, name -> text."""
    folder = files("bot") / "kit"
    return {**_texts(folder, ".yml"), **_texts(folder, ".toml")}


def read_demo(name: str) -> bytes:
    """A file of the bundled demonstration."""
    return (files("bot") / "demo" / name).read_bytes()


def _texts(folder: Traversable, ending: str) -> dict[str, str]:
    return {entry.name: entry.read_text(encoding="utf-8") for entry in folder.iterdir() if entry.name.endswith(ending)}
