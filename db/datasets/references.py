"""How good simple models are on the rows that jobs choose: computed once for each choice, by whichever worker.

Any number of workers may want the same one. A conditional insert or update makes it one's to compute, for a while: if
that worker is gone, another may try, but not for ever.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, exists, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from db.tables.columns import db_now
from db.tables.datasets import Dataset
from db.tables.references import JobReference, ReferenceScore

CLAIM_SECONDS = 720.0
"""How long it is one worker's to compute."""
MOST_CLAIMS = 3
"""How often workers begin. What killed so many of them is not tried again."""

_IS_GIVEN_UP = and_(ReferenceScore.claims >= MOST_CLAIMS, ReferenceScore.claimed_until <= db_now())
_OF_JOB = (
    select(ReferenceScore.document_json, _IS_GIVEN_UP)
    .select_from(JobReference)
    .outerjoin(ReferenceScore, ReferenceScore.key == JobReference.key)
)


@dataclass(frozen=True, slots=True)
class KnownReference:
    """What is known of the reference of a job.

    Attributes:
        document: As `worker.supervisor.references.findings` makes it, with ``models``; with a ``reason`` alone where
            there will be none; None where none is known.
        is_settled: Whether none is to be waited for: it is there, or none will come.
    """

    document: Mapping[str, Any] | None
    is_settled: bool


async def note(connection: AsyncConnection, job_id: str, key: str) -> None:
    """Note which reference holds for a job."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    new: Any = dialect.insert(JobReference).values(job_id=job_id, key=key)
    await connection.execute(new.on_conflict_do_update(index_elements=[JobReference.job_id], set_={"key": key}))


async def claim(connection: AsyncConnection, key: str, datasets: Sequence[str]) -> bool:
    """Whether it is the caller's to compute now: nobody has, nobody does, and it is worth another try.

    Args:
        connection: A write transaction.
        key: Of the reference.
        datasets: The data sets of users that it is of, by id: at most two. Of those that are gone there is none.
    """
    for one in datasets:
        if not (await connection.execute(select(exists().where(Dataset.id == one)))).scalar_one():
            return False
    own, other = (*datasets, None, None)[:2]
    values = {"key": key, "dataset_id": own, "other_dataset_id": other, "claims": 1}
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    new: Any = dialect.insert(ReferenceScore).values(**values, claimed_until=db_now(CLAIM_SECONDS))
    made = await connection.execute(new.on_conflict_do_nothing().returning(ReferenceScore.key))
    if made.one_or_none() is not None:
        return True
    taken = await connection.execute(
        update(ReferenceScore)
        .where(
            ReferenceScore.key == key,
            ReferenceScore.document_json.is_(None),
            ReferenceScore.claimed_until <= db_now(),
            ReferenceScore.claims < MOST_CLAIMS,
        )
        .values(claims=ReferenceScore.claims + 1, claimed_until=db_now(CLAIM_SECONDS))
        .returning(ReferenceScore.key)
    )
    return taken.one_or_none() is not None


async def is_open(connection: AsyncConnection, key: str) -> bool:
    """Whether a reference is not known and another worker, which may be gone, is about to find it."""
    row = (
        await connection.execute(
            select(ReferenceScore.key).where(
                ReferenceScore.key == key, ReferenceScore.document_json.is_(None), ReferenceScore.claims < MOST_CLAIMS
            )
        )
    ).one_or_none()
    return row is not None


async def record(connection: AsyncConnection, key: str, document: Mapping[str, Any]) -> None:
    """What came of computing it; the first that is recorded stays."""
    await connection.execute(
        update(ReferenceScore)
        .where(ReferenceScore.key == key, ReferenceScore.document_json.is_(None))
        .values(document_json=json.dumps(document), created_at=db_now())
    )


async def release(connection: AsyncConnection, key: str) -> None:
    """Nothing came of it, which says nothing about the rows: another may try at once."""
    await connection.execute(
        update(ReferenceScore)
        .where(ReferenceScore.key == key, ReferenceScore.document_json.is_(None))
        .values(claimed_until=db_now())
    )


async def of_job(connection: AsyncConnection, job_id: str) -> KnownReference:
    """What is known of the reference of a job; settled where it has none."""
    row = (await connection.execute(_OF_JOB.where(JobReference.job_id == job_id))).one_or_none()
    if row is None:
        return KnownReference(None, is_settled=True)
    text, is_given_up = row
    if text is not None:
        return KnownReference(json.loads(text), is_settled=True)
    return KnownReference(None, is_settled=bool(is_given_up))
