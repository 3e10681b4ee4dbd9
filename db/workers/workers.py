"""Who works: each worker's own word about itself, and when it was last heard of."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

import orjson
from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from db.tables.columns import db_now
from db.tables.workers import Worker
from spec.language.numbers import encode_json

WorkerState = Literal["starting", "ready", "stopping"]


@dataclass(frozen=True, kw_only=True, slots=True)
class NewWorker:
    """A worker that begins.

    Attributes:
        id: Of `spec.ids.new_id`.
        hostname: Of its machine.
        pid: Of its process there.
        accelerators: What its slots train on: ``cpu``, ``gpu``.
        slots: Jobs it trains at once.
        lease_seconds: Silent for longer than that it has lost its jobs.
        versions: Of the worker itself; its trainers tell of theirs later.
    """

    id: str
    hostname: str
    pid: int
    accelerators: Sequence[str]
    slots: int
    lease_seconds: float = 30.0
    versions: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class WorkerRow:
    """A worker; ``is_alive`` by the database's clock."""

    id: str
    hostname: str
    pid: int
    accelerators: list[str]
    slots: int
    busy: int
    versions: dict[str, str]
    devices: list[str]
    state: str
    failing: list[str]
    started_at: datetime
    heartbeat_at: datetime
    is_alive: bool


async def register(connection: AsyncConnection, worker: NewWorker, state: WorkerState = "starting") -> None:
    """Make a worker known; one known already is heard of anew."""
    is_sqlite = connection.dialect.name == "sqlite"
    statement: Any = (sqlite.insert if is_sqlite else postgresql.insert)(Worker)
    await connection.execute(
        statement.values(
            id=worker.id,
            hostname=worker.hostname,
            pid=worker.pid,
            accelerators_json=encode_json(list(worker.accelerators)),
            slots=worker.slots,
            versions_json=encode_json(dict(worker.versions)),
            devices_json="[]",
            state=state,
            lease_seconds=worker.lease_seconds,
        ).on_conflict_do_update(index_elements=[Worker.id], set_={"state": state, "heartbeat_at": db_now()})
    )


async def heartbeat(  # noqa: PLR0913 -- all but two by keyword
    connection: AsyncConnection,
    worker_id: str,
    *,
    busy: int,
    state: WorkerState,
    versions: Mapping[str, str] | None = None,
    devices: Sequence[str] | None = None,
    failing: Sequence[str] = (),
) -> bool:
    """A worker is heard of.

    Args:
        connection: A write transaction.
        worker_id: Who.
        busy: Slots that train now.
        state: What it is doing.
        versions: All of them, once its trainers have told theirs; None leaves them as they are.
        devices: What its trainers found; None leaves them as they are.
        failing: Its background loops that fail now, by name.

    Returns:
        Whether it is known; one that was forgotten meanwhile registers again.
    """
    values: dict[str, Any] = {
        "busy": busy,
        "state": state,
        "failing_json": encode_json(list(failing)),
        "heartbeat_at": db_now(),
    }
    if versions is not None:
        values["versions_json"] = encode_json(dict(versions))
    if devices is not None:
        values["devices_json"] = encode_json(list(devices))
    found = await connection.execute(update(Worker).where(Worker.id == worker_id).values(**values).returning(Worker.id))
    return found.one_or_none() is not None


async def list_all(connection: AsyncConnection, alive_within_seconds: float | None = None) -> list[WorkerRow]:
    """Every worker known, the newest first; alive is one heard of within these seconds, or else within its lease."""
    rows = await connection.execute(
        select(
            Worker.id,
            Worker.hostname,
            Worker.pid,
            Worker.accelerators_json,
            Worker.slots,
            Worker.busy,
            Worker.versions_json,
            Worker.devices_json,
            Worker.state,
            Worker.failing_json,
            Worker.started_at,
            Worker.heartbeat_at,
            _is_alive(alive_within_seconds),
        ).order_by(Worker.started_at.desc(), Worker.id.desc())
    )
    return [
        WorkerRow(
            worker_id,
            hostname,
            pid,
            orjson.loads(accelerators),
            slots,
            busy,
            orjson.loads(versions),
            orjson.loads(devices),
            state,
            orjson.loads(failing),
            started_at,
            heartbeat_at,
            bool(is_alive),
        )
        for (
            worker_id,
            hostname,
            pid,
            accelerators,
            slots,
            busy,
            versions,
            devices,
            state,
            failing,
            started_at,
            heartbeat_at,
            is_alive,
        ) in rows
    ]


async def count_alive(connection: AsyncConnection, alive_within_seconds: float | None = None) -> int:
    """How many workers were heard of within these seconds, or else within their leases."""
    alive = select(func.count()).select_from(Worker).where(_is_alive(alive_within_seconds))
    return (await connection.execute(alive)).scalar_one()


async def failing_loops(connection: AsyncConnection) -> dict[str, list[str]]:
    """The background loops that fail on workers that are alive, by worker."""
    rows = select(Worker.id, Worker.failing_json).where(_is_alive(None), Worker.failing_json != "[]")
    found = await connection.execute(rows.order_by(Worker.id))
    return {worker_id: orjson.loads(failing_json) for worker_id, failing_json in found}


async def remove(connection: AsyncConnection, worker_id: str) -> None:
    """Forget a worker that stops; one not known is no error."""
    await connection.execute(delete(Worker).where(Worker.id == worker_id))


async def remove_silent(
    connection: AsyncConnection, silent_seconds: float, among: Collection[str] | None = None
) -> list[str]:
    """Forget the workers not heard of for so long, of these if told, and return their ids."""
    wanted = () if among is None else (Worker.id.in_(sorted(among)),)
    gone = await connection.execute(
        delete(Worker).where(Worker.heartbeat_at < db_now(-silent_seconds), *wanted).returning(Worker.id)
    )
    return list(gone.scalars())


def _is_alive(within_seconds: float | None) -> ColumnElement[bool]:
    return Worker.heartbeat_at > db_now(-Worker.lease_seconds if within_seconds is None else -within_seconds)
