"""What webhooks are told: noted in the transaction in which a job ends, claimed one by one, tried until it arrives.

A delivery is claimed (`db.webhooks.message_claims`) by a conditional UPDATE that raises ``attempts`` and puts its next
attempt off by a lease: of several processes one has it, and one that dies leaves it to be due again. What an attempt
reports is fenced by its number. So a message arrives at least once.
"""

from collections.abc import Collection
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import bindparam, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from db.errors import DeliveryNotFound, WebhookDisabled
from db.jobs.rows import JobRow
from db.pages import PageReader, RowPage
from db.tables.columns import db_now, returning
from db.tables.webhooks import Delivery, Webhook
from db.webhooks import webhooks
from spec.ids import new_id

KEPT_SECONDS = 7 * 24 * 60 * 60.0
FAILING_SECONDS = 24 * 60 * 60.0
"""A webhook to which nothing could be delivered for so long is switched off once a message is given up."""

PENDING, DELIVERED, FAILED = "pending", "delivered", "failed"
TEST = "webhook.test"
"""The type of a message that its owner asks for; it is about no job."""


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """A message to a webhook, and what became of it; ``failures`` counts since it was last asked for."""

    id: str
    webhook_id: str
    job_id: str | None
    type: str
    status: str
    created_at: datetime
    attempts: int
    failures: int
    next_attempt_at: datetime | None
    last_attempt_at: datetime | None
    delivered_at: datetime | None
    response_status: int | None
    error: str | None
    duration_seconds: float | None


COLUMNS: tuple[Any, ...] = tuple(getattr(Delivery, field.name) for field in fields(DeliveryRow))
# The lock on their keys keeps a webhook from being deleted before its delivery is there; changes of it need not wait.
_WANTING = (
    select(Webhook.id, Webhook.events_json)
    .where(Webhook.project == bindparam("of_project"), Webhook.is_enabled)
    .order_by(Webhook.id)
    .with_for_update(read=True, key_share=True)
)
_INSERT = insert(Delivery)
_of_webhook = PageReader(COLUMNS, Delivery.webhook_id, Delivery.id, DeliveryRow)


async def note_end(connection: AsyncConnection, job: JobRow) -> None:
    """Note a message for every webhook that wants to hear of this end, in the transaction that writes it."""
    await note_event(connection, job, f"job.{job.status}")


async def note_event(connection: AsyncConnection, job: JobRow, event: str) -> None:
    """Note a message for every webhook that wants to hear of this event of a job, in the transaction that writes it."""
    found = await connection.execute(_WANTING, {"of_project": job.project})
    wanting = [webhook_id for webhook_id, events_json in found.all() if event in orjson.loads(events_json)]
    if wanting:
        notes = [_note(webhook_id, event, job.id) for webhook_id in wanting]
        await connection.execute(_INSERT.values(next_attempt_at=db_now()), notes)


async def note_test(connection: AsyncConnection, webhook_id: str, project: str) -> DeliveryRow:
    """Note a message that only shows that messages arrive.

    Raises:
        WebhookNotFound: If the project has no such webhook.
        WebhookDisabled: If it is switched off.
    """
    await _require_enabled(connection, webhook_id, project)
    values = _note(webhook_id, TEST, None)
    row = await connection.execute(returning(_INSERT.values(**values, next_attempt_at=db_now()), COLUMNS))
    return DeliveryRow(*row.one())


async def record_success(
    connection: AsyncConnection, delivery: DeliveryRow, *, response_status: int, duration_seconds: float
) -> None:
    """It arrived. An attempt that was superseded changes nothing."""
    await _lock(connection, delivery.webhook_id)
    is_mine = await _report(
        connection,
        delivery,
        status=DELIVERED,
        next_attempt_at=None,
        delivered_at=db_now(),
        response_status=response_status,
        error=None,
        duration_seconds=duration_seconds,
    )
    if is_mine:
        await connection.execute(
            update(Webhook)
            .where(Webhook.id == delivery.webhook_id, Webhook.failing_since.is_not(None))
            .values(failing_since=None)
        )


