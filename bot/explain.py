"""Does an edit of the pull request account for one deletion?

An edit explains only what fits Terraform's own reason: a block that is gone explains no replacement, a changed
``count`` no missing block.  Which directory a stack is planned in is not known, so code of any directory may be the
root's; code in the repository's top directory is never a module's.  Values that come through locals, variables
or ``.tfvars`` explain nothing.  A reason that only a newer Terraform gives explains nothing either.
"""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from bot.address import family
from bot.classify.destructive import REKEYED, Deletion
from bot.patch import REPEATS, Edit

GONE = ("delete_because_no_resource_config", "delete_because_no_module", None)


class _Target(Struct, frozen=True, kw_only=True):
    modules: tuple[str, ...]
    block: str
    family: str


def explain(deletion: Deletion, edits: Iterable[Edit]) -> str:
    """The sentence that explains the deletion, "" for none."""
    if deletion.deposed is not None or deletion.action == "update":
        return ""
    target = _target(deletion.address)
    if target is None:
        return ""
    return next((said for edit in edits if (said := _said(deletion, target, edit))), "")


def _target(address: str) -> _Target | None:
    names = family(address).split(".")
    modules: list[str] = []
    while len(names) > 2 and names[0] == "module":
        modules.append(names[1])
        names = names[2:]
    return _Target(modules=tuple(modules), block=".".join(names), family=family(address)) if len(names) == 2 else None


def _said(deletion: Deletion, target: _Target, edit: Edit) -> str:
    if edit.what == "removed block":
        named = target.family == edit.block or target.family.startswith(f"{edit.block}.")
        fits = deletion.action == "delete" and deletion.reason in GONE
        return f"a removed block in {edit.path} names it" if named and fits else ""
    if edit.block.startswith("module."):
        return _of_call(deletion, edit) if _is_inside(target, edit) else ""
    if edit.block != target.block or (target.modules and "/" not in edit.path):
        return ""
    return _of_block(deletion, edit)


def _is_inside(target: _Target, edit: Edit) -> bool:
    """A call in the top directory is the root's own; one in another directory may be at any depth."""
    name = edit.block.partition(".")[2]
    return name in (target.modules if "/" in edit.path else target.modules[:1])


def _of_block(deletion: Deletion, edit: Edit) -> str:
    if deletion.action == "replace":
        cannot = deletion.reason in ("replace_because_cannot_update", None)
        fits = edit.what == "argument" and cannot and edit.name in _arguments(deletion.replace_paths)
        return f"its argument {edit.name} is changed in {edit.path}" if fits else ""
    if edit.what == "argument":
        fits = edit.name in REPEATS and deletion.reason in REKEYED
        return f"the {edit.name} of its block is changed in {edit.path}" if fits else ""
    if deletion.reason not in ("delete_because_no_resource_config", None):
        return ""
    renamed = f"its block is renamed to {edit.name} in {edit.path}"
    return renamed if edit.what == "renamed" else f"its block is removed in {edit.path}"


def _of_call(deletion: Deletion, edit: Edit) -> str:
    """A call that is gone or repeated otherwise takes away; a changed one changes what lies inside."""
    module = edit.block.partition(".")[2]
    if edit.what in ("gone", "renamed"):
        fits = deletion.action == "delete" and deletion.reason in GONE
        return f"the call of module {module} is removed in {edit.path}" if fits else ""
    if edit.name in REPEATS:
        fits = deletion.reason == "delete_because_no_module"
        return f"the {edit.name} of module {module} is changed in {edit.path}" if fits else ""
    other_code = edit.name in ("source", "version") and deletion.reason == "delete_because_no_resource_config"
    fits = other_code or deletion.reason in (*REKEYED, "replace_because_cannot_update")
    return f"the call of module {module} changed in {edit.path}" if fits else ""


def _arguments(paths: Sequence[Sequence[str | int]]) -> set[str]:
    return {path[0] for path in paths if path and isinstance(path[0], str)}
