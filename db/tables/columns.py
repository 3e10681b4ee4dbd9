"""Column types that mean the same on both databases, and the clock of the database."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import TEXT, BigInteger, ColumnElement, DateTime, Delete, Dialect, Float, Insert, Update, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.selectable import TypedReturnsRows
from sqlalchemy.types import TypeDecorator, TypeEngine

_EARLIEST = datetime.min.replace(tzinfo=UTC)
_LATEST = datetime.max.replace(tzinfo=UTC)


class PlainText(TypeDecorator[str]):
    """Text that either database can hold.

    PostgreSQL refuses the character NUL, and neither database takes half a surrogate pair. Both may stand in
    what a client asks for, so they become a replacement character here instead of an error there.
    """

    impl = TEXT
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """The text as it is stored and compared."""
        del dialect
        if value is None or (value.isascii() and "\0" not in value):
            return value
        return value.encode("utf-8", "replace").decode("utf-8").replace("\0", "\N{REPLACEMENT CHARACTER}")


class Identifier(PlainText):
    """Text that sorts by its bytes, whatever the database's language is."""

    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[str]:
        """Collation "C" on PostgreSQL; SQLite compares bytes anyway."""
        return dialect.type_descriptor(TEXT(collation="C") if dialect.name == "postgresql" else TEXT())


class UtcTime(TypeDecorator[datetime]):
    """A moment: an aware `datetime` in UTC in Python.

    ``timestamptz`` on PostgreSQL; on SQLite ISO 8601 text of fixed width, to the millisecond, which sorts by time.
    """

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """The dialect's own type."""
        return dialect.type_descriptor(DateTime(timezone=True) if dialect.name == "postgresql" else TEXT())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:  # noqa: ANN401 -- differs by dialect
        """A moment as the database takes it; one that UTC cannot say becomes the nearest one it can."""
        if value is None:
            return None
        try:
            moment = value.astimezone(UTC)
        except OverflowError:
            moment = _EARLIEST if value.year == _EARLIEST.year else _LATEST
        if dialect.name == "postgresql":
            return moment
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ANN401 -- as above
        """The moment in UTC."""
        del dialect
        if value is None:
            return None
        return datetime.fromisoformat(value) if isinstance(value, str) else value.astimezone(UTC)


class db_now(FunctionElement[datetime]):  # noqa: N801 -- it reads as the SQL function it is
    """The database's time when the statement began, plus ``offset_seconds``.

    All times are the database's: a worker's clock may be wrong by hours. PostgreSQL's ``statement_timestamp()`` and
    not ``clock_timestamp()``: it does not move within a statement, so an index can be searched with it, and a
    statement that waited for a lock takes a lease's end rather too early than too late.
    """

    type = UtcTime()
    inherit_cache = True

    def __init__(self, offset_seconds: float | ColumnElement[float] = 0.0) -> None:
        is_expression = isinstance(offset_seconds, ColumnElement)
        super().__init__(offset_seconds if is_expression else literal(float(offset_seconds), Float()))


@compiles(db_now, "postgresql")
def _on_postgresql(element: db_now, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 -- SQLAlchemy's hook
    offset = compiler.process(element.clauses, **options)
    return f"(statement_timestamp() + make_interval(secs => {offset}))"


@compiles(db_now, "sqlite")
def _on_sqlite(element: db_now, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 -- SQLAlchemy's hook
    offset = compiler.process(element.clauses, **options)
    return f"strftime('%Y-%m-%dT%H:%M:%fZ', 'now', printf('%+.3f seconds', {offset}))"


class byte_length(FunctionElement[int]):  # noqa: N801 -- as above
    """Bytes of a text in UTF-8; NULL of NULL."""

    type = BigInteger()
    inherit_cache = True


@compiles(byte_length, "postgresql")
def _bytes_on_postgresql(element: byte_length, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 -- as above
    return f"octet_length({compiler.process(element.clauses, **options)})"


@compiles(byte_length, "sqlite")
def _bytes_on_sqlite(element: byte_length, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 -- as above
    # Its own octet_length came with 3.43.
    return f"length(CAST({compiler.process(element.clauses, **options)} AS BLOB))"


def returning(statement: Insert | Update | Delete, columns: Sequence[Any]) -> TypedReturnsRows[Any]:
    """The statement, made to return these columns of the rows it writes; SQLAlchemy types no list of them."""
    return_them: Any = statement.returning
    return return_them(*columns)
