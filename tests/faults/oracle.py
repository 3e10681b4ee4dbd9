"""What must hold after every row, whatever happened: the letters L, D, F, M and O.

Each finding is a line that begins with its letter. The oracle is fed by the client's log, looks into the database past
every proxy, asks the API over HTTP, and looks at processes and files.
"""

import asyncio
import json
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil
from sqlalchemy import text

from db.attempts.salvages import NO_ATTEMPT
from db.datasets.datasets import FAILED, READY
from db.errors import DatabaseUnavailable
from spec.kinds import READ, TRAIN
from spec.states import ENDED
from tests.faults import audit
from tests.faults.clients import KEY
from tests.faults.kept_files import judge_datasets, judge_files
from tests.faults.programs import is_carrier
from tests.faults.stage import Stage

_TIDY_SECONDS = 20.0
"""What ended jobs leave is removed by and by; for so long it may lie about."""
_FINAL = {f"job.{status}" for status in ENDED}
_ENDED = {*ENDED, READY, FAILED}
"""Of jobs and of data sets."""


@dataclass
class Facts:
    """The rows of the database, by job."""

    jobs: dict[str, Any] = field(default_factory=dict)
    epochs: dict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))
    events: dict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))
    attempts: dict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))
    artifacts: dict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))
    checkpoints: dict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))


async def judge(stage: Stage, *, letters: str = "LDFMO", within_seconds: float = 90) -> list[str]:
    """Everything that violates one of these letters.

    Args:
        stage: Where it was played.
        letters: Which promises the row makes; findings of others are left out.
        within_seconds: How long acknowledged jobs still have to end.
    """
    found = await _judge_ends(stage, within_seconds) if "L" in letters else []
    facts = await _facts(stage)
    found += [f"D: {stray}" for stray in stage.client.strays]
    found += await audit.noted(stage.database)
    found += _judge_keys(facts, stage)
    found += await judge_datasets(stage.database)
    for job_id in facts.jobs:
        found += _judge_job(facts, job_id)
        found += _judge_attempts(facts, job_id)
        found += _judge_epochs(facts, job_id, stage)
    if "O" in letters:
        found += await _judge_tidiness(stage)
    return sorted(line for line in set(found) if line[0] in letters)


async def _judge_ends(stage: Stage, within_seconds: float) -> list[str]:
    """L: wait until every acknowledged job and data set has ended; and the API must say so too."""
    deadline = time.monotonic() + within_seconds
    expected = {**dict.fromkeys(stage.client.acknowledged, "jobs"), **dict.fromkeys(stage.client.datasets, "datasets")}
    while True:
        statuses = await _statuses(stage)
        waiting = {known for known in expected if statuses.get(known) not in _ENDED}
        if not waiting:
            break
        if time.monotonic() > deadline:
            return [f"L: {known}: is {statuses.get(known, 'lost')}" for known in sorted(waiting)]
        await asyncio.sleep(0.05)
    found: list[str] = []
    for known, resource in expected.items():
        try:
            answer = await stage.client.http.get(f"/v1/{resource}/{known}")
            seen = answer.json().get("status") if answer.is_success else answer.status_code
        except httpx.TransportError as error:
            seen = type(error).__name__
        if seen != statuses[known]:
            found.append(f"L: {known}: is {statuses[known]}, and seen as {seen}")
    return found


async def _statuses(stage: Stage) -> dict[str, str]:
    """Of jobs and of data sets, by id."""
    known = text("SELECT id, status FROM jobs UNION ALL SELECT id, status FROM datasets")
    try:
        async with stage.database.read() as connection:
            return {known_id: status for known_id, status in await connection.execute(known)}  # noqa: C416 -- rows are no pairs to the type checker
    except DatabaseUnavailable:
        return {}


async def _facts(stage: Stage) -> Facts:
    facts = Facts()
    async with stage.database.read() as connection:
        for row in await connection.execute(text("SELECT * FROM jobs ORDER BY id")):
            facts.jobs[row.id] = row
        for table, order in (
            ("epochs", "epoch"),
            ("events", "id"),
            ("attempts", "attempt"),
            ("artifacts", "name"),
            ("checkpoints", "attempt"),
        ):
            rows = getattr(facts, table)
            for row in await connection.execute(text(f"SELECT * FROM {table} ORDER BY job_id, {order}")):  # noqa: S608 -- names above
                rows[row.job_id].append(row)
    return facts


def _judge_keys(facts: Facts, stage: Stage) -> list[str]:
    """D: one job a key, acknowledged or not."""
    jobs_of: defaultdict[str, set[str]] = defaultdict(set)
    for job_id, job in facts.jobs.items():
        key = json.loads(job.metadata_json).get(KEY)
        # Those of a repair are derived with the metadata of the repaired one.
        if key is not None and job.parent is None:
            jobs_of[key].add(job_id)
    for acknowledged in stage.client.acknowledged.values():
        jobs_of[acknowledged.key].add(acknowledged.job_id)
    return [f"D: {key}: made {len(ids)} jobs: {sorted(ids)}" for key, ids in jobs_of.items() if len(ids) > 1]


