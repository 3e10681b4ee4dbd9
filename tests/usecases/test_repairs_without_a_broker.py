"""Repairs while the broker is away: their steps are taken, and the outbox has what it is to be told."""

from pathlib import Path

import pytest

from broker.publisher import Publisher
from db.jobs import outbox
from db.workers.upkeep import Duty
from services.context import ServiceContext
from settings import WorkerSettings
from storage.store import Store
from tests.db.scenes import in_read
from tests.usecases.test_repairs import clinic_of, context
from worker.supervisor.attempts.work_dirs import WorkDirs
from worker.supervisor.upkeep.duties import Duties
from worker.supervisor.workplace import Workplace

# What the database does is tested on both.
pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

__all__ = ["context"]


async def test_no_repair_waits_for_the_broker(context: ServiceContext, tmp_path: Path) -> None:
    database = context.database
    clinics = [await clinic_of(context) for _ in range(2)]
    place = Workplace(
        "worker_1",
        WorkerSettings(home=tmp_path),
        database,
        Store(f"file://{tmp_path}/storage"),
        WorkDirs(tmp_path, "worker_1"),
    )
    looks: list[None] = []
    duties = Duties(place, Publisher("redis://127.0.0.1:1"), memory_bytes=2**33, on_requeued=lambda: looks.append(None))
    await duties.rounds()[Duty.REPAIRS].go()
    children = [child.id for clinic in clinics for child in await clinic.children()]
    assert len(children) == 8
    assert len(looks) == 2
    waiting = {row.job_id for row in await in_read(database, outbox.unpublished, 100)}
    assert waiting >= set(children)
