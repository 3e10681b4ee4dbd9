"""The service held against its own OpenAPI document: what every answer must be, whatever was asked."""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import unquote, urlsplit

import requests
import schemathesis
from schemathesis import Case, Response
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.core.parameters import ParameterLocation
from schemathesis.engine.recorder import ScenarioRecorder
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi.checks import (
    ensure_resource_availability,
    missing_required_header,
    negative_data_rejection,
    positive_data_acceptance,
    use_after_free,
)

from api.jobs.queries import MAX_WAIT_SECONDS
from api.jobs.streams import MEDIA_TYPE
from api.uploads.headers import PART_MEDIA_TYPE
from tests.fuzz.streams import read_stream
from tests.fuzz.tenants import LeakWatch, Tenant

SECONDS = 5.0
"""None of the calls takes longer, whatever is asked."""

UNSAYABLE = frozenset(
    {
        *("invalid_body", "idempotency_key_reused", "unknown_cursor", "unknown_event_id", "contradicting_parameters"),
        *("range_not_satisfiable", "job_changed", "malformed_form", "malformed_json"),
    }
)
"""Problems and faults of requests that fit their schema: what no schema can say of a body or of a parameter, such as
that a spec's parts agree with one another and with the data set, or that a range lies within the file."""

OF_TUS = frozenset({"unsupported_tus_version", "checksum_mismatch", "file_too_large"})
"""Problems with statuses of tus, which no check knows for refusals; what a schema can say is told ahead of them."""

NEVER_WRONG = frozenset(
    {
        (ParameterLocation.QUERY, "metadata"),
        (ParameterLocation.HEADER, "Authorization"),
        (ParameterLocation.HEADER, None),
    }
)
"""Whatever is drawn for ``metadata[key]=value`` arrives as a text, and so is right; the tenant's own key is sent; and a
header that no call knows is nobody's fault."""

GENERAL_HEADERS = frozenset(
    {
        *("allow", "cache-control", "connection", "content-length", "content-type", "date", "server", "vary"),
        *("transfer-encoding", "content-security-policy", "cross-origin-opener-policy", "permissions-policy"),
        *("cross-origin-resource-policy", "referrer-policy", "strict-transport-security"),
        *("x-content-type-options", "x-frame-options"),
    }
)
"""What HTTP and its rules of security say of every answer; all other headers of an answer stand in the document."""

_CONFIG: dict[str, Any] = {
    # A text with NUL is refused everywhere, which no schema of a text says; `test_wire` sends it.
    "generation": {"allow-x00": False},
    "checks": {"max_response_time": SECONDS},
}


def opened(address: str) -> BaseSchema:
    """The document of a running service."""
    return schemathesis.openapi.from_url(
        f"{address}/openapi.json", config=SchemathesisConfig.from_dict(_CONFIG), wait_for_schema=10
    )


@schemathesis.serializer(PART_MEDIA_TYPE)
def _as_bytes(_context: object, value: object) -> bytes:
    """A part of a file."""
    return value if isinstance(value, bytes) else str(value).encode()


