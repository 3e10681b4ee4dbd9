"""What is known of a project's data sets, for jobs that are to use them, and the files that such jobs begin with."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from db.tables.attempts import Artifact
from db.tables.datasets import Dataset
from spec.ids import is_id
from spec.inputs import DATASET_FILES


@dataclass(frozen=True, slots=True)
class FactsRow:
    """A data set, as a job on it is checked.

    Attributes:
        facts_json: What its reader told of it; None unless it is ``ready``.
        error_json: Why it could not be read; None unless it is ``failed``.
    """

    id: str
    name: str | None
    status: str
    rows: int | None
    facts_json: str | None
    error_json: str | None


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A file that a reader left of a data set."""

    dataset_id: str
    name: str
    key: str
    sha256: str
    size_bytes: int


_IS_THERE = (Dataset.project == bindparam("of_project"), Dataset.deleted_at.is_(None))
_BY_ID = select(
    Dataset.id, Dataset.name, Dataset.status, Dataset.rows, Dataset.facts_json, Dataset.error_json
).where(Dataset.id.in_(bindparam("ids", expanding=True)), *_IS_THERE)  # fmt: skip
_BY_NAME = (
    select(Dataset.id).where(Dataset.name == bindparam("of_name"), *_IS_THERE).order_by(Dataset.id.desc()).limit(1)
)
# Whoever deletes one of them waits until the job is there that uses it, and then finds it. A lock on the key alone
# would not keep anybody from writing that it is deleted.
_THERE = (
    select(Dataset.id)
    .where(Dataset.id.in_(bindparam("ids", expanding=True)), Dataset.deleted_at.is_(None))
    .order_by(Dataset.id)
    .with_for_update(read=True)
)
_FILES = (
    select(Dataset.id, Artifact.name, Artifact.key, Artifact.sha256, Artifact.size_bytes)
    .join(Artifact, Artifact.job_id == Dataset.job_id)
    .where(Dataset.id.in_(bindparam("ids", expanding=True)), Artifact.name.in_(sorted(DATASET_FILES)))
    .order_by(Dataset.id, Artifact.name)
)


async def find(connection: AsyncConnection, names: Collection[str], project: str) -> list[FactsRow]:
    """Those of a project's data sets whose ids these are."""
    ids = sorted(name for name in names if is_id(name, "ds"))
    if not ids:
        return []
    rows = await connection.execute(_BY_ID, {"ids": ids, "of_project": project})
    return [FactsRow(*row) for row in rows]


async def id_of(connection: AsyncConnection, name: str, project: str) -> str | None:
    """The id of the project's newest data set of this name; None if it has none such."""
    found = await connection.execute(_BY_NAME, {"of_name": name, "of_project": project})
    return found.scalar_one_or_none()


async def there(connection: AsyncConnection, ids: Collection[str]) -> set[str]:
    """Those of these data sets that were not deleted; they are not until the transaction ends.

    Args:
        connection: A write transaction.
        ids: Which.
    """
    rows = await connection.execute(_THERE, {"ids": sorted(ids)})
    return set(rows.scalars())


async def files_of(connection: AsyncConnection, ids: Sequence[str]) -> list[ReadFile]:
    """The files that the readers of these data sets left."""
    rows = await connection.execute(_FILES, {"ids": sorted(ids)})
    return [ReadFile(*row) for row in rows]
