"""Losses after which nobody may be left to repair them."""

from collections.abc import Iterable, Iterator, Sequence

from bot.access.gather import Touched
from bot.address import match_glob
from bot.config import IamConfig
from bot.findings import Finding
from bot.grant import Grant

OWNERS = ("roles/owner", "roles/resourcemanager.organizationadmin", "owner", "cluster-admin", "administratoraccess")


def find(
    stack: str, lost: Sequence[tuple[Grant, Touched]], after: Iterable[Grant], rules: IamConfig
) -> Iterator[Finding]:
    """The last owner of something, the root of a key's account, and the identity that applies the plan."""
    kept = [grant for grant in after if not grant.deny]
    for grant, touched in lost:
        if grant.deny:
            continue
        if any(match_glob(own, name) for own in rules.identities for name in grant.principal.globs):
            yield _finding(stack, touched, "takes rights from the identity that applies the plan", OWN)
        elif touched.row.owns and _is_owner(grant) and not any(_is_owner_of(other, grant) for other in kept):
            yield _finding(stack, touched, f"leaves nobody as {grant.role} on {grant.resource}", LAST)
        elif _is_key_root(grant, touched) and not any(_is_key_root_of(other, grant) for other in kept):
            yield _finding(stack, touched, "takes the key from the root of its account", KEY)


OWN = "rules.iam names this identity as your own: the next run may not be able to undo it."
LAST = "Without an owner nobody can repair the access from inside."
KEY = "Without the account's root a key whose other administrators go can be managed by nobody."


def _is_owner(grant: Grant) -> bool:
    return any(name.lower().rpartition("/")[2] in OWNERS or name.lower() in OWNERS for name in grant.role.globs)


def _is_owner_of(other: Grant, grant: Grant) -> bool:
    return _is_owner(other) and other.resource == grant.resource


def _is_key_root(grant: Grant, touched: Touched) -> bool:
    return touched.change.type.startswith("aws_kms_") and any(name.endswith(":root") for name in grant.principal.globs)


def _is_key_root_of(other: Grant, grant: Grant) -> bool:
    return other.holder == grant.holder and any(name.endswith(":root") for name in other.principal.globs)


def _finding(stack: str, touched: Touched, title: str, because: str) -> Finding:
    return Finding(
        id="iam/lock-out",
        concern="iam",
        severity="critical",
        stack=stack,
        address=touched.change.address,
        deposed=touched.change.deposed,
        title=title,
        because=because,
        source="the plan itself",
    )
