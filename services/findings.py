"""What the coach finds of a job's spec alone, before anything is trained."""

from collections.abc import Mapping
from typing import Any, cast

import structlog

from coach.coach import Coach
from coach.coached_job import CoachedJob, JobFaulty, coached_job
from coach.evidence import Evidence
from coach.findings import Finding
from services.lookups import Lookups

_log = structlog.stdlib.get_logger("services")


def findings_of_spec(job: CoachedJob) -> list[Finding]:
    """All that the spec shows, the most important first; what is wrong with the coach costs no job.

    Args:
        job: A sound job.
    """
    try:
        return Coach(job, _note).look(Evidence(job))
    except Exception:  # noqa: BLE001 -- the job can be made without
        _log.warning("the coach could not look at a spec", exc_info=True)
        return []


def findings_of_parts(body: object, found: Lookups, max_memory_bytes: int) -> list[Finding]:
    """The same of a network, a data set and a training that are no job yet; nothing where they are none together.

    Args:
        body: As they were sent.
        found: What is known of what they name.
        max_memory_bytes: What a job's network may need, by estimate.
    """
    said = cast("Mapping[str, Any]", body if isinstance(body, dict) else {})
    if not all(said.get(name) is not None for name in ("network", "dataset", "training")):
        return []
    parts = {name: said[name] for name in ("dataset", "network", "training")}
    try:
        job = coached_job(
            parts, facts_of=found.facts_of, weights_of=found.weights_of, max_memory_bytes=max_memory_bytes
        )
    except JobFaulty:
        return []
    return findings_of_spec(job)


def _note(name: str, error: Exception) -> None:
    _log.warning("the coach failed", part=name, exc_info=error)
