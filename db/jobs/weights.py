"""The weights that jobs left, as other jobs begin with them."""

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, bindparam, null, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from db.jobs.rows import IS_OWN
from db.tables.attempts import Artifact
from db.tables.jobs import HAS_ENDED, Job, Removal
from spec.states import ENDED, JobStatus
from spec.weights.stored import BEST_WEIGHTS_FILE, WEIGHTS_FILE, StoredFile


@dataclass(frozen=True, slots=True)
class WeightsRow:
    """A job whose weights another one asks for.

    Attributes:
        has_ended: Whether it has.
        seed: Its seed.
        epoch: The last epoch that it recorded.
        results_json: What its trainer told at the end.
        spec_json: Its spec, if it was asked for.
        files: Its files with weights, by the names of the artifacts.
    """

    has_ended: bool
    seed: int
    epoch: int
    results_json: str | None
    spec_json: str | None
    files: dict[str, StoredFile]


HAS_NOT_ENDED = ~HAS_ENDED
"""Whether a job may still have an attempt, which needs the weights that it begins with."""

_last, _best = aliased(Artifact), aliased(Artifact)
_FILES = {WEIGHTS_FILE: _last, BEST_WEIGHTS_FILE: _best}
_JOINED = (
    Job.__table__.outerjoin(_last, and_(_last.job_id == Job.id, _last.name == WEIGHTS_FILE))
    .outerjoin(_best, and_(_best.job_id == Job.id, _best.name == BEST_WEIGHTS_FILE))
)  # fmt: skip
_FILE_COLUMNS = [column for file in _FILES.values() for column in (file.key, file.sha256, file.size_bytes)]
# With its spec, and without.
_STORED: dict[bool, Any] = {
    with_spec: select(Job.status, Job.seed, Job.epoch, Job.results_json, spec_json, *_FILE_COLUMNS)
    .select_from(_JOINED)
    .where(*IS_OWN)
    for with_spec, spec_json in ((True, Job.spec_json), (False, null()))
}
# Its key is locked: whoever deletes the job waits until the one that begins with its weights is there.
_THERE = (
    select(Artifact.key)
    .join(Job, Job.id == Artifact.job_id)
    .where(Job.id.in_(bindparam("job_ids", expanding=True)))
    .order_by(Job.id)
    .with_for_update(read=True, key_share=True, of=Job)
)
# Of many jobs that begin with the same file there is one row.
_NEEDED = select(Job.initial_weights_json).distinct().where(HAS_NOT_ENDED, Job.initial_weights_json.is_not(None))
_NEEDED_OF_JOB = _NEEDED.where(Job.initial_weights == bindparam("job_id"))
# The note of a deletion stays for as long as a file is needed.
_NEEDED_OF_DELETED = _NEEDED.join(Removal, Removal.job_id == Job.initial_weights).where(
    Job.project == bindparam("of_project")
)


async def stored(connection: AsyncConnection, job_id: str, project: str, *, with_spec: bool) -> WeightsRow | None:
    """What a job left of its weights; None if the project has no such job."""
    row: Any = (await connection.execute(_STORED[with_spec], {"job_id": job_id, "of_project": project})).one_or_none()
    if row is None:
        return None
    status, seed, epoch, results_json, spec_json, *files = row
    found = {name: files[3 * number : 3 * number + 3] for number, name in enumerate(_FILES)}
    return WeightsRow(
        JobStatus(status) in ENDED,
        seed,
        epoch,
        results_json,
        spec_json,
        {name: StoredFile(*told) for name, told in found.items() if told[0] is not None},
    )


async def there(connection: AsyncConnection, job_ids: Collection[str]) -> set[str]:
    """The keys of all files that these jobs still have; the jobs stay until the transaction ends.

    Args:
        connection: A write transaction.
        job_ids: Whose files.
    """
    rows = await connection.execute(_THERE, {"job_ids": sorted(job_ids)})
    return set(rows.scalars())


async def needed_files(connection: AsyncConnection, job_id: str) -> dict[str, int]:
    """The files of a job that others begin with which have not ended: the size in bytes of each, by its key."""
    return _sizes((await connection.execute(_NEEDED_OF_JOB, {"job_id": job_id})).scalars())


async def files_of_deleted(connection: AsyncConnection, project: str) -> dict[str, int]:
    """The files of a project's deleted jobs that are still needed: the size in bytes of each, by its key."""
    return _sizes((await connection.execute(_NEEDED_OF_DELETED, {"of_project": project})).scalars())


def _sizes(texts: Iterable[str | None]) -> dict[str, int]:
    told = [json.loads(text) for text in texts if text is not None]
    return {file["key"]: file["size_bytes"] for file in told}
