"""Which pull requests a merge group holds: GitHub's queue says it, names of branches and messages do not count."""

import re

import msgspec
from msgspec import Struct

from bot.edge.hub import Hub
from bot.errors import CannotReach

QUEUE = """query($owner:String!,$name:String!,$branch:String!){repository(owner:$owner,name:$name){
mergeQueue(branch:$branch){entries(first:100){pageInfo{hasNextPage}
nodes{headCommit{oid} baseCommit{oid} pullRequest{number}}}}}}"""


class _Commit(Struct, frozen=True):
    oid: str


class _Pull(Struct, frozen=True):
    number: int


class _Entry(Struct, frozen=True, rename="camel", kw_only=True):
    head_commit: _Commit | None = None
    base_commit: _Commit | None = None
    pull_request: _Pull | None = None


class _Page(Struct, frozen=True, rename="camel"):
    has_next_page: bool


class _Entries(Struct, frozen=True, rename="camel", kw_only=True):
    page_info: _Page
    nodes: tuple[_Entry, ...]


class _Queue(Struct, frozen=True):
    entries: _Entries


class _Repository(Struct, frozen=True, rename="camel", kw_only=True):
    merge_queue: _Queue | None = None


class _Data(Struct, frozen=True):
    repository: _Repository


def list_queued(hub: Hub, base_branch: str, base_sha: str, head_sha: str, ref: str = "") -> tuple[int, ...]:
    """Numbers of the pull requests between the group's base and its head, first to merge first.

    ``ref`` is the group's branch: a ``pr-<number>`` in it must be the last of them.  Raises CannotReach for anything
    unclear: a pull request left out would be merged unseen.
    """
    owner, _, name = hub.name.partition("/")
    variables = {"owner": owner, "name": name, "branch": base_branch}
    found = hub.query("read the merge queue", QUEUE, variables)
    try:
        queue = msgspec.convert(found, _Data).repository.merge_queue
    except msgspec.ValidationError:
        raise _unclear("GitHub gave a broken answer") from None
    if queue is None or queue.entries.page_info.has_next_page:
        raise _unclear(f"the queue of {base_branch} cannot be listed")
    numbers = _walk(
        {entry.head_commit.oid: entry for entry in queue.entries.nodes if entry.head_commit}, base_sha, head_sha
    )
    named = re.search(r"/pr-(\d+)-", ref, re.ASCII)
    if named and int(named[1]) != numbers[-1]:
        raise _unclear("the group's branch names another pull request")
    return numbers


def _walk(entries: dict[str, _Entry], base: str, head: str) -> tuple[int, ...]:
    numbers: list[int] = []
    at = head
    while at != base:
        entry = entries.pop(at, None)  # taken out, so that a circle ends
        if entry is None or entry.base_commit is None or entry.pull_request is None:
            raise _unclear("a commit of the group is not in the queue")
        numbers.insert(0, entry.pull_request.number)
        at = entry.base_commit.oid
    if not numbers:
        raise _unclear("the group is empty")
    return tuple(numbers)


def _unclear(reason: str) -> CannotReach:
    return CannotReach(f"Could not read the merge queue: {reason}.", "Put the pull request into the queue again.")
