"""The documents of keys."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from api.answers.documents import Document
from api.answers.pages import Page
from services.keys.bodies import ScopeName


class KeyDocument(Document):
    """A key, without its secret."""

    object: Literal["key"] = "key"
    id: str
    name: str | None
    scopes: list[ScopeName]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None = Field(description="When the key was last used, to the minute.")


class NewKeyDocument(KeyDocument):
    """A key that was just created."""

    key: str | None = Field(
        description="The key itself (`nc_…`), shown only once. `null` if an earlier request with the same "
        "`Idempotency-Key` created it, since the secret is not stored."
    )


class KeyList(Page[KeyDocument]):
    """A page of keys, newest first."""
