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
    """A key to be made, in the caller's own project."""

    name: Annotated[str, Field(max_length=MAX_NAME_CHARACTERS)] | None = Field(
        default=None, description="What you know it by."
    )
    scopes: Annotated[list[ScopeName], Field(min_length=1, max_length=3)] = Field(
        description="What it is for; `admin` includes `submit`, `submit` includes `read`."
    )
    expires_in_seconds: Annotated[float, Field(gt=0, le=MAX_SECONDS)] | None = Field(
        default=None, description="From now; never, unless said."
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
    last_used_at: datetime | None = Field(description="To the minute.")


class NewKeyDocument(KeyDocument):
    """A key that was just made."""

    key: str | None = Field(
        description="The key itself, `nc_…`: shown this once. null if the request came before with the same "
        "`Idempotency-Key`, as the secret is kept nowhere."
    )


class KeyList(Page[KeyDocument]):
    """A page of keys, the newest first."""
