"""Commit statuses: the verdict for GitHub, and our proof of what was shown, because people cannot edit them."""

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from msgspec import Struct

from bot.edge.hub import Hub
from bot.marker import ShownAt
from bot.publication import Status
from bot.pull_request import Shown

FRAGMENT = "plan-review-shown="
COMMIT = re.compile(r"[0-9a-f]{40}")
RUN = re.compile(r".*/actions/runs/(\d{1,20})(?:/attempts/(\d{1,9}))?", re.ASCII)
MOST_PROOFS = 3


class Creator(Struct, frozen=True):
    login: str


class SetStatus(Struct, frozen=True, kw_only=True):
    """A status as GitHub keeps it; ``created_at`` is RFC 3339 UTC."""

    state: str
    context: str
    created_at: str
    target_url: str | None = None
    creator: Creator | None = None
    description: str | None = None

    @property
    def run(self) -> tuple[int, int]:
        """Id and attempt of the run that set it; zeros where its link is no run's."""
        match = RUN.fullmatch(urlsplit(self.target_url or "").path)
        return (int(match[1]), int(match[2] or 1)) if match else (0, 0)


def set_status(hub: Hub, head: str, status: Status, link: str, shown: str = "") -> None:
    """Set a commit status; a longer description is cut at GitHub's 140 characters.

    ``shown``, the digest of what is held, becomes the link's fragment: the proof of when it was shown.
    """
    description = status.description if len(status.description) <= 140 else status.description[:139] + "…"
    body: dict[str, object] = {"state": status.state, "description": description, "context": status.context}
    if link:
        body["target_url"] = link.split("#", 1)[0] + f"#{FRAGMENT}{shown}" if shown else link
    hub.write("set the status", "POST", f"statuses/{head}", body)


def list_statuses(hub: Hub, head: str, context: str) -> tuple[SetStatus, ...]:
    """Statuses of a commit under our context, newest first."""
    rows = hub.read_rows("read the statuses", f"commits/{head}/statuses", SetStatus)
    return tuple(row for row in rows if row.context.casefold() == context.casefold())


def read_proofs(hub: Hub, entries: Sequence[ShownAt], context: str, author: str) -> tuple[Shown, ...]:
    """The entries of our marker that a status of our own proves, with the time of the first such status.

    The marker is text that people can edit; hence an entry without proof is left out.
    """
    known: dict[str, tuple[SetStatus, ...]] = {}
    proved: list[Shown] = []
    for entry in entries[-MOST_PROOFS:]:
        if not COMMIT.fullmatch(entry.head):
            continue
        if entry.head not in known:
            known[entry.head] = _own(list_statuses(hub, entry.head, context), author)
        times = [row.created_at for row in known[entry.head] if _fragment(row) == FRAGMENT + entry.digest]
        if times and entry.digest:
            proved.append(Shown(head=entry.head, digest=entry.digest, tokens=entry.tokens, at=min(times)))
    return tuple(proved)


def list_of_runs(hub: Hub, head: str, context: str, author: str) -> tuple[SetStatus, ...]:
    """Statuses of ours on this commit that runs have set, newest first: so these runs really exist."""
    return tuple(row for row in _own(list_statuses(hub, head, context), author) if row.run != (0, 0))


def set_again(hub: Hub, head: str, status: SetStatus) -> None:
    """The same status once more, so that it is the newest."""
    body = {"state": status.state, "description": status.description or "", "context": status.context}
    hub.write("set the status", "POST", f"statuses/{head}", {**body, "target_url": status.target_url or ""})


def close_pending(hub: Hub, head: str, context: str, link: str) -> bool:
    """Set error where a run left no verdict on ``head``: a required status would wait for ever.  True: it was set."""
    rows = list_statuses(hub, head, context)
    if rows and rows[0].state != "pending":
        return False
    set_status(hub, head, Status(context=context, state="error", description="The run ended without a verdict."), link)
    return True


def _own(rows: Sequence[SetStatus], author: str) -> tuple[SetStatus, ...]:
    return tuple(row for row in rows if row.creator is not None and row.creator.login == author)


def _fragment(row: SetStatus) -> str:
    return urlsplit(row.target_url or "").fragment
