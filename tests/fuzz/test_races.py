"""Many clients at once at the same few things: what one asks for, another is changing or deleting."""

import asyncio
import random
import re
import time
from collections import Counter, deque
from typing import Any

import httpx

from tests.fuzz.rounds import Rounds
from tests.fuzz.tenants import Tenant

CLIENTS = 32
SECONDS, MOST_SECONDS = 2.5, 20.0
"""Of a round, which goes on while a machine that has other work has not come to all that is to be reached."""
SHARE = 0.05
NEWEST = 3
"""Of each kind: the fewer, the more often two clients meet."""
_OWNERS = {"job": "job_id", "webhook": "webhook_id", "key": "key_id"}
_ANYTHING = {"job_id": "job_", "webhook_id": "hook_", "key_id": "key_", "delivery_id": "dlv_", "name": ""}
_NOBODY = "0" * 26
_BODIES: dict[str, list[Any]] = {
    "/v1/jobs/{job_id}/derive": [{"patch": []}],
    "/v1/webhooks/{webhook_id}": [{"is_enabled": False}, {"is_enabled": True}],
}
"""In the place of the document's examples, where those would soon leave nothing to do."""
_REACHED = {
    ("POST /v1/jobs", 201),
    ("POST /v1/jobs/{job_id}/derive", 201),
    ("POST /v1/jobs/{job_id}/resume", 200),
    ("DELETE /v1/jobs/{job_id}", 204),
    ("DELETE /v1/jobs/{job_id}", 409),
    ("PATCH /v1/webhooks/{webhook_id}", 200),
    ("POST /v1/webhooks/{webhook_id}/test", 202),
    ("POST /v1/webhooks/{webhook_id}/deliveries/{delivery_id}/retry", 202),
    ("DELETE /v1/webhooks/{webhook_id}", 204),
    ("DELETE /v1/webhooks/{webhook_id}", 404),
    ("DELETE /v1/keys/{key_id}", 204),
}
"""What the clients must have come to, lest they ask for what was never there."""


class Crowd:
    """Clients that know what each of them made.

    Args:
        client: Sends for all.
        calls: Method, path and bodies of each call.
        chance: Decides what is asked.
    """

    def __init__(
        self, client: httpx.AsyncClient, calls: list[tuple[str, str, list[Any]]], chance: random.Random
    ) -> None:
        self.seen: Counter[tuple[str, int]] = Counter()
        self._client = client
        self._calls = calls
        self._chance = chance
        self._known: dict[str, deque[dict[str, str]]] = {name: deque(maxlen=NEWEST) for name in _ANYTHING}

    async def ask(self, until: float) -> None:
        """One client: call upon call; every answer is one that the service meant."""
        while time.monotonic() < until:
            method, path, bodies = self._chance.choice(self._calls)
            body = self._chance.choice(bodies) if bodies else None
            answer = await self._client.request(method, self._filled(path), json=body)
            call = f"{method} {path}"
            assert answer.status_code < 500, f"{answer.request.url} {call}: {answer.text}"
            self.seen[call, answer.status_code] += 1
            if answer.status_code in {201, 202}:
                self._learn(answer.json())

    def _filled(self, path: str) -> str:
        names = re.findall(r"{(\w+)}", path)
        if not names:
            return path
        # The last one's owner stands before it.
        known = self._known[names[-1]] or self._known[names[0]]
        place = {name: prefix + _NOBODY for name, prefix in _ANYTHING.items()}
        return path.format(**(place | (self._chance.choice(known) if known else {})))

    def _learn(self, made: dict[str, Any]) -> None:
        if made["object"] == "webhook_delivery":
            self._known["delivery_id"].append({"webhook_id": made["webhook_id"], "delivery_id": made["id"]})
        elif made["object"] in _OWNERS:
            name = _OWNERS[made["object"]]
            self._known[name].append({name: made["id"]})


async def test_no_two_calls_at_once_are_a_fault_of_the_service(api: tuple[str, list[Tenant]], rounds: Rounds) -> None:
    address, (tenant, *_) = api
    seen: Counter[tuple[str, int]] = Counter()
    async with httpx.AsyncClient(base_url=address, headers=dict(tenant.headers), timeout=60) as client:
        document = (await client.get("/openapi.json")).json()
        for seed in rounds.seeds(SHARE):
            crowd = Crowd(client, _calls_of(document), random.Random(seed))  # noqa: S311 -- nothing is secret about it
            end = time.monotonic() + MOST_SECONDS
            while not crowd.seen or (time.monotonic() < end and not (seen + crowd.seen).keys() >= _REACHED):
                until = time.monotonic() + SECONDS
                async with asyncio.TaskGroup() as group:
                    for _ in range(CLIENTS):
                        group.create_task(crowd.ask(until))
            seen += crowd.seen
    assert seen.keys() >= _REACHED, f"not reached: {_REACHED - seen.keys()}"


def _calls_of(document: dict[str, Any]) -> list[tuple[str, str, list[Any]]]:
    """All that can be asked about what clients make, with the examples of its body."""
    calls: list[tuple[str, str, list[Any]]] = []
    for path, methods in document["paths"].items():
        if not path.startswith(("/v1/jobs", "/v1/webhooks", "/v1/keys")):
            continue
        for method, described in methods.items():
            content = described.get("requestBody", {}).get("content", {}).get("application/json", {})
            examples = [example["value"] for example in content.get("examples", {}).values()]
            bodies = (_BODIES.get(path) or examples) if content else []
            calls.append((method.upper(), path, bodies))
    return calls
