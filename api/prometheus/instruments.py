"""What each process of the API counts of its requests. Labels are bounded: templates of routes, never ids or names."""

from collections.abc import Mapping
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from background.loops import kind_of

REGISTRY = CollectorRegistry()
"""Of this process; with several, their files are read instead (see `api.prometheus.service`)."""

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_NO_ROUTE = "none"

REQUESTS = Counter(
    "netcoach_http_requests_total",
    "Requests answered, by route template. Status 499 means that the client disconnected.",
    ("method", "route", "status"),
    registry=REGISTRY,
)
DURATION = Histogram(
    "netcoach_http_request_duration_seconds",
    "Time from the head of a request to the end of its response.",
    ("method", "route"),
    buckets=_SECONDS,
    registry=REGISTRY,
)
IN_FLIGHT = Gauge(
    "netcoach_http_requests_in_flight",
    "Requests that are being served.",
    multiprocess_mode="livesum",
    registry=REGISTRY,
)
RECEIVED_BYTES = Counter("netcoach_http_received_bytes_total", "Bytes of request bodies.", registry=REGISTRY)
SENT_BYTES = Counter("netcoach_http_sent_bytes_total", "Bytes of response bodies.", registry=REGISTRY)
RATE_LIMITED = Counter(
    "netcoach_http_rate_limited_total", "Requests refused because of the rate limit.", registry=REGISTRY
)
LET_GO = Counter(
    "netcoach_http_clients_let_go_total",
    "Clients disconnected because they did not read their responses: `silent` for too long, or `crowded` out.",
    ("why",),
    registry=REGISTRY,
)
QUOTA_REFUSALS = Counter(
    "netcoach_quota_refusals_total", "Jobs refused because a quota was exceeded.", ("quota",), registry=REGISTRY
)
BACKGROUND_FAILURES = Counter(
    "netcoach_background_failures_total",
    "Failures of the API's background loops and of single tasks within them.",
    ("loop",),
    registry=REGISTRY,
)

_ended: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}


def background_failed(loop: str) -> None:
    """A loop failed, or one of the things that it does."""
    BACKGROUND_FAILURES.labels(kind_of(loop)).inc()


def quota_refused(quota: str) -> None:
    """A job was refused because a quota was used up."""
    QUOTA_REFUSALS.labels(quota).inc()


def request_ended(scope: Mapping[str, Any], method: str, status: int, seconds: float) -> None:
    """A request was answered.

    Args:
        scope: Of ASGI, as the router left it.
        method: As the client said it.
        status: Of the answer.
        seconds: How long it took.
    """
    route: str = getattr(scope.get("route"), "path", None) or _NO_ROUTE
    named = method if method in _METHODS else "other"
    pair = _ended.get((named, route, status))
    if pair is None:
        # Looking labels up costs more than counting.
        pair = (REQUESTS.labels(named, route, str(status)), DURATION.labels(named, route))
        _ended[named, route, status] = pair
    pair[0].inc()
    pair[1].observe(seconds)


def bodies(received_bytes: int, sent_bytes: int) -> None:
    """A request and its answer had bodies of these lengths."""
    if received_bytes:
        RECEIVED_BYTES.inc(received_bytes)
    if sent_bytes:
        SENT_BYTES.inc(sent_bytes)
