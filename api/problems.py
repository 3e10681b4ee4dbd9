"""Errors as RFC 9457 problem documents: the one table, and the handlers that use it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from itertools import groupby
from typing import Any

import orjson
from fastapi import FastAPI
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match

from api.errors import (
    ArtifactNotFound,
    AuthenticationRequired,
    BodyMalformed,
    BodyTooLarge,
    HeaderFaulty,
    HostForeign,
    KeyInvalid,
    MediaTypeUnsupported,
    NotAcceptable,
    OriginForeign,
    QueryFaulty,
    RangeUnsatisfiable,
    RateLimited,
    ScopeInsufficient,
    ServiceNotReady,
    TooManyListeners,
    TooManyProjectListeners,
)
from db.errors import (
    CancelPending,
    DatabaseUnavailable,
    DeliveryNotFound,
    IdempotencyKeyInFlight,
    IdempotencyKeyReused,
    JobAlreadyEnded,
    JobNotEnded,
    JobNotFound,
    KeyNotFound,
    TooManyKeys,
    TooManyWebhooks,
    WebhookDisabled,
    WebhookNotFound,
)
from services.errors import BodyFaulty, JobChanged, QuotaExceeded
from storage.errors import FileMissing, StorageUnavailable

MEDIA_TYPE = "application/problem+json"
MAX_ERRORS = 1_000
"""Faults told in one answer, so that no body makes an answer many times its own length."""


@dataclass(frozen=True)
class Kind:
    """One kind of problem.

    Attributes:
        status: HTTP's.
        code: Stable and snake_case; also the anchor in ``/docs`` that ``type`` points at.
        title: The same in every answer of this kind.
        retry_after_seconds: When to ask again, where that helps.
    """

    status: int
    code: str
    title: str
    retry_after_seconds: int | None = None


KINDS: dict[type[Exception], Kind] = {
    BodyMalformed: Kind(400, "malformed_json", "The body is not JSON"),
    AuthenticationRequired: Kind(401, "authentication_required", "A key is needed"),
    KeyInvalid: Kind(401, "invalid_key", "The key opens nothing"),
    ScopeInsufficient: Kind(403, "insufficient_scope", "The key is not for this"),
    OriginForeign: Kind(403, "foreign_origin", "Pages of other origins are refused"),
    HostForeign: Kind(421, "foreign_host", "The request was meant for another host"),
    KeyNotFound: Kind(404, "key_not_found", "There is no such key"),
    ArtifactNotFound: Kind(404, "artifact_not_found", "There is no such artifact"),
    JobNotFound: Kind(404, "job_not_found", "There is no such job"),
    WebhookNotFound: Kind(404, "webhook_not_found", "There is no such webhook"),
    DeliveryNotFound: Kind(404, "delivery_not_found", "There is no such delivery"),
    NotAcceptable: Kind(406, "not_acceptable", "No acceptable media type can be given"),
    JobAlreadyEnded: Kind(409, "job_already_ended", "The job has ended"),
    JobNotEnded: Kind(409, "job_not_ended", "The job has not ended"),
    WebhookDisabled: Kind(409, "webhook_disabled", "The webhook is switched off"),
    TooManyKeys: Kind(409, "too_many_keys", "The project has all the keys it may have"),
    TooManyWebhooks: Kind(409, "too_many_webhooks", "The project has all the webhooks it may have"),
    CancelPending: Kind(409, "job_cancel_pending", "The job is being cancelled"),
    IdempotencyKeyInFlight: Kind(
        409, "idempotency_key_in_flight", "A request with this key is being carried out", retry_after_seconds=1
    ),
    JobChanged: Kind(412, "job_changed", "The job is no longer in this state"),
    BodyTooLarge: Kind(413, "body_too_large", "The body is too large"),
    MediaTypeUnsupported: Kind(415, "unsupported_media_type", "The body's media type is not read here"),
    RangeUnsatisfiable: Kind(416, "range_not_satisfiable", "The range lies outside the file"),
    BodyFaulty: Kind(422, "invalid_body", "The body has faults"),
    QueryFaulty: Kind(422, "invalid_query", "The query has faults"),
    HeaderFaulty: Kind(422, "invalid_header", "A header has faults"),
    IdempotencyKeyReused: Kind(422, "idempotency_key_reused", "The key came before with another request"),
    FileMissing: Kind(410, "artifact_gone", "The artifact's bytes are gone"),
    QuotaExceeded: Kind(429, "quota_exceeded", "The project's quota is used up", retry_after_seconds=10),
    RateLimited: Kind(429, "rate_limited", "Too many requests"),
    TooManyProjectListeners: Kind(
        429, "too_many_project_listeners", "The project has all the waiting clients it may have", retry_after_seconds=5
    ),
    ServiceNotReady: Kind(503, "not_ready", "The service is not ready", retry_after_seconds=2),
    TooManyListeners: Kind(503, "too_many_listeners", "Too many clients are waiting", retry_after_seconds=5),
    DatabaseUnavailable: Kind(503, "database_unavailable", "The database does not answer", retry_after_seconds=2),
    StorageUnavailable: Kind(503, "storage_unavailable", "The storage does not answer", retry_after_seconds=2),
}
"""What each error of the rooms below means to a client."""

INTERNAL = Kind(500, "internal", "The service failed")
BAD_REQUEST = Kind(400, "bad_request", "The request is not HTTP")
REQUEST_TIMEOUT = Kind(408, "request_timeout", "The request came too slowly")
URI_TOO_LONG = Kind(414, "uri_too_long", "The address is too long")
HEAD_TOO_LARGE = Kind(431, "request_head_too_large", "The head of the request is too large")
PROTOCOL = (BAD_REQUEST, REQUEST_TIMEOUT, URI_TOO_LONG, HEAD_TOO_LARGE)
"""What is refused before any route is found; see `api.protocol`."""
FRAMEWORK: dict[int, Kind] = {
    404: Kind(404, "not_found", "There is nothing at this address"),
    405: Kind(405, "method_not_allowed", "This address does not take this method"),
}
"""What the router itself refuses."""

_HEADERS = {416: {"Content-Range": "How long the file is: `bytes */1234`."}}
"""What problems of a status carry beside ``Retry-After``."""

_METHODS = ("DELETE", "GET", "PATCH", "POST", "PUT")


class ProblemError(BaseModel):
    """One fault of a body, a query or a header."""

    pointer: str = Field(description="RFC 6901 JSON Pointer into the body; empty where the fault is not there.")
    message: str
    code: str
    suggestion: str | None = Field(default=None, description="The nearest right spelling, where there is one.")
    spec_pointer: str | None = Field(
        default=None, description="Of a derived job: where the fault lies in the spec that the patch makes."
    )
    parameter: str | None = Field(default=None, description="The query parameter at fault, where it is one.")
    header: str | None = Field(default=None, description="The header at fault, where it is one.")


class ProblemQuota(BaseModel):
    """A quota that is used up."""

    name: str
    limit: int
    used: int
    requested: int = Field(description="What this request would have added.")


class Problem(BaseModel):
    """An RFC 9457 problem document."""

    type: str = Field(description="Where this kind of problem is explained.")
    title: str
    status: int
    detail: str
    code: str = Field(description="Stable; for programs.")
    request_id: str = Field(description="Also in the header X-Request-ID and in the service's log.")
    errors: list[ProblemError] | None = None
    quota: ProblemQuota | None = Field(default=None, description="Of `quota_exceeded`: which one.")


def problem(  # noqa: PLR0913 -- all but two by keyword
    kind: Kind,
    detail: str,
    *,
    request_id: str,
    errors: list[dict[str, Any]] | None = None,
    headers: Mapping[str, str] | None = None,
    more: Mapping[str, Any] | None = None,
) -> Response:
    """The answer for a problem of this kind; ``more`` are members of the document beside the usual ones."""
    document: dict[str, Any] = {
        "type": f"/docs#{kind.code}",
        "title": kind.title,
        "status": kind.status,
        "detail": detail,
        "code": kind.code,
        "request_id": request_id,
        **(more or {}),
    }
    if errors is not None:
        document["errors"] = errors[:MAX_ERRORS]
    head = dict(headers or {})
    if kind.retry_after_seconds is not None:
        head["Retry-After"] = str(kind.retry_after_seconds)
    return Response(orjson.dumps(document), kind.status, head, media_type=MEDIA_TYPE)


def request_id_of(request: Request) -> str:
    """The id that `api.request_log` gave the request."""
    return str(request.scope["request_id"])


def install(app: FastAPI) -> None:
    """Makes every error that the table knows, and the router's own, answer as a problem document."""
    for error_type in KINDS:
        app.add_exception_handler(error_type, answer)
    app.add_exception_handler(HTTPException, _answer_framework)


