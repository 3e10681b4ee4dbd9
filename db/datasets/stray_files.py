"""Files of the storage that nothing refers to, not yet or not any more, and that are removed in time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from db.tables.columns import db_now
from db.tables.datasets import StrayFile

AWAITED_SECONDS = 3600.0
"""How long a file may wait to be referred to, once all of it has come."""
LATE_SECONDS = 3600.0
"""After how long a folder is looked at once more."""
IS_DUE = StrayFile.remove_at <= db_now()
"""Whether such a file is to be removed now."""


@dataclass(frozen=True, slots=True)
class Stray:
    """A file to be removed, or all files of a folder; ``is_last`` if it is looked for the last time."""

    key: str
    is_folder: bool
    is_last: bool


def _upsert(insert: Any, key: str, **values: Any) -> Any:  # noqa: ANN401 -- the two dialects' inserts have no type in common
    new = insert(StrayFile).values(key=key, **values)
    return new.on_conflict_do_update(index_elements=[StrayFile.key], set_=values)


async def _write(connection: AsyncConnection, key: str, **values: Any) -> None:  # noqa: ANN401 -- columns of any type
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    await connection.execute(_upsert(dialect.insert, key, **values))


async def await_reference(connection: AsyncConnection, key: str) -> None:
    """A file will be stored under this key and then be referred to; if it is not within the hour, it goes."""
    await _write(connection, key, is_folder=False, is_awaited=True, is_last=False, remove_at=db_now(AWAITED_SECONDS))


async def claim(connection: AsyncConnection, key: str) -> bool:
    """The file is referred to from this transaction on; False if it came too late, and the file is gone or going."""
    found = await connection.execute(
        delete(StrayFile).where(StrayFile.key == key, StrayFile.is_awaited).returning(StrayFile.key)
    )
    return found.one_or_none() is not None


async def let_go(connection: AsyncConnection, key: str, *, is_folder: bool = False) -> None:
    """Nothing refers to the file any more, or to any file of the folder: it is to be removed."""
    await _write(connection, key, is_folder=is_folder, is_awaited=False, is_last=False, remove_at=db_now())


async def due(connection: AsyncConnection, behind: str, limit: int) -> list[Stray]:
    """What is to be removed now, by key."""
    columns = (StrayFile.key, StrayFile.is_folder, StrayFile.is_last)
    rows = await connection.execute(
        select(*columns).where(IS_DUE, StrayFile.key > behind).order_by(StrayFile.key).limit(limit)
    )
    return [Stray(*row) for row in rows]


async def begin_removal(connection: AsyncConnection, stray: Stray) -> bool:
    """Nobody can refer to it from now on; False if somebody does already."""
    begun = await connection.execute(
        update(StrayFile).where(StrayFile.key == stray.key, IS_DUE).values(is_awaited=False).returning(StrayFile.key)
    )
    return begun.one_or_none() is not None


async def end_removal(connection: AsyncConnection, stray: Stray) -> None:
    """It is removed; a folder is looked at once more."""
    mine = StrayFile.key == stray.key
    if stray.is_folder and not stray.is_last:
        later = update(StrayFile).where(mine).values(is_last=True, remove_at=db_now(LATE_SECONDS))
        await connection.execute(later)
    else:
        await connection.execute(delete(StrayFile).where(mine, IS_DUE))


async def forget(connection: AsyncConnection, keys: Sequence[str]) -> None:
    """The files are gone already."""
    await connection.execute(delete(StrayFile).where(StrayFile.key.in_(keys)))
