"""Answers that take long: each ends soon after the key that it was asked for with is revoked or has expired.

Whatever the answer is and however it was asked for: a stream, a wait, a download, a page that is read slowly. Each
request that came with a key is known here for as long as it is served, and the keys of those that stay are asked for
again and again.
"""

import asyncio
from dataclasses import dataclass

from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.answers import problems
from api.answers.errors import KeyInvalid
from api.serving.protocol import CONNECTION_STATE, BoundedProtocol
from db.errors import DatabaseError
from services.keys.keyring import Keyring

LOOK_SECONDS = 1.0
"""How often it is looked whether a key still opens: with the time a key is remembered, and the grace, five seconds."""
GRACE_SECONDS = 0.5
"""How long an answer under way may take to come to an end in order; then it is broken off."""


class Stays:
    """The requests under way, by the key they came with."""

    def __init__(self) -> None:
        self._stays: dict[str, set[_Stay]] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._looking: asyncio.Task[None] | None = None

    async def serve(self, app: ASGIApp, keyring: Keyring, key: str, call: tuple[Scope, Receive, Send]) -> None:
        """Has the application serve a request for as long as its key opens."""
        stay = _Stay(*call)
        stays = self._stays.setdefault(key, set())
        stays.add(stay)
        if self._timer is None and self._looking is None:
            self._wait(keyring)
        try:
            await stay.serve(app)
        finally:
            stays.discard(stay)
            if not stays and self._stays.get(key) is stays:
                del self._stays[key]

    def _wait(self, keyring: Keyring) -> None:
        self._timer = asyncio.get_running_loop().call_later(LOOK_SECONDS, self._begin_look, keyring)

    def _begin_look(self, keyring: Keyring) -> None:
        self._timer = None
        if self._stays:  # else the next request begins it again
            self._looking = asyncio.create_task(self._look(keyring), name="staying")

    async def _look(self, keyring: Keyring) -> None:
        try:
            for key, stays in list(self._stays.items()):
                if await keyring.open(key) is None:
                    for stay in stays:
                        stay.end()
        except DatabaseError:
            pass  # nothing new can be told meanwhile either
        finally:
            self._looking = None
            self._wait(keyring)


@dataclass(eq=False, slots=True)
class _Stay:
    """One request under way."""

    _scope: Scope
    _receive: Receive
    _send: Send
    _is_over: bool = False
    _has_begun: bool = False
    _is_complete: bool = False
    _is_refused: bool = False
    _waiting: asyncio.Timeout | None = None
    _bound: asyncio.Timeout | None = None

    def end(self) -> None:
        """The key opens nothing any more."""
        if not self._is_over:
            self._is_over = True
            _expire(self._waiting, 0.0)
            self._break_off_soon()

    async def serve(self, app: ASGIApp) -> None:
        """Serves the request, until the client has taken nearly all of the answer."""
        connection: BoundedProtocol | None = self._scope.get("state", {}).get(CONNECTION_STATE)
        self._bound = bound = asyncio.timeout(None)
        try:
            async with bound:
                await app(self._scope, self._hear, self._answer)
                if connection is not None:
                    await connection.taken()
        except TimeoutError:
            if not bound.expired():
                raise
        except ClientDisconnect:
            if not self._is_over or self._has_begun:
                raise
            await self._refuse()
        is_broken_off = bound.expired() or not self._is_complete
        if self._is_over and self._has_begun and is_broken_off and connection is not None:
            connection.abort()

    async def _hear(self) -> Message:
        """What the client says: that it went away, also once its key opens nothing any more."""
        if not self._is_over:
            self._waiting = bound = asyncio.timeout(None)
            try:
                async with bound:
                    return await self._receive()
            except TimeoutError:
                if not bound.expired():
                    raise
            finally:
                self._waiting = None
        return {"type": "http.disconnect"}

    async def _answer(self, message: Message) -> None:
        if self._is_refused:
            return
        if message["type"] != "http.response.start":
            self._is_complete = not message.get("more_body", False)
        elif self._is_over and self._scope["method"] == "GET":
            await self._refuse()  # what was done is told all the same; what was only waited for is not
            return
        else:
            self._has_begun = True
            if self._is_over:
                self._break_off_soon()
        await self._send(message)

    async def _refuse(self) -> None:
        self._is_refused = True
        error = KeyInvalid("Invalid API key. It was revoked or expired while the request was being served.")
        await (await problems.answer(Request(self._scope), error))(self._scope, self._receive, self._send)

    def _break_off_soon(self) -> None:
        if self._has_begun:
            _expire(self._bound, GRACE_SECONDS)


def _expire(bound: asyncio.Timeout | None, seconds: float) -> None:
    if bound is not None and not bound.expired():
        bound.reschedule(asyncio.get_running_loop().time() + seconds)
