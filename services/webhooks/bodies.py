"""What is said of a webhook that is to be made or changed."""

from typing import Annotated, Literal

from pydantic import Field

from services.webhooks.addresses import MAX_URL_CHARACTERS
from spec.language.declared import Section

EventType = Literal["job.succeeded", "job.failed", "job.cancelled", "repair.ended"]
ALL_EVENTS: tuple[EventType, ...] = ("job.succeeded", "job.failed", "job.cancelled", "repair.ended")
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
