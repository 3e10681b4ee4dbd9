"""The documents of networks."""

from typing import Literal

from pydantic import Field

from api.jobs.finding_schemas import FindingDocument
from spec.networks.summary import NetworkSummary


class InspectionDocument(NetworkSummary):
    """A network's summary: layers, variables, totals, estimates of memory and computation, and warnings."""

    object: Literal["network_summary"] = "network_summary"
    findings: list[FindingDocument] = Field(
        description="What the coach finds of a job that has all three parts; empty unless there are a data set "
        "and a training."
    )
