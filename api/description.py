"""What the OpenAPI document says: the routes as they are declared, and the models they name."""

from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from api.errors import AuthenticationRequired, KeyInvalid, ScopeInsufficient
from api.problems import problem_answers
from api.scopes import Scope, scope_of

VERSION = "0.1.0"
_SCHEME = "key"
_KEYS = "`nc_…`, as `POST /v1/keys` or `python -m api.keys create` gives it. A service on one machine asks for none."
_ABOUT = """\
Send a network and how to train it; poll every epoch and the result.

Errors are RFC 9457 problem documents. Times are RFC 3339 in UTC, durations end in `_seconds`, sizes in `_bytes`.
Numbers that are not finite are the strings `"NaN"`, `"Infinity"` and `"-Infinity"`.
"""


def describe(app: FastAPI, models: Sequence[type[BaseModel]]) -> dict[str, Any]:
    """The OpenAPI document of an application.

    Args:
        app: Its routes name models by their classes' names.
        models: Those models.
    """
    document = get_openapi(
        title="Netcoach",
        version=VERSION,
        summary="Trains neural networks as a service.",
        description=_ABOUT,
        routes=app.routes,
    )
    _, definitions = models_json_schema(
        [(model, "validation") for model in models], ref_template="#/components/schemas/{model}"
    )
    components = document.setdefault("components", {})
    components["schemas"] = dict(sorted(definitions["$defs"].items()))
    components["securitySchemes"] = {_SCHEME: {"type": "http", "scheme": "bearer", "description": _KEYS}}
    for path, item in document["paths"].items():
        for method, shown in item.items():
            _secure(shown, scope_of(method, path))
    return document


def _secure(shown: dict[str, Any], scope: Scope | None) -> None:
    """Say what key an operation asks for."""
    shown["security"] = [] if scope is None else [{_SCHEME: [scope.value]}]
    if scope is not None:
        shown["description"] = f"{shown.get('description', '')}\n\nAsks for the scope `{scope}`.".strip()
        for status, answer in problem_answers(AuthenticationRequired, KeyInvalid, ScopeInsufficient).items():
            shown["responses"].setdefault(str(status), answer)
