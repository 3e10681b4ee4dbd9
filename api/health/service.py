"""What the service cannot work without, and whether it answers."""

import asyncio

from api.answers.errors import ServiceNotReady
from api.context import Context
from api.workers.service import vital_signs
from broker.publisher import BrokerUnavailable
from db.errors import DatabaseUnavailable


async def check_ready(context: Context) -> None:
    """Returns if database, broker and at least one worker answer, and nothing fails beside the requests and jobs.

    A background loop of this process or of a worker that is alive counts as failing until it went well again. One
    worker's is enough: what it does (expiring leases, clearing up) nobody may be doing then, and it is named, so that
    it can be told from there being no worker.

    Raises:
        ServiceNotReady: Names all that is missing.
    """
    found = await asyncio.gather(_missing_in_database(context), _missing_broker(context))
    missing = [fact for fact in found if fact]
    missing += [f"The background loop `{name}` of this process is failing." for name in context.loops.failing]
    if missing:
        raise ServiceNotReady(" ".join(missing))


async def _missing_in_database(context: Context) -> str | None:
    try:
        alive, failing = await vital_signs(context)
    except DatabaseUnavailable:
        return "The database does not answer."
    if not alive:
        return "No worker is alive."
    return " ".join(
        f'The background loop `{name}` of the worker "{worker_id}" is failing.'
        for worker_id, names in failing.items()
        for name in names
    )


async def _missing_broker(context: Context) -> str | None:
    try:
        await asyncio.to_thread(context.publisher.ping)
    except BrokerUnavailable:
        return "The broker does not answer."
    return None
