"""The documents of webhooks."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from api.answers.documents import Document
from api.answers.pages import Page
from services.webhooks.bodies import EventType


class WebhookDocument(Document):
    """A webhook."""

    object: Literal["webhook"] = "webhook"
    id: str
    url: str
    description: str | None
    events: list[EventType]
    is_enabled: bool
    disabled_reason: str | None = Field(description="Why the service disabled the webhook, if it did.")
    failing_since: datetime | None = Field(description="When the first message after the last successful one failed.")
    created_at: datetime


class WebhookSecretDocument(WebhookDocument):
    """A webhook with its secret, which only this answer shows."""

    secret: str = Field(description="The HMAC-SHA256 key in Base64, after `whsec_`.")


class DeliveryDocument(Document):
    """A message to a webhook, and what became of it."""

    object: Literal["webhook_delivery"] = "webhook_delivery"
    id: str = Field(description="The value of the header `webhook-id`, the same in every attempt.")
    webhook_id: str
    job_id: str | None
    type: str = Field(examples=["job.succeeded", "webhook.test"])
    status: Literal["pending", "delivered", "failed"] = Field(
        description="`failed` means that the service has given up."
    )
    attempts: int
    response_status: int | None = Field(
        description="The HTTP status of the response to the latest attempt, if there was one."
    )
    error: str | None = Field(description="Why the latest attempt failed.")
    duration_seconds: float | None = Field(description="How long the latest attempt took.")
    created_at: datetime
    last_attempt_at: datetime | None
    next_attempt_at: datetime | None
    delivered_at: datetime | None


class WebhookList(Page[WebhookDocument]):
    """Webhooks, newest first."""


class DeliveryList(Page[DeliveryDocument]):
    """Messages to a webhook, newest first. They are kept for a week."""
