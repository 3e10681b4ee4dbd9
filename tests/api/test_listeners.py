"""Many clients that wait: how they are served, bounded, sent away, and what they do not cost."""

import asyncio
import os
import resource
import shutil
import time
from collections.abc import AsyncGenerator, Generator
from contextlib import AsyncExitStack, ExitStack, aclosing, asynccontextmanager, contextmanager
from pathlib import Path

import httpx
import pytest

from db.attempts import attempts
from db.attempts.attempts import EpochRecord, Fence, Progress
from db.connections.engine import Database
from db.queue import claims
from tests.api.service import Service, assert_problem, running_api
from tests.api.specs import digits
from tests.api.sse import ACCEPT, Sent, all_sent, sent
from tests.services.keys import bearer, make_key

MANY = 300
FEW_FILES = 256
SLOW_SECONDS = 2.0
"""The goal is 0.3; this machine may have other work."""


class Wire:
    """A stream on a bare socket."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def open(cls, address: str, job_id: str, key: str = "") -> "Wire":
        url = httpx.URL(address)
        reader, writer = await asyncio.open_connection(url.host, url.port)
        heads = [f"GET /v1/jobs/{job_id}/events HTTP/1.1", f"Host: {url.host}", "Accept: text/event-stream"]
        heads += [f"Authorization: {key}"] if key else []
        writer.write("\r\n".join([*heads, "\r\n"]).encode())
        return cls(reader, writer)

    async def until(self, text: bytes) -> float:
        """When this had been sent."""
        async with asyncio.timeout(20):
            await self.reader.readuntil(text)
        return time.monotonic()

    async def ending(self) -> bytes:
        """All that still comes."""
        async with asyncio.timeout(20):
            return await self.reader.read()


def client_of(address: str, headers: dict[str, str] | None = None) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=address, timeout=30, headers=headers)


async def started(database: Database) -> Fence:
    async with database.write() as connection:
        claim = await claims.claim_next(connection, "worker_1", 0, ["cpu"], 600)
        assert claim is not None
        fence = Fence(claim.job_id, claim.attempt)
        await attempts.record_started(connection, fence, epochs=100_000)
    return fence


async def record(database: Database, fence: Fence, *epochs: int) -> None:
    async with database.write() as connection:
        records = [EpochRecord(epoch, {"loss": 1.0}, 0.5, Progress(epoch / 100_000, 1.0)) for epoch in epochs]
        await attempts.record_epochs(connection, fence, records)


async def make(client: httpx.AsyncClient) -> str:
    answer = await client.post("/v1/jobs", json=digits())
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


@asynccontextmanager
async def listening(client: httpx.AsyncClient, job_id: str, last_id: str = "") -> AsyncGenerator[AsyncGenerator[Sent]]:
    headers = {**ACCEPT, "Last-Event-ID": last_id}
    async with client.stream("GET", f"/v1/jobs/{job_id}/events", headers=headers) as answer:
        assert answer.status_code == 200, await answer.aread()
        async with aclosing(sent(answer)) as events:
            yield events


@contextmanager
def few_files() -> Generator[None]:
    """What is started meanwhile may have fewer files open than there will be listeners, unless it asks for more."""
    allowed, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (FEW_FILES, most))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, most))


def process_seconds(log: Path) -> float:
    """The processor time of the API whose log this is."""
    for line in log.read_text().splitlines():
        if "Started server process" in line:
            pid = line.partition("Started server process [")[2].partition("]")[0]
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    raise AssertionError(log.read_text())


async def test_hundreds_of_listeners_hear_of_an_epoch_at_once_and_go_when_the_service_stops(
    sqlite_url: str, broker_url: str, tmp_path: Path
) -> None:
    database = Database(sqlite_url)
    with ExitStack() as stack:
        with few_files():
            address = stack.enter_context(running_api(tmp_path, broker_url=broker_url))
        async with client_of(address) as client:
            job_id = await make(client)
        fence = await started(database)
        wires = [await Wire.open(address, job_id) for _ in range(MANY)]
        await asyncio.gather(*(wire.until(b"job.started") for wire in wires))
        used, begun = process_seconds(tmp_path / "api.log"), time.monotonic()
        await asyncio.sleep(2)
        used = process_seconds(tmp_path / "api.log") - used
        assert used / (time.monotonic() - begun) < 0.2, "those who wait cost nothing each"
        for epoch in (1, 2, 3):
            await record(database, fence, epoch)
            done = time.monotonic()
            heard = await asyncio.gather(*(wire.until(f'"epoch":{epoch},'.encode()) for wire in wires))
            assert max(heard) - done < SLOW_SECONDS
        stopped = time.monotonic()
    assert time.monotonic() - stopped < 5
    for wire in wires:
        # The end of a chunked answer, and not of the connection alone.
        assert (await wire.ending()).endswith(b"\r\n0\r\n\r\n")
        wire.writer.close()
    await database.close()


async def test_a_client_that_takes_nothing_harms_nobody(service: Service) -> None:
    client, database = service.client, service.database
    job_id = await make(client)
    fence = await service.claim(job_id)
    async with database.write() as connection:
        await attempts.record_started(connection, fence, epochs=100_000)
    await record(database, fence, *range(1, 30_001))
    lazy = await Wire.open(str(client.base_url), job_id, client.headers["Authorization"])
    await lazy.until(b'"epoch":100,')
    async with listening(client, job_id, last_id="e9-29990") as events:
        assert [(await anext(events)).word for _ in range(10)][-1] == "1:30000"
        await record(database, fence, 30_001)
        assert (await anext(events)).word == "1:30001"
    lazy.writer.transport.abort()


async def assert_turned_away(client: httpx.AsyncClient, path: str, part: str, status: int, code: str) -> None:
    """Whoever would wait for news of the job, or for this part of it, is told when to come again."""
    for answer in (
        await client.get(f"{path}/events", headers=ACCEPT),
        await client.get(path, params={"wait_seconds": "1"}),
        await client.get(f"{path}/{part}", params={"wait_seconds": "1"}),
    ):
        assert_problem(answer, status, code)
        assert int(answer.headers["Retry-After"]) >= 1


@pytest.mark.usefixtures("sqlite_url")  # the home's own
async def test_there_is_a_bound_on_those_who_wait(broker_url: str, tmp_path: Path) -> None:
    settings = {"broker_url": broker_url, "max_listeners": "2", "stream_seconds": "60"}
    with running_api(tmp_path, **settings) as address:
        async with client_of(address) as client:
            job_id = await make(client)
            path = f"/v1/jobs/{job_id}"
            wires = [await Wire.open(address, job_id) for _ in range(2)]
            for wire in wires:
                await wire.until(b"job.created")
            await assert_turned_away(client, path, "results", 503, "too_many_listeners")
            assert (await client.get(path)).status_code == 200
            wires[0].writer.close()
            async with asyncio.timeout(5):
                while (await client.get(path, params={"wait_seconds": "0.01"})).status_code == 503:
                    pass  # until the service has noticed
            wires[1].writer.close()


async def test_a_project_and_a_key_have_their_shares_of_those_who_wait(
    sqlite_template: Path, broker_url: str, tmp_path: Path
) -> None:
    shutil.copyfile(sqlite_template, tmp_path / "keyed.db")
    url = f"sqlite:///{tmp_path}/keyed.db"
    with running_api(tmp_path, database_url=url, broker_url=broker_url, max_listeners="16") as address:
        first, second, others = [await make_key(url, project) for project in ("one", "one", "other")]
        async with (
            client_of(address, bearer(first)) as greedy,
            client_of(address, bearer(second)) as colleague,
            client_of(address, bearer(others)) as neighbour,
        ):
            limits = (await greedy.get("/v1/limits")).json()
            shares = [limits[f"max_{whose}listeners"] for whose in ("", "project_", "key_")]
            assert shares == [16, 4, 2]
            mine, theirs = f"/v1/jobs/{await make(greedy)}", f"/v1/jobs/{await make(neighbour)}"
            async with AsyncExitStack() as stack:

                async def listen(client: httpx.AsyncClient, path: str) -> int:
                    asked = client.stream("GET", f"{path}/events", headers=ACCEPT)
                    return (await stack.enter_async_context(asked)).status_code

                async def refused(client: httpx.AsyncClient) -> None:
                    await assert_turned_away(client, mine, "metrics", 429, "too_many_project_listeners")

                waiting = asyncio.ensure_future(greedy.get(mine, params={"wait_seconds": "20"}))
                assert await listen(greedy, mine) == 200
                await asyncio.sleep(0.5)
                await refused(greedy)
                assert [await listen(colleague, mine) for _ in range(2)] == [200, 200]
                await refused(colleague)
                assert [await listen(neighbour, theirs) for _ in range(2)] == [200, 200]
                assert (await greedy.post(f"{mine}/cancel")).status_code == 200
                assert (await waiting).json()["status"] == "cancelled"
            other = f"/v1/jobs/{await make(greedy)}"  # one that can have news, and so has to be waited for
            async with asyncio.timeout(5):
                while (await greedy.get(other, params={"wait_seconds": "0.01"})).status_code == 429:
                    pass


async def test_a_stream_goes_on_in_another_process_and_after_a_restart(
    sqlite_template: Path, broker_url: str, tmp_path: Path
) -> None:
    shutil.copyfile(sqlite_template, tmp_path / "netcoach.db")
    url = f"sqlite:///{tmp_path}/netcoach.db"
    settings = {"broker_url": broker_url, "stream_seconds": "1"}
    database = Database(url)
    with running_api(tmp_path, api_processes="2", **settings) as address:
        async with client_of(address) as client:
            job_id = await make(client)
            fence = await started(database)
            heard = await all_sent(client, job_id)  # until a second has passed
        for epoch in (1, 2, 3):
            await record(database, fence, epoch)
            async with client_of(address) as client:
                heard += await all_sent(client, job_id, heard[-1].id)
        stopping = await Wire.open(address, job_id)
        await stopping.until(b'"epoch":3,')
        stopped = time.monotonic()
    assert time.monotonic() - stopped < 5
    assert (await stopping.ending()).endswith(b"\r\n0\r\n\r\n")
    stopping.writer.close()
    await record(database, fence, 4)
    with running_api(tmp_path, **settings) as address:
        async with client_of(address) as client:
            await client.post(f"/v1/jobs/{job_id}/cancel")
            heard += await all_sent(client, job_id, heard[-1].id)
    words = ["job.created", "job.claimed", "job.started", "1:1", "1:2", "1:3"]
    assert [event.word for event in heard[:-2]] == words
    assert {event.word for event in heard[-2:]} == {"1:4", "job.cancel_requested"}
    await database.close()
