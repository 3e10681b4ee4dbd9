"""What all tables share: names of constraints, types, the base class.

Statements are written on the tables' classes with SQLAlchemy Core; no ORM session is ever opened.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import BigInteger, ColumnElement, Enum, Index, Integer, MetaData, TextClause
from sqlalchemy.orm import DeclarativeBase, InstrumentedAttribute

from db.tables.columns import PlainText, UtcTime
from spec.states import JobStatus

DEFAULT_PROJECT = "default"
"""The project of all jobs while nobody is asked for a key."""
NAMES = {
    "ix": "%(table_name)s_%(column_0_N_name)s",
    "uq": "%(table_name)s_%(column_0_N_name)s_key",
    "ck": "%(table_name)s_%(constraint_name)s_check",
    "fk": "%(table_name)s_%(column_0_name)s_fkey",
    "pk": "%(table_name)s_pkey",
}


def _values(statuses: Iterable[JobStatus]) -> list[str]:
    return [status.value for status in statuses]


JOB_STATUS = Enum(
    JobStatus,
    name="status",
    native_enum=False,
    length=16,
    create_constraint=True,
    values_callable=_values,
)
RISING = BigInteger().with_variant(Integer(), "sqlite")
"""A key the database counts up: SQLite does so for its own INTEGER only."""


def partial_index(
    name: str, *columns: str | InstrumentedAttribute[Any], where: ColumnElement[bool] | TextClause
) -> Index:
    """An index of these rows alone, on either database."""
    return Index(name, *columns, postgresql_where=where, sqlite_where=where)


class Base(DeclarativeBase):
    """What the tables share. Times are the database's own."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map: ClassVar = {str: PlainText(), datetime: UtcTime(), JobStatus: JOB_STATUS}
