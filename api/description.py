"""What the OpenAPI document says: the routes as they are declared, and the models they name."""

from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

VERSION = "0.1.0"
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
    document.setdefault("components", {})["schemas"] = dict(sorted(definitions["$defs"].items()))
    return document
