"""Which database a URL means, and how its driver is told."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from db.connections import sqlite_driver

CONNECT_TIMEOUT_SECONDS = 5.0
STATEMENT_TIMEOUT_SECONDS = 15.0
_LOCK_SHARE = 2 / 3
"""Of a statement's time, which it may wait for a lock."""
_ANSWER_SHARE = 4 / 3
"""Of a statement's time, after which the server itself is given up: only one that no longer answers reaches it."""
_IDLE_IN_TRANSACTION_SECONDS = 5.0
"""No transaction here ever idles; one that does is a frozen process's, whose locks keep its jobs from the others."""


class DatabaseUrlInvalid(ValueError):
    """The URL is of no database this service can use. The message does not repeat it: it may hold a password."""


@dataclass(frozen=True)
class Address:
    """A URL with its driver and what the driver's ``connect`` is given beside it."""

    url: URL
    is_sqlite: bool
    connect_arguments: dict[str, Any]


def address_of(text: str, wait_seconds: float, statement_seconds: float = STATEMENT_TIMEOUT_SECONDS) -> Address:
    """The address that ``postgresql://…`` or ``sqlite:///path`` means; the driver is chosen here.

    Args:
        text: The URL.
        wait_seconds: How long SQLite waits for another process to stop writing.
        statement_seconds: How long a statement may take on PostgreSQL.

    Raises:
        DatabaseUrlInvalid: If it is neither, or SQLite's database in memory, which no two connections share.
    """
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise DatabaseUrlInvalid("The database URL is not a valid URL.") from None
    match url.drivername:
        case "postgresql" | "postgres" | "postgresql+asyncpg":
            return _postgresql(url.set(drivername="postgresql+asyncpg"), statement_seconds)
        case "sqlite" | "sqlite+aiosqlite":
            if not url.database or url.database == ":memory:":
                raise DatabaseUrlInvalid("SQLite needs a file, such as sqlite:////absolute/path.")
            return Address(
                url.set(drivername=sqlite_driver.NAME),
                is_sqlite=True,
                connect_arguments={"timeout": wait_seconds, "factory": sqlite_driver.LoopConnection},
            )
        case _:
            raise DatabaseUrlInvalid("The database URL must begin with postgresql:// or sqlite:///.")


def _postgresql(url: URL, statement_seconds: float) -> Address:
    # libpq's name for what asyncpg calls `ssl`, so that one URL serves psql and the service.
    if "sslmode" in url.query:
        url = url.update_query_dict({"ssl": url.query["sslmode"]}).difference_update_query(["sslmode"])
    arguments: dict[str, Any] = {
        "timeout": CONNECT_TIMEOUT_SECONDS,
        "command_timeout": _ANSWER_SHARE * statement_seconds,
        "server_settings": {
            "application_name": "netcoach",
            "jit": "off",
            "statement_timeout": _milliseconds(statement_seconds),
            "lock_timeout": _milliseconds(_LOCK_SHARE * statement_seconds),
            "idle_in_transaction_session_timeout": _milliseconds(_IDLE_IN_TRANSACTION_SECONDS),
        },
    }
    return Address(url, is_sqlite=False, connect_arguments=arguments)


def _milliseconds(seconds: float) -> str:
    return str(round(seconds * 1000))
