"""The ETags of jobs."""

import re
from collections.abc import Iterable

from db.queue.places import by_place
from services.jobs.jobs import Job

_REVISION = re.compile(r'"([1-9]\d{0,17})(?:-.*)?"', re.ASCII)


def job_tag(revision: int, queue_position: int | None) -> str:
    """The ETag of a job: weak, since another release may write the same job otherwise, and for places far behind."""
    place = by_place(queue_position)
    return f'W/"{revision}"' if place is None else f'W/"{revision}-{place}"'


def tag_of(job: Job) -> str:
    """Its ETag."""
    return job_tag(job.row.revision, job.queue_position)


def revisions_of(tags: Iterable[str] | None) -> set[int] | None:
    """The revisions that tags of a job name; their places in the queue, of which they tell too, count for nothing."""
    if tags is None:
        return None
    found = (_REVISION.fullmatch(tag) for tag in tags)
    return {int(match[1]) for match in found if match is not None}
