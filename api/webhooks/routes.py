"""``/v1/webhooks``."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.access.callers import caller_of
from api.answers.documents import Json
from api.calls import created_in_secret, creation, done, listed, listing, outcome, reading, removal
from api.context import context_of
from api.openapi.declarations import Shown, operation
from api.owned import Owned
from api.requests import bodies, idempotency
from api.requests.bodies import read_json
from api.requests.queries import NoQuery, PageQuery
from api.serving.plain_routes import PlainRoute
from api.webhooks import examples
from api.webhooks.documents import delivery_document, secret_document, webhook_answer, webhook_document
from api.webhooks.reading import list_deliveries as read_deliveries
from api.webhooks.schemas import DeliveryDocument, DeliveryList, WebhookDocument, WebhookList, WebhookSecretDocument
from db.errors import (
    DatabaseUnavailable,
    DeliveryNotFound,
    TooManyWebhooks,
    WebhookDisabled,
    WebhookNotFound,
)
from db.webhooks import webhooks
from services.errors import QuotaExceeded
from services.webhooks import changes
from services.webhooks.bodies import NewWebhookBody, WebhookChangesBody

router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"], route_class=PlainRoute)
WEBHOOKS = Owned(
    prefix="hook",
    missing=WebhookNotFound,
    list_page=webhooks.list_page,
    get=webhooks.get,
    document_of=webhook_document,
)
_READ_PROBLEMS = (WebhookNotFound, DatabaseUnavailable)
_CREATED_HEADERS = idempotency.created_headers("webhook")
_DELIVERY = (202, Shown("The message, which will be delivered.", DeliveryDocument))


@router.post(
    "",
    **creation(
        (201, Shown("The webhook and its secret.", WebhookSecretDocument, headers=_CREATED_HEADERS)),
        problems=(TooManyWebhooks, QuotaExceeded, DatabaseUnavailable),
        body=Shown("Where messages are sent, and about what.", NewWebhookBody, examples=examples.WEBHOOKS),
    ),
    summary="Create a webhook",
)
async def create(request: Request) -> Response:
    """Messages are signed according to Standard Webhooks. Only this answer shows the secret to verify them with."""
    return await created_in_secret(request, changes.create, webhook_answer, webhook_answer)


@router.get("", **listing("A page of webhooks.", WebhookList, DatabaseUnavailable), summary="List webhooks")
async def list_webhooks(request: Request) -> Response:
    """Lists the project's webhooks, newest first."""
    return await WEBHOOKS.page(request)


@router.get("/{webhook_id}", **reading("The webhook.", WebhookDocument, *_READ_PROBLEMS), summary="Read a webhook")
async def read(request: Request, webhook_id: str) -> Response:
    """Returns the webhook without its secret."""
    return await WEBHOOKS.one(request, webhook_id)


@router.patch(
    "/{webhook_id}",
    **operation(
        (200, Shown("The webhook.", WebhookDocument)),
        problems=(*_READ_PROBLEMS, *bodies.PROBLEMS),
        body=Shown("What to change.", WebhookChangesBody, examples=examples.WEBHOOK_CHANGES),
    ),
    summary="Change a webhook",
)
async def change(request: Request, webhook_id: str) -> Response:
    """Whatever is left out stays as it is. To enable a webhook that was disabled after failures, set `is_enabled`."""
    NoQuery.of(request)
    context, caller = context_of(request), caller_of(request)
    body = await read_json(request, limit_bytes=context.settings.max_body_bytes)
    return Json(webhook_document(await changes.change(context.services, caller, webhook_id, body)))


@router.delete("/{webhook_id}", **removal("The webhook was deleted.", *_READ_PROBLEMS), summary="Delete a webhook")
async def remove(request: Request, webhook_id: str) -> Response:
    """Deletes the webhook and its messages. A message that is already being sent may still arrive."""
    return await done(request, changes.remove, webhook_id)


@router.post(
    "/{webhook_id}/rotate-secret",
    **operation((200, Shown("The webhook and its new secret.", WebhookSecretDocument)), problems=_READ_PROBLEMS),
    summary="Give a webhook a new secret",
)
async def rotate(request: Request, webhook_id: str) -> Response:
    """Creates a new secret. For one day, messages are signed with both the new and the previous secret."""
    headers = {"Cache-Control": "no-store"}
    return await outcome(request, changes.rotate, webhook_id, document_of=secret_document, headers=headers)


@router.post(
    "/{webhook_id}/test",
    **operation(_DELIVERY, problems=(*_READ_PROBLEMS, WebhookDisabled, QuotaExceeded)),
    summary="Send a test message",
)
async def send_test(request: Request, webhook_id: str) -> Response:
    """Sends a message of type `webhook.test`. The list of deliveries shows what became of it."""
    return await outcome(request, changes.send_test, webhook_id, document_of=delivery_document, status=202)


@router.get(
    "/{webhook_id}/deliveries",
    **listing("A page of messages.", DeliveryList, *_READ_PROBLEMS),
    summary="List a webhook's messages",
)
async def list_deliveries(request: Request, webhook_id: str) -> Response:
    """Lists the messages of the last week, newest first, each with what became of it."""
    found = await read_deliveries(context_of(request), caller_of(request), webhook_id, PageQuery.of(request))
    return listed(request, found, delivery_document)


@router.post(
    "/{webhook_id}/deliveries/{delivery_id}/retry",
    **operation(_DELIVERY, problems=(*_READ_PROBLEMS, DeliveryNotFound, WebhookDisabled)),
    summary="Deliver a message again",
)
async def retry(request: Request, webhook_id: str, delivery_id: str) -> Response:
    """Delivers the message again at once, whatever became of it before. If that fails, it is retried again."""
    return await outcome(request, changes.retry, webhook_id, delivery_id, document_of=delivery_document, status=202)
