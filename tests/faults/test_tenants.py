"""Row 45: a hostile tenant, and what another project's clients feel of it."""

import asyncio
import json
import re
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from db.attempts import attempts
from db.attempts.attempts import EpochRecord, Fence, Progress
from db.jobs import jobs
from db.queue import claims
from tests.db.scenes import draft
from tests.faults.hostile import ATTACKS, UNDER_WAY, Orders
from tests.faults.ledger import Tally
from tests.faults.programs import ROOT, Program
from tests.faults.specs import quick
from tests.faults.stage import Stage
from tests.services.keys import bearer, make_key

VICTIM, HOSTILE = "victim", "hostile"
SETTINGS = {"MAX_LISTENERS": "200", "WEBHOOKS_ALLOW_PRIVATE": "true", "WEBHOOKS_TIMEOUT_SECONDS": "15"}
QUIET_SECONDS = 5.0
ATTACKED_SECONDS = 8.0
PAUSE_SECONDS = 0.12
"""Between two rounds of the victim's, so that it stays below its rate."""
MOST_TIMES = 3.0
LEAST_SECONDS = 0.1
"""What any request may hold the API at most: below that, three times what is quiet says nothing on two busy cores."""
POLL_SECONDS = 1.0
"""A message of a webhook is looked for so often."""
MOST_GROWTH_BYTES = 64 * 2**20
BIG_JOBS, BIG_SPEC_BYTES, EPOCHS = 20, 900_000, 2_000
LOST_SECONDS = 20.0


@dataclass
class Felt:
    """What the victim's clients felt.

    Attributes:
        latencies_seconds: Of every call.
        message_seconds: From a webhook's test to its message.
        refused: Answers that were none of what was asked for.
        grown_bytes: What the API's memory had grown by at most.
    """

    latencies_seconds: list[float] = field(default_factory=list[float])
    message_seconds: float = LOST_SECONDS
    refused: list[str] = field(default_factory=list[str])
    grown_bytes: int = 0

    @property
    def p99_seconds(self) -> float:
        ordered = sorted(self.latencies_seconds)
        return ordered[int(0.99 * (len(ordered) - 1))]


class Victim:
    """Ordinary clients of one project, and a receiver of its messages."""

    def __init__(self, client: httpx.AsyncClient, api: Program) -> None:
        self._client = client
        self._api = api
        self._arrived = asyncio.Event()
        self._webhook_id = ""
        self._idle_bytes = 0

    @asynccontextmanager
    async def receiving(self) -> AsyncIterator[None]:
        """With a webhook that answers."""

        async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            self._arrived.set()
            writer.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
            await writer.drain()
            writer.close()

        async with await asyncio.start_server(take, "127.0.0.1", 0) as server:
            url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
            self._webhook_id = (await self._client.post("/v1/webhooks", json={"url": url})).json()["id"]
            yield

    async def live(self, seconds: float) -> Felt:
        """What is felt in this time: jobs created, read, listed, followed; and a message."""
        felt = Felt()
        self._idle_bytes = self._idle_bytes or self._memory_bytes()
        message = asyncio.ensure_future(self._await_message(felt))
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            await self._go_round(felt)
            felt.grown_bytes = max(felt.grown_bytes, self._memory_bytes() - self._idle_bytes)
            await asyncio.sleep(PAUSE_SECONDS)
        await message
        return felt

    async def _go_round(self, felt: Felt) -> None:
        job = await self._timed(felt, "POST", "/v1/jobs", json=quick())
        path = f"/v1/jobs/{job.get('id')}"
        await self._timed(felt, "GET", path)
        await self._timed(felt, "GET", "/v1/jobs?limit=20")
        await self._timed(felt, "POST", f"{path}/cancel")
        await self._timed(felt, "GET", f"{path}/events", headers={"Accept": "text/event-stream"})

    async def _timed(self, felt: Felt, method: str, path: str, **more: object) -> dict[str, object]:
        began = time.monotonic()
        answer = await self._client.request(method, path, **more)  # pyright: ignore[reportArgumentType] -- of httpx
        felt.latencies_seconds.append(time.monotonic() - began)
        if not answer.is_success:
            felt.refused.append(f"{method} {path.partition('?')[0][:8]}: {answer.status_code} {answer.json()['code']}")
        return answer.json() if "json" in answer.headers["Content-Type"] else {}

    async def _await_message(self, felt: Felt) -> None:
        self._arrived.clear()
        began = time.monotonic()
        await self._client.post(f"/v1/webhooks/{self._webhook_id}/test")
        try:
            async with asyncio.timeout(LOST_SECONDS):
                await self._arrived.wait()
        except TimeoutError:
            return
        felt.message_seconds = time.monotonic() - began

    def _memory_bytes(self) -> int:
        """The API's own; files that it maps are left out."""
        (kilobytes,) = re.findall(r"RssAnon:\s+(\d+)", Path(f"/proc/{self._api.pid}/status").read_text())
        return int(kilobytes) * 1024


