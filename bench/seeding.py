"""Fills a database as long use would: ``python -m bench.seeding --database-url … --queued 10000 --epochs 1000000``."""

import argparse
import asyncio
import json
import math
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from bench.service import example
from db.attempts import attempts, endings
from db.attempts.attempts import EpochRecord, Fence, Progress
from db.attempts.endings import Ending, NewArtifact
from db.connections.engine import Database
from db.jobs import jobs, outbox
from db.jobs.jobs import NewJob
from db.migrate import upgrade
from db.queue import claims
from db.tables.base import DEFAULT_PROJECT
from spec.ids import new_id
from spec.states import JobStatus

WAITING_ACCELERATOR = "gpu"
"""Of the queued jobs: where there is no GPU, nobody takes them away."""
_QUEUED_AT_ONCE = 500
_LEASE_SECONDS = 3600.0
_NAMES = 50
"""How many names the jobs share."""


@dataclass(frozen=True)
class Seeded:
    """What was stored.

    Attributes:
        queued: Ids of jobs that wait, the first one first.
        ended: Ids of jobs that succeeded, in the order they were made.
    """

    queued: list[str]
    ended: list[str]


async def seed(url: str, *, queued: int, ended: int, epochs_each: int) -> Seeded:
    """Store jobs in a database that is up to date and that no worker looks at meanwhile.

    All of it is written as the service writes it, by the same functions.

    Args:
        url: The database's.
        queued: How many jobs shall wait, told to the broker already.
        ended: How many shall have succeeded.
        epochs_each: How many epochs each of these shall have stored.
    """
    database = Database(url, pool_size=1)
    try:
        # The ended ones first: while nothing waits, a claim takes the job that was just made.
        ended_ids = [await _add_ended(database, number, epochs_each) for number in range(ended)]
        queued_ids: list[str] = []
        for start in range(0, queued, _QUEUED_AT_ONCE):
            async with database.write() as connection:
                made = [
                    (await jobs.create(connection, _draft(number, WAITING_ACCELERATOR))).id
                    for number in range(start, min(start + _QUEUED_AT_ONCE, queued))
                ]
                await outbox.mark_published(connection, made)
            queued_ids += made
    finally:
        await database.close()
    return Seeded(queued_ids, ended_ids)


async def begin(connection: AsyncConnection, epochs: int) -> Fence:
    """A job made, claimed and started in the caller's transaction; its fence.

    Raises:
        RuntimeError: If another job waits in this database.
    """
    job = await jobs.create(connection, _draft(0, "cpu", epochs))
    await outbox.mark_published(connection, [job.id])
    claim = await claims.claim_next(connection, "worker_seeding", 0, ["cpu"], _LEASE_SECONDS)
    if claim is None or claim.job_id != job.id:
        raise RuntimeError("another job waits in the database that is to be filled")
    fence = Fence(claim.job_id, claim.attempt)
    await attempts.record_started(connection, fence, epochs=epochs, details={"device": "CPU:0"})
    return fence


def record(epoch: int, epochs: int) -> EpochRecord:
    """An epoch with the metrics of a classification, validated."""
    loss = math.exp(-epoch / epochs)
    metrics = {"loss": loss, "accuracy": 1 - loss / 3, "val_loss": loss * 1.1, "val_accuracy": 1 - loss / 2.7}
    return EpochRecord(epoch, metrics | {"learning_rate": 0.001}, 0.0123, Progress(epoch / epochs, 0.5))


async def _add_ended(database: Database, number: int, epochs: int) -> str:
    async with database.write() as connection:
        fence = await begin(connection, epochs)
        if epochs:
            records = [record(epoch, epochs) for epoch in range(1, epochs + 1)]
            await attempts.record_epochs(connection, fence, records)
        file = NewArtifact("history.csv", f"jobs/{fence.job_id}/1/history.csv", "text/csv", 1000 + number, "0" * 64)
        results = {"epochs_run": epochs, "final_metrics": {"loss": 0.1}, "best_epoch": epochs, "timings": {}}
        await endings.finish(connection, fence, Ending(status=JobStatus.SUCCEEDED, results=results, artifacts=[file]))
    return fence.job_id


def _draft(number: int, accelerator: str, epochs: int = 20) -> NewJob:
    spec = example("digits")
    spec["training"] |= {"epochs": epochs}
    return NewJob(
        id=new_id("job"),
        project=DEFAULT_PROJECT,
        name=f"job {number % _NAMES}",
        spec_json=json.dumps(spec, separators=(",", ":")),
        seed=0,
        dataset="digits",
        epochs=epochs,
        metadata={"team": f"team {number % _NAMES}"},
        accelerator=accelerator,
    )


def main() -> None:
    """Fills the database of the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.seeding", description=__doc__)
    parser.add_argument("--database-url", required=True)
    parser.add_argument("--queued", type=int, default=10_000, help="jobs that wait")
    parser.add_argument("--epochs", type=int, default=1_000_000, help="epochs that are stored")
    parser.add_argument("--epochs-each", type=int, default=1000, help="epochs of one job")
    told = parser.parse_args()
    upgrade(told.database_url)
    ended = -(-told.epochs // told.epochs_each)
    asyncio.run(seed(told.database_url, queued=told.queued, ended=ended, epochs_each=told.epochs_each))


if __name__ == "__main__":
    main()
