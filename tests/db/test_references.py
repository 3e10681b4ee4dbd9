"""References for the rows of jobs: one worker computes each, a few try at most, and they go with their data sets."""

import pytest
from sqlalchemy import select, update

from db.connections.engine import Database
from db.datasets import datasets, references, removals
from db.datasets.references import MOST_CLAIMS, KnownReference
from db.tables.base import DEFAULT_PROJECT
from db.tables.columns import db_now
from db.tables.references import JobReference, ReferenceScore
from tests.db import read_datasets
from tests.db.scenes import in_read, in_write, submit

UNKNOWN = KnownReference(None, is_settled=False)
FOUND = {"metric": "accuracy", "guess": 0.1, "models": {"nearest_neighbors": 0.9}}


async def let_claim_run_out(database: Database, key: str) -> None:
    async with database.write() as connection:
        await connection.execute(
            update(ReferenceScore).where(ReferenceScore.key == key).values(claimed_until=db_now(-1.0))
        )


async def test_it_is_one_workers_to_compute_and_what_is_found_first_stays(database: Database) -> None:
    job = await submit(database)
    assert (await in_read(database, references.of_job, job.id)).is_settled, "of a job that has none"
    await in_write(database, references.note, job.id, "first")
    await in_write(database, references.note, job.id, "key")  # another attempt may find other rows
    assert await in_read(database, references.of_job, job.id) == UNKNOWN
    assert await in_write(database, references.claim, "key", [])
    assert not await in_write(database, references.claim, "key", [])
    assert await in_write(database, references.claim, "other", [])
    await in_write(database, references.record, "key", FOUND)
    await in_write(database, references.record, "key", {"reason": "It took too long."})
    await let_claim_run_out(database, "key")
    assert not await in_write(database, references.claim, "key", [])
    assert await in_read(database, references.of_job, job.id) == KnownReference(FOUND, is_settled=True)


async def test_what_no_worker_survives_is_not_tried_for_ever(database: Database) -> None:
    job = await submit(database)
    await in_write(database, references.note, job.id, "key")
    for tried in range(MOST_CLAIMS):
        assert await in_read(database, references.of_job, job.id) == UNKNOWN
        assert await in_write(database, references.claim, "key", [])
        assert not await in_write(database, references.claim, "key", [])
        assert await in_read(database, references.of_job, job.id) == UNKNOWN, "a worker is at it"
        if tried % 2:
            await in_write(database, references.release, "key")
        else:
            await let_claim_run_out(database, "key")
    assert not await in_write(database, references.claim, "key", [])
    assert await in_read(database, references.of_job, job.id) == KnownReference(None, is_settled=True)


@pytest.mark.parametrize("place", [0, 1])
async def test_it_goes_with_its_data_sets(database: Database, place: int) -> None:
    ours = [await read_datasets.ready(database), await read_datasets.ready(database)]
    job = await submit(database, dataset=ours[0])
    await in_write(database, references.note, job.id, "key")
    assert await in_write(database, references.claim, "key", ours)
    await in_write(database, references.record, "key", FOUND)
    # A job that needs it would keep the data set from being deleted; this one is no more than a reader of it.
    async with database.write() as connection:
        await connection.execute(
            update(datasets.Dataset).where(datasets.Dataset.id == ours[place]).values(deleted_at=db_now(-1.0))
        )
    await in_write(database, removals.remove, ours[place])
    async with database.read() as connection:
        assert (await connection.execute(select(ReferenceScore.key))).all() == []
        assert (await connection.execute(select(JobReference.key))).scalars().all() == ["key"]
    assert (await in_read(database, references.of_job, job.id)).document is None
    assert not await in_write(database, references.claim, "key", ours)
    assert job.project == DEFAULT_PROJECT
