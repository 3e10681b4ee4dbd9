"""The steps of a repair: each is one transaction, taken by whoever says first which one it is."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from db.repairs.repairs import tell_end
from db.tables.attempts import Epoch
from db.tables.columns import db_now
from db.tables.jobs import Job
from db.tables.repairs import DONE, IS_RUNNING, Repair, RepairTrial
from spec.language.numbers import decode_metrics, encode_json


@dataclass(frozen=True, slots=True)
class NewTrial:
    """A job that was made for a repair, or could not be (``child`` is None); the rest is as in its row."""

    number: int
    child: str | None
    candidate: int | None
    seed: int
    rung: int
    until_epoch: int | None


@dataclass(frozen=True, slots=True)
class Settled:
    """A job has come to the end of its rung."""

    number: int
    score: float | None
    is_lost: bool


_LOCKED = select(Job.id).where(Job.id == bindparam("job_id")).with_for_update()
_TAKE = (
    update(Repair)
    .where(Repair.job_id == bindparam("of_job"), Repair.step == bindparam("of_step"), IS_RUNNING)
    .values(step=Repair.step + 1, waits_for=None)
    .returning(Repair.step)
)
_OF_TRIAL = (RepairTrial.job_id == bindparam("of_job"), RepairTrial.number == bindparam("of_number"))
_SETTLE = (
    update(RepairTrial)
    .where(*_OF_TRIAL)
    .values(is_settled=True, score=bindparam("with_score"), is_lost=bindparam("as_lost"))
)
_LEAVE = update(RepairTrial).where(*_OF_TRIAL).values(is_out=True)
_PROMOTE = (
    update(RepairTrial)
    .where(*_OF_TRIAL)
    .values(rung=bindparam("to_rung"), until_epoch=bindparam("to_epoch"), is_settled=False)
)
_METRICS = (
    select(Epoch.metrics_json)
    .where(Epoch.job_id == bindparam("job_id"), Epoch.epoch <= bindparam("last_epoch"))
    .order_by(Epoch.epoch)
)


async def take(connection: AsyncConnection, job_id: str, step: int) -> bool:
    """Lock the job, and take the step of its repair that comes after so many; False if another has, or nobody may.

    All else of the step follows in the same transaction, and takes place with it or not at all.
    """
    if (await connection.execute(_LOCKED, {"job_id": job_id})).one_or_none() is None:
        return False
    return (await connection.execute(_TAKE, {"of_job": job_id, "of_step": step})).one_or_none() is not None


async def note_waiting(connection: AsyncConnection, job_id: str, step: int, reason: str) -> None:
    """Note why the step that comes after so many is not taken yet; taking it makes an end of that."""
    is_new = Repair.waits_for.is_distinct_from(reason)
    mine = (Repair.job_id == job_id, Repair.step == step, IS_RUNNING, is_new)
    await connection.execute(update(Repair).where(*mine).values(waits_for=reason))


async def settle(connection: AsyncConnection, job_id: str, settled: Iterable[Settled]) -> None:
    """Note what was found of jobs at the end of their rung."""
    rows = [
        {"of_job": job_id, "of_number": one.number, "with_score": one.score, "as_lost": one.is_lost} for one in settled
    ]
    if rows:
        await connection.execute(_SETTLE, rows)


async def add(connection: AsyncConnection, job_id: str, trials: Sequence[NewTrial]) -> None:
    """Note jobs that are made in this transaction; those that could not be made are settled by that."""
    rows: list[Mapping[str, Any]] = [
        {
            "job_id": job_id,
            "number": one.number,
            "child": one.child,
            "candidate": one.candidate,
            "seed": one.seed,
            "rung": one.rung,
            "until_epoch": one.until_epoch,
            "is_settled": one.child is None,
            "is_lost": one.child is None,
            "is_out": False,
        }
        for one in trials
    ]
    await connection.execute(insert(RepairTrial), rows)


async def promote(
    connection: AsyncConnection, job_id: str, best: Mapping[int, int | None], rung: int, others: Sequence[int]
) -> None:
    """Note which go on to the next rung, and which are left.

    Args:
        connection: The step's transaction.
        job_id: Of the repaired job.
        best: Those that go on, each with the epoch at which that rung ends.
        rung: The number of that rung.
        others: Those that are left.
    """
    rows = [
        {"of_job": job_id, "of_number": number, "to_rung": rung, "to_epoch": until} for number, until in best.items()
    ]
    await connection.execute(_PROMOTE, rows)
    if others:
        await connection.execute(_LEAVE, [{"of_job": job_id, "of_number": number} for number in others])


async def end(connection: AsyncConnection, job_id: str, decision: Mapping[str, Any], chosen: str | None) -> None:
    """The repair is done: the job has ended for who waits for it.

    Args:
        connection: The step's transaction.
        job_id: Of the repaired job.
        decision: What came of it; told with the event as well.
        chosen: The job that is told as chosen there, as in the document of the repair; None if there is none.
    """
    ended = {"status": DONE, "ended_at": db_now(), "decision_json": encode_json(decision)}
    await connection.execute(update(Repair).where(Repair.job_id == job_id).values(ended))
    await tell_end(connection, job_id, {**decision, "chosen": chosen})


async def metrics(connection: AsyncConnection, job_id: str, last_epoch: int) -> list[dict[str, float]]:
    """What was recorded of a job's epochs up to one, in order."""
    rows = await connection.execute(_METRICS, {"job_id": job_id, "last_epoch": last_epoch})
    return [decode_metrics(text) for text in rows.scalars()]
