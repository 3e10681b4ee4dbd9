"""What is decided about keys."""

import re
from collections.abc import Sequence

import orjson

from api.context import Context
from api.idempotency import Creation
from api.keys.documents import key_document
from api.keys.schemas import NewKeyBody
from api.pages import cut, decode_cursor
from api.queries import PageQuery
from api.tokens import new_token
from db import audit, idempotency, keys
from db.errors import KeyNotFound
from db.idempotency import Answer, Request
from db.keys import KeyRow, NewKey
from services.actors import Actor
from services.errors import BodyFaulty
from services.quotas.guard import Use
from spec.ids import is_id, new_id
from spec.sections import read_section

CREATED = 201
_CURSOR = re.compile(r"key_[0-9a-z]{26}")


async def create(context: Context, caller: Actor, body: object, request: Request | None) -> Creation:
    """Makes a key of the caller's project. An answer that is replayed is without its secret: nobody knows it any more.

    Raises:
        BodyFaulty: If anything is wrong with the body.
        TooManyKeys: If the project has as many as it may have.
        QuotaExceeded: If the first answer is to be kept, and the project has no bytes left for it.
        IdempotencyKeyReused: If the idempotency key came with another request.
        IdempotencyKeyInFlight: If a request with it is being carried out.
        DatabaseUnavailable: If the database does not answer.
    """
    said = _read(body)
    key_id = new_id("key")
    token, digest = new_token(key_id)
    new = NewKey(
        id=key_id,
        project=caller.project,
        name=said.name,
        digest=digest,
        scopes=list(dict.fromkeys(said.scopes)),
        expires_in_seconds=said.expires_in_seconds,
    )
    async with context.quotas.looking(caller.project) as taking, context.database.write() as connection:
        first = await idempotency.begin_or_raise(connection, request)
        if first is not None:
            return Creation(first, is_replayed=True)
        if request is not None:
            taking.take(caller.project, Use(row_bytes=idempotency.bytes_of(request, [new.name or ""])))
        document = key_document(await keys.create(connection, new))
        await audit.record(connection, caller.act("key.create", key_id))
        kept = _answer({**document, "key": None})
        if request is not None:
            await idempotency.store_all(connection, [(request, kept)])
    return Creation(_answer({**document, "key": token}), is_replayed=False)


async def read(context: Context, caller: Actor, key_id: str) -> KeyRow:
    """One of the caller's project's keys.

    Raises:
        KeyNotFound: If it has no such key.
        DatabaseUnavailable: If the database does not answer.
    """
    async with context.database.read() as connection:
        return await keys.get(connection, _checked(key_id), caller.project)


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


async def revoke(context: Context, caller: Actor, key_id: str) -> None:
    """Revokes a key; asked again, changes nothing.

    Raises:
        KeyNotFound: If the caller's project has no such key.
        DatabaseUnavailable: If the database does not answer.
    """
    _checked(key_id)
    async with context.database.write() as connection:
        before = await keys.get(connection, key_id, caller.project)
        await keys.revoke(connection, key_id, caller.project)
        if before.revoked_at is None:
            await audit.record(connection, caller.act("key.revoke", key_id))


def _read(body: object) -> NewKeyBody:
    read_body = read_section(NewKeyBody, body, at=())
    if read_body.section is None:
        raise BodyFaulty(read_body.faults)
    return read_body.section


def _answer(document: dict[str, object]) -> Answer:
    return Answer(CREATED, f"/v1/keys/{document['id']}", orjson.dumps(document).decode())


def _checked(key_id: str) -> str:
    if not is_id(key_id, "key"):
        raise KeyNotFound(key_id[:100])
    return key_id
