"""The document of the limits."""

from typing import Literal

from pydantic import BaseModel, Field


class RateLimitDocument(BaseModel):
    """How many calls of ``/v1`` are taken."""

    per_second: float = Field(description="Tokens that are added to the caller's bucket a second.")
    burst: float = Field(description="Tokens it holds at most.")
    read_cost: int = Field(description="Tokens that a GET takes.")
    write_cost: int = Field(description="Tokens that any other call takes.")


class QuotaDocument(BaseModel):
    """What the caller's project may have of something, and has."""

    name: Literal["jobs_queued", "jobs_running", "stored_bytes", "epoch_samples_per_day", "database_bytes"]
    limit: int | None = Field(description="Null where there is none.")
    used: int


class LimitsDocument(BaseModel):
    """How much of everything is accepted."""

    object: Literal["limits"] = "limits"
    max_body_bytes: int
    max_body_depth: int
    max_body_values: int
    max_memory_bytes: int
    max_page_items: int
    max_page_bytes: int = Field(
        description="A page ends early, with `has_more`, where its items would come to more, about; it has one anyway."
    )
    max_metrics_rows: int
    max_metrics_bytes: int = Field(description="The same for a page of metrics.")
    max_head_bytes: int
    max_headers: int
    max_keys: int = Field(description="Of a project, that are neither revoked nor expired.")
    max_webhooks: int = Field(description="Of a project.")
    max_patch_operations: int = Field(description="Of one derived job.")
    max_wait_seconds: int = Field(description="The most that `wait_seconds` may be.")
    max_listeners: int = Field(description="Clients that one process of the API lets wait, or follow events, at once.")
    max_project_listeners: int | None = Field(description="Of them, those of one project. Null where no key is needed.")
    max_key_listeners: int | None = Field(description="Of them, those with one key. Null where no key is needed.")
    rate_limit: RateLimitDocument | None = Field(description="Null where there is none.")
    quotas: list[QuotaDocument]
