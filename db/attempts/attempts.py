"""What a running attempt writes. All of it is fenced: an attempt that no longer owns its job writes nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import BigInteger, ColumnElement, Float, and_, bindparam, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.dml import ReturningUpdate

from db.attempts import signals, starts
from db.errors import AttemptSuperseded
from db.jobs import events
from db.pages import RowPage, page_of
from db.tables import row_sizes
from db.tables.attempts import Attempt, Epoch, EpochSignals
from db.tables.columns import db_now
from db.tables.jobs import IS_RUNNING, Job
from spec.language.numbers import encode_json, encode_metrics


@dataclass(frozen=True, slots=True)
class Fence:
    """An attempt's right to write: it holds while the job runs and no later claim was made."""

    job_id: str
    attempt: int


@dataclass(frozen=True, slots=True)
class Orders:
    """What was asked of a running job meanwhile; ``pause_at_epoch`` is the epoch that it pauses after by itself."""

    is_cancel_requested: bool
    is_pause_requested: bool
    pause_at_epoch: int | None = None


@dataclass(frozen=True, slots=True)
class AttemptRow:
    """One claim of a job, and what became of it.

    Attributes:
        outcome: None while it runs; ``succeeded``, ``failed``, ``cancelled`` ended the job; ``lost``, ``handed_back``
            and ``paused`` did not.
        reason: In a sentence, unless all went well.
        error_code: Of what failed: the job, or this attempt alone.
        from_epoch: How many epochs of earlier attempts it went on from, once it has started.
        is_counted: Whether it counts against the job's ``max_attempts``.
    """

    job_id: str
    attempt: int
    worker_id: str
    slot: int
    claimed_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    outcome: str | None
    reason: str | None
    error_code: str | None
    from_epoch: int | None
    is_counted: bool


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is: ``fraction`` of all of it, 0..1, and how long it will take yet, if that is known."""

    fraction: float
    eta_seconds: float | None


@dataclass(frozen=True, slots=True)
class EpochRecord:
    """One epoch that ended; ``epoch`` counts from 1, ``metrics`` may be infinite or not a number.

    ``progress`` is that of the job at this epoch's end. ``signals`` are what was measured of the layers, if anything
    was: a layer's name -> a signal's name -> its value. ``start`` is what was seen once of the training, if it is told
    with this epoch.
    """

    epoch: int
    metrics: Mapping[str, float]
    duration_seconds: float
    progress: Progress
    signals: Mapping[str, Mapping[str, float]] | None = None
    start: Mapping[str, Any] | None = None


def holds(fence: Fence) -> ColumnElement[bool]:
    """The condition that the fence's attempt still owns its job."""
    return and_(Job.id == fence.job_id, Job.attempt == fence.attempt, IS_RUNNING)


_Fenced: TypeAlias = ReturningUpdate[datetime | None, datetime | None, int | None]
_ASKED = (Job.cancel_requested_at, Job.pause_requested_at, Job.pause_at_epoch)


def _orders(cancel: datetime | None, pause: datetime | None, pause_at_epoch: int | None) -> Orders:
    return Orders(cancel is not None, pause is not None, pause_at_epoch)


def _fenced(**values: Any) -> _Fenced:  # noqa: ANN401 -- SQL of any kind
    """An UPDATE of the fence's job that returns what `Orders` are made of. Built once: building costs as running."""
    return (
        update(Job)
        .where(Job.id == bindparam("fence_job_id"), Job.attempt == bindparam("fence_attempt"), IS_RUNNING)
        .values(**values)
        .returning(*_ASKED)
    )


def _stored_bytes(which: ColumnElement[bool]) -> ColumnElement[int]:
    """What those of the fence's job's epochs take that are to be replaced or forgotten."""
    stored = select(row_sizes.of_epochs(Epoch.metrics_json.expression))
    return stored.where(Epoch.job_id == bindparam("fence_job_id"), which).scalar_subquery()


def _stored_signals(which: ColumnElement[bool]) -> ColumnElement[int]:
    """The same of what was measured after those epochs."""
    return signals.stored_bytes(bindparam("fence_job_id"), which)


def _upsert_epoch(insert: Any) -> Any:  # noqa: ANN401 -- the two dialects' inserts have no type in common
    # The connection may have been lost in the commit of the same epochs: then they come a second time.
    statement = insert(Epoch)
    replaced = ("attempt", "metrics_json", "duration_seconds", "fraction", "eta_seconds", "recorded_at")
    return statement.on_conflict_do_update(
        index_elements=[Epoch.job_id, Epoch.epoch], set_={name: statement.excluded[name] for name in replaced}
    )


