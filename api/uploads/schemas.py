"""The documents of uploads."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from api.answers.documents import Document
from api.answers.pages import Page


class UploadDocument(Document):
    """A file that is sent in parts."""

    object: Literal["upload"] = "upload"
    id: str
    size_bytes: int = Field(description="The size of the file.")
    offset_bytes: int = Field(description="How many bytes of it have been received.")
    created_at: datetime
    expires_at: datetime = Field(description="When it is deleted unless another part is received.")


class UploadList(Page[UploadDocument]):
    """A page of uploads, newest first."""
