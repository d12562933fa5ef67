"""Single writes to a pull request: comments and labels."""

from collections.abc import Sequence
from urllib.parse import quote

from bot.edge.hub import Gone, Hub, Unsure

HIDE = "mutation($id:ID!){minimizeComment(input:{subjectId:$id,classifier:OUTDATED}){minimizedComment{isMinimized}}}"


def add_comment(hub: Hub, number: int, body: str, attempt: int = 1) -> None:
    """Send once.  Raises Unsure where it may have arrived: look before the next ``attempt``; TooLong; CannotReach."""
    answer = hub.write("write the comment", "POST", f"issues/{number}/comments", {"body": body}, attempt)
    if not isinstance(answer, dict) or not isinstance(answer.get("id"), int):
        raise Unsure("Could not write the comment: GitHub gave a broken answer.", "Run the job again.")


def edit_comment(hub: Hub, comment: int, body: str, attempt: int = 0) -> None:
    """Replace a body.  Raises Gone where the comment was removed meanwhile, TooLong, CannotReach.

    With an ``attempt``, counted from 1, it is sent once, and Unsure where it may have arrived.
    """
    hub.write("update the comment", "PATCH", f"issues/comments/{comment}", {"body": body}, attempt)


def remove_comment(hub: Hub, comment: int) -> None:
    """Delete a comment; one that is already gone is fine."""
    try:
        hub.write("remove an old comment", "DELETE", f"issues/comments/{comment}", None)
    except Gone:
        return


def hide_comment(hub: Hub, node: str) -> None:
    """Fold a comment away as outdated; one that is already gone is fine."""
    try:
        hub.query("hide an old comment", HIDE, {"id": node}, writes=True)
    except Gone:
        return


def add_labels(hub: Hub, number: int, names: Sequence[str]) -> None:
    """Set labels; GitHub makes those that do not exist yet."""
    hub.write("set the labels", "POST", f"issues/{number}/labels", {"labels": list(names)})


def remove_label(hub: Hub, number: int, name: str) -> None:
    """Take a label off; one that is not there is fine."""
    try:
        hub.write("take a label off", "DELETE", f"issues/{number}/labels/{quote(name, safe='')}", None)
    except Gone:
        return
