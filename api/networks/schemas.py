"""The documents of networks."""

from typing import Annotated, Literal

from pydantic import Field

from spec.datasets import DatasetField
from spec.declared import Section
from spec.inference import InputShape
from spec.networks import NetworkSpec
from spec.summary import NetworkSummary
from spec.training import MAX_BATCH_SIZE


class InspectBody(Section):
    """A network, and what it is for: rows of a shape, or of a data set."""

    network: NetworkSpec
    input_shape: InputShape | None = Field(default=None, description="Of one row, without the batch.")
    dataset: DatasetField | None = Field(default=None, description="As in a job spec.")
    batch_size: Annotated[int, Field(ge=1, le=MAX_BATCH_SIZE, description="For the estimate of memory.")] = 32


class InspectionDocument(NetworkSummary):
    """A network's summary: layers, variables, totals, estimates of memory and work, and what is doubtful."""

    object: Literal["network_summary"] = "network_summary"
