"""``/v1/keys``."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.calls import created_in_secret, creation, done, listing, reading, removal
from api.keys import examples
from api.keys.documents import kept_answer, key_answer, key_document
from api.keys.schemas import KeyDocument, KeyList, NewKeyDocument
from api.openapi.declarations import Shown
from api.owned import Owned
from api.requests import idempotency
from api.serving.plain_routes import PlainRoute
from db.errors import DatabaseUnavailable, KeyNotFound, TooManyKeys
from db.projects import keys
from services.errors import QuotaExceeded
from services.keys import changes
from services.keys.bodies import NewKeyBody

router = APIRouter(prefix="/v1/keys", tags=["keys"], route_class=PlainRoute)
KEYS = Owned(prefix="key", missing=KeyNotFound, list_page=keys.list_page, get=keys.get, document_of=key_document)
_READ_PROBLEMS = (KeyNotFound, DatabaseUnavailable)
_CREATED_HEADERS = idempotency.created_headers(
    "key", replayed="`true` if the key was created by an earlier request. Its secret is not shown again."
)


@router.post(
    "",
    **creation(
        (201, Shown("The key with its secret, which is shown only once.", NewKeyDocument, headers=_CREATED_HEADERS)),
        problems=(TooManyKeys, QuotaExceeded, DatabaseUnavailable),
        body=Shown("What the key can be used for.", NewKeyBody, examples=examples.KEYS),
    ),
    summary="Make a key",
)
async def create(request: Request) -> Response:
    """Creates a key for the caller's own project. It is shown only once, since only a digest of it is stored."""
    return await created_in_secret(request, changes.create, key_answer, kept_answer)


@router.get("", **listing("A page of keys.", KeyList, DatabaseUnavailable), summary="List keys")
async def list_keys(request: Request) -> Response:
    """Lists the project's keys, newest first, including revoked and expired ones. Secrets are never shown."""
    return await KEYS.page(request)


@router.get("/{key_id}", **reading("The key.", KeyDocument, *_READ_PROBLEMS), summary="Read a key")
async def read(request: Request, key_id: str) -> Response:
    """Returns what the key can be used for, and when it was last used."""
    return await KEYS.one(request, key_id)


@router.delete("/{key_id}", **removal("The key was revoked.", *_READ_PROBLEMS), summary="Revoke a key")
async def revoke(request: Request, key_id: str) -> Response:
    """Revokes the key, which stops working within three seconds. Revoking it again changes nothing."""
    return await done(request, changes.revoke, key_id)
