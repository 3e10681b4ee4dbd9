"""The document of the limits."""

from typing import Literal

from pydantic import BaseModel, Field


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


class LimitsDocument(BaseModel):
    """The limits of the service, and the quotas of the caller's project."""

    object: Literal["limits"] = "limits"
    max_body_bytes: int
    max_body_depth: int
    max_body_values: int
    max_memory_bytes: int
    max_page_items: int
    max_page_bytes: int = Field(
        description="The approximate size at which a page ends early, with `has_more`. It has at least one item."
    )
    max_metrics_rows: int
    max_metrics_bytes: int = Field(description="The same limit for a page of metrics.")
    max_head_bytes: int
    max_headers: int
    max_keys: int = Field(description="Keys of a project that are neither revoked nor expired.")
    max_webhooks: int = Field(description="Webhooks of a project.")
    max_patch_operations: int = Field(description="Operations of the patch that derives a job.")
    max_wait_seconds: int = Field(description="The greatest allowed `wait_seconds`.")
    max_listeners: int = Field(
        description="Clients that can wait or follow events at the same time, in each process of the API."
    )
    max_project_listeners: int | None = Field(
        description="How many of those clients can be of one project; `null` if no key is required."
    )
    max_key_listeners: int | None = Field(
        description="How many of those clients can use the same key; `null` if no key is required."
    )
    rate_limit: RateLimitDocument | None = Field(description="The rate limit, or `null` if calls are not limited.")
    quotas: list[QuotaDocument]
