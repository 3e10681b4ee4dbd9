"""Several processes on one database, and one that is killed."""

import asyncio
import sys
from pathlib import Path

from db.attempts import epochs
from db.connections.engine import Database
from db.jobs import jobs
from db.jobs.jobs import JobFilter
from db.tables.base import DEFAULT_PROJECT
from tests.db.scenes import in_read

ROOT = Path(__file__).resolve().parents[2]

WRITER = """
import asyncio, sys
from db.attempts import attempts, endings
from db.attempts.attempts import EpochRecord, Fence, Progress
from db.attempts.endings import Ending
from db.connections.engine import Database
from db.jobs import jobs
from db.queue import claims
from spec.ids import new_id
from spec.states import JobStatus

async def main(url, name, count):
    database = Database(url, wait_seconds=30)
    for number in range(int(count)):
        new = jobs.NewJob(
            id=new_id("job"), project="default", name=name, spec_json="{}", seed=number, dataset="digits", epochs=3
        )
        async with database.write() as connection:
            await jobs.create(connection, new)
        print(new.id, flush=True)
        async with database.write() as connection:
            claimed = await claims.claim_next(connection, name, 0, ["cpu"], 60)
        fence = Fence(claimed.job_id, claimed.attempt)
        for epoch in (1, 2, 3):
            records = [EpochRecord(epoch, {"loss": 1.0}, 0.1, Progress(epoch / 3, None))]
            async with database.write() as connection:
                await attempts.record_epochs(connection, fence, records)
        async with database.write() as connection:
            await endings.finish(connection, fence, Ending(status=JobStatus.SUCCEEDED))
    await database.close()

asyncio.run(main(*sys.argv[1:]))
"""


async def start(url: str, name: str, count: int) -> asyncio.subprocess.Process:
    """A process that makes and runs jobs."""
    return await asyncio.create_subprocess_exec(
        sys.executable, "-c", WRITER, url, name, str(count), cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )


async def test_four_writing_processes_lose_nothing(database: Database, database_url: str) -> None:
    processes = [await start(database_url, f"writer {number}", 8) for number in range(4)]
    said = await asyncio.gather(*(process.communicate() for process in processes))
    assert [process.returncode for process in processes] == [0] * 4
    acknowledged = {line for output, _ in said for line in output.decode().splitlines()}
    assert len(acknowledged) == 32
    stored = await in_read(database, jobs.list_page, DEFAULT_PROJECT, JobFilter(), 100)
    assert {row.id for row in stored} == acknowledged
    assert {(row.status, row.attempt, row.epoch) for row in stored} == {("succeeded", 1, 3)}
    for row in stored:
        assert [found.epoch for found in await in_read(database, epochs.page, row.id, 0, 10)] == [1, 2, 3]


async def test_what_was_acknowledged_outlives_a_kill(database: Database, database_url: str) -> None:
    process = await start(database_url, "killed", 10_000)
    assert process.stdout is not None
    acknowledged = [(await process.stdout.readline()).decode().strip() for _ in range(20)]
    process.kill()
    rest, _ = await process.communicate()
    # What stands after the last line end was cut off while it was printed.
    acknowledged += rest.decode().split("\n")[:-1]
    stored = {row.id for row in await in_read(database, jobs.list_page, DEFAULT_PROJECT, JobFilter(), 10_000)}
    assert set(acknowledged) <= stored
    assert len(stored) <= len(acknowledged) + 1
