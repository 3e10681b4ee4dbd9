"""PostgreSQL's advisory locks, for work that is done one after the other so that each counts what those before did."""

import asyncio

from sqlalchemy import BigInteger, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

CLAIMS_OF_JOBS = 7_283_014_992
"""Any numbers, the same for ever."""
CLAIMS_OF_DELIVERIES = 7_283_014_993

_TRIES = 25
_PAUSE_SECONDS = 0.02
_TRY = select(func.pg_try_advisory_xact_lock(bindparam("lock_key", type_=BigInteger())))


async def wait_for_others(connection: AsyncConnection, key: int) -> None:
    """Have the lock until the transaction ends; where one that has it is stuck, go on after half a second without it.

    SQLite's transactions follow one another anyway.
    """
    if connection.dialect.name != "postgresql":
        return
    for _ in range(_TRIES):
        if (await connection.execute(_TRY, {"lock_key": key})).scalar_one():
            return
        await asyncio.sleep(_PAUSE_SECONDS)
