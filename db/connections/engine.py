"""Connections: one `Database` a process, on one event loop."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import Connection, event, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from db.connections.outages import Phase, failure_of, outage_of
from db.connections.urls import STATEMENT_TIMEOUT_SECONDS, Address, address_of
from db.errors import StatementFailed

SQLITE_READERS = 4

_SQLITE_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    # Every commit is synced before it is acknowledged: NORMAL would lose the last ones when the machine dies.
    "PRAGMA synchronous = FULL",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA mmap_size = 268435456",
)


class Database:
    """A PostgreSQL or SQLite database.

    Nothing is connected to before the first use. Errors and logs never hold a parameter's value.

    Args:
        url: ``postgresql://…`` or ``sqlite:////absolute/path``.
        pool_size: Connections to PostgreSQL at most.
        wait_seconds: How long to wait for a free connection, and on SQLite for another process to stop writing.
        statement_seconds: How long a statement may take on PostgreSQL; two thirds of it waiting for a lock.
        checks_references: Whether SQLite refuses rows that refer to none, as PostgreSQL does; not while it migrates.

    Raises:
        DatabaseUrlInvalid: If the URL is neither.
    """

    def __init__(
        self,
        url: str,
        *,
        pool_size: int = 10,
        wait_seconds: float = 5.0,
        statement_seconds: float = STATEMENT_TIMEOUT_SECONDS,
        checks_references: bool = True,
    ) -> None:
        address = address_of(url, wait_seconds, statement_seconds)
        self.is_sqlite = address.is_sqlite
        if address.is_sqlite:
            # SQLite has one writer at a time: waiting in this pool is fair, waiting for the file's lock is not.
            checks = f"PRAGMA foreign_keys = {'ON' if checks_references else 'OFF'}"
            self._writer = _sqlite_engine(address, 1, wait_seconds, checks, is_reader=False)
            self._reader = _sqlite_engine(address, SQLITE_READERS, wait_seconds, checks, is_reader=True)
        else:
            self._writer = _postgresql_engine(address, pool_size, wait_seconds)
            # Same pool. A transaction would cost a read two round trips and give it nothing under READ COMMITTED.
            self._reader = self._writer.execution_options(isolation_level="AUTOCOMMIT")

    @asynccontextmanager
    async def read(self, *, is_short: bool = False) -> AsyncGenerator[AsyncConnection]:
        """A connection to read with; each statement sees what was committed when it began.

        Args:
            is_short: Whether each statement takes some 0.1 ms at most, which SQLite then does on the event loop.

        Raises:
            DatabaseUnavailable: If the database is, at any point.
            StatementFailed: If it refused a statement.
        """
        phase = Phase.CONNECTING
        try:
            async with self._reader.connect() as connection:
                self._say(connection, is_short=is_short)
                phase = Phase.WORKING
                yield connection
        except Exception as error:
            _raise_in_our_words(error, phase)
            raise

    @asynccontextmanager
    async def write(self, *, is_short: bool = False) -> AsyncGenerator[AsyncConnection]:
        """A transaction: READ COMMITTED on PostgreSQL, ``BEGIN IMMEDIATE`` on SQLite.

        Committed when the block ends, rolled back when it raises.

        Args:
            is_short: As for `read`; the commit itself never holds up the loop.

        Raises:
            DatabaseUnavailable: If the database is, at any point; nothing was written.
            CommitUncertain: If the connection was lost in the commit itself.
            StatementFailed: If it refused a statement.
        """
        phase = Phase.CONNECTING
        try:
            async with self._writer.connect() as connection:
                # Beginning waits for other processes' transactions.
                self._say(connection, is_short=False)
                await connection.begin()
                self._say(connection, is_short=is_short)
                phase = Phase.WORKING
                yield connection
                phase = Phase.COMMITTING
                await connection.commit()
        except Exception as error:
            _raise_in_our_words(error, phase)
            raise

    def _say(self, connection: AsyncConnection, *, is_short: bool) -> None:
        if self.is_sqlite:
            driver: Any = connection.sync_connection.connection.dbapi_connection  # pyright: ignore[reportOptionalMemberAccess] -- it is open
            driver.is_short = is_short

    async def ping(self) -> None:
        """Ask the database for a sign of life.

        Raises:
            DatabaseUnavailable: If it gives none.
        """
        async with self.read() as connection:
            await connection.execute(text("SELECT 1"))

    async def close(self) -> None:
        """Close all connections."""
        await self._writer.dispose()
        if self.is_sqlite:
            await self._reader.dispose()


def _raise_in_our_words(error: Exception, phase: Phase) -> None:
    outage = outage_of(error, phase)
    if outage is not None:
        raise outage from error
    if isinstance(error, DBAPIError):
        # Without its cause, which may quote the row: `DETAIL: Failing row contains (…)`.
        raise StatementFailed(failure_of(error)) from None


def _postgresql_engine(address: Address, pool_size: int, wait_seconds: float) -> AsyncEngine:
    engine = create_async_engine(
        address.url,
        connect_args=address.connect_arguments,
        hide_parameters=True,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=wait_seconds,
        pool_use_lifo=True,
    )

    # asyncpg learns of a closed socket by itself, so a restarted server costs no request, and a healthy one no ping.
    @event.listens_for(engine.sync_engine, "checkout")
    def _refuse_closed(  # pyright: ignore[reportUnusedFunction] -- registered by its decorator
        connection: DBAPIConnection, _record: ConnectionPoolEntry, _proxy: PoolProxiedConnection
    ) -> None:
        driver: Any = connection.driver_connection  # pyright: ignore[reportAttributeAccessIssue] -- SQLAlchemy's adapter
        if driver.is_closed():
            raise DisconnectionError

    return engine


def _sqlite_engine(
    address: Address, pool_size: int, wait_seconds: float, checks: str, *, is_reader: bool
) -> AsyncEngine:
    engine = create_async_engine(
        address.url,
        connect_args=address.connect_arguments,
        hide_parameters=True,
        # The sqlite3 module begins no transaction by itself: readers need none, the writer begins its own below.
        isolation_level="AUTOCOMMIT",
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=wait_seconds,
        pool_use_lifo=True,
        skip_autocommit_rollback=is_reader,
        pool_reset_on_return=None if is_reader else "rollback",
    )

    @event.listens_for(engine.sync_engine, "connect")
    def _prepare(  # pyright: ignore[reportUnusedFunction] -- registered by its decorator
        connection: DBAPIConnection, _record: ConnectionPoolEntry
    ) -> None:
        cursor = connection.cursor()
        for pragma in (*_SQLITE_PRAGMAS, checks):
            cursor.execute(pragma)
        if is_reader:
            cursor.execute("PRAGMA query_only = ON")
        cursor.close()

    if not is_reader:

        @event.listens_for(engine.sync_engine, "begin")
        def _begin(connection: Connection) -> None:  # pyright: ignore[reportUnusedFunction] -- as above
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine
