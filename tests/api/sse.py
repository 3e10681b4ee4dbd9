"""Reads server-sent events as the specification of EventSource says, for tests."""

import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any

import httpx

ACCEPT = {"Accept": "text/event-stream"}


@dataclass(frozen=True)
class Sent:
    """One event; ``id`` is the last one that was said, by it or before it."""

    type: str
    id: str
    data: dict[str, Any]

    @property
    def word(self) -> str:
        """An epoch as its attempt and number, anything else as its type."""
        return f"{self.data['attempt']}:{self.data['epoch']}" if self.type == "epoch" else self.type


async def sent(answer: httpx.Response) -> AsyncGenerator[Sent]:
    """The events of a stream, until it ends."""
    last_id = ""
    fields: dict[str, str] = {}
    async for line in answer.aiter_lines():
        name, _, value = line.partition(":")
        if name:
            fields[name] = value.removeprefix(" ")
        elif line == "":
            last_id = fields.get("id", last_id)
            if "data" in fields:
                yield Sent(fields.get("event", "message"), last_id, json.loads(fields["data"]))
            fields = {}


async def all_sent(client: httpx.AsyncClient, job_id: str, last_id: str | None = None) -> list[Sent]:
    """The whole of a stream that ends."""
    headers = ACCEPT if last_id is None else {**ACCEPT, "Last-Event-ID": last_id}
    async with client.stream("GET", f"/v1/jobs/{job_id}/events", headers=headers) as answer:
        assert answer.status_code == 200, await answer.aread()
        return [event async for event in sent(answer)]
