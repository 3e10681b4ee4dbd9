"""What is said of a key that is to be made."""

from typing import Annotated, Literal

from pydantic import Field

from spec.language.declared import Section

ScopeName = Literal["read", "submit", "admin"]
"""`services.keys.scopes.Scope`, by name."""
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
