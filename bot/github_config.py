"""Settings of what is written to GitHub."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

CommentMode = Literal["update", "hide-and-new", "delete-and-new"]


class GitHubConfig(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a review shows on a pull request."""

    comment: Annotated[
        CommentMode,
        Meta(
            description="update: one comment, kept up to date; hide-and-new, delete-and-new: a new one for each review."
        ),
    ] = "update"
    plan_labels: Annotated[
        bool, Meta(description="Labels such as plan:delete say on the pull request what its plan does.")
    ] = False
    stacks: Annotated[
        tuple[str, ...],
        Meta(description="Names of the stacks that must report; one that is missing is an error, not a pass."),
    ] = ()
