"""Tells of the rows of a job what a reference on them needs, and which other jobs it holds for."""

import hashlib
import json
from typing import Any

from spec.datasets.choice import DatasetSpec
from spec.training.training import TrainingSpec
from worker.reference_messages import Prepared
from worker.trainer.data.files import SharedArrays
from worker.trainer.data.prepared import PreparedData
from worker.trainer.evaluation.readings import Reading

FORMAT = 1
"""Raised when the same rows would get another reference."""

_UNIMPORTANT = {"name", "augment", "scaling", "validation_from"}
"""What a job says of its data set that changes no reference, which scales all columns itself. A data set that a user
sent is known to the supervisor by its id, since its name may be given to another one."""


def prepared_of(
    dataset: DatasetSpec, training: TrainingSpec, reading: Reading | None, data: PreparedData
) -> Prepared | None:
    """What a reference needs.

    Args:
        dataset: As the job says it.
        training: Of the job.
        reading: Of the network's output.
        data: The rows.

    Returns:
        None where the rows lie in no files that another process could read, or the output is an embedding.
    """
    if reading is None or not isinstance(data.held, SharedArrays):
        return None
    are_weighted = dataset.sample_weight is not None
    choice: dict[str, Any] = {
        "format": FORMAT,
        "name": dataset.name if not data.told else None,
        "kind": reading.kind,
        "dataset": dataset.model_dump(mode="json", exclude=_UNIMPORTANT),
        "validation_split": training.validation_split,
    }
    if are_weighted:  # those of the rows and of their classes come as one number
        choice["class_weight"] = training.model_dump(mode="json", include={"class_weight"})
    return Prepared(
        folder=str(data.held.folder),
        choice=hashlib.sha256(json.dumps(choice, sort_keys=True).encode()).hexdigest(),
        kind=reading.kind,
        encoding=reading.encoding,
        classes=reading.classes,
        tokens=_token_inputs(data),
        are_weighted=are_weighted,
    )


def _token_inputs(data: PreparedData) -> list[int]:
    inputs: list[dict[str, Any]] = data.told.get("preprocessing", {}).get("inputs", [])
    return [
        place
        for place, one in enumerate(inputs)
        if any(feature.get("encoding") == "tokens" for feature in one.get("features", []))
    ]
