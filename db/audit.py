"""The log of who changed what, written in the transaction that changed it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from db.models import AuditEntry

LOCAL = "local"
"""The actor where nobody was asked for a key."""


@dataclass(frozen=True, slots=True)
class Act:
    """Something that was done.

    Attributes:
        project: In which it was done.
        actor: A key's id, or `LOCAL`.
        action: What, as ``job.cancel``.
        object_id: To what.
        request_id: Of the request.
        address: Where the request came from, if that is known.
    """

    project: str
    actor: str
    action: str
    object_id: str
    request_id: str
    address: str | None


@dataclass(frozen=True, slots=True)
class AuditRow:
    """An entry of the log."""

    id: int
    at: datetime
    actor: str
    action: str
    object_id: str
    request_id: str
    address: str | None


_INSERT = insert(AuditEntry)
_COLUMNS = (
    AuditEntry.id,
    AuditEntry.at,
    AuditEntry.actor,
    AuditEntry.action,
    AuditEntry.object_id,
    AuditEntry.request_id,
    AuditEntry.address,
)


def row_of(act: Act) -> dict[str, str | None]:
    """The entry as its table takes it."""
    return {
        "project": act.project,
        "actor": act.actor,
        "action": act.action,
        "object_id": act.object_id,
        "request_id": act.request_id,
        "address": act.address,
    }


async def record(connection: AsyncConnection, *acts: Act) -> None:
    """Write down what was done."""
    await connection.execute(_INSERT, [row_of(act) for act in acts])


async def list_page(
    connection: AsyncConnection, project: str, limit: int, before_id: int | None = None
) -> list[AuditRow]:
    """A project's entries, newest first, at most ``limit``; with ``before_id`` those made before that one."""
    statement = select(*_COLUMNS).where(AuditEntry.project == project).order_by(AuditEntry.id.desc()).limit(limit)
    if before_id is not None:
        statement = statement.where(AuditEntry.id < before_id)
    return [AuditRow(*row) for row in await connection.execute(statement)]
