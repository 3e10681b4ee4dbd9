"""Keys as they are read."""

from collections.abc import Sequence

from api.answers.pages import PAGE_BYTES, id_of, read_page
from api.context import Context
from api.requests.queries import PageQuery
from db.errors import KeyNotFound
from db.projects import keys
from db.projects.keys import KeyRow
from services.actors import Actor
from services.ids import checked_id


async def read(context: Context, caller: Actor, key_id: str) -> KeyRow:
    """One of the caller's project's keys.

    Raises:
        KeyNotFound: If it has no such key.
        DatabaseUnavailable: If the database does not answer.
    """
    async with context.database.read() as connection:
        return await keys.get(connection, checked_id(key_id, "key", KeyNotFound), caller.project)


async def list_page(context: Context, caller: Actor, query: PageQuery) -> tuple[Sequence[KeyRow], str | None]:
    """A page of the caller's project's keys, newest first, and what the next page starts behind.

    Raises:
        QueryFaulty: If the cursor is none.
        DatabaseUnavailable: If the database does not answer.
    """
    before_id = id_of(query.cursor, "key")
    return await read_page(
        context.database,
        lambda connection: keys.list_page(connection, caller.project, query.limit, before_id, most_bytes=PAGE_BYTES),
    )
