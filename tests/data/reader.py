"""What a reader and a sweeper do, without their processes."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import select

from background.rounds import Rounds
from broker.publisher import Publisher
from db.attempts import endings
from db.attempts.attempts import Fence
from db.attempts.endings import Ending, NewArtifact
from db.connections.engine import Database
from db.queue import claims
from db.queue.claims import Claim
from db.tables.datasets import Dataset
from db.workers.upkeep import Duty
from settings import WorkerSettings
from spec.ids import new_id
from spec.kinds import READ
from spec.states import FailureCode, JobStatus
from storage.store import Store
from tests.api.service import Service
from worker.supervisor.attempts.work_dirs import WorkDirs
from worker.supervisor.upkeep.duties import Duties
from worker.supervisor.workplace import Workplace


async def claim(service: Service) -> Claim | None:
    """The next reading."""
    async with service.database.write() as connection:
        return await claims.claim_next(connection, new_id("worker"), 0, [READ], 600)


async def claim_of(service: Service, dataset_id: str) -> Claim:
    """The reading of this data set; others that wait are taken, too."""
    async with service.database.read() as connection:
        job_id = await connection.scalar(select(Dataset.job_id).where(Dataset.id == dataset_id))
    while (claimed := await claim(service)) is not None:
        if claimed.job_id == job_id:
            return claimed
    raise AssertionError(dataset_id)


async def end(
    service: Service,
    claimed: Claim,
    results: Mapping[str, Any],
    code: FailureCode | None = None,
    files: Sequence[Path] = (),
) -> None:
    """It ends: well, and with these files, or with this code."""
    artifacts: list[NewArtifact] = []
    for path in files:
        key = f"jobs/{claimed.job_id}/{claimed.attempt}/{path.name}"
        stored = await asyncio.to_thread(service.store.put, key, path)
        artifacts.append(NewArtifact(path.name, key, "application/json", stored.size_bytes, stored.sha256))
    ending = Ending(
        artifacts=artifacts,
        status=JobStatus.SUCCEEDED if code is None else JobStatus.FAILED,
        results=results,
        error_code=code,
        error_message=None if code is None else "The file could not be read.",
    )
    async with service.database.write() as connection:
        await endings.finish(connection, Fence(claimed.job_id, claimed.attempt), ending)


async def sweep(service: Service, folder: Path) -> None:
    """What a worker does about data sets that has just started."""
    rounds = rounds_of(service.database, service.store, folder)
    for duty in (Duty.DATASETS, Duty.UPLOADS, Duty.FILES, Duty.REMOVALS):
        await rounds[duty].go()


def rounds_of(database: Database, store: Store, folder: Path) -> dict[Duty, Rounds[Any]]:
    """What a worker clears up whose home is this folder."""
    work_dirs = WorkDirs(folder, new_id("worker"))
    place = Workplace("worker_1", WorkerSettings(home=folder), database, store, work_dirs)
    return Duties(place, Publisher("redis://127.0.0.1:1"), memory_bytes=2**33, on_requeued=lambda: None).rounds()
