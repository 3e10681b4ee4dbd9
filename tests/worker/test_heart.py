"""A worker's heartbeat where one part of it cannot be written."""

import asyncio
from pathlib import Path

from db.connections.engine import Database
from db.workers import totals
from db.workers.measures import EPOCHS
from settings import WorkerSettings
from storage.store import Store
from worker.supervisor.attempts.work_dirs import WorkDirs
from worker.supervisor.heart import BEAT, Heart
from worker.supervisor.workplace import Workplace

_REFUSING = {
    "sqlite": ("CREATE TRIGGER refusing BEFORE INSERT ON totals BEGIN SELECT RAISE(ABORT, 'no'); END",),
    "postgresql": (
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$",
        "CREATE TRIGGER refusing BEFORE INSERT ON totals FOR EACH ROW EXECUTE FUNCTION refuse()",
    ),
}
_WILLING = {"sqlite": "DROP TRIGGER refusing", "postgresql": "DROP TRIGGER refusing ON totals"}


async def counted(database: Database) -> float:
    async with database.read() as connection:
        return sum(value for _, value in EPOCHS.counts(await totals.read_all(connection)))


async def beats(database: Database) -> int:
    async with database.read() as connection:
        return (await connection.exec_driver_sql("SELECT count(*) FROM workers")).scalar_one()


async def test_what_could_not_be_counted_is_counted_with_a_later_beat(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    settings = WorkerSettings(home=tmp_path, database_url=database_url, heartbeat_seconds=0.05)
    place = Workplace(
        "worker_1", settings, database, Store(f"file://{tmp_path}/storage"), WorkDirs(tmp_path, "worker_1")
    )
    place.tally.add(EPOCHS, 7)
    kind = database_url.partition(":")[0].partition("+")[0]
    async with database.write() as connection:
        for statement in _REFUSING[kind]:
            await connection.exec_driver_sql(statement)
    place.loops.supervised(BEAT, Heart(place, []).beat)
    try:
        async with asyncio.timeout(10):
            while not await beats(database):  # a worker's own row comes with a beat that was not written whole
                pass
        async with database.write() as connection:
            await connection.exec_driver_sql(_WILLING[kind])
        async with asyncio.timeout(10):
            while not await counted(database):
                pass
        assert await counted(database) == 7
    finally:
        place.loops.expect_returns()
        await place.loops.close()