_START = _fenced(
    epoch=bindparam("from_epoch"),
    epochs=bindparam("new_epochs"),
    fraction=bindparam("new_fraction"),
    eta_seconds=None,
    latest_metrics_json=select(Epoch.metrics_json)
    .where(Epoch.job_id == bindparam("fence_job_id"), Epoch.epoch == bindparam("from_epoch"))
    .scalar_subquery(),
    revision=Job.revision + 1,
    growth_bytes=Job.growth_bytes
    + row_sizes.CHANGE_BYTES
    - _stored_bytes(Epoch.epoch > bindparam("from_epoch"))
    - _stored_signals(EpochSignals.epoch > bindparam("from_epoch")),
)
_IS_NEW = Epoch.epoch.between(bindparam("first_new_epoch"), bindparam("new_epoch"))
_ARE_NEW = EpochSignals.epoch.between(bindparam("first_new_epoch"), bindparam("new_epoch"))


def _recording(growth: ColumnElement[int]) -> _Fenced:
    """The UPDATE that goes with new epochs, which let the job's rows grow by so much."""
    return _fenced(
        epoch=bindparam("new_epoch"),
        latest_metrics_json=bindparam("new_metrics"),
        fraction=bindparam("new_fraction"),
        eta_seconds=bindparam("new_eta"),
        revision=Job.revision + 1,
        growth_bytes=Job.growth_bytes + growth,
    )


_GROWTH: ColumnElement[int] = bindparam("new_bytes", type_=BigInteger()) - _stored_bytes(_IS_NEW)
_RECORD = _recording(_GROWTH)
_RECORD_WITH_SIGNALS = _recording(_GROWTH - _stored_signals(_ARE_NEW))
_RECORD_WITH_START = _recording(_GROWTH - _stored_signals(_ARE_NEW) - starts.stored_bytes(bindparam("fence_job_id")))
_RENEW = _fenced(lease_expires_at=db_now(bindparam("lease_seconds", type_=Float())))
_RENEW_WITH_PROGRESS = _fenced(
    lease_expires_at=db_now(bindparam("lease_seconds", type_=Float())),
    fraction=bindparam("new_fraction"),
    eta_seconds=bindparam("new_eta"),
    revision=Job.revision + 1,
)
_UPSERT_EPOCH = {"postgresql": _upsert_epoch(postgresql.insert), "sqlite": _upsert_epoch(sqlite.insert)}
_FORGET_EPOCHS = delete(Epoch).where(Epoch.job_id == bindparam("job_id"), Epoch.epoch > bindparam("from_epoch"))
_ORDERS = select(Job.id, Job.attempt, *_ASKED).where(IS_RUNNING, Job.worker_id == bindparam("worker_id"))

_ATTEMPT_COLUMNS: tuple[Any, ...] = tuple(getattr(Attempt, field.name) for field in fields(AttemptRow))
_ATTEMPTS = (
    select(*_ATTEMPT_COLUMNS)
    .where(Attempt.job_id == bindparam("job_id"), Attempt.attempt < bindparam("before"))
    .order_by(Attempt.attempt.desc())
    .limit(bindparam("page_rows"))
)
_LAST_ATTEMPT = 2**31 - 1


def fraction_of(epoch: float, epochs: int, first_epoch: int) -> float:
    """How much of a job is done at the end of an epoch, 0..1.

    Args:
        epoch: The number of the epoch.
        epochs: The number of the job's last one.
        first_epoch: How many epochs the training that it continues has had.
    """
    return min(1.0, max(0.0, (epoch - first_epoch) / max(epochs - first_epoch, 1)))


async def record_started(  # noqa: PLR0913 -- all but two by keyword
    connection: AsyncConnection,
    fence: Fence,
    *,
    epochs: int,
    from_epoch: int | None = None,
    first_epoch: int = 0,
    details: Mapping[str, Any] | None = None,
) -> Orders:
    """The first step of training comes next; epochs after ``from_epoch`` of earlier attempts are forgotten.

    Args:
        connection: A write transaction.
        fence: The attempt.
        epochs: How many the job has.
        from_epoch: The last epoch that is kept; by default, the job trains from its start.
        first_epoch: How many epochs the training that the job continues has had; they are no part of its progress.
        details: What the event shall tell: device, rows, steps.

    Raises:
        AttemptSuperseded: If the fence refuses.
    """
    from_epoch = first_epoch if from_epoch is None else from_epoch
    fraction = fraction_of(from_epoch, epochs, first_epoch)
    orders = await _write(connection, fence, _START, from_epoch=from_epoch, new_epochs=epochs, new_fraction=fraction)
    await connection.execute(_FORGET_EPOCHS, {"job_id": fence.job_id, "from_epoch": from_epoch})
    await connection.execute(signals.FORGET_AFTER, {"job_id": fence.job_id, "from_epoch": from_epoch})
    await connection.execute(
        update(Attempt)
        .where(Attempt.job_id == fence.job_id, Attempt.attempt == fence.attempt)
        .values(started_at=db_now(), from_epoch=from_epoch)
    )
    data = {"attempt": fence.attempt, "epochs": epochs, "from_epoch": from_epoch, **(details or {})}
    if first_epoch:
        data["first_epoch"] = first_epoch
    await events.append(connection, fence.job_id, events.STARTED, data)
    return orders


