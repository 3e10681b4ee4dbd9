"""What files of the storage an attempt begins with: all that a job has are said here."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from db.attempts import checkpoints
from db.datasets import facts, readings
from spec.ids import is_id
from spec.inputs import DATASET_FILES, VALIDATION_FILES, InputName
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
        is_shared: Whether other jobs are likely to begin with the same file.
    """

    name: InputName
    key: str
    sha256: str
    size_bytes: int
    is_required: bool = True
    is_shared: bool = False


@dataclass(frozen=True, slots=True)
class Sources:
    """What files a job begins with, as its row has it.

    Attributes:
        initial_weights_json: The file of its initial weights.
        dataset: Its data set.
        validation_dataset: Another one, which has its validation rows.
    """

    initial_weights_json: str | None = None
    dataset: str | None = None
    validation_dataset: str | None = None

    @property
    def datasets(self) -> list[tuple[str, Mapping[str, InputName]]]:
        """The data sets of users among them, and what the files of each are to the training."""
        named = ((self.dataset, DATASET_FILES), (self.validation_dataset, VALIDATION_FILES))
        return [(name, files) for name, files in named if name is not None and is_id(name, "ds")]


async def inputs_of(
    connection: AsyncConnection, job_id: str, attempt: int, sources: Sources, *, kind: str = TRAIN
) -> tuple[Input, ...]:
    """What this attempt at a job begins with: data sets, initial weights, and the checkpoints of earlier attempts.

    One that reads a data set begins with the file that was uploaded, if the data set was not deleted meanwhile.

    Args:
        connection: To read with.
        job_id: Which job.
        attempt: Which attempt, from 1.
        sources: As the job's row has them.
        kind: Of the work.
    """
    if kind == READ:
        file = await readings.file_of(connection, job_id)
        return () if file is None else (Input(InputName.DATASET, *file),)
    inputs = await _of_datasets(connection, sources)
    if sources.initial_weights_json is not None:
        inputs.append(_initial_weights(json.loads(sources.initial_weights_json)))
    if attempt > 1:
        # The newest first.
        inputs += (
            Input(InputName.CHECKPOINT, row.key, row.sha256, row.size_bytes, is_required=False)
            for row in await checkpoints.list_for(connection, job_id)
        )
    return tuple(inputs)


async def _of_datasets(connection: AsyncConnection, sources: Sources) -> list[Input]:
    """The files of the data sets of users; for the others nothing is read."""
    datasets = sources.datasets
    if not datasets:
        return []
    files = await facts.files_of(connection, sorted({name for name, _ in datasets}))
    return [
        Input(names[file.name], file.key, file.sha256, file.size_bytes, is_shared=True)
        for dataset, names in datasets
        for file in files
        if file.dataset_id == dataset
    ]


def _initial_weights(file: dict[str, Any]) -> Input:
    return Input(InputName.INITIAL_WEIGHTS, file["key"], file["sha256"], file["size_bytes"], is_shared=True)
