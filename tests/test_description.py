"""What descriptions say in their author's own words.  The templates are shaped like those teams use."""

import pytest

from bot.description import count_own_words, find_rollback

BARE = "## What\n\n<!-- Say what this does -->\n\n## Why\n\n## Kind\n- [ ] bug\n- [x] feature\n\nFixes #\n"
BOLD = "**What this does**:\n\n**Which issue this closes** *(optional, with `closes #<number>`)*: closes #\n\n```note\nnothing to see in here at all\n```\n"
ASKING = (
    "## Description\n\nPlease include a summary of the change. Please also include the context. List any modules it needs.\n\n"
    "Describe how you tested.\n\n## Risk\n- **Risk level**: Low / Medium / High\n- **Rollback plan**: Explain how to revert\n"
)


@pytest.mark.parametrize(
    "template", [BARE, BOLD, ASKING, "", "<!-- never closed: five words and more", "#\n##\n", "- [x] a b c d e f"]
)
def test_a_template_says_nothing(template: str) -> None:
    assert count_own_words(template) == 0
    assert find_rollback(template) == ""


@pytest.mark.parametrize(
    ("description", "words"),
    [
        (f"{BARE}Training runs need a place for snapshots.", 6),
        ("Bumps [hashicorp/aws](https://example.com/a/b) from 5.0 to 5.1.", 5),
        ("Remove the queue that nothing reads.", 6),
        ("変更理由を書く", 7),
        ("See https://example.com/why-and-how-and-when", 1),
        ("`one two three`", 0),
        ("## Rollback\nRevert this pull request and apply it again.", 0),
        ("Signed-off-by: Mira Example of the platform team", 0),
    ],
)
def test_own_words(description: str, words: int) -> None:
    assert count_own_words(description) == words


@pytest.mark.parametrize(
    ("description", "said"),
    [
        ("## Rollback\nRevert this.", "Revert this."),
        ("Rollback\n---\nRevert it", "Revert it"),
        ("Rollback: revert this", "revert this"),
        ("- **Rollback plan:** revert this", "revert this"),
        ("**Rollback**\nrevert", "revert"),
        ("## How to roll back\n### Steps\n1. apply", "Steps\n\n1. apply"),
        ("## Rollback\n```sh\nterraform apply old\n```", "terraform apply old"),
        ("## Back-out\nRevert\r\n## Next", "Revert"),
        ("## Rollback\n\n## Next\nwords", ""),
        ("## Rollback\nTBD", ""),
        ("## Rollback\nN/A", ""),
        ("## Rollback\n- [ ] it is written down", ""),
        ("<!--\n## Rollback\nrevert\n-->", ""),
        ("```\n## Rollback\nrevert\n```", ""),
        ("It was rolled back yesterday", ""),
        ("## Risk and rollback\n- **Risk**: low, as said\n- **Rollback**: none", ""),
    ],
)
def test_rollback(description: str, said: str) -> None:
    assert find_rollback(description) == said
