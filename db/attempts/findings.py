"""What the coach has found of a job's training: one row a job, replaced as a whole; what is new becomes an event."""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from db.attempts.attempts import Fence
from db.errors import AttemptSuperseded
from db.jobs import events
from db.jobs.rows import IS_OWN, existing
from db.tables import row_sizes
from db.tables.attempts import JobFindings, SecondLook
from db.tables.jobs import IS_RUNNING, Job
from spec.diagnosis import SEVERITIES
from spec.language.numbers import encode_json
from spec.states import ENDED, JobStatus

_LEFT_OUT = frozenset({"object", "remedies"})
"""What an event does not repeat of a finding: a remedy's patch may be long."""


@dataclass(frozen=True, slots=True)
class StoredFindings:
    """What was found of a job.

    Attributes:
        findings_json: A JSON list of findings, ranked, to be spliced into an answer.
        status: Of the job, at the same moment.
        revision: Likewise.
        is_awaiting: Whether the job has ended, and is looked at once more (`db.attempts.second_looks`).
    """

    findings_json: str
    status: JobStatus
    revision: int
    is_awaiting: bool = False

    @property
    def is_final(self) -> bool:
        """Whether nothing is to come."""
        return self.status in ENDED and not self.is_awaiting


@dataclass(frozen=True, slots=True)
class NewFindings:
    """What a look at a training found.

    Attributes:
        findings: Documents, ranked; each has an ``id``, which is the same whenever the same is found, and a
            ``severity``.
        epoch: The last one that was known.
    """

    findings: Sequence[Mapping[str, Any]]
    epoch: int


def _upsert(insert: Any) -> Any:  # noqa: ANN401 -- the two dialects' inserts have no type in common
    statement = insert(JobFindings)
    replaced = {name: statement.excluded[name] for name in ("attempt", "findings_json", "told_json", "updated_at")}
    return statement.on_conflict_do_update(index_elements=[JobFindings.job_id], set_=replaced)


# The row of the job is locked first, as by all that an attempt writes.
_FENCED = (
    update(Job)
    .where(Job.id == bindparam("fence_job_id"), Job.attempt == bindparam("fence_attempt"), IS_RUNNING)
    .values(revision=Job.revision + 1)
    .returning(Job.id)
)
_GROW = (
    update(Job)
    .where(Job.id == bindparam("grown_job_id"))
    .values(growth_bytes=Job.growth_bytes + bindparam("more_bytes", type_=BigInteger()))
)
_STORED = select(JobFindings.findings_json, JobFindings.told_json).where(JobFindings.job_id == bindparam("job_id"))
_STORE = {"postgresql": _upsert(postgresql.insert), "sqlite": _upsert(sqlite.insert)}
_READ = (
    select(JobFindings.findings_json, Job.findings_json, Job.status, Job.revision, SecondLook.job_id)
    .select_from(Job)
    .outerjoin(JobFindings, JobFindings.job_id == Job.id)
    .outerjoin(SecondLook, SecondLook.job_id == Job.id)
    .where(*IS_OWN)
)


async def record(connection: AsyncConnection, fence: Fence, found: NewFindings) -> None:
    """Store what was found in the place of what was found before, and tell what is new.

    An event tells of each finding that no event has told of before, and again of one that has become graver. To store
    the same again changes nothing, so a commit of unknown outcome can be repeated.

    Args:
        connection: A write transaction.
        fence: The attempt.
        found: All of it.

    Raises:
        AttemptSuperseded: If the fence refuses.
    """
    said = {"fence_job_id": fence.job_id, "fence_attempt": fence.attempt}
    if (await connection.execute(_FENCED, said)).one_or_none() is None:
        raise AttemptSuperseded(fence.job_id, fence.attempt)
    await _replace(connection, fence, found)


async def _replace(connection: AsyncConnection, attempt: Fence, found: NewFindings) -> None:
    former = (await connection.execute(_STORED, {"job_id": attempt.job_id})).one_or_none()
    told: dict[str, str] = {} if former is None else json.loads(former[1])
    news = [finding for finding in found.findings if _is_news(finding, told)]
    told |= {finding["id"]: finding["severity"] for finding in news}
    texts = (encode_json(found.findings), encode_json(told))
    grown = row_sizes.of_findings(*texts) - (0 if former is None else row_sizes.of_findings(*former))
    row = {"job_id": attempt.job_id, "attempt": attempt.attempt, "findings_json": texts[0], "told_json": texts[1]}
    await connection.execute(_STORE[connection.dialect.name], row)
    for finding in news:
        shown = {name: value for name, value in finding.items() if name not in _LEFT_OUT}
        data = {"attempt": attempt.attempt, "after_epoch": found.epoch, **shown}
        grown += row_sizes.of_event(encode_json(data))
        await events.append(connection, attempt.job_id, events.FINDING, data)
    await connection.execute(_GROW, {"grown_job_id": attempt.job_id, "more_bytes": grown})


async def record_beside(connection: AsyncConnection, fence: Fence, found: NewFindings) -> Exception | None:
    """`record` in a transaction that matters more: where it fails, it leaves nothing and the others stand.

    Returns:
        Why it left nothing, if it did not.
    """
    return await _beside(connection, lambda: record(connection, fence, found))


async def replace_beside(connection: AsyncConnection, attempt: Fence, found: NewFindings) -> Exception | None:
    """`record_beside` of a job that has ended.

    Args:
        connection: A transaction that has the job's row locked, and knows that nobody else records any.
        attempt: The last one.
        found: All of it.

    Returns:
        Why it left nothing, if it did not.
    """
    return await _beside(connection, lambda: _replace(connection, attempt, found))


async def _beside(connection: AsyncConnection, write: Callable[[], Awaitable[None]]) -> Exception | None:
    try:
        async with connection.begin_nested():
            await write()
    except AttemptSuperseded as error:
        return error
    except DBAPIError as error:
        if error.connection_invalidated:
            raise
        return error
    return None


async def read(connection: AsyncConnection, job_id: str, project: str) -> StoredFindings:
    """What is known of a job: what its training shows or, until a look at it was stored, what its spec does.

    Raises:
        JobNotFound: If the project has no such job.
    """
    row = (await connection.execute(_READ, {"job_id": job_id, "of_project": project})).one_or_none()
    found: Any = existing(row, job_id)
    of_training, of_spec, status, revision, awaiting = found
    return StoredFindings(of_spec if of_training is None else of_training, status, revision, awaiting is not None)


def _is_news(finding: Mapping[str, Any], told: Mapping[str, str]) -> bool:
    before = told.get(finding["id"])
    return before is None or SEVERITIES.index(finding["severity"]) < SEVERITIES.index(before)  # pyright: ignore[reportArgumentType] -- it is one
