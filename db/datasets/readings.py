"""How the job that reads a data set ends, and what file it begins with.

It is called in the transaction that ends the job (`db.jobs.ends`), whichever way it ends.
"""

import json
from typing import Any

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from db.jobs.rows import JobRow
from db.tables.columns import byte_length, db_now
from db.tables.datasets import Blob, Dataset
from db.tables.jobs import Job
from db.tables.row_sizes import of_texts
from spec.language.numbers import encode_json
from spec.states import JobStatus

_RESULTS = select(Job.results_json).where(Job.id == bindparam("of_job"))
_FILE = (
    select(Blob.key, Blob.sha256, Blob.size_bytes)
    .join(Dataset, Dataset.blob_sha256 == Blob.sha256)
    .where(Dataset.job_id == bindparam("of_job"))
)
# What it told is the data set's now, and may be long: one copy of it is enough.
_LET_GO = (
    update(Job)
    .where(Job.id == bindparam("of_job"), Job.results_json.is_not(None))
    .values(results_json=None, row_bytes=Job.row_bytes - byte_length(Job.results_json))
)
_SHOWN = ("columns", "shape", "classes", "warnings")
"""What is shown of the facts, each in a column of its own."""
_UNSHOWN = frozenset({"member", "values", "truth"})
"""What is known of a column and is for programs alone: it may be long."""
_ENDED_OTHERWISE = {
    JobStatus.CANCELLED: ("cancelled", "Reading the data set was cancelled."),
    JobStatus.FAILED: ("internal", "The data set could not be read."),
}


async def note_end(connection: AsyncConnection, row: JobRow) -> None:
    """Write into the data set what came of reading it; one that is gone meanwhile is no error.

    A reader that succeeded tells ``format``, ``rows`` and ``facts`` in its results, and in the facts ``columns``,
    ``shape``, ``classes`` and ``warnings``. One that found the file at fault tells ``faults`` in its results, and the
    job has the code and the message. The results of the job are let go.
    """
    results_json = (await connection.execute(_RESULTS, {"of_job": row.id})).scalar_one()
    results: dict[str, Any] = json.loads(results_json) if results_json else {}
    values: dict[str, Any] = {"ended_at": db_now()}
    if row.status is JobStatus.SUCCEEDED:
        values |= {"status": "ready", "rows": results.get("rows")}
        facts: dict[str, Any] = results.get("facts") or {}
        shown = facts | {"columns": [_shown(column) for column in facts.get("columns", ())]}
        values |= {f"{name}_json": encode_json(shown[name]) for name in _SHOWN if shown.get(name) is not None}
        values["facts_json"] = encode_json(facts)
        if results.get("format") is not None:
            values["format"] = results["format"]
    else:
        values |= {"status": "failed", "error_json": _error_json(row, results)}
    grown: Any = of_texts(value for name, value in values.items() if name.endswith("_json"))
    if "warnings_json" in values:
        grown = grown - func.coalesce(byte_length(Dataset.warnings_json), 0)
    await connection.execute(
        update(Dataset).where(Dataset.job_id == row.id).values(row_bytes=Dataset.row_bytes + grown, **values)
    )
    await connection.execute(_LET_GO, {"of_job": row.id})


async def file_of(connection: AsyncConnection, job_id: str) -> tuple[str, str, int] | None:
    """Key, SHA-256 and size of the file that the job reads; None if its data set is gone."""
    found = (await connection.execute(_FILE, {"of_job": job_id})).one_or_none()
    return None if found is None else (found[0], found[1], found[2])


def _shown(column: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in column.items() if name not in _UNSHOWN}


def _error_json(row: JobRow, results: dict[str, Any]) -> str:
    code, message = _ENDED_OTHERWISE[row.status]
    return encode_json(
        {
            "code": row.error_code or code,
            "message": row.error_message or message,
            "faults": results.get("faults", []),
            "more_faults": results.get("more_faults", 0),
        }
    )
