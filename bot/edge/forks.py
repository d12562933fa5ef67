"""The second stage for forks: what a workflow run left behind, all of it written by strangers."""

import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from functools import partial
from urllib.parse import urlsplit

import requests
from msgspec import Struct

from bot.edge.hub import Gone, Hub
from bot.edge.statuses import COMMIT
from bot.errors import CannotReach

MEGABYTE = 1024 * 1024
LARGEST_ARTIFACT = 50 * MEGABYTE  # zipped
LARGEST_FILE = 200 * MEGABYTE  # unpacked
LARGEST_SUM = 400 * MEGABYTE
MOST_FILES = 500
MOST_RUNS = 10  # looked through for records, newest first
ARTIFACTS = "plan-review-record"
CHUNK = 65536
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._ -]{0,200}\.json", re.ASCII)
SYMLINK, FORMAT = 0o120000, 0o170000


class _Owner(Struct, frozen=True):
    full_name: str


class Run(Struct, frozen=True, kw_only=True):
    """A workflow run; ``head_repository`` is owner/name, "" where the fork was deleted."""

    id: int
    event: str
    head_sha: str
    head_branch: str
    head_repository: str
    attempt: int
    conclusion: str = ""  # GitHub's word, "" while it runs


class _Run(Struct, frozen=True, kw_only=True):
    id: int
    event: str
    head_sha: str
    head_branch: str | None = None
    head_repository: _Owner | None = None
    run_attempt: int = 1
    conclusion: str | None = None


class _Started(Struct, frozen=True, kw_only=True):
    id: int
    head_sha: str
    head_repository: _Owner | None = None


class _Side(Struct, frozen=True, kw_only=True):
    sha: str
    ref: str
    repo: _Owner | None = None


class _Pull(Struct, frozen=True, kw_only=True):
    number: int
    state: str
    head: _Side


class _OfRun(Struct, frozen=True, kw_only=True):
    id: int
    repository_id: int | None = None
    head_repository_id: int | None = None


class Artifact(Struct, frozen=True, kw_only=True):
    """An artifact that holds records; ``workflow_run`` is the run that left it."""

    id: int
    name: str
    size_in_bytes: int
    expired: bool
    workflow_run: _OfRun | None = None

    @property
    def fork(self) -> bool:
        run = self.workflow_run
        return run is not None and run.head_repository_id != run.repository_id


def fetch_run(hub: Hub, run_id: int) -> Run:
    """Facts of a workflow run.  Raises CannotReach."""
    row = hub.read("read the workflow run", f"actions/runs/{run_id}", _Run)
    return Run(
        id=row.id,
        event=row.event,
        head_sha=row.head_sha,
        head_branch=row.head_branch or "",
        head_repository=row.head_repository.full_name if row.head_repository else "",
        attempt=row.run_attempt,
        conclusion=row.conclusion or "",
    )


def find_latest_run(hub: Hub, head: str, *, forks: bool) -> int:
    """The newest of a pull request's runs on commit ``head`` that left records.  Raises CannotReach for none.

    Runs of forks count only with ``forks``: a fork can have the same commit, and what it records may be a lie.
    """
    query = {"head_sha": head, "event": "pull_request"}
    rows = hub.read_rows("find the latest run", "actions/runs", _Started, query, inside="workflow_runs")
    right = [row for row in rows if row.head_sha == head and (forks or _is_ours(hub, row.head_repository))]
    for row in sorted(right, key=lambda row: -row.id)[:MOST_RUNS]:
        if any(not one.expired for one in list_artifacts(hub, row.id)):
            return row.id
    advice = "Wait for the run that plans this commit, or start it again."
    raise CannotReach(f"No run {'' if forks else 'of this repository '}on {head[:7]} has left records.", advice)


def _is_ours(hub: Hub, owner: _Owner | None) -> bool:
    return owner is not None and owner.full_name.casefold() == hub.name.casefold()


def find_pull_request(hub: Hub, head_repository: str, head_branch: str, head_sha: str) -> int:
    """The number of the one open pull request with this head.  Raises CannotReach for none or several."""
    owner = head_repository.partition("/")[0]
    query = {"state": "open", "head": f"{owner}:{head_branch}"}
    rows = hub.read_rows("find the pull request", "pulls", _Pull, query) if COMMIT.fullmatch(head_sha) else ()
    numbers = [row.number for row in rows if _fits(row, head_repository, head_branch, head_sha)]
    if len(numbers) != 1:
        message = f"{len(numbers)} open pull requests have the commit of this run as their head."
        raise CannotReach(message, "It needs exactly one: after a push wait for the newer run.")
    return numbers[0]


