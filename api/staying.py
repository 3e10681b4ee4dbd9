"""Those who stay: a stream ends soon after the key that opened it is revoked or has expired."""

import asyncio

from starlette.types import Message, Receive

from api.keyring import Keyring
from db.errors import DatabaseError

LOOK_SECONDS = 2.0
"""How often it is looked whether a key still opens: with the time a key is remembered, five seconds in all."""


def staying(receive: Receive, keyring: Keyring, key: str) -> Receive:
    """What a long answer hears of its client: that it went away, also once its key opens nothing any more."""

    async def receive_while_open() -> Message:
        waiting = asyncio.ensure_future(receive())
        try:
            while not (await asyncio.wait({waiting}, timeout=LOOK_SECONDS))[0]:
                if not await _opens(keyring, key):
                    return {"type": "http.disconnect"}
            return waiting.result()
        finally:
            waiting.cancel()

    return receive_while_open


async def _opens(keyring: Keyring, key: str) -> bool:
    try:
        return await keyring.open(key) is not None
    except DatabaseError:
        return True  # nothing new can be told meanwhile either
