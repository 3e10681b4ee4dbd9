"""``/v1/techniques``."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.access.callers import caller_of
from api.answers.conditional import unchanging
from api.answers.documents import Json
from api.answers.pages import page
from api.calls import listing
from api.context import context_of
from api.openapi.declarations import Shown, operation
from api.requests import bodies
from api.requests.bodies import parse_json, read_text
from api.requests.checking import checked
from api.requests.queries import NoQuery
from api.serving.plain_routes import PlainRoute
from api.techniques import examples
from api.techniques.schemas import TechniqueList, TechniquePreviewBody, TechniquePreviewDocument
from coach.outcomes import Move
from db.errors import DatabaseUnavailable
from services import techniques
from services.errors import DatasetNotReady
from services.lookups import look_up
from services.techniques import TechniqueNotFound

CHECKS = 2
"""A preview checks the spec, and the spec that the technique makes of it."""
_answer = unchanging(lambda: page(list(techniques.documents())))

router = APIRouter(prefix="/v1/techniques", tags=["coach"], route_class=PlainRoute)


@router.get("", **listing("The techniques.", TechniqueList, query=NoQuery), summary="List techniques")
async def list_techniques(request: Request) -> Response:
    """Lists all techniques that can help a job: what each is for, who proposed it, and what parameters it has."""
    NoQuery.of(request)
    return _answer(request)


@router.post(
    "/{name}/preview",
    **operation(
        (200, Shown("What the technique would do.", TechniquePreviewDocument)),
        problems=(*bodies.PROBLEMS, TechniqueNotFound, DatasetNotReady, DatabaseUnavailable),
        body=Shown(
            "A job spec, and perhaps parameters of the technique.", TechniquePreviewBody, examples=examples.PREVIEWS
        ),
    ),
    summary="Preview a technique",
)
async def preview(request: Request, name: str) -> Response:
    """Returns the JSON Patch by which the technique would change a job spec, and why. Nothing is created.

    The result of the patch passes the check. Applied to its own result, a technique does not apply any more.
    """
    NoQuery.of(request)
    context, caller = context_of(request), caller_of(request)
    technique = techniques.technique_of(name)
    text = await read_text(request, limit_bytes=context.settings.max_body_bytes)
    wanted = await checked(request, lambda: techniques.read_preview(parse_json(text)), text)
    found = await look_up(context.services, caller, wanted.spec)

    def answer() -> Json:
        outcome = techniques.preview(context.services, technique, wanted, found)
        patch = outcome.patch if isinstance(outcome, Move) else ()
        return Json(
            {
                "object": "technique_preview",
                "technique": name,
                "applies": isinstance(outcome, Move),
                "patch": [dict(one) for one in patch],
                "reason": outcome.reason,
            }
        )

    return await checked(request, answer, text, *found.texts, growth=CHECKS)
