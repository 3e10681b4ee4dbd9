"""Keys as they are read."""

import re
from collections.abc import Sequence

from api.answers.pages import cut, decode_cursor
from api.context import Context
from api.requests.queries import PageQuery
from db.projects import keys
from db.projects.keys import KeyRow
from services.actors import Actor
from services.keys.changes import checked_id

_CURSOR = re.compile(r"key_[0-9a-z]{26}")


async def read(context: Context, caller: Actor, key_id: str) -> KeyRow:
    """One of the caller's project's keys.

    Raises:
        KeyNotFound: If it has no such key.
        DatabaseUnavailable: If the database does not answer.
    """
    async with context.database.read() as connection:
        return await keys.get(connection, checked_id(key_id), caller.project)


async def list_page(context: Context, caller: Actor, query: PageQuery) -> tuple[Sequence[KeyRow], str | None]:
    """A page of the caller's project's keys, newest first, and what the next page starts behind.

    Raises:
        QueryFaulty: If the cursor is none.
        DatabaseUnavailable: If the database does not answer.
    """
    before_id = None if query.cursor is None else decode_cursor(query.cursor, shape=_CURSOR)
    async with context.database.read() as connection:
        rows = await keys.list_page(connection, caller.project, query.limit + 1, before_id)
    return cut(rows, query.limit, lambda row: row.id)
