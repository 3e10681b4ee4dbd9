"""How many rows of a data set a job uses for what."""

import math
from typing import NamedTuple

from spec.datasets.choice import DatasetSpec
from spec.datasets.facts import DatasetFacts


class RowCounts(NamedTuple):
    """How many rows there are of each kind."""

    train: int
    validation: int
    test: int


def row_counts(dataset: DatasetSpec, facts: DatasetFacts, validation_split: float) -> RowCounts:
    """How many rows are trained on, validated with and tested with.

    ``validation_split`` of n rows trains on the first ``floor(n * (1 - validation_split))``, as Keras's ``fit``.
    """
    split = dataset.split
    if dataset.validation_from is not None and split is None:
        return RowCounts(facts.rows, 0, facts.test_rows)
    if split is None or not (split.validation or split.test):
        train = math.floor(facts.rows * (1.0 - validation_split)) if validation_split else facts.rows
        return RowCounts(train, facts.rows - train, facts.test_rows)
    validation, test = round(facts.rows * split.validation), round(facts.rows * split.test)
    rest = facts.rows - test
    if validation_split:
        validation = rest - math.floor(rest * (1.0 - validation_split))
    return RowCounts(rest - validation, validation, test or facts.test_rows)
