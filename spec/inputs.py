"""The files that a job's training may begin with, by the names that database, supervisor and trainer give them."""

from enum import StrEnum


class InputName(StrEnum):
    """What a file is to the training.

    - ``checkpoint``: where an earlier attempt left the training.
    - ``dataset``: the rows of a data set that does not come with the service.
    - ``initial_weights``: the weights that the training begins with.
    """

    CHECKPOINT = "checkpoint"
    DATASET = "dataset"
    INITIAL_WEIGHTS = "initial_weights"
