"""Webhooks: made, read, changed, deleted. Secrets leave this room for signing alone: see `db.webhooks.messages`."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from db.errors import TooManyWebhooks, WebhookNotFound
from db.pages import PageReader
from db.projects import projects
from db.tables.columns import db_now, returning
from db.tables.webhooks import Delivery, Webhook

MAX_PER_PROJECT = 20
ROTATION_SECONDS = 24 * 60 * 60.0
"""How long messages are signed with the former secret too, once there is a new one."""


@dataclass(frozen=True, slots=True)
class WebhookRow:
    """A webhook, all but its secrets; ``events_json`` is a JSON list of the types it wants."""

    id: str
    project: str
    url: str
    description: str | None
    events_json: str
    is_enabled: bool
    disabled_reason: str | None
    failing_since: datetime | None
    created_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class NewWebhook:
    """A webhook to be made; ``secret`` as `whsec_…`."""

    id: str
    project: str
    url: str
    description: str | None
    events_json: str
    secret: str
    is_enabled: bool = True


_COLUMNS: tuple[Any, ...] = tuple(getattr(Webhook, field.name) for field in fields(WebhookRow))
_OWN = (Webhook.id == bindparam("hook_id"), Webhook.project == bindparam("of_project"))


async def create(connection: AsyncConnection, new: NewWebhook) -> WebhookRow:
    """Make a webhook.

    Raises:
        TooManyWebhooks: If the project has as many as it may have.
    """
    await projects.lock(connection, new.project)
    count = await connection.scalar(select(func.count()).select_from(Webhook).where(Webhook.project == new.project))
    if (count or 0) >= MAX_PER_PROJECT:
        raise TooManyWebhooks(MAX_PER_PROJECT)
    values = {field.name: getattr(new, field.name) for field in fields(NewWebhook)}
    row = await connection.execute(returning(insert(Webhook).values(**values), _COLUMNS))
    return WebhookRow(*row.one())


async def get(connection: AsyncConnection, webhook_id: str, project: str) -> WebhookRow:
    """The webhook.

    Raises:
        WebhookNotFound: If the project has none such.
    """
    found = await connection.execute(select(*_COLUMNS).where(*_OWN), {"hook_id": webhook_id, "of_project": project})
    return _one(found.one_or_none(), webhook_id)


list_page = PageReader(_COLUMNS, Webhook.project, Webhook.id, WebhookRow)
"""A project's webhooks, newest first, at most ``limit``; with ``before_id`` those made before that one."""


async def change(
    connection: AsyncConnection, webhook_id: str, project: str, values: Mapping[str, object]
) -> WebhookRow:
    """Change a webhook's address, description, events, or whether it is enabled.

    One that is switched off gives up what waited for it; switched on, it begins without a record of failures.

    Raises:
        WebhookNotFound: If the project has none such.
    """
    changes: dict[str, Any] = dict(values)
    if "is_enabled" in changes:
        changes |= {"failing_since": None, "disabled_reason": None}
    row = await _update(connection, webhook_id, project, changes or {"id": Webhook.id})
    if not row.is_enabled:
        await give_up(connection, webhook_id)
    return row


async def rotate(connection: AsyncConnection, webhook_id: str, project: str, secret: str) -> WebhookRow:
    """Give a webhook a new secret; the one before stays good for a day.

    Raises:
        WebhookNotFound: If the project has none such.
    """
    changes = {
        "secret": secret,
        "previous_secret": Webhook.secret,
        "previous_secret_expires_at": db_now(ROTATION_SECONDS),
    }
    return await _update(connection, webhook_id, project, changes)


async def remove(connection: AsyncConnection, webhook_id: str, project: str) -> None:
    """Delete a webhook, with what was and was to be delivered to it.

    Raises:
        WebhookNotFound: If the project has none such.
    """
    removed = await connection.execute(
        delete(Webhook).where(Webhook.id == webhook_id, Webhook.project == project).returning(Webhook.id)
    )
    if removed.one_or_none() is None:
        raise WebhookNotFound(webhook_id)


async def disable(connection: AsyncConnection, webhook_id: str, reason: str) -> None:
    """Switch a webhook off, for a reason its owner can read, and give up what waits for it."""
    await connection.execute(
        update(Webhook).where(Webhook.id == webhook_id).values(is_enabled=False, disabled_reason=reason)
    )
    await give_up(connection, webhook_id)


async def give_up(connection: AsyncConnection, webhook_id: str) -> None:
    """Nothing that waits for this webhook is delivered any more, unless it is asked for."""
    await connection.execute(
        update(Delivery)
        .where(Delivery.webhook_id == webhook_id, Delivery.next_attempt_at.is_not(None))
        .values(status="failed", next_attempt_at=None, error="The webhook was disabled.")
    )


async def _update(connection: AsyncConnection, webhook_id: str, project: str, changes: Mapping[str, Any]) -> WebhookRow:
    statement = update(Webhook).where(Webhook.id == webhook_id, Webhook.project == project)
    found = await connection.execute(returning(statement.values(**changes), _COLUMNS))
    return _one(found.one_or_none(), webhook_id)


def _one(row: Any, webhook_id: str) -> WebhookRow:  # noqa: ANN401 -- a row of whatever was asked
    if row is None:
        raise WebhookNotFound(webhook_id)
    return WebhookRow(*row)
