"""The parameters of the calls about jobs."""

from typing import ClassVar

from pydantic import AwareDatetime, Field

from api.queries import PageQuery, Query
from spec.states import JobStatus

MAX_METRICS_ROWS = 10_000
DEFAULT_METRICS_ROWS = 1_000
MAX_EPOCH = 2**31 - 1


class CreateQuery(Query):
    """Of POST /v1/jobs."""

    dry_run: bool = Field(default=False, description="Check as fully, and create nothing.")


class ListQuery(PageQuery):
    """Of GET /v1/jobs."""

    MAPPINGS: ClassVar[frozenset[str]] = frozenset({"metadata"})

    status: JobStatus | None = Field(default=None, description="Only jobs in this state.")
    name: str | None = Field(default=None, description="Only jobs of exactly this name.")
    dataset: str | None = Field(default=None, description="Only jobs on this data set.")
    sweep: str | None = Field(default=None, description="Only jobs of this sweep.")
    metadata: dict[str, str] = Field(default_factory=dict, description="Only jobs with all of these: `metadata[k]=v`.")
    created_after: AwareDatetime | None = Field(default=None, description="Only jobs made after this time (RFC 3339).")
    created_before: AwareDatetime | None = Field(default=None, description="Only jobs made before this time.")


class MetricsQuery(Query):
    """Of GET /v1/jobs/{id}/metrics."""

    after_epoch: int | None = Field(default=None, ge=0, le=MAX_EPOCH, description="Only epochs after this one.")
    limit: int = Field(default=DEFAULT_METRICS_ROWS, ge=1, le=MAX_METRICS_ROWS, description="How many at most.")
    cursor: str | None = Field(default=None, description="The `next_cursor` of the page before.")
