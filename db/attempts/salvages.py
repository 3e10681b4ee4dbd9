"""The weights of jobs that ended without a trainer to store them, made from a checkpoint afterwards.

Any number of workers may try at once: the first to record what it stored has done it, and the others are refused.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, exists, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from db.attempts import checkpoints
from db.attempts.checkpoints import CheckpointRow
from db.attempts.endings import NewArtifact
from db.jobs.transitions import touch
from db.tables.attempts import Artifact
from db.tables.jobs import HAS_ENDED, IS_TRAINING, Job, Leftover
from db.tables.repairs import RepairTrial
from spec.language.numbers import encode_json
from spec.weights.stored import WEIGHTS_FILE

NO_ATTEMPT = 0
"""In the place of the attempt that stored them: attempts count from 1."""

_HAS_WEIGHTS = exists().where(Artifact.job_id == Job.id, Artifact.name == WEIGHTS_FILE)
_IS_NOTED = exists().where(Leftover.job_id == Job.id)
# Whose weights nobody asks for: making them would take longer than most of what it trained.
_HAS_LOST = exists().where(RepairTrial.child == Job.id, RepairTrial.is_out)


@dataclass(frozen=True, slots=True)
class Salvage:
    """What was made of a checkpoint.

    Attributes:
        artifacts: The files, which lie in the storage.
        results: What is told of the training as it was then.
    """

    artifacts: Sequence[NewArtifact]
    results: Mapping[str, Any]


async def sources(connection: AsyncConnection, job_id: str) -> list[CheckpointRow]:
    """The checkpoints to make an ended job's weights from, the newest first; none if it has not ended, or has them."""
    if (await connection.execute(_wanting(job_id))).one_or_none() is None:
        return []
    return await checkpoints.list_for(connection, job_id)


async def record(connection: AsyncConnection, job_id: str, salvage: Salvage) -> bool:
    """Note the files of an ended job, and what is told of its training; recording the same again changes nothing.

    Args:
        connection: A write transaction.
        job_id: Which job.
        salvage: What was made.

    Returns:
        Whether the files are the job's now. They are not if it was deleted meanwhile, or another was faster.
    """
    # The lock keeps the job from being deleted, or recorded by another, until this is committed.
    found = (await connection.execute(_wanting(job_id).with_for_update())).one_or_none()
    if found is None:
        keys = {artifact.key for artifact in salvage.artifacts}
        return keys <= await keys_of(connection, job_id)
    (results_json,) = found
    results = json.loads(results_json or "{}") | salvage.results
    names = [artifact.name for artifact in salvage.artifacts]
    await connection.execute(delete(Artifact).where(Artifact.job_id == job_id, Artifact.name.in_(names)))
    await connection.execute(
        insert(Artifact),
        [
            {
                "job_id": job_id,
                "attempt": NO_ATTEMPT,
                "name": artifact.name,
                "key": artifact.key,
                "media_type": artifact.media_type,
                "size_bytes": artifact.size_bytes,
                "sha256": artifact.sha256,
            }
            for artifact in salvage.artifacts
        ],
    )
    await touch(connection, Job.id == job_id, {"results_json": encode_json(results)})
    return True


async def keys_of(connection: AsyncConnection, job_id: str) -> set[str]:
    """Where the files lie that were recorded."""
    rows = await connection.execute(
        select(Artifact.key).where(Artifact.job_id == job_id, Artifact.attempt == NO_ATTEMPT)
    )
    return set(rows.scalars())


def _wanting(job_id: str) -> Any:  # noqa: ANN401 -- a statement, to which a lock may be added
    """The results of a training that ended, is not cleared up after, has no weights, and lost no race of a repair."""
    is_wanting = (IS_TRAINING, HAS_ENDED, _IS_NOTED, ~_HAS_WEIGHTS, ~_HAS_LOST)
    return select(Job.results_json).where(Job.id == job_id, *is_wanting)