def kind_of(error: Exception) -> Kind | None:
    """What an error means to a client; None if it is none that a client is told of."""
    return next((KINDS[ancestor] for ancestor in type(error).__mro__ if ancestor in KINDS), None)


async def answer(request: Request, error: Exception) -> Response:
    """The problem document of an error that the table knows.

    Raises:
        Exception: The error itself, if the table does not know it; `api.request_log` answers it as a fault of ours.
    """
    kind = kind_of(error)
    if kind is None:
        raise error
    errors: list[dict[str, Any]] | None = None
    headers: dict[str, str] = {}
    if isinstance(error, BodyFaulty):
        errors = [fault.model_dump(exclude_none=True) for fault in error.faults[:MAX_ERRORS]]
    elif isinstance(error, QueryFaulty):
        errors = [{"parameter": name, **fault.model_dump(exclude_none=True)} for name, fault in error.faults]
    elif isinstance(error, HeaderFaulty):
        errors = [{"header": error.header, **error.fault.model_dump(exclude_none=True)}]
    elif isinstance(error, RateLimited):
        headers["Retry-After"] = str(error.retry_after_seconds)
    elif isinstance(error, RangeUnsatisfiable):
        headers["Content-Range"] = f"bytes */{error.size_bytes}"
    if kind.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    elif isinstance(error, ScopeInsufficient):
        headers["WWW-Authenticate"] = f'Bearer error="insufficient_scope", scope="{error.scope}"'
    elif isinstance(error, QuotaExceeded):
        return problem(kind, str(error), request_id=request_id_of(request), more={"quota": error.told()})
    return problem(kind, str(error), request_id=request_id_of(request), errors=errors, headers=headers)


