"""What is decided about webhooks."""

import re
from collections.abc import Sequence
from typing import Any, TypeVar

import orjson

from api.context import Context
from api.idempotency import Creation
from api.pages import cut, decode_cursor
from api.queries import PageQuery
from api.webhooks.addresses import UrlRefused, target_of
from api.webhooks.documents import webhook_document
from api.webhooks.schemas import NewWebhookBody, WebhookChangesBody
from api.webhooks.signing import new_secret
from db import audit, deliveries, idempotency, webhooks
from db.deliveries import DeliveryRow
from db.errors import DeliveryNotFound, WebhookNotFound
from db.idempotency import Answer, Request
from db.row_sizes import DELIVERY_BYTES
from db.webhooks import NewWebhook, WebhookRow
from services.actors import Actor
from services.errors import BodyFaulty
from services.quotas.guard import Use
from spec.declared import Section
from spec.faults import Fault
from spec.ids import is_id, new_id
from spec.sections import read_section

CREATED = 201
_WEBHOOK_CURSOR = re.compile(r"hook_[0-9a-z]{26}")
_DELIVERY_CURSOR = re.compile(r"dlv_[0-9a-z]{26}")
Kind = TypeVar("Kind", bound=Section)


async def create(context: Context, caller: Actor, body: object, request: Request | None) -> Creation:
    """Makes a webhook, in one transaction with its key; its secret is in the answer.

    Raises:
        BodyFaulty: If anything is wrong with the body.
        TooManyWebhooks: If the caller's project has as many as it may have.
        QuotaExceeded: If the first answer is to be kept, and the project has no bytes left for it.
        IdempotencyKeyReused: If the key came with another request.
        IdempotencyKeyInFlight: If a request with the key is being carried out.
        DatabaseUnavailable: If the database does not answer.
    """
    said = _read(context, NewWebhookBody, body)
    new = NewWebhook(
        id=new_id("hook"),
        project=caller.project,
        url=said.url,
        description=said.description,
        events_json=_events_json(said.events),
        secret=new_secret(),
        is_enabled=said.is_enabled,
    )
    async with context.quotas.looking(caller.project) as taking, context.database.write() as connection:
        if (first := await idempotency.begin_or_raise(connection, request)) is not None:
            return Creation(first, is_replayed=True)
        if request is not None:
            kept_bytes = idempotency.bytes_of(request, [new.url, new.description or ""])
            taking.take(caller.project, Use(row_bytes=kept_bytes))
        row = await webhooks.create(connection, new)
        document = {**webhook_document(row), "secret": new.secret}
        await audit.record(connection, caller.act("webhook.create", new.id))
        answer = Answer(CREATED, f"/v1/webhooks/{row.id}", orjson.dumps(document).decode())
        if request is not None:
            await idempotency.store_all(connection, [(request, answer)])
        return Creation(answer, is_replayed=False)


async def read(context: Context, caller: Actor, webhook_id: str) -> WebhookRow:
    """The webhook.

    Raises:
        WebhookNotFound: If the caller has none such.
        DatabaseUnavailable: If the database does not answer.
    """
    _check_id(webhook_id)
    async with context.database.read() as connection:
        return await webhooks.get(connection, webhook_id, caller.project)


async def list_page(context: Context, caller: Actor, query: PageQuery) -> tuple[Sequence[WebhookRow], str | None]:
    """A page of webhooks, newest first, and what the next page starts behind.

    Raises:
        QueryFaulty: If the cursor is none.
        DatabaseUnavailable: If the database does not answer.
    """
    before_id = None if query.cursor is None else decode_cursor(query.cursor, shape=_WEBHOOK_CURSOR)
    async with context.database.read() as connection:
        rows = await webhooks.list_page(connection, caller.project, query.limit + 1, before_id)
    return cut(rows, query.limit, lambda row: row.id)


async def change(context: Context, caller: Actor, webhook_id: str, body: object) -> WebhookRow:
    """The webhook, changed.

    Raises:
        BodyFaulty: If anything is wrong with the body.
        WebhookNotFound: If the caller has none such.
        DatabaseUnavailable: If the database does not answer.
    """
    _check_id(webhook_id)
    said = _read(context, WebhookChangesBody, body)
    values: dict[str, object] = {name: getattr(said, name) for name in said.model_fields_set}
    empty = [name for name, value in sorted(values.items()) if value is None and name != "description"]
    if empty:
        message = "this cannot be null; what is left out stays"
        raise BodyFaulty([Fault(pointer=f"/{name}", message=message, code="null") for name in empty])
    if "events" in values:
        values["events_json"] = _events_json(values.pop("events"))
    async with context.database.write() as connection:
        row = await webhooks.change(connection, webhook_id, caller.project, values)
        await audit.record(connection, caller.act("webhook.change", webhook_id))
        return row


