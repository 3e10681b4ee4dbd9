"""A repair as a document."""

from typing import Any

from api.answers.documents import time
from services.repairs.reports import Report


def repair_document(report: Report) -> dict[str, Any]:
    """A repair, all fields always present."""
    told = report.told()
    return {**told, "created_at": time(told["created_at"]), "ended_at": time(told["ended_at"])}
