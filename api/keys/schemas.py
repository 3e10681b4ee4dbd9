"""The documents of keys."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.pages import Page
from spec.declared import Section

ScopeName = Literal["read", "submit", "admin"]
"""`api.scopes.Scope`, by name."""
MAX_NAME_CHARACTERS = 200
MAX_SECONDS = 10 * 365 * 24 * 3600.0


class NewKeyBody(Section):
    """A key to create in the caller's own project."""

    name: Annotated[str, Field(max_length=MAX_NAME_CHARACTERS)] | None = Field(
        default=None, description="A name to recognize the key by."
    )
    scopes: Annotated[list[ScopeName], Field(min_length=1, max_length=3)] = Field(
        description="What the key can be used for; `admin` includes `submit`, and `submit` includes `read`."
    )
    expires_in_seconds: Annotated[float, Field(gt=0, le=MAX_SECONDS)] | None = Field(
        default=None, description="When the key expires, counted from now. By default it never does."
    )


class KeyDocument(BaseModel):
    """A key, without its secret."""

    model_config = ConfigDict(extra="forbid")

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
