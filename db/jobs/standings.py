"""Where jobs stand, in a few numbers: read for many of them at once, and only of those that changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import TEXT, BigInteger, Integer, bindparam, column, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from db.jobs.rows import IS_OWN, existing
from db.tables.columns import Identifier
from db.tables.jobs import Job
from spec.language.numbers import encode_json
from spec.states import ENDED, JobStatus


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a job stands.

    Attributes:
        revision: Rises with every visible change.
        epoch, epochs: Done, and asked for.
        fraction: Of the whole job, 0..1.
        eta_seconds: Until its end, if that is known.
        is_repairing: Whether its repair is under way.
        first_epoch: How many epochs the training that it continues has had; the first one of its own follows them.
    """

    job_id: str
    revision: int
    status: JobStatus
    epoch: int
    epochs: int
    fraction: float
    eta_seconds: float | None
    first_epoch: int = 0
    is_repairing: bool = False

    @property
    def has_ended(self) -> bool:
        """Whether nothing follows the state it is in, and no repair is under way."""
        return self.status in ENDED and not self.is_repairing


_COLUMNS = (
    Job.revision,
    Job.status,
    Job.epoch,
    Job.epochs,
    Job.fraction,
    Job.eta_seconds,
    Job.first_epoch,
    Job.is_repairing,
)
_OF_ANY = select(Job.id, *_COLUMNS).where(Job.id == bindparam("of_job"))
_OF_ONE = select(Job.id, *_COLUMNS).where(*IS_OWN)


def _changed_on_postgresql() -> Any:  # noqa: ANN401 -- the two dialects' statements have no type in common
    seen = (
        func.unnest(bindparam("job_ids", type_=ARRAY(TEXT())), bindparam("revisions", type_=ARRAY(BigInteger())))
        .table_valued(column("job_id", Identifier()), column("revision", BigInteger()))
        .render_derived(name="seen")
    )
    return _changed_since(seen.c.job_id, seen.c.revision, seen)


def _changed_on_sqlite() -> Any:  # noqa: ANN401 -- as above
    seen = func.json_each(bindparam("seen")).table_valued("value", name="seen")
    job_id = func.json_extract(seen.c.value, "$[0]", type_=Identifier())
    return _changed_since(job_id, func.json_extract(seen.c.value, "$[1]", type_=Integer()), seen)


def _changed_since(job_id: Any, revision: Any, seen: Any) -> Any:  # noqa: ANN401 -- as above
    joined = seen.outerjoin(Job, Job.id == job_id)
    return select(job_id, *_COLUMNS).select_from(joined).where(Job.revision.is_distinct_from(revision))


_CHANGED = {"postgresql": _changed_on_postgresql(), "sqlite": _changed_on_sqlite()}


async def require(connection: AsyncConnection, job_id: str, project: str) -> Standing:
    """Where the job stands.

    Raises:
        JobNotFound: If the project has no such job.
    """
    found = await connection.execute(_OF_ONE, {"job_id": job_id, "of_project": project})
    return Standing(*existing(found.one_or_none(), job_id))


async def of_job(connection: AsyncConnection, job_id: str) -> Standing | None:
    """Where a job stands, whose ever it is and of whatever kind; None if there is none such."""
    found = (await connection.execute(_OF_ANY, {"of_job": job_id})).one_or_none()
    return None if found is None else Standing(*found)


async def changed(connection: AsyncConnection, seen: Mapping[str, int]) -> dict[str, Standing | None]:
    """Of these jobs those whose revision is another than the one said; None for a job that is gone. One statement.

    Args:
        connection: To read with.
        seen: Ids, each of a job whose owner asks, and revisions.
    """
    if connection.dialect.name == "postgresql":
        parameters: dict[str, Any] = {"job_ids": list(seen), "revisions": list(seen.values())}
    else:
        parameters = {"seen": encode_json(list(seen.items()))}
    rows: Any = await connection.execute(_CHANGED[connection.dialect.name], parameters)
    return {job_id: None if found[0] is None else Standing(job_id, *found) for job_id, *found in rows}
