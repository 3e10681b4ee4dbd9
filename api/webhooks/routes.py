"""``/v1/webhooks``."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.access.callers import caller_of
from api.answers.conditional import conditional
from api.answers.documents import Json
from api.answers.pages import page
from api.context import context_of, services_of
from api.openapi.declarations import Shown, operation
from api.requests import bodies, idempotency
from api.requests.bodies import read_json
from api.requests.queries import NoQuery, PageQuery
from api.serving.plain_routes import PlainRoute
from api.webhooks import examples, reading
from api.webhooks.documents import delivery_document, secret_document, webhook_answer, webhook_document
from api.webhooks.schemas import DeliveryDocument, DeliveryList, WebhookDocument, WebhookList, WebhookSecretDocument
from db.errors import (
    DatabaseUnavailable,
    DeliveryNotFound,
    TooManyWebhooks,
    WebhookDisabled,
    WebhookNotFound,
)
from services.errors import QuotaExceeded
from services.webhooks import changes
from services.webhooks.bodies import NewWebhookBody, WebhookChangesBody

router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"], route_class=PlainRoute)
_READ_PROBLEMS = (WebhookNotFound, DatabaseUnavailable)
_CREATED_HEADERS = idempotency.created_headers("webhook")


@router.post(
    "",
    **operation(
        (201, Shown("The webhook and its secret.", WebhookSecretDocument, headers=_CREATED_HEADERS)),
        problems=(*bodies.PROBLEMS, *idempotency.PROBLEMS, TooManyWebhooks, QuotaExceeded, DatabaseUnavailable),
        headers={idempotency.HEADER: idempotency.DESCRIPTION},
        body=Shown("Where messages are sent, and about what.", NewWebhookBody, examples=examples.WEBHOOKS),
    ),
    summary="Create a webhook",
)
async def create(request: Request) -> Response:
    """Messages are signed according to Standard Webhooks. Only this answer shows the secret to verify them with."""
    NoQuery.of(request)
    context, caller = context_of(request), caller_of(request)
    body = await read_json(request, limit_bytes=context.settings.max_body_bytes)
    keyed = idempotency.keyed(request, caller, body, webhook_answer)
    return idempotency.created_in_secret(await changes.create(context.services, caller, body, keyed), webhook_answer)


@router.get(
    "",
    **operation(
        (200, Shown("A page of webhooks.", WebhookList)),
        problems=(DatabaseUnavailable,),
        query=PageQuery,
        is_conditional=True,
    ),
    summary="List webhooks",
)
async def list_webhooks(request: Request) -> Response:
    """Lists the project's webhooks, newest first."""
    rows, next_after = await reading.list_page(context_of(request), caller_of(request), PageQuery.of(request))
    return conditional(request, Json(page([webhook_document(row) for row in rows], next_after=next_after)))


@router.get(
    "/{webhook_id}",
    **operation((200, Shown("The webhook.", WebhookDocument)), problems=_READ_PROBLEMS, is_conditional=True),
    summary="Read a webhook",
)
async def read(request: Request, webhook_id: str) -> Response:
    """Returns the webhook without its secret."""
    NoQuery.of(request)
    row = await reading.read(context_of(request), caller_of(request), webhook_id)
    return conditional(request, Json(webhook_document(row)))


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


@router.delete(
    "/{webhook_id}",
    **operation((204, Shown("The webhook was deleted.", media_types=())), problems=_READ_PROBLEMS),
    summary="Delete a webhook",
)
async def remove(request: Request, webhook_id: str) -> Response:
    """Deletes the webhook and its messages. A message that is already being sent may still arrive."""
    NoQuery.of(request)
    await changes.remove(services_of(request), caller_of(request), webhook_id)
    return Response(status_code=204)


@router.post(
    "/{webhook_id}/rotate-secret",
    **operation((200, Shown("The webhook and its new secret.", WebhookSecretDocument)), problems=_READ_PROBLEMS),
    summary="Give a webhook a new secret",
)
async def rotate(request: Request, webhook_id: str) -> Response:
    """Creates a new secret. For one day, messages are signed with both the new and the previous secret."""
    NoQuery.of(request)
    rotated = await changes.rotate(services_of(request), caller_of(request), webhook_id)
    return Json(secret_document(rotated), headers={"Cache-Control": "no-store"})


@router.post(
    "/{webhook_id}/test",
    **operation(
        (202, Shown("The message, which will be delivered.", DeliveryDocument)),
        problems=(*_READ_PROBLEMS, WebhookDisabled, QuotaExceeded),
    ),
    summary="Send a test message",
)
async def send_test(request: Request, webhook_id: str) -> Response:
    """Sends a message of type `webhook.test`. The list of deliveries shows what became of it."""
    NoQuery.of(request)
    return Json(delivery_document(await changes.send_test(services_of(request), caller_of(request), webhook_id)), 202)


@router.get(
    "/{webhook_id}/deliveries",
    **operation(
        (200, Shown("A page of messages.", DeliveryList)),
        problems=_READ_PROBLEMS,
        query=PageQuery,
        is_conditional=True,
    ),
    summary="List a webhook's messages",
)
async def list_deliveries(request: Request, webhook_id: str) -> Response:
    """Lists the messages of the last week, newest first, each with what became of it."""
    rows, next_after = await reading.list_deliveries(
        context_of(request), caller_of(request), webhook_id, PageQuery.of(request)
    )
    return conditional(request, Json(page([delivery_document(row) for row in rows], next_after=next_after)))


@router.post(
    "/{webhook_id}/deliveries/{delivery_id}/retry",
    **operation(
        (202, Shown("The message, which will be delivered.", DeliveryDocument)),
        problems=(*_READ_PROBLEMS, DeliveryNotFound, WebhookDisabled),
    ),
    summary="Deliver a message again",
)
async def retry(request: Request, webhook_id: str, delivery_id: str) -> Response:
    """Delivers the message again at once, whatever became of it before. If that fails, it is retried again."""
    NoQuery.of(request)
    row = await changes.retry(services_of(request), caller_of(request), webhook_id, delivery_id)
    return Json(delivery_document(row), 202)
