"""Which message goes next: projects take turns, and within a project its webhooks do.

The project with the fewest messages under way is next, and of equals the one served longest ago; so is a webhook within
its project. Either may have so many under way at once, over all processes of the API: one that never answers holds up
itself alone.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Float, bindparam, case, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from db.connections import advisory_locks
from db.tables.columns import db_now, returning
from db.tables.webhooks import Delivery, Webhook
from db.webhooks.messages import COLUMNS, DeliveryRow

MOST_OF_A_PROJECT = 4
MOST_OF_A_WEBHOOK = 2
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, repr=False)
class Secrets:
    """Secrets of one webhook."""

    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that this process is to deliver now.

    Attributes:
        delivery: Its row; ``attempts`` is what the report of this attempt is fenced by.
        project: Whose webhook it is.
        url: Where it goes.
        secrets: What it is signed with, the present one first. Not shown by ``repr``, so that no log tells them.
        is_enabled: Whether the webhook still wants it.
    """

    delivery: DeliveryRow
    project: str
    url: str
    secrets: Secrets
    is_enabled: bool


_IS_DUE = Delivery.next_attempt_at <= db_now()
_ANY_DUE = select(Delivery.id).where(_IS_DUE).limit(1)
_UNDER_WAY = (
    select(Delivery.webhook_id, Webhook.project)
    .join(Webhook, Webhook.id == Delivery.webhook_id)
    .where(Delivery.claimed_until > db_now())
)
_sibling = aliased(Webhook, name="sibling")
_PROJECT_SERVED_AT = select(func.max(_sibling.claimed_at)).where(_sibling.project == Webhook.project).scalar_subquery()
# A look at one index for each webhook, however many messages wait.
_WAITING = select(Webhook.id, Webhook.project, Webhook.claimed_at, _PROJECT_SERVED_AT).where(
    exists().where(Delivery.webhook_id == Webhook.id, _IS_DUE)
)
_SERVE = returning(
    update(Webhook).where(Webhook.id == bindparam("hook_id")).values(claimed_at=db_now()),
    (
        Webhook.project,
        Webhook.url,
        Webhook.is_enabled,
        Webhook.secret,
        case((Webhook.previous_secret_expires_at > db_now(), Webhook.previous_secret), else_=None),
    ),
)
_OLDEST_DUE = (
    select(Delivery.id)
    .where(Delivery.webhook_id == bindparam("of_webhook"), _IS_DUE)
    .order_by(Delivery.next_attempt_at)
    .limit(1)
)
_LEASE_END = db_now(bindparam("lease_seconds", type_=Float()))
_TAKE = returning(
    update(Delivery)
    .where(Delivery.id == _OLDEST_DUE.with_for_update(skip_locked=True).scalar_subquery())
    .values(
        attempts=Delivery.attempts + 1,
        last_attempt_at=db_now(),
        next_attempt_at=_LEASE_END,
        claimed_until=_LEASE_END,
    ),
    COLUMNS,
)


async def next_due(connection: AsyncConnection, passed_over: Collection[str] = ()) -> str | None:
    """The webhook whose message `claim_due` would take; None where nothing is due that may go now.

    Only looks, so it disturbs no writer.
    """
    if (await connection.execute(_ANY_DUE)).first() is None:
        return None
    return next(iter(await _webhooks_by_turn(connection, passed_over)), None)


async def claim_due(
    connection: AsyncConnection, lease_seconds: float, passed_over: Collection[str] = ()
) -> Claimed | None:
    """Take the message that is next.

    Claims follow one another, so that each counts what those before it took.

    Args:
        connection: A write transaction.
        lease_seconds: After so long without a report it is due again.
        passed_over: Webhooks that are to get nothing now.
    """
    await advisory_locks.wait_for_others(connection, advisory_locks.CLAIMS_OF_DELIVERIES)
    for webhook_id in await _webhooks_by_turn(connection, passed_over):
        # Webhook first, then its deliveries: the order of whoever deletes one.
        served: Any = (await connection.execute(_SERVE, {"hook_id": webhook_id})).one_or_none()
        if served is None:
            continue
        found = await connection.execute(_TAKE, {"of_webhook": webhook_id, "lease_seconds": lease_seconds})
        row = found.one_or_none()
        if row is not None:
            project, url, is_enabled, secret, previous = served
            secrets = Secrets((secret,) if previous is None else (secret, previous))
            return Claimed(DeliveryRow(*row), project, url, secrets, is_enabled)
    return None


async def _webhooks_by_turn(connection: AsyncConnection, passed_over: Collection[str]) -> list[str]:
    """Webhooks for which something is due and that may have more under way, in the order of their turns."""
    of_webhook: Counter[str] = Counter()
    of_project: Counter[str] = Counter()
    for webhook_id, project in await connection.execute(_UNDER_WAY):
        of_webhook[webhook_id] += 1
        of_project[project] += 1
    waiting = [
        (
            (of_project[project], project_served_at or _NEVER, project),
            (of_webhook[webhook_id], served_at or _NEVER, webhook_id),
        )
        for webhook_id, project, served_at, project_served_at in await connection.execute(_WAITING)
        if webhook_id not in passed_over
        and of_project[project] < MOST_OF_A_PROJECT
        and of_webhook[webhook_id] < MOST_OF_A_WEBHOOK
    ]
    return [webhook_id for _, (*_, webhook_id) in sorted(waiting)]
