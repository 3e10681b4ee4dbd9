"""What is decided about keys."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from db.errors import KeyNotFound
from db.projects import audit, keys
from db.projects.keys import KeyRow, NewKey
from services.actors import Actor
from services.context import ServiceContext
from services.creations import Creation, Keyed
from services.errors import BodyFaulty
from services.ids import checked_id
from services.keys.bodies import NewKeyBody
from services.keys.scopes import Scope
from services.keys.tokens import new_token
from services.once import make_once
from spec.ids import new_id
from spec.language.sections import read_section


@dataclass(frozen=True, slots=True)
class MadeKey:
    """A key just made, and its text, which nobody can tell later."""

    row: KeyRow
    token: str


async def create(
    context: ServiceContext, actor: Actor, body: object, keyed: Keyed[MadeKey] | None = None
) -> Creation[MadeKey]:
    """Makes a key of the caller's project.

    Raises:
        BodyFaulty: If anything is wrong with the body.
        TooManyKeys: If the project has as many as it may have.
        QuotaExceeded: If the first answer is to be kept, and the project has no bytes left for it.
        IdempotencyKeyReused: If the idempotency key came with another request.
        IdempotencyKeyInFlight: If a request with it is being carried out.
        DatabaseUnavailable: If the database does not answer.
    """
    said = _read(body)

    async def make(connection: Any) -> MadeKey:  # noqa: ANN401 -- the database's connection, which only it knows
        scopes = [Scope(name) for name in said.scopes]
        return await issue(connection, actor, said.name, scopes, said.expires_in_seconds)

    return await make_once(context, actor, keyed, make, [said.name])


async def issue(
    connection: Any,  # noqa: ANN401 -- as above
    actor: Actor,
    name: str | None,
    scopes: Iterable[Scope],
    expires_in_seconds: float | None,
) -> MadeKey:
    """A new key of the actor's project, in this transaction, and the log's entry of it.

    Raises:
        TooManyKeys: If the project has as many as it may have.
    """
    key_id = new_id("key")
    token, digest = new_token(key_id)
    new = NewKey(key_id, actor.project, name, digest, list(dict.fromkeys(scopes)), expires_in_seconds)
    row = await keys.create(connection, new)
    await audit.record(connection, actor.act("key.create", key_id))
    return MadeKey(row, token)


async def revoke(context: ServiceContext, actor: Actor, key_id: str) -> None:
    """Revokes a key; asked again, changes nothing.

    Raises:
        KeyNotFound: If the caller's project has no such key.
        DatabaseUnavailable: If the database does not answer.
    """
    checked_id(key_id, "key", KeyNotFound)
    async with context.database.write() as connection:
        await withdraw(connection, actor, await keys.get(connection, key_id, actor.project))


async def withdraw(connection: Any, actor: Actor, key: KeyRow) -> None:  # noqa: ANN401 -- as above
    """The actor's key opens nothing any more, from this transaction on; one that is revoked stays as it is."""
    await keys.revoke(connection, key.id, actor.project)
    if key.revoked_at is None:
        await audit.record(connection, actor.act("key.revoke", key.id))


def _read(body: object) -> NewKeyBody:
    read_body = read_section(NewKeyBody, body, at=())
    if read_body.section is None:
        raise BodyFaulty(read_body.faults)
    return read_body.section
