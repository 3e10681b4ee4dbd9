"""The documents of workers."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from api.answers.documents import Document
from api.answers.pages import Page


class WorkerDocument(Document):
    """A worker, as it reports about itself."""

    object: Literal["worker"] = "worker"
    id: str
    hostname: str
    pid: int
    state: str = Field(description="What the worker is doing, or `lost` if it has not reported for too long.")
    accelerators: list[str]
    slots: int = Field(description="How many jobs the worker can train at the same time.")
    busy: int = Field(description="How many jobs the worker is training.")
    versions: dict[str, str] = Field(
        description="Versions of the worker itself (`netcoach`) and of the software its trainers run on."
    )
    devices: list[str]
    failing: list[str] = Field(description="The background loops that are failing at present; normally empty.")
    started_at: datetime
    heartbeat_at: datetime = Field(description="When the worker last reported.")
    is_alive: bool


class WorkerList(Page[WorkerDocument]):
    """All workers, newest first, on one page."""
