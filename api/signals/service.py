"""What is read of a job's signals."""

from collections.abc import Sequence
from typing import Any

from api.answers.pages import METRICS_PAGE_BYTES, check_start, numbers_of
from api.context import Context
from api.jobs.reading import LARGE_BYTES
from api.signals.schemas import SignalsQuery
from db.attempts import signals
from db.attempts.signals import LayerRow, Position, Sample, Wanted
from db.errors import JobNotFound
from db.jobs import jobs
from services.actors import Actor
from services.ids import checked_id
from spec.signals import SIGNALS

_NOTHING = dict.fromkeys(SIGNALS)


def document(row: LayerRow) -> dict[str, Any]:
    """A row, all fields always present."""
    return {"epoch": row.epoch, "layer": row.layer, **_NOTHING, **row.values}


async def read_signals(
    context: Context, caller: Actor, job_id: str, query: SignalsQuery
) -> tuple[Sequence[LayerRow], str | None]:
    """A page of rows, and what the next one begins with.

    Raises:
        QueryFaulty: If the cursor is none, or said beside ``after_epoch``.
        JobNotFound: If the caller has no such job.
        DatabaseUnavailable: If the database does not answer.
    """
    wanted = Wanted(_start_of(query), query.limit, query.layer, METRICS_PAGE_BYTES)
    checked_id(job_id, "job", JobNotFound)
    async with context.database.read() as connection:
        await jobs.require(connection, job_id, caller.project)
        like = await signals.sample(connection, job_id, wanted.start)
        if like is None or wanted.estimated_bytes(like) <= LARGE_BYTES:
            return await _page(connection, caller, job_id, wanted, like)
    # Who waits for a turn holds no connection, as with epochs.
    async with context.large_reads, context.database.read() as connection:
        return await _page(connection, caller, job_id, wanted, like)


async def _page(
    connection: Any,  # noqa: ANN401 -- the database's connection, which only it knows
    caller: Actor,
    job_id: str,
    wanted: Wanted,
    like: Sample | None,
) -> tuple[Sequence[LayerRow], str | None]:
    rows, following = ((), None) if like is None else await signals.page(connection, job_id, wanted, like)
    await jobs.require_still(connection, job_id, caller.project, rows)
    return rows, None if following is None else f"{following.epoch}-{following.layer}"


def _start_of(query: SignalsQuery) -> Position:
    check_start(query.cursor, query.after_epoch)
    if query.cursor is None:
        return Position((query.after_epoch or 0) + 1)
    return Position(*numbers_of(query.cursor, 2))
