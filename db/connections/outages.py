"""Tells an outage of the database from an error of ours."""

import sqlite3
from enum import Enum, auto

import asyncpg  # pyright: ignore[reportMissingTypeStubs] -- it carries none
from sqlalchemy.exc import DBAPIError, PendingRollbackError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from db.errors import CommitUncertain, DatabaseUnavailable, SchemaNotMigrated


class Phase(Enum):
    """What a transaction was doing when an error came."""

    CONNECTING = auto()
    WORKING = auto()
    COMMITTING = auto()


# https://www.postgresql.org/docs/current/errcodes-appendix.html
_OUTAGE_CLASSES = {
    "08": "the connection was lost",
    "53": "it is out of resources (disk, memory or connections)",
    "57": "it was shut down, or cancelled a statement that took too long",
    "58": "its operating system reported an error",
    "40": "transactions conflicted with each other",
    "55": "a lock could not be acquired in time",
}
_OUTAGE_CODES = {
    "25006": "it is read-only",
    "25P03": "a transaction was idle for too long",
    "3D000": "it does not exist",
}
_MISSING_TABLE_CODES = frozenset({"42P01", "42703"})

# https://www.sqlite.org/rescode.html; extended codes begin with the primary one's name.
_SQLITE_OUTAGES = {
    "SQLITE_BUSY": "another process is writing to it",
    "SQLITE_LOCKED": "a table is locked",
    "SQLITE_FULL": "the disk is full",
    "SQLITE_IOERR": "reading or writing the file failed",
    "SQLITE_CANTOPEN": "the file cannot be opened",
    "SQLITE_READONLY": "the file cannot be written to",
    "SQLITE_PROTOCOL": "the file cannot be locked",
    "SQLITE_NOMEM": "it ran out of memory",
    "SQLITE_CORRUPT": "the file is damaged",
    "SQLITE_NOTADB": "the file is not a database",
}


def outage_of(error: Exception, phase: Phase) -> DatabaseUnavailable | None:
    """The outage that an error stands for, or None when it is another's or an error in a statement of ours."""
    reason = _reason(error, phase)
    if reason is None:
        return None
    message = f"The database is unavailable: {reason}."
    if _is_schema_missing(error):
        return SchemaNotMigrated(message)
    if phase is Phase.COMMITTING and _is_connection_lost(error):
        return CommitUncertain(message)
    return DatabaseUnavailable(message)


def _reason(error: Exception, phase: Phase) -> str | None:
    if isinstance(error, PoolTimeout):
        return "all connections are in use"
    if isinstance(error, TimeoutError):
        return "it did not answer in time"
    if isinstance(error, DBAPIError):
        return _driver_reason(error, phase)
    if phase is Phase.CONNECTING and isinstance(error, asyncpg.PostgresError):
        return _postgresql_reason(_sqlstate(error)) or f"it refused the connection ({type(error).__name__})"
    if phase is Phase.CONNECTING and isinstance(error, OSError | asyncpg.InterfaceError):
        return "it cannot be reached"
    return "the connection was lost" if isinstance(error, PendingRollbackError) else None


def _driver_reason(error: DBAPIError, phase: Phase) -> str | None:
    if _is_schema_missing(error):
        return "its tables are missing; run `python -m db.migrate`"
    if error.connection_invalidated:
        return "the connection was lost"
    if isinstance(error.orig, sqlite3.Error):
        return _sqlite_reason(error.orig)
    state = _sqlstate(error.orig)
    return "it cannot be reached" if state is None and phase is Phase.CONNECTING else _postgresql_reason(state)


def _postgresql_reason(state: str | None) -> str | None:
    if state is None:
        return None
    return _OUTAGE_CODES.get(state) or _OUTAGE_CLASSES.get(state[:2])


def _sqlite_reason(error: sqlite3.Error) -> str | None:
    # Errors of the Python module itself, as of a closed connection, carry no name.
    name = getattr(error, "sqlite_errorname", "")
    return next((reason for code, reason in _SQLITE_OUTAGES.items() if name.startswith(code)), None)


def _is_schema_missing(error: Exception) -> bool:
    if not isinstance(error, DBAPIError):
        return False
    if isinstance(error.orig, sqlite3.OperationalError):
        return str(error.orig).startswith(("no such table", "no such column"))
    return _sqlstate(error.orig) in _MISSING_TABLE_CODES


def _is_connection_lost(error: Exception) -> bool:
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or (_sqlstate(error.orig) or "").startswith(("08", "57P"))
    return isinstance(error, TimeoutError | OSError | PendingRollbackError)


def failure_of(error: DBAPIError) -> str:
    """Which statement the database refused and why, without a value in it."""
    driver_error = None if error.orig is None else error.orig.__cause__ or error.orig
    constraint = getattr(driver_error, "constraint_name", None)
    kind = _sqlstate(error.orig) or getattr(error.orig, "sqlite_errorname", "")
    return " ".join(str(part) for part in (type(error).__name__, kind, constraint, error.statement) if part)


def _sqlstate(error: BaseException | None) -> str | None:
    return getattr(error, "sqlstate", None)
