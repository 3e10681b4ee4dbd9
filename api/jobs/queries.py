"""The parameters of the calls about jobs."""

import re
from datetime import UTC, datetime
from typing import Annotated, ClassVar

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field, WithJsonSchema

from api.requests.queries import MAX_PAGE_ITEMS, PageQuery, Query
from spec.ids import is_id, pattern_of
from spec.jobs import MAX_PAIRS
from spec.language.lists import AtMost
from spec.states import JobStatus

MAX_METRICS_ROWS = 10_000
DEFAULT_METRICS_ROWS = 1_000
MAX_EPOCH = 2**31 - 1
MAX_WAIT_SECONDS = 60

_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


def _spelled_out(value: object) -> object:
    # pydantic would take `2026` for seconds since 1970.
    if isinstance(value, str) and not _RFC_3339.fullmatch(value):
        raise ValueError("This must be a time such as `2026-01-31T12:00:00Z` or `2026-01-31T12:00:00%2B01:00`.")
    return value


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("This time is outside the years 1 to 9999 in UTC.") from None


def _apart(value: object) -> object:
    return tuple(value.split(",")) if isinstance(value, str) else value


Time = Annotated[AwareDatetime, BeforeValidator(_spelled_out), AfterValidator(_in_utc)]
"""A time in RFC 3339, as UTC."""


def _id_of_job(value: str) -> str:
    if not is_id(value, "job"):
        raise ValueError("These must be ids of jobs, separated by commas.")
    return value


JobId = Annotated[str, AfterValidator(_id_of_job), WithJsonSchema({"type": "string", "pattern": pattern_of("job")})]
"""The id of a job."""
_NOT_EMPTY = Field(json_schema_extra={"minItems": 1})
"""Of a list: what is said is apart at commas, so there is always something in it."""


class CreateQuery(Query):
    """Of POST /v1/jobs."""

    dry_run: bool = Field(default=False, description="Check the spec as thoroughly, but create nothing.")


class ListQuery(PageQuery):
    """Of GET /v1/jobs."""

    MAPPINGS: ClassVar[frozenset[str]] = frozenset({"metadata"})
    LISTS: ClassVar[frozenset[str]] = frozenset({"status", "ids"})

    status: Annotated[tuple[JobStatus, ...], _NOT_EMPTY, BeforeValidator(_apart)] = Field(
        default=(), description="Only jobs with this status, or with one of several, separated by commas."
    )
    ids: Annotated[tuple[JobId, ...], _NOT_EMPTY, AtMost(MAX_PAGE_ITEMS, "ids"), BeforeValidator(_apart)] = Field(
        default=(),
        description="Only jobs with these ids, separated by commas. Those that do not exist are left out.",
    )
    name: str | None = Field(default=None, description="Only jobs with exactly this name.")
    dataset: str | None = Field(default=None, description="Only jobs on this data set.")
    sweep: str | None = Field(default=None, description="Only jobs of this sweep.")
    parent: str | None = Field(default=None, description="Only jobs derived from this job.")
    initial_weights: str | None = Field(
        default=None, description="Only jobs whose training begins with the weights of this job."
    )
    metadata: Annotated[dict[str, str], AtMost(MAX_PAIRS, "pairs")] = Field(
        default_factory=dict, description="Only jobs that have every given pair, each written as `metadata[key]=value`."
    )
    created_after: Time | None = Field(default=None, description="Only jobs created after this time (RFC 3339).")
    created_before: Time | None = Field(default=None, description="Only jobs created before this time (RFC 3339).")


class WaitQuery(Query):
    """Of a call that can wait for what it tells."""

    wait_seconds: float = Field(
        default=0.0,
        ge=0,
        le=MAX_WAIT_SECONDS,
        allow_inf_nan=False,
        description="How long to wait for news. The answer is sent as soon as there is any.",
    )


class MetricsQuery(WaitQuery):
    """Of GET /v1/jobs/{id}/metrics."""

    after_epoch: int | None = Field(default=None, ge=0, le=MAX_EPOCH, description="Only epochs after this one.")
    limit: int = Field(
        default=DEFAULT_METRICS_ROWS,
        ge=1,
        le=MAX_METRICS_ROWS,
        description="Maximum number of epochs. Large ones can make the page shorter, as `has_more` or `Link` shows.",
    )
    cursor: str | None = Field(default=None, description="The `next_cursor` of the previous page.")
