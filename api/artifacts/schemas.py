"""The documents of artifacts."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from api.pages import Page


class ArtifactDocument(BaseModel):
    """A file that a job left behind."""

    model_config = ConfigDict(extra="forbid")

    object: Literal["artifact"] = "artifact"
    name: str
    media_type: str
    size_bytes: int
    sha256: str
    created_at: datetime
    url: str


class ArtifactList(Page[ArtifactDocument]):
    """All artifacts of a job; there are few, so they are one page."""
