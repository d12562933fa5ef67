"""What a plan does to access without showing it: in words.

Lists that are owned as a whole, policies nobody can read yet, settings whose direction no rule knows, resources that
must not be planned together and, so that silence never means "not looked at", changes that change no permission.
"""

from collections.abc import Iterator, Mapping, Sequence, Set
from typing import Any

from bot.access.gather import Gathered, Touched
from bot.access.side import Side, fill
from bot.address import family, split_address
from bot.changes import Change, ChangeSet
from bot.findings import Finding
from bot.mask import HIDDEN, UNKNOWN
from bot.severity import Severity
from bot.value import fingerprint

# What people write for people.
_WORDS = frozenset(
    "description display_name effective_labels etag labels tags tags_all terraform_labels timeouts".split()
)
_ABOUT = frozenset(("role", "member", "members", "condition", "policy_data"))


def find(stack: str, plan: ChangeSet, gathered: Gathered, moving: Set[str], told: Set[str]) -> tuple[Finding, ...]:
    """``moving`` are the addresses whose grants are gained or lost, ``told`` those under which that is said."""
    created = {change.address for change in plan.changes if change.kind == "create"}
    found = [
        finding
        for touched in gathered.touched
        for finding in (*_unread(stack, touched), *_hidden_effects(stack, touched, created), *_settings(stack, touched))
    ]
    found += _conflicts(stack, gathered.touched)
    spoken = told | {finding.address for finding in found}
    return (*found, *_unchanged(stack, gathered.touched, moving, spoken))


def _finding(
    stack: str, change: Change, slug: str, title: str, because: str, severity: Severity, source: str
) -> Finding:
    return Finding(
        id=f"iam/{slug}",
        concern="iam",
        severity=severity,
        confidence="low" if slug == "unknown-until-apply" else "high",
        stack=stack,
        address=change.address,
        deposed=change.deposed,
        title=title,
        because=because,
        source=source,
        fingerprints=(fingerprint(title, because, change.before, change.after),),
    )


def _unread(stack: str, touched: Touched) -> Iterator[Finding]:
    change, source = touched.change, touched.row.source
    if touched.row.form == "google_audit":
        return  # the same text is read, and spoken of, as a policy
    for text in dict.fromkeys((*touched.before.problems, *touched.after.problems)):
        yield _finding(stack, change, "unreadable", "cannot be compared", text, "high", source)
    for text in touched.after.unknown:
        yield _finding(stack, change, "unknown-until-apply", "is unknown until apply", text, "medium", source)
    if any(grant.hidden for reading in (touched.before, touched.after) for grant in reading.grants):
        text = "A part of it is hidden as sensitive, so that part was not compared."
        yield _finding(stack, change, "unreadable", "cannot be compared", text, "medium", source)


def _hidden_effects(stack: str, touched: Touched, created: Set[str]) -> Iterator[Finding]:
    change, row = touched.change, touched.row
    arrives = change.kind in ("create", "replace") and bool(row.on_create) and not _is_about_new(change, created)
    texts = {
        "takes what no plan shows": row.on_create if arrives else "",
        "takes more than the plan shows": row.on_delete if change.kind in ("delete", "replace") else "",
        "voids every grant to it": row.on_replace if change.kind == "replace" else "",
    }
    for title, template in texts.items():
        if template:
            side = Side(change, _values(change.after if arrives else change.before), arrives, {}, {})
            text = (fill(template, side, side.values, row) or [template])[0]
            yield _finding(stack, change, "hidden-effect", title, text, "high", row.source)


def _values(side: Any) -> Mapping[str, Any]:
    """A side that is hidden as a whole is a text."""
    return side if isinstance(side, dict) else {}


def _is_about_new(change: Change, created: Set[str]) -> bool:
    """Does it stand on something this very plan creates?  Then nobody can hold anything there yet."""
    references = {
        ".".join(split_address(reference)[:-1]) if reference.count(".") > 1 else reference
        for name, told in (change.references or {}).items()
        if name.partition(".")[0] not in _ABOUT
        for reference in told
    }
    key = split_address(change.address)[-1]
    own_key = key if key.startswith("[") else ""
    beside = ((reference, reference + own_key) for reference in references)
    return any(address in created and family(address) == reference for reference, address in beside)