def download_records(hub: Hub, run_id: int) -> tuple[tuple[str, bytes], ...]:
    """Name and content of each .json file in the artifacts ``plan-review-*`` of this run.

    Raises CannotReach for an artifact that is too large, and for any entry that is not a plain .json file.
    """
    return tuple(stream_records(hub, run_id))


def stream_records(hub: Hub, run_id: int) -> Iterator[tuple[str, bytes]]:
    """The same one by one, each artifact fetched when its turn comes."""
    return download(hub, run_id, [row for row in list_artifacts(hub, run_id) if not row.expired])


def download(hub: Hub, run_id: int, rows: Sequence[Artifact]) -> Iterator[tuple[str, bytes]]:
    """The same for artifacts that ``list_artifacts`` found.  Raises Gone where one has expired meanwhile."""
    files, size = 0, 0
    for row in rows:
        if row.workflow_run is None or row.workflow_run.id != run_id or row.size_in_bytes > LARGEST_ARTIFACT:
            raise _refused("one is too large, or of another run")
        data = hub.ask("download an artifact", partial(_download, hub, row.id))
        found = unpack(data, MOST_FILES - files, LARGEST_SUM - size)
        files, size = files + len(found), size + sum(len(content) for _, content in found)
        yield from found


def list_artifacts(hub: Hub, run_id: int) -> list[Artifact]:
    """Those of this run that hold records, expired ones as well."""
    rows = hub.read_rows("list the artifacts", f"actions/runs/{run_id}/artifacts", Artifact, inside="artifacts")
    return [row for row in rows if row.name.startswith(ARTIFACTS)]


def unpack(data: bytes, most_files: int = MOST_FILES, largest_sum: int = LARGEST_SUM) -> list[tuple[str, bytes]]:
    """The files of a zip, counted while they are read: what the zip says of their sizes may be a lie."""
    found: list[tuple[str, bytes]] = []
    left = largest_sum
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            if len(entries) > most_files:
                raise _refused("they hold too many files")
            for entry in entries:
                content = _read(archive, entry, min(LARGEST_FILE, left))
                left -= len(content)
                found.append((entry.filename, content))
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError):
        raise _refused("one is no readable zip") from None
    if len({name for name, _ in found}) != len(found):
        raise _refused("two files have the same name")
    return found


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, most: int) -> bytes:
    plain = (entry.external_attr >> 16) & FORMAT != SYMLINK and not entry.flag_bits & 1
    if not plain or not NAME.fullmatch(entry.filename) or ".." in entry.filename:
        raise _refused("one holds something that is not a plain .json file")
    with archive.open(entry) as stream:
        content = stream.read(most + 1)
    if len(content) > most:
        raise _refused("they are too large unpacked")
    return content


def _download(hub: Hub, number: int) -> bytes:
    """The zip.  GitHub answers with the address of another host, which must not get our token."""
    requester = hub.repository.requester
    status, headers, _ = requester.requestJson("GET", f"/repos/{hub.name}/actions/artifacts/{number}/zip")
    if status in (404, 410):
        raise Gone("The artifacts of the run have expired.", "Run the plan job again.")
    link = headers.get("location", "")
    if status != 302 or not _safe(link, requester.base_url):
        raise _refused("GitHub does not say where they are")
    with requests.get(link, timeout=60, stream=True, allow_redirects=False) as answer:
        answer.raise_for_status()
        if answer.status_code != 200:
            raise _refused("GitHub does not say where they are")
        return _limited(answer.iter_content(CHUNK))


def _limited(chunks: Iterator[bytes]) -> bytes:
    data = bytearray()
    for chunk in chunks:
        data += chunk
        if len(data) > LARGEST_ARTIFACT:
            raise _refused("one is too large")
    return bytes(data)


def _safe(link: str, api: str) -> bool:
    return urlsplit(link).scheme in {"https", urlsplit(api).scheme} and bool(urlsplit(link).hostname)


def _fits(row: _Pull, repository: str, branch: str, sha: str) -> bool:
    where = row.head.repo.full_name if row.head.repo else ""
    return (where.casefold(), row.head.ref, row.head.sha, row.state) == (repository.casefold(), branch, sha, "open")


def _refused(reason: str) -> CannotReach:
    return CannotReach(f"The artifacts of the run cannot be used: {reason}.", "Run the plan job again.")
