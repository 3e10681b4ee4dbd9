"""Data sets of users that were read, as the database knows them."""

from collections.abc import Mapping, Sequence
from typing import Any

from db.attempts import endings
from db.attempts.attempts import Fence
from db.attempts.endings import Ending, NewArtifact
from db.connections.engine import Database
from db.datasets import datasets, stray_files
from db.datasets.datasets import NewDataset, StoredFile
from db.queue import claims
from db.tables.base import DEFAULT_PROJECT
from spec.ids import new_id
from spec.inputs import COLUMNS_FILE, FACTS_FILE
from spec.kinds import READ
from spec.states import FailureCode, JobStatus
from tests.db.scenes import draft, in_write

COLUMNS: Sequence[Mapping[str, Any]] = (
    {"name": "age", "member": "0", "type": "number", "missing": 0, "distinct": 40, "min": 18.0, "max": 90.0},
    {"name": "job", "member": "1", "type": "category", "missing": 0, "distinct": 3},
    {"name": "note", "member": "2", "type": "text", "missing": 0, "distinct": None},
    {"name": "kind", "member": "3", "type": "category", "missing": 0, "distinct": 3},
)
FACTS: Mapping[str, Any] = {"format": "csv", "rows": 100, "target": "kind", "columns": COLUMNS}


async def being_read(database: Database, *, project: str = DEFAULT_PROJECT, name: str | None = None) -> str:
    """The id of a data set whose file has just come."""
    key = f"blobs/{new_id('ds')}"
    job = draft(kind=READ, project=project)
    new = NewDataset(id=new_id("ds"), project=project, name=name, format="csv", description_json="{}", job=job)
    await in_write(database, stray_files.await_reference, key)
    await in_write(database, datasets.create, new, StoredFile(key, new.id, 10))
    return new.id


def files_of(dataset_id: str) -> dict[str, tuple[str, str, int]]:
    """Key, digest and size of what its reader left, by the names of the files."""
    return {
        name: (f"readings/{dataset_id}/{name}", f"{dataset_id} {name}", size)
        for name, size in ((COLUMNS_FILE, 4_000), (FACTS_FILE, 500))
    }


async def ready(
    database: Database,
    *,
    project: str = DEFAULT_PROJECT,
    name: str | None = None,
    facts: Mapping[str, Any] = FACTS,
    is_sound: bool = True,
) -> str:
    """The id of a data set that was read, or could not be read."""
    dataset_id = await being_read(database, project=project, name=name)
    claimed = await in_write(database, claims.claim_next, "reader", 0, [READ], 30)
    assert claimed is not None
    left = [NewArtifact(name, key, "", size, sha256) for name, (key, sha256, size) in files_of(dataset_id).items()]
    ending = Ending(
        status=JobStatus.SUCCEEDED,
        results={"format": "csv", "rows": facts["rows"], "facts": facts},
        artifacts=left,
    )
    if not is_sound:
        ending = Ending(
            status=JobStatus.FAILED,
            results={},
            error_code=FailureCode.DATA_ERROR,
            error_message="Row 3 has 2 fields, not 3.",
        )
    await in_write(database, endings.finish, Fence(claimed.job_id, claimed.attempt), ending)
    return dataset_id
