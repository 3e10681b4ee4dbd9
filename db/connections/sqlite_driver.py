"""SQLite for an event loop: what is short runs on the loop, whatever may wait runs in a thread of the connection's own.

Python's `sqlite3` releases the interpreter's lock around every step, so a statement in a thread has to win the lock
back from a busy loop, up to 5 ms each time: a point read of 20 us would take milliseconds. Whoever opens a connection
says whether its statements are short. Beginning a transaction waits for other processes and committing for the disk:
these always go to the thread.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from types import ModuleType
from typing import Any, Self, TypeVar

from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.pool import AsyncAdaptedQueuePool
from sqlalchemy.util.concurrency import await_, in_greenlet

NAME = "sqlite+loop"
"""What a URL says that asks for this driver."""

Outcome = TypeVar("Outcome")


async def _nothing() -> None:
    """Done at once."""


class LoopConnection(sqlite3.Connection):
    """A connection of one event loop.

    Attributes:
        is_short: Whether the statements to come are short enough to be run on the loop.
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:  # noqa: ANN401 -- as `sqlite3` takes them
        super().__init__(*arguments, **{**named, "check_same_thread": False})
        self.is_short = False
        self._thread: ThreadPoolExecutor | None = None
        self._last: Future[Any] | None = None

    def cursor(self, factory: type[sqlite3.Cursor] | None = None) -> sqlite3.Cursor:  # pyright: ignore[reportIncompatibleMethodOverride] -- one kind of cursor
        """A cursor that runs where its connection says."""
        return super().cursor(factory or LoopCursor)

    def carry_out(self, act: Callable[[], Outcome]) -> Outcome:
        """Do it where statements are run at present."""
        if not self.is_short or self._is_busy:
            return self._wait_for(act)
        outcome = act()
        if in_greenlet():
            # SQLAlchemy insists that whoever serves a loop awaits something.
            await_(_nothing())
        return outcome

    def commit(self) -> None:
        """Commit, and wait for the disk."""
        self._wait_for(super().commit)

    def rollback(self) -> None:
        """Take everything back."""
        if self._is_busy or self.in_transaction:
            self._wait_for(super().rollback)

    def close(self) -> None:
        """Close; what the thread is still doing for somebody who has been cancelled is broken off first."""
        if self._thread is None:
            super().close()
            return
        if self._is_busy:
            # Else whoever asks for much and leaves, again and again, would have ever more threads at work.
            self.interrupt()
        if self._is_busy or not in_greenlet():
            self._thread.submit(super().close)
        else:
            self._wait_for(super().close)
        self._thread.shutdown(wait=False)

    @property
    def _is_busy(self) -> bool:
        """Whether the thread works for somebody who no longer waits: what follows must queue up behind it."""
        return self._last is not None and not self._last.done()

    def _wait_for(self, act: Callable[[], Outcome]) -> Outcome:
        if not in_greenlet():
            return act()
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, thread_name_prefix="sqlite")
        self._last = work = self._thread.submit(act)
        return await_(asyncio.wrap_future(work))


class LoopCursor(sqlite3.Cursor):
    """A cursor that has read all its rows once `execute` returns."""

    def __init__(self, connection: LoopConnection) -> None:
        super().__init__(connection)
        self._home = connection
        self._rows: list[Any] = []
        self._next = 0

    def execute(self, sql: str, parameters: Any = (), /) -> Self:  # noqa: ANN401 -- as `sqlite3` takes them
        """Run a statement."""
        run, read = super().execute, super().fetchall

        def act() -> None:
            # Not returned: the connection remembers what was done last, and with it what came of it.
            run(sql, parameters)
            self._rows, self._next = read() if self.description else [], 0

        self._carry_out(act)
        return self

    def executemany(self, sql: str, parameters: Iterable[Any], /) -> Self:
        """Run a statement with each of these."""
        run = super().executemany
        self._carry_out(lambda: run(sql, parameters))
        self._rows, self._next = [], 0
        return self

    def _carry_out(self, act: Callable[[], object]) -> None:
        close = super().close

        def act_or_close() -> None:
            try:
                act()
            except BaseException:
                # Nobody else does where nobody waits any more, and a connection with a statement that was begun is
                # not closed, whatever it says: its transaction would shut out all writers.
                close()
                raise

        self._home.carry_out(act_or_close)

    async def _async_soft_close(self) -> None:
        """SQLAlchemy's hook: the rows are here, and nothing waits to be closed."""

    def fetchone(self) -> Any:  # noqa: ANN401 -- a row
        """The next row, or None."""
        return next(iter(self.fetchmany(1)), None)

    def fetchmany(self, size: int | None = None) -> list[Any]:
        """The next rows."""
        first, self._next = self._next, self._next + (size or self.arraysize)
        return self._rows[first : self._next]

    def fetchall(self) -> list[Any]:
        """All further rows, which are the caller's alone from now on."""
        rest, self._rows, self._next = self._rows[self._next :], [], 0
        return rest


class LoopSqlite(SQLiteDialect_pysqlite):
    """SQLAlchemy's dialect for `LoopConnection`."""

    driver = "loop"
    is_async = True
    supports_statement_cache = True

    @classmethod
    def import_dbapi(cls) -> ModuleType:  # pyright: ignore[reportIncompatibleMethodOverride] -- the module is a DBAPI
        """Python's own module."""
        return sqlite3

    @classmethod
    def get_pool_class(cls, url: object) -> type[AsyncAdaptedQueuePool]:
        """Waiting for a connection does not hold up the loop."""
        del url
        return AsyncAdaptedQueuePool

    def get_driver_connection(self, connection: Any) -> Any:  # noqa: ANN401 -- SQLAlchemy's hook
        """The connection itself: nothing lies between it and SQLAlchemy."""
        return connection


registry.register("sqlite.loop", __name__, LoopSqlite.__name__)
