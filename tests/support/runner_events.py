"""Events as the runner of the tests takes them."""

from tests.support.triggers import GitHubEvent


class Event(GitHubEvent, frozen=True, kw_only=True):
    """``sha`` and ``ref`` are what the job gets, ``files`` the commit whose workflows are run, ``head`` what the run is
    listed under.
    """

    sha: str
    files: str
    head: str
    branch: str
    actor: str
