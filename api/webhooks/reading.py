"""Messages to webhooks as they are read."""

from collections.abc import Sequence

from api.answers.pages import PAGE_BYTES, id_of, read_page
from api.context import Context
from api.requests.queries import PageQuery
from db.errors import WebhookNotFound
from db.webhooks import messages as deliveries
from db.webhooks.messages import DeliveryRow
from services.actors import Actor
from services.ids import checked_id


async def list_deliveries(
    context: Context, caller: Actor, webhook_id: str, query: PageQuery
) -> tuple[Sequence[DeliveryRow], str | None]:
    """A page of a webhook's messages, newest first, and what the next page starts behind.

    Raises:
        QueryFaulty: If the cursor is none.
        WebhookNotFound: If the caller has none such.
        DatabaseUnavailable: If the database does not answer.
    """
    before_id = id_of(query.cursor, "dlv")
    checked_id(webhook_id, "hook", WebhookNotFound)
    return await read_page(
        context.database,
        lambda connection: deliveries.list_page(
            connection,
            webhook_id,
            caller.project,
            query.limit,
            before_id,
            most_bytes=PAGE_BYTES,
        ),
    )
