"""The documents of artifacts."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from api.answers.documents import Document
from api.answers.pages import Page
from api.jobs.schemas import StoredWeightsDocument


class ArtifactDocument(Document):
    """A file that a job produced."""

    object: Literal["artifact"] = "artifact"
    name: str
    media_type: str
    size_bytes: int
    sha256: str
    created_at: datetime
    url: str
    weights: StoredWeightsDocument | None = Field(
        description="Which weights of the training the file holds, or `null` if it holds no weights."
    )


class ArtifactList(Page[ArtifactDocument]):
    """All artifacts of a job, on one page."""
