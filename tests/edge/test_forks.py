"""What the second stage takes from a stranger's run, and what it refuses."""

import io
import zipfile
from collections.abc import Iterator

import pytest

from bot.edge import forks
from bot.edge.forks import Run, download_records, fetch_run, find_pull_request, unpack
from bot.edge.hub import Hub
from bot.edge.login import connect
from bot.errors import CannotReach
from tests.edge.test_hub import PACE
from tests.support.loopback_github import HEAD, Json, State, loopback_github

RUN = {"id": 9, "event": "pull_request", "head_sha": HEAD, "head_branch": "dev/x", "run_attempt": 2}
ARTIFACT = {"id": 3, "name": "plan-review-record-net", "size_in_bytes": 10, "expired": False, "workflow_run": {"id": 9}}


def packed(*files: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return data.getvalue()


@pytest.fixture
def fork() -> Iterator[tuple[State, Hub]]:
    with loopback_github() as (state, address):
        state.run = {**RUN, "head_repository": {"full_name": "mallory/r"}}
        state.pull["head"]["repo"] = {"full_name": "mallory/r"}
        yield state, connect("-".join(["no", "token"]), address, "o/r", lambda _: None, PACE)


def test_the_run_and_its_pull_request(fork: tuple[State, Hub]) -> None:
    _, hub = fork
    run = fetch_run(hub, 9)
    assert run == Run(
        id=9, event="pull_request", head_sha=HEAD, head_branch="dev/x", head_repository="mallory/r", attempt=2
    )
    assert find_pull_request(hub, run.head_repository, run.head_branch, run.head_sha) == 7


@pytest.mark.parametrize(
    ("repository", "branch", "sha"),
    [("eve/r", "dev/x", HEAD), ("mallory/r", "dev/y", HEAD), ("mallory/r", "dev/x", "d" * 40), ("", "", "")],
)
def test_another_head_is_no_pull_request(fork: tuple[State, Hub], repository: str, branch: str, sha: str) -> None:
    with pytest.raises(CannotReach, match="0 open pull requests"):
        find_pull_request(fork[1], repository, branch, sha)


def test_records_of_this_run_only_and_without_our_token(fork: tuple[State, Hub]) -> None:
    state, hub = fork
    state.artifacts += [(ARTIFACT, packed(("a.json", b"{}"), ("b.json", b"[]")))]
    state.artifacts += [({**ARTIFACT, "id": 4, "name": "other"}, b""), ({**ARTIFACT, "id": 5, "expired": True}, b"")]
    assert download_records(hub, 9) == (("a.json", b"{}"), ("b.json", b"[]"))
    assert state.tokens_seen_by_storage == [None]


@pytest.mark.parametrize("change", [{"size_in_bytes": 50 * 1024 * 1024 + 1}, {"workflow_run": {"id": 8}}])
def test_an_artifact_too_large_or_of_another_run(fork: tuple[State, Hub], change: Json) -> None:
    state, hub = fork
    state.artifacts.append(({**ARTIFACT, **change}, packed(("a.json", b"{}"))))
    with pytest.raises(CannotReach, match="too large, or of another run"):
        download_records(hub, 9)


def link() -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo("a.json")
    entry.external_attr = 0o120777 << 16
    return entry


@pytest.mark.parametrize(
    "name", ["../a.json", "/a.json", "x/a.json", "a.sh", ".json", "..a.json", "C:\\a.json", "a\n.json", link()]
)
def test_what_is_not_a_plain_file(name: str | zipfile.ZipInfo) -> None:
    with pytest.raises(CannotReach, match="not a plain"):
        unpack(packed((name, b"{}")))


def test_a_bomb_and_a_crowd_and_rubbish(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forks, "LARGEST_FILE", 1000)
    with pytest.raises(CannotReach, match="too large unpacked"):
        unpack(packed(("a.json", b" " * 1001)))
    with pytest.raises(CannotReach, match="too large unpacked"):
        unpack(packed(("a.json", b" " * 900), ("b.json", b" " * 900)), largest_sum=1500)
    with pytest.raises(CannotReach, match="too many files"):
        unpack(packed(*((f"{number}.json", b"") for number in range(501))))
    with pytest.raises(CannotReach, match="no readable zip"):
        unpack(b"PK rubbish")
