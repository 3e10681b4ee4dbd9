"""Where a job comes from: what its whole way is found by in logs and traces."""

from dataclasses import dataclass

from starlette.requests import Request

from api.problems import request_id_of


@dataclass(frozen=True)
class Origin:
    """The request that makes a job.

    Attributes:
        request_id: Its id.
        traceparent: W3C's, of the span that the job is made in; None where nothing is traced.
    """

    request_id: str | None = None
    traceparent: str | None = None


NOWHERE = Origin()


def origin_of(request: Request) -> Origin:
    """The request's."""
    return Origin(request_id_of(request), request.scope.get("traceparent"))
