"""Row 36: files that are sent in parts, and broken off: by clients, by their connections, by the death of the API."""

import asyncio
import base64
import hashlib
import random
import socket
import struct
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx
import pytest

from db.workers.upkeep import Duty
from storage.store import Store
from tests.data.reader import rounds_of
from tests.data.senders import PART, add, offset_of, upload
from tests.faults import datasets
from tests.faults.ledger import Tally
from tests.faults.oracle import judge
from tests.faults.programs import Program
from tests.faults.stage import Stage, free_port

_MEGABYTES = 8
_RESET = struct.pack("ii", 1, 0)
"""Linger for no time at all: the connection is reset."""


@dataclass
class Process:
    """One of several processes of the same API, each at an address of its own."""

    port: int
    client: httpx.AsyncClient
    program: Program | None = None


@dataclass
class Sender:
    """A client that sends a file in parts to any process of the API, whatever happens to them.

    Attributes:
        path: The upload's.
        offset_bytes: The last offset that it was told; it may never go back.
        violations: What was wrong.
    """

    stage: Stage
    processes: list[Process]
    content: bytes
    path: str
    offset_bytes: int = 0
    violations: list[str] = field(default_factory=list[str])

    async def look(self, process: Process) -> int:
        """Where the upload is."""
        offset = await offset_of(process.client, self.path)
        if offset < self.offset_bytes:
            self.violations.append(f"P: the upload went back from byte {self.offset_bytes} to {offset}")
        self.offset_bytes = offset
        return offset

    async def cut(self, process: Process, until: int, how: str) -> None:
        """Begin a part, and break off where it comes to this byte: the client is gone, resets, or the API dies."""
        first = await self.look(process)
        address = urlsplit(str(process.client.base_url))
        _, writer = await asyncio.open_connection(address.hostname, address.port)
        said = {
            "Host": address.netloc,
            "Authorization": process.client.headers["Authorization"],
            "Content-Length": str(len(self.content) - first),
            "Upload-Offset": str(first),
            **PART,
        }
        head = "".join(f"{name}: {value}\r\n" for name, value in said.items())
        writer.write(f"PATCH {self.path} HTTP/1.1\r\n{head}\r\n".encode() + self.content[first:until])
        await writer.drain()
        if how == "killed":
            await asyncio.sleep(0.05)
            assert process.program is not None
            await asyncio.to_thread(process.program.kill)
        if how == "reset":
            sock: socket.socket = writer.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            writer.transport.abort()
        writer.close()

    async def send_wrong(self, process: Process, until: int) -> None:
        """Send a part that is not what its checksum says: nothing of it counts."""
        first = await self.look(process)
        digest = base64.b64encode(hashlib.sha256(b"another part").digest()).decode()
        answer = await add(
            process.client, self.path, first, self.content[first:until], Upload_Checksum=f"sha256 {digest}"
        )
        # What was cut before may count only now.
        if answer.status_code not in {460, 409} or (answer.status_code == 460 and await self.look(process) != first):
            self.violations.append(f"P: a wrong checksum was answered {answer.status_code}")

    async def send_twice(self, until: int) -> None:
        """Send a part to two processes at once: it counts once."""
        first = await self.look(self.processes[0])
        part = self.content[first:until]
        answers = await asyncio.gather(*(add(one.client, self.path, first, part) for one in self.processes))
        statuses = sorted(answer.status_code for answer in answers)
        if statuses not in ([204, 409], [409, 409]):
            self.violations.append(f"P: a part that was sent twice was answered {statuses}")

    async def finish(self, process: Process) -> None:
        """Send the rest, until all of it has come."""
        while (first := await self.look(process)) < len(self.content):
            await add(process.client, self.path, first, self.content[first : first + 2**21])


