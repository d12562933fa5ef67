"""A merge group: its one plan is judged for every pull request in it, and the worst verdict is the group's status.

Each pull request must let the whole plan through by itself: its own description, diff, labels and reviews count.  Where
two of them delete something, the group holds and the queue merges them one by one.
"""

from bot.case import Case, Job, Plans, look_closer, open_case, settings_of
from bot.edge.merge_queue import list_queued
from bot.edge.statuses import set_status
from bot.event import MergeGroup
from bot.review import Review, review_facts


def judge_group(job: Job, group: MergeGroup) -> tuple[Case, Review, tuple[str, ...]]:
    """Set the status on the group's commit.  Gives the worst case, its review, and a line for each pull request.

    Raises CannotReach where it is not clear which pull requests the group holds.
    """
    branch = group.base_ref.removeprefix("refs/heads/")
    numbers = list_queued(job.access.hub, branch, group.base, group.head, group.head_ref)
    cases = [look_closer(job, open_case(job, Plans(number=number, head=group.head))) for number in numbers]
    judged = [(case, review_facts(case.found, settings_of(job, case))) for case in cases]
    case, worst = max(judged, key=lambda pair: pair[1].publication.state)
    set_status(job.access.hub, group.head, worst.publication.status, job.event.run_url)
    notes = tuple(
        f"pull request {one.seen.pull_request.number}: {reviewed.publication.status.description}"
        for one, reviewed in judged
    )
    return case, worst, notes
