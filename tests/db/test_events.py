"""Events count within their job, from 1 without a gap, whoever writes them at once."""

import asyncio

import pytest
from sqlalchemy import insert

from db.attempts import histories
from db.connections.engine import Database
from db.errors import StatementFailed
from db.jobs import events, jobs
from db.tables.base import DEFAULT_PROJECT
from db.tables.jobs import Event
from db.tables.projects import Project
from tests.db.scenes import in_read, in_write, submit

ROUNDS = 8


async def numbers(database: Database, job_id: str) -> list[int]:
    return [event.id for event in await in_read(database, events.list_page, job_id, 0, 1000)]


async def test_no_project_s_events_count_another_s(database: Database) -> None:
    async with database.write() as connection:
        await connection.execute(insert(Project), [{"id": "other"}])
    mine, others = await submit(database), await submit(database, project="other")
    for job_id, project in ((others.id, "other"), (mine.id, DEFAULT_PROJECT), (others.id, "other")):
        await in_write(database, jobs.request_pause, job_id, project)
        await in_write(database, jobs.request_resume, job_id, project)
    assert await numbers(database, mine.id) == [1, 2, 3]
    assert await numbers(database, others.id) == [1, 2, 3, 4, 5]


async def test_writers_at_once_leave_neither_a_gap_nor_a_number_twice(database_url: str) -> None:
    """And a reader who has seen one has seen all before it, at whatever moment it looks."""
    database = Database(database_url, pool_size=8)
    job_ids = [(await submit(database)).id for _ in range(2)]

    async def write(job_id: str) -> None:
        for _ in range(ROUNDS):
            await in_write(database, jobs.request_pause, job_id, DEFAULT_PROJECT)
            await in_write(database, jobs.request_resume, job_id, DEFAULT_PROJECT)

    async def read(job_id: str, seen: list[int]) -> None:
        while not is_over:
            history = await in_read(database, histories.page_after, job_id, seen[-1] if seen else 0, 0, 100)
            seen += [event.id for event in history.events]
            await asyncio.sleep(0)

    is_over = False
    seen: dict[str, list[int]] = {job_id: [] for job_id in job_ids}
    reading = [asyncio.create_task(read(job_id, seen[job_id])) for job_id in job_ids]
    await asyncio.gather(*(write(job_id) for job_id in job_ids for _ in range(3)))
    is_over = True
    await asyncio.gather(*reading)
    for job_id in job_ids:
        stored = await numbers(database, job_id)
        assert stored == list(range(1, len(stored) + 1))
        assert len(stored) > 2 * ROUNDS
        assert seen[job_id] == stored[: len(seen[job_id])]
    await database.close()


async def test_no_number_is_given_twice(database: Database) -> None:
    """Who wrote an event without its job's lock would be refused, and not make two of one number."""
    job_id = (await submit(database)).id
    row = {"job_id": job_id, "number": 1, "type": events.PAUSED, "data_json": "{}"}
    with pytest.raises(StatementFailed):
        await in_write(database, lambda connection: connection.execute(insert(Event), [row]))
    assert await numbers(database, job_id) == [1]
