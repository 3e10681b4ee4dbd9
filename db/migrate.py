"""Brings a database's tables to what this version needs: ``python -m db.migrate``."""

import asyncio
import os
import sys
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

from db.engine import Database
from db.errors import DatabaseError, StatementFailed
from db.urls import DatabaseUrlInvalid
from settings.privacy import keep_files_private
from settings.urls import UrlUnusable, check_database

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
    asyncio.run(_upgrade(url))


async def _upgrade(url: str) -> None:
    # SQLite alters a table that others refer to only while references are not checked.
    database = Database(url, pool_size=1, checks_references=False)
    try:
        async with database.write() as connection:
            if not database.is_sqlite:  # SQLite's write transaction is the lock
                await connection.execute(text("SET LOCAL statement_timeout = 0"))
                await connection.execute(text("SET LOCAL lock_timeout = 0"))
                await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK_KEY})
            await connection.run_sync(lambda plain: command.upgrade(configuration(plain), "head"))
            if database.is_sqlite and (await connection.execute(text("PRAGMA foreign_key_check"))).first():
                raise StatementFailed("After the migration, some rows would refer to rows that do not exist.")
    finally:
        await database.close()


def main() -> int:
    """Migrate the database that ``NETCOACH_DATABASE_URL`` names."""
    keep_files_private()
    url = os.environ.get("NETCOACH_DATABASE_URL")
    if not url:
        sys.stderr.write("NETCOACH_DATABASE_URL is not set.\n")
        return 2
    try:
        check_database(url)
        upgrade(url)
    except (UrlUnusable, DatabaseUrlInvalid) as error:
        sys.stderr.write(f"NETCOACH_DATABASE_URL: {error}\n")
        return 2
    except DatabaseError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
