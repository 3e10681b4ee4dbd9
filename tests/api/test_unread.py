"""Clients that do not take their answers: let go in time, and never more of them kept than a process has room for."""

import asyncio
import re
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from api.serving.protocol import MAX_PIPELINED
from api.serving.unread import SPARED_TIMES, UnreadAnswers
from db.attempts import attempts
from db.attempts.attempts import EpochRecord, Progress
from db.connections.engine import Database
from tests.api.readers import Reader
from tests.api.service import running_api
from tests.api.specs import digits
from tests.api.test_page_bounds import make
from tests.db.scenes import claim, submit

PATIENCE_SECONDS = 2.0
READERS = 16
MOST_GROWTH_BYTES = 64 * 2**20
EPOCHS = 900


@dataclass(frozen=True)
class Big:
    """An API behind which much lies.

    Attributes:
        log: Of the API.
        paths: Of its largest pages.
    """

    address: str
    log: Path
    paths: list[str]

    def memory_bytes(self) -> int:
        """The process's own; the database's file, which it maps, is left out."""
        (pid,) = re.findall(r"Started server process \[(\d+)\]", self.log.read_text())
        (kilobytes,) = re.findall(r"RssAnon:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
        return int(kilobytes) * 1024

    async def get(self, path: str) -> httpx.Response:
        """An ordinary client's call."""
        async with httpx.AsyncClient(base_url=self.address, timeout=10) as client:
            return await client.get(path)

    async def let_go(self, why: str) -> int:
        """How many clients were let go for this reason."""
        found = re.findall(rf'clients_let_go_total{{why="{why}"}} (\d+)', (await self.get("/metrics")).text)
        return int(found[0]) if found else 0

    async def until(self, why: str, count: int) -> None:
        """Waits until so many were let go for this reason."""
        while True:
            if await self.let_go(why) >= count:
                return
            await asyncio.sleep(0.1)


@asynccontextmanager
async def big(url: str, home: Path, **settings: str) -> AsyncIterator[Big]:
    database = Database(url)
    await submit(database, epochs=EPOCHS)
    fence = await claim(database)
    metrics = {f"metric_{number}_{'x' * 40}": 1 / 3 for number in range(66)}
    async with database.write() as connection:
        await attempts.record_started(connection, fence, epochs=EPOCHS)
        records = [EpochRecord(epoch, metrics, 0.5, Progress(0.5, 1.0)) for epoch in range(1, EPOCHS + 1)]
        await attempts.record_epochs(connection, fence, records)
    await make(database, "big", [450_000] * 4)
    await database.close()
    paths = [f"/v1/jobs/{fence.job_id}/metrics?limit=10000", "/v1/jobs?limit=100"]
    with running_api(home, broker_url="redis://127.0.0.1:1/0", **settings) as address:
        yield Big(address, home / "api.log", paths)


@pytest.fixture(scope="module")
async def impatient(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Big]:
    home = tmp_path_factory.mktemp("impatient")
    shutil.copyfile(sqlite_template, home / "netcoach.db")
    url = f"sqlite:///{home}/netcoach.db"
    async with big(url, home, write_timeout_seconds=f"{PATIENCE_SECONDS:g}") as running:
        yield running


async def test_who_takes_nothing_is_let_go_and_who_takes_little_is_not(impatient: Big) -> None:
    before = await impatient.let_go("silent")
    silent = [await Reader.open(impatient.address, path) for path in impatient.paths]
    slow = await Reader.open(impatient.address, impatient.paths[0])
    nibbling = asyncio.ensure_future(slow.nibble())
    async with asyncio.timeout(30):
        await impatient.until("silent", before + len(silent))
    # Some of what was sent before lies in the kernels; then nothing follows.
    assert len(await silent[0].rest()) < 2**20
    await asyncio.sleep(PATIENCE_SECONDS)
    assert not nibbling.done()
    assert await impatient.let_go("silent") == before + len(silent)
    nibbling.cancel()
    for reader in (*silent, slow):
        reader.close()


async def test_many_requests_on_one_connection_are_answered_one_after_the_other(impatient: Big) -> None:
    reader = await Reader.open(impatient.address, "/healthz", times=5_000)
    async with asyncio.timeout(20):
        answered = await reader.rest()
    # What did not come in time is a client's to send again, as on any connection that ends.
    assert 1 <= answered.count(b"HTTP/1.1 200 OK") <= MAX_PIPELINED + 1
    assert answered.count(b"HTTP/1.1") == answered.count(b"HTTP/1.1 200 OK")
    assert b"connection: close" in answered.rpartition(b"HTTP/1.1")[2]
    reader.close()
    few = await Reader.open(impatient.address, impatient.paths[1], times=3)
    async with asyncio.timeout(20):
        answered = await few.rest()
    assert answered.count(b"HTTP/1.1 200 OK") == 3
    few.close()


async def test_a_stream_ends_with_its_client_though_another_request_waits_behind_it(impatient: Big) -> None:
    async with httpx.AsyncClient(base_url=impatient.address) as client:
        job_id = (await client.post("/v1/jobs", json=digits())).json()["id"]
    reader = await Reader.open(
        impatient.address, f"/v1/jobs/{job_id}/events", [("Accept", "text/event-stream")], times=2
    )
    heard = b""
    while b"job.created" not in heard:
        heard += await reader.take()
    reader.close()
    async with asyncio.timeout(10):
        # The metrics' own is the one.
        while "requests_in_flight 1.0" not in (await impatient.get("/metrics")).text:
            pass


async def test_readers_of_the_largest_pages_who_read_nothing_take_no_memory_to_speak_of(
    sqlite_url: str, tmp_path: Path
) -> None:
    async with big(sqlite_url, tmp_path) as running:
        await running.get("/v1/jobs?limit=1")
        before_bytes = running.memory_bytes()
        readers = [await Reader.open(running.address, running.paths[number % 2], times=50) for number in range(READERS)]
        grown_bytes, until = 0, time.monotonic() + 4
        while time.monotonic() < until:
            grown_bytes = max(grown_bytes, running.memory_bytes() - before_bytes)
            await asyncio.sleep(0.1)
        began = time.monotonic()
        assert (await running.get("/v1/jobs?limit=1")).status_code == 200
        assert time.monotonic() - began < 5
        assert await running.let_go("crowded") >= 1
        for reader in readers:
            reader.close()
    assert grown_bytes < MOST_GROWTH_BYTES, f"grew by {grown_bytes / 2**20:.0f} MiB"


@dataclass(eq=False)
class Client:
    """A connection, as far as what it takes goes."""

    unread: int
    acknowledged: int = 0
    is_gone: bool = False

    def is_answering(self) -> bool:
        return True

    def unread_bytes(self) -> int:
        return self.unread

    def acknowledged_bytes(self) -> int:
        return self.acknowledged

    def abort(self) -> None:
        self.is_gone = True


async def test_where_there_is_no_room_those_go_first_who_take_nothing() -> None:
    answers = UnreadAnswers(30.0, most_bytes=1000)
    silent, taking = [Client(400) for _ in range(3)], [Client(400, acknowledged=4000) for _ in range(6)]
    for client in (silent[0], *taking, *silent[1:]):
        answers.grown(client)
    assert [client.is_gone for client in silent] == [True] * 3
    assert not any(client.is_gone for client in taking)
    more = [Client(400, acknowledged=4000) for _ in range(6)]
    for client in more:
        answers.grown(client)
    assert sum(client.unread for client in (*taking, *more) if not client.is_gone) <= SPARED_TIMES * 1000
