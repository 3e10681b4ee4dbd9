"""Names of queues and tasks: one queue an accelerator, one task that says "there may be work"."""

from collections.abc import Iterable

HINT_TASK = "netcoach.hint"
"""Takes a job's id. It promises nothing: the worker that hears it looks into the database."""

QUEUES = {"any": "jobs.any", "cpu": "jobs.cpu", "gpu": "jobs.gpu"}
"""An accelerator as a job asks for it -> the queue its hints go to."""


def queue_of(accelerator: str) -> str:
    """The queue for the hints of jobs that ask for this accelerator.

    Raises:
        KeyError: If there is no such accelerator.
    """
    return QUEUES[accelerator]


def queues_for(accelerators: Iterable[str]) -> list[str]:
    """The queues a worker listens to that trains jobs for these accelerators, sorted."""
    return sorted({queue_of(accelerator) for accelerator in accelerators})
