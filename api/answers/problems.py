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

from api.answers.errors import (
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
    TusVersionUnsupported,
)
from db.errors import (
    DatabaseUnavailable,
    IdempotencyKeyInFlight,
    IdempotencyKeyReused,
    UploadMoved,
)
from services.errors import BodyFaulty, QuotaExceeded
from storage.errors import StorageUnavailable

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
    BodyMalformed: Kind(400, "malformed_json", "Malformed JSON"),
    AuthenticationRequired: Kind(401, "authentication_required", "Authentication required"),
    KeyInvalid: Kind(401, "invalid_key", "Invalid API key"),
    ScopeInsufficient: Kind(403, "insufficient_scope", "Insufficient scope"),
    OriginForeign: Kind(403, "foreign_origin", "Origin not allowed"),
    HostForeign: Kind(421, "foreign_host", "Host not allowed"),
    NotAcceptable: Kind(406, "not_acceptable", "No acceptable media type"),
    IdempotencyKeyInFlight: Kind(409, "idempotency_key_in_flight", "Request still in progress", retry_after_seconds=1),
    BodyTooLarge: Kind(413, "body_too_large", "Request body too large"),
    MediaTypeUnsupported: Kind(415, "unsupported_media_type", "Unsupported media type"),
    RangeUnsatisfiable: Kind(416, "range_not_satisfiable", "Range not satisfiable"),
    BodyFaulty: Kind(422, "invalid_body", "Invalid request body"),
    QueryFaulty: Kind(422, "invalid_query", "Invalid query parameters"),
    HeaderFaulty: Kind(422, "invalid_header", "Invalid header"),
    IdempotencyKeyReused: Kind(422, "idempotency_key_reused", "Idempotency key reused"),
    QuotaExceeded: Kind(429, "quota_exceeded", "Quota exceeded", retry_after_seconds=10),
    RateLimited: Kind(429, "rate_limited", "Too many requests"),
    DatabaseUnavailable: Kind(503, "database_unavailable", "Database unavailable", retry_after_seconds=2),
    StorageUnavailable: Kind(503, "storage_unavailable", "Storage unavailable", retry_after_seconds=2),
}
"""What each error of the rooms below means to a client, together with what resources `declare` of theirs."""

INTERNAL = Kind(500, "internal", "Internal error")
BAD_REQUEST = Kind(400, "bad_request", "Malformed HTTP request")
REQUEST_TIMEOUT = Kind(408, "request_timeout", "Request timeout")
URI_TOO_LONG = Kind(414, "uri_too_long", "URL too long")
HEAD_TOO_LARGE = Kind(431, "request_head_too_large", "Request head too large")
PROTOCOL = (BAD_REQUEST, REQUEST_TIMEOUT, URI_TOO_LONG, HEAD_TOO_LARGE)
"""What is refused before any route is found; see `api.serving.protocol`."""
FRAMEWORK: dict[int, Kind] = {
    404: Kind(404, "not_found", "Not found"),
    405: Kind(405, "method_not_allowed", "Method not allowed"),
}
"""What the router itself refuses."""

_HEADERS: dict[type[Exception], dict[str, str]] = {
    RangeUnsatisfiable: {"Content-Range": "The size of the file, such as `bytes */1234`."},
    TusVersionUnsupported: {"Tus-Version": "The versions of tus that are supported."},
    UploadMoved: {"Upload-Offset": "How many bytes of the file have been received."},
}
"""What some problems carry beside ``Retry-After``."""

_METHODS = ("DELETE", "GET", "PATCH", "POST", "PUT")


class ProblemError(BaseModel):
    """One error in a body, a query or a header."""

    pointer: str = Field(
        description="RFC 6901 JSON Pointer into the request body; empty if the error is not in one place of the body."
    )
    message: str
    code: str
    suggestion: str | None = Field(default=None, description="The closest valid spelling, if there is one.")
    spec_pointer: str | None = Field(
        default=None, description="For a derived job: JSON Pointer into the spec that results from the patch."
    )
    parameter: str | None = Field(default=None, description="The query parameter that the error is in, if any.")
    header: str | None = Field(default=None, description="The header that the error is in, if any.")


class ProblemQuota(BaseModel):
    """A quota that is used up."""

    name: str
    limit: int
    used: int
    requested: int = Field(description="How much this request would have added.")


class Problem(BaseModel):
    """An RFC 9457 problem document."""

    type: str = Field(description="URL of the documentation of this kind of problem.")
    title: str
    status: int
    detail: str
    code: str = Field(description="Stable identifier of the problem, for programs.")
    request_id: str = Field(
        description="The id of the request, also in the header `X-Request-ID` and in the service's log."
    )
    errors: list[ProblemError] | None = None
    quota: ProblemQuota | None = Field(default=None, description="For `quota_exceeded`: the quota in question.")


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
    """The id that `api.serving.request_log` gave the request."""
    return str(request.scope["request_id"])