async def _answer_framework(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    status = HTTPStatus(error.status_code)
    kind = FRAMEWORK.get(status) or Kind(status, status.name.lower(), status.phrase)
    hint = "; /docs tells what there is" if status == HTTPStatus.NOT_FOUND else ""
    detail = f"{request.method} {request.url.path[:200]}: {status.phrase}{hint}"
    headers = {"Allow": _allowed(request)} if status == HTTPStatus.METHOD_NOT_ALLOWED else error.headers
    return problem(kind, detail, request_id=request_id_of(request), headers=headers)


def _allowed(request: Request) -> str:
    """Methods that the address takes: of all its routes, where the router tells those of the first one alone."""
    taken = [method for method in _METHODS if _is_taken(request, method)]
    # What answers GET answers HEAD (`api.request_log`).
    return ", ".join([*taken, "HEAD"] if "GET" in taken else taken)


def _is_taken(request: Request, method: str) -> bool:
    scope = {**request.scope, "method": method}
    return any(route.matches(scope)[0] == Match.FULL for route in request.app.routes)


def problem_answers(*error_types: type[Exception]) -> dict[int | str, dict[str, Any]]:
    """What the OpenAPI document says of a call that may answer with these problems."""
    answers: dict[int | str, dict[str, Any]] = {}
    for status, kinds in groupby(sorted((KINDS[error] for error in error_types), key=_status), key=_status):
        told = list(kinds)
        codes = [f"`{kind.code}`" for kind in told]
        answers[status] = {
            "description": f"{HTTPStatus(status).phrase}: {', '.join(codes)}",
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        if headers := _HEADERS[status] if status in _HEADERS else _retrying(told):
            answers[status]["headers"] = {
                name: {"description": text, "schema": {"type": "string"}} for name, text in headers.items()
            }
    return answers


def _retrying(kinds: Iterable[Kind]) -> dict[str, str]:
    return {"Retry-After": "Seconds to wait."} if any(kind.retry_after_seconds is not None for kind in kinds) else {}


def _status(kind: Kind) -> int:
    return kind.status
