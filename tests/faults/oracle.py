"""What must hold after every row, whatever happened: the letters L, D, F, M and O.

Each finding is a line that begins with its letter. The oracle is fed by the client's log, looks into the database past
every proxy, asks the API over HTTP, and looks at processes and files.
"""

import asyncio
import json
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil
from sqlalchemy import text

from db.attempts.salvages import NO_ATTEMPT
from db.errors import DatabaseUnavailable
from spec.states import ENDED
from tests.faults import audit
from tests.faults.clients import KEY
from tests.faults.programs import is_trainer
from tests.faults.stage import Stage

_TIDY_SECONDS = 20.0
"""What ended jobs leave is removed by and by; for so long it may lie about."""
_FINAL = {f"job.{status}" for status in ENDED}


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
    for job_id in facts.jobs:
        found += _judge_job(facts, job_id)
        found += _judge_attempts(facts, job_id)
        found += _judge_epochs(facts, job_id, stage)
    if "O" in letters:
        found += await _judge_tidiness(stage)
    return sorted(line for line in set(found) if line[0] in letters)


async def _judge_ends(stage: Stage, within_seconds: float) -> list[str]:
    """L: wait until every acknowledged job has ended; and the API must say so too."""
    deadline = time.monotonic() + within_seconds
    while True:
        statuses = await _statuses(stage)
        waiting = {job_id for job_id in stage.client.acknowledged if statuses.get(job_id) not in ENDED}
        if not waiting:
            break
        if time.monotonic() > deadline:
            return [f"L: {job_id}: is {statuses.get(job_id, 'lost')}" for job_id in sorted(waiting)]
        await asyncio.sleep(0.05)
    found: list[str] = []
    for job_id in stage.client.acknowledged:
        try:
            answer = await stage.client.http.get(f"/v1/jobs/{job_id}")
            seen = answer.json().get("status") if answer.is_success else answer.status_code
        except httpx.TransportError as error:
            seen = type(error).__name__
        if seen != statuses[job_id]:
            found.append(f"L: {job_id}: is {statuses[job_id]}, and seen as {seen}")
    return found


async def _statuses(stage: Stage) -> dict[str, str]:
    try:
        async with stage.database.read() as connection:
            return {job_id: status for job_id, status in await connection.execute(text("SELECT id, status FROM jobs"))}  # noqa: C416 -- rows are no pairs to the type checker
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
        if key is not None:
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
    elif types[-1] not in _FINAL:
        found.append(f"D: {job_id}: something came after its end: {types}")
    if job.status == "succeeded" and job.results_json is None:
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
    told = json.loads(job.results_json or "{}").get("epochs_run")
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
    """Trainers of this stage that no living worker of it owns."""
    owned = {trainer.pid for worker in stage.workers for trainer in worker.trainers()}
    return [
        f"O: trainer {process.pid} has no worker"
        for process in psutil.process_iter()
        if process.pid not in owned and _is_of(process, stage)
    ]


def _is_of(process: psutil.Process, stage: Stage) -> bool:
    try:
        return Path(process.cwd()).is_relative_to(stage.home) and is_trainer(process)
    except psutil.Error:
        return False


async def _leftovers(stage: Stage) -> list[str]:
    """Files and leases of jobs that have ended."""
    facts = await _facts(stage)
    running = {f"{job.id}-{job.attempt}" for job in facts.jobs.values() if job.status == "running"}
    live = {job.id for job in facts.jobs.values() if job.status not in ENDED}
    known = Counter(row.key for rows in facts.artifacts.values() for row in rows)
    found = [
        f"O: the folder {path.name} of a worker is left"
        for path in sorted((stage.home / "work").glob("*/job_*"))
        if path.name not in running
    ]
    for path in sorted((stage.home / "storage").rglob("*")):
        key = str(path.relative_to(stage.home / "storage"))
        job_id = next((part for part in path.parts if part.startswith("job_")), "")
        if path.is_file() and key not in known and job_id not in live:
            found.append(f"O: the file {key} is left")
    found += [f"O: {job_id}: has ended, and has checkpoints" for job_id in facts.checkpoints if job_id not in live]
    missing = [key for key in known if not (stage.home / "storage" / key).is_file()]
    return found + [f"O: the file {key} is missing" for key in missing]


def _shown(numbers: Iterable[int]) -> str:
    listed = list(numbers)
    return str(listed if len(listed) <= 40 else [*listed[:20], "…", *listed[-20:]])
