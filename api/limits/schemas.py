"""The document of the limits."""

from collections.abc import Sequence
from functools import cache
from typing import Any, Literal

from pydantic import BaseModel, Field, create_model

from api.resource import Limit, Resource

PATH = "/v1/limits"


class RateLimitDocument(BaseModel):
    """How many calls to ``/v1`` are allowed."""

    per_second: float = Field(description="Tokens that are added to the caller's bucket per second.")
    burst: float = Field(description="The most tokens that the bucket holds.")
    read_cost: int = Field(description="Tokens that a GET costs.")
    write_cost: int = Field(description="Tokens that any other call costs.")


class QuotaDocument(BaseModel):
    """A quota of the caller's project, and how much of it is in use."""

    name: Literal["jobs_queued", "jobs_running", "stored_bytes", "epoch_samples_per_day", "database_bytes"]
    limit: int | None = Field(description="The limit, or `null` if the project has none.")
    used: int


class _Limits(BaseModel):
    """The limits of the service, and the quotas of the caller's project."""

    object: Literal["limits"] = "limits"


def limits_of(resources: Sequence[Resource]) -> list[Limit]:
    """The limits of these resources; first those of this one, which hold for every request."""
    ordered = sorted(resources, key=lambda one: PATH not in one.asked)
    return [limit for one in ordered for limit in one.limits]


@cache
def limits_document(resources: Sequence[Resource]) -> type[BaseModel]:
    """The document: first the limits of these resources."""
    limits: dict[str, Any] = {
        limit.name: (int | None if limit.is_optional else int, Field(description=limit.description))
        for limit in limits_of(resources)
    }
    rate_limit = Field(description="The rate limit, or `null` if calls are not limited.")
    return create_model(
        "LimitsDocument",
        __base__=_Limits,
        __doc__=_Limits.__doc__,
        **limits,
        rate_limit=(RateLimitDocument | None, rate_limit),
        quotas=(list[QuotaDocument], ...),
    )
