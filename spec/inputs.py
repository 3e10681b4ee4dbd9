"""The files that a job's training may begin with, by the names that database, supervisor and trainer give them."""

from enum import StrEnum


class InputName(StrEnum):
    """What a file is to the training.

    - ``checkpoint``: where an earlier attempt left the training.
    - ``dataset``: the rows of a data set that does not come with the service, as the reader left them (of a reading,
      the file that is read).
    - ``dataset_facts``: what the reader found out about them.
    - ``validation_dataset``: likewise, the rows of the data set that has the validation rows.
    - ``validation_dataset_facts``: likewise.
    - ``initial_weights``: the weights that the training begins with.
    """

    CHECKPOINT = "checkpoint"
    DATASET = "dataset"
    DATASET_FACTS = "dataset_facts"
    VALIDATION_DATASET = "validation_dataset"
    VALIDATION_DATASET_FACTS = "validation_dataset_facts"
    INITIAL_WEIGHTS = "initial_weights"
