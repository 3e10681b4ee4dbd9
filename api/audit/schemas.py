"""The documents of the log of who changed what."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from api.pages import Page


class AuditDocument(BaseModel):
    """Something that was done."""

    model_config = ConfigDict(extra="forbid")

    object: Literal["audit_entry"] = "audit_entry"
    at: datetime
    actor: str = Field(description="The id of the key it was done with; `local` where no key is asked for.")
    action: str = Field(description="What was done, as `job.create`.")
    object_id: str = Field(description="To what.")
    request_id: str
    address: str | None = Field(description="Where the request came from.")


class AuditList(Page[AuditDocument]):
    """A page of the log, the newest entry first."""