async def remove(context: Context, caller: Actor, webhook_id: str) -> None:
    """Deletes the webhook, with all that was and was to be delivered to it.

    Raises:
        WebhookNotFound: If the caller has none such.
        DatabaseUnavailable: If the database does not answer.
    """
    _check_id(webhook_id)
    async with context.database.write() as connection:
        await webhooks.remove(connection, webhook_id, caller.project)
        await audit.record(connection, caller.act("webhook.delete", webhook_id))


async def rotate(context: Context, caller: Actor, webhook_id: str) -> dict[str, Any]:
    """The webhook's document with a new secret; for a day messages are signed with the former one too.

    Raises:
        WebhookNotFound: If the caller has none such.
        DatabaseUnavailable: If the database does not answer.
    """
    _check_id(webhook_id)
    secret = new_secret()
    async with context.database.write() as connection:
        row = await webhooks.rotate(connection, webhook_id, caller.project, secret)
        await audit.record(connection, caller.act("webhook.rotate_secret", webhook_id))
    return {**webhook_document(row), "secret": secret}


async def send_test(context: Context, caller: Actor, webhook_id: str) -> DeliveryRow:
    """A message of type ``webhook.test``, to be delivered at once.

    Raises:
        WebhookNotFound: If the caller has none such.
        WebhookDisabled: If it is switched off.
        QuotaExceeded: If the project has no bytes left for the message.
        DatabaseUnavailable: If the database does not answer.
    """
    _check_id(webhook_id)
    async with context.quotas.looking(caller.project) as taking, context.database.write() as connection:
        taking.take(caller.project, Use(row_bytes=DELIVERY_BYTES))
        row = await deliveries.note_test(connection, webhook_id, caller.project)
        await audit.record(connection, caller.act("webhook.test", webhook_id))
        return row


async def list_deliveries(
    context: Context, caller: Actor, webhook_id: str, query: PageQuery
) -> tuple[Sequence[DeliveryRow], str | None]:
    """A page of a webhook's messages, newest first, and what the next page starts behind.

    Raises:
        QueryFaulty: If the cursor is none.
        WebhookNotFound: If the caller has none such.
        DatabaseUnavailable: If the database does not answer.
    """
    before_id = None if query.cursor is None else decode_cursor(query.cursor, shape=_DELIVERY_CURSOR)
    _check_id(webhook_id)
    async with context.database.read() as connection:
        rows = await deliveries.list_page(connection, webhook_id, caller.project, query.limit + 1, before_id)
    return cut(rows, query.limit, lambda row: row.id)


async def retry(context: Context, caller: Actor, webhook_id: str, delivery_id: str) -> DeliveryRow:
    """The message, to be delivered again at once.

    Raises:
        WebhookNotFound: If the caller has no such webhook.
        DeliveryNotFound: If it has no such delivery.
        WebhookDisabled: If it is switched off.
        DatabaseUnavailable: If the database does not answer.
    """
    _check_id(webhook_id)
    if not is_id(delivery_id, "dlv"):
        raise DeliveryNotFound(delivery_id[:100])
    async with context.database.write() as connection:
        row = await deliveries.retry(connection, webhook_id, caller.project, delivery_id)
        await audit.record(connection, caller.act("delivery.retry", delivery_id))
        return row


def _read(context: Context, kind: type[Kind], body: object) -> Kind:
    read_body = read_section(kind, body, at=())
    faults = list(read_body.faults)
    url: str | None = read_body.get("url")
    if url:
        try:
            target_of(url, is_private_allowed=context.settings.webhooks_allow_private)
        except UrlRefused as error:
            faults.append(Fault(pointer="/url", message=str(error), code=error.code))
    if read_body.section is None or faults:
        raise BodyFaulty(faults)
    return read_body.section


def _events_json(events: Any) -> str:  # noqa: ANN401 -- a list that was checked
    return orjson.dumps(sorted(set(events))).decode()


def _check_id(webhook_id: str) -> None:
    if not is_id(webhook_id, "hook"):
        raise WebhookNotFound(webhook_id[:100])
