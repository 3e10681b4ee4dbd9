"""The files that a job's training may begin with, by the names that database, supervisor and trainer give them."""

from collections.abc import Mapping
from enum import StrEnum


class InputName(StrEnum):
    """What a file is to the training.

    - ``checkpoint``: where an earlier attempt left the training.
    - ``dataset``: the columns of the data set, in the read form; of a job that reads one, the file that was uploaded.
    - ``dataset_facts``: what the reader told of it.
    - ``validation_dataset``: the columns of the data set that has the validation rows.
    - ``validation_dataset_facts``: what the reader told of that.
    - ``initial_weights``: the weights that the training begins with.
    """

    CHECKPOINT = "checkpoint"
    DATASET = "dataset"
    DATASET_FACTS = "dataset_facts"
    VALIDATION_DATASET = "validation_dataset"
    VALIDATION_DATASET_FACTS = "validation_dataset_facts"
    INITIAL_WEIGHTS = "initial_weights"


COLUMNS_FILE = "columns.npz"
FACTS_FILE = "facts.json"

DATASET_FILES: Mapping[str, InputName] = {
    COLUMNS_FILE: InputName.DATASET,
    FACTS_FILE: InputName.DATASET_FACTS,
}
"""The files that a reader leaves of a data set -> what they are to a training on it."""

VALIDATION_FILES: Mapping[str, InputName] = {
    COLUMNS_FILE: InputName.VALIDATION_DATASET,
    FACTS_FILE: InputName.VALIDATION_DATASET_FACTS,
}
"""The same files -> what they are to a training that takes its validation rows from them."""
