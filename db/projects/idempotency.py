"""Keys of requests that must not be carried out twice, each with the first answer, kept for a day.

An answer that shows a job is kept without the spec in it, which stands in the job's row: `SpecInJob` tells of it. When
the job is deleted or its spec changed, the spec as it was goes over into the answer.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from sqlalchemy import bindparam, delete, func, insert, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from db.errors import IdempotencyKeyInFlight, IdempotencyKeyReused
from db.tables import row_sizes
from db.tables.columns import byte_length, db_now
from db.tables.jobs import Job
from db.tables.projects import IdempotencyKey

KEPT_SECONDS = 24 * 60 * 60.0
_BODY_BYTES = 1024
"""Of an answer's body, its location with it, but for what a client wrote itself."""


@dataclass(frozen=True, slots=True)
class KeyedRequest:
    """A request with a key; ``digest`` is the same for the same request, and for no other."""

    key: str
    digest: str
    project: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered: ``body_json`` to the byte."""

    status: int
    location: str
    body_json: str


@dataclass(frozen=True, slots=True)
class SpecInJob:
    """A job that an answer shows, and its spec as it stands there."""

    job_id: str
    spec_json: str


IS_EXPIRED = IdempotencyKey.created_at <= db_now(-KEPT_SECONDS)
"""Whether a first answer has been kept for long enough."""
_MINE = (IdempotencyKey.project == bindparam("of_project"), IdempotencyKey.key == bindparam("of_key"))
_FIND = (
    select(
        IdempotencyKey.digest,
        IdempotencyKey.status,
        IdempotencyKey.location,
        IdempotencyKey.body_json,
        IdempotencyKey.spec_offset,
        Job.spec_json,
        IS_EXPIRED,
    )
    .select_from(IdempotencyKey)
    .outerjoin(Job, Job.id == IdempotencyKey.job_id)
    .where(*_MINE)
)
_FORGET = delete(IdempotencyKey).where(*_MINE)
_TRY_LOCK = select(
    func.pg_try_advisory_xact_lock(func.hashtextextended(bindparam("of_project") + "\n" + bindparam("of_key"), 0))
)
_STORE = insert(IdempotencyKey)
_SPEC = select(Job.spec_json).where(Job.id == bindparam("of_job")).scalar_subquery()
_COMPLETE = (
    update(IdempotencyKey)
    .where(IdempotencyKey.job_id == bindparam("of_job"), IdempotencyKey.spec_offset.is_not(None))
    .values(
        body_json=func.substr(IdempotencyKey.body_json, 1, IdempotencyKey.spec_offset)
        + _SPEC
        + func.substr(IdempotencyKey.body_json, IdempotencyKey.spec_offset + 1),
        size_bytes=IdempotencyKey.size_bytes + byte_length(_SPEC),
        job_id=None,
        spec_offset=None,
    )
)

Beginning: TypeAlias = Answer | IdempotencyKeyReused | IdempotencyKeyInFlight | None
"""The first answer, why there is none to be had, or None if the request is to be carried out."""


async def begin(connection: AsyncConnection, request: KeyedRequest) -> Beginning:
    """The key is this transaction's until it ends; SQLite's transactions follow one another anyway.

    Args:
        connection: A write transaction: the one that does what is asked, and then calls `store_all`. A transaction
            may begin several requests, each with a key of its own.
        request: What is asked.

    Returns:
        The first answer, if the same request was answered within the last day; None if it is to be carried out. A key
        that came with another request within the last day, or that another transaction has, gives the error that says
        so: the transaction goes on for the others.
    """
    place = {"of_project": request.project, "of_key": request.key}
    # A statement of its own: the next one's snapshot is taken with the lock held, so it sees all that held it before.
    if connection.dialect.name == "postgresql" and not (await connection.execute(_TRY_LOCK, place)).scalar_one():
        return IdempotencyKeyInFlight()
    row = (await connection.execute(_FIND, place)).one_or_none()
    if row is None:
        return None
    digest, status, location, body_json, spec_offset, spec_json, is_expired = row
    if is_expired:
        await connection.execute(_FORGET, place)
        return None
    if digest != request.digest:
        return IdempotencyKeyReused()
    if spec_offset is not None:
        body_json = body_json[:spec_offset] + spec_json + body_json[spec_offset:]
    return Answer(status, location, body_json)


async def begin_or_raise(connection: AsyncConnection, request: KeyedRequest) -> Answer | None:
    """As `begin`, for a transaction that does this alone.

    Raises:
        IdempotencyKeyReused: If the key came with another request within the last day.
        IdempotencyKeyInFlight: If another transaction has the key.
    """
    first = await begin(connection, request)
    if isinstance(first, Exception):
        raise first
    return first


async def store_all(
    connection: AsyncConnection, answered: Sequence[tuple[KeyedRequest, Answer]], specs: Sequence[SpecInJob | None] = ()
) -> None:
    """Keep the answers for a day, in the transaction that did what they tell of and that `begin` began.

    Args:
        connection: That transaction.
        answered: Each request with its answer.
        specs: Of each answer the job whose spec it shows, where there is such.
    """
    if answered:
        shown = specs or [None] * len(answered)
        rows = [_row(request, answer, spec) for (request, answer), spec in zip(answered, shown, strict=True)]
        await connection.execute(_STORE, rows)


async def keep_spec_of(connection: AsyncConnection, job_id: str) -> None:
    """The job is to be deleted, or its spec changed: answers that show the spec have it themselves from now on."""
    await connection.execute(_COMPLETE, {"of_job": job_id})


def bytes_of(request: KeyedRequest, texts: Iterable[str | None]) -> int:
    """About what a kept answer takes in the database that is made of these texts, a spec not being among them."""
    return row_sizes.of_answer(request.key, request.digest, "", "") + _BODY_BYTES + row_sizes.of_texts(texts)


def _row(request: KeyedRequest, answer: Answer, spec: SpecInJob | None) -> dict[str, Any]:
    head, said, tail = (answer.body_json, "", "") if spec is None else answer.body_json.partition(spec.spec_json)
    body_json = head + tail
    return {
        "project": request.project,
        "key": request.key,
        "digest": request.digest,
        "status": answer.status,
        "location": answer.location,
        "body_json": body_json,
        "size_bytes": row_sizes.of_answer(request.key, request.digest, answer.location, body_json),
        "job_id": spec.job_id if spec and said else None,
        "spec_offset": len(head) if said else None,
    }


async def remove_expired(connection: AsyncConnection, among: Collection[tuple[str, str]] | None = None) -> int:
    """Forget the keys that are older than a day by the database's clock, and return how many these were.

    Args:
        connection: A write transaction.
        among: Projects and keys, if only of these.
    """
    place = tuple_(IdempotencyKey.project, IdempotencyKey.key)
    wanted = () if among is None else (place.in_(sorted(among)),)
    removed = await connection.execute(delete(IdempotencyKey).where(IS_EXPIRED, *wanted))
    return removed.rowcount
