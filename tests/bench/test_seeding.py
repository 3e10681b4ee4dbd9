from bench.records import median_ms
from bench.seeding import begin, record, seed
from db.attempts import attempts, epochs
from db.connections.engine import Database
from db.jobs import jobs
from db.jobs.jobs import JobFilter
from db.queue import positions
from db.tables.base import DEFAULT_PROJECT
from spec.states import JobStatus


async def test_a_seeded_database_holds_what_was_asked_for(database_url: str) -> None:
    seeded = await seed(database_url, queued=7, ended=3, epochs_each=11)
    database = Database(database_url)
    async with database.read() as connection:
        waiting = await jobs.list_page(connection, DEFAULT_PROJECT, JobFilter(status=(JobStatus.QUEUED,)), 100)
        ended = await jobs.list_page(connection, DEFAULT_PROJECT, JobFilter(status=(JobStatus.SUCCEEDED,)), 100)
        rows = [await epochs.page(connection, job_id, 0, 100) for job_id in seeded.ended]
        last = await positions.queue_position(connection, seeded.queued[-1])
    await database.close()
    assert [job.id for job in reversed(waiting)] == seeded.queued
    assert [job.id for job in reversed(ended)] == seeded.ended
    assert [len(each) for each in rows] == [11, 11, 11]
    assert last == 7


async def test_a_job_that_is_begun_takes_epochs(database: Database) -> None:
    async with database.write() as connection:
        fence = await begin(connection, 2)
        await attempts.record_epochs(connection, fence, [record(1, 2), record(2, 2)])
    async with database.read() as connection:
        assert [row.epoch for row in await epochs.page(connection, fence.job_id, 0, 10)] == [1, 2]


def test_recording_an_epoch_is_measured_on_a_real_database(database_url: str) -> None:
    assert 0 < median_ms(database_url, 25) < 1000