def _settings(stack: str, touched: Touched) -> Iterator[Finding]:
    """A setting that guards is stronger when it comes and weaker when it goes; of others no rule knows."""
    change, row = touched.change, touched.row
    if row.form != "settings":
        return
    if change.kind in ("create", "delete"):
        if row.always:
            yield _setting(stack, touched, "comes" if change.kind == "create" else "goes")
        return
    changed = [
        ".".join(str(step) for step in attribute.path if isinstance(step, str)) for attribute in change.attributes
    ]
    named = [path for path in changed if not row.attributes or _names(path, row.attributes)]
    if row.always and not named:  # the whole type is about access, so what is not listed is not harmless for that
        named = [path for path in changed if path.partition(".")[0] not in _WORDS]
    if named:
        yield _setting(stack, touched, f"changes {', '.join(dict.fromkeys(named))[:200]}")


def _names(path: str, attributes: Sequence[str]) -> bool:
    return any(path == name or path.startswith(f"{name}.") or name.startswith(f"{path}.") for name in attributes)


def _setting(stack: str, touched: Touched, does: str) -> Finding:
    row = touched.row
    severity: Severity = row.severity if does == "goes" or not row.guards else "medium"
    if does == "comes":
        severity = "info" if row.guards else "low"
    elif does == "goes" and not row.guards:
        severity = "low"
    return _finding(stack, touched.change, "settings", f"{does}: access settings", row.because, severity, row.source)


def _conflicts(stack: str, touched: Sequence[Touched]) -> Iterator[Finding]:
    """Resources of Google that own a list undo what others plan for the same list.  Source: docs of google_*_iam_*."""
    scopes: dict[str, list[Touched]] = {}
    for one in touched:
        listed = one.row.types[0].startswith("google_*_iam_") and one.row.form != "google_audit"
        if listed and one.change.kind != "delete":
            side = Side(one.change, _values(one.change.after), True, {}, {})
            scopes.setdefault(side.texts("@scope", {}, one.row)[0], []).append(one)
    for scope, members in scopes.items():
        if UNKNOWN not in scope and HIDDEN not in scope:
            yield from _conflicts_of(stack, scope, members)


def _conflicts_of(stack: str, scope: str, members: Sequence[Touched]) -> Iterator[Finding]:
    policies = [one for one in members if one.row.form == "google_policy"]
    if policies and len(members) > 1:
        text = f"A policy owns all access to {scope}; the other resources of this plan for it undo each other."
        yield _finding(stack, policies[0].change, "conflict", "fights with its neighbours", text, "high", "google docs")
    seen: dict[str, Touched] = {}
    for one in sorted(members, key=lambda one: not one.row.owns):
        key = str([_values(one.change.after).get(name) or None for name in ("role", "condition")])
        known = UNKNOWN not in key and HIDDEN not in key
        if one.row.form != "google_policy" and key in seen and seen[key].row.owns and known:
            text = f"A binding owns its role on {scope}; {seen[key].change.address} plans the same role."
            yield _finding(stack, one.change, "conflict", "fights with its neighbours", text, "high", "google docs")
        seen.setdefault(key, one)


def _unchanged(stack: str, touched: Sequence[Touched], moving: Set[str], spoken: Set[str]) -> Iterator[Finding]:
    """Every change of a type that is always about access is spoken of, be it to say that nothing happens."""
    about = {one.change.address: one for one in touched if one.row.always}
    for address, one in about.items():
        if address in moving and address not in spoken:
            text = "Its grants are those of another change of this plan, where they are listed."
            yield _finding(stack, one.change, "same", "says the same as its neighbour", text, "info", one.row.source)
        elif address not in spoken:
            text = "Both sides grant the same, or the same is granted elsewhere in this plan."
            yield _finding(stack, one.change, "none", "no permission changed", text, "info", one.row.source)