class Examiner:
    """Sends cases and examines their answers.

    Args:
        tenants: Who asks.
    """

    def __init__(self, tenants: Sequence[Tenant]) -> None:
        self.tenants = tuple(tenants)
        self.watch = LeakWatch(tenants)
        self._session = requests.Session()
        # Neither a proxy nor a .netrc has a say in what is sent.
        self._session.trust_env = False
        # The session's own `Accept` would count for more than a case's.
        self._session.headers.clear()

    def ask(self, case: Case, tenant: Tenant, headers: Mapping[str, str] | None = None) -> Response:
        """Sends one case, with headers that no document tells of, and examines the answer."""
        _spare(case)
        response = case.call(**self.settings_for(tenant, headers))
        self.examine(case, response, tenant)
        return response

    def settings_for(self, tenant: Tenant, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Of a call."""
        return {"session": self._session, "headers": {**tenant.headers, **(headers or {})}, "timeout": 2 * SECONDS}

    def examine(self, case: Case, response: Response, tenant: Tenant, recorder: ScenarioRecorder | None = None) -> None:
        """All that must hold of any answer.

        Args:
            case: What was asked.
            response: The answer.
            tenant: Who asked.
            recorder: Of the scenario, where the case belongs to one.
        """
        asked = f"{unquote(str(response.request.url))} {_text_of(response.request.body)}"
        told = f"{dict(response.headers)} {response.content.decode(errors='replace')}"
        excluded: list[Any] = []
        if response.status_code >= 400:
            excluded += _excused(_checked_problem(response))
        # A journey puts sound jobs in the place of drawn ones, which says nothing of the one that was drawn.
        if recorder is not None or _arrives_sound(case):
            excluded.append(negative_data_rejection)
        # A list is there for everybody, whatever it is to be filtered by.
        if self.watch.owner_of(urlsplit(str(response.request.url)).path) not in {None, tenant}:
            assert response.status_code >= 400, f"{tenant.project} reached {response.request.url}"
            # What another project made is not there for this one.
            excluded += [ensure_resource_availability, use_after_free]
        self.watch.check(tenant, asked=asked, told=told)
        if response.headers.get("content-type") == [MEDIA_TYPE]:
            read_stream(response.content)
        case.validate_response(response, excluded_checks=excluded, recorder=recorder)
        _check_headers(case, response)

    def close(self) -> None:
        """Lets the connections go."""
        self._session.close()


def _spare(case: Case) -> None:
    """A dry run waits a minute for the reader, and there is none."""
    query: Any = case.query
    if query and "dry_run" in query and case.operation.label == "POST /v1/datasets":
        with suppress(TypeError, ValueError):
            if 0 < float(query.get("wait_seconds", SECONDS)) <= MAX_WAIT_SECONDS:
                query["wait_seconds"] = 0.05


def _arrives_sound(case: Case) -> bool:
    """Whether what was drawn to be wrong arrives as something right."""
    if case.meta is None:
        return False
    drawn = case.meta.phase.data
    spoilt = {(part.parameter_location, part.parameter) for part in getattr(drawn, "mutations", ()) or (drawn,)}
    return spoilt <= NEVER_WRONG


def _checked_problem(response: Response) -> Mapping[str, Any]:
    """The problem document, which is whole and whose faults name their places."""
    assert response.headers["content-type"] == ["application/problem+json"], (response.status_code, response.text)
    told = response.json()
    assert told["status"] == response.status_code
    assert told["title"]
    assert told["detail"]
    assert told["type"] == f"/docs#{told['code']}"
    assert [told["request_id"]] == response.headers["x-request-id"]
    if told["code"] in {"invalid_body", "invalid_query", "invalid_header"}:
        assert told["errors"], told
        for fault in told["errors"]:
            assert fault["message"], told
            assert fault["code"], told
            assert fault.get("parameter") is not None or fault.get("header") or _has_place(response, fault), told
    return told


def _has_place(response: Response, fault: Mapping[str, Any]) -> bool:
    """Whether the fault's pointer leads into the body, or to where a missing member belongs."""
    if not fault["pointer"] or "multipart/form-data" in str(response.request.headers):
        return True  # the fields of a form are its members
    place = json.loads(_text_of(response.request.body))
    *steps, last = [step.replace("~1", "/").replace("~0", "~") for step in fault["pointer"].split("/")[1:]]
    for step in steps:
        place = place[int(step)] if isinstance(place, list) else place[step]
    return isinstance(place, dict) or (isinstance(place, list) and last.isdecimal() and int(last) <= len(place))


def _excused(told: Mapping[str, Any]) -> list[Any]:
    """The checks that a problem of this kind need not pass."""
    if told["code"] == "not_ready":
        # It is what /readyz is asked for.
        return [not_a_server_error]
    if told["code"] in OF_TUS:
        return [positive_data_acceptance, negative_data_rejection, missing_required_header]
    # What tells no faults of parameters is told by its own code.
    is_of_parameters = told["code"] in {"invalid_query", "invalid_header"}
    codes = {fault["code"] for fault in told["errors"]} if is_of_parameters else {told["code"]}
    return [positive_data_acceptance] if codes <= UNSAYABLE else []


def _check_headers(case: Case, response: Response) -> None:
    """Where the document tells of an answer, it tells of all the answer's headers."""
    described = case.operation.definition.raw["responses"].get(str(response.status_code))
    if described is not None:
        names = {name.lower() for name in described.get("headers", {})}
        unknown = {name.lower() for name in response.headers} - names - GENERAL_HEADERS
        assert not unknown, f"{case.operation.label} {response.status_code} does not describe {sorted(unknown)}"


def _text_of(body: str | bytes | None) -> str:
    return body.decode(errors="replace") if isinstance(body, bytes) else body or ""
