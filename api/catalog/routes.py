"""``/v1/catalog``."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.answers.conditional import unchanging
from api.calls import reading
from api.catalog.schemas import CatalogDocument
from api.requests.queries import NoQuery
from api.serving.plain_routes import PlainRoute
from spec.catalog import catalog

router = APIRouter(prefix="/v1/catalog", tags=["service"], route_class=PlainRoute)
_answer = unchanging(lambda: {"object": "catalog", **catalog()})


@router.get("", **reading("The catalog.", CatalogDocument), summary="Read the catalog")
async def read(request: Request) -> Response:
    """Lists everything that a job spec can name, with its arguments, and what is not offered, with the reason."""
    NoQuery.of(request)
    return _answer(request)
