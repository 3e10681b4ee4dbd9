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
        description="Where messages go: https, port 443 or from 1024 on, an address of the public internet.",
        examples=["https://example.com/netcoach"],
    ),
]
Description = Annotated[str, Field(max_length=MAX_DESCRIPTION_CHARACTERS, description="For people.")]
Events = Annotated[list[EventType], Field(min_length=1, max_length=len(ALL_EVENTS), description="What it is told of.")]


class NewWebhookBody(Section):
    """A webhook to be made."""

    url: Url
    events: Events = Field(default=list(ALL_EVENTS), description="What it is told of; all of it unless said.")
    description: Description | None = None
    is_enabled: bool = True


class WebhookChangesBody(Section):
    """What is to be changed of a webhook; the rest stays."""

    url: Url | None = None
    events: Events | None = None
    description: Description | None = Field(default=None, description="null removes it.")
    is_enabled: bool | None = Field(
        default=None, description="A webhook that is switched off gives up what waits for it."
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
    disabled_reason: str | None = Field(description="Why the service switched it off, if it did.")
    failing_since: datetime | None = Field(description="When the first message failed since one arrived.")
    created_at: datetime


class WebhookSecretDocument(WebhookDocument):
    """A webhook with its secret, which is shown in this answer alone."""

    secret: str = Field(description="`whsec_` and base 64 of the key of HMAC-SHA256.")


class DeliveryDocument(BaseModel):
    """One message to a webhook, and what became of it."""

    model_config = ConfigDict(extra="forbid")

    object: Literal["webhook_delivery"] = "webhook_delivery"
    id: str = Field(description="The header `webhook-id`, the same in every attempt.")
    webhook_id: str
    job_id: str | None
    type: str = Field(examples=["job.succeeded", "webhook.test"])
    status: Literal["pending", "delivered", "failed"] = Field(description="`failed` is given up.")
    attempts: int
    response_status: int | None = Field(description="Of the latest attempt, if it was answered.")
    error: str | None = Field(description="Why the latest attempt failed.")
    duration_seconds: float | None = Field(description="Of the latest attempt.")
    created_at: datetime
    last_attempt_at: datetime | None
    next_attempt_at: datetime | None
    delivered_at: datetime | None


class WebhookList(Page[WebhookDocument]):
    """Webhooks, newest first."""


class DeliveryList(Page[DeliveryDocument]):
    """Messages to a webhook, newest first; they are kept for a week."""
