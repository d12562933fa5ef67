"""Root modules of a repository: the folders Terraform is run in, with their backend and their files per environment.

A root module has a backend or a provider block, and no module of the repository calls it.  Read by lines, not by a
parser: a parser of HCL is a large dependency for four kinds of line, and `terraform fmt` keeps those one to a line.
"""

import posixpath
import re
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from bot.environment import ENVIRONMENTS, EnvironmentName
from bot.hcl_lines import list_bare
from bot.workflows import StackFolder

_BACKEND = re.compile(r'\s*(?:backend\s+"([\w-]+)"|(cloud))\s*\{', re.ASCII)
_PROVIDER = re.compile(r'\s*provider\s+"[\w-]+"\s*\{', re.ASCII)
_SOURCE = re.compile(r'\s*source\s*=\s*"(\.{1,2}/[^"]*)"')
_SETTING = re.compile(r'\s*(\w+)\s*=\s*("([^"]*)"|[\w.]+)')
_ENDINGS = (".tfvars", ".tfvars.json")


class Backend(Struct, frozen=True, kw_only=True):
    """Where a root module keeps its state; ``settings`` are those in the code, the rest comes with ``init``."""

    kind: str  # "gcs", "s3", "azurerm", "cloud", …; "local" where there is no block
    settings: Mapping[str, str] = {}


class RootModule(Struct, frozen=True, kw_only=True):
    """``folder`` is "." for the repository's own folder; the files are named as seen from the folder."""

    folder: str
    backend: Backend
    variables: tuple[str, ...] = ()
    backend_files: tuple[str, ...] = ()


def find_root_modules(sources: Mapping[str, str], others: Iterable[str] = ()) -> list[RootModule]:
    """``sources`` are .tf and .tofu files by path, ``others`` the paths of .tfvars and .tfbackend files."""
    lines = {path: list(list_bare(text)) for path, text in sources.items()}
    folders: dict[str, list[str]] = {}
    for path, bare in lines.items():
        folders.setdefault(posixpath.dirname(path) or ".", []).extend(bare)
    called = {
        posixpath.normpath(posixpath.join(folder, found[1]))
        for folder, bare in folders.items()
        for line in bare
        if (found := _SOURCE.match(line))
    }
    names = sorted(others)
    return [
        _describe(folder, bare, names)
        for folder, bare in sorted(folders.items())
        if folder not in called and any(_BACKEND.match(line) or _PROVIDER.match(line) for line in bare)
    ]


def list_stacks(modules: Iterable[RootModule]) -> dict[EnvironmentName, tuple[StackFolder, ...]]:
    """The stacks of each environment.

    A folder named for an environment (``environments/prod``) belongs to that one; every other one to all three, with
    the .tfvars and .tfbackend files that are named for the environment.
    """
    found = list(modules)
    names = _name_folders([module.folder for module in found])
    return {
        environment: tuple(
            StackFolder(
                name=names[module.folder],
                directory=module.folder,
                var_file=_pick(module.variables, environment),
                backend_file=_pick(module.backend_files, environment),
            )
            for module in found
            if _home(module.folder) in (None, environment)
        )
        for environment in ENVIRONMENTS
    }


def list_shared(stacks: Mapping[EnvironmentName, Sequence[StackFolder]]) -> dict[str, list[EnvironmentName]]:
    """Folder -> the environments that have one state there: same folder, same backend file or none."""
    found: dict[tuple[str, str], list[EnvironmentName]] = {}
    for environment, several in stacks.items():
        for stack in several:
            found.setdefault((stack.directory, stack.backend_file), []).append(environment)
    return {folder: names for (folder, _), names in found.items() if len(names) > 1}


def _describe(folder: str, bare: list[str], others: list[str]) -> RootModule:
    inside = [posixpath.relpath(path, folder) for path in others if _belongs(path, folder)]
    return RootModule(
        folder=folder,
        backend=_read_backend(bare),
        variables=tuple(path for path in inside if path.endswith(_ENDINGS)),
        backend_files=tuple(path for path in inside if path.endswith(".tfbackend")),
    )


def _read_backend(bare: list[str]) -> Backend:
    for number, line in enumerate(bare):
        if found := _BACKEND.match(line):
            settings: dict[str, str] = {}
            depth = 0
            for inner in bare[number:]:
                depth += inner.count("{") - inner.count("}")
                if setting := _SETTING.match(inner):
                    settings[setting[1]] = setting[3] if setting[3] is not None else setting[2]
                if depth < 1:
                    break
            return Backend(kind=found[1] or "cloud", settings=settings)
    return Backend(kind="local")


def _belongs(path: str, folder: str) -> bool:
    """Files in the folder itself or in one folder below; beside the code for a module in the repository's root."""
    parent = posixpath.dirname(path) or "."
    return folder in (parent, posixpath.dirname(parent) or ".")


def _home(folder: str) -> EnvironmentName | None:
    parts = folder.casefold().split("/")
    return next((environment for environment in ENVIRONMENTS if environment in parts), None)


def _pick(files: Iterable[str], environment: EnvironmentName) -> str:
    """The file with the environment as a word in its name or its folder's."""
    return next((file for file in files if environment in re.split(r"[^a-z0-9]+", file.casefold())), "")


def _name_folders(folders: list[str]) -> dict[str, str]:
    """The last part of the path that is no environment, the whole path with dashes where two are the same."""
    short = {folder: _short(folder) for folder in folders}
    homes = [(short[folder], _home(folder)) for folder in folders]
    return {
        folder: short[folder] if homes.count((short[folder], _home(folder))) == 1 else folder.replace("/", "-")
        for folder in folders
    }


def _short(folder: str) -> str:
    parts = [part for part in folder.split("/") if part.casefold() not in (*ENVIRONMENTS, ".", "environments", "envs")]
    return parts[-1] if parts else "main"
