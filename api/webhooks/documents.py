"""Rows of webhooks as the contract's documents."""

from typing import Any

import orjson

from api.answers.rows import document_of
from api.webhooks.schemas import DeliveryDocument, WebhookDocument
from db.projects.idempotency import Answer
from db.webhooks.messages import DeliveryRow
from db.webhooks.webhooks import WebhookRow
from services.webhooks.changes import SecretWebhook

CREATED = 201


webhook_document = document_of(WebhookDocument, WebhookRow)
"""A webhook, without its secret."""
delivery_document = document_of(DeliveryDocument, DeliveryRow)
"""A message and what became of it."""


def secret_document(made: SecretWebhook) -> dict[str, Any]:
    """A webhook with its secret."""
    return {**webhook_document(made.row), "secret": made.secret}


def webhook_answer(made: SecretWebhook) -> Answer:
    """What is answered to who makes a webhook, and again to who sends the same with the same key."""
    return Answer(CREATED, f"/v1/webhooks/{made.row.id}", orjson.dumps(secret_document(made)).decode())
