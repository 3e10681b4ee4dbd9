"""Rows of webhooks as the contract's documents."""

from typing import Any

import orjson

from api.answers.documents import fragment, time
from db.projects.idempotency import Answer
from db.webhooks.messages import DeliveryRow
from db.webhooks.webhooks import WebhookRow
from services.webhooks.changes import SecretWebhook

CREATED = 201


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


def secret_document(made: SecretWebhook) -> dict[str, Any]:
    """A webhook with its secret."""
    return {**webhook_document(made.row), "secret": made.secret}


def webhook_answer(made: SecretWebhook) -> Answer:
    """What is answered to who makes a webhook, and again to who sends the same with the same key."""
    return Answer(CREATED, f"/v1/webhooks/{made.row.id}", orjson.dumps(secret_document(made)).decode())


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
