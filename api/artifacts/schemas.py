"""The documents of artifacts."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from api.answers.pages import Page
from api.jobs.schemas import StoredWeightsDocument


class ArtifactDocument(BaseModel):
    """A file that a job produced."""

    model_config = ConfigDict(extra="forbid")

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
