"""What files of the storage an attempt begins with: all that a job has are said here."""

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from db.attempts import checkpoints
from db.datasets import readings
from spec.inputs import InputName
from spec.kinds import READ, TRAIN


@dataclass(frozen=True, slots=True)
class Input:
    """A file of the storage that is brought to the trainer before it is given its order.

    Attributes:
        name: What the trainer finds it by. Of several of one name, the first that is whole is brought.
        key: Where it lies.
        sha256: Of what was stored, in hexadecimal.
        size_bytes: Of what was stored.
        is_required: Whether nothing can be trained without it.
    """

    name: InputName
    key: str
    sha256: str
    size_bytes: int
    is_required: bool = True


async def inputs_of(
    connection: AsyncConnection,
    job_id: str,
    attempt: int,
    initial_weights_json: str | None = None,
    *,
    kind: str = TRAIN,
) -> tuple[Input, ...]:
    """What this attempt at a job begins with: its initial weights, and the checkpoints of earlier attempts.

    One that reads a data set begins with the file that was uploaded, if the data set was not deleted meanwhile.

    Args:
        connection: To read with.
        job_id: Which job.
        attempt: Which attempt, from 1.
        initial_weights_json: As the job's row has it.
        kind: Of the work.
    """
    if kind == READ:
        file = await readings.file_of(connection, job_id)
        return () if file is None else (Input(InputName.DATASET, *file),)
    inputs = [] if initial_weights_json is None else [_initial_weights(json.loads(initial_weights_json))]
    if attempt > 1:
        # The newest first.
        inputs += (
            Input(InputName.CHECKPOINT, row.key, row.sha256, row.size_bytes, is_required=False)
            for row in await checkpoints.list_for(connection, job_id)
        )
    return tuple(inputs)


def _initial_weights(file: dict[str, Any]) -> Input:
    return Input(InputName.INITIAL_WEIGHTS, file["key"], file["sha256"], file["size_bytes"])
