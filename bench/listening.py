"""The row about those who listen: how long an epoch takes to a thousand streams, and what they cost while they wait."""

import asyncio
import resource
import time
from dataclasses import dataclass

import httpx
import psutil

from bench.databases import NAMES, database
from bench.figures import Finding, Goal, Measure, percentile
from bench.seeding import begin, record
from bench.service import Running, service
from db.attempts import attempts
from db.attempts.attempts import Fence
from db.connections.engine import Database

LISTENERS = 1000
TURNS = 3
EPOCHS = 10
"""Of each turn."""
IDLE_SECONDS = 5.0
_PAUSE_SECONDS = 0.4
_LOST_SECONDS = 20.0
_SPARE_FILES = 200
_SETTINGS = {
    "NETCOACH_WORKER_SLOTS": "1",
    "NETCOACH_MAX_PROJECT_LISTENERS": str(2 * LISTENERS),  # half of it is one key's
}
GOAL = Goal(300, is_of_ratio=False)


def listeners() -> list[Finding]:
    """A thousand streams of one job: from an epoch's commit until each of them has it, on both databases."""
    allowed, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(allowed, LISTENERS + _SPARE_FILES), most))
    return [_measured(kind) for kind in NAMES]


def _measured(kind: str) -> Finding:
    with database(kind) as (url, settings), service(**_SETTINGS, **settings) as running:
        heard = asyncio.run(_listen(url, running))
    p50 = Measure([percentile(turn, 50) for turn in heard.milliseconds], "ms")
    told = (
        f"p50 {p50}; when idle, the API uses {heard.idle_percent:.2g} % of a core for all of them, "
        f"and has {heard.threads} threads"
    )
    return Finding(
        f"an epoch, from its commit to each of {LISTENERS:,} streams, {NAMES[kind]}: p99",
        Measure([percentile(turn, 99) for turn in heard.milliseconds], "ms"),
        GOAL,
        notes=[told],
    )


@dataclass(frozen=True)
class _Heard:
    """What came of it.

    Attributes:
        milliseconds: Of each turn, each epoch's way to each listener.
        idle_percent: Of a core, by the API's process.
        threads: Its threads.
    """

    milliseconds: list[list[float]]
    idle_percent: float
    threads: int


async def _listen(url: str, running: Running) -> _Heard:
    epochs = TURNS * EPOCHS
    database = Database(url, pool_size=1)
    try:
        async with database.write() as connection:
            fence = await begin(connection, epochs)
        streams = [await _Stream.open(running, fence.job_id) for _ in range(LISTENERS)]
        await asyncio.gather(*(stream.hears(b"job.started") for stream in streams))
        api = _api_of(running.pid)
        idle_percent = await _idle_percent(api)
        milliseconds: list[list[float]] = []
        for first in range(1, epochs + 1, EPOCHS):
            turn = [await _told(database, fence, epoch, epochs, streams) for epoch in range(first, first + EPOCHS)]
            milliseconds.append([way for ways in turn for way in ways])
        threads = api.num_threads()
        for stream in streams:
            stream.close()
    finally:
        await database.close()
    return _Heard(milliseconds, idle_percent, threads)


async def _told(database: Database, fence: Fence, epoch: int, epochs: int, streams: "list[_Stream]") -> list[float]:
    """How long an epoch took to each of the streams, in milliseconds."""
    hearing = [asyncio.ensure_future(stream.hears(b'"epoch":%d,' % epoch)) for stream in streams]
    await asyncio.sleep(_PAUSE_SECONDS)
    async with database.write() as connection:
        await attempts.record_epochs(connection, fence, [record(epoch, epochs)])
    committed = time.perf_counter()
    return [(when - committed) * 1000 for when in await asyncio.gather(*hearing)]


async def _idle_percent(process: psutil.Process) -> float:
    before = sum(process.cpu_times()[:2])
    await asyncio.sleep(IDLE_SECONDS)
    return 100 * (sum(process.cpu_times()[:2]) - before) / IDLE_SECONDS


def _api_of(launcher: int) -> psutil.Process:
    children = psutil.Process(launcher).children(recursive=True)
    return next(child for child in children if child.cmdline()[-2:] == ["-m", "api"])


class _Stream:
    """A stream of a job's events on a bare socket."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(cls, running: Running, job_id: str) -> "_Stream":
        url = httpx.URL(running.url)
        reader, writer = await asyncio.open_connection(url.host, url.port)
        headers = {"Host": f"{url.host}:{url.port}", "Accept": "text/event-stream", **running.headers}
        lines = [f"GET /v1/jobs/{job_id}/events HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
        writer.write("\r\n".join([*lines, "", ""]).encode())
        return cls(reader, writer)

    async def hears(self, text: bytes) -> float:
        """When this has come."""
        async with asyncio.timeout(_LOST_SECONDS):
            await self._reader.readuntil(text)
        return time.perf_counter()

    def close(self) -> None:
        self._writer.transport.abort()
