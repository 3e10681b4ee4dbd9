"""Sums that only rise, whoever adds to them: what the metrics tell of work done by processes that come and go."""

from collections.abc import Mapping
from typing import Any, TypeAlias

from sqlalchemy import bindparam, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from db.tables.workers import Total

Key: TypeAlias = tuple[str, str]
"""The name of a metric, and its labels as ``name=value``, with commas between them."""


def _upsert(insert: Any) -> Any:  # noqa: ANN401 -- the two dialects' inserts have no type in common
    new = insert(Total).values(name=bindparam("of_name"), labels=bindparam("of_labels"), value=bindparam("more"))
    return new.on_conflict_do_update(
        index_elements=[Total.name, Total.labels], set_={"value": Total.value + new.excluded.value}
    )


_ADD = {"postgresql": _upsert(postgresql.insert), "sqlite": _upsert(sqlite.insert)}
_ALL = select(Total.name, Total.labels, Total.value).order_by(Total.name, Total.labels)


async def add(connection: AsyncConnection, sums: Mapping[Key, float]) -> None:
    """Add to each of these, in a write transaction; one that is not there yet begins with what is added."""
    if sums:
        # One order for all, so that two that add to the same cannot deadlock.
        rows = [{"of_name": name, "of_labels": labels, "more": more} for (name, labels), more in sorted(sums.items())]
        await connection.execute(_ADD[connection.dialect.name], rows)


async def read_all(connection: AsyncConnection) -> dict[Key, float]:
    """All of them."""
    return {(name, labels): value for name, labels, value in await connection.execute(_ALL)}
