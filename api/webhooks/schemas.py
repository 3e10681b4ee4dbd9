"""The documents of webhooks."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.pages import Page
from api.webhooks.addresses import MAX_URL_CHARACTERS
from spec.declared import Section

EventType = Literal["job.succeeded", "job.failed", "job.cancelled"]
ALL_EVENTS: tuple[EventType, ...] = ("job.succeeded", "job.failed", "job.cancelled")
MAX_DESCRIPTION_CHARACTERS = 500

Url = Annotated[
    str,
    Field(
        min_length=1,
        max_length=MAX_URL_CHARACTERS,
        description="Where messages are sent: an `https` URL with a public address, on port 443 or 1024 and above.",
        examples=["https://example.com/netcoach"],
    ),
]
Description = Annotated[str, Field(max_length=MAX_DESCRIPTION_CHARACTERS, description="A note for people.")]
Events = Annotated[
    list[EventType], Field(min_length=1, max_length=len(ALL_EVENTS), description="The events to notify about.")
]


class NewWebhookBody(Section):
    """A webhook to create."""

    url: Url
    events: Events = Field(default=list(ALL_EVENTS), description="The events to notify about; all of them by default.")
    description: Description | None = None
    is_enabled: bool = True


class WebhookChangesBody(Section):
    """Changes to a webhook. Whatever is left out stays as it is."""

    url: Url | None = None
    events: Events | None = None
    description: Description | None = Field(default=None, description="The new description; `null` removes it.")
    is_enabled: bool | None = Field(
        default=None, description="Whether messages are sent. Disabling a webhook gives up its pending messages."
    )


class WebhookDocument(BaseModel):
    """A webhook."""

    model_config = ConfigDict(extra="forbid")

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


class DeliveryDocument(BaseModel):
    """A message to a webhook, and what became of it."""

    model_config = ConfigDict(extra="forbid")

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
