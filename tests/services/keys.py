"""Keys of the API for tests."""

from db.connections.engine import Database
from db.projects import keys
from db.projects.keys import NewKey
from db.tables.base import DEFAULT_PROJECT
from services.keys.scopes import Scope
from services.keys.tokens import new_token
from spec.ids import new_id

NOBODYS = f"nc_key_{'0' * 26}_{'0' * 64}"
"""A key by its form, that is nobody's."""


async def make_key(
    url: str, project: str = DEFAULT_PROJECT, *scopes: Scope, expires_in_seconds: float | None = None
) -> str:
    """A new key of this project in this database, for these scopes, for all unless said."""
    key_id = new_id("key")
    token, digest = new_token(key_id)
    database = Database(url, pool_size=1)
    try:
        async with database.write() as connection:
            new = NewKey(key_id, project, "of a test", digest, scopes or [Scope.ADMIN], expires_in_seconds)
            await keys.create(connection, new)
    finally:
        await database.close()
    return token


def bearer(token: str) -> dict[str, str]:
    """The header that a key is sent in."""
    return {"Authorization": f"Bearer {token}"}
