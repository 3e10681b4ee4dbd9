"""What the service cannot work without, and whether it answers."""

import asyncio

from api.context import Context
from api.errors import ServiceNotReady
from api.workers.service import count_alive
from broker.publisher import BrokerUnavailable
from db.errors import DatabaseUnavailable


async def check_ready(context: Context) -> None:
    """Returns if database, broker and at least one worker answer.

    Raises:
        ServiceNotReady: Names all that is missing.
    """
    missing = [fact for fact in await asyncio.gather(_missing_in_database(context), _missing_broker(context)) if fact]
    if missing:
        raise ServiceNotReady("; ".join(missing))


async def _missing_in_database(context: Context) -> str | None:
    try:
        alive = await count_alive(context)
    except DatabaseUnavailable:
        return "the database does not answer"
    return None if alive else "no worker is alive"


async def _missing_broker(context: Context) -> str | None:
    try:
        await asyncio.to_thread(context.publisher.ping)
    except BrokerUnavailable:
        return "the broker does not answer"
    return None
