"""The log of who changed what, written in the transaction that changed it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import bindparam, delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from db.pages import PageReader
from db.tables.projects import AuditEntry
from spec.ids import first_id, new_id

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

    id: str
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
_TOO_OLD = (
    select(AuditEntry.id)
    .where(AuditEntry.id < bindparam("first_id"), AuditEntry.id > bindparam("behind"))
    .order_by(AuditEntry.id)
    .limit(bindparam("most"))
)
_CROWDED = select(AuditEntry.project).group_by(AuditEntry.project).having(func.count() > bindparam("kept"))
_OF_PROJECT = select(AuditEntry.id).where(AuditEntry.project == bindparam("of_project"))
_NEWEST_TOO_MANY = _OF_PROJECT.order_by(AuditEntry.id.desc()).offset(bindparam("kept")).limit(1)
_TOO_MANY = (
    _OF_PROJECT.where(AuditEntry.id <= bindparam("last_id"), AuditEntry.id > bindparam("behind"))
    .order_by(AuditEntry.id)
    .limit(bindparam("most"))
)


def row_of(act: Act) -> dict[str, str | None]:
    """The entry as its table takes it."""
    return {
        "id": new_id("act"),
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


list_page = PageReader(_COLUMNS, AuditEntry.project, AuditEntry.id, AuditRow)
"""A project's entries, newest first, at most ``limit``; with ``before_id`` those made before that one."""


async def outdated(
    connection: AsyncConnection, behind: str, limit: int, *, kept_days: float, kept_entries: int
) -> list[str]:
    """Entries that need not be kept, in the order of their ids. Reads only, but counts all: for now and then.

    Args:
        connection: Any.
        behind: Only those behind this id.
        limit: How many at most.
        kept_days: How long an entry is kept.
        kept_entries: How many of a project are: its newest.
    """
    first = first_id("act", datetime.now(UTC) - timedelta(days=kept_days))
    some = {"behind": behind, "most": limit}
    found = set(await connection.scalars(_TOO_OLD, {**some, "first_id": first}))
    for project in (await connection.scalars(_CROWDED, {"kept": kept_entries})).all():
        last = await connection.scalar(_NEWEST_TOO_MANY, {"of_project": project, "kept": kept_entries})
        found |= set(await connection.scalars(_TOO_MANY, {**some, "of_project": project, "last_id": last}))
    return sorted(found)[:limit]


async def remove(connection: AsyncConnection, entry_ids: Collection[str]) -> None:
    """Forget these entries."""
    await connection.execute(delete(AuditEntry).where(AuditEntry.id.in_(entry_ids)))