async def record_epochs(connection: AsyncConnection, fence: Fence, epochs: Sequence[EpochRecord]) -> Orders:
    """Store epochs that ended, in one go, and how far the job is now. Storing one again replaces it.

    What was measured of their layers is stored with them, and what was seen once of the training.

    Args:
        connection: A write transaction.
        fence: The attempt.
        epochs: At least one, rising without a gap; the last one's progress becomes the job's.

    Raises:
        AttemptSuperseded: If the fence refuses.
    """
    rows: list[dict[str, Any]] = [
        {
            "job_id": fence.job_id,
            "epoch": record.epoch,
            "attempt": fence.attempt,
            "metrics_json": encode_metrics(record.metrics),
            "duration_seconds": record.duration_seconds,
            "fraction": record.progress.fraction,
            "eta_seconds": record.progress.eta_seconds,
        }
        for record in epochs
    ]
    measured: list[dict[str, Any]] = [
        {"job_id": fence.job_id, "epoch": record.epoch, "signals_json": encode_json(record.signals)}
        for record in epochs
        if record.signals is not None
    ]
    seen = [encode_json(record.start) for record in epochs if record.start is not None][-1:]
    with_signals = _RECORD_WITH_SIGNALS if measured else _RECORD
    orders = await _write(
        connection,
        fence,
        _RECORD_WITH_START if seen else with_signals,
        new_epoch=rows[-1]["epoch"],
        new_metrics=rows[-1]["metrics_json"],
        new_fraction=rows[-1]["fraction"],
        new_eta=rows[-1]["eta_seconds"],
        first_new_epoch=rows[0]["epoch"],
        new_bytes=sum(row_sizes.of_epoch(row["metrics_json"]) for row in rows)
        + sum(row_sizes.of_signals(text) for text in (*(row["signals_json"] for row in measured), *seen)),
    )
    await connection.execute(_UPSERT_EPOCH[connection.dialect.name], rows)
    if measured:
        place = {"job_id": fence.job_id, "first_epoch": rows[0]["epoch"], "last_epoch": rows[-1]["epoch"]}
        await connection.execute(signals.FORGET, place)
        await connection.execute(signals.STORE, measured)
    for text in seen:
        await connection.execute(starts.FORGET, {"job_id": fence.job_id})
        await connection.execute(starts.STORE, {"job_id": fence.job_id, "start_json": text})
    return orders


async def renew_lease(
    connection: AsyncConnection, fence: Fence, lease_seconds: float, progress: Progress | None = None
) -> Orders:
    """A sign of life: the lease ends ``lease_seconds`` from now, by the database's clock.

    Args:
        connection: A write transaction.
        fence: The attempt.
        lease_seconds: From now on.
        progress: How far the job is within its epoch, if that is to be shown.

    Raises:
        AttemptSuperseded: If the fence refuses.
    """
    if progress is None:
        return await _write(connection, fence, _RENEW, lease_seconds=lease_seconds)
    return await _write(
        connection,
        fence,
        _RENEW_WITH_PROGRESS,
        lease_seconds=lease_seconds,
        new_fraction=progress.fraction,
        new_eta=progress.eta_seconds,
    )


async def orders_for(connection: AsyncConnection, worker_id: str) -> dict[Fence, Orders]:
    """The orders of every job this worker runs; an attempt that is missing here is no longer its own. Reads only."""
    rows = await connection.execute(_ORDERS, {"worker_id": worker_id})
    return {
        Fence(job_id, attempt): _orders(cancel, pause, pause_at_epoch)
        for job_id, attempt, cancel, pause, pause_at_epoch in rows
    }


async def list_page(
    connection: AsyncConnection, job_id: str, limit: int, before: int | None = None, *, most_bytes: int | None = None
) -> RowPage[AttemptRow]:
    """A job's attempts, the newest first, at most ``limit``; with ``before`` those made before that one."""
    said = {"job_id": job_id, "before": _LAST_ATTEMPT if before is None else before, "page_rows": limit + 1}
    rows = await connection.execute(_ATTEMPTS, said)
    return page_of([AttemptRow(*row) for row in rows], limit, most_bytes)


async def _write(
    connection: AsyncConnection,
    fence: Fence,
    statement: _Fenced,
    **values: Any,  # noqa: ANN401 -- of any column
) -> Orders:
    parameters = {"fence_job_id": fence.job_id, "fence_attempt": fence.attempt, **values}
    row = (await connection.execute(statement, parameters)).one_or_none()
    if row is None:
        raise AttemptSuperseded(fence.job_id, fence.attempt)
    return _orders(row[0], row[1], row[2])
