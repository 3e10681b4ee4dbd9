"""The statements that write new jobs with their labels, outbox entries and first events.

On PostgreSQL it is one for all of it: a round trip costs more than what it asks for. On SQLite, where a statement is a
call, it is one for each table.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, TEXT, bindparam, case, cast, column, func, insert, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from db.jobs import events, outbox
from db.jobs.outbox import OutboxRow
from db.tables.columns import PlainText
from db.tables.jobs import Event, Job, JobLabel, OutboxEntry

COLUMNS = (
    "id",
    "project",
    "name",
    "status",
    "kind",
    "spec_json",
    "seed",
    "metadata_json",
    "dataset",
    "accelerator",
    "gpus",
    "priority",
    "max_attempts",
    "max_runtime_seconds",
    "parent",
    "sweep",
    "epochs",
    "train_rows",
    "request_id",
    "traceparent",
    "created_at",
    "pause_at_epoch",
    "row_bytes",
)
"""What a new job's row says for itself; the rest is the table's defaults."""

_INSERT = insert(Job)
_INSERT_LABELS = insert(JobLabel)


def _in_one() -> Any:  # noqa: ANN401 -- no type says what a statement of several inserts returns
    def told(parameter: str, *columns: Any) -> Any:  # noqa: ANN401 -- columns of any type
        recordset = func.json_to_recordset(cast(bindparam(parameter, type_=TEXT()), JSON()))
        return recordset.table_valued(*columns).render_derived(name=parameter, with_types=True)

    job_table, label_table = Job.__table__, JobLabel.__table__
    new = told("new_jobs", *[column(name, job_table.c[name].type) for name in COLUMNS])
    # Defaults that are no SQL are filled in at the top of a statement only.
    rows = select(*new.c, literal(0.0))
    jobs = insert(Job).from_select([*COLUMNS, "fraction"], rows)
    made = jobs.returning(Job.id, Job.accelerator, Job.request_id).cte("made")
    pairs = told("new_labels", *[column(name, label_table.c[name].type) for name in ("job_id", "label")])
    labels = insert(JobLabel).from_select(["job_id", "label"], select(*pairs.c))
    entries = insert(OutboxEntry).from_select(["job_id", "accelerator"], select(made.c.id, made.c.accelerator))
    # A request's id is plain: letters, digits, dots, dashes.
    told_of = case((made.c.request_id.is_(None), "{}"), else_=literal('{"request_id":"') + made.c.request_id + '"}')
    first = select(made.c.id, literal(1), literal(events.CREATED), told_of)
    history = insert(Event).from_select(["job_id", "number", "type", "data_json"], first)
    others = [labels.cte("labelled"), entries.cte("noted"), history.cte("told")]
    return select(made.c.id).limit(1).add_cte(*others)


_ALL_IN_ONE = _in_one()
_STORABLE = PlainText()


async def write(
    connection: AsyncConnection, new: Sequence[Mapping[str, Any]], labels: Sequence[tuple[str, str]]
) -> None:
    """Write new jobs.

    Args:
        connection: A write transaction.
        new: `COLUMNS` of each.
        labels: Ids of jobs, and a label of each.
    """
    pairs = [{"job_id": job_id, "label": label} for job_id, label in labels]
    if connection.dialect.name == "postgresql":
        told = {"new_jobs": _json(connection, new), "new_labels": _json(connection, pairs)}
        await connection.execute(_ALL_IN_ONE, told)
        return
    await connection.execute(_INSERT, list(new))
    if pairs:
        await connection.execute(_INSERT_LABELS, pairs)
    await outbox.add_all(connection, [OutboxRow(job["id"], job["accelerator"]) for job in new])
    await events.append_created(connection, [(job["id"], job["request_id"]) for job in new])


def _json(connection: AsyncConnection, rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows as JSON text; what cannot be stored is replaced as in a parameter of its own."""
    dialect = connection.dialect
    return json.dumps(
        [
            {
                name: _STORABLE.process_bind_param(value, dialect) if isinstance(value, str) else value
                for name, value in row.items()
            }
            for row in rows
        ],
        ensure_ascii=False,
        default=datetime.isoformat,
    )
