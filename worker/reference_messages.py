"""What is said of a reference: trainer and supervisor tell which rows, and a program of its own tells how good it was.

``python -m worker.trainer.reference`` reads a `Prepared` as one line of JSON, and writes a `Reference` a line.
"""

import json
from typing import Literal

from pydantic import BaseModel, ConfigDict

from spec.training.targets import Encoding

GONE = 3
"""What the program ends with where the rows are not there any more."""


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Prepared(_Message):
    """The rows that a job trains on, as files: what `worker.trainer.reference` looks at.

    Attributes:
        folder: Where they lie, within the folder of prepared rows that all trainers share.
        choice: A digest of all that decides which rows they are and what is learned of them, but for the data sets
            of users among it, which the supervisor knows by their ids.
        kind: As what the target is read, as `worker.trainer.evaluation.readings.Reading` has it.
        encoding: How it is laid.
        classes: How many there are; 0 of others.
        tokens: Which of the inputs are numbers of words, counted from 0.
        are_weighted: Whether the weights of rows come from the data set: those that come from classes are the
            training's own.
    """

    folder: str
    choice: str
    kind: Literal["classes", "labels", "number"]
    encoding: Encoding
    classes: int = 0
    tokens: list[int] = []
    are_weighted: bool = False


class Score(_Message):
    """What a reference model reached on rows that it did not learn from.

    Attributes:
        model: Its name; "guess" is what is said without one.
        score: In the unit of the metric.
        balanced: The mean recall of the classes, where there are classes.
    """

    model: str
    score: float
    balanced: float | None = None


class Reference(_Message):
    """What ``python -m worker.trainer.reference`` has found so far: one a line, each with all of those before.

    Attributes:
        metric: What the scores are: ``accuracy``, ``exact_match`` of labels, or ``r2``.
        scores: The guess first.
        train_rows: On how many rows the models learned.
        rows: On how many they were evaluated.
        has_validation: Whether these are validation rows; otherwise they are training rows that were set apart.
        seconds: Of processor time so far.
    """

    metric: Literal["accuracy", "exact_match", "r2"]
    scores: list[Score]
    train_rows: int
    rows: int
    has_validation: bool
    seconds: float


def decode_reference(line: bytes) -> Reference:
    """What a process that looks how good it could be has found so far.

    Raises:
        ValidationError: If it told nothing such.
    """
    return Reference.model_validate(json.loads(line))


def decode_prepared(line: bytes) -> Prepared:
    """What such a process is to look at.

    Raises:
        ValidationError: If it is told nothing such.
    """
    return Prepared.model_validate(json.loads(line))
