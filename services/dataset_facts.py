"""What is known of the data sets that a body names: looked up before it is checked, since a check waits for nothing."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from db.connections.engine import Database
from db.datasets import facts
from db.datasets.datasets import READY
from db.datasets.facts import FactsRow
from services.actors import Actor
from services.errors import DatasetNotReady
from spec.datasets.built_in import built_in_facts
from spec.datasets.choice import names_in
from spec.datasets.column_facts import ColumnFacts
from spec.datasets.facts import CalledOtherwise, DatasetFacts, FactsOf
from spec.datasets.names import LONGEST_NAME

_CLASS = "class"
"""What a reader calls the folders of pictures."""
_ARRAY = "y"
_TARGETS = ("target", "label", "labels")


@dataclass(frozen=True, slots=True)
class FoundDatasets:
    """What was found of the data sets that a body names.

    Attributes:
        facts_of: Tells their facts; that is work, and depends on the length of the texts.
        texts: The JSON texts that it reads.
    """

    facts_of: FactsOf = built_in_facts
    texts: tuple[str, ...] = ()


async def datasets_named_in(database: Database, actor: Actor, body: object) -> FoundDatasets:
    """What the check of a body needs to know of data sets, whatever else is wrong with it.

    Nothing is read for those that are always there.

    Args:
        database: Where the data sets of users are.
        actor: Who sent it.
        body: A job spec, or another body with a ``dataset``, as JSON gives it.

    Raises:
        DatasetNotReady: If one of them is being read, or could not be read.
        DatabaseUnavailable: If the database does not answer.
    """
    names = [name for name in names_in(body) if built_in_facts(name) is None and len(name) <= LONGEST_NAME]
    if not names:
        return FoundDatasets()
    async with database.read() as connection:
        rows = {row.id: row for row in await facts.find(connection, names, actor.project)}
        others = {name: await facts.id_of(connection, name, actor.project) for name in names if name not in rows}
    for row in rows.values():
        if row.status != READY:
            raise DatasetNotReady(row.id, reason_of(row.error_json))
    called = {name: CalledOtherwise(other) for name, other in others.items() if other is not None}

    @cache
    def facts_of(name: str) -> DatasetFacts | CalledOtherwise | None:
        return facts_in(rows[name]) if name in rows else called.get(name) or built_in_facts(name)

    return FoundDatasets(facts_of, tuple(row.facts_json or "" for row in rows.values()))


def facts_in(row: FactsRow) -> DatasetFacts:
    """What is known of a whole data set, in the order of its columns.

    Args:
        row: A data set that is ready.
    """
    told: Mapping[str, Any] = json.loads(row.facts_json or "{}")
    read = tuple(ColumnFacts.of(column) for column in told.get("columns", ()) if column["type"] != "ignore")
    return DatasetFacts(
        name=row.id,
        rows=row.rows or 0,
        input_shape=(),
        target="number",
        target_column=told.get("target") or next(_likely_targets(told.get("format"), read), None),
        scaling="standard",
        read=read,
    )


def _likely_targets(file_format: object, read: Sequence[ColumnFacts]) -> Iterator[str]:
    """What a data set is most likely to predict of which nobody said it."""
    names = {column.name: column for column in read}
    if file_format == "images" and _CLASS in names:
        yield _CLASS
    if file_format == "npz":
        if _ARRAY in names:
            yield _ARRAY
        yield from (name for name in _TARGETS if name in names and _is_whole(names[name]))


def _is_whole(column: ColumnFacts) -> bool:
    if not column.is_single or column.type != "number":
        return column.is_single and column.type in {"category", "boolean"}
    known = (column.min, column.max, *(one.value for one in column.top))
    return all(isinstance(number, float) and number.is_integer() for number in known)


def reason_of(error_json: str | None) -> str | None:
    """Why a data set could not be read, by its row; None if it is being read."""
    return None if error_json is None else str(json.loads(error_json)["message"])
