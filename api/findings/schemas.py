"""The document of a job's findings."""

from typing import Literal

from pydantic import Field

from api.answers.documents import Document
from api.jobs.finding_schemas import FindingDocument


class FindingList(Document):
    """What the coach finds of a job, the most important first: causes, each followed by its symptoms."""

    object: Literal["list"] = "list"
    data: list[FindingDocument]
    is_final: bool = Field(
        description="Whether nothing changes any more: the job has ended, and its `reference` is known or not awaited."
    )
