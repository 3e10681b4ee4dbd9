"""Sick jobs repaired by the coach: sent again with ``repair``, as a user would, and what the service makes of them."""

import http
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bench.diagnosis.lines import FOLDER, Line, kept, read
from bench.diagnosis.random_remedies import MOST_JOBS
from bench.diagnosis.repairs import FINAL, sick_jobs
from bench.diagnosis.runs import Asked, Runner, ended
from bench.diagnosis.tables import UPLOADED
from bench.service import service
from launch.calls import CallRefused, Calls

_AT_ONCE = 4
"""Repairs that are under way: two slots are never idle while candidates of one wait for the end of a rung."""


def repair(name: str, most: int | None, repeats: int, folder: Path = FOLDER) -> int:
    """Have the coach repair sick jobs of a draw whose data set allows a healthy one; those that are kept are left out.

    Args:
        name: Of the draw.
        most: How many jobs at most; None for all.
        repeats: On how many seeds each remedy is confirmed.
        folder: Where lines are kept.

    Returns:
        How many jobs were repaired.
    """
    sick = sick_jobs(read(kept(name, folder)), most)
    with service(NETCOACH_WORKER_SLOTS="2", NETCOACH_TRAINER_THREADS="1") as running:
        runner = Runner(running, kept(f"{name}-coach", folder), repaired, _AT_ONCE)
        return runner.run(_asked(sick, repeats))


def _asked(sick: list[Line], repeats: int) -> Iterator[Asked]:
    for line in sick:
        made = UPLOADED.get(line.data)
        spec = line.told["spec"] | {"coach": {"repair": True, "max_jobs": MOST_JOBS, "repeats": repeats}}
        extra = {"stage": FINAL, "mends": {"name": line.name, "seed": line.seed}}
        yield Asked(line.name, line.data, line.seed, spec, made and made(), extra)


def repaired(calls: Calls, job_id: str) -> dict[str, Any]:
    """What the service tells of the job that a repair left, once it has ended; of the sick one if none is better."""
    while calls.get(f"/v1/jobs/{job_id}/results?wait_seconds=30")["object"] != "results":
        pass
    try:
        told: Mapping[str, Any] = calls.get(f"/v1/jobs/{job_id}/repair")
    except CallRefused as refused:
        if refused.status != http.HTTPStatus.NOT_FOUND:
            raise
        told = {"chosen": None, "gain": None, "tried": []}
    chosen: str | None = told["chosen"] if (told["gain"] or 0.0) > 0.0 else None
    return {
        **ended(calls, chosen or job_id),
        "is_changed": chosen is not None,
        "trained_epochs": sum(one["epochs"] or 0 for one in told["tried"]),
        "repair": told,
    }
