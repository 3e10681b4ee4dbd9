"""Places told by a view of the queue, beside those that are counted one by one."""

import random

from sqlalchemy import insert

from db.connections.engine import Database
from db.jobs import jobs
from db.jobs.rows import JobRow
from db.queue import claims, positions, views
from db.tables.base import DEFAULT_PROJECT
from db.tables.projects import Project
from tests.db.scenes import draft

MANY = 2 * views.POSTS + 500


async def test_new_jobs_stand_behind_all_others_of_their_kind(database: Database) -> None:
    chance = random.Random(0)  # noqa: S311 -- no secret

    def some(count: int) -> list[jobs.NewJob]:
        return [
            draft(
                project=chance.choice([DEFAULT_PROJECT, "blue"]),
                priority=chance.choice([0, 1]),
                accelerator=chance.choice(["any", "cpu", "gpu"]),
            )
            for _ in range(count)
        ]

    async with database.write() as connection:
        await connection.execute(insert(Project), [{"id": "blue"}])
        await jobs.create_all(connection, some(20))
        await claims.claim_next(connection, "worker_1", 0, ["cpu", "gpu"], 600)
        new = await jobs.create_all(connection, some(10))
        exact = [await positions.queue_position(connection, row.id) for row in new]
        assert (await views.counted(connection)).places_behind(new) == exact
        later = await jobs.create_all(connection, [draft(priority=-1)])
        view = await views.taken(connection)
        assert view.places_behind(later) == [await positions.queue_position(connection, later[0].id)]


async def test_jobs_that_are_added_to_a_view_count(database: Database) -> None:
    async with database.write() as connection:
        await jobs.create_all(connection, [draft() for _ in range(3)])
        view = await views.taken(connection)
        new = await jobs.create_all(connection, [draft(), draft()])
        view.add(new)
        assert view.places_behind(new) == [4, 5]


async def test_a_view_of_a_long_queue_is_small_and_nearly_exact(database: Database) -> None:
    async with database.write() as connection:
        rows: list[JobRow] = []
        for _ in range(0, MANY, 500):
            rows += await jobs.create_all(connection, [draft() for _ in range(500)])
        view = await views.taken(connection)
    assert view.length == len(rows)
    told = [view.place(row) for row in rows]
    assert len(set(told)) <= views.POSTS + 1
    assert all(place is not None and 0 <= exact - place <= 2 for exact, place in enumerate(told, 1))


async def test_a_queue_that_nobody_is_in_places_nobody(database: Database) -> None:
    async with database.write() as connection:
        view = await views.taken(connection)
        (row,) = await jobs.create_all(connection, [draft()])
    assert view.length == 0
    assert view.place(row) is None
