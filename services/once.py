"""Makes something in one transaction, once, however often the same wish comes."""

from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from db.projects import idempotency
from services.actors import Actor
from services.context import ServiceContext
from services.creations import Creation, Keyed, Made
from services.quotas.guard import Use


async def make_once(
    context: ServiceContext,
    actor: Actor,
    keyed: Keyed[Made] | None,
    make: Callable[[Any], Awaitable[Made]],
    kept_texts: Iterable[str | None],
) -> Creation[Made]:
    """What came of the wish: made now, or the first answer to the same one.

    Args:
        context: What services work with.
        actor: Who asks.
        keyed: If it came with a key.
        make: Makes it, given the database's connection, within the transaction.
        kept_texts: The texts of the first answer that are as long as the client likes.

    Raises:
        QuotaExceeded: If the first answer is to be kept, and the project has no bytes left for it.
        IdempotencyKeyReused: If the key came with another request.
        IdempotencyKeyInFlight: If a request with the key is being carried out.
        DatabaseUnavailable: If the database does not answer.
    """
    async with context.quotas.looking(actor.project) as taking, context.database.write() as connection:
        if keyed is None:
            return Creation(await make(connection))
        first = await idempotency.begin_or_raise(connection, keyed.request)
        if first is not None:
            return Creation(None, first)
        taking.take(actor.project, Use(row_bytes=idempotency.bytes_of(keyed.request, kept_texts)))
        made = await make(connection)
        kept = keyed.answer_of(made)
        await idempotency.store_all(connection, [(keyed.request, kept)])
        return Creation(made, kept)
