"""The documents of workers."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from api.pages import Page


class WorkerDocument(BaseModel):
    """A worker's own word about itself."""

    model_config = ConfigDict(extra="forbid")

    object: Literal["worker"] = "worker"
    id: str
    hostname: str
    pid: int
    state: str = Field(description="What it does now; `lost` once it was not heard of for too long.")
    accelerators: list[str]
    slots: int = Field(description="Jobs it can train at once.")
    busy: int = Field(description="Jobs it trains now.")
    versions: dict[str, str] = Field(description="Of the worker itself, `netcoach`, and of what its trainers run on.")
    devices: list[str]
    failing: list[str] = Field(description="Its background loops that fail now; none as a rule.")
    started_at: datetime
    heartbeat_at: datetime = Field(description="When it was last heard of.")
    is_alive: bool


class WorkerList(Page[WorkerDocument]):
    """All workers, the newest first; there are few, so they are one page."""
