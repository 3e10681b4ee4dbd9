"""What comes of a wish to make something, which may carry a key so that it is carried out once."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from db.connections.engine import Database
from db.errors import IdempotencyKeyReused
from db.projects import idempotency
from db.projects.idempotency import Answer, KeyedRequest
from services.errors import BodyFaulty

Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Keyed(Generic[Made]):
    """A wish that is carried out once, however often it comes.

    Attributes:
        request: Its key, and what tells it from others.
        answer_of: What is kept as its first answer, of what was made. It is called within the transaction.
    """

    request: KeyedRequest
    answer_of: Callable[[Made], Answer]


@dataclass(frozen=True, slots=True)
class Creation(Generic[Made]):
    """What came of it.

    Attributes:
        made: What was made; None if the same wish was carried out before, and nothing was made now.
        kept: The first answer, as it is kept; None of a wish without a key.
    """

    made: Made | None
    kept: Answer | None = None


async def first_answer(database: Database, request: KeyedRequest) -> Answer | None:
    """What the same request was answered before, if it was; for a request that cannot be carried out a second time.

    Raises:
        IdempotencyKeyReused: If the key came with another request.
        IdempotencyKeyInFlight: If a request with the key is being carried out.
        DatabaseUnavailable: If the database does not answer.
    """
    async with database.write() as connection:
        return await idempotency.begin_or_raise(connection, request)


async def first_answer_or_faults(database: Database, keyed: Keyed[Made] | None, faulty: BodyFaulty) -> Creation[Made]:
    """What a request was answered when its body had no faults yet, since something that it names was still there.

    Args:
        database: Where first answers are kept.
        keyed: If the request came with a key.
        faulty: What is wrong with its body now.

    Raises:
        BodyFaulty: If there is no first answer; this one.
        IdempotencyKeyInFlight: If a request with the key is being carried out.
        DatabaseUnavailable: If the database does not answer.
    """
    try:
        first = None if keyed is None else await first_answer(database, keyed.request)
    except IdempotencyKeyReused:
        first = None
    if first is None:
        raise faulty
    return Creation(None, first)