def declare(kinds: Mapping[type[Exception], Kind]) -> None:
    """Enters into the table what a resource's own errors mean."""
    KINDS.update(kinds)


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
        Exception: The error itself, if the table does not know it; `api.serving.request_log` answers it as ours.
    """
    kind = kind_of(error)
    if kind is None:
        raise error
    errors: list[dict[str, Any]] | None = None
    if isinstance(error, BodyFaulty):
        errors = [fault.model_dump(exclude_none=True) for fault in error.faults[:MAX_ERRORS]]
    elif isinstance(error, QueryFaulty):
        errors = [{"parameter": name, **fault.model_dump(exclude_none=True)} for name, fault in error.faults]
    elif isinstance(error, HeaderFaulty):
        errors = [{"header": error.header, **error.fault.model_dump(exclude_none=True)}]
    headers = _headers_of(error)
    if kind.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    elif isinstance(error, ScopeInsufficient):
        headers["WWW-Authenticate"] = f'Bearer error="insufficient_scope", scope="{error.scope}"'
    elif isinstance(error, QuotaExceeded):
        return problem(kind, str(error), request_id=request_id_of(request), more={"quota": error.told()})
    return problem(kind, str(error), request_id=request_id_of(request), errors=errors, headers=headers)


def _headers_of(error: Exception) -> dict[str, str]:
    """What the answer carries that only this error can tell."""
    if isinstance(error, RateLimited):
        return {"Retry-After": str(error.retry_after_seconds)}
    if isinstance(error, RangeUnsatisfiable):
        return {"Content-Range": f"bytes */{error.size_bytes}"}
    if isinstance(error, TusVersionUnsupported):
        return {"Tus-Version": error.version}
    if isinstance(error, UploadMoved):
        return {"Upload-Offset": str(error.offset_bytes)}
    return {}


async def _answer_framework(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    status = HTTPStatus(error.status_code)
    kind = FRAMEWORK.get(status) or Kind(status, status.name.lower(), status.phrase)
    headers = {"Allow": _allowed(request)} if status == HTTPStatus.METHOD_NOT_ALLOWED else error.headers
    detail = _framework_detail(request, status, (headers or {}).get("Allow", ""))
    return problem(kind, detail, request_id=request_id_of(request), headers=headers)


def _framework_detail(request: Request, status: HTTPStatus, allowed: str) -> str:
    path = request.url.path[:200]
    if status == HTTPStatus.NOT_FOUND:
        return f'Nothing was found at "{path}". See `/docs` for the endpoints of this API.'
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        return f'"{path}" does not support the method "{request.method[:20]}". It supports {allowed}.'
    return f'The request for "{path}" was refused: {status.phrase}.'


def _allowed(request: Request) -> str:
    """Methods that the address takes: of all its routes, where the router tells those of the first one alone."""
    taken = [method for method in _METHODS if _is_taken(request, method)]
    # What answers GET answers HEAD (`api.serving.request_log`).
    return ", ".join([*taken, "HEAD"] if "GET" in taken else taken)


def _is_taken(request: Request, method: str) -> bool:
    scope = {**request.scope, "method": method}
    return any(route.matches(scope)[0] == Match.FULL for route in request.app.routes)


def problem_answers(*error_types: type[Exception]) -> dict[int | str, dict[str, Any]]:
    """What the OpenAPI document says of a call that may answer with these problems."""
    answers: dict[int | str, dict[str, Any]] = {}
    for status, kinds in groupby(sorted((KINDS[error] for error in error_types), key=_status), key=_status):
        told = list(kinds)
        answers[status] = {
            "description": " ".join(f"{kind.title}: `{kind.code}`." for kind in told),
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        if headers := {**_retrying(told), **_carried(status, error_types)}:
            answers[status]["headers"] = {
                name: {"description": text, "schema": {"type": "string"}} for name, text in headers.items()
            }
    return answers


def _retrying(kinds: Iterable[Kind]) -> dict[str, str]:
    return (
        {"Retry-After": "Seconds to wait before trying again."}
        if any(kind.retry_after_seconds is not None for kind in kinds)
        else {}
    )


def _carried(status: int, error_types: Iterable[type[Exception]]) -> dict[str, str]:
    return {
        name: text
        for error, headers in _HEADERS.items()
        if error in error_types and KINDS[error].status == status
        for name, text in headers.items()
    }


def _status(kind: Kind) -> int:
    return kind.status
