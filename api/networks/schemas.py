"""The documents of networks."""

from typing import Literal

from spec.networks.summary import NetworkSummary


class InspectionDocument(NetworkSummary):
    """A network's summary: layers, variables, totals, estimates of memory and computation, and warnings."""

    object: Literal["network_summary"] = "network_summary"
