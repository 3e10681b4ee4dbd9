"""``/v1/examples``."""

from functools import cache

import orjson
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.answers.conditional import conditional, digest_tag
from api.answers.pages import page
from api.calls import listing
from api.examples.schemas import ExampleList
from api.requests.queries import NoQuery
from api.serving.plain_routes import PlainRoute
from services.examples import examples

router = APIRouter(prefix="/v1/examples", tags=["service"], route_class=PlainRoute)


@router.get("", **listing("The ready networks.", ExampleList, query=NoQuery), summary="List ready networks")
async def list_examples(request: Request) -> Response:
    """Lists job specs to begin with, each with the score that it reached and the time that it took."""
    NoQuery.of(request)
    body, tag = _document()
    return conditional(request, Response(body, media_type="application/json"), tag)


@cache
def _document() -> tuple[bytes, str]:
    body = orjson.dumps(page(examples()))
    return body, digest_tag(body)
