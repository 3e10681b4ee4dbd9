"""The OpenAPI document as others read it: validators, generators of clients, people."""

import json
import re
from collections.abc import Collection, Iterable, Iterator
from typing import Any

import jsonschema_rs
import pytest
import schemathesis

from api.app import RESOURCES, routed
from api.openapi.declarations import operations_of
from spec.catalog import catalog

DOCUMENT: dict[str, Any] = routed().openapi()
CALLS = {
    f"{method.upper()} {path}": call for path, calls in DOCUMENT["paths"].items() for method, call in calls.items()
}
NAMES: dict[str, Collection[str]] = {
    family: catalog()[plural]["names"]
    for family, plural in {
        "Activation": "activations",
        "Constraint": "constraints",
        "Initializer": "initializers",
        "Loss": "losses",
        "Metric": "metrics",
        "Optimizer": "optimizers",
        "Regularizer": "regularizers",
    }.items()
}
"""Every string that stands for one of a family."""
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
        content = call["requestBody"]["content"]
        assert set(content) == {"application/offset+octet-stream"} or content["application/json"]["examples"]
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


def _objects(piece: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401 -- any JSON
    if isinstance(piece, dict):
        yield piece
    for part in piece.values() if isinstance(piece, dict) else piece if isinstance(piece, list) else ():
        yield from _objects(part)


def _enumerations() -> list[list[Any]]:
    return [piece["enum"] for piece in _objects(DOCUMENT) if isinstance(piece.get("enum"), list)]


def _folded(words: Iterable[object]) -> list[str]:
    """Words as generators may name members of types: without case, and what stands between their parts."""
    told = [word for word in words if isinstance(word, str)]
    # Of nothing but signs, such as what separates fields, generators make numbers.
    return [re.sub(r"[\W_]", "", re.sub(r"^-", "minus", word)).lower() or word for word in told]


def test_names_differ_in_more_than_their_spelling() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    groups: list[Iterable[Any]] = [*_enumerations()]
    assert len(groups) > len(NAMES)
    groups += [schemas, [call["operationId"] for call in CALLS.values()]]
    groups += [schema.get("properties", {}) for schema in schemas.values()]
    groups += [[parameter["name"] for parameter in call.get("parameters", ())] for call in CALLS.values()]
    for words in groups:
        folded = _folded(words)
        assert len(set(folded)) == len(folded), list(words)


@pytest.mark.parametrize("family", NAMES)
def test_every_name_that_is_accepted_stands_in_the_document_once(family: str) -> None:
    schemas = DOCUMENT["components"]["schemas"]
    parts = [schemas[name]["enum"] for name in (f"{family}Name", f"{family}Alias") if name in schemas]
    assert sorted(name for part in parts for name in part) == sorted(NAMES[family])
    assert all(name == name.lower() for name in parts[0])
    text = json.dumps(DOCUMENT)
    assert all(f'"#/components/schemas/{family}{kind}"' in text for kind in ("Name", "Alias")[: len(parts)])
    lists = [words for words in _enumerations() if len(words) > 1 and set(words) <= set(NAMES[family])]
    assert len(lists) == len(parts), "a list of names stands in the document once"


def test_what_tells_schemas_apart_is_required() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    tellers = {
        (piece["discriminator"]["propertyName"], reference.rpartition("/")[2])
        for piece in _objects(DOCUMENT)
        if "discriminator" in piece and "oneOf" in piece
        for reference in piece["discriminator"]["mapping"].values()
    }
    assert ("type", "Dense") in tellers
    assert [name for teller, name in sorted(tellers) if teller not in schemas[name]["required"]] == []


def test_no_two_models_of_the_document_have_one_name() -> None:
    """References are made of names: of two models with one, callers of both would be told the shape of the first."""
    models = {model for _, operation in operations_of(RESOURCES) for model in operation.models(RESOURCES)}
    assert len({model.__name__ for model in models}) == len(models)
    shown = DOCUMENT["paths"]["/v1/datasets/{dataset_id}/preview"]["get"]["responses"]["200"]
    assert shown["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/PreviewDocument"}
    assert "rows" in DOCUMENT["components"]["schemas"]["PreviewDocument"]["properties"]
