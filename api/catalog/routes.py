"""``/v1/catalog``."""

from functools import cache

import orjson
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.operations import Shown, operation
from api.queries import NoQuery
from spec.catalog import catalog

router = APIRouter(prefix="/v1/catalog", tags=["service"])


@router.get("", **operation((200, Shown("The catalog.", "CatalogDocument"))), summary="Read the catalog")
async def read(request: Request) -> Response:
    """Everything that a job spec may name, with its arguments; and what is left out, with the reason."""
    NoQuery.of(request)
    return Response(_document(), media_type="application/json")


@cache
def _document() -> bytes:
    return orjson.dumps({"object": "catalog", **catalog()})