async def record_failure(  # noqa: PLR0913 -- all but two by keyword
    connection: AsyncConnection,
    delivery: DeliveryRow,
    *,
    error: str,
    response_status: int | None,
    duration_seconds: float,
    retry_in_seconds: float | None,
) -> None:
    """It did not arrive; an attempt that was superseded changes nothing.

    With the last try its webhook is switched off, if nothing else could be delivered to it for a day either.

    Args:
        connection: A write transaction.
        delivery: As it was claimed.
        error: Why, in words for the webhook's owner.
        response_status: What was answered, if anything.
        duration_seconds: How long the attempt took.
        retry_in_seconds: None if it is given up.
    """
    await _lock(connection, delivery.webhook_id)
    is_given_up = retry_in_seconds is None
    is_mine = await _report(
        connection,
        delivery,
        status=FAILED if is_given_up else PENDING,
        next_attempt_at=None if retry_in_seconds is None else db_now(retry_in_seconds),
        failures=Delivery.failures + 1,
        response_status=response_status,
        error=error,
        duration_seconds=duration_seconds,
    )
    if not is_mine:
        return
    failing = await connection.execute(
        update(Webhook)
        .where(Webhook.id == delivery.webhook_id)
        .values(failing_since=func.coalesce(Webhook.failing_since, db_now()))
        .returning(Webhook.failing_since <= db_now(-FAILING_SECONDS))
    )
    if is_given_up and failing.scalar_one_or_none():
        await webhooks.disable(connection, delivery.webhook_id, "Nothing could be delivered for more than a day.")


async def list_page(  # noqa: PLR0913 -- what a list is asked for
    connection: AsyncConnection,
    webhook_id: str,
    project: str,
    limit: int,
    before_id: str | None = None,
    *,
    most_bytes: int | None = None,
) -> RowPage[DeliveryRow]:
    """What a webhook was or is to be told, newest first.

    Raises:
        WebhookNotFound: If the project has no such webhook.
    """
    await webhooks.get(connection, webhook_id, project)
    rows = await _of_webhook(connection, webhook_id, limit, before_id, most_bytes=most_bytes)
    if not rows:
        await webhooks.get(connection, webhook_id, project)  # with which they go, all at once
    return rows


async def retry(connection: AsyncConnection, webhook_id: str, project: str, delivery_id: str) -> DeliveryRow:
    """Deliver this now, whatever became of it before, and with all its tries anew.

    Raises:
        WebhookNotFound: If the project has no such webhook.
        DeliveryNotFound: If the webhook has no such delivery.
        WebhookDisabled: If it is switched off.
    """
    await _require_enabled(connection, webhook_id, project)
    again = (
        update(Delivery)
        .where(Delivery.id == delivery_id, Delivery.webhook_id == webhook_id)
        .values(status=PENDING, next_attempt_at=db_now(), failures=0)
    )
    found = await connection.execute(returning(again, COLUMNS))
    row = found.one_or_none()
    if row is None:
        raise DeliveryNotFound(delivery_id)
    return DeliveryRow(*row)


async def remove_old(connection: AsyncConnection, among: Collection[str] | None = None) -> int:
    """Forget what was noted more than a week ago and is not to be tried again, of these if told; return how many."""
    # The last of the tries comes after a week where the receiver asks for a day each time.
    is_old = (Delivery.created_at <= db_now(-KEPT_SECONDS), Delivery.next_attempt_at.is_(None))
    wanted = () if among is None else (Delivery.id.in_(sorted(among)),)
    removed = await connection.execute(delete(Delivery).where(*is_old, *wanted))
    return removed.rowcount


def _note(webhook_id: str, event: str, job_id: str | None) -> dict[str, Any]:
    return {"id": new_id("dlv"), "webhook_id": webhook_id, "job_id": job_id, "type": event, "status": PENDING}


async def _lock(connection: AsyncConnection, webhook_id: str) -> None:
    """Webhook first, then its deliveries: the order of whoever deletes one."""
    await connection.execute(select(Webhook.id).where(Webhook.id == webhook_id).with_for_update(key_share=True))


async def _report(connection: AsyncConnection, delivery: DeliveryRow, **values: Any) -> bool:  # noqa: ANN401 -- columns
    is_mine = (
        Delivery.id == delivery.id,
        Delivery.attempts == delivery.attempts,
        Delivery.next_attempt_at.is_not(None),
    )
    reported = await connection.execute(update(Delivery).where(*is_mine).values(claimed_until=None, **values))
    return reported.rowcount == 1


async def _require_enabled(connection: AsyncConnection, webhook_id: str, project: str) -> None:
    # Read under the lock: until then it may be deleted or switched off.
    await _lock(connection, webhook_id)
    if not (await webhooks.get(connection, webhook_id, project)).is_enabled:
        raise WebhookDisabled(webhook_id)
