"""Webhooks and their messages as they are read."""

import re
from collections.abc import Sequence

from api.answers.pages import cut, decode_cursor
from api.context import Context
from api.requests.queries import PageQuery
from db.webhooks import messages as deliveries
from db.webhooks import webhooks
from db.webhooks.messages import DeliveryRow
from db.webhooks.webhooks import WebhookRow
from services.actors import Actor
from services.webhooks.changes import check_id

_WEBHOOK_CURSOR = re.compile(r"hook_[0-9a-z]{26}")
_DELIVERY_CURSOR = re.compile(r"dlv_[0-9a-z]{26}")


async def read(context: Context, caller: Actor, webhook_id: str) -> WebhookRow:
    """The webhook.

    Raises:
        WebhookNotFound: If the caller has none such.
        DatabaseUnavailable: If the database does not answer.
    """
    check_id(webhook_id)
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
    check_id(webhook_id)
    async with context.database.read() as connection:
        rows = await deliveries.list_page(connection, webhook_id, caller.project, query.limit + 1, before_id)
    return cut(rows, query.limit, lambda row: row.id)
