"""The row about slow requests: a search for those that hold the API's event loop longest."""

import asyncio
import json
import logging
import os
import random
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import structlog

from api.app import Application, create_app, spare_the_collector
from bench.figures import Finding, Goal, Measure
from bench.hostile import GROWTHS, Growth, Sent, Sizes
from bench.service import home
from db.migrate import upgrade
from settings import ApiSettings

SECONDS = 120.0
GOAL_MILLISECONDS = 100
SHOWN = 20
_KEPT = 40
_STEPS = (0.5, 0.8, 1.25, 2.0)
_TICK_SECONDS = 0.001
_JOB: dict[str, Any] = {
    "dataset": "iris",
    "network": {"layers": [{"type": "Dense", "units": 3, "activation": "softmax"}]},
    "training": {"loss": "sparse_categorical_crossentropy"},
}


@dataclass(frozen=True)
class Held:
    """How a request held the event loop.

    Attributes:
        status: Of the answer.
        longest_ms: The longest time that the loop did nothing else.
        longest_work_ms: The most processor time that it spent in one go.
        took_ms: From the request to the end of its answer.
    """

    status: int
    longest_ms: float
    longest_work_ms: float
    took_ms: float


@dataclass(frozen=True)
class Candidate:
    """A request of the search; ``held`` is the least of all that were measured of it."""

    name: str
    sizes: Sizes
    held: Held
    size_bytes: int

    def __str__(self) -> str:
        sizes = ", ".join(f"{name} {size}" for name, size in self.sizes.items())
        held = self.held
        return (
            f"{held.longest_ms:.0f} ms ({held.longest_work_ms:.0f} ms of work), answered {held.status} after "
            f"{held.took_ms:.0f} ms: {self.name} ({sizes}), {self.size_bytes:,} B"
        )


class Loop:
    """An API in this process, on the event loop that is watched.

    Args:
        app: The application.
    """

    def __init__(self, app: Application) -> None:
        self._app = app
        self._job = ""

    async def prepare(self) -> None:
        """Makes the job that other requests are about."""
        sent = Sent("POST", "/jobs", json.dumps(_JOB).encode())
        messages = await self._answer(sent)
        self._job = json.loads(b"".join(message.get("body", b"") for message in messages))["id"]

    async def held_by(self, sent: Sent) -> Held:
        """Sends a request and watches the loop meanwhile."""
        longest = longest_work = 0.0

        async def watch() -> None:
            nonlocal longest, longest_work
            at, worked = time.perf_counter(), time.thread_time()
            while True:
                await asyncio.sleep(_TICK_SECONDS)
                now, working = time.perf_counter(), time.thread_time()
                longest, longest_work = max(longest, now - at), max(longest_work, working - worked)
                at, worked = now, working

        watching = asyncio.create_task(watch())
        await asyncio.sleep(2 * _TICK_SECONDS)
        began = time.perf_counter()
        messages = await self._answer(sent)
        took = time.perf_counter() - began
        await asyncio.sleep(2 * _TICK_SECONDS)
        watching.cancel()
        return Held(messages[0]["status"], 1000 * longest, 1000 * longest_work, 1000 * took)

    async def _answer(self, sent: Sent) -> list[dict[str, Any]]:
        address = urlsplit(f"/v1{sent.path}".replace("{job}", self._job))
        headers = [("host", "localhost"), *sent.headers]
        if sent.body is not None:
            headers += [("content-type", "application/json"), ("content-length", str(len(sent.body)))]
        scope: dict[str, Any] = {
            "type": "http",
            "http_version": "1.1",
            "method": sent.method,
            "scheme": "http",
            "path": address.path,
            "raw_path": address.path.encode(),
            "query_string": address.query.encode(),
            "root_path": "",
            "headers": [(name.encode(), value.encode()) for name, value in headers],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
            "state": {},
        }
        messages: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": sent.body or b"", "more_body": False}

        async def send(message: Any) -> None:  # noqa: ANN401 -- as ASGI has it
            messages.append(message)

        await self._app(scope, receive, send)
        return messages


@asynccontextmanager
async def loop_of_api(folder: Path) -> AsyncGenerator[Loop]:
    """The API of a home of its own, without a limit of requests, in this process.

    Args:
        folder: Empty.
    """
    url = f"sqlite:///{folder}/netcoach.db"
    await asyncio.to_thread(upgrade, url)
    app = create_app(ApiSettings(home=folder))
    async with app.router.lifespan_context(app):
        loop = Loop(app)
        await loop.prepare()
        yield loop


def worst_requests() -> list[Finding]:
    """How long the slowest requests hold the API's event loop, found by a search of SECONDS=120."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    seconds = float(os.environ.get("SECONDS") or SECONDS)
    with home() as folder:
        found = asyncio.run(_searched(folder, seconds))
    return [
        Finding(
            f"the API's event loop held by the slowest request of a search of {seconds:.0f} s",
            Measure([found[0].held.longest_ms], "ms"),
            Goal(GOAL_MILLISECONDS, is_of_ratio=False),
            notes=[str(candidate) for candidate in found[:SHOWN]],
        )
    ]


async def _searched(folder: Path, seconds: float) -> list[Candidate]:
    """The slowest requests, the worst first."""
    async with loop_of_api(folder) as loop:
        spare_the_collector()  # as each process of the API does
        return await Search(loop, random.Random(0)).run(seconds)  # noqa: S311 -- nothing is secret about it


class Search:
    """Climbs: begins with every kind as large as it gets, then changes sizes of what is slowest.

    Args:
        loop: What is asked.
        chance: What is changed, and how.
        growths: What it begins with.
    """

    def __init__(self, loop: Loop, chance: random.Random, growths: Mapping[str, Growth] = GROWTHS) -> None:
        self._loop = loop
        self._growths = growths
        self._chance = chance
        self._found: dict[str, Candidate] = {}

    async def run(self, seconds: float) -> list[Candidate]:
        """The slowest requests found within this time, each measured thrice: noise does not last."""
        until = time.monotonic() + seconds
        for name, growth in self._growths.items():
            await self._try(name, dict(growth.sizes))
        while time.monotonic() < until:
            name, sizes = self._changed()
            await self._try(name, sizes)
        return self._ranked()

    def _ranked(self) -> list[Candidate]:
        return sorted(self._found.values(), key=lambda each: each.held.longest_ms, reverse=True)[:_KEPT]

    def _changed(self) -> tuple[str, Sizes]:
        ranked = self._ranked()
        # The square favours the slowest, and leaves none out.
        parent = ranked[int(len(ranked) * self._chance.random() ** 2)]
        most = GROWTHS[parent.name].sizes
        sizes = dict(parent.sizes)
        changed = self._chance.choice(list(sizes))
        sizes[changed] = min(most[changed], max(1, round(sizes[changed] * self._chance.choice(_STEPS))))
        return parent.name, sizes

    async def _try(self, name: str, sizes: Sizes) -> None:
        key = f"{name} {sizes}"
        if key in self._found:
            return
        sent = GROWTHS[name].build(sizes)
        held = await self._loop.held_by(sent)
        ranked = self._ranked()
        if len(ranked) < SHOWN or held.longest_ms > ranked[SHOWN - 1].held.longest_ms:
            for _ in range(2):
                held = min(held, await self._loop.held_by(sent), key=lambda each: each.longest_ms)
        self._found[key] = Candidate(name, sizes, held, len(sent.body or sent.path))
