"""Brings a database's tables to what this version needs: ``python -m db.migrate``."""

import asyncio
import os
import sys
from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection, text

from db.connections.engine import Database
from db.connections.urls import DatabaseUrlInvalid
from db.errors import DatabaseError, StatementFailed
from settings.privacy import keep_files_private
from settings.urls import UrlUnusable, check_database

_VARIABLE = "NETCOACH_DATABASE_URL"
_NOT_SET = f"{_VARIABLE} is not set."
_LOCK_KEY = 7_283_014_991
"""PostgreSQL's advisory lock of migrations; any number, the same for ever."""


def configuration(connection: Connection) -> Config:
    """Alembic's configuration, working on an open connection."""
    config = Config()
    # A percent sign is special in Alembic's configuration.
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def upgrade(url: str) -> None:
    """Bring the database's tables to the newest version, in one transaction; the newest are left as they are.

    Several may do so at once: they follow one another. Not to be called from a running event loop.

    Raises:
        DatabaseUnavailable: If the database is.
        DatabaseUrlInvalid: If the URL is of no database.
        StatementFailed: If the tables are not what they should be; they are left as they were.
    """
    asyncio.run(_within(url, lambda plain: command.upgrade(configuration(plain), "head")))


def from_command_line(run: Callable[[Connection], None]) -> None:
    """Do what Alembic was told on its own command line, in one transaction on the database of the environment.

    Raises:
        CommandError: If there is no such database, or it is unavailable.
    """
    url = os.environ.get(_VARIABLE)
    if not url:
        raise CommandError(_NOT_SET)
    try:
        check_database(url)
        asyncio.run(_within(url, run))
    except (UrlUnusable, DatabaseUrlInvalid) as error:
        raise CommandError(f"{_VARIABLE}: {error}") from None
    except DatabaseError as error:
        raise CommandError(str(error)) from error


async def _within(url: str, run: Callable[[Connection], None]) -> None:
    # SQLite alters a table that others refer to only while references are not checked.
    database = Database(url, pool_size=1, checks_references=False)
    try:
        async with database.write() as connection:
            if not database.is_sqlite:  # SQLite's write transaction is the lock
                await connection.execute(text("SET LOCAL statement_timeout = 0"))
                await connection.execute(text("SET LOCAL lock_timeout = 0"))
                await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK_KEY})
            await connection.run_sync(run)
            if database.is_sqlite and (await connection.execute(text("PRAGMA foreign_key_check"))).first():
                raise StatementFailed("After the migration, some rows would refer to rows that do not exist.")
    finally:
        await database.close()


def main() -> int:
    """Migrate the database that ``NETCOACH_DATABASE_URL`` names."""
    keep_files_private()
    url = os.environ.get(_VARIABLE)
    if not url:
        sys.stderr.write(f"{_NOT_SET}\n")
        return 2
    try:
        check_database(url)
        upgrade(url)
    except (UrlUnusable, DatabaseUrlInvalid) as error:
        sys.stderr.write(f"{_VARIABLE}: {error}\n")
        return 2
    except DatabaseError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
