"""Situations the tests of the data layer begin with."""

from collections.abc import Awaitable, Callable
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from db.attempts import attempts
from db.attempts.attempts import EpochRecord, Fence, Progress
from db.connections.engine import Database
from db.jobs import jobs
from db.jobs.jobs import JobRow, NewJob
from db.queue import claims
from db.tables.base import DEFAULT_PROJECT
from db.webhooks.webhooks import NewWebhook
from spec.ids import new_id

CPU = ("cpu",)
P = ParamSpec("P")
T = TypeVar("T")
Work = Callable[Concatenate[AsyncConnection, P], Awaitable[T]]


def draft(**fields: object) -> NewJob:
    """A job to be made."""
    plain = {
        "id": new_id("job"),
        "project": DEFAULT_PROJECT,
        "name": None,
        "spec_json": '{"a":1}',
        "seed": 42,
        "dataset": "digits",
        "epochs": 3,
    }
    return NewJob(**{**plain, **fields})


def draft_webhook(**fields: object) -> NewWebhook:
    """A webhook to be made."""
    plain = {
        "id": new_id("hook"),
        "project": DEFAULT_PROJECT,
        "url": "https://example.com",
        "description": None,
        "events_json": "[]",
        "secret": "whsec_AAAA",
    }
    return NewWebhook(**{**plain, **fields})


async def submit(database: Database, **fields: object) -> JobRow:
    """A queued job."""
    async with database.write() as connection:
        return await jobs.create(connection, draft(**fields))


async def claim(database: Database, *, worker: str = "worker_1", lease_seconds: float = 30) -> Fence:
    """The fence of the claim of the best queued job."""
    async with database.write() as connection:
        claimed = await claims.claim_next(connection, worker, 0, CPU, lease_seconds)
    assert claimed is not None
    return Fence(claimed.job_id, claimed.attempt)


async def running(database: Database, *, epochs: int = 0, **fields: object) -> Fence:
    """The fence of a running job that has some epochs behind it."""
    await submit(database, **fields)
    fence = await claim(database)
    async with database.write() as connection:
        await attempts.record_started(connection, fence, epochs=3)
    if epochs:
        await record(database, fence, *range(1, epochs + 1))
    return fence


async def record(database: Database, fence: Fence, *epochs: int) -> attempts.Orders:
    """Store epochs of an attempt."""
    records = [EpochRecord(epoch, {"loss": 1 / epoch}, 0.5, Progress(epoch / 3, 1.5)) for epoch in epochs]
    async with database.write() as connection:
        return await attempts.record_epochs(connection, fence, records)


async def read(database: Database, job_id: str) -> JobRow:
    """The job as it is now."""
    async with database.read() as connection:
        row = await jobs.get(connection, job_id, DEFAULT_PROJECT)
    assert row is not None
    return row


async def in_write(database: Database, work: Work[P, T], *arguments: P.args, **options: P.kwargs) -> T:
    """One function of the data layer in a transaction of its own."""
    async with database.write() as connection:
        return await work(connection, *arguments, **options)


async def in_read(database: Database, work: Work[P, T], *arguments: P.args, **options: P.kwargs) -> T:
    """One reading function of the data layer."""
    async with database.read() as connection:
        return await work(connection, *arguments, **options)
