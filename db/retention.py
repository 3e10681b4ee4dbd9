"""What is forgotten after some time, so that no table grows for ever: one list of all that is."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from db import audit, deleted_use, keys

_MOST_ENTRIES = 5_000
"""Of the audit log, in one transaction."""


@dataclass(frozen=True, slots=True)
class Forgotten:
    """How many rows went; ``is_all`` if nothing old was left."""

    audit_entries: int
    keys: int
    deleted_use: int

    @property
    def is_all(self) -> bool:
        """Whether nothing old is left."""
        return self.audit_entries < _MOST_ENTRIES


async def forget_old(connection: AsyncConnection, *, audit_days: float, audit_entries: int) -> Forgotten:
    """Forget what is too old, or too much; any number may do so at once.

    Not to be called every few seconds: it looks through all keys and counts a project's entries. First answers and
    deliveries, which come with every job, are forgotten by `db.idempotency` and `db.deliveries`.

    Args:
        connection: A write transaction.
        audit_days: How long an entry of the audit log is kept.
        audit_entries: How many of a project are kept.
    """
    return Forgotten(
        await audit.remove_old(connection, kept_days=audit_days, kept_entries=audit_entries, limit=_MOST_ENTRIES),
        await keys.remove_closed(connection),
        await deleted_use.remove_old(connection),
    )
