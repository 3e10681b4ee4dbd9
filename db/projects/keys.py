"""Keys of the API: made, looked up, listed, revoked. Their secrets never come here, only digests of them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from db.errors import KeyNotFound, TooManyKeys
from db.pages import PageReader
from db.projects import projects
from db.tables.columns import db_now
from db.tables.projects import ApiKey

MAX_PER_PROJECT = 1_000
"""Keys that open something: enough for one a person or machine, few enough to be looked through."""

KEPT_DAYS = 30
"""How long a key is shown that opens nothing any more; what was done with it stays in the audit log."""
MAX_CLOSED_PER_PROJECT = 1_000
"""Keys that open nothing and are shown: the newest."""


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key to be made.

    Attributes:
        id: Of `spec.ids.new_id`.
        digest: Of its secret, SHA-256 in hex.
        scopes: What it is for, by name.
        expires_in_seconds: From now, by the database's clock; None for never.
    """

    id: str
    project: str
    name: str | None
    digest: str
    scopes: Sequence[str]
    expires_in_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key as it stands. ``is_usable`` if it is neither revoked nor expired, by the database's clock."""

    id: str
    project: str
    name: str | None
    digest: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None
    is_usable: bool


_IS_USABLE = ApiKey.revoked_at.is_(None) & or_(ApiKey.expires_at.is_(None), ApiKey.expires_at > db_now())
_COLUMNS = (
    ApiKey.id,
    ApiKey.project,
    ApiKey.name,
    ApiKey.digest,
    ApiKey.scopes,
    ApiKey.created_at,
    ApiKey.expires_at,
    ApiKey.revoked_at,
    ApiKey.last_used_at,
    _IS_USABLE.label("is_usable"),
)
_COUNT = select(func.count()).select_from(ApiKey).where(ApiKey.project == bindparam("of_project"), _IS_USABLE)
_FIND = select(*_COLUMNS).where(ApiKey.id == bindparam("key_id"))
_USED = update(ApiKey).where(ApiKey.id.in_(bindparam("key_ids", expanding=True))).values(last_used_at=db_now())
_KEPT_SECONDS = KEPT_DAYS * 24 * 60 * 60.0
_LONG_CLOSED = or_(ApiKey.revoked_at <= db_now(-_KEPT_SECONDS), ApiKey.expires_at <= db_now(-_KEPT_SECONDS))
_CLOSED_BY_AGE = (
    select(
        ApiKey.id.label("id"),
        func.row_number().over(partition_by=ApiKey.project, order_by=ApiKey.id.desc()).label("number"),
    )
    .where(~_IS_USABLE)
    .subquery()
)
_OUTDATED = (
    select(ApiKey.id)
    .where(
        or_(
            _LONG_CLOSED,
            ApiKey.id.in_(select(_CLOSED_BY_AGE.c.id).where(_CLOSED_BY_AGE.c.number > MAX_CLOSED_PER_PROJECT)),
        ),
        ApiKey.id > bindparam("behind"),
    )
    .order_by(ApiKey.id)
    .limit(bindparam("most"))
)


def _key_row(key_id: str, project: str, name: str | None, digest: str, scopes: str, *rest: Any) -> KeyRow:  # noqa: ANN401 -- the columns' own types
    return KeyRow(key_id, project, name, digest, tuple(scopes.split()), *rest)


async def create(connection: AsyncConnection, key: NewKey) -> KeyRow:
    """Make a key, and its project if there is none yet.

    Raises:
        TooManyKeys: If the project has as many that open something as it may have.
    """
    await projects.ensure(connection, key.project)
    await projects.lock(connection, key.project)
    if (await connection.scalar(_COUNT, {"of_project": key.project}) or 0) >= MAX_PER_PROJECT:
        raise TooManyKeys(MAX_PER_PROJECT)
    expires_at = None if key.expires_in_seconds is None else db_now(key.expires_in_seconds)
    await connection.execute(
        insert(ApiKey).values(
            id=key.id,
            project=key.project,
            name=key.name,
            digest=key.digest,
            scopes=" ".join(key.scopes),
            expires_at=expires_at,
        )
    )
    return await get(connection, key.id, key.project)


async def find(connection: AsyncConnection, key_id: str) -> KeyRow | None:
    """The key of this id, whosever it is; None if there is none."""
    row = (await connection.execute(_FIND, {"key_id": key_id})).one_or_none()
    return None if row is None else _key_row(*row)


async def get(connection: AsyncConnection, key_id: str, project: str) -> KeyRow:
    """A project's key.

    Raises:
        KeyNotFound: If the project has no such key.
    """
    row = await find(connection, key_id)
    if row is None or row.project != project:
        raise KeyNotFound(key_id)
    return row


list_page = PageReader(_COLUMNS, ApiKey.project, ApiKey.id, _key_row)
"""A project's keys, newest first, at most ``limit``; with ``before_id`` those made before that one."""


async def revoke(connection: AsyncConnection, key_id: str, project: str) -> KeyRow:
    """The key, which opens nothing from now on; one that is revoked already stays as it is.

    Raises:
        KeyNotFound: If the project has no such key.
    """
    row = await get(connection, key_id, project)
    if row.revoked_at is not None:
        return row
    await connection.execute(update(ApiKey).where(ApiKey.id == key_id).values(revoked_at=db_now()))
    return await get(connection, key_id, project)


async def note_use(connection: AsyncConnection, key_ids: Collection[str]) -> None:
    """Write down that these keys were used just now."""
    await connection.execute(_USED, {"key_ids": sorted(key_ids)})


async def count_usable(connection: AsyncConnection) -> int:
    """How many keys of all projects open something."""
    return await connection.scalar(select(func.count()).select_from(ApiKey).where(_IS_USABLE)) or 0


async def outdated(connection: AsyncConnection, behind: str, limit: int) -> list[str]:
    """Keys that have opened nothing for `KEPT_DAYS`, and of other closed ones all but each project's newest, by id.

    Reads only, but looks through all keys: for now and then.
    """
    return list(await connection.scalars(_OUTDATED, {"behind": behind, "most": limit}))


async def remove(connection: AsyncConnection, key_ids: Collection[str]) -> None:
    """Forget these keys."""
    await connection.execute(delete(ApiKey).where(ApiKey.id.in_(key_ids)))
