"""``/v1/networks``."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.access.callers import caller_of
from api.answers.documents import Json, fragment
from api.answers.errors import BodyMalformed, BodyTooLarge, MediaTypeUnsupported
from api.context import context_of
from api.networks import examples
from api.networks.schemas import InspectionDocument
from api.openapi.declarations import Shown, operation
from api.requests.bodies import parse_json, read_text
from api.requests.checking import COACHED, checked
from api.requests.queries import NoQuery
from api.serving.plain_routes import PlainRoute
from coach.documents import finding_documents
from db.errors import DatabaseUnavailable
from services import networks
from services.errors import BodyFaulty, DatasetNotReady
from services.findings import findings_of_parts
from services.lookups import look_up
from services.networks import InspectBody
from spec.language.numbers import encode_json

router = APIRouter(prefix="/v1/networks", tags=["networks"], route_class=PlainRoute)


@router.post(
    "/inspect",
    **operation(
        (200, Shown("The summary.", InspectionDocument)),
        problems=(BodyMalformed, BodyFaulty, BodyTooLarge, MediaTypeUnsupported, DatasetNotReady, DatabaseUnavailable),
        body=Shown(
            "A network, an input shape or a data set, and perhaps a training.",
            InspectBody,
            examples=examples.INSPECTIONS,
        ),
    ),
    summary="Summarize a network",
)
async def inspect(request: Request) -> Response:
    """Returns layers, output shapes, variables and parameters as Keras's `summary()` has them. Nothing is trained."""
    NoQuery.of(request)
    context = context_of(request)
    text = await read_text(request, limit_bytes=context.settings.max_body_bytes)

    body = await checked(request, lambda: parse_json(text), text)
    found = await look_up(context.services, caller_of(request), body)

    def answer() -> Json:
        summary = networks.inspect(body, found.facts_of, found.weights_of)
        told = findings_of_parts(body, found, context.services.limits.max_memory_bytes)
        shown = fragment(encode_json(finding_documents(told, None)))
        return Json({"object": "network_summary", **summary.model_dump(mode="json"), "findings": shown})

    return await checked(request, answer, text, *found.texts, growth=COACHED)