def _judge_job(facts: Facts, job_id: str) -> list[str]:
    """D and O: one end, told once and last; nothing of it left but what the last attempt stored."""
    job, types = facts.jobs[job_id], [event.type for event in facts.events[job_id]]
    finals = [name for name in types if name in _FINAL]
    found: list[str] = []
    if job.status not in ENDED:
        if finals:
            found.append(f"D: {job_id}: is {job.status}, and its events tell of an end: {finals}")
        return found
    if finals != [f"job.{job.status}"]:
        found.append(f"D: {job_id}: is {job.status}, and its final events are {finals}")
    elif [name for name in types if not name.startswith(("repair.", "finding."))][-1] not in _FINAL:
        found.append(f"D: {job_id}: something came after its end: {types}")
    if job.status == "succeeded" and job.results_json is None and job.kind != READ:
        found.append(f"D: {job_id}: succeeded without a result")
    if job.lease_expires_at is not None or job.worker_id is not None:
        found.append(f"O: {job_id}: has ended, and has a lease")
    found += [
        f"F: {job_id}: its file {row.name} is of attempt {row.attempt}, the last was {job.attempt}"
        for row in facts.artifacts[job_id]
        # What was made of a checkpoint afterwards is of none.
        if row.attempt not in {job.attempt, NO_ATTEMPT}
    ]
    return found


def _judge_attempts(facts: Facts, job_id: str) -> list[str]:
    """D and F: attempts count up, and all but the last of a running job have an outcome."""
    job, attempts = facts.jobs[job_id], facts.attempts[job_id]
    numbers = [row.attempt for row in attempts]
    if numbers != list(range(1, job.attempt + 1)):
        return [f"F: {job_id}: its attempts are {numbers}, the last is {job.attempt}"]
    still = [row.attempt for row in attempts if row.outcome is None]
    if still != ([job.attempt] if job.status == "running" else []):
        return [f"D: {job_id}: is {job.status}, and its attempts {still} have not ended"]
    ends = [row.attempt for row in attempts if row.outcome in ENDED]
    if ends not in ([], [job.attempt]):
        return [f"D: {job_id}: ended in its attempts {ends}"]
    return []


def _judge_epochs(facts: Facts, job_id: str, stage: Stage) -> list[str]:
    """M and F: 1..n without a gap, by rising attempts, and as they should be."""
    job, rows = facts.jobs[job_id], facts.epochs[job_id]
    found: list[str] = []
    if [row.epoch for row in rows] != list(range(1, len(rows) + 1)):
        found.append(f"M: {job_id}: its epochs are {_shown(row.epoch for row in rows)}")
    writers = [row.attempt for row in rows]
    if writers != sorted(writers):
        found.append(f"F: {job_id}: its epochs were written by the attempts {_shown(writers)}")
    told = json.loads(job.results_json or "{}").get("epochs_run", 0 if job.kind != TRAIN else None)
    if job.status == "succeeded" and len(rows) != told:
        found.append(f"M: {job_id}: ran {told} epochs, and has {len(rows)}")
    acknowledged = stage.client.acknowledged.get(job_id)
    expected = None if acknowledged is None else stage.undisturbed.get(acknowledged.training)
    if expected is None:
        return found
    if job.status == "succeeded" and len(rows) != len(expected):
        found.append(f"M: {job_id}: has {len(rows)} epochs, undisturbed it has {len(expected)}")
    for row, metrics in zip(rows, expected, strict=False):
        if row.metrics_json != metrics:
            found.append(
                f"M: {job_id}: epoch {row.epoch} of attempt {row.attempt} is {row.metrics_json}, not {metrics}"
            )
            break
    return found


async def _judge_tidiness(stage: Stage) -> list[str]:
    """O: by and by nothing is left over."""
    deadline = time.monotonic() + _TIDY_SECONDS
    while found := [*orphans(stage), *await _leftovers(stage)]:
        if time.monotonic() > deadline:
            return found
        await asyncio.sleep(0.2)
    return []


def orphans(stage: Stage) -> list[str]:
    """Trainers and readers of this stage that no living worker of it owns."""
    owned = {process.pid for worker in stage.workers for process in (*worker.trainers(), *worker.readers())}
    return [
        f"O: {carrier} {process.pid} has no worker"
        for process in psutil.process_iter()
        for carrier in ("trainer", "reader")
        if process.pid not in owned and _is_of(process, stage, carrier)
    ]


def _is_of(process: psutil.Process, stage: Stage, carrier: str) -> bool:
    try:
        return Path(process.cwd()).is_relative_to(stage.home) and is_carrier(process, carrier)
    except psutil.Error:
        return False


async def _leftovers(stage: Stage) -> list[str]:
    """Files and leases of jobs that have ended."""
    facts = await _facts(stage)
    running = {f"{job.id}-{job.attempt}" for job in facts.jobs.values() if job.status == "running"}
    live = {job.id for job in facts.jobs.values() if job.status not in ENDED}
    found = [
        f"O: the folder {path.name} of a worker is left"
        for path in sorted((stage.home / "work").glob("*/job_*"))
        if path.name not in running
    ]
    found += await judge_files(stage.database, stage.home / "storage")
    found += [f"O: {job_id}: has ended, and has checkpoints" for job_id in facts.checkpoints if job_id not in live]
    return found


def _shown(numbers: Iterable[int]) -> str:
    listed = list(numbers)
    return str(listed if len(listed) <= 40 else [*listed[:20], "…", *listed[-20:]])
