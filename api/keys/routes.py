"""``/v1/keys``."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.access.callers import caller_of
from api.answers.conditional import conditional
from api.answers.documents import Json
from api.answers.pages import page
from api.context import context_of, services_of
from api.keys import examples, reading
from api.keys.documents import kept_answer, key_answer, key_document
from api.keys.schemas import KeyDocument, KeyList, NewKeyDocument
from api.openapi.declarations import Shown, operation
from api.requests import bodies, idempotency
from api.requests.bodies import read_json
from api.requests.queries import NoQuery, PageQuery
from api.serving.plain_routes import PlainRoute
from db.errors import DatabaseUnavailable, KeyNotFound, TooManyKeys
from services.errors import QuotaExceeded
from services.keys import changes
from services.keys.bodies import NewKeyBody

router = APIRouter(prefix="/v1/keys", tags=["keys"], route_class=PlainRoute)
_READ_PROBLEMS = (KeyNotFound, DatabaseUnavailable)
_CREATED_HEADERS = idempotency.created_headers(
    "key", replayed="`true` if the key was created by an earlier request. Its secret is not shown again."
)


@router.post(
    "",
    **operation(
        (201, Shown("The key with its secret, which is shown only once.", NewKeyDocument, headers=_CREATED_HEADERS)),
        problems=(*bodies.PROBLEMS, *idempotency.PROBLEMS, TooManyKeys, QuotaExceeded, DatabaseUnavailable),
        headers={idempotency.HEADER: idempotency.DESCRIPTION},
        body=Shown("What the key can be used for.", NewKeyBody, examples=examples.KEYS),
    ),
    summary="Make a key",
)
async def create(request: Request) -> Response:
    """Creates a key for the caller's own project. It is shown only once, since only a digest of it is stored."""
    NoQuery.of(request)
    context, caller = context_of(request), caller_of(request)
    body = await read_json(request, limit_bytes=context.settings.max_body_bytes)
    keyed = idempotency.keyed(request, caller, body, kept_answer)
    return idempotency.created_in_secret(await changes.create(context.services, caller, body, keyed), key_answer)


@router.get(
    "",
    **operation(
        (200, Shown("A page of keys.", KeyList)),
        problems=(DatabaseUnavailable,),
        query=PageQuery,
        is_conditional=True,
    ),
    summary="List keys",
)
async def list_keys(request: Request) -> Response:
    """Lists the project's keys, newest first, including revoked and expired ones. Secrets are never shown."""
    rows, next_after = await reading.list_page(context_of(request), caller_of(request), PageQuery.of(request))
    return conditional(request, Json(page([key_document(row) for row in rows], next_after=next_after)))


@router.get(
    "/{key_id}",
    **operation((200, Shown("The key.", KeyDocument)), problems=_READ_PROBLEMS, is_conditional=True),
    summary="Read a key",
)
async def read(request: Request, key_id: str) -> Response:
    """Returns what the key can be used for, and when it was last used."""
    NoQuery.of(request)
    row = await reading.read(context_of(request), caller_of(request), key_id)
    return conditional(request, Json(key_document(row)))


@router.delete(
    "/{key_id}",
    **operation((204, Shown("The key was revoked.", media_types=())), problems=_READ_PROBLEMS),
    summary="Revoke a key",
)
async def revoke(request: Request, key_id: str) -> Response:
    """Revokes the key, which stops working within three seconds. Revoking it again changes nothing."""
    NoQuery.of(request)
    await changes.revoke(services_of(request), caller_of(request), key_id)
    return Response(status_code=204)
