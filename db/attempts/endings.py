"""How an attempt ends: with its job, handed back, paused, or lost. Fenced like all an attempt writes."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from db.attempts import second_looks
from db.attempts.attempts import EpochRecord, Fence, holds, record_epochs
from db.errors import AttemptSuperseded
from db.jobs import events, leftovers, outbox
from db.jobs.rows import JobRow
from db.jobs.transitions import enter
from db.repairs import repairs
from db.tables.attempts import Artifact, Attempt
from db.tables.columns import db_now
from db.tables.jobs import Job
from spec.language.numbers import encode_json
from spec.states import FailureCode, JobStatus

HANDED_BACK = "handed_back"
PAUSED = "paused"
LOST = "lost"
_PAUSED_AT_EPOCH = "The job was to pause after this epoch."


@dataclass(frozen=True, slots=True)
class NewArtifact:
    """A file that lies in the storage under ``key``."""

    name: str
    key: str
    media_type: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Ending:
    """What a job ends with.

    Attributes:
        status: The final state.
        results: What ``GET …/results`` tells; numbers in it may be infinite or not a number.
        error_code, error_message, error_pointer: Of a failure.
        artifacts: All files that were stored.
        repair_json: How it is going to be repaired (`coach.repairs.plan.Plan`), if it is; where it was asked to be
            cancelled by then, it is not.
        is_awaiting: Whether it is looked at once more (`db.attempts.second_looks`).
        is_undecided: Whether it depends on that whether it is repaired at all.
    """

    status: Literal[JobStatus.SUCCEEDED, JobStatus.FAILED, JobStatus.CANCELLED]
    results: Mapping[str, Any] | None = None
    error_code: FailureCode | None = None
    error_message: str | None = None
    error_pointer: str | None = None
    artifacts: Sequence[NewArtifact] = ()
    repair_json: str | None = None
    is_awaiting: bool = False
    is_undecided: bool = False


async def record_last_epochs(connection: AsyncConnection, fence: Fence, epochs: Sequence[EpochRecord]) -> None:
    """Store epochs in the transaction that ends the attempt, ahead of that.

    Where a commit of unknown outcome is repeated, the attempt may have ended by now, and its epochs are stored. Whether
    it has, or another took its place, is for the end to say, which refuses the latter.
    """
    if epochs:
        with suppress(AttemptSuperseded):
            await record_epochs(connection, fence, epochs)


async def finish(connection: AsyncConnection, fence: Fence, ending: Ending) -> None:
    """End the job: status, results, error, artifacts and event in one go.

    The same attempt ending again in the same way changes nothing, so a commit of unknown outcome can be repeated.

    Raises:
        AttemptSuperseded: If the fence refuses.
    """
    values: dict[str, Any] = {
        "results_json": None if ending.results is None else encode_json(ending.results),
        "error_code": ending.error_code,
        "error_message": ending.error_message,
        "error_pointer": ending.error_pointer,
    }
    if ending.status is JobStatus.SUCCEEDED:
        values["fraction"] = 1.0
    if ending.repair_json is not None:
        # Who asked for the job to be cancelled, and was too late for that, asked for no repair.
        values["is_repairing"] = Job.cancel_requested_at.is_(None)
    row = await enter(connection, ending.status, holds(fence), values)
    if row is None:
        await _accept_repetition(connection, fence, ending.status)
        return
    await connection.execute(delete(Artifact).where(Artifact.job_id == fence.job_id))
    if ending.artifacts:
        await connection.execute(
            insert(Artifact),
            [
                {
                    "job_id": fence.job_id,
                    "attempt": fence.attempt,
                    "name": artifact.name,
                    "key": artifact.key,
                    "media_type": artifact.media_type,
                    "size_bytes": artifact.size_bytes,
                    "sha256": artifact.sha256,
                }
                for artifact in ending.artifacts
            ],
        )
    await _close(connection, fence, ending.status, reason=ending.error_message, code=ending.error_code)
    data = _event_data(fence, ending.error_code)
    if ending.is_awaiting:
        decides_repair = ending.is_undecided and row.is_repairing
        await second_looks.note(connection, fence.job_id, decides_repair=decides_repair)
    if ending.repair_json is None or not row.is_repairing:
        await events.append(connection, fence.job_id, events.ENDED[ending.status], data)
        return
    await events.append(connection, fence.job_id, events.ENDED[ending.status], {**data, "is_repairing": True})
    await repairs.begin(connection, fence.job_id, ending.repair_json, is_decided=not ending.is_undecided)


async def hand_back(connection: AsyncConnection, fence: Fence, reason: str) -> JobStatus:
    """Give the job up without blame, as a worker does that is told to stop: no attempt is counted.

    Returns:
        QUEUED; or CANCELLED or PAUSED if that had been asked for.

    Raises:
        AttemptSuperseded: If the fence refuses.
    """
    return await _give_up(connection, fence, HANDED_BACK, reason)


async def pause(connection: AsyncConnection, fence: Fence, reason: str) -> JobStatus:
    """Let the job go because it is to pause: no attempt is counted.

    Returns:
        PAUSED; CANCELLED if that had been asked for; QUEUED if the pause was withdrawn meanwhile.

    Raises:
        AttemptSuperseded: If the fence refuses.
    """
    return await _give_up(connection, fence, PAUSED, reason)


async def pause_at_epoch(connection: AsyncConnection, fence: Fence) -> JobStatus:
    """Let the job go because the epoch has ended, and is stored, that it was to pause after: no attempt is counted.

    Returns:
        PAUSED; CANCELLED if that had been asked for; QUEUED if a later epoch was ordered meanwhile, or none.

    Raises:
        AttemptSuperseded: If the fence refuses.
    """
    return await _give_up(connection, fence, PAUSED, _PAUSED_AT_EPOCH, is_at_epoch=True)


async def fail_or_requeue(connection: AsyncConnection, fence: Fence, code: FailureCode, message: str) -> JobStatus:
    """The attempt was lost: the job is tried again while it has attempts left, and else fails.

    Args:
        connection: A write transaction.
        fence: The attempt.
        code: Of the job if it fails.
        message: Likewise.

    Returns:
        QUEUED or FAILED; CANCELLED if that had been asked for; PAUSED likewise, while attempts are left.

    Raises:
        AttemptSuperseded: If the fence refuses.
    """
    asked = await _ask(connection, fence)
    if asked is None:
        return await _accept_repetition(connection, fence, LOST)
    target, values = asked.target, {}
    if not asked.has_attempts_left and target is not JobStatus.CANCELLED:
        target, values = JobStatus.FAILED, {"error_code": code, "error_message": message}
    row = await _leave(connection, fence, target, values)
    await _close(connection, fence, LOST, reason=message, code=code)
    return await _tell(connection, fence, row, reason=message, code=code)


async def _give_up(
    connection: AsyncConnection, fence: Fence, outcome: str, reason: str, *, is_at_epoch: bool = False
) -> JobStatus:
    asked = await _ask(connection, fence)
    if asked is None:
        return await _accept_repetition(connection, fence, outcome)
    target = asked.target
    values: dict[str, Any] = {"attempts_counted": Job.attempts_counted - 1}
    if is_at_epoch and asked.is_at_epoch:
        # Followed: once it is resumed, it goes on until another is ordered.
        values["pause_at_epoch"] = None
        target = JobStatus.PAUSED if target is JobStatus.QUEUED else target
    row = await _leave(connection, fence, target, values)
    await _close(connection, fence, outcome, reason=reason, code=None, is_counted=False)
    return await _tell(connection, fence, row, reason=reason, code=None)


@dataclass(frozen=True, slots=True)
class _Asked:
    """Where a job goes that its worker lets go, unless it fails; whether it has come to where it is to pause."""

    target: JobStatus
    has_attempts_left: bool
    is_at_epoch: bool


async def _ask(connection: AsyncConnection, fence: Fence) -> _Asked | None:
    """What was asked of the fence's job, its row locked; None if the fence does not hold."""
    found = await connection.execute(
        select(
            Job.cancel_requested_at,
            Job.pause_requested_at,
            Job.attempts_counted < Job.max_attempts,
            Job.pause_at_epoch <= Job.epoch,
        )
        .where(holds(fence))
        .with_for_update()
    )
    row = found.one_or_none()
    if row is None:
        return None
    cancel_requested_at, pause_requested_at, has_attempts_left, is_at_epoch = row
    target = JobStatus.QUEUED
    if cancel_requested_at is not None:
        target = JobStatus.CANCELLED
    elif pause_requested_at is not None:
        target = JobStatus.PAUSED
    return _Asked(target, bool(has_attempts_left), bool(is_at_epoch))


