"""Answers that clients do not take: how long they are kept, and how much of them one process holds.

A connection is looked at from the moment a request on it is served until nothing of an answer waits any more. What
counts is whether the client takes anything: its system acknowledges bytes, or what waits here becomes less. A slow
download goes on for as long as it moves.
"""

import asyncio
import time
from dataclasses import dataclass
from typing import Protocol

import structlog

from api.prometheus import instruments

MAX_UNREAD_BYTES = 16 * 2**20
"""Of all answers that wait in one process to be taken. Beyond it those are let go that took nothing for longest."""
SPARED_TIMES = 4
"""Beyond so many times that, those too who are taking: many downloads at once are no attack."""
SPARED_SECONDS = 1.0
"""Who took something within this time is taking."""
LOOKS = 20
"""So often a connection is looked at before it is let go, or else every second."""
_log = structlog.stdlib.get_logger("api")


class Connection(Protocol):
    """What is looked at."""

    def is_answering(self) -> bool:
        """Whether a request is being served, or waits to be."""
        ...

    def unread_bytes(self) -> int:
        """What was written and the client has not acknowledged, wherever on this machine it waits."""
        ...

    def acknowledged_bytes(self) -> int:
        """What the client's machine has acknowledged so far; 0 where that cannot be told."""
        ...

    def abort(self) -> None:
        """Ends the connection; what waits is thrown away."""
        ...


@dataclass(slots=True)
class _Progress:
    """What is known of a connection.

    Attributes:
        moved_at: When it was seen last that the client took something, or that nothing waited for it.
        unread_bytes: What waited then.
        acknowledged_bytes: What had been acknowledged then.
    """

    moved_at: float
    unread_bytes: int = 0
    acknowledged_bytes: int = 0

    @property
    def is_taking(self) -> bool:
        """Whether the client has taken as much as waits for it, and something just now."""
        is_moving = self.moved_at > time.monotonic() - SPARED_SECONDS
        return is_moving and self.acknowledged_bytes >= self.unread_bytes


class UnreadAnswers:
    """The connections of one process that may have something unread.

    Args:
        patience_seconds: How long a client may take nothing.
        most_bytes: What may wait in all.
    """

    def __init__(self, patience_seconds: float, most_bytes: int = MAX_UNREAD_BYTES) -> None:
        self._patience_seconds = patience_seconds
        self._most_bytes = most_bytes
        self._look_seconds = min(1.0, patience_seconds / LOOKS)
        self._watched: dict[Connection, _Progress] = {}
        self._bytes = 0
        self._timer: asyncio.TimerHandle | None = None

    def watch(self, connection: Connection) -> None:
        """Looks at the connection until it answers nothing, and nothing waits."""
        if connection not in self._watched:
            self._watched[connection] = _Progress(time.monotonic())
            if self._timer is None:
                self._timer = asyncio.get_running_loop().call_later(self._look_seconds, self._look)

    def forget(self, connection: Connection) -> None:
        """The connection is no more."""
        progress = self._watched.pop(connection, None)
        if progress is not None:
            self._bytes -= progress.unread_bytes

    def grown(self, connection: Connection) -> None:
        """More was written to the connection than its client takes at once."""
        self.watch(connection)
        self._note(self._watched[connection], connection.unread_bytes())
        if self._bytes > self._most_bytes:
            self._measure()
            self._make_room()

    def drained(self, connection: Connection) -> None:
        """The client has taken nearly all that waited."""
        if (progress := self._watched.get(connection)) is not None:
            progress.moved_at = time.monotonic()
            self._note(progress, connection.unread_bytes())

    def _look(self) -> None:
        self._timer = None
        self._measure()
        self._make_room()
        late = time.monotonic() - self._patience_seconds
        for connection, progress in list(self._watched.items()):
            if progress.unread_bytes:
                if progress.moved_at <= late:
                    self._let_go(connection, "silent")
            elif not connection.is_answering():
                self.forget(connection)
        if self._watched:
            self._timer = asyncio.get_running_loop().call_later(self._look_seconds, self._look)

    def _make_room(self) -> None:
        for connection, progress in sorted(self._watched.items(), key=lambda watched: watched[1].moved_at):
            if self._bytes <= self._most_bytes:
                return
            is_spared = progress.is_taking and self._bytes <= SPARED_TIMES * self._most_bytes
            if progress.unread_bytes and not is_spared:
                self._let_go(connection, "crowded")

    def _measure(self) -> None:
        now = time.monotonic()
        for connection, progress in self._watched.items():
            unread_bytes = connection.unread_bytes()
            if not unread_bytes:
                progress.moved_at = now
            else:
                acknowledged_bytes = connection.acknowledged_bytes()
                if acknowledged_bytes > progress.acknowledged_bytes or unread_bytes < progress.unread_bytes:
                    progress.moved_at = now
                progress.acknowledged_bytes = acknowledged_bytes
            self._note(progress, unread_bytes)

    def _note(self, progress: _Progress, unread_bytes: int) -> None:
        self._bytes += unread_bytes - progress.unread_bytes
        progress.unread_bytes = unread_bytes

    def _let_go(self, connection: Connection, why: str) -> None:
        instruments.LET_GO.labels(why).inc()
        _log.info("disconnected a client not reading", why=why, unread_bytes=self._watched[connection].unread_bytes)
        self.forget(connection)
        connection.abort()
