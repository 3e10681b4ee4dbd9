"""What a reading is ordered with, and what it leaves."""

from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from spec.datasets.descriptions import DatasetDescription
from spec.datasets.read_limits import LIMITS, ReadLimits


class ReadOrder(BaseModel):
    """The spec of a job of the kind ``read``; its file is the input ``dataset``.

    Attributes:
        description: What was said of the file, checked by who took it in.
        limits: What bounds the reading.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", frozen=True)

    description: DatasetDescription = DatasetDescription()
    limits: ReadLimits = LIMITS