async def _leave(connection: AsyncConnection, fence: Fence, target: JobStatus, values: Mapping[str, Any]) -> JobRow:
    row = await enter(connection, target, holds(fence), values)
    if row is None:
        raise AttemptSuperseded(fence.job_id, fence.attempt)
    # Whatever it had stored by now is of no use, or of use to the next attempt alone.
    await leftovers.note(connection, fence.job_id)
    return row


async def _tell(
    connection: AsyncConnection, fence: Fence, row: JobRow, *, reason: str, code: FailureCode | None
) -> JobStatus:
    if row.status is JobStatus.QUEUED:
        await outbox.add(connection, row.id, row.accelerator)
        await events.append(connection, row.id, events.REQUEUED, {**_event_data(fence, code), "reason": reason})
    elif row.status is JobStatus.PAUSED:
        await events.append(connection, row.id, events.PAUSED, {**_event_data(fence, code), "reason": reason})
    else:
        shown = code if row.status is JobStatus.FAILED else None
        await events.append(connection, row.id, events.ENDED[row.status], _event_data(fence, shown))
    return row.status


async def _close(  # noqa: PLR0913 -- all but three by keyword
    connection: AsyncConnection,
    fence: Fence,
    outcome: str,
    *,
    reason: str | None,
    code: FailureCode | None,
    is_counted: bool = True,
) -> None:
    await connection.execute(
        update(Attempt)
        .where(Attempt.job_id == fence.job_id, Attempt.attempt == fence.attempt)
        .values(ended_at=db_now(), outcome=outcome, reason=reason, error_code=code, is_counted=is_counted)
    )


async def _accept_repetition(connection: AsyncConnection, fence: Fence, outcome: str) -> JobStatus:
    """The job's status if this attempt has already ended just so and no other was made; else the fence refuses."""
    found = await connection.execute(
        select(Job.status)
        .join(Attempt, Attempt.job_id == Job.id)
        .where(
            Job.id == fence.job_id,
            Job.attempt == fence.attempt,
            Attempt.attempt == fence.attempt,
            Attempt.outcome == outcome,
        )
    )
    status = found.scalar_one_or_none()
    if status is None:
        raise AttemptSuperseded(fence.job_id, fence.attempt)
    return status


def _event_data(fence: Fence, code: FailureCode | None) -> dict[str, Any]:
    return {"attempt": fence.attempt} | ({} if code is None else {"code": code.value})
