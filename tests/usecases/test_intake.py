"""Jobs that are asked for at once share a transaction, and nothing else."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import pytest
from sqlalchemy import Engine, event, text

from api.jobs.documents import job_answer
from broker.publisher import Publisher
from db.connections.engine import Database
from db.errors import DatabaseUnavailable, IdempotencyKeyReused, StatementFailed
from db.jobs import jobs
from db.jobs.jobs import JobFilter
from db.projects.audit import LOCAL, Act
from db.projects.idempotency import KeyedRequest
from db.projects.quotas import Quotas
from db.queue.places import Places
from db.tables.base import DEFAULT_PROJECT
from services.creations import Creation, Keyed
from services.errors import QuotaExceeded
from services.hints import HintRelay
from services.jobs.intake import Intake, MadeJob, Wanted
from services.quotas.guard import QuotaGuard
from tests.db.scenes import draft, in_read, submit


@asynccontextmanager
async def opened(
    database: Database, broker_url: str, *, wait_seconds: float = 5.0, allowed: Quotas | None = None
) -> AsyncGenerator[Intake]:
    hints = HintRelay(database, Publisher(broker_url))
    quotas = QuotaGuard(database, allowed or Quotas())
    yield Intake(database, hints, Places(database), quotas, wait_seconds=wait_seconds)
    await hints.close()


@pytest.fixture
async def intake(database: Database, broker_url: str) -> AsyncIterator[Intake]:
    async with opened(database, broker_url) as made:
        yield made


def wanted(*, key: str | None = None, digest: str = "digest", **fields: object) -> Wanted:
    keyed = None if key is None else Keyed(KeyedRequest(key, digest, DEFAULT_PROJECT), job_answer)
    job = draft(**fields)
    return Wanted(job, [], Act(DEFAULT_PROJECT, LOCAL, "job.create", job.id, "req_1", None), keyed)


async def take_all(intake: Intake, *several: Wanted) -> list[Creation[MadeJob] | BaseException]:
    return await asyncio.gather(*map(intake.take, several), return_exceptions=True)


async def ids_of(database: Database) -> set[str]:
    return {row.id for row in await in_read(database, jobs.list_page, DEFAULT_PROJECT, JobFilter(), 100)}


async def test_jobs_asked_for_at_once_are_made_at_one_moment(database: Database, intake: Intake) -> None:
    several = [wanted(metadata={"number": str(number)}) for number in range(20)]
    commits: list[object] = []
    note = commits.append
    event.listen(Engine, "commit", note)
    try:
        answers = await take_all(intake, *several)
    finally:
        event.remove(Engine, "commit", note)
    assert len(commits) == 1
    rows = await in_read(database, jobs.list_page, DEFAULT_PROJECT, JobFilter(), 100)
    assert [row.id for row in reversed(rows)] == [each.job.id for each in several]
    for place, (each, answer) in enumerate(zip(several, answers, strict=True), 1):
        assert isinstance(answer, Creation)
        assert answer.made is not None
        assert (answer.made.row.id, answer.made.queue_position, answer.kept) == (each.job.id, place, None)
    labelled = await in_read(database, jobs.list_page, DEFAULT_PROJECT, JobFilter(metadata={"number": "7"}), 100)
    assert [row.id for row in labelled] == [several[7].job.id]


async def test_one_that_cannot_be_written_fails_alone(database: Database, intake: Intake) -> None:
    there = await submit(database)
    first, last = wanted(), wanted(key=uuid4().hex)
    answers = await take_all(intake, first, wanted(id=there.id), last)
    assert [type(answer) for answer in answers] == [Creation, StatementFailed, Creation]
    assert await ids_of(database) == {there.id, first.job.id, last.job.id}


async def test_what_was_not_made_uses_up_no_quota(database: Database, broker_url: str) -> None:
    there = await submit(database)
    both = [wanted(), wanted()]
    async with opened(database, broker_url, allowed=Quotas(jobs_queued=3)) as intake:
        answers = await take_all(intake, both[0], wanted(id=there.id), both[1])
        assert [type(answer) for answer in answers] == [Creation, StatementFailed, Creation]
        (beyond,) = await take_all(intake, wanted())
        assert isinstance(beyond, QuotaExceeded)
    assert await ids_of(database) == {there.id, *(each.job.id for each in both)}


async def test_one_key_makes_one_job_in_a_group_too(database: Database, intake: Intake) -> None:
    first = wanted(key="a")
    made, again, other, apart = await take_all(
        intake, first, wanted(key="a"), wanted(key="a", digest="another"), wanted(key="b")
    )
    assert isinstance(made, Creation)
    assert isinstance(apart, Creation)
    assert made.made is not None
    assert made.kept == job_answer(made.made)
    assert again == Creation(None, made.kept)
    assert isinstance(other, IdempotencyKeyReused)
    assert len(await ids_of(database)) == 2
    assert await take_all(intake, wanted(key="a")) == [Creation(None, made.kept)]


async def test_who_has_gone_before_the_turn_came_gets_no_job(database: Database, intake: Intake) -> None:
    stays, leaves = wanted(), wanted()
    tasks = [asyncio.create_task(intake.take(each)) for each in (stays, leaves)]
    await asyncio.sleep(0)
    tasks[1].cancel()
    assert isinstance(await tasks[0], Creation)
    assert await ids_of(database) == {stays.job.id}


async def test_who_goes_meanwhile_is_no_other_one_s_loss(database: Database, intake: Intake) -> None:
    both = [wanted(), wanted()]
    async with database.write() as connection:
        await jobs.create(connection, draft())
        tasks = [asyncio.create_task(intake.take(each)) for each in both]
        await asyncio.sleep(0.1)
        tasks[0].cancel()
        await asyncio.sleep(0)
    assert isinstance(await tasks[1], Creation)
    assert isinstance((await take_all(intake, wanted()))[0], Creation)
    assert both[1].job.id in await ids_of(database)


async def test_a_stop_ends_the_waiting_of_all(database: Database, intake: Intake) -> None:
    async with database.write() as connection:
        if not database.is_sqlite:
            await connection.execute(text("LOCK TABLE jobs IN ACCESS EXCLUSIVE MODE"))
        served = asyncio.create_task(intake.take(wanted(key="a")))
        await asyncio.sleep(0.1)
        behind = asyncio.create_task(intake.take(wanted(key="b")))
        await asyncio.sleep(0)
        (work,) = (task for task in asyncio.all_tasks() if task.get_name() == "intake")
        work.cancel()
        done, _ = await asyncio.wait([served, behind], timeout=1)
    assert done == {served, behind}
    assert all(task.cancelled() for task in done)
    assert isinstance((await take_all(intake, wanted()))[0], Creation)


async def test_a_database_that_is_away_is_told_to_all(broker_url: str) -> None:
    database = Database("postgresql://nobody@127.0.0.1:1/none")
    async with opened(database, broker_url) as intake:
        answers = await take_all(intake, wanted(), wanted())
    assert [type(answer) for answer in answers] == [DatabaseUnavailable] * 2
    await database.close()


async def test_nobody_waits_for_long(postgres_url: str, broker_url: str) -> None:
    patient, database = Database(postgres_url), Database(postgres_url, statement_seconds=0.6)
    async with opened(database, broker_url, wait_seconds=0.2) as intake:
        async with patient.write() as connection:
            await connection.execute(text("LOCK TABLE jobs IN ACCESS EXCLUSIVE MODE"))
            first = asyncio.create_task(intake.take(wanted()))
            await asyncio.sleep(0.05)
            (second,) = await take_all(intake, wanted())
            assert isinstance(second, DatabaseUnavailable)
            assert "wait too long" in str(second)
            with pytest.raises(DatabaseUnavailable, match="lock"):
                await first
        assert isinstance((await take_all(intake, wanted()))[0], Creation)
    await patient.close()
    await database.close()
