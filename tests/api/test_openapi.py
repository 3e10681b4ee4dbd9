"""The OpenAPI document as others read it: validators, generators of clients, people."""

import re
from typing import Any

import jsonschema_rs
import pytest
import schemathesis

from api.app import routed

DOCUMENT: dict[str, Any] = routed().openapi()
CALLS = {
    f"{method.upper()} {path}": call for path, calls in DOCUMENT["paths"].items() for method, call in calls.items()
}
_NAME = re.compile(r"[a-z]+(_[a-z]+){1,5}")


def test_it_is_valid_openapi() -> None:
    assert DOCUMENT["openapi"].startswith("3.1.")
    schemathesis.openapi.from_dict(DOCUMENT).validate()
    for name, schema in DOCUMENT["components"]["schemas"].items():
        jsonschema_rs.meta.validate({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}), name


def test_each_call_has_a_name_of_its_own() -> None:
    names = [call["operationId"] for call in CALLS.values()]
    assert len(set(names)) == len(names), sorted(names)
    assert [name for name in names if not _NAME.fullmatch(name)] == []


@pytest.mark.parametrize("label", CALLS)
def test_each_call_explains_itself(label: str) -> None:
    call = CALLS[label]
    assert call["summary"]
    assert call["description"].endswith(".")
    for parameter in call.get("parameters", []):
        assert parameter["in"] == "path" or parameter["description"].endswith("."), parameter["name"]
    if "requestBody" in call:
        assert call["requestBody"]["content"]["application/json"]["examples"]
    statuses = set(call["responses"])
    assert any(status.startswith("2") for status in statuses)
    assert "422" in statuses, "an unknown parameter is a fault of the query"
    for status, answer in call["responses"].items():
        assert answer["description"], status
        if status >= "4":
            assert set(answer["content"]) == {"application/problem+json"}, status
        else:
            assert bool(answer["content"]) is (status not in {"204", "304"}), status
        assert "X-Request-ID" in answer["headers"], status


@pytest.mark.parametrize("label", [label for label in CALLS if label.startswith("GET /v1/")])
def test_what_can_be_read_can_be_polled(label: str) -> None:
    call = CALLS[label]
    assert "If-None-Match" in {parameter["name"] for parameter in call["parameters"]}
    assert "ETag" in call["responses"]["200"]["headers"]
    assert "ETag" in call["responses"]["304"]["headers"]


def test_what_takes_a_jobs_id_is_linked_from_where_jobs_are_made() -> None:
    links = CALLS["POST /v1/jobs"]["responses"]["201"]["links"]
    takers = {call["operationId"] for label, call in CALLS.items() if "/v1/jobs/{job_id}" in label}
    # An artifact's name is not known before the artifacts are listed.
    assert set(links) | {"download_artifact"} == takers
    for link in links.values():
        assert link["parameters"] == {"job_id": "$response.body#/id"}
