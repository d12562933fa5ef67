"""The pull request as a file."""

import pytest

from bot.errors import BadConfig
from bot.pull_request import Approval, Label, PullRequest, decode_pull_request


def test_markdown_is_the_description() -> None:
    assert decode_pull_request("Deletes:\n- ü".encode(), "body.md") == PullRequest(description="Deletes:\n- ü")


def test_yaml_and_json_are_facts() -> None:
    text = b"author: mira\nlabels: [{name: allow-deletions, given_by: jonas, may_write: true}]\napprovals: [{person: jonas}]"
    expected = PullRequest(
        author="mira",
        labels=(Label(name="allow-deletions", given_by="jonas", may_write=True),),
        approvals=(Approval(person="jonas"),),
    )
    assert decode_pull_request(text, "pr.yml") == expected
    assert decode_pull_request(b'{"author": "mira"}', "pr.json") == PullRequest(author="mira")
    assert decode_pull_request(b"", "pr.yml") == PullRequest()


@pytest.mark.parametrize(
    ("data", "name"), [(b"autor: mira", "pr.yml"), (b"[1]", "pr.yml"), (b"a: *b", "pr.yml"), (b"\xff", "body.md")]
)
def test_mistakes_are_told(data: bytes, name: str) -> None:
    with pytest.raises(BadConfig, match=name):
        decode_pull_request(data, name)
