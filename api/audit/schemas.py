"""The documents of the log of who changed what."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from api.answers.documents import Document
from api.answers.pages import Page


class AuditDocument(Document):
    """An entry of the audit log."""

    object: Literal["audit_entry"] = "audit_entry"
    at: datetime
    actor: str = Field(description="The id of the API key that was used, or `local` if no key is required.")
    action: str = Field(description="What was done, such as `job.create`.")
    object_id: str = Field(description="The id of the object that was changed.")
    request_id: str
    address: str | None = Field(description="The IP address that the request came from.")


class AuditList(Page[AuditDocument]):
    """A page of the audit log, newest entry first."""
