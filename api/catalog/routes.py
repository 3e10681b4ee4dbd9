"""``/v1/catalog``."""

from functools import cache

import orjson
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.answers.conditional import conditional, digest_tag
from api.calls import reading
from api.catalog.schemas import CatalogDocument
from api.requests.queries import NoQuery
from api.serving.plain_routes import PlainRoute
from spec.catalog import catalog

router = APIRouter(prefix="/v1/catalog", tags=["service"], route_class=PlainRoute)


@router.get("", **reading("The catalog.", CatalogDocument), summary="Read the catalog")
async def read(request: Request) -> Response:
    """Lists everything that a job spec can name, with its arguments, and what is not offered, with the reason."""
    NoQuery.of(request)
    body, tag = _document()
    return conditional(request, Response(body, media_type="application/json"), tag)


@cache
def _document() -> tuple[bytes, str]:
    body = orjson.dumps({"object": "catalog", **catalog()})
    return body, digest_tag(body)
