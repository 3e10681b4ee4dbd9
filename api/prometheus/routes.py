"""``/metrics``."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.context import context_of
from api.openapi.declarations import Shown, operation
from api.prometheus import service
from api.requests.queries import NoQuery
from api.serving.plain_routes import PlainRoute

router = APIRouter(tags=["health"], route_class=PlainRoute)
_TEXT = Shown("All metrics, in Prometheus's text format.", media_types=("text/plain",))


@router.get("/metrics", **operation((200, _TEXT), is_limited=False), summary="Metrics for Prometheus")
async def metrics(request: Request) -> Response:
    """Returns metrics of the API, the queue, the workers and training. `docs/operations.md` explains each of them."""
    NoQuery.of(request)
    return Response(await service.exposition(context_of(request)), media_type=service.CONTENT_TYPE)
