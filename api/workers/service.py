"""The workers, as they were last heard of."""

from typing import Any

from api.answers.documents import time
from api.context import Context
from db.workers import workers


async def list_workers(context: Context) -> list[dict[str, Any]]:
    """The documents of all workers known.

    Raises:
        DatabaseUnavailable: If the database does not answer.
    """
    async with context.database.read() as connection:
        rows = await workers.list_all(connection)
    return [
        {
            "object": "worker",
            "id": row.id,
            "hostname": row.hostname,
            "pid": row.pid,
            "state": row.state if row.is_alive else "lost",
            "accelerators": row.accelerators,
            "slots": row.slots,
            "busy": row.busy,
            "versions": row.versions,
            "devices": row.devices,
            "failing": row.failing,
            "started_at": time(row.started_at),
            "heartbeat_at": time(row.heartbeat_at),
            "is_alive": row.is_alive,
        }
        for row in rows
    ]


async def vital_signs(context: Context) -> tuple[int, dict[str, list[str]]]:
    """How many workers are alive: heard of within their leases; and which of their background loops fail.

    Raises:
        DatabaseUnavailable: If the database does not answer.
    """
    async with context.database.read() as connection:
        return await workers.count_alive(connection), await workers.failing_loops(connection)
