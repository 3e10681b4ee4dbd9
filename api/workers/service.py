"""The workers, as they were last heard of."""

from typing import Any

from api.answers.rows import document_of
from api.context import Context
from api.workers.schemas import WorkerDocument
from db.workers import workers
from db.workers.workers import WorkerRow

worker_document = document_of(
    WorkerDocument, WorkerRow, made={"state": lambda row: row.state if row.is_alive else "lost"}
)
"""A worker."""


async def list_workers(context: Context) -> list[dict[str, Any]]:
    """The documents of all workers known.

    Raises:
        DatabaseUnavailable: If the database does not answer.
    """
    async with context.database.read() as connection:
        rows = await workers.list_all(connection)
    return [worker_document(row) for row in rows]


async def vital_signs(context: Context) -> tuple[int, dict[str, list[str]]]:
    """How many workers are alive: heard of within their leases; and which of their background loops fail.

    Raises:
        DatabaseUnavailable: If the database does not answer.
    """
    async with context.database.read() as connection:
        return await workers.count_alive(connection), await workers.failing_loops(connection)
