"""What is said of a webhook that is to be made or changed."""

from typing import Annotated, Literal

from pydantic import Field

from services.webhooks.addresses import MAX_URL_CHARACTERS
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
