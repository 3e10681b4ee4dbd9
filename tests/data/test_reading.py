"""The internal job that reads a data set goes the way of all work: a supervisor, a process, a fenced end."""

import asyncio
from pathlib import Path

import pytest
from pydantic import SecretStr

from settings import WorkerSettings
from spec.kinds import READ
from tests.api.service import Service
from tests.data.senders import made
from tests.services.redis import RedisServer
from worker.supervisor.devices import Seat
from worker.supervisor.kinds import CARRIERS, Carrier
from worker.supervisor.supervisor import Supervisor

READER = Carrier("tests.data.carrying")


async def test_it_is_read_by_a_worker(
    service: Service, redis_server: RedisServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(CARRIERS, READ, READER)
    settings = WorkerSettings(
        home=tmp_path,
        database_url=SecretStr(service.database_url),
        broker_url=SecretStr(redis_server.url),
        storage_url=SecretStr(service.storage_url),
        poll_seconds=0.2,
        lease_seconds=3,
        heartbeat_seconds=0.5,
    )
    supervisor = Supervisor(settings, [Seat("cpu", (), 1, 2**30, READER)])
    running = asyncio.create_task(supervisor.run())
    try:
        good, bad = await made(service.client, b"a\n1\n2\n"), await made(service.client, b"\0\n")
        told = [
            (await service.client.get(f"/v1/datasets/{one['id']}", params={"wait_seconds": 60}, timeout=90)).json()
            for one in (good, bad)
        ]
    finally:
        supervisor.request_stop()
        await running
    assert [one["status"] for one in told] == ["ready", "failed"]
    assert (told[0]["format"], told[0]["rows"], told[0]["columns"]) == ("csv", 3, [])
    fault = {"code": "nul", "message": "This is not text.", "line": 1}
    assert told[1]["error"] == {"code": "data_error", "message": "Not text.", "faults": [fault], "more_faults": 0}