@asynccontextmanager
async def api_processes(stage: Stage) -> AsyncGenerator[list[Process]]:
    """Two processes of the API, which can be killed one at a time."""
    headers = dict(stage.client.http.headers)
    processes = [Process(stage.port, stage.client.http)]
    other = free_port()
    processes.append(
        Process(other, httpx.AsyncClient(base_url=f"http://127.0.0.1:{other}", headers=headers, timeout=60))
    )
    try:
        for process in processes:
            process.program = stage.begin_api(PORT=str(process.port), RATE_LIMIT_PER_SECOND="0")
        for process in processes:
            await stage.wait_alive(process.client, process.program)
        yield processes
    finally:
        await processes[1].client.aclose()


async def send_in_pieces(
    stage: Stage, processes: list[Process], rng: random.Random, *, cuts: int, kills: int
) -> list[str]:
    """A file that is cut so often comes to the same hash; another one expires, and nothing of it is left."""
    content = datasets.table(rng.randrange(1000), _MEGABYTES)
    sender = Sender(stage, processes, content, await upload(stage.client.http, len(content)))
    doomed = Sender(stage, processes, content, await upload(stage.client.http, len(content)))
    ways = ["killed"] * kills + [rng.choice(("gone", "reset", "wrong", "twice")) for _ in range(cuts - kills)]
    rng.shuffle(ways)
    for number, (cut, how) in enumerate(zip(sorted(rng.sample(range(1, len(content)), cuts)), ways, strict=True)):
        process = processes[number % 2]
        until = max(cut, await sender.look(process))
        if how == "wrong":
            await sender.send_wrong(process, until + 1)
        elif how == "twice":
            await sender.send_twice(until + 1)
        else:
            await sender.cut(process, until, how)
        if how == "killed":
            await sender.look(processes[1 - number % 2])
            await doomed.cut(processes[1 - number % 2], until, "gone")
            process.program = stage.begin_api(PORT=str(process.port), RATE_LIMIT_PER_SECOND="0")
            await stage.wait_alive(process.client, process.program)
    await sender.finish(processes[rng.randrange(2)])
    answer = await processes[0].client.post("/v1/datasets", json={"upload": sender.path.rpartition("/")[2]})
    told = answer.json()
    if told.get("sha256") != hashlib.sha256(content).hexdigest():
        sender.violations.append(f"P: the file became another one: {answer.status_code} {told}")
    else:
        stage.client.datasets[told["id"]] = told["sha256"]
    lapse = "UPDATE uploads SET expires_at = '2001-01-01T00:00:00.000Z' WHERE id = :id"
    if stage.postgres is not None:
        lapse = "UPDATE uploads SET expires_at = now() - interval '1 day' WHERE id = :id"
    await stage.execute(lapse, id=doomed.path.rpartition("/")[2])
    return sender.violations + doomed.violations


async def sweep(stage: Stage) -> None:
    """What a worker does about expired and used uploads, and in two days about what dead processes left."""
    store = Store(f"file://{stage.home}/storage")
    rounds = rounds_of(stage.database, store, stage.home)
    for duty in (Duty.UPLOADS, Duty.FILES):
        await rounds[duty].go()
    await asyncio.to_thread(store.remove_unfinished, 0)


@pytest.mark.row(36)
async def test_an_upload_cut_and_resumed(stage: Stage, tally: Tally, rng: random.Random) -> None:
    async with api_processes(stage) as processes:
        violations = await send_in_pieces(stage, processes, rng, cuts=8, kills=1)
        await sweep(stage)
        tally.note([*violations, *await judge(stage, letters="DFO")], tried=8)


@pytest.mark.row(36)
@pytest.mark.long
async def test_uploads_cut_at_twenty_offsets(stage: Stage, tally: Tally, rng: random.Random) -> None:
    async with api_processes(stage) as processes:
        await stage.start_worker()
        for _ in range(3):
            violations = await send_in_pieces(stage, processes, rng, cuts=20, kills=3)
            store = Store(f"file://{stage.home}/storage")
            await asyncio.to_thread(store.remove_unfinished, 0)
            violations += await judge(stage)
            for dataset_id in stage.client.datasets:
                reading = await datasets.Reading.of(stage, dataset_id)
                if reading.status != "ready":
                    violations.append(f"P: {dataset_id}: is {reading.status}: {reading.error_json}")
            tally.note(violations, tried=20)
