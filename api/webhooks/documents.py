"""Rows of webhooks as the contract's documents."""

from typing import Any

from api.answers import fragment, time
from db.deliveries import DeliveryRow
from db.webhooks import WebhookRow


def webhook_document(row: WebhookRow) -> dict[str, Any]:
    """A webhook, without its secret."""
    return {
        "object": "webhook",
        "id": row.id,
        "url": row.url,
        "description": row.description,
        "events": fragment(row.events_json),
        "is_enabled": row.is_enabled,
        "disabled_reason": row.disabled_reason,
        "failing_since": time(row.failing_since),
        "created_at": time(row.created_at),
    }


def delivery_document(row: DeliveryRow) -> dict[str, Any]:
    """A message and what became of it."""
    return {
        "object": "webhook_delivery",
        "id": row.id,
        "webhook_id": row.webhook_id,
        "job_id": row.job_id,
        "type": row.type,
        "status": row.status,
        "attempts": row.attempts,
        "response_status": row.response_status,
        "error": row.error,
        "duration_seconds": row.duration_seconds,
        "created_at": time(row.created_at),
        "last_attempt_at": time(row.last_attempt_at),
        "next_attempt_at": time(row.next_attempt_at),
        "delivered_at": time(row.delivered_at),
    }
