"""What the OpenAPI document says: the routes as they are declared, and the models they name."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from api.answers.errors import AuthenticationRequired, KeyInvalid, ScopeInsufficient
from api.answers.problems import Problem, problem_answers
from api.openapi.declarations import operations_of
from api.openapi.name_schemas import with_name_schemas
from api.resource import Resource, scopes_of
from services.keys.scopes import Scope
from settings.version import VERSION
from spec.ids import pattern_of

_SCHEME = "key"
_KEYS = (
    "An API key (`nc_…`), created by `POST /v1/keys` or `python -m api.keys create`. A service that runs on one "
    "machine for its own user does not require it."
)
_ABOUT = """\
Describe a network and how to train it; the service trains it and reports every epoch and the results.

Errors are RFC 9457 problem documents. Times are RFC 3339 in UTC. Names of durations end in `_seconds`, names of sizes
in `_bytes`. Numbers that are not finite are sent as the strings `"NaN"`, `"Infinity"` and `"-Infinity"`.
"""

_REQUEST_ID = "X-Request-ID"
_HEADERS = {
    _REQUEST_ID: {"description": "The id of the request, also in the service's log.", "schema": {"type": "string"}},
}
"""Of every answer."""

_CHALLENGE = {
    "WWW-Authenticate": {"description": "The authentication scheme that is required.", "schema": {"type": "string"}}
}

_KINDS = {"losses": "Loss", "metrics": "Metric"}
"""What the classes of a module are, where one of another package has the same name."""

_LITTLE_WORDS = frozenset({"a", "an", "the", "s"})


def describe(app: FastAPI, resources: Sequence[Resource]) -> dict[str, Any]:
    """The OpenAPI document of an application.

    Args:
        app: The application.
        resources: What it serves; their calls name the document's models.
    """
    document = get_openapi(
        title="Netcoach",
        version=VERSION,
        summary="Trains neural networks as a service.",
        description=_ABOUT,
        routes=app.routes,
    )
    models = {Problem, *(model for _, operation in operations_of(resources) for model in operation.models(resources))}
    by_name = sorted(models, key=lambda model: model.__name__)
    _, definitions = models_json_schema(
        [(model, "validation") for model in by_name], ref_template="#/components/schemas/{model}"
    )
    components = document.setdefault("components", {})
    components["schemas"] = with_name_schemas(_told_apart(_plainly_named(definitions["$defs"])))
    components["headers"] = _HEADERS
    components["securitySchemes"] = {_SCHEME: {"type": "http", "scheme": "bearer", "description": _KEYS}}
    scopes = scopes_of(resources)
    ids = {name: pattern_of(prefix) for resource in resources for name, prefix in resource.ids.items()}
    for path, item in document["paths"].items():
        for method, shown in item.items():
            _secure(shown, scopes.scope_of(method, path))
            _complete(shown, ids)
    _link(document)
    return document


def _secure(shown: dict[str, Any], scope: Scope | None) -> None:
    """Say what key an operation asks for."""
    shown["security"] = [] if scope is None else [{_SCHEME: [scope.value]}]
    if scope is not None:
        shown["description"] = f"{shown.get('description', '')}\n\nRequires the scope `{scope}`.".strip()
        for status, answer in problem_answers(AuthenticationRequired, KeyInvalid, ScopeInsufficient).items():
            shown["responses"].setdefault(str(status), {**answer, "headers": dict(_CHALLENGE)})


def _plainly_named(schemas: dict[str, Any]) -> dict[str, Any]:
    """Schemas by names that a generated client can use, each its own title too.

    pydantic tells two classes of one name apart by their modules (``spec__training__losses__Poisson``): they become
    ``PoissonLoss`` and ``PoissonMetric``.
    """
    text = json.dumps(schemas)
    names: dict[str, str] = {}
    for name in schemas:
        *modules, own = name.split("__")
        names[name] = own + "".join(_KINDS[module] for module in modules if module in _KINDS)
        text = text.replace(
            json.dumps(f"#/components/schemas/{name}"), json.dumps(f"#/components/schemas/{names[name]}")
        )
    renamed: dict[str, Any] = json.loads(text)
    return {names[name]: schema | {"title": names[name]} for name, schema in sorted(renamed.items())}


def _told_apart(schemas: dict[str, Any]) -> dict[str, Any]:
    """The schemas; those that a property tells apart require it, although a kind's ``type`` has a default.

    OpenAPI wants the property of a discriminator required, and a layer without a ``type`` is refused.
    """
    for discriminator in _discriminators(schemas):
        for reference in discriminator["mapping"].values():
            schema = schemas[reference.rpartition("/")[2]]
            schema["required"] = sorted({discriminator["propertyName"], *schema.get("required", ())})
    return schemas


def _discriminators(piece: object) -> Iterator[dict[str, Any]]:
    if isinstance(piece, dict):
        members = cast("dict[str, Any]", piece)
        if "mapping" in members.get("discriminator", ()):
            yield members["discriminator"]
        for part in members.values():
            yield from _discriminators(part)
    elif isinstance(piece, list):
        for part in cast("list[object]", piece):
            yield from _discriminators(part)


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, operations in document["paths"].items():
        for operation in operations.values():
            yield path, operation


def _complete(operation: dict[str, Any], ids: Mapping[str, str]) -> None:
    """Says what goes without saying where a route is declared.

    Args:
        operation: The call.
        ids: What the ids in paths look like.
    """
    operation["operationId"] = _named(operation["summary"])
    for answer in operation["responses"].values():
        answer.setdefault("headers", {})[_REQUEST_ID] = {"$ref": f"#/components/headers/{_REQUEST_ID}"}
    for parameter in operation.get("parameters", []):
        if parameter["in"] == "path" and parameter["name"] in ids:
            parameter["schema"]["pattern"] = ids[parameter["name"]]


def _named(summary: str) -> str:
    """The name of a call in a generated client: *Read a job's results* is ``read_job_results``."""
    words = re.findall(r"[a-z0-9]+", summary.lower())
    return "_".join(word for word in words if word not in _LITTLE_WORDS)


def _link(document: dict[str, Any]) -> None:
    """Links what makes a thing (``POST /v1/jobs``) to all calls that take its id (``/v1/jobs/{job_id}/…``)."""
    for path, operations in document["paths"].items():
        made = operations.get("post", {}).get("responses", {}).get("201")
        if made is None:
            continue
        takes_id = re.compile(re.escape(path) + r"/\{(\w+_id)\}(/\w+)*")
        links = {
            operation["operationId"]: {
                "operationId": operation["operationId"],
                "parameters": {match[1]: "$response.body#/id"},
            }
            for other, operation in _operations(document)
            if (match := takes_id.fullmatch(other))
        }
        if links:
            made["links"] = links
