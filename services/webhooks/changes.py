"""What is decided about webhooks."""

from dataclasses import dataclass
from typing import Any, TypeVar

import orjson

from db.errors import DeliveryNotFound, WebhookNotFound
from db.projects import audit
from db.tables.row_sizes import DELIVERY_BYTES
from db.webhooks import messages, webhooks
from db.webhooks.messages import DeliveryRow
from db.webhooks.webhooks import NewWebhook, WebhookRow
from services.actors import Actor
from services.context import ServiceContext
from services.creations import Creation, Keyed
from services.errors import BodyFaulty
from services.ids import checked_id
from services.once import make_once
from services.quotas.guard import Use
from services.webhooks.addresses import UrlRefused, target_of
from services.webhooks.bodies import NewWebhookBody, WebhookChangesBody
from services.webhooks.signing import new_secret
from spec.ids import is_id, new_id
from spec.language.declared import Section
from spec.language.faults import Fault
from spec.language.sections import read_section

Kind = TypeVar("Kind", bound=Section)


@dataclass(frozen=True, slots=True)
class SecretWebhook:
    """A webhook and its new secret, which is told this once."""

    row: WebhookRow
    secret: str


async def create(
    context: ServiceContext, actor: Actor, body: object, keyed: Keyed[SecretWebhook] | None = None
) -> Creation[SecretWebhook]:
    """Makes a webhook, in one transaction with its key.

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
        project=actor.project,
        url=said.url,
        description=said.description,
        events_json=_events_json(said.events),
        secret=new_secret(),
        is_enabled=said.is_enabled,
    )

    async def make(connection: Any) -> SecretWebhook:  # noqa: ANN401 -- the database's connection, which only it knows
        row = await webhooks.create(connection, new)
        await audit.record(connection, actor.act("webhook.create", new.id))
        return SecretWebhook(row, new.secret)

    return await make_once(context, actor, keyed, make, [new.url, new.description])


async def change(context: ServiceContext, actor: Actor, webhook_id: str, body: object) -> WebhookRow:
    """The webhook, changed.

    Raises:
        BodyFaulty: If anything is wrong with the body.
        WebhookNotFound: If the caller has none such.
        DatabaseUnavailable: If the database does not answer.
    """
    checked_id(webhook_id, "hook", WebhookNotFound)
    said = _read(context, WebhookChangesBody, body)
    values: dict[str, object] = {name: getattr(said, name) for name in said.model_fields_set}
    empty = [name for name, value in sorted(values.items()) if value is None and name != "description"]
    if empty:
        message = "This cannot be `null`. Leave the field out to keep its value."
        raise BodyFaulty([Fault(pointer=f"/{name}", message=message, code="null") for name in empty])
    if "events" in values:
        values["events_json"] = _events_json(values.pop("events"))
    async with context.database.write() as connection:
        row = await webhooks.change(connection, webhook_id, actor.project, values)
        await audit.record(connection, actor.act("webhook.change", webhook_id))
        return row


async def remove(context: ServiceContext, actor: Actor, webhook_id: str) -> None:
    """Deletes the webhook, with all that was and was to be delivered to it.

    Raises:
        WebhookNotFound: If the caller has none such.
        DatabaseUnavailable: If the database does not answer.
    """
    checked_id(webhook_id, "hook", WebhookNotFound)
    async with context.database.write() as connection:
        await webhooks.remove(connection, webhook_id, actor.project)
        await audit.record(connection, actor.act("webhook.delete", webhook_id))


async def rotate(context: ServiceContext, actor: Actor, webhook_id: str) -> SecretWebhook:
    """The webhook with a new secret; for a day messages are signed with the former one too.

    Raises:
        WebhookNotFound: If the caller has none such.
        DatabaseUnavailable: If the database does not answer.
    """
    checked_id(webhook_id, "hook", WebhookNotFound)
    secret = new_secret()
    async with context.database.write() as connection:
        row = await webhooks.rotate(connection, webhook_id, actor.project, secret)
        await audit.record(connection, actor.act("webhook.rotate_secret", webhook_id))
    return SecretWebhook(row, secret)


async def send_test(context: ServiceContext, actor: Actor, webhook_id: str) -> DeliveryRow:
    """A message of type ``webhook.test``, to be delivered at once.

    Raises:
        WebhookNotFound: If the caller has none such.
        WebhookDisabled: If it is switched off.
        QuotaExceeded: If the project has no bytes left for the message.
        DatabaseUnavailable: If the database does not answer.
    """
    checked_id(webhook_id, "hook", WebhookNotFound)
    async with context.quotas.looking(actor.project) as taking, context.database.write() as connection:
        taking.take(actor.project, Use(row_bytes=DELIVERY_BYTES))
        row = await messages.note_test(connection, webhook_id, actor.project)
        await audit.record(connection, actor.act("webhook.test", webhook_id))
        return row


async def retry(context: ServiceContext, actor: Actor, webhook_id: str, delivery_id: str) -> DeliveryRow:
    """The message, to be delivered again at once.

    Raises:
        WebhookNotFound: If the caller has no such webhook.
        DeliveryNotFound: If it has no such delivery.
        WebhookDisabled: If it is switched off.
        DatabaseUnavailable: If the database does not answer.
    """
    checked_id(webhook_id, "hook", WebhookNotFound)
    if not is_id(delivery_id, "dlv"):
        raise DeliveryNotFound(delivery_id[:100])
    async with context.database.write() as connection:
        row = await messages.retry(connection, webhook_id, actor.project, delivery_id)
        await audit.record(connection, actor.act("delivery.retry", delivery_id))
        return row


def _read(context: ServiceContext, kind: type[Kind], body: object) -> Kind:
    read_body = read_section(kind, body, at=())
    faults = list(read_body.faults)
    url: str | None = read_body.get("url")
    if url:
        try:
            target_of(url, is_private_allowed=context.limits.are_private_addresses_allowed)
        except UrlRefused as error:
            faults.append(Fault(pointer="/url", message=str(error), code=error.code))
    if read_body.section is None or faults:
        raise BodyFaulty(faults)
    return read_body.section


def _events_json(events: Any) -> str:  # noqa: ANN401 -- a list that was checked
    return orjson.dumps(sorted(set(events))).decode()
