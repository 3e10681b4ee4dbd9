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
    """A network, and the shape or the data set that it is for."""

    network: NetworkSpec
    input_shape: InputShape | None = Field(default=None, description="The shape of one row, without the batch.")
    dataset: DatasetField | None = Field(default=None, description="A data set, as in a job spec.")
    batch_size: Annotated[
        int, Field(ge=1, le=MAX_BATCH_SIZE, description="The batch size that memory is estimated for.")
    ] = 32


class InspectionDocument(NetworkSummary):
    """A network's summary: layers, variables, totals, estimates of memory and computation, and warnings."""

    object: Literal["network_summary"] = "network_summary"