async def prepare(stage: Stage) -> str:
    """What the hostile project has in store: large specs, and a running job with a long history; that one's path."""
    metrics = {f"metric_{number}_{'x' * 40}": 1 / 3 for number in range(66)}
    async with stage.database.write() as connection:
        new = draft(project=HOSTILE, epochs=EPOCHS)
        await jobs.create(connection, new)
        claim = await claims.claim_next(connection, "worker_1", 0, ["cpu"], 600)
        assert claim is not None
        fence = Fence(claim.job_id, claim.attempt)
        await attempts.record_started(connection, fence, epochs=EPOCHS)
        records = [EpochRecord(epoch, metrics, 0.5, Progress(0.5, 1.0)) for epoch in range(1, EPOCHS + 1)]
        await attempts.record_epochs(connection, fence, records)
        for _ in range(BIG_JOBS):
            big = draft(project=HOSTILE, spec_json=json.dumps({"filler": "x" * BIG_SPEC_BYTES}))
            await jobs.create(connection, big)
            await jobs.request_cancel(connection, big.id, HOSTILE)
    return f"/v1/jobs/{new.id}"


async def play(stage: Stage, api: Program, attacks: list[str]) -> tuple[Felt, Felt]:
    """What is felt while all is quiet, and under attack."""
    own, hostile = await make_key(stage.database_url, VICTIM), await make_key(stage.database_url, HOSTILE)
    orders = Orders(stage.address, hostile, await prepare(stage), attacks)
    async with httpx.AsyncClient(base_url=stage.address, headers=bearer(own), timeout=60) as client:
        victim = Victim(client, api)
        async with victim.receiving():
            quiet = await victim.live(QUIET_SECONDS)
            attacker = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-m", "tests.faults.hostile"),
                cwd=ROOT,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
            )
            assert attacker.stdin is not None
            assert attacker.stdout is not None
            try:
                attacker.stdin.write(json.dumps(vars(orders)).encode())
                attacker.stdin.close()
                async with asyncio.timeout(120):
                    assert UNDER_WAY in (await attacker.stdout.readline()).decode(), "the attack did not begin"
                return quiet, await victim.live(ATTACKED_SECONDS)
            finally:
                if attacker.returncode is None:
                    attacker.kill()
                await attacker.wait()


def violations(quiet: Felt, attacked: Felt) -> list[str]:
    """What is not as promised."""
    found = [f"P: refused: {line}" for line in dict.fromkeys(quiet.refused + attacked.refused)]
    most_seconds = max(MOST_TIMES * quiet.p99_seconds, LEAST_SECONDS)
    if attacked.p99_seconds > most_seconds:
        found.append(f"P: slowed: 99th percentile {attacked.p99_seconds:.3f} s, {quiet.p99_seconds:.3f} s when quiet")
    if attacked.message_seconds > MOST_TIMES * max(quiet.message_seconds, POLL_SECONDS):
        found.append(f"P: held up: a message took {attacked.message_seconds:.1f} s")
    if attacked.grown_bytes > MOST_GROWTH_BYTES:
        found.append(f"P: memory: the API grew by {attacked.grown_bytes / 2**20:.0f} MiB")
    return found


@pytest.mark.row(45)
@pytest.mark.long
async def test_a_hostile_tenant_is_not_felt(stage: Stage, tally: Tally) -> None:
    api = await stage.start_api(**SETTINGS)
    quiet, attacked = await play(stage, api, list(ATTACKS))
    tally.measured(
        f"99th percentile {attacked.p99_seconds * 1000:.0f} ms, quiet {quiet.p99_seconds * 1000:.0f} ms; a message "
        f"{attacked.message_seconds:.1f} s, quiet {quiet.message_seconds:.1f} s; memory "
        f"+{attacked.grown_bytes / 2**20:.0f} MiB"
    )
    tally.note(violations(quiet, attacked), tried=len(ATTACKS))


@pytest.mark.row(45)
@pytest.mark.long
async def test_a_hostile_tenant_is_felt_where_nothing_bounds_it(stage: Stage, tally: Tally) -> None:
    rig = ("--without", "answer-bounds", "--without", "listener-shares")
    found = violations(*await play(stage, await stage.start_api(rig=rig, **SETTINGS), ["unread", "listeners"]))
    tally.turned_red("bounds of answers", [line for line in found if "memory" in line], letters="P")
    tally.turned_red("shares of listeners", [line for line in found if "refused" in line], letters="P")
